//! Files with something wrong: every field of every header, every byte, every length. Nothing may panic.

use super::super::Program;
use super::build::{ALLOC, NOBITS, PROGBITS, Part, WRITE, elf};

/// A file with all that is looked at: two loaded sections, zeros, symbols, and program headers.
fn sample() -> Vec<u8> {
    let parts = [
        Part::text(0, &[0x6000_0000, 0x4e80_0020]),
        Part::new(".data", PROGBITS, ALLOC | WRITE, 0x100, &[1, 2, 3, 4]),
        Part { size: Some(16), ..Part::new(".bss", NOBITS, ALLOC | WRITE, 0x200, &[]) },
    ];
    let labels = [("start", 0, 8, 2, 1), ("value", 0x100, 4, 1, 2)];
    elf(2, &parts, &labels, &[(0, &[0; 4], 4)])
}

/// Offset of the section headers.
fn section_headers(file: &[u8]) -> usize {
    u32::from_be_bytes(file[0x20..0x24].try_into().unwrap()) as usize
}

/// The message for a file in which one field has another value.
fn with(offset: usize, bytes: &[u8]) -> Option<String> {
    let mut file = sample();
    file[offset..offset + bytes.len()].copy_from_slice(bytes);
    Program::read(&file, "a.elf").err().map(|error| error.to_string())
}

#[test]
fn every_field_of_the_header() {
    for (offset, bytes, message) in [
        (0, &[0x7e][..], "not an ELF file: it does not begin with 0x7f `ELF`"),
        (4, &[2], "EI_CLASS in the ELF header is 2, but must be 1 (32 bit)"),
        (5, &[1], "EI_DATA in the ELF header is 1, but must be 2 (big-endian)"),
        (6, &[0], "EI_VERSION in the ELF header is 0, but must be 1"),
        (16, &[0, 3], "e_type in the ELF header is 3, but must be 1 (object) or 2 (executable)"),
        (18, &[0, 21], "e_machine in the ELF header is 21, but must be 20 (PowerPC)"),
        (20, &[0, 0, 0, 2], "e_version in the ELF header is 2, but must be 1"),
        (40, &[0, 64], "e_ehsize in the ELF header is 64, but must be 52"),
        (42, &[0, 56], "e_phentsize in the ELF header is 56, but must be 32"),
        (46, &[0, 64], "e_shentsize in the ELF header is 64, but must be 40"),
        (50, &[0, 1], "e_shstrndx in the ELF header is 1, but must be the number of a string table section"),
        (
            50,
            &[0xff, 0xff],
            "e_shstrndx in the ELF header is 65535, but must be the number of a string table section",
        ),
        (
            32,
            &[0x7f, 0, 0, 0],
            "the section headers (7 entries at offset 0x7f000000) reach beyond the end of the file (485 bytes)",
        ),
        (
            48,
            &[0xff, 0],
            "the section headers (65280 entries at offset 0xcd) reach beyond the end of the file (485 bytes)",
        ),
    ] {
        assert_eq!(with(offset, bytes), Some(format!("a.elf: {message}")), "byte {offset}");
    }
}

#[test]
fn every_field_of_a_section() {
    let table = section_headers(&sample());
    let section = |index: usize, field: usize| table + 40 * index + 4 * field;
    let far = [0x7f, 0, 0, 0];
    for (offset, bytes, message) in [
        (section(1, 0), far, "section 1: its name lies outside the string table"),
        (
            section(1, 3),
            far,
            "`.text` needs bytes 0x7f000000 to 0x7f000008 of the processor's memory, which has 0x4000",
        ),
        (
            section(1, 4),
            far,
            "section 1 `.text`: its 8 bytes at offset 0x7f000000 reach beyond the end of the file",
        ),
        (
            section(1, 5),
            far,
            "section 1 `.text`: its 2130706432 bytes at offset 0x58 reach beyond the end of the file",
        ),
        (
            section(3, 5),
            far,
            "`.bss` needs bytes 0x200 to 0x7f000200 of the processor's memory, which has 0x4000",
        ),
        (
            section(4, 5),
            [0, 0, 0, 15],
            "section 4 `.symtab`: 15 bytes of symbols of 16 bytes each; a symbol has 16",
        ),
        (section(4, 6), far, "section 4 `.symtab`: its strings should be in section 2130706432"),
        (
            section(4, 9),
            [0, 0, 0, 24],
            "section 4 `.symtab`: 48 bytes of symbols of 24 bytes each; a symbol has 16",
        ),
    ] {
        assert_eq!(with(offset, &bytes), Some(format!("a.elf: {message}")), "byte {offset}");
    }
}

#[test]
fn every_field_of_a_program_header() {
    let file = elf(2, &[], &[], &[(0, &[0; 4], 4)]);
    for (field, value, message) in [
        (
            1,
            0x7f00_0000,
            "program header 0: its 4 bytes at offset 0x7f000000 reach beyond the end of the file",
        ),
        (
            2,
            0x7000,
            "`program header 0` needs bytes 0x7000 to 0x7008 of the processor's memory, which has 0x4000",
        ),
        (
            4,
            0x7f00_0000,
            "program header 0: its 2130706432 bytes at offset 0x54 reach beyond the end of the file",
        ),
        (5, 3, "program header 0: it takes 3 bytes of memory, but has 4 in the file"),
        (0, 2, "nothing to load: no section with a known name, and no loadable program header"),
    ] {
        let mut file = file.clone();
        file[52 + 4 * field..][..4].copy_from_slice(&u32::to_be_bytes(value));
        let error = Program::read(&file, "a.elf").unwrap_err().to_string();
        assert_eq!(error, format!("a.elf: {message}"));
    }
    let mut file = file;
    file[28..32].copy_from_slice(&[0x7f, 0, 0, 0]);
    let error = Program::read(&file, "a.elf").unwrap_err().to_string();
    assert!(
        error.starts_with("a.elf: the program headers (1 entries at offset 0x7f000000) reach"),
        "{error}"
    );
}

#[test]
fn symbols_of_sections_that_do_not_exist() {
    let file = elf(2, &[Part::text(0, &[0])], &[("lost", 0, 0, 2, 99)], &[]);
    let error = Program::read(&file, "a.elf").unwrap_err().to_string();
    assert_eq!(error, "a.elf: symbol 1: it belongs to section 99, which does not exist");
}

#[test]
fn every_value_of_every_byte() {
    let original = sample();
    let mut refused = 0;
    for offset in 0..original.len() {
        let mut file = original.clone();
        for value in 0..=u8::MAX {
            file[offset] = value;
            if let Err(error) = Program::read(&file, "a.elf") {
                assert!(error.to_string().len() > 20, "{error}");
                refused += 1;
            }
        }
    }
    assert!(refused > 10_000, "only {refused} of {} were refused", original.len() * 256);
}

#[test]
fn every_length() {
    let original = sample();
    for length in 0..original.len() {
        assert!(Program::read(&original[..length], "a.elf").is_err(), "{length} bytes");
    }
    assert!(Program::read(&original, "a.elf").is_ok());
}

#[test]
fn damaged_line_tables_are_warnings() {
    let mut noise = 1_u32;
    let mut table = vec![0, 0, 0, 60, 0, 4, 0, 0, 0, 20, 4, 1, 1, 0xfb, 14, 13];
    table.extend([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, b'a', 0, b'b', 0, 0, 0]);
    table.extend([0; 30]);
    for _ in 0..20_000 {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let place = (noise >> 16) as usize % table.len();
        table[place] = (noise >> 8) as u8;
        let parts = [Part::text(0, &[0]), Part::new(".debug_line", PROGBITS, 0, 0, &table)];
        let program = Program::read(&elf(2, &parts, &[], &[]), "a.elf").unwrap();
        assert!(program.warnings.len() <= 1 && program.line_at(0).is_none_or(|(_, line)| line > 0));
    }
}
