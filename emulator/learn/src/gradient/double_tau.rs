//! Closed form for `tau_m = 2 tau_s`: with `y = e^(-t/2)`, `g u = a2 y - a1 y^2`, `a1 = sum w e^t_i`, `a2 = sum w e^(t_i/2)`;
//! first crossing at `t = 2 ln(2 a1/(a2 + x))`, `x = sqrt(a2^2 - 4 a1 c)` (Goeltz, Kriener et al. 2021, methods).

use super::closed_form::{ClosedForm, Instant, Sensitivity};
use crate::exponential::exp;

/// `tau_m = 2 tau_s`.
#[derive(Debug, Clone, Copy)]
pub struct DoubleTau;

impl ClosedForm for DoubleTau {
    #[inline(always)]
    fn basis(time: f64) -> [f64; 2] {
        let g = exp(0.5 * time);
        [g * g, g]
    }

    #[inline(always)]
    fn delayed(basis: [f64; 2], factor: [f64; 2], _delayed: f64) -> [f64; 2] {
        [basis[0] * factor[0], basis[1] * factor[1]]
    }

    #[inline(always)]
    fn delay_factor(delay: f64) -> [f64; 2] {
        Self::basis(delay)
    }

    #[inline(always)]
    fn membrane([a1, a2]: [f64; 2], at: Instant) -> f64 {
        if at.time.is_finite() { a2 / at.g - a1 / at.f } else { 0.0 }
    }

    /// The membrane rises while `y > a2/(2 a1)` only, and reaches a positive `c` only if `a1` and `a2` are positive.
    #[inline]
    fn crossing(sums @ [a1, a2]: [f64; 2], c: f64, from: Instant, to: Instant) -> Option<f64> {
        let rising_until = 0.5 * a2 / a1;
        let peak_is_later = to.time.is_finite() && rising_until * to.g <= 1.0;
        if !(a1 > 0.0 && rising_until * from.g < 1.0) || (peak_is_later && Self::membrane(sums, to) < c) {
            return None;
        }
        let x = (a2 * a2 - 4.0 * a1 * c).sqrt();
        let late = 2.0 * a1 / (a2 + x);
        if x.is_nan() || !(late > 0.0 && late.is_finite()) {
            return None;
        }
        Some((2.0 * libm::log(late)).clamp(from.time, to.time))
    }

    /// `dt/dw_i = 2 (q e^t_i - e^(t_i/2)/x)`, `dt/dt_i = w_i (2 q e^t_i - e^(t_i/2)/x)`, `q = (1 + (c/x) e^(t/2))/a1`.
    #[inline(always)]
    fn sensitivity([a1, a2]: [f64; 2], c: f64, time: f64) -> Sensitivity {
        let inverse_x = 1.0 / (a2 * a2 - 4.0 * a1 * c).sqrt();
        let spikes = a1 > 0.0 && a2 > 0.0 && inverse_x < f64::INFINITY;
        let inverse_x = if spikes { inverse_x } else { 0.0 };
        let q = (1.0 + c * inverse_x * exp(0.5 * time)) / a1;
        let q = if spikes { q } else { 0.0 };
        Sensitivity { weight: [2.0 * q, -2.0 * inverse_x], time: [2.0 * q, -inverse_x] }
    }
}
