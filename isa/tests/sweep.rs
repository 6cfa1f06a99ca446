//! Every 32-bit word through decoder, disassembler and assembler: whatever it is, its text makes the same word again.
//!
//! The everyday test takes one word in 4093. All of them take minutes to an hour, depending on the machine:
//!
//! ```text
//! cargo test --release -p hx-isa --test sweep -- --ignored --nocapture
//! ```
//!
//! `SWEEP_THREADS` limits the threads, and `SWEEP_FROM` (decimal) is the first word, to go on after an interruption.

use hx_isa::asm::assemble_line;
use hx_isa::instruction::{decode, encode, write_disassembly};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Where the instructions stand; branches reach to both sides of it, and wrap around below it.
const ADDRESS: u32 = 0x2000;
/// Words per piece of work.
const CHUNK: u64 = 1 << 22;
const WORDS: u64 = 1 << 32;

/// What a word went through.
#[derive(Default)]
struct Counts {
    words: AtomicU64,
    instructions: AtomicU64,
    reserved: AtomicU64,
}

/// Decodes, encodes, disassembles and assembles a word. `text` is scratch space. Whether it is an instruction, and one
/// with reserved bits set.
fn check(word: u32, text: &mut String) -> (bool, bool) {
    let row = decode(word);
    let reserved = row.is_some_and(|row| word & row.reserved() != 0);
    if let Some(row) = row.filter(|_| !reserved) {
        let mut values = [0; 8];
        values.iter_mut().zip(row.values(word)).for_each(|(place, value)| *place = value);
        if let Ok(encoded) = encode(row, &values[..row.operands.len()]) {
            assert_eq!(encoded, word, "{}", row.mnemonic);
        }
    }
    text.clear();
    write_disassembly(text, word, Some(ADDRESS)).unwrap();
    let instruction = text.split('#').next().unwrap_or_default();
    match assemble_line(instruction, ADDRESS) {
        Ok(assembled) => assert_eq!(assembled, word, "{word:08x} is `{text}`, which is {assembled:08x}"),
        Err(error) => panic!("{word:08x} is `{text}`, which is refused: {error}"),
    }
    (row.is_some(), reserved)
}

/// Takes pieces of work until none is left; every `step`th word of each.
fn sweep(next: &AtomicU64, step: u64, counts: &Counts, started: Instant) {
    let mut text = String::new();
    loop {
        let chunk = next.fetch_add(1, Ordering::Relaxed);
        if chunk * CHUNK >= WORDS {
            break;
        }
        let (mut words, mut instructions, mut reserved) = (0, 0, 0);
        let first = (chunk * CHUNK).next_multiple_of(step);
        for word in (first..(chunk + 1) * CHUNK).step_by(step as usize) {
            let (is_instruction, has_reserved) = check(word as u32, &mut text);
            words += 1;
            instructions += u64::from(is_instruction);
            reserved += u64::from(has_reserved);
        }
        let done = counts.words.fetch_add(words, Ordering::Relaxed) + words;
        counts.instructions.fetch_add(instructions, Ordering::Relaxed);
        counts.reserved.fetch_add(reserved, Ordering::Relaxed);
        if chunk % 32 == 31 {
            println!("{done} words in {:.0} s", started.elapsed().as_secs_f64());
        }
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn run(from: u64, step: u64) -> Counts {
    let available = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let (counts, next, started) = (Counts::default(), AtomicU64::new(from / CHUNK), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..setting("SWEEP_THREADS").unwrap_or(available) {
            scope.spawn(|| sweep(&next, step, &counts, started));
        }
    });
    counts
}

#[test]
fn one_word_in_4093() {
    let counts = run(0, 4093);
    assert_eq!(counts.words.into_inner(), WORDS.div_ceil(4093));
}

#[test]
#[ignore = "takes long; see the head of this file"]
fn every_word() {
    let from = setting("SWEEP_FROM").unwrap_or(0) / CHUNK * CHUNK;
    let counts = run(from, 1);
    let (words, instructions) = (counts.words.into_inner(), counts.instructions.into_inner());
    println!(
        "{words} words, {instructions} instructions, {} with reserved bits",
        counts.reserved.into_inner()
    );
    assert_eq!(words, WORDS);
}
