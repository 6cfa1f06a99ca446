//! The harness of the plasticity rules ([`hx_firmware::harness`]) on the bare core: plain memories stand for the synapse array,
//! the sensors and the bus.

use hx_chip::ppu::scalar::DecodeOptions;
use hx_chip::ppu::vector::Vector;
use hx_chip::ppu::{BareMemory, BusDelays, Ppu, Stop};
use hx_firmware::harness::{Finished, Processor, Surroundings, VECTOR_BYTES};

/// A core just out of reset for every run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BareCore {
    /// Cycles after which a program counts as one that does not end.
    pub max_cycles: u64,
    /// Delays of its buses.
    pub delays: BusDelays,
}

impl Default for BareCore {
    fn default() -> BareCore {
        BareCore { max_cycles: 10_000_000, delays: BusDelays::default() }
    }
}

impl Processor for BareCore {
    fn run(&mut self, memory: &[u32], surroundings: &Surroundings) -> Result<Finished, String> {
        let mut memories = memories(memory, surroundings, self.delays);
        let mut ppu = Ppu::new(self.delays, DecodeOptions::default());
        match ppu.run(&mut memories, self.max_cycles, u64::MAX, &mut ()) {
            Stop::Sleep { cycle } => Ok(finished(&memories, cycle)),
            stop => Err(format!("stopped at {:#x} without reaching its end: {stop:?}", ppu.position())),
        }
    }
}

fn memories(memory: &[u32], surroundings: &Surroundings, delays: BusDelays) -> BareMemory {
    let mut memories = BareMemory::new(delays);
    memories.sram.load(0, memory);
    memories.outside = surroundings.words.clone();
    memories.parallel =
        surroundings.vectors.iter().map(|(address, bytes)| (*address, vector(bytes))).collect();
    memories
}

fn vector(bytes: &[u8; VECTOR_BYTES]) -> Vector {
    let mut vector = Vector::ZERO;
    vector.bytes_mut().copy_from_slice(bytes);
    vector
}

fn bytes(vector: &Vector) -> [u8; VECTOR_BYTES] {
    std::array::from_fn(|lane| vector.bytes()[lane])
}

fn finished(memories: &BareMemory, cycles: u64) -> Finished {
    let vectors = memories.parallel.iter().map(|(address, vector)| (*address, bytes(vector)));
    Finished {
        memory: memories.sram.words().to_vec(),
        surroundings: Surroundings { vectors: vectors.collect(), words: memories.outside.clone() },
        cycles,
    }
}
