//! Relocatable ELF files of other tools, read into an [`Object`]. Everything in a file is checked before it is used.

use super::{
    Binding, Object, Relocation, RelocationKind, Section, SectionFlags, Symbol, SymbolKind, SymbolPlace,
    Visibility,
};
use object::elf::{self, FileHeader32};
use object::read::elf::{ElfFile32, ElfSection32, ElfSymbol32, SectionHeader as _};
use object::read::{Object as _, ObjectComdat, ObjectSection, ObjectSymbol};
use object::{BigEndian, RelocationFlags, RelocationTarget, SymbolSection};
use std::collections::BTreeMap;
use thiserror::Error;

type File<'a> = ElfFile32<'a, BigEndian>;

/// Why a file is no object for this linker.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}: {reason}")]
pub struct ReadError {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Object {
    /// Reads a relocatable ELF file: 32 bit, big-endian, PowerPC. `name` is how diagnostics call it.
    ///
    /// # Errors
    /// When it is another kind of file, is damaged, or needs something that this linker does not do.
    pub fn read_elf(bytes: &[u8], name: &str) -> Result<Object, ReadError> {
        read(bytes, name).map_err(|reason| ReadError { file: name.to_owned(), reason })
    }
}

fn read(bytes: &[u8], name: &str) -> Result<Object, String> {
    let file: File<'_> =
        File::parse(bytes).map_err(|error| format!("not a 32-bit big-endian ELF file: {error}"))?;
    check_header(file.elf_header())?;
    let mut object = Object { name: name.to_owned(), ..Object::default() };
    // Numbers of the file's sections to indices of ours.
    let mut sections = BTreeMap::new();
    for section in file.sections() {
        if is_kept(&section) {
            sections.insert(section.index().0, object.sections.len());
            object.sections.push(read_section(&section)?);
        }
    }
    let mut symbols = BTreeMap::new();
    for symbol in file.symbols() {
        symbols.insert(symbol.index().0, object.symbols.len());
        object.symbols.push(read_symbol(&symbol, &sections)?);
    }
    for section in file.sections() {
        if let Some(&index) = sections.get(&section.index().0) {
            object.sections[index].relocations = read_relocations(&section, &symbols)?;
        }
    }
    read_groups(&file, &sections, &mut object)?;
    Ok(object)
}

fn check_header(header: &FileHeader32<BigEndian>) -> Result<(), String> {
    let (machine, kind) = (header.e_machine.get(BigEndian), header.e_type.get(BigEndian));
    if machine != elf::EM_PPC {
        return Err(format!("made for machine {}, not for PowerPC (20)", machine.0));
    }
    match kind {
        elf::ET_REL => Ok(()),
        elf::ET_EXEC => Err("already linked: only objects can be linked".to_owned()),
        _ => Err(format!("ELF file of type {}, not an object (1)", kind.0)),
    }
}

/// What the program needs, and what debuggers need.
fn is_kept(section: &ElfSection32<'_, '_, BigEndian>) -> bool {
    let header = section.elf_section_header();
    let kind = header.sh_type.get(BigEndian);
    let flags = header.sh_flags(BigEndian).0;
    let contents = matches!(
        kind,
        elf::SHT_PROGBITS | elf::SHT_NOBITS | elf::SHT_NOTE | elf::SHT_INIT_ARRAY | elf::SHT_FINI_ARRAY
    );
    let compressed = flags & elf::SHF_COMPRESSED.0 != 0;
    let wanted = flags & elf::SHF_ALLOC.0 != 0
        || section.name().is_ok_and(|name| name.starts_with(".debug_") && !compressed);
    contents && wanted
}

fn read_section(section: &ElfSection32<'_, '_, BigEndian>) -> Result<Section, String> {
    let number = section.index().0;
    let name = section.name().map_err(|error| format!("section {number}: {error}"))?;
    let header = section.elf_section_header();
    let nobits = header.sh_type.get(BigEndian) == elf::SHT_NOBITS;
    let data =
        if nobits { &[] } else { section.data().map_err(|error| format!("section {name}: {error}"))? };
    let size = if nobits { header.sh_size.get(BigEndian) } else { data.len() as u32 };
    let alignment = header.sh_addralign.get(BigEndian).max(1);
    if !alignment.is_power_of_two() {
        return Err(format!("section {name}: alignment {alignment} is no power of two"));
    }
    let known = SectionFlags::WRITE
        | SectionFlags::ALLOC
        | SectionFlags::EXECUTE
        | SectionFlags::MERGE
        | SectionFlags::STRINGS
        | SectionFlags::EXCLUDE;
    let mut flags = SectionFlags::from_bits_truncate(header.sh_flags(BigEndian).0 as u32) & known;
    flags.set(SectionFlags::NOBITS, nobits);
    let entry_size = header.sh_entsize.get(BigEndian);
    let (relocations, group) = (Vec::new(), None);
    Ok(Section {
        name: name.to_owned(),
        flags,
        alignment,
        data: data.to_vec(),
        size,
        entry_size,
        relocations,
        group,
    })
}

fn read_symbol(
    symbol: &ElfSymbol32<'_, '_, BigEndian>,
    sections: &BTreeMap<usize, usize>,
) -> Result<Symbol, String> {
    let number = symbol.index().0;
    let name = symbol.name().map_err(|error| format!("symbol {number}: {error}"))?;
    let raw = symbol.elf_symbol();
    let info = raw.st_info;
    let binding = match info.st_bind() {
        elf::STB_LOCAL => Binding::Local,
        elf::STB_WEAK => Binding::Weak,
        _ => Binding::Global,
    };
    let kind = match info.st_type() {
        elf::STT_OBJECT => SymbolKind::Object,
        elf::STT_FUNC => SymbolKind::Function,
        elf::STT_SECTION => SymbolKind::Section,
        elf::STT_FILE => SymbolKind::File,
        _ => SymbolKind::Untyped,
    };
    let place = match symbol.section() {
        SymbolSection::Section(section) => {
            // Symbols of sections that are not kept, such as groups, are of no use to anybody.
            sections.get(&section.0).map_or(SymbolPlace::Absolute, |&index| SymbolPlace::Section(index))
        }
        SymbolSection::Absolute | SymbolSection::None => SymbolPlace::Absolute,
        SymbolSection::Common => SymbolPlace::Common,
        SymbolSection::Undefined => SymbolPlace::Undefined,
        _ => return Err(format!("symbol {number} (`{name}`) is in no known place")),
    };
    let value = raw.st_value.get(BigEndian);
    if place == SymbolPlace::Common && !value.max(1).is_power_of_two() {
        return Err(format!("symbol {number} (`{name}`): alignment {value} is no power of two"));
    }
    let visibility = match raw.st_other.0 & 3 {
        1 => Visibility::Internal,
        2 => Visibility::Hidden,
        3 => Visibility::Protected,
        _ => Visibility::Default,
    };
    let size = raw.st_size.get(BigEndian);
    Ok(Symbol { name: name.to_owned(), place, value, size, binding, kind, visibility })
}

fn read_relocations(
    section: &ElfSection32<'_, '_, BigEndian>,
    symbols: &BTreeMap<usize, usize>,
) -> Result<Vec<Relocation>, String> {
    let name = section.name().unwrap_or("?");
    let mut list = Vec::new();
    for (offset, relocation) in section.relocations() {
        let at = || format!("{name}+{offset:#x}");
        let RelocationFlags::Elf { r_type } = relocation.flags() else {
            return Err(format!("{}: a relocation that is not of ELF", at()));
        };
        if relocation.has_implicit_addend() {
            return Err(format!("{}: relocations without addends are not used on PowerPC", at()));
        }
        let kind = RelocationKind::from_number(r_type.0)
            .ok_or_else(|| format!("{}: relocation type {} is not supported", at(), r_type.0))?;
        let symbol = match relocation.target() {
            RelocationTarget::Symbol(symbol) => {
                let known = symbols.get(&symbol.0).copied();
                Some(known.ok_or_else(|| format!("{}: there is no symbol {}", at(), symbol.0))?)
            }
            _ => None,
        };
        let offset = u32::try_from(offset).map_err(|_| format!("{}: outside the section", at()))?;
        list.push(Relocation { offset, kind, symbol, addend: relocation.addend(), place: None });
    }
    Ok(list)
}

fn read_groups(
    file: &File<'_>,
    sections: &BTreeMap<usize, usize>,
    object: &mut Object,
) -> Result<(), String> {
    for group in file.comdats() {
        let name = group.name().map_err(|error| format!("a section group: {error}"))?;
        for member in group.sections() {
            if let Some(&index) = sections.get(&member.0) {
                object.sections[index].group = Some(name.to_owned());
            }
        }
    }
    Ok(())
}
