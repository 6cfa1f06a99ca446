//! Objects and the linker: what an assembler or compiler made, put together into one program at fixed addresses.
//!
//! [`link()`] goes in steps: choose which definition every name means (`resolve`), give every section its place (`place`,
//! by the tables of `layout`), lengthen calls that do not reach (`stub`), fill in addresses (`fill`). [`Object`] is what
//! goes in, whether assembled here or read from an ELF file (`read`); [`Linked`] is what comes out.

mod layout;
mod linked;
mod object;
mod place;
mod read;
mod relocation;
mod resolve;
mod steps;
mod stub;
mod write;

pub use layout::{Layout, Region};
pub use linked::{Linked, LinkedLine, LinkedSection, LinkedSymbol};
pub use object::{
    Binding, LineRow, Object, Place, Relocation, Section, SectionFlags, Source, Symbol, SymbolKind,
    SymbolPlace, Visibility,
};
pub use read::ReadError;
pub use relocation::{ApplyError, RelocationKind};
pub use write::WriteError;

use crate::asm::Diagnostic;

/// How to link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkOptions {
    /// Where sections go.
    pub layout: Layout,
    /// Name of the entry point. Without it: `__init`, else `_start`, else the start of the code.
    pub entry: Option<String>,
    /// Bytes kept for the mailbox at the end of SRAM: `mailbox_base` is that far from its end.
    pub mailbox_size: u32,
    /// Further symbols, as `--defsym` of GNU ld.
    pub defines: Vec<(String, u32)>,
    /// Output sections at fixed addresses, as `--section-start` of GNU ld.
    pub section_starts: Vec<(String, u32)>,
}

impl Default for LinkOptions {
    fn default() -> LinkOptions {
        LinkOptions {
            layout: Layout::Automatic,
            entry: None,
            mailbox_size: 4096,
            defines: Vec::new(),
            section_starts: Vec::new(),
        }
    }
}

/// Puts objects together, in the order given.
///
/// # Errors
/// Everything found wrong: names defined twice or not at all, memories that overflow, addresses out of reach.
pub fn link(objects: &[Object], options: &LinkOptions) -> Result<Linked, Vec<Diagnostic>> {
    steps::link(objects, options)
}
