//! Directives: the table of their names, and one file per family.

pub(super) mod condition;
mod data;
pub(super) mod debug;
mod include;
mod layout;
mod repeat;
mod section;
pub(super) mod symbol;

use super::assembler::Assembler;
use super::cursor::Cursor;
use super::diagnostic::Problem;
use super::nearest;
pub(super) use data::check_range;

/// What a directive does: its own name (several share a function), and its arguments.
type Handler = fn(&mut Assembler<'_>, &str, &mut Cursor<'_>) -> Result<(), Problem>;

/// All directives by name.
const DIRECTIVES: &[(&str, Handler)] = &[
    (".text", section::standard),
    (".data", section::standard),
    (".bss", section::standard),
    (".section", section::section),
    (".pushsection", section::push),
    (".popsection", section::pop),
    (".previous", section::previous),
    (".globl", symbol::binding),
    (".global", symbol::binding),
    (".weak", symbol::binding),
    (".local", symbol::binding),
    (".hidden", symbol::visibility),
    (".internal", symbol::visibility),
    (".protected", symbol::visibility),
    (".extern", ignore),
    (".type", symbol::kind),
    (".size", symbol::size),
    (".comm", symbol::common),
    (".lcomm", symbol::local_common),
    (".set", symbol::set),
    (".equ", symbol::set),
    (".equiv", symbol::set),
    (".byte", data::integers),
    (".short", data::integers),
    (".hword", data::integers),
    (".half", data::integers),
    (".2byte", data::integers),
    (".word", data::integers),
    (".long", data::integers),
    (".int", data::integers),
    (".4byte", data::integers),
    (".quad", data::integers),
    (".8byte", data::integers),
    (".llong", data::integers),
    (".uleb128", data::leb),
    (".sleb128", data::leb),
    (".ascii", data::strings),
    (".asciz", data::strings),
    (".string", data::strings),
    (".space", layout::space),
    (".skip", layout::space),
    (".zero", layout::space),
    (".fill", layout::fill),
    (".align", layout::align),
    (".p2align", layout::align),
    (".balign", layout::align),
    (".org", layout::org),
    (".if", condition::open),
    (".ifdef", condition::open),
    (".ifndef", condition::open),
    (".ifnotdef", condition::open),
    (".ifeq", condition::open),
    (".ifne", condition::open),
    (".iflt", condition::open),
    (".ifle", condition::open),
    (".ifgt", condition::open),
    (".ifge", condition::open),
    (".ifb", condition::open),
    (".ifnb", condition::open),
    (".ifc", condition::open),
    (".ifnc", condition::open),
    (".else", condition::otherwise),
    (".elseif", condition::otherwise),
    (".endif", condition::close),
    (".macro", repeat::define_macro),
    (".endm", repeat::stray_end),
    (".exitm", repeat::exit_macro),
    (".purgem", repeat::purge_macro),
    (".rept", repeat::rept),
    (".irp", repeat::irp),
    (".irpc", repeat::irp),
    (".endr", repeat::stray_end),
    (".include", include::include),
    (".incbin", include::incbin),
    (".file", debug::file),
    (".loc", debug::location),
    (".error", message),
    (".err", message),
    (".warning", message),
    (".print", ignore),
    (".end", end),
    (".ident", ignore),
    (".machine", ignore),
    (".gnu_attribute", ignore),
    (".abiversion", ignore),
    (".addrsig", ignore),
    (".altmacro", unsupported),
    (".struct", unsupported),
    (".subsection", unsupported),
];

/// Carries out the directive `name`, which was read at `at`.
pub(super) fn dispatch(
    assembler: &mut Assembler<'_>,
    name: &str,
    mut cursor: Cursor<'_>,
    at: usize,
) -> Result<(), Problem> {
    // Unwinding information is of no use to a core that cannot unwind.
    if name.starts_with(".cfi_") {
        return Ok(());
    }
    match DIRECTIVES.iter().find(|(known, _)| *known == name) {
        Some((_, handler)) => handler(assembler, name, &mut cursor),
        None => {
            let mut problem = Problem::new(at, format!("unknown directive `{name}`"));
            problem.hint = nearest::did_you_mean(name, DIRECTIVES.iter().map(|(known, _)| *known));
            Err(problem)
        }
    }
}

/// Does nothing, whatever the arguments.
fn ignore(_: &mut Assembler<'_>, _: &str, _: &mut Cursor<'_>) -> Result<(), Problem> {
    Ok(())
}

fn unsupported(_: &mut Assembler<'_>, name: &str, _: &mut Cursor<'_>) -> Result<(), Problem> {
    Err(Problem::new(0, format!("`{name}` is not supported")))
}

fn end(assembler: &mut Assembler<'_>, _: &str, _: &mut Cursor<'_>) -> Result<(), Problem> {
    assembler.stop();
    Ok(())
}

/// `.error "text"`, `.err`, `.warning "text"`.
fn message(assembler: &mut Assembler<'_>, name: &str, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
    let text = if cursor.at_end() { format!("{name} was reached") } else { cursor.text_string()? };
    cursor.expect_end()?;
    let problem = Problem::new(0, text);
    if name == ".warning" {
        assembler.warn(problem);
        return Ok(());
    }
    Err(problem)
}
