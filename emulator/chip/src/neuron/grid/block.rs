//! Sixteen neurons side by side: state, the moments of the events of a step, and one step of all of them.
//!
//! A step is an exponential midpoint rule: the linear part of the membrane and the synaptic lines are carried exactly, other
//! currents are taken at a predicted midpoint. An event enters at its own time: within a step it is described by the first four
//! moments of the time it has left, from which the exact kernels are interpolated. For a linear membrane the step is exact up
//! to rounding and that interpolation.

use super::functions::{exp, tanh};
use serde::{Deserialize, Serialize};

/// Neurons of a block.
pub const LANES: usize = 16;
/// Moments of the time events have left: 0 to 3.
pub const MOMENTS: usize = 4;

/// One number for each neuron of a block.
pub type Lane = [f32; LANES];

/// State of the neurons, V.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct BlockState {
    /// Membranes.
    pub v: Lane,
    /// Deflections of the excitatory and inhibitory lines.
    pub x: [Lane; 2],
    /// Adaptation nodes.
    pub w: Lane,
    /// What rounding has left of membranes and adaptation nodes. Near an unstable equilibrium a step changes a potential by less
    /// than its last bit, and errors grow.
    pub rest: [Lane; 2],
}

/// Events since the step began: per line the sums of deflection times (time left / step) to the power of the index.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Moments {
    of: [[Lane; MOMENTS]; 2],
    any: bool,
}

impl Moments {
    /// Adds deflections (V) of one line of the neurons `first..first + dx.len()`; `left` is the share of the step after them.
    #[inline]
    pub fn add(&mut self, line: usize, first: usize, dx: &[f32], left: f32) {
        self.any = true;
        let [m0, m1, m2, m3] = &mut self.of[line];
        let range = first..first + dx.len();
        let (m0, m1) = (&mut m0[range.clone()], &mut m1[range.clone()]);
        let (m2, m3) = (&mut m2[range.clone()], &mut m3[range]);
        for i in 0..dx.len() {
            let first = dx[i] * left;
            let second = first * left;
            m0[i] += dx[i];
            m1[i] += first;
            m2[i] += second;
            m3[i] += second * left;
        }
    }

    /// Forgets the events.
    pub fn clear(&mut self) {
        if self.any {
            *self = Moments::default();
        }
    }
}

/// Coefficients of a synaptic input for one step length.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct InputCoefficients {
    /// What a deflection loses in a step.
    pub loss: Lane,
    /// What is left of the deflection of an event, by moment.
    pub decay_of: [Lane; MOMENTS],
    /// Mean deflection over a step, weighted with its effect at the end, for a deflection at the beginning.
    pub mean: Lane,
    /// The same for an event, by moment from the first on; an event at the end has no effect yet.
    pub mean_of: [Lane; MOMENTS - 1],
    /// Offset of the input, V.
    pub offset: Lane,
    /// Transconductance, uS.
    pub gm: Lane,
    /// Largest current, uA.
    pub limit: Lane,
    /// `gm / limit`, 1/V.
    pub steepness: Lane,
}

/// Coefficients of the neurons of a block for one step length.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Coefficients {
    /// What the membrane loses of its potential over half a step and a step. The loss, not what is left: it is small, and
    /// single precision would otherwise shift the potential the membrane relaxes to.
    pub loss: [Lane; 2],
    /// Effect of the potential the leak pulls to, V: over half a step and a step.
    pub rest: [Lane; 2],
    /// Effect of a constant current over half a step and a step, V/uA.
    pub resistance: [Lane; 2],
    /// Constant current onto the membrane, uA.
    pub constant: Lane,
    /// Constant current off the membrane, uA.
    pub sink: Lane,
    /// Synaptic inputs.
    pub input: [InputCoefficients; 2],
    /// Leak amplifier: potential (V), conductance (uS), largest current (uA), their ratio (1/V).
    pub leak: [Lane; 4],
    /// Exponential: 1/D_T (1/V), V_T (V), g D_T (uA), largest current (uA).
    pub exponential: [Lane; 4],
    /// The same of the adaptation node.
    pub w_loss: [Lane; 2],
    /// Constant drive of the node over half a step and a step, V.
    pub w_drive: [Lane; 2],
    /// Drive by the membrane over half a step and a step, V/V.
    pub w_gain: [Lane; 2],
    /// Current per deviation of the node (uS) and the node's reference (V).
    pub w_current: [Lane; 2],
    /// Sink compliance: potential at which sinks stop (V) and 1/span (1/V).
    pub compliance: [Lane; 2],
    /// Rails, V.
    pub rails: [Lane; 2],
    /// Potential from which a neuron leaves the grid, V.
    pub level: Lane,
    /// Rise within a step from which it does, V.
    pub rise: Lane,
}

/// What the neurons of a block have; the rest is not computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Features {
    /// Amplifiers saturate, there are rails and a sink compliance.
    pub saturating: bool,
    /// Exponential term.
    pub exponential: bool,
    /// Adaptation.
    pub adaptation: bool,
}

#[inline(always)]
fn weighted<const N: usize>(moments: &[Lane], by: &[Lane; N], i: usize) -> f32 {
    let mut sum = 0.0;
    for k in 0..N {
        sum += moments[k][i] * by[k][i];
    }
    sum
}

/// `value + rest + change` and what rounding leaves of it.
#[inline(always)]
fn add(value: f32, rest: f32, change: f32) -> (f32, f32) {
    let change = change + rest;
    let sum = value + change;
    (sum, change - (sum - value))
}

/// Currents onto a membrane that are not linear in it, uA.
struct Drive<'a> {
    c: &'a Coefficients,
    source: f32,
    sink: f32,
    i: usize,
}

impl Drive<'_> {
    #[inline(always)]
    fn current<const SATURATING: bool, const EXPONENTIAL: bool, const ADAPTATION: bool>(
        &self,
        v: f32,
        w: f32,
    ) -> f32 {
        let (c, i) = (self.c, self.i);
        let mut current = self.source;
        if SATURATING {
            let compliance = ((v - c.compliance[0][i]) * c.compliance[1][i]).clamp(0.0, 1.0);
            current -= self.sink * compliance;
            let distance = c.leak[0][i] - v;
            current += c.leak[2][i] * tanh(distance * c.leak[3][i]) - c.leak[1][i] * distance;
        } else {
            current -= self.sink;
        }
        if EXPONENTIAL {
            let of = (v - c.exponential[1][i]) * c.exponential[0][i];
            current += (c.exponential[2][i] * exp(of)).min(c.exponential[3][i]);
        }
        if ADAPTATION {
            current -= c.w_current[0][i] * (w - c.w_current[1][i]);
        }
        current
    }
}

fn step_with<const SATURATING: bool, const EXPONENTIAL: bool, const ADAPTATION: bool>(
    state: &mut BlockState,
    moments: &Moments,
    c: &Coefficients,
) -> u16 {
    let mut leaves = [0u16; LANES];
    let mut current = [[0.0f32; LANES]; 2];
    let mut x_new = [[0.0f32; LANES]; 2];
    for line in 0..2 {
        let input = &c.input[line];
        for i in 0..LANES {
            let x = state.x[line][i];
            let mean =
                x * input.mean[i] + weighted(&moments.of[line][1..], &input.mean_of, i) + input.offset[i];
            x_new[line][i] = x + (weighted(&moments.of[line], &input.decay_of, i) - x * input.loss[i]);
            current[line][i] = if SATURATING {
                input.limit[i] * tanh(mean * input.steepness[i])
            } else {
                input.gm[i] * mean
            };
        }
    }
    for i in 0..LANES {
        let (v, w) = (state.v[i], state.w[i]);
        let drive = Drive { c, source: c.constant[i] + current[0][i], sink: c.sink[i] + current[1][i], i };
        let rise = |span: usize, current: f32| {
            c.rest[span][i] - v * c.loss[span][i] + c.resistance[span][i] * current
        };
        let shift = |span: usize, v: f32| c.w_drive[span][i] - w * c.w_loss[span][i] + c.w_gain[span][i] * v;
        let (dv, dw);
        if SATURATING || EXPONENTIAL || ADAPTATION {
            let begin = drive.current::<SATURATING, EXPONENTIAL, ADAPTATION>(v, w);
            let v_half = v + rise(0, begin);
            let w_half = if ADAPTATION { w + shift(0, v) } else { w };
            dv = rise(1, drive.current::<SATURATING, EXPONENTIAL, ADAPTATION>(v_half, w_half));
            dw = if ADAPTATION { shift(1, v_half) } else { 0.0 };
        } else {
            dv = rise(1, drive.source - drive.sink);
            dw = 0.0;
        }
        let (mut v_new, v_rest) = add(v, state.rest[0][i], dv);
        let (mut w_new, w_rest) = if ADAPTATION { add(w, state.rest[1][i], dw) } else { (w, 0.0) };
        if SATURATING {
            v_new = v_new.max(c.rails[0][i]).min(c.rails[1][i]);
        }
        let leave = v_new > c.level[i] || v_new - v > c.rise[i];
        leaves[i] = u16::from(leave);
        // A neuron that leaves takes its state of the beginning with it.
        v_new = if leave { v } else { v_new };
        w_new = if leave { w } else { w_new };
        for (x, x_new) in state.x.iter_mut().zip(&x_new) {
            x[i] = if leave { x[i] } else { x_new[i] };
        }
        (state.v[i], state.w[i]) = (v_new, w_new);
        state.rest[0][i] = if leave { state.rest[0][i] } else { v_rest };
        state.rest[1][i] = if leave { state.rest[1][i] } else { w_rest };
    }
    leaves.iter().enumerate().fold(0, |mask, (i, leave)| mask | leave << i)
}

/// Advances all neurons of a block by a step, except those whose bit is set in the result: they may fire, rise too fast for the
/// grid, or have something else happen to them, and keep the state of the beginning.
#[must_use]
pub fn step(state: &mut BlockState, moments: &Moments, c: &Coefficients, features: Features) -> u16 {
    match (features.saturating, features.exponential, features.adaptation) {
        (false, false, false) => step_with::<false, false, false>(state, moments, c),
        (false, false, true) => step_with::<false, false, true>(state, moments, c),
        (false, true, false) => step_with::<false, true, false>(state, moments, c),
        (false, true, true) => step_with::<false, true, true>(state, moments, c),
        (true, false, false) => step_with::<true, false, false>(state, moments, c),
        (true, false, true) => step_with::<true, false, true>(state, moments, c),
        (true, true, false) => step_with::<true, true, false>(state, moments, c),
        (true, true, true) => step_with::<true, true, true>(state, moments, c),
    }
}
