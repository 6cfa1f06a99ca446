//! The equations of a group: currents onto every compartment, slopes of membranes and adaptation nodes, synaptic lines in
//! closed form. The unit of time is the base tick.

use super::super::circuit::{Pause, Pulse};
use super::super::integrate::{Dynamics, Point, Progress, Stage};
use super::noise::NoiseCell;
use super::state::State;
use super::steps::Pace;
use super::wired::{Cell, TICKS_PER_US, Upstroke, Wired};
use crate::exponential::exp;

/// A line below this deflection (V) is at rest.
const AT_REST_V: f64 = 1e-14;
/// Instants of flips, in ticks.
const RESOLUTION: f64 = 1e-3;

/// Synaptic currents of a member at the stages of a step, before modulation by the membrane (uA), and the factors by which
/// its lines decay in it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Stages {
    pub current: [[f64; 2]; 3],
    decay: [f64; 2],
}

/// A group on its way: the potentials are with the integrator, everything else is here.
pub(super) struct Running<'a> {
    pub wired: &'a Wired,
    /// Controls, lines and time; its potentials are not used.
    pub state: &'a mut State,
    pub stages: &'a mut [Stages],
    /// Noise of every compartment at the stages, V.
    pub noise: &'a mut [[f64; 3]],
    pub pace: &'a mut [Pace],
    /// The comparators are watched.
    pub watched: bool,
}

impl Running<'_> {
    /// Currents onto the membrane of a member, uA; `v` is its potential and `seen` the same with noise.
    #[inline(always)]
    fn current(&self, m: usize, cell: &Cell, [v, seen]: [f64; 2], stage: Stage, state: &[f64]) -> f64 {
        let in_reset = self.state.in_reset[m];
        let sinks = cell.sinks(v);
        let mut current = if in_reset {
            cell.reset.current(cell.v_reset_v - v)
        } else {
            cell.leak.current(cell.v_leak_v - v)
        };
        current += faded(cell.i_offset_ua, sinks);
        if !(in_reset && cell.pause == Pause::Inputs) {
            let [excitation, inhibition] = self.stages[m].current[stage as usize];
            current += modulated(cell, 0, excitation, seen);
            current += faded(-modulated(cell, 1, inhibition, seen), sinks);
        }
        if let Some(upstroke) = &cell.upstroke
            && cell.rises(in_reset)
        {
            current += upstroke.current(seen);
        }
        if let Some(node) = &cell.node
            && (node.in_reset || !in_reset)
        {
            current += faded(-node.g_w_us * (state[node.index] - node.v_ref_v), sinks);
        }
        current
    }

    /// Slope of an adaptation node, V/us.
    #[inline(always)]
    fn node_slope(&self, m: usize, cell: &Cell, v: f64, state: &[f64]) -> Option<(usize, f64)> {
        let node = cell.node.as_ref()?;
        let mut current =
            node.g_a_us * (v - node.v_leak_v) - node.g_tau_us * (state[node.index] - node.v_ref_v);
        if let Pulse::Current { i_ua, .. } = node.pulse
            && self.state.now < self.state.pulse_until[m]
        {
            current += i_ua;
        }
        Some((node.index, current * node.per_c))
    }

    fn join(&self, state: &[f64], slopes: &mut [f64]) {
        for &(a, b, amplifier) in &self.wired.bridges {
            let current = amplifier.current(state[a] - state[b]);
            slopes[a] -= current;
            slopes[b] += current;
        }
        for junction in &self.wired.junctions {
            let v = junction.potential(state);
            for (c, amplifier) in &junction.taps {
                slopes[*c] -= amplifier.current(state[*c] - v);
            }
        }
    }

    /// The compartment is held by a member in reset.
    fn held(&self, compartment: usize) -> bool {
        let mut cells = self.wired.cells.iter().zip(&self.state.in_reset);
        cells.any(|(cell, in_reset)| *in_reset && cell.clamped && cell.compartment == compartment)
    }

    /// Noise at the stages of a step, if it matters.
    fn load_noise(&mut self, after: [f64; 3]) {
        if !self.state.noisy {
            return;
        }
        let now = self.state.now;
        for (c, stages) in self.noise.iter_mut().enumerate() {
            let Some(noise) = self.state.noise.get(c) else { break };
            self.state.cells[c].follow(noise, now);
            *stages = after.map(|after| self.state.cells[c].value_at(now + after));
        }
    }

    /// Synaptic currents at the beginning of a step.
    fn load_start(&mut self) {
        for (m, cell) in self.wired.cells.iter().enumerate() {
            for (k, input) in cell.inputs.iter().enumerate() {
                let x = self.state.x[m][k];
                self.stages[m].current[0][k] =
                    if x == 0.0 { input.rest_ua } else { input.gm.current(x + input.offset_v) };
            }
        }
    }
}

impl Dynamics for Running<'_> {
    fn begin(&mut self, span: f64) {
        if span == 0.0 {
            self.load_start();
            self.load_noise([0.0; 3]);
            return;
        }
        let half_us = 0.5 * span / TICKS_PER_US;
        for (m, cell) in self.wired.cells.iter().enumerate() {
            let stages = &mut self.stages[m];
            for (k, input) in cell.inputs.iter().enumerate() {
                let x = self.state.x[m][k];
                if x == 0.0 {
                    (stages.current[1][k], stages.current[2][k]) = (input.rest_ua, input.rest_ua);
                    continue;
                }
                let half = exp(-half_us * input.rate_per_us);
                stages.decay[k] = half * half;
                stages.current[1][k] = input.gm.current(x * half + input.offset_v);
                stages.current[2][k] = input.gm.current(x * stages.decay[k] + input.offset_v);
            }
        }
        self.load_noise([0.0, 0.5 * span, span]);
    }

    fn slopes(&self, stage: Stage, state: &[f64], slopes: &mut [f64]) {
        slopes.fill(0.0);
        for (m, cell) in self.wired.cells.iter().enumerate() {
            let [low, high] = self.wired.bodies[cell.compartment].rails_v;
            let v = state[cell.compartment].clamp(low, high);
            let noise = if self.state.noisy { self.noise[cell.compartment][stage as usize] } else { 0.0 };
            slopes[cell.compartment] += self.current(m, cell, [v, v + noise], stage, state);
            if let Some((index, slope)) = self.node_slope(m, cell, v, state) {
                slopes[index] = slope / TICKS_PER_US;
            }
        }
        self.join(state, slopes);
        for (c, body) in self.wired.bodies.iter().enumerate() {
            let slope = slopes[c] * body.per_c / TICKS_PER_US;
            let [low, high] = body.rails_v;
            let stuck = (state[c] >= high && slope > 0.0) || (state[c] <= low && slope < 0.0);
            slopes[c] = if stuck { 0.0 } else { slope };
        }
        if self.state.any_clamped {
            (0..self.wired.bodies.len()).filter(|&c| self.held(c)).for_each(|c| slopes[c] = 0.0);
        }
    }

    fn commit(&mut self, span: f64, state: &mut [f64]) -> bool {
        self.state.now += span;
        self.noise.iter_mut().for_each(|stages| stages[0] = stages[2]);
        // The next piece of noise begins where this one ends, but not to the last bit; a pulse ends with a jump of the slope.
        let now = self.state.now;
        let mut moved = self.state.noisy && self.state.cells.iter().any(|cell| cell.end <= now);
        moved |= self.state.pulse_until.iter().any(|&until| until <= now && now - span < until);
        for ((lines, stages), cell) in self.state.x.iter_mut().zip(&mut *self.stages).zip(&self.wired.cells) {
            for (k, x) in lines.iter_mut().enumerate().filter(|(_, x)| **x != 0.0) {
                *x *= stages.decay[k];
                if x.abs() < AT_REST_V {
                    *x = 0.0;
                    stages.current[2][k] = cell.inputs[k].rest_ua;
                }
            }
            stages.current[0] = stages.current[2];
        }
        for (c, body) in self.wired.bodies.iter().enumerate() {
            moved |= confine(&mut state[c], body.rails_v);
        }
        for cell in &self.wired.cells {
            if let Some(node) = &cell.node {
                moved |= confine(&mut state[node.index], self.wired.bodies[cell.compartment].rails_v);
            }
        }
        moved
    }

    fn longest_step(&mut self, state: &[f64], slopes: &[f64]) -> f64 {
        self.choose_step(state, slopes)
    }

    fn comparators(&self) -> usize {
        if self.watched { self.wired.cells.len() } else { 0 }
    }

    fn distance(&self, comparator: usize, stage: Stage, state: &[f64], slopes: &[f64]) -> Point {
        let c = self.wired.cells[comparator].compartment;
        let threshold = self.state.threshold[comparator];
        let slope = if self.state.noisy { self.state.cells[c].slope } else { 0.0 };
        let noise = if self.state.noisy { self.noise[c][stage as usize] } else { 0.0 };
        Point { value: state[c] + noise - threshold, slope: slopes[c] + slope }
    }

    fn resolution(&self) -> f64 {
        RESOLUTION
    }

    fn shortcut(&mut self, left: f64, state: &mut [f64], slopes: &[f64]) -> Option<Progress> {
        self.finish_upstroke(left, state, slopes)
    }
}

impl Upstroke {
    #[inline(always)]
    pub fn current(&self, v: f64) -> f64 {
        (self.at_v_t_ua * exp((v - self.v_t_v) * self.per_volt)).min(self.limit_ua)
    }
}

/// A synaptic current as the membrane modulates it.
#[inline(always)]
fn modulated(cell: &Cell, k: usize, current: f64, v: f64) -> f64 {
    match &cell.inputs[k].coba {
        None => current,
        Some(coba) => {
            let d = if k == 0 { coba.reference_v - v } else { v - coba.reference_v };
            current * coba.factor(d)
        }
    }
}

/// A current out of the membrane fades towards the lower rail.
#[inline(always)]
fn faded(current: f64, sinks: f64) -> f64 {
    if current < 0.0 { current * sinks } else { current }
}

fn confine(v: &mut f64, [low, high]: [f64; 2]) -> bool {
    let confined = v.clamp(low, high);
    let moved = confined != *v;
    *v = confined;
    moved
}

impl NoiseCell {
    #[inline(always)]
    fn value_at(&self, now: f64) -> f64 {
        self.value + (now - self.start) * self.slope
    }
}
