//! How long a step may be: from how fast everything that moves does so, so that one step adds at most the error asked for, and
//! finer where the exponential term acts (analog model, section 8.2).

use super::super::circuit::Pulse;
use super::dynamics::Running;
use super::wired::TICKS_PER_US;

/// What is left to move when a group counts as resting, V, and the same in units of the tolerance.
const RESTING_V: f64 = 1e-9;
const RESTING_TOLERANCES: f64 = 100.0;
/// Standard deviations of the noise that are reckoned with.
pub(super) const NOISE_MARGIN: f64 = 5.0;
/// Where the exponential term begins to matter below V_T, in units of D_T: to the step, and to the effect of noise.
const RISING: f64 = 3.0;
const TREMBLING: f64 = 5.0;
/// Longest step where it does, us.
const RISING_STEP_US: f64 = 0.1;
/// Longest step as a share of the time constant of a membrane; the method is stable up to 2.7.
const STABLE: f64 = 1.0;
/// The local error of the classical method is about this share of the fifth power of step over time constant.
const ERROR_SHARE: f64 = 1.0 / 120.0;
/// The error of an adaptation node reaches the membrane through a small conductance and a long time.
const NODE_TOLERANCE: f64 = 10.0;
/// Steps from here on are whole ticks.
const WHOLE_FROM: f64 = 100.0;

/// How fast a compartment moves.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Pace {
    /// Sum of the magnitudes of what moves it, V/us.
    drive: f64,
    /// Conductances, uS.
    g_us: f64,
}

impl Running<'_> {
    /// The longest accurate step in ticks; infinite when everything rests. Decides whether the noise matters in it.
    pub(super) fn choose_step(&mut self, state: &[f64], slopes: &[f64]) -> f64 {
        let mut moving = false;
        let mut h = self.wired.accuracy.longest_us;
        for (c, body) in self.wired.bodies.iter().enumerate() {
            self.pace[c] = Pace { drive: slopes[c].abs() * TICKS_PER_US, g_us: body.g_joined_us };
        }
        for m in 0..self.wired.cells.len() {
            h = h.min(self.member_step(m, slopes, &mut moving));
        }
        let tolerance = self.wired.accuracy.tolerance_v;
        let resting = RESTING_V.min(RESTING_TOLERANCES * tolerance);
        for (pace, body) in self.pace.iter().zip(&self.wired.bodies) {
            let rate = pace.g_us * body.per_c;
            moving |= pace.drive > resting * rate;
            if rate > 0.0 && pace.drive > 0.0 {
                h = h.min(step_for(rate, pace.drive, tolerance, STABLE));
            }
        }
        h = self.rising_step(state, slopes, h);
        self.state.noisy = self.noise_matters(state, h);
        if !moving && !self.state.noisy {
            return f64::INFINITY;
        }
        let mut ticks = h * TICKS_PER_US;
        if self.state.noisy {
            for (cell, noise) in self.state.cells.iter_mut().zip(&self.state.noise) {
                cell.follow(noise, self.state.now);
                ticks = ticks.min(cell.end - self.state.now);
            }
        }
        if ticks >= WHOLE_FROM { ticks.floor() } else { ticks.max(1e-3) }
    }

    /// What lines and adaptation node of a member allow, us; adds up what moves its compartment.
    #[inline(always)]
    fn member_step(&mut self, m: usize, slopes: &[f64], moving: &mut bool) -> f64 {
        let cell = &self.wired.cells[m];
        let tolerance = self.wired.accuracy.tolerance_v;
        let per_c = self.wired.bodies[cell.compartment].per_c;
        let pace = &mut self.pace[cell.compartment];
        let mut h = f64::INFINITY;
        pace.g_us += if self.state.in_reset[m] { cell.reset.g_us } else { cell.leak.g_us };
        for (k, input) in cell.inputs.iter().enumerate() {
            if self.state.x[m][k] == 0.0 {
                continue;
            }
            let current = self.stages[m].current[0][k];
            let drive = (current - input.rest_ua).abs() * per_c;
            if let Some(coba) = &input.coba {
                pace.g_us += (current * coba.gain_per_v).abs();
            }
            pace.drive += drive;
            if drive > 0.0 {
                h = h.min(step_for(input.rate_per_us, drive, tolerance, f64::INFINITY));
            }
        }
        if let Some(node) = &cell.node {
            let rate = node.g_tau_us * node.per_c;
            let drive = slopes[node.index].abs() * TICKS_PER_US;
            *moving |= drive > RESTING_V.min(RESTING_TOLERANCES * tolerance) * rate;
            if rate > 0.0 && drive > 0.0 {
                h = h.min(step_for(rate, drive, NODE_TOLERANCE * tolerance, STABLE));
            }
            let ends = self.state.pulse_until[m];
            if matches!(node.pulse, Pulse::Current { .. }) && self.state.now < ends {
                *moving = true;
                h = h.min((ends - self.state.now) / TICKS_PER_US);
            }
            pace.g_us += node.g_w_us.abs();
        }
        h
    }

    /// Shortens a step (us) where the exponential term acts or would begin to within it.
    fn rising_step(&self, state: &[f64], slopes: &[f64], mut h: f64) -> f64 {
        let accuracy = &self.wired.accuracy;
        for (m, cell) in self.wired.cells.iter().enumerate() {
            let Some(upstroke) = &cell.upstroke else { continue };
            if !cell.rises(self.state.in_reset[m]) {
                continue;
            }
            let c = cell.compartment;
            let noise = if self.state.noisy { self.noise[c][0] } else { 0.0 };
            let v = state[c] + noise;
            let from = upstroke.v_t_v - RISING * upstroke.delta_t_v;
            let drive = self.pace[c].drive;
            let margin = NOISE_MARGIN * self.state.noise.get(c).map_or(0.0, |noise| noise.sigma_v);
            if state[c] + margin + drive * h > from {
                let until = (from - state[c] - margin) / drive.max(f64::MIN_POSITIVE);
                h = h.min(until.max(RISING_STEP_US));
            }
            if v > from {
                let [low, high] = self.wired.bodies[c].rails_v;
                let current = upstroke.current(v);
                let alone = current * self.wired.bodies[c].per_c;
                let alone =
                    if current < upstroke.limit_ua && v > low && state[c] < high { alone } else { 0.0 };
                let speed = (slopes[c].abs() * TICKS_PER_US).max(alone);
                let fine = accuracy.slope_share * upstroke.delta_t_v / speed;
                h = h.min(fine.max(accuracy.shortest_us));
            }
        }
        h
    }

    /// Whether noise changes what happens within the next `h` us: through currents that see it, and through a comparator.
    fn noise_matters(&self, state: &[f64], h: f64) -> bool {
        let mut matters = false;
        for (m, cell) in self.wired.cells.iter().enumerate() {
            let c = cell.compartment;
            let sigma = self.state.noise.get(c).map_or(0.0, |noise| noise.sigma_v);
            if sigma == 0.0 {
                continue;
            }
            let highest = state[c] + self.pace[c].drive * h + NOISE_MARGIN * sigma;
            if let Some(upstroke) = &cell.upstroke {
                let from = upstroke.v_t_v - TREMBLING * upstroke.delta_t_v;
                matters |= cell.rises(self.state.in_reset[m]) && highest > from;
            }
            let modulated = |k: usize| cell.inputs[k].coba.is_some() && self.state.x[m][k].abs() > RESTING_V;
            matters |= modulated(0) || modulated(1);
            matters |= highest >= self.state.threshold[m];
        }
        matters
    }
}

/// The step (us) after which something that moves with `drive` (V/us) at a rate is off by the tolerance, and at most `most`
/// of its time constant.
#[inline(always)]
fn step_for(rate_per_us: f64, drive: f64, tolerance_v: f64, most: f64) -> f64 {
    let share = fifth_root(tolerance_v * rate_per_us / (ERROR_SHARE * drive));
    share.min(most) / rate_per_us
}

/// Fifth root, up to 15 % too small: exponent only.
#[inline(always)]
fn fifth_root(x: f64) -> f64 {
    const ROOTS: [f64; 5] =
        [1.0, 1.148_698_354_997_035, 1.319_507_910_772_894_3, 1.515_716_566_510_398, 1.741_101_126_592_248_3];
    let exponent = ((x.to_bits() >> 52) & 0x7ff) as i64 - 1023;
    let (whole, rest) = (exponent.div_euclid(5), exponent.rem_euclid(5));
    f64::from_bits(((whole + 1023) as u64) << 52) * ROOTS[rest as usize]
}

#[cfg(test)]
mod tests {
    use super::fifth_root;

    #[test]
    fn fifth_roots_are_a_little_too_small() {
        for x in [1e-30, 3.7e-9, 0.02, 1.0, 31.9, 32.0, 1e12] {
            let root = libm::pow(x, 0.2);
            let found = fifth_root(x);
            assert!(found <= root * (1.0 + 1e-12) && found > 0.85 * root, "{x}: {found} {root}");
        }
    }
}
