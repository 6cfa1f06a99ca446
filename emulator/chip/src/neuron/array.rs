//! The 512 neuron circuits: membranes in structure-of-arrays form, each integrated lazily up to the event that touches it.
//!
//! Every neuron has one scheduled *check*: the instant at which something may happen to it without further input (its
//! membrane may reach the threshold, a reset ends, ...). Which instants these are depends on the state alone, never on how
//! far the caller asks to advance, so the same inputs give the same bits however a run is cut into pieces.

use super::backend::{NeuronSetup, Phase};
use super::crossing::first_crossing;
use super::general::Handover;
use super::neurons::Voltages;
use super::noise::MembraneNoise;
use super::propagator::{Membrane, Propagator};
use crate::exponential::exp;
use crate::random::{extend, fast_gaussian};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Atomic neurons of the chip; index = AtomicNeuron enum = 256 * row + column.
pub const NEURONS: usize = 512;
/// Neurons per block of the cached minimum over the scheduled checks.
const BLOCK: usize = 16;
/// Most neurons that [`NeuronArray::deliver`] takes at once.
pub const LANES: usize = 32;
/// Closer than this to the level a bound no longer pays; the crossing search takes over (us).
const SHORTEST_BOUND_US: f64 = 1e-3;
/// Closest approach at which the crossing search takes over when there is no noise (V).
const SMALLEST_MARGIN_V: f64 = 1e-3;
/// The margin below the threshold inside which noise is evaluated, in standard deviations.
const NOISE_MARGIN: f64 = 5.0;

/// A neuron fired: the backend latched it at this edge of its 250 MHz clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fire {
    /// AtomicNeuron enum.
    pub neuron: u16,
    /// Clock edge at which the refractory period starts.
    pub at: Time,
}

/// What the scheduled check of a neuron is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Check {
    /// Look again whether the membrane can reach the threshold.
    Threshold,
    /// The comparator flips.
    Crossing,
    /// The clock edge that latches the fire.
    FireEdge,
    /// The reset amplifier lets go.
    Release,
    /// The refractory period ends.
    EndRefractory,
}

/// State and coefficients of all neurons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NeuronArray {
    v: Vec<f64>,
    x_e: Vec<f64>,
    x_i: Vec<f64>,
    /// Instant the state belongs to, in base ticks.
    last: Vec<u64>,
    rate_m: Vec<f64>,
    rate_e: Vec<f64>,
    rate_i: Vec<f64>,
    v_inf: Vec<f64>,
    slope_e: Vec<f64>,
    slope_i: Vec<f64>,
    kernel_e: Vec<f64>,
    kernel_i: Vec<f64>,
    peak: Vec<f64>,
    countered: Vec<f64>,
    valid_us: Vec<f64>,
    /// Potential from which the crossing search runs; infinite where a neuron cannot fire.
    level: Vec<f64>,
    check_at: Vec<u64>,
    check: Vec<Check>,
    phase: Vec<Phase>,
    /// Shared between copies of a chip until one of them is configured anew.
    setup: Arc<Vec<NeuronSetup>>,
    /// Keys of the temporal noise.
    keys: Vec<u64>,
    /// Threshold of the next spike including its jitter, in V.
    threshold: Vec<f64>,
    /// Spikes so far: the step of the per-spike noise.
    spikes: Vec<u64>,
    block_next: [u64; NEURONS / BLOCK],
}

impl Default for NeuronArray {
    fn default() -> Self {
        let zeros = || vec![0.0; NEURONS];
        let mut array = NeuronArray {
            v: zeros(),
            x_e: zeros(),
            x_i: zeros(),
            last: vec![0; NEURONS],
            rate_m: zeros(),
            rate_e: zeros(),
            rate_i: zeros(),
            v_inf: zeros(),
            slope_e: zeros(),
            slope_i: zeros(),
            kernel_e: zeros(),
            kernel_i: zeros(),
            peak: zeros(),
            countered: zeros(),
            valid_us: zeros(),
            level: vec![f64::INFINITY; NEURONS],
            check_at: vec![u64::MAX; NEURONS],
            check: vec![Check::Threshold; NEURONS],
            phase: vec![Phase::Free; NEURONS],
            setup: Arc::new(vec![NeuronSetup::default(); NEURONS]),
            keys: vec![0; NEURONS],
            threshold: zeros(),
            spikes: vec![0; NEURONS],
            block_next: [u64::MAX; NEURONS / BLOCK],
        };
        for n in 0..NEURONS {
            array.load_coefficients(n);
        }
        array
    }
}

impl NeuronArray {
    /// Lets the state begin at `at` instead of time zero; only before anything else.
    pub fn start_at(&mut self, at: Time) {
        self.last.fill(at.0);
    }

    /// When the next check is due, or [`Time::NEVER`].
    #[must_use]
    pub fn next(&self) -> Time {
        Time(self.block_next.iter().copied().min().unwrap_or(u64::MAX))
    }

    /// The parameters of a neuron.
    #[must_use]
    pub fn setup(&self, neuron: usize) -> &NeuronSetup {
        &self.setup[neuron]
    }

    /// Phase of the refractory cycle.
    #[must_use]
    pub fn phase(&self, neuron: usize) -> Phase {
        self.phase[neuron]
    }

    /// Replaces the parameters of a neuron from `at` on; state and a running refractory period go on.
    pub fn configure(&mut self, neuron: usize, setup: NeuronSetup, at: Time) {
        self.advance(neuron, at.0);
        Arc::make_mut(&mut self.setup)[neuron] = setup;
        self.load_coefficients(neuron);
        self.draw_threshold(neuron);
        let stopped = self.check_at[neuron] == u64::MAX;
        match self.phase[neuron] {
            Phase::Free => self.plan(neuron),
            // The refractory clock stood still; it counts the whole period from now on, if it runs at all.
            Phase::Reset if stopped => self.schedule_release(neuron, at.0),
            Phase::Holdoff if stopped => self.schedule_end(neuron, at.0),
            Phase::Firing | Phase::Reset | Phase::Holdoff | Phase::Held => {}
        }
    }

    /// Sets the key of a neuron's temporal noise from `at` on.
    pub fn rekey(&mut self, neuron: usize, key: u64, at: Time) {
        self.keys[neuron] = key;
        self.draw_threshold(neuron);
        if self.phase[neuron] != Phase::Free {
            return;
        }
        let safe_us = self.propagator(neuron).time_below(self.membrane(neuron), self.level[neuron]);
        if safe_us == f64::INFINITY {
            self.schedule(neuron, u64::MAX, Check::Threshold);
        } else {
            self.advance(neuron, at.0);
            self.plan(neuron);
        }
    }

    /// Membrane noise of a neuron.
    fn noise(&self, neuron: usize) -> MembraneNoise {
        MembraneNoise { key: self.keys[neuron], ..self.setup[neuron].noise }
    }

    /// State of a membrane at `at` without noise; `at` must not lie beyond the next check.
    #[must_use]
    pub fn peek(&self, neuron: usize, at: Time) -> Membrane {
        let h_us = at.0.saturating_sub(self.last[neuron]) as f64 * 1e-6;
        self.propagator(neuron).after(self.membrane(neuron), h_us)
    }

    /// Membrane potential in V at `at` with noise, as the readout sees it.
    #[must_use]
    pub fn voltage(&self, neuron: usize, at: Time) -> f64 {
        self.peek(neuron, at).v + self.noise(neuron).at(at.as_us())
    }

    /// Adds line deflections (V) to neurons `first..` at the instant `at`; both slices have one entry per neuron, at most
    /// [`LANES`] of them.
    pub fn deliver(&mut self, first: usize, dx_e: &[f64], dx_i: &[f64], at: Time) {
        let count = dx_e.len().min(dx_i.len());
        let mut safe_us = [0.0f64; LANES];
        self.advance_range(first, &dx_e[..count], &dx_i[..count], at.0, &mut safe_us[..count]);
        for (i, safe) in safe_us[..count].iter().enumerate() {
            let n = first + i;
            if self.phase[n] != Phase::Free {
                continue;
            }
            if self.setup[n].bypassed(dx_e[i], dx_i[i]) {
                self.latch(n, at.0);
            } else if *safe > SHORTEST_BOUND_US {
                self.check_at[n] = later(at.0, *safe);
                self.check[n] = Check::Threshold;
            } else {
                self.plan(n);
            }
        }
        for block in first / BLOCK..=(first + count - 1) / BLOCK {
            self.refresh_block(block);
        }
    }

    /// Advances a contiguous range to `at`, adds the deflections and fills in how long each surely stays below its level.
    fn advance_range(&mut self, first: usize, dx_e: &[f64], dx_i: &[f64], at: u64, safe_us: &mut [f64]) {
        let count = safe_us.len();
        let range = first..first + count;
        for (h, last) in safe_us.iter_mut().zip(&mut self.last[range.clone()]) {
            *h = (at - *last) as f64 * 1e-6;
            *last = at;
        }
        // Slices of equal length let the compiler drop the bounds checks and work on several neurons at once.
        let of = |all| -> &[f64] { &Vec::<f64>::as_slice(all)[range.clone()] };
        let (rate_m, rate_e, rate_i, v_inf) =
            (of(&self.rate_m), of(&self.rate_e), of(&self.rate_i), of(&self.v_inf));
        let (slope_e, slope_i, level) = (of(&self.slope_e), of(&self.slope_i), of(&self.level));
        let (kernel_e, kernel_i, peak) = (of(&self.kernel_e), of(&self.kernel_i), of(&self.peak));
        let (countered, valid_us) = (of(&self.countered), of(&self.valid_us));
        let v = &mut self.v[range.clone()];
        let (x_e, x_i) = (&mut self.x_e[range.clone()], &mut self.x_i[range.clone()]);
        let (dx_e, dx_i) = (&dx_e[..count], &dx_i[..count]);
        for i in 0..count {
            let h = safe_us[i];
            let (decay_m, decay_e, decay_i) = (exp(-h * rate_m[i]), exp(-h * rate_e[i]), exp(-h * rate_i[i]));
            let exc = x_e[i] * kernel_e[i] * (decay_m - decay_e);
            let inh = x_i[i] * kernel_i[i] * (decay_m - decay_i);
            let v_new = v_inf[i] + (v[i] - v_inf[i]) * decay_m + exc - inh;
            let (x_e_new, x_i_new) = (x_e[i] * decay_e + dx_e[i], x_i[i] * decay_i + dx_i[i]);
            (v[i], x_e[i], x_i[i]) = (v_new, x_e_new, x_i_new);
            // The same bound as `Propagator::time_below`, written without branches.
            let excited = slope_e[i] * x_e_new;
            let drive = (excited - countered[i] * slope_i[i] * x_i_new).max(0.0);
            let floor = v_new.max(v_inf[i]);
            let slope = (v_inf[i] - v_new) * rate_m[i] + drive;
            let bound = if slope <= 0.0 { f64::INFINITY } else { (level[i] - v_new) / slope };
            let bound = if v_new >= level[i] { 0.0 } else { bound };
            let bound = if floor + peak[i] * drive < level[i] { f64::INFINITY } else { bound };
            let countered = bound.min(valid_us[i]);
            safe_us[i] = if floor + peak[i] * excited < level[i] { f64::INFINITY } else { countered };
        }
    }

    /// Makes a neuron fire as if its comparator had flipped (NeuronReset, NeuronResetQuad), if its fire line is enabled.
    pub fn artificial_fire(&mut self, neuron: usize, at: Time) {
        if self.setup[neuron].enable_fire && self.phase[neuron] == Phase::Free {
            self.advance(neuron, at.0);
            self.latch(neuron, at.0);
        }
    }

    /// Holds a neuron in reset or lets it go, without events (`force_reset`).
    pub fn hold(&mut self, neuron: usize, held: bool, at: Time) {
        if held == (self.phase[neuron] == Phase::Held) {
            return;
        }
        self.advance(neuron, at.0);
        self.set_phase(neuron, if held { Phase::Held } else { Phase::Free });
        if held {
            self.schedule(neuron, u64::MAX, Check::Threshold);
        } else {
            self.plan(neuron);
        }
    }

    /// Gives a neuron away with everything it has. What is left stays idle.
    pub fn release(&mut self, neuron: usize, at: Time) -> Handover {
        self.advance(neuron, at.0);
        let (phase, until) = (self.phase[neuron], Time(self.check_at[neuron]));
        let Membrane { v, x_e, x_i } = self.membrane(neuron);
        let handover = Handover {
            voltages: Voltages { v, x_e, x_i, v_w: 0.0 },
            node: None,
            phase,
            until: if phase == Phase::Free { Time::NEVER } else { until },
            spikes: self.spikes[neuron],
            key: self.keys[neuron],
        };
        Arc::make_mut(&mut self.setup)[neuron] = NeuronSetup::default();
        (self.v[neuron], self.x_e[neuron], self.x_i[neuron]) = (0.0, 0.0, 0.0);
        self.phase[neuron] = Phase::Held;
        self.load_coefficients(neuron);
        self.draw_threshold(neuron);
        self.schedule(neuron, u64::MAX, Check::Threshold);
        handover
    }

    /// Takes over a neuron from `at` on.
    pub fn adopt(&mut self, neuron: usize, from: Handover, setup: NeuronSetup, at: Time) {
        let Handover { voltages, phase, until, spikes, key, .. } = from;
        (self.v[neuron], self.x_e[neuron], self.x_i[neuron]) = (voltages.v, voltages.x_e, voltages.x_i);
        self.last[neuron] = at.0;
        (self.spikes[neuron], self.keys[neuron]) = (spikes, key);
        self.phase[neuron] = phase;
        let check = match phase {
            Phase::Free | Phase::Held => Check::Threshold,
            Phase::Firing => Check::FireEdge,
            Phase::Reset => Check::Release,
            Phase::Holdoff => Check::EndRefractory,
        };
        self.schedule(neuron, until.0, check);
        self.configure(neuron, setup, at);
    }

    /// Carries out the earliest check if it is due by `until`. Fires are appended to `fires`.
    pub fn step(&mut self, until: Time, fires: &mut Vec<Fire>) {
        if self.next() > until {
            return;
        }
        self.carry_out(self.due(), fires);
    }

    /// The neuron whose check is next: the first of several that are due at once.
    #[must_use]
    pub fn due(&self) -> usize {
        let at = self.next().0;
        // Equality searches are cheaper than keeping positions up to date.
        let block = self.block_next.iter().position(|next| *next == at).unwrap_or(0);
        let checks = &self.check_at[block * BLOCK..(block + 1) * BLOCK];
        block * BLOCK + checks.iter().position(|check| *check == at).unwrap_or(0)
    }

    fn carry_out(&mut self, n: usize, fires: &mut Vec<Fire>) {
        let at = self.check_at[n];
        if self.check[n] == Check::Crossing {
            // The membrane goes on freely until the edge; its state there is all that is needed.
            let delay_us = self.comparator_delay_us(n);
            self.latch(n, later(at, delay_us));
            return;
        }
        self.advance(n, at);
        match self.check[n] {
            Check::Threshold | Check::Crossing => self.plan(n),
            Check::FireEdge => {
                fires.push(Fire { neuron: n as u16, at: Time(at) });
                self.start_refractory(n, at);
            }
            Check::Release => {
                self.set_phase(n, Phase::Holdoff);
                self.schedule_end(n, at);
            }
            Check::EndRefractory => {
                self.set_phase(n, Phase::Free);
                self.plan(n);
            }
        }
    }

    fn start_refractory(&mut self, n: usize, at: u64) {
        self.spikes[n] += 1;
        self.draw_threshold(n);
        self.set_phase(n, Phase::Reset);
        self.schedule_release(n, at);
    }

    fn schedule_release(&mut self, n: usize, at: u64) {
        self.schedule(n, at.saturating_add(self.setup[n].reset.0), Check::Release);
    }

    fn schedule_end(&mut self, n: usize, at: u64) {
        let holdoff = self.setup[n].refractory - self.setup[n].reset;
        self.schedule(n, at.saturating_add(holdoff.0), Check::EndRefractory);
    }

    /// The fire waits for the next edge of the backend clock.
    fn latch(&mut self, n: usize, at: u64) {
        self.set_phase(n, Phase::Firing);
        self.schedule(n, Time(at).next_edge(Time::NETWORK_CYCLE).0, Check::FireEdge);
    }

    /// Schedules the next look at a free neuron whose state is up to date.
    fn plan(&mut self, n: usize) {
        let (m, level) = (self.membrane(n), self.level[n]);
        let propagator = self.propagator(n);
        let at = self.last[n];
        if m.v < level {
            let safe_us = propagator.time_below(m, level);
            if safe_us > SHORTEST_BOUND_US {
                self.schedule(n, later(at, safe_us), Check::Threshold);
                return;
            }
        }
        let cell = self.noise(n).cell(Time(at).as_us());
        let horizon_us = cell.end_us - Time(at).as_us();
        let offset = cell.value_v - self.threshold[n];
        match first_crossing(&propagator, m, offset, cell.slope_v_per_us, horizon_us) {
            Ok(h_us) => self.schedule(n, later(at, h_us), Check::Crossing),
            Err(searched_us) => self.schedule(n, later(at, searched_us).max(at + 1), Check::Threshold),
        }
    }

    fn schedule(&mut self, n: usize, at: u64, check: Check) {
        let block = n / BLOCK;
        let was_next = self.check_at[n] == self.block_next[block];
        self.check_at[n] = at;
        self.check[n] = check;
        if at < self.block_next[block] {
            self.block_next[block] = at;
        } else if was_next {
            self.refresh_block(block);
        }
    }

    fn refresh_block(&mut self, block: usize) {
        let checks = &self.check_at[block * BLOCK..(block + 1) * BLOCK];
        self.block_next[block] = checks.iter().fold(u64::MAX, |least, check| least.min(*check));
    }

    fn advance(&mut self, n: usize, at: u64) {
        if at > self.last[n] {
            let m = self.peek(n, Time(at));
            (self.v[n], self.x_e[n], self.x_i[n]) = (m.v, m.x_e, m.x_i);
            self.last[n] = at;
        }
    }

    fn membrane(&self, n: usize) -> Membrane {
        Membrane { v: self.v[n], x_e: self.x_e[n], x_i: self.x_i[n] }
    }

    fn propagator(&self, n: usize) -> Propagator {
        Propagator {
            rate_m: self.rate_m[n],
            rate_e: self.rate_e[n],
            rate_i: self.rate_i[n],
            v_inf: self.v_inf[n],
            slope_e: self.slope_e[n],
            slope_i: self.slope_i[n],
            kernel_e: self.kernel_e[n],
            kernel_i: self.kernel_i[n],
            peak: self.peak[n],
            countered: self.countered[n],
            valid_us: self.valid_us[n],
        }
    }

    fn set_phase(&mut self, n: usize, phase: Phase) {
        let resets = |phase| matches!(phase, Phase::Reset | Phase::Held);
        let reload = resets(self.phase[n]) != resets(phase);
        self.phase[n] = phase;
        if reload {
            self.load_coefficients(n);
        }
    }

    /// Copies the coefficients of the current phase into the arrays the loops run over.
    fn load_coefficients(&mut self, n: usize) {
        let held = matches!(self.phase[n], Phase::Reset | Phase::Held);
        let p = if held { self.setup[n].in_reset } else { self.setup[n].free };
        (self.rate_m[n], self.rate_e[n], self.rate_i[n]) = (p.rate_m, p.rate_e, p.rate_i);
        (self.v_inf[n], self.slope_e[n], self.slope_i[n]) = (p.v_inf, p.slope_e, p.slope_i);
        (self.kernel_e[n], self.kernel_i[n], self.peak[n]) = (p.kernel_e, p.kernel_i, p.peak);
        (self.countered[n], self.valid_us[n]) = (p.countered, p.valid_us);
    }

    /// Draws the comparator noise of the next spike.
    fn draw_threshold(&mut self, n: usize) {
        let setup = &self.setup[n];
        let jitter = match setup.threshold_jitter_v {
            0.0 => 0.0,
            sigma => sigma * fast_gaussian(extend(self.keys[n], self.spikes[n] ^ (1 << 63))),
        };
        self.threshold[n] = setup.threshold_v + jitter;
        let margin = (NOISE_MARGIN * setup.noise.sigma_v).max(SMALLEST_MARGIN_V);
        self.level[n] = if setup.compares { self.threshold[n] - margin } else { f64::INFINITY };
    }

    fn comparator_delay_us(&self, n: usize) -> f64 {
        let setup = &self.setup[n];
        let jitter = match setup.comparator_jitter_us {
            0.0 => 0.0,
            sigma => sigma * fast_gaussian(extend(self.keys[n], self.spikes[n] ^ (1 << 62))),
        };
        (setup.comparator_delay_us + jitter).max(0.0)
    }
}

/// `at` plus a span in us, in base ticks; infinity is never.
fn later(at: u64, span_us: f64) -> u64 {
    if span_us < 1e12 { at.saturating_add((span_us * 1e6) as u64) } else { u64::MAX }
}

#[cfg(test)]
#[path = "array_tests.rs"]
mod tests;
