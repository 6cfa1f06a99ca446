//! Time as the host sees it: FPGA cycles of 8 ns (125 to a microsecond), the unit of the playback timer, of every response's
//! FPGA time and of reconstructed chip times (electronicvisions fisch: include/fisch/vx/constants.h).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};

/// An instant or a span in FPGA cycles of 8 ns.
///
/// Instants of three origins occur: timer values (since the last `Setup`), FPGA times of responses and chip times of events.
/// The last two share one origin once the systime has been synchronised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Cycles(pub u64);

impl Cycles {
    /// The origin, and the empty span.
    pub const ZERO: Cycles = Cycles(0);
    /// FPGA cycles in a microsecond.
    pub const PER_US: u64 = 125;

    /// `n` whole microseconds.
    #[must_use]
    pub const fn from_us(n: u64) -> Cycles {
        Cycles(n.saturating_mul(Self::PER_US))
    }

    /// `n` whole milliseconds.
    #[must_use]
    pub const fn from_ms(n: u64) -> Cycles {
        Cycles::from_us(n.saturating_mul(1_000))
    }

    /// A span in microseconds, rounded to the nearest cycle; negative values and NaN become zero.
    #[must_use]
    pub fn from_us_f64(us: f64) -> Cycles {
        Cycles((us * Self::PER_US as f64 + 0.5) as u64)
    }

    /// In microseconds.
    #[must_use]
    pub fn as_us(self) -> f64 {
        self.0 as f64 / Self::PER_US as f64
    }

    /// `self - earlier` in microseconds, negative if `earlier` is later.
    #[must_use]
    pub fn us_after(self, earlier: Cycles) -> f64 {
        if self >= earlier { (self - earlier).as_us() } else { -(earlier - self).as_us() }
    }
}

impl fmt::Display for Cycles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cycles of 8 ns", self.0)
    }
}

impl Add for Cycles {
    type Output = Cycles;
    /// Saturates.
    fn add(self, span: Cycles) -> Cycles {
        Cycles(self.0.saturating_add(span.0))
    }
}

impl AddAssign for Cycles {
    fn add_assign(&mut self, span: Cycles) {
        *self = *self + span;
    }
}

impl Sub for Cycles {
    type Output = Cycles;
    /// Saturates at zero.
    fn sub(self, earlier: Cycles) -> Cycles {
        Cycles(self.0.saturating_sub(earlier.0))
    }
}

impl Mul<u64> for Cycles {
    type Output = Cycles;
    /// Saturates.
    fn mul(self, factor: u64) -> Cycles {
        Cycles(self.0.saturating_mul(factor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_is_eight_nanoseconds() {
        assert_eq!(Cycles::from_us(10), Cycles(1_250));
        assert_eq!(Cycles::from_us_f64(0.012), Cycles(2));
        assert_eq!(Cycles(1).as_us(), 0.008);
        assert_eq!(Cycles(0).us_after(Cycles(125)), -1.0);
    }
}
