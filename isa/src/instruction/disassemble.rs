//! From a word to text that assembles back to it.
//!
//! Layout and choice of extended mnemonics are those of GNU `objdump`, with registers as plain numbers, which every
//! assembler for the architecture takes without options.

use super::extended::constant_bits;
use super::{EXTENDED, Extended, INSTRUCTIONS, Kind, Operand, Row, Support, Traits};
use std::fmt::{self, Write};
use std::sync::LazyLock;

/// An extended mnemonic, with the bits that its constant operands fill: a quick test before solving for the others.
struct Candidate {
    mask: u32,
    pattern: u32,
    extended: &'static Extended,
}

/// Per row of the instruction table, the extended mnemonics to print in its place.
static CANDIDATES: LazyLock<Vec<Vec<Candidate>>> = LazyLock::new(|| {
    let of = |row: &Row| {
        let mine = EXTENDED.iter().filter(|extended| extended.preferred && extended.base == row);
        mine.map(|extended| {
            let (mask, pattern) = constant_bits(extended);
            Candidate { mask, pattern, extended }
        })
        .collect()
    };
    INSTRUCTIONS.iter().map(of).collect()
});

/// The instruction at `address` as text; `.long` where the word is none.
///
/// A word with bits set that the processor ignores is printed as `.long` too, with the instruction as a comment:
/// an assembler would leave these bits 0.
#[must_use]
pub fn disassemble(word: u32, address: u32) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_disassembly(&mut text, word, Some(address));
    text
}

/// The same, to wherever text is written. Without an address, branches are relative to `.`, the address at which the
/// text is assembled.
///
/// # Errors
/// What `output` reports.
pub fn write_disassembly(output: &mut impl Write, word: u32, address: Option<u32>) -> fmt::Result {
    let Some(id) = super::decode::decode_id(word) else {
        return write!(output, ".long   0x{word:08x}");
    };
    let row = &INSTRUCTIONS[id];
    if word & row.reserved() == 0 && row.support != Support::Removed {
        return write_instruction(output, id, word, address);
    }
    write!(output, ".long   0x{word:08x}  # ")?;
    write_instruction(output, id, word, address)
}

/// Address that a branch goes to when taken, for branches whose target is in the word.
#[must_use]
pub fn branch_target(word: u32, address: u32) -> Option<u32> {
    let row = super::decode(word)?;
    let operand = row.operands.iter().find(|operand| operand.kind() == Kind::Target)?;
    Some(target(row, operand.get(word), address))
}

/// Displacement to address; both wrap around at 32 bits.
fn target(row: &Row, displacement: i64, address: u32) -> u32 {
    let origin = if row.is(Traits::ABSOLUTE) { 0 } else { address };
    origin.wrapping_add(displacement as u32)
}

fn write_instruction(output: &mut impl Write, id: usize, word: u32, address: Option<u32>) -> fmt::Result {
    let row = &INSTRUCTIONS[id];
    let fitting = CANDIDATES[id].iter().filter(|candidate| word & candidate.mask == candidate.pattern);
    let solved = |candidate: &Candidate| Some((candidate.extended, candidate.extended.arguments(word)?));
    if let Some((extended, arguments)) = fitting.filter_map(solved).next() {
        let written = extended.operands.iter().copied().zip(arguments);
        return write_operands(output, extended.mnemonic, written, row, address);
    }
    let written = row.operands.iter().copied().zip(row.values(word));
    write_operands(output, row.mnemonic, written, row, address)
}

fn write_operands(
    output: &mut impl Write,
    mnemonic: &str,
    operands: impl Iterator<Item = (Operand, i64)>,
    row: &Row,
    address: Option<u32>,
) -> fmt::Result {
    output.write_str(mnemonic)?;
    let mut first = true;
    for (operand, value) in operands.filter(|(operand, value)| *value != 0 || !operand.is_optional()) {
        let kind = operand.kind();
        match (first, kind) {
            (true, _) => write!(output, "{:1$}", "", 8_usize.saturating_sub(mnemonic.len()).max(1))?,
            (false, Kind::Base) => {}
            (false, _) => output.write_char(',')?,
        }
        first = false;
        match kind {
            Kind::Base => write!(output, "({value})")?,
            Kind::CrField => write!(output, "cr{value}")?,
            Kind::CrBit => write_condition_bit(output, value)?,
            Kind::Target => write_target(output, row, value, address)?,
            Kind::Gpr | Kind::Vector | Kind::Immediate | Kind::Spr => write!(output, "{value}")?,
        }
    }
    Ok(())
}

fn write_target(output: &mut impl Write, row: &Row, displacement: i64, address: Option<u32>) -> fmt::Result {
    match address {
        None if !row.is(Traits::ABSOLUTE) => write!(output, ".{displacement:+}"),
        _ => write!(output, "0x{:x}", target(row, displacement, address.unwrap_or(0))),
    }
}

fn write_condition_bit(output: &mut impl Write, bit: i64) -> fmt::Result {
    let name = ["lt", "gt", "eq", "so"][(bit % 4) as usize];
    match bit / 4 {
        0 => output.write_str(name),
        field => write!(output, "4*cr{field}+{name}"),
    }
}
