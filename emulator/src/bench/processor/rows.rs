//! What surrounds the core while the kernel is timed: rows of synapse memory as flat arrays, so that the core is timed and not a
//! search for the row.

use hx_chip::ppu::ports::{Delay, Port, Ports, Sram};
use hx_chip::ppu::vector::{ByteMask, Vector};
use hx_chip::random::mix;

/// Half rows of a hemisphere.
const HALVES: usize = 512;
/// Bits of an address that count the half row.
const HALF: u32 = HALVES as u32 - 1;

/// Weights, and the causal and acausal codes.
pub struct Rows {
    /// The core's memory.
    pub sram: Sram,
    weights: Vec<Vector>,
    causal: Vec<Vector>,
    acausal: Vec<Vector>,
}

impl Rows {
    /// Rows of numbers from 0 to 63.
    pub fn new(sram: Sram) -> Rows {
        Rows { sram, weights: region(1), causal: region(2), acausal: region(3) }
    }

    fn region(&mut self, address: u32) -> &mut Vector {
        let rows = match address >> 16 & 0xf {
            0x8 => &mut self.causal,
            0xc => &mut self.acausal,
            _ => &mut self.weights,
        };
        &mut rows[(address & HALF) as usize]
    }
}

fn region(seed: u64) -> Vec<Vector> {
    let row = |index: u64| {
        let mut row = Vector::ZERO;
        let bytes = row.bytes_mut().iter_mut().enumerate();
        bytes.for_each(|(lane, byte)| *byte = mix((seed << 32) + (index << 8) + lane as u64) as u8 & 63);
        row
    };
    (0..HALVES as u64).map(row).collect()
}

impl Ports for Rows {
    fn sram(&mut self) -> &mut Sram {
        &mut self.sram
    }

    fn delay(&self, _: u64, _: Port, _: u32, _: bool) -> Delay {
        Delay::SRAM
    }

    fn is_shared(&self, _: Port, _: u32) -> bool {
        false
    }

    fn load(&mut self, _: u64, _: u32) -> u32 {
        0
    }

    fn store(&mut self, _: u64, _: u32, _: u8, _: u32) {}

    fn vector_load(&mut self, _: u64, _: u32) -> u32 {
        0
    }

    fn vector_store(&mut self, _: u64, _: u32, _: u32) {}

    fn parallel_read(&mut self, _: u64, address: u32, _: ByteMask) -> Vector {
        *self.region(address)
    }

    fn parallel_write(&mut self, _: u64, address: u32, enables: ByteMask, data: &Vector) {
        if enables == ByteMask::ALL {
            *self.region(address) = *data;
            return;
        }
        let lanes = self.region(address).bytes_mut().iter_mut().zip(data.bytes()).enumerate();
        lanes.filter(|(lane, _)| enables.enables(*lane)).for_each(|(_, (old, new))| *old = *new);
    }

    fn fetch(&mut self, _: u32) -> u32 {
        0
    }

    fn pins(&self) -> u32 {
        0
    }
}
