//! The registers as they go over the wire: big-endian, in the order of the target description.

use super::description::SPECIAL;
use gdbstub::arch::{Arch, RegId, Registers};
use std::num::NonZeroUsize;

/// Bytes of a vector register.
pub const VECTOR_BYTES: usize = 128;
/// Bytes of the accumulator.
pub const ACCUMULATOR_BYTES: usize = 256;
/// Bytes of the vector condition register: 3 x 4 flags for each of 64 halfwords.
pub const CONDITION_BYTES: usize = 96;
/// gdb's number of the first vector register, behind those it knows itself.
pub(super) const FIRST_VECTOR_NUMBER: usize = 256;

/// Everything a debugger sees and sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreRegisters {
    /// r0..r31.
    pub gpr: [u32; 32],
    /// pc, msr, cr, lr, ctr, xer.
    pub special: [u32; 6],
    /// Vector condition, per halfword the flags equal, greater, less, four bits each.
    pub condition: [u8; CONDITION_BYTES],
    /// kv0..kv31, lane 0 first.
    pub vectors: Vec<[u8; VECTOR_BYTES]>,
    /// Accumulator, element 0 first.
    pub accumulator: [u8; ACCUMULATOR_BYTES],
}

impl Default for CoreRegisters {
    fn default() -> CoreRegisters {
        CoreRegisters {
            gpr: [0; 32],
            special: [0; 6],
            condition: [0; CONDITION_BYTES],
            vectors: vec![[0; VECTOR_BYTES]; 32],
            accumulator: [0; ACCUMULATOR_BYTES],
        }
    }
}

impl CoreRegisters {
    /// The program counter.
    #[must_use]
    pub fn program_counter(&self) -> u32 {
        self.special[0]
    }

    /// The registers in wire order.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let scalar = self.gpr.iter().chain(&self.special).flat_map(|word| word.to_be_bytes());
        let vectors = self.vectors.iter().flatten().copied();
        scalar.chain(self.condition).chain(vectors).chain(self.accumulator).collect()
    }

    /// Takes registers in wire order.
    pub(super) fn set_bytes(&mut self, bytes: &[u8]) -> Result<(), ()> {
        let mut rest = bytes;
        for word in self.gpr.iter_mut().chain(&mut self.special) {
            let mut raw = [0; 4];
            take(&mut rest, &mut raw)?;
            *word = u32::from_be_bytes(raw);
        }
        take(&mut rest, &mut self.condition)?;
        for vector in &mut self.vectors {
            take(&mut rest, vector)?;
        }
        take(&mut rest, &mut self.accumulator)
    }
}

fn take(rest: &mut &[u8], target: &mut [u8]) -> Result<(), ()> {
    let (head, tail) = rest.split_at_checked(target.len()).ok_or(())?;
    target.copy_from_slice(head);
    *rest = tail;
    Ok(())
}

impl Registers for CoreRegisters {
    type ProgramCounter = u32;

    fn pc(&self) -> u32 {
        self.program_counter()
    }

    fn gdb_serialize(&self, mut write_byte: impl FnMut(Option<u8>)) {
        self.bytes().into_iter().for_each(|byte| write_byte(Some(byte)));
    }

    fn gdb_deserialize(&mut self, bytes: &[u8]) -> Result<(), ()> {
        self.set_bytes(bytes)
    }
}

/// One register by its place in the wire order: first byte and length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// First byte.
    pub start: usize,
    /// Bytes.
    pub length: usize,
}

impl Place {
    /// Bytes of the registers gdb knows by itself.
    const SCALAR: usize = 4 * (32 + SPECIAL.len());

    fn of_number(number: usize) -> Option<Place> {
        let word = |index: usize| Some(Place { start: 4 * index, length: 4 });
        let vectors = Self::SCALAR + CONDITION_BYTES;
        match number.checked_sub(FIRST_VECTOR_NUMBER) {
            None if number < 32 => word(number),
            None => SPECIAL.iter().position(|row| row.1 == number).and_then(|index| word(32 + index)),
            Some(0) => Some(Place { start: Self::SCALAR, length: CONDITION_BYTES }),
            Some(n @ 1..=32) => Some(Place { start: vectors + VECTOR_BYTES * (n - 1), length: VECTOR_BYTES }),
            Some(33) => Some(Place { start: vectors + 32 * VECTOR_BYTES, length: ACCUMULATOR_BYTES }),
            Some(_) => None,
        }
    }
}

impl RegId for Place {
    fn from_raw_id(number: usize) -> Option<(Place, Option<NonZeroUsize>)> {
        let place = Place::of_number(number)?;
        Some((place, NonZeroUsize::new(place.length)))
    }
}

/// The processor as gdbstub sees it.
#[derive(Debug)]
pub enum Nux {}

impl Arch for Nux {
    type Usize = u32;
    type Registers = CoreRegisters;
    type BreakpointKind = usize;
    type RegId = Place;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> CoreRegisters {
        let mut registers = CoreRegisters::default();
        registers.gpr[3] = 0x0102_0304;
        registers.special[0] = 0x100;
        registers.special[5] = 0x2000_0000;
        registers.condition[0] = 0xf0;
        registers.vectors[31][127] = 7;
        registers.accumulator[255] = 9;
        registers
    }

    #[test]
    fn wire_order_round_trip() {
        let registers = filled();
        let bytes = registers.bytes();
        assert_eq!(bytes.len(), 4 * 38 + 96 + 32 * 128 + 256);
        assert_eq!(bytes[12..16], [1, 2, 3, 4]);
        let mut back = CoreRegisters::default();
        assert_eq!(back.set_bytes(&bytes), Ok(()));
        assert_eq!(back, registers);
        assert_eq!(back.set_bytes(&bytes[1..]), Err(()));
    }

    #[test]
    fn numbers_find_their_bytes() {
        let bytes = filled().bytes();
        let at = |number| Place::of_number(number).map(|place| &bytes[place.start..][..place.length]);
        assert_eq!(at(3), Some(&[1, 2, 3, 4][..]));
        assert_eq!(at(64), Some(&[0, 0, 1, 0][..]));
        assert_eq!(at(69), Some(&[0x20, 0, 0, 0][..]));
        assert_eq!(at(256).map(|value| value[0]), Some(0xf0));
        assert_eq!(at(256 + 32).map(|value| value[127]), Some(7));
        assert_eq!(at(256 + 33).map(|value| value[255]), Some(9));
        assert_eq!(at(40), None);
        assert_eq!(at(256 + 34), None);
    }
}
