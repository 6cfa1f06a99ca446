//! The branch predictor (electronicvisions/nux `src/rtl/processor/bcache_full.sv`): 16 entries, fully associative, two-bit
//! counters. Addresses count words.

use serde::{Deserialize, Serialize};

use super::pipeline::Training;

/// Number of entries.
pub const ENTRIES: usize = 16;

/// One entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    address: u32,
    target: u32,
    counter: u8,
}

/// An entry made, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Allocation {
    cycle: u64,
    index: u8,
}

/// State of the predictor. Clocks are absolute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predictor {
    entries: [Entry; ENTRIES],
    /// Entries in use, from 0 on: they are never freed.
    used: u8,
    /// The last entry made while there were free ones.
    last: Option<Allocation>,
    /// First cycle after reset, from which the counter of victims runs.
    reset: u64,
    /// Counts changes of entries.
    #[serde(skip)]
    version: Version,
    #[serde(skip)]
    hints: Hints,
}

/// Where to look first for an address; no part of the state.
#[derive(Clone, Debug)]
struct Hints(Vec<u8>);

/// Number of hints.
const HINTS: usize = 1024;

impl Default for Hints {
    fn default() -> Self {
        Self(vec![0; HINTS])
    }
}

impl PartialEq for Hints {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Hints {}

/// A count that is no part of the state.
#[derive(Clone, Copy, Debug, Default)]
struct Version(u64);

impl PartialEq for Version {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Version {}

impl Predictor {
    /// The state after a reset whose first cycle is `cycle`.
    pub fn new(cycle: u64) -> Self {
        Self {
            entries: [Entry::default(); ENTRIES],
            used: 0,
            last: None,
            reset: cycle,
            version: Version(0),
            hints: Hints::default(),
        }
    }

    #[inline]
    fn find(&self, address: u32) -> Option<usize> {
        let hint = usize::from(self.hints.0[address as usize % HINTS]) % ENTRIES;
        if hint < usize::from(self.used) && self.entries[hint].address == address {
            return Some(hint);
        }
        self.search(address)
    }

    fn search(&self, address: u32) -> Option<usize> {
        self.entries[..usize::from(self.used)].iter().position(|entry| entry.address == address)
    }

    /// Where the instruction at `address` is said to go, if it is said to be a taken branch.
    #[inline]
    pub fn predict(&self, address: u32) -> Option<u32> {
        let entry = self.entries[self.find(address)?];
        (entry.counter >= 2).then_some(entry.target)
    }

    /// Whether there is an entry for `address`.
    pub fn knows(&self, address: u32) -> bool {
        self.find(address).is_some()
    }

    /// Learns from a branch decided in `cycle`. A new entry is made whether the branch was taken or not; returns whether one was.
    #[inline]
    pub fn train(&mut self, training: Training, cycle: u64) -> bool {
        let Training { address, taken, target } = training;
        let found = self.find(address);
        let (index, counter) = match found {
            Some(index) => (index, self.entries[index].counter),
            None => (self.victim(cycle), 3),
        };
        let counter = if taken { (counter + 1).min(3) } else { counter.saturating_sub(1) };
        let entry = Entry { address, target, counter };
        self.version.0 += u64::from(self.entries[index] != entry);
        self.entries[index] = entry;
        self.hints.0[address as usize % HINTS] = index as u8;
        found.is_none()
    }

    /// Counts changes of what is predicted. It is no part of the state.
    pub fn version(&self) -> u64 {
        self.version.0
    }

    /// The entry to make: the lowest free one, known one cycle late, so that two in consecutive cycles get the same. When all
    /// are in use, a counter that runs with the clock.
    fn victim(&mut self, cycle: u64) -> usize {
        if let Some(last) = self.last.filter(|last| last.cycle + 1 == cycle) {
            self.last = None;
            return usize::from(last.index);
        }
        if usize::from(self.used) == ENTRIES {
            return (cycle.wrapping_sub(self.reset) % ENTRIES as u64) as usize;
        }
        let index = self.used;
        self.used += 1;
        self.last = Some(Allocation { cycle, index });
        usize::from(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch(address: u32, taken: bool) -> Training {
        Training { address, taken, target: address + 100 }
    }

    #[test]
    fn a_new_branch_is_predicted_taken_even_if_it_was_not() {
        let mut predictor = Predictor::new(0);
        predictor.train(branch(5, false), 10);
        assert_eq!(predictor.predict(5), Some(105));
        predictor.train(branch(5, false), 20);
        assert_eq!(predictor.predict(5), None);
        assert_eq!(predictor.predict(6), None);
    }

    #[test]
    fn entries_made_in_consecutive_cycles_are_one() {
        let mut predictor = Predictor::new(0);
        predictor.train(branch(1, true), 10);
        predictor.train(branch(2, true), 11);
        assert_eq!((predictor.predict(1), predictor.predict(2)), (None, Some(102)));
        predictor.train(branch(3, true), 13);
        assert_eq!((predictor.predict(2), predictor.predict(3)), (Some(102), Some(103)));
    }

    #[test]
    fn the_clock_chooses_the_victim_when_all_are_used() {
        let mut predictor = Predictor::new(100);
        for n in 0..16 {
            predictor.train(branch(n, true), 200 + 2 * u64::from(n));
        }
        predictor.train(branch(50, true), 100 + 16 * 20 + 7);
        let gone: Vec<u32> = (0..16).filter(|&n| !predictor.knows(n)).collect();
        assert_eq!(gone, [7]);
    }
}
