//! Synaptic inputs: the DAC bias of the quadrants, the balance of the input amplifiers, and their strength.
//!
//! Balance (shift) is where the resting potential with the input connected is that without; strength (gm) is the peak of the
//! membrane's response to events of many synapses (electronicvisions calix: src/py/calix/hagen/neuron_synin.py; the DAC bias:
//! common/synapse.py).

use crate::bench::{Bench, SWEEP, Samples, is_trusted, sweep};
use crate::codes::{self, BLOCKS, NEURONS_PER_BLOCK};
use crate::error::CalibrationError;
use crate::potentials::{Line, tune_line};
use crate::search::{Bisection, Law, Reading, Span, Trend, Tuning, median};
use crate::settings::{self, GM_SPAN, Scale, capacitance_share, line_gain};
use crate::stimulus::{Polarity, Stimulus};
use crate::time_constants::synaptic_decay;
use crate::{NEURONS, Strength, Targets};
use hx_host::driver::Cycles;
use hx_host::driver::madc::ReadoutSource;
use hx_host::setup::Setup;

/// Shift of the resting potential per code of the balance at the typical conductances of a 10 us membrane, LSB; it grows
/// with the membrane time constant.
const SHIFT_SLOPE_PER_US: f64 = 0.08;
/// How much that differs between neurons, relatively: the mismatch of transconductance and leak.
const SHIFT_SLOPE_SPREAD: f64 = 0.25;
/// Deflection of a line by a weight of one at the largest DAC bias, LSB.
const LINE_LSB_PER_WEIGHT: f64 = 0.057;
/// Response of a membrane of 2.4 pF to a weight of one at the largest DAC bias, per us of time constant, code of gm and unit of
/// the shape of a response, LSB.
const PSP_LSB_PER_WEIGHT: f64 = 2.56e-4;
/// Deflections that are clear of noise and inside the range of the converter, LSB.
const LINE_DEFLECTION: f64 = 90.0;
const PSP: f64 = 35.0;
/// Synaptic time constant below which the events of a stimulus are spread, us.
const FAST_INPUT_US: f64 = 2.0;
/// Lowest potential to which inhibition may bring a membrane, V: below, the sink of its current gives way.
const LOWEST_V: f64 = 0.36;
/// Least response that is measured anyway, LSB.
const LEAST_PSP: f64 = 12.0;
/// Shift of the resting potential per code of the balance from which it is first sought by bisection, LSB: lines of such slope
/// end after a few codes. First step of that search.
const STEEP: f64 = 2.0;
const STEEP_STEP: u16 = 128;
const STEEP_SWEEPS: usize = 2;
/// Time the event path takes beyond a register access, us; the peak of a response is flat, so it need not be exact.
const EVENT_DELAY_US: f64 = 0.08;
/// Instant of comparison of a code near the middle after the start of a conversion, us.
const COMPARED_US: f64 = 0.95;

/// A burst that deflects the lines clearly.
#[must_use]
pub fn line_stimulus(targets: &Targets) -> Stimulus {
    Stimulus::new(targets.dac_bias, LINE_DEFLECTION / line_lsb_per_weight(targets))
}

/// Deflection of a typical line by a weight of one, LSB.
#[must_use]
pub fn line_lsb_per_weight(targets: &Targets) -> f64 {
    line_gain(targets) * Scale::new(targets).zoom() * LINE_LSB_PER_WEIGHT * f64::from(targets.dac_bias)
        / 1022.0
}

/// Lowers the DAC biases to what the weakest quadrant gives, by the deflection of the excitatory lines, whose time constants
/// must have been calibrated.
///
/// # Errors
/// When a measurement fails.
pub fn equalise_dac_bias<S: Setup>(
    bench: &mut Bench<S>,
    targets: &Targets,
    sweeps: usize,
) -> Result<(), CalibrationError> {
    let decay = synaptic_decay(bench, Polarity::Excitatory, targets, sweeps)?;
    let amplitudes: Vec<f64> = (0..NEURONS).map(|neuron| decay.amplitude(neuron)).collect();
    let quadrants: Vec<f64> =
        amplitudes.chunks(NEURONS_PER_BLOCK).map(|quadrant| median(quadrant.iter().copied())).collect();
    let weakest = quadrants.iter().copied().fold(f64::INFINITY, f64::min);
    let mut biases = [targets.dac_bias; BLOCKS];
    for (bias, amplitude) in biases.iter_mut().zip(quadrants).filter(|(_, amplitude)| *amplitude > 0.0) {
        *bias = Span::FULL.nearest(f64::from(*bias) * weakest / amplitude);
    }
    bench.set(codes::DAC_BIAS, &biases)
}

/// Balances both inputs one after the other against the resting potential `rest` without them, and leaves them connected.
///
/// # Errors
/// When a measurement fails.
pub fn balance<S: Setup>(
    bench: &mut Bench<S>,
    rest: &[f64],
    targets: &Targets,
    interval: Cycles,
    rounds: &[usize],
) -> Result<(), CalibrationError> {
    for (polarity, inputs) in Polarity::BOTH.into_iter().zip([[true, false], [true, true]]) {
        bench.set_neurons(settings::listens(bench.settings.silent_neuron(), inputs), ReadoutSource::Membrane);
        let slope = -polarity.sign() * Scale::new(targets).zoom() * SHIFT_SLOPE_PER_US * targets.tau_mem_us
            / capacitance_share(targets);
        let line = Line { slope, spread: SHIFT_SLOPE_SPREAD };
        if slope.abs() > STEEP {
            bisect_balance(bench, polarity, rest, interval)?;
        }
        tune_line(bench, polarity.shift(), line, rest, rounds, |bench, sweeps| bench.rest(sweeps, interval))?;
    }
    Ok(())
}

/// Brings the balance near enough that readings are inside the range of the converter.
fn bisect_balance<S: Setup>(
    bench: &mut Bench<S>,
    polarity: Polarity,
    rest: &[f64],
    interval: Cycles,
) -> Result<(), CalibrationError> {
    let trend = [Trend::Falling, Trend::Rising][polarity as usize];
    let mut search = Bisection::new(bench.codes().get(polarity.shift()), STEEP_STEP, Span::FULL, trend);
    while !search.is_done() {
        bench.set(polarity.shift(), search.codes())?;
        let found = bench.rest(STEEP_SWEEPS, interval)?;
        search.update(|neuron| found.lsb[neuron] > rest[neuron]);
    }
    bench.set(polarity.shift(), search.codes())
}

/// Shape of the response of a membrane to an event: its value at `t_us`, and the time and value of its peak. In units of
/// time: the response of a membrane that does not leak to a current that does not fade would be `t`.
fn shape(t_us: f64, tau_mem_us: f64, tau_syn_us: f64) -> f64 {
    let apart = tau_mem_us - tau_syn_us;
    if apart.abs() < 1e-3 * tau_mem_us {
        return t_us * libm::exp(-t_us / tau_mem_us);
    }
    let decays = libm::exp(-t_us / tau_mem_us) - libm::exp(-t_us / tau_syn_us);
    tau_mem_us * tau_syn_us / apart * decays
}

/// When a response peaks after its event, us.
fn peak_us(tau_mem_us: f64, tau_syn_us: f64) -> f64 {
    let apart = tau_mem_us - tau_syn_us;
    if apart.abs() < 1e-3 * tau_mem_us {
        return tau_mem_us;
    }
    libm::log(tau_mem_us / tau_syn_us) * tau_mem_us * tau_syn_us / apart
}

/// Measures responses to a stimulus.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Responder {
    polarity: Polarity,
    stimulus: Stimulus,
    tau_mem_us: f64,
    tau_syn_us: f64,
}

impl Responder {
    /// For neurons with these targets that rest at `rest_lsb`.
    #[must_use]
    pub fn new(polarity: Polarity, targets: &Targets, rest_lsb: f64) -> Responder {
        Responder::with_room(polarity, targets, PSP, rest_lsb)
    }

    /// The same with responses of about `lsb`.
    #[must_use]
    pub fn with_room(polarity: Polarity, targets: &Targets, lsb: f64, rest_lsb: f64) -> Responder {
        let &Targets { tau_mem_us, tau_syn_us, dac_bias, .. } = targets;
        let room = match polarity {
            Polarity::Excitatory => lsb,
            Polarity::Inhibitory => lsb.min((rest_lsb - Scale::new(targets).lsb_at(LOWEST_V)).max(LEAST_PSP)),
        };
        let burst = Stimulus::new(dac_bias, room / psp_lsb_per_weight(targets));
        // Fast inputs would be driven into saturation by what a membrane needs.
        let stimulus = if tau_syn_us < FAST_INPUT_US { burst.spread(tau_syn_us) } else { burst };
        Responder { polarity, stimulus, tau_mem_us, tau_syn_us }
    }

    /// Peak of the response in LSB per LSB of weight, by neuron; readings that cannot be trusted are marked.
    ///
    /// # Errors
    /// When a measurement fails.
    pub fn measure<S: Setup>(
        &self,
        bench: &mut Bench<S>,
        sweeps: usize,
    ) -> Result<Vec<Reading>, CalibrationError> {
        let peak_us = peak_us(self.tau_mem_us, self.tau_syn_us);
        let relaxed = SWEEP + Cycles::from_us_f64(12.0 * (self.tau_mem_us + self.tau_syn_us));
        let wait_us = (peak_us - COMPARED_US + EVENT_DELAY_US - 0.5 * self.stimulus.duration_us()).max(0.0);
        let mut builder = bench.begin();
        let mut timed = builder.timed();
        let (mut rest, mut peaks) = (Vec::new(), Vec::new());
        let (mut now, mut read_after_us) = (SWEEP, 0.0);
        for _ in 0..sweeps {
            rest.push(sweep(&mut timed, now));
            let begin = now + SWEEP;
            let arrived = self.stimulus.burst(&mut timed, begin);
            let last = begin + Cycles::from_us_f64(self.stimulus.duration_us());
            let read_at = arrived.max(last + Cycles::from_us_f64(wait_us));
            read_after_us = read_at.us_after(begin) - 0.5 * self.stimulus.duration_us() - EVENT_DELAY_US;
            peaks.push(sweep(&mut timed, read_at));
            now = read_at + relaxed;
        }
        timed.finish();
        let responses = bench.run(builder)?;
        let (rest, peaks) = (bench.samples(&responses, &rest)?, bench.samples(&responses, &peaks)?);
        Ok((0..NEURONS).map(|neuron| self.reading(neuron, &rest, &peaks, read_after_us)).collect())
    }

    /// What a reading not quite at the peak says about the peak.
    fn reading(&self, neuron: usize, rest: &Samples, peaks: &Samples, read_after_us: f64) -> Reading {
        let (tau_mem_us, tau_syn_us) = (self.tau_mem_us, self.tau_syn_us);
        let peak = shape(peak_us(tau_mem_us, tau_syn_us), tau_mem_us, tau_syn_us);
        let read = shape(read_after_us + peaks.delay_us[neuron], tau_mem_us, tau_syn_us);
        let response = self.polarity.sign() * (peaks.lsb[neuron] - rest.lsb[neuron]);
        let observed = response * peak / read / self.stimulus.total_weight();
        Reading { observed, trusted: is_trusted(peaks.lsb[neuron]) && is_trusted(rest.lsb[neuron]) }
    }
}

/// Response aimed at, or that of a typical neuron, LSB per LSB of weight.
#[must_use]
pub fn psp_lsb_per_weight(targets: &Targets) -> f64 {
    match targets.strength {
        Strength::PspLsbPerWeight(lsb) => lsb,
        Strength::GmCode(code) => typical_psp(code, targets),
    }
}

/// Response of a typical neuron in LSB per LSB of weight.
fn typical_psp(gm_code: u16, targets: &Targets) -> f64 {
    let &Targets { tau_mem_us, tau_syn_us, .. } = targets;
    let shape = shape(peak_us(tau_mem_us, tau_syn_us), tau_mem_us, tau_syn_us);
    line_gain(targets)
        * Scale::new(targets).zoom()
        * PSP_LSB_PER_WEIGHT
        * f64::from(gm_code)
        * f64::from(targets.dac_bias)
        / 1022.0
        * shape
        / capacitance_share(targets)
}

/// Brings the strength of one kind of synaptic input of every neuron to its target. The inputs must be connected and
/// balanced, the membranes at rest. Returns the target and what is expected to be measured, LSB per weight.
///
/// # Errors
/// When a measurement fails.
pub fn strength<S: Setup>(
    bench: &mut Bench<S>,
    polarity: Polarity,
    targets: &Targets,
    rest_lsb: f64,
    rounds: &[usize],
) -> Result<(f64, Vec<f64>), CalibrationError> {
    let responder = Responder::new(polarity, targets, rest_lsb);
    responder.connect(bench)?;
    let start = match targets.strength {
        Strength::GmCode(code) => code,
        Strength::PspLsbPerWeight(lsb) => GM_SPAN.nearest(lsb / typical_psp(1, targets)),
    };
    let mut search = Tuning::new(Law::Proportional, &[start; NEURONS], GM_SPAN);
    let mut target = None;
    for &sweeps in rounds {
        bench.set(polarity.gm(), search.codes())?;
        let readings = responder.measure(bench, sweeps)?;
        let found =
            readings.iter().zip(&bench.selected).filter(|&(_, &on)| on).map(|(reading, _)| reading.observed);
        let target = *target.get_or_insert_with(|| match targets.strength {
            Strength::GmCode(_) => median(found),
            Strength::PspLsbPerWeight(lsb) => lsb,
        });
        search.update(readings, sweeps as f64, |_| target);
    }
    bench.set(polarity.gm(), search.codes())?;
    Ok((target.unwrap_or(f64::NAN), search.expected()))
}

impl Responder {
    /// Connects the stimulus.
    ///
    /// # Errors
    /// Never: its weights are in range.
    pub fn connect<S: Setup>(&self, bench: &mut Bench<S>) -> Result<(), CalibrationError> {
        self.stimulus.connect(&mut bench.configuration, self.polarity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_have_the_shape_of_the_closed_form() {
        let equal = peak_us(6.0, 6.0);
        assert!((equal - 6.0).abs() < 1e-12);
        assert!((shape(equal, 6.0, 6.0) - 6.0 * libm::exp(-1.0)).abs() < 1e-12);
        // Almost equal time constants give almost the same.
        assert!((peak_us(6.02, 6.0) - 6.01).abs() < 1e-3);
        let (tau_mem_us, tau_syn_us) = (10.0, 2.0);
        let peak = peak_us(tau_mem_us, tau_syn_us);
        let value = |t_us| shape(t_us, tau_mem_us, tau_syn_us);
        assert!(value(peak) > value(peak - 0.01) && value(peak) > value(peak + 0.01));
    }

    #[test]
    fn a_typical_neuron_responds_as_the_analog_model_says() {
        // Check (c) of the analog model: 73 mV for weight 63 at 10 us, DAC bias 600 and gm 500.
        let lsb = 63.0 * typical_psp(500, &Targets::default());
        assert!((lsb * 4.22 - 73.0).abs() < 2.0, "{lsb}");
    }
}
