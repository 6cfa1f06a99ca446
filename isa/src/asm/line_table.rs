//! Line tables: DWARF 4 `.debug_line`, and the one entry of `.debug_info` that leads debuggers there.

use crate::link::{
    Binding, LineRow, Object, Relocation, RelocationKind, Section, Symbol, SymbolKind, SymbolPlace,
    Visibility,
};
use gimli::write::{
    Address, AttributeValue, DwarfUnit, EndianVec, FileId, LineProgram, LineString, Range, RangeList,
    RelocateWriter, Relocation as Reference, RelocationTarget, Sections,
};
use gimli::{BigEndian, Encoding, Format, LineEncoding, SectionId};
use std::collections::BTreeMap;

const ENCODING: Encoding = Encoding { format: Format::Dwarf32, version: 4, address_size: 4 };
/// Instructions are four bytes long, and lines go a few steps forwards or back.
const LINE_ENCODING: LineEncoding = LineEncoding {
    minimum_instruction_length: 4,
    maximum_operations_per_instruction: 1,
    default_is_stmt: true,
    line_base: -5,
    line_range: 14,
};

/// Bytes of a section and the references in it.
#[derive(Debug, Clone)]
struct Recorder {
    bytes: EndianVec<BigEndian>,
    references: Vec<Reference>,
}

impl RelocateWriter for Recorder {
    type Writer = EndianVec<BigEndian>;

    fn writer(&self) -> &Self::Writer {
        &self.bytes
    }

    fn writer_mut(&mut self) -> &mut Self::Writer {
        &mut self.bytes
    }

    fn relocate(&mut self, relocation: Reference) {
        self.references.push(relocation);
    }
}

/// Adds the sections to an object. An object whose text brought its own `.debug_info` gets only the line table that
/// this refers to. `directory` is where relative file names start.
pub(crate) fn add(object: &mut Object, directory: &str) {
    let section_named = |name: &str| object.sections.iter().position(|section| section.name == name);
    let only_lines = section_named(".debug_info").is_some();
    let has_lines = section_named(".debug_line").is_some_and(|index| object.sections[index].size > 0);
    if object.lines.is_empty() || has_lines {
        return;
    }
    let mut sections = Sections::new(Recorder { bytes: EndianVec::new(BigEndian), references: Vec::new() });
    // Everything written is in memory and of the sizes said above, so that writing cannot fail.
    if unit(object, directory).write(&mut sections).is_err() {
        return;
    }
    let mut made: Vec<(SectionId, Recorder)> = Vec::new();
    let collect = sections.for_each_mut(|id, recorder: &mut Recorder| {
        if !recorder.bytes.slice().is_empty() && (id == SectionId::DebugLine || !only_lines) {
            made.push((id, recorder.clone()));
        }
        gimli::write::Result::Ok(())
    });
    if collect.is_ok() {
        append(object, &made);
    }
}

/// The unit: one for the whole object.
fn unit(object: &Object, directory: &str) -> DwarfUnit {
    let mut dwarf = DwarfUnit::new(ENCODING);
    dwarf.unit.line_program = program(object, directory);
    let ranges = ranges(object);
    let root = dwarf.unit.root();
    let ranges = dwarf.unit.ranges.add(RangeList(ranges));
    let text = |text: &str| AttributeValue::String(clean(text).into_bytes());
    let entry = dwarf.unit.get_mut(root);
    entry.set(gimli::DW_AT_producer, text(concat!("hxemu asm ", env!("CARGO_PKG_VERSION"))));
    entry.set(gimli::DW_AT_language, AttributeValue::Language(gimli::DW_LANG_Mips_Assembler));
    entry.set(gimli::DW_AT_name, text(&object.name));
    entry.set(gimli::DW_AT_comp_dir, text(directory));
    entry.set(gimli::DW_AT_low_pc, AttributeValue::Address(Address::Constant(0)));
    entry.set(gimli::DW_AT_ranges, AttributeValue::RangeListRef(ranges));
    dwarf
}

/// Names in DWARF are not empty and have no zero byte.
fn clean(name: &str) -> String {
    if name.is_empty() { "?".to_owned() } else { name.replace('\0', "?") }
}

/// The rows of each section, by offset.
fn rows(object: &Object) -> BTreeMap<usize, Vec<LineRow>> {
    let mut rows: BTreeMap<usize, Vec<LineRow>> = BTreeMap::new();
    for row in &object.lines {
        rows.entry(row.section).or_default().push(*row);
    }
    rows.values_mut().for_each(|rows| rows.sort_by_key(|row| row.offset));
    rows
}

fn ranges(object: &Object) -> Vec<Range> {
    let whole = |(&section, _): (&usize, &Vec<LineRow>)| Range::StartLength {
        begin: Address::Symbol { symbol: section, addend: 0 },
        length: object.sections[section].size.into(),
    };
    rows(object).iter().map(whole).collect()
}

fn program(object: &Object, directory: &str) -> LineProgram {
    let string = |name: &str| LineString::String(clean(name).into_bytes());
    let mut program =
        LineProgram::new(ENCODING, LINE_ENCODING, string(directory), None, string(&object.name), None);
    let home = program.default_directory();
    let mut files: Vec<Option<FileId>> = vec![None; object.files.len()];
    for index in file_order(object) {
        files[index] = Some(program.add_file(string(&object.files[index].name), home, None));
    }
    for (section, rows) in rows(object) {
        program.begin_sequence(Some(Address::Symbol { symbol: section, addend: 0 }));
        for row in rows {
            let Some(file) = files.get(row.file as usize).copied().flatten() else { continue };
            let state = program.row();
            (state.address_offset, state.file, state.line) = (row.offset.into(), file, row.line.into());
            program.generate_row();
        }
        program.end_sequence(object.sections[section].size.next_multiple_of(4).into());
    }
    program
}

/// Files in the order in which the table lists them. Entries that a compiler made count the files that it named with
/// `.file`, so the text of the compiler itself, which came first, goes last.
fn file_order(object: &Object) -> impl Iterator<Item = usize> {
    let compiled = object.sections.iter().any(|section| section.name == ".debug_info");
    let first = usize::from(compiled).min(object.files.len());
    (first..object.files.len()).chain(0..first)
}

/// Puts the sections made into the object.
fn append(object: &mut Object, made: &[(SectionId, Recorder)]) {
    let mut index = BTreeMap::new();
    for (id, recorder) in made {
        index.insert(id.name(), section_index(object, id.name()));
        let section = &mut object.sections[index[id.name()]];
        section.data = recorder.bytes.slice().to_vec();
        section.size = section.data.len() as u32;
    }
    for (id, recorder) in made {
        let own = index[id.name()];
        for reference in &recorder.references {
            // The symbol of a code section is at the section's own index.
            let symbol = match reference.target {
                RelocationTarget::Symbol(section) => Some(section),
                RelocationTarget::Section(target) => {
                    index.get(target.name()).and_then(|&target| section_symbol(object, target))
                }
            };
            object.sections[own].relocations.push(Relocation {
                offset: reference.offset as u32,
                kind: RelocationKind::Addr32,
                symbol,
                addend: reference.addend,
                place: None,
            });
        }
    }
}

fn section_symbol(object: &Object, section: usize) -> Option<usize> {
    let is_it =
        |symbol: &Symbol| symbol.kind == SymbolKind::Section && symbol.place == SymbolPlace::Section(section);
    object.symbols.iter().position(is_it)
}

/// The section of this name, made with its symbol if there is none.
fn section_index(object: &mut Object, name: &str) -> usize {
    if let Some(index) = object.sections.iter().position(|section| section.name == name) {
        return index;
    }
    let index = object.sections.len();
    object.sections.push(Section { name: name.to_owned(), alignment: 1, ..Section::default() });
    object.symbols.push(Symbol {
        name: String::new(),
        place: SymbolPlace::Section(index),
        value: 0,
        size: 0,
        binding: Binding::Local,
        kind: SymbolKind::Section,
        visibility: Visibility::Default,
    });
    index
}
