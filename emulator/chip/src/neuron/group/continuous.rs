//! Groups for those who count time in fractions of a microsecond and not in clock ticks.

use super::super::integrate::run;
use super::state::{Group, Scratch, integrate};
use super::wired::TICKS_PER_US;

impl Group {
    /// Instant the state belongs to, in us.
    #[must_use]
    pub fn now_us(&self) -> f64 {
        self.state.now / TICKS_PER_US
    }

    /// Moves on to `to_us`, or until a comparator flips; returns whose. The state is then that of this very instant.
    pub fn run_until_us(&mut self, to_us: f64, scratch: &mut Scratch) -> Option<usize> {
        let to = to_us * TICKS_PER_US;
        let from = self.state.now;
        if to <= from {
            return None;
        }
        self.touch();
        let mut v = std::mem::take(&mut self.state.v);
        let found = integrate(&self.wired, &mut self.state, &mut v, scratch, |running, v, work| {
            running.watched = true;
            run(running, v, to - from, work)
        });
        self.state.v = v;
        self.state.now = if found.flipped.is_some() { from + found.elapsed } else { to };
        found.flipped
    }

    /// As [`Group::advance`], to an instant between the ticks.
    pub fn advance_us(&mut self, to_us: f64, scratch: &mut Scratch) {
        self.advance_ticks(to_us * TICKS_PER_US, scratch);
    }
}
