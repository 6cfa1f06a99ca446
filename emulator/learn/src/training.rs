//! One training step, the same whether the forward pass ran in software or on a chip: it is given what the network did with a
//! batch and changes the weights, by a gradient step or, if too many neurons stayed silent, by the weight bump.

use crate::error::{LearnError, require, same_size};
use crate::loss::Loss;
use crate::network::{Network, NetworkSpec};
use crate::optimiser::{Adam, StepLr};
use crate::propagation::{BatchGradient, batch_gradient};
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
        let gradient =
            batch_gradient(&self.network, observed, labels, &self.spec.loss, self.spec.max_dw_norm)?;
        let outputs = &observed.layers[observed.layers.len() - 1].spikes;
        let evaluation = evaluate(&self.spec.loss, outputs, labels)?;
        let missing = observed.layers.iter().map(|l| l.spikes.missing_fraction()).collect();
        let update = self.update(observed, &gradient);
        Ok(StepReport { evaluation, missing, update })
    }

    fn update(&mut self, observed: &Observed, gradient: &BatchGradient) -> Update {
        let offending = offending_layer(observed, &self.spec.allowed_missing);
        let amount = self.bump.next(offending, self.spec.bump_start);
        let update = match (offending, amount) {
            (Some(layer), Some(amount)) => {
                let weights = &mut self.network.layers[layer].weights;
                raise_weights(weights, &observed.layers[layer].spikes, amount);
                Update::Bump { layer, amount }
            }
            _ => {
                self.descend(gradient);
                Update::Gradient
            }
        };
        self.network.rectify();
        update
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
