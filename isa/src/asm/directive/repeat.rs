//! `.macro`, `.rept`, `.irp`, `.irpc`: text that is read later or several times.

use crate::asm::assembler::Assembler;
use crate::asm::cursor::Cursor;
use crate::asm::diagnostic::Problem;
use crate::asm::input::FrameKind;
use crate::asm::macros::{Macro, Replacement, Splitter, parameters};
use crate::asm::source::Statement;
use std::rc::Rc;

/// Takes the statements up to the directive that closes this one; those of inner ones are skipped over.
fn body(assembler: &mut Assembler<'_>, openers: &[&str], closer: &str) -> Result<Vec<Statement>, Problem> {
    let mut body = Vec::new();
    let mut inner = 0_u32;
    while let Some(statement) = assembler.input.next_in_frame() {
        let first = Cursor::new(&statement.text).name().unwrap_or("");
        if first == closer {
            if inner == 0 {
                return Ok(body);
            }
            inner -= 1;
        }
        inner += u32::from(openers.contains(&first));
        body.push(statement);
    }
    Err(Problem::new(0, format!("there is no `{closer}` for this")))
}

/// `.macro name parameters`.
pub(super) fn define_macro(
    assembler: &mut Assembler<'_>,
    _: &str,
    cursor: &mut Cursor<'_>,
) -> Result<(), Problem> {
    // The body is taken even if the head is wrong, so that it is not read as code.
    let head = macro_head(assembler, cursor);
    let body = body(assembler, &[".macro"], ".endm")?;
    let (name, parameters) = head?;
    let defined = Macro { name: name.clone(), parameters, body };
    assembler.macros.table.insert(name, Rc::new(defined));
    Ok(())
}

fn macro_head(
    assembler: &Assembler<'_>,
    cursor: &mut Cursor<'_>,
) -> Result<(String, Vec<crate::asm::macros::Parameter>), Problem> {
    cursor.skip_blanks();
    let at = cursor.at();
    let name = cursor.name().ok_or_else(|| Problem::new(at, "a macro needs a name"))?.to_owned();
    let parameters = parameters(cursor)?;
    if assembler.macros.table.contains_key(&name) {
        return Err(Problem::new(at, format!("macro `{name}` is already defined"))
            .hint(format!("`.purgem {name}` forgets it")));
    }
    Ok((name, parameters))
}

/// `.endm` or `.endr` without a beginning.
pub(super) fn stray_end(_: &mut Assembler<'_>, name: &str, _: &mut Cursor<'_>) -> Result<(), Problem> {
    let beginning = if name == ".endm" { "`.macro`" } else { "`.rept`, `.irp` or `.irpc`" };
    Err(Problem::new(0, format!("`{name}` without {beginning} before")))
}

/// `.exitm`: leaves the innermost macro.
pub(super) fn exit_macro(assembler: &mut Assembler<'_>, _: &str, _: &mut Cursor<'_>) -> Result<(), Problem> {
    let frames = &mut assembler.input.frames;
    let Some(innermost) = frames.iter().rposition(|frame| frame.kind == FrameKind::Macro) else {
        return Err(Problem::new(0, "`.exitm` outside a macro"));
    };
    let conditions = frames[innermost].conditions;
    frames.truncate(innermost);
    assembler.conditions.truncate(conditions);
    Ok(())
}

/// `.purgem name`.
pub(super) fn purge_macro(
    assembler: &mut Assembler<'_>,
    _: &str,
    cursor: &mut Cursor<'_>,
) -> Result<(), Problem> {
    cursor.skip_blanks();
    let at = cursor.at();
    let name = cursor.name().unwrap_or("");
    let known = assembler.macros.table.remove(name).is_some();
    known.then_some(()).ok_or_else(|| Problem::new(at, format!("there is no macro `{name}`")))
}

const REPETITIONS: [&str; 3] = [".rept", ".irp", ".irpc"];

/// `.rept count`.
pub(super) fn rept(assembler: &mut Assembler<'_>, _: &str, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
    cursor.skip_blanks();
    let at = cursor.at();
    let count = assembler.number(cursor);
    let body = body(assembler, &REPETITIONS, ".endr")?;
    let count = count?;
    cursor.expect_end()?;
    assembler.check_depth(at)?;
    let count = u64::try_from(count).map_err(|_| Problem::new(at, format!("cannot repeat {count} times")))?;
    if count > 0 {
        let outer = assembler.context.expansion.clone();
        assembler.enter(FrameKind::Repetition, body, outer, count - 1);
    }
    Ok(())
}

/// `.irp name,values` once for each value, `.irpc name,text` once for each character.
pub(super) fn irp(assembler: &mut Assembler<'_>, name: &str, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
    let head = irp_head(name, cursor);
    let body = body(assembler, &REPETITIONS, ".endr")?;
    let (variable, values) = head?;
    assembler.check_depth(0)?;
    let once = |value: String| Replacement { names: vec![(&variable, value)], count: None }.statements(&body);
    let list = values.into_iter().flat_map(once).collect();
    let expansion = assembler.expansion_here(FrameKind::Repetition, name.to_owned());
    assembler.enter(FrameKind::Repetition, list, Some(expansion), 0);
    Ok(())
}

fn irp_head(name: &str, cursor: &mut Cursor<'_>) -> Result<(String, Vec<String>), Problem> {
    let variable = cursor.name().map(str::to_owned);
    let variable = variable.ok_or_else(|| cursor.unexpected("the name of a parameter"))?;
    cursor.eat(b',');
    let mut splitter = Splitter { cursor: *cursor };
    let mut values = Vec::new();
    while !splitter.cursor.at_end() {
        values.push(splitter.next());
    }
    if name == ".irpc" {
        values = values.concat().chars().map(String::from).collect();
    } else if values.is_empty() {
        values.push(String::new());
    }
    Ok((variable, values))
}
