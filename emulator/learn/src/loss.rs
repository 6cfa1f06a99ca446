//! Losses of first spike times of the output layer, with gradients and decisions (JulianGoeltz/fastAndDeep: src/utils.py).
//! Times in `tau_s`; `t*` is the time of the output of the correct class.

use crate::exponential::exp;
use serde::{Deserialize, Serialize};

/// Loss of a sample that cannot be computed because the correct output is silent (or the value would be infinite). Its gradient is
/// 0: such samples are the business of the weight bump.
pub const MISSING_LOSS: f64 = 100.0;

/// A loss function with its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Loss {
    /// Cross entropy of a softmax over negative times: the correct output shall be the first.
    /// `log sum_n e^(-(t_n - t*)/xi) + alpha e^(t*/beta)`.
    TimeToFirstSpike {
        /// Scale of a time difference.
        xi: f64,
        /// Strength of the term that prefers early spikes.
        alpha: f64,
        /// Scale of that term.
        beta: f64,
    },
    /// `1/2 sum_n (t_n - target_n)^2`: the correct output shall spike at `correct`, the others at `wrong`.
    MeanSquared {
        /// Target of the correct output.
        correct: f64,
        /// Target of the others.
        wrong: f64,
    },
    /// `1/2 sum_(n != n*) (t_n - t* - delta)^2`: the others shall follow the correct output at a distance (or precede it, if
    /// `delta` is negative).
    ShiftInvariant {
        /// Wanted distance.
        delta: f64,
    },
}

impl Loss {
    /// The loss of the 2021 paper: xi 0.2, alpha 0.005, beta 1.
    pub const PUBLISHED_TTFS: Self = Self::TimeToFirstSpike { xi: 0.2, alpha: 0.005, beta: 1.0 };

    /// Loss of one sample; its gradient by the times goes to `gradient` (same length as `times`). `label` must be below that
    /// length.
    pub fn evaluate(&self, times: &[f64], label: usize, gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        if !times[label].is_finite() {
            return MISSING_LOSS;
        }
        let loss = match *self {
            Self::TimeToFirstSpike { xi, alpha, beta } => {
                cross_entropy(times, label, xi, gradient) + early(times, label, alpha, beta, gradient)
            }
            Self::MeanSquared { correct, wrong } => {
                let target = |n| if n == label { correct } else { wrong };
                squares(times, gradient, |n, t| t - target(n))
            }
            Self::ShiftInvariant { delta } => shift_invariant(times, label, delta, gradient),
        };
        if loss.is_finite() && gradient.iter().all(|g| g.is_finite()) {
            return loss;
        }
        gradient.fill(0.0);
        MISSING_LOSS
    }

    /// Class that these output times stand for; none if the deciding output is silent. The first of equal times wins.
    #[must_use]
    pub fn decide(&self, times: &[f64]) -> Option<usize> {
        let key = |t: f64| match *self {
            Self::MeanSquared { correct, .. } => (t - correct).abs(),
            Self::ShiftInvariant { delta } if delta < 0.0 => -t,
            Self::TimeToFirstSpike { .. } | Self::ShiftInvariant { .. } => t,
        };
        let mut best: Option<usize> = None;
        for (n, &time) in times.iter().enumerate() {
            if best.is_none_or(|b| key(time) < key(times[b])) {
                best = Some(n);
            }
        }
        best.filter(|&n| times[n].is_finite())
    }
}

/// `log sum_n e^(-(t_n - t*)/xi)`, shifted by the earliest time so that nothing overflows.
fn cross_entropy(times: &[f64], label: usize, xi: f64, gradient: &mut [f64]) -> f64 {
    let first = times.iter().copied().fold(f64::INFINITY, f64::min);
    for (g, &t) in gradient.iter_mut().zip(times) {
        *g = if t.is_finite() { exp(-(t - first) / xi) } else { 0.0 };
    }
    let sum: f64 = gradient.iter().sum();
    for g in gradient.iter_mut() {
        *g = -*g / (sum * xi);
    }
    gradient[label] += 1.0 / xi;
    libm::log(sum) + (times[label] - first) / xi
}

/// `alpha e^(t*/beta)`.
fn early(times: &[f64], label: usize, alpha: f64, beta: f64, gradient: &mut [f64]) -> f64 {
    let value = alpha * exp(times[label] / beta);
    gradient[label] += value / beta;
    value
}

/// Half the sum of squared deviations, each of which is also a gradient.
fn squares(times: &[f64], gradient: &mut [f64], deviation: impl Fn(usize, f64) -> f64) -> f64 {
    let mut sum = 0.0;
    for (n, &t) in times.iter().enumerate() {
        gradient[n] = deviation(n, t);
        sum += gradient[n] * gradient[n];
    }
    0.5 * sum
}

fn shift_invariant(times: &[f64], label: usize, delta: f64, gradient: &mut [f64]) -> f64 {
    let correct = times[label];
    let loss = squares(times, gradient, |n, t| if n == label { 0.0 } else { t - correct - delta });
    gradient[label] = -gradient.iter().sum::<f64>();
    loss
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: [f64; 3] = [1.2, 1.5, 1.9];
    const ALL: [Loss; 3] = [
        Loss::PUBLISHED_TTFS,
        Loss::MeanSquared { correct: 1.9, wrong: 1.6 },
        Loss::ShiftInvariant { delta: 0.2 },
    ];

    fn close(a: &[f64], b: &[f64], bound: f64) {
        assert!(a.iter().zip(b).all(|(x, y)| (x - y).abs() < bound), "{a:?} against {b:?}");
    }

    #[test]
    fn golden_cross_entropy() {
        let mut gradient = [0.0; 3];
        for (label, value) in [0.242_402_633_8, 1.748_210_494_6, 3.759_231_521_4].into_iter().enumerate() {
            let loss = Loss::PUBLISHED_TTFS.evaluate(&TIMES, label, &mut gradient);
            assert!((loss - value).abs() < 1e-10, "{label}: {loss}");
        }
        Loss::PUBLISHED_TTFS.evaluate(&TIMES, 0, &mut gradient);
        close(&gradient, &[1.027_220_453_579, -0.890_151_027_531, -0.120_468_841_434], 1e-12);
    }

    #[test]
    fn golden_shift_invariant() {
        let expected = [(0.13, [-0.6, 0.1, 0.5]), (0.145, [-0.5, 0.3, 0.2]), (0.585, [-0.9, -0.6, 1.5])];
        for (label, (value, slope)) in expected.into_iter().enumerate() {
            let mut gradient = [0.0; 3];
            let loss = Loss::ShiftInvariant { delta: 0.2 }.evaluate(&TIMES, label, &mut gradient);
            assert!((loss - value).abs() < 1e-14, "{label}: {loss}");
            close(&gradient, &slope, 1e-14);
        }
    }

    #[test]
    fn squares_against_targets() {
        let mut gradient = [0.0; 3];
        let loss = Loss::MeanSquared { correct: 1.9, wrong: 1.6 }.evaluate(&TIMES, 1, &mut gradient);
        assert!((loss - 0.5 * (0.16 + 0.16 + 0.09)).abs() < 1e-14);
        close(&gradient, &[-0.4, -0.4, 0.3], 1e-14);
    }

    #[test]
    fn gradients_are_finite_differences() {
        for loss in ALL {
            for label in 0..3 {
                let mut gradient = [0.0; 3];
                loss.evaluate(&TIMES, label, &mut gradient);
                for n in 0..3 {
                    let shifted = |step: f64| {
                        let mut times = TIMES;
                        times[n] += step;
                        loss.evaluate(&times, label, &mut [0.0; 3])
                    };
                    let numeric = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
                    assert!((gradient[n] - numeric).abs() < 1e-8, "{loss:?} {label} {n}");
                }
            }
        }
    }

    #[test]
    fn a_silent_correct_output_costs_a_constant() {
        for loss in ALL {
            let mut gradient = [7.0; 3];
            assert_eq!(loss.evaluate(&[1.0, f64::INFINITY, 2.0], 1, &mut gradient), MISSING_LOSS);
            assert_eq!(gradient, [0.0; 3]);
            assert_eq!(loss.evaluate(&[1.0, f64::NAN, 2.0], 1, &mut gradient), MISSING_LOSS);
        }
    }

    #[test]
    fn a_silent_wrong_output_is_ideal_for_the_cross_entropy_and_infinite_for_squares() {
        let times = [1.0, f64::INFINITY, 2.0];
        let mut gradient = [0.0; 3];
        let loss = Loss::PUBLISHED_TTFS.evaluate(&times, 0, &mut gradient);
        assert!(loss < 0.03 && gradient[1] == 0.0 && gradient[0] != 0.0);
        assert_eq!(ALL[1].evaluate(&times, 0, &mut gradient), MISSING_LOSS);
        assert_eq!(gradient, [0.0; 3]);
        assert_eq!(ALL[2].evaluate(&times, 0, &mut gradient), MISSING_LOSS);
    }

    #[test]
    fn late_spikes_do_not_overflow() {
        let mut gradient = [0.0; 3];
        let loss = Loss::TimeToFirstSpike { xi: 0.2, alpha: 0.0, beta: 1.0 }.evaluate(
            &[900.0, 901.0, 1.0],
            0,
            &mut gradient,
        );
        assert!((loss - 899.0 / 0.2).abs() < 1e-9);
    }

    #[test]
    fn decisions() {
        assert_eq!(ALL[0].decide(&[1.5, 1.2, 1.2]), Some(1));
        assert_eq!(ALL[1].decide(&[1.5, 1.85, f64::INFINITY]), Some(1));
        assert_eq!(ALL[2].decide(&[1.5, 1.85, 1.1]), Some(2));
        assert_eq!(Loss::ShiftInvariant { delta: -0.2 }.decide(&[1.5, 1.85, 1.1]), Some(1));
        assert_eq!(Loss::ShiftInvariant { delta: -0.2 }.decide(&[1.5, f64::INFINITY, 1.1]), None);
        assert_eq!(ALL[0].decide(&[f64::INFINITY; 3]), None);
        assert_eq!(ALL[0].decide(&[]), None);
    }
}
