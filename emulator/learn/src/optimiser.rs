//! Adam and a step-wise falling learning rate, with the meaning and defaults of their PyTorch namesakes, which the published
//! trainings used.

use serde::{Deserialize, Serialize};

/// Adam (Kingma and Ba 2015) for one array of parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adam {
    /// Decay of the mean of the gradient.
    pub beta1: f64,
    /// Decay of the mean of its square.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    mean: Vec<f64>,
    square: Vec<f64>,
    /// `beta^step` of both decays.
    powers: [f64; 2],
}

impl Adam {
    /// The usual constants 0.9, 0.999, 1e-8 for `count` parameters.
    #[must_use]
    pub fn new(count: usize) -> Self {
        let zeros = vec![0.0; count];
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, mean: zeros.clone(), square: zeros, powers: [1.0; 2] }
    }

    /// One step against `gradient` with learning rate `rate`. The three arrays have the same length.
    pub fn step(&mut self, parameters: &mut [f64], gradient: &[f64], rate: f64) {
        debug_assert_eq!((parameters.len(), gradient.len()), (self.mean.len(), self.mean.len()));
        self.powers = [self.powers[0] * self.beta1, self.powers[1] * self.beta2];
        let step_size = rate / (1.0 - self.powers[0]);
        let root_correction = (1.0 - self.powers[1]).sqrt();
        let moments = self.mean.iter_mut().zip(&mut self.square);
        for ((p, &g), (mean, square)) in parameters.iter_mut().zip(gradient).zip(moments) {
            *mean = self.beta1 * *mean + (1.0 - self.beta1) * g;
            *square = self.beta2 * *square + (1.0 - self.beta2) * g * g;
            *p -= step_size * *mean / (square.sqrt() / root_correction + self.epsilon);
        }
    }
}

/// Learning rate that is multiplied with `gamma` every `every` epochs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepLr {
    /// Factor.
    pub gamma: f64,
    /// Number of epochs between two reductions; 0 keeps the rate constant.
    pub every: u32,
}

impl StepLr {
    /// Factor on the initial rate in an epoch (the first one has the number 0).
    #[must_use]
    pub fn factor(&self, epoch: u32) -> f64 {
        let reductions = epoch.checked_div(self.every).unwrap_or(0);
        (0..reductions).fold(1.0, |factor, _| factor * self.gamma)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_step_has_the_size_of_the_rate() {
        let mut adam = Adam::new(3);
        let mut parameters = [1.0, 1.0, 1.0];
        adam.step(&mut parameters, &[0.5, -2.0, 0.0], 0.01);
        assert!((parameters[0] - 0.99).abs() < 1e-9);
        assert!((parameters[1] - 1.01).abs() < 1e-9);
        assert_eq!(parameters[2], 1.0);
    }

    #[test]
    fn three_steps_against_the_published_formula() {
        let (gradients, rate) = ([0.3, -0.1, 0.25], 0.002);
        let mut adam = Adam::new(1);
        let mut parameter = [0.0];
        let (mut m, mut v, mut expected) = (0.0, 0.0, 0.0);
        for (k, g) in gradients.into_iter().enumerate() {
            adam.step(&mut parameter, &[g], rate);
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            let n = k as f64 + 1.0;
            let (m_hat, v_hat) = (m / (1.0 - libm::pow(0.9, n)), v / (1.0 - libm::pow(0.999, n)));
            expected -= rate * m_hat / (v_hat.sqrt() + 1e-8);
        }
        assert!((parameter[0] - expected).abs() < 1e-15, "{} {expected}", parameter[0]);
    }

    #[test]
    fn adam_finds_the_minimum_of_a_parabola() {
        let mut adam = Adam::new(1);
        let mut x = [3.0];
        for _ in 0..2000 {
            let gradient = [2.0 * (x[0] - 1.0)];
            adam.step(&mut x, &gradient, 0.01);
        }
        assert!((x[0] - 1.0).abs() < 1e-3, "{}", x[0]);
    }

    #[test]
    fn the_rate_falls_in_steps() {
        let schedule = StepLr { gamma: 0.95, every: 20 };
        assert_eq!(schedule.factor(0), 1.0);
        assert_eq!(schedule.factor(19), 1.0);
        assert_eq!(schedule.factor(20), 0.95);
        assert!((schedule.factor(199) - libm::pow(0.95, 9.0)).abs() < 1e-15);
        assert_eq!(StepLr { gamma: 0.5, every: 0 }.factor(100), 1.0);
    }
}
