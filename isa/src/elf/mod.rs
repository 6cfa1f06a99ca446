//! What a loader needs of a program: which bytes go into which memory, its symbols, and its source lines.
//!
//! Programs are ELF files (32 bit, big-endian, PowerPC) as the tool chain of the chip writes them, or raw images of the
//! processor's memory. Sections are placed by the rules of the host software (electronicvisions/haldls,
//! `lola/vx/ppu.cc`, `PPUElfFile::read_program`); files without fitting sections are placed by their program headers.

mod error;
mod line;
mod memory;
mod read;
mod symbol;

pub use error::{ProgramCause, ProgramError};
pub use line::{Line, LineTable};
pub use memory::{EXTERNAL_DRAM_SIZE, EXTERNAL_SIZE, Memory, SRAM_SIZE};
pub use symbol::{Symbol, SymbolKind};

/// Bytes at consecutive addresses of one memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Name of the section, or what else it is.
    pub name: String,
    /// Address of the first byte as the program sees it; 0 in an object file.
    pub address: u32,
    /// Where the bytes go.
    pub memory: Memory,
    /// First byte of that memory.
    pub offset: u32,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Number of zero bytes behind them. The host writes them; start-up code does not.
    pub zeros: u32,
    /// Whether it holds instructions.
    pub executable: bool,
}

impl Segment {
    /// Number of bytes with the zeros.
    #[must_use]
    pub fn size(&self) -> u32 {
        // No longer than the memory it goes into, or than the file it was read from.
        u32::try_from(self.bytes.len()).unwrap_or(u32::MAX).saturating_add(self.zeros)
    }

    /// Whether it covers an address.
    #[must_use]
    pub fn contains(&self, address: u32) -> bool {
        address.checked_sub(self.address).is_some_and(|offset| offset < self.size())
    }

    /// Addresses and contents of its words; bytes that are missing in the last word are 0.
    pub fn words(&self) -> impl Iterator<Item = (u32, u32)> {
        let chunks = self.bytes.chunks(4).enumerate();
        chunks.map(|(index, chunk)| {
            let mut bytes = [0; 4];
            bytes[..chunk.len()].copy_from_slice(chunk);
            (self.address.wrapping_add(4 * index as u32), u32::from_be_bytes(bytes))
        })
    }
}

/// What kind of file a program came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProgramKind {
    /// Linked: can be loaded.
    #[default]
    Executable,
    /// Not linked: every section begins at address 0, and references are not filled in.
    Object,
    /// An image of the memory from address 0.
    Raw,
}

/// A program, ready to be loaded or looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Program {
    /// Kind of file.
    pub kind: ProgramKind,
    /// Entry point of the file. The processor starts at 0 regardless.
    pub entry: u32,
    /// What goes where, in the order of the file.
    pub segments: Vec<Segment>,
    /// All named symbols that are defined, by value.
    pub symbols: Vec<Symbol>,
    /// Source lines.
    pub lines: LineTable,
    /// What was left out, in sentences.
    pub warnings: Vec<String>,
}

impl Program {
    /// Reads an ELF file when the bytes begin as one, else takes them as a raw image. `name` is for error messages.
    ///
    /// # Errors
    /// When the file is damaged, is of another machine, or does not fit into the memories.
    pub fn open(bytes: &[u8], name: &str) -> Result<Program, ProgramError> {
        if bytes.starts_with(b"\x7fELF") { Program::read(bytes, name) } else { Program::raw(bytes, name) }
    }

    /// Reads an ELF file, linked or not. `name` is for error messages.
    ///
    /// # Errors
    /// When the file is damaged, is of another machine, or does not fit into the memories.
    pub fn read(bytes: &[u8], name: &str) -> Result<Program, ProgramError> {
        read::read(bytes).map_err(|cause| ProgramError { file: name.to_owned(), cause })
    }

    /// Takes an image of the processor's memory from address 0.
    ///
    /// # Errors
    /// When it is empty or larger than the memory.
    pub fn raw(bytes: &[u8], name: &str) -> Result<Program, ProgramError> {
        if bytes.is_empty() || bytes.len() > SRAM_SIZE as usize {
            let cause = ProgramCause::Image { size: bytes.len() };
            return Err(ProgramError { file: name.to_owned(), cause });
        }
        let segment = Segment {
            name: "image".to_owned(),
            address: 0,
            memory: Memory::Sram,
            offset: 0,
            bytes: bytes.to_vec(),
            zeros: 0,
            executable: true,
        };
        Ok(Program { kind: ProgramKind::Raw, segments: vec![segment], ..Program::default() })
    }

    /// The symbol that covers an address, and how far behind its beginning that is. A symbol without a size reaches
    /// to the next one or to the end of its section.
    #[must_use]
    pub fn symbol_at(&self, address: u32) -> Option<(&str, u32)> {
        let segment = self.segments.iter().position(|segment| segment.contains(address))?;
        self.symbol_in(segment, address)
    }

    /// The same within one segment; in an object file, addresses count from the beginning of the segment.
    #[must_use]
    pub fn symbol_in(&self, segment: usize, address: u32) -> Option<(&str, u32)> {
        let behind = self.symbols.partition_point(|symbol| symbol.value <= address);
        let mut before = self.symbols[..behind].iter().rev().filter(|symbol| symbol.segment == Some(segment));
        let symbol = before.find(|symbol| symbol.size == 0 || address - symbol.value < symbol.size)?;
        Some((&symbol.name, address - symbol.value))
    }

    /// The symbol of this name.
    #[must_use]
    pub fn symbol(&self, name: &str) -> Option<&Symbol> {
        self.symbols.iter().find(|symbol| symbol.name == name)
    }

    /// Source file and line of the instruction at an address.
    #[must_use]
    pub fn line_at(&self, address: u32) -> Option<(&str, u32)> {
        self.lines.at(address)
    }
}

#[cfg(test)]
mod tests;
