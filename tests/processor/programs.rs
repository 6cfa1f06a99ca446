//! Programs in C, compiled by the PowerPC cross compiler, run here and on `qemu-ppc` with the same results.

use crate::machine::{self, Machine};
use crate::oracle;
use hx_chip::ppu::ports::NoticeKind;
use hx_chip::ppu::scalar::DecodeOptions;
use hx_chip::ppu::{BareMemory, BusDelays, Ppu, Stop};
use hx_isa::elf::Program;
use std::path::{Path, PathBuf};
use std::process::Command;

const COMPILER: &str = "powerpc-linux-gnu-gcc";
/// Words of `results` in `c/results.h`.
const RESULTS: usize = 64;
/// Word that start-up code writes the return value of `main` to.
const RETURN_CODE: u32 = 3071;
/// More than any of the programs executes.
const LIMIT: u64 = 50_000_000;

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("processor/c").join(name)
}

/// Compile program `name` with `level` of optimisation and start-up code `start`; the executable.
fn compile(name: &str, level: &str, start: &str, linking: &[&str]) -> Vec<u8> {
    let output = oracle::scratch_file(&format!("{name}{level}-{start}"));
    let result = Command::new(COMPILER)
        .args([level, "-std=gnu11", "-ffreestanding", "-msoft-float", "-mstrict-align", "-mcpu=powerpc"])
        .args(["-fno-pic", "-no-pie", "-nostdlib", "-static", "-fno-asynchronous-unwind-tables"])
        .args(linking)
        .args([source(start), source("results.c"), source(&format!("{name}.c"))])
        .args(["-lgcc".as_ref(), "-o".as_ref(), output.as_os_str()])
        .output()
        .expect("the compiler was found before");
    let messages = String::from_utf8_lossy(&result.stderr);
    assert!(result.status.success(), "{name} {level}: {messages}");
    let bytes = std::fs::read(&output).expect("the compiler wrote it");
    std::fs::remove_file(&output).expect("the file is ours");
    bytes
}

/// Results and return value on qemu.
fn on_qemu(name: &str, level: &str) -> Vec<u32> {
    oracle::run(&compile(name, level, "start-linux.s", &[]), &format!("{name}{level}"))
}

/// The same for the plasticity processor.
fn for_processor(name: &str, level: &str) -> Program {
    let script = source("processor.ld");
    let option = format!("-Wl,-T,{}", script.display());
    let elf = compile(name, level, "start-processor.s", &["-G0", &option]);
    Program::read(&elf, name).unwrap_or_else(|error| panic!("{error}"))
}

/// Results and return value in the memory of the processor.
fn collect(program: &Program, word: impl Fn(u32) -> u32) -> Vec<u32> {
    let results = program.symbol("results").expect("every program has results").value;
    let mut words: Vec<u32> = (0..RESULTS as u32).map(|index| word(results / 4 + index)).collect();
    words.push(word(RETURN_CODE));
    words
}

/// One instruction after the other.
fn without_timing(program: &Program, options: &DecodeOptions) -> Machine {
    let mut machine = Machine::default();
    machine::load(&mut machine.sram, program);
    assert!(machine.run(LIMIT, options), "did not end");
    machine
}

/// The reading of the instructions with which a program of a Power compiler works: such compilers use `lha` with negative
/// displacements, which the processor does not sign-extend. It says so; nothing else of a program may be noticed.
fn reading(program: &Program) -> DecodeOptions {
    let options = DecodeOptions::default();
    let machine = without_timing(program, &options);
    let extends = machine.notices.iter().filter(|(_, kind)| *kind == NoticeKind::ZeroExtended).count();
    assert_eq!(machine.notices.len(), extends, "{:?}", machine.notices);
    if extends > 0 {
        println!("  {extends} times lha with a negative displacement: read as Power does");
    }
    DecodeOptions { lha_zero_extend: extends == 0 }
}

/// The whole core with all its timing.
fn with_timing(program: &Program, options: DecodeOptions) -> Vec<u32> {
    let delays = BusDelays::default();
    let mut memory = BareMemory::new(delays);
    machine::load(&mut memory.sram, program);
    let mut ppu = Ppu::new(delays, options);
    let stop = ppu.run(&mut memory, 4 * LIMIT, u64::MAX, &mut ());
    assert!(matches!(stop, Stop::Sleep { .. }), "{stop:?}");
    println!("  asleep in cycle {:?}", ppu.asleep_since());
    collect(program, |index| memory.sram.word(index))
}

/// Compile and run at every level of optimisation.
fn check(name: &str) {
    if !oracle::installed(COMPILER) || !oracle::installed("qemu-ppc") {
        return;
    }
    for level in ["-O0", "-O1", "-Os", "-O2"] {
        println!("{name} {level}");
        let expected = on_qemu(name, level);
        assert_eq!(expected.len(), RESULTS + 1);
        assert!(expected[0] != 0, "the program computed something");
        let program = for_processor(name, level);
        let options = reading(&program);
        let machine = without_timing(&program, &options);
        println!("  {} instructions", machine.instructions);
        assert_eq!(
            collect(&program, |index| machine.sram.word(index)),
            expected,
            "{name} {level} without timing"
        );
        assert_eq!(with_timing(&program, options), expected, "{name} {level}");
    }
}

#[test]
fn sorting() {
    check("sort");
}

#[test]
fn checksums() {
    check("checksum");
}

#[test]
fn matrices() {
    check("matrix");
}

#[test]
fn text() {
    check("strings");
}

#[test]
fn recursion() {
    check("recursion");
}

#[test]
fn wide_numbers() {
    check("wide");
}

#[test]
fn small_types() {
    check("bits");
}
