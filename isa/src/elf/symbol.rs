//! Symbols of a program.

use super::ProgramCause;
use object::BigEndian;
use object::elf::{self, Sym32};
use object::read::StringTable;
use object::read::elf::Sym;
use std::cmp::Reverse;

/// What a symbol stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SymbolKind {
    /// Instructions.
    Function,
    /// Data.
    Object,
    /// A place that is neither, such as a plain label.
    Label,
    /// A number without a place.
    Absolute,
}

/// A named, defined symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// Its address, or its offset in the segment in object files.
    pub value: u32,
    /// Number of bytes; 0 when not known.
    pub size: u32,
    /// What it stands for.
    pub kind: SymbolKind,
    /// Whether other files can refer to it.
    pub global: bool,
    /// Index of its segment, when that is loaded.
    pub segment: Option<usize>,
}

impl Symbol {
    /// Order by address; of several symbols at one address, the one to show is the last.
    pub fn rank(&self) -> impl Ord + use<> {
        (self.value, Reverse(self.kind), self.global, self.size)
    }
}

/// The symbol at `index` of the table; `None` for those without a name or a place.
pub(super) fn read(
    index: usize,
    symbol: &Sym32<BigEndian>,
    strings: StringTable<'_>,
    segments: &[Option<usize>],
) -> Result<Option<Symbol>, ProgramCause> {
    let wrong = |reason: String| ProgramCause::Symbol { index, reason };
    let section = symbol.st_shndx(BigEndian);
    let kind = match (symbol.st_type(), section) {
        (elf::STT_SECTION | elf::STT_FILE, _) | (_, elf::SHN_UNDEF | elf::SHN_COMMON) => return Ok(None),
        (_, elf::SHN_ABS) => SymbolKind::Absolute,
        (elf::STT_FUNC, _) => SymbolKind::Function,
        (elf::STT_OBJECT, _) => SymbolKind::Object,
        _ => SymbolKind::Label,
    };
    let name = symbol.name(BigEndian, strings);
    let name = name.map_err(|_| wrong("its name lies outside the string table".to_owned()))?;
    let segment = match kind {
        SymbolKind::Absolute => None,
        _ => *segments
            .get(usize::from(section.0))
            .ok_or_else(|| wrong(format!("it belongs to section {}, which does not exist", section.0)))?,
    };
    Ok((!name.is_empty()).then(|| Symbol {
        name: String::from_utf8_lossy(name).into_owned(),
        value: symbol.st_value(BigEndian),
        size: symbol.st_size(BigEndian),
        kind,
        global: symbol.st_bind() != elf::STB_LOCAL,
        segment,
    }))
}
