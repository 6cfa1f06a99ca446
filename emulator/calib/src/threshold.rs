//! The threshold potential: where a neuron begins to fire.
//!
//! The resting potential is put at the target, and the threshold code sought at which noise just carries the membrane over it.
//! Whether it does is read off the spike counters: a neuron that rests at its threshold climbs from the reset potential until
//! only noise is missing and waits a little for that; it is to fire as often as this takes. With typical noise the code found is
//! then the true one within a quarter of a CADC LSB on average. (electronicvisions calix:
//! src/py/calix/spiking/neuron_threshold.py reads the largest CADC code before a spike instead, which takes many more
//! conversions.)

use crate::bench::{Bench, Samples};
use crate::codes;
use crate::error::CalibrationError;
use crate::potentials::resting_interval;
use crate::search::{Bisection, Span, Trend};
use crate::settings::{Scale, capacitance_share, fires};
use crate::{NEURONS, Refractory, Targets};
use hx_host::driver::Cycles;
use hx_host::driver::madc::ReadoutSource;
use hx_host::setup::Setup;
use hx_isa::regmap::capmem::CapMemParameter;

/// Highest resting potential that every neuron's leak reaches, LSB. Higher thresholds are found there and moved by the known
/// slope of their cell.
const HIGHEST_LEVEL: f64 = 140.0;
/// Distance of the reset potential from the threshold during the search, and its lowest value, LSB.
const RESET_BELOW: f64 = 55.0;
const LOWEST_RESET: f64 = 30.0;
/// First step of the search in codes: thresholds up to 63 codes from typical are found.
const STEP: u16 = 32;
/// First step when the leak is moved instead: resting potentials up to 24 LSB from typical are found.
const LEAK_STEP: u16 = 64;
/// Largest steps of a search that goes on to a single code.
const FINE_STEP: u16 = 4;
/// Length of the window in which spikes are counted, in membrane time constants, while steps are large and small.
const WINDOW: (f64, f64) = (20.0, 60.0);
/// Distance below the threshold from which noise carries a typical membrane of 10 us over it soon, LSB; noise grows with the
/// root of the time constant over the capacitance.
const NOISE_REACH: f64 = 0.5;
const NOISE_TAU_US: f64 = 10.0;
/// How long noise takes on average to carry a neuron over its threshold that rests there, in membrane time constants.
const WAIT_FOR_NOISE: f64 = 1.5;

/// Potential at which membranes rest while their thresholds are sought, LSB; of neurons that have none, their own.
#[must_use]
pub fn level(targets: &Targets) -> f64 {
    if targets.hagen.is_some() { targets.leak } else { targets.threshold.min(HIGHEST_LEVEL) }
}

/// Codes by which the threshold is to be moved up once it was found there.
fn codes_above_level(targets: &Targets) -> u16 {
    let scale = Scale::new(targets);
    scale.plain_code(targets.threshold) - scale.plain_code(level(targets))
}

/// Reset potential during the search, LSB.
#[must_use]
pub fn reset_below(targets: &Targets) -> f64 {
    (level(targets) - RESET_BELOW).max(LOWEST_RESET)
}

/// Seeks the threshold of every neuron at the resting potential it has, [`level`]; the reset potential must be about
/// [`reset_below`]. Returns the neurons whose threshold was out of reach.
///
/// # Errors
/// When a measurement fails.
pub fn tune<S: Setup>(bench: &mut Bench<S>, targets: &Targets) -> Result<Vec<usize>, CalibrationError> {
    let start = bench.codes().get(codes::V_THRESHOLD).to_vec();
    bisect(bench, targets, codes::V_THRESHOLD, STEP, Trend::Falling)?;
    let found = bench.codes().get(codes::V_THRESHOLD).to_vec();
    let above = codes_above_level(targets);
    let moved: Vec<u16> = found.iter().map(|&code| (code + above).min(Span::FULL.high)).collect();
    bench.set(codes::V_THRESHOLD, &moved)?;
    let out_of_reach = |&neuron: &usize| start[neuron].abs_diff(found[neuron]) >= 2 * STEP - 1;
    Ok((0..NEURONS).filter(out_of_reach).collect())
}

/// Reads the thresholds as they are, LSB, independent of what [`tune`] found: seeks the resting potential at which every neuron
/// begins to fire, by its leak code, and reads that. Changes the codes of all three potentials.
///
/// # Errors
/// When a measurement fails.
pub fn read<S: Setup>(
    bench: &mut Bench<S>,
    targets: &Targets,
    sweeps: usize,
) -> Result<Vec<f64>, CalibrationError> {
    let above = codes_above_level(targets);
    let codes = bench.codes().get(codes::V_THRESHOLD);
    let lowered: Vec<u16> = codes.iter().map(|&code| code.saturating_sub(above)).collect();
    bench.set(codes::V_THRESHOLD, &lowered)?;
    let scale = bench.settings.scale;
    bench.set(codes::V_LEAK, &[scale.shifted_code(level(targets)); NEURONS])?;
    bench.set(codes::V_RESET, &[scale.shifted_code(reset_below(targets)); NEURONS])?;
    bisect(bench, targets, codes::V_LEAK, LEAK_STEP, Trend::Rising)?;
    let Samples { lsb, .. } = bench.rest(sweeps, resting_interval(targets.tau_mem_us))?;
    Ok(lsb.into_iter().map(|lsb| lsb + targets.threshold - level(targets)).collect())
}

/// Bisects a code by whether neurons fire. They are held in reset while codes settle, and are silent in the end.
fn bisect<S: Setup>(
    bench: &mut Bench<S>,
    targets: &Targets,
    parameter: &'static CapMemParameter,
    first_step: u16,
    fires_with: Trend,
) -> Result<(), CalibrationError> {
    let test = FiringTest::new(targets);
    let listening = bench.settings.listening_neuron();
    bench.set_neurons(fires(listening), ReadoutSource::Membrane);
    bench.hold(true);
    let mut search = Bisection::new(bench.codes().get(parameter), first_step, Span::FULL, fires_with);
    while !search.is_done() {
        bench.set(parameter, search.codes())?;
        let taus = if search.step() > FINE_STEP { WINDOW.0 } else { WINDOW.1 };
        let fired = test.run(bench, taus * targets.tau_mem_us)?;
        search.update(|neuron| fired[neuron]);
    }
    bench.set(parameter, search.codes())?;
    bench.set_neurons(listening, ReadoutSource::Membrane);
    bench.hold(false);
    Ok(())
}

/// What counts as firing.
#[derive(Debug, Clone, Copy, PartialEq)]
struct FiringTest {
    /// Interval between spikes of a neuron whose resting potential is its threshold, us.
    period_us: f64,
}

impl FiringTest {
    fn new(targets: &Targets) -> FiringTest {
        let noise = NOISE_REACH * (targets.tau_mem_us / NOISE_TAU_US / capacitance_share(targets)).sqrt();
        let climb = (level(targets) - reset_below(targets)) / noise;
        let waits = libm::log(climb) + WAIT_FOR_NOISE;
        let refractory_us = Refractory::new(targets).refractory_us();
        FiringTest { period_us: refractory_us + waits * targets.tau_mem_us }
    }

    /// Which neurons fire, in a window of about this length that begins with their release from reset.
    fn run<S: Setup>(&self, bench: &mut Bench<S>, window_us: f64) -> Result<Vec<bool>, CalibrationError> {
        let enough = (window_us / self.period_us).round().max(1.0);
        let counts = bench.spikes(Cycles::from_us_f64((enough + 0.5) * self.period_us))?;
        Ok(counts.iter().map(|spikes| spikes.overflow || f64::from(spikes.count) > enough).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn high_thresholds_are_sought_lower() {
        let targets = |threshold| Targets { threshold, ..Targets::default() };
        assert_eq!((level(&targets(125.0)), codes_above_level(&targets(125.0))), (125.0, 0));
        assert_eq!((level(&targets(200.0)), codes_above_level(&targets(200.0))), (140.0, 144));
        assert_eq!((reset_below(&targets(125.0)), reset_below(&targets(60.0))), (70.0, 30.0));
    }

    #[test]
    fn a_neuron_at_its_threshold_fires_every_few_time_constants() {
        let test = FiringTest::new(&Targets::default());
        // 2 us refractory, ln(55 / 0.5) = 4.7 time constants of climbing and 1.5 of waiting.
        assert!((test.period_us - 64.0).abs() < 0.1, "{}", test.period_us);
    }
}
