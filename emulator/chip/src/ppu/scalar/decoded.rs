//! An instruction word with its fields taken apart: what the interpreter keeps per word of memory.

use super::registers::{SprKind, spr_kind};
use crate::ppu::ports::NoticeKind;
use hx_isa::instruction::{Operand, Operation, Row, Support, Traits, decode};

/// What decides between readings of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct DecodeOptions {
    /// `lha`, `lhau` and `twi` take their 16-bit immediate as unsigned, as the published core does (its list of
    /// sign-extended immediates leaves them out: electronicvisions/nux, src/rtl/processor/operand_fetch.sv). Whether the
    /// chip does is not known; `false` is the Power ISA.
    pub lha_zero_extend: bool,
}

impl Default for DecodeOptions {
    fn default() -> DecodeOptions {
        DecodeOptions { lha_zero_extend: true }
    }
}

/// A decoded instruction, 16 bytes. Register fields are as in the word: for logical and rotate instructions `rt` is the source
/// and `ra` the destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decoded {
    /// What it does; `None` when the core executes it as a no-operation (up to the side effects of opcode 31).
    pub operation: Option<Operation>,
    /// See the constants of [`Decoded`].
    flags: u8,
    /// Word bits 6..10: RT, RS, TO, BO, BT, or BF in its upper three bits.
    pub rt: u8,
    /// Word bits 11..15: RA, BI, BA, or BFA in its upper three bits.
    pub ra: u8,
    /// Word bits 16..20: RB, SH, BB.
    pub rb: u8,
    /// Issue slots: 1; 2 for a load with update; one per register for `lmw` and `stmw`.
    pub slots: u8,
    /// The immediate, ready to use: extended, shifted, turned into a mask (rotates, `mtcrf`), or a register number
    /// (`mfspr`, `mtspr`).
    pub immediate: u32,
    /// The word itself.
    pub word: u32,
}

impl Decoded {
    /// Sets CR0.
    const RECORD: u8 = 1;
    /// Sets OV and SO.
    const OVERFLOW: u8 = 2;
    /// Sets LR.
    const LINK: u8 = 4;
    /// The branch target is `immediate` itself.
    const ABSOLUTE: u8 = 8;
    /// [`Decoded::notice`] has something to say.
    const NOTICE: u8 = 16;
    /// Belongs to the vector unit.
    const VECTOR: u8 = 32;
    /// The address is RA+RB.
    const INDEXED: u8 = 64;

    /// Take `word` apart.
    #[must_use]
    pub fn new(word: u32, options: &DecodeOptions) -> Decoded {
        let row = decode(word);
        let mut decoded = Decoded {
            operation: None,
            flags: 0,
            rt: field(word, 10),
            ra: field(word, 15),
            rb: field(word, 20),
            slots: 1,
            immediate: 0,
            word,
        };
        match row {
            Some(row) if row.support == Support::Implemented => decoded.fill(row, options),
            Some(row) if row.support == Support::ConfiguredOut => decoded.flags = Self::NOTICE,
            _ => decoded.flags = Self::NOTICE | undecoded_flags(word),
        }
        decoded
    }

    /// Everything that an implemented instruction needs.
    fn fill(&mut self, row: &Row, options: &DecodeOptions) {
        self.operation = Some(row.operation);
        self.immediate = immediate(row, self.word, options);
        self.slots = slots(row, self.rt);
        let set = |condition: bool, flag: u8| if condition { flag } else { 0 };
        self.flags = set(row.is(Traits::RECORD), Self::RECORD)
            | set(row.is(Traits::OVERFLOW), Self::OVERFLOW)
            | set(row.is(Traits::LINK), Self::LINK)
            | set(row.is(Traits::ABSOLUTE), Self::ABSOLUTE)
            | set(row.is(Traits::INDEXED), Self::INDEXED)
            | set(row.unit == hx_isa::instruction::Unit::Vector, Self::VECTOR);
        self.flags |= set(self.find_notice(options).is_some(), Self::NOTICE);
    }

    /// Does it set CR0?
    #[must_use]
    pub const fn records(&self) -> bool {
        self.flags & Self::RECORD != 0
    }

    /// Does it set OV and SO?
    #[must_use]
    pub const fn sets_overflow(&self) -> bool {
        self.flags & Self::OVERFLOW != 0
    }

    /// Does it set LR?
    #[must_use]
    pub const fn links(&self) -> bool {
        self.flags & Self::LINK != 0
    }

    /// Is its branch target absolute?
    #[must_use]
    pub const fn is_absolute(&self) -> bool {
        self.flags & Self::ABSOLUTE != 0
    }

    /// Does the vector unit execute it?
    #[must_use]
    pub const fn is_vector(&self) -> bool {
        self.flags & Self::VECTOR != 0
    }

    /// Is its address RA+RB?
    #[must_use]
    pub const fn is_indexed(&self) -> bool {
        self.flags & Self::INDEXED != 0
    }

    /// Is it `ori 0,0,0`, which takes a slot of the scheduler and is never issued?
    #[must_use]
    pub const fn is_nop(&self) -> bool {
        self.word == 0x6000_0000
    }

    /// What a user should be told when it executes. Nothing in nearly all cases, which costs one test of a bit.
    #[must_use]
    pub fn notice(&self, options: &DecodeOptions) -> Option<NoticeKind> {
        if self.flags & Self::NOTICE == 0 {
            return None;
        }
        self.find_notice(options)
    }

    fn find_notice(&self, options: &DecodeOptions) -> Option<NoticeKind> {
        match self.operation {
            None => Some(NoticeKind::Undecoded),
            Some(Operation::Lha | Operation::Lhau | Operation::Twi) => {
                (options.lha_zero_extend && self.word & 0x8000 != 0).then_some(NoticeKind::ZeroExtended)
            }
            Some(Operation::Mfspr | Operation::Mtspr) => {
                let number = self.immediate as u16;
                (spr_kind(number) == SprKind::Unknown).then_some(NoticeKind::UnknownSpr { number })
            }
            Some(_) => None,
        }
    }
}

/// The five bits of `word` that end at bit `last`.
const fn field(word: u32, last: u32) -> u8 {
    ((word >> (31 - last)) & 31) as u8
}

/// Issue slots of `row` with register field `rt`.
const fn slots(row: &Row, rt: u8) -> u8 {
    if row.is(Traits::MULTIPLE) {
        32 - rt
    } else if row.is(Traits::LOAD) && row.is(Traits::UPDATE) {
        2
    } else {
        1
    }
}

/// The immediate of `word` in the form in which execution uses it.
fn immediate(row: &Row, word: u32, options: &DecodeOptions) -> u32 {
    let zero_extended = matches!(row.operation, Operation::Lha | Operation::Lhau | Operation::Twi);
    if row.operands.contains(&Operand::Mb) {
        return mask(field(word, 25), field(word, 30));
    }
    match row.operation {
        Operation::Addis | Operation::Andis | Operation::Oris | Operation::Xoris => return word << 16,
        _ if zero_extended && options.lha_zero_extend => return word & 0xFFFF,
        _ => {}
    }
    let value = |operand: &Operand| match operand {
        Operand::Si | Operand::Ui | Operand::D | Operand::Bd | Operand::Li | Operand::Spr => {
            Some(operand.get(word) as u32)
        }
        Operand::Fxm => Some(field_mask(operand.get(word) as u8)),
        _ => None,
    };
    row.operands.iter().find_map(value).unwrap_or(0)
}

/// Ones from bit `first` to bit `last`, around the end when `last` is before `first`.
const fn mask(first: u8, last: u8) -> u32 {
    let from = u32::MAX >> first;
    let to = u32::MAX << (31 - last);
    if first <= last { from & to } else { from | to }
}

/// The bits of the condition register fields that `fxm` selects, its most significant bit standing for field 0.
const fn field_mask(fxm: u8) -> u32 {
    let mut bits = 0;
    let mut index = 0;
    while index < 8 {
        if fxm & (0x80 >> index) != 0 {
            bits |= 0xF000_0000 >> (4 * index);
        }
        index += 1;
    }
    bits
}

/// A word that is no instruction and has primary opcode 31 still adds RA and RB: its Rc bit writes CR0, its OE bit writes OV
/// and SO. The word of `wait` with an unknown condition does not (electronicvisions/nux: src/rtl/processor/predecode.sv).
const fn undecoded_flags(word: u32) -> u8 {
    const WAIT: u32 = 62;
    if word >> 26 != 31 || (word >> 1) & 0x3FF == WAIT {
        return 0;
    }
    let record = if word & 1 != 0 { Decoded::RECORD } else { 0 };
    let overflow = if word & 0x400 != 0 { Decoded::OVERFLOW } else { 0 };
    record | overflow
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(word: u32) -> Decoded {
        Decoded::new(word, &DecodeOptions::default())
    }

    #[test]
    fn is_sixteen_bytes() {
        assert_eq!(size_of::<Decoded>(), 16);
    }

    #[test]
    fn masks_run_from_first_to_last() {
        assert_eq!(mask(0, 31), u32::MAX);
        assert_eq!(mask(4, 7), 0x0F00_0000);
        assert_eq!(mask(31, 0), 0x8000_0001);
        assert_eq!(mask(8, 7), u32::MAX);
        assert_eq!(field_mask(0x81), 0xF000_000F);
    }

    #[test]
    fn immediates_are_ready_to_use() {
        assert_eq!(plain(0x3860_FFFF).immediate, u32::MAX, "li 3,-1");
        assert_eq!(plain(0x3C60_0001).immediate, 0x1_0000, "lis 3,1");
        assert_eq!(plain(0x6000_FFFF).immediate, 0xFFFF, "ori");
        assert_eq!(plain(0x5483_2834).immediate, 0xFFFF_FFE0, "slwi 3,4,5");
        assert_eq!(plain(0x7C7C_42A6).immediate, 284, "mfspr 3,284");
        assert_eq!(plain(0x7C6F_F120).immediate, u32::MAX, "mtcr 3");
        assert_eq!(plain(0x4BFF_FFFC).immediate, 0xFFFF_FFFC, "b .-4");
        assert_eq!(plain(0x4200_FFFC).immediate, 0xFFFF_FFFC, "bdnz .-4");
    }

    #[test]
    fn slots_are_counted() {
        assert_eq!(plain(0xBBA5_FFFC).slots, 3, "lmw 29,-4(5)");
        assert_eq!(plain(0xAC65_0004).slots, 2, "lhau 3,4(5)");
        assert_eq!(plain(0x9465_0004).slots, 1, "stwu 3,4(5)");
    }

    #[test]
    fn negative_displacement_of_lha_is_zero_extended_and_noticed() {
        let word = 0xA865_FFFE; // lha 3,-2(5)
        assert_eq!(plain(word).immediate, 0xFFFE);
        assert_eq!(plain(word).notice(&DecodeOptions::default()), Some(NoticeKind::ZeroExtended));
        let power = DecodeOptions { lha_zero_extend: false };
        assert_eq!(Decoded::new(word, &power).immediate, 0xFFFF_FFFE);
        assert_eq!(Decoded::new(word, &power).notice(&power), None);
    }

    #[test]
    fn words_without_meaning_are_noticed() {
        let options = DecodeOptions::default();
        assert_eq!(plain(0).notice(&options), Some(NoticeKind::Undecoded));
        assert_eq!(plain(0x7C7C_42E6).notice(&options), Some(NoticeKind::Undecoded), "mftb");
        let known = plain(0x7C00_07AC); // icbi 0,0: not decoded, but sets OV
        assert!(known.sets_overflow() && !known.records() && known.operation.is_none());
        assert_eq!(plain(0x7C6C_42A6).notice(&options), Some(NoticeKind::UnknownSpr { number: 268 }));
        assert_eq!(plain(0x6000_0000).notice(&options), None);
    }

    #[test]
    fn configured_out_words_have_no_side_effect() {
        let eciwx = plain(0x7C00_026D);
        assert!(eciwx.operation.is_none() && !eciwx.records());
    }

    #[test]
    fn wait_with_a_condition_is_a_plain_no_operation() {
        let wait = plain(0x7C20_007D);
        assert!(wait.operation.is_none() && !wait.records());
        assert!(plain(0x7C00_007C).operation == Some(Operation::Wait));
    }
}
