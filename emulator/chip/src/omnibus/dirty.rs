//! What changed since somebody last looked. Physical parameters and tables are derived from raw words lazily: a write only leaves
//! a mark here, and the owner of a derived value takes the marks when it needs the value next.

use super::layout::Slot;
use super::synram::ROWS;
use hx_isa::regmap::coordinate::CapMemCellOnDLS;
use serde::{Deserialize, Serialize};

/// 64-bit words of a [`BitSet`]; enough for 520 CapMem columns.
const SET_WORDS: usize = 9;
/// CapMem columns of one block: 128 neurons and two shared ones.
pub const CAPMEM_COLUMNS: usize = 130;

/// A set of numbers below 576.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BitSet([u64; SET_WORDS]);

impl BitSet {
    /// All numbers below `count`.
    #[must_use]
    pub fn below(count: usize) -> BitSet {
        let mut set = BitSet::default();
        (0..count).for_each(|number| set.insert(number));
        set
    }

    /// Adds a number.
    #[inline]
    pub fn insert(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    /// Takes a number away.
    #[inline]
    pub fn remove(&mut self, number: usize) {
        self.0[number / 64] &= !(1 << (number % 64));
    }

    /// Whether it holds a number.
    #[must_use]
    pub fn contains(&self, number: usize) -> bool {
        self.0[number / 64] >> (number % 64) & 1 == 1
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0 == [0; SET_WORDS]
    }

    /// Its numbers in increasing order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + use<> {
        let words = self.0;
        (0..SET_WORDS).flat_map(move |i| {
            let start = words[i];
            let rest = std::iter::successors(Some(start), |word| Some(word & word.wrapping_sub(1)));
            rest.take_while(|word| *word != 0).map(move |word| 64 * i + word.trailing_zeros() as usize)
        })
    }
}

/// Numbered things of which single ones are marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// `NeuronConfig`, numbered like atomic neurons: `256*row + column`.
    Neurons,
    /// `NeuronBackendConfig`: `256*w + m` with `w = column/128`, `m = 128*row + column%128`.
    Backends,
    /// `CapMemCell` by column: `130*block + column`.
    CapMemColumns,
    /// `SynapseDriverConfig`: `128*hemisphere + driver`.
    Drivers,
    /// Rows of the synapse arrays: `258*hemisphere + row`; rows 256 and 257 are the column switches.
    SynapseRows,
    /// `BackgroundSpikeSource` 0..8.
    BackgroundSources,
}

/// Members of each group, in the order of [`Group`].
const GROUP_SIZES: [usize; 6] = [512, 512, 4 * CAPMEM_COLUMNS, 256, 2 * ROWS, 8];

/// Registers whose derived values are small enough to be rebuilt as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// `CommonNeuronBackendConfig`: clocks, force reset.
    NeuronBackendCommon,
    /// `CapMemBlockConfig`.
    CapMem,
    /// `ReferenceGeneratorConfig`.
    ReferenceGenerator,
    /// `SynapseBiasSelection`.
    SynapseBias,
    /// `CommonCorrelationConfig`.
    Correlation,
    /// `CommonPADIBusConfig`.
    PadiBus,
    /// `CommonSTPConfig`.
    Stp,
    /// `CADCConfig`.
    Cadc,
    /// `CADCChannelConfig`.
    CadcOffset,
    /// `MADCConfig`.
    Madc,
    /// `CurrentDAC`, `ReadoutSourceSelection`, `PadMultiplexerConfig`.
    Readout,
    /// `CrossbarNode`, `CrossbarOutputConfig`.
    Crossbar,
    /// `PPUControlRegister`.
    PpuControl,
    /// `SystimeSyncBase`.
    Systime,
    /// `PhyConfigChip`, `CommonPhyConfigChip`.
    Phy,
    /// `ADPLL`, `PLLClockOutputBlock`, `PLLSelfTest`.
    Clock,
}

impl Group {
    const fn flag(self) -> u32 {
        1 << self as u32
    }
}

impl Block {
    const fn flag(self) -> u32 {
        1 << (GROUP_SIZES.len() as u32 + self as u32)
    }
}

/// Flags of all groups and blocks.
const ALL_FLAGS: u32 = (Block::Clock.flag() << 1) - 1;

/// Which mark a written word leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Group(Group),
    Block(Block),
    Nothing,
}

/// The marks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Dirty {
    /// Bit per group with a marked member, then per block.
    flags: u32,
    members: [BitSet; GROUP_SIZES.len()],
}

impl Dirty {
    /// All marks set: nothing has been derived yet.
    #[must_use]
    pub fn everything() -> Dirty {
        Dirty { flags: ALL_FLAGS, members: GROUP_SIZES.map(BitSet::below) }
    }

    /// Whether there is no mark at all.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.flags == 0
    }

    /// Whether a block is marked.
    #[must_use]
    #[inline]
    pub fn has(&self, block: Block) -> bool {
        self.flags & block.flag() != 0
    }

    /// Whether a member of a group is marked.
    #[must_use]
    #[inline]
    pub fn has_member(&self, group: Group) -> bool {
        self.flags & group.flag() != 0
    }

    /// Removes the mark of a block; true if it was set.
    #[must_use]
    #[inline]
    pub fn take(&mut self, block: Block) -> bool {
        let marked = self.has(block);
        self.flags &= !block.flag();
        marked
    }

    /// Removes the marks of a group and returns its marked members.
    #[must_use]
    pub fn take_members(&mut self, group: Group) -> BitSet {
        self.flags &= !group.flag();
        std::mem::take(&mut self.members[group as usize])
    }

    /// Marks one member of a group.
    #[inline]
    pub fn mark_member(&mut self, group: Group, member: usize) {
        self.flags |= group.flag();
        self.members[group as usize].insert(member);
    }

    /// Marks a block.
    #[inline]
    pub fn mark(&mut self, block: Block) {
        self.flags |= block.flag();
    }

    /// Marks what depends on a word that changed.
    #[inline]
    pub(super) fn mark_word(&mut self, slot: Slot) {
        let instance = usize::from(slot.instance);
        match slot.known().class {
            Class::Group(Group::CapMemColumns) => {
                self.mark_member(Group::CapMemColumns, capmem_column(instance))
            }
            Class::Group(group) => self.mark_member(group, instance),
            Class::Block(block) => self.mark(block),
            Class::Nothing => {}
        }
    }
}

/// `130*block + column` of a CapMem cell, whose enumeration runs over blocks, rows and columns.
#[inline]
fn capmem_column(instance: usize) -> usize {
    const CELLS: usize = CapMemCellOnDLS::SIZE / 4;
    CAPMEM_COLUMNS * (instance / CELLS) + instance % CAPMEM_COLUMNS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_gives_back_what_it_got_in_order() {
        let mut set = BitSet::default();
        for number in [575, 0, 64, 63, 300] {
            set.insert(number);
        }
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 63, 64, 300, 575]);
        assert!(set.contains(300) && !set.contains(301));
        assert!(!set.is_empty() && BitSet::default().is_empty());
        assert_eq!(BitSet::below(130).iter().count(), 130);
    }

    #[test]
    fn capmem_cells_map_to_their_column() {
        for cell in CapMemCellOnDLS::all() {
            assert_eq!(capmem_column(cell.to_enum()), 130 * cell.b() + cell.c());
        }
    }

    #[test]
    fn marks_are_taken_once() {
        let mut dirty = Dirty::everything();
        assert!(dirty.take(Block::Crossbar));
        assert!(!dirty.take(Block::Crossbar));
        assert!(dirty.has(Block::Clock) && dirty.has(Block::NeuronBackendCommon));
        assert_eq!(dirty.take_members(Group::SynapseRows).iter().count(), 516);
        assert!(!dirty.has_member(Group::SynapseRows) && dirty.has_member(Group::Drivers));
        assert!(dirty.take_members(Group::SynapseRows).is_empty());
    }

    #[test]
    fn emptying_everything_leaves_nothing() {
        let mut dirty = Dirty::default();
        dirty.mark(Block::Stp);
        dirty.mark_member(Group::BackgroundSources, 7);
        assert!(!dirty.is_empty());
        assert!(dirty.take(Block::Stp));
        assert_eq!(dirty.take_members(Group::BackgroundSources).iter().collect::<Vec<_>>(), [7]);
        assert!(dirty.is_empty());
        assert_eq!(dirty, Dirty::default());
    }
}
