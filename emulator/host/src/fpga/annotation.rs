//! Time annotation of responses: which Systime or Sysdelta must precede a message so that the host, which advances its time by
//! one per message, gives it the right time (electronicvisions fisch: src/fisch/vx/playback_decoder.cpp).

use super::timer::SYSTIME_MASK;
use crate::message::FromFpga;
use serde::{Deserialize, Serialize};

/// Largest age, in cycles, at which an event's 8-bit stamp still tells its time.
pub const MAX_EVENT_AGE: u64 = 127;

/// Where the host's decoder stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotator {
    /// Set by the first completed synchronisation; before it no time is sent.
    enabled: bool,
    /// Time the host has given to the last message; unknown at the begin of a program.
    position: Option<u64>,
}

/// `later - earlier` on the 43-bit circle, `None` if `later` lies behind.
fn ahead(later: u64, earlier: u64) -> Option<u64> {
    let distance = later.wrapping_sub(earlier) & SYSTIME_MASK;
    (distance <= SYSTIME_MASK / 2).then_some(distance)
}

impl Annotator {
    /// Starts the annotation.
    pub fn enable(&mut self) {
        self.enabled = true;
    }

    /// Begin of a program: the host starts with an unknown time.
    pub fn forget(&mut self) {
        self.position = None;
    }

    /// The time which a message that is due at `time` can be given: not before the next free place in the stream.
    #[must_use]
    pub fn earliest(&self, time: u64) -> u64 {
        match self.position {
            Some(position) if ahead(time, position).is_none_or(|distance| distance == 0) => {
                position.wrapping_add(1) & SYSTIME_MASK
            }
            _ => time,
        }
    }

    /// By how many cycles a message that is due at `time` would be late.
    #[must_use]
    pub fn lateness(&self, time: u64) -> u64 {
        if self.enabled { self.earliest(time).wrapping_sub(time) & SYSTIME_MASK } else { 0 }
    }

    /// Takes note of a message that is due at `time` and returns the time message that must precede it.
    pub fn precede(&mut self, time: u64) -> Option<FromFpga> {
        if !self.enabled {
            return None;
        }
        let time = self.earliest(time);
        let distance = self.position.and_then(|position| ahead(time, position));
        self.position = Some(time);
        match distance {
            Some(1) => None,
            Some(distance @ 2..=257) => Some(FromFpga::Sysdelta { delta: (distance - 2) as u8 }),
            _ => Some(FromFpga::Systime { systime: time.wrapping_sub(1) & SYSTIME_MASK }),
        }
    }

    /// A Systime message that tells the time on its own.
    pub fn tell(&mut self, time: u64) -> FromFpga {
        let systime = self.earliest(time);
        if self.enabled {
            self.position = Some(systime);
        }
        FromFpga::Systime { systime }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::host_time::{HostTime, chip_time};
    use super::*;

    fn enabled() -> Annotator {
        let mut annotator = Annotator::default();
        annotator.enable();
        annotator
    }

    /// Annotates messages due at these times and returns what the host makes of them.
    fn received(due: &[u64]) -> Vec<u64> {
        let (mut annotator, mut host) = (enabled(), HostTime::default());
        let mut decode = |&time| {
            if let Some(prefix) = annotator.precede(time) {
                host.advance(&prefix);
            }
            host.advance(&FromFpga::TICK)
        };
        due.iter().map(&mut decode).collect()
    }

    #[test]
    fn every_case_of_the_rule() {
        let mut annotator = enabled();
        assert_eq!(annotator.precede(1000), Some(FromFpga::Systime { systime: 999 }));
        assert_eq!(annotator.precede(1001), None);
        assert_eq!(annotator.precede(1003), Some(FromFpga::Sysdelta { delta: 0 }));
        assert_eq!(annotator.precede(1260), Some(FromFpga::Sysdelta { delta: 255 }));
        assert_eq!(annotator.precede(1518), Some(FromFpga::Systime { systime: 1517 }));
        assert_eq!(annotator.precede(1518), None);
        assert_eq!(annotator.lateness(1518), 2);
        annotator.forget();
        assert_eq!(annotator.precede(1522), Some(FromFpga::Systime { systime: 1521 }));
    }

    #[test]
    fn nothing_before_the_first_synchronisation() {
        let mut annotator = Annotator::default();
        assert_eq!(annotator.precede(1000), None);
        assert_eq!(annotator.tell(1000), FromFpga::Systime { systime: 1000 });
        assert_eq!(annotator.precede(2000), None);
    }

    #[test]
    fn the_host_recovers_the_times() {
        let due = [5, 6, 8, 300, 557, 558, 100_000, SYSTIME_MASK / 4, SYSTIME_MASK / 2, SYSTIME_MASK / 4 * 3];
        assert_eq!(received(&due), due);
        assert_eq!(received(&[7, 7, 7, 8, 11]), [7, 8, 9, 10, 11]);
        assert_eq!(received(&[SYSTIME_MASK - 1, SYSTIME_MASK, 0, 5]), [SYSTIME_MASK - 1, SYSTIME_MASK, 0, 5]);
    }

    #[test]
    fn chip_time_of_worked_examples() {
        assert_eq!(chip_time(1110, 0x34), 1050);
        assert_eq!(chip_time(1211, 0xfe), 1151);
        assert_eq!(chip_time(5, 0xfe), SYSTIME_MASK);
    }

    #[test]
    fn chip_time_is_exact_up_to_127_cycles() {
        for chip in [0u64, 1, 63, 126, 127, 128, 1050, 123_456_789] {
            for age in 0..=MAX_EVENT_AGE {
                assert_eq!(chip_time(chip + age, (2 * chip) as u8), chip, "age {age}");
                assert_eq!(chip_time(chip + age, (2 * chip + 1) as u8), chip, "age {age}");
            }
            assert_eq!(chip_time(chip + 128, (2 * chip) as u8), chip + 128);
        }
    }
}
