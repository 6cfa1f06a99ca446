//! The memories a program can be loaded into, and the addresses at which the processor sees them.

use super::ProgramCause;
use serde::{Deserialize, Serialize};

/// Bytes of the memory of one processor.
pub const SRAM_SIZE: u32 = 16 << 10;
/// Bytes of the memory in the FPGA.
pub const EXTERNAL_SIZE: u32 = 128 << 10;
/// Bytes of the memory beside the FPGA.
pub const EXTERNAL_DRAM_SIZE: u32 = 256 << 20;

/// A memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Memory {
    /// On the chip; each processor has its own.
    Sram,
    /// In the FPGA.
    External,
    /// Beside the FPGA.
    ExternalDram,
}

impl Memory {
    /// Number of bytes.
    #[must_use]
    pub const fn size(self) -> u32 {
        match self {
            Memory::Sram => SRAM_SIZE,
            Memory::External => EXTERNAL_SIZE,
            Memory::ExternalDram => EXTERNAL_DRAM_SIZE,
        }
    }

    /// What to call it in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Memory::Sram => "the processor's memory",
            Memory::External => "the external memory",
            Memory::ExternalDram => "the external DRAM",
        }
    }
}

/// Beginning of the addresses at which external memories are seen, the highest first: by instruction fetches, then by
/// loads and stores.
const WINDOWS: [(u32, Memory); 4] = [
    (0x9000_0000, Memory::ExternalDram),
    (0x8000_0000, Memory::External),
    (0x5000_0000, Memory::ExternalDram),
    (0x4000_0000, Memory::External),
];

/// Memory and offset of an address that is meant to be in an external memory.
pub(super) fn external(address: u32) -> Option<(Memory, u32)> {
    let window = WINDOWS.iter().find(|(base, _)| address >= *base);
    window.map(|(base, memory)| (*memory, address - base))
}

/// Parts of section names that put a section into the processor's memory.
const SRAM_NAMES: [&str; 6] = [".text", ".data", ".rodata", ".bss", ".init", ".fini"];

/// Where the host software puts a section of this name and address; `None` when it leaves it out.
pub(super) fn of_section(name: &str, address: u32) -> Result<Option<(Memory, u32)>, ProgramCause> {
    if name.starts_with("ext") {
        let place = external(address);
        return place
            .map(Some)
            .ok_or_else(|| ProgramCause::NotExternal { section: name.to_owned(), address });
    }
    let is_known = name.starts_with("int") || SRAM_NAMES.iter().any(|part| name.contains(part));
    Ok(is_known.then_some((Memory::Sram, address)))
}

/// Where a segment of this address goes.
pub(super) fn of_address(address: u32) -> (Memory, u32) {
    external(address).unwrap_or((Memory::Sram, address))
}

/// Whether that many bytes fit there.
pub(super) fn check(memory: Memory, offset: u32, size: u32, section: &str) -> Result<(), ProgramCause> {
    if u64::from(offset) + u64::from(size) <= u64::from(memory.size()) {
        return Ok(());
    }
    Err(ProgramCause::Outside { section: section.to_owned(), memory, offset, size })
}
