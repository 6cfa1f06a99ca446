//! From an address of the chip's side of the bus to what it means. Called for every bus word: a page table leads to a table of
//! targets, built once from the register table; the window on the synapse arrays is decoded by arithmetic on offsets that are
//! taken from the same table.

use super::layout::{FPGA_SIDE, Slot, slot};
use super::synram::{ROWS, SYNAPSE_ROWS, View};
use hx_isa::regmap::{CONTAINERS, Container, container, position};
use std::sync::LazyLock;

/// A word of a synapse array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SynramAddress {
    /// 0 top, 1 bottom.
    pub hemisphere: u8,
    /// Which bits of the cells.
    pub view: View,
    /// Row 0..258.
    pub row: u16,
    /// Quad 0..64.
    pub quad: u8,
}

/// A word of converter samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CadcAddress {
    /// 0 top, 1 bottom.
    pub hemisphere: u8,
    /// Acausal instead of causal channels.
    pub acausal: bool,
    /// Return latched samples instead of starting a conversion.
    pub buffered: bool,
    /// Row 0..256.
    pub row: u8,
    /// Quad 0..64.
    pub quad: u8,
}

/// A word of a processor's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PpuMemoryAddress {
    /// 0 top, 1 bottom.
    pub hemisphere: u8,
    /// Word 0..4096.
    pub word: u16,
}

/// Registers that act when written. `neuron` is the enumeration of the backends, `256*w + m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Artificial fire of one neuron.
    NeuronReset {
        /// Backend number 0..512.
        neuron: u16,
    },
    /// Artificial fire of the four neurons of a quad.
    NeuronResetQuad {
        /// 0 top, 1 bottom.
        hemisphere: u8,
        /// Quad 0..64.
        quad: u8,
    },
    /// Post pulse to all neurons of a half with `post_overwrite`.
    BlockPostPulse {
        /// 0 west, 1 east.
        block: u8,
    },
    /// Clears a spike counter.
    SpikeCounterReset {
        /// Backend number 0..512.
        neuron: u16,
    },
    /// Resets the correlation traces of four synapses.
    CorrelationReset {
        /// 0 top, 1 bottom.
        hemisphere: u8,
        /// Row 0..256.
        row: u8,
        /// Quad 0..64.
        quad: u8,
    },
    /// One event on PADI buses; the word is stored before the trigger is returned.
    PadiEvent {
        /// 0 top, 1 bottom.
        hemisphere: u8,
    },
    /// Command to the MADC; the word is stored before the trigger is returned.
    MadcControl,
}

impl Trigger {
    /// Where the payload of the write is stored, if it has one.
    pub(super) fn slot(self) -> Option<Slot> {
        match self {
            Trigger::PadiEvent { hemisphere } => {
                slot(const { position("PADIEvent") }, usize::from(hemisphere), 0)
            }
            Trigger::MadcControl => slot(const { position("MADCControl") }, 0, 0),
            _ => None,
        }
    }
}

/// Values that a block computes when they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Live {
    /// `SpikeCounterRead`.
    SpikeCounter {
        /// Backend number `256*w + m`, 0..512.
        neuron: u16,
    },
    /// `CrossbarInputDropCounter`.
    CrossbarDrops {
        /// Crossbar input 0..20.
        input: u8,
    },
    /// `CrossbarOutputEventCounter`.
    CrossbarEvents {
        /// Crossbar output 0..12.
        output: u8,
    },
    /// `PPUStatusRegister`.
    PpuStatus {
        /// 0 top, 1 bottom.
        hemisphere: u8,
    },
    /// `PLLSelfTestStatus`.
    PllSelfTestStatus,
}

/// What an address means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A stored word of a register.
    Register(Slot),
    /// A word of a processor's memory.
    PpuMemory(PpuMemoryAddress),
    /// A word of a synapse array.
    Synram(SynramAddress),
    /// Converter samples (reading without `buffered` starts a conversion).
    CadcSample(CadcAddress),
    /// A register that acts when written.
    Trigger(Trigger),
    /// A value computed when read.
    Live(Live),
    /// Nothing: reads 0, ignores writes.
    Unmapped,
}

/// A container that is no plain register, and what its instances mean.
pub(super) struct Special {
    pub(super) container: &'static str,
    target: fn(u16) -> Target,
}

/// Shorthand for a row of [`SPECIAL`].
const fn special(container: &'static str, target: fn(u16) -> Target) -> Special {
    Special { container, target }
}

/// Registers that act when written, and values computed when read.
pub(super) const SPECIAL: &[Special] = &[
    special("NeuronReset", |i| Target::Trigger(Trigger::NeuronReset { neuron: i })),
    special("BlockPostPulse", |i| Target::Trigger(Trigger::BlockPostPulse { block: i as u8 })),
    special("SpikeCounterReset", |i| Target::Trigger(Trigger::SpikeCounterReset { neuron: i })),
    special("PADIEvent", |i| Target::Trigger(Trigger::PadiEvent { hemisphere: i as u8 })),
    special("MADCControl", |_| Target::Trigger(Trigger::MadcControl)),
    special("SpikeCounterRead", |i| Target::Live(Live::SpikeCounter { neuron: i })),
    special("CrossbarInputDropCounter", |i| Target::Live(Live::CrossbarDrops { input: i as u8 })),
    special("CrossbarOutputEventCounter", |i| Target::Live(Live::CrossbarEvents { output: i as u8 })),
    special("PPUMemoryWord", |i| {
        Target::PpuMemory(PpuMemoryAddress { hemisphere: (i >> 12) as u8, word: i & 0xfff })
    }),
    special("PPUStatusRegister", |i| Target::Live(Live::PpuStatus { hemisphere: i as u8 })),
    special("PLLSelfTestStatus", |_| Target::Live(Live::PllSelfTestStatus)),
];

/// First address of word `word` of a container. For constants.
const fn base(name: &str, word: u32) -> u32 {
    match container(name).address(0, word) {
        Some(address) => address,
        None => panic!("the container has no address"),
    }
}

/// First word of the PLL block; JTAG PLL registers have the same numbers.
pub(super) const PLL_BASE: u32 = base("ADPLL", 0);

/// The windows on the synapse arrays: 4 Mi words each, bit 24 is the hemisphere.
const WINDOW: u32 = base("SynapseWeightQuad", 0);
const WINDOW_BITS: u32 = 22;
const HEMISPHERE: u32 = 1 << 24;
/// A view takes 64 Ki words of the window.
const VIEW_BITS: u32 = 16;

/// Number of the 64 Ki words in the window that start at a container.
const fn view_of(name: &str, word: u32) -> u32 {
    (base(name, word) - WINDOW) >> VIEW_BITS
}

const WEIGHT: u32 = view_of("SynapseWeightQuad", 0);
const TIME_CALIBRATION: u32 = view_of("SynapseCorrelationCalibQuad", 0);
const AMPLITUDE_CALIBRATION: u32 = view_of("SynapseCorrelationCalibQuad", 1);
const LABEL: u32 = view_of("SynapseLabelQuad", 0);
const RAW: u32 = view_of("SynapseQuad", 0);
const CORRELATION_RESET: u32 = view_of("CorrelationReset", 0);
/// Samples with conversion; the address of buffered ones has one more bit set (haldls: include/lola/vx/cadc.h).
const CAUSAL: u32 = view_of("CADCSampleQuad", 0);
/// Distance of the acausal from the causal samples, and of the buffered ones.
const ACAUSAL: u32 = CAUSAL + 4;
const BUFFERED: u32 = 0x20;

/// Whether an address lies in one of the windows.
#[inline]
pub(super) fn in_synapse_window(address: u32) -> bool {
    (address & !HEMISPHERE) >> WINDOW_BITS == WINDOW >> WINDOW_BITS
}

/// What `address` means on the chip's side of the bus.
#[inline]
#[must_use]
pub fn target(address: u32) -> Target {
    if in_synapse_window(address) { window_target(address) } else { MAP.find(address) }
}

/// Row and quad of an offset in a view, or `None` behind the last row.
#[inline]
fn row_and_quad(offset: u32, rows: usize) -> Option<(u16, u8)> {
    let row = offset >> 6;
    ((row as usize) < rows).then_some((row as u16, (offset & 63) as u8))
}

#[inline]
fn window_target(address: u32) -> Target {
    let hemisphere = (address >> 24 & 1) as u8;
    let number = (address & ((1 << WINDOW_BITS) - 1)) >> VIEW_BITS;
    let offset = address & ((1 << VIEW_BITS) - 1);
    let cells = |view| match row_and_quad(offset, ROWS) {
        Some((row, quad)) => Target::Synram(SynramAddress { hemisphere, view, row, quad }),
        None => Target::Unmapped,
    };
    match number {
        WEIGHT => cells(View::Weight),
        TIME_CALIBRATION => cells(View::TimeCalibration),
        AMPLITUDE_CALIBRATION => cells(View::AmplitudeCalibration),
        LABEL => cells(View::Label),
        RAW => raw_target(hemisphere, offset),
        CORRELATION_RESET => reset_target(hemisphere, offset),
        _ if matches!(number & !BUFFERED, CAUSAL | ACAUSAL) => sample_target(hemisphere, number, offset),
        _ => Target::Unmapped,
    }
}

/// Raw view: 64 words of even bytes, then 64 of odd bytes per row.
fn raw_target(hemisphere: u8, offset: u32) -> Target {
    let (row, quad) = ((offset >> 7) as u16, (offset & 63) as u8);
    let view = if offset >> 6 & 1 == 0 { View::RawEven } else { View::RawOdd };
    if usize::from(row) < ROWS {
        Target::Synram(SynramAddress { hemisphere, view, row, quad })
    } else {
        Target::Unmapped
    }
}

/// Correlation resets; the row behind the last synapse row resets neurons instead.
fn reset_target(hemisphere: u8, offset: u32) -> Target {
    match row_and_quad(offset, SYNAPSE_ROWS + 1) {
        Some((row, quad)) if usize::from(row) == SYNAPSE_ROWS => {
            Target::Trigger(Trigger::NeuronResetQuad { hemisphere, quad })
        }
        Some((row, quad)) => Target::Trigger(Trigger::CorrelationReset { hemisphere, row: row as u8, quad }),
        None => Target::Unmapped,
    }
}

fn sample_target(hemisphere: u8, number: u32, offset: u32) -> Target {
    let (acausal, buffered) = (number & !BUFFERED == ACAUSAL, number & BUFFERED != 0);
    match row_and_quad(offset, SYNAPSE_ROWS) {
        Some((row, quad)) => {
            Target::CadcSample(CadcAddress { hemisphere, acausal, buffered, row: row as u8, quad })
        }
        None => Target::Unmapped,
    }
}

/// Addresses per page of the map.
const PAGE_BITS: u32 = 10;
/// Addresses below this may be mapped.
const END: u32 = 1 << 26;

/// All addresses outside the windows.
struct Map {
    /// Number of the page of cells by page of addresses; page 0 is empty.
    pages: Vec<u8>,
    /// Position in `targets`; 0 is unmapped.
    cells: Vec<u16>,
    targets: Vec<Target>,
}

/// A constant, built on first use.
static MAP: LazyLock<Map> = LazyLock::new(Map::build);

impl Map {
    fn build() -> Map {
        let mut map = Map {
            pages: vec![0; (END >> PAGE_BITS) as usize],
            cells: vec![0; 1 << PAGE_BITS],
            targets: vec![Target::Unmapped],
        };
        for (index, container) in CONTAINERS.iter().enumerate() {
            let chip = container.address(0, 0).is_some_and(|a| a & FPGA_SIDE == 0 && !in_synapse_window(a));
            if chip {
                map.add(index, container);
            }
        }
        map
    }

    fn add(&mut self, index: usize, container: &Container) {
        let special = SPECIAL.iter().find(|special| special.container == container.name);
        for instance in 0..container.instance_count() {
            for word in 0..container.words {
                let address = container.address(instance, u32::from(word));
                let target = match special {
                    Some(special) => Some((special.target)(instance as u16)),
                    None => slot(index, instance as usize, usize::from(word)).map(Target::Register),
                };
                if let (Some(address), Some(target)) = (address, target) {
                    self.put(address, target);
                }
            }
        }
    }

    fn put(&mut self, address: u32, target: Target) {
        let page = &mut self.pages[(address >> PAGE_BITS) as usize];
        if *page == 0 {
            *page = (self.cells.len() >> PAGE_BITS) as u8;
            self.cells.resize(self.cells.len() + (1 << PAGE_BITS), 0);
        }
        let cell = usize::from(*page) << PAGE_BITS | address as usize & ((1 << PAGE_BITS) - 1);
        self.cells[cell] = self.targets.len() as u16;
        self.targets.push(target);
    }

    #[inline]
    fn find(&self, address: u32) -> Target {
        let page = self.pages.get((address >> PAGE_BITS) as usize).copied().unwrap_or(0);
        let cell = usize::from(page) << PAGE_BITS | address as usize & ((1 << PAGE_BITS) - 1);
        self.targets[usize::from(self.cells[cell])]
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::LAYOUT;
    use super::*;

    /// Every address of every container of the chip means an instance of that container.
    #[test]
    fn addresses_lead_back_to_their_container() {
        let mut seen = 0;
        for (index, container) in CONTAINERS.iter().enumerate() {
            for instance in 0..container.instance_count().min(1 << 18) {
                for word in 0..u32::from(container.words) {
                    let Some(address) = container.address(instance, word).filter(|a| a & FPGA_SIDE == 0)
                    else {
                        continue;
                    };
                    check(index, container, instance, word, target(address));
                    seen += 1;
                }
            }
        }
        assert_eq!(seen, 390_739, "words of the chip's 52 containers on the bus, as the table counts them");
    }

    fn check(index: usize, container: &Container, instance: u64, word: u32, found: Target) {
        match found {
            Target::Register(slot) => {
                assert_eq!(
                    (slot.container(), u64::from(slot.instance), slot.word()),
                    (index, instance, word as usize)
                );
            }
            Target::Unmapped => panic!("{} {instance} word {word} is unmapped", container.name),
            _ => assert_eq!(expected(container.name, instance, word), found, "{} {instance}", container.name),
        }
    }

    fn expected(name: &str, instance: u64, word: u32) -> Target {
        let (hemisphere, row, quad) =
            ((instance >> 14) as u8, (instance >> 6 & 255) as u16, (instance & 63) as u8);
        let cell = |view| Target::Synram(SynramAddress { hemisphere, view, row, quad });
        let column =
            |row, view| Target::Synram(SynramAddress { hemisphere: (instance >> 6) as u8, view, row, quad });
        match (name, word) {
            ("SynapseQuad", 0) => cell(View::RawEven),
            ("SynapseQuad", 1) => cell(View::RawOdd),
            ("SynapseWeightQuad", 0) => cell(View::Weight),
            ("SynapseLabelQuad", 0) => cell(View::Label),
            ("SynapseCorrelationCalibQuad", 0) => cell(View::TimeCalibration),
            ("SynapseCorrelationCalibQuad", 1) => cell(View::AmplitudeCalibration),
            ("ColumnCorrelationQuad", 0) => column(257, View::RawEven),
            ("ColumnCorrelationQuad", 1) => column(257, View::RawOdd),
            ("ColumnCorrelationQuad", 2) => column(256, View::Weight),
            ("ColumnCorrelationQuad", 3) => column(256, View::Label),
            ("ColumnCurrentQuad", 0) => column(256, View::TimeCalibration),
            ("ColumnCurrentQuad", 1) => column(256, View::AmplitudeCalibration),
            ("CorrelationReset", 0) => {
                Target::Trigger(Trigger::CorrelationReset { hemisphere, row: row as u8, quad })
            }
            ("NeuronResetQuad", 0) => {
                Target::Trigger(Trigger::NeuronResetQuad { hemisphere: (instance >> 6) as u8, quad })
            }
            ("CADCSampleQuad", 0) => Target::CadcSample(sample(name, instance)),
            _ => match SPECIAL.iter().find(|special| special.container == name) {
                Some(special) => (special.target)(instance as u16),
                None => Target::Unmapped,
            },
        }
    }

    /// From the named axes, whatever their order.
    fn sample(name: &str, instance: u64) -> CadcAddress {
        let axes = container(name).coordinate;
        let positions = axes.split(instance);
        let at = |key| positions[axes.axes.iter().position(|axis| axis.key == key).unwrap()];
        CadcAddress {
            hemisphere: at("s") as u8,
            acausal: at("t") == 1,
            buffered: at("u") == 1,
            row: at("row") as u8,
            quad: at("q") as u8,
        }
    }

    #[test]
    fn addresses_between_registers_are_unmapped() {
        let holes = [
            0x0000_0002,
            0x0008_0006,
            0x000c_001b,
            0x000a_0000,
            0x0011_0403,
            0x0013_0085,
            0x0016_0000,
            0x0016_0008,
            0x0014_0018,
            0x0400_0000,
            0x1c00_0000,
            0x1e00_0000,
            0x2000_0000,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
        ];
        for address in holes {
            assert_eq!(target(address), Target::Unmapped, "{address:#010x}");
        }
    }

    #[test]
    fn the_window_ends_behind_the_last_row_of_each_view() {
        let top = 0x02c0_0000;
        let rows = [
            (0x0_0000, 258),
            (0x1_0000, 258),
            (0x4_0000, 258),
            (0x8_0000, 256),
            (0x9_0000, 257),
            (0xc_0000, 256),
        ];
        for (view, rows) in rows {
            assert_ne!(target(top + view + 64 * rows - 1), Target::Unmapped);
            assert_eq!(target(top + view + 64 * rows), Target::Unmapped);
        }
        assert_ne!(target(top + 0xf_0000 + 128 * 258 - 1), Target::Unmapped);
        assert_eq!(target(top + 0xf_0000 + 128 * 258), Target::Unmapped);
        assert_eq!(target(top + 0x3_0000), Target::Unmapped);
        assert_eq!(target(top + 0x20_0000), Target::Unmapped, "only samples have a buffered view");
    }

    #[test]
    fn stored_words_have_exactly_one_address() {
        let with_address = MAP.targets.iter().filter(|t| matches!(t, Target::Register(_))).count();
        let stored: usize = LAYOUT.banks.iter().sum();
        let by_jtag_or_trigger = 8 + 2 + 1;
        assert_eq!(with_address, stored - by_jtag_or_trigger);
    }
}
