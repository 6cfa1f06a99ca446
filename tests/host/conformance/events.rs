//! F2 and S2: spikes come back decoded, with their labels and times, and leave when they are told to.

use super::WORD;
use super::bench::Way;
use super::both_ways;
use hx_chip::chip::ChipConfig;
use hx_host::driver::{Cycles, ProgramBuilder, SpikeLabel, SystemInit, WriteRegisters};

both_ways!(f2_thousand_spikes, s2_absolute_times, s2_commands_at_one_time);

/// electronicvisions haldls: tests/hw/stadls/vx/v3/common/test-event.cpp, on a chip with mismatch and noise.
fn f2_thousand_spikes(way: Way) {
    const SPIKES: u64 = 1000;
    let mut bench = way.open(ChipConfig::with_seed(3));
    bench.session.initialise(&SystemInit::default()).expect("comes up");
    let label = |i: u64| SpikeLabel((i * 37 % 0x4000) as u16);
    let sent: Vec<(Cycles, SpikeLabel)> = (0..SPIKES).map(|i| (Cycles(200 + 23 * i), label(i))).collect();
    let mut builder = ProgramBuilder::new();
    let mut timed = builder.timed();
    timed.spikes(&sent);
    let begin = timed.at(Cycles(100), |program| program.tick());
    timed.at(Cycles(200 + 23 * SPIKES + 500), |program| program.tick());
    timed.finish();
    let responses = bench.run(builder);
    let begin = responses.get(&begin).expect("is answered");
    let received = &responses.spikes;
    assert!((SPIKES * 9 / 10..=SPIKES).contains(&(received.len() as u64)), "{} spikes", received.len());
    // Labels of the train are distinct, so each spike names the time at which it was sent.
    let delay = |spike: &hx_host::driver::SpikeFromChip| {
        let (time, _) = sent.iter().find(|(_, label)| *label == spike.label).expect("a label that was sent");
        (spike.chip_time - begin).0 + 100 - time.0
    };
    let delays: Vec<u64> = received.iter().map(delay).collect();
    let least = *delays.iter().min().expect("spikes came back");
    assert!(delays.iter().all(|delay| *delay <= least + 1), "{least} {delays:?}");
    assert!(received.is_sorted_by_key(|spike| spike.chip_time));
    let mut labels: Vec<SpikeLabel> = received.iter().map(|spike| spike.label).collect();
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), received.len(), "each label at most once");
}

/// Ticks and reads at absolute times are issued at T, give or take one cycle (electronicvisions haldls:
/// absolute_time_playback_program_builder.tcc).
fn s2_absolute_times(way: Way) {
    let mut bench = way.up();
    let times = [1, 2, 10, 11, 500, 1000, 1003, 40_000];
    let mut builder = ProgramBuilder::new();
    let mut timed = builder.timed();
    // In any order: the builder sorts.
    let tickets: Vec<_> =
        times.iter().rev().map(|&time| timed.at(Cycles(time), |program| program.tick())).collect();
    let lateness = timed.finish();
    assert_eq!(lateness.late_commands, 0);
    let responses = bench.run(builder);
    let ticks: Vec<u64> =
        tickets.iter().rev().map(|ticket| responses.get(ticket).expect("is answered").0).collect();
    for (&time, &tick) in times.iter().zip(&ticks) {
        assert!((tick - ticks[0]).abs_diff(time - times[0]) <= 1, "{times:?} {ticks:?}");
    }
}

/// Commands for one time follow each other in the order in which they were given, a cycle each.
fn s2_commands_at_one_time(way: Way) {
    let mut bench = way.up();
    let mut builder = ProgramBuilder::new();
    let mut timed = builder.timed();
    let first = timed.at(Cycles(100), |program| program.tick());
    timed.at(Cycles(100), |program| program.write_word(WORD, 5));
    let read = timed.at(Cycles(100), |program| program.read_word(WORD));
    timed.at(Cycles(100), |program| program.write_word(WORD, 6));
    let last = timed.at(Cycles(100), |program| program.tick());
    let lateness = timed.finish();
    assert!(!lateness.is_worrying());
    let responses = bench.run(builder);
    assert_eq!(responses.get(&read).expect("is answered").value, 5);
    let [first, last] = [first, last].map(|tick| responses.get(&tick).expect("is answered"));
    assert_eq!((last - first).0, 6);
}
