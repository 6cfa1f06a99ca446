//! Where sections and segments go, and what is known about addresses.

use super::super::{Memory, Program, ProgramKind, SymbolKind};
use super::build::{ALLOC, EXECUTE, NOBITS, PROGBITS, Part, WRITE, elf};

fn read(parts: &[Part]) -> Result<Program, String> {
    Program::read(&elf(2, parts, &[], &[]), "a.elf").map_err(|error| error.to_string())
}

/// One section of four bytes.
fn place(name: &'static str, address: u32) -> Result<Option<(Memory, u32)>, String> {
    let anchor = Part::text(0, &[0x6000_0000]);
    let program = read(&[anchor, Part::new(name, PROGBITS, ALLOC, address, &[1, 2, 3, 4])])?;
    Ok(program.segments.get(1).map(|segment| (segment.memory, segment.offset)))
}

#[test]
fn sections_go_where_their_names_say() {
    use Memory::{External, ExternalDram, Sram};
    for (name, address, expected) in [
        ("int.text", 0x100, Some((Sram, 0x100))),
        (".text.crt_int_reset", 0x20, Some((Sram, 0x20))),
        (".rodata.str1.4", 0x3ffc, Some((Sram, 0x3ffc))),
        (".init_array", 0x40, Some((Sram, 0x40))),
        ("ext.text", 0x8000_0010, Some((External, 0x10))),
        ("ext.data", 0x4001_fffc, Some((External, 0x1_fffc))),
        ("ext_dram.text", 0x9000_0020, Some((ExternalDram, 0x20))),
        ("ext_dram.data", 0x5fff_fffc, Some((ExternalDram, 0xfff_fffc))),
        (".eh_frame", 0x80, None),
        (".got", 0x80, None),
    ] {
        assert_eq!(place(name, address), Ok(expected), "{name}");
    }
}

#[test]
fn sections_outside_the_memories_are_errors_with_their_names() {
    for (name, address, message) in [
        (
            "int.text",
            0x3ffd,
            "`int.text` needs bytes 0x3ffd to 0x4001 of the processor's memory, which has 0x4000",
        ),
        (
            ".data",
            0x8000_0000,
            "`.data` needs bytes 0x80000000 to 0x80000004 of the processor's memory, which has 0x4000",
        ),
        (
            ".data",
            0xffff_fffe,
            "`.data` needs bytes 0xfffffffe to 0x100000002 of the processor's memory, which has 0x4000",
        ),
        (
            "ext.text",
            0x8002_0000,
            "`ext.text` needs bytes 0x20000 to 0x20004 of the external memory, which has 0x20000",
        ),
        (
            "ext.data",
            0x6000_0000,
            "`ext.data` needs bytes 0x10000000 to 0x10000004 of the external DRAM, which has 0x10000000",
        ),
        (
            "ext.data",
            0x3000,
            "`ext.data` is named for an external memory, but its address 0x3000 is below 0x40000000",
        ),
    ] {
        assert_eq!(place(name, address), Err(format!("a.elf: {message}")));
    }
}

#[test]
fn sections_without_bytes_in_the_file_become_zeros() {
    let text = Part::text(0, &[0x6000_0000]);
    let bss = Part { size: Some(0x200), ..Part::new(".bss", NOBITS, ALLOC | WRITE, 0x1000, &[]) };
    let program = read(&[text, bss]).unwrap();
    let segment = &program.segments[1];
    assert_eq!((segment.bytes.len(), segment.zeros, segment.size()), (0, 0x200, 0x200));
    assert!(segment.contains(0x11ff) && !segment.contains(0x1200) && !segment.executable);
    // A claim of four gigabytes is refused before anything is allocated.
    let bss = Part { size: Some(u32::MAX), ..Part::new(".bss", NOBITS, ALLOC | WRITE, 0x1000, &[]) };
    let message =
        "a.elf: `.bss` needs bytes 0x1000 to 0x100000fff of the processor's memory, which has 0x4000";
    assert_eq!(read(&[bss]), Err(message.to_owned()));
}

#[test]
fn what_is_not_loaded_is_said() {
    let got = Part::new(".got", PROGBITS, ALLOC, 0x80, &[1, 2, 3, 4]);
    let program = read(&[Part::text(0, &[0]), got]).unwrap();
    let warning = "section `.got` (4 bytes) is not loaded: its name is none the host knows";
    assert_eq!(program.warnings, [warning]);
}

#[test]
fn program_headers_count_where_no_section_does() {
    let loads: &[(u32, &[u8], u32)] = &[(0, &[0x60, 0, 0, 0], 8), (0x8000_0000, &[1, 2], 0)];
    let program = Program::read(&elf(2, &[], &[], loads), "a.elf").unwrap();
    let places: Vec<_> =
        program.segments.iter().map(|s| (s.memory, s.offset, s.size(), s.executable)).collect();
    assert_eq!(places, [(Memory::Sram, 0, 12, true), (Memory::External, 0, 2, true)]);
    // Sections come first: these program headers are not looked at.
    let program = Program::read(&elf(2, &[Part::text(0x40, &[0])], &[], loads), "a.elf").unwrap();
    assert_eq!(program.segments.len(), 1);
    let error = Program::read(&elf(2, &[], &[], &[]), "a.elf").unwrap_err();
    let message = "a.elf: nothing to load: no section with a known name, and no loadable program header";
    assert_eq!(error.to_string(), message);
}

#[test]
fn words_of_a_segment() {
    let data = Part::new(".data", PROGBITS, ALLOC, 0x10, &[1, 2, 3, 4, 5]);
    let program = read(&[data]).unwrap();
    let words: Vec<_> = program.segments[0].words().collect();
    assert_eq!(words, [(0x10, 0x0102_0304), (0x14, 0x0500_0000)]);
    assert_eq!(program.entry, 0x34);
}

#[test]
fn symbols_cover_addresses() {
    let parts = [Part::text(0, &[0; 8]), Part::new(".data", PROGBITS, ALLOC | WRITE, 0x100, &[0; 16])];
    let labels = [
        ("start", 0, 8, 2, 1),
        ("alias", 0, 0, 0, 1),
        ("loop", 0x10, 0, 0, 1),
        ("weight", 0x104, 4, 1, 2),
        ("mailbox_base", 0x10, 0, 0, 0xfff1),
        ("missing", 0, 0, 0, 0),
    ];
    let program = Program::read(&elf(2, &parts, &labels, &[]), "a.elf").unwrap();
    let found: Vec<_> = [0, 4, 8, 0x10, 0x1c, 0x20, 0x100, 0x104, 0x107, 0x108]
        .map(|address| program.symbol_at(address))
        .into_iter()
        .collect();
    assert_eq!(
        found,
        [
            Some(("start", 0)),
            Some(("start", 4)),
            Some(("alias", 8)),
            Some(("loop", 0)),
            Some(("loop", 12)),
            None,
            None,
            Some(("weight", 0)),
            Some(("weight", 3)),
            None,
        ]
    );
    let absolute = program.symbol("mailbox_base").unwrap();
    assert_eq!((absolute.value, absolute.kind, absolute.segment), (0x10, SymbolKind::Absolute, None));
    assert_eq!(program.symbol("missing"), None);
}

#[test]
fn objects_keep_all_their_sections_at_zero() {
    let parts = [
        Part::text(0, &[0x4e80_0020, 0x6000_0000]),
        Part::new("ext.text", PROGBITS, ALLOC | EXECUTE, 0, &[0x60, 0, 0, 0]),
    ];
    let labels = [("first", 0, 8, 2, 1), ("second", 0, 4, 2, 2)];
    let program = Program::read(&elf(1, &parts, &labels, &[]), "a.o").unwrap();
    assert_eq!(program.kind, ProgramKind::Object);
    assert_eq!(program.segments.len(), 2);
    assert_eq!(program.symbol_in(0, 4), Some(("first", 4)));
    assert_eq!(program.symbol_in(1, 0), Some(("second", 0)));
}

#[test]
fn raw_images() {
    let program = Program::open(&[1, 2, 3, 4, 5, 6], "image.bin").unwrap();
    assert_eq!((program.kind, program.segments[0].bytes.len()), (ProgramKind::Raw, 6));
    assert!(Program::open(&[0; 16384], "image.bin").is_ok());
    let message =
        |size| format!("image.bin: a raw image of {size} bytes; the processor's memory takes 1 to 16384");
    assert_eq!(Program::open(&[0; 16385], "image.bin").unwrap_err().to_string(), message(16385));
    assert_eq!(Program::open(&[], "image.bin").unwrap_err().to_string(), message(0));
}
