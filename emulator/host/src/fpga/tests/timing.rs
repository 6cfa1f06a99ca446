//! When messages are issued: one per cycle, timer, barriers, timeouts.

use super::*;
use crate::message::LinkNotification;

#[test]
fn ticks_are_one_cycle_apart() {
    let responses = run_timed(&mut recording(), &[ToFpga::TICK; 3]);
    let ticks = ticks(&responses);
    assert_eq!([ticks[1] - ticks[0], ticks[2] - ticks[1]], [1, 1]);
    assert_eq!(responses[3], (ticks[2] + 1, FromFpga::HALT));
}

#[test]
fn message_after_wait_until_is_issued_one_cycle_later() {
    let wait = |time| ToFpga::WaitUntil { time };
    let program =
        [ToFpga::Setup, ToFpga::TICK, wait(999), ToFpga::TICK, ToFpga::TICK, wait(1000), ToFpga::TICK];
    let ticks = ticks(&run_timed(&mut recording(), &program));
    // The first tick is issued with timer = 1.
    let timer: Vec<u64> = ticks.iter().map(|tick| tick - ticks[0] + 1).collect();
    assert_eq!(timer, [1, 1000, 1001, 1003]);
}

#[test]
fn timer_keeps_counting_across_programs() {
    let mut executor = recording();
    let first = run_timed(&mut executor, &[ToFpga::Setup, ToFpga::TICK]);
    let second = run_timed(&mut executor, &[ToFpga::WaitUntil { time: 5000 }, ToFpga::TICK]);
    assert_eq!(ticks(&second)[0] - ticks(&first)[0], 5000);
}

#[test]
fn timer_can_be_read() {
    let responses = run_timed(
        &mut executor(),
        &[ToFpga::Setup, ToFpga::WaitUntil { time: 20 }, ToFpga::read(0x8800_000c)],
    );
    assert_eq!(data(&responses), [21]);
}

#[test]
fn writes_take_two_cycles_and_reads_one() {
    let [address, data] = ToFpga::write(0x10, 1);
    let program = [ToFpga::TICK, address, data, ToFpga::TICK, ToFpga::read(0x10), ToFpga::TICK];
    let ticks = ticks(&run_timed(&mut recording(), &program));
    assert_eq!([ticks[1] - ticks[0], ticks[2] - ticks[1]], [3, 2]);
}

#[test]
fn omnibus_barrier_waits_for_the_round_trip() {
    let program = [ToFpga::TICK, ToFpga::read(0x10), ToFpga::BARRIER_OMNIBUS, ToFpga::TICK];
    let responses = run_timed(&mut recording(), &program);
    let ticks = ticks(&responses);
    assert_eq!(
        times(&responses, |message| matches!(message, FromFpga::OmnibusData { .. })),
        [ticks[0] + 101]
    );
    assert_eq!(ticks[1], ticks[0] + 102);
    let program = [ToFpga::TICK, ToFpga::read(0x8800_0005), ToFpga::BARRIER_OMNIBUS, ToFpga::TICK];
    let again = super::ticks(&run_timed(&mut recording(), &program));
    assert_eq!(again[1], again[0] + 12, "FPGA registers answer after 10 cycles");
}

#[test]
fn idle_barriers_take_one_cycle() {
    let program = [
        ToFpga::TICK,
        ToFpga::decode(0x0700_0000_0000_0000).expect("barrier"),
        ToFpga::BARRIER_MULTI_FPGA,
        ToFpga::BARRIER_SYSTIME_CORRECTION,
        ToFpga::BARRIER_JTAG,
        ToFpga::TICK,
    ];
    let ticks = ticks(&run_timed(&mut recording(), &program));
    assert_eq!(ticks[1] - ticks[0], 5);
}

#[test]
fn jtag_barrier_waits_for_the_shift() {
    let shift = ToFpga::JtagData { payload: 0, num_bits: 32, keep_response: true };
    let program =
        [ToFpga::JtagInit, ToFpga::BARRIER_JTAG, ToFpga::TICK, shift, ToFpga::BARRIER_JTAG, ToFpga::TICK];
    let responses = run_timed(&mut recording(), &program);
    let ticks = ticks(&responses);
    assert_eq!(ticks[1] - ticks[0], 1 + (32 + 6) * 8 + 1);
    assert_eq!(responses[1], (ticks[1] - 1, FromFpga::JtagData { data: 0x3485_80af }));
}

#[test]
fn systime_barrier_waits_for_the_synchronisation() {
    let mut executor = executor();
    let responses =
        run(&mut executor, &[ToFpga::SystimeInit { do_sync: true }, ToFpga::BARRIER_SYSTIME, ToFpga::TICK]);
    // The chip's counter starts from 0 when the request arrives after 50 cycles; it is complete after 1000.
    assert_eq!(responses, [FromFpga::Systime { systime: 950 }, FromFpga::TICK, FromFpga::HALT]);
}

#[test]
fn systime_init_without_synchronisation_only_reports() {
    let report = ToFpga::SystimeInit { do_sync: false };
    let responses = run(&mut executor(), &[ToFpga::TICK, report, ToFpga::TICK]);
    assert_eq!(responses, [FromFpga::TICK, FromFpga::Systime { systime: 1 }, FromFpga::TICK, FromFpga::HALT]);
}

fn timeout_of(responses: &[(u64, FromFpga)]) -> Option<(u32, u8)> {
    responses.iter().find_map(|(_, message)| match *message {
        FromFpga::TimeoutNotification { instruction_index, omnibus_reads_in_flight, .. } => {
            Some((instruction_index, omnibus_reads_in_flight))
        }
        _ => None,
    })
}

#[test]
fn barrier_that_outlasts_the_timeout() {
    let [address, data] = ToFpga::write(INSTRUCTION_TIMEOUT, 50);
    let program = [
        address,
        data,
        ToFpga::TICK,
        ToFpga::read(0),
        ToFpga::read(1),
        ToFpga::BARRIER_OMNIBUS,
        ToFpga::TICK,
    ];
    let mut executor = recording();
    let responses = run_timed(&mut executor, &program);
    assert_eq!(timeout_of(&responses), Some((5, 2)));
    assert_eq!(ticks(&responses).len(), 1, "the rest of the program is discarded");
    assert_eq!(responses.last().map(|(_, message)| *message), Some(FromFpga::HALT));
    assert_eq!(executor.statistics().discarded_messages, 1);
    let next = run_timed(&mut executor, &[ToFpga::TICK]);
    assert_eq!((ticks(&next).len(), timeout_of(&next)), (1, None));
}

fn polling(address: u32, target: u32, mask: u32) -> Vec<ToFpga> {
    let writes = [(0x8800_0006, address), (0x8800_0007, target), (0x8800_0008, mask)];
    let mut program: Vec<ToFpga> = writes.iter().flat_map(|(at, data)| ToFpga::write(*at, *data)).collect();
    program.push(ToFpga::BARRIER_OMNIBUS);
    program
}

#[test]
fn poll_that_is_never_true_times_out_at_its_index() {
    let mut program = polling(0x1234, 1, 0xff);
    program.extend([ToFpga::TICK, ToFpga::PollingOmnibusBlock { expect_equal: true }, ToFpga::TICK]);
    let responses = run_timed(&mut recording(), &program);
    assert_eq!(timeout_of(&responses), Some((8, 0)));
    let notified = times(&responses, |message| matches!(message, FromFpga::TimeoutNotification { .. }));
    assert_eq!(notified[0] - ticks(&responses)[0], 1 + 1_250_000);
}

#[test]
fn poll_that_is_true_ends_with_the_first_answer() {
    let mut program = polling(0x1234, 0, 0xff);
    program.extend([ToFpga::TICK, ToFpga::PollingOmnibusBlock { expect_equal: true }, ToFpga::TICK]);
    let ticks = ticks(&run_timed(&mut recording(), &program));
    assert_eq!(ticks[1] - ticks[0], 102);
}

#[test]
fn poll_for_inequality_sees_a_register_that_changes() {
    // The timer readout differs from zero in its upper bits from timer = 256 on.
    let mut program = polling(0x8800_000c, 0, 0xffff_ff00);
    program.extend([
        ToFpga::Setup,
        ToFpga::TICK,
        ToFpga::PollingOmnibusBlock { expect_equal: false },
        ToFpga::TICK,
    ]);
    let ticks = ticks(&run_timed(&mut recording(), &program));
    let timer = ticks[1] - ticks[0] + 1;
    assert!((266..=290).contains(&timer), "{timer}");
}

#[test]
fn wait_until_knows_no_timeout() {
    let [address, data] = ToFpga::write(INSTRUCTION_TIMEOUT, 10);
    let program = [address, data, ToFpga::Setup, ToFpga::WaitUntil { time: 12_500_000 }, ToFpga::TICK];
    let mut executor = recording();
    let responses = run_timed(&mut executor, &program);
    assert_eq!((ticks(&responses).len(), timeout_of(&responses)), (1, None));
    assert!(executor.time() > Time::from_us(100_000));
}

#[test]
fn stalls_up_to_the_timeout_are_allowed() {
    let program = |timeout| {
        let [address, data] = ToFpga::write(INSTRUCTION_TIMEOUT, timeout);
        [address, data, ToFpga::read(0), ToFpga::BARRIER_OMNIBUS]
    };
    assert_eq!(timeout_of(&run_timed(&mut recording(), &program(99))), None);
    assert_eq!(timeout_of(&run_timed(&mut recording(), &program(98))), Some((3, 1)));
}

#[test]
fn reset_of_the_fpga_stops_annotation_and_keeps_the_chip() {
    let mut executor = recording();
    let [address, data] = ToFpga::write(0x10, 7);
    run(&mut executor, &[address, data]);
    executor.reset();
    assert_eq!(run(&mut executor, &[ToFpga::TICK]), [FromFpga::TICK, FromFpga::HALT]);
    assert_eq!(executor.device().memory.read(0x10), 7);
    assert_eq!(super::data(&run_timed(&mut executor, &[ToFpga::read(EVENT_RECORDING)])), [0]);
}

#[test]
fn links_come_up_once_per_bring_up() {
    let over_jtag = |address: u32, data: u32| {
        let (ins, shift) = (
            |instruction| ToFpga::JtagIns { instruction },
            |payload, num_bits| ToFpga::JtagData { payload, num_bits, keep_response: false },
        );
        [
            ins(5),
            shift(u64::from(address), 33),
            ins(6),
            shift(u64::from(data), 32),
            ins(7),
            shift(0, 3),
            ToFpga::BARRIER_JTAG,
        ]
    };
    let wait = [ToFpga::Setup, ToFpga::WaitUntil { time: 200 }];
    let [address, data] = ToFpga::write(0x8800_4000, 0xff);
    let ups = |responses: &[FromFpga]| -> Vec<u8> {
        let up = |message: &FromFpga| match *message {
            FromFpga::HighspeedLinkNotification { value } => Some(value.0),
            _ => None,
        };
        responses.iter().filter_map(up).collect()
    };
    let mut executor = executor();
    assert_eq!(ups(&run(&mut executor, &[[address, data], wait].concat())), [0u8; 0]);
    let all: Vec<u8> = (0..8).map(|phy| LinkNotification::up(phy).0).collect();
    let enable = [over_jtag(0x4_0000, 0xff).as_slice(), &wait].concat();
    assert_eq!(ups(&run(&mut executor, &enable)), all);
    assert_eq!(ups(&run(&mut executor, &enable)), [0u8; 0], "nothing changed");
    let reset = [ToFpga::Reset { reset: true }, ToFpga::Reset { reset: false }];
    assert_eq!(ups(&run(&mut executor, &[reset.as_slice(), &enable].concat())), all);
    assert_eq!(executor.device().disorder, 0);
}
