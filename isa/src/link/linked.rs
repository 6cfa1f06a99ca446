//! A linked program: bytes at addresses, symbols, source lines.

use super::{Binding, SectionFlags, Source, SymbolKind};
use crate::asm::Diagnostic;

/// An output section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedSection {
    /// Name.
    pub name: String,
    /// Properties.
    pub flags: SectionFlags,
    /// Byte address; 0 for sections that take no memory.
    pub address: u32,
    /// Alignment in bytes.
    pub alignment: u32,
    /// Bytes; empty for `NOBITS`.
    pub data: Vec<u8>,
    /// Size in bytes.
    pub size: u32,
}

/// A symbol with its final value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedSymbol {
    /// Name.
    pub name: String,
    /// Address or number.
    pub value: u32,
    /// Size in bytes, 0 if unknown.
    pub size: u32,
    /// Who saw it.
    pub binding: Binding,
    /// What it names.
    pub kind: SymbolKind,
    /// Index in [`Linked::sections`]; `None` for plain numbers.
    pub section: Option<usize>,
}

/// The source line of an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkedLine {
    /// Byte address of the instruction.
    pub address: u32,
    /// Index in [`Linked::files`].
    pub file: u32,
    /// Line from 1.
    pub line: u32,
}

/// A program as the linker leaves it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Linked {
    /// Sections with an address, in the order of their output sections, without empty ones.
    pub sections: Vec<LinkedSection>,
    /// Sections for debuggers only.
    pub debug: Vec<LinkedSection>,
    /// Symbols: local ones first.
    pub symbols: Vec<LinkedSymbol>,
    /// Entry point. The processor itself always starts at 0.
    pub entry: u32,
    /// Source files, as far as our assembler read them.
    pub files: Vec<Source>,
    /// Source lines by address, as far as our assembler made them.
    pub lines: Vec<LinkedLine>,
    /// Warnings of the assembler and the linker.
    pub warnings: Vec<Diagnostic>,
}

impl Linked {
    /// The words of the section that contains `address`, from there to its end; the last one padded with zeros.
    #[must_use]
    pub fn words(&self, address: u32) -> Vec<u32> {
        let inside = |section: &&LinkedSection| {
            address.checked_sub(section.address).is_some_and(|offset| offset < section.size)
        };
        let Some(section) = self.sections.iter().find(inside) else { return Vec::new() };
        let start = (address - section.address) as usize;
        section.data.get(start..).unwrap_or(&[]).chunks(4).map(word).collect()
    }

    /// SRAM from address 0 to the last byte that the program puts there, in words; gaps are zeros.
    #[must_use]
    pub fn sram(&self) -> Vec<u32> {
        const END: u32 = super::Region::Sram.size();
        let mut bytes = Vec::new();
        for section in self.sections.iter().filter(|section| section.address < END) {
            let start = section.address as usize;
            let end = start + section.size.min(END - section.address) as usize;
            bytes.resize(bytes.len().max(end.next_multiple_of(4)), 0);
            let length = section.data.len().min(end - start);
            bytes[start..start + length].copy_from_slice(&section.data[..length]);
        }
        bytes.chunks(4).map(word).collect()
    }

    /// The value of a symbol; global ones come first.
    #[must_use]
    pub fn symbol(&self, name: &str) -> Option<u32> {
        let named = || self.symbols.iter().filter(|symbol| symbol.name == name);
        let shared = named().find(|symbol| symbol.binding != Binding::Local);
        shared.or_else(|| named().next()).map(|symbol| symbol.value)
    }
}

/// Up to four bytes, most significant first, as a word.
fn word(bytes: &[u8]) -> u32 {
    (0..4).fold(0, |word, index| word << 8 | u32::from(bytes.get(index).copied().unwrap_or(0)))
}
