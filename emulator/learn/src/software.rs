//! Networks in software: the exact forward pass with the imperfections of a substrate as far as closed forms allow them
//! (thresholds that differ between neurons and drift between batches, jitter of spike and delay times), and a training of it.
//! A software twin of a training on the chip differs from it in the forward pass alone.

use crate::configuration::Configuration;
use crate::data::{DataSet, ordered_batches, shuffled_batches};
use crate::error::LearnError;
use crate::network::{Network, NetworkSpec};
use crate::propagation::{Disturbance, forward};
use crate::random::{Purpose, Stream};
use crate::spikes::{Observed, SpikeTimes};
use crate::training::{Evaluation, Trainer, Update, evaluate};
use serde::{Deserialize, Serialize};

/// What the neurons of a substrate are like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Substrate {
    /// Threshold `c` of every neuron, layer by layer.
    pub thresholds: Vec<Vec<f64>>,
    /// Standard deviation of a change of every neuron's threshold from run to run, in units of weight.
    pub threshold_drift: f64,
    /// Standard deviation of the time of every delayed arrival, in `tau_s`; copies of a source are delayed apart.
    pub delay_jitter: f64,
    /// Standard deviation of every spike time, in `tau_s`.
    pub spike_jitter: f64,
    /// Seed of drift and jitter.
    pub seed: u64,
}

impl Substrate {
    /// Every neuron is the nominal one.
    #[must_use]
    pub fn ideal(network: &NetworkSpec) -> Self {
        let thresholds = network.layers.iter().map(|l| vec![network.model.c; l.neurons]).collect();
        Self { thresholds, threshold_drift: 0.0, delay_jitter: 0.0, spike_jitter: 0.0, seed: 0 }
    }

    /// Thresholds `c (1 + spread x)` with standard normal `x`, cut at 3.5 standard deviations.
    #[must_use]
    pub fn with_threshold_spread(network: &NetworkSpec, spread: f64, seed: u64) -> Self {
        let mut substrate = Self { seed, ..Self::ideal(network) };
        substrate.offset_thresholds(|x| network.model.c * spread * x.clamp(-3.5, 3.5));
        substrate
    }

    /// The noise of the published hardware-aware simulation: thresholds offset by 0.13 +- 0.08, drifting by 0.04 from batch to
    /// batch, delays with a jitter of 0.01 `tau_s` (JulianGoeltz/fastAndDeep: experiment_configs/yin_yang_hwAware.yaml).
    #[must_use]
    pub fn hardware_aware(network: &NetworkSpec, seed: u64) -> Self {
        let ideal = Self::ideal(network);
        let mut substrate = Self { threshold_drift: 0.04, delay_jitter: 0.01, seed, ..ideal };
        substrate.offset_thresholds(|x| 0.13 + 0.08 * x);
        substrate
    }

    fn offset_thresholds(&mut self, offset: impl Fn(f64) -> f64) {
        for (l, layer) in self.thresholds.iter_mut().enumerate() {
            let mut stream = Stream::new(self.seed, Purpose::ThresholdSpread, l as u64);
            layer.iter_mut().for_each(|c| *c += offset(stream.gaussian()));
        }
    }

    /// Forward pass of a batch. `run` tells the runs on one substrate apart: drift and jitter depend on it.
    pub fn run(&self, network: &Network, inputs: &SpikeTimes, run: u64) -> Result<Observed, LearnError> {
        let mut thresholds = self.thresholds.clone();
        if self.threshold_drift > 0.0 {
            for (l, layer) in thresholds.iter_mut().enumerate() {
                let mut stream = Stream::new(self.seed, Purpose::ThresholdDrift, (run << 8) | l as u64);
                layer.iter_mut().for_each(|c| *c += self.threshold_drift * stream.gaussian());
            }
        }
        let noise = Jitter { substrate: self, spec: network.spec(), run };
        forward(network, &thresholds, inputs, &noise)
    }
}

struct Jitter<'a> {
    substrate: &'a Substrate,
    spec: &'a NetworkSpec,
    run: u64,
}

impl Jitter<'_> {
    /// Adds jitter to times; `place` tells the places in a layer apart where times are disturbed.
    fn add(&self, deviation: f64, place: u64, layer: usize, sample: usize, times: &mut [f64]) {
        if deviation > 0.0 {
            let index = (self.run << 32) | ((sample as u64) << 8) | ((layer as u64) << 1) | place;
            let mut stream = Stream::new(self.substrate.seed, Purpose::SpikeJitter, index);
            times.iter_mut().for_each(|t| *t += deviation * stream.gaussian());
        }
    }
}

impl Disturbance for Jitter<'_> {
    fn arrivals_apart(&self) -> bool {
        self.substrate.delay_jitter > 0.0
    }

    fn arrivals(&self, layer: usize, sample: usize, times: &mut [f64]) {
        if self.spec.layers[layer].delays.is_some() {
            self.add(self.substrate.delay_jitter, 0, layer, sample, times);
        }
    }

    fn spikes(&self, layer: usize, sample: usize, times: &mut [f64]) {
        self.add(self.substrate.spike_jitter, 1, layer, sample, times);
    }
}

/// Result of one epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochReport {
    /// Number of the epoch, from 1.
    pub epoch: u32,
    /// Share of training samples decided correctly while learning.
    pub train_accuracy: f64,
    /// Mean loss of the batches that led to a gradient step; NaN if none did.
    pub train_loss: f64,
    /// Share of batches that led to a weight bump.
    pub bumped: f64,
    /// Validation set after the epoch.
    pub validation: Evaluation,
}

/// Training of a software network; call [`SoftwareTraining::epoch`] as often as wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SoftwareTraining {
    /// The network in training.
    pub trainer: Trainer,
    /// What it runs on.
    pub substrate: Substrate,
    configuration: Configuration,
    seed: u64,
    run: u64,
}

impl SoftwareTraining {
    /// Draws a network (weights and order of samples from `seed`) that runs on `substrate`.
    pub fn new(configuration: Configuration, substrate: Substrate, seed: u64) -> Result<Self, LearnError> {
        let trainer = Trainer::new(configuration.network.clone(), configuration.training.clone(), seed)?;
        Ok(Self { trainer, substrate, configuration, seed, run: 0 })
    }

    /// Runs samples of a data set without learning.
    pub fn run(&mut self, set: &DataSet, samples: &[usize]) -> Result<Observed, LearnError> {
        let inputs = self.configuration.code.encode_samples(set, samples)?;
        self.run += 1;
        self.substrate.run(&self.trainer.network, &inputs, self.run)
    }

    /// Evaluates a data set in batches of 200, as the published trainings do.
    pub fn evaluate(&mut self, set: &DataSet) -> Result<Evaluation, LearnError> {
        let mut outputs = SpikeTimes::silent(0, set.classes);
        for samples in ordered_batches(set.len(), 200) {
            if let Some(spikes) = self.run(set, &samples)?.outputs() {
                outputs.append(spikes)?;
            }
        }
        evaluate(&self.trainer.spec().loss, &outputs, &set.labels)
    }

    /// Trains on every sample once and evaluates the validation set.
    pub fn epoch(&mut self, train: &DataSet, validation: &DataSet) -> Result<EpochReport, LearnError> {
        let epoch = self.trainer.epoch();
        let batch = self.trainer.spec().batch;
        let batches = shuffled_batches(train.len(), batch, self.seed, u64::from(epoch));
        let (mut correct, mut loss, mut steps) = (0, 0.0, 0);
        for samples in &batches {
            let observed = self.run(train, samples)?;
            let report = self.trainer.step(&observed, &train.labels_of(samples))?;
            correct += report.evaluation.correct;
            if report.update == Update::Gradient {
                loss += report.evaluation.loss;
                steps += 1;
            }
        }
        self.trainer.end_epoch();
        Ok(EpochReport {
            epoch: epoch + 1,
            train_accuracy: correct as f64 / train.len().max(1) as f64,
            train_loss: loss / f64::from(steps),
            bumped: 1.0 - f64::from(steps) / batches.len().max(1) as f64,
            validation: self.evaluate(validation)?,
        })
    }
}
