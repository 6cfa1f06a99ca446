//! Conductance-based inputs: the potential at which they are as strong as current-based ones (e_synin_*_rev), and how much
//! their strength changes with the potential (i_bias_synin_*_coba), said as the potential at which nothing is left of it.
//!
//! Both follow from the strength at two resting potentials, somewhat below and above the reference, each with the modulation
//! off and on: what the potential itself does to a response (the sink compliance of inhibition, say) drops out of the ratio.
//! (electronicvisions calix: src/py/calix/hagen/neuron_synin_coba.py does the same with nested searches.)

use crate::NEURONS;
use crate::Targets;
use crate::bench::Bench;
use crate::codes;
use crate::error::CalibrationError;
use crate::features::CobaTargets;
use crate::search::{Law, Reading, Span, Tuning};
use crate::settings::{conducts, listens};
use crate::stimulus::Polarity;
use crate::synaptic::Responder;
use hx_host::driver::madc::ReadoutSource;
use hx_host::setup::Setup;
use hx_isa::regmap::capmem::CapMemParameter;

/// Distance of both resting potentials from the reference, LSB.
const APART: f64 = 20.0;
/// Size of the responses, LSB: small against the distances to the reversal potentials.
const RESPONSE: f64 = 20.0;
/// Where on its way to the peak a response feels the modulation, as a share of the peak.
const FELT: f64 = 0.4;
/// Codes of the modulation bias (electronicvisions calix: src/py/calix/hagen/neuron_synin_coba.py).
const BIAS_SPAN: Span = Span { low: 0, high: 255 };
/// Modulation bias that gives a reversal potential one LSB away, code: inverse to the distance. At the typical strength bias of
/// 500 the product of transconductances gives 156 codes at 0.4 V.
const BIAS_CODE_LSB: f64 = 156.0 * 0.4 / 4.223e-3;
/// Sweeps of the strengths without modulation, which do not change during the search.
const PLAIN_SWEEPS: usize = 40;
/// Modulations that tell a slope: change of the relative strength between both potentials.
const LEAST_CHANGE: f64 = 0.02;

/// What was measured of one kind of input, by neuron.
#[derive(Debug, Clone, PartialEq)]
pub struct Modulation {
    /// Potential at which the strength is that without modulation, CADC LSB.
    pub reference: Vec<f64>,
    /// Relative change of the strength per LSB towards the reversal potential, negative of its inverse distance.
    pub slope: Vec<f64>,
}

const fn reference_code(polarity: Polarity) -> &'static CapMemParameter {
    [codes::EXC_REFERENCE, codes::INH_REFERENCE][polarity as usize]
}

const fn bias_code(polarity: Polarity) -> &'static CapMemParameter {
    [codes::EXC_COBA, codes::INH_COBA][polarity as usize]
}

const fn reversal(polarity: Polarity, coba: &CobaTargets) -> f64 {
    [coba.reversal_exc, coba.reversal_inh][polarity as usize]
}

/// Relative change of strength per LSB towards the reversal potential that is aimed at.
#[must_use]
pub fn slope_target(polarity: Polarity, coba: &CobaTargets, reference: f64) -> f64 {
    1.0 / (reversal(polarity, coba) - reference).abs()
}

/// Calibrates one kind of input. Membranes must rest at `rest` with the leak codes as they are and both inputs be calibrated.
/// Returns what is expected of reference and slope, by neuron.
///
/// # Errors
/// When a measurement fails.
pub fn calibrate<S: Setup>(
    bench: &mut Bench<S>,
    polarity: Polarity,
    targets: &Targets,
    coba: &CobaTargets,
    rest: f64,
    rounds: &[usize],
) -> Result<Modulation, CalibrationError> {
    let reference = coba.reference(targets.leak, targets.threshold);
    let slope = slope_target(polarity, coba, reference);
    let line = Law::Line { slope: bench.settings.scale.shifted_lsb_per_code() };
    let mut references = Tuning::new(line, bench.codes().get(reference_code(polarity)), Span::FULL);
    let start = BIAS_SPAN.nearest(BIAS_CODE_LSB * slope);
    let rig = Rig { polarity, targets, reference, rest };
    let plain = rig.strengths(bench, false, PLAIN_SWEEPS)?;
    let mut biases = Tuning::new(Law::Proportional, &[start; NEURONS], BIAS_SPAN);
    for &sweeps in rounds {
        bench.set(reference_code(polarity), references.codes())?;
        bench.set(bias_code(polarity), biases.codes())?;
        let found = modulation(bench, &rig, &plain, sweeps)?;
        let clear = |neuron: usize| found.slope[neuron] * 2.0 * APART > LEAST_CHANGE;
        let reading =
            |values: &[f64], neuron: usize| Reading { observed: values[neuron], trusted: clear(neuron) };
        references.update((0..NEURONS).map(|n| reading(&found.reference, n)), sweeps as f64, |_| reference);
        biases.update((0..NEURONS).map(|n| reading(&found.slope, n)), sweeps as f64, |_| slope);
    }
    bench.set(reference_code(polarity), references.codes())?;
    bench.set(bias_code(polarity), biases.codes())?;
    Ok(Modulation { reference: references.expected(), slope: biases.expected() })
}

/// Measures reference and slope of one kind of input, with the codes as they are, and puts the leak codes back.
///
/// # Errors
/// When a measurement fails.
pub fn measure<S: Setup>(
    bench: &mut Bench<S>,
    polarity: Polarity,
    targets: &Targets,
    coba: &CobaTargets,
    rest: f64,
    sweeps: usize,
) -> Result<Modulation, CalibrationError> {
    let reference = coba.reference(targets.leak, targets.threshold);
    let rig = Rig { polarity, targets, reference, rest };
    let plain = rig.strengths(bench, false, sweeps)?;
    modulation(bench, &rig, &plain, sweeps)
}

/// What the modulation does, given the strengths without it.
fn modulation<S: Setup>(
    bench: &mut Bench<S>,
    rig: &Rig<'_>,
    plain: &[Vec<f64>; 2],
    sweeps: usize,
) -> Result<Modulation, CalibrationError> {
    let modulated = rig.strengths(bench, true, sweeps)?;
    let relative = |side: usize, neuron: usize| modulated[side][neuron] / plain[side][neuron];
    let slope = |neuron: usize| (relative(1, neuron) - relative(0, neuron)) / (2.0 * APART);
    // Along the line through both points the strength is one at the reference.
    let reference = |neuron: usize| rig.reference - APART + (1.0 - relative(0, neuron)) / slope(neuron);
    Ok(Modulation {
        reference: (0..NEURONS).map(reference).collect(),
        slope: (0..NEURONS).map(|neuron| -rig.polarity.sign() * slope(neuron)).collect(),
    })
}

/// Measures strengths on both sides of the reference.
struct Rig<'t> {
    polarity: Polarity,
    targets: &'t Targets,
    reference: f64,
    /// Where membranes rest with the leak codes as they are, LSB.
    rest: f64,
}

impl Rig<'_> {
    /// Strengths below and above the reference, with the modulation on or off. Leak codes are put back.
    fn strengths<S: Setup>(
        &self,
        bench: &mut Bench<S>,
        modulated: bool,
        sweeps: usize,
    ) -> Result<[Vec<f64>; 2], CalibrationError> {
        let leaks = bench.codes().get(codes::V_LEAK).to_vec();
        let plain = listens(bench.settings.silent_neuron(), [true, true]);
        let inputs =
            [Polarity::Excitatory, Polarity::Inhibitory].map(|kind| modulated && kind == self.polarity);
        bench.set_neurons(conducts(plain, inputs), ReadoutSource::Membrane);
        let mut found = [Vec::new(), Vec::new()];
        for (found, side) in found.iter_mut().zip([-APART, APART]) {
            // The middle of what the responses go through lies at the side, whatever their sign.
            let level = self.reference + side - self.polarity.sign() * FELT * RESPONSE;
            bench.shift_leaks(&leaks, level - self.rest)?;
            let responder = Responder::with_room(self.polarity, self.targets, RESPONSE, level);
            responder.connect(bench)?;
            let readings = responder.measure(bench, sweeps)?;
            *found = readings.into_iter().map(|reading| reading.observed).collect();
        }
        bench.set_neurons(plain, ReadoutSource::Membrane);
        bench.set(codes::V_LEAK, &leaks)?;
        Ok(found)
    }
}
