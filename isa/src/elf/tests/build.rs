//! A minimal writer of ELF files, so that tests can put anything into them.

/// A section to write.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) kind: u32,
    pub(super) flags: u32,
    pub(super) address: u32,
    pub(super) data: Vec<u8>,
    /// Size where it differs from that of the data.
    pub(super) size: Option<u32>,
    pub(super) link: u32,
    pub(super) entry_size: u32,
}

pub(super) const PROGBITS: u32 = 1;
pub(super) const SYMTAB: u32 = 2;
pub(super) const STRTAB: u32 = 3;
pub(super) const NOBITS: u32 = 8;
pub(super) const WRITE: u32 = 1;
pub(super) const ALLOC: u32 = 2;
pub(super) const EXECUTE: u32 = 4;

impl Part {
    pub(super) fn new(name: &'static str, kind: u32, flags: u32, address: u32, data: &[u8]) -> Part {
        Part { name, kind, flags, address, data: data.to_vec(), size: None, link: 0, entry_size: 0 }
    }

    pub(super) fn text(address: u32, words: &[u32]) -> Part {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        Part::new(".text", PROGBITS, ALLOC | EXECUTE, address, &bytes)
    }
}

/// A symbol to write: name, value, size, type, section.
pub(super) type Label = (&'static str, u32, u32, u8, u16);

/// Where the tables of a file are, for tests that damage them.
pub(super) const HEADER: usize = 52;

/// An ELF file of these sections, which are numbered from 1, and symbols. The symbol table, its strings and the section
/// names come behind them; program headers are written for `loads`: address, bytes, further zeros.
pub(super) fn elf(kind: u16, parts: &[Part], labels: &[Label], loads: &[(u32, &[u8], u32)]) -> Vec<u8> {
    let mut parts = parts.to_vec();
    let strings_index = parts.len() as u32 + 2;
    let (symbols, strings) = symbol_table(labels);
    parts.push(Part { link: strings_index, entry_size: 16, ..Part::new(".symtab", SYMTAB, 0, 0, &symbols) });
    parts.push(Part::new(".strtab", STRTAB, 0, 0, &strings));
    let mut names = vec![0];
    let mut name_offsets: Vec<u32> = Vec::new();
    for name in parts.iter().map(|part| part.name).chain([".shstrtab"]) {
        name_offsets.push(names.len() as u32);
        names.extend(name.bytes().chain([0]));
    }
    parts.push(Part::new(".shstrtab", STRTAB, 0, 0, &names));

    let mut body = Vec::new();
    let start = (HEADER + 32 * loads.len()) as u32;
    let mut programs = Vec::new();
    for (address, bytes, zeros) in loads {
        let (offset, size) = (start + body.len() as u32, bytes.len() as u32);
        body.extend_from_slice(bytes);
        programs.extend([1, offset, *address, *address, size, size + zeros, 5, 4]);
    }
    let mut headers = vec![0_u32; 10];
    for (part, name) in parts.iter().zip(name_offsets) {
        let (offset, size) = (start + body.len() as u32, part.size.unwrap_or(part.data.len() as u32));
        headers.extend([name, part.kind, part.flags, part.address, offset, size, part.link, 0, 4]);
        headers.push(part.entry_size);
        body.extend_from_slice(&part.data);
    }
    let table = start + body.len() as u32;
    let mut file = header(kind, loads.len() as u16, parts.len() as u16, table);
    file.extend(programs.iter().flat_map(|word: &u32| word.to_be_bytes()));
    file.extend(body);
    file.extend(headers.iter().flat_map(|word| word.to_be_bytes()));
    file
}

fn header(kind: u16, loads: u16, parts: u16, table: u32) -> Vec<u8> {
    let mut file = b"\x7fELF\x01\x02\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let half = |file: &mut Vec<u8>, values: &[u16]| file.extend(values.iter().flat_map(|v| v.to_be_bytes()));
    let word = |file: &mut Vec<u8>, values: &[u32]| file.extend(values.iter().flat_map(|v| v.to_be_bytes()));
    half(&mut file, &[kind, 20]);
    word(&mut file, &[1, 0x34, if loads > 0 { 52 } else { 0 }, table, 0]);
    half(&mut file, &[52, 32, loads, 40, parts + 1, parts]);
    file
}

fn symbol_table(labels: &[Label]) -> (Vec<u8>, Vec<u8>) {
    let (mut symbols, mut strings) = (vec![0; 16], vec![0]);
    for (name, value, size, kind, section) in labels {
        symbols.extend((strings.len() as u32).to_be_bytes());
        symbols.extend(value.to_be_bytes());
        symbols.extend(size.to_be_bytes());
        symbols.extend([0x10 | kind, 0]);
        symbols.extend(section.to_be_bytes());
        strings.extend(name.bytes().chain([0]));
    }
    (symbols, strings)
}
