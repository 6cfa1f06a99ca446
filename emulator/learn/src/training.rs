//! One training step, the same whether the forward pass ran in software or on a chip: it is given what the network did with a
//! batch and changes the weights, by a gradient step or, if too many neurons stayed silent, by the weight bump.

use crate::error::{LearnError, require, same_size};
use crate::loss::Loss;
use crate::network::{Network, NetworkSpec};
use crate::optimiser::{Adam, StepLr};
use crate::propagation::{BatchGradient, batch_gradient, check};
use crate::safeguards::{WeightBump, offending_layer, raise_weights};
use crate::spikes::{Observed, SpikeTimes};
use serde::{Deserialize, Serialize};

/// Hyper-parameters of a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingSpec {
    /// Samples in a batch.
    pub batch: usize,
    /// Number of epochs of the published schedule.
    pub epochs: u32,
    /// Initial learning rate of the weights.
    pub weight_rate: f64,
    /// Initial learning rate of the delay parameters.
    pub delay_rate: f64,
    /// How both rates fall.
    pub schedule: StepLr,
    /// Loss.
    pub loss: Loss,
    /// Limit of the gradient chop: see [`crate::gradient::layer::SampleView`].
    pub max_dw_norm: Option<f64>,
    /// Share of missing spikes of each layer beyond which its weights are bumped.
    pub allowed_missing: Vec<f64>,
    /// First amount of a weight bump.
    pub bump_start: f64,
}

/// What a training step did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Update {
    /// A gradient step.
    Gradient,
    /// A layer missed too many spikes; its weights were raised instead.
    Bump {
        /// Index of the layer.
        layer: usize,
        /// Amount added to each weight.
        amount: f64,
    },
}

/// How well outputs fit their labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Mean loss.
    pub loss: f64,
    /// Number of samples decided correctly.
    pub correct: usize,
    /// Decision on every sample; none if the deciding output is silent.
    pub decisions: Vec<Option<usize>>,
}

impl Evaluation {
    /// Share of samples decided correctly.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.decisions.len().max(1) as f64
    }
}

/// Evaluates the spikes of an output layer.
pub fn evaluate(loss: &Loss, outputs: &SpikeTimes, labels: &[u8]) -> Result<Evaluation, LearnError> {
    same_size("samples of the output spikes", labels.len(), outputs.samples())?;
    let mut gradient = vec![0.0; outputs.neurons()];
    let mut result = Evaluation { loss: 0.0, correct: 0, decisions: Vec::with_capacity(labels.len()) };
    for (sample, &label) in labels.iter().enumerate() {
        if usize::from(label) >= outputs.neurons() {
            return Err(LearnError::Label { sample, label, outputs: outputs.neurons() });
        }
        let times = outputs.sample(sample);
        let decision = loss.decide(times);
        result.loss += loss.evaluate(times, usize::from(label), &mut gradient);
        result.correct += usize::from(decision == Some(usize::from(label)));
        result.decisions.push(decision);
    }
    result.loss /= labels.len().max(1) as f64;
    Ok(result)
}

/// Result of one training step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// Loss and decisions before the step.
    pub evaluation: Evaluation,
    /// Share of missing spikes of each layer.
    pub missing: Vec<f64>,
    /// What was done.
    pub update: Update,
}

/// A network in training: parameters, optimiser state and schedule. Plain data, so that it can be stored and resumed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trainer {
    /// The network; its weights are what the next forward pass must use.
    pub network: Network,
    spec: TrainingSpec,
    weight_steps: Vec<Adam>,
    delay_steps: Vec<Adam>,
    bump: WeightBump,
    epoch: u32,
}

impl Trainer {
    /// Draws a network and starts a training of it.
    pub fn new(network: NetworkSpec, spec: TrainingSpec, seed: u64) -> Result<Self, LearnError> {
        same_size("allowances for missing spikes", network.layers.len(), spec.allowed_missing.len())?;
        require("batch size", spec.batch as f64, spec.batch > 0, "at least 1")?;
        let network = Network::initialise(network, seed)?;
        let optimisers = |count: fn(&crate::network::LayerParameters) -> usize| {
            network.layers.iter().map(|l| Adam::new(count(l))).collect()
        };
        let weight_steps = optimisers(|l| l.weights.values().len());
        let delay_steps = optimisers(|l| l.delays.len());
        Ok(Self { network, spec, weight_steps, delay_steps, bump: WeightBump::default(), epoch: 0 })
    }

    /// The hyper-parameters.
    #[must_use]
    pub fn spec(&self) -> &TrainingSpec {
        &self.spec
    }

    /// Number of finished epochs.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Learns from what the network did with a batch.
    pub fn step(&mut self, observed: &Observed, labels: &[u8]) -> Result<StepReport, LearnError> {
        check(&self.network, observed, labels)?;
        let outputs = &observed.layers[observed.layers.len() - 1].spikes;
        let evaluation = evaluate(&self.spec.loss, outputs, labels)?;
        let missing = observed.layers.iter().map(|l| l.spikes.missing_fraction()).collect();
        let offending = offending_layer(observed, &self.spec.allowed_missing);
        let update = match self.bump.next(offending, self.spec.bump_start) {
            Some((layer, amount)) => {
                let weights = &mut self.network.layers[layer].weights;
                raise_weights(weights, &observed.layers[layer].spikes, amount);
                Update::Bump { layer, amount }
            }
            None => {
                let TrainingSpec { loss, max_dw_norm, .. } = &self.spec;
                let gradient = batch_gradient(&self.network, observed, labels, loss, *max_dw_norm)?;
                self.descend(&gradient);
                Update::Gradient
            }
        };
        self.network.rectify();
        Ok(StepReport { evaluation, missing, update })
    }

    fn descend(&mut self, gradient: &BatchGradient) {
        let factor = self.spec.schedule.factor(self.epoch);
        for (l, parameters) in self.network.layers.iter_mut().enumerate() {
            let part = &gradient.layers[l];
            let rate = self.spec.weight_rate * factor;
            self.weight_steps[l].step(parameters.weights.values_mut(), part.weights.values(), rate);
            let rate = self.spec.delay_rate * factor;
            self.delay_steps[l].step(&mut parameters.delays, &part.delays, rate);
        }
    }

    /// Ends an epoch: the learning rate follows its schedule.
    pub fn end_epoch(&mut self) {
        self.epoch += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::yin_yang_chip;
    use crate::software::Substrate;

    fn trainer() -> Trainer {
        let c = yin_yang_chip();
        Trainer::new(c.network, c.training, 1).unwrap()
    }

    /// Every hidden and output neuron spikes at made-up times.
    fn complete(samples: usize) -> Observed {
        let times = |neurons: usize, from: f64| {
            let values = (0..samples * neurons).map(|i| from + 0.001 * (i % 97) as f64).collect();
            SpikeTimes::from_values(samples, neurons, values).unwrap()
        };
        Observed::feed_forward(times(4, 0.2), vec![times(120, 1.5), times(3, 2.2)])
    }

    fn with_silent_neuron(mut observed: Observed, layer: usize, neuron: usize) -> Observed {
        for sample in 0..observed.samples() {
            observed.layers[layer].spikes.sample_mut(sample)[neuron] = f64::INFINITY;
        }
        observed
    }

    #[test]
    fn a_silent_output_bumps_its_own_weights_only() {
        let mut trainer = trainer();
        let before = trainer.network.clone();
        let observed = with_silent_neuron(complete(4), 1, 2);
        for amount in [0.0005, 0.001] {
            let report = trainer.step(&observed, &[0, 1, 2, 0]).unwrap();
            assert_eq!(report.update, Update::Bump { layer: 1, amount });
            assert!((report.missing[1] - 1.0 / 3.0).abs() < 1e-15 && report.missing[0] == 0.0);
        }
        assert_eq!(trainer.network.layers[0], before.layers[0]);
        let (new, old) = (&trainer.network.layers[1].weights, &before.layers[1].weights);
        for row in 0..120 {
            assert_eq!(new.row(row)[..2], old.row(row)[..2]);
            assert!((new.at(row, 2) - old.at(row, 2) - 0.0015).abs() < 1e-12);
        }
    }

    #[test]
    fn a_complete_batch_makes_a_gradient_step_within_the_range() {
        let mut trainer = trainer();
        trainer.network.layers[1].weights.values_mut().fill(2.1);
        let before = trainer.network.clone();
        let report = trainer.step(&complete(4), &[0, 1, 2, 0]).unwrap();
        assert_eq!(report.update, Update::Gradient);
        assert_ne!(trainer.network, before);
        assert!(trainer.network.layers[1].weights.values().iter().all(|w| w.abs() <= 2.1));
    }

    #[test]
    fn a_bad_batch_changes_nothing() {
        let mut trainer = trainer();
        let before = trainer.clone();
        assert!(trainer.step(&complete(4), &[0, 1, 2]).is_err());
        assert!(trainer.step(&complete(4), &[0, 1, 2, 3]).is_err());
        assert!(trainer == before, "the state was changed");
    }

    #[test]
    fn a_stored_training_resumes() {
        let mut trainer = trainer();
        trainer.step(&complete(4), &[0, 1, 2, 0]).unwrap();
        trainer.end_epoch();
        let stored = ron::to_string(&trainer).unwrap();
        let mut resumed: Trainer = ron::from_str(&stored).unwrap();
        let labels = [2, 1, 0, 0];
        assert_eq!(trainer.step(&complete(4), &labels), resumed.step(&complete(4), &labels));
        assert!(trainer == resumed, "the states differ");
    }

    #[test]
    fn silent_and_wrong_outputs_count_as_wrong() {
        let inf = f64::INFINITY;
        let times = vec![1.0, 2.0, 3.0, 2.0, 1.0, inf, inf, inf, inf];
        let outputs = SpikeTimes::from_values(3, 3, times).unwrap();
        let result = evaluate(&Loss::PUBLISHED_TTFS, &outputs, &[0, 0, 0]).unwrap();
        assert_eq!(result.decisions, [Some(0), Some(1), None]);
        assert_eq!(result.correct, 1);
        assert!((result.accuracy() - 1.0 / 3.0).abs() < 1e-15);
        assert!(result.loss > 100.0 / 3.0);
        assert!(evaluate(&Loss::PUBLISHED_TTFS, &outputs, &[0, 3, 0]).is_err());
    }

    #[test]
    fn allowances_must_cover_every_layer() {
        let mut c = yin_yang_chip();
        c.training.allowed_missing.pop();
        assert!(Trainer::new(c.network, c.training, 0).is_err());
    }

    #[test]
    fn the_ideal_substrate_feeds_a_step() {
        let mut trainer = trainer();
        let inputs = complete(4).layers[0].arrivals.clone();
        let observed = Substrate::ideal(trainer.network.spec()).run(&trainer.network, &inputs, 0).unwrap();
        assert_eq!(observed.samples(), 4);
        assert!(trainer.step(&observed, &[0, 1, 2, 0]).is_ok());
    }
}
