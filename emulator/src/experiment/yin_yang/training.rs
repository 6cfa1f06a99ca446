//! Training with the chip in the loop: forward on the setup, backward with the measured spike times.

use super::chip::{ChipNetwork, NetworkError};
use crate::bits::Bits;
use crate::experiment::{Observer, Progress};
use hx_host::setup::Setup;
use hx_learn::coding::TimeCode;
use hx_learn::data::{DataSet, ordered_batches, shuffled_batches};
use hx_learn::training::{Evaluation, Update, evaluate};
use hx_learn::{LearnError, Observed, SpikeTimes, Trainer};
use thiserror::Error;

/// Samples evaluated together.
const EVALUATION_BATCH: usize = 1000;

/// Why a training stopped.
#[derive(Debug, Error)]
pub enum TrainingError {
    /// The chip's side.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The host's side.
    #[error(transparent)]
    Learn(#[from] LearnError),
}

/// Data of a training.
pub struct Sets {
    /// Learned from.
    pub train: DataSet,
    /// Looked at after every epoch.
    pub validation: DataSet,
    /// Looked at in the end.
    pub test: DataSet,
}

/// One number per epoch.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Accuracy on the training set while learning.
    pub train_accuracy: Vec<f64>,
    /// Mean loss on the training set while learning.
    pub train_loss: Vec<f64>,
    /// Accuracy on the validation set after the epoch.
    pub val_accuracy: Vec<f64>,
    /// Share of batches that raised weights of silent neurons instead of following the gradient.
    pub bumped: Vec<f64>,
}

/// What a set of samples did on the chip.
pub struct Evaluated {
    /// Spike times.
    pub observed: Observed,
    /// Loss and decisions.
    pub evaluation: Evaluation,
}

/// A training in progress.
pub struct InTheLoop<'a, S> {
    /// The network on the chip.
    pub network: ChipNetwork<S>,
    /// Weights and optimiser.
    pub trainer: Trainer,
    /// How samples become spikes.
    pub code: TimeCode,
    /// Seed of the order of samples.
    pub seed: u64,
    /// Fingerprint of everything observed.
    pub bits: Bits,
    /// Who watches.
    pub observer: &'a mut dyn Observer,
}

impl<S: Setup> InTheLoop<'_, S> {
    /// Trains for a number of epochs.
    ///
    /// # Errors
    /// When the setup fails or the data does not fit the network.
    pub fn train(&mut self, sets: &Sets, epochs: u32) -> Result<History, TrainingError> {
        let mut history = History::default();
        for epoch in 0..epochs {
            self.epoch(&sets.train, &mut history)?;
            let validation = self.evaluate(&sets.validation)?.evaluation.accuracy();
            history.val_accuracy.push(validation);
            self.report(epoch, epochs, &sets.train, &history);
        }
        Ok(history)
    }

    fn report(&mut self, epoch: u32, epochs: u32, train: &DataSet, history: &History) {
        self.observer.progress(&Progress {
            label: "epoch",
            done: u64::from(epoch) + 1,
            total: u64::from(epochs),
            samples: (u64::from(epoch) + 1) * train.len() as u64,
            accuracy: history.val_accuracy.last().copied(),
            loss: history.train_loss.last().copied(),
        });
    }

    /// Trains on every sample once.
    ///
    /// # Errors
    /// As [`InTheLoop::train`].
    pub fn epoch(&mut self, train: &DataSet, history: &mut History) -> Result<(), TrainingError> {
        let batch = self.trainer.spec().batch;
        let batches = shuffled_batches(train.len(), batch, self.seed, u64::from(self.trainer.epoch()));
        let (mut correct, mut loss, mut bumps) = (0, 0.0, 0);
        for samples in &batches {
            let inputs = self.code.encode_samples(train, samples)?;
            let observed = self.forward(&inputs)?;
            let report = self.trainer.step(&observed, &train.labels_of(samples))?;
            correct += report.evaluation.correct;
            loss += report.evaluation.loss;
            bumps += usize::from(report.update != Update::Gradient);
        }
        self.trainer.end_epoch();
        history.train_accuracy.push(correct as f64 / train.len().max(1) as f64);
        history.train_loss.push(loss / batches.len().max(1) as f64);
        history.bumped.push(bumps as f64 / batches.len().max(1) as f64);
        Ok(())
    }

    /// Writes the weights and runs samples.
    fn forward(&mut self, inputs: &SpikeTimes) -> Result<Observed, TrainingError> {
        self.network.write_weights(&self.trainer.network)?;
        let observed = self.network.run(inputs)?;
        for layer in &observed.layers {
            self.bits.floats(layer.spikes.values());
        }
        Ok(observed)
    }

    /// Runs a whole set without learning.
    ///
    /// # Errors
    /// As [`InTheLoop::train`].
    pub fn evaluate(&mut self, set: &DataSet) -> Result<Evaluated, TrainingError> {
        let mut all: Option<Observed> = None;
        for samples in ordered_batches(set.len(), EVALUATION_BATCH) {
            let inputs = self.code.encode_samples(set, &samples)?;
            let observed = self.forward(&inputs)?;
            match &mut all {
                None => all = Some(observed),
                Some(all) => all.append(&observed)?,
            }
        }
        let observed = all.unwrap_or(Observed { layers: Vec::new() });
        let silent = SpikeTimes::silent(0, set.classes);
        let outputs = observed.outputs().unwrap_or(&silent);
        let evaluation = evaluate(&self.trainer.spec().loss, outputs, &set.labels)?;
        Ok(Evaluated { observed, evaluation })
    }
}
