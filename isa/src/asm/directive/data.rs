//! Directives that place numbers and characters.

use crate::asm::assembler::Assembler;
use crate::asm::cursor::Cursor;
use crate::asm::diagnostic::Problem;
use crate::asm::expression::Expression;
use crate::asm::fixup::{FieldKind, Fixup, Modifier};
use crate::asm::value::evaluate;
use std::rc::Rc;

/// `.byte`, `.short`, `.word`, `.long`, `.quad` and their other names.
pub(super) fn integers(
    assembler: &mut Assembler<'_>,
    name: &str,
    cursor: &mut Cursor<'_>,
) -> Result<(), Problem> {
    let size = match name {
        ".byte" => 1,
        ".word" => assembler.options.word_size,
        ".long" | ".int" | ".4byte" => 4,
        ".quad" | ".8byte" | ".llong" => 8,
        _ => 2,
    };
    list(cursor, |cursor| integer(assembler, size, cursor))
}

/// Reads arguments between commas; none at all is fine.
fn list(
    cursor: &mut Cursor<'_>,
    mut each: impl FnMut(&mut Cursor<'_>) -> Result<(), Problem>,
) -> Result<(), Problem> {
    if cursor.at_end() {
        return Ok(());
    }
    loop {
        each(cursor)?;
        if !cursor.eat(b',') {
            return cursor.expect_end();
        }
    }
}

fn integer(assembler: &mut Assembler<'_>, size: u8, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
    cursor.skip_blanks();
    let at = cursor.at();
    let mut expression = assembler.expression(cursor)?;
    let modifier = Modifier::read(cursor, assembler, &mut expression)?;
    if let (Some(value), Modifier::Whole) = (expression.constant(), modifier) {
        check_range(value, size, at)?;
        return assembler.emit(&value.to_be_bytes()[8 - usize::from(size)..], at);
    }
    let (section, offset) = assembler.place();
    assembler.emit(&[0; 8][..usize::from(size)], at)?;
    let context = Rc::clone(&assembler.context);
    let kind = FieldKind::Data(size);
    assembler.fixups.push(Fixup { section, offset, kind, modifier, expression, context, at });
    Ok(())
}

/// Whether a number fits, read as signed or unsigned.
pub(crate) fn check_range(value: i64, size: u8, at: usize) -> Result<(), Problem> {
    let bits = u32::from(size) * 8;
    if bits == 64 {
        return Ok(());
    }
    let (low, high) = (-(1_i64 << (bits - 1)), (1_i64 << bits) - 1);
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Problem::new(at, format!("{value} does not fit in {size} bytes"))
        .hint(format!("{low} to {high} is allowed")))
}

/// `.uleb128` and `.sleb128`: numbers of variable length, as line tables use them.
pub(super) fn leb(assembler: &mut Assembler<'_>, name: &str, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
    list(cursor, |cursor| {
        cursor.skip_blanks();
        let at = cursor.at();
        let expression = assembler.expression(cursor)?;
        let known = evaluate(&expression, &assembler.symbols).ok().and_then(|value| value.known());
        match known {
            Some(value) if name == ".uleb128" => assembler.emit(&unsigned_leb(value as u64), at),
            Some(value) => assembler.emit(&signed_leb(value), at),
            None => open_leb(assembler, name, expression, at),
        }
    })
}

/// A value that is not known yet gets as many bytes as a 32-bit number can need.
fn open_leb(
    assembler: &mut Assembler<'_>,
    name: &str,
    expression: Expression,
    at: usize,
) -> Result<(), Problem> {
    let (section, offset) = assembler.place();
    assembler.emit(&[0x80, 0x80, 0x80, 0x80, 0], at)?;
    let context = Rc::clone(&assembler.context);
    let kind = FieldKind::Leb { signed: name == ".sleb128" };
    assembler.fixups.push(Fixup {
        section,
        offset,
        kind,
        modifier: Modifier::Whole,
        expression,
        context,
        at,
    });
    Ok(())
}

fn unsigned_leb(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        bytes.push(low | if value == 0 { 0 } else { 0x80 });
        if value == 0 {
            return bytes;
        }
    }
}

fn signed_leb(mut value: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        let done = value == -i64::from(low >> 6 & 1);
        bytes.push(low | if done { 0 } else { 0x80 });
        if done {
            return bytes;
        }
    }
}

/// `.ascii`, and with a zero byte behind each string `.asciz` and `.string`.
pub(super) fn strings(
    assembler: &mut Assembler<'_>,
    name: &str,
    cursor: &mut Cursor<'_>,
) -> Result<(), Problem> {
    list(cursor, |cursor| {
        cursor.skip_blanks();
        let at = cursor.at();
        let mut bytes = cursor.string()?;
        if name != ".ascii" {
            bytes.push(0);
        }
        assembler.emit(&bytes, at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leb_of_the_standard() {
        // Examples of the DWARF 4 standard, figures 22 and 23.
        for (value, bytes) in
            [(2, vec![2]), (127, vec![127]), (128, vec![0x80, 1]), (12857, vec![0xb9, 0x64])]
        {
            assert_eq!(unsigned_leb(value), bytes);
        }
        for (value, bytes) in [
            (2, vec![2]),
            (-2, vec![0x7e]),
            (127, vec![0xff, 0]),
            (-127, vec![0x81, 0x7f]),
            (-128, vec![0x80, 0x7f]),
        ] {
            assert_eq!(signed_leb(value), bytes);
        }
    }
}
