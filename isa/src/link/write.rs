//! ELF files of objects and linked programs: 32 bit, big-endian, PowerPC.

use super::{
    Binding, Linked, LinkedSection, Object, Section, SectionFlags, SymbolKind, SymbolPlace, Visibility,
};
use crate::elf::{Program, ProgramError};
use object::elf;
use object::write::StringId;
use object::write::elf::{FileHeader, ProgramHeader, SectionHeader, SectionIndex, Sym, Writer};
use object::{Endianness, write};
use std::collections::BTreeMap;
use thiserror::Error;

/// Why an ELF file cannot be written: it would be larger than such a file can be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("cannot write the ELF file: {0}")]
pub struct WriteError(String);

impl From<write::Error> for WriteError {
    fn from(error: write::Error) -> WriteError {
        WriteError(error.to_string())
    }
}

/// Section flag of members of a group.
const GROUP_MEMBER: u64 = 0x200;
/// Bytes of one relocation with addend.
const RELOCATION_SIZE: u64 = 12;

/// A section as the file has it.
#[derive(Debug, Default)]
struct OutSection {
    name: String,
    kind: u32,
    flags: u64,
    address: u32,
    data: Vec<u8>,
    size: u32,
    link: Link,
    info: u32,
    alignment: u32,
    entry_size: u32,
}

/// What the `sh_link` of a section says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Link {
    #[default]
    Nothing,
    SymbolTable,
}

/// A symbol as the file has it.
#[derive(Debug)]
struct OutSymbol<'a> {
    name: &'a str,
    value: u32,
    size: u32,
    info: elf::SymbolInfo,
    other: elf::SymbolOther,
    /// Number of the section in the file, or what else its place is.
    section: Result<u32, elf::SymbolSection>,
}

/// A file in the making. Sections are numbered from 1 in their order; symbols too, local ones first.
#[derive(Debug)]
struct File<'a> {
    kind: elf::FileType,
    entry: u32,
    sections: Vec<OutSection>,
    symbols: Vec<OutSymbol<'a>>,
    locals: u32,
}

impl Object {
    /// The relocatable ELF file.
    ///
    /// # Errors
    /// When it would be larger than such a file can be.
    pub fn write_elf(&self) -> Result<Vec<u8>, WriteError> {
        let order = local_first(self.symbols.iter().map(|symbol| symbol.binding));
        let mut number = vec![0_u32; self.symbols.len()];
        order.iter().enumerate().for_each(|(place, &index)| number[index] = place as u32 + 1);
        let mut sections: Vec<OutSection> = self.sections.iter().map(out_section).collect();
        for (index, section) in self.sections.iter().enumerate().filter(|(_, s)| !s.relocations.is_empty()) {
            sections.push(relocations(index, section, &number));
        }
        self.add_groups(&mut sections, &number);
        let symbols = order.iter().map(|&index| self.out_symbol(index)).collect();
        let locals = count_locals(self.symbols.iter().map(|symbol| symbol.binding));
        File { kind: elf::ET_REL, entry: 0, sections, symbols, locals }.write()
    }

    fn out_symbol(&self, index: usize) -> OutSymbol<'_> {
        let symbol = &self.symbols[index];
        let section = match symbol.place {
            SymbolPlace::Undefined => Err(elf::SHN_UNDEF),
            SymbolPlace::Absolute => Err(elf::SHN_ABS),
            SymbolPlace::Common => Err(elf::SHN_COMMON),
            SymbolPlace::Section(section) => Ok(section as u32 + 1),
        };
        OutSymbol {
            name: &symbol.name,
            value: symbol.value,
            size: symbol.size,
            info: info(symbol.binding, symbol.kind),
            other: other(symbol.visibility),
            section,
        }
    }

    /// Groups: each lists its sections, and is named by a symbol.
    fn add_groups(&self, sections: &mut Vec<OutSection>, number: &[u32]) {
        let mut groups: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (index, section) in self.sections.iter().enumerate() {
            if let Some(group) = &section.group {
                groups.entry(group).or_default().push(index as u32 + 1);
            }
        }
        for (name, members) in groups {
            let Some(signature) = self.symbols.iter().position(|symbol| symbol.name == name) else {
                continue;
            };
            for &member in &members {
                sections[member as usize - 1].flags |= GROUP_MEMBER;
            }
            let words = std::iter::once(elf::GRP_COMDAT.0).chain(members);
            let data: Vec<u8> = words.flat_map(u32::to_be_bytes).collect();
            sections.push(OutSection {
                name: ".group".to_owned(),
                kind: elf::SHT_GROUP.0,
                size: data.len() as u32,
                data,
                link: Link::SymbolTable,
                info: number[signature],
                alignment: 4,
                entry_size: 4,
                ..OutSection::default()
            });
        }
    }
}

impl Linked {
    /// The executable ELF file, with symbols and line tables.
    ///
    /// # Errors
    /// When it would be larger than such a file can be.
    pub fn write_elf(&self) -> Result<Vec<u8>, WriteError> {
        let order = local_first(self.symbols.iter().map(|symbol| symbol.binding));
        let symbol = |&index: &usize| {
            let symbol = &self.symbols[index];
            OutSymbol {
                name: &symbol.name,
                value: symbol.value,
                size: symbol.size,
                info: info(symbol.binding, symbol.kind),
                other: other(Visibility::Default),
                section: symbol.section.map_or(Err(elf::SHN_ABS), |section| Ok(section as u32 + 1)),
            }
        };
        let symbols = order.iter().map(symbol).collect();
        let locals = count_locals(self.symbols.iter().map(|symbol| symbol.binding));
        let sections = self.sections.iter().chain(&self.debug).map(linked_section).collect();
        File { kind: elf::ET_EXEC, entry: self.entry, sections, symbols, locals }.write()
    }

    /// The program as a loader sees it.
    ///
    /// # Errors
    /// When it does not fit into the memories.
    pub fn program(&self, name: &str) -> Result<Program, ProgramError> {
        // A file too large to be written is no program for these memories either: reading nothing says so.
        Program::read(&self.write_elf().unwrap_or_default(), name)
    }
}

/// Local symbols before the others, as ELF wants it.
fn local_first(bindings: impl Iterator<Item = Binding>) -> Vec<usize> {
    let mut order: Vec<(bool, usize)> =
        bindings.enumerate().map(|(index, b)| (b != Binding::Local, index)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, index)| index).collect()
}

fn count_locals(bindings: impl Iterator<Item = Binding>) -> u32 {
    bindings.filter(|&binding| binding == Binding::Local).count() as u32
}

fn info(binding: Binding, kind: SymbolKind) -> elf::SymbolInfo {
    let binding = match binding {
        Binding::Local => elf::STB_LOCAL,
        Binding::Global => elf::STB_GLOBAL,
        Binding::Weak => elf::STB_WEAK,
    };
    let kind = match kind {
        SymbolKind::Untyped => elf::STT_NOTYPE,
        SymbolKind::Object => elf::STT_OBJECT,
        SymbolKind::Function => elf::STT_FUNC,
        SymbolKind::Section => elf::STT_SECTION,
        SymbolKind::File => elf::STT_FILE,
    };
    elf::SymbolInfo::new(binding, kind)
}

fn other(visibility: Visibility) -> elf::SymbolOther {
    elf::SymbolOther(match visibility {
        Visibility::Default => 0,
        Visibility::Internal => 1,
        Visibility::Hidden => 2,
        Visibility::Protected => 3,
    })
}

/// Type and flags in the file.
fn kind_and_flags(flags: SectionFlags) -> (u32, u64) {
    let kind = if flags.contains(SectionFlags::NOBITS) {
        elf::SHT_NOBITS
    } else if flags.contains(SectionFlags::NOTE) {
        elf::SHT_NOTE
    } else {
        elf::SHT_PROGBITS
    };
    let own = SectionFlags::NOBITS | SectionFlags::NOTE;
    (kind.0, u64::from((flags - own).bits()))
}

fn out_section(section: &Section) -> OutSection {
    let (kind, flags) = kind_and_flags(section.flags);
    OutSection {
        name: section.name.clone(),
        kind,
        flags,
        data: section.data.clone(),
        size: section.size,
        alignment: section.alignment.max(1),
        entry_size: section.entry_size,
        ..OutSection::default()
    }
}

fn linked_section(section: &LinkedSection) -> OutSection {
    let (kind, flags) = kind_and_flags(section.flags);
    OutSection {
        name: section.name.clone(),
        kind,
        flags,
        address: section.address,
        data: section.data.clone(),
        size: section.size,
        alignment: section.alignment.max(1),
        ..OutSection::default()
    }
}

/// The relocations of the section with this index.
fn relocations(index: usize, section: &Section, number: &[u32]) -> OutSection {
    let mut data = Vec::new();
    for relocation in &section.relocations {
        let symbol = relocation.symbol.map_or(0, |symbol| number[symbol]);
        data.extend(relocation.offset.to_be_bytes());
        data.extend((symbol << 8 | relocation.kind.number()).to_be_bytes());
        data.extend((relocation.addend as i32).to_be_bytes());
    }
    OutSection {
        name: format!(".rela{}", section.name),
        kind: elf::SHT_RELA.0,
        flags: elf::SHF_INFO_LINK.0,
        size: data.len() as u32,
        data,
        link: Link::SymbolTable,
        info: index as u32 + 1,
        alignment: 4,
        entry_size: RELOCATION_SIZE as u32,
        ..OutSection::default()
    }
}

impl File<'_> {
    fn write(&self) -> Result<Vec<u8>, WriteError> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(Endianness::Big, false, &mut bytes);
        let loaded: Vec<&OutSection> = if self.kind == elf::ET_EXEC {
            self.sections.iter().filter(|section| section.flags & elf::SHF_ALLOC.0 != 0).collect()
        } else {
            Vec::new()
        };
        writer.reserve_file_header();
        writer.reserve_program_headers(loaded.len() as u32);
        let names: Vec<StringId> =
            self.sections.iter().map(|s| writer.add_section_name(s.name.as_bytes())).collect();
        self.sections.iter().for_each(|_| {
            writer.reserve_section_index();
        });
        let symbol_table = writer.reserve_symtab_section_index();
        writer.reserve_strtab_section_index();
        writer.reserve_shstrtab_section_index();
        let symbol_names = self.reserve_symbols(&mut writer);
        let offsets: Vec<u64> =
            self.sections.iter().map(|section| reserve_data(&mut writer, section)).collect();
        writer.reserve_symtab();
        writer.reserve_strtab()?;
        writer.reserve_shstrtab()?;
        writer.reserve_section_headers();
        writer.write_file_header(&FileHeader {
            os_abi: elf::ELFOSABI_SYSV,
            abi_version: 0,
            e_type: self.kind,
            e_machine: elf::EM_PPC,
            e_entry: self.entry.into(),
            e_flags: elf::FileFlags(0),
        })?;
        writer.write_align_program_headers();
        for (section, &offset) in self.sections.iter().zip(&offsets) {
            if self.kind == elf::ET_EXEC && section.flags & elf::SHF_ALLOC.0 != 0 {
                writer.write_program_header(&program_header(section, offset));
            }
        }
        for section in self.sections.iter().filter(|section| !section.data.is_empty()) {
            writer.write_align(section.alignment.into());
            writer.write(&section.data);
        }
        self.write_symbols(&mut writer, &symbol_names);
        writer.write_strtab();
        writer.write_shstrtab();
        self.write_section_headers(&mut writer, &names, &offsets, symbol_table);
        Ok(bytes)
    }

    fn reserve_symbols<'a>(&'a self, writer: &mut Writer<'a>) -> Vec<Option<StringId>> {
        writer.reserve_null_symbol_index();
        let mut names = Vec::new();
        for symbol in &self.symbols {
            let name = (!symbol.name.is_empty()).then(|| writer.add_string(symbol.name.as_bytes()));
            names.push(name);
            writer.reserve_symbol_index(symbol.section.ok().map(SectionIndex));
        }
        names
    }

    fn write_symbols(&self, writer: &mut Writer<'_>, names: &[Option<StringId>]) {
        writer.write_null_symbol();
        for (symbol, &name) in self.symbols.iter().zip(names) {
            let entry = Sym {
                section: symbol.section.ok(),
                st_name: writer.string_offset(name),
                st_info: symbol.info,
                st_other: symbol.other,
                st_shndx: symbol.section.err().unwrap_or(elf::SHN_UNDEF),
                st_value: symbol.value.into(),
                st_size: symbol.size.into(),
            };
            writer.write_symbol(&entry);
        }
    }

    fn write_section_headers(
        &self,
        writer: &mut Writer<'_>,
        names: &[StringId],
        offsets: &[u64],
        symbol_table: SectionIndex,
    ) {
        writer.write_null_section_header();
        for ((section, &name), &offset) in self.sections.iter().zip(names).zip(offsets) {
            let header = SectionHeader {
                sh_name: writer.section_name_offset(Some(name)),
                sh_type: elf::SectionType(section.kind),
                sh_flags: elf::SectionFlags(section.flags),
                sh_addr: section.address.into(),
                sh_offset: offset,
                sh_size: section.size.into(),
                sh_link: if section.link == Link::SymbolTable { symbol_table.0 } else { 0 },
                sh_info: section.info,
                sh_addralign: section.alignment.into(),
                sh_entsize: section.entry_size.into(),
            };
            writer.write_section_header(&header);
        }
        writer.write_symtab_section_header(self.locals + 1);
        writer.write_strtab_section_header();
        writer.write_shstrtab_section_header();
    }
}

/// Room for the contents of a section; sections without contents are said to lie behind what is there.
fn reserve_data(writer: &mut Writer<'_>, section: &OutSection) -> u64 {
    if section.data.is_empty() {
        return writer.reserved_len();
    }
    writer.reserve(section.data.len() as u64, section.alignment.into())
}

fn program_header(section: &OutSection, offset: u64) -> ProgramHeader {
    let flag = |flag: u64, then: elf::ProgramFlags| if section.flags & flag != 0 { then.0 } else { 0 };
    let flags = elf::PF_R.0 | flag(elf::SHF_WRITE.0, elf::PF_W) | flag(elf::SHF_EXECINSTR.0, elf::PF_X);
    ProgramHeader {
        p_type: elf::PT_LOAD,
        p_flags: elf::ProgramFlags(flags),
        p_offset: offset,
        p_vaddr: section.address.into(),
        p_paddr: section.address.into(),
        p_filesz: section.data.len() as u64,
        p_memsz: section.size.into(),
        // One is true of every address and offset.
        p_align: 1,
    }
}
