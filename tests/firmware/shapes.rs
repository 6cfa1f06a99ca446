//! The two forms of program the chip's tool chain makes: a raw image of the processor's memory, and an ELF file with a part at 0 and a
//! part in external memory. Both made by our assembler and linker, and by GNU's where they are installed.

use crate::tools;
use hx_isa::asm::{NoIncludes, Options, assemble};
use hx_isa::elf::{Memory, Program};
use hx_isa::link::{Layout, LinkOptions, Linked, link};
use hx_tests::command::hxemu;
use std::path::PathBuf;

/// Doubled sum of the table of `split.s`.
const SPLIT_EXIT_CODE: i64 = 2 * (1 + 20 + 300 - 4 + 50000);

fn source(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("firmware/shapes").join(name)
}

fn linked(name: &str) -> Linked {
    let objects = ["start.s", name].map(|name| {
        let text = std::fs::read_to_string(source(name)).expect("it is part of the repository");
        assemble(&text, name, &mut NoIncludes, &Options::default())
            .unwrap_or_else(|found| panic!("{}", found[0]))
    });
    let options = LinkOptions { layout: Layout::Libnux, ..LinkOptions::default() };
    link(&objects, &options).unwrap_or_else(|found| panic!("{}", found[0]))
}

/// ELF file by GNU as and ld.
fn linked_by_gnu(name: &str) -> Option<Vec<u8>> {
    if !["powerpc-linux-gnu-as", "powerpc-linux-gnu-ld"].iter().all(|tool| tools::installed(tool)) {
        return None;
    }
    let objects = ["start.s", name].map(|part| {
        let object = tools::scratch(&format!("{name}-{part}.o")).display().to_string();
        let input = source(part).display().to_string();
        tools::run("powerpc-linux-gnu-as", &["-mregnames", "-me500mc", &input, "-o", &object]);
        object
    });
    let output = tools::scratch(&format!("{name}.elf"));
    let (path, script) = (output.display().to_string(), source("processor.ld").display().to_string());
    let arguments = ["--relax", "-T", &script, &objects[0], &objects[1], "-o", &path];
    tools::run("powerpc-linux-gnu-ld", &arguments);
    let bytes = std::fs::read(&output).expect("the linker wrote it");
    for file in objects.iter().map(PathBuf::from).chain([output]) {
        std::fs::remove_file(file).expect("the file is ours");
    }
    Some(bytes)
}

/// Raw image by GNU objcopy.
fn raw_by_gnu(name: &str) -> Option<Vec<u8>> {
    let elf = linked_by_gnu(name).filter(|_| tools::installed("powerpc-linux-gnu-objcopy"))?;
    let (from, to) = (tools::scratch("raw.elf"), tools::scratch("raw.bin"));
    std::fs::write(&from, elf).expect("the target directory is writable");
    let paths = [&from, &to].map(|path| path.display().to_string());
    tools::run("powerpc-linux-gnu-objcopy", &["-O", "binary", &paths[0], &paths[1]]);
    let bytes = std::fs::read(&to).expect("objcopy wrote it");
    for file in [from, to] {
        std::fs::remove_file(file).expect("the file is ours");
    }
    Some(bytes)
}

fn raw(name: &str) -> Vec<u8> {
    linked(name).sram().iter().flat_map(|word| word.to_be_bytes()).collect()
}

#[test]
fn files_have_the_shape_of_the_tool_chain() {
    let ours = linked("split.s").write_elf().unwrap_or_else(|error| panic!("{error}"));
    for file in std::iter::once(ours).chain(linked_by_gnu("split.s")) {
        let program = Program::open(&file, "split.elf").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(program.entry, 0x34);
        let has =
            |memory, address| program.segments.iter().any(|at| (at.memory, at.address) == (memory, address));
        assert!(has(Memory::Sram, 0), "{:?}", program.segments);
        assert!(has(Memory::External, 0x8000_0000), "{:?}", program.segments);
        assert_eq!(program.warnings, [""; 0]);
    }
}

/// Exit code as `hxemu ppu run` reports it.
fn exit_code(file: &[u8], name: &str) -> i64 {
    let path = tools::scratch(name);
    std::fs::write(&path, file).expect("the target directory is writable");
    let ended = hxemu(&["ppu", "run", &path.display().to_string(), "--json", "--max-cycles", "100000"]);
    std::fs::remove_file(&path).expect("the file is ours");
    assert_eq!(ended.code, 1, "an exit code other than 0 is a failure: {}", ended.err);
    let result = &ended.json_lines()[0];
    assert_eq!(result["stop"], "wait");
    result["exit_code"].as_i64().expect("the program ends as libnux programs do")
}

#[test]
fn raw_images_finish_with_their_exit_code() {
    let ours = raw("internal.s");
    assert_eq!(exit_code(&ours, "ours.bin"), 42);
    if let Some(theirs) = raw_by_gnu("internal.s") {
        assert_eq!(exit_code(&theirs, "theirs.bin"), 42);
    }
}

#[test]
fn programs_in_the_own_memory_finish_with_their_exit_code() {
    let ours = linked("internal.s").write_elf().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(exit_code(&ours, "ours.elf"), 42);
    if let Some(theirs) = linked_by_gnu("internal.s") {
        assert_eq!(exit_code(&theirs, "theirs.elf"), 42);
    }
}

#[test]
fn programs_with_a_part_in_external_memory_finish_with_their_exit_code() {
    let ours = linked("split.s").write_elf().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(exit_code(&ours, "ours.elf"), SPLIT_EXIT_CODE);
    if let Some(theirs) = linked_by_gnu("split.s") {
        assert_eq!(exit_code(&theirs, "theirs.elf"), SPLIT_EXIT_CODE);
    }
}
