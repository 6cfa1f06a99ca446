//! Which definition a name means, and which copy of a group counts.

use super::{Binding, Object, SymbolPlace};
use crate::asm::Diagnostic;
use std::collections::{BTreeMap, BTreeSet};

/// A symbol by object and index.
pub(super) type SymbolRef = (usize, usize);

/// What the names of all objects mean.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    /// The definition of every name that other objects can see.
    pub defined: BTreeMap<&'a str, SymbolRef>,
    /// Sections that are left out, because an earlier object has the same group.
    pub dropped: BTreeSet<(usize, usize)>,
}

/// How much a definition counts.
fn strength(object: &Object, index: usize) -> u8 {
    let symbol = &object.symbols[index];
    match (symbol.place, symbol.binding) {
        (SymbolPlace::Common, _) => 1,
        (_, Binding::Weak) => 0,
        _ => 2,
    }
}

/// Collects names; complains about those defined twice.
pub(super) fn names<'a>(objects: &'a [Object], problems: &mut Vec<Diagnostic>) -> Names<'a> {
    let mut names = Names { dropped: dropped_groups(objects), ..Names::default() };
    for (number, object) in objects.iter().enumerate() {
        for (index, symbol) in object.symbols.iter().enumerate() {
            let section_dropped = matches!(symbol.place, SymbolPlace::Section(section)
                if names.dropped.contains(&(number, section)));
            let visible = symbol.binding != Binding::Local && symbol.place != SymbolPlace::Undefined;
            if visible && !section_dropped {
                add(&mut names, objects, (number, index), problems);
            }
        }
    }
    names
}

fn add<'a>(names: &mut Names<'a>, objects: &'a [Object], new: SymbolRef, problems: &mut Vec<Diagnostic>) {
    let name = objects[new.0].symbols[new.1].name.as_str();
    let Some(&old) = names.defined.get(name) else {
        names.defined.insert(name, new);
        return;
    };
    let (before, now) = (strength(&objects[old.0], old.1), strength(&objects[new.0], new.1));
    let size = |(object, index): SymbolRef| objects[object].symbols[index].size;
    if before == 2 && now == 2 {
        let message = format!("`{name}` is also defined in {}", objects[old.0].name);
        let hint = Some("give one of them another name, or make it local".to_owned());
        problems.push(Diagnostic::about_file(&objects[new.0].name, message).with_hint(hint));
    } else if now > before || (now == 1 && before == 1 && size(new) > size(old)) {
        names.defined.insert(name, new);
    }
}

/// Sections of groups that an earlier object has already.
fn dropped_groups(objects: &[Object]) -> BTreeSet<(usize, usize)> {
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    let mut dropped = BTreeSet::new();
    for (number, object) in objects.iter().enumerate() {
        for (index, section) in object.sections.iter().enumerate() {
            if let Some(group) = &section.group
                && *owners.entry(group).or_insert(number) != number
            {
                dropped.insert((number, index));
            }
        }
    }
    dropped
}
