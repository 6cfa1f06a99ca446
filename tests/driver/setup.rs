//! An emulated chip with the programs it was sent, and random numbers for what is written to it.

use hx_chip::chip::{Chip, ChipConfig};
use hx_chip::random::{extend, mix};
use hx_host::driver::{Session, SystemInit};
use hx_host::fpga::ExecutorConfig;
use hx_host::link::{LinkConfig, MemoryLink};
use hx_host::message::ToFpga;
use hx_host::setup::{Setup, SetupError};

/// A setup that keeps the last program sent to it.
pub struct Recording<S> {
    pub inner: S,
    pub last: Vec<u64>,
}

impl<S> Recording<S> {
    /// Writes of the last program to the chip and the FPGA, in order.
    pub fn writes(&self) -> Vec<(u32, u32)> {
        let mut target = 0;
        let write = |message| match message {
            ToFpga::OmnibusAddress { address, is_read: false, .. } => {
                target = address;
                None
            }
            ToFpga::OmnibusData { data } => Some((target, data)),
            _ => None,
        };
        self.last.iter().filter_map(|&word| ToFpga::decode(word)).filter_map(write).collect()
    }
}

impl<S: Setup> Setup for Recording<S> {
    fn run(&mut self, program: &[u64]) -> Result<Vec<u64>, SetupError> {
        self.last = program.to_vec();
        self.inner.run(program)
    }

    fn run_batch(&mut self, programs: &[Vec<u64>]) -> Result<Vec<Vec<u64>>, SetupError> {
        self.inner.run_batch(programs)
    }

    fn identifier(&self) -> String {
        self.inner.identifier()
    }
}

pub type ChipSession = Session<Recording<MemoryLink<Chip>>>;

/// A chip without mismatch and noise, initialised.
pub fn session() -> ChipSession {
    let chip = Chip::new(ChipConfig::ideal());
    let inner = MemoryLink::new(ExecutorConfig::default(), LinkConfig::default(), chip, "ideal").unwrap();
    let mut session = Session::new(Recording { inner, last: Vec::new() });
    session.initialise(&SystemInit::default()).unwrap();
    session
}

/// Random words: word `index` of the stream `stream`.
pub fn random(stream: u64, index: u64) -> u32 {
    (mix(extend(stream, index)) >> 32) as u32
}
