//! The executor's timer and the FPGA's view of the systime: both are offsets against the one cycle counter of the executor.
//! The annotation counter is the chip's systime counter (4 ns ticks) halved, so that host and chip share one time base.

use crate::message::field::mask;
use serde::{Deserialize, Serialize};

/// Bits of the systime in FPGA cycles.
pub const SYSTIME_MASK: u64 = mask(43);

/// The 32-bit playback timer: free running, set to zero by Setup, wraps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// Cycle in which it was last set to zero.
    zero_at: u64,
}

impl Timer {
    /// Sets the timer to zero in this cycle.
    pub fn setup(&mut self, cycle: u64) {
        self.zero_at = cycle;
    }

    /// Its value in this cycle.
    #[inline]
    #[must_use]
    pub fn value(&self, cycle: u64) -> u32 {
        (cycle - self.zero_at) as u32
    }

    /// The first cycle from `cycle` on in which the timer has reached `time`.
    #[inline]
    #[must_use]
    pub fn reaches(&self, cycle: u64, time: u32) -> u64 {
        cycle + u64::from(time.saturating_sub(self.value(cycle)))
    }
}

/// The FPGA's 43-bit systime and its synchronisation with the chip.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Systime {
    /// Systime minus cycle counter, before and after the last synchronisation was complete.
    offset: [u64; 2],
    /// Cycle in which the last synchronisation is complete.
    idle_at: u64,
    /// Chip systime seen by the last synchronisation, in FPGA cycles.
    pub last_chip_systime: u64,
}

impl Systime {
    /// Systime in this cycle.
    #[inline]
    #[must_use]
    pub fn at(&self, cycle: u64) -> u64 {
        let [before, after] = self.offset;
        let offset = if cycle < self.idle_at { before } else { after };
        cycle.wrapping_add(offset) & SYSTIME_MASK
    }

    /// Cycle in which the last synchronisation is complete.
    #[must_use]
    pub fn idle_at(&self) -> u64 {
        self.idle_at
    }

    /// Notes that the chip's counter (4 ns ticks) had this value in cycle `cycle`, which becomes the systime from cycle
    /// `complete` on.
    pub fn synchronise(&mut self, cycle: u64, chip_counter: u64, complete: u64) {
        let chip_systime = (chip_counter >> 1) & SYSTIME_MASK;
        self.offset = [self.offset[1], chip_systime.wrapping_sub(cycle)];
        self.idle_at = complete;
        self.last_chip_systime = chip_systime;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timer_counts_and_wraps() {
        let mut timer = Timer::default();
        timer.setup(9);
        assert_eq!(timer.value(1010), 1001);
        assert_eq!(timer.reaches(10, 1000), 1009);
        assert_eq!(timer.reaches(2000, 1000), 2000);
        assert_eq!(timer.value(9 + (1 << 32) + 5), 5);
    }

    #[test]
    fn systime_follows_the_chip_counter() {
        let mut systime = Systime::default();
        systime.synchronise(100, 2000, 150);
        assert_eq!(systime.at(149), 149);
        assert_eq!(systime.at(150), 1050);
        systime.synchronise(200, 0, 200);
        assert_eq!(systime.at(199), 1099);
        assert_eq!(systime.at(207), 7);
    }
}
