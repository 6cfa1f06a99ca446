//! Neurons during an experiment: holding them in reset, firing them artificially, and their spike counters.
//!
//! The reset sequence is that of electronicvisions grenade: src/grenade/vx/execution/detail/execution_instance_executor.cpp.

use super::cycles::Cycles;
use super::program::ProgramBuilder;
use super::registers::WriteRegisters;
use super::responses::Responses;
use super::ticket::{Redeem, TicketError, WordTicket};
use super::timed::TimedBuilder;
use hx_isa::field;
use hx_isa::regmap::coordinate::{
    AtomicNeuronOnDLS, CommonNeuronBackendConfigOnDLS, NeuronResetQuadOnDLS, SpikeCounterResetOnDLS,
};
use hx_isa::regmap::register::{
    CommonNeuronBackendConfig, NeuronReset, NeuronResetQuad, SpikeCounterRead, SpikeCounterReset,
};
use hx_isa::regmap::{Frame, OmnibusRegister};

/// How long neurons are held in reset: 1 us.
pub const RESET_HOLD: Cycles = Cycles::from_us(1);
/// How long they are given after the release: 4 us.
pub const RESET_SETTLING: Cycles = Cycles::from_us(4);

/// Common backend settings of the west and the east half.
pub type CommonBackends = [Frame<CommonNeuronBackendConfig>; CommonNeuronBackendConfigOnDLS::SIZE];

/// Holds all neurons in reset or releases them; no spikes are produced.
pub fn force_reset(target: &mut impl WriteRegisters, backends: &CommonBackends, held: bool) {
    let switch = field!(CommonNeuronBackendConfig.force_reset);
    for (at, frame) in CommonNeuronBackendConfigOnDLS::all().zip(backends) {
        target.write(at, &frame.with(switch, u32::from(held)));
    }
}

impl ProgramBuilder {
    /// Resets all neurons and lets them settle; uses the timer.
    pub fn reset_neurons(&mut self, backends: &CommonBackends) {
        force_reset(self, backends, true);
        self.wait(RESET_HOLD);
        force_reset(self, backends, false);
        self.wait(RESET_SETTLING);
    }

    /// Reads the spike counters of all neurons.
    pub fn read_spike_counters(&mut self) -> SpikeCounterTickets {
        let read = |neuron: AtomicNeuronOnDLS| {
            self.read_word(SpikeCounterRead::address(neuron.to_spike_counter_read(), 0))
        };
        SpikeCounterTickets(AtomicNeuronOnDLS::all().map(read).collect())
    }
}

impl TimedBuilder<'_> {
    /// Resets all neurons at `time` and returns when they have settled, where an experiment may begin.
    pub fn reset_neurons(&mut self, time: Cycles, backends: &CommonBackends) -> Cycles {
        self.at(time, |program| force_reset(program, backends, true));
        self.at(time + RESET_HOLD, |program| force_reset(program, backends, false));
        time + RESET_HOLD + RESET_SETTLING
    }
}

/// Fires a neuron artificially: with `enable_fire` it is reset, refractory and sends a post pulse.
pub fn fire(target: &mut impl WriteRegisters, neuron: AtomicNeuronOnDLS) {
    target.write(neuron.to_neuron_reset(), &Frame::<NeuronReset>::zero());
}

/// Fires all neurons artificially, four at a time.
pub fn fire_all(target: &mut impl WriteRegisters) {
    for at in NeuronResetQuadOnDLS::all() {
        target.write(at, &Frame::<NeuronResetQuad>::zero());
    }
}

/// Sets all spike counters to zero.
pub fn reset_spike_counters(target: &mut impl WriteRegisters) {
    for at in SpikeCounterResetOnDLS::all() {
        target.write(at, &Frame::<SpikeCounterReset>::zero());
    }
}

/// Content of a spike counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SpikeCount {
    /// Spikes since the last reset, modulo 256.
    pub count: u8,
    /// Whether the count has wrapped.
    pub overflow: bool,
}

impl SpikeCount {
    /// The count, or nothing if it has wrapped.
    #[must_use]
    pub fn exact(self) -> Option<u8> {
        (!self.overflow).then_some(self.count)
    }
}

/// Tickets of all spike counters; redeemed for the counts in the order of [`AtomicNeuronOnDLS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpikeCounterTickets(Vec<WordTicket>);

impl Redeem for SpikeCounterTickets {
    type Value = Vec<SpikeCount>;

    fn redeem(&self, responses: &Responses) -> Result<Vec<SpikeCount>, TicketError> {
        let count = |ticket: &WordTicket| {
            let words = [ticket.redeem(responses)?.value];
            Ok(SpikeCount {
                count: field!(SpikeCounterRead.count).get(&words) as u8,
                overflow: field!(SpikeCounterRead.overflow).is_set(&words),
            })
        };
        self.0.iter().map(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Session;
    use super::*;
    use crate::driver::fake::FakeSetup;

    #[test]
    fn counters_come_back_in_the_order_of_the_neurons() {
        let mut setup = FakeSetup::default();
        let neuron = AtomicNeuronOnDLS::new(1, 3).unwrap();
        setup.registers.insert(SpikeCounterRead::address(neuron.to_spike_counter_read(), 0), 0x107);
        let mut builder = ProgramBuilder::new();
        let tickets = builder.read_spike_counters();
        let counts = Session::new(setup).run(builder).unwrap().get(&tickets).unwrap();
        assert_eq!(counts.len(), 512);
        assert_eq!(counts[neuron.to_enum()], SpikeCount { count: 7, overflow: true });
        assert_eq!((counts[neuron.to_enum()].exact(), counts[0].exact()), (None, Some(0)));
    }

    #[test]
    fn neurons_are_held_for_a_microsecond() {
        let mut session = Session::new(FakeSetup::default());
        let backends = [Frame::default(); 2];
        let mut builder = ProgramBuilder::new();
        let mut timed = builder.timed();
        assert_eq!(timed.reset_neurons(Cycles(10), &backends), Cycles(635));
        assert_eq!(timed.finish().end, Cycles(10 + 125 + 8));
        session.run(builder).unwrap();
        let words: Vec<_> = [0xf007, 0x0470_0401, 0xf005, 0x0470_0401].into();
        let expected: Vec<_> = [0x1a_1800, 0x1a_1801, 0x1a_9800, 0x1a_9801].repeat(2);
        let writes = session.setup().last_writes();
        assert_eq!(writes.iter().map(|&(address, _)| address).collect::<Vec<_>>(), expected);
        assert_eq!(
            (writes[0].1, writes[2].1, writes[4].1, writes[6].1),
            (words[0], words[0], words[2], words[2])
        );
    }

    #[test]
    fn every_neuron_is_reached() {
        let mut builder = ProgramBuilder::new();
        fire_all(&mut builder);
        reset_spike_counters(&mut builder);
        fire(&mut builder, AtomicNeuronOnDLS::new(0, 128).unwrap());
        let mut session = Session::new(FakeSetup::default());
        session.run(builder).unwrap();
        let writes = session.setup().last_writes();
        assert_eq!(writes.len(), 128 + 512 + 1);
        assert_eq!(writes.last(), Some(&(0x12_a000, 0)));
    }
}
