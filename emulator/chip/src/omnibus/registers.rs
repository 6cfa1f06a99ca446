//! Raw storage of the chip's registers and of the processors' memory: one 32-bit word per mapped word, in banks that clones share
//! until one of them writes. Undefined bits ignore writes and read 0; every register resets to 0.

use super::layout::{LAYOUT, Place, Slot, slot};
use crate::random;
use hx_isa::regmap::{CONTAINERS, Coordinate, Register, Value};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registers {
    banks: Vec<Arc<Vec<u32>>>,
}

impl Default for Registers {
    fn default() -> Self {
        Registers::new()
    }
}

impl Registers {
    /// All words zero.
    #[must_use]
    pub fn new() -> Self {
        Registers { banks: LAYOUT.banks.iter().map(|&words| Arc::new(vec![0; words])).collect() }
    }

    /// Words of one instance of a container, both by number (position in the register table, enumeration of the coordinate).
    /// Empty for containers that hold no words here.
    #[must_use]
    #[inline]
    pub fn words(&self, container: usize, instance: usize) -> &[u32] {
        let Some(place) = LAYOUT.places[container] else { return &[] };
        let words = usize::from(CONTAINERS[container].words);
        let start = usize::from(place.base) + instance * words;
        self.banks[usize::from(place.bank)].get(start..start + words).unwrap_or(&[])
    }

    /// Words of the instance of container `C` at `coordinate`.
    #[must_use]
    #[inline]
    pub fn words_of<C: Register>(&self, coordinate: C::Coordinate) -> &[u32] {
        self.words(C::INDEX, coordinate.to_enum())
    }

    /// Words of all instances of a container, one instance after the other.
    #[must_use]
    pub fn all_words(&self, container: usize) -> &[u32] {
        LAYOUT.places[container].map_or(&[], |place| {
            let start = usize::from(place.base);
            &self.banks[usize::from(place.bank)][start..start + size(container)]
        })
    }

    /// A value of instance number `instance` of its container, decoded; 0 if that is not stored here.
    #[must_use]
    #[inline]
    pub fn get(&self, value: Value, instance: usize) -> u32 {
        let words = self.words(value.container_index(), instance);
        if words.is_empty() { 0 } else { value.get(words) }
    }

    /// A switch of instance number `instance` of its container.
    #[must_use]
    #[inline]
    pub fn is_set(&self, value: Value, instance: usize) -> bool {
        self.get(value, instance) != 0
    }

    /// What the bus returns: write-only bits read 0 unless they are to be revealed.
    #[must_use]
    #[inline]
    pub(super) fn read(&self, slot: Slot, reveal_write_only: bool) -> u32 {
        let word = slot.known();
        let content = self.banks[usize::from(word.bank)][usize::from(slot.offset)];
        if reveal_write_only { content } else { content & word.read_mask }
    }

    /// Whether writing the given bits of `data` would change the word.
    #[inline]
    pub(super) fn changes(&self, slot: Slot, data: u32, bits: u32) -> bool {
        let word = slot.known();
        let content = self.banks[usize::from(word.bank)][usize::from(slot.offset)];
        (content ^ data) & bits & word.write_mask != 0
    }

    /// Writes the given bits of `data`; the new content if it differs from the old one.
    #[inline]
    pub(super) fn write(&mut self, slot: Slot, data: u32, bits: u32) -> Option<u32> {
        if !self.changes(slot, data, bits) {
            return None;
        }
        let word = slot.known();
        let mask = bits & word.write_mask;
        let content = &mut Arc::make_mut(&mut self.banks[usize::from(word.bank)])[usize::from(slot.offset)];
        *content = *content & !mask | data & mask;
        Some(*content)
    }

    /// Zeroes everything that is not SRAM.
    pub(super) fn reset(&mut self) {
        self.for_each_container(false, |words, _| words.fill(0));
    }

    /// Fills the SRAM with random bits.
    pub(super) fn randomise_sram(&mut self, seed: u64) {
        self.for_each_container(true, |words, container| {
            let key = random::extend(seed, container as u64);
            let count = usize::from(CONTAINERS[container].words);
            for (i, word) in words.iter_mut().enumerate() {
                let mask = CONTAINERS[container].write_mask((i % count) as u32);
                *word = random::mix(random::extend(key, i as u64)) as u32 & mask;
            }
        });
    }

    fn for_each_container(&mut self, sram: bool, mut act: impl FnMut(&mut [u32], usize)) {
        for (container, place) in LAYOUT.places.iter().enumerate() {
            if let Some(Place { bank, base, .. }) = place.filter(|place| place.sram == sram) {
                let bank = Arc::make_mut(&mut self.banks[usize::from(bank)]);
                act(&mut bank[usize::from(base)..][..size(container)], container);
            }
        }
    }
}

/// Words of all instances of a container.
fn size(container: usize) -> usize {
    CONTAINERS[container].instance_count() as usize * usize::from(CONTAINERS[container].words)
}

/// Slot of a word by typed coordinate, `None` if it is not stored.
#[must_use]
pub fn slot_of<C: Register>(coordinate: C::Coordinate, word: usize) -> Option<Slot> {
    slot(C::INDEX, coordinate.to_enum(), word)
}
