//! Time of the emulated system: one integer base tick for every clock.
//!
//! The tick is a picosecond, which divides the period of every clock of a default setup (FPGA 8 ns, event network and PPU
//! 4 ns, MADC 2 ns) and lets an analog event sit between the edges of all of them. Only `chip.rs` advances time.

use serde::{Deserialize, Serialize};
use std::ops::{Add, AddAssign, Sub};

/// An instant or a span of chip (hardware) time, in picoseconds since the set-up was switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Time(pub u64);

impl Time {
    /// The beginning, and the empty span.
    pub const ZERO: Time = Time(0);
    /// Later than anything that happens ("never").
    pub const NEVER: Time = Time(u64::MAX);
    /// Period of the FPGA clock: 8 ns (electronicvisions fisch: include/fisch/vx/constants.h).
    pub const FPGA_CYCLE: Time = Time(8_000);
    /// Period of the event network, neuron backend and systime clock: 4 ns.
    pub const NETWORK_CYCLE: Time = Time(4_000);

    /// `n` FPGA cycles of 8 ns.
    #[must_use]
    pub const fn from_fpga_cycles(n: u64) -> Time {
        Time(n * Self::FPGA_CYCLE.0)
    }

    /// `n` network cycles of 4 ns.
    #[must_use]
    pub const fn from_network_cycles(n: u64) -> Time {
        Time(n * Self::NETWORK_CYCLE.0)
    }

    /// `n` nanoseconds.
    #[must_use]
    pub const fn from_ns(n: u64) -> Time {
        Time(n * 1_000)
    }

    /// `n` whole microseconds.
    #[must_use]
    pub const fn from_us(n: u64) -> Time {
        Time(n * 1_000_000)
    }

    /// A span given in microseconds, rounded to the tick; negative and NaN become zero.
    #[must_use]
    pub fn from_us_f64(us: f64) -> Time {
        Time((us * 1e6 + 0.5) as u64)
    }

    /// Whole FPGA cycles passed.
    #[must_use]
    pub const fn fpga_cycles(self) -> u64 {
        self.0 / Self::FPGA_CYCLE.0
    }

    /// Whole network cycles passed.
    #[must_use]
    pub const fn network_cycles(self) -> u64 {
        self.0 / Self::NETWORK_CYCLE.0
    }

    /// In microseconds.
    #[must_use]
    pub fn as_us(self) -> f64 {
        self.0 as f64 * 1e-6
    }

    /// In nanoseconds.
    #[must_use]
    pub fn as_ns(self) -> f64 {
        self.0 as f64 * 1e-3
    }

    /// The next edge of a clock with this period at or after `self`; clocks start at time zero.
    #[must_use]
    pub const fn next_edge(self, period: Time) -> Time {
        Time(self.0.div_ceil(period.0) * period.0)
    }

    /// `self - earlier`, or zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Time) -> Time {
        Time(self.0.saturating_sub(earlier.0))
    }
}

impl Add for Time {
    type Output = Time;
    /// Saturates, so that "never" stays never.
    fn add(self, span: Time) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl AddAssign for Time {
    fn add_assign(&mut self, span: Time) {
        *self = *self + span;
    }
}

impl Sub for Time {
    type Output = Time;
    /// Saturates at zero: spans are never negative.
    fn sub(self, earlier: Time) -> Time {
        self.since(earlier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_divide_the_base_tick() {
        assert_eq!(Time::from_fpga_cycles(125), Time::from_us(1));
        assert_eq!(Time::from_network_cycles(250), Time::from_us(1));
        assert_eq!(Time::from_us_f64(0.004), Time::NETWORK_CYCLE);
    }

    #[test]
    fn edges_are_at_or_after() {
        assert_eq!(Time(4_000).next_edge(Time::NETWORK_CYCLE), Time(4_000));
        assert_eq!(Time(4_001).next_edge(Time::NETWORK_CYCLE), Time(8_000));
    }

    #[test]
    fn never_stays_never() {
        assert_eq!(Time::NEVER + Time::from_us(1), Time::NEVER);
        assert_eq!(Time(3) - Time(5), Time::ZERO);
    }
}
