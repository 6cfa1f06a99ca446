//! Membrane noise: a stationary Ornstein-Uhlenbeck process (analog model, section 7) that can be asked at any instant in any
//! order. Every 64th point of a grid of an eighth of the time constant is an independent deviate (eight time constants
//! apart the correlation is 3e-4) and the points between come from bisecting bridges, so a value depends on the key and
//! the grid index alone: quiet stretches are skipped without drawing, looking changes nothing, and a snapshot holds no state.

use crate::random::{extend, fast_gaussian};
use serde::{Deserialize, Serialize};

/// Grid points per time constant.
pub const POINTS_PER_TAU: f64 = 8.0;
/// Levels of bisection: 2^6 grid points lie between independent deviates.
const LEVELS: usize = 6;

/// For half-distances of 32, 16, .. 1 grid points: `rho / (1 + rho^2)` and `sqrt((1 - rho^2) / (1 + rho^2))` with
/// `rho = exp(-distance / 8)`, the conditional mean factor and standard deviation of the mid-point of an OU bridge.
const BRIDGE: [(f64, f64); LEVELS] = [
    (0.018_309_496_736_843_265, 0.999_664_593_620_814),
    (0.132_901_114_417_039_86, 0.981_849_061_758_383_8),
    (0.324_027_136_831_942_7, 0.872_693_620_897_829_6),
    (0.443_409_441_985_036_97, 0.679_791_995_583_950_4),
    (0.484_771_814_570_107_3, 0.494_892_576_630_231_06),
    (0.496_119_020_737_562_87, 0.352_637_209_851_138_83),
];

/// The unit process of one neuron: multiply by its standard deviation in volts.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct MembraneNoise {
    /// Key of the realisation: chip seed, run, neuron. The neuron array keeps it apart from the parameters.
    pub key: u64,
    /// Grid spacing in us: the membrane time constant over [`POINTS_PER_TAU`].
    pub step_us: f64,
    /// Standard deviation in V; zero switches the noise off.
    pub sigma_v: f64,
}

/// The noise within one cell of the grid: a straight line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// End of the cell in us of absolute time.
    pub end_us: f64,
    /// Noise at the instant asked for, in V.
    pub value_v: f64,
    /// Its slope until the end of the cell, in V/us.
    pub slope_v_per_us: f64,
}

impl MembraneNoise {
    /// The unit process at a grid point.
    fn point(&self, index: u64) -> f64 {
        let block = index >> LEVELS;
        let deviate = |position: u64| fast_gaussian(extend(self.key, position));
        let (mut left, mut right) = (deviate(block << LEVELS), deviate((block + 1) << LEVELS));
        let (mut low, mut half) = (block << LEVELS, 1u64 << (LEVELS - 1));
        for (mean, deviation) in BRIDGE {
            if index == low {
                return left;
            }
            let middle = mean * (left + right) + deviation * deviate(low + half);
            if index >= low + half {
                (low, left) = (low + half, middle);
            } else {
                right = middle;
            }
            half >>= 1;
        }
        left
    }

    /// The cell that contains the absolute time `at_us`.
    #[must_use]
    pub fn cell(&self, at_us: f64) -> Cell {
        let position = at_us / self.step_us;
        let index = position as u64;
        let end_us = (index + 1) as f64 * self.step_us;
        if self.sigma_v == 0.0 {
            return Cell { end_us, value_v: 0.0, slope_v_per_us: 0.0 };
        }
        let (left, right) = (self.point(index), self.point(index + 1));
        let slope = self.sigma_v * (right - left) / self.step_us;
        Cell { end_us, value_v: self.sigma_v * right - slope * (end_us - at_us), slope_v_per_us: slope }
    }

    /// Noise in V at the absolute time `at_us`.
    #[must_use]
    pub fn at(&self, at_us: f64) -> f64 {
        if self.sigma_v == 0.0 { 0.0 } else { self.cell(at_us).value_v }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exponential::exp;

    fn noise(key: u64) -> MembraneNoise {
        MembraneNoise { key, step_us: 0.75, sigma_v: 0.002 }
    }

    #[test]
    fn bridge_constants_are_those_of_the_process() {
        for (level, (mean, deviation)) in BRIDGE.iter().enumerate() {
            let rho = exp(-f64::from(32 >> level) / POINTS_PER_TAU);
            assert!(
                (mean - rho / (1.0 + rho * rho)).abs() < 1e-12,
                "mean at level {level}: {}",
                rho / (1.0 + rho * rho)
            );
            let expected = ((1.0 - rho * rho) / (1.0 + rho * rho)).sqrt();
            assert!((deviation - expected).abs() < 1e-12, "deviation at level {level}: {expected}");
        }
    }

    #[test]
    fn variance_and_correlation_are_those_of_an_ornstein_uhlenbeck_process() {
        let (mut variance, mut lag8, mut lag1) = (0.0, 0.0, 0.0);
        let (keys, points) = (64u64, 2000u64);
        for key in 0..keys {
            let n = noise(key);
            let values: Vec<f64> = (0..points).map(|i| n.point(i + 12_345)).collect();
            variance += values.iter().map(|x| x * x).sum::<f64>();
            lag8 += values.windows(9).map(|w| w[0] * w[8]).sum::<f64>();
            lag1 += values.windows(2).map(|w| w[0] * w[1]).sum::<f64>();
        }
        let count = (keys * points) as f64;
        assert!((variance / count - 1.0).abs() < 0.03, "{}", variance / count);
        assert!((lag8 / count - exp(-1.0)).abs() < 0.03, "{}", lag8 / count);
        assert!((lag1 / count - exp(-0.125)).abs() < 0.03, "{}", lag1 / count);
    }

    #[test]
    fn it_is_continuous_and_does_not_depend_on_the_order_of_asking() {
        let n = noise(5);
        let forward: Vec<f64> = (0..1000).map(|i| n.at(f64::from(i) * 0.1)).collect();
        let backward: Vec<f64> = (0..1000).rev().map(|i| n.at(f64::from(i) * 0.1)).collect();
        assert!(forward.iter().eq(backward.iter().rev()));
        assert!(forward.windows(2).all(|w| (w[0] - w[1]).abs() < 0.002));
    }

    #[test]
    fn no_deviation_means_no_noise() {
        let silent = MembraneNoise { sigma_v: 0.0, ..noise(1) };
        assert_eq!(silent.at(3.3), 0.0);
    }
}
