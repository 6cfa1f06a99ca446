//! Registers of the vector unit.

use serde::{Deserialize, Serialize};

use super::{ByteMask, Vector};

/// 32 bits for every halfword lane, kept as one 16-bit lane for every byte lane: byte instructions see two accumulators of 16 bits
/// each, halfword instructions join them, the high byte's first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accumulator([[u16; 16]; 8]);

impl Accumulator {
    /// All lanes zero.
    pub const ZERO: Self = Self([[0; 16]; 8]);

    /// The 128 lanes of byte instructions.
    pub const fn lanes(&self) -> &[u16] {
        self.0.as_flattened()
    }

    /// The 128 lanes of byte instructions, to be changed.
    pub const fn lanes_mut(&mut self) -> &mut [u16] {
        self.0.as_flattened_mut()
    }

    /// The 64 lanes of halfword instructions.
    pub fn elements(&self) -> impl Iterator<Item = u32> {
        self.lanes().as_chunks().0.iter().map(|&[high, low]| u32::from(high) << 16 | u32::from(low))
    }
}

/// What the C field of an instruction asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Relation {
    /// Element equal to zero.
    Equal,
    /// Element greater than zero, signed.
    Greater,
    /// Element less than zero, signed.
    Less,
}

impl Relation {
    /// Of a C field (its two low bits), `None` for "always".
    pub const fn from_field(field: u8) -> Option<Self> {
        match field & 3 {
            1 => Some(Self::Greater),
            2 => Some(Self::Less),
            3 => Some(Self::Equal),
            _ => None,
        }
    }
}

/// The condition register: for each relation a vector with 0xff in the byte lanes where it holds and 0 elsewhere.
///
/// The hardware has one flag per nibble, but no instruction sets the two of a byte differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Lanes that were equal to zero.
    pub equal: Vector,
    /// Lanes that were greater than zero.
    pub greater: Vector,
    /// Lanes that were less than zero.
    pub less: Vector,
}

impl Condition {
    /// No relation holds anywhere: the state after reset.
    pub const ZERO: Self = Self { equal: Vector::ZERO, greater: Vector::ZERO, less: Vector::ZERO };

    /// Lanes in which `relation` holds.
    pub const fn lanes(&self, relation: Relation) -> &Vector {
        match relation {
            Relation::Equal => &self.equal,
            Relation::Greater => &self.greater,
            Relation::Less => &self.less,
        }
    }

    /// Lanes in which `relation` holds, as byte enables of the parallel bus.
    pub fn byte_mask(&self, relation: Relation) -> ByteMask {
        // Gathers the lowest bit of each of eight bytes into the top byte.
        const GATHER: u64 = 0x0102_0408_1020_4080;
        let chunks: &[[u8; 8]] = self.lanes(relation).bytes().as_chunks().0;
        let gather =
            |chunk: &[u8; 8]| (u64::from_le_bytes(*chunk) & 0x0101_0101_0101_0101).wrapping_mul(GATHER) >> 56;
        ByteMask(chunks.iter().rev().fold(0, |mask, chunk| mask << 8 | u128::from(gather(chunk))))
    }
}

/// All data of the vector unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VectorState {
    /// The vector registers. Not reset by the hardware; zero here.
    pub registers: [Vector; 32],
    /// The accumulator.
    pub accumulator: Accumulator,
    /// The condition register.
    pub condition: Condition,
}

impl Default for VectorState {
    fn default() -> Self {
        Self { registers: [Vector::ZERO; 32], accumulator: Accumulator::ZERO, condition: Condition::ZERO }
    }
}

impl VectorState {
    /// Vector register `number` (its five low bits).
    #[inline]
    pub fn register(&self, number: u8) -> &Vector {
        &self.registers[usize::from(number) % 32]
    }

    /// Vector register `number` (its five low bits), to be changed.
    #[inline]
    pub fn register_mut(&mut self, number: u8) -> &mut Vector {
        &mut self.registers[usize::from(number) % 32]
    }

    /// Byte enables that `fxvinx` and `fxvoutx` with this C field drive.
    pub fn byte_mask(&self, field: u8) -> ByteMask {
        Relation::from_field(field).map_or(ByteMask::ALL, |relation| self.condition.byte_mask(relation))
    }
}
