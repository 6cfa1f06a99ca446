//! Time on the bench: an integer number of picoseconds, so that edges have one exact order.

use serde::{Deserialize, Serialize};
use std::ops::{Add, Sub};

/// Picoseconds since the network was switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Serialize, Deserialize)]
pub struct Time(pub u64);

impl Time {
    /// Switch-on.
    pub const ZERO: Time = Time(0);
    /// Later than everything.
    pub const NEVER: Time = Time(u64::MAX);

    /// From seconds, to the nearest picosecond; negative numbers and NaN become zero, and what is too large [`Time::NEVER`].
    #[must_use]
    pub fn from_s(seconds: f64) -> Time {
        // The conversion of floating-point to integer numbers saturates.
        Time((seconds * 1e12 + 0.5) as u64)
    }

    /// In seconds.
    #[must_use]
    pub fn s(self) -> f64 {
        self.0 as f64 * 1e-12
    }

    /// Seconds since `earlier`, 0 when that is later.
    #[must_use]
    pub fn s_since(self, earlier: Time) -> f64 {
        self.0.saturating_sub(earlier.0) as f64 * 1e-12
    }
}

impl Add for Time {
    type Output = Time;
    fn add(self, other: Time) -> Time {
        Time(self.0.saturating_add(other.0))
    }
}

impl Sub for Time {
    type Output = Time;
    fn sub(self, other: Time) -> Time {
        Time(self.0.saturating_sub(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_back() {
        assert_eq!(Time::from_s(1.5), Time(1_500_000_000_000));
        assert_eq!(Time::from_s(f64::NAN), Time::ZERO);
        assert_eq!(Time::from_s(1e30), Time::NEVER);
        assert_eq!(Time(2_500_000_000_000).s(), 2.5);
        assert_eq!(Time(1).s_since(Time(3)), 0.0);
    }
}
