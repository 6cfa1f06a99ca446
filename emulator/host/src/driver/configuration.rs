//! A static configuration of the chip: register words by address, and what changes from one configuration to the next.
//!
//! The whole chip has about 10^5 configuration words, most of them in dense runs (synapse arrays, CapMem, neuron SRAM), so
//! words are held in pages. Views of the synapse arrays (weights, labels, calibration bits) are folded into the raw words they
//! alias, so that one bit of the chip exists once.

use super::registers::WriteRegisters;
use hx_isa::regmap::{Container, Frame, OmnibusRegister, container};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

pub(super) const PAGE_BITS: u32 = 10;
const PAGE_WORDS: usize = 1 << PAGE_BITS;

/// Consecutive words of the register space, with a mark for those that are set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    present: [u64; PAGE_WORDS / 64],
    pub words: [u32; PAGE_WORDS],
}

impl Page {
    pub const EMPTY: Page = Page { present: [0; PAGE_WORDS / 64], words: [0; PAGE_WORDS] };

    const fn is_present(&self, index: usize) -> bool {
        self.present[index / 64] >> (index % 64) & 1 == 1
    }

    pub fn get(&self, index: usize) -> Option<u32> {
        self.is_present(index).then_some(self.words[index])
    }

    fn set(&mut self, index: usize, word: u32) {
        self.present[index / 64] |= 1 << (index % 64);
        self.words[index] = word;
    }

    /// Forgets a word. It reads zero afterwards, so that equal contents are equal pages.
    fn remove(&mut self, index: usize) {
        self.present[index / 64] &= !(1 << (index % 64));
        self.words[index] = 0;
    }

    /// Indices of the words that are set.
    pub fn indices(&self) -> impl Iterator<Item = usize> + '_ {
        self.present.iter().enumerate().flat_map(|(i, &bits)| ones(bits).map(move |bit| 64 * i + bit))
    }
}

/// Positions of the set bits.
fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let position = bits.trailing_zeros() as usize;
        bits &= bits.wrapping_sub(1);
        (position < 64).then_some(position)
    })
}

/// Register words by Omnibus address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Run>", into = "Vec<Run>")]
pub struct Configuration {
    pub(super) pages: BTreeMap<u32, Box<Page>>,
}

impl Configuration {
    /// Nothing configured.
    #[must_use]
    pub fn new() -> Configuration {
        Configuration::default()
    }

    /// Number of words.
    #[must_use]
    pub fn len(&self) -> usize {
        let ones = |page: &Page| page.present.iter().map(|bits| bits.count_ones() as usize).sum::<usize>();
        self.pages.values().map(|page| ones(page)).sum()
    }

    /// Whether nothing is configured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The word at an address, if set.
    #[must_use]
    pub fn word(&self, address: u32) -> Option<u32> {
        self.pages.get(&(address >> PAGE_BITS))?.get(index(address))
    }

    /// The frame of a container, if all of its words are set. Views of synapse words are not found here: ask for
    /// `SynapseQuad`.
    #[must_use]
    pub fn frame<C: OmnibusRegister>(&self, at: C::Coordinate) -> Option<Frame<C>> {
        let mut frame = Frame::zero();
        for (word, slot) in frame.words_mut().iter_mut().enumerate() {
            *slot = self.word(C::address(at, word))?;
        }
        Some(frame)
    }

    /// Changes the frame of a container; one that is not set yet begins with the defaults of the register map.
    pub fn update<C: OmnibusRegister>(&mut self, at: C::Coordinate, change: impl FnOnce(&mut Frame<C>)) {
        let mut frame = self.frame(at).unwrap_or_default();
        change(&mut frame);
        self.write(at, &frame);
    }

    /// Writes one container at all of its coordinates.
    pub fn write_all<C: OmnibusRegister>(&mut self, frame: &Frame<C>) {
        use hx_isa::regmap::Coordinate;
        for at in <C::Coordinate as Coordinate>::all() {
            self.write(at, frame);
        }
    }

    /// Takes over all words of `other`.
    pub fn overlay(&mut self, other: &Configuration) {
        for (&number, page) in &other.pages {
            let own = self.page(number);
            page.indices().for_each(|index| own.set(index, page.words[index]));
        }
    }

    /// Forgets a word.
    pub fn remove(&mut self, address: u32) {
        if let Some(page) = self.pages.get_mut(&(address >> PAGE_BITS)) {
            page.remove(index(address));
        }
    }

    /// Forgets all words of an address range.
    pub fn remove_range(&mut self, range: Range<u32>) {
        if range.is_empty() {
            return;
        }
        let numbers = range.start >> PAGE_BITS..=(range.end - 1) >> PAGE_BITS;
        for (number, page) in self.pages.range_mut(numbers) {
            let base = number << PAGE_BITS;
            (0..PAGE_WORDS).filter(|&i| range.contains(&(base + i as u32))).for_each(|i| page.remove(i));
        }
    }

    /// All words by ascending address.
    pub fn words(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.pages.iter().flat_map(|(&number, page)| {
            page.indices().map(move |index| (number << PAGE_BITS | index as u32, page.words[index]))
        })
    }

    fn page(&mut self, number: u32) -> &mut Page {
        self.pages.entry(number).or_insert_with(|| Box::new(Page::EMPTY))
    }

    fn set(&mut self, address: u32, word: u32) {
        self.page(address >> PAGE_BITS).set(index(address), word);
    }

    /// Forgets the word that stores what is written to `address`.
    pub(super) fn forget_word(&mut self, address: u32) {
        self.remove(RawWrite::of(address, 0, 0).address);
    }

    /// Notes a write of some bytes if the word is known; an unknown word stays unknown.
    pub(super) fn note_bytes(&mut self, address: u32, word: u32, byte_enables: u8) {
        let write = RawWrite::of(address, word, byte_enable_mask(byte_enables));
        if write.mask == u32::MAX {
            self.set(write.address, write.bits);
        } else if let Some(old) = self.word(write.address) {
            self.set(write.address, write.apply(old));
        }
    }
}

impl WriteRegisters for Configuration {
    const STATE_ONLY: bool = true;

    /// Sets a word. A view of synapse words changes its bits of the raw word, whose other bits count as zero if unknown.
    fn write_word(&mut self, address: u32, word: u32) {
        let write = RawWrite::of(address, word, u32::MAX);
        let old = if write.mask == u32::MAX { 0 } else { self.word(write.address).unwrap_or(0) };
        self.set(write.address, write.apply(old));
    }
}

const fn index(address: u32) -> usize {
    address as usize % PAGE_WORDS
}

/// The bits that four byte enables guard.
fn byte_enable_mask(byte_enables: u8) -> u32 {
    (0..4).filter(|byte| byte_enables >> byte & 1 == 1).map(|byte| 0xff << (8 * byte)).sum()
}

/// A write in terms of the word that stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RawWrite {
    pub address: u32,
    pub bits: u32,
    pub mask: u32,
}

impl RawWrite {
    /// Resolves views of synapse words; everything else stays as it is.
    #[inline]
    pub fn of(address: u32, word: u32, mask: u32) -> RawWrite {
        let offset = (address & !HEMISPHERE_BIT).wrapping_sub(SYNAPSE_WEIGHTS);
        let (window, offset) = (offset >> WINDOW_BITS, offset & ((1 << WINDOW_BITS) - 1));
        let (row, quad) = (offset / QUADS, offset % QUADS);
        let view = VIEWS.iter().find(|view| view.window == window);
        match view {
            Some(view) if row < ROWS => {
                let array = address & HEMISPHERE_BIT | SYNAPSE_WORDS;
                RawWrite {
                    address: array + 2 * QUADS * row + QUADS * view.raw_word + quad,
                    bits: (word & view.bits) << view.shift,
                    mask: (mask & view.bits) << view.shift,
                }
            }
            _ => RawWrite { address, bits: word, mask },
        }
    }

    const fn apply(self, old: u32) -> u32 {
        old & !self.mask | self.bits & self.mask
    }
}

/// Rows and quads of a synapse array; what distinguishes the hemispheres; size of the windows onto an array.
const ROWS: u32 = 256;
const QUADS: u32 = 64;
const HEMISPHERE_BIT: u32 = 0x0100_0000;
const WINDOW_BITS: u32 = 16;
const SYNAPSE_WEIGHTS: u32 = first_address(container("SynapseWeightQuad"), 0);
const SYNAPSE_WORDS: u32 = first_address(container("SynapseQuad"), 0);

/// A view of the raw synapse words: which bits of a viewed byte are which bits of the raw byte.
struct View {
    window: u32,
    raw_word: u32,
    /// Bits of a viewed word that mean something.
    bits: u32,
    shift: u32,
}

const VIEWS: [View; 4] = [
    View { window: 0, raw_word: 0, bits: 0x3f3f_3f3f, shift: 0 },
    View { window: window("SynapseLabelQuad", 0), raw_word: 1, bits: 0x3f3f_3f3f, shift: 0 },
    View { window: window("SynapseCorrelationCalibQuad", 0), raw_word: 0, bits: 0x0303_0303, shift: 6 },
    View { window: window("SynapseCorrelationCalibQuad", 1), raw_word: 1, bits: 0x0303_0303, shift: 6 },
];

const fn window(name: &str, word: u32) -> u32 {
    (first_address(container(name), word) - SYNAPSE_WEIGHTS) >> WINDOW_BITS
}

const fn first_address(container: &Container, word: u32) -> u32 {
    match container.address(0, word) {
        Some(address) => address,
        None => panic!("the container is not on the Omnibus"),
    }
}

/// Consecutive words, the stored form of a configuration.
#[derive(Clone, Serialize, Deserialize)]
struct Run {
    address: u32,
    words: Vec<u32>,
}

impl From<Configuration> for Vec<Run> {
    fn from(configuration: Configuration) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for (address, word) in configuration.words() {
            match runs.last_mut() {
                Some(run) if run.address + run.words.len() as u32 == address => run.words.push(word),
                _ => runs.push(Run { address, words: vec![word] }),
            }
        }
        runs
    }
}

impl From<Vec<Run>> for Configuration {
    fn from(runs: Vec<Run>) -> Configuration {
        let mut configuration = Configuration::new();
        for Run { address, words } in runs {
            for (offset, word) in (0..).zip(words) {
                configuration.set(address.wrapping_add(offset), word);
            }
        }
        configuration
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hx_isa::regmap::coordinate::{SynapseQuadOnDLS, SynapseWeightQuadOnDLS};
    use hx_isa::regmap::register::{
        NeuronConfig, SynapseCorrelationCalibQuad, SynapseLabelQuad, SynapseQuad, SynapseWeightQuad,
    };
    use hx_isa::regmap::{Coordinate, locate};
    use hx_isa::{field, fields};

    fn quad() -> SynapseQuadOnDLS {
        SynapseQuadOnDLS::new(1, 200, 33).unwrap()
    }

    #[test]
    fn frames_come_back() {
        let at = Coordinate::from_enum(300).unwrap();
        let frame = Frame::<NeuronConfig>::default().with(field!(NeuronConfig.membrane_capacitor_size), 63);
        let mut configuration = Configuration::new();
        configuration.write(at, &frame);
        assert_eq!(configuration.frame(at), Some(frame));
        assert_eq!(configuration.len(), 6);
        configuration.update::<NeuronConfig>(at, |frame| frame.set(field!(NeuronConfig.enable_fire), 1));
        assert_eq!(configuration.frame(at), Some(frame.with(field!(NeuronConfig.enable_fire), 1)));
        configuration.remove(NeuronConfig::address(at, 3));
        assert_eq!(configuration.frame::<NeuronConfig>(at), None);
        configuration.remove_range(0..u32::MAX);
        assert!(configuration.is_empty());
    }

    #[test]
    fn views_are_folded_into_the_words_they_alias() {
        let mut configuration = Configuration::new();
        let [weights, labels] = [fields!(SynapseQuad.weight; 4), fields!(SynapseQuad.label; 4)];
        let all = Frame::<SynapseQuad>::from_array([0xffff_ffff; 2]);
        configuration.write(quad(), &all);
        configuration.write(quad().to_weight_quad(), &Frame::<SynapseWeightQuad>::zero());
        configuration.write(quad().to_label_quad(), &Frame::<SynapseLabelQuad>::zero());
        let expected = (0..4).fold(all, |frame, i| frame.with(weights[i], 0).with(labels[i], 0));
        assert_eq!(configuration.frame(quad()), Some(expected));
        let calib = Frame::<SynapseCorrelationCalibQuad>::zero();
        configuration.write(quad().to_correlation_calib_quad(), &calib);
        assert_eq!(configuration.frame(quad()), Some(Frame::<SynapseQuad>::zero()));
        assert_eq!(configuration.len(), 2);
    }

    #[test]
    fn the_view_of_a_quad_is_that_of_the_register_map() {
        for at in SynapseWeightQuadOnDLS::all().step_by(61) {
            let raw = RawWrite::of(SynapseWeightQuad::address(at, 0), u32::MAX, u32::MAX);
            let located = locate(raw.address).unwrap();
            assert_eq!((located.container.name, located.word), ("SynapseQuad", 0));
            assert_eq!(located.instance, at.to_enum() as u64);
        }
    }

    #[test]
    fn column_switches_are_no_views() {
        use hx_isa::regmap::register::{ColumnCorrelationQuad, ColumnCurrentQuad};
        let mut configuration = Configuration::new();
        let at = Coordinate::from_enum(70).unwrap();
        let ones = Frame::<ColumnCorrelationQuad>::from_array([u32::MAX; 4]);
        configuration.write(at, &ones);
        assert_eq!(configuration.frame(at), Some(ones));
        configuration.write(at_current(), &Frame::<ColumnCurrentQuad>::from_array([1, 2]));
        assert_eq!(configuration.len(), 6);
    }

    fn at_current() -> hx_isa::regmap::coordinate::ColumnCurrentQuadOnDLS {
        Coordinate::from_enum(70).unwrap()
    }

    #[test]
    fn bytes_are_noted_only_where_the_word_is_known() {
        let mut configuration = Configuration::new();
        configuration.note_bytes(0x8000_0010, 0x1234_5678, 1);
        assert!(configuration.is_empty());
        configuration.note_bytes(0x8000_0010, 0x1234_5678, 15);
        configuration.note_bytes(0x8000_0010, 0x8765_4321, 4);
        assert_eq!(configuration.word(0x8000_0010), Some(0x1265_5678));
    }

    #[test]
    fn the_stored_form_holds_runs_of_words() {
        let mut configuration = Configuration::new();
        for address in [0x3ff, 0x400, 0x402, u32::MAX] {
            configuration.write_word(address, !address);
        }
        let runs: Vec<Run> = configuration.clone().into();
        assert_eq!(
            runs.iter().map(|run| (run.address, run.words.len())).collect::<Vec<_>>(),
            [(0x3ff, 2), (0x402, 1), (u32::MAX, 1)]
        );
        assert_eq!(Configuration::from(runs), configuration);
        // A run beyond the last address goes on at the first.
        let wrapped = Configuration::from(vec![Run { address: u32::MAX, words: vec![1, 2] }]);
        assert_eq!(wrapped.word(0), Some(2));
    }

    #[test]
    fn overlays_replace_what_they_hold() {
        let mut base = Configuration::new();
        base.write_word(0x10, 1);
        base.write_word(0x11, 2);
        let mut over = Configuration::new();
        over.write_word(0x11, 3);
        over.write_word(0x9000, 4);
        base.overlay(&over);
        assert_eq!(base.words().collect::<Vec<_>>(), [(0x10, 1), (0x11, 3), (0x9000, 4)]);
    }
}
