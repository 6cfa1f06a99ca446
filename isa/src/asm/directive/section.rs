//! Directives that choose the section.

use crate::asm::assembler::Assembler;
use crate::asm::cursor::Cursor;
use crate::asm::diagnostic::Problem;
use crate::asm::expression::SectionId;
use crate::link::SectionFlags;

/// `.text`, `.data`, `.bss`.
pub(super) fn standard(
    assembler: &mut Assembler<'_>,
    name: &str,
    cursor: &mut Cursor<'_>,
) -> Result<(), Problem> {
    if !cursor.at_end() && assembler.number(cursor)? != 0 {
        return Err(Problem::new(0, "subsections are not supported").hint("use a section of another name"));
    }
    cursor.expect_end()?;
    let (id, _) = assembler.sections.intern(name);
    assembler.sections.switch(id);
    Ok(())
}

/// `.section name[,"flags"[,@type[,size or group]]]`.
pub(super) fn section(
    assembler: &mut Assembler<'_>,
    _: &str,
    cursor: &mut Cursor<'_>,
) -> Result<(), Problem> {
    let id = open(assembler, cursor)?;
    assembler.sections.switch(id);
    Ok(())
}

/// `.pushsection`: as `.section`, and remembers the present one.
pub(super) fn push(assembler: &mut Assembler<'_>, _: &str, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
    let id = open(assembler, cursor)?;
    assembler.sections.push();
    assembler.sections.switch(id);
    Ok(())
}

/// `.popsection`.
pub(super) fn pop(assembler: &mut Assembler<'_>, _: &str, cursor: &mut Cursor<'_>) -> Result<(), Problem> {
    cursor.expect_end()?;
    let popped = assembler.sections.pop();
    popped.then_some(()).ok_or_else(|| Problem::new(0, "`.popsection` without a `.pushsection` before"))
}

/// `.previous`.
pub(super) fn previous(
    assembler: &mut Assembler<'_>,
    _: &str,
    cursor: &mut Cursor<'_>,
) -> Result<(), Problem> {
    cursor.expect_end()?;
    assembler.sections.swap_previous();
    Ok(())
}

/// What the arguments of `.section` say beyond the name.
#[derive(Debug, Default)]
struct Attributes {
    flags: Option<SectionFlags>,
    kind: Option<SectionFlags>,
    entry_size: u32,
    group: Option<String>,
}

fn open(assembler: &mut Assembler<'_>, cursor: &mut Cursor<'_>) -> Result<SectionId, Problem> {
    cursor.skip_blanks();
    let at = cursor.at();
    let name = if cursor.peek() == b'"' {
        cursor.text_string()?
    } else {
        cursor.take_while(|byte| byte != b',' && byte != b' ' && byte != b'\t').to_owned()
    };
    if name.is_empty() {
        return Err(cursor.unexpected("the name of a section"));
    }
    let attributes = attributes(assembler, cursor)?;
    cursor.expect_end()?;
    let (id, is_new) = assembler.sections.intern(&name);
    apply(assembler, id, is_new, attributes).map_err(|message| Problem::new(at, message))?;
    Ok(id)
}

fn apply(
    assembler: &mut Assembler<'_>,
    id: SectionId,
    is_new: bool,
    attributes: Attributes,
) -> Result<(), String> {
    let section = assembler.sections.get_mut(id);
    let kind = attributes.kind.unwrap_or(section.flags & (SectionFlags::NOBITS | SectionFlags::NOTE));
    let flags = attributes.flags.map(|flags| flags | kind);
    match flags {
        None if is_new => section.flags |= kind,
        None => {}
        // An empty standard section may still change; one in use must stay what it is.
        Some(flags) if is_new || section.size == 0 => section.flags = flags,
        Some(flags) if flags != section.flags => {
            return Err(format!("section {} is already in use with other flags", section.name));
        }
        Some(_) => {}
    }
    if is_new {
        section.entry_size = attributes.entry_size;
        section.group = attributes.group;
    }
    Ok(())
}

fn attributes(assembler: &mut Assembler<'_>, cursor: &mut Cursor<'_>) -> Result<Attributes, Problem> {
    let mut found = Attributes::default();
    if !cursor.eat(b',') {
        return Ok(found);
    }
    cursor.skip_blanks();
    let at = cursor.at();
    let text = cursor.text_string()?;
    let flags = flags(&text, at)?;
    found.flags = Some(flags);
    if cursor.eat(b',') {
        found.kind = Some(section_type(cursor)?);
    }
    if flags.contains(SectionFlags::MERGE) && cursor.eat(b',') {
        found.entry_size = assembler.number(cursor)? as u32;
    }
    if text.contains('G') && cursor.eat(b',') {
        found.group = Some(cursor.symbol_name()?.to_owned());
        if cursor.eat(b',') && cursor.name() != Some("comdat") {
            return Err(cursor.unexpected("`comdat`"));
        }
    }
    Ok(found)
}

fn flags(text: &str, at: usize) -> Result<SectionFlags, Problem> {
    let mut flags = SectionFlags::empty();
    for (index, letter) in text.chars().enumerate() {
        flags |= match letter {
            'a' => SectionFlags::ALLOC,
            'w' => SectionFlags::WRITE,
            'x' => SectionFlags::EXECUTE,
            'M' => SectionFlags::MERGE,
            'S' => SectionFlags::STRINGS,
            'e' => SectionFlags::EXCLUDE,
            // Groups are named by a further argument; retained sections are retained anyway.
            'G' | 'R' => SectionFlags::empty(),
            _ => {
                return Err(Problem::new(at + 1 + index, format!("unknown section flag `{letter}`")).hint(
                    "a allocated, w writable, x executable, M mergeable, S strings, G group, e excluded",
                ));
            }
        };
    }
    Ok(flags)
}

fn section_type(cursor: &mut Cursor<'_>) -> Result<SectionFlags, Problem> {
    cursor.skip_blanks();
    let at = cursor.at();
    if matches!(cursor.peek(), b'@' | b'%') {
        cursor.advance(1);
    }
    match cursor.name().unwrap_or("") {
        "progbits" | "init_array" | "fini_array" | "preinit_array" => Ok(SectionFlags::empty()),
        "nobits" => Ok(SectionFlags::NOBITS),
        "note" => Ok(SectionFlags::NOTE),
        other => {
            Err(Problem::new(at, format!("unknown section type `{other}`"))
                .hint("@progbits, @nobits or @note"))
        }
    }
}
