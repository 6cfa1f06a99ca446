//! A setup over real sockets: what the wire must not change.

use crate::{recording_prologue, spikes};
use hx_host::fpga::{ExecutorConfig, LoopbackDevice};
use hx_host::link::udp::{Emulation, Server, ServerConfig, UdpLink, UdpTarget};
use hx_host::link::{LinkConfig, MemoryLink};
use hx_host::message::stream::{decode_from_fpga, encode_to_fpga};
use hx_host::message::{FromFpga, ToFpga};
use hx_host::setup::Setup;
use std::net::Ipv4Addr;

/// Chips that send spikes back.
struct Loops;

impl Emulation for Loops {
    type Device = LoopbackDevice;

    fn power_up(&mut self, _: &str) -> Result<LoopbackDevice, String> {
        Ok(LoopbackDevice::default())
    }

    fn describe(&self) -> String {
        "a loop".into()
    }

    fn report(&self, _: &LoopbackDevice) -> String {
        String::new()
    }
}

/// A served setup at ports of the system's choice.
fn serve() -> (Server, UdpTarget) {
    let address = Ipv4Addr::LOCALHOST.into();
    let config = ServerConfig { reset_port: 0, data_port: 0, ..ServerConfig::at(address) };
    let server = Server::start(&config, Loops, None).expect("loopback ports are to be had");
    let (data_port, reset_port) = (server.data_address().port(), server.reset_address().port());
    (server, UdpTarget { address, data_port, reset_port })
}

fn program(messages: &[ToFpga]) -> Vec<u64> {
    encode_to_fpga(&[messages, &[ToFpga::HALT]].concat())
}

/// A synchronised program with events, reads and a wait, long enough for many frames.
fn varied(reads: u32) -> Vec<u64> {
    let mut messages = recording_prologue();
    messages.push(ToFpga::Setup);
    for i in 0..reads {
        messages.extend(ToFpga::write(i % 64, i));
        messages.extend([ToFpga::SpikePack1 { spike0: i as u16 }, ToFpga::read(i % 64), ToFpga::TICK]);
    }
    messages.extend([ToFpga::WaitUntil { time: 3_000_000 }, ToFpga::BARRIER_OMNIBUS]);
    program(&messages)
}

#[test]
fn answers_are_those_of_a_setup_in_this_process() {
    let (server, target) = serve();
    let mut wire = UdpLink::connect(target).expect("connects");
    let mut here =
        MemoryLink::new(ExecutorConfig::default(), LinkConfig::default(), LoopbackDevice::default(), "here")
            .expect("starts");
    for words in [program(&[ToFpga::TICK]), varied(20_000), program(&[ToFpga::read(5)])] {
        assert_eq!(wire.run(&words).expect("runs"), here.run(&words).expect("runs"));
    }
    drop(wire);
    let (counters, _) = server.stop();
    assert_eq!((counters.fpga.resets, counters.fpga.malformed), (1, 0));
}

#[test]
fn a_thousand_spikes_come_back_with_their_labels() {
    let (server, target) = serve();
    let mut wire = UdpLink::connect(target).expect("connects");
    let mut messages = recording_prologue();
    messages.push(ToFpga::Setup);
    for label in 0..1000u16 {
        messages.extend([
            ToFpga::WaitUntil { time: 1000 + 10 * u32::from(label) },
            ToFpga::SpikePack1 { spike0: label },
        ]);
    }
    messages.push(ToFpga::WaitUntil { time: 20_000 });
    let answers = decode_from_fpga(&wire.run(&program(&messages)).expect("runs")).expect("decodes");
    let spikes = spikes(&answers);
    let labels: Vec<u16> = spikes.iter().map(|(_, label)| *label).collect();
    assert_eq!(labels, (0..1000).collect::<Vec<u16>>());
    for (spike, label) in spikes.iter().zip(0..) {
        assert!(spike.0.abs_diff(spikes[0].0 + 10 * label) <= 1, "{spike:?}");
    }
    drop(wire);
    server.stop();
}

#[test]
fn a_new_connection_takes_over_and_finds_a_reset_fpga() {
    let (server, target) = serve();
    let mut first = UdpLink::connect(target).expect("connects");
    first.run(&program(&ToFpga::write(5, 77))).expect("runs");
    let mut second = UdpLink::connect(target).expect("connects");
    let answers =
        second.run(&program(&[ToFpga::read(5), ToFpga::BARRIER_OMNIBUS, ToFpga::TICK])).expect("runs");
    let chip_keeps_its_state = FromFpga::OmnibusData { data: 77 };
    assert_eq!(decode_from_fpga(&answers).expect("decodes")[0], chip_keeps_its_state);
    drop((first, second));
    let (counters, _) = server.stop();
    assert_eq!(counters.fpga.resets, 2);
}

#[test]
fn a_new_connection_ends_a_program_that_polls_for_long() {
    let (server, target) = serve();
    let mut first = UdpLink::connect(target).expect("connects");
    let mut messages: Vec<ToFpga> =
        [(0x8800_0009, u32::MAX), (0x8800_0006, 3), (0x8800_0007, 1), (0x8800_0008, 1)]
            .into_iter()
            .flat_map(|(address, value)| ToFpga::write(address, value))
            .collect();
    messages.extend([ToFpga::BARRIER_OMNIBUS, ToFpga::PollingOmnibusBlock { expect_equal: true }]);
    let endless = program(&messages);
    // Its answer never comes, so nobody waits for this thread.
    std::thread::spawn(move || first.run(&endless));
    while server.counters().traffic.words_received < 10 {
        std::thread::yield_now();
    }
    let mut second = UdpLink::connect(target).expect("connects");
    let answers = second.run(&program(&[ToFpga::TICK])).expect("runs");
    assert_eq!(decode_from_fpga(&answers).expect("decodes"), [ToFpga::TICK, ToFpga::HALT].map(answer_of));
    drop(second);
    server.stop();
}

#[test]
fn any_client_finds_what_it_expects() {
    const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 77, 0, 1);
    let Ok(client) = std::env::var("HXEMU_HOSTARQ_CLIENT") else {
        println!("skipped: HXEMU_HOSTARQ_CLIENT names no client");
        return;
    };
    // Such a client knows the usual ports only.
    let server = Server::start(&ServerConfig::at(ADDRESS.into()), Loops, None).expect("the ports are free");
    let command = format!("{client} {ADDRESS}");
    let done = std::process::Command::new("sh").args(["-c", &command]).output().expect("a shell");
    let (counters, _) = server.stop();
    println!("{}", String::from_utf8_lossy(&done.stdout));
    assert!(done.status.success(), "`{command}`: {}", String::from_utf8_lossy(&done.stderr));
    assert!(counters.fpga.resets > 0 && counters.traffic.words_received > 0, "{counters:?}");
}

/// The answer to a tick or a halt.
fn answer_of(message: ToFpga) -> FromFpga {
    match message {
        ToFpga::Loopback { kind } => FromFpga::Loopback { kind },
        other => panic!("{other:?} has another answer"),
    }
}
