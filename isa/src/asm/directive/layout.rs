//! Directives that move on: alignment, fill and origin.

use crate::asm::assembler::Assembler;
use crate::asm::cursor::Cursor;
use crate::asm::diagnostic::Problem;
use crate::asm::value::evaluate;
use crate::link::SectionFlags;

/// `ori 0,0,0`, with which code is padded.
const NOP: u32 = 0x6000_0000;

/// `.space size[,fill]`, `.skip`, `.zero`.
pub(super) fn space(assembler: &mut Assembler<'_>, _: &str, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
    cursor.skip_blanks();
    let at = cursor.at();
    let count = assembler.number(cursor)?;
    let fill = if cursor.eat(b',') { assembler.number(cursor)? } else { 0 };
    cursor.expect_end()?;
    let count =
        u64::try_from(count).map_err(|_| Problem::new(at, format!("the size is negative: {count}")))?;
    skip(assembler, count, fill as u8, at)
}

fn skip(assembler: &mut Assembler<'_>, count: u64, fill: u8, at: usize) -> Result<(), Problem> {
    assembler.sections.skip(count, fill).map_err(|message| Problem::new(at, message))
}

/// `.fill repeat[,size[,value]]`; of the value, at most four bytes are used, as in GNU as.
pub(super) fn fill(assembler: &mut Assembler<'_>, _: &str, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
    cursor.skip_blanks();
    let at = cursor.at();
    let repeat = assembler.number(cursor)?;
    let size = if cursor.eat(b',') { assembler.number(cursor)? } else { 1 };
    let value = if cursor.eat(b',') { assembler.number(cursor)? } else { 0 };
    cursor.expect_end()?;
    let negative = || Problem::new(at, "repetition and size of .fill must not be negative");
    let repeat = u64::try_from(repeat).map_err(|_| negative())?;
    let size = usize::try_from(size).map_err(|_| negative())?.min(8);
    let bytes = u64::from(value as u32).to_be_bytes();
    if bytes[8 - size..].iter().all(|&byte| byte == 0) {
        return skip(assembler, repeat.saturating_mul(size as u64), 0, at);
    }
    if repeat.saturating_mul(size as u64) > u64::from(crate::asm::section::LARGEST) {
        return Err(Problem::new(at, "this .fill is larger than any memory"));
    }
    (0..repeat).try_for_each(|_| assembler.emit(&bytes[8 - size..], at))
}

/// `.align n` and `.p2align n` (2^n bytes), `.balign n` (n bytes), each with optional fill and largest skip.
pub(super) fn align(
    assembler: &mut Assembler<'_>,
    name: &str,
    cursor: &mut Cursor<'_>,
) -> Result<(), Problem> {
    cursor.skip_blanks();
    let at = cursor.at();
    let number = assembler.number(cursor)?;
    let alignment = alignment(name, number).map_err(|message| Problem::new(at, message))?;
    let (fill, most) = padding_arguments(assembler, cursor)?;
    cursor.expect_end()?;
    let (_, offset) = assembler.place();
    let padding = offset.next_multiple_of(alignment) - offset;
    if most.is_some_and(|most| i64::from(padding) > most) {
        return Ok(());
    }
    assembler.sections.align_to(alignment);
    pad(assembler, padding, fill, at)
}

fn alignment(name: &str, number: i64) -> Result<u32, String> {
    const LARGEST: u32 = 1 << 20;
    let bytes = if name == ".balign" {
        u32::try_from(number.max(1)).ok().filter(|bytes| bytes.is_power_of_two())
    } else {
        u32::try_from(number).ok().and_then(|power| 1_u32.checked_shl(power))
    };
    let unit = if name == ".balign" { "a power of two of bytes" } else { "an exponent of two" };
    bytes
        .filter(|&bytes| bytes <= LARGEST)
        .ok_or_else(|| format!("{number} is no alignment: {name} takes {unit}, at most {LARGEST} bytes"))
}

/// The optional fill value and largest skip behind an alignment.
fn padding_arguments(
    assembler: &mut Assembler<'_>,
    cursor: &mut Cursor<'_>,
) -> Result<(Option<u8>, Option<i64>), Problem> {
    if !cursor.eat(b',') {
        return Ok((None, None));
    }
    cursor.skip_blanks();
    let fill = if cursor.peek() == b',' { None } else { Some(assembler.number(cursor)? as u8) };
    let most = if cursor.eat(b',') { Some(assembler.number(cursor)?) } else { None };
    Ok((fill, most))
}

/// Pads with `fill`, or with zeros up to a word and then no-operations in code.
fn pad(assembler: &mut Assembler<'_>, padding: u32, fill: Option<u8>, at: usize) -> Result<(), Problem> {
    let section = assembler.sections.get(assembler.sections.current());
    if fill.is_some() || !section.flags.contains(SectionFlags::EXECUTE) {
        return skip(assembler, u64::from(padding), fill.unwrap_or(0), at);
    }
    skip(assembler, u64::from(padding % 4), 0, at)?;
    let words = padding / 4;
    // As GNU as, which leaps over more than four of them.
    let leap = if words > 4 { 0x4800_0000 | (words * 4) } else { NOP };
    (0..words).try_for_each(|index| assembler.emit(&(if index == 0 { leap } else { NOP }).to_be_bytes(), at))
}

/// `.org offset[,fill]`: goes on at an offset in the section, which must lie ahead.
pub(super) fn org(assembler: &mut Assembler<'_>, _: &str, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
    cursor.skip_blanks();
    let at = cursor.at();
    let expression = assembler.expression(cursor)?;
    let fill = if cursor.eat(b',') { assembler.number(cursor)? } else { 0 };
    cursor.expect_end()?;
    let (section, here) = assembler.place();
    let value = evaluate(&expression, &assembler.symbols).ok();
    let anchored = value.and_then(|value| match (value.plus, value.minus) {
        (Some(anchor), None) => {
            let (place, offset) = anchor.place?;
            (place == section).then(|| value.constant + i64::from(offset))
        }
        _ => value.known(),
    });
    let target = anchored
        .ok_or_else(|| Problem::new(at, ".org needs a number or a place already reached in this section"))?;
    let ahead = u64::try_from(target - i64::from(here)).map_err(|_| {
        Problem::new(at, format!(".org {target:#x} would move backwards: this is already {here:#x}"))
    })?;
    skip(assembler, ahead, fill as u8, at)
}
