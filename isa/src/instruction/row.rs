//! What a row of the instruction table holds.

use super::{Operand, Operation};
use serde::{Deserialize, Serialize};

/// Layout of the instruction word, by its name in the Power ISA; `Fxv` is the vector unit's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the manual's")]
pub enum Form {
    A,
    B,
    D,
    Fxv,
    I,
    M,
    Sc,
    X,
    Xfx,
    Xl,
    Xo,
}

impl Form {
    /// The name as the manual writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Form::A => "A",
            Form::B => "B",
            Form::D => "D",
            Form::Fxv => "FXV",
            Form::I => "I",
            Form::M => "M",
            Form::Sc => "SC",
            Form::X => "X",
            Form::Xfx => "XFX",
            Form::Xl => "XL",
            Form::Xo => "XO",
        }
    }
}

/// The functional unit that executes an instruction (electronicvisions/nux, `src/rtl/processor/predecode.sv`).
///
/// `sync` and the no-operation are kept back by the scheduler; they carry the unit the predecoder assigns to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// Branches and returns from interrupts.
    Branch,
    /// Arithmetic, logic, compares, moves to and from special registers; also everything that is not decoded.
    #[default]
    FixedPoint,
    /// Scalar memory accesses.
    LoadStore,
    /// The four-cycle multiplier.
    Multiply,
    /// The blocking divider.
    Divide,
    /// The vector unit.
    Vector,
}

impl Unit {
    /// Short name, as issue lists print it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Branch => "branch",
            Unit::FixedPoint => "fxdpt",
            Unit::LoadStore => "ls",
            Unit::Multiply => "mul",
            Unit::Divide => "div",
            Unit::Vector => "vec",
        }
    }
}

bitflags::bitflags! {
    /// Properties of one row that the operation alone does not tell, or that several operations share.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct Traits: u32 {
        /// Sets CR field 0 from the result.
        const RECORD = 1;
        /// Sets OV and SO (the `o` forms).
        const OVERFLOW = 1 << 1;
        /// Sets LR to the address of the next instruction.
        const LINK = 1 << 2;
        /// The branch target is not relative to the instruction.
        const ABSOLUTE = 1 << 3;
        /// Adds XER.CA.
        const CARRY_IN = 1 << 4;
        /// Writes XER.CA.
        const CARRY_OUT = 1 << 5;
        /// Reads memory, or a vector through a port.
        const LOAD = 1 << 6;
        /// Writes memory, or a vector through a port; the register in the RT field is a source.
        const STORE = 1 << 7;
        /// Writes the effective address back to RA.
        const UPDATE = 1 << 8;
        /// Accesses every register from RT to r31.
        const MULTIPLE = 1 << 9;
        /// Sign-extends what it loads.
        const ALGEBRAIC = 1 << 10;
        /// Address is RA+RB, not RA+D.
        const INDEXED = 1 << 11;
        /// Writes a CR field from a comparison.
        const COMPARE = 1 << 12;
        /// Combines bits of CR.
        const CR_LOGIC = 1 << 13;
        /// May raise the program interrupt.
        const TRAP = 1 << 14;
        /// Nothing behind it issues before it is done (`mtmsr`, `tw`, `twi`).
        const CONTEXT_SYNC = 1 << 15;
        /// Waits until all pipelines are empty (`sync`, `wait`).
        const BARRIER = 1 << 16;
        /// Returns from an interrupt.
        const RETURN = 1 << 17;
        /// The C field is a condition on the vector condition register; otherwise it is a shift or ignored.
        const CONDITIONAL = 1 << 18;
        /// Writes the vector condition register.
        const WRITES_VCR = 1 << 19;
        /// Reads the vector accumulator.
        const READS_ACC = 1 << 20;
        /// Writes the vector accumulator, and no vector register.
        const WRITES_ACC = 1 << 21;
        /// Works on 16-bit elements.
        const HALFWORD = 1 << 22;
        /// Works on 8-bit elements.
        const BYTE = 1 << 23;
        /// Goes through the parallel port to the synapse array and the converters.
        const PARALLEL = 1 << 24;
    }
}

/// What the processor does with a word that matches the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Support {
    /// It is executed.
    Implemented,
    /// It is decoded, but the unit behind it was configured out of the chip: a no-operation.
    ConfiguredOut,
    /// A common Power instruction that is not decoded: a no-operation, up to the side effects of unknown words
    /// with primary opcode 31. The assembler knows it to explain it, the disassembler to name it.
    Absent,
    /// An instruction of an earlier chip of which only the primary opcode is known: cannot be assembled.
    Removed,
}

impl Support {
    /// One word for reference pages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Support::Implemented => "implemented",
            Support::ConfiguredOut => "configured out",
            Support::Absent => "absent",
            Support::Removed => "removed",
        }
    }
}

/// One instruction encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// What it does; shared by the plain, `.`, `o`, `l` and `a` variants, which [`Row::traits`] tells apart.
    pub operation: Operation,
    /// Complete mnemonic, such as `addo.`.
    pub mnemonic: &'static str,
    /// Layout of the word.
    pub form: Form,
    /// Bits the decoder looks at. As lenient as the hardware's: reserved bits are not among them.
    pub mask: u32,
    /// What those bits are.
    pub pattern: u32,
    /// Operands in the order in which they are written.
    pub operands: &'static [Operand],
    /// Unit that executes it.
    pub unit: Unit,
    /// Further properties.
    pub traits: Traits,
    /// Whether the processor executes it.
    pub support: Support,
    /// Peculiarity worth knowing, or nothing.
    pub note: &'static str,
}

impl Row {
    /// Whether `word` is this instruction.
    #[must_use]
    pub const fn matches(&self, word: u32) -> bool {
        word & self.mask == self.pattern
    }

    /// Bits that belong neither to the opcode nor to an operand. The processor ignores them; an assembler writes 0.
    #[must_use]
    pub const fn reserved(&self) -> u32 {
        let mut used = self.mask;
        let mut index = 0;
        while index < self.operands.len() {
            used |= self.operands[index].mask();
            index += 1;
        }
        !used
    }

    /// Number of operands that must be written.
    #[must_use]
    pub fn required_operands(&self) -> usize {
        self.operands.iter().filter(|operand| !operand.is_optional()).count()
    }

    /// Whether it has all of these traits.
    #[must_use]
    pub const fn is(&self, traits: Traits) -> bool {
        self.traits.contains(traits)
    }
}
