//! What can be wrong with a program file.

use super::Memory;
use thiserror::Error;

/// A program file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}: {cause}")]
pub struct ProgramError {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub cause: ProgramCause,
}

/// What is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProgramCause {
    /// A raw image of no or too many bytes.
    #[error("a raw image of {size} bytes; the processor's memory takes 1 to {}", Memory::Sram.size())]
    Image {
        /// Number of bytes.
        size: usize,
    },
    /// It is no ELF file, or ends within its header.
    #[error("not an ELF file: {reason}")]
    NotElf {
        /// Why not.
        reason: &'static str,
    },
    /// A field of the header that has another value in programs for this processor.
    #[error("{field} in the ELF header is {found}, but must be {expected}")]
    Header {
        /// Name of the field.
        field: &'static str,
        /// Its value.
        found: u32,
        /// What it should be.
        expected: &'static str,
    },
    /// A table that the header points to is not where it says.
    #[error(
        "the {table} ({count} entries at offset {offset:#x}) reach beyond the end of the file ({size} bytes)"
    )]
    Table {
        /// Which one.
        table: &'static str,
        /// Where it should be.
        offset: u32,
        /// Number of its entries.
        count: u32,
        /// Length of the file.
        size: usize,
    },
    /// Something is wrong with one section.
    #[error("section {index}{}: {reason}", in_quotes(name))]
    Section {
        /// Its number.
        index: usize,
        /// Its name, as far as it is known.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// Something is wrong with one program header.
    #[error("program header {index}: {reason}")]
    Segment {
        /// Its number.
        index: usize,
        /// What is wrong.
        reason: String,
    },
    /// Something is wrong with one symbol.
    #[error("symbol {index}: {reason}")]
    Symbol {
        /// Its number.
        index: usize,
        /// What is wrong.
        reason: String,
    },
    /// A section does not fit where it should go.
    #[error("`{section}` needs bytes {offset:#x} to {:#x} of {}, which has {:#x}",
        u64::from(*offset) + u64::from(*size), memory.name(), memory.size())]
    Outside {
        /// The section.
        section: String,
        /// The memory.
        memory: Memory,
        /// Where it should go.
        offset: u32,
        /// Number of bytes.
        size: u32,
    },
    /// A section for an external memory that has an address elsewhere.
    #[error("`{section}` is named for an external memory, but its address {address:#x} is below 0x40000000")]
    NotExternal {
        /// The section.
        section: String,
        /// Its address.
        address: u32,
    },
    /// There is nothing to load.
    #[error("nothing to load: no section with a known name, and no loadable program header")]
    Empty,
}

fn in_quotes(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" `{name}`") }
}
