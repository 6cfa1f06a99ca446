//! The relocations of 32-bit PowerPC (System V ABI, PowerPC processor supplement, chapter 4) that occur in programs for
//! this processor: what is computed from symbol S, addend A and place P, and into which bits it goes.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One kind of relocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the ABI's, and the table below says what each computes")]
pub enum RelocationKind {
    None,
    Addr32,
    Addr24,
    Addr16,
    Addr16Lo,
    Addr16Hi,
    Addr16Ha,
    Addr14,
    Addr14Taken,
    Addr14NotTaken,
    Rel24,
    Rel14,
    Rel14Taken,
    Rel14NotTaken,
    PltRel24,
    Local24Pc,
    UAddr32,
    UAddr16,
    Rel32,
    Rel16,
    Rel16Lo,
    Rel16Hi,
    Rel16Ha,
}

/// Which bits are filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Nothing,
    Half,
    Word,
    /// LI of an I-form branch, bits 6 to 29 of the word.
    Branch24,
    /// BD of a B-form branch, bits 16 to 29 of the word.
    Branch14,
}

/// Which part of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Low,
    High,
    /// High half, one more when the low half is negative as a signed number.
    HighAdjusted,
}

/// What one relocation does.
struct Rule {
    kind: RelocationKind,
    number: u32,
    name: &'static str,
    target: Target,
    part: Part,
    relative: bool,
}

const fn rule(
    kind: RelocationKind,
    number: u32,
    name: &'static str,
    target: Target,
    part: Part,
    relative: bool,
) -> Rule {
    Rule { kind, number, name, target, part, relative }
}

const RULES: [Rule; 23] = {
    use Part::{High, HighAdjusted, Low, Whole};
    use RelocationKind as K;
    use Target::{Branch14, Branch24, Half, Nothing, Word};
    [
        rule(K::None, 0, "R_PPC_NONE", Nothing, Whole, false),
        rule(K::Addr32, 1, "R_PPC_ADDR32", Word, Whole, false),
        rule(K::Addr24, 2, "R_PPC_ADDR24", Branch24, Whole, false),
        rule(K::Addr16, 3, "R_PPC_ADDR16", Half, Whole, false),
        rule(K::Addr16Lo, 4, "R_PPC_ADDR16_LO", Half, Low, false),
        rule(K::Addr16Hi, 5, "R_PPC_ADDR16_HI", Half, High, false),
        rule(K::Addr16Ha, 6, "R_PPC_ADDR16_HA", Half, HighAdjusted, false),
        rule(K::Addr14, 7, "R_PPC_ADDR14", Branch14, Whole, false),
        rule(K::Addr14Taken, 8, "R_PPC_ADDR14_BRTAKEN", Branch14, Whole, false),
        rule(K::Addr14NotTaken, 9, "R_PPC_ADDR14_BRNTAKEN", Branch14, Whole, false),
        rule(K::Rel24, 10, "R_PPC_REL24", Branch24, Whole, true),
        rule(K::Rel14, 11, "R_PPC_REL14", Branch14, Whole, true),
        rule(K::Rel14Taken, 12, "R_PPC_REL14_BRTAKEN", Branch14, Whole, true),
        rule(K::Rel14NotTaken, 13, "R_PPC_REL14_BRNTAKEN", Branch14, Whole, true),
        rule(K::PltRel24, 18, "R_PPC_PLTREL24", Branch24, Whole, true),
        rule(K::Local24Pc, 23, "R_PPC_LOCAL24PC", Branch24, Whole, true),
        rule(K::UAddr32, 24, "R_PPC_UADDR32", Word, Whole, false),
        rule(K::UAddr16, 25, "R_PPC_UADDR16", Half, Whole, false),
        rule(K::Rel32, 26, "R_PPC_REL32", Word, Whole, true),
        rule(K::Rel16, 249, "R_PPC_REL16", Half, Whole, true),
        rule(K::Rel16Lo, 250, "R_PPC_REL16_LO", Half, Low, true),
        rule(K::Rel16Hi, 251, "R_PPC_REL16_HI", Half, High, true),
        rule(K::Rel16Ha, 252, "R_PPC_REL16_HA", Half, HighAdjusted, true),
    ]
};

/// Why a value cannot be put in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ApplyError {
    /// It does not fit.
    #[error("{value:#x} does not fit: {low:#x} to {high:#x} is allowed here")]
    Range {
        /// What should go in.
        value: i64,
        /// Smallest value allowed.
        low: i64,
        /// Largest value allowed.
        high: i64,
    },
    /// Instructions are at multiples of four.
    #[error("the branch target is {value:#x} away, which is no multiple of 4")]
    Unaligned {
        /// Displacement or address.
        value: i64,
    },
    /// The field lies outside its section.
    #[error("the field lies outside its section")]
    Outside,
}

impl RelocationKind {
    fn rule(self) -> &'static Rule {
        // Every kind has its row, as a test checks.
        RULES.iter().find(|rule| rule.kind == self).unwrap_or(&RULES[0])
    }

    /// The kind with this ELF number, if it is one we know.
    #[must_use]
    pub fn from_number(number: u32) -> Option<RelocationKind> {
        RULES.iter().find(|rule| rule.number == number).map(|rule| rule.kind)
    }

    /// Number in ELF files.
    #[must_use]
    pub fn number(self) -> u32 {
        self.rule().number
    }

    /// Name in the ABI.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.rule().name
    }

    /// Whether the value is a distance from the place.
    #[must_use]
    pub fn is_relative(self) -> bool {
        self.rule().relative
    }

    /// Whether it is a call or jump that a stub in between can lengthen.
    #[must_use]
    pub fn is_long_branch(self) -> bool {
        self.rule().target == Target::Branch24 && self.is_relative()
    }

    /// Whether `value` (S+A, or S+A-P for relative kinds) is in reach.
    ///
    /// # Errors
    /// When it is out of range or not aligned.
    pub fn check(self, value: i64) -> Result<(), ApplyError> {
        let rule = self.rule();
        let (low, high) = match (rule.target, rule.part) {
            (Target::Nothing | Target::Word, _) | (_, Part::Low | Part::High | Part::HighAdjusted) => {
                return Ok(());
            }
            (Target::Half, _) => (-0x8000, 0xffff),
            (Target::Branch24, _) => (-0x200_0000, 0x1ff_fffc),
            (Target::Branch14, _) => (-0x8000, 0x7ffc),
        };
        if !(low..=high).contains(&value) {
            return Err(ApplyError::Range { value, low, high });
        }
        let branch = matches!(rule.target, Target::Branch24 | Target::Branch14);
        if branch && value % 4 != 0 { Err(ApplyError::Unaligned { value }) } else { Ok(()) }
    }

    /// Puts `value` (S+A, or S+A-P for relative kinds, of which the low 32 bits count) at `offset` of `data`.
    ///
    /// # Errors
    /// When the value does not fit or the field lies outside.
    pub fn apply(self, data: &mut [u8], offset: u32, value: i64) -> Result<(), ApplyError> {
        // Addresses wrap at 32 bits, so a distance is a signed 32-bit number.
        let wrapped = i64::from(value as u32 as i32);
        self.check(if self.fits_unsigned(value) { value } else { wrapped })?;
        let rule = self.rule();
        let part = match rule.part {
            Part::Whole => value as u32,
            Part::Low => value as u32 & 0xffff,
            Part::High => value as u32 >> 16,
            Part::HighAdjusted => (value as u32).wrapping_add(0x8000) >> 16,
        };
        let (size, mask) = match rule.target {
            Target::Nothing => return Ok(()),
            Target::Half => (2, 0xffff),
            Target::Word => (4, 0xffff_ffff),
            Target::Branch24 => (4, 0x03ff_fffc),
            Target::Branch14 => (4, 0x0000_fffc),
        };
        insert(data, offset, size, mask, part).ok_or(ApplyError::Outside)
    }

    fn fits_unsigned(self, value: i64) -> bool {
        matches!(self.rule().target, Target::Half) && (0..=0xffff).contains(&value)
    }
}

/// Replaces the bits under `mask` of the big-endian number of `size` bytes at `offset`.
fn insert(data: &mut [u8], offset: u32, size: usize, mask: u32, value: u32) -> Option<()> {
    let start = offset as usize;
    let field = data.get_mut(start..start.checked_add(size)?)?;
    let old = field.iter().fold(0_u32, |number, &byte| number << 8 | u32::from(byte));
    let new = (old & !mask | value & mask).to_be_bytes();
    field.copy_from_slice(&new[4 - size..]);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_parts_in_their_places() {
        for (kind, value, before, after) in [
            (RelocationKind::Addr32, 0x1234_5678, 0_u32, 0x1234_5678_u32),
            (RelocationKind::Addr16Lo, 0x1234_8678, 0x3860_0000, 0x8678_0000),
            (RelocationKind::Addr16Hi, 0x1234_8678, 0, 0x1234_0000),
            (RelocationKind::Addr16Ha, 0x1234_8678, 0, 0x1235_0000),
            (RelocationKind::Rel24, -8, 0x4800_0001, 0x4bff_fff9),
            (RelocationKind::Rel14, 16, 0x4082_0000, 0x4082_0010),
        ] {
            let mut data = before.to_be_bytes();
            kind.apply(&mut data, 0, value).unwrap();
            let seen = u32::from_be_bytes(data);
            let mask = if kind.name().contains("16") { 0xffff_0000 } else { u32::MAX };
            assert_eq!(seen & mask, after & mask, "{}", kind.name());
        }
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let mut data = [0; 4];
        assert!(RelocationKind::Rel14.apply(&mut data, 0, 0x8000).is_err());
        assert!(RelocationKind::Rel24.apply(&mut data, 0, 0x200_0000).is_err());
        assert!(RelocationKind::Rel24.apply(&mut data, 0, 2).is_err());
        assert!(RelocationKind::Addr16.apply(&mut data, 0, 0x1_0000).is_err());
        assert!(RelocationKind::Addr16.apply(&mut data, 0, 0xffff_8000).is_ok());
        assert_eq!(RelocationKind::Addr32.apply(&mut data, 1, 0), Err(ApplyError::Outside));
        assert_eq!(RelocationKind::Addr32.apply(&mut data, u32::MAX, 0), Err(ApplyError::Outside));
    }

    #[test]
    fn numbers_go_both_ways() {
        for rule in &RULES {
            assert_eq!(RelocationKind::from_number(rule.number), Some(rule.kind));
            assert_eq!(rule.kind.number(), rule.number);
        }
    }
}
