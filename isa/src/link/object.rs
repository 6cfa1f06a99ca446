//! A relocatable object in memory, whether our assembler made it or an ELF file was read.

use super::RelocationKind;
use crate::asm::Diagnostic;
use serde::{Deserialize, Serialize};

bitflags::bitflags! {
    /// Properties of a section, as ELF has them (`sh_flags`, and `sh_type` for `NOBITS`).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
    pub struct SectionFlags: u32 {
        /// Can be written while the program runs.
        const WRITE = 1;
        /// Takes memory while the program runs.
        const ALLOC = 1 << 1;
        /// Contains instructions.
        const EXECUTE = 1 << 2;
        /// Contains elements that may be merged; the linker keeps them all.
        const MERGE = 1 << 4;
        /// Contains strings that end with a zero byte.
        const STRINGS = 1 << 5;
        /// Is dropped by the linker.
        const EXCLUDE = 1 << 31;
        /// Takes memory but no place in the file; all zeros (`SHT_NOBITS`).
        const NOBITS = 1 << 24;
        /// Is a note (`SHT_NOTE`).
        const NOTE = 1 << 25;
    }
}

impl SectionFlags {
    /// What a section of this name is unless its directive says otherwise.
    #[must_use]
    pub fn of_name(name: &str) -> SectionFlags {
        let of =
            |part: &str| name == part || name.strip_prefix(part).is_some_and(|rest| rest.starts_with('.'));
        let any = |parts: &[&str]| parts.iter().any(|part| of(part));
        if any(&[".text", ".init", ".fini", "int.text", "ext.text", "ext_dram.text"]) {
            SectionFlags::ALLOC | SectionFlags::EXECUTE
        } else if any(&[".bss", ".sbss", "int.bss"]) {
            SectionFlags::ALLOC | SectionFlags::WRITE | SectionFlags::NOBITS
        } else if any(&[".rodata", ".rodata1", "int.rodata", "ext.rodata", "ext_dram.rodata"]) {
            SectionFlags::ALLOC
        } else if any(&[".data", ".data1", ".sdata", ".init_array", ".fini_array", ".ctors", ".dtors"])
            || any(&["int.data", "ext.data", "ext_dram.data"])
        {
            SectionFlags::ALLOC | SectionFlags::WRITE
        } else if of(".note") {
            SectionFlags::NOTE
        } else {
            SectionFlags::empty()
        }
    }
}

/// A stretch of code or data that the linker moves as one piece.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Section {
    /// Name, such as `.text`.
    pub name: String,
    /// Properties.
    pub flags: SectionFlags,
    /// Alignment in bytes, a power of two.
    pub alignment: u32,
    /// Bytes; empty for `NOBITS`.
    pub data: Vec<u8>,
    /// Size in bytes; that of `data` unless `NOBITS`.
    pub size: u32,
    /// Size of one element of a mergeable section, else 0.
    pub entry_size: u32,
    /// Places to fill in once addresses are known.
    pub relocations: Vec<Relocation>,
    /// Group of which the linker keeps only the first with the same name (`SHT_GROUP`).
    pub group: Option<String>,
}

/// Who sees a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Binding {
    /// Its own object.
    Local,
    /// All objects.
    Global,
    /// All objects, unless another defines it as global; 0 where nobody defines it.
    Weak,
}

/// What a symbol names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SymbolKind {
    /// Not said.
    Untyped,
    /// Data.
    Object,
    /// Code.
    Function,
    /// A section itself.
    Section,
    /// The name of a source file.
    File,
}

/// Whether other images than the linked one could see a symbol. Kept for the record; there are no other images here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are ELF's")]
pub enum Visibility {
    Default,
    Internal,
    Hidden,
    Protected,
}

/// Where a symbol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SymbolPlace {
    /// In another object.
    Undefined,
    /// Nowhere: the value is a number.
    Absolute,
    /// In the section of this index; the value is an offset.
    Section(usize),
    /// Wherever the linker makes room for it, in `.bss`; the value is its alignment.
    Common,
}

/// A name and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Name; empty for section symbols.
    pub name: String,
    /// Where it is.
    pub place: SymbolPlace,
    /// Offset, number or alignment, as [`SymbolPlace`] says.
    pub value: u32,
    /// Size in bytes, 0 if unknown.
    pub size: u32,
    /// Who sees it.
    pub binding: Binding,
    /// What it names.
    pub kind: SymbolKind,
    /// Visibility.
    pub visibility: Visibility,
}

/// A field whose value depends on where things come to lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relocation {
    /// Byte offset of the field in its section; for halves of instructions, that of the half.
    pub offset: u32,
    /// What to compute and where to put it.
    pub kind: RelocationKind,
    /// Index in the symbols of the object; `None` stands for the number 0.
    pub symbol: Option<usize>,
    /// Added to the symbol's address.
    pub addend: i64,
    /// Where in the source it was written, if known.
    pub place: Option<Place>,
}

/// A place in a source file of the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Index in [`Object::files`].
    pub file: u32,
    /// Line from 1.
    pub line: u32,
    /// Column from 1.
    pub column: u32,
}

/// Which source line the instruction at an offset comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRow {
    /// Section by index.
    pub section: usize,
    /// Offset in it in bytes.
    pub offset: u32,
    /// Index in [`Object::files`].
    pub file: u32,
    /// Line from 1.
    pub line: u32,
}

/// A source file with its text, for diagnostics and listings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Name as it was given.
    pub name: String,
    /// Text; empty when it is not at hand.
    pub text: String,
}

impl Source {
    /// The text of a line, counted from 1; empty where there is none.
    #[must_use]
    pub fn line(&self, line: u32) -> &str {
        let index = (line as usize).wrapping_sub(1);
        self.text.split('\n').nth(index).unwrap_or("").trim_end_matches('\r')
    }
}

/// One relocatable object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Object {
    /// Name of the file it came from.
    pub name: String,
    /// Sections.
    pub sections: Vec<Section>,
    /// Symbols.
    pub symbols: Vec<Symbol>,
    /// Source files, as far as our assembler read them.
    pub files: Vec<Source>,
    /// Source lines of the instructions, as far as our assembler made them.
    pub lines: Vec<LineRow>,
    /// What the assembler warned about.
    pub warnings: Vec<Diagnostic>,
}
