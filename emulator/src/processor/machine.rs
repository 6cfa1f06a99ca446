//! A processor with its surroundings: the bare core on plain memories, or one of the two on an otherwise idle chip.

use hx_chip::ppu::ports::SRAM_WORDS;
use hx_chip::ppu::scalar::DecodeOptions;
use hx_chip::ppu::{BareMemory, Observer, Ports, Ppu, Stop};

/// Cycles after which a core that cannot finish what it began is taken as it is.
const DRAIN_CYCLES: u64 = 100_000;

/// The bare core.
#[derive(Debug, Clone, PartialEq)]
pub struct Bare {
    /// The core.
    pub ppu: Ppu,
    /// Its memories.
    pub memory: BareMemory,
}

impl Bare {
    /// A core that was just reset.
    #[must_use]
    pub fn new(memory: BareMemory) -> Bare {
        Bare { ppu: Ppu::new(memory.delays, DecodeOptions::default()), memory }
    }
}

/// Where a program runs.
pub trait Machine {
    /// The core.
    fn ppu(&self) -> &Ppu;
    /// The core, for a debugger.
    fn ppu_mut(&mut self) -> Option<&mut Ppu>;
    /// Runs up to a cycle of the core.
    fn run(&mut self, until_cycle: u64, observer: &mut dyn Observer) -> Stop;
    /// A byte of memory, read without side effects; `None` where there is none.
    fn peek(&mut self, address: u32) -> Option<u8>;
    /// Changes a byte of memory; false where there is none.
    fn poke(&mut self, address: u32, value: u8) -> bool;
    /// Reads an Omnibus word as a host does, with its side effects; `None` where there is no chip.
    fn read_bus(&mut self, _address: u32) -> Option<u32> {
        None
    }
    /// A copy in which everything that was begun is finished, for looking at.
    fn settled(&self) -> Self
    where
        Self: Sized;

    /// Bytes of memory from an address on, as far as there are any.
    fn peek_bytes(&mut self, address: u32, length: usize) -> Vec<u8> {
        (0..length as u32).map_while(|offset| self.peek(address.wrapping_add(offset))).collect()
    }

    /// A word of memory; 0 where there is none.
    fn peek_word(&mut self, address: u32) -> u32 {
        self.peek_bytes(address, 4).iter().fold(0, |word, byte| word << 8 | u32::from(*byte))
    }
}

/// Lets nothing more issue and runs until everything begun is finished.
pub(super) fn drain(machine: &mut impl Machine) {
    let end = machine.ppu().cycle().saturating_add(DRAIN_CYCLES);
    if let Some(ppu) = machine.ppu_mut() {
        ppu.hold(true);
    }
    while !machine.ppu().is_drained() && machine.ppu().cycle() < end {
        let until = machine.ppu().cycle() + 16;
        machine.run(until, &mut ());
    }
    if let Some(ppu) = machine.ppu_mut() {
        ppu.hold(false);
    }
}

fn shift(address: u32) -> u32 {
    24 - 8 * (address % 4)
}

impl Machine for Bare {
    fn ppu(&self) -> &Ppu {
        &self.ppu
    }

    fn ppu_mut(&mut self) -> Option<&mut Ppu> {
        Some(&mut self.ppu)
    }

    fn run(&mut self, until_cycle: u64, observer: &mut dyn Observer) -> Stop {
        let mut observer = observer;
        self.ppu.run(&mut self.memory, until_cycle, u64::MAX, &mut observer)
    }

    fn peek(&mut self, address: u32) -> Option<u8> {
        let word = match self.memory.sram.words().get(address as usize / 4) {
            Some(word) => *word,
            None => self.memory.outside.get(&(address & !3)).copied().unwrap_or(0),
        };
        Some((word >> shift(address)) as u8)
    }

    fn poke(&mut self, address: u32, value: u8) -> bool {
        let (mask, value) = (0xff << shift(address), u32::from(value) << shift(address));
        if (address as usize) < 4 * SRAM_WORDS {
            let word = self.memory.sram().word(address / 4);
            self.memory.sram().set_word(address / 4, word & !mask | value);
        } else {
            let word = self.memory.outside.entry(address & !3).or_default();
            *word = *word & !mask | value;
        }
        true
    }

    fn settled(&self) -> Bare {
        let mut copy = self.clone();
        drain(&mut copy);
        copy
    }
}
