//! Transmission delays: to whom a delay belongs, how a free parameter becomes a positive delay, and delayed arrivals at a
//! synapse (Goeltz et al., Nat. Commun. 16, 2025; JulianGoeltz/fastAndDeep: src/utils.py, DelayLayer).

use super::closed_form::{ClosedForm, Instant};
use super::layer::Incoming;
use crate::exponential::exp;
use crate::matrix::Matrix;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

/// What a trainable delay is shared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DelayKind {
    /// One delay per source, on everything it sends.
    Axonal,
    /// One delay per neuron, on everything it receives.
    Dendritic,
    /// One delay per pair of source and neuron.
    Synaptic,
}

impl DelayKind {
    /// Number of delays between `sources` and `neurons`.
    #[must_use]
    pub fn count(self, sources: usize, neurons: usize) -> usize {
        match self {
            Self::Axonal => sources,
            Self::Dendritic => neurons,
            Self::Synaptic => sources * neurons,
        }
    }
}

/// How a free parameter `p` becomes a delay in `tau_s`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Positivity {
    /// `shift + scale / (1 + e^-p)`.
    Sigmoid {
        /// Smallest delay.
        shift: f64,
        /// Width of the range of delays.
        scale: f64,
    },
    /// The parameter is the delay; after each step a negative one is set to 0.
    Clip,
    /// The parameter is the delay; after each step all are shifted so that none is negative.
    ShiftAll,
}

fn sigmoid(p: f64) -> f64 {
    1.0 / (1.0 + exp(-p))
}

impl Positivity {
    /// Delay in `tau_s`.
    #[must_use]
    pub fn delay(self, p: f64) -> f64 {
        match self {
            Self::Sigmoid { shift, scale } => shift + scale * sigmoid(p),
            Self::Clip | Self::ShiftAll => p,
        }
    }

    /// Derivative of the delay by its parameter.
    #[must_use]
    pub fn slope(self, p: f64) -> f64 {
        match self {
            Self::Sigmoid { scale, .. } => scale * sigmoid(p) * (1.0 - sigmoid(p)),
            Self::Clip | Self::ShiftAll => 1.0,
        }
    }

    /// Brings the parameters back into their range after a step.
    pub fn rectify(self, parameters: &mut [f64]) {
        let lowest = parameters.iter().copied().fold(0.0, f64::min);
        match self {
            Self::Sigmoid { .. } => {}
            Self::Clip => parameters.iter_mut().for_each(|p| *p = p.max(0.0)),
            Self::ShiftAll => parameters.iter_mut().for_each(|p| *p -= lowest),
        }
    }
}

/// Delays of every (row, neuron) pair and the factors by which they change the basis functions.
#[derive(Debug, Clone, PartialEq)]
pub struct PairDelays<M> {
    delays: Matrix,
    factors: [Matrix; 2],
    ratio: PhantomData<M>,
}

impl<M: ClosedForm> PairDelays<M> {
    /// Precomputes the factors of `rows x neurons` delays.
    #[must_use]
    pub fn new(delays: Matrix) -> Self {
        let mut factors = [delays.clone(), delays.clone()];
        for i in 0..delays.values().len() {
            let factor = M::delay_factor(delays.values()[i]);
            for k in 0..2 {
                factors[k].values_mut()[i] = factor[k];
            }
        }
        Self { delays, factors, ratio: PhantomData }
    }
}

impl<M: ClosedForm> Incoming for PairDelays<M> {
    const PER_PAIR: bool = true;

    #[inline(always)]
    fn arrive(&self, row: usize, neuron: usize, at: Instant) -> Instant {
        if at.time == f64::INFINITY {
            return at;
        }
        let time = at.time + self.delays.at(row, neuron);
        let factor = [self.factors[0].at(row, neuron), self.factors[1].at(row, neuron)];
        let [f, g] = M::delayed([at.f, at.g], factor, time);
        Instant { time, f, g }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigmoid_delays_stay_in_their_range_and_have_their_slope() {
        let rule = Positivity::Sigmoid { shift: 2.0, scale: 1.5 };
        assert_eq!(rule.delay(0.0), 2.75);
        assert!(rule.delay(-40.0) >= 2.0 && rule.delay(40.0) <= 3.5);
        for p in [-3.0, -0.2, 0.0, 1.7] {
            let numeric = (rule.delay(p + 1e-5) - rule.delay(p - 1e-5)) / 2e-5;
            assert!((rule.slope(p) - numeric).abs() < 1e-9, "{p}");
        }
    }

    #[test]
    fn parameters_are_brought_back_above_zero() {
        let mut clipped = [-0.5, 0.25, 1.0];
        Positivity::Clip.rectify(&mut clipped);
        assert_eq!(clipped, [0.0, 0.25, 1.0]);
        let mut shifted = [-0.5, 0.25, 1.0];
        Positivity::ShiftAll.rectify(&mut shifted);
        assert_eq!(shifted, [0.0, 0.75, 1.5]);
        let mut untouched = [0.5, 0.25];
        Positivity::ShiftAll.rectify(&mut untouched);
        assert_eq!(untouched, [0.5, 0.25]);
        let mut free = [-0.5];
        Positivity::Sigmoid { shift: 0.0, scale: 1.0 }.rectify(&mut free);
        assert_eq!(free, [-0.5]);
    }

    #[test]
    fn numbers_of_delays() {
        assert_eq!(DelayKind::Axonal.count(4, 30), 4);
        assert_eq!(DelayKind::Dendritic.count(4, 30), 30);
        assert_eq!(DelayKind::Synaptic.count(4, 30), 120);
    }
}
