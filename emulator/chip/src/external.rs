//! Memory at the far end of the chip's link: what the FPGA keeps for the processors (128 KiB of SRAM, 256 MiB of DRAM) at its
//! own side of the Omnibus. The chip owns it because two sides reach it: the FPGA for the host, the processors over the link.
//!
//! Sparse, because DRAM alone has 256 MiB; copies share pages until one of them writes.

use hx_isa::regmap::container;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

const PAGE_BITS: u32 = 10;
const PAGE_WORDS: usize = 1 << PAGE_BITS;

/// First Omnibus word address of the external memory.
pub const MEMORY_BASE: u32 = base("ExternalPPUMemoryQuad");
/// Words of the external memory: 128 KiB.
pub const MEMORY_WORDS: u32 = container("ExternalPPUMemoryQuad").instance_count() as u32;
/// First Omnibus word address of the external DRAM.
pub const DRAM_BASE: u32 = base("ExternalPPUDRAMMemoryQuad");
/// Words of the external DRAM: 256 MiB.
pub const DRAM_WORDS: u32 = container("ExternalPPUDRAMMemoryQuad").instance_count() as u32;

const fn base(name: &str) -> u32 {
    match container(name).address(0, 0) {
        Some(address) => address,
        None => panic!("not on the Omnibus"),
    }
}

/// Whether an Omnibus word address lies in one of the two memories.
#[inline]
#[must_use]
pub const fn is_external(address: u32) -> bool {
    address.wrapping_sub(MEMORY_BASE) < MEMORY_WORDS || address.wrapping_sub(DRAM_BASE) < DRAM_WORDS
}

/// A 32-bit address space of words that are zero until written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SparseMemory {
    pages: BTreeMap<u32, Arc<Vec<u32>>>,
}

const fn split(address: u32) -> (u32, usize) {
    (address >> PAGE_BITS, address as usize & (PAGE_WORDS - 1))
}

impl SparseMemory {
    /// The word at an address.
    #[must_use]
    pub fn read(&self, address: u32) -> u32 {
        let (page, word) = split(address);
        self.pages.get(&page).map_or(0, |page| page[word])
    }

    /// Replaces the bits selected by `mask` of the word at an address.
    pub fn write(&mut self, address: u32, data: u32, mask: u32) {
        let (page, word) = split(address);
        let page = self.pages.entry(page).or_insert_with(|| Arc::new(vec![0; PAGE_WORDS]));
        let word = &mut Arc::make_mut(page)[word];
        *word = *word & !mask | data & mask;
    }

    /// Zeroes everything.
    pub fn clear(&mut self) {
        self.pages.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::omnibus::enabled_bits;

    #[test]
    fn byte_enables_select_bytes() {
        let mut memory = SparseMemory::default();
        memory.write(5, 0x1234_5678, enabled_bits(0xf));
        let after: Vec<u32> = [1, 2, 4, 8]
            .map(|enables| {
                memory.write(5, 0x8765_4321, enabled_bits(enables));
                memory.read(5)
            })
            .to_vec();
        assert_eq!(after, [0x1234_5621, 0x1234_4321, 0x1265_4321, 0x8765_4321]);
        assert_eq!(memory.read(4), 0);
    }

    #[test]
    fn copies_are_independent() {
        let mut memory = SparseMemory::default();
        memory.write(0x8400_0000, 1, u32::MAX);
        let copy = memory.clone();
        memory.write(0x8400_0000, 2, u32::MAX);
        assert_eq!((copy.read(0x8400_0000), memory.read(0x8400_0000)), (1, 2));
        memory.clear();
        assert_eq!(memory, SparseMemory::default());
    }

    #[test]
    fn the_memories_are_where_the_register_map_says() {
        assert_eq!((MEMORY_BASE, 4 * MEMORY_WORDS), (0x8000_0000, 128 << 10));
        assert_eq!((DRAM_BASE, 4 * DRAM_WORDS), (0x8400_0000, 256 << 20));
        let inside = [0x8000_0000, 0x8000_7fff, 0x8400_0000, 0x87ff_ffff];
        let outside = [0x7fff_ffff, 0x8000_8000, 0x83ff_ffff, 0x8800_0000];
        assert!(inside.into_iter().all(is_external) && !outside.into_iter().any(is_external));
    }
}
