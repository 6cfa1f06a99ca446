//! Leak, reset and threshold potentials.
//!
//! Leak and reset are what the CADC reads of a neuron at rest and of a neuron held in reset. The threshold is where a neuron
//! begins to fire: its resting potential is put at the target and the threshold code sought at which noise just fires it
//! (electronicvisions calix: src/py/calix/hagen/neuron_potentials.py and spiking/neuron_threshold.py read the largest CADC
//! code before a spike instead, which takes many more conversions).

use crate::NEURONS;
use crate::bench::{Bench, SWEEP, Samples};
use crate::codes;
use crate::error::CalibrationError;
use crate::search::{Bisection, Law, Reading, Span, Trend, Tuning};
use crate::settings::{self, fires};
use hx_host::driver::Cycles;
use hx_host::driver::madc::ReadoutSource;
use hx_host::setup::Setup;
use hx_isa::regmap::capmem::CapMemParameter;

/// Typical slope of leak and reset potential, LSB per code.
const SHIFTED_SLOPE: f64 = 0.1875;
/// Readings of a resting membrane are this many membrane time constants apart, so that their noise is independent.
const APART: f64 = 2.5;
/// Least sum of squared code changes from which a slope is learnt: one neuron in five moved by ten codes.
const LEAST_MOVE: f64 = 1e4;

/// Interval between readings of resting membranes.
#[must_use]
pub fn resting_interval(tau_mem_us: f64) -> Cycles {
    SWEEP + Cycles::from_us_f64(APART * tau_mem_us)
}

/// Searches a code on which the observable depends along a line, the slope being learnt on the way. `rounds` are the sweeps
/// of each round. Returns what the codes found should read.
///
/// # Errors
/// When a measurement fails.
pub fn tune_line<S: Setup>(
    bench: &mut Bench<S>,
    parameter: &'static CapMemParameter,
    typical_slope: f64,
    targets: &[f64],
    rounds: &[usize],
    mut measure: impl FnMut(&mut Bench<S>, usize) -> Result<Samples, CalibrationError>,
) -> Result<Vec<f64>, CalibrationError> {
    let start = bench.codes().get(parameter).to_vec();
    let mut search = Tuning::new(Law::Line { slope: typical_slope }, &start, Span::FULL);
    let mut earlier: Option<(Vec<u16>, Samples)> = None;
    for &sweeps in rounds {
        bench.set(parameter, search.codes())?;
        let codes = search.codes().to_vec();
        let samples = measure(bench, sweeps)?;
        if let Some(slope) =
            earlier.as_ref().and_then(|earlier| slope(earlier, &codes, &samples, typical_slope))
        {
            search = Tuning::new(Law::Line { slope }, &codes, Span::FULL);
        }
        search.update(readings(&samples), sweeps as f64, |neuron| targets[neuron]);
        earlier.get_or_insert((codes, samples));
    }
    bench.set(parameter, search.codes())?;
    Ok(search.expected())
}

fn readings(samples: &Samples) -> impl Iterator<Item = Reading> + '_ {
    (0..NEURONS).map(|neuron| Reading { observed: samples.lsb[neuron], trusted: samples.is_trusted(neuron) })
}

/// Slope common to all neurons, from two readings with different codes; nothing if the codes hardly differ.
fn slope(
    (codes, samples): &(Vec<u16>, Samples),
    next_codes: &[u16],
    next: &Samples,
    typical: f64,
) -> Option<f64> {
    let (mut products, mut squares) = (0.0, 0.0);
    for neuron in (0..NEURONS).filter(|&neuron| samples.is_trusted(neuron) && next.is_trusted(neuron)) {
        let moved = f64::from(next_codes[neuron]) - f64::from(codes[neuron]);
        products += moved * (next.lsb[neuron] - samples.lsb[neuron]);
        squares += moved * moved;
    }
    let slope = products / squares;
    let plausible = (0.2..5.0).contains(&(slope / typical));
    (squares >= LEAST_MOVE && plausible).then_some(slope)
}

/// Brings the resting potential of every neuron to its target. Returns what is expected to be read.
///
/// # Errors
/// When a measurement fails.
pub fn leak<S: Setup>(
    bench: &mut Bench<S>,
    targets: &[f64],
    interval: Cycles,
    rounds: &[usize],
) -> Result<Vec<f64>, CalibrationError> {
    tune_line(bench, codes::V_LEAK, SHIFTED_SLOPE, targets, rounds, |bench, sweeps| {
        bench.rest(sweeps, interval)
    })
}

/// Brings the reset potential of every neuron to its target. Returns what is expected to be read.
///
/// # Errors
/// When a measurement fails.
pub fn reset<S: Setup>(
    bench: &mut Bench<S>,
    targets: &[f64],
    rounds: &[usize],
) -> Result<Vec<f64>, CalibrationError> {
    bench.hold(true);
    let expected = tune_line(bench, codes::V_RESET, SHIFTED_SLOPE, targets, rounds, |bench, sweeps| {
        bench.rest(sweeps, SWEEP)
    })?;
    bench.hold(false);
    Ok(expected)
}

/// First step of the threshold search in codes: thresholds up to 63 codes from typical are found.
const THRESHOLD_STEP: u16 = 32;
/// Largest steps of a search that goes on to a single code.
const FINE_STEP: u16 = 4;
/// Length of the window in which spikes are counted, in membrane time constants, while steps are large and small.
const WINDOW: (f64, f64) = (20.0, 60.0);
/// How long noise takes on average to carry a neuron over its threshold that rests there, in membrane time constants.
const WAIT_FOR_NOISE: f64 = 1.5;
/// First step when the leak is moved instead: resting potentials up to 24 LSB from typical are found.
const LEAK_STEP: u16 = 64;

/// Distance below the threshold from which a membrane with typical noise is likely to be carried over it soon, LSB.
const NOISE_REACH: f64 = 0.4;

/// What decides whether a neuron fires: spikes in a window that begins at the reset potential.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FiringTest {
    tau_mem_us: f64,
    /// Interval between spikes of a neuron whose resting potential is its threshold.
    period_us: f64,
}

impl FiringTest {
    /// For neurons that rest `climb` LSB above their reset potential.
    #[must_use]
    pub fn new(tau_mem_us: f64, refractory_us: f64, climb: f64) -> FiringTest {
        let climb_us = tau_mem_us * libm::log(climb / NOISE_REACH);
        FiringTest { tau_mem_us, period_us: refractory_us + climb_us + WAIT_FOR_NOISE * tau_mem_us }
    }

    /// Which neurons fire in a window of about `taus` membrane time constants.
    fn run<S: Setup>(&self, bench: &mut Bench<S>, taus: f64) -> Result<Vec<bool>, CalibrationError> {
        let enough = (taus * self.tau_mem_us / self.period_us).round().max(1.0);
        let counts = bench.spikes(Cycles::from_us_f64((enough + 0.5) * self.period_us))?;
        Ok(counts.iter().map(|spikes| spikes.overflow || f64::from(spikes.count) > enough).collect())
    }

    /// Bisects a code by whether neurons fire. Neurons must be configured to fire; they are held in reset in between.
    fn bisect<S: Setup>(
        &self,
        bench: &mut Bench<S>,
        parameter: &'static CapMemParameter,
        step: u16,
        fires_with: Trend,
    ) -> Result<(), CalibrationError> {
        bench.hold(true);
        let start = bench.codes().get(parameter).to_vec();
        let mut search = Bisection::new(&start, step, Span::FULL, fires_with);
        let mut step = step;
        while !search.is_done() {
            bench.set(parameter, search.codes())?;
            let fired = self.run(bench, if step > FINE_STEP { WINDOW.0 } else { WINDOW.1 })?;
            search.update(|neuron| fired[neuron]);
            step /= 2;
        }
        bench.set(parameter, search.codes())
    }

    /// Seeks the threshold code at which every neuron begins to fire at the resting potential it has.
    ///
    /// # Errors
    /// When a measurement fails.
    pub fn tune_threshold<S: Setup>(&self, bench: &mut Bench<S>) -> Result<(), CalibrationError> {
        let listening = settings::listens(bench.settings.silent_neuron(), [true, true]);
        bench.set_neurons(fires(listening), ReadoutSource::Membrane);
        self.bisect(bench, codes::V_THRESHOLD, THRESHOLD_STEP, Trend::Falling)?;
        bench.set_neurons(listening, ReadoutSource::Membrane);
        bench.hold(false);
        Ok(())
    }

    /// Seeks the resting potential at which every neuron begins to fire, by its leak code, and reads it: the threshold in
    /// CADC LSB, independent of what [`FiringTest::tune_threshold`] found. Changes the leak codes.
    ///
    /// # Errors
    /// When a measurement fails.
    pub fn read_threshold<S: Setup>(
        &self,
        bench: &mut Bench<S>,
        sweeps: usize,
    ) -> Result<Samples, CalibrationError> {
        let listening = settings::listens(bench.settings.silent_neuron(), [true, true]);
        bench.set_neurons(fires(listening), ReadoutSource::Membrane);
        self.bisect(bench, codes::V_LEAK, LEAK_STEP, Trend::Rising)?;
        bench.set_neurons(listening, ReadoutSource::Membrane);
        bench.hold(false);
        bench.rest(sweeps, resting_interval(self.tau_mem_us))
    }
}
