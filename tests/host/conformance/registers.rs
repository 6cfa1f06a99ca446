//! H1 and L1: every container that can be read back is written with random words and read (electronicvisions haldls:
//! tests/hw/haldls/vx/test-memory.cpp), and the whole chip at once.

use super::bench::{Bench, Way};
use super::both_ways;
use hx_chip::random::{extend, mix};
use hx_host::driver::{ProgramBuilder, Redeem, WordTicket, is_command};
use hx_isa::regmap::{Bits, CONTAINERS, Container};

both_ways!(h1_write_random_read_back, l1_whole_chip);

/// Instances tried per container: all of most, a spread of the largest.
const INSTANCES: u64 = 2048;

/// Bits that keep a value, whatever else is random, because another one would break what the test itself relies on.
struct Held {
    container: &'static str,
    set: u32,
    clear: u32,
    #[expect(dead_code, reason = "says why, here and in no other place")]
    reason: &'static str,
}

const HELD: [Held; 4] = [
    Held {
        container: "InstructionTimeoutConfig",
        set: 1 << 20,
        clear: 0,
        reason: "a short timeout ends the program",
    },
    Held {
        container: "CommonPhyConfigFPGA",
        set: 1,
        clear: 0,
        reason: "without a link nothing reaches the chip",
    },
    Held {
        container: "CommonPhyConfigChip",
        set: 1,
        clear: 0,
        reason: "without a link nothing reaches the chip",
    },
    Held {
        container: "PPUControlRegister",
        set: 0,
        clear: 1,
        reason: "starts a processor without a program",
    },
];

/// Commands hold nothing; aliases are other names of the DRAM, which the emulated FPGA has in place of the vector generator.
fn holds_state(index: usize, container: &Container) -> bool {
    container.on_omnibus() && !container.location.is_alias() && !is_command(index)
}

/// A word of an instance.
#[derive(Clone, Copy)]
struct Word {
    address: u32,
    written: u32,
    /// Bits that were written and can be read.
    mask: u32,
    byte_enables: u8,
}

/// Words of instances spread over all of a container's, in the order of writing, with random contents.
fn words(index: usize, container: &'static Container) -> Vec<Word> {
    let count = container.instance_count();
    let tried = count.min(INSTANCES);
    let instances = (0..tried).map(|i| i * (count - 1) / (tried - 1).max(1));
    let random = |address: u32| (mix(extend(index as u64, address.into())) >> 32) as u32;
    let held = HELD.iter().find(|held| held.container == container.name);
    let (set, clear) = held.map_or((0, 0), |held| (held.set, held.clear));
    let word = |instance: u64, word: u8| {
        let address = container.address(instance, word.into()).expect("is on the bus");
        let mask = container.write_mask(word.into()) & container.read_mask(word.into());
        let (mask, byte_enables) = match container.fields[0].bits {
            // Byte 0 is the most significant one.
            Bits::ByteOfAddress => (0xff << (24 - 8 * (instance % 4)), 8 >> (instance % 4)),
            _ => (mask, 15),
        };
        Word { address, written: random(address) & !clear | set, mask, byte_enables }
    };
    instances
        .flat_map(|instance| container.write_order().map(move |w| (instance, w)))
        .map(|(i, w)| word(i, w))
        .collect()
}

/// Writes all, then reads all that can be read; returns how many were compared.
fn write_and_read(bench: &mut Bench, name: &str, words: &[Word]) -> usize {
    let mut builder = ProgramBuilder::new();
    for word in words {
        builder.write_bytes(word.address, word.written, word.byte_enables);
    }
    let readable = || words.iter().filter(|word| word.mask != 0);
    let tickets: Vec<WordTicket> = readable().map(|word| builder.read_word(word.address)).collect();
    let responses = bench.run(builder);
    for (word, ticket) in readable().zip(&tickets) {
        let Word { address, written, mask, .. } = *word;
        let read = ticket.redeem(&responses).expect("is answered").value;
        assert_eq!(read & mask, written & mask, "{name} at {address:#010x}, written {written:#010x}");
    }
    tickets.len()
}

fn h1_write_random_read_back(way: Way) {
    let mut bench = way.up();
    let stateful =
        || CONTAINERS.iter().enumerate().filter(|(index, container)| holds_state(*index, container));
    for (index, container) in stateful() {
        let compared = write_and_read(&mut bench, container.name, &words(index, container));
        let expected = container.writable() && container.readable();
        assert_eq!(compared > 0, expected, "{}", container.name);
    }
    assert!(stateful().filter(|(_, container)| container.writable() && container.readable()).count() >= 45);
}

/// Every word of every synapse, neuron, driver, node and analog cell in one program.
fn l1_whole_chip(way: Way) {
    const PARTS: [&str; 8] = [
        "NeuronConfig",
        "NeuronBackendConfig",
        "CapMemCell",
        "SynapseDriverConfig",
        "SynapseQuad",
        "CADCChannelConfig",
        "CrossbarNode",
        "PPUMemoryWord",
    ];
    let parts = CONTAINERS.iter().enumerate().filter(|(_, container)| PARTS.contains(&container.name));
    let all: Vec<Word> = parts.flat_map(|(index, container)| every_word(index, container)).collect();
    assert!(all.len() > 90_000, "{} words", all.len());
    let compared = write_and_read(&mut way.up(), "the whole chip", &all);
    assert!(compared > 90_000 && compared <= all.len(), "{compared} of {} words", all.len());
}

/// As [`words`], of all instances.
fn every_word(index: usize, container: &'static Container) -> Vec<Word> {
    let instances = 0..container.instance_count();
    let words =
        instances.flat_map(|instance| (0..u32::from(container.words)).map(move |word| (instance, word)));
    let contents = |(instance, word): (u64, u32)| {
        let address = container.address(instance, word).expect("is on the bus");
        let mask = container.write_mask(word) & container.read_mask(word);
        let written = mix(extend(index as u64, address.into())) as u32;
        Word { address, written, mask, byte_enables: 15 }
    };
    words.map(contents).collect()
}
