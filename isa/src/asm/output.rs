//! The end of the text: last checks, symbols and relocations in their final form, the object.

use super::assembler::Assembler;
use super::diagnostic::{Diagnostic, Problem, Severity};
use super::expression::SymbolId;
use super::fixup::{Base, Pending, resolve_all};
use super::line_table;
use super::symbol::{Definition, Symbol};
use super::value::{Value, evaluate};
use crate::link::{self, Binding, Object, Place, Relocation, SymbolKind, SymbolPlace, Visibility};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Makes the object, or returns what is wrong.
pub(crate) fn finish(mut assembler: Assembler<'_>) -> Result<Object, Vec<Diagnostic>> {
    let pending = resolve_all(&mut assembler);
    let (symbols, index) = symbols(&mut assembler, &pending);
    if assembler.diagnostics.iter().any(|found| found.severity == Severity::Error) {
        return Err(assembler.diagnostics);
    }
    let mut sections = std::mem::take(&mut assembler.sections.list);
    for open in &pending {
        let relocation = relocation(&assembler, open, &index);
        sections[open.section.0 as usize].relocations.push(relocation);
    }
    for section in &mut sections {
        section.relocations.sort_by_key(|relocation| relocation.offset);
    }
    let name = assembler.files[0].name.clone();
    let lines = std::mem::take(&mut assembler.lines);
    let files = std::mem::take(&mut assembler.files);
    let warnings = assembler.diagnostics;
    let mut object = Object { name, sections, symbols, files, lines, warnings };
    if assembler.options.debug_info {
        line_table::add(&mut object, &assembler.options.directory);
    }
    Ok(object)
}

/// Where the assembler's symbols and sections are in the object's list of symbols.
#[derive(Debug)]
struct SymbolIndex {
    symbols: Vec<Option<usize>>,
}

fn relocation(assembler: &Assembler<'_>, open: &Pending, index: &SymbolIndex) -> Relocation {
    let symbol = match open.base {
        Base::Zero => None,
        // Section symbols come first, in the order of the sections.
        Base::Section(section) => Some(section.0 as usize),
        Base::Symbol(symbol) => index.symbols[symbol.0 as usize],
    };
    let place = Some(place(assembler, open));
    Relocation { offset: open.offset, kind: open.kind, symbol, addend: open.addend, place }
}

fn place(assembler: &Assembler<'_>, open: &Pending) -> Place {
    let statement = &open.context.statement;
    let source = assembler.files[statement.file as usize].line(statement.line);
    let offset = statement.column as usize + open.at;
    let column = source.char_indices().take_while(|&(at, _)| at < offset).count() as u32 + 1;
    Place { file: statement.file, line: statement.line, column }
}

/// The object's symbols: one for each section, then local ones, then the others.
fn symbols(assembler: &mut Assembler<'_>, pending: &[Pending]) -> (Vec<link::Symbol>, SymbolIndex) {
    let mut list: Vec<link::Symbol> = (0..assembler.sections.list.len()).map(section_symbol).collect();
    let used: BTreeSet<SymbolId> = pending
        .iter()
        .filter_map(|open| if let Base::Symbol(symbol) = open.base { Some(symbol) } else { None })
        .collect();
    let mut converted = Vec::new();
    let mut problems = Vec::new();
    for (id, symbol) in assembler.symbols.iter() {
        if !is_written(symbol, used.contains(&id)) {
            continue;
        }
        match convert(assembler, symbol) {
            Ok(symbol) => converted.push((id, symbol)),
            Err(message) => problems.push((symbol.defined_at.clone(), message)),
        }
    }
    converted.sort_by_key(|(id, symbol)| (symbol.binding != Binding::Local, *id));
    let mut index = SymbolIndex { symbols: vec![None; assembler.symbols.iter().count()] };
    for (id, symbol) in converted {
        index.symbols[id.0 as usize] = Some(list.len());
        list.push(symbol);
    }
    for (context, message) in problems {
        let context = context.unwrap_or_else(|| Rc::clone(&assembler.context));
        assembler.report(&context, Problem::new(0, message), Severity::Error);
    }
    (list, index)
}

fn section_symbol(section: usize) -> link::Symbol {
    link::Symbol {
        name: String::new(),
        place: SymbolPlace::Section(section),
        value: 0,
        size: 0,
        binding: Binding::Local,
        kind: SymbolKind::Section,
        visibility: Visibility::Default,
    }
}

/// Names that begin with `.L`, and numeric labels, are the assembler's own.
fn is_written(symbol: &Symbol, used: bool) -> bool {
    let shared = matches!(symbol.binding, Some(Binding::Global | Binding::Weak));
    let named = !symbol.name.is_empty() && !symbol.name.starts_with(".L");
    match symbol.definition {
        Definition::Undefined => used || symbol.binding == Some(Binding::Weak),
        _ => used || shared || named,
    }
}

fn convert(assembler: &Assembler<'_>, symbol: &Symbol) -> Result<link::Symbol, String> {
    let name = &symbol.name;
    let (place, value) = match &symbol.definition {
        Definition::Undefined => (SymbolPlace::Undefined, 0),
        Definition::Label(section, offset) => (SymbolPlace::Section(section.0 as usize), *offset),
        Definition::Common(_, alignment) => (SymbolPlace::Common, *alignment),
        Definition::Variable(expression) => {
            let value = evaluate(expression, &assembler.symbols);
            variable_place(value.ok()).ok_or_else(|| format!("the value of `{name}` cannot be computed"))?
        }
    };
    let is_open = matches!(place, SymbolPlace::Undefined | SymbolPlace::Common);
    let binding = match symbol.binding {
        Some(binding) => binding,
        None if is_open => Binding::Global,
        None => Binding::Local,
    };
    let size = size(assembler, symbol)?;
    Ok(link::Symbol {
        name: name.clone(),
        place,
        value,
        size,
        binding,
        kind: symbol.kind,
        visibility: symbol.visibility,
    })
}

fn variable_place(value: Option<Value>) -> Option<(SymbolPlace, u32)> {
    let value = value?;
    match (value.plus, value.minus) {
        (None, None) => Some((SymbolPlace::Absolute, value.constant as u32)),
        (Some(anchor), None) => {
            let (section, offset) = anchor.place?;
            Some((SymbolPlace::Section(section.0 as usize), (value.constant + i64::from(offset)) as u32))
        }
        _ => None,
    }
}

fn size(assembler: &Assembler<'_>, symbol: &Symbol) -> Result<u32, String> {
    let expression = match (&symbol.size, &symbol.definition) {
        (Some(expression), _) => expression,
        (None, Definition::Common(size, _)) => return Ok(*size),
        (None, _) => return Ok(0),
    };
    let value = evaluate(expression, &assembler.symbols).ok().and_then(|value| value.known());
    value
        .and_then(|value| u32::try_from(value).ok())
        .ok_or_else(|| format!("the size of `{}` is not a number of bytes", symbol.name))
}
