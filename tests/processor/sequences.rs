//! Short random sequences of scalar instructions, run from random registers here and on `qemu-ppc`.
//!
//! One executable holds many sequences. Each has a record of 36 words: r0..r31 (the address of its code in the place of r1,
//! which points to the record), CR, XER, LR, CTR. A driver loads the record, runs the sequence, stores the registers over
//! the record and goes to the next; at the end it writes records and memory to standard output.

use crate::generator::{
    MEMORY_WORDS, Memory, Random, Rejection, candidate, compared, encoded, ends_sequence, random_registers,
    step,
};
use crate::oracle;
use hx_chip::ppu::scalar::Registers;
use hx_isa::instruction::{Row, decode, disassemble};
use std::collections::BTreeMap;

/// Where the executable begins, with the memory.
const MEMORY: u32 = 0x0100_0000;
const RECORD_WORDS: usize = 36;
/// Instructions of a sequence before its own: they restore CTR and r2.
const PROLOGUE: u32 = 3;

/// One sequence and what it should do.
struct Sequence {
    start: u32,
    code: Vec<u32>,
    before: Registers,
    after: Registers,
}

/// Everything that one executable holds.
struct Batch {
    sequences: Vec<Sequence>,
    memory_before: Memory,
    memory_after: Memory,
    /// Words of the driver and the sequences; the records follow.
    code: Vec<u32>,
}

/// How often each row was executed, and why others were not compared.
#[derive(Default)]
struct Statistics {
    executed: BTreeMap<&'static str, usize>,
    rejected: BTreeMap<Rejection, usize>,
}

/// Where `bclr` and `bcctr` can go: sometimes into the sequence.
fn random_targets(random: &mut Random, registers: &mut Registers, first: u32, length: u32) {
    if random.below(2) == 0 {
        registers.lr = first + 4 * random.below(length + 1);
    }
    if random.below(4) == 0 {
        registers.ctr = first + 4 * random.below(length + 1);
    }
}

/// The driver: `records` is the address of the first record, `count` their number.
fn driver(records: u32, count: u32) -> Vec<u32> {
    let address = |register, value: u32| {
        [
            encoded("addis", &[register, 0, i64::from(value >> 16)]),
            encoded("ori", &[register, register, i64::from(value & 0xFFFF)]),
        ]
    };
    let load = |register, word: i64| encoded("lwz", &[register, 4 * word, 1]);
    let save = |register, word: i64| encoded("stw", &[register, 4 * word, 1]);
    let mut code = Vec::new();
    code.extend(address(1, records));
    let next = code.len();
    code.extend([load(2, 1), encoded("mtspr", &[9, 2]), load(2, 33), encoded("mtspr", &[1, 2])]);
    code.extend([load(2, 32), encoded("mtcrf", &[0xFF, 2]), load(2, 34), encoded("mtspr", &[8, 2])]);
    code.extend([load(0, 0), encoded("lmw", &[2, 8, 1]), encoded("bcctr", &[20, 0])]);
    assert_eq!(code.len() as u32, EPILOGUE, "sequences branch here");
    code.extend([save(0, 0), encoded("stmw", &[2, 8, 1]), encoded("mfcr", &[2]), save(2, 32)]);
    for (spr, word) in [(1, 33), (8, 34), (9, 35)] {
        code.extend([encoded("mfspr", &[2, spr]), save(2, word)]);
    }
    code.push(encoded("addi", &[1, 1, 4 * RECORD_WORDS as i64]));
    code.extend(address(2, records + count * 4 * RECORD_WORDS as u32));
    code.push(encoded("cmplw", &[0, 1, 2]));
    let back = 4 * (next as i64 - code.len() as i64);
    code.push(encoded("bc", &[12, 0, back]));
    for (start, words) in [(records, count * RECORD_WORDS as u32), (MEMORY, MEMORY_WORDS as u32)] {
        code.extend(write_all(start, 4 * words, &address));
    }
    code.extend([encoded("addi", &[0, 0, 1]), encoded("addi", &[3, 0, 0]), 0x4400_0002]); // exit(0)
    code
}

/// Place of the epilogue in the driver, in words.
const EPILOGUE: u32 = 13;

/// `write(1, start, bytes)` until everything is written: system call 4 with r3..r5; r3 tells how much was.
fn write_all(start: u32, bytes: u32, address: &dyn Fn(i64, u32) -> [u32; 2]) -> Vec<u32> {
    let mut code = Vec::new();
    code.extend(address(14, start));
    code.extend(address(15, bytes));
    code.extend([
        encoded("addi", &[0, 0, 4]),
        encoded("addi", &[3, 0, 1]),
        encoded("or", &[4, 14, 14]),
        encoded("or", &[5, 15, 15]),
        0x4400_0002,
        encoded("add", &[14, 14, 3]),
        encoded("subf.", &[15, 3, 15]),
        encoded("bc", &[12, 1, -4 * 7]),
    ]);
    code
}

/// Make one sequence, executing it on the way.
fn sequence(
    random: &mut Random,
    rows: &[&'static Row],
    start: u32,
    record: u32,
    memory: &mut Memory,
    statistics: &mut Statistics,
) -> Sequence {
    let length = 3 + random.below(6);
    let first = start + 4 * PROLOGUE;
    let end = first + 4 * length;
    let mut before = random_registers(random, memory);
    random_targets(random, &mut before, first, length);
    before.gpr[1] = record;
    let (mut now, mut pc, mut next) = (before, first, first);
    let mut body = Vec::new();
    while pc < end {
        let words = candidate(random, rows, pc, (end - pc) / 4);
        let behind = pc + 4 * words.len() as u32;
        let fits = behind == end || behind < end && !words.iter().any(|word| ends_sequence(*word));
        if !fits {
            continue;
        }
        if pc < next {
            body.push(words[0]); // skipped by a branch
            pc += 4;
            continue;
        }
        if let Some((registers, target)) = accept(&now, memory, &words, pc, end, statistics) {
            (now, next) = (registers, target);
            pc = behind;
            body.extend(words);
        }
    }
    let mut code =
        vec![encoded("lwz", &[2, 4 * 35, 1]), encoded("mtspr", &[9, 2]), encoded("lwz", &[2, 8, 1])];
    code.extend(body);
    Sequence { start, code, before, after: now }
}

/// Execute a candidate; the state behind it, if it can be compared.
fn accept(
    now: &Registers,
    memory: &mut Memory,
    words: &[u32],
    pc: u32,
    end: u32,
    statistics: &mut Statistics,
) -> Option<(Registers, u32)> {
    let (mut registers, mut next) = (*now, pc);
    for word in words {
        let done = match step(&registers, memory, *word, next, end) {
            Ok(done) => done,
            Err(rejection) => {
                *statistics.rejected.entry(rejection).or_default() += 1;
                return None;
            }
        };
        done.stores.iter().for_each(|one| memory.store(one));
        (registers, next) = (done.registers, done.next);
    }
    for word in words {
        let mnemonic = decode(*word).map_or("?", |row| row.mnemonic);
        *statistics.executed.entry(mnemonic).or_default() += 1;
    }
    Some((registers, next))
}

/// A batch of `count` sequences.
fn batch(random: &mut Random, count: u32, statistics: &mut Statistics) -> Batch {
    let rows = compared();
    let origin = MEMORY + 4 * MEMORY_WORDS as u32;
    let mut code = driver(0, count);
    let epilogue = origin + 4 * EPILOGUE;
    let mut memory = Memory::random(MEMORY, random);
    let memory_before = memory.clone();
    // Records lie where even the longest sequences do not reach.
    let records = origin + 4 * (code.len() as u32 + count * (PROLOGUE + 8 + 1));
    let mut sequences = Vec::new();
    for index in 0..count {
        let start = origin + 4 * code.len() as u32;
        let record = records + index * 4 * RECORD_WORDS as u32;
        let made = sequence(random, &rows, start, record, &mut memory, statistics);
        code.extend(&made.code);
        let here = origin + 4 * code.len() as u32;
        code.push(encoded("b", &[i64::from(epilogue) - i64::from(here)]));
        sequences.push(made);
    }
    code.resize(((records - origin) / 4) as usize, 0);
    let driver = driver(records, count);
    code.splice(0..driver.len(), driver);
    Batch { sequences, memory_before, memory_after: memory, code }
}

/// The record of a sequence with these registers.
fn record(sequence: &Sequence, registers: &Registers) -> [u32; RECORD_WORDS] {
    let mut words = [0; RECORD_WORDS];
    words[..32].copy_from_slice(&registers.gpr);
    words[1] = sequence.start;
    words[32..].copy_from_slice(&[registers.cr, registers.xer, registers.lr, registers.ctr]);
    words
}

/// Run the batch on qemu and compare every register of every sequence, and the memory.
fn compare(batch: &Batch) {
    let mut image = batch.memory_before.words.clone();
    image.extend(&batch.code);
    batch.sequences.iter().for_each(|sequence| image.extend(record(sequence, &sequence.before)));
    let entry = MEMORY + 4 * MEMORY_WORDS as u32;
    let output = oracle::run(&oracle::executable(&image, MEMORY, entry), "sequences");
    let (records, memory) = output.split_at(batch.sequences.len() * RECORD_WORDS);
    for (sequence, found) in batch.sequences.iter().zip(records.chunks_exact(RECORD_WORDS)) {
        assert!(found == record(sequence, &sequence.after), "{}", explain(sequence, found));
    }
    assert_eq!(memory, batch.memory_after.words, "memory");
}

/// A sequence that differs, for the eye.
fn explain(sequence: &Sequence, found: &[u32]) -> String {
    let name = |index: usize| match index {
        32 => "cr".to_string(),
        33 => "xer".to_string(),
        34 => "lr".to_string(),
        35 => "ctr".to_string(),
        number => format!("r{number}"),
    };
    let (before, expected) = (record(sequence, &sequence.before), record(sequence, &sequence.after));
    let first = PROLOGUE as usize;
    let code = sequence.code[first..].iter().zip(first..);
    let code = code.map(|(word, index)| {
        let address = sequence.start + 4 * index as u32;
        format!("{address:08x} {word:08x} {}\n", disassemble(*word, address))
    });
    let changed = (0..RECORD_WORDS)
        .filter(|&index| index != 1 && (expected[index] != before[index] || found[index] != expected[index]));
    let changed = changed.map(|index| {
        let mark = if found[index] == expected[index] { "" } else { "  <- differs" };
        format!(
            "{} before {:08x} here {:08x} qemu {:08x}{mark}\n",
            name(index),
            before[index],
            expected[index],
            found[index]
        )
    });
    code.chain(changed).collect()
}

/// Compare `batches` times `count` sequences.
fn run(batches: u32, count: u32) {
    if !oracle::installed("qemu-ppc") {
        return;
    }
    let mut statistics = Statistics::default();
    let mut random = Random(0x6865_6D75_2032);
    for _ in 0..batches {
        compare(&batch(&mut random, count, &mut statistics));
    }
    let missing: Vec<_> =
        compared().into_iter().filter(|row| !statistics.executed.contains_key(row.mnemonic)).collect();
    assert!(
        missing.is_empty(),
        "never compared: {:?}",
        missing.iter().map(|row| row.mnemonic).collect::<Vec<_>>()
    );
    let executed: usize = statistics.executed.values().sum();
    println!("{} sequences, {executed} instructions, rejected {:?}", batches * count, statistics.rejected);
}

#[test]
fn sequences_give_the_same_on_qemu() {
    run(1, 10_000);
}

/// The whole: `cargo test --release -p hx-tests --test processor a_million -- --ignored --nocapture`
#[test]
#[ignore = "takes half a minute"]
fn a_million_sequences_give_the_same_on_qemu() {
    run(50, 20_000);
}
