//! The equations of a board as the chip's integrator wants them: slopes of membrane and synaptic node, and the levels at which the
//! equations change as its comparators.

use crate::board::Board;
use hx_chip::neuron::integrate::{Dynamics, Point, Progress, Stage, Workspace, run};

/// State that is integrated: membrane and synaptic node, V.
pub type Pair = [f64; 2];

/// A level of one quantity that is watched, and from which side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Watch {
    /// 0: membrane, 1: synaptic node.
    pub quantity: usize,
    /// The level, V.
    pub level_v: f64,
    /// Whether it counts from below upwards, or from above downwards.
    pub upwards: bool,
}

/// A level counts as passed when it is left behind by this much: a quantity that stands on it does not pass it by rounding.
const PASSED_V: f64 = 1e-12;
/// Times are kept to the picosecond.
const RESOLUTION_S: f64 = 1e-13;

/// A board over one step.
struct Motion<'a> {
    board: &'a Board,
    watches: &'a [Option<Watch>],
}

impl Dynamics for Motion<'_> {
    fn slopes(&self, _: Stage, state: &[f64], slopes: &mut [f64]) {
        slopes.copy_from_slice(&self.board.rate([state[0], state[1]]));
    }

    /// The caller asks for one step at a time.
    fn longest_step(&mut self, _: &[f64], _: &[f64]) -> f64 {
        f64::MAX
    }

    fn comparators(&self) -> usize {
        self.watches.len()
    }

    fn distance(&self, comparator: usize, _: Stage, state: &[f64], slopes: &[f64]) -> Point {
        let Some(Watch { quantity, level_v, upwards }) = self.watches[comparator] else {
            return Point { value: f64::NEG_INFINITY, slope: 0.0 };
        };
        let sign = if upwards { 1.0 } else { -1.0 };
        Point { value: sign * (state[quantity] - level_v) - PASSED_V, slope: sign * slopes[quantity] }
    }

    fn resolution(&self) -> f64 {
        RESOLUTION_S
    }
}

/// One step of `span_s` from `state`, or as far as the first watched level.
pub fn step(
    board: &Board,
    watches: &[Option<Watch>],
    state: &mut Pair,
    span_s: f64,
    work: &mut Workspace,
) -> Progress {
    run(&mut Motion { board, watches }, state, span_s, work)
}
