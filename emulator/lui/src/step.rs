//! One step of the equations, and where inside a step a level is crossed.

/// State and rate of change: membrane and synaptic node.
pub type Pair = [f64; 2];

/// One step of the classical fourth-order Runge-Kutta method.
pub fn step(rate: &impl Fn(Pair) -> Pair, from: Pair, h: f64) -> Pair {
    let ahead = |slope: Pair, h: f64| [from[0] + h * slope[0], from[1] + h * slope[1]];
    let k1 = rate(from);
    let k2 = rate(ahead(k1, 0.5 * h));
    let k3 = rate(ahead(k2, 0.5 * h));
    let k4 = rate(ahead(k3, h));
    std::array::from_fn(|i| from[i] + h / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]))
}

/// A level of one quantity that is watched, and from which side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Watch {
    /// 0: membrane, 1: synaptic node.
    pub quantity: usize,
    /// The level, V.
    pub level_v: f64,
    /// Whether it counts from below upwards, or from above downwards.
    pub upwards: bool,
}

/// A finished step, with the rates at its ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Length, s.
    pub h: f64,
    /// State at its ends.
    pub ends: [Pair; 2],
    /// Rates at its ends.
    pub rates: [Pair; 2],
}

impl Step {
    /// Takes a step.
    pub fn take(rate: &impl Fn(Pair) -> Pair, from: Pair, h: f64) -> Step {
        let to = step(rate, from, h);
        Step { h, ends: [from, to], rates: [rate(from), rate(to)] }
    }

    /// When the step first passes the watched level, s after its beginning: the root of the cubic through both ends and their
    /// slopes, then Newton's method on steps of that length.
    pub fn crossing(&self, rate: &impl Fn(Pair) -> Pair, watch: Watch) -> Option<f64> {
        let Watch { quantity, level_v, upwards } = watch;
        let sign = if upwards { 1.0 } else { -1.0 };
        let height = |state: Pair| sign * (state[quantity] - level_v);
        let slopes = self.rates.map(|rate| sign * self.h * rate[quantity]);
        let heights = self.ends.map(height);
        let end = first_above(heights, slopes)?;
        let cubic = |x: f64| hermite(heights, slopes, x);
        let mut t = self.h * bisect(cubic, end);
        for _ in 0..NEWTON_STEPS {
            let state = step(rate, self.ends[0], t);
            let slope = sign * rate(state)[quantity];
            let change = -height(state) / slope;
            if !change.is_finite() {
                break;
            }
            let next = (t + change).clamp(0.0, self.h);
            let done = (next - t).abs() < RESOLUTION_S;
            t = next;
            if done {
                break;
            }
        }
        Some(t)
    }
}

/// More are never needed from the cubic's root, which is off by the fourth power of the step.
const NEWTON_STEPS: usize = 8;
/// Times are kept to the picosecond.
const RESOLUTION_S: f64 = 1e-13;

/// A level counts as passed when it is left behind by this much: a quantity that stands on it does not pass it by rounding.
const PASSED_V: f64 = 1e-12;

/// A place in 0..=1 at which the cubic is above zero, with nothing but its rise before it: the end of the step, or its highest
/// point when it comes down again.
fn first_above(heights: [f64; 2], slopes: [f64; 2]) -> Option<f64> {
    if heights[0] > PASSED_V {
        return None;
    }
    if heights[1] > PASSED_V {
        return Some(1.0);
    }
    if !(slopes[0] > 0.0 && slopes[1] < 0.0) {
        return None;
    }
    let (mut below, mut above) = (0.0, 1.0);
    for _ in 0..BISECTIONS {
        let middle = 0.5 * (below + above);
        if hermite_slope(heights, slopes, middle) > 0.0 { below = middle } else { above = middle }
    }
    (hermite(heights, slopes, below) > PASSED_V).then_some(below)
}

const BISECTIONS: usize = 48;

/// Where a function that is not above zero at 0 and above it at `end` rises through zero.
fn bisect(function: impl Fn(f64) -> f64, end: f64) -> f64 {
    let (mut below, mut above) = (0.0, end);
    for _ in 0..BISECTIONS {
        let middle = 0.5 * (below + above);
        if function(middle) > 0.0 { above = middle } else { below = middle }
    }
    0.5 * (below + above)
}

/// The cubic on 0..=1 with these heights and slopes at its ends.
fn hermite([a, b]: [f64; 2], [sa, sb]: [f64; 2], x: f64) -> f64 {
    let y = 1.0 - x;
    a * y * y * (1.0 + 2.0 * x) + b * x * x * (1.0 + 2.0 * y) + x * y * (sa * y - sb * x)
}

/// Slope of that cubic.
fn hermite_slope([a, b]: [f64; 2], [sa, sb]: [f64; 2], x: f64) -> f64 {
    let y = 1.0 - x;
    6.0 * x * y * (b - a) + sa * y * (1.0 - 3.0 * x) + sb * x * (3.0 * x - 2.0)
}
