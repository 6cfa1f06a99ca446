//! After how long a frame counts as lost: a smoothed round-trip time and its variation (IETF RFC 6298, with the gains of section
//! 2). Frames that were sent more than once give no sample (section 3), since nobody knows which of them was acknowledged; a
//! repetition doubles the time until the next sample comes (section 5.5).

use super::parameters::Behaviour;

/// Most doublings; the longest time bounds the result before.
const MOST_DOUBLINGS: u32 = 10;

/// What the round trips so far say. Times are in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ResendTime {
    /// Smoothed round-trip time, in eighths; nothing before the first sample.
    smoothed: Option<u64>,
    /// Smoothed deviation from it, in quarters.
    variation: u64,
    /// Repetitions since the last sample.
    doublings: u32,
}

impl ResendTime {
    /// Takes in the round trip of a frame that was sent once.
    pub(super) fn sample(&mut self, round_trip_us: u64) {
        self.doublings = 0;
        match &mut self.smoothed {
            None => {
                self.smoothed = Some(8 * round_trip_us);
                self.variation = 2 * round_trip_us;
            }
            Some(smoothed) => {
                let deviation = (*smoothed / 8).abs_diff(round_trip_us);
                self.variation = self.variation - self.variation / 4 + deviation;
                *smoothed = *smoothed - *smoothed / 8 + round_trip_us;
            }
        }
    }

    /// Notes that a frame was not acknowledged in time.
    pub(super) fn expired(&mut self) {
        self.doublings = (self.doublings + 1).min(MOST_DOUBLINGS);
    }

    /// From sending a frame to sending it again.
    pub(super) fn us(&self, behaviour: &Behaviour) -> u64 {
        let Behaviour { resend_us, longest_resend_us, .. } = *behaviour;
        let estimate = self.smoothed.map_or(resend_us, |smoothed| smoothed / 8 + self.variation);
        (estimate.max(resend_us) << self.doublings).min(longest_resend_us.max(resend_us))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEHAVIOUR: Behaviour = Behaviour { resend_us: 1000, longest_resend_us: 20_000, ..Behaviour::FPGA };

    #[test]
    fn the_time_follows_round_trips_within_its_bounds() {
        let mut time = ResendTime::default();
        assert_eq!(time.us(&BEHAVIOUR), 1000);
        time.sample(40);
        assert_eq!(time.us(&BEHAVIOUR), 1000, "never below the shortest");
        for _ in 0..50 {
            time.sample(4000);
        }
        let settled = time.us(&BEHAVIOUR);
        assert!((3900..4500).contains(&settled), "{settled} us");
        time.sample(8000);
        assert!(time.us(&BEHAVIOUR) > settled + 3000, "a late frame widens it");
        time.sample(1_000_000);
        assert_eq!(time.us(&BEHAVIOUR), 20_000, "never above the longest");
    }

    #[test]
    fn repetitions_double_it_until_a_sample_comes() {
        let mut time = ResendTime::default();
        let times: Vec<u64> = (0..7)
            .map(|_| {
                time.expired();
                time.us(&BEHAVIOUR)
            })
            .collect();
        assert_eq!(times, [2000, 4000, 8000, 16_000, 20_000, 20_000, 20_000]);
        time.sample(100);
        assert_eq!(time.us(&BEHAVIOUR), 1000);
    }
}
