//! X1 to X3, the layer of hxcomm: message lists, connections, what a setup says about itself.

use super::WORD;
use super::bench::{Served, Way};
use super::both_ways;
use crate::{with_times, words};
use hx_chip::chip::ChipConfig;
use hx_host::message::stream::{decode_from_fpga, encode_to_fpga};
use hx_host::message::{FromFpga, ToFpga};
use hx_host::setup::Setup;
use std::net::Ipv4Addr;

both_ways!(x1_tick, x1_barrier, x1_jtag_id, x1_jtag_loopback, x1_throughput);

/// electronicvisions hxcomm: tests/hw/hxcomm/test-tick.cpp.
fn x1_tick(way: Way) {
    let mut bench = way.open(ChipConfig::ideal());
    for _ in 0..3 {
        assert_eq!(bench.play(&[ToFpga::TICK]), [FromFpga::TICK, FromFpga::HALT]);
    }
}

/// electronicvisions hxcomm: tests/hw/hxcomm/test-barrier.cpp.
fn x1_barrier(way: Way) {
    let mut bench = way.open(ChipConfig::ideal());
    for channels in 0..32u64 {
        let barrier = ToFpga::decode(7 << 56 | channels).expect("is a barrier");
        assert_eq!(bench.play(&[barrier, ToFpga::TICK]), [FromFpga::TICK, FromFpga::HALT], "{channels:#b}");
    }
}

/// Reads the identification of the chip; electronicvisions hxcomm: tests/hw/hxcomm/test-readout_jtag_id.cpp.
pub const READ_JTAG_ID: [ToFpga; 5] = [
    ToFpga::JtagScaler { scaler: 3 },
    ToFpga::JtagInit,
    ToFpga::JtagIns { instruction: 1 },
    ToFpga::JtagData { payload: 0, num_bits: 32, keep_response: true },
    ToFpga::BARRIER_JTAG,
];

fn x1_jtag_id(way: Way) {
    let mut bench = way.open(ChipConfig::ideal());
    assert_eq!(bench.play(&READ_JTAG_ID), [FromFpga::JtagData { data: 0x3485_80af }, FromFpga::HALT]);
}

/// electronicvisions hxcomm: tests/hw/hxcomm/test-jtag_loopback.cpp.
fn x1_jtag_loopback(way: Way) {
    let mut bench = way.open(ChipConfig::ideal());
    for num_bits in 3..=33u8 {
        let mask = (1u64 << num_bits) - 1;
        let payload = 0x1_5a5a_c3c3 & mask;
        let bypass = ToFpga::JtagIns { instruction: 127 };
        let data = ToFpga::JtagData { payload, num_bits, keep_response: true };
        let answer = FromFpga::JtagData { data: payload << 1 & mask };
        assert_eq!(
            bench.play(&[ToFpga::JtagInit, bypass, data]),
            [answer, FromFpga::HALT],
            "{num_bits} bits"
        );
    }
}

/// electronicvisions hxcomm: tests/hw/hxcomm/test-throughput.cpp: nothing of a large program gets lost on its way.
fn x1_throughput(way: Way) {
    const MESSAGES: usize = 200_000;
    let mut bench = way.open(ChipConfig::ideal());
    let answers = bench.play(&vec![ToFpga::TICK; MESSAGES]);
    assert_eq!(answers.len(), MESSAGES + 1);
    assert!(answers[..MESSAGES].iter().all(|answer| *answer == FromFpga::TICK));
    assert_eq!(answers[MESSAGES], FromFpga::HALT);
}

/// Two setups at two addresses, programs by turns: each chip sees its own.
#[test]
fn x2_two_addresses() {
    let served = [1, 2].map(|n| Served::start(Ipv4Addr::new(127, 0, 0, n), ChipConfig::with_seed(n.into())));
    let mut links = [0, 1].map(|i: usize| served[i].connect());
    for round in 0..5 {
        for (number, link) in (0..).zip(&mut links) {
            let write = ToFpga::write(WORD, 100 * number + round);
            let program = encode_to_fpga(&[&write[..], &[ToFpga::HALT]].concat());
            link.run(&program).expect("runs");
        }
        for (number, link) in (0..).zip(&mut links) {
            let program = encode_to_fpga(&[ToFpga::read(WORD), ToFpga::BARRIER_OMNIBUS, ToFpga::HALT]);
            let answers = decode_from_fpga(&link.run(&program).expect("runs")).expect("decodes");
            assert_eq!(words(&answers), [100 * number + round]);
        }
    }
    assert_ne!(links[0].identifier(), links[1].identifier());
}

/// The text of a setup reaches the user: keys and values, among them those the chip's software asks for.
#[test]
fn x3_information() {
    let served = Served::start(Ipv4Addr::LOCALHOST, ChipConfig::with_seed(7));
    let mut link = served.connect();
    let entries: Vec<(&str, &str)> = link
        .info()
        .lines()
        .map(|line| line.split_once(": ").expect("every line is a key and a value"))
        .collect();
    let value = |key| entries.iter().find(|entry| entry.0 == key).map(|entry| entry.1);
    assert!(value("version").is_some_and(|version| version.parse::<u32>().is_ok()), "{entries:?}");
    assert!(value("compatible_until").is_some_and(|version| version.parse::<u32>().is_ok()));
    assert_eq!(value("chip_serial"), Some("7"));
    assert!(link.identifier().contains("127.0.0.1"));
    link.set_identifier("hxcube99fpga0chip1_1");
    assert_eq!(link.identifier(), "hxcube99fpga0chip1_1");
}

both_ways!(x1_order);

/// Answers come in the order of their requests, and their times increase.
fn x1_order(way: Way) {
    let mut bench = way.up();
    let mut messages = Vec::new();
    for i in 0..1000 {
        messages.extend(ToFpga::write(WORD + i % 12, i));
        messages.extend([ToFpga::read(WORD + i % 12), ToFpga::TICK]);
    }
    messages.push(ToFpga::BARRIER_OMNIBUS);
    let answers = bench.play(&messages);
    assert_eq!(words(&answers), (0..1000).collect::<Vec<u32>>());
    let timed = with_times(&answers);
    assert!(timed.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_eq!(timed.len(), 2001);
}
