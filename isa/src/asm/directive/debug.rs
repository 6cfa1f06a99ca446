//! `.file` and `.loc`, with which compilers say which line of which source an instruction comes from.

use crate::asm::assembler::Assembler;
use crate::asm::cursor::Cursor;
use crate::asm::diagnostic::Problem;
use crate::asm::expression::Expression;
use crate::asm::symbol::Definition;
use crate::link::Source;
use std::collections::BTreeMap;

/// What the text itself said about lines.
#[derive(Debug, Default)]
pub(crate) struct DebugLines {
    /// Files by number, as `.file` gave them, and their indices among the assembler's files.
    pub files: BTreeMap<u32, u32>,
    /// The `.loc` in force for the next instruction.
    pub pending: Option<(u32, u32)>,
    /// Whether there was any `.loc`: then the lines of this text itself do not count.
    pub in_use: bool,
}

/// `.file "name"`, which only names the object, or `.file number ["directory"] "name" [md5 sum]`.
pub(super) fn file(assembler: &mut Assembler<'_>, _: &str, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
    cursor.skip_blanks();
    if cursor.peek() == b'"' {
        cursor.string()?;
        return cursor.expect_end();
    }
    let at = cursor.at();
    let number = assembler.number(cursor)?;
    let number = u32::try_from(number).map_err(|_| Problem::new(at, "the number of a file is negative"))?;
    let mut name = cursor.text_string()?;
    cursor.skip_blanks();
    if cursor.peek() == b'"' {
        let directory = name;
        name = cursor.text_string()?;
        if !name.starts_with('/') {
            name = format!("{directory}/{name}");
        }
    }
    // Line tables of version 4, which are written here, have no file 0.
    if number > 0 {
        let index = assembler.files.len() as u32;
        assembler.files.push(Source { name, text: String::new() });
        assembler.debug.files.insert(number, index);
    }
    Ok(())
}

/// `.loc file line [column] [options]`.
pub(super) fn location(
    assembler: &mut Assembler<'_>,
    _: &str,
    cursor: &mut Cursor<'_>,
) -> Result<(), Problem> {
    cursor.skip_blanks();
    let at = cursor.at();
    let file = u32::try_from(assembler.number(cursor)?).unwrap_or(0);
    let line = u32::try_from(assembler.number(cursor)?).unwrap_or(0);
    let known = assembler.debug.files.get(&file).copied();
    let file = known.ok_or_else(|| Problem::new(at, format!("there was no `.file {file}`")))?;
    define_view(assembler, cursor)?;
    assembler.debug.pending = Some((file, line));
    assembler.debug.in_use = true;
    Ok(())
}

/// Among the options only `view name` defines something: a number that location lists use.
fn define_view(assembler: &mut Assembler<'_>, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
    while !cursor.at_end() {
        if cursor.name() != Some("view") {
            if cursor.peek() != 0 {
                cursor.take_while(|byte| !byte.is_ascii_whitespace());
            }
            continue;
        }
        cursor.skip_blanks();
        if let Some(name) = cursor.name() {
            let id = assembler.symbols.intern(name);
            assembler.symbols.get_mut(id).definition = Definition::Variable(Expression::Constant(0));
        }
    }
    Ok(())
}
