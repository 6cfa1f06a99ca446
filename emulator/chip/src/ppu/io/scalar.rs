//! Byte addresses of scalar accesses, `fxvlax`, `fxvstax` and instruction fetch outside the SRAM (electronicvisions libnux:
//! include/libnux/vx/omnibus.h, include/libnux/vx/dls.tcc, include/libnux/vx/globaladdress.h, share/libnux/elf32nux.x).

use crate::external::{DRAM_WORDS, MEMORY_WORDS, is_external};

/// Byte address of the memories and registers of the FPGA in the data view: word `a` of the FPGA's Omnibus (bit 31 cleared) is
/// at this address plus `4 a`.
pub const FPGA_BASE: u32 = 0x4000_0000;
/// Byte address of the chip's Omnibus in the data view: word `a` is at this address plus `4 a`.
pub const OMNIBUS_BASE: u32 = 0x8000_0000;
/// Byte address of the external memory in the instruction view.
pub const FETCH_MEMORY_BASE: u32 = 0x8000_0000;
/// Byte address of the external DRAM in the instruction view.
pub const FETCH_DRAM_BASE: u32 = 0x9000_0000;
/// Bit of an Omnibus word address that selects the FPGA's side.
const FPGA_SIDE: u32 = 1 << 31;
/// Bit of an FPGA word address that selects registers instead of memory.
const FPGA_REGISTERS: u32 = 1 << 27;

/// First word of the spike injection of the predecessor chip, which libnux headers still name (`dls_spike_base`).
pub const LEGACY_SPIKES: u32 = 0x1c00_0040;
/// Its addresses: one per synapse label.
pub const LEGACY_SPIKE_LABELS: u32 = 64;

/// What a byte address outside the SRAM means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarTarget {
    /// Word of the external memory or DRAM, as an Omnibus address.
    External(u32),
    /// Word of the chip's Omnibus.
    Omnibus(u32),
    /// Spike injection as on the predecessor chip: the data is a mask of rows.
    LegacySpikes {
        /// Label of the event, 0..64.
        label: u8,
    },
    /// Register of the FPGA, as an Omnibus address.
    FpgaRegister(u32),
    /// Nothing.
    Unmapped,
}

/// Meaning of a byte address in the data view.
#[must_use]
pub fn scalar_target(address: u32) -> ScalarTarget {
    if address >= OMNIBUS_BASE {
        let word = (address - OMNIBUS_BASE) >> 2;
        let label = word.wrapping_sub(LEGACY_SPIKES);
        return match label < LEGACY_SPIKE_LABELS {
            true => ScalarTarget::LegacySpikes { label: label as u8 },
            false => ScalarTarget::Omnibus(word),
        };
    }
    let word = FPGA_SIDE | address.wrapping_sub(FPGA_BASE) >> 2;
    match address >= FPGA_BASE {
        true if is_external(word) => ScalarTarget::External(word),
        true if word & FPGA_REGISTERS != 0 => ScalarTarget::FpgaRegister(word),
        _ => ScalarTarget::Unmapped,
    }
}

/// Word of the external memory or DRAM (as an Omnibus address) that holds the instruction at a byte address.
#[must_use]
pub fn fetch_target(address: u32) -> Option<u32> {
    use crate::external::{DRAM_BASE, MEMORY_BASE};
    let place = |base: u32, first: u32, words: u32| {
        let word = address.wrapping_sub(base) >> 2;
        (address >= base && word < words).then_some(first + word)
    };
    place(FETCH_DRAM_BASE, DRAM_BASE, DRAM_WORDS)
        .or_else(|| place(FETCH_MEMORY_BASE, MEMORY_BASE, MEMORY_WORDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_view() {
        use ScalarTarget::{External, FpgaRegister, LegacySpikes, Omnibus, Unmapped};
        let cases = [
            (0x4000_0000, External(0x8000_0000)),
            (0x4001_fffc, External(0x8000_7fff)),
            (0x4002_0000, Unmapped),
            (0x5000_0000, External(0x8400_0000)),
            (0x5fff_fffc, External(0x87ff_ffff)),
            (0x6000_0004, FpgaRegister(0x8800_0001)),
            (0x8000_0000, Omnibus(0)),
            (0x8a00_0000, Omnibus(0x0280_0000)),
            (0x8e00_0010, Omnibus(0x0380_0004)),
            (0x8b00_0000, Omnibus(0x02c0_0000)),
            (0xf000_0100, LegacySpikes { label: 0 }),
            (0xf000_0104, LegacySpikes { label: 1 }),
            (0xf000_0200, Omnibus(0x1c00_0080)),
        ];
        for (address, target) in cases {
            assert_eq!(scalar_target(address), target, "{address:#010x}");
        }
    }

    #[test]
    fn instruction_view() {
        let cases = [
            (0x8000_0000, Some(0x8000_0000)),
            (0x8001_fffc, Some(0x8000_7fff)),
            (0x8002_0000, None),
            (0x9000_0000, Some(0x8400_0000)),
            (0x9fff_fffc, Some(0x87ff_ffff)),
            (0xa000_0000, None),
            (0x4000_0000, None),
        ];
        for (address, word) in cases {
            assert_eq!(fetch_target(address), word, "{address:#010x}");
        }
    }
}
