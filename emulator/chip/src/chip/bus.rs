//! Register accesses: where a word goes, what else it sets off, and what a read finds.

use super::{Chip, decode};
use crate::analog::cell::Cell;
use crate::omnibus::{Live, Slot, Target, Trigger, synram, target};
use crate::router::PadiTrigger;
use crate::synapse::delivery::COLUMNS;
use crate::time::Time;
use hx_isa::field;
use hx_isa::regmap::Register;
use hx_isa::regmap::register::{ADPLL, CapMemCell, PADIEvent, PLLClockOutputBlock, PPUControlRegister};
use std::sync::Arc;

impl Chip {
    /// Writes the enabled bytes of a word (bit `i` of `byte_enables` guards bits `8 i .. 8 i + 7`).
    pub fn write(&mut self, at: Time, address: u32, data: u32, byte_enables: u8) {
        if self.processors.run() {
            self.take_bus(at);
        }
        self.bus_write(at, address, data, byte_enables);
    }

    /// As [`Chip::write`], for whoever has the bus already.
    pub(super) fn bus_write(&mut self, at: Time, address: u32, data: u32, byte_enables: u8) {
        let target = target(address);
        if let Target::PpuMemory(memory) = target {
            return self.processors.write_memory(memory, data, byte_enables);
        }
        if self.in_reset || !self.omnibus.changes(target, data, byte_enables) {
            // Accesses without effect are still counted, but nothing has to be brought up to date for them.
            self.omnibus.write(address, target, data, byte_enables);
            return;
        }
        self.advance(at);
        if let Target::Synram(cell) = target {
            self.before_synapse_write(cell);
        }
        self.omnibus.write(address, target, data, byte_enables);
        if self.follow(target) {
            return;
        }
        self.stale.any = true;
        if let Target::Trigger(trigger) = target {
            self.rebuild();
            self.pull(trigger, at, data);
        }
    }

    /// Follows the writes that come by the ten thousand and change one simple thing, without a look at all other marks. Returns
    /// whether nothing is left to do for this one.
    fn follow(&mut self, target: Target) -> bool {
        match target {
            Target::Synram(cell) if usize::from(cell.row) < synram::SYNAPSE_ROWS => {
                self.deliveries[usize::from(cell.hemisphere)].clear();
                true
            }
            Target::Register(slot) => self.follow_register(slot),
            _ => false,
        }
    }

    #[inline]
    fn follow_register(&mut self, slot: Slot) -> bool {
        match slot.container() {
            CapMemCell::INDEX => {
                let code = self.words::<CapMemCell>(usize::from(slot.instance))[0] as u16;
                if let Some(cell) = Cell::from_index(usize::from(slot.instance)) {
                    self.capmem.write(cell, code, self.now);
                }
                true
            }
            PPUControlRegister::INDEX => {
                self.control_processors(self.now);
                true
            }
            // The processors' clock; other blocks look at it as well.
            ADPLL::INDEX | PLLClockOutputBlock::INDEX => {
                self.control_processors(self.now);
                false
            }
            _ => false,
        }
    }

    /// Carries out a trigger.
    fn pull(&mut self, trigger: Trigger, at: Time, data: u32) {
        match trigger {
            Trigger::NeuronReset { neuron } => self.artificial_fire(of_backend(neuron), at),
            Trigger::NeuronResetQuad { hemisphere, quad } => {
                for entry in 0..4 {
                    let neuron = 256 * usize::from(hemisphere) + column_of(quad, entry);
                    self.artificial_fire(neuron, at);
                }
            }
            Trigger::SpikeCounterReset { neuron } => {
                Arc::make_mut(&mut self.spike_counters)[of_backend(neuron)] = super::SpikeCounter::default();
            }
            Trigger::PadiEvent { hemisphere } => {
                let words = self.words::<PADIEvent>(usize::from(hemisphere));
                let trigger = PadiTrigger::from_word(words.first().copied().unwrap_or(data));
                self.padi_event(at, hemisphere, trigger);
            }
            Trigger::MadcControl => {
                self.sample_madc(at);
                let settings = self.madc_settings;
                self.madc.control(decode::madc_control(data), &settings, at);
            }
            Trigger::BlockPostPulse { block } => self.block_post_pulse(usize::from(block), at),
            Trigger::CorrelationReset { hemisphere, row, quad } => {
                let mut bits = [0; COLUMNS];
                (0..4).for_each(|entry| bits[column_of(quad, entry)] = 0b11);
                self.reset_correlation(at, usize::from(hemisphere), usize::from(row), &bits);
            }
        }
    }

    /// Lets a neuron fire, if its fire line is enabled.
    pub(super) fn artificial_fire(&mut self, neuron: usize, at: Time) {
        self.before_neurons(neuron, 1, at);
        self.neurons.artificial_fire(neuron, at);
    }

    /// Puts an event on PADI buses of a hemisphere.
    pub(super) fn padi_event(&mut self, at: Time, hemisphere: u8, trigger: PadiTrigger) {
        self.advance(at);
        self.network.padi_trigger(at, hemisphere, trigger, &self.network_config);
    }

    /// Reads a word.
    pub fn read(&mut self, at: Time, address: u32) -> u32 {
        if self.processors.run() {
            self.take_bus(at);
        }
        self.bus_read(at, address)
    }

    /// As [`Chip::read`], for whoever has the bus already.
    pub(super) fn bus_read(&mut self, at: Time, address: u32) -> u32 {
        let target = target(address);
        if let Target::PpuMemory(memory) = target {
            return self.processors.memory(memory);
        }
        if let Some(word) = self.omnibus.read(address, target) {
            return word;
        }
        self.advance(at);
        match target {
            Target::Live(live) => self.read_live(live),
            Target::CadcSample(sample) => self.read_cadc(sample, at),
            Target::Register(_)
            | Target::Synram(_)
            | Target::Trigger(_)
            | Target::PpuMemory(_)
            | Target::Unmapped => 0,
        }
    }

    fn read_live(&self, live: Live) -> u32 {
        match live {
            Live::SpikeCounter { neuron } => {
                let counter = self.spike_counters[of_backend(neuron)];
                let mut words = [0];
                field!(SpikeCounterRead.count).set(&mut words, u32::from(counter.count));
                field!(SpikeCounterRead.overflow).set(&mut words, u32::from(counter.overflow));
                words[0]
            }
            Live::CrossbarDrops { input } => u32::from(self.network.drop_counter(usize::from(input))),
            Live::CrossbarEvents { output } => self.network.event_counter(usize::from(output)),
            Live::PpuStatus { hemisphere } => {
                let mut words = [0];
                let asleep = self.processors.asleep(usize::from(hemisphere));
                field!(PPUStatusRegister.sleep).set(&mut words, u32::from(asleep));
                words[0]
            }
            // The PLL self test never finishes.
            Live::PllSelfTestStatus => 0,
        }
    }
}

/// Column of an entry (0..4) of a quad (0..64): quads 0..32 hold even columns, 32..64 odd ones.
pub(super) fn column_of(quad: u8, entry: usize) -> usize {
    8 * usize::from(quad % 32) + 2 * entry + usize::from(quad / 32)
}

/// AtomicNeuron enum of a backend number: backends are enumerated by half, row and column within the half.
pub(super) fn of_backend(backend: u16) -> usize {
    let backend = usize::from(backend);
    256 * (backend % 256 / 128) + 128 * (backend / 256) + backend % 128
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neuron::NEURONS;

    #[test]
    fn quads_cover_every_column_once() {
        let mut columns: Vec<usize> = (0..64).flat_map(|q| (0..4).map(move |i| column_of(q, i))).collect();
        columns.sort_unstable();
        assert!(columns.into_iter().eq(0..COLUMNS));
        assert_eq!((column_of(0, 1), column_of(33, 2)), (2, 13));
    }

    #[test]
    fn backends_cover_every_neuron_once() {
        let mut neurons: Vec<usize> = (0..512).map(of_backend).collect();
        neurons.sort_unstable();
        assert!(neurons.into_iter().eq(0..NEURONS));
        assert_eq!((of_backend(1), of_backend(129), of_backend(257)), (1, 257, 129));
    }
}
