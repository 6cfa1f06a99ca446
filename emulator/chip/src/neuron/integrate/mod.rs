//! Integration of a few coupled equations between events: classical fourth-order Runge-Kutta with steps that the equations
//! themselves choose, cut wherever the caller wants, and comparators whose flips are found to a small fraction of a step
//! (analog model, section 8.3). It knows no circuit: neurons of the chip and neurons built from discrete parts use it alike.
//!
//! How to use it. Implement [`Dynamics`] for a structure that borrows the parameters; keep the state in a slice of numbers of
//! any length and any unit of time you like. Then
//!
//! ```
//! use hx_chip::neuron::integrate::{Dynamics, Point, Stage, Workspace, run};
//!
//! /// A capacitor charged through a resistor, and a comparator that flips up when `armed` and down otherwise.
//! struct Charging { tau: f64, drive: f64, armed: bool }
//!
//! impl Dynamics for Charging {
//!     fn slopes(&self, _: Stage, state: &[f64], slopes: &mut [f64]) {
//!         slopes[0] = (self.drive - state[0]) / self.tau;
//!     }
//!     fn longest_step(&mut self, _: &[f64], _: &[f64]) -> f64 {
//!         self.tau / 20.0
//!     }
//!     fn comparators(&self) -> usize {
//!         1
//!     }
//!     fn distance(&self, _: usize, _: Stage, state: &[f64], slopes: &[f64]) -> Point {
//!         let rising = Point { value: state[0] - 0.6, slope: slopes[0] };
//!         if self.armed { rising } else { Point { value: 0.4 - state[0], slope: -slopes[0] } }
//!     }
//! }
//!
//! // A relaxation oscillator with hysteresis: it runs between 0.4 and 0.6.
//! let mut oscillator = Charging { tau: 1.0, drive: 1.0, armed: true };
//! let (mut state, mut time, mut work) = ([0.5], 0.0, Workspace::default());
//! let mut flips = Vec::new();
//! while time < 3.0 {
//!     let progress = run(&mut oscillator, &mut state, 3.0 - time, &mut work);
//!     time += progress.elapsed;
//!     if progress.flipped.is_some() {
//!         oscillator.armed = !oscillator.armed;
//!         oscillator.drive = 1.0 - oscillator.drive;
//!         flips.push(time);
//!     }
//! }
//! assert!((flips[0] - (0.5f64 / 0.4).ln()).abs() < 1e-6 && flips.len() == 7);
//! ```
//!
//! Inputs and everything else that is not smooth are instants at which the caller ends one [`run`], changes state or
//! parameters and begins the next. A comparator counts as flipping when its distance *becomes* non-negative; one that is so
//! at the beginning is left alone until it has been negative. Parts with a known solution (a decaying synaptic line) need not
//! be in the slice: advance them exactly in [`Dynamics::begin`] and [`Dynamics::commit`].

mod crossing;
#[cfg(test)]
mod tests;

use crossing::{Flip, find_flip};
use serde::{Deserialize, Serialize};

/// Where in a step the equations are asked for. The classical method knows only these three instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The beginning.
    Start,
    /// Half way.
    Middle,
    /// The end.
    End,
}

/// A value and its slope in time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The value.
    pub value: f64,
    /// Its change per unit of time.
    pub slope: f64,
}

/// Coupled first-order equations. The unit of time is their own.
pub trait Dynamics {
    /// Prepares for a step of this length from where the last committed one ended. It may be called several times with
    /// different lengths before one is committed.
    fn begin(&mut self, span: f64) {
        let _ = span;
    }

    /// Slopes of the state at a stage of the step begun.
    fn slopes(&self, stage: Stage, state: &[f64], slopes: &mut [f64]);

    /// The step begun is taken and `state` is its end. Returns whether `state` (or what the slopes depend on) was changed, for
    /// example to keep it within bounds.
    fn commit(&mut self, span: f64, state: &mut [f64]) -> bool {
        let _ = (span, state);
        false
    }

    /// The longest step that is accurate from here on; positive. Infinite: nothing moves any more, whatever time passes.
    fn longest_step(&mut self, state: &[f64], slopes: &[f64]) -> f64;

    /// Number of comparators.
    fn comparators(&self) -> usize {
        0
    }

    /// How far a comparator is from flipping: negative before, zero when it flips. `slopes` belong to `state`.
    fn distance(&self, comparator: usize, stage: Stage, state: &[f64], slopes: &[f64]) -> Point {
        let _ = (comparator, stage, state, slopes);
        Point { value: f64::NEG_INFINITY, slope: 0.0 }
    }

    /// How accurately the instant of a flip is wanted.
    fn resolution(&self) -> f64 {
        1e-9
    }

    /// A solution in closed form that the dynamics prefer to a step from here, for at most `left`: how long it lasts, and which
    /// comparator flips at its end. `state` has been moved to its end (and the step committed).
    fn shortcut(&mut self, left: f64, state: &mut [f64], slopes: &[f64]) -> Option<Progress> {
        let _ = (left, state, slopes);
        None
    }
}

/// How far a [`run`] came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Time that has passed.
    pub elapsed: f64,
    /// The comparator that ended it.
    pub flipped: Option<usize>,
}

/// Scratch memory of [`run`], to be kept between calls so that nothing is allocated. It holds no state: any two are equal.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Workspace {
    #[serde(skip)]
    first: Vec<f64>,
    #[serde(skip)]
    second: Vec<f64>,
    #[serde(skip)]
    third: Vec<f64>,
    #[serde(skip)]
    fourth: Vec<f64>,
    #[serde(skip)]
    between: Vec<f64>,
    #[serde(skip)]
    next: Vec<f64>,
    #[serde(skip)]
    last: Vec<f64>,
    /// Steps that one call may still take.
    #[serde(skip)]
    budget: Option<u64>,
}

impl PartialEq for Workspace {
    fn eq(&self, _: &Workspace) -> bool {
        true
    }
}

impl Workspace {
    /// Lets all further calls together take at most this many steps; a call that runs out of them ends early.
    pub fn limit_steps(&mut self, steps: u64) {
        self.budget = Some(steps);
    }

    /// Steps left; without a limit as many as fit.
    #[must_use]
    pub fn steps_left(&self) -> u64 {
        self.budget.unwrap_or(u64::MAX)
    }

    /// Whether the steps have run out.
    #[must_use]
    pub fn exhausted(&self) -> bool {
        self.budget == Some(0)
    }

    fn take_step(&mut self) {
        if let Some(budget) = &mut self.budget {
            *budget = budget.saturating_sub(1);
        }
    }

    fn resize(&mut self, length: usize) {
        if self.first.len() == length {
            return;
        }
        for of in [
            &mut self.first,
            &mut self.second,
            &mut self.third,
            &mut self.fourth,
            &mut self.between,
            &mut self.next,
            &mut self.last,
        ] {
            of.clear();
            of.resize(length, 0.0);
        }
    }

    /// One step from `state`, whose slopes are in `first`: its end to `next`, and the slopes there to `last`.
    fn step(&mut self, dynamics: &mut impl Dynamics, state: &[f64], span: f64) {
        dynamics.begin(span);
        let half = 0.5 * span;
        along(&mut self.between, state, half, &self.first);
        dynamics.slopes(Stage::Middle, &self.between, &mut self.second);
        along(&mut self.between, state, half, &self.second);
        dynamics.slopes(Stage::Middle, &self.between, &mut self.third);
        along(&mut self.between, state, span, &self.third);
        dynamics.slopes(Stage::End, &self.between, &mut self.fourth);
        let sixth = span / 6.0;
        for (i, next) in self.next.iter_mut().enumerate() {
            let inner = self.second[i] + self.third[i];
            *next = state[i] + sixth * (self.first[i] + 2.0 * inner + self.fourth[i]);
        }
        dynamics.slopes(Stage::End, &self.next, &mut self.last);
    }
}

#[inline(always)]
fn along(to: &mut [f64], from: &[f64], span: f64, slopes: &[f64]) {
    for ((to, from), slope) in to.iter_mut().zip(from).zip(slopes) {
        *to = from + span * slope;
    }
}

/// Integrates for `span`, or until a comparator flips. The steps follow from the state alone; only the last is cut to fit.
pub fn run(dynamics: &mut impl Dynamics, state: &mut [f64], span: f64, work: &mut Workspace) -> Progress {
    run_until(dynamics, state, span, work, |_| false)
}

/// As [`run`], but also ends after the first whole step for which `enough` says so, given the time that has passed.
pub fn run_until(
    dynamics: &mut impl Dynamics,
    state: &mut [f64],
    span: f64,
    work: &mut Workspace,
    enough: impl Fn(f64) -> bool,
) -> Progress {
    work.resize(state.len());
    let mut elapsed = 0.0;
    let mut fresh = false;
    while elapsed < span && !work.exhausted() {
        let left = span - elapsed;
        if !fresh {
            dynamics.begin(0.0);
            dynamics.slopes(Stage::Start, state, &mut work.first);
        }
        work.take_step();
        if let Some(progress) = dynamics.shortcut(left, state, &work.first) {
            elapsed += progress.elapsed;
            if progress.flipped.is_some() {
                return Progress { elapsed, flipped: progress.flipped };
            }
            fresh = false;
            continue;
        }
        let longest = dynamics.longest_step(state, &work.first);
        if longest == f64::INFINITY {
            dynamics.begin(left);
            dynamics.commit(left, state);
            return Progress { elapsed: span, flipped: None };
        }
        let whole = longest < left;
        let step = if whole { longest } else { left };
        work.step(dynamics, state, step);
        if let Some(Flip { comparator, after }) = find_flip(dynamics, state, step, work) {
            state.copy_from_slice(&work.next);
            dynamics.commit(after, state);
            return Progress { elapsed: elapsed + after, flipped: Some(comparator) };
        }
        state.copy_from_slice(&work.next);
        fresh = !dynamics.commit(step, state);
        if fresh {
            std::mem::swap(&mut work.first, &mut work.last);
        }
        // The last step ends the run exactly, whatever the sum of the others rounds to.
        elapsed = if whole { elapsed + step } else { span };
        if whole && enough(elapsed) {
            break;
        }
    }
    Progress { elapsed, flipped: None }
}
