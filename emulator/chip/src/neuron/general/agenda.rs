//! When something is due: one instant per slot, and the earliest of all at hand.

use serde::{Deserialize, Serialize};

/// Slots per block of the cached minima.
const BLOCK: usize = 32;

/// Instants in base ticks by slot; `u64::MAX` is never.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agenda {
    at: Vec<u64>,
    blocks: Vec<u64>,
    earliest: u64,
}

impl Agenda {
    /// An empty agenda.
    pub fn new(slots: usize) -> Agenda {
        Agenda {
            at: vec![u64::MAX; slots],
            blocks: vec![u64::MAX; slots.div_ceil(BLOCK)],
            earliest: u64::MAX,
        }
    }

    /// The earliest instant.
    pub fn earliest(&self) -> u64 {
        self.earliest
    }

    /// The slot that is due first: of several at one instant, the one with the lowest number.
    pub fn first(&self) -> Option<usize> {
        let block = self.blocks.iter().position(|at| *at == self.earliest)?;
        let slots = &self.at[block * BLOCK..self.at.len().min((block + 1) * BLOCK)];
        slots.iter().position(|at| *at == self.earliest).map(|slot| block * BLOCK + slot)
    }

    /// When a slot is due.
    pub fn at(&self, slot: usize) -> u64 {
        self.at[slot]
    }

    /// Moves a slot.
    pub fn set(&mut self, slot: usize, at: u64) {
        let (block, before) = (slot / BLOCK, self.at[slot]);
        self.at[slot] = at;
        if at < self.blocks[block] {
            self.blocks[block] = at;
        } else if before == self.blocks[block] {
            let slots = &self.at[block * BLOCK..self.at.len().min((block + 1) * BLOCK)];
            self.blocks[block] = slots.iter().fold(u64::MAX, |least, at| least.min(*at));
        } else {
            return;
        }
        self.earliest = self.blocks.iter().fold(u64::MAX, |least, at| least.min(*at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_ties_go_to_the_lowest_slot() {
        let mut agenda = Agenda::new(100);
        assert_eq!(agenda.earliest(), u64::MAX);
        for (slot, at) in [(70, 5), (3, 9), (71, 5), (40, 5)] {
            agenda.set(slot, at);
        }
        assert_eq!((agenda.first(), agenda.earliest()), (Some(40), 5));
        agenda.set(40, 20);
        assert_eq!(agenda.first(), Some(70));
        agenda.set(70, u64::MAX);
        agenda.set(71, u64::MAX);
        assert_eq!((agenda.first(), agenda.earliest(), agenda.at(40)), (Some(3), 9, 20));
    }
}
