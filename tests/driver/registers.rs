//! Every register that can be read back is written with random words and read, container by container.

use super::setup::{random, session};
use hx_chip::chip::ChipConfig;
use hx_host::driver::{ProgramBuilder, Redeem, Session, WordTicket, WriteRegisters, is_command};
use hx_host::link::udp::order::EMULATOR_KEY;
use hx_host::link::udp::{Server, ServerConfig, UdpTarget};
use hx_host::setup::Setup;
use hx_isa::regmap::{Bits, CONTAINERS, Container};
use hxemu::served::ServedChip;
use std::net::Ipv4Addr;

/// Instances tried per container: enough to hit every block of the large ones.
const INSTANCES: u64 = 640;

/// Containers whose random content would change what the test relies on, with the reason.
const LEFT_OUT: [(&str, &str); 5] = [
    ("InstructionTimeoutConfig", "a short timeout ends the program"),
    ("SystimeCorrectionBarrierConfig", "arms a wait for an interrupt"),
    ("CommonPhyConfigFPGA", "takes the links down"),
    ("CommonPhyConfigChip", "takes the links down"),
    ("PPUControlRegister", "starts processors without a program"),
];

struct Access {
    ticket: WordTicket,
    written: u32,
    mask: u32,
    address: u32,
}

fn is_tested(index: usize, container: &Container) -> bool {
    let left_out = LEFT_OUT.iter().any(|(name, _)| *name == container.name);
    let whole_words = !matches!(container.fields[0].bits, Bits::ByteOfAddress);
    // The vector generator views the DRAM, which the emulated FPGA has in its place.
    container.on_omnibus() && !container.location.is_alias() && whole_words && !is_command(index) && !left_out
}

/// Instances spread over all of a container's.
fn instances(container: &Container) -> impl Iterator<Item = u64> + use<> {
    let count = container.instance_count();
    let tried = count.min(INSTANCES);
    (0..tried).map(move |i| i * (count - 1) / (tried - 1).max(1))
}

fn write_and_read<S: Setup>(session: &mut Session<S>, index: usize, container: &Container) -> usize {
    let readable = |word: u32| container.write_mask(word) & container.read_mask(word);
    let mut builder = ProgramBuilder::new();
    let mut accesses = Vec::new();
    let words =
        || instances(container).flat_map(|i| container.write_order().map(move |word| (i, u32::from(word))));
    let address = |instance, word| container.address(instance, word).unwrap();
    for (n, (instance, word)) in words().enumerate() {
        builder.write_word(address(instance, word), random(index as u64, n as u64));
    }
    for (n, (instance, word)) in words().enumerate().filter(|(_, (_, word))| readable(*word) != 0) {
        let address = address(instance, word);
        let ticket = builder.read_word(address);
        accesses.push(Access {
            ticket,
            written: random(index as u64, n as u64),
            mask: readable(word),
            address,
        });
    }
    let responses = session.run(builder).unwrap();
    for Access { ticket, written, mask, address } in &accesses {
        let read = ticket.redeem(&responses).unwrap().value;
        assert_eq!(
            read & mask,
            written & mask,
            "{} at {address:#010x}, written {written:#010x}",
            container.name
        );
    }
    accesses.len()
}

/// H1 of the layers above: all containers, one after another.
fn write_and_read_all<S: Setup>(session: &mut Session<S>) {
    let mut containers = 0;
    for (index, container) in CONTAINERS.iter().enumerate().filter(|(i, c)| is_tested(*i, c)) {
        containers += usize::from(write_and_read(session, index, container) > 0);
    }
    assert!(containers >= 40, "{containers} containers could be read back");
}

#[test]
fn everything_written_is_read_back() {
    write_and_read_all(&mut session());
}

#[test]
fn everything_written_over_the_wire_is_read_back() {
    let address = Ipv4Addr::LOCALHOST.into();
    let ports = ServerConfig { reset_port: 0, data_port: 0, ..ServerConfig::at(address) };
    let ports = ServerConfig { description: vec![(EMULATOR_KEY, "hxemu".to_owned())], ..ports };
    let server = Server::start(&ports, ServedChip::new(ChipConfig::ideal(), None), None).unwrap();
    let (data_port, reset_port) = (server.data_address().port(), server.reset_address().port());
    let target = UdpTarget { address, data_port, reset_port };
    let mut session = hxemu::setup::open(ChipConfig::ideal(), Some(target)).unwrap();
    write_and_read_all(&mut session);
    drop(session);
    let (counters, _) = server.stop();
    assert_eq!((counters.fpga.resets, counters.fpga.malformed), (1, 0));
    assert!(counters.traffic.words_received > 50_000, "{:?}", counters.traffic);
}
