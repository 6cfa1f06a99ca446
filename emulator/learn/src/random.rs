//! Random numbers of a training: one generator per (seed, purpose, index), so that adding a layer or a purpose never moves
//! another one's numbers, and an own Gaussian, so that no release of a library changes a result.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// What a stream of numbers is for. The numbers are part of the results: never change one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Weights = 1,
    Delays = 2,
    Shuffle = 3,
    InputNoise = 4,
    ThresholdSpread = 5,
    ThresholdDrift = 6,
    SpikeJitter = 7,
}

/// Generator of one stream.
pub(crate) struct Stream {
    generator: Xoshiro256PlusPlus,
    spare: Option<f64>,
}

const fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Stream {
    pub(crate) fn new(seed: u64, purpose: Purpose, index: u64) -> Self {
        let key = mix(seed ^ mix(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(purpose as u64) ^ mix(index)));
        Self { generator: Xoshiro256PlusPlus::seed_from_u64(key), spare: None }
    }

    /// A uniform number in the open interval (0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.generator.next_u64() >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
    }

    /// A whole number below `bound`. The bias of the multiplication is below 1e-13 for any list that fits a memory.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.generator.next_u64()) * bound as u128) >> 64) as usize
    }

    /// A standard normal deviate (polar method; the second of each pair is kept for the next call).
    pub(crate) fn gaussian(&mut self) -> f64 {
        if let Some(value) = self.spare.take() {
            return value;
        }
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let s = x * x + y * y;
            if s < 1.0 && s > 0.0 {
                let factor = (-2.0 * libm::log(s) / s).sqrt();
                self.spare = Some(y * factor);
                return x * factor;
            }
        }
    }

    /// A random order of `0..count` (Fisher and Yates).
    pub(crate) fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for i in (1..count).rev() {
            order.swap(i, self.below(i + 1));
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_frozen() {
        let mut stream = Stream::new(0, Purpose::Weights, 0);
        let bits = [stream.gaussian(), stream.gaussian(), stream.uniform()].map(f64::to_bits);
        assert_eq!(bits, [0xbfde_6e7f_94fd_f172, 0x3ff8_90da_c7a8_c4c6, 0x3fc9_babe_f13c_6fcc]);
        assert_eq!(Stream::new(7, Purpose::Shuffle, 3).permutation(8), [6, 5, 7, 0, 2, 1, 3, 4]);
    }

    #[test]
    fn deviates_are_normal() {
        let mut stream = Stream::new(0, Purpose::Weights, 0);
        let values: Vec<f64> = (0..100_000).map(|_| stream.gaussian()).collect();
        let mean = values.iter().sum::<f64>() / 1e5;
        let fourth = values.iter().map(|x| x * x * x * x).sum::<f64>() / 1e5;
        let variance = values.iter().map(|x| x * x).sum::<f64>() / 1e5;
        assert!(mean.abs() < 0.012 && (variance - 1.0).abs() < 0.015, "{mean} {variance}");
        assert!((fourth - 3.0).abs() < 0.1, "{fourth}");
    }

    #[test]
    fn streams_differ_by_every_part_of_the_key() {
        let first = |seed, purpose, index| Stream::new(seed, purpose, index).uniform().to_bits();
        let reference = first(1, Purpose::Weights, 0);
        assert_eq!(reference, first(1, Purpose::Weights, 0));
        assert_ne!(reference, first(2, Purpose::Weights, 0));
        assert_ne!(reference, first(1, Purpose::Delays, 0));
        assert_ne!(reference, first(1, Purpose::Weights, 1));
    }

    #[test]
    fn a_permutation_holds_every_index_once() {
        let mut order = Stream::new(3, Purpose::Shuffle, 0).permutation(1000);
        assert_ne!(order[..10], (0..10).collect::<Vec<_>>()[..]);
        order.sort_unstable();
        assert_eq!(order, (0..1000).collect::<Vec<_>>());
    }
}
