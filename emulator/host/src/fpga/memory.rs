//! Words behind FPGA addresses: external PPU memory, DRAM, tables and plain registers. Sparse, because DRAM alone has 256 MiB;
//! copies of an executor share pages until one of them writes.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

const PAGE_BITS: u32 = 10;
const PAGE_WORDS: usize = 1 << PAGE_BITS;

/// A 32-bit address space of words that are zero until written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SparseMemory {
    pages: BTreeMap<u32, Arc<Vec<u32>>>,
}

const fn split(address: u32) -> (u32, usize) {
    (address >> PAGE_BITS, address as usize & (PAGE_WORDS - 1))
}

/// All bits of the bytes that a byte-enable mask selects.
#[inline]
#[must_use]
pub const fn byte_mask(byte_enables: u8) -> u32 {
    let spread = ((byte_enables & 0xf) as u32 * 0x0020_4081) & 0x0101_0101;
    spread * 0xff
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_enables_select_bytes() {
        let mut memory = SparseMemory::default();
        memory.write(5, 0x1234_5678, byte_mask(0xf));
        let after: Vec<u32> = [1, 2, 4, 8]
            .map(|enables| {
                memory.write(5, 0x8765_4321, byte_mask(enables));
                memory.read(5)
            })
            .to_vec();
        assert_eq!(after, [0x1234_5621, 0x1234_4321, 0x1265_4321, 0x8765_4321]);
        assert_eq!(memory.read(4), 0);
    }

    #[test]
    fn every_byte_mask() {
        for enables in 0..16u8 {
            let expected = (0..4).filter(|i| enables >> i & 1 == 1).fold(0, |mask, i| mask | 0xff << (8 * i));
            assert_eq!(byte_mask(enables), expected);
        }
    }

    #[test]
    fn copies_are_independent() {
        let mut memory = SparseMemory::default();
        memory.write(0x8400_0000, 1, u32::MAX);
        let copy = memory.clone();
        memory.write(0x8400_0000, 2, u32::MAX);
        assert_eq!((copy.read(0x8400_0000), memory.read(0x8400_0000)), (1, 2));
    }
}
