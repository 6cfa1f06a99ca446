//! Closed form for `tau_m = tau_s`: `g u = e^-t (a1 t - b)` with `a1 = sum w e^t_i`, `b = sum w t_i e^t_i`; first crossing at
//! `t = b/a1 - W0(z)`, `z = -(c/a1) e^(b/a1)` (Goeltz, Kriener et al. 2021, methods).

use super::closed_form::{ClosedForm, Instant, Sensitivity};
use super::lambert_w::one_plus_w0;
use crate::exponential::exp;

/// `tau_m = tau_s`.
#[derive(Debug, Clone, Copy)]
pub struct EqualTau;

impl ClosedForm for EqualTau {
    #[inline(always)]
    fn basis(time: f64) -> [f64; 2] {
        let f = exp(time);
        [f, time * f]
    }

    #[inline(always)]
    fn delayed(basis: [f64; 2], factor: [f64; 2], delayed: f64) -> [f64; 2] {
        let f = basis[0] * factor[0];
        [f, delayed * f]
    }

    #[inline(always)]
    fn delay_factor(delay: f64) -> [f64; 2] {
        [exp(delay), 1.0]
    }

    #[inline(always)]
    fn membrane([a1, b]: [f64; 2], at: Instant) -> f64 {
        if at.time.is_finite() { (a1 * at.time - b) / at.f } else { 0.0 }
    }

    /// The membrane rises up to `b/a1 + 1` only, and only if `a1 > 0`.
    #[inline]
    fn crossing(sums @ [a1, b]: [f64; 2], c: f64, from: Instant, to: Instant) -> Option<f64> {
        let ratio = b / a1;
        let peak = ratio + 1.0;
        if !(a1 > 0.0 && peak > from.time) || (peak >= to.time && Self::membrane(sums, to) < c) {
            return None;
        }
        let w = one_plus_w0(-(c / a1) * exp(ratio)) - 1.0;
        if w.is_nan() { None } else { Some((ratio - w).clamp(from.time, to.time)) }
    }

    /// `dt/dw_i = -k e^t_i (t - t_i)`, `dt/dt_i = -k w_i e^t_i (t - t_i - 1)`, `k = 1/(a1 (1 + W))`.
    #[inline(always)]
    fn sensitivity([a1, b]: [f64; 2], c: f64, time: f64) -> Sensitivity {
        let inverse = 1.0 / a1;
        let k = inverse / one_plus_w0(-(c * inverse) * exp(b * inverse));
        let k = if a1 > 0.0 && k < f64::INFINITY { k } else { 0.0 };
        Sensitivity { weight: [-k * time, k], time: [k - k * time, k] }
    }
}
