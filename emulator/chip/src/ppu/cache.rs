//! What the instruction cache holds (electronicvisions/nux `src/rtl/processor/read_cache.sv`): direct mapped, 64 lines of 16 words,
//! filled from the word that was missed. It is never invalidated, so that code written over cached code is not seen.

use serde::{Deserialize, Serialize};

const LINES: u32 = 64;
const LINE: u32 = 16;

/// Which words of a line are there: from `first` to `last`, around the end of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    tag: u32,
    first: u32,
    last: u32,
}

/// Content of the cache. Addresses count words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstructionCache {
    lines: Vec<Option<Line>>,
    words: Vec<u32>,
}

impl Default for InstructionCache {
    fn default() -> Self {
        Self { lines: vec![None; LINES as usize], words: vec![0; (LINES * LINE) as usize] }
    }
}

fn line_of(address: u32) -> usize {
    (address / LINE % LINES) as usize
}

impl InstructionCache {
    /// Whether the word is there.
    pub fn holds(&self, address: u32) -> bool {
        let Some(line) = self.lines[line_of(address)] else { return false };
        let distance = |word: u32| word.wrapping_sub(line.first) % LINE;
        line.tag == address / (LINE * LINES) && distance(address) <= distance(line.last)
    }

    /// The word at the place of `address`.
    pub fn word(&self, address: u32) -> u32 {
        self.words[(address % (LINE * LINES)) as usize]
    }

    /// A word arrives for a line that was fetched for the word at `first`.
    pub fn fill(&mut self, address: u32, first: u32, word: u32) {
        self.lines[line_of(first)] =
            Some(Line { tag: first / (LINE * LINES), first: first % LINE, last: address % LINE });
        self.words[(address % (LINE * LINES)) as usize] = word;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_there_as_far_as_it_was_filled() {
        let mut cache = InstructionCache::default();
        assert!(!cache.holds(21));
        (21..32).chain(16..18).for_each(|address| cache.fill(address, 21, address * 3));
        let there: Vec<u32> = (0..64).filter(|&address| cache.holds(address)).collect();
        assert_eq!(there, (16..18).chain(21..32).collect::<Vec<_>>());
        assert_eq!(cache.word(17), 51);
        assert!(!cache.holds(21 + 1024));
    }
}
