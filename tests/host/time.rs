//! Chip times as the host reconstructs them, for all latencies that the 8-bit stamps allow.

use super::*;
use hx_chip::output::ChipPayload;
use hx_chip::random::mix;
use hx_chip::time::Time;

#[test]
fn chip_times_are_right_for_all_latencies_up_to_127_cycles() {
    for latency in [0, 1, 2, 49, 50, 63, 64, 100, 126, 127] {
        let config = ExecutorConfig { from_chip_latency_cycles: latency, ..Default::default() };
        let mut setup = recording(config);
        let now = setup.time();
        let device = setup.device_mut();
        let zero = device.systime(now) / 2;
        let mut at = 60;
        let mut expected = Vec::new();
        for i in 0..500u16 {
            at += 1 + mix(u64::from(i)) % 300;
            let spike = device.stamped(now + Time::from_fpga_cycles(at), ChipPayload::Spike { label: i });
            device.output.push(spike);
            expected.push((zero + at, i));
        }
        let responses = run(&mut setup, &[ToFpga::Setup, ToFpga::WaitUntil { time: 100_000 }]);
        assert_eq!(spikes(&responses), expected, "latency {latency}");
        assert_eq!(setup.statistics().events_lost, 0);
    }
}

#[test]
fn odd_network_cycles_round_down() {
    let mut setup = recording(ExecutorConfig::default());
    let now = setup.time();
    let device = setup.device_mut();
    let zero = device.systime(now) / 2;
    for i in 0..4u16 {
        let departure = now + Time::from_network_cycles(200 + u64::from(i));
        let spike = device.stamped(departure, ChipPayload::Spike { label: i });
        device.output.push(spike);
    }
    let responses = run(&mut setup, &[ToFpga::Setup, ToFpga::WaitUntil { time: 1000 }]);
    assert_eq!(spikes(&responses), [(zero + 100, 0), (zero + 100, 1), (zero + 101, 2), (zero + 101, 3)]);
}

#[test]
fn events_and_ticks_share_one_time_base() {
    let mut setup = recording(ExecutorConfig::default());
    let mut program = vec![ToFpga::Setup, ToFpga::WaitUntil { time: 99 }, ToFpga::TICK];
    for i in 1..=20u32 {
        program
            .extend([ToFpga::WaitUntil { time: 100 + 40 * i - 1 }, ToFpga::SpikePack1 { spike0: i as u16 }]);
    }
    program.extend([ToFpga::WaitUntil { time: 2000 }, ToFpga::TICK]);
    let responses = run(&mut setup, &program);
    let timed = with_times(&responses);
    let ticks: Vec<u64> = timed.iter().filter(|(_, m)| *m == FromFpga::TICK).map(|(t, _)| *t).collect();
    let begin = ticks[0];
    assert_eq!(ticks[1] - begin, 1901);
    let expected: Vec<(u64, u16)> = (1..=20).map(|i| (begin + 40 * u64::from(i) + 50, i)).collect();
    assert_eq!(spikes(&responses), expected, "issue at the scheduled time, arrival 50 cycles later");
}

#[test]
fn order_of_the_stream_is_the_order_of_arrival() {
    let mut setup = recording(ExecutorConfig::default());
    let mut program = vec![];
    for i in 0..200u16 {
        program.push(ToFpga::SpikePack1 { spike0: i });
        program.push(if i % 3 == 0 { ToFpga::read(0x8000_0000) } else { ToFpga::TICK });
        program.push(ToFpga::read(0x30));
    }
    program.extend([ToFpga::Setup, ToFpga::WaitUntil { time: 300 }]);
    let timed = with_times(&run(&mut setup, &program));
    assert!(timed.windows(2).all(|pair| pair[0].0 < pair[1].0), "times increase from message to message");
    let counted = |which: fn(&FromFpga) -> bool| timed.iter().filter(|(_, message)| which(message)).count();
    assert_eq!(counted(|message| matches!(message, FromFpga::OmnibusData { .. })), 200 + 67);
    assert_eq!(counted(|message| *message == FromFpga::TICK), 133);
}
