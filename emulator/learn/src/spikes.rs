//! First spike times of a batch, as a network or a chip produced them. A neuron that stays silent has the time infinity.

use crate::error::{LearnError, same_size};
use serde::{Deserialize, Serialize};

/// `samples x neurons` spike times in `tau_s` from the start of the sample; infinity where there is no spike.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SpikeTimes {
    neurons: usize,
    times: Vec<f64>,
}

impl SpikeTimes {
    /// No spike anywhere.
    #[must_use]
    pub fn silent(samples: usize, neurons: usize) -> Self {
        Self { neurons, times: vec![f64::INFINITY; samples * neurons] }
    }

    /// Wraps times, sample after sample.
    pub fn from_values(samples: usize, neurons: usize, times: Vec<f64>) -> Result<Self, LearnError> {
        same_size("spike times of a batch", samples * neurons, times.len())?;
        Ok(Self { neurons, times })
    }

    /// Number of neurons.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.neurons
    }

    /// Number of samples (0 for a population without neurons).
    #[must_use]
    pub fn samples(&self) -> usize {
        self.times.len().checked_div(self.neurons).unwrap_or(0)
    }

    /// Times of one sample.
    #[must_use]
    pub fn sample(&self, sample: usize) -> &[f64] {
        &self.times[sample * self.neurons..(sample + 1) * self.neurons]
    }

    /// Times of one sample, to be changed.
    pub fn sample_mut(&mut self, sample: usize) -> &mut [f64] {
        &mut self.times[sample * self.neurons..(sample + 1) * self.neurons]
    }

    /// All times, sample after sample.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.times
    }

    /// The times of the given samples, in that order.
    #[must_use]
    pub fn select(&self, samples: &[usize]) -> Self {
        let times = samples.iter().flat_map(|&s| self.sample(s)).copied().collect();
        Self { neurons: self.neurons, times }
    }

    /// Appends one sample.
    pub fn push(&mut self, times: &[f64]) -> Result<(), LearnError> {
        same_size("neurons of a sample", self.neurons, times.len())?;
        self.times.extend_from_slice(times);
        Ok(())
    }

    /// Appends the samples of another batch.
    pub fn append(&mut self, other: &Self) -> Result<(), LearnError> {
        same_size("neurons of a batch", self.neurons, other.neurons)?;
        self.times.extend_from_slice(&other.times);
        Ok(())
    }

    /// Appends one sample whose size is known to fit.
    pub(crate) fn extend_sample(&mut self, times: &[f64]) {
        debug_assert_eq!(times.len(), self.neurons);
        self.times.extend_from_slice(times);
    }

    /// Appends a batch whose size is known to fit.
    pub(crate) fn extend(&mut self, other: &Self) {
        debug_assert_eq!(other.neurons, self.neurons);
        self.times.extend_from_slice(&other.times);
    }

    /// Share of (sample, neuron) pairs without a spike.
    #[must_use]
    pub fn missing_fraction(&self) -> f64 {
        let missing = self.times.iter().filter(|t| !t.is_finite()).count();
        if self.times.is_empty() { 0.0 } else { missing as f64 / self.times.len() as f64 }
    }
}

/// What one layer received and emitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerObservation {
    /// Spike times of the layer's sources as they arrive: with an axonal delay, the delayed times (on a chip: measured behind
    /// the delay element); with a synaptic or dendritic delay, the times before it. One column per source, or one per copy of a
    /// source (source-major) if the copies were observed apart. The bias spike is not part of it.
    pub arrivals: SpikeTimes,
    /// First spikes of the layer's neurons.
    pub spikes: SpikeTimes,
}

/// What a batch did in a network: the only thing the backward pass needs beside the weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// One entry per layer, from the first hidden to the output layer.
    pub layers: Vec<LayerObservation>,
}

impl Observed {
    /// Observation of a network without axonal delays: every layer's spikes are what arrives at the next one.
    #[must_use]
    pub fn feed_forward(inputs: SpikeTimes, spikes: Vec<SpikeTimes>) -> Self {
        let mut layers: Vec<LayerObservation> = Vec::with_capacity(spikes.len());
        for spikes in spikes {
            let arrivals = layers.last().map_or_else(|| inputs.clone(), |l| l.spikes.clone());
            layers.push(LayerObservation { arrivals, spikes });
        }
        Self { layers }
    }

    /// First spikes of the output layer, if there is a layer at all.
    #[must_use]
    pub fn outputs(&self) -> Option<&SpikeTimes> {
        self.layers.last().map(|l| &l.spikes)
    }

    /// Number of samples.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.outputs().map_or(0, SpikeTimes::samples)
    }

    /// Adds the samples of another observation of the same network.
    pub fn append(&mut self, other: &Self) -> Result<(), LearnError> {
        same_size("layers of an observation", self.layers.len(), other.layers.len())?;
        for (mine, theirs) in self.layers.iter_mut().zip(&other.layers) {
            mine.arrivals.append(&theirs.arrivals)?;
            mine.spikes.append(&theirs.spikes)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feed_forward_chains_the_layers() {
        let time = |v: &[f64]| SpikeTimes::from_values(1, v.len(), v.to_vec()).unwrap();
        let observed =
            Observed::feed_forward(time(&[0.1, 0.2]), vec![time(&[0.5]), time(&[0.9, f64::INFINITY])]);
        assert_eq!(observed.layers[0].arrivals.sample(0), [0.1, 0.2]);
        assert_eq!(observed.layers[1].arrivals.sample(0), [0.5]);
        assert_eq!(observed.outputs().unwrap().missing_fraction(), 0.5);
        assert_eq!(observed.samples(), 1);
    }

    #[test]
    fn a_wrong_number_of_values_is_refused() {
        let error = SpikeTimes::from_values(2, 3, vec![0.0; 5]).unwrap_err();
        assert_eq!(error, LearnError::Shape { what: "spike times of a batch", expected: 6, found: 5 });
    }

    #[test]
    fn selected_samples_keep_their_order() {
        let times = SpikeTimes::from_values(3, 1, vec![1.0, 2.0, 3.0]).unwrap();
        assert_eq!(times.select(&[2, 0]).values(), [3.0, 1.0]);
    }
}
