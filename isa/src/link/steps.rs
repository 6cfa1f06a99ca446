//! The linker's run: place, find out what symbols are worth, place again with stubs, fill in, collect.

use super::layout::{Layout, Region};
use super::place::{Placement, sort};
use super::resolve::{Names, SymbolRef, names};
use super::stub::{self, Stub, effective_addend};
use super::{
    Binding, LinkOptions, Linked, LinkedLine, LinkedSection, LinkedSymbol, Object, Relocation, SectionFlags,
    SymbolKind, SymbolPlace,
};
use crate::asm::Diagnostic;
use crate::asm::nearest::did_you_mean;
use std::collections::BTreeMap;

/// What every symbol is worth.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// By object and symbol; `None` where nobody defines it.
    values: Vec<Vec<Option<u32>>>,
    /// What the linker defines: values by name.
    pub own: BTreeMap<String, u32>,
}

impl Addresses {
    /// The value of a symbol of an object; no symbol is 0.
    pub(super) fn value(&self, object: usize, symbol: Option<usize>) -> Option<u32> {
        match symbol {
            None => Some(0),
            Some(index) => self.values.get(object)?.get(index).copied().flatten(),
        }
    }

    fn compute(
        objects: &[Object],
        names: &Names<'_>,
        placement: &Placement,
        options: &LinkOptions,
    ) -> Addresses {
        let mut addresses = Addresses { values: Vec::new(), own: own_symbols(placement, options) };
        for number in 0..objects.len() {
            let count = objects[number].symbols.len();
            let values = (0..count).map(|index| addresses.lookup(objects, names, placement, (number, index)));
            let values = values.collect();
            addresses.values.push(values);
        }
        addresses
    }

    fn lookup(
        &self,
        objects: &[Object],
        names: &Names<'_>,
        placement: &Placement,
        (object, index): SymbolRef,
    ) -> Option<u32> {
        let symbol = &objects[object].symbols[index];
        let global =
            (symbol.binding != Binding::Local).then(|| names.defined.get(symbol.name.as_str())).flatten();
        if let Some(&defined) = global {
            return defined_value(objects, placement, defined);
        }
        if symbol.binding == Binding::Local && symbol.place != SymbolPlace::Undefined {
            return defined_value(objects, placement, (object, index));
        }
        let own = self.own.get(&symbol.name).copied();
        own.or((symbol.binding == Binding::Weak).then_some(0))
    }
}

fn defined_value(objects: &[Object], placement: &Placement, (object, index): SymbolRef) -> Option<u32> {
    let symbol = &objects[object].symbols[index];
    match symbol.place {
        SymbolPlace::Absolute => Some(symbol.value),
        SymbolPlace::Common => placement.commons.get(&(object, index)).copied(),
        SymbolPlace::Undefined => None,
        SymbolPlace::Section(section) => {
            let known = objects[object].sections.get(section)?;
            // Offsets in sections for debuggers are their own addresses until these are put together.
            let is_debug = !known.flags.contains(SectionFlags::ALLOC);
            if is_debug { Some(symbol.value) } else { placement.address(object, section, symbol.value) }
        }
    }
}

/// The symbols that libnux programs expect of their linker script; what an object defines itself goes first.
fn own_symbols(placement: &Placement, options: &LinkOptions) -> BTreeMap<String, u32> {
    let mut own = BTreeMap::new();
    let mut set = |name: &str, value: u32| {
        own.insert(name.to_owned(), value);
    };
    let ram_end = Region::Sram.base() + Region::Sram.size();
    let mailbox_base = ram_end.saturating_sub(options.mailbox_size);
    let end = placement.end_of(Region::Sram);
    let heap = end.next_multiple_of(16).saturating_add(128);
    for (name, value) in [
        ("ram_base", Region::Sram.base()),
        ("ram_end", ram_end),
        ("mailbox_size", options.mailbox_size),
        ("mailbox_base", mailbox_base),
        ("mailbox_end", ram_end),
        ("stack_ptr_init", mailbox_base.saturating_sub(16)),
        ("stack_redzone", heap),
        ("heap_base", heap),
        ("heap_end", mailbox_base.saturating_sub(8)),
        ("_isr_undefined", 0),
        ("_int_end", end),
        ("_end", end),
        ("_ext_end", placement.end_of(Region::ExternalCode)),
        ("_ext_end_data", placement.end_of(Region::ExternalData)),
        ("_ext_dram_end", placement.end_of(Region::DramCode)),
        ("_ext_dram_end_data", placement.end_of(Region::DramData)),
    ] {
        set(name, value);
    }
    for name in ["isr_einput", "isr_alignment", "isr_program", "isr_doorbell", "isr_fit", "isr_dec"] {
        set(name, 0);
    }
    for output in &placement.outputs {
        if let Some((begin, end)) = output.bounds {
            set(begin, output.address);
            set(end, output.address.wrapping_add(output.size));
        }
    }
    for (name, value) in &options.defines {
        set(name, *value);
    }
    own
}

/// Runs all steps.
pub(super) fn link(objects: &[Object], options: &LinkOptions) -> Result<Linked, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let names = names(objects, &mut problems);
    let mut placement = sort(objects, &names, options);
    let addresses = settle(objects, &names, &mut placement, options, &mut problems);
    check_mailbox(&placement, options, &mut problems);
    report_undefined(objects, &names, &placement, &addresses, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let filler = Filler { objects, placement: &placement, addresses: &addresses };
    let sections = filler.sections(&mut problems);
    let debug = filler.debug(&names, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut linked = Linked { sections, debug, ..Linked::default() };
    linked.symbols = symbols(objects, &names, &placement, &addresses, &linked.sections);
    linked.entry = entry(&linked, options, &mut problems);
    lines(objects, &placement, &mut linked);
    linked.warnings = objects.iter().flat_map(|object| object.warnings.clone()).collect();
    if problems.is_empty() { Ok(linked) } else { Err(problems) }
}

/// Gives addresses until no further stub is needed. Stubs are only ever added, one per target, so this ends.
fn settle(
    objects: &[Object],
    names: &Names<'_>,
    placement: &mut Placement,
    options: &LinkOptions,
    problems: &mut Vec<Diagnostic>,
) -> Addresses {
    loop {
        let mut found = Vec::new();
        placement.assign(objects, names, options, &mut found);
        let addresses = Addresses::compute(objects, names, placement, options);
        if !found.is_empty() || !stub::add_missing(placement, objects, &addresses) {
            problems.append(&mut found);
            return addresses;
        }
    }
}

/// In a libnux program the stack must find room below the mailbox.
fn check_mailbox(placement: &Placement, options: &LinkOptions, problems: &mut Vec<Diagnostic>) {
    if placement.layout != Layout::Libnux || !problems.is_empty() {
        return;
    }
    let mailbox_base = Region::Sram.size().saturating_sub(options.mailbox_size);
    let heap = placement.end_of(Region::Sram).next_multiple_of(16) + 128;
    if heap >= mailbox_base {
        let mut problem = placement.overflow(Region::Sram, u64::from(heap), mailbox_base);
        problem.message += " below the mailbox, 128 bytes being kept free";
        problems.push(problem);
    }
}

/// One complaint for each name that nobody defines, with all places that use it.
fn report_undefined(
    objects: &[Object],
    names: &Names<'_>,
    placement: &Placement,
    addresses: &Addresses,
    problems: &mut Vec<Diagnostic>,
) {
    let mut uses: BTreeMap<&str, Vec<(usize, usize, &Relocation)>> = BTreeMap::new();
    for &(number, index) in placement.pieces.keys() {
        for relocation in &objects[number].sections[index].relocations {
            let Some(symbol) = relocation.symbol else { continue };
            if addresses.value(number, Some(symbol)).is_none() {
                let name = objects[number].symbols.get(symbol).map_or("", |symbol| &symbol.name);
                uses.entry(name).or_default().push((number, index, relocation));
            }
        }
    }
    for (name, places) in uses {
        let Some(&(number, section, relocation)) = places.first() else { continue };
        let mut problem = at_relocation(&objects[number], section, relocation);
        problem.message = format!("undefined symbol `{name}`");
        let others: Vec<String> =
            places[1..].iter().map(|&(n, s, r)| place_name(&objects[n], s, r)).collect();
        if !others.is_empty() {
            problem.message += &format!(", also used at {}", others.join(", "));
        }
        let known = names.defined.keys().copied().chain(addresses.own.keys().map(String::as_str));
        problem.hint = did_you_mean(name, known);
        problems.push(problem);
    }
}

/// `file:line:column`, or object, section and offset where no source is known.
fn place_name(object: &Object, section: usize, relocation: &Relocation) -> String {
    let found = at_relocation(object, section, relocation);
    if found.line > 0 { format!("{}:{}:{}", found.file, found.line, found.column) } else { found.file }
}

/// An error without a message yet at a relocation's place.
fn at_relocation(object: &Object, section: usize, relocation: &Relocation) -> Diagnostic {
    let source = relocation.place.and_then(|place| Some((place, object.files.get(place.file as usize)?)));
    match source {
        Some((place, file)) => Diagnostic {
            line: place.line,
            column: place.column,
            source_line: file.line(place.line).to_owned(),
            ..Diagnostic::about_file(&file.name, "")
        },
        None => {
            let section = &object.sections[section].name;
            Diagnostic::about_file(format!("{}({section}+{:#x})", object.name, relocation.offset), "")
        }
    }
}

/// Makes the contents of the output sections.
struct Filler<'a> {
    objects: &'a [Object],
    placement: &'a Placement,
    addresses: &'a Addresses,
}

impl Filler<'_> {
    /// The sections with an address.
    fn sections(&self, problems: &mut Vec<Diagnostic>) -> Vec<LinkedSection> {
        let mut list = Vec::new();
        for output in self.placement.outputs.iter().filter(|output| output.size > 0) {
            let nobits = output.flags.contains(SectionFlags::NOBITS);
            let mut data = vec![0; if nobits { 0 } else { output.size as usize }];
            for piece in output.pieces.iter().filter(|_| !nobits) {
                let start = piece.address.wrapping_sub(output.address) as usize;
                let contents =
                    self.contents(piece.object, piece.section, piece.address, &piece.stubs, problems);
                data[start..start + contents.len()].copy_from_slice(&contents);
                for stub in &piece.stubs {
                    let start = stub.address.wrapping_sub(output.address) as usize;
                    let code = Stub::code(self.stub_target(piece.object, stub));
                    let bytes: Vec<u8> = code.iter().flat_map(|word| word.to_be_bytes()).collect();
                    data[start..start + bytes.len()].copy_from_slice(&bytes);
                }
            }
            list.push(LinkedSection {
                name: output.name.clone(),
                flags: output.flags,
                address: output.address,
                alignment: output.alignment,
                data,
                size: output.size,
            });
        }
        list
    }

    fn stub_target(&self, object: usize, stub: &Stub) -> u32 {
        let value = self.addresses.value(object, stub.symbol).unwrap_or(0);
        (i64::from(value) + stub.addend) as u32
    }

    /// The bytes of an input section with everything filled in.
    fn contents(
        &self,
        object: usize,
        section: usize,
        address: u32,
        stubs: &[Stub],
        problems: &mut Vec<Diagnostic>,
    ) -> Vec<u8> {
        let source = &self.objects[object].sections[section];
        let mut data = source.data.clone();
        for relocation in &source.relocations {
            let place = address.wrapping_add(relocation.offset);
            let addend = effective_addend(relocation);
            let symbol = self.addresses.value(object, relocation.symbol).unwrap_or(0);
            let mut target = i64::from((i64::from(symbol).wrapping_add(addend)) as u32);
            let stub = stubs.iter().find(|stub| (stub.symbol, stub.addend) == (relocation.symbol, addend));
            if let Some(stub) = stub
                && stub::is_far(relocation.kind, target - i64::from(place))
            {
                target = i64::from(stub.address);
            }
            let value = if relocation.kind.is_relative() { target - i64::from(place) } else { target };
            if let Err(error) = relocation.kind.apply(&mut data, relocation.offset, value) {
                problems.push(self.out_of_reach(object, section, relocation, &error.to_string()));
            }
        }
        data
    }

    fn out_of_reach(
        &self,
        object: usize,
        section: usize,
        relocation: &Relocation,
        error: &str,
    ) -> Diagnostic {
        let object = &self.objects[object];
        let mut problem = at_relocation(object, section, relocation);
        let name =
            relocation.symbol.and_then(|symbol| object.symbols.get(symbol)).map_or("", |symbol| &symbol.name);
        let about = if name.is_empty() { String::new() } else { format!(" of `{name}`") };
        problem.message = format!("{}{about}: {error}", relocation.kind.name());
        problem
    }

    /// Sections without an address: those of the same name one behind the other.
    fn debug(&self, names: &Names<'_>, problems: &mut Vec<Diagnostic>) -> Vec<LinkedSection> {
        let mut list: Vec<LinkedSection> = Vec::new();
        let mut starts: BTreeMap<(usize, usize), u32> = BTreeMap::new();
        for (number, object) in self.objects.iter().enumerate() {
            for (index, section) in object.sections.iter().enumerate() {
                if !is_debug(section) || names.dropped.contains(&(number, index)) {
                    continue;
                }
                starts.insert((number, index), append(&mut list, section));
            }
        }
        for (&(number, index), &start) in &starts {
            self.fill_debug(number, index, start, &starts, &mut list, problems);
        }
        list
    }

    fn fill_debug(
        &self,
        number: usize,
        index: usize,
        start: u32,
        starts: &BTreeMap<(usize, usize), u32>,
        list: &mut [LinkedSection],
        problems: &mut Vec<Diagnostic>,
    ) {
        let object = &self.objects[number];
        let section = &object.sections[index];
        let Some(output) = list.iter_mut().find(|output| output.name == section.name) else { return };
        for relocation in &section.relocations {
            let symbol = relocation.symbol.and_then(|symbol| object.symbols.get(symbol));
            // A place in another debug section moves with that section.
            let moved = symbol.and_then(|symbol| match symbol.place {
                SymbolPlace::Section(section) => starts.get(&(number, section)).copied(),
                _ => None,
            });
            let value = self.addresses.value(number, relocation.symbol).unwrap_or(0);
            let place = start.wrapping_add(relocation.offset);
            let target = i64::from(value.wrapping_add(moved.unwrap_or(0))).wrapping_add(relocation.addend);
            let value = if relocation.kind.is_relative() { target - i64::from(place) } else { target };
            if let Err(error) = relocation.kind.apply(&mut output.data, place, value) {
                problems.push(self.out_of_reach(number, index, relocation, &error.to_string()));
            }
        }
    }
}

/// Whether debuggers want the section; notes about tools are dropped.
fn is_debug(section: &super::Section) -> bool {
    !section.flags.contains(SectionFlags::ALLOC)
        && section.name.starts_with(".debug_")
        && !section.data.is_empty()
}

/// Puts a section behind the one of its name; returns where it begins there.
fn append(list: &mut Vec<LinkedSection>, section: &super::Section) -> u32 {
    let known = list.iter().position(|output| output.name == section.name);
    let index = known.unwrap_or_else(|| {
        list.push(LinkedSection {
            name: section.name.clone(),
            flags: section.flags,
            address: 0,
            alignment: 1,
            data: Vec::new(),
            size: 0,
        });
        list.len() - 1
    });
    let output = &mut list[index];
    let start = output.data.len().next_multiple_of(section.alignment.clamp(1, 16) as usize);
    output.data.resize(start, 0);
    output.data.extend_from_slice(&section.data);
    output.size = output.data.len() as u32;
    start as u32
}

/// All symbols with a name: local ones of each object, then the shared ones, then those of the linker that are used.
fn symbols(
    objects: &[Object],
    names: &Names<'_>,
    placement: &Placement,
    addresses: &Addresses,
    sections: &[LinkedSection],
) -> Vec<LinkedSymbol> {
    let place = |symbol: &super::Symbol, object: usize| match symbol.place {
        SymbolPlace::Section(section) => {
            let &(output, _) = placement.pieces.get(&(object, section))?;
            sections.iter().position(|linked| linked.name == placement.outputs[output].name)
        }
        SymbolPlace::Common => sections.iter().position(|linked| linked.name.ends_with("bss")),
        _ => None,
    };
    let make = |object: usize, index: usize| {
        let symbol = &objects[object].symbols[index];
        let wanted =
            !symbol.name.is_empty() && !matches!(symbol.kind, SymbolKind::Section | SymbolKind::File);
        let value = addresses.value(object, Some(index)).filter(|_| wanted)?;
        Some(LinkedSymbol {
            name: symbol.name.clone(),
            value,
            size: symbol.size,
            binding: symbol.binding,
            kind: symbol.kind,
            section: place(symbol, object),
        })
    };
    let mut list = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        let local = (0..object.symbols.len()).filter(|&index| {
            let symbol = &object.symbols[index];
            symbol.binding == Binding::Local && symbol.place != SymbolPlace::Undefined
        });
        list.extend(local.filter_map(|index| make(number, index)));
    }
    list.extend(names.defined.values().filter_map(|&(object, index)| make(object, index)));
    let asked =
        |name: &str| objects.iter().flat_map(|object| &object.symbols).any(|symbol| symbol.name == name);
    for (name, &value) in &addresses.own {
        if asked(name) && !names.defined.contains_key(name.as_str()) {
            let (size, binding, kind) = (0, Binding::Global, SymbolKind::Untyped);
            list.push(LinkedSymbol { name: name.clone(), value, size, binding, kind, section: None });
        }
    }
    list
}

/// The entry point.
fn entry(linked: &Linked, options: &LinkOptions, problems: &mut Vec<Diagnostic>) -> u32 {
    if let Some(name) = &options.entry {
        return linked.symbol(name).unwrap_or_else(|| {
            let hint = did_you_mean(name, linked.symbols.iter().map(|symbol| symbol.name.as_str()));
            let message = format!("the entry point `{name}` is not defined");
            problems.push(Diagnostic::about_file("link", message).with_hint(hint));
            0
        });
    }
    let code = linked.sections.iter().find(|section| section.flags.contains(SectionFlags::EXECUTE));
    let named = linked.symbol("__init").or_else(|| linked.symbol("_start"));
    named.or_else(|| code.map(|section| section.address)).unwrap_or(0)
}

/// Source lines of our own objects, by address.
fn lines(objects: &[Object], placement: &Placement, linked: &mut Linked) {
    for (number, object) in objects.iter().enumerate() {
        let first = linked.files.len() as u32;
        linked.files.extend(object.files.iter().cloned());
        for row in &object.lines {
            if let Some(address) = placement.address(number, row.section, row.offset) {
                linked.lines.push(LinkedLine { address, file: first + row.file, line: row.line });
            }
        }
    }
    linked.lines.sort_unstable();
}

impl LinkedSection {
    /// Whether it holds instructions.
    #[must_use]
    pub fn is_code(&self) -> bool {
        self.flags.contains(SectionFlags::EXECUTE)
    }
}
