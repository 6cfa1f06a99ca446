//! Where the words of every register of the chip are stored, and what is known about each of them: defined bits, access, whose
//! derived values depend on it. Derived from the register table once; lists the few facts the table does not hold.

use super::dirty::{Block, Class, Group};
use super::notice;
use hx_isa::regmap::{CONTAINERS, Container, position};
use std::sync::LazyLock;

/// Bit 31 of an address: 0 = chip, 1 = FPGA.
pub(super) const FPGA_SIDE: u32 = 1 << 31;
/// Containers with at least this many words get a memory bank of their own; the others share bank 0. Banks are what clones of a
/// chip share until they write.
const OWN_BANK_WORDS: usize = 512;

/// SRAM of the chip, which keeps its contents over a reset (besides the synapse arrays).
const SRAM: &[&str] =
    &["NeuronConfig", "NeuronBackendConfig", "CapMemCell", "SynapseDriverConfig", "CADCChannelConfig"];

/// Whose derived values depend on a container. Payloads of triggers act at once, and the timing of the SRAMs has no effect.
const CLASSES: &[(&str, Class)] = &[
    ("NeuronConfig", Class::Group(Group::Neurons)),
    ("NeuronBackendConfig", Class::Group(Group::Backends)),
    ("CommonNeuronBackendConfig", Class::Block(Block::NeuronBackendCommon)),
    ("NeuronSRAMTimingConfig", Class::Nothing),
    ("NeuronBackendSRAMTimingConfig", Class::Nothing),
    ("CapMemCell", Class::Group(Group::CapMemColumns)),
    ("CapMemBlockConfig", Class::Block(Block::CapMem)),
    ("CapMemSRAMTimingConfig", Class::Nothing),
    ("ReferenceGeneratorConfig", Class::Block(Block::ReferenceGenerator)),
    ("CommonSynramConfig", Class::Nothing),
    ("CommonCorrelationConfig", Class::Block(Block::Correlation)),
    ("SynapseBiasSelection", Class::Block(Block::SynapseBias)),
    ("SynapseDriverConfig", Class::Group(Group::Drivers)),
    ("SynapseDriverSRAMTimingConfig", Class::Nothing),
    ("PADIEvent", Class::Nothing),
    ("CommonPADIBusConfig", Class::Block(Block::PadiBus)),
    ("CommonSTPConfig", Class::Block(Block::Stp)),
    ("CADCConfig", Class::Block(Block::Cadc)),
    ("CADCChannelConfig", Class::Block(Block::CadcOffset)),
    ("CADCOffsetSRAMTimingConfig", Class::Nothing),
    ("MADCControl", Class::Nothing),
    ("MADCConfig", Class::Block(Block::Madc)),
    ("CurrentDAC", Class::Block(Block::Readout)),
    ("ReadoutSourceSelection", Class::Block(Block::Readout)),
    ("PadMultiplexerConfig", Class::Block(Block::Readout)),
    ("CrossbarOutputConfig", Class::Block(Block::Crossbar)),
    ("CrossbarNode", Class::Block(Block::Crossbar)),
    ("BackgroundSpikeSource", Class::Group(Group::BackgroundSources)),
    ("PPUControlRegister", Class::Block(Block::PpuControl)),
    ("SystimeSyncBase", Class::Block(Block::Systime)),
    ("CommonPhyConfigChip", Class::Block(Block::Phy)),
    ("PhyConfigChip", Class::Block(Block::Phy)),
    ("ADPLL", Class::Block(Block::Clock)),
    ("PLLClockOutputBlock", Class::Block(Block::Clock)),
    ("PLLSelfTest", Class::Block(Block::Clock)),
];

/// Where a stored word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Row of [`Layout::words`].
    word: u8,
    /// Instance of its container (enumeration of the coordinate).
    pub instance: u16,
    /// Position in the bank.
    pub(super) offset: u16,
}

impl Slot {
    /// Position of the container in the register table.
    #[must_use]
    pub fn container(self) -> usize {
        usize::from(self.known().container)
    }

    /// Word of the container.
    #[must_use]
    pub fn word(self) -> usize {
        usize::from(self.known().word)
    }

    /// What is known about the word in all instances.
    #[inline]
    pub(super) fn known(self) -> &'static Word {
        &LAYOUT.words[usize::from(self.word)]
    }

    /// Whether a word with this content switches on something that is not modelled.
    #[inline]
    pub(super) fn asks_for_unmodelled(self, content: u32) -> bool {
        content & self.known().unmodelled != 0
    }
}

/// One word of a container, all instances.
pub(super) struct Word {
    pub(super) container: u8,
    pub(super) word: u8,
    pub(super) bank: u8,
    pub(super) class: Class,
    pub(super) write_mask: u32,
    pub(super) read_mask: u32,
    /// Bits that ask for something not modelled when set.
    pub(super) unmodelled: u32,
}

/// Storage of a container.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) bank: u8,
    /// Position of its first word in the bank.
    pub(super) base: u16,
    /// Row of its first word in [`Layout::words`].
    first_word: u8,
    pub(super) sram: bool,
}

/// Everything above, worked out from the register table.
pub(super) struct Layout {
    pub(super) words: Vec<Word>,
    /// By position in the register table; `None` for what is not stored here.
    pub(super) places: Vec<Option<Place>>,
    /// Words per bank.
    pub(super) banks: Vec<usize>,
}

/// A constant, built on first use.
pub(super) static LAYOUT: LazyLock<Layout> = LazyLock::new(Layout::build);

impl Layout {
    fn build() -> Layout {
        let mut layout = Layout { words: Vec::new(), places: Vec::new(), banks: vec![0] };
        for (index, container) in CONTAINERS.iter().enumerate() {
            let class = CLASSES.iter().find(|(name, _)| *name == container.name);
            let place = class.map(|&(_, class)| layout.add(index, container, class));
            layout.places.push(place);
        }
        layout
    }

    fn add(&mut self, index: usize, container: &Container, class: Class) -> Place {
        let size = container.instance_count() as usize * usize::from(container.words);
        let bank = if size >= OWN_BANK_WORDS {
            self.banks.push(0);
            self.banks.len() - 1
        } else {
            0
        };
        let place = Place {
            bank: bank as u8,
            base: self.banks[bank] as u16,
            first_word: self.words.len() as u8,
            sram: SRAM.contains(&container.name),
        };
        self.banks[bank] += size;
        for word in 0..container.words {
            self.words.push(Word {
                container: index as u8,
                word,
                bank: place.bank,
                class,
                write_mask: container.write_mask(u32::from(word)),
                read_mask: container.read_mask(u32::from(word)),
                unmodelled: notice::mask(index, usize::from(word)),
            });
        }
        place
    }
}

/// Slot of a word of a container (by position in the register table); `None` if it is not stored or out of range.
pub(super) fn slot(container: usize, instance: usize, word: usize) -> Option<Slot> {
    let place = (*LAYOUT.places.get(container)?)?;
    let row = &CONTAINERS[container];
    let words = usize::from(row.words);
    (word < words && (instance as u64) < row.instance_count()).then(|| Slot {
        word: place.first_word + word as u8,
        instance: instance as u16,
        offset: place.base + (instance * words + word) as u16,
    })
}

/// Slot of the configuration of chip PHY `phy`, which has a JTAG register instead of an address.
pub(super) fn phy_slot(phy: u8) -> Option<Slot> {
    slot(const { position("PhyConfigChip") }, usize::from(phy), 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::omnibus::decode::{SPECIAL, in_synapse_window};

    fn on_chip(container: &Container) -> bool {
        container.address(0, 0).is_some_and(|address| address & FPGA_SIDE == 0)
    }

    #[test]
    fn every_chip_container_is_stored_or_answered_by_a_block() {
        for container in CONTAINERS.iter().filter(|c| on_chip(c)) {
            let window = container.address(0, 0).is_some_and(in_synapse_window);
            let stored = CLASSES.iter().filter(|(name, _)| *name == container.name).count();
            let elsewhere = SPECIAL.iter().filter(|special| special.container == container.name).count();
            assert!(stored + elsewhere > 0 || window, "{}", container.name);
            assert!(stored <= 1 && !(window && stored + elsewhere > 0), "{}", container.name);
        }
    }

    #[test]
    fn lists_name_containers_that_exist() {
        let names = CLASSES.iter().map(|(name, _)| *name).chain(SRAM.iter().copied());
        let names = names.chain(SPECIAL.iter().map(|special| special.container));
        for name in names {
            assert!(hx_isa::regmap::find_container(name).is_some(), "{name}");
        }
    }

    #[test]
    fn banks_are_small_enough_for_their_offsets() {
        assert!(LAYOUT.banks.iter().all(|&words| words <= usize::from(u16::MAX)));
        assert!(LAYOUT.words.len() <= usize::from(u8::MAX));
        assert_eq!(LAYOUT.banks.len(), 1 + 5, "the five large containers have their own");
    }

    #[test]
    fn slots_do_not_overlap() {
        let mut used: Vec<Vec<bool>> = LAYOUT.banks.iter().map(|&words| vec![false; words]).collect();
        for (index, container) in CONTAINERS.iter().enumerate().filter(|(i, _)| LAYOUT.places[*i].is_some()) {
            for instance in 0..container.instance_count() as usize {
                for word in 0..usize::from(container.words) {
                    let slot = slot(index, instance, word).unwrap();
                    assert_eq!(
                        (slot.container(), usize::from(slot.instance), slot.word()),
                        (index, instance, word)
                    );
                    let cell = &mut used[usize::from(slot.known().bank)][usize::from(slot.offset)];
                    assert!(!std::mem::replace(cell, true));
                }
            }
        }
        assert!(used.iter().flatten().all(|cell| *cell));
        assert_eq!(slot(position("CADCConfig"), 2, 0), None);
        assert_eq!(slot(position("NeuronReset"), 0, 0), None);
    }
}
