//! `.if` and its relatives: parts of the text that are read only if a condition holds.

use crate::asm::assembler::{Assembler, Context};
use crate::asm::cursor::Cursor;
use crate::asm::diagnostic::Problem;
use crate::asm::symbol::Definition;
use std::rc::Rc;

/// One open conditional.
#[derive(Debug)]
pub(crate) struct Condition {
    /// Whether the present branch is read.
    pub active: bool,
    /// Whether a branch was read already, so that no later one is.
    taken: bool,
    /// Whether `.else` was seen.
    last_branch: bool,
    /// Where it began.
    pub context: Rc<Context>,
}

/// Opens a conditional.
pub(super) fn open(
    assembler: &mut Assembler<'_>,
    name: &str,
    cursor: &mut Cursor<'_>,
) -> Result<(), Problem> {
    // A condition in error counts as false, so that its .endif finds its .if.
    let holds = holds(assembler, name, cursor);
    push(assembler, *holds.as_ref().unwrap_or(&false), false);
    holds.map(|_| ())
}

fn push(assembler: &mut Assembler<'_>, active: bool, never: bool) {
    let context = Rc::clone(&assembler.context);
    assembler.conditions.push(Condition { active, taken: active || never, last_branch: false, context });
}

fn holds(assembler: &mut Assembler<'_>, name: &str, cursor: &mut Cursor<'_>) -> Result<bool, Problem> {
    match name {
        ".ifdef" => is_defined(assembler, cursor),
        ".ifndef" | ".ifnotdef" => is_defined(assembler, cursor).map(|is| !is),
        ".ifb" => Ok(cursor.at_end()),
        ".ifnb" => Ok(!cursor.at_end()),
        ".ifc" => same_text(cursor),
        ".ifnc" => same_text(cursor).map(|is| !is),
        _ => {
            let number = assembler.number(cursor)?;
            cursor.expect_end()?;
            Ok(match name {
                ".ifeq" => number == 0,
                ".iflt" => number < 0,
                ".ifle" => number <= 0,
                ".ifgt" => number > 0,
                ".ifge" => number >= 0,
                _ => number != 0,
            })
        }
    }
}

fn is_defined(assembler: &Assembler<'_>, cursor: &mut Cursor<'_>) -> Result<bool, Problem> {
    let name = cursor.symbol_name()?;
    cursor.expect_end()?;
    let id = assembler.symbols.find(name);
    Ok(id.is_some_and(|id| assembler.symbols.get(id).definition != Definition::Undefined))
}

/// Whether the two texts left and right of the comma are the same, quotes around them aside.
fn same_text(cursor: &mut Cursor<'_>) -> Result<bool, Problem> {
    let rest = cursor.rest();
    let Some((left, right)) = rest.split_once(',') else {
        return Err(cursor.unexpected("two texts and a comma"));
    };
    let plain = |text: &str| text.trim().trim_matches(['\'', '"']).to_owned();
    Ok(plain(left) == plain(right))
}

/// Begins the other branch: `.else` or `.elseif`.
pub(super) fn otherwise(
    assembler: &mut Assembler<'_>,
    name: &str,
    cursor: &mut Cursor<'_>,
) -> Result<(), Problem> {
    let Some(mut condition) = assembler.conditions.pop() else { return Err(stray(name)) };
    if condition.last_branch {
        assembler.conditions.push(condition);
        return Err(Problem::new(0, format!("`{name}` after `.else`")));
    }
    let wanted = if name == ".else" {
        condition.last_branch = true;
        cursor.expect_end().map(|()| true)
    } else if condition.taken {
        Ok(false)
    } else {
        holds(assembler, ".if", cursor)
    };
    condition.active = !condition.taken && *wanted.as_ref().unwrap_or(&false);
    condition.taken |= condition.active;
    assembler.conditions.push(condition);
    wanted.map(|_| ())
}

/// Ends a conditional.
pub(super) fn close(
    assembler: &mut Assembler<'_>,
    name: &str,
    cursor: &mut Cursor<'_>,
) -> Result<(), Problem> {
    cursor.expect_end()?;
    assembler.conditions.pop().map(|_| ()).ok_or_else(|| stray(name))
}

fn stray(name: &str) -> Problem {
    Problem::new(0, format!("`{name}` without an open `.if`"))
}

/// Reads a statement in a branch that does not count: only conditionals matter.
pub(crate) fn skipped(assembler: &mut Assembler<'_>, mut cursor: Cursor<'_>) -> Result<(), Problem> {
    match cursor.name() {
        Some(name) if name.starts_with(".if") => {
            push(assembler, false, true);
            Ok(())
        }
        Some(name @ (".else" | ".elseif")) => otherwise(assembler, name, &mut cursor),
        Some(name @ ".endif") => close(assembler, name, &mut cursor),
        _ => Ok(()),
    }
}
