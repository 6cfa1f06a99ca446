//! Searching the offset codes of the drivers and the ramp biases of the quadrants.

use super::{
    DAC_OFFSET_SPAN, DAC_OFFSET_START, DRIVERS, DriverCodes, Ensemble, FULL_LSB, LARGEST_ACTIVATION,
    OFFSET_SPAN, OFFSET_START, PulseLength,
};
use crate::Targets;
use crate::bench::Bench;
use crate::codes::{self, BLOCKS};
use crate::error::CalibrationError;
use crate::features::{HagenTargets, StpTargets};
use crate::search::{Law, Reading, Span, Tuning, median};
use hx_host::setup::Setup;
use hx_isa::regmap::coordinate::SynapseDriverOnDLS;

/// Codes of the ramp bias in HAGEN mode, and the change from which its effect is learnt.
const RAMP_SPAN: Span = Span { low: 200, high: 900 };
const RAMP_STEP: f64 = 60.0;
/// Sweeps of the rounds of a search.
const ROUNDS: [usize; 4] = [2, 4, 8, 8];
/// The other end of the proportion to which ramps are calibrated; the first is the largest activation.
const SMALL_ACTIVATION: u8 = 8;

/// Drivers that have their voltages from the same CapMem block.
fn block_of(driver: usize) -> usize {
    SynapseDriverOnDLS::from_enum(driver).map_or(0, |at| at.to_stp_capmem_block().to_enum())
}

/// Median of every block.
fn medians(values: &[f64]) -> [f64; BLOCKS] {
    let of = |block| values.iter().enumerate().filter(move |(driver, _)| block_of(*driver) == block);
    std::array::from_fn(|block| median(of(block).map(|(_, value)| *value)))
}

/// What drivers give beyond the median of their block.
#[must_use]
pub fn from_medians_of_blocks(values: &[f64]) -> Vec<f64> {
    let medians = medians(values);
    values.iter().enumerate().map(|(driver, value)| value - medians[block_of(driver)]).collect()
}

/// What drivers give beyond the median of all.
#[must_use]
pub fn from_median(values: &[f64]) -> Vec<f64> {
    let median = median(values.iter().copied());
    values.iter().map(|value| value - median).collect()
}

/// Makes the drivers of every block equal at one state of the plasticity. Returns their codes and the drivers that stay off
/// by more than `tolerance_lsb`.
///
/// # Errors
/// When a measurement fails.
pub fn equalise_plasticity<S: Setup>(
    bench: &mut Bench<S>,
    targets: &Targets,
    stp: &StpTargets,
    tolerance_lsb: f64,
) -> Result<(DriverCodes, Vec<u16>), CalibrationError> {
    at_state(bench, stp.equal_at, |bench| {
        let set = |codes: &mut DriverCodes, found: Vec<u8>| codes.offset = found;
        let slope = Slope { per_code: -OFFSET_LSB, span: OFFSET_SPAN, start: OFFSET_START };
        search(bench, targets, PulseLength::Plasticity, slope, set, medians, tolerance_lsb)
    })
}

/// Holds the voltage of all drivers at a code while something is measured.
///
/// # Errors
/// When the measurement fails.
pub fn at_state<S: Setup, R>(
    bench: &mut Bench<S>,
    code: u16,
    measure: impl FnOnce(&mut Bench<S>) -> Result<R, CalibrationError>,
) -> Result<R, CalibrationError> {
    let parameters = [codes::STP_CHARGE_0, codes::STP_RECOVER_0];
    let before = parameters.map(|parameter| bench.codes().get(parameter).to_vec());
    for parameter in parameters {
        bench.set(parameter, &[code; BLOCKS])?;
    }
    let result = measure(bench)?;
    for (parameter, codes) in parameters.into_iter().zip(before) {
        bench.set(parameter, &codes)?;
    }
    Ok(result)
}

/// Change of the deflection per code of the stp offset, LSB at the full deflection, and of the offset of the activation DAC.
const OFFSET_LSB: f64 = FULL_LSB * 8.0 / 400.0;
const DAC_OFFSET_LSB: f64 = 0.5;

/// What is known of the effect of a code.
#[derive(Debug, Clone, Copy)]
struct Slope {
    /// LSB per code.
    per_code: f64,
    span: Span,
    start: u16,
}

/// Searches the codes with which all drivers give what `targets_of` makes of the first measurement.
fn search<S: Setup>(
    bench: &mut Bench<S>,
    targets: &Targets,
    length: PulseLength,
    slope: Slope,
    set: impl Fn(&mut DriverCodes, Vec<u8>),
    targets_of: impl Fn(&[f64]) -> [f64; BLOCKS],
    tolerance_lsb: f64,
) -> Result<(DriverCodes, Vec<u16>), CalibrationError> {
    let mut codes = DriverCodes::default();
    let law = Law::Line { slope: slope.per_code };
    let mut search = Tuning::new(law, &[slope.start; DRIVERS], slope.span);
    let mut first: Option<(Vec<f64>, [f64; BLOCKS])> = None;
    for sweeps in ROUNDS {
        set(&mut codes, bytes(search.codes()));
        let found = Ensemble::new(targets, &codes).measure(bench, &[length], sweeps)?.swap_remove(0);
        if let Some((first, _)) = &first {
            let moves = search.codes().iter().map(|&code| f64::from(code) - f64::from(slope.start));
            let learnt = common_slope(moves, first, &found).unwrap_or(slope.per_code);
            (0..DRIVERS).for_each(|driver| search.set_law(driver, Law::Line { slope: learnt }));
        }
        let (_, goals) = first.get_or_insert_with(|| (found.clone(), targets_of(&found)));
        let readings = found.iter().map(|&observed| Reading { observed, trusted: observed.is_finite() });
        search.update(readings, sweeps as f64, |driver| goals[block_of(driver)]);
    }
    set(&mut codes, bytes(search.codes()));
    let goals = first.map_or([f64::NAN; BLOCKS], |(_, goals)| goals);
    let off = |(driver, expected): (usize, &f64)| {
        let met = (expected - goals[block_of(driver)]).abs() <= tolerance_lsb;
        (!met).then_some(driver as u16)
    };
    let off = search.expected().iter().enumerate().filter_map(off).collect();
    Ok((codes, off))
}

fn bytes(codes: &[u16]) -> Vec<u8> {
    codes.iter().map(|&code| code as u8).collect()
}

/// Slope common to all drivers, from the codes they moved by and what that did.
fn common_slope(moves: impl Iterator<Item = f64>, from: &[f64], to: &[f64]) -> Option<f64> {
    let (mut products, mut squares) = (0.0, 0.0);
    for (moved, (from, to)) in moves.zip(from.iter().zip(to)) {
        products += moved * (to - from);
        squares += moved * moved;
    }
    let slope = products / squares;
    (slope.is_finite() && slope != 0.0).then_some(slope)
}

/// Calibrates ramps and DAC offsets for activations. Returns the codes of the drivers, those that stay off by more than
/// `tolerance_lsb`, and the blocks whose slope could not be reached.
///
/// # Errors
/// When a measurement fails.
pub fn calibrate_activations<S: Setup>(
    bench: &mut Bench<S>,
    targets: &Targets,
    hagen: &HagenTargets,
    tolerance_lsb: f64,
) -> Result<(DriverCodes, Vec<u16>, Vec<usize>), CalibrationError> {
    let blocks = tune_ramps(bench, targets)?;
    let set = |codes: &mut DriverCodes, found: Vec<u8>| codes.hagen_dac_offset = found;
    let slope = Slope { per_code: DAC_OFFSET_LSB, span: DAC_OFFSET_SPAN, start: DAC_OFFSET_START };
    let all = |found: &[f64]| [median(found.iter().copied()); BLOCKS];
    let length = PulseLength::Activation(hagen.equal_at);
    let (codes, drivers) = search(bench, targets, length, slope, set, all, tolerance_lsb)?;
    Ok((codes, drivers, blocks))
}

/// Share of the largest activation's deflection that the small one is to give, by block.
fn shares<S: Setup>(
    bench: &mut Bench<S>,
    targets: &Targets,
    sweeps: usize,
) -> Result<[f64; BLOCKS], CalibrationError> {
    let codes = DriverCodes::default();
    let lengths = [SMALL_ACTIVATION, LARGEST_ACTIVATION].map(PulseLength::Activation);
    let found = Ensemble::new(targets, &codes).measure(bench, &lengths, sweeps)?;
    let [small, large] = [medians(&found[0]), medians(&found[1])];
    Ok(std::array::from_fn(|block| small[block] / large[block]))
}

/// Deviation of a share that counts as reached.
const SHARE_TOLERANCE: f64 = 0.05;

/// Brings the pulses of small activations into proportion, by secants in the ramp bias. Returns the blocks that stay off.
fn tune_ramps<S: Setup>(bench: &mut Bench<S>, targets: &Targets) -> Result<Vec<usize>, CalibrationError> {
    let goal = f64::from(SMALL_ACTIVATION) / f64::from(LARGEST_ACTIVATION);
    let start: Vec<f64> = bench.codes().get(codes::STP_RAMP).iter().map(|&code| f64::from(code)).collect();
    let mut now: [f64; BLOCKS] = std::array::from_fn(|block| start[block]);
    let mut last = now;
    let mut last_share = set_and_share(bench, targets, &now, ROUNDS[1])?;
    now = std::array::from_fn(|block| now[block] + RAMP_STEP * (goal - last_share[block]).signum());
    let mut share = last_share;
    for sweeps in ROUNDS {
        share = set_and_share(bench, targets, &now, sweeps)?;
        let next = std::array::from_fn(|block| {
            let slope = (share[block] - last_share[block]) / (now[block] - last[block]);
            let code = now[block] + (goal - share[block]) / slope;
            // Without an effect there is nothing to follow.
            if code.is_finite() { f64::from(RAMP_SPAN.nearest(code)) } else { now[block] }
        });
        (last, last_share, now) = (now, share, next);
    }
    set_ramps(bench, &now)?;
    let met = |block: usize| (share[block] - goal).abs() <= SHARE_TOLERANCE;
    Ok((0..BLOCKS).filter(|&block| !met(block)).collect())
}

fn set_and_share<S: Setup>(
    bench: &mut Bench<S>,
    targets: &Targets,
    ramps: &[f64; BLOCKS],
    sweeps: usize,
) -> Result<[f64; BLOCKS], CalibrationError> {
    set_ramps(bench, ramps)?;
    shares(bench, targets, sweeps)
}

/// The calibration bias always follows the ramp bias.
fn set_ramps<S: Setup>(bench: &mut Bench<S>, ramps: &[f64; BLOCKS]) -> Result<(), CalibrationError> {
    let ramps = ramps.map(|code| RAMP_SPAN.nearest(code));
    bench.set(codes::STP_RAMP, &ramps)?;
    bench.set(codes::STP_CALIB, &ramps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_slope_follows_the_moves() {
        let slope = common_slope([1.0, -2.0, 0.0].into_iter(), &[10.0; 3], &[9.4, 11.2, 10.0]).unwrap();
        assert!((slope + 0.6).abs() < 1e-12);
        assert_eq!(common_slope([0.0].into_iter(), &[1.0], &[2.0]), None);
    }
}
