//! Membrane and synaptic time constants, from two points of a decay.
//!
//! Membranes decay from the reset potential after `force_reset` is released, synaptic lines from the deflection by a burst of
//! events; both are read soon after and about a time constant later, and at rest. Only differences enter, so delays on the
//! way of events and commands drop out; each reading counts at the instant its own code was compared. (electronicvisions
//! calix: src/py/calix/hagen/neuron_leak_bias.py and neuron_synin.py fit MADC or CADC traces of the same decays.)

use crate::NEURONS;
use crate::Targets;
use crate::bench::{Bench, HOLD, SWEEP, Samples, is_trusted, sweep};
use crate::codes;
use crate::error::CalibrationError;
use crate::search::{Law, Reading, Span, Tuning};
use crate::stimulus::Polarity;
use crate::synaptic::line_stimulus;
use hx_host::driver::{Cycles, TimedBuilder};
use hx_host::setup::Setup;
use hx_isa::regmap::capmem::CapMemParameter;

/// Start of the first conversion after the beginning of a decay, us.
const EARLY_US: f64 = 0.1;
/// From the first to the second conversion in time constants: where noise costs least.
const LATE: f64 = 1.1;
/// Span over which the conversions of either point are spread, in time constants: more than a code of the converter even
/// late in a decay, so that rounding averages out where there is no noise, and too little for the curvature to matter.
const SPREAD: f64 = 0.08;
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
    /// Time constant of interest as a share of the one measured, by neuron.
    factors: Vec<f64>,
}

impl Decay {
    /// Time constant of a neuron, us.
    #[must_use]
    pub fn tau_us(&self, neuron: usize) -> f64 {
        self.factors[neuron] * self.measured_us(neuron)
    }

    fn measured_us(&self, neuron: usize) -> f64 {
        let [early, late] = &self.points;
        let apart_us = self.apart_us + late.delay_us[neuron] - early.delay_us[neuron];
        let share = self.signal(1, neuron) / self.signal(0, neuron);
        // A share without meaning counts as one at the end of the range.
        let share = if share > SHARE.0 { share.min(SHARE.1) } else { SHARE.0 };
        -apart_us / libm::log(share)
    }

    /// Signal of a neuron at the beginning of the decay, LSB.
    #[must_use]
    pub fn amplitude(&self, neuron: usize) -> f64 {
        let after_us = EARLY_US + self.points[0].delay_us[neuron];
        self.signal(0, neuron) * libm::exp(after_us / self.measured_us(neuron))
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
    let spread_us = |number: usize| SPREAD * tau_us * (number as f64 + 0.5) / sweeps as f64;
    let relaxed = SWEEP + Cycles::from_us_f64(OVER * tau_us);
    let mut builder = bench.begin();
    let mut timed = builder.timed();
    let (mut points, mut rest) = ([Vec::new(), Vec::new()], Vec::new());
    let (mut now, mut apart_us) = (SWEEP, 0.0);
    for number in 0..sweeps {
        let instants =
            [EARLY_US, EARLY_US + LATE * tau_us].map(|us| Cycles::from_us_f64(us + spread_us(number)));
        apart_us += instants[1].us_after(instants[0]) / sweeps as f64;
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
        apart_us,
        factors: vec![1.0; NEURONS],
    })
}

/// Factor by which a time constant is made longer to be measured.
fn slowdown(target_us: f64) -> f64 {
    (SHORTEST_US / target_us).max(1.0)
}

/// Codes of biases `factor` times as large.
fn scaled(codes: &[u16], factor: f64) -> Vec<u16> {
    codes.iter().map(|&code| Span::FULL.nearest(factor * f64::from(code))).collect()
}

/// Reads the decay of the lines of one kind of synaptic input after a burst of events, slowed down if need be. Leaves the
/// stimulus connected and the readout on the lines.
///
/// # Errors
/// When the measurement fails.
pub fn synaptic_decay<S: Setup>(
    bench: &mut Bench<S>,
    polarity: Polarity,
    targets: &Targets,
    sweeps: usize,
) -> Result<Decay, CalibrationError> {
    let stimulus = line_stimulus(targets);
    stimulus.connect(&mut bench.configuration, polarity)?;
    bench.set_neurons(bench.settings.silent_neuron(), polarity.line());
    slowly(bench, polarity.tau(), targets.tau_syn_us, |bench, tau_us| {
        decay(bench, tau_us, sweeps, |_, timed, now| stimulus.burst(timed, now))
    })
}

/// Reads the decay of membranes from the reset potential, slowed down if need be; `sweeps` conversions of each kind.
///
/// # Errors
/// When the measurement fails.
pub fn membrane_decay<S: Setup>(
    bench: &mut Bench<S>,
    target_us: f64,
    sweeps: usize,
) -> Result<Decay, CalibrationError> {
    slowly(bench, codes::I_BIAS_LEAK, target_us, |bench, tau_us| {
        decay(bench, tau_us, sweeps, |bench, timed, now| {
            timed.at(now, |program| bench.write_hold(program, true));
            timed.at(now + HOLD, |program| bench.write_hold(program, false));
            now + HOLD
        })
    })
}

/// Measures with the codes of a bias made smaller by the slowdown, and puts them back. The result is that of the codes as
/// they are, as far as time constants are inverse to them.
fn slowly<S: Setup>(
    bench: &mut Bench<S>,
    parameter: &'static CapMemParameter,
    target_us: f64,
    measure: impl FnOnce(&mut Bench<S>, f64) -> Result<Decay, CalibrationError>,
) -> Result<Decay, CalibrationError> {
    let slowdown = slowdown(target_us);
    let codes = bench.codes().get(parameter).to_vec();
    let slow = scaled(&codes, 1.0 / slowdown);
    bench.set(parameter, &slow)?;
    let decay = measure(bench, slowdown * target_us)?;
    bench.set(parameter, &codes)?;
    let factors = codes.iter().zip(&slow).map(|(&code, &slow)| f64::from(slow) / f64::from(code.max(1)));
    Ok(Decay { factors: factors.collect(), ..decay })
}

/// Searches the code of a bias for a time constant inverse to it. Returns what is expected to be measured, us.
fn tune<S: Setup>(
    bench: &mut Bench<S>,
    parameter: &'static CapMemParameter,
    target_us: f64,
    rounds: &[usize],
    mut measure: impl FnMut(&mut Bench<S>, usize) -> Result<Decay, CalibrationError>,
) -> Result<Vec<f64>, CalibrationError> {
    let mut search = Tuning::new(Law::Inverse, bench.codes().get(parameter), Span::FULL);
    for &sweeps in rounds {
        bench.set(parameter, search.codes())?;
        let decay = measure(bench, sweeps)?;
        let readings: Vec<Reading> = (0..NEURONS).map(|neuron| decay.reading(neuron)).collect();
        search.update(readings, sweeps as f64, |_| target_us);
    }
    bench.set(parameter, search.codes())?;
    Ok(search.expected())
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
    tune(bench, codes::I_BIAS_LEAK, target_us, rounds, |bench, sweeps| {
        membrane_decay(bench, target_us, sweeps)
    })
}

/// Brings the time constants of one kind of synaptic input to their target. Leaves the stimulus connected and the readout on
/// the lines.
///
/// # Errors
/// When a measurement fails.
pub fn synaptic<S: Setup>(
    bench: &mut Bench<S>,
    polarity: Polarity,
    targets: &Targets,
    rounds: &[usize],
) -> Result<Vec<f64>, CalibrationError> {
    tune(bench, polarity.tau(), targets.tau_syn_us, rounds, |bench, sweeps| {
        synaptic_decay(bench, polarity, targets, sweeps)
    })
}
