//! Fits that need no start values: straight lines and exponentials.

use crate::plot::Point;

/// `y = offset + slope * x`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Value at 0.
    pub offset: f64,
    /// Growth per unit of x.
    pub slope: f64,
    /// Largest distance of a point from the line.
    pub worst: f64,
}

impl Line {
    /// Value at `x`.
    #[must_use]
    pub fn at(&self, x: f64) -> f64 {
        self.offset + self.slope * x
    }
}

/// The line with the least squares of distances in y; NaN for fewer than two different x.
#[must_use]
pub fn line(points: &[Point]) -> Line {
    let [offset, slope] = basis(points, |x| x);
    let fitted = Line { offset, slope, worst: 0.0 };
    let worst = points.iter().map(|&(x, y)| (y - fitted.at(x)).abs()).fold(0.0, f64::max);
    Line { worst, ..fitted }
}

/// The line through the origin with the least squares: its slope.
#[must_use]
pub fn proportion(points: &[Point]) -> f64 {
    points.iter().map(|(x, y)| x * y).sum::<f64>() / points.iter().map(|(x, _)| x * x).sum::<f64>()
}

/// `y = offset + amplitude * exp(-(x - start) / tau)`, where `start` is the first x.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exponential {
    /// First x of the data.
    pub start: f64,
    /// Value after a long time.
    pub offset: f64,
    /// Distance from it at the start.
    pub amplitude: f64,
    /// Time constant, in the unit of x.
    pub tau: f64,
    /// Root of the mean squared distance of the points.
    pub rms: f64,
}

impl Exponential {
    /// Value at `x`.
    #[must_use]
    pub fn at(&self, x: f64) -> f64 {
        self.offset + self.amplitude * libm::exp(-(x - self.start) / self.tau)
    }
}

/// The exponential with the least squares and a time constant between `shortest` and `longest`. Offset and amplitude follow
/// from the time constant in closed form; that is found by golden section on a logarithmic scale.
#[must_use]
pub fn exponential(points: &[Point], shortest: f64, longest: f64) -> Exponential {
    let start = points.first().map_or(f64::NAN, |point| point.0);
    let with = |tau: f64| {
        let [offset, amplitude] = basis(points, |x| libm::exp(-(x - start) / tau));
        let fitted = Exponential { start, offset, amplitude, tau, rms: 0.0 };
        let squares: f64 = points.iter().map(|&(x, y)| (y - fitted.at(x)) * (y - fitted.at(x))).sum();
        Exponential { rms: (squares / points.len() as f64).sqrt(), ..fitted }
    };
    let best = minimise(|log_tau| with(libm::exp(log_tau)).rms, libm::log(shortest), libm::log(longest));
    with(libm::exp(best))
}

/// A postsynaptic potential: `base + peak * k(t) / k_max` with `k(t) = exp(-t / slow) - exp(-t / fast)` from its onset on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Psp {
    /// When it begins.
    pub onset: f64,
    /// Value without it.
    pub base: f64,
    /// Signed height of its peak.
    pub peak: f64,
    /// The longer of membrane and synaptic time constant.
    pub slow: f64,
    /// The shorter one.
    pub fast: f64,
}

impl Psp {
    /// Value at `t`.
    #[must_use]
    pub fn at(&self, t: f64) -> f64 {
        self.base + self.peak * kernel(t - self.onset, self.slow, self.fast)
    }

    /// From the onset to the peak.
    #[must_use]
    pub fn time_to_peak(&self) -> f64 {
        libm::log(self.slow / self.fast) * self.slow * self.fast / (self.slow - self.fast)
    }
}

/// Difference of two exponentials with its peak at 1; zero before 0.
fn kernel(t: f64, slow: f64, fast: f64) -> f64 {
    if t <= 0.0 {
        return 0.0;
    }
    let shape = |t: f64| libm::exp(-t / slow) - libm::exp(-t / fast);
    shape(t) / shape(libm::log(slow / fast) * slow * fast / (slow - fast))
}

/// The postsynaptic potential with the least squares whose longer time constant is between `shortest` and `longest`.
#[must_use]
pub fn psp(points: &[Point], onset: f64, shortest: f64, longest: f64) -> Psp {
    // The shorter time constant as a share of the longer one; equal ones have no closed difference.
    const SHARES: (f64, f64) = (0.01, 0.98);
    let share =
        |slow: f64| minimise(|share| psp_with(points, onset, slow, share * slow).1, SHARES.0, SHARES.1);
    let at = |log_slow: f64| {
        let slow = libm::exp(log_slow);
        psp_with(points, onset, slow, share(slow) * slow)
    };
    at(minimise(|log_slow| at(log_slow).1, libm::log(shortest), libm::log(longest))).0
}

/// The postsynaptic potential with the least squares for these time constants, and the sum of squares.
#[must_use]
pub fn psp_with(points: &[Point], onset: f64, slow: f64, fast: f64) -> (Psp, f64) {
    let shape: Vec<Point> = points.iter().map(|&(t, y)| (kernel(t - onset, slow, fast), y)).collect();
    let [base, peak] = basis(&shape, |k| k);
    let squares = shape.iter().map(|(k, y)| y - base - peak * k).map(|error| error * error).sum();
    (Psp { onset, base, peak, slow, fast }, squares)
}

/// Means of `count` neighbouring points, which take noise and work from a fit.
#[must_use]
pub fn thinned(points: &[Point], count: usize) -> Vec<Point> {
    let mean = |group: &[Point]| {
        let count = group.len() as f64;
        let sum = group.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
        (sum.0 / count, sum.1 / count)
    };
    points.chunks(count.max(1)).map(mean).collect()
}

/// Where a function with one minimum in `low..high` has it, by golden section.
#[must_use]
pub fn minimise(f: impl Fn(f64) -> f64, low: f64, high: f64) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    const STEPS: usize = 28;
    let (mut low, mut high) = (low, high);
    let inner = |low: f64, high: f64| [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
    let [left, right] = inner(low, high);
    let (mut at_left, mut at_right) = (f(left), f(right));
    for _ in 0..STEPS {
        let [left, right] = inner(low, high);
        // One of the inner points of the smaller interval is one of the larger's.
        if at_left < at_right {
            high = right;
            (at_left, at_right) = (f(inner(low, high)[0]), at_left);
        } else {
            low = left;
            (at_left, at_right) = (at_right, f(inner(low, high)[1]));
        }
    }
    0.5 * (low + high)
}

/// Least squares of `y = a + b * f(x)`: a and b.
fn basis(points: &[Point], f: impl Fn(f64) -> f64) -> [f64; 2] {
    let count = points.len() as f64;
    let mean_f = points.iter().map(|point| f(point.0)).sum::<f64>() / count;
    let mean_y = points.iter().map(|point| point.1).sum::<f64>() / count;
    let mut products = [0.0; 2];
    for &(x, y) in points {
        let distance = f(x) - mean_f;
        products[0] += distance * (y - mean_y);
        products[1] += distance * distance;
    }
    let b = products[0] / products[1];
    [mean_y - b * mean_f, b]
}

/// Mean and standard deviation of numbers; NaN without any.
#[must_use]
pub fn mean_and_spread(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / count).sqrt())
}

/// Distances of neighbouring spike times.
#[must_use]
pub fn intervals(spikes_us: &[f64]) -> Vec<f64> {
    spikes_us.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// Whether each value is larger than the one before by more than `-slack`.
#[must_use]
pub fn rises(values: &[f64], slack: f64) -> bool {
    values.windows(2).all(|pair| pair[1] > pair[0] - slack)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exponential_is_found() {
        let points: Vec<Point> = (0..400)
            .map(|i| f64::from(i) * 0.1 + 7.0)
            .map(|x| (x, 300.0 + 80.0 * libm::exp(-(x - 7.0) / 12.5)))
            .collect();
        let fitted = exponential(&points, 0.5, 200.0);
        assert!((fitted.tau - 12.5).abs() < 1e-4, "{fitted:?}");
        assert!((fitted.offset - 300.0).abs() < 1e-3 && (fitted.amplitude - 80.0).abs() < 1e-3);
        assert!((fitted.at(7.0) - 380.0).abs() < 1e-3);
    }

    #[test]
    fn a_postsynaptic_potential_is_found() {
        let truth = Psp { onset: 20.0, base: 300.0, peak: -45.0, slow: 12.0, fast: 5.0 };
        let points: Vec<Point> = (0..1000).map(|i| f64::from(i) * 0.1).map(|t| (t, truth.at(t))).collect();
        let fitted = psp(&thinned(&points, 4), 20.0, 2.0, 60.0);
        assert!((fitted.peak / truth.peak - 1.0).abs() < 1e-2, "{fitted:?}");
        assert!((fitted.slow + fitted.fast - 17.0).abs() < 0.2, "{fitted:?}");
        assert!((truth.at(20.0 + truth.time_to_peak()) - 255.0).abs() < 1e-9);
    }

    #[test]
    fn lines() {
        let fitted = line(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]);
        assert_eq!((fitted.offset, fitted.slope, fitted.worst), (1.0, 2.0, 0.0));
        assert_eq!(proportion(&[(1.0, 2.0), (2.0, 4.0)]), 2.0);
        assert!(line(&[(1.0, 1.0)]).slope.is_nan());
        assert!(rises(&[1.0, 2.0, 1.9], 0.2) && !rises(&[1.0, 0.5], 0.0));
    }
}
