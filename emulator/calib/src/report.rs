//! What a calibration achieved: the spread of every quantity over the neurons with the median code everywhere and with the
//! codes found, measured with the same observables, beside the limits of the chip's own test software.
//!
//! Spreads are standard deviations after 5 % of the neurons were dropped at either end (electronicvisions calix:
//! tests/hw/py/test_neuron_distribution.py, whose ratios are the limits).

use crate::NEURONS;
use crate::bench::{Bench, Samples};
use crate::codes::{self, Codes, median_code};
use crate::error::CalibrationError;
use crate::potentials::resting_interval;
use crate::result::{Calibration, Quantity};
use crate::search::median;
use crate::settings;
use crate::stimulus::{self, Polarity};
use crate::synaptic::Responder;
use crate::threshold;
use crate::time_constants;
use hx_host::driver::Session;
use hx_host::driver::madc::ReadoutSource;
use hx_host::setup::Setup;
use hx_isa::regmap::capmem::CapMemParameter;
use serde::{Deserialize, Serialize};

/// Conversions per reading.
const SWEEPS: usize = 12;
/// Share of the neurons dropped at either end.
const TRIMMED: f64 = 0.05;
/// Distance of the reset potential from the resting potential while membranes decay, LSB.
const RESET_APART: f64 = 55.0;
/// Resting potentials from which on the reset potential is put below, LSB.
const RESET_BELOW_FROM: f64 = 100.0;

/// Limits of a spread.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Largest ratio of the spreads after and before.
    pub ratio: Option<f64>,
    /// Largest spread after, in the unit of the row.
    pub spread: f64,
}

/// What is known of a quantity apart from its measurement.
struct Kind {
    quantity: Quantity,
    name: &'static str,
    unit: &'static str,
    limits: Limits,
}

const fn kind(
    quantity: Quantity,
    name: &'static str,
    unit: &'static str,
    ratio: Option<f64>,
    spread: f64,
) -> Kind {
    Kind { quantity, name, unit, limits: Limits { ratio, spread } }
}

/// All quantities in the order of a report. The limits are ratios of the public tests and the spreads that follow from them
/// with the usual mismatch; for strengths the spread of a measured figure.
const KINDS: [Kind; 8] = [
    kind(Quantity::Leak, "leak", "CADC LSB", Some(0.30), 1.2),
    kind(Quantity::Reset, "reset", "CADC LSB", Some(0.20), 0.8),
    kind(Quantity::Threshold, "threshold", "CADC LSB", Some(0.35), 1.2),
    kind(Quantity::TauMem, "tau_mem", "%", Some(0.45), 8.0),
    kind(Quantity::TauSynExcitatory, "tau_syn_exc", "%", Some(0.20), 4.4),
    kind(Quantity::TauSynInhibitory, "tau_syn_inh", "%", Some(0.20), 4.4),
    kind(Quantity::StrengthExcitatory, "strength_exc", "%", None, 5.0),
    kind(Quantity::StrengthInhibitory, "strength_inh", "%", None, 5.0),
];

/// Parameters found per neuron, which get their median code for the first measurement.
/// The shifts are not among them: they have no target of their own, and without balanced inputs most neurons would rest at the
/// end of their range.
const SEARCHED: [&CapMemParameter; 8] = [
    codes::V_LEAK,
    codes::V_RESET,
    codes::V_THRESHOLD,
    codes::I_BIAS_LEAK,
    codes::EXC_TAU,
    codes::INH_TAU,
    codes::EXC_GM,
    codes::INH_GM,
];

/// One quantity of a report. Spreads and means are in `unit`; of quantities in per cent relative to the target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What was measured.
    pub quantity: String,
    /// Unit of spreads and deviations.
    pub unit: String,
    /// Target: CADC LSB, us, or LSB per weight.
    pub target: f64,
    /// Spread with the median code everywhere.
    pub before: f64,
    /// Spread as calibrated.
    pub after: f64,
    /// Ratio of the two; none if there was no spread to speak of before, as on an ideal chip.
    pub ratio: Option<f64>,
    /// Median deviation from the target as calibrated.
    pub deviation: f64,
    /// What is allowed.
    pub limits: Limits,
    /// Whether the limits are kept.
    pub pass: bool,
}

/// Spreads before and after a calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// One row per quantity.
    pub rows: Vec<Row>,
}

/// Measures a calibrated chip with its codes and with the median code everywhere. Afterwards the chip has to be configured
/// anew.
///
/// # Errors
/// When a measurement fails.
pub fn report<S: Setup>(
    session: &mut Session<S>,
    calibration: &Calibration,
) -> Result<Report, CalibrationError> {
    let after = measure(session, calibration, &calibration.codes)?;
    let before = measure(session, calibration, &with_medians(calibration)?)?;
    let selected = calibration.targets.selected();
    let row = |kind: &Kind| {
        let of = |measured: &Measured| {
            let values = &measured[kind.quantity as usize];
            values.iter().zip(&selected).filter(|&(_, &on)| on).map(|(value, _)| *value).collect::<Vec<f64>>()
        };
        kind.row(calibration, &of(&before), &of(&after))
    };
    Ok(Report { rows: KINDS.iter().map(row).collect() })
}

/// Codes in which every searched parameter has the median of the selected neurons everywhere.
fn with_medians(calibration: &Calibration) -> Result<Codes, CalibrationError> {
    let mut codes = calibration.codes.clone();
    let selected = calibration.targets.selected();
    for parameter in SEARCHED {
        let of_selected = codes.get(parameter).iter().zip(&selected).filter(|&(_, &on)| on);
        let median = median_code(&of_selected.map(|(&code, _)| code).collect::<Vec<_>>());
        codes.fill(parameter, median)?;
    }
    Ok(codes)
}

/// By quantity and neuron.
type Measured = [Vec<f64>; KINDS.len()];

fn measure<S: Setup>(
    session: &mut Session<S>,
    calibration: &Calibration,
    codes: &Codes,
) -> Result<Measured, CalibrationError> {
    let targets = &calibration.targets;
    let mut bench = Bench::with(session, targets, codes.clone(), calibration.cadc_offsets.clone())?;
    let lsb = |samples: Samples| samples.lsb;
    let [excitatory, inhibitory] = Polarity::BOTH;
    let tau_exc = tau_syn(&mut bench, calibration, excitatory)?;
    let tau_inh = tau_syn(&mut bench, calibration, inhibitory)?;
    let listening = settings::listens(bench.settings.silent_neuron(), [true, true]);
    bench.set_neurons(listening, ReadoutSource::Membrane);
    let strength_exc = strength(&mut bench, calibration, excitatory)?;
    let strength_inh = strength(&mut bench, calibration, inhibitory)?;
    stimulus::disconnect(&mut bench.configuration);
    let leak = lsb(bench.rest(SWEEPS, resting_interval(targets.tau_mem_us))?);
    bench.hold(true);
    let reset = lsb(bench.rest(SWEEPS, resting_interval(targets.tau_mem_us))?);
    bench.hold(false);
    let apart = if targets.leak < RESET_BELOW_FROM { RESET_APART } else { -RESET_APART };
    bench.set(codes::V_RESET, &[bench.settings.scale.shifted_code(targets.leak + apart); NEURONS])?;
    let decay = time_constants::membrane_decay(&mut bench, targets.tau_mem_us, SWEEPS)?;
    let tau_mem = (0..NEURONS).map(|neuron| decay.tau_us(neuron)).collect();
    let threshold = threshold::read(&mut bench, targets, SWEEPS)?;
    Ok([leak, reset, threshold, tau_mem, tau_exc, tau_inh, strength_exc, strength_inh])
}

fn tau_syn<S: Setup>(
    bench: &mut Bench<S>,
    calibration: &Calibration,
    polarity: Polarity,
) -> Result<Vec<f64>, CalibrationError> {
    let decay = time_constants::synaptic_decay(bench, polarity, &calibration.targets, SWEEPS)?;
    Ok((0..NEURONS).map(|neuron| decay.tau_us(neuron)).collect())
}

fn strength<S: Setup>(
    bench: &mut Bench<S>,
    calibration: &Calibration,
    polarity: Polarity,
) -> Result<Vec<f64>, CalibrationError> {
    let responder = Responder::new(polarity, &calibration.targets, calibration.targets.leak);
    responder.connect(bench)?;
    Ok(responder.measure(bench, SWEEPS)?.into_iter().map(|reading| reading.observed).collect())
}

impl Kind {
    fn target(&self, calibration: &Calibration) -> f64 {
        let targets = &calibration.targets;
        match self.quantity {
            Quantity::Leak => targets.leak,
            Quantity::Reset => targets.reset,
            Quantity::Threshold => targets.threshold,
            Quantity::TauMem => targets.tau_mem_us,
            Quantity::TauSynExcitatory | Quantity::TauSynInhibitory => targets.tau_syn_us,
            Quantity::StrengthExcitatory => calibration.psp_lsb_per_weight[0],
            Quantity::StrengthInhibitory => calibration.psp_lsb_per_weight[1],
            _ => f64::NAN,
        }
    }

    fn row(&self, calibration: &Calibration, before: &[f64], after: &[f64]) -> Row {
        let target = self.target(calibration);
        let scale = if self.unit == "%" { 100.0 / target } else { 1.0 };
        let spreads = [before, after].map(|values| scale * trimmed_spread(values));
        let [before_spread, after_spread] = spreads;
        let Limits { ratio: most, spread } = self.limits;
        let ratio = (before_spread > NEGLIGIBLE * spread).then(|| after_spread / before_spread);
        let by_ratio = match (ratio, most) {
            (Some(ratio), Some(most)) => ratio <= most,
            _ => true,
        };
        Row {
            quantity: self.name.to_owned(),
            unit: self.unit.to_owned(),
            target,
            before: before_spread,
            after: after_spread,
            ratio,
            deviation: scale * (median(after.iter().copied()) - target),
            limits: self.limits,
            pass: by_ratio && after_spread <= spread,
        }
    }
}

/// Share of the allowed spread below which there is nothing to calibrate and a ratio says nothing.
const NEGLIGIBLE: f64 = 0.5;

/// Standard deviation without the outermost values.
fn trimmed_spread(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let drop = (TRIMMED * sorted.len() as f64) as usize;
    let kept = &sorted[drop..sorted.len() - drop];
    let count = kept.len() as f64;
    let mean = kept.iter().sum::<f64>() / count;
    (kept.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count).sqrt()
}

impl Report {
    /// Whether all limits are kept.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.rows.iter().all(|row| row.pass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outliers_do_not_count() {
        let mut values: Vec<f64> = (0..100).map(|i| f64::from(i % 2)).collect();
        assert!((trimmed_spread(&values) - 0.5).abs() < 1e-12);
        values[..5].fill(1e6);
        values[95..].fill(f64::NAN);
        assert!(trimmed_spread(&values) > 0.0);
        assert!(trimmed_spread(&[]).is_nan());
    }

    #[test]
    fn quantities_are_numbered_like_the_rows() {
        for (number, kind) in KINDS.iter().enumerate() {
            assert_eq!(kind.quantity as usize, number, "{}", kind.name);
        }
    }
}
