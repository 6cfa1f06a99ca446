//! What the timing of the vector unit needs to know about an instruction.

use serde::{Deserialize, Serialize};

/// The five execution units behind the instruction queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum VectorUnit {
    /// Multiply-add: all arithmetic and moves to the accumulator.
    MultiplyAdd,
    /// Compares, the writers of the condition register.
    Compare,
    /// `fxvlax` and `fxvstax`.
    LoadStore,
    /// `fxvinx` and `fxvoutx`.
    Parallel,
    /// Select, shift, splat, pack and unpack.
    Permute,
}

/// Timing class of one instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VectorClass {
    /// The unit that executes it.
    pub unit: VectorUnit,
    /// Vector registers read, in the order of the reads (0..32). The second is only there with a first.
    pub reads: [Option<u8>; 2],
    /// Vector register written (0..32).
    pub writes: Option<u8>,
    /// Reads the condition register. (Written by everything in [`VectorUnit::Compare`].)
    pub reads_condition: bool,
}

/// Register number of "none" in [`Entry`].
pub(super) const NONE: u8 = 32;

/// [`Entry::waits`]: the first operand is still to be written.
pub(super) const WAITS_FIRST: u8 = 1;
/// [`Entry::waits`]: the second operand is still to be written.
pub(super) const WAITS_SECOND: u8 = 2;
/// [`Entry::waits`]: the condition register is still to be written.
pub(super) const WAITS_CONDITION: u8 = 4;

/// One instruction on its way through the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Entry {
    pub slot: u8,
    pub unit: VectorUnit,
    pub first: u8,
    pub second: u8,
    pub writes: u8,
    pub reads_condition: bool,
    /// What it waits for in its station.
    pub waits: u8,
}

impl Default for Entry {
    /// Stands in unused places only.
    fn default() -> Self {
        Entry {
            slot: 0,
            unit: VectorUnit::MultiplyAdd,
            first: NONE,
            second: NONE,
            writes: NONE,
            reads_condition: false,
            waits: 0,
        }
    }
}

impl Entry {
    pub(super) fn new(class: VectorClass, slot: u8) -> Self {
        let register = |number: Option<u8>| number.map_or(NONE, |n| n % 32);
        Entry {
            slot,
            unit: class.unit,
            first: register(class.reads[0]),
            second: register(class.reads[1]),
            writes: register(class.writes),
            reads_condition: class.reads_condition,
            waits: 0,
        }
    }

    /// The only instruction of the permute unit without register operands.
    pub(super) fn is_splat(&self) -> bool {
        self.unit == VectorUnit::Permute && self.first == NONE
    }

    pub(super) fn writes_register(&self) -> bool {
        self.writes != NONE
    }
}
