//! What a core of this chip finds outside itself.

use super::Processor;
use super::arbiter::occupy;
use super::clock::Clock;
use super::diagnostics::{ProcessorCause, ProcessorEvent};
use super::vector::{lanes, vector};
use crate::chip::Chip;
use crate::external::SparseMemory;
use crate::omnibus::{Live, PpuMemoryAddress, Target, enabled_bits, target};
use crate::ppu::io::parallel::SampleAddress;
use crate::ppu::io::{ParallelTarget, ScalarTarget, fetch_target, parallel_target, scalar_target};
use crate::ppu::ports::{Delay, Port, Ports, Sram};
use crate::ppu::vector::{ByteMask, Vector};
use crate::ppu::{ParallelRandom, PpuBusTiming};
use crate::router::PadiTrigger;
use crate::router::padi::PadiEvent;
use crate::time::Time;
use hx_isa::regmap::Register;
use hx_isa::regmap::register::PPUControlRegister;
use std::cell::Cell;

/// A core's way to the chip while it runs. The chip's own list of processors is empty meanwhile.
pub struct ChipPorts<'a> {
    /// 0 top, 1 bottom.
    pub hemisphere: usize,
    /// The core's own memory.
    pub sram: &'a mut Sram,
    /// The random numbers of its hemisphere.
    pub random: &'a mut ParallelRandom,
    /// The other processor.
    pub other: &'a mut Processor,
    /// Everything else.
    pub chip: &'a mut Chip,
    /// The core's clock.
    pub clock: Clock,
    /// Levels of its input pins.
    pub pins: u32,
    /// Nobody else acts before the core is back: it need not ask before it touches what is shared.
    pub alone: bool,
    /// The access that was asked about last.
    pub asked: Cell<Access>,
    /// Whether a control register of a processor was written.
    pub control_written: bool,
}

/// What an access reaches, as far as it matters for the order in which the processors run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Something of the chip.
    Chip,
    /// What the other core uses without asking: its memory, or memory it may fetch from.
    Other,
    /// A control register of a processor.
    Control,
}

impl Access {
    fn of(port: Port, address: u32, own: usize) -> Access {
        let is_word = matches!(port, Port::Data | Port::Vector);
        match scalar_target(address) {
            ScalarTarget::Omnibus(word) if is_word => match target(word) {
                Target::PpuMemory(at) if usize::from(at.hemisphere) != own => Access::Other,
                Target::Live(Live::PpuStatus { .. }) => Access::Other,
                Target::Register(slot) if slot.container() == PPUControlRegister::INDEX => Access::Control,
                _ => Access::Chip,
            },
            _ => Access::Chip,
        }
    }
}

impl ChipPorts<'_> {
    fn timing(&self) -> &PpuBusTiming {
        &self.chip.instance.config.processor.timing
    }

    /// Response after waiting for a bus that is free at `free`.
    fn after(&self, cycle: u64, free: Time, response: u64) -> Delay {
        let wait = self.clock.cycles(free - self.clock.time(cycle));
        let response = (wait + response).clamp(1, u64::from(u16::MAX));
        Delay { accept: 0, response: response as u16 }
    }

    fn scalar_delay(&self, cycle: u64, address: u32, write: bool) -> Delay {
        let timing = self.timing();
        let arbiter = &self.chip.processors.arbiter;
        match scalar_target(address) {
            ScalarTarget::Omnibus(word) => {
                let busy = if write { Time::ZERO } else { self.chip.busy(self.clock.time(cycle), word) };
                let response = u64::from(timing.omnibus) + self.clock.cycles(busy);
                self.after(cycle, arbiter.omnibus, response)
            }
            ScalarTarget::External(_) | ScalarTarget::FpgaRegister(_) => {
                self.external_delay(cycle, write, [timing.external_load, timing.external_store])
            }
            ScalarTarget::LegacySpikes { .. } | ScalarTarget::Unmapped => {
                self.after(cycle, arbiter.omnibus, u64::from(timing.omnibus))
            }
        }
    }

    /// Loads wait for the link, stores until they fit into its buffer.
    fn external_delay(&self, cycle: u64, write: bool, [load, store]: [u16; 2]) -> Delay {
        let free = self.chip.processors.arbiter.external;
        match write {
            false => self.after(cycle, free, u64::from(load)),
            true => {
                let backlog = self.clock.span(self.timing().external_backlog);
                self.after(cycle, free - backlog, u64::from(store))
            }
        }
    }

    fn parallel_delay(&self, cycle: u64, address: u32, write: bool) -> Delay {
        let timing = self.timing();
        let response = match parallel_target(address) {
            ParallelTarget::External(_) => {
                let responses = [timing.external_vector_load, timing.external_vector_store];
                return self.external_delay(cycle, write, responses);
            }
            ParallelTarget::Samples(sample) if !write => {
                let at = self.clock.time(cycle);
                let busy = self.clock.cycles(self.chip.cadc_busy(self.hemisphere, !sample.buffered, at));
                let overhead = if busy > 0 { timing.conversion_overhead } else { timing.row_read };
                busy + u64::from(overhead)
            }
            _ => u64::from(if write { timing.row_write } else { timing.row_read }),
        };
        self.after(cycle, Time::ZERO, response)
    }

    fn note(&mut self, cause: ProcessorCause, target: u32) {
        let processor = self.hemisphere as u8;
        let event = ProcessorEvent { processor, cause, instruction: None, target, count: 1 };
        self.chip.omnibus.diagnostics.processors.count(event);
    }

    /// Takes the Omnibus in a cycle.
    fn take_omnibus(&mut self, at: Time) {
        let occupancy = self.clock.span(self.timing().omnibus_occupancy);
        occupy(&mut self.chip.processors.arbiter.omnibus, at, occupancy);
    }

    /// Takes the link to the external memories in a cycle.
    fn take_external(&mut self, at: Time, cycles: u16) -> &mut SparseMemory {
        let occupancy = self.clock.span(cycles);
        occupy(&mut self.chip.processors.arbiter.external, at, occupancy);
        &mut self.chip.external
    }

    /// The memory of either processor.
    fn memory(&self, at: PpuMemoryAddress) -> u32 {
        let word = u32::from(at.word);
        if usize::from(at.hemisphere) == self.hemisphere {
            self.sram.word(word)
        } else {
            self.other.sram.word(word)
        }
    }

    fn read_omnibus(&mut self, at: Time, word: u32) -> u32 {
        self.take_omnibus(at);
        match target(word) {
            Target::PpuMemory(memory) => self.memory(memory),
            Target::Live(Live::PpuStatus { hemisphere }) => {
                u32::from(usize::from(hemisphere) != self.hemisphere && self.other.asleep())
            }
            _ => self.chip.bus_read(at, word),
        }
    }

    fn write_omnibus(&mut self, at: Time, word: u32, enables: u8, data: u32) {
        self.take_omnibus(at);
        match target(word) {
            Target::PpuMemory(memory) if usize::from(memory.hemisphere) == self.hemisphere => {
                self.sram.set_bytes(u32::from(memory.word), enables, data);
            }
            Target::PpuMemory(memory) => self.other.write(memory.word, data, enables),
            target => {
                if enables & 0xf != 0xf {
                    self.note(ProcessorCause::SubWordRegister, word);
                }
                self.control_written |=
                    matches!(target, Target::Register(slot) if slot.container() == PPUControlRegister::INDEX);
                self.chip.bus_write(at, word, data, enables);
            }
        }
    }

    fn read_word(&mut self, cycle: u64, address: u32) -> u32 {
        let at = self.clock.time(cycle);
        match scalar_target(address) {
            ScalarTarget::External(word) => {
                let interval = self.timing().external_interval;
                self.take_external(at, interval).read(word)
            }
            ScalarTarget::Omnibus(word) => self.read_omnibus(at, word),
            ScalarTarget::FpgaRegister(_) => self.nothing(ProcessorCause::FpgaRegister, address),
            ScalarTarget::LegacySpikes { .. } | ScalarTarget::Unmapped => {
                self.nothing(ProcessorCause::UnmappedAddress, address)
            }
        }
    }

    fn write_word(&mut self, cycle: u64, address: u32, enables: u8, data: u32) {
        let at = self.clock.time(cycle);
        match scalar_target(address) {
            ScalarTarget::External(word) => {
                let interval = self.timing().external_interval;
                self.take_external(at, interval).write(word, data, enabled_bits(enables));
            }
            ScalarTarget::Omnibus(word) => self.write_omnibus(at, word, enables, data),
            ScalarTarget::LegacySpikes { label } => self.inject(at, label, data),
            ScalarTarget::FpgaRegister(_) => self.note(ProcessorCause::FpgaRegister, address),
            ScalarTarget::Unmapped => self.note(ProcessorCause::UnmappedAddress, address),
        }
    }

    fn nothing(&mut self, cause: ProcessorCause, target: u32) -> u32 {
        self.note(cause, target);
        0
    }

    /// Spike injection as on the predecessor chip: bit `d` of the mask sends an event to synapse driver `d` of the own hemisphere.
    fn inject(&mut self, at: Time, label: u8, mask: u32) {
        self.take_omnibus(at);
        for driver in (0..32).filter(|driver| mask >> driver & 1 == 1) {
            let event = PadiEvent { row_select: driver / 4, synapse_label: label };
            self.chip.padi_event(at, self.hemisphere as u8, PadiTrigger { buses: 1 << (driver % 4), event });
        }
    }

    fn read_external_vector(&mut self, at: Time, first: u32) -> Vector {
        let interval = self.timing().external_vector_interval;
        let memory = self.take_external(at, interval);
        let mut vector = Vector::ZERO;
        (0..32).for_each(|word| vector.set_word(word, memory.read(first + word as u32)));
        vector
    }

    fn write_external_vector(&mut self, at: Time, first: u32, enables: ByteMask, data: &Vector) {
        let interval = self.timing().external_vector_interval;
        let memory = self.take_external(at, interval);
        for word in 0..32 {
            // Byte lane 4 w is the most significant byte of word w.
            let enables = ((enables.0 >> (4 * word) & 0xf) as u8).reverse_bits() >> 4;
            if enables != 0 {
                memory.write(first + word as u32, data.word(word), enabled_bits(enables));
            }
        }
    }

    /// Resets correlation sensors: bit 0 of a byte the causal one, bit 1 the acausal one.
    fn write_samples(
        &mut self,
        at: Time,
        address: u32,
        sample: SampleAddress,
        enables: ByteMask,
        data: &Vector,
    ) {
        if sample.acausal || sample.v_reset || sample.buffered {
            return self.note(ProcessorCause::UnmappedVector, address);
        }
        let mut bits = lanes(data);
        let disabled = bits.iter_mut().enumerate().filter(|(lane, _)| !enables.enables(*lane));
        disabled.for_each(|(_, bits)| *bits = 0);
        self.chip.reset_correlation_lanes(at, self.hemisphere, usize::from(sample.row), sample.half, &bits);
    }
}

/// Lanes that are enabled and whose byte has a bit of `bits` set.
fn lanes_with(bits: u8, enables: ByteMask, data: &Vector) -> u128 {
    let set = data.bytes().iter().enumerate().filter(|(_, byte)| **byte & bits != 0);
    set.fold(0, |lanes, (lane, _)| lanes | 1 << lane) & enables.0
}

impl Ports for ChipPorts<'_> {
    fn sram(&mut self) -> &mut Sram {
        self.sram
    }

    fn delay(&self, cycle: u64, port: Port, address: u32, write: bool) -> Delay {
        let timing = self.timing();
        match port {
            Port::Data | Port::Vector => self.scalar_delay(cycle, address, write),
            Port::Parallel => self.parallel_delay(cycle, address, write),
            Port::Fetch => Delay { accept: 0, response: timing.external_load },
        }
    }

    fn is_shared(&self, port: Port, address: u32) -> bool {
        let access = Access::of(port, address, self.hemisphere);
        let shared = !self.alone || access == Access::Control;
        if shared {
            self.asked.set(access);
        }
        shared
    }

    fn load(&mut self, cycle: u64, address: u32) -> u32 {
        self.read_word(cycle, address)
    }

    fn store(&mut self, cycle: u64, address: u32, enables: u8, word: u32) {
        self.write_word(cycle, address, enables, word);
    }

    fn vector_load(&mut self, cycle: u64, address: u32) -> u32 {
        self.read_word(cycle, address)
    }

    fn vector_store(&mut self, cycle: u64, address: u32, word: u32) {
        self.write_word(cycle, address, 0xf, word);
    }

    fn parallel_read(&mut self, cycle: u64, address: u32, _enables: ByteMask) -> Vector {
        let at = self.clock.time(cycle);
        match parallel_target(address) {
            ParallelTarget::Cells { view, row, half } => {
                vector(self.chip.synapse_lanes(self.hemisphere, view, row, half))
            }
            ParallelTarget::Samples(sample) => self.chip.vector_samples(at, self.hemisphere, sample),
            ParallelTarget::Random { half } => vector(self.random.draw(half as usize)),
            ParallelTarget::External(first) => self.read_external_vector(at, first),
            ParallelTarget::NeuronReset { .. }
            | ParallelTarget::NeuronResetByValue { .. }
            | ParallelTarget::Unmapped => {
                self.note(ProcessorCause::UnmappedVector, address);
                Vector::ZERO
            }
        }
    }

    fn is_late(&self, address: u32) -> bool {
        let is_sample = matches!(parallel_target(address), ParallelTarget::Samples(_));
        is_sample && self.chip.converts(self.hemisphere)
    }

    fn late_read(&mut self, cycle: u64, address: u32) -> Vector {
        match parallel_target(address) {
            ParallelTarget::Samples(sample) => {
                self.chip.late_samples(self.clock.time(cycle), self.hemisphere, sample)
            }
            _ => Vector::ZERO,
        }
    }

    fn parallel_write(&mut self, cycle: u64, address: u32, enables: ByteMask, data: &Vector) {
        let at = self.clock.time(cycle);
        match parallel_target(address) {
            ParallelTarget::Cells { view, row, half } => {
                let place = [self.hemisphere, row];
                self.chip.write_synapse_lanes(at, place, view, half, &lanes(data), enables.0);
            }
            ParallelTarget::Samples(sample) => self.write_samples(at, address, sample, enables, data),
            ParallelTarget::Random { half } => {
                let enabled = data.bytes().iter().enumerate().filter(|(lane, _)| enables.enables(*lane));
                enabled.for_each(|(lane, byte)| self.random.seed(half as usize, lane, *byte));
            }
            ParallelTarget::External(first) => self.write_external_vector(at, first, enables, data),
            ParallelTarget::NeuronReset { half } => {
                self.chip.reset_neurons(at, self.hemisphere, half, enables.0);
            }
            ParallelTarget::NeuronResetByValue { half } => {
                self.chip.reset_neurons(at, self.hemisphere, half, lanes_with(2, enables, data));
            }
            ParallelTarget::Unmapped => self.note(ProcessorCause::UnmappedVector, address),
        }
    }

    fn fetch(&mut self, address: u32) -> u32 {
        match fetch_target(address) {
            Some(word) => self.chip.external.read(word),
            None => self.nothing(ProcessorCause::UnmappedFetch, address),
        }
    }

    fn pins(&self) -> u32 {
        self.pins
    }
}
