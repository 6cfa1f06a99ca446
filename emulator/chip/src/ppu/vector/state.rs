//! Registers of the vector unit.

use serde::{Deserialize, Serialize};

use super::{ByteMask, Vector};

/// 32 bits for every halfword lane. For byte instructions the upper half of a lane belongs to its high byte and the lower half to its
/// low byte.
///
/// Kept as bytes: for every byte lane its 16 bits, low byte first. That is the order of the lanes for byte instructions, and one
/// rotation away from it for halfword instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(align(64))]
pub struct Accumulator([[[u8; 16]; 8]; 2]);

impl Accumulator {
    /// All lanes zero.
    pub const ZERO: Self = Self([[[0; 16]; 8]; 2]);

    /// The 16 bits of each byte lane, to be read with `from_le_bytes`.
    #[inline]
    pub(super) fn halves(&self) -> &[[u8; 2]] {
        self.0.as_flattened().as_flattened().as_chunks().0
    }

    /// The 16 bits of each byte lane, to be written with `to_le_bytes`.
    #[inline]
    pub(super) fn halves_mut(&mut self) -> &mut [[u8; 2]] {
        self.0.as_flattened_mut().as_flattened_mut().as_chunks_mut().0
    }

    /// The 32 bits of each halfword lane, to be read with `from_le_bytes` and a rotation by 16 bits.
    #[inline]
    pub(super) fn words(&self) -> &[[u8; 4]] {
        self.0.as_flattened().as_flattened().as_chunks().0
    }

    /// The 32 bits of each halfword lane, to be written with a rotation by 16 bits and `to_le_bytes`.
    #[inline]
    pub(super) fn words_mut(&mut self) -> &mut [[u8; 4]] {
        self.0.as_flattened_mut().as_flattened_mut().as_chunks_mut().0
    }

    /// All 64 lanes in order.
    pub fn lanes(&self) -> impl Iterator<Item = u32> {
        self.words().iter().map(|&word| u32::from_le_bytes(word).rotate_left(16))
    }

    /// Sets lane `lane` (modulo 64).
    pub fn set_lane(&mut self, lane: usize, value: u32) {
        self.words_mut()[lane % 64] = value.rotate_left(16).to_le_bytes();
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
