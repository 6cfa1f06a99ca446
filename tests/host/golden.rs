//! A recorded exchange between the encoder and decoder of electronicvisions hxcomm and a simple peer. The peer carried out one
//! message after another, spikes with 100 cycles each included, so its times are not those of a pipeline; bytes and meaning
//! must be the same.

use super::*;
use hx_host::fpga::annotation::Annotator;
use hx_host::message::stream::{decode_to_fpga, encode_from_fpga};

const PROGRAM: [u64; 13] = [
    0x0600000000000001,
    0x0700000000000004,
    0x0400000000000000,
    0x05000000000003e8,
    0x0d00000000001234,
    0x0f00000100020003,
    0x0b00000f02c00010,
    0x0c00000012345678,
    0x0b00000102c00010,
    0x0c00000087654321,
    0x0b00001f02c00010,
    0x0700000000000001,
    0x0a00000000000000,
];

const RESPONSE: [u64; 10] = [
    0x0500000000000007,
    0x0500000000000455,
    0x0a00000000341234,
    0x0600000000000063,
    0x0cfe0001fe0002fe,
    0x0003060000000000,
    0x0003010000001234,
    0x5621060000000000,
    0x0000020000000000,
    0x0000800000000000,
];

fn spike(label: u16, timestamp: u8) -> Spike {
    Spike { label, timestamp }
}

/// The peer's answers and their times.
fn answers() -> [(u64, FromFpga); 4] {
    let (spike0, spike1, spike2) = (spike(1, 0xfe), spike(2, 0xfe), spike(3, 0xfe));
    [
        (1110, FromFpga::SpikePack1 { spike0: spike(0x1234, 0x34) }),
        (1211, FromFpga::SpikePack3 { spike0, spike1, spike2 }),
        (1216, FromFpga::OmnibusData { data: 0x1234_5621 }),
        (1218, FromFpga::HALT),
    ]
}

#[test]
fn program_decodes_and_encodes() {
    let messages = decode_to_fpga(&PROGRAM).unwrap();
    assert_eq!(messages[5], ToFpga::SpikePack3 { spike0: 1, spike1: 2, spike2: 3 });
    assert_eq!(messages[8], ToFpga::OmnibusAddress { address: 0x2c0_0010, byte_enables: 1, is_read: false });
    assert_eq!(encode_to_fpga(&messages), PROGRAM);
}

#[test]
fn response_decodes_to_the_times_of_the_peer() {
    let messages = decode_from_fpga(&RESPONSE).unwrap();
    assert_eq!(with_times(&messages), answers());
    assert_eq!(spikes(&messages), [(1050, 0x1234), (1151, 1), (1151, 2), (1151, 3)]);
}

#[test]
fn annotation_and_packing_give_the_same_bytes() {
    let mut annotator = Annotator::default();
    annotator.enable();
    let mut messages = vec![annotator.tell(7)];
    for (time, message) in answers() {
        messages.extend(annotator.precede(time));
        messages.push(message);
    }
    assert_eq!(encode_from_fpga(&messages), RESPONSE);
}

#[test]
fn the_executor_answers_with_the_same_meaning() {
    let config =
        ExecutorConfig { to_chip_latency_cycles: 40, from_chip_latency_cycles: 60, ..Default::default() };
    let mut setup = setup(config);
    run(&mut setup, &ToFpga::write(EVENT_RECORDING, 1));
    let mut out = Vec::new();
    setup.push(&PROGRAM, &mut out);
    let first = decode_from_fpga(&out).unwrap();
    assert!(matches!(first[0], FromFpga::Systime { .. }));
    assert_eq!(words(&first), [0x1234_5621]);
    assert_eq!(first.last(), Some(&FromFpga::HALT));
    // The pipeline does not wait for spikes: they arrive together, 100 cycles after their issue, around the read's answer.
    let second = run(&mut setup, &[ToFpga::Setup, ToFpga::WaitUntil { time: 200 }]);
    let received = [spikes(&first), spikes(&second)].concat();
    let begin = received[0].0;
    assert_eq!(received, [(begin, 0x1234), (begin + 1, 1), (begin + 1, 2), (begin + 1, 3)]);
}
