//! The vector side of the processor: lanes and the vector unit's timing.

mod arithmetic;
mod execute;
mod hex;
mod instruction;
mod lanes;
mod permute;
mod state;
#[cfg(test)]
mod tests;
pub mod timing;

pub use hex::HexError;
pub use instruction::VectorInstruction;
pub use state::{Accumulator, Condition, Relation, VectorState};

use serde::{Deserialize, Serialize};

/// Bytes of one vector register.
pub const VECTOR_BYTES: usize = 128;

/// One vector of 1024 bits as 8 slices of 16 bytes. Byte lane 0 is byte 0 of slice 0: the most significant byte of every bus and
/// the lowest address in memory. Halfword lane i is byte lanes 2i (high) and 2i + 1 (low).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(align(64))]
pub struct Vector(pub [[u8; 16]; 8]);

impl Vector {
    /// All lanes zero.
    pub const ZERO: Self = Self([[0; 16]; 8]);

    /// All 128 byte lanes in order.
    pub const fn bytes(&self) -> &[u8] {
        self.0.as_flattened()
    }

    /// All 128 byte lanes in order, to be changed.
    pub const fn bytes_mut(&mut self) -> &mut [u8] {
        self.0.as_flattened_mut()
    }

    /// Word `index` (0..32) as the memory bus carries it: byte lane 4 * index in the most significant byte.
    pub fn word(&self, index: usize) -> u32 {
        let lane = &self.0[(index / 4) % 8][(index % 4) * 4..][..4];
        u32::from_be_bytes([lane[0], lane[1], lane[2], lane[3]])
    }

    /// Sets word `index` (0..32), see [`Vector::word`].
    pub fn set_word(&mut self, index: usize, word: u32) {
        self.0[(index / 4) % 8][(index % 4) * 4..][..4].copy_from_slice(&word.to_be_bytes());
    }
}

/// Byte enables of one access on the parallel bus: bit k enables byte lane k.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByteMask(pub u128);

impl ByteMask {
    /// Every byte enabled.
    pub const ALL: Self = Self(u128::MAX);

    /// Whether byte lane `lane` (0..128) is enabled.
    pub const fn enables(self, lane: usize) -> bool {
        (self.0 >> lane) & 1 == 1
    }
}
