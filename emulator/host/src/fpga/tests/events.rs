//! Spikes and samples: when they reach the chip, how they come back, and what the host makes of their stamps.

use super::*;
use hx_chip::output::ChipPayload;

fn spike(label: u16) -> ToFpga {
    ToFpga::SpikePack1 { spike0: label }
}

fn wait(time: u32) -> [ToFpga; 2] {
    [ToFpga::Setup, ToFpga::WaitUntil { time }]
}

#[test]
fn spikes_reach_the_chip_after_the_link_latency() {
    let mut executor = executor();
    run(&mut executor, &[ToFpga::Setup, ToFpga::WaitUntil { time: 99 }, spike(1), spike(2)]);
    // Setup is issued in cycle 0, so the first spike in cycle 100.
    assert_eq!(executor.device().spikes, [(cycles(150), 1), (cycles(151), 2)]);
}

#[test]
fn events_are_placed_at_their_chip_time() {
    let mut executor = recording();
    let program = [&[ToFpga::TICK, spike(0x1234)], wait(200).as_slice()].concat();
    let responses = run_timed(&mut executor, &program);
    let tick = ticks(&responses)[0];
    // Issued one cycle after the tick, at the chip 50 cycles later, at the FPGA another 50 later.
    assert_eq!(spikes(&responses), [(tick + 51, 0x1234)]);
    assert_eq!(responses[1].0, tick + 101);
}

#[test]
fn same_cycle_events_share_a_pack() {
    let pack = ToFpga::SpikePack3 { spike0: 1, spike1: 2, spike2: 3 };
    let program = [&[pack, spike(4)], wait(200).as_slice()].concat();
    let packs = |responses: &[(u64, FromFpga)]| -> Vec<&'static str> {
        responses.iter().map(|(_, message)| message.row().name).collect()
    };
    let mut executor = recording();
    assert_eq!(packs(&run_timed(&mut executor, &program)), ["SpikePack3", "SpikePack1", "Loopback"]);
    let mut single = recording_with(ExecutorConfig { events_per_pack: 1, ..ExecutorConfig::default() });
    let responses = run_timed(&mut single, &program);
    assert_eq!(packs(&responses), ["SpikePack1", "SpikePack1", "SpikePack1", "SpikePack1", "Loopback"]);
    let labels: Vec<u16> = spikes(&responses).iter().map(|(_, label)| *label).collect();
    assert_eq!(labels, [1, 2, 3, 4]);
}

#[test]
fn samples_and_spikes_have_packs_of_their_own() {
    let mut executor = recording();
    let now = executor.time();
    let device = executor.device_mut();
    let sample = |value| ChipPayload::Madc { value, channel: (value & 1) as u8 };
    let label = |label| ChipPayload::Spike { label };
    for payload in [sample(1), sample(2), label(3), sample(4), sample(5), sample(6), sample(7)] {
        let event = device.stamped(now + cycles(60), payload);
        device.output.push(event);
    }
    let responses = run_timed(&mut executor, &wait(200));
    let names: Vec<&str> = responses.iter().map(|(_, message)| message.row().name).collect();
    let packs = ["MADCSamplePack2", "SpikePack1", "MADCSamplePack3", "MADCSamplePack1", "Loopback"];
    assert_eq!(names, packs);
    let FromFpga::MadcSamplePack2 { sample0, sample1 } = responses[0].1 else { panic!("{responses:?}") };
    assert_eq!((sample0.value, sample0.channel, sample1.value, sample1.channel), (1, 1, 2, 0));
}

#[test]
fn events_are_dropped_while_recording_is_off() {
    let mut executor = recording();
    let [address, off] = ToFpga::write(EVENT_RECORDING, 0);
    let [_, on] = ToFpga::write(EVENT_RECORDING, 1);
    let pause = wait(200);
    let program =
        [&[spike(1)], pause.as_slice(), &[address, off, spike(2)], &pause, &[address, on, spike(3)], &pause];
    let labels: Vec<u16> =
        spikes(&run_timed(&mut executor, &program.concat())).iter().map(|(_, label)| *label).collect();
    assert_eq!(labels, [1, 3]);
    assert_eq!(executor.statistics().events_not_recorded, 1);
    assert_eq!(executor.statistics().events_from_chip, 3);
}

/// Follows electronicvisions haldls: tests/hw/stadls/vx/v3/common/test-absolute_time_playback_program_builder.cpp. Recording
/// is on for 1000 periods of a spike train, so at most 1000 spikes may be seen.
#[test]
fn recording_window_cuts_a_spike_train() {
    let mut executor = recording();
    let [address, off] = ToFpga::write(EVENT_RECORDING, 0);
    let [_, on] = ToFpga::write(EVENT_RECORDING, 1);
    let train =
        |begin: u32| (0..1000).flat_map(move |i| [spike(0), ToFpga::WaitUntil { time: begin + 10 * i }]);
    let mut program = vec![ToFpga::Setup, address, off, ToFpga::BARRIER_OMNIBUS];
    program.extend(train(0));
    program.extend([address, on, ToFpga::BARRIER_OMNIBUS]);
    program.extend(train(10_000));
    program.extend([address, off, ToFpga::BARRIER_OMNIBUS]);
    program.extend(train(20_000));
    let count = spikes(&run_timed(&mut executor, &program)).len();
    assert!((990..=1000).contains(&count), "{count}");
}

#[test]
fn events_after_the_halt_belong_to_the_next_program() {
    let mut executor = recording();
    let first = run_timed(&mut executor, &[ToFpga::TICK, spike(7)]);
    let second = run_timed(&mut executor, &wait(200));
    assert_eq!(spikes(&first), []);
    assert_eq!(spikes(&second), [(ticks(&first)[0] + 51, 7)]);
}

#[test]
fn crowded_events_keep_their_chip_time_or_are_lost() {
    // Six spikes per cycle need two packs per cycle, so the annotation runs late by one cycle per cycle until it would exceed
    // what the 8-bit stamp can tell.
    let mut executor = recording();
    let now = executor.time();
    let device = executor.device_mut();
    let chip_now = device.systime(now) / 2;
    for i in 0..6 * 400u64 {
        let event = device.stamped(now + cycles(60 + i / 6), ChipPayload::Spike { label: (i / 6) as u16 });
        device.output.push(event);
    }
    let received = spikes(&run_timed(&mut executor, &wait(1000)));
    assert!(received.iter().all(|(time, label)| *time == chip_now + 60 + u64::from(*label)));
    let statistics = executor.statistics();
    assert!(statistics.events_lost > 0);
    assert_eq!(received.len() as u64 + statistics.events_lost, 2400);
    assert!(received.len() > 1200);
}

#[test]
fn chip_time_starts_from_the_systime_base() {
    let mut executor = recording();
    let base = [ToFpga::write(0, 0x8000_0000), ToFpga::write(1, 0x3)].concat();
    run(&mut executor, &base);
    let synchronise =
        [ToFpga::BARRIER_OMNIBUS, ToFpga::SystimeInit { do_sync: true }, ToFpga::BARRIER_SYSTIME];
    let program = [synchronise.as_slice(), &[ToFpga::TICK, spike(9)], &wait(200)].concat();
    let responses = run_timed(&mut executor, &program);
    let tick = ticks(&responses)[0];
    assert_eq!(tick, (0x3_8000_0000 >> 1) + 951);
    assert_eq!(spikes(&responses), [(tick + 51, 9)]);
}
