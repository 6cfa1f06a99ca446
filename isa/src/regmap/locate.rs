//! From an Omnibus address back to the container, instance and word that own it.
//!
//! Called for every bus word, so the rules of the register table are expanded once into sorted address ranges, and a page
//! table points at the first range that can hold an address. Divisions are replaced by multiplications.

use super::CONTAINERS;
use super::container::Container;
use super::location::{Digit, Segment};
use std::sync::LazyLock;

/// Addresses per page.
const PAGE_BITS: u32 = 12;
/// Pages below one value of the top address byte.
const PAGES: usize = 1 << (24 - PAGE_BITS);
/// Marks a top byte without any register.
const NOWHERE: u8 = u8::MAX;

/// Whose word an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Located {
    /// The container.
    pub container: &'static Container,
    /// Its position in the register map.
    pub index: usize,
    /// Instance (enumeration of its coordinate).
    pub instance: u64,
    /// Word of that instance.
    pub word: u8,
}

/// One digit of an address inside a range.
#[derive(Clone, Copy, Default)]
struct RangeDigit {
    /// ceil(2^32 / factor): the quotient is one multiplication, exact for all offsets that occur.
    reciprocal: u64,
    /// Addresses per unit.
    factor: u32,
    /// Units in one unit of the next larger digit; 0 for the largest.
    in_larger: u32,
    /// Number of values.
    count: u32,
    /// What a unit adds to the instance.
    instance: u32,
    /// What a unit adds to the word.
    word: u32,
}

/// Addresses of one container that share base and page digits.
#[derive(Clone, Copy)]
struct Range {
    start: u32,
    /// Last address.
    last: u32,
    container: u8,
    word: u8,
    instance: u32,
    instances_per_word: u32,
    /// Digits, the largest factor first; unused ones repeat the last with a single value.
    digits: [RangeDigit; 3],
}

impl Range {
    /// Instance and word at `address`, or `None` in a gap. The digits do not wait for each other.
    #[inline]
    fn decode(&self, address: u32) -> Option<(u32, u32)> {
        let offset = address - self.start;
        let (mut instance, mut word, mut inside) = (self.instance, u32::from(self.word), true);
        let (mut larger, mut whole) = (0, 0);
        for digit in &self.digits {
            let units = ((u64::from(offset) * digit.reciprocal) >> 32) as u32;
            let value = units - larger * digit.in_larger;
            inside &= value < digit.count;
            instance += value * digit.instance;
            word += value * digit.word;
            (larger, whole) = (units, units * digit.factor);
        }
        (inside & (whole == offset)).then_some((instance, word))
    }

    fn located(&self, instance: u32, word: u32) -> Located {
        let index = self.container as usize;
        Located { container: &CONTAINERS[index], index, instance: u64::from(instance), word: word as u8 }
    }
}

/// All ranges by start address, and where to begin looking.
struct Map {
    ranges: Vec<Range>,
    /// Page table of each top address byte.
    tops: [u8; 256],
    /// First range that reaches into each page.
    pages: Vec<u8>,
}

impl Map {
    fn build(keep: impl Fn(&Container) -> bool) -> Map {
        let mut ranges = Vec::new();
        for (index, container) in CONTAINERS.iter().enumerate().filter(|(_, container)| keep(container)) {
            container.location.segments().for_each(|segment| add_segment(&mut ranges, index as u8, &segment));
        }
        ranges.sort_by_key(|range| (range.start, range.last));
        let mut map = Map { ranges, tops: [NOWHERE; 256], pages: Vec::new() };
        map.fill_pages();
        map
    }

    fn fill_pages(&mut self) {
        for top in 0..=u8::MAX {
            let first = u32::from(top) << 24;
            if !self.ranges.iter().any(|range| range.start >> 24 <= u32::from(top) && range.last >= first) {
                continue;
            }
            self.tops[top as usize] = (self.pages.len() / PAGES) as u8;
            for page in 0..PAGES as u32 {
                let start = first | page << PAGE_BITS;
                let reaching = self.ranges.iter().position(|range| range.last >= start);
                self.pages.push(reaching.unwrap_or(self.ranges.len()) as u8);
            }
        }
    }

    /// Ranges that may hold `address`.
    #[inline]
    fn candidates(&self, address: u32) -> impl Iterator<Item = &Range> {
        let top = self.tops[(address >> 24) as usize];
        let page = top as usize * PAGES + (address as usize >> PAGE_BITS) % PAGES;
        let first = if top == NOWHERE { self.ranges.len() } else { self.pages[page] as usize };
        self.ranges[first..].iter().take_while(move |range| range.start <= address)
    }

    #[inline]
    fn find(&self, address: u32) -> Option<Located> {
        self.candidates(address)
            .filter(|range| address <= range.last)
            .find_map(|range| range.decode(address).map(|(instance, word)| range.located(instance, word)))
    }
}

/// Expands a segment: one range per base, per digit that steps whole pages, and per repetition.
fn add_segment(ranges: &mut Vec<Range>, container: u8, segment: &Segment) {
    let (near, far): (Vec<Digit>, Vec<Digit>) = segment
        .step_digits
        .iter()
        .filter(|digit| digit.factor > 0)
        .partition(|digit| digit.factor >> PAGE_BITS == 0);
    let bases = segment.base_digits.iter().filter(|digit| digit.factor > 0);
    let outer: Vec<(Digit, bool)> =
        bases.map(|&digit| (digit, true)).chain(far.into_iter().map(|digit| (digit, false))).collect();
    let own_bases = if segment.bases_per_word > 0 { segment.words } else { 1 };
    for word in 0..own_bases {
        let base = u32::from(word) * segment.bases_per_word;
        let mut starts = vec![(base, segment.offset + u32::from(word) * segment.word_step, 0)];
        outer.iter().for_each(|digit| starts = expand(&starts, *digit));
        for (base, offset, instance) in starts {
            let template = Range {
                start: segment.bases[base as usize] + offset,
                last: 0,
                container,
                word: segment.first_word + word,
                instance,
                instances_per_word: segment.instances_per_word,
                digits: inner_digits(segment, &near),
            };
            let repeats = std::iter::once(0).chain(segment.repeats.iter().copied());
            ranges.extend(repeats.map(|distance| finish(template, distance)));
        }
    }
}

/// All values of one more digit: base index, offset and instance of each start.
fn expand(starts: &[(u32, u32, u32)], (digit, picks_base): (Digit, bool)) -> Vec<(u32, u32, u32)> {
    let one = |&(base, offset, instance): &(u32, u32, u32), value: u32| {
        let step = value * digit.factor;
        let (base, offset) = if picks_base { (base + step, offset) } else { (base, offset + step) };
        (base, offset, instance + value * digit.divisor)
    };
    starts.iter().flat_map(|start| (0..digit.modulus).map(move |value| one(start, value))).collect()
}

/// The digits that vary inside a range, the largest factor first.
fn inner_digits(segment: &Segment, near: &[Digit]) -> [RangeDigit; 3] {
    let new = |factor: u32, count: u32, instance, word| {
        let reciprocal = (1u64 << 32).div_ceil(u64::from(factor));
        RangeDigit { reciprocal, factor, in_larger: 0, count, instance, word }
    };
    let mut digits: Vec<RangeDigit> =
        near.iter().map(|digit| new(digit.factor, digit.modulus, digit.divisor, 0)).collect();
    if segment.bases_per_word == 0 && segment.words > 1 {
        digits.push(new(segment.word_step, u32::from(segment.words), 0, 1));
    }
    digits.sort_by_key(|digit| std::cmp::Reverse(digit.factor));
    let last = digits.last().map_or(1, |digit| digit.factor);
    digits.resize(3, new(last, 1, 0, 0));
    for i in 1..digits.len() {
        digits[i].in_larger = digits[i - 1].factor / digits[i].factor;
    }
    [digits[0], digits[1], digits[2]]
}

/// Moves a range and computes its last address.
fn finish(range: Range, distance: u32) -> Range {
    let span: u32 = range.digits.iter().map(|digit| digit.factor * (digit.count - 1)).sum();
    let start = range.start + distance;
    Range { start, last: start + span, ..range }
}

static OWNERS: LazyLock<Map> = LazyLock::new(|| Map::build(|container| !container.location.is_alias()));
static VIEWS: LazyLock<Map> = LazyLock::new(|| Map::build(|container| container.location.is_alias()));

/// The container that owns `address`, or `None` if no register is mapped there. Where several containers view the same
/// words, the owner is the one that holds whole words; the others are in [`aliases`].
#[must_use]
#[inline]
pub fn locate(address: u32) -> Option<Located> {
    OWNERS.find(address)
}

/// All further containers that view this address: byte views of memories, and the vector generator, which some FPGA builds
/// have instead of the DRAM.
pub fn aliases(address: u32) -> impl Iterator<Item = Located> {
    let reached = VIEWS.candidates(address).filter(move |range| address <= range.last);
    reached.filter_map(move |range| range.decode(address).map(|found| (range, found))).flat_map(
        |(range, (instance, word))| {
            (0..range.instances_per_word).map(move |i| range.located(instance + i, word))
        },
    )
}
