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

/// Where a function with one minimum in `low..high` has it, by golden section.
#[must_use]
pub fn minimise(f: impl Fn(f64) -> f64, low: f64, high: f64) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    const STEPS: usize = 48;
    let (mut low, mut high) = (low, high);
    let inner = |low: f64, high: f64| (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
    for _ in 0..STEPS {
        let (left, right) = inner(low, high);
        if f(left) < f(right) {
            high = right;
        } else {
            low = left;
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
    fn lines() {
        let fitted = line(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]);
        assert_eq!((fitted.offset, fitted.slope, fitted.worst), (1.0, 2.0, 0.0));
        assert_eq!(proportion(&[(1.0, 2.0), (2.0, 4.0)]), 2.0);
        assert!(line(&[(1.0, 1.0)]).slope.is_nan());
        assert!(rises(&[1.0, 2.0, 1.9], 0.2) && !rises(&[1.0, 0.5], 0.0));
    }
}
