//! Membrane and synaptic time constants, from two points of a decay.
//!
//! Membranes decay from the reset potential after `force_reset` is released, synaptic lines from the deflection by a burst of
//! events; both are read soon after and about a time constant later, and at rest. Only differences enter, so delays on the
//! way of events and commands drop out; each reading counts at the instant its own code was compared. (electronicvisions
//! calix: src/py/calix/hagen/neuron_leak_bias.py and neuron_synin.py fit MADC or CADC traces of the same decays.)

use crate::NEURONS;
use crate::bench::{Bench, HOLD, SWEEP, Samples, is_trusted, sweep};
use crate::codes;
use crate::error::CalibrationError;
use crate::search::{Law, Reading, Span, Tuning};
use crate::stimulus::{Polarity, Stimulus};
use hx_host::driver::{Cycles, TimedBuilder};
use hx_host::setup::Setup;
use hx_isa::regmap::capmem::CapMemParameter;

/// Start of the first conversion after the beginning of a decay, us.
const EARLY_US: f64 = 0.1;
/// From the first to the second conversion in time constants: where noise costs least.
const LATE: f64 = 1.1;
/// Time constants after which a decay is over, even one twice as slow as expected.
const OVER: f64 = 20.0;
/// Shares of the first signal that the second may have: outside, a time constant cannot be told.
const SHARE: (f64, f64) = (0.02, 0.98);
/// Shares inside which it is trusted.
const TRUSTED_SHARE: (f64, f64) = (0.05, 0.9);
/// Least signal at the first point, LSB.
const LEAST_SIGNAL: f64 = 8.0;
/// Shortest time constant the converter can follow: a conversion compares about 1 us after its start. Shorter ones are
/// measured at a smaller code and scaled, us.
const SHORTEST_US: f64 = 2.0;

/// The readings of a decay, averaged.
#[derive(Debug, Clone, PartialEq)]
pub struct Decay {
    /// Soon after the start and later.
    points: [Samples; 2],
    /// At rest.
    rest: Samples,
    /// Time between the starts of the two conversions, us.
    apart_us: f64,
}

impl Decay {
    /// Time constant of a neuron, us.
    #[must_use]
    pub fn tau_us(&self, neuron: usize) -> f64 {
        let [early, late] = &self.points;
        let apart_us = self.apart_us + late.delay_us[neuron] - early.delay_us[neuron];
        let share = self.signal(1, neuron) / self.signal(0, neuron);
        // A share without meaning counts as one at the end of the range.
        let share = if share > SHARE.0 { share.min(SHARE.1) } else { SHARE.0 };
        -apart_us / libm::log(share)
    }

    /// Signal of a neuron at the beginning of the decay if its time constant is `tau_us`, LSB.
    #[must_use]
    pub fn amplitude(&self, neuron: usize, tau_us: f64) -> f64 {
        let after_us = EARLY_US + self.points[0].delay_us[neuron];
        self.signal(0, neuron) * libm::exp(after_us / tau_us)
    }

    fn signal(&self, point: usize, neuron: usize) -> f64 {
        (self.points[point].lsb[neuron] - self.rest.lsb[neuron]).abs()
    }

    fn reading(&self, neuron: usize) -> Reading {
        let share = self.signal(1, neuron) / self.signal(0, neuron);
        let clear = self.signal(0, neuron) > LEAST_SIGNAL && is_trusted(self.points[0].lsb[neuron]);
        let trusted = clear && (TRUSTED_SHARE.0..TRUSTED_SHARE.1).contains(&share);
        Reading { observed: self.tau_us(neuron), trusted }
    }
}

/// Reads decays that `start` begins: it is given the program and a time, and returns when the decay begins.
fn decay<S: Setup>(
    bench: &mut Bench<S>,
    tau_us: f64,
    sweeps: usize,
    start: impl Fn(&Bench<S>, &mut TimedBuilder, Cycles) -> Cycles,
) -> Result<Decay, CalibrationError> {
    let instants = [EARLY_US, EARLY_US + LATE * tau_us].map(Cycles::from_us_f64);
    let relaxed = SWEEP + Cycles::from_us_f64(OVER * tau_us);
    let mut builder = bench.begin();
    let mut timed = builder.timed();
    let (mut points, mut rest) = ([Vec::new(), Vec::new()], Vec::new());
    let mut now = SWEEP;
    for _ in 0..sweeps {
        for (point, after) in points.iter_mut().zip(instants) {
            let read_at = start(bench, &mut timed, now) + after;
            point.push(sweep(&mut timed, read_at));
            now = read_at + relaxed;
        }
        rest.push(sweep(&mut timed, now));
        now += SWEEP;
    }
    timed.finish();
    let responses = bench.run(builder)?;
    Ok(Decay {
        points: [bench.samples(&responses, &points[0])?, bench.samples(&responses, &points[1])?],
        rest: bench.samples(&responses, &rest)?,
        apart_us: instants[1].us_after(instants[0]),
    })
}

/// Reads the decay of membranes from the reset potential; `sweeps` conversions of each kind.
///
/// # Errors
/// When the measurement fails.
pub fn membrane_decay<S: Setup>(
    bench: &mut Bench<S>,
    tau_us: f64,
    sweeps: usize,
) -> Result<Decay, CalibrationError> {
    decay(bench, tau_us, sweeps, |bench, timed, now| {
        timed.at(now, |program| bench.write_hold(program, true));
        timed.at(now + HOLD, |program| bench.write_hold(program, false));
        now + HOLD
    })
}

/// Reads the decay of synaptic lines after a burst of events; the readout must show the lines.
///
/// # Errors
/// When the measurement fails.
pub fn line_decay<S: Setup>(
    bench: &mut Bench<S>,
    stimulus: &Stimulus,
    tau_us: f64,
    sweeps: usize,
) -> Result<Decay, CalibrationError> {
    decay(bench, tau_us, sweeps, |_, timed, now| stimulus.burst(timed, now))
}

/// Searches the code of a bias for a time constant inverse to it. Returns what is expected to be measured, us.
fn tune<S: Setup>(
    bench: &mut Bench<S>,
    parameter: &'static CapMemParameter,
    target_us: f64,
    rounds: &[usize],
    mut measure: impl FnMut(&mut Bench<S>, f64, usize) -> Result<Decay, CalibrationError>,
) -> Result<Vec<f64>, CalibrationError> {
    let slower = (SHORTEST_US / target_us).max(1.0);
    let start: Vec<u16> = bench
        .codes()
        .get(parameter)
        .iter()
        .map(|&code| Span::FULL.nearest(f64::from(code) / slower))
        .collect();
    let mut search = Tuning::new(Law::Inverse, &start, Span::FULL);
    for &sweeps in rounds {
        bench.set(parameter, search.codes())?;
        let decay = measure(bench, target_us * slower, sweeps)?;
        let readings: Vec<Reading> = (0..NEURONS).map(|neuron| decay.reading(neuron)).collect();
        search.update(readings, sweeps as f64, |_| target_us * slower);
    }
    let scaled: Vec<u16> =
        search.codes().iter().map(|&code| Span::FULL.nearest(f64::from(code) * slower)).collect();
    bench.set(parameter, &scaled)?;
    let expected = |(expected_us, (&code, &scaled)): (f64, (&u16, &u16))| {
        expected_us * f64::from(code) / f64::from(scaled.max(1))
    };
    Ok(search.expected().into_iter().zip(search.codes().iter().zip(&scaled)).map(expected).collect())
}

/// Brings the membrane time constant of every neuron to its target. The reset potential must be away from the resting
/// potential.
///
/// # Errors
/// When a measurement fails.
pub fn membrane<S: Setup>(
    bench: &mut Bench<S>,
    target_us: f64,
    rounds: &[usize],
) -> Result<Vec<f64>, CalibrationError> {
    tune(bench, codes::I_BIAS_LEAK, target_us, rounds, membrane_decay)
}

/// Brings the time constants of one kind of synaptic input to their target. Leaves the stimulus connected and the readout on
/// the lines.
///
/// # Errors
/// When a measurement fails.
pub fn synaptic<S: Setup>(
    bench: &mut Bench<S>,
    polarity: Polarity,
    stimulus: &Stimulus,
    target_us: f64,
    rounds: &[usize],
) -> Result<Vec<f64>, CalibrationError> {
    stimulus.connect(&mut bench.configuration, polarity)?;
    bench.set_neurons(bench.settings.silent_neuron(), polarity.line());
    tune(bench, polarity.tau(), target_us, rounds, |bench, tau_us, sweeps| {
        line_decay(bench, stimulus, tau_us, sweeps)
    })
}
