//! What replaces a gradient step when too many neurons stay silent: a silent neuron has no gradient, so all its incoming weights
//! are raised by a small amount that doubles as long as it does not help (JulianGoeltz/fastAndDeep: src/training.py,
//! check_bump_weights). The other safeguard, the chop of large gradients, is part of [`crate::gradient::layer`].

use crate::matrix::Matrix;
use crate::spikes::{Observed, SpikeTimes};
use serde::{Deserialize, Serialize};

/// State of the weight bump.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct WeightBump {
    last_layer: Option<usize>,
    amount: f64,
}

/// The first layer of `observed` whose share of missing spikes exceeds its allowance.
#[must_use]
pub fn offending_layer(observed: &Observed, allowed_missing: &[f64]) -> Option<usize> {
    let mut layers = observed.layers.iter().zip(allowed_missing);
    layers.position(|(layer, &allowed)| layer.spikes.missing_fraction() > allowed)
}

impl WeightBump {
    /// Amount for the layer that offends in this batch: twice the last one if the same layer offended in the batch before, else
    /// `start`; with the layer's index. Without an offending layer the state is reset.
    pub fn next(&mut self, offending: Option<usize>, start: f64) -> Option<(usize, f64)> {
        let repeated = offending.is_some() && offending == self.last_layer;
        self.amount = if repeated { 2.0 * self.amount } else { start };
        self.last_layer = offending;
        offending.map(|layer| (layer, self.amount))
    }
}

/// Raises all weights of every neuron (column) that missed at least one spike in the batch.
pub fn raise_weights(weights: &mut Matrix, spikes: &SpikeTimes, amount: f64) {
    let mut raise = vec![0.0; spikes.neurons()];
    for sample in 0..spikes.samples() {
        for (r, t) in raise.iter_mut().zip(spikes.sample(sample)) {
            *r = if t.is_finite() { *r } else { amount };
        }
    }
    for row in 0..weights.rows() {
        for (w, r) in weights.row_mut(row).iter_mut().zip(&raise) {
            *w += r;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(samples: usize, values: &[f64]) -> SpikeTimes {
        SpikeTimes::from_values(samples, values.len() / samples, values.to_vec()).unwrap()
    }

    #[test]
    fn the_amount_doubles_while_the_same_layer_offends() {
        let mut bump = WeightBump::default();
        let layers = [Some(0), Some(0), Some(0), Some(1), None, Some(1)];
        let amounts: Vec<_> = layers.iter().map(|&l| bump.next(l, 0.0005).map(|(_, a)| a)).collect();
        assert_eq!(amounts, [Some(0.0005), Some(0.001), Some(0.002), Some(0.0005), None, Some(0.0005)]);
    }

    #[test]
    fn the_first_layer_above_its_allowance_offends() {
        let inf = f64::INFINITY;
        let inputs = times(2, &[0.0, 0.0]);
        let observed = |hidden: &[f64], output: &[f64]| {
            Observed::feed_forward(inputs.clone(), vec![times(2, hidden), times(2, output)])
        };
        let half = observed(&[1.0, inf, inf, 1.0], &[1.0, inf]);
        assert_eq!(offending_layer(&half, &[0.3, 0.05]), Some(0));
        assert_eq!(offending_layer(&half, &[0.5, 0.05]), Some(1));
        assert_eq!(offending_layer(&half, &[0.5, 0.5]), None);
    }

    #[test]
    fn only_neurons_that_missed_a_spike_are_raised() {
        let mut weights = Matrix::from_values(2, 3, vec![0.0; 6]).unwrap();
        raise_weights(&mut weights, &times(2, &[1.0, f64::INFINITY, 1.0, 2.0, 1.0, 1.0]), 0.5);
        assert_eq!(weights.values(), [0.0, 0.5, 0.0, 0.0, 0.5, 0.0]);
    }
}
