//! Objects and programs against GNU binutils: what we write they read, what they write we link, and both link alike.

#[allow(dead_code, reason = "each test program uses its part")]
mod support;

use hx_isa::asm::{NoIncludes, Options, assemble};
use hx_isa::link::{LinkOptions, Linked, Object, RelocationKind, link};
use proptest::prelude::*;
use support::{Bench, text};

fn object(source: &str, name: &str) -> Object {
    let options = Options::default();
    assemble(source, name, &mut NoIncludes, &options).unwrap_or_else(|found| panic!("{}", found[0]))
}

fn linked(objects: &[Object]) -> Linked {
    link(objects, &LinkOptions::default()).unwrap_or_else(|found| panic!("{}", found[0]))
}

const MAIN: &str = "
        .globl start, value
        .type start, @function
start:  lis 3, value@ha
        lwz 3, value@l(3)
        bl  double
        lis 4, result@ha
        stw 3, result@l(4)
        li  5, small
        bne start
        ba  start
        b   double@plt
        bl  double@local
        wait
        .size start, .-start
        .data
value:  .long 21, start, value - .
        .short value@l, value@h, value@ha, value
        .comm result, 4, 4
";

const LIBRARY: &str = "
        .globl double, small
        .set small, 77
        .type double, @function
double: add 3, 3, 3
        cmpwi 3, 0
        beq 1f
        blr
1:      lis 3, value@ha
        lwz 3, value@l(3)
        blr
        .size double, .-double
        .section .rodata
        .long double, value+4
";

/// Text and data of a program, by address.
fn contents(linked: &Linked) -> Vec<(String, u32, Vec<u8>)> {
    let parts = linked.sections.iter().filter(|section| !section.data.is_empty());
    parts.map(|section| (section.name.clone(), section.address, section.data.clone())).collect()
}

#[test]
fn gnu_ld_links_our_objects_to_the_same_bytes() {
    let Some(bench) = Bench::new(&["ld", "objcopy", "nm"]) else { return };
    let objects = [object(MAIN, "main.s"), object(LIBRARY, "library.s")];
    bench.write("main.o", objects[0].write_elf().unwrap());
    bench.write("library.o", objects[1].write_elf().unwrap());
    let own = linked(&objects);
    let parts = own.sections.iter().map(|section| {
        let common = if section.name == ".bss" { "*(COMMON)" } else { "" };
        format!("{0} {1:#x} : {{ *({0}) {common} }}\n", section.name, section.address)
    });
    bench.write("script", format!("SECTIONS {{ {} }}", parts.collect::<String>()));
    bench.run(
        "ld",
        &["--no-warn-rwx-segments", "-T", "script", "-e", "start", "-o", "gnu.elf", "main.o", "library.o"],
    );
    for (name, _, data) in contents(&own) {
        bench.run("objcopy", &["-O", "binary", "-j", &name, "gnu.elf", "part.bin"]);
        assert_eq!(bench.read("part.bin"), data, "{name}");
    }
    let symbols = bench.run("nm", &["gnu.elf"]);
    for name in ["start", "double", "value", "small", "result"] {
        let line = symbols.lines().find(|line| line.ends_with(&format!(" {name}"))).unwrap();
        assert_eq!(u32::from_str_radix(&line[..8], 16).ok(), own.symbol(name), "{name}");
    }
}

#[test]
fn objects_of_gnu_as_link_to_the_same_bytes() {
    let Some(bench) = Bench::new(&["as"]) else { return };
    let mut theirs = Vec::new();
    for (name, source) in [("main", MAIN), ("library", LIBRARY)] {
        bench.write(&format!("{name}.s"), source);
        let output = format!("{name}.o");
        bench.run("as", &["-mregnames", "-ma2", "-many", "-g", &format!("{name}.s"), "-o", &output]);
        theirs.push(Object::read_elf(&bench.read(&output), &output).unwrap());
    }
    let own = linked(&[object(MAIN, "main.s"), object(LIBRARY, "library.s")]);
    let linked = linked(&theirs);
    assert_eq!(contents(&linked), contents(&own));
    // Their debugging sections come along: GNU addr2line finds the lines.
    let elf = bench.write("theirs.elf", linked.write_elf().unwrap());
    if Bench::new(&["addr2line"]).is_some() {
        let said = bench.run("addr2line", &["-e", text(&elf), "8"]);
        assert!(said.trim().ends_with("main.s:6"), "{said}");
    }
}

#[test]
fn our_objects_survive_their_file() {
    let own = object(MAIN, "main.s");
    let read = Object::read_elf(&own.write_elf().unwrap(), "main.s").unwrap();
    let bare = |object: &Object| {
        let mut sections = object.sections.clone();
        for section in &mut sections {
            section.relocations.iter_mut().for_each(|relocation| {
                relocation.place = None;
                relocation.symbol = None;
            });
        }
        sections
    };
    assert_eq!(bare(&read), bare(&own));
    let symbols = |object: &Object| {
        let named =
            object.symbols.iter().filter(|symbol| !symbol.name.is_empty() && !symbol.name.starts_with('.'));
        let mut names: Vec<_> =
            named.map(|s| (s.name.clone(), s.value, s.size, s.binding, s.kind, s.place)).collect();
        names.sort_by(|a, b| a.0.cmp(&b.0));
        names
    };
    assert_eq!(symbols(&read), symbols(&own));
    let library = object(LIBRARY, "library.s");
    assert_eq!(contents(&linked(&[read, library.clone()])), contents(&linked(&[own, library])));
}

#[test]
fn readelf_and_objdump_find_nothing_wrong() {
    let Some(bench) = Bench::new(&["readelf", "objdump", "nm"]) else { return };
    let objects = [object(MAIN, "main.s"), object(LIBRARY, "library.s")];
    bench.write("main.o", objects[0].write_elf().unwrap());
    bench.write("all.elf", linked(&objects).write_elf().unwrap());
    for file in ["main.o", "all.elf"] {
        let header = bench.run("readelf", &["-aW", "--lint", file]);
        assert!(header.contains("PowerPC") && header.contains("big endian"), "{header}");
        let debug = bench.run("objdump", &["--dwarf=info,decodedline", file]);
        assert!(debug.contains("main.s"), "{debug}");
    }
    let listing = bench.run("objdump", &["-dl", "all.elf"]);
    assert!(listing.contains("<double>:") && listing.contains("library.s:5"), "{listing}");
    let symbols = bench.run("nm", &["-S", "all.elf"]);
    assert!(symbols.contains("00000000 0000002c T start"), "{symbols}");
}

#[test]
fn lines_are_found_by_gnu_and_by_the_crate() {
    let objects = [object(MAIN, "main.s"), object(LIBRARY, "library.s")];
    let linked = linked(&objects);
    let double = linked.symbol("double").unwrap();
    let expected = [
        (0, "main.s", 4),
        (8, "main.s", 6),
        (0x28, "main.s", 14),
        (double, "library.s", 5),
        (double + 8, "library.s", 7),
    ];
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("all.elf");
    std::fs::write(&path, linked.write_elf().unwrap()).unwrap();
    let loader = addr2line::Loader::new(&path).unwrap();
    let program = linked.program("all.elf").unwrap();
    for (address, file, line) in expected {
        let found = loader.find_location(u64::from(address)).unwrap().unwrap();
        assert!(
            found.file.unwrap().ends_with(file) && found.line == Some(line),
            "{address:#x} {:?}",
            found.line
        );
        assert_eq!(
            program.line_at(address).map(|(name, line)| (name.ends_with(file), line)),
            Some((true, line))
        );
    }
    let Some(bench) = Bench::new(&["addr2line"]) else { return };
    for (address, file, line) in expected {
        let said = bench.run("addr2line", &["-e", text(&path), &format!("{address:#x}")]);
        assert!(said.trim().ends_with(&format!("{file}:{line}")), "{address:#x}: {said}");
    }
}

#[test]
fn far_calls_go_through_stubs() {
    let source = "
        .section int.text, \"ax\", @progbits
        .globl __init
__init: bl outside
        bl outside
        bl inside
inside: blr
        .text
        .globl outside
outside: lis 3, table@ha
        lwz 3, table@l(3)
        bl inside
        blr
        .section ext.data, \"aw\", @progbits
table:  .long outside, inside
";
    let linked = linked(&[object(source, "far.s")]);
    let places: Vec<(&str, u32)> = linked.sections.iter().map(|s| (s.name.as_str(), s.address)).collect();
    assert_eq!(places, [("int.text", 0), ("ext.text", 0x8000_0000), ("ext.data", 0x4000_0020)]);
    // Stubs as GNU ld makes them: lis 12, addi 12, mtctr 12, bctr; one for both calls.
    let inside = [0x4800_0011, 0x4800_000d, 0x4800_0005, 0x4e80_0020];
    let to_outside = [0x3d80_8000, 0x398c_0000, 0x7d89_03a6, 0x4e80_0420];
    assert_eq!(linked.words(0), [&inside[..], &to_outside].concat());
    let outside = [0x3c60_4000, 0x8063_0020, 0x4800_0009, 0x4e80_0020, 0x3d80_0000, 0x398c_000c];
    assert_eq!(linked.words(0x8000_0000)[..6], outside);
    assert_eq!(linked.words(0x4000_0020), [0x8000_0000, 0xc]);
}

#[test]
fn libnux_symbols_are_there() {
    let source = "
        .section .text.crt_int, \"ax\"
        .globl __init
        b __init
__init: .long mailbox_base, mailbox_end, stack_ptr_init, heap_base, heap_end, isr_dec, ram_end, stack_redzone
        .data
        .long 1
";
    let linked = linked(&[object(source, "crt.s")]);
    let heap = (0x28_u32).next_multiple_of(16) + 128;
    assert_eq!(linked.words(4), [0x3000, 0x4000, 0x2ff0, heap, 0x2ff8, 0, 0x4000, heap]);
    assert_eq!(linked.entry, 4);
    let options = LinkOptions { mailbox_size: 0, ..LinkOptions::default() };
    let without = link(&[object(source, "crt.s")], &options).unwrap();
    assert_eq!(without.words(4)[..3], [0x4000, 0x4000, 0x3ff0]);
}

/// What the linker says about bad objects: message, place, hint.
#[test]
fn complaints_of_the_linker() {
    let cases: &[(&[&str], LinkOptions, &[&str])] = &[
        (
            &["bl couter\n .long counter\n bl couter\n .globl counter\ncounter:"],
            LinkOptions::default(),
            &["0.s:1:4: error: undefined symbol `couter`, also used at 0.s:3:5", "did you mean `counter`?"],
        ),
        (
            &[".globl f\nf:", ".globl f\nf: nop"],
            LinkOptions::default(),
            &["1.s: error: `f` is also defined in 0.s"],
        ),
        (
            &[".space 20000\n.data\n.space 5"],
            LinkOptions::default(),
            &[
                "SRAM is too small: 20005 bytes are needed, 16384 are there",
                "bytes by section: .text 20000, .data 5",
            ],
        ),
        (
            &["bne far\n .space 0x9000\n .globl far\nfar:\n"],
            LinkOptions { section_starts: vec![(".text".to_owned(), 0)], ..LinkOptions::default() },
            &["0.s:1:5: error: R_PPC_REL14 of `far`: 0x9004 does not fit"],
        ),
        (
            &["nop\n.data\n.long 1"],
            LinkOptions {
                section_starts: vec![(".text".to_owned(), 0x100), (".data".to_owned(), 0x102)],
                ..LinkOptions::default()
            },
            &["sections .text (0x100 to 0x104) and .data (0x102 to 0x106) overlap"],
        ),
        (
            &["main: nop"],
            LinkOptions { entry: Some("mian".to_owned()), ..LinkOptions::default() },
            &["the entry point `mian` is not defined", "did you mean `main`?"],
        ),
        (
            &[".section int.text,\"ax\"\n.space 0x2f80"],
            LinkOptions::default(),
            &["SRAM is too small: 12288 bytes are needed, 12288 are there below the mailbox"],
        ),
    ];
    for (sources, options, expected) in cases {
        let objects: Vec<Object> =
            sources.iter().enumerate().map(|(index, source)| object(source, &format!("{index}.s"))).collect();
        let problems = link(&objects, options).unwrap_err();
        let said = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        for part in *expected {
            assert!(said.contains(part), "{part}\nnot in\n{said}");
        }
    }
}

#[test]
fn groups_are_kept_once_and_weak_symbols_give_way() {
    let shared = "
        .section .text.f,\"axG\",@progbits,f,comdat
        .weak f
f:      blr
        .text
        .globl NAME
        .weak option
NAME:   bl f
        lis 3, option@ha
        .weak missing
        .long missing
";
    let sources =
        [shared.replace("NAME", "a"), shared.replace("NAME", "b") + "\n .globl option\n option = 0x12345\n"];
    let mut objects = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let object = object(source, &format!("{index}.s"));
        objects.push(Object::read_elf(&object.write_elf().unwrap(), "x.o").unwrap());
    }
    let linked = linked(&objects);
    assert_eq!(linked.sram().iter().filter(|&&word| word == 0x4e80_0020).count(), 1);
    assert!(linked.sram().contains(&0x3c60_0001) && linked.symbol("f").is_some());
}

#[test]
fn every_relocation_is_known_by_name() {
    for number in [0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 18, 23, 26] {
        let kind = RelocationKind::from_number(number).unwrap();
        assert!(kind.name().starts_with("R_PPC_") && kind.number() == number);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = Object::read_elf(&bytes, "x.o");
    }

    /// A true object with some bytes changed: read or refused, linked or refused.
    #[test]
    fn damaged_objects_do_no_harm(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = object(MAIN, "main.s").write_elf().unwrap();
        for (place, value) in changes {
            let at = place.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(read) = Object::read_elf(&bytes, "x.o")
            && let Ok(linked) = link(&[read, object(LIBRARY, "library.s")], &LinkOptions::default())
        {
            let _ = linked.write_elf();
        }
    }
}
