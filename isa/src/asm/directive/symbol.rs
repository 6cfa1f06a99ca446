//! Directives that define symbols or say something about them.

use crate::asm::assembler::Assembler;
use crate::asm::cursor::Cursor;
use crate::asm::diagnostic::Problem;
use crate::asm::expression::{Expression, SymbolId};
use crate::asm::symbol::Definition;
use crate::link::{Binding, SymbolKind, Visibility};
use std::rc::Rc;

/// `.set name,value`, `.equ`, and `.equiv`, which refuses a name that is defined already.
pub(super) fn set(assembler: &mut Assembler<'_>, name: &str, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
    cursor.skip_blanks();
    let at = cursor.at();
    let symbol = cursor.symbol_name()?;
    cursor.expect(b',', "`,` and a value")?;
    let value = assembler.expression(cursor)?;
    cursor.expect_end()?;
    assign(assembler, symbol, value, name == ".equiv", at)
}

/// Gives a symbol a value, or moves this place for `. = value`.
pub(crate) fn assign(
    assembler: &mut Assembler<'_>,
    name: &str,
    value: Expression,
    once: bool,
    at: usize,
) -> Result<(), Problem> {
    /// Larger definitions would make every use of the symbol slow.
    const MOST_PARTS: u32 = 1000;
    const DEEPEST: u32 = 200;
    if name == "." {
        return Err(Problem::new(at, "`.` cannot be assigned").hint("use .org or .space"));
    }
    let (depth, parts) = value.extent();
    if depth > DEEPEST || parts > MOST_PARTS {
        return Err(Problem::new(at, format!("the value of `{name}` is too large an expression")));
    }
    let id = assembler.symbols.intern(name);
    let symbol = assembler.symbols.get(id);
    match symbol.definition {
        Definition::Undefined => {}
        Definition::Variable(_) if !once => {}
        _ => return Err(assembler.defined_twice(id, at)),
    }
    if value == Expression::Symbol(id) {
        return Err(Problem::new(at, format!("`{name}` is defined in terms of itself")));
    }
    let context = Rc::clone(&assembler.context);
    let symbol = assembler.symbols.get_mut(id);
    symbol.definition = Definition::Variable(value);
    symbol.defined_at = Some(context);
    Ok(())
}

/// Applies `each` to the symbols named between commas.
fn names(
    assembler: &mut Assembler<'_>,
    cursor: &mut Cursor<'_>,
    each: impl Fn(&mut Assembler<'_>, SymbolId),
) -> Result<(), Problem> {
    loop {
        let name = cursor.symbol_name()?;
        let id = assembler.symbols.intern(name);
        each(assembler, id);
        if !cursor.eat(b',') {
            return cursor.expect_end();
        }
    }
}

/// `.globl`, `.global`, `.weak`, `.local`.
pub(super) fn binding(
    assembler: &mut Assembler<'_>,
    name: &str,
    cursor: &mut Cursor<'_>,
) -> Result<(), Problem> {
    let binding = match name {
        ".weak" => Binding::Weak,
        ".local" => Binding::Local,
        _ => Binding::Global,
    };
    names(assembler, cursor, |assembler, id| assembler.symbols.get_mut(id).binding = Some(binding))
}

/// `.hidden`, `.internal`, `.protected`.
pub(super) fn visibility(
    assembler: &mut Assembler<'_>,
    name: &str,
    cursor: &mut Cursor<'_>,
) -> Result<(), Problem> {
    let visibility = match name {
        ".hidden" => Visibility::Hidden,
        ".internal" => Visibility::Internal,
        _ => Visibility::Protected,
    };
    names(assembler, cursor, |assembler, id| assembler.symbols.get_mut(id).visibility = visibility)
}

/// `.type name,@function` or `@object`; other types mean nothing here.
pub(super) fn kind(assembler: &mut Assembler<'_>, _: &str, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
    let name = cursor.symbol_name()?;
    // The comma may be left out.
    cursor.eat(b',');
    cursor.skip_blanks();
    let at = cursor.at();
    if matches!(cursor.peek(), b'@' | b'%' | b'#') {
        cursor.advance(1);
    }
    let kind =
        if cursor.peek() == b'"' { cursor.text_string()? } else { cursor.name().unwrap_or("").to_owned() };
    cursor.expect_end()?;
    let kind = match kind.as_str() {
        "function" | "STT_FUNC" | "gnu_indirect_function" => SymbolKind::Function,
        "object" | "STT_OBJECT" | "common" | "gnu_unique_object" => SymbolKind::Object,
        "notype" | "STT_NOTYPE" => SymbolKind::Untyped,
        other => {
            return Err(Problem::new(at, format!("unknown symbol type `{other}`"))
                .hint("@function, @object or @notype"));
        }
    };
    let id = assembler.symbols.intern(name);
    assembler.symbols.get_mut(id).kind = kind;
    Ok(())
}

/// `.size name,expression`.
pub(super) fn size(assembler: &mut Assembler<'_>, _: &str, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
    let name = cursor.symbol_name()?;
    cursor.expect(b',', "`,` and a size")?;
    let size = assembler.expression(cursor)?;
    cursor.expect_end()?;
    let id = assembler.symbols.intern(name);
    assembler.symbols.get_mut(id).size = Some(size);
    Ok(())
}

/// Name, size and alignment of `.comm` and `.lcomm`.
fn common_arguments<'a>(
    assembler: &mut Assembler<'_>,
    cursor: &mut Cursor<'a>,
    default_alignment: u32,
) -> Result<(&'a str, u32, u32), Problem> {
    let name = cursor.symbol_name()?;
    cursor.expect(b',', "`,` and a size")?;
    cursor.skip_blanks();
    let at = cursor.at();
    let size = assembler.number(cursor)?;
    let size = u32::try_from(size).map_err(|_| Problem::new(at, format!("{size} is no size in bytes")))?;
    let at = cursor.at();
    let alignment = if cursor.eat(b',') { assembler.number(cursor)? } else { i64::from(default_alignment) };
    cursor.expect_end()?;
    let fits = |alignment: &u32| alignment.is_power_of_two() && *alignment <= 1 << 20;
    let alignment = u32::try_from(alignment.max(1)).ok().filter(fits);
    let alignment =
        alignment.ok_or_else(|| Problem::new(at, "the alignment must be a power of two of bytes"))?;
    Ok((name, size, alignment))
}

/// `.comm name,size[,alignment]`: the linker makes room, once for all objects.
pub(super) fn common(
    assembler: &mut Assembler<'_>,
    name: &str,
    cursor: &mut Cursor<'_>,
) -> Result<(), Problem> {
    let ahead = *cursor;
    let local = {
        let mut ahead = ahead;
        let symbol = ahead.symbol_name()?;
        let id = assembler.symbols.find(symbol);
        id.is_some_and(|id| assembler.symbols.get(id).binding == Some(Binding::Local))
    };
    // `.local x` and `.comm x,...` together are how compilers write `.lcomm`.
    if local {
        return local_common(assembler, name, cursor);
    }
    let (symbol, size, alignment) = common_arguments(assembler, cursor, 1)?;
    let id = assembler.symbols.intern(symbol);
    if !matches!(assembler.symbols.get(id).definition, Definition::Undefined | Definition::Common(..)) {
        return Err(assembler.defined_twice(id, ahead.at()));
    }
    let symbol = assembler.symbols.get_mut(id);
    symbol.definition = Definition::Common(size, alignment);
    symbol.kind = SymbolKind::Object;
    Ok(())
}

/// `.lcomm name,size[,alignment]`: room in `.bss`.
pub(super) fn local_common(
    assembler: &mut Assembler<'_>,
    _: &str,
    cursor: &mut Cursor<'_>,
) -> Result<(), Problem> {
    let at = cursor.at();
    let (name, size, alignment) = common_arguments(assembler, cursor, 4)?;
    let (bss, _) = assembler.sections.intern(".bss");
    assembler.sections.push();
    assembler.sections.switch(bss);
    let placed = place_local(assembler, name, size, alignment, at);
    assembler.sections.pop();
    placed
}

fn place_local(
    assembler: &mut Assembler<'_>,
    name: &str,
    size: u32,
    alignment: u32,
    at: usize,
) -> Result<(), Problem> {
    let failed = |message| Problem::new(at, message);
    let (_, offset) = assembler.place();
    assembler.sections.align_to(alignment);
    let padding = offset.next_multiple_of(alignment) - offset;
    assembler.sections.skip(u64::from(padding), 0).map_err(failed)?;
    assembler.define_label(name, at)?;
    let id = assembler.symbols.intern(name);
    let symbol = assembler.symbols.get_mut(id);
    symbol.size = Some(Expression::Constant(i64::from(size)));
    symbol.kind = SymbolKind::Object;
    assembler.sections.skip(u64::from(size), 0).map_err(failed)
}
