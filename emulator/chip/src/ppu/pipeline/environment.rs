//! What the timing machine announces to, and asks from, those who hold the data.

use serde::{Deserialize, Serialize};

use super::timing::Timing;
use crate::ppu::ports::Delay;
use crate::ppu::vector::timing::VectorClass;

/// What a scalar instruction did, as far as the timing depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Outcome {
    /// A branch was taken.
    pub taken: bool,
    /// Word address where a taken branch goes.
    pub target: u32,
    /// A load or store is misaligned, or a trap traps.
    pub exception: bool,
}

/// What kind of access a request is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Access {
    /// It goes to the core's own memory, whose port may be shared.
    pub sram: bool,
    /// How long it takes.
    pub delay: Delay,
}

/// One issue slot of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    /// Word address of the instruction.
    pub address: u32,
    /// The instruction.
    pub word: u32,
    /// Number of the slot within the instruction.
    pub number: u8,
    /// How it behaves.
    pub timing: Timing,
}

/// A decided branch for the predictor. Addresses count words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Training {
    /// The branch.
    pub address: u32,
    /// Whether it was taken.
    pub taken: bool,
    /// Where it went; if it was not taken, the useless value that the hardware stores instead.
    pub target: u32,
}

/// Interrupts of the core, in the order of their priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Interrupt {
    /// A misaligned access.
    Alignment,
    /// A trap instruction.
    Trap,
    /// An input pin.
    External,
    /// The fixed interval timer.
    FixedInterval,
    /// The decrementer.
    Decrementer,
    /// The doorbell.
    Doorbell,
}

impl Interrupt {
    /// Word address of the vector (electronicvisions/nux `src/rtl/packages/pu_interrupt_pkg.sv`).
    pub const fn vector(self) -> u32 {
        match self {
            Self::External => 5,
            Self::Alignment => 6,
            Self::Trap => 7,
            Self::Doorbell => 9,
            Self::FixedInterval => 11,
            Self::Decrementer => 12,
        }
    }
}

/// Requests from outside as the core sees them in one cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Requests {
    /// Interrupts are enabled (MSR bit EE).
    pub enabled: bool,
    /// An input pin.
    pub external: bool,
    /// The fixed interval timer has run out and may interrupt.
    pub fixed_interval: bool,
    /// The decrementer has run out and may interrupt.
    pub decrementer: bool,
    /// The doorbell rang.
    pub doorbell: bool,
}

impl Requests {
    /// Whether nothing is requested, so that nothing depends on whether it is allowed.
    pub const fn is_quiet(&self) -> bool {
        !(self.external || self.fixed_interval || self.decrementer || self.doorbell)
    }

    /// The request that is served first.
    pub(super) fn first(&self) -> Option<Interrupt> {
        let requests = [
            (self.external, Interrupt::External),
            (self.fixed_interval, Interrupt::FixedInterval),
            (self.decrementer, Interrupt::Decrementer),
            (self.doorbell, Interrupt::Doorbell),
        ];
        requests.into_iter().find(|&(requested, _)| requested && self.enabled).map(|(_, interrupt)| interrupt)
    }
}

/// The holder of the data. All calls come in the order of the cycles; within a cycle in an order in which the results are those
/// of the hardware.
pub trait Environment {
    /// The instruction memory is read at a word address.
    fn fetch(&mut self, address: u32) -> u32;

    /// The instruction cache is asked for a word. Returns whether it has it.
    fn probe(&mut self, address: u32) -> bool;

    /// A word of a line arrives at the instruction cache; `first` is the word the line was fetched for.
    fn fill(&mut self, address: u32, first: u32);

    /// Where the predictor says the instruction at `address` goes, if not to the next one.
    fn predict(&mut self, address: u32) -> Option<u32>;

    /// A branch was decided.
    fn train(&mut self, training: Training);

    /// A scalar instruction issues: it is executed, except that a load or store only joins the queue.
    fn issue(&mut self, slot: Slot) -> Outcome;

    /// A vector instruction issues: its scalar operands are taken and kept under `key`.
    fn issue_vector(&mut self, slot: Slot, key: u8) -> VectorClass;

    /// The scalar request at the head of the queue is presented from this cycle on.
    fn data_request(&mut self) -> Access;

    /// The scalar request at the head of the queue is accepted.
    fn data_access(&mut self);

    /// The scalar request at the head of the queue is misaligned and dropped.
    fn data_drop(&mut self);

    /// `fxvlax` or `fxvstax` asks how its words are accessed, before the first.
    fn vector_request(&mut self, key: u8) -> Access;

    /// A word of `fxvlax` or `fxvstax` is accepted.
    fn beat(&mut self, key: u8, word: u8);

    /// `fxvinx` or `fxvoutx` asks how long it takes.
    fn parallel_request(&mut self, key: u8) -> Delay;

    /// `fxvinx` or `fxvoutx` samples its byte enables.
    fn capture(&mut self, key: u8);

    /// `fxvinx` or `fxvoutx` is accepted.
    fn parallel(&mut self, key: u8);

    /// A vector instruction has its operands and may read and write vector registers.
    fn compute(&mut self, key: u8);

    /// A vector instruction is finished.
    fn retire(&mut self, key: u8);

    /// Results with a fixed latency that are not yet written are lost.
    fn cancel(&mut self);

    /// An interrupt is taken that returns to word address `from`.
    fn interrupt(&mut self, interrupt: Interrupt, from: u32);
}
