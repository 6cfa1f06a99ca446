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

/// Bit of [`Entry`]: the first operand is still to be written.
pub(super) const WAITS_FIRST: u32 = 1 << 29;
/// Bit of [`Entry`]: the second operand is still to be written.
pub(super) const WAITS_SECOND: u32 = 1 << 30;
/// Bit of [`Entry`]: the condition register is still to be written.
pub(super) const WAITS_CONDITION: u32 = 1 << 31;

const WAITS: u32 = WAITS_FIRST | WAITS_SECOND | WAITS_CONDITION;
const READS_CONDITION: u32 = 1 << 28;
const UNIT: u32 = 25;
const SLOT: u32 = 20;
const WRITES: u32 = 12;
const SECOND: u32 = 6;

/// One instruction on its way through the unit, in one word because there are many and they are moved and compared often: from the
/// top what it waits for in its station, whether it reads the condition register, unit (3 bits), slot (5), and the registers it
/// writes, reads second and reads first (6 each, [`NONE`] for none).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct Entry(u32);

impl Entry {
    pub(super) fn new(class: VectorClass, slot: u8) -> Self {
        let register = |number: Option<u8>| u32::from(number.map_or(NONE, |number| number % 32));
        let [first, second] = class.reads;
        let registers = register(class.writes) << WRITES | register(second) << SECOND | register(first);
        let condition = if class.reads_condition { READS_CONDITION } else { 0 };
        Entry(condition | (class.unit as u32) << UNIT | u32::from(slot % 32) << SLOT | registers)
    }

    pub(super) fn slot(self) -> u8 {
        (self.0 >> SLOT & 31) as u8
    }

    pub(super) fn unit(self) -> VectorUnit {
        match self.0 >> UNIT & 7 {
            0 => VectorUnit::MultiplyAdd,
            1 => VectorUnit::Compare,
            2 => VectorUnit::LoadStore,
            3 => VectorUnit::Parallel,
            _ => VectorUnit::Permute,
        }
    }

    pub(super) fn first(self) -> u8 {
        (self.0 & 63) as u8
    }

    pub(super) fn second(self) -> u8 {
        (self.0 >> SECOND & 63) as u8
    }

    pub(super) fn writes(self) -> u8 {
        (self.0 >> WRITES & 63) as u8
    }

    pub(super) fn writes_register(self) -> bool {
        self.writes() != NONE
    }

    pub(super) fn reads_condition(self) -> bool {
        self.0 & READS_CONDITION != 0
    }

    /// The only instruction of the permute unit without register operands.
    pub(super) fn is_splat(self) -> bool {
        self.unit() == VectorUnit::Permute && self.first() == NONE
    }

    /// Whether everything it needs is written.
    pub(super) fn is_complete(self) -> bool {
        self.0 & WAITS == 0
    }

    /// It waits for this.
    pub(super) fn wait_for(&mut self, waits: u32) {
        self.0 |= waits & WAITS;
    }

    /// It no longer waits for this.
    pub(super) fn stop_waiting(&mut self, waits: u32) {
        self.0 &= !(waits & WAITS);
    }
}
