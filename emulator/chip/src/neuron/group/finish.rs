//! The upstroke of an exponential without limit, in closed form: from some D_T above V_T on everything else is constant in
//! comparison, and `u = exp(-(V - V_T) / D_T)` obeys the linear equation `u' = -(I_o u + A) / (C D_T)` with the other currents
//! I_o and the current A at V_T (analog model, section 8.3).

use super::super::integrate::{Dynamics, Progress};
use super::dynamics::Running;
use super::wired::TICKS_PER_US;
use crate::exponential::exp;

/// An upstroke: `u` now, and the currents that move it.
struct Rise {
    u: f64,
    /// I_o / A.
    others: f64,
    /// C D_T / A, us.
    scale_us: f64,
}

impl Rise {
    /// Time in us until `u` has fallen to `end`.
    fn until(&self, end: f64) -> f64 {
        let of = |u: f64| {
            let share = self.others * u;
            // The quotient log(1 + x) / x tends to one.
            if share.abs() < 1e-12 { u } else { libm::log1p(share) / self.others }
        };
        self.scale_us * (of(self.u) - of(end))
    }

    /// `u` after a time in us that does not reach beyond zero.
    fn after(&self, us: f64) -> f64 {
        let rate = self.others / self.scale_us;
        let passed = if (rate * us).abs() < 1e-12 { us } else { -libm::expm1(-rate * us) / rate };
        (self.u * exp(-rate * us) - passed / self.scale_us).max(f64::MIN_POSITIVE)
    }
}

impl Running<'_> {
    /// Carries an upstroke to the threshold, to the bound of the membrane or through `left` ticks, if there is one.
    pub(super) fn finish_upstroke(
        &mut self,
        left: f64,
        state: &mut [f64],
        slopes: &[f64],
    ) -> Option<Progress> {
        if self.wired.bodies.len() != 1 || self.state.noisy {
            return None;
        }
        let m = self.wired.cells.iter().position(|cell| cell.upstroke.is_some())?;
        let (cell, body) = (&self.wired.cells[m], &self.wired.bodies[0]);
        let upstroke = cell.upstroke.as_ref()?;
        let above = (state[0] - upstroke.v_t_v) * upstroke.per_volt;
        let acts = upstroke.limit_ua == f64::INFINITY && cell.rises(self.state.in_reset[m]);
        if !acts || above < self.wired.accuracy.finish_at || slopes[0] <= 0.0 {
            return None;
        }
        let all = slopes[0] * TICKS_PER_US / body.per_c / upstroke.at_v_t_ua;
        let u = exp(-above);
        // The bulk of the current is the exponential itself, so the others are what is left over beside 1 / u.
        let rise = Rise {
            u,
            others: all - 1.0 / u,
            scale_us: upstroke.delta_t_v / (upstroke.at_v_t_ua * body.per_c),
        };
        let threshold = self.state.threshold[m];
        let flips = self.watched && threshold > state[0] && threshold < body.rails_v[1];
        let target = if flips { threshold } else { body.rails_v[1] };
        let total = rise.until(exp(-(target - upstroke.v_t_v) * upstroke.per_volt)) * TICKS_PER_US;
        let elapsed = total.max(0.0).min(left);
        let reaches = total <= left;
        for (v, slope) in state.iter_mut().zip(slopes).skip(1) {
            *v += slope * elapsed;
        }
        state[0] = if reaches {
            target
        } else {
            upstroke.v_t_v - upstroke.delta_t_v * libm::log(rise.after(elapsed / TICKS_PER_US))
        };
        if elapsed > 0.0 {
            self.begin(elapsed);
            self.commit(elapsed, state);
        }
        Some(Progress { elapsed, flipped: (flips && reaches).then_some(m) })
    }
}
