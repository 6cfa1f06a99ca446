//! Which source line an instruction came from, by the DWARF line table of the file.

use gimli::{
    AttributeValue, BigEndian, DebugLine, DebugLineOffset, DebugLineStr, DebugStr, EndianSlice,
    LineProgramHeader,
};

type Slice<'a> = EndianSlice<'a, BigEndian>;

/// Instructions from one source line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Address of the first instruction.
    pub address: u32,
    /// Address behind the last one.
    pub end: u32,
    /// Index of the file in [`LineTable::files`].
    pub file: u32,
    /// Line, from 1.
    pub line: u32,
}

/// All source lines of a program.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineTable {
    /// Source files.
    pub files: Vec<String>,
    /// Lines, by address.
    pub lines: Vec<Line>,
}

impl LineTable {
    /// File and line of the instruction at an address.
    #[must_use]
    pub fn at(&self, address: u32) -> Option<(&str, u32)> {
        let behind = self.lines.partition_point(|line| line.address <= address);
        let line = self.lines[..behind].last().filter(|line| address < line.end)?;
        Some((self.files.get(line.file as usize)?, line.line))
    }

    /// Index of a file, which is added when it is new.
    pub fn file(&mut self, name: &str) -> u32 {
        let known = self.files.iter().position(|file| file == name);
        let index = known.unwrap_or_else(|| {
            self.files.push(name.to_owned());
            self.files.len() - 1
        });
        // A file table with that many entries does not fit into a 32-bit ELF file.
        u32::try_from(index).unwrap_or(u32::MAX)
    }
}

/// The sections of debugging information that name lines and files.
#[derive(Default, Clone, Copy)]
pub(super) struct DebugSections<'a> {
    pub(super) line: &'a [u8],
    pub(super) line_strings: &'a [u8],
    pub(super) strings: &'a [u8],
}

/// Reads all line programs, one behind the other.
pub(super) fn read(sections: DebugSections<'_>) -> gimli::Result<LineTable> {
    let mut table = LineTable::default();
    let debug_line = DebugLine::new(sections.line, BigEndian);
    let mut offset = 0;
    while offset < sections.line.len() {
        let program = debug_line.program(DebugLineOffset(offset), 4, None, None)?;
        let header = program.header();
        // Behind the length field, which is 4 bytes long, or 12 in the 64-bit format.
        offset += header.unit_length() + if header.format() == gimli::Format::Dwarf64 { 12 } else { 4 };
        read_program(program, sections, &mut table)?;
    }
    table.lines.sort_by_key(|line| (line.address, line.end));
    Ok(table)
}

fn read_program(
    program: gimli::IncompleteLineProgram<Slice<'_>>,
    sections: DebugSections<'_>,
    table: &mut LineTable,
) -> gimli::Result<()> {
    let mut rows = program.rows();
    let mut open: Option<Line> = None;
    while let Some((header, row)) = rows.next_row()? {
        // Addresses of a 32-bit program; anything else is damaged, and names no instruction.
        let Ok(address) = u32::try_from(row.address()) else {
            open = None;
            continue;
        };
        if let Some(line) = open.take().filter(|line| address > line.address) {
            table.lines.push(Line { end: address, ..line });
        }
        if let Some(line) = row.line().filter(|_| !row.end_sequence()) {
            let file = file_name(header, row.file_index(), sections).unwrap_or_else(|| "?".to_owned());
            let line = u32::try_from(line.get()).unwrap_or(u32::MAX);
            open = Some(Line { address, end: address, file: table.file(&file), line });
        }
    }
    Ok(())
}

/// Directory and name of a file.
fn file_name(
    header: &LineProgramHeader<Slice<'_>>,
    index: u64,
    sections: DebugSections<'_>,
) -> Option<String> {
    let file = header.file(index)?;
    let name = text(file.path_name(), sections)?;
    let directory = file.directory(header).and_then(|directory| text(directory, sections));
    Some(match directory {
        Some(directory) if !name.starts_with('/') && !directory.is_empty() && file.directory_index() != 0 => {
            format!("{directory}/{name}")
        }
        _ => name,
    })
}

fn text(value: AttributeValue<Slice<'_>>, sections: DebugSections<'_>) -> Option<String> {
    let bytes = match value {
        AttributeValue::String(text) => text,
        AttributeValue::DebugLineStrRef(offset) => {
            DebugLineStr::from(EndianSlice::new(sections.line_strings, BigEndian)).get_str(offset).ok()?
        }
        AttributeValue::DebugStrRef(offset) => {
            DebugStr::from(EndianSlice::new(sections.strings, BigEndian)).get_str(offset).ok()?
        }
        _ => return None,
    };
    Some(String::from_utf8_lossy(bytes.slice()).into_owned())
}
