//! What changes from one configuration to the next: only those words are written, in an order the chip can take, and the
//! caller learns whether analog parameters move and need time to settle.

use super::configuration::{Configuration, PAGE_BITS, Page};
use hx_isa::field;
use hx_isa::regmap::{Container, container};

/// What changes from one configuration to another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differences {
    /// Changed words (address, word) in the order they are to be written.
    pub writes: Vec<(u32, u32)>,
    /// Change of the analog parameters.
    pub capmem: CapMemChange,
}

/// How much the analog parameter storage changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CapMemChange {
    /// Cells that change.
    pub cells: usize,
    /// Largest step of a cell, in its unit of 0..=1023; 1023 if an old value is unknown.
    pub largest_step: u32,
    /// Whether the refresh or its references change, which moves every cell.
    pub refresh: bool,
}

impl CapMemChange {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == CapMemChange::default()
    }
}

/// Words of `new` that `base` does not hold, in a valid order of writing. Words that only `base` holds are left alone.
#[must_use]
pub fn differences(base: &Configuration, new: &Configuration) -> Differences {
    let mut found = Differences::default();
    for (&number, page) in &new.pages {
        let old = base.pages.get(&number).map_or(&Page::EMPTY, |page| page);
        if old != page.as_ref() {
            found.add_page(number, old, page);
        }
    }
    for container in LAST {
        found.add_in_write_order(container, base, new);
    }
    found
}

impl Differences {
    fn add_page(&mut self, number: u32, old: &Page, new: &Page) {
        for index in new.indices() {
            let (before, word) = (old.get(index), new.words[index]);
            let address = number << PAGE_BITS | index as u32;
            if before != Some(word) && !LAST_WORDS.iter().any(|span| span.holds(address)) {
                self.capmem.note(address, before, word);
                self.writes.push((address, word));
            }
        }
    }

    fn add_in_write_order(&mut self, container: &Container, base: &Configuration, new: &Configuration) {
        for instance in 0..container.instance_count() {
            for word in container.write_order() {
                let Some(address) = container.address(instance, u32::from(word)) else { continue };
                let after = new.word(address);
                if after != base.word(address) {
                    self.writes.extend(after.map(|word| (address, word)));
                }
            }
        }
    }
}

impl CapMemChange {
    fn note(&mut self, address: u32, before: Option<u32>, word: u32) {
        if CELLS.iter().any(|span| span.holds(address)) {
            let value = |word: u32| field!(CapMemCell.value).get(&[word]);
            let step = before.map_or(LARGEST_CELL_VALUE, |before| value(before).abs_diff(value(word)));
            self.cells += 1;
            self.largest_step = self.largest_step.max(step);
        } else if REFRESH.iter().any(|span| span.holds(address)) {
            self.refresh = true;
        }
    }
}

/// Consecutive addresses.
#[derive(Clone, Copy)]
struct Span {
    first: u32,
    last: u32,
}

impl Span {
    /// From the first word of one instance to the last word of another.
    const fn of(container: &Container, first: u64, last: u64) -> Span {
        match (container.address(first, 0), container.address(last, container.words as u32 - 1)) {
            (Some(first), Some(last)) => Span { first, last },
            _ => panic!("the container is not on the Omnibus"),
        }
    }

    /// One span per instance.
    const fn each<const N: usize>(container: &Container) -> [Span; N] {
        assert!(container.instance_count() == N as u64);
        let mut spans = [Span { first: 0, last: 0 }; N];
        let mut i = 0;
        while i < N {
            spans[i] = Span::of(container, i as u64, i as u64);
            i += 1;
        }
        spans
    }

    const fn holds(self, address: u32) -> bool {
        self.first <= address && address <= self.last
    }
}

const SOURCES: &Container = container("BackgroundSpikeSource");
const PROCESSORS: &Container = container("PPUControlRegister");

/// Containers written last, in this order: what they start must find everything else configured (background events the
/// crossbar, a processor its program).
const LAST: [&Container; 2] = [SOURCES, PROCESSORS];
const LAST_WORDS: [Span; 3] = [
    Span::of(SOURCES, 0, SOURCES.instance_count() - 1),
    Span::of(PROCESSORS, 0, 0),
    Span::of(PROCESSORS, 1, 1),
];

const CELL: &Container = container("CapMemCell");
const BLOCK_CELLS: u64 = CELL.instance_count() / 4;
/// Cells of the four CapMem blocks. Between the columns of a block are unmapped words, which no configuration holds.
const CELLS: [Span; 4] = [
    Span::of(CELL, 0, BLOCK_CELLS - 1),
    Span::of(CELL, BLOCK_CELLS, 2 * BLOCK_CELLS - 1),
    Span::of(CELL, 2 * BLOCK_CELLS, 3 * BLOCK_CELLS - 1),
    Span::of(CELL, 3 * BLOCK_CELLS, 4 * BLOCK_CELLS - 1),
];
const REFRESH: [Span; 5] = {
    let [a, b, c, d] = Span::each(container("CapMemBlockConfig"));
    [a, b, c, d, Span::of(container("ReferenceGeneratorConfig"), 0, 0)]
};
const LARGEST_CELL_VALUE: u32 = 1023;

#[cfg(test)]
mod tests {
    use super::super::WriteRegisters;
    use super::*;
    use hx_isa::regmap::register::{
        BackgroundSpikeSource, CapMemCell, CrossbarNode, PPUControlRegister, PPUMemoryWord,
    };
    use hx_isa::regmap::{Coordinate, Frame};

    fn cell(value: u32) -> Configuration {
        let mut configuration = Configuration::new();
        let frame = Frame::<CapMemCell>::zero().with(field!(CapMemCell.value), value);
        configuration.write(Coordinate::from_enum(12_479).unwrap(), &frame);
        configuration
    }

    #[test]
    fn only_changed_words_are_written() {
        let mut base = Configuration::new();
        (0..3000).for_each(|i| base.write_word(i, i));
        let mut new = base.clone();
        new.write_word(1500, 7);
        new.write_word(5000, 0);
        assert_eq!(differences(&base, &new).writes, [(1500, 7), (5000, 0)]);
        assert_eq!(differences(&new, &new), Differences::default());
        assert_eq!(differences(&new, &base).writes, [(1500, 1500)]);
    }

    #[test]
    fn what_starts_something_is_written_last() {
        let mut new = Configuration::new();
        new.write(Coordinate::from_enum(1).unwrap(), &Frame::<PPUControlRegister>::from_array([1]));
        let source = Frame::<BackgroundSpikeSource>::from_array([1, 2, 3]);
        new.write(Coordinate::from_enum(0).unwrap(), &source);
        new.write(Coordinate::from_enum(5).unwrap(), &Frame::<CrossbarNode>::from_array([9]));
        new.write(Coordinate::from_enum(8191).unwrap(), &Frame::<PPUMemoryWord>::from_array([4]));
        let writes = differences(&Configuration::new(), &new).writes;
        let expected = [
            (0x13_001e, 9),
            (0x0380_0fff, 4),
            (0x13_0002, 2),
            (0x13_0003, 3),
            (0x13_0001, 1),
            (0x03a0_0000, 1),
        ];
        assert_eq!(writes, expected);
    }

    #[test]
    fn changes_of_analog_parameters_are_measured_in_codes() {
        let change = |before: &Configuration, after: &Configuration| differences(before, after).capmem;
        assert_eq!(
            change(&cell(500), &cell(511)),
            CapMemChange { cells: 1, largest_step: 11, refresh: false }
        );
        assert!(change(&cell(500), &cell(500)).is_none());
        assert_eq!(change(&Configuration::new(), &cell(0)).largest_step, 1023);
        let mut new = cell(500);
        new.write_word(0x14_4004, 9);
        assert!(change(&cell(500), &new).refresh);
    }
}
