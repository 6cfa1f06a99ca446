//! The two plasticity processors on the chip: their memory, control and status registers and clock. `ports.rs` carries out what
//! a core does outside its memory, `vector.rs` its parallel bus; `schedule.rs` moves the cores through time.
//!
//! A processor whose `inhibit_reset` is 0 has no core and costs nothing.

mod arbiter;
mod clock;
mod diagnostics;
mod ports;
mod schedule;
#[cfg(test)]
mod tests;
mod vector;

pub use diagnostics::{ProcessorCause, ProcessorDiagnostics, ProcessorEvent};
pub use schedule::{Broke, Watchers};

use super::{Chip, HEMISPHERES, clocks};
use crate::omnibus::{Block, PpuMemoryAddress};
use crate::ppu::ports::Sram;
use crate::ppu::scalar::DecodeOptions;
use crate::ppu::{BusDelays, ParallelRandom, Ppu, PpuBusTiming};
use crate::time::Time;
pub(super) use arbiter::Arbiter;
use clock::Clock;
use hx_isa::field;
use hx_isa::regmap::Register;
use hx_isa::regmap::register::PPUControlRegister;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Everything about the processors that is no register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProcessorConfig {
    /// Period of the clock as long as the PLL registers do not set one (250 MHz: electronicvisions libnux,
    /// include/libnux/vx/time.h).
    pub clock_period: Time,
    /// Delays of the core's own memory, and who shares its port. With the defaults of the core, `fxvlax` and `fxvstax` take 44
    /// clocks from one read of the time base to the next (libnux measures 49 +- 5 and 47 +- 5).
    pub memory: BusDelays,
    /// Delays of everything outside the core.
    pub timing: PpuBusTiming,
    /// Departures from the Power architecture that the hardware may or may not have.
    pub decoding: DecodeOptions,
}

impl Default for ProcessorConfig {
    fn default() -> Self {
        ProcessorConfig {
            clock_period: Time::NETWORK_CYCLE,
            memory: BusDelays::default(),
            timing: PpuBusTiming::default(),
            decoding: DecodeOptions::default(),
        }
    }
}

/// One processor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Processor {
    sram: Arc<Sram>,
    random: ParallelRandom,
    /// `None` while it is held in reset.
    core: Option<Box<Ppu>>,
    clock: Clock,
    /// Levels of the input pins.
    pins: u32,
}

impl Default for Processor {
    fn default() -> Self {
        Processor {
            sram: Arc::default(),
            random: ParallelRandom::default(),
            core: None,
            clock: Clock::start(Time::ZERO, None),
            pins: 0,
        }
    }
}

/// The processors of a chip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Processors {
    /// Both; empty while one of their cores runs, so that it can use the rest of the chip.
    all: Vec<Processor>,
    /// Some core is out of reset: the one test on the hot path.
    running: bool,
    /// Who has the shared buses until when.
    arbiter: Arbiter,
}

impl Default for Processors {
    fn default() -> Self {
        let all = (0..HEMISPHERES).map(|_| Processor::default()).collect();
        Processors { all, running: false, arbiter: Arbiter::default() }
    }
}

impl Processors {
    /// Whether some core is out of reset.
    #[inline]
    pub fn run(&self) -> bool {
        self.running
    }

    /// Whether a processor sleeps in `wait`.
    pub fn asleep(&self, hemisphere: usize) -> bool {
        self.all.get(hemisphere).is_some_and(Processor::asleep)
    }

    /// A word of a memory.
    pub fn memory(&self, at: PpuMemoryAddress) -> u32 {
        let processor = self.all.get(usize::from(at.hemisphere));
        processor.map_or(0, |processor| processor.sram.word(u32::from(at.word)))
    }

    /// Writes bytes of a word of a memory.
    pub fn write_memory(&mut self, at: PpuMemoryAddress, data: u32, byte_enables: u8) {
        if let Some(processor) = self.all.get_mut(usize::from(at.hemisphere)) {
            processor.write(at.word, data, byte_enables);
        }
    }
}

impl ProcessorConfig {
    /// A core after reset.
    fn core(&self) -> Ppu {
        Ppu::new(self.memory, self.decoding)
    }
}

impl Processor {
    /// The core sleeps in `wait`.
    fn asleep(&self) -> bool {
        self.core.as_ref().is_some_and(|core| core.is_sleeping())
    }

    fn write(&mut self, word: u16, data: u32, byte_enables: u8) {
        let mask = crate::omnibus::enabled_bits(byte_enables);
        if (self.sram.word(u32::from(word)) ^ data) & mask != 0 {
            Arc::make_mut(&mut self.sram).set_bytes(u32::from(word), byte_enables, data);
        }
    }
}

impl Chip {
    /// Lets processors start, stop or change their clock as their control registers and the PLLs say.
    pub(super) fn control_processors(&mut self, at: Time) {
        let _ = self.omnibus.dirty.take(Block::PpuControl);
        let registers = self.omnibus.registers();
        let period = clocks::period(registers, clocks::PROCESSORS)
            .unwrap_or(self.instance.config.processor.clock_period);
        for (hemisphere, processor) in self.processors.all.iter_mut().enumerate() {
            let words = registers.words(PPUControlRegister::INDEX, hemisphere);
            let on = |value: hx_isa::regmap::Value| value.is_set(words);
            let stopped = on(field!(PPUControlRegister.force_clock_off))
                && !on(field!(PPUControlRegister.force_clock_on));
            let period = (!stopped).then_some(period);
            match (on(field!(PPUControlRegister.inhibit_reset)), &processor.core) {
                (true, None) => {
                    processor.core = Some(Box::new(self.instance.config.processor.core()));
                    processor.clock = Clock::start(at, period);
                }
                (true, Some(_)) => processor.clock.change(at, period),
                (false, _) => processor.core = None,
            }
        }
        self.processors.running = self.processors.all.iter().any(|processor| processor.core.is_some());
    }

    /// Sets the input pins of a processor (0 top, 1 bottom), which are not connected to anything on the chip.
    pub fn set_processor_pins(&mut self, at: Time, hemisphere: usize, pins: u32) {
        self.advance(at);
        if let Some(processor) = self.processors.all.get_mut(hemisphere) {
            processor.pins = pins;
        }
    }

    /// The core of a processor (0 top, 1 bottom) that is out of reset.
    #[must_use]
    pub fn processor(&self, hemisphere: usize) -> Option<&Ppu> {
        self.processors.all.get(hemisphere)?.core.as_deref()
    }

    /// The core of a processor (0 top, 1 bottom) that is out of reset, for debuggers.
    pub fn processor_mut(&mut self, hemisphere: usize) -> Option<&mut Ppu> {
        self.processors.all.get_mut(hemisphere)?.core.as_deref_mut()
    }

    /// When a clock cycle of a processor (0 top, 1 bottom) is.
    #[must_use]
    pub fn processor_time(&self, hemisphere: usize, cycle: u64) -> Time {
        self.processors.all.get(hemisphere).map_or(Time::NEVER, |processor| processor.clock.time(cycle))
    }

    /// The memory of a processor (0 top, 1 bottom), for tools.
    #[must_use]
    pub fn processor_memory(&self, hemisphere: usize) -> Option<&Sram> {
        self.processors.all.get(hemisphere).map(|processor| &*processor.sram)
    }
}
