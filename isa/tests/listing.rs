//! Whole listings: what the disassembler prints for a program assembles back to the same program, with branches relative
//! to `.`; and files of our own linker are read back, whole or damaged.

use hx_isa::asm::assemble_program;
use hx_isa::elf::{Program, ProgramKind};
use hx_isa::instruction::{INSTRUCTIONS, disassemble, write_disassembly};

/// Words of a program that fills most of the memory: every instruction with arbitrary operands, and arbitrary words.
fn words(seed: u32) -> Vec<u32> {
    let mut state = seed;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state ^ state >> 13
    };
    let mut words: Vec<u32> = Vec::new();
    for row in INSTRUCTIONS.iter().cycle().take(3500) {
        // Half of them without reserved bits, so that they are printed as instructions.
        let reserved = if words.len().is_multiple_of(2) { row.reserved() } else { 0 };
        words.push(row.pattern | random() & !row.mask & !reserved);
    }
    words.extend((0..500).map(|_| random()));
    words
}

fn assembled(source: &str) -> Vec<u32> {
    let linked = assemble_program(source, "listing.s").unwrap_or_else(|found| panic!("{}", found[0]));
    linked.words(0)
}

#[test]
fn listings_assemble_back() {
    for seed in 0..8 {
        let words = words(seed);
        let relative = words.iter().map(|word| {
            let mut text = String::new();
            write_disassembly(&mut text, *word, None).unwrap();
            text
        });
        let listing: Vec<String> = relative.collect();
        let made = assembled(&(listing.join("\n") + "\n"));
        assert_eq!(made.len(), words.len());
        let differing = words.iter().zip(&made).zip(&listing).find(|((word, made), _)| word != made);
        assert_eq!(differing, None);
    }
}

const SOURCE: &str = "
    .globl start
    .type start, @function
start:
    li 3, 5
    mtctr 3
1:  addi 4, 4, 1
    bdnz 1b
    wait
    .size start, . - start
    .data
    .globl weight
    .type weight, @object
weight: .long 7, 8
    .size weight, 8
    .bss
    .space 64
";

/// A program as our linker writes it.
fn file() -> Vec<u8> {
    let linked = assemble_program(SOURCE, "a.s").unwrap_or_else(|found| panic!("{}", found[0]));
    linked.write_elf().unwrap()
}

#[test]
fn files_of_our_linker_are_read_back() {
    let program = Program::open(&file(), "a.elf").unwrap();
    assert_eq!(program.kind, ProgramKind::Executable);
    assert_eq!(program.warnings, Vec::<String>::new());
    let text = &program.segments[0];
    let instructions: Vec<String> = text.words().map(|(address, word)| disassemble(word, address)).collect();
    let expected = ["li      3,5", "mtctr   3", "addi    4,4,1", "bdnz    0x8", "wait"];
    assert_eq!(instructions, expected);
    assert_eq!(program.symbol_at(12), Some(("start", 12)));
    let weight = program.symbol("weight").unwrap();
    assert_eq!((weight.size, program.symbol_at(weight.value + 4)), (8, Some(("weight", 4))));
    let lines: Vec<u32> = (0..5).map(|index| program.line_at(4 * index).unwrap().1).collect();
    assert_eq!(lines, [5, 6, 7, 8, 9]);
    assert!(program.line_at(0).unwrap().0.ends_with("a.s"));
}

#[test]
fn every_bit_of_a_real_file() {
    let original = file();
    for offset in 0..original.len() {
        let mut damaged = original.clone();
        for bit in 0..8 {
            damaged[offset] = original[offset] ^ 1 << bit;
            if let Err(error) = Program::open(&damaged, "a.elf") {
                assert!(error.to_string().starts_with("a.elf: "), "{error}");
            }
        }
    }
    for length in 0..original.len() {
        let cut = Program::open(&original[..length], "a.elf");
        assert!(cut.is_err() || !original[..length].starts_with(b"\x7fELF"), "{length} bytes");
    }
}
