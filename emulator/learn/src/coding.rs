//! From features to spike times and from recorded spikes back to first spikes per sample. On the chip an input is one spike per
//! sample, sent on several rows at once (copies) because one synapse alone is too weak to make a neuron fire.

use crate::data::DataSet;
use crate::error::{LearnError, require};
use crate::random::{Purpose, Stream};
use crate::spikes::SpikeTimes;
use serde::{Deserialize, Serialize};

/// Linear code of a value in 0..1 as a spike time in `tau_s`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TimeCode {
    /// Time of the value 0.
    pub early: f64,
    /// Time of the value 1.
    pub late: f64,
}

impl TimeCode {
    /// The published code of the Yin-Yang and MNIST runs: 0.15 to 2.0 `tau_s` (JulianGoeltz/fastAndDeep: src/datasets.py).
    pub const PUBLISHED: Self = Self { early: 0.15, late: 2.0 };

    /// Spike time of a value.
    #[must_use]
    pub fn encode(&self, value: f64) -> f64 {
        self.early + value * (self.late - self.early)
    }

    /// Value of a spike time.
    #[must_use]
    pub fn decode(&self, time: f64) -> f64 {
        (time - self.early) / (self.late - self.early)
    }

    /// Spike times of chosen samples of a data set, one column per feature.
    pub fn encode_samples(&self, set: &DataSet, samples: &[usize]) -> Result<SpikeTimes, LearnError> {
        let times = samples.iter().flat_map(|&s| set.sample(s)).map(|&v| self.encode(v)).collect();
        SpikeTimes::from_values(samples.len(), set.features, times)
    }

    /// Spike times of a whole data set.
    pub fn encode_all(&self, set: &DataSet) -> Result<SpikeTimes, LearnError> {
        let times = set.values.iter().map(|&v| self.encode(v)).collect();
        SpikeTimes::from_values(set.len(), set.features, times)
    }
}

/// A spike at the same time in every sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BiasSpike {
    /// Its time in `tau_s`.
    pub time: f64,
    /// Number of lines that carry it.
    pub copies: usize,
}

/// Times on the input lines of a layer: every source on `copies` neighbouring lines, then the lines of the bias spike. This is
/// the order of the rows of a weight matrix.
#[must_use]
pub fn lines(sources: &SpikeTimes, copies: usize, bias: Option<BiasSpike>) -> SpikeTimes {
    let bias_lines = bias.map_or(0, |b| b.copies);
    let mut out = SpikeTimes::silent(sources.samples(), sources.neurons() * copies + bias_lines);
    for sample in 0..sources.samples() {
        let row = out.sample_mut(sample);
        for (slot, &time) in row.chunks_mut(copies.max(1)).zip(sources.sample(sample)) {
            slot.fill(time);
        }
        if let Some(bias) = bias {
            row[sources.neurons() * copies..].fill(bias.time);
        }
    }
    out
}

/// Adds Gaussian noise of standard deviation `deviation` (in `tau_s`) to input times; negative results are mirrored, as in the
/// published MNIST trainings (JulianGoeltz/fastAndDeep: src/training.py).
#[must_use]
pub fn with_noise(times: &SpikeTimes, deviation: f64, seed: u64, batch: u64) -> SpikeTimes {
    let mut stream = Stream::new(seed, Purpose::InputNoise, batch);
    let mut out = times.clone();
    for sample in 0..out.samples() {
        for time in out.sample_mut(sample) {
            *time = (*time + deviation * stream.gaussian()).abs();
        }
    }
    out
}

/// A recorded spike.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RecordedSpike {
    /// Index of the neuron in its layer.
    pub neuron: usize,
    /// Time in `tau_s` since the first sample began.
    pub time: f64,
}

/// Sorts recorded spikes into samples that follow each other every `window` (in `tau_s`) and keeps the first spike of each
/// neuron in each sample. Spikes of other neurons or outside of the samples are left out.
pub fn first_spikes(
    spikes: &[RecordedSpike],
    samples: usize,
    neurons: usize,
    window: f64,
) -> Result<SpikeTimes, LearnError> {
    require("window", window, window > 0.0, "above 0")?;
    let mut out = SpikeTimes::silent(samples, neurons);
    for spike in spikes {
        let sample = (spike.time / window).floor();
        if spike.neuron >= neurons || sample < 0.0 || sample >= samples as f64 {
            continue;
        }
        let first = &mut out.sample_mut(sample as usize)[spike.neuron];
        *first = first.min(spike.time - sample * window);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::yin_yang;

    #[test]
    fn values_become_times_and_back() {
        let code = TimeCode::PUBLISHED;
        assert_eq!(code.encode(0.0), 0.15);
        assert_eq!(code.encode(1.0), 2.0);
        assert!((code.encode(0.5) - 1.075).abs() < 1e-15);
        for value in [0.0, 0.1, 0.77, 1.0] {
            assert!((code.decode(code.encode(value)) - value).abs() < 1e-15);
        }
    }

    #[test]
    fn samples_of_a_set_are_encoded_in_the_order_asked_for() {
        let set = yin_yang::generate(5, 42);
        let times = TimeCode::PUBLISHED.encode_samples(&set, &[3, 1]).unwrap();
        assert_eq!(times.samples(), 2);
        assert_eq!(times.sample(0)[2], TimeCode::PUBLISHED.encode(set.sample(3)[2]));
        assert_eq!(times.sample(1)[0], TimeCode::PUBLISHED.encode(set.sample(1)[0]));
        assert_eq!(TimeCode::PUBLISHED.encode_all(&set).unwrap().sample(3), times.sample(0));
    }

    #[test]
    fn copies_are_neighbours_and_the_bias_comes_last() {
        let sources = SpikeTimes::from_values(1, 2, vec![0.2, 0.7]).unwrap();
        let out = lines(&sources, 3, Some(BiasSpike { time: 0.9, copies: 2 }));
        assert_eq!(out.sample(0), [0.2, 0.2, 0.2, 0.7, 0.7, 0.7, 0.9, 0.9]);
        assert_eq!(lines(&sources, 1, None), sources);
    }

    #[test]
    fn first_spikes_are_taken_per_sample_and_neuron() {
        let spike = |neuron, time| RecordedSpike { neuron, time };
        let spikes =
            [spike(0, 31.5), spike(0, 30.5), spike(1, 2.0), spike(0, 29.9), spike(7, 1.0), spike(0, 61.0)];
        let first = first_spikes(&spikes, 2, 2, 30.0).unwrap();
        assert_eq!(first.sample(0), [29.9, 2.0]);
        assert_eq!(first.sample(1), [0.5, f64::INFINITY]);
        assert!(first_spikes(&spikes, 2, 2, 0.0).is_err());
    }

    #[test]
    fn noise_is_mirrored_at_zero_and_repeats() {
        let times = SpikeTimes::from_values(1, 3, vec![0.01, 1.0, f64::INFINITY]).unwrap();
        let noisy = with_noise(&times, 0.3, 5, 2);
        assert!(noisy.sample(0)[..2].iter().all(|t| (0.0..3.0).contains(t)));
        assert_eq!(noisy.sample(0)[2], f64::INFINITY);
        assert_eq!(noisy, with_noise(&times, 0.3, 5, 2));
        assert_ne!(noisy, with_noise(&times, 0.3, 5, 3));
    }
}
