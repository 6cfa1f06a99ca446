//! Whole streams: exact answers of short programs, independence of how a stream is cut, saved and restored state.

use super::*;
use crate::message::random;
use hx_chip::random::mix;

fn numbers(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(state)
    }
}

#[test]
fn short_programs_are_answered_without_times() {
    assert_eq!(run(&mut executor(), &[ToFpga::TICK]), [FromFpga::TICK, FromFpga::HALT]);
    let id = [ToFpga::JtagInit, ToFpga::JtagData { payload: 0, num_bits: 32, keep_response: true }];
    assert_eq!(run(&mut executor(), &id), [FromFpga::JtagData { data: 0x3485_80af }, FromFpga::HALT]);
}

#[test]
fn every_program_starts_with_an_absolute_time() {
    let mut executor = recording();
    for _ in 0..2 {
        let responses = run(&mut executor, &[ToFpga::TICK]);
        assert!(matches!(responses[..], [FromFpga::Systime { .. }, FromFpga::TICK, FromFpga::HALT]));
    }
}

#[test]
fn unknown_ids_and_commas() {
    let mut executor = executor();
    let mut out = Vec::new();
    executor.push(&[0x1000_0000_0000_0000, u64::MAX, 0x7f << 56, ToFpga::HALT.encode()], &mut out);
    assert_eq!(out, [0x0200_0000_0000_0000]);
    assert_eq!((executor.statistics().unknown_messages, executor.statistics().messages), (2, 1));
}

#[test]
fn a_stream_without_halt_can_be_finished() {
    let mut executor = executor();
    let mut out = Vec::new();
    executor.push(&encode_to_fpga(&[ToFpga::TICK, ToFpga::read(3)]), &mut out);
    executor.finish(&mut out);
    assert_eq!(decode_from_fpga(&out), Ok(vec![FromFpga::TICK]));
}

/// A random program of `length` messages. Waits are short and timeouts rare enough that it ends soon.
fn random_program(random: &mut impl FnMut() -> u64, length: usize) -> Vec<u64> {
    let mut message = || match random::to_fpga(&mut *random) {
        ToFpga::WaitUntil { time } => ToFpga::WaitUntil { time: time >> 18 },
        ToFpga::OmnibusAddress { address, byte_enables, is_read } => {
            let address = if random() & 1 == 0 { address & 0x8800_ffff } else { address };
            ToFpga::OmnibusAddress { address, byte_enables, is_read }
        }
        other => other,
    };
    (0..length).map(|_| message().encode()).collect()
}

fn play(words: &[u64], mut chunk: impl FnMut() -> usize) -> (Vec<u64>, Setup) {
    let mut executor = recording();
    let mut out = Vec::new();
    let mut rest = words;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(rest.len().min(chunk()));
        executor.push(now, &mut out);
        rest = later;
    }
    executor.push(&[ToFpga::HALT.encode()], &mut out);
    (out, executor)
}

#[test]
fn random_streams_end_and_do_not_depend_on_their_cutting() {
    for seed in 0..60 {
        let mut random = numbers(seed);
        let words = random_program(&mut random, 400);
        let (whole, executor) = play(&words, || usize::MAX);
        let (pieces, other) = play(&words, || 1 + random() as usize % 7);
        assert_eq!(whole, pieces, "seed {seed}");
        assert_eq!(executor, other, "seed {seed}");
        assert_eq!(executor.device().disorder, 0, "seed {seed}");
        assert!(decode_from_fpga(&whole).is_ok(), "seed {seed}");
    }
}

#[test]
fn saved_state_continues_identically() {
    let words = random_program(&mut numbers(99), 300);
    let mut executor = recording();
    let mut out = Vec::new();
    executor.push(&words[..150], &mut out);
    let text = ron::to_string(&executor).expect("state can be written");
    let mut restored: Setup = ron::from_str(&text).expect("state can be read");
    assert_eq!(restored, executor);
    let mut again = out.clone();
    executor.push(&words[150..], &mut out);
    restored.push(&words[150..], &mut again);
    assert_eq!(out, again);
    assert_eq!(restored, executor);
}
