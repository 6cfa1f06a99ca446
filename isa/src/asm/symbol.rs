//! The assembler's symbols: labels, variables of `.set`, names that are only used, and numeric labels.

use super::assembler::Context;
use super::expression::{Expression, SectionId, SymbolId};
use crate::link::{Binding, SymbolKind, Visibility};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a symbol stands for so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Definition {
    Undefined,
    /// A place in a section.
    Label(SectionId, u32),
    /// What `.set` gave it last.
    Variable(Expression),
    /// `.comm`: size and alignment; the linker makes room.
    Common(u32, u32),
}

/// A symbol and its attributes. `binding` is `None` until a directive says something.
#[derive(Debug, Clone)]
pub(crate) struct Symbol {
    /// Empty for numeric labels.
    pub name: String,
    pub definition: Definition,
    pub binding: Option<Binding>,
    pub kind: SymbolKind,
    pub visibility: Visibility,
    pub size: Option<Expression>,
    /// The statement that defined it.
    pub defined_at: Option<Rc<Context>>,
}

/// All symbols, in the order in which they were first named.
#[derive(Debug, Default)]
pub(crate) struct SymbolTable {
    list: Vec<Symbol>,
    by_name: BTreeMap<String, SymbolId>,
    numeric: BTreeMap<u32, NumericLabel>,
}

/// The numeric labels with one number.
#[derive(Debug, Default)]
struct NumericLabel {
    /// The one that `b` means.
    last: Option<SymbolId>,
    /// The one that `f` means, once it was used.
    next: Option<SymbolId>,
}

impl SymbolTable {
    /// The symbol of this name, made if it is new.
    pub(crate) fn intern(&mut self, name: &str) -> SymbolId {
        if let Some(&id) = self.by_name.get(name) {
            return id;
        }
        let id = self.add(name);
        self.by_name.insert(name.to_owned(), id);
        id
    }

    pub(crate) fn find(&self, name: &str) -> Option<SymbolId> {
        self.by_name.get(name).copied()
    }

    fn add(&mut self, name: &str) -> SymbolId {
        let id = SymbolId(self.list.len() as u32);
        self.list.push(Symbol {
            name: name.to_owned(),
            definition: Definition::Undefined,
            binding: None,
            kind: SymbolKind::Untyped,
            visibility: Visibility::Default,
            size: None,
            defined_at: None,
        });
        id
    }

    pub(crate) fn get(&self, id: SymbolId) -> &Symbol {
        &self.list[id.0 as usize]
    }

    pub(crate) fn get_mut(&mut self, id: SymbolId) -> &mut Symbol {
        &mut self.list[id.0 as usize]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (SymbolId, &Symbol)> {
        self.list.iter().enumerate().map(|(index, symbol)| (SymbolId(index as u32), symbol))
    }

    /// Names that are defined, for hints.
    pub(crate) fn defined_names(&self) -> impl Iterator<Item = &str> {
        let defined = self.list.iter().filter(|symbol| symbol.definition != Definition::Undefined);
        defined.map(|symbol| symbol.name.as_str())
    }

    /// Defines the next numeric label `number`.
    pub(crate) fn define_numeric(&mut self, number: u32) -> SymbolId {
        let label = self.numeric.entry(number).or_default();
        let waiting = label.next.take();
        let id = waiting.unwrap_or_else(|| self.add(""));
        self.numeric.entry(number).or_default().last = Some(id);
        id
    }

    /// The last numeric label `number` before this place.
    pub(crate) fn numeric_backward(&self, number: u32) -> Option<SymbolId> {
        self.numeric.get(&number).and_then(|label| label.last)
    }

    /// The next numeric label `number` after this place.
    pub(crate) fn numeric_forward(&mut self, number: u32) -> SymbolId {
        if let Some(id) = self.numeric.get(&number).and_then(|label| label.next) {
            return id;
        }
        let id = self.add("");
        self.numeric.entry(number).or_default().next = Some(id);
        id
    }

    /// Whether `id` is a numeric label that was used with `f` and never came.
    pub(crate) fn missing_numeric(&self, id: SymbolId) -> Option<u32> {
        self.numeric.iter().find(|(_, label)| label.next == Some(id)).map(|(&number, _)| number)
    }
}
