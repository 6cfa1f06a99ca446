//! Where a linear membrane plus a straight piece of noise first reaches the threshold (analog model, section 8.3, point 4):
//! test the end of the step and the interior maximum, then close in on the root of the exact solution.

use super::propagator::{Membrane, Propagator};

/// Longest stretch searched at once, as a fraction of the shortest time constant: the exact solution then has at most one
/// maximum that a cubic through the ends describes.
const STEP_PER_TAU: f64 = 0.25;
/// What a line still adds to the membrane within its time constant when it counts as faded, V: far below what decides about a
/// crossing at the accuracy of its root.
const FADED_V: f64 = 1e-12;
/// Root accuracy in us: a picosecond, the base tick of the system.
const ACCURACY_US: f64 = 1e-6;
/// A Newton step below this (a fiftieth of a picosecond) cannot change the result any more.
const NEGLIGIBLE_US: f64 = 2e-8;

/// Searches from `m` on for the first instant within `horizon_us` at which `v + offset + slope * h` reaches zero from below.
///
/// Returns that instant in us after the state, or, as the error, how far it is certain that nothing happens.
///
/// # Errors
/// No crossing in the stretch searched, which may be shorter than the horizon.
pub fn first_crossing(
    p: &Propagator,
    m: Membrane,
    offset: f64,
    slope: f64,
    horizon_us: f64,
) -> Result<f64, f64> {
    let value = |h: f64| {
        let then = p.after(m, h);
        (then.v + offset + slope * h, p.slope(then) + slope)
    };
    let start = m.v + offset;
    if start >= 0.0 {
        return Ok(0.0);
    }
    // A line that has faded bends nothing any more, however fast it is.
    let bends = |slope: f64, x: f64, rate: f64| if slope * x > FADED_V * rate { rate } else { 0.0 };
    let fastest = p.rate_m.max(bends(p.slope_e, m.x_e, p.rate_e)).max(bends(p.slope_i, m.x_i, p.rate_i));
    let end = horizon_us.min(STEP_PER_TAU / fastest);
    let (at_end, slope_end) = value(end);
    if at_end >= 0.0 {
        return Ok(root(&value, (0.0, start), (end, at_end)));
    }
    let slope_start = p.slope(m) + slope;
    if slope_start > 0.0 && slope_end < 0.0 {
        let top = hermite_maximum(end, (start, slope_start), (at_end, slope_end));
        let (at_top, _) = value(top);
        if at_top >= 0.0 {
            return Ok(root(&value, (0.0, start), (top, at_top)));
        }
    }
    Err(end)
}

/// Where the cubic through two points with these slopes has its maximum; slopes are positive and negative in turn.
fn hermite_maximum(h: f64, (f0, d0): (f64, f64), (f1, d1): (f64, f64)) -> f64 {
    // f'(t) / 1 = d0 + 2 b t + 3 a t^2 on t in 0..h
    let secant = (f1 - f0) / h;
    let a = (d0 + d1 - 2.0 * secant) / (h * h);
    let b = (3.0 * secant - 2.0 * d0 - d1) / h;
    let discriminant = (b * b - 3.0 * a * d0).max(0.0).sqrt();
    // The root of the quadratic at which the slope falls, in the form that does not cancel.
    let t = d0 / (discriminant - b);
    if t > 0.0 && t < h { t } else { h * d0 / (d0 - d1) }
}

/// Newton's method between a negative and a non-negative end, kept inside the bracket by bisection. `value` gives the function
/// and its derivative; returns the first instant (within [`ACCURACY_US`]) at which it is not negative.
fn root(value: &impl Fn(f64) -> (f64, f64), start: (f64, f64), end: (f64, f64)) -> f64 {
    let (mut low, mut high) = (start.0, end.0);
    let mut h = start.0 + (end.0 - start.0) * start.1 / (start.1 - end.1);
    for _ in 0..60 {
        let (f, slope) = value(h);
        if f >= 0.0 {
            high = h;
        } else {
            low = h;
        }
        let step = f / slope;
        if high - low < ACCURACY_US || step.abs() < NEGLIGIBLE_US {
            break;
        }
        let newton = h - step;
        h = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
    }
    h
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neuron::propagator::LinearCircuit;

    fn propagator(tau_m_us: f64, tau_s_us: f64) -> Propagator {
        Propagator::new(&LinearCircuit {
            c_pf: 1.0,
            g_us: 1.0 / tau_m_us,
            v_rest_v: 0.0,
            tau_syn_us: [tau_s_us; 2],
            gm_us: [1.0; 2],
            x_off_v: [0.0; 2],
            i_offset_ua: 0.0,
        })
    }

    /// Walks through stretches until a crossing or `limit_us`.
    fn search(p: &Propagator, mut m: Membrane, threshold: f64, limit_us: f64) -> Option<f64> {
        let mut t = 0.0;
        while t < limit_us {
            match first_crossing(p, m, -threshold, 0.0, limit_us - t) {
                Ok(h) => return Some(t + h),
                Err(h) => {
                    m = p.after(m, h);
                    t += h;
                }
            }
        }
        None
    }

    #[test]
    fn a_single_event_crosses_where_lambert_w_says() {
        // Golden value G3 of the spike-time theory: tau_m = tau_s = 1, threshold 1, one input of weight 3 at 0.3.
        let p = propagator(1.0, 1.0);
        let t = search(&p, Membrane { v: 0.0, x_e: 3.0, x_i: 0.0 }, 1.0, 10.0).expect("crosses");
        assert!((t + 0.3 - 0.919_061_286_736).abs() < 2e-6, "{t}");
    }

    #[test]
    fn tau_m_twice_tau_s() {
        // Golden value G4: tau_m = 2 tau_s, c = 0.5, weight 2.5.
        let p = propagator(2.0, 1.0);
        let t = search(&p, Membrane { v: 0.0, x_e: 2.5, x_i: 0.0 }, 1.0, 10.0).expect("crosses");
        assert!((t + 0.3 - 0.947_014_262_315).abs() < 2e-6, "{t}");
    }

    #[test]
    fn a_membrane_that_grazes_the_threshold_is_not_missed() {
        let p = propagator(1.0, 1.0);
        let peak = 3.0 / std::f64::consts::E;
        let m = Membrane { v: 0.0, x_e: 3.0, x_i: 0.0 };
        let t = search(&p, m, peak - 1e-7, 10.0).expect("just reaches");
        assert!((t - 1.0).abs() < 0.01, "{t}");
        assert_eq!(search(&p, m, peak + 1e-7, 10.0), None);
    }

    #[test]
    fn rising_noise_helps_over_the_threshold() {
        let p = propagator(1.0, 1.0);
        let m = Membrane { v: 0.5, x_e: 0.0, x_i: 0.0 };
        assert!(first_crossing(&p, m, -0.52, 0.0, 0.1).is_err());
        let h = first_crossing(&p, m, -0.52, 1.0, 0.1).expect("the noise climbs faster than the leak decays");
        assert!((0.5 * crate::exponential::exp(-h) - 0.52 + h).abs() < 1e-5);
    }
}
