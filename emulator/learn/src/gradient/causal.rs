//! The search for the inputs that come before the spike, and the public face for a single neuron. Inputs are taken in the order
//! of their times; between two of them the closed form either has an upward crossing or not, and the first one found is the
//! first spike, because the membrane is continuous.

use super::closed_form::{ClosedForm, Instant, NeuronModel, Sensitivity, TauRatio};
use super::double_tau::DoubleTau;
use super::equal_tau::EqualTau;
use crate::error::{LearnError, same_size};

/// An input spike as the search needs it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arrival {
    /// Time and basis functions.
    pub at: Instant,
    /// Weight.
    pub weight: f64,
}

const NEVER: Instant = Instant { time: f64::INFINITY, f: 0.0, g: 0.0 };

/// First spike time of a neuron whose inputs are given in the order of their times (all finite); infinity for none.
#[inline]
pub fn search<M: ClosedForm>(mut arrivals: impl Iterator<Item = Arrival>, c: f64) -> f64 {
    let mut sums = [0.0; 2];
    let mut current = arrivals.next();
    while let Some(Arrival { at, weight }) = current {
        sums = [sums[0] + weight * at.f, sums[1] + weight * at.g];
        current = arrivals.next();
        let next = current.map_or(NEVER, |a| a.at);
        if next.time > at.time
            && let Some(time) = M::crossing(sums, c, at, next)
        {
            return time;
        }
    }
    f64::INFINITY
}

/// Derivatives of one neuron's spike time.
#[derive(Debug, Clone, PartialEq)]
pub struct NeuronDerivatives {
    /// By each input's weight.
    pub by_weight: Vec<f64>,
    /// By each input's time.
    pub by_time: Vec<f64>,
}

fn search_unsorted<M: ClosedForm>(times: &[f64], weights: &[f64], c: f64) -> f64 {
    let mut arrivals: Vec<Arrival> = times
        .iter()
        .zip(weights)
        .filter(|(t, _)| t.is_finite())
        .map(|(&time, &weight)| {
            let [f, g] = M::basis(time);
            Arrival { at: Instant { time, f, g }, weight }
        })
        .collect();
    arrivals.sort_by(|a, b| a.at.time.total_cmp(&b.at.time));
    search::<M>(arrivals.into_iter(), c)
}

fn derivatives<M: ClosedForm>(times: &[f64], weights: &[f64], c: f64, spike: f64) -> NeuronDerivatives {
    let basis: Vec<[f64; 2]> =
        times.iter().map(|&t| if t < spike { M::basis(t) } else { [0.0; 2] }).collect();
    let sum = |k: usize| basis.iter().zip(weights).map(|(b, w)| b[k] * w).sum::<f64>();
    let s =
        if spike.is_finite() { M::sensitivity([sum(0), sum(1)], c, spike) } else { Sensitivity::default() };
    let apply = |factors: [f64; 2], b: &[f64; 2]| factors[0] * b[0] + factors[1] * b[1];
    NeuronDerivatives {
        by_weight: basis.iter().map(|b| apply(s.weight, b)).collect(),
        by_time: basis.iter().zip(weights).map(|(b, w)| w * apply(s.time, b)).collect(),
    }
}

/// First spike time of one neuron (in `tau_s`) for inputs in any order; infinity for none.
pub fn first_spike(model: NeuronModel, times: &[f64], weights: &[f64]) -> Result<f64, LearnError> {
    same_size("weights of a neuron", times.len(), weights.len())?;
    Ok(match model.tau {
        TauRatio::Equal => search_unsorted::<EqualTau>(times, weights, model.c),
        TauRatio::Double => search_unsorted::<DoubleTau>(times, weights, model.c),
    })
}

/// Derivatives of the spike time `spike` of one neuron, computed or measured, by weights and input times. Inputs that are not
/// earlier than `spike` have the derivative 0, and so has everything if the model has no crossing for these inputs.
pub fn neuron_derivatives(
    model: NeuronModel,
    times: &[f64],
    weights: &[f64],
    spike: f64,
) -> Result<NeuronDerivatives, LearnError> {
    same_size("weights of a neuron", times.len(), weights.len())?;
    Ok(match model.tau {
        TauRatio::Equal => derivatives::<EqualTau>(times, weights, model.c, spike),
        TauRatio::Double => derivatives::<DoubleTau>(times, weights, model.c, spike),
    })
}
