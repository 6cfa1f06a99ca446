//! From the bytes of an ELF file to a [`Program`].

use super::line::DebugSections;
use super::{Program, ProgramCause, ProgramKind, Segment, line, memory, symbol};
use object::BigEndian;
use object::elf::{self, FileHeader32, ProgramHeader32, SectionHeader32};
use object::pod::slice_from_bytes;
use object::read::StringTable;
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};

type Header = FileHeader32<BigEndian>;
type SectionEntry = SectionHeader32<BigEndian>;

const E: BigEndian = BigEndian;

/// Sizes of the header and of the entries of its two tables.
const HEADER_SIZE: u16 = 52;
const PROGRAM_HEADER_SIZE: u16 = 32;
const SECTION_HEADER_SIZE: u16 = 40;

/// A section with its name.
struct Section<'a> {
    index: usize,
    name: String,
    entry: &'a SectionEntry,
    data: &'a [u8],
}

pub(super) fn read(bytes: &[u8]) -> Result<Program, ProgramCause> {
    let header = header(bytes)?;
    let sections = sections(header, bytes)?;
    let kind = if header.e_type(E) == elf::ET_REL { ProgramKind::Object } else { ProgramKind::Executable };
    let mut program = Program { kind, entry: header.e_entry(E), ..Program::default() };
    let mut segment_of = vec![None; sections.len()];
    for section in &sections {
        let segment = segment(section, kind, &mut program.warnings)?;
        segment_of[section.index] = segment.is_some().then_some(program.segments.len());
        program.segments.extend(segment);
    }
    if program.segments.is_empty() {
        program.segments = loadable(header, bytes)?;
    }
    if program.segments.is_empty() {
        return Err(ProgramCause::Empty);
    }
    read_symbols(&sections, &segment_of, &mut program)?;
    read_lines(&sections, &mut program);
    Ok(program)
}

/// The header, when it is that of a program for this processor.
fn header(bytes: &[u8]) -> Result<&Header, ProgramCause> {
    let not_elf = |reason| ProgramCause::NotElf { reason };
    if !bytes.starts_with(&elf::ELFMAG) {
        return Err(not_elf("it does not begin with 0x7f `ELF`"));
    }
    let short = || not_elf("it ends within the ELF header");
    let (header, _) = object::pod::from_bytes::<Header>(bytes).map_err(|()| short())?;
    let ident = header.e_ident();
    let (kind, table) = (header.e_type(E).0, header.e_phnum(E) > 0);
    let sections = header.e_shoff(E) != 0;
    let fields: [(_, u32, _, bool); 9] = [
        ("EI_CLASS", ident.class.0.into(), "1 (32 bit)", ident.class == elf::ELFCLASS32),
        ("EI_DATA", ident.data.0.into(), "2 (big-endian)", ident.data == elf::ELFDATA2MSB),
        ("EI_VERSION", ident.version.0.into(), "1", ident.version == elf::EV_CURRENT),
        ("e_machine", header.e_machine(E).0.into(), "20 (PowerPC)", header.e_machine(E) == elf::EM_PPC),
        ("e_type", kind.into(), "1 (object) or 2 (executable)", matches!(kind, 1 | 2)),
        ("e_version", header.e_version(E), "1", header.e_version(E) == u32::from(elf::EV_CURRENT.0)),
        ("e_ehsize", header.e_ehsize(E).into(), "52", header.e_ehsize(E) == HEADER_SIZE),
        (
            "e_phentsize",
            header.e_phentsize(E).into(),
            "32",
            !table || header.e_phentsize(E) == PROGRAM_HEADER_SIZE,
        ),
        (
            "e_shentsize",
            header.e_shentsize(E).into(),
            "40",
            !sections || header.e_shentsize(E) == SECTION_HEADER_SIZE,
        ),
    ];
    match fields.into_iter().find(|(.., fits)| !fits) {
        Some((field, found, expected, _)) => Err(ProgramCause::Header { field, found, expected }),
        None => Ok(header),
    }
}

/// A part of the file; `None` when it reaches beyond the end.
fn part(bytes: &[u8], offset: u32, size: u32) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    bytes.get(start..start.checked_add(usize::try_from(size).ok()?)?)
}

/// A table of the file.
fn table<'a, T: object::pod::Pod>(
    bytes: &'a [u8],
    table: &'static str,
    offset: u32,
    count: u32,
) -> Result<&'a [T], ProgramCause> {
    let beyond = || ProgramCause::Table { table, offset, count, size: bytes.len() };
    let rest = bytes.get(offset as usize..).ok_or_else(beyond)?;
    let (entries, _) = slice_from_bytes(rest, count as usize).map_err(|()| beyond())?;
    Ok(entries)
}

/// All sections with their names and data.
fn sections<'a>(header: &Header, bytes: &'a [u8]) -> Result<Vec<Section<'a>>, ProgramCause> {
    let (offset, count) = (header.e_shoff(E), u32::from(header.e_shnum(E)));
    if offset == 0 || count == 0 {
        return Ok(Vec::new());
    }
    let entries: &[SectionEntry] = table(bytes, "section headers", offset, count)?;
    let names = usize::from(header.e_shstrndx(E).0);
    let names = entries.get(names).filter(|entry| entry.sh_type(E) == elf::SHT_STRTAB);
    let names = names.ok_or_else(|| ProgramCause::Header {
        field: "e_shstrndx",
        found: header.e_shstrndx(E).0.into(),
        expected: "the number of a string table section",
    })?;
    let names = strings(names, bytes).ok_or_else(|| ProgramCause::Section {
        index: header.e_shstrndx(E).0.into(),
        name: String::new(),
        reason: "the section names lie beyond the end of the file".to_owned(),
    })?;
    entries.iter().enumerate().map(|(index, entry)| section(index, entry, names, bytes)).collect()
}

fn section<'a>(
    index: usize,
    entry: &'a SectionEntry,
    names: StringTable<'a>,
    bytes: &'a [u8],
) -> Result<Section<'a>, ProgramCause> {
    let wrong = |name: &str, reason: &str| ProgramCause::Section {
        index,
        name: name.to_owned(),
        reason: reason.to_owned(),
    };
    let name = entry.name(E, names).map_err(|_| wrong("", "its name lies outside the string table"))?;
    let name = String::from_utf8_lossy(name).into_owned();
    let has_data = !matches!(entry.sh_type(E), elf::SHT_NOBITS | elf::SHT_NULL);
    let (offset, size) = (entry.sh_offset(E), if has_data { entry.sh_size(E) } else { 0 });
    let data = if has_data { part(bytes, offset, size) } else { Some(&[][..]) };
    let beyond = || {
        let reason = format!("its {size} bytes at offset {offset:#x} reach beyond the end of the file");
        wrong(&name, &reason)
    };
    let data = data.ok_or_else(beyond)?;
    Ok(Section { index, name, entry, data })
}

fn strings<'a>(entry: &SectionEntry, bytes: &'a [u8]) -> Option<StringTable<'a>> {
    let data = part(bytes, entry.sh_offset(E), entry.sh_size(E))?;
    Some(StringTable::new(data, 0, data.len() as u64))
}

/// What a section puts into a memory, if anything.
fn segment(
    section: &Section<'_>,
    kind: ProgramKind,
    warnings: &mut Vec<String>,
) -> Result<Option<Segment>, ProgramCause> {
    let Section { name, entry, data, .. } = section;
    let (address, size) = (entry.sh_addr(E), entry.sh_size(E));
    let is_object = kind == ProgramKind::Object;
    let flags = entry.sh_flags(E);
    if !flags.contains(elf::SHF_ALLOC) || size == 0 {
        return Ok(None);
    }
    let place = if is_object { Some(memory::of_address(0)) } else { memory::of_section(name, address)? };
    let Some((memory, offset)) = place else {
        warnings
            .push(format!("section `{name}` ({size} bytes) is not loaded: its name is none the host knows"));
        return Ok(None);
    };
    if !is_object {
        memory::check(memory, offset, size, name)?;
    }
    let executable = flags.contains(elf::SHF_EXECINSTR);
    let zeros = if entry.sh_type(E) == elf::SHT_NOBITS { size } else { 0 };
    let bytes = data.to_vec();
    Ok(Some(Segment { name: name.clone(), address, memory, offset, bytes, zeros, executable }))
}

/// What the program headers put into memories, for files without section headers.
fn loadable(header: &Header, bytes: &[u8]) -> Result<Vec<Segment>, ProgramCause> {
    let (offset, count) = (header.e_phoff(E), u32::from(header.e_phnum(E)));
    let entries: &[ProgramHeader32<BigEndian>] = table(bytes, "program headers", offset, count)?;
    let loads = |(_, entry): &(usize, &ProgramHeader32<BigEndian>)| {
        entry.p_type(E) == elf::PT_LOAD && entry.p_memsz(E) > 0
    };
    entries.iter().enumerate().filter(loads).map(|(index, entry)| load(index, entry, bytes)).collect()
}

fn load(index: usize, entry: &ProgramHeader32<BigEndian>, bytes: &[u8]) -> Result<Segment, ProgramCause> {
    let wrong = |reason: String| ProgramCause::Segment { index, reason };
    let (address, stored, size) = (entry.p_vaddr(E), entry.p_filesz(E), entry.p_memsz(E));
    let offset = entry.p_offset(E);
    let data = part(bytes, offset, stored).ok_or_else(|| {
        wrong(format!("its {stored} bytes at offset {offset:#x} reach beyond the end of the file"))
    })?;
    let zeros = size.checked_sub(stored);
    let zeros = zeros
        .ok_or_else(|| wrong(format!("it takes {size} bytes of memory, but has {stored} in the file")))?;
    let (memory, offset) = memory::of_address(address);
    let name = format!("program header {index}");
    memory::check(memory, offset, size, &name)?;
    let executable = entry.p_flags(E).contains(elf::PF_X);
    Ok(Segment { name, address, memory, offset, bytes: data.to_vec(), zeros, executable })
}

fn read_symbols(
    sections: &[Section<'_>],
    segment_of: &[Option<usize>],
    program: &mut Program,
) -> Result<(), ProgramCause> {
    for section in sections.iter().filter(|section| section.entry.sh_type(E) == elf::SHT_SYMTAB) {
        let wrong = |reason: String| ProgramCause::Section {
            index: section.index,
            name: section.name.clone(),
            reason,
        };
        let link = section.entry.sh_link(E);
        let strings = sections.get(link as usize).filter(|linked| linked.entry.sh_type(E) == elf::SHT_STRTAB);
        let strings = strings.ok_or_else(|| wrong(format!("its strings should be in section {link}")))?;
        let strings = StringTable::new(strings.data, 0, strings.data.len() as u64);
        let size = section.entry.sh_entsize(E);
        if size != 16 || !section.data.len().is_multiple_of(16) {
            let length = section.data.len();
            return Err(wrong(format!("{length} bytes of symbols of {size} bytes each; a symbol has 16")));
        }
        let (symbols, _) = slice_from_bytes(section.data, section.data.len() / 16)
            .map_err(|()| wrong("its symbols cannot be read".to_owned()))?;
        for (index, entry) in symbols.iter().enumerate() {
            program.symbols.extend(symbol::read(index, entry, strings, segment_of)?);
        }
    }
    program.symbols.sort_by_key(super::Symbol::rank);
    Ok(())
}

/// Lines are a help, not a need: when they are damaged, the program is still one.
fn read_lines(sections: &[Section<'_>], program: &mut Program) {
    let compressed = |section: &Section<'_>| section.entry.sh_flags(E).contains(elf::SHF_COMPRESSED);
    let named = |name: &str| {
        let found = sections.iter().find(|section| section.name == name && !compressed(section));
        found.map_or(&[][..], |section| section.data)
    };
    if program.kind == ProgramKind::Object {
        return;
    }
    let debug = DebugSections {
        line: named(".debug_line"),
        line_strings: named(".debug_line_str"),
        strings: named(".debug_str"),
    };
    match line::read(debug) {
        Ok(lines) => program.lines = lines,
        Err(error) => program.warnings.push(format!("the line table cannot be read: {error}")),
    }
}
