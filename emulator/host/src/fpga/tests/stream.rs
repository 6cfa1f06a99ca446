//! Whole streams: exact answers of short programs, independence of how a stream is cut, saved and restored state.

use super::super::TraceConfig;
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

/// Plays words in slices of time of random length, and hands them over in pieces.
fn play_in_slices(words: &[u64], random: &mut impl FnMut() -> u64) -> (Vec<u64>, Setup) {
    let mut executor = recording();
    let mut out = Vec::new();
    let mut rest = words;
    while !rest.is_empty() || executor.is_paused() {
        let until = executor.cycle() + 1 + (random() >> (44 + random() % 16));
        let piece = rest.len().min(1 + random() as usize % 50);
        let taken = executor.play(&rest[..piece], until, &mut out);
        rest = &rest[taken..];
    }
    executor.push(&[ToFpga::HALT.encode()], &mut out);
    (out, executor)
}

#[test]
fn slices_of_time_change_nothing() {
    for seed in 0..60 {
        let mut random = numbers(seed);
        let words = random_program(&mut random, 300);
        let (whole, executor) = play(&words, || usize::MAX);
        let (slices, other) = play_in_slices(&words, &mut random);
        assert_eq!(whole, slices, "seed {seed}");
        assert_eq!(executor.statistics(), other.statistics(), "seed {seed}");
        assert_eq!(executor.time(), other.time(), "seed {seed}");
        assert_eq!(other.device().disorder, 0, "seed {seed}");
    }
}

#[test]
fn a_reset_takes_over_from_a_long_wait() {
    let mut executor = recording();
    let mut out = Vec::new();
    let words = encode_to_fpga(&[ToFpga::Setup, ToFpga::WaitUntil { time: u32::MAX }, ToFpga::TICK]);
    let until = executor.cycle() + 1000;
    assert_eq!(executor.play(&words, until, &mut out), 2);
    assert!(executor.is_paused() && executor.in_program());
    assert_eq!(executor.cycle(), until);
    assert_eq!(executor.play(&words[2..], until, &mut out), 0, "nothing happens before the limit is raised");
    executor.reset();
    assert!(!executor.is_paused() && !executor.in_program());
    assert_eq!(run(&mut executor, &[ToFpga::TICK]), [FromFpga::TICK, FromFpga::HALT]);
}

#[test]
fn a_full_trace_memory_stalls_what_would_be_answered() {
    let trace = Some(TraceConfig { words: 300, cycles_per_word: 8 });
    let mut executor = recording_with(ExecutorConfig { trace, ..ExecutorConfig::default() });
    let responses = run_timed(&mut executor, &[ToFpga::TICK; 200]);
    assert_eq!(ticks(&responses).len(), 200, "nothing is lost");
    let span = ticks(&responses)[199] - ticks(&responses)[0];
    assert!(span > 150 * 8, "{span}");
    assert!(executor.statistics().trace_stalls > 100);
    assert_eq!(executor.statistics().timeouts, 0);
}

#[test]
fn a_stall_by_the_trace_memory_can_time_out() {
    let trace = Some(TraceConfig { words: 300, cycles_per_word: 1 << 21 });
    let mut executor =
        Executor::new(ExecutorConfig { trace, ..ExecutorConfig::default() }, LoopbackDevice::default());
    let responses = run(&mut executor, &[ToFpga::TICK; 50]);
    let timeout = FromFpga::TimeoutNotification {
        instruction_index: 44,
        trace_stall_count: 1,
        omnibus_reads_in_flight: 0,
    };
    let expected = [vec![FromFpga::TICK; 44], vec![timeout, FromFpga::HALT]].concat();
    assert_eq!(responses, expected);
}
