//! The patterns: what makes them, which knob is turned, and by what in the spike times they are known.

use super::Knobs;
use crate::experiment::tutorial::lab::fit;

/// A firing pattern.
pub struct Pattern {
    /// Its name.
    pub name: &'static str,
    /// The knob that is turned.
    pub knob: &'static str,
    /// What does not change, and the knob where the search begins.
    start: Knobs,
    /// How the knob is turned.
    turn: fn(Knobs, u16) -> Knobs,
    /// How often.
    turns: u16,
    /// Whether spike times (us since the current began; it lasts as long as the second argument) are this pattern.
    pub shows: fn(&[f64], f64) -> bool,
}

impl Pattern {
    /// All settings that are tried.
    pub fn tries(&self) -> Vec<Knobs> {
        (0..self.turns).map(|turn| (self.turn)(self.start, turn)).collect()
    }
}

/// Without adaptation and spikes' memory; where every search begins.
const PLAIN: Knobs = Knobs { v_reset: 600, a: 0, b: 0, v_exp: Some(800), current: 300 };

/// Sub-threshold adaptation alone, without the exponential.
pub const RINGING: Pattern = Pattern {
    name: "ringing",
    knob: "nothing",
    start: Knobs { a: 10, v_exp: None, ..PLAIN },
    turn: |knobs, _| knobs,
    turns: 1,
    shows: |spikes, _| spikes.is_empty(),
};

/// The patterns, in the order of the tutorial.
pub const PATTERNS: [Pattern; 5] = [
    Pattern {
        name: "tonic",
        knob: "the exponential's threshold",
        start: PLAIN,
        turn: |knobs, turn| Knobs { v_exp: Some(860 - 20 * turn), ..knobs },
        turns: 8,
        shows: |spikes, during_us| {
            let intervals = fit::intervals(spikes);
            let (mean, spread) = fit::mean_and_spread(&intervals);
            only_during(spikes, during_us) && spikes.len() >= 8 && spread / mean < 0.12
        },
    },
    Pattern {
        name: "adapting",
        knob: "the exponential's threshold",
        start: Knobs { b: 200, ..PLAIN },
        turn: |knobs, turn| Knobs { v_exp: Some(860 - 20 * turn), ..knobs },
        turns: 8,
        shows: |spikes, during_us| {
            let intervals = fit::intervals(spikes);
            let [first, .., last] = intervals[..] else { return false };
            only_during(spikes, during_us)
                && spikes.len() >= 6
                && last > 1.5 * first
                && fit::rises(&intervals[..3.min(intervals.len())], 0.0)
        },
    },
    Pattern {
        name: "initial burst",
        knob: "the reset potential",
        start: Knobs { b: 200, ..PLAIN },
        turn: |knobs, turn| Knobs { v_reset: 680 + 10 * turn, ..knobs },
        turns: 16,
        shows: |spikes, during_us| {
            let intervals = fit::intervals(spikes);
            if !only_during(spikes, during_us) || intervals.len() < 5 {
                return false;
            }
            let later = &intervals[intervals.len() / 2..];
            let (mean, spread) = fit::mean_and_spread(later);
            intervals[0] < 0.5 * mean && intervals[1] < 0.9 * mean && spread / mean < 0.2
        },
    },
    Pattern {
        name: "bursting",
        knob: "reset potential and current",
        start: Knobs { b: 300, ..PLAIN },
        turn: |knobs, turn| {
            let (stronger, reset) = (turn / 16, turn % 16);
            Knobs { v_reset: 760 + 10 * reset, current: knobs.current + 150 * stronger, ..knobs }
        },
        turns: 32,
        shows: |spikes, during_us| {
            let intervals = fit::intervals(spikes);
            let shortest = intervals.iter().copied().fold(f64::INFINITY, f64::min);
            let longest = intervals.iter().copied().fold(0.0, f64::max);
            let border = (shortest * longest).sqrt();
            let pauses = intervals.iter().filter(|&&interval| interval > border).count();
            let within = intervals.len() - pauses;
            only_during(spikes, during_us) && longest > 4.0 * shortest && pauses >= 2 && within > pauses
        },
    },
    Pattern {
        name: "transient",
        knob: "the current",
        start: Knobs { a: 100, b: 100, ..PLAIN },
        turn: |knobs, turn| Knobs { current: 100 + 20 * turn, ..knobs },
        turns: 16,
        shows: |spikes, _| {
            const ONSET_US: f64 = 100.0;
            (1..=3).contains(&spikes.len()) && spikes.iter().all(|&us| (0.0..ONSET_US).contains(&us))
        },
    },
];

/// Whether all spikes fall into the current; one may still be under way when it ends.
fn only_during(spikes: &[f64], during_us: f64) -> bool {
    const TAIL_US: f64 = 15.0;
    spikes.iter().all(|&us| (0.0..during_us + TAIL_US).contains(&us))
}

/// The middle of the longest run of tries that show a pattern: there it is safest from noise.
pub fn middle_of_longest(shows: &[bool]) -> Option<usize> {
    let mut best = (0, 0);
    let mut begin = 0;
    for (index, &shown) in shows.iter().enumerate() {
        if !shown {
            begin = index + 1;
        } else if index + 1 - begin > best.1 - best.0 {
            best = (begin, index + 1);
        }
    }
    (best.1 > best.0).then(|| (best.0 + best.1 - 1) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, spikes: &[f64]) -> bool {
        let pattern = PATTERNS.iter().find(|pattern| pattern.name == name).unwrap();
        (pattern.shows)(spikes, 600.0)
    }

    /// A spike at 10 us, then one after each interval.
    fn train(intervals: &[f64]) -> Vec<f64> {
        let mut spikes = vec![10.0];
        intervals.iter().for_each(|interval| spikes.push(spikes[spikes.len() - 1] + interval));
        spikes
    }

    #[test]
    fn patterns_are_told_apart() {
        let trains = [
            ("tonic", train(&[30.0; 15])),
            ("adapting", train(&[20.0, 24.0, 30.0, 38.0, 45.0, 48.0, 50.0, 50.0])),
            ("initial burst", train(&[5.0, 7.0, 9.0, 21.0, 43.0, 42.0, 44.0, 43.0, 44.0, 43.0])),
            ("bursting", train(&[5.0, 6.0, 8.0, 100.0, 7.0, 8.0, 100.0, 7.0, 9.0, 100.0, 7.0, 8.0])),
            ("transient", vec![20.0, 50.0]),
        ];
        for (name, spikes) in &trains {
            assert!(named(name, spikes), "{name}");
        }
        for (name, other) in
            [("tonic", 1), ("tonic", 3), ("adapting", 0), ("bursting", 0), ("bursting", 1), ("transient", 0)]
        {
            assert!(!named(name, &trains[other].1), "{name} {other}");
        }
        assert!(!named("tonic", &[]));
        assert!(!named("transient", &[]));
    }

    #[test]
    fn the_safest_try_is_chosen() {
        let shows = |text: &str| text.chars().map(|c| c == 'x').collect::<Vec<_>>();
        assert_eq!(middle_of_longest(&shows("..x.xxx..")), Some(5));
        assert_eq!(middle_of_longest(&shows("xxxx")), Some(1));
        assert_eq!(middle_of_longest(&shows("...")), None);
    }
}
