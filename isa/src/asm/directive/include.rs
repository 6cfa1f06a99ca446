//! `.include` and `.incbin`: other files.

use crate::asm::assembler::Assembler;
use crate::asm::cursor::Cursor;
use crate::asm::diagnostic::Problem;
use crate::asm::input::FrameKind;
use std::rc::Rc;

/// `.include "file"`.
pub(super) fn include(
    assembler: &mut Assembler<'_>,
    _: &str,
    cursor: &mut Cursor<'_>,
) -> Result<(), Problem> {
    cursor.skip_blanks();
    let at = cursor.at();
    let wanted = cursor.text_string()?;
    cursor.expect_end()?;
    assembler.check_depth(at)?;
    let (name, bytes) = read(assembler, &wanted, at)?;
    refuse_recursion(assembler, &name, at)?;
    let text =
        String::from_utf8(bytes).map_err(|_| Problem::new(at, format!("`{name}` is not UTF-8 text")))?;
    let expansion = assembler.expansion_here(FrameKind::File, format!(".include of `{name}`"));
    assembler.enter_file(name, text, Some(expansion));
    Ok(())
}

fn read(assembler: &mut Assembler<'_>, wanted: &str, at: usize) -> Result<(String, Vec<u8>), Problem> {
    let from = assembler.context.statement.file as usize;
    let from = assembler.files[from].name.clone();
    assembler.includes.read(wanted, &from).map_err(|message| Problem::new(at, message))
}

/// A file that is still being read must not be read again.
fn refuse_recursion(assembler: &Assembler<'_>, name: &str, at: usize) -> Result<(), Problem> {
    let files = assembler.input.frames.iter().filter(|frame| frame.kind == FrameKind::File);
    let open = files.filter_map(|frame| frame.statements.first());
    let names: Vec<&str> = open.map(|first| assembler.files[first.file as usize].name.as_str()).collect();
    let Some(first) = names.iter().position(|&open| open == name) else { return Ok(()) };
    let chain = names[first..].join(" includes ");
    Err(Problem::new(at, format!("`{name}` includes itself")).hint(format!("{chain} includes {name}")))
}

/// `.incbin "file"[,skip[,count]]`: the bytes of a file.
pub(super) fn incbin(assembler: &mut Assembler<'_>, _: &str, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
    cursor.skip_blanks();
    let at = cursor.at();
    let wanted = cursor.text_string()?;
    let skip = if cursor.eat(b',') { assembler.number(cursor)? } else { 0 };
    let count = if cursor.eat(b',') { Some(assembler.number(cursor)?) } else { None };
    cursor.expect_end()?;
    let (name, bytes) = read(assembler, &wanted, at)?;
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    let rest = bytes.get(skip..);
    let rest = rest.ok_or_else(|| Problem::new(at, format!("`{name}` has only {} bytes", bytes.len())))?;
    let count = count.map_or(rest.len(), |count| usize::try_from(count).unwrap_or(0).min(rest.len()));
    let part = Rc::<[u8]>::from(&rest[..count]);
    assembler.emit(&part, at)
}
