//! From a word to its row, by index tables made from the table at compile time.
//!
//! As the processor does, the primary opcode picks how many further bits are looked at. Rows whose key has bits the
//! hardware ignores are entered under each of their values.

use super::{INSTRUCTIONS, Row};

/// Where the rows of one primary opcode are: `INDEX[base + key]`, the key being the bits of the word under `mask`.
#[derive(Clone, Copy)]
struct Group {
    base: usize,
    mask: u32,
}

/// Rows that share a key and are told apart by their masks; at most two (`mfcr` and `mfocrf`).
type Slot = [u16; 2];

const EMPTY: u16 = u16::MAX;

/// Bits that tell the rows under a primary opcode apart, or all but a few of them.
const fn key_mask(primary: u32) -> u32 {
    match primary {
        4 | 19 | 31 => 0x7ff,
        16..=18 => 3,
        _ => 0,
    }
}

const fn groups() -> [Group; 64] {
    let mut groups = [Group { base: 0, mask: 0 }; 64];
    let (mut base, mut primary) = (0, 0);
    while primary < 64 {
        let mask = key_mask(primary as u32);
        groups[primary] = Group { base, mask };
        base += mask as usize + 1;
        primary += 1;
    }
    groups
}

static GROUPS: [Group; 64] = groups();
const SLOTS: usize = groups()[63].base + key_mask(63) as usize + 1;
static INDEX: [Slot; SLOTS] = index();

const fn index() -> [Slot; SLOTS] {
    let (groups, mut index, mut id) = (groups(), [[EMPTY; 2]; SLOTS], 0);
    while id < INSTRUCTIONS.len() {
        let row = &INSTRUCTIONS[id];
        let group = groups[(row.pattern >> 26) as usize];
        // All keys that agree with the row: its own bits, and every subset of the bits it leaves open.
        let (own, open) = (row.pattern & group.mask, group.mask & !row.mask);
        let mut subset = open;
        loop {
            let slot = &mut index[group.base + (own | subset) as usize];
            let place = if slot[0] == EMPTY { 0 } else { 1 };
            assert!(slot[place] == EMPTY, "a third row shares this key");
            slot[place] = id as u16;
            if subset == 0 {
                break;
            }
            subset = (subset - 1) & open;
        }
        id += 1;
    }
    index
}

/// The row of a word, or `None` where the processor decodes nothing and no absent instruction is known either.
///
/// Absent and configured-out instructions are returned as well; see [`Row::support`].
#[must_use]
pub fn decode(word: u32) -> Option<&'static Row> {
    decode_id(word).map(|id| &INSTRUCTIONS[id])
}

/// The same, as a place in the table.
pub(super) fn decode_id(word: u32) -> Option<usize> {
    let group = GROUPS[(word >> 26) as usize];
    let slot = INDEX[group.base + (word & group.mask) as usize];
    let matches = |id: &usize| INSTRUCTIONS.get(*id).is_some_and(|row| row.matches(word));
    slot.map(usize::from).into_iter().find(matches)
}
