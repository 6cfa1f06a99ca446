//! Kinds of operands: which bits of the word they are, which values they take and how they are written.
//!
//! Bit 0 is the most significant bit, as in the Power ISA.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One operand of an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Operand {
    /// Destination register.
    Rt,
    /// Source register in the same place as [`Operand::Rt`].
    Rs,
    /// Register; 0 is r0.
    Ra,
    /// Register; 0 is the number zero.
    RaOrZero,
    /// Register.
    Rb,
    /// Signed 16-bit immediate.
    Si,
    /// Upper half of a word, for `addis`: signed, or unsigned as written by those who think of addresses.
    SiHigh,
    /// Unsigned 16-bit immediate.
    Ui,
    /// Signed 16-bit displacement of `D(RA)`; the base follows as the next operand.
    D,
    /// Base register of `D(RA)` that is also written; 0 is r0.
    Base,
    /// Base register of `D(RA)`; 0 is the number zero.
    BaseOrZero,
    /// Trap conditions.
    To,
    /// Destination field of CR.
    Bf,
    /// Destination field of CR, 0 when not written.
    BfOptional,
    /// Source field of CR.
    Bfa,
    /// Destination bit of CR.
    Bt,
    /// First source bit of CR.
    Ba,
    /// Second source bit of CR.
    Bb,
    /// Branch options.
    Bo,
    /// Bit of CR that a branch tests.
    Bi,
    /// Branch hint of register branches, ignored by the processor; 0 when not written.
    Bh,
    /// 16-bit branch displacement in bytes, or absolute target.
    Bd,
    /// 26-bit branch displacement in bytes, or absolute target.
    Li,
    /// Rotate or shift amount.
    Sh,
    /// First bit of a mask.
    Mb,
    /// Last bit of a mask.
    Me,
    /// Fields of CR, field 0 first.
    Fxm,
    /// Special-purpose register.
    Spr,
    /// Time base register of the absent `mftb`.
    Tbr,
    /// Kind of `sync`, ignored by the processor; 0 when not written.
    L,
    /// Condition of `wait`: only 0 is an instruction of this processor; 0 when not written.
    Wc,
    /// Vector destination register; the source of vector stores.
    Vrt,
    /// First vector source register.
    Vra,
    /// Second vector source register.
    Vrb,
    /// Signed shift of vector elements: positive to the left.
    Sh5,
    /// Condition of vector instructions (0 always, 1 greater, 2 less, 3 equal), or the shift of pack and
    /// unpack; 0 when not written.
    Cond,
    /// Bit of CR that the absent `isel` tests.
    Bc,
    /// Number of bytes of the absent string instructions.
    Nb,
    /// Enable bit of the absent `wrteei`.
    E,
    /// Width of a bit field, 1 to 32. Written only, not encoded.
    Count,
    /// First bit of a bit field. Written only, not encoded.
    Start,
    /// Immediate that is subtracted: the negative of [`Operand::Si`]. Written only, not encoded.
    Subtrahend,
    /// Operand length of `cmp` and its like: must be 0. Written only, not encoded.
    CompareLength,
    /// 32-bit mask of contiguous ones, in place of `MB,ME`. Written only, not encoded.
    Mask,
}

/// How an operand is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// General-purpose register.
    Gpr,
    /// General-purpose register in parentheses behind the displacement.
    Base,
    /// Vector register.
    Vector,
    /// Field of CR, 0 to 7.
    CrField,
    /// Bit of CR, 0 to 31.
    CrBit,
    /// Number or expression.
    Immediate,
    /// Address of a branch target.
    Target,
    /// Number or name of a special-purpose register.
    Spr,
}

/// Where an operand is and what it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Name in manuals.
    pub name: &'static str,
    /// How it is written.
    pub kind: Kind,
    /// First bit; bit 0 is the most significant one.
    pub msb: u32,
    /// Last bit.
    pub lsb: u32,
    /// Smallest value.
    pub low: i64,
    /// Largest value.
    pub high: i64,
    /// Value of one unit of the field: 4 for branch displacements, else 1.
    pub scale: i64,
    /// Whether it may be left out and is then 0.
    pub optional: bool,
}

/// A value that does not fit its operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RangeError {
    /// Out of range.
    #[error("{} is {value}, but must be {low} to {high}", operand.name())]
    Outside {
        /// The operand.
        operand: Operand,
        /// What was given.
        value: i64,
        /// Smallest value allowed.
        low: i64,
        /// Largest value allowed.
        high: i64,
    },
    /// A branch to a place that is not a multiple of four.
    #[error("{} is {value}, but must be a multiple of 4", operand.name())]
    Unaligned {
        /// The operand.
        operand: Operand,
        /// What was given.
        value: i64,
    },
    /// A mask that is no single run of ones, wrapping around or not.
    #[error("mask {value:#x} is not one contiguous run of ones")]
    Mask {
        /// What was given.
        value: i64,
    },
}

const fn field(name: &'static str, kind: Kind, msb: u32, lsb: u32) -> Field {
    let high = (1 << (lsb + 1 - msb)) - 1;
    Field { name, kind, msb, lsb, low: 0, high, scale: 1, optional: false }
}

impl Field {
    const fn optional(self) -> Field {
        Field { optional: true, ..self }
    }

    const fn signed(self) -> Field {
        let half = (self.high + 1) / 2;
        Field { low: -half, high: half - 1, ..self }
    }

    const fn words(self) -> Field {
        Field { low: self.low * 4, high: self.high * 4, scale: 4, ..self }
    }

    const fn limits(self, low: i64, high: i64) -> Field {
        Field { low, high, ..self }
    }

    const fn bits(self) -> u32 {
        self.lsb + 1 - self.msb
    }

    const fn field_mask(self) -> u32 {
        ((1 << self.bits()) - 1) << (31 - self.lsb)
    }
}

impl Operand {
    /// The facts about it.
    #[must_use]
    pub const fn field(self) -> Field {
        use Kind::{Base, CrBit, CrField, Gpr, Immediate, Spr, Target, Vector};
        match self {
            Operand::Rt => field("RT", Gpr, 6, 10),
            Operand::Rs => field("RS", Gpr, 6, 10),
            Operand::Ra => field("RA", Gpr, 11, 15),
            Operand::RaOrZero => field("RA|0", Gpr, 11, 15),
            Operand::Rb => field("RB", Gpr, 16, 20),
            Operand::Si => field("SI", Immediate, 16, 31).signed(),
            Operand::SiHigh => field("SI", Immediate, 16, 31).limits(-0x8000, 0xffff),
            Operand::Ui => field("UI", Immediate, 16, 31),
            Operand::D => field("D", Immediate, 16, 31).signed(),
            Operand::Base => field("RA", Base, 11, 15),
            Operand::BaseOrZero => field("RA|0", Base, 11, 15),
            Operand::To => field("TO", Immediate, 6, 10),
            Operand::Bf => field("BF", CrField, 6, 8),
            Operand::BfOptional => field("BF", CrField, 6, 8).optional(),
            Operand::Bfa => field("BFA", CrField, 11, 13),
            Operand::Bt => field("BT", CrBit, 6, 10),
            Operand::Ba => field("BA", CrBit, 11, 15),
            Operand::Bb => field("BB", CrBit, 16, 20),
            Operand::Bo => field("BO", Immediate, 6, 10),
            Operand::Bi => field("BI", CrBit, 11, 15),
            Operand::Bh => field("BH", Immediate, 19, 20).optional(),
            Operand::Bd => field("BD", Target, 16, 29).signed().words(),
            Operand::Li => field("LI", Target, 6, 29).signed().words(),
            Operand::Sh => field("SH", Immediate, 16, 20),
            Operand::Mb => field("MB", Immediate, 21, 25),
            Operand::Me => field("ME", Immediate, 26, 30),
            Operand::Fxm => field("FXM", Immediate, 12, 19),
            Operand::Spr => field("SPR", Spr, 11, 20),
            Operand::Tbr => field("TBR", Spr, 11, 20),
            Operand::L => field("L", Immediate, 9, 10).optional(),
            Operand::Wc => field("WC", Immediate, 9, 10).limits(0, 0).optional(),
            Operand::Vrt => field("VRT", Vector, 6, 10),
            Operand::Vra => field("VRA", Vector, 11, 15),
            Operand::Vrb => field("VRB", Vector, 16, 20),
            Operand::Sh5 => field("SH5", Immediate, 16, 20).signed(),
            Operand::Cond => field("C", Immediate, 30, 31).optional(),
            Operand::Bc => field("BC", CrBit, 21, 25),
            Operand::Nb => field("NB", Immediate, 16, 20),
            Operand::E => field("E", Immediate, 16, 16),
            Operand::Count => field("n", Immediate, 0, 31).limits(1, 32),
            Operand::Start => field("b", Immediate, 0, 31).limits(0, 31),
            Operand::Subtrahend => field("SI", Immediate, 0, 31).limits(-0x7fff, 0x8000),
            Operand::CompareLength => field("L", Immediate, 10, 10).limits(0, 0),
            Operand::Mask => field("MASK", Immediate, 0, 31).limits(-0x8000_0000, 0xffff_ffff),
        }
    }

    /// Name in manuals.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.field().name
    }

    /// How it is written.
    #[must_use]
    pub const fn kind(self) -> Kind {
        self.field().kind
    }

    /// Whether it may be left out and is then 0.
    #[must_use]
    pub const fn is_optional(self) -> bool {
        self.field().optional
    }

    /// Its bits in the word; none for operands that are written only.
    #[must_use]
    pub const fn mask(self) -> u32 {
        match self {
            Operand::Count
            | Operand::Start
            | Operand::Subtrahend
            | Operand::CompareLength
            | Operand::Mask => 0,
            _ => self.field().field_mask(),
        }
    }

    /// Its value in `word`.
    #[must_use]
    pub const fn get(self, word: u32) -> i64 {
        let field = self.field();
        let raw = (word & self.mask()) >> (31 - field.lsb);
        match self {
            Operand::Spr | Operand::Tbr => swap_halves(raw) as i64,
            _ if field.low < 0 => sign_extend(raw, field.bits()) * field.scale,
            _ => raw as i64,
        }
    }

    /// Puts `value` into `word`.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn set(self, word: &mut u32, value: i64) -> Result<(), RangeError> {
        self.check(value)?;
        // In range, so the bits above the field are only the sign.
        let raw = (value / self.field().scale) as u32;
        let raw = if matches!(self, Operand::Spr | Operand::Tbr) { swap_halves(raw) } else { raw };
        let mask = self.mask();
        *word = *word & !mask | (raw << (31 - self.field().lsb)) & mask;
        Ok(())
    }

    /// Whether `value` fits.
    ///
    /// # Errors
    /// When it does not.
    pub fn check(self, value: i64) -> Result<(), RangeError> {
        let Field { low, high, scale, .. } = self.field();
        if !(low..=high).contains(&value) {
            return Err(RangeError::Outside { operand: self, value, low, high });
        }
        if value % scale != 0 {
            return Err(RangeError::Unaligned { operand: self, value });
        }
        Ok(())
    }
}

/// The two five-bit halves of a special-purpose register's number are exchanged in the word.
const fn swap_halves(raw: u32) -> u32 {
    (raw & 31) << 5 | raw >> 5
}

const fn sign_extend(raw: u32, bits: u32) -> i64 {
    ((raw << (32 - bits)) as i32 >> (32 - bits)) as i64
}
