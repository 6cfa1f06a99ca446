//! Data sets and their division into batches.

pub mod mt19937;
pub mod yin_yang;

use crate::random::{Purpose, Stream};
use serde::{Deserialize, Serialize};

/// Samples with features in 0..1 and a class each.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DataSet {
    /// Number of features of a sample.
    pub features: usize,
    /// Number of classes.
    pub classes: usize,
    /// Features, sample after sample.
    pub values: Vec<f64>,
    /// Class of each sample.
    pub labels: Vec<u8>,
}

impl DataSet {
    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// True for a set without samples.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Features of one sample.
    #[must_use]
    pub fn sample(&self, index: usize) -> &[f64] {
        &self.values[index * self.features..(index + 1) * self.features]
    }

    /// Labels of the given samples, in that order.
    #[must_use]
    pub fn labels_of(&self, samples: &[usize]) -> Vec<u8> {
        samples.iter().map(|&s| self.labels[s]).collect()
    }

    /// The first `count` samples.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        let count = count.min(self.len());
        Self {
            values: self.values[..count * self.features].to_vec(),
            labels: self.labels[..count].to_vec(),
            ..*self
        }
    }
}

/// A random division of `count` samples into batches of `batch` (the last one may be smaller); another one in every epoch.
#[must_use]
pub fn shuffled_batches(count: usize, batch: usize, seed: u64, epoch: u64) -> Vec<Vec<usize>> {
    let order = Stream::new(seed, Purpose::Shuffle, epoch).permutation(count);
    order.chunks(batch.max(1)).map(<[usize]>::to_vec).collect()
}

/// The samples in their own order, in batches of `batch`.
#[must_use]
pub fn ordered_batches(count: usize, batch: usize) -> Vec<Vec<usize>> {
    let order: Vec<usize> = (0..count).collect();
    order.chunks(batch.max(1)).map(<[usize]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_cover_the_set_and_differ_between_epochs() {
        let first = shuffled_batches(103, 40, 7, 0);
        assert_eq!(first.iter().map(Vec::len).collect::<Vec<_>>(), [40, 40, 23]);
        let mut all: Vec<usize> = first.concat();
        all.sort_unstable();
        assert_eq!(all, (0..103).collect::<Vec<_>>());
        assert_ne!(first, shuffled_batches(103, 40, 7, 1));
        assert_eq!(ordered_batches(5, 2), [vec![0, 1], vec![2, 3], vec![4]]);
    }

    #[test]
    fn the_first_samples_of_a_set() {
        let set = yin_yang::generate(10, 42);
        let few = set.first(3);
        assert_eq!(few.len(), 3);
        assert_eq!(few.sample(2), set.sample(2));
        assert_eq!(few.labels_of(&[2, 0]), [set.labels[2], set.labels[0]]);
    }
}
