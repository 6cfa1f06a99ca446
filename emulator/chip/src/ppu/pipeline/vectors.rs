//! The vector unit as the core sees it: keys of the instructions on their way, and the port shared with scalar accesses.

use serde::{Deserialize, Serialize};

use super::environment::{Environment, Slot};
use crate::ppu::ports::Delay;
use crate::ppu::vector::timing::{VectorEnvironment, VectorTiming};

/// The vector unit's timing and what goes with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Vectors {
    timing: VectorTiming,
    /// Keys in use, bit n for key n.
    keys: u32,
    /// The words of the load or store under way are in the SRAM.
    sram: bool,
}

/// Passes the vector unit's calls on.
struct Calls<'a, E> {
    env: &'a mut E,
    keys: &'a mut u32,
    sram: &'a mut bool,
    port_taken: bool,
    uses_port: bool,
}

impl Vectors {
    /// Whether the scheduler may issue a vector instruction.
    pub(super) fn ready(&self) -> bool {
        self.timing.ready()
    }

    /// Whether the unit is empty as far as `sync` and `wait` go.
    pub(super) fn is_empty(&self) -> bool {
        self.timing.is_empty()
    }

    /// Whether nothing at all is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.timing.is_idle()
    }

    /// See [`VectorTiming::next_parallel`].
    pub(super) fn next_parallel(&self) -> Option<u8> {
        self.timing.next_parallel()
    }

    /// See [`VectorTiming::next_beat`].
    pub(super) fn next_beat(&self) -> Option<(u8, u8)> {
        self.timing.next_beat()
    }

    /// An instruction issues. It gets the lowest free key, so that equal histories give equal states.
    pub(super) fn issue(&mut self, slot: Slot, env: &mut impl Environment) {
        let key = self.keys.trailing_ones() as u8;
        self.keys |= 1 << (key & 31);
        self.timing.issue(env.issue_vector(slot, key), key);
    }

    /// One clock. Returns whether a word passed through the port of the SRAM.
    pub(super) fn step(&mut self, port_taken: bool, env: &mut impl Environment) -> bool {
        let Self { timing, keys, sram } = self;
        let mut calls = Calls { env, keys, sram, port_taken, uses_port: false };
        timing.step(&mut calls);
        calls.uses_port
    }
}

impl<E: Environment> VectorEnvironment for Calls<'_, E> {
    fn compute(&mut self, slot: u8) {
        self.env.compute(slot);
    }

    fn capture(&mut self, slot: u8) {
        self.env.capture(slot);
    }

    fn memory_delay(&mut self, slot: u8) -> Delay {
        let access = self.env.vector_request(slot);
        *self.sram = access.sram;
        access.delay
    }

    fn memory_port(&mut self) -> bool {
        !(self.port_taken && *self.sram)
    }

    fn beat(&mut self, slot: u8, word: u8) {
        self.env.beat(slot, word);
        self.uses_port |= *self.sram;
    }

    fn parallel_delay(&mut self, slot: u8) -> Delay {
        self.env.parallel_request(slot)
    }

    fn parallel(&mut self, slot: u8) {
        self.env.parallel(slot);
    }

    fn retire(&mut self, slot: u8) {
        *self.keys &= !(1 << (slot & 31));
        self.env.retire(slot);
    }
}
