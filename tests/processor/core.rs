//! The whole core, with its timing, against the same instructions executed one after the other.

use crate::generator::{Memory, Random, candidate, compared, ends_sequence, random_registers, step};
use hx_chip::ppu::scalar::{DecodeOptions, Registers};
use hx_chip::ppu::{BareMemory, BusDelays, Delay, Ppu};
use proptest::prelude::*;

/// Where the program begins and where its memory does.
const CODE: u32 = 0x40;
const DATA: u32 = 0x2000;
/// Longest reach of a branch, in instructions.
const REACH: u32 = 6;
/// Cycles within which every program has ended.
const LONGEST: u64 = 30_000;

/// A program and what it should leave behind.
struct Case {
    code: Vec<u32>,
    before: Registers,
    memory_before: Memory,
    after: Registers,
    memory_after: Memory,
}

/// A random program of `length` instructions, executed while it is made.
fn case(random: &mut Random, length: u32) -> Case {
    let rows = compared();
    let mut memory = Memory::random(DATA, random);
    let memory_before = memory.clone();
    let before = random_registers(random, &memory);
    let end = CODE + 4 * length;
    let (mut now, mut pc, mut next, mut code) = (before, CODE, CODE, Vec::new());
    while pc < end {
        let words = candidate(random, &rows, pc, ((end - pc) / 4).min(REACH));
        let behind = pc + 4 * words.len() as u32;
        if behind > end || behind < end && words.iter().any(|word| ends_sequence(*word)) {
            continue;
        }
        if pc < next {
            code.push(words[0]); // skipped by a branch
            pc += 4;
        } else if let Some(done) = run(&now, &mut memory, &words, pc, end) {
            (now, next) = done;
            pc = behind;
            code.extend(words);
        }
    }
    code.push(0x7C00_007C); // wait
    Case { code, before, memory_before, after: now, memory_after: memory }
}

fn run(now: &Registers, memory: &mut Memory, words: &[u32], pc: u32, end: u32) -> Option<(Registers, u32)> {
    let (mut registers, mut next) = (*now, pc);
    for word in words {
        let done = step(&registers, memory, *word, next, end).ok()?;
        done.stores.iter().for_each(|store| memory.store(store));
        (registers, next) = (done.registers, done.next);
    }
    Some((registers, next))
}

/// Run the program on the core.
fn check(case: &Case, delays: BusDelays) {
    let mut memory = BareMemory::new(delays);
    memory.sram.set_word(0, 0x4800_0000 | CODE);
    memory.sram.load(CODE / 4, &case.code);
    memory.sram.load(DATA / 4, &case.memory_before.words);
    let mut ppu = Ppu::new(delays, DecodeOptions { lha_zero_extend: false });
    ppu.registers = case.before;
    let stop = ppu.run(&mut memory, LONGEST, u64::MAX, &mut ());
    let listing = || {
        let lines = case.code.iter().zip((CODE..).step_by(4));
        lines
            .map(|(word, at)| format!("{at:04x} {}\n", hx_isa::instruction::disassemble(*word, at)))
            .collect::<String>()
    };
    assert!(ppu.is_sleeping(), "{stop:?} at {:x} {delays:?}\n{}", ppu.position(), listing());
    assert!(ppu.registers == case.after, "{:x?}\n{:x?}\n{}", ppu.registers, case.after, listing());
    let found = &memory.sram.words()[(DATA / 4) as usize..][..case.memory_after.words.len()];
    assert!(found == case.memory_after.words, "memory differs\n{}", listing());
}

/// Buses of every kind.
fn delays(random: &mut Random) -> BusDelays {
    let mut delay = || Delay { accept: random.below(4) as u16, response: 1 + random.below(5) as u16 };
    let (data, vector, parallel) = (delay(), delay(), delay());
    let shared = random.below(2) == 1;
    BusDelays {
        data,
        vector,
        parallel,
        fetch_response: 1 + random.below(4) as u16,
        shared,
        shared_fetch: shared && random.below(2) == 1,
        icache: random.below(3) == 0,
    }
}

#[test]
fn the_core_computes_what_its_instructions_do() {
    let mut random = Random(0x636F_7265);
    for round in 0..300 {
        let length = 2 + round / 2;
        let case = case(&mut random, length);
        check(&case, if round % 2 == 0 { BusDelays::default() } else { delays(&mut random) });
    }
}

/// Words that are often instructions: random, or a row of the table with random fields.
fn word(random: &mut Random) -> u32 {
    let row = random.pick(hx_isa::instruction::INSTRUCTIONS);
    match random.below(4) {
        0 => random.word(),
        _ => row.pattern | random.word() & !row.mask,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the memory holds, the core runs, and stopping on the way changes nothing.
    #[test]
    fn any_memory_runs(seed in 1u64.., split in 1u64..3000) {
        let mut random = Random(seed);
        let mut memory = BareMemory::new(delays(&mut random));
        for index in 0..4096 {
            memory.sram.set_word(index, word(&mut random));
        }
        let mut other = memory.clone();
        let mut whole = Ppu::new(memory.delays, DecodeOptions::default());
        let mut parts = whole.clone();
        whole.run(&mut memory, 3000, u64::MAX, &mut ());
        parts.run(&mut other, split, u64::MAX, &mut ());
        parts.run(&mut other, 3000, u64::MAX, &mut ());
        prop_assert!(whole == parts || whole.is_sleeping(), "time that is slept through leaves no trace");
        prop_assert!(whole.registers == parts.registers && whole.vector == parts.vector);
        prop_assert_eq!((whole.cycle(), whole.is_sleeping()), (parts.cycle(), parts.is_sleeping()));
        prop_assert!(memory == other);
    }
}
