//! The clock of the processors: chip time to cycles and back.

use crate::time::Time;
use serde::{Deserialize, Serialize};

/// When the cycles of a core are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Time of cycle `first`.
    origin: Time,
    first: u64,
    /// `None` while the clock is off.
    period: Option<Time>,
}

impl Clock {
    /// A clock whose cycle 0 is its first edge at or after `at`.
    pub fn start(at: Time, period: Option<Time>) -> Clock {
        Clock { origin: period.map_or(at, |period| at.next_edge(period)), first: 0, period }
    }

    /// When a cycle is. Of a clock that is off, the next cycle is never.
    pub fn time(&self, cycle: u64) -> Time {
        match self.period {
            Some(period) => self.origin + Time((cycle - self.first).saturating_mul(period.0)),
            None => Time::NEVER,
        }
    }

    /// The first cycle after `until`.
    pub fn end(&self, until: Time) -> u64 {
        match self.period {
            Some(period) if until >= self.origin => self.first + (until - self.origin).0 / period.0 + 1,
            _ => self.first,
        }
    }

    /// Another period from `at` on, when all cycles up to `at` are over.
    pub fn change(&mut self, at: Time, period: Option<Time>) {
        if period == self.period {
            return;
        }
        self.first = self.end(at);
        self.origin = period.map_or(at, |period| (at + Time(1)).next_edge(period));
        self.period = period;
    }

    /// Cycles that a span covers, rounded up; none of a clock that is off.
    pub fn cycles(&self, span: Time) -> u64 {
        self.period.map_or(0, |period| span.0.div_ceil(period.0))
    }

    /// Duration of `cycles` cycles.
    pub fn span(&self, cycles: u16) -> Time {
        self.period.map_or(Time::ZERO, |period| Time(u64::from(cycles) * period.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_and_times() {
        let mut clock = Clock::start(Time(4_001), Some(Time(4_000)));
        assert_eq!((clock.time(0), clock.time(3)), (Time(8_000), Time(20_000)));
        let ends = [7_999, 8_000, 11_999, 12_000].map(|time| clock.end(Time(time)));
        assert_eq!(ends, [0, 1, 1, 2]);
        clock.change(Time(12_000), Some(Time(8_000)));
        assert_eq!((clock.end(Time(12_000)), clock.time(2)), (2, Time(16_000)));
        clock.change(Time(16_000), None);
        assert_eq!((clock.end(Time(1 << 40)), clock.time(3)), (3, Time::NEVER));
        clock.change(Time(100_000), Some(Time(4_000)));
        assert_eq!((clock.end(Time(100_000)), clock.time(3)), (3, Time(104_000)));
        assert_eq!((clock.cycles(Time(8_001)), clock.span(3)), (3, Time(12_000)));
    }
}
