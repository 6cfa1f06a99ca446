//! What programs did that they rarely mean to do, counted once per processor, cause and place.

use crate::ppu::ports::{Notice, NoticeKind};
use serde::{Deserialize, Serialize};

/// Distinct entries that are remembered; later ones only count.
const REMEMBERED: usize = 64;

/// A cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProcessorCause {
    /// The word is no instruction; it does nothing.
    Undecoded,
    /// A misaligned access raised the alignment interrupt.
    Alignment,
    /// A trap instruction raised the program interrupt.
    Trap,
    /// A special-purpose register that does not exist.
    UnknownSpr,
    /// An address behind the SRAM, where it repeats.
    SramAlias,
    /// A negative displacement or immediate that the core does not sign-extend.
    ZeroExtended,
    /// A byte address where nothing is: reads 0, ignores writes.
    UnmappedAddress,
    /// A register of the FPGA, which the emulated link does not reach: reads 0, ignores writes.
    FpgaRegister,
    /// A vector address where nothing is, or that cannot be read or written this way: reads 0, ignores writes.
    UnmappedVector,
    /// Part of a register word was written; the rest stays.
    SubWordRegister,
    /// An instruction fetched from where no memory is: 0.
    UnmappedFetch,
}

impl ProcessorCause {
    /// In words.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            ProcessorCause::Undecoded => "the word is no instruction and does nothing",
            ProcessorCause::Alignment => "misaligned access, which raised the alignment interrupt",
            ProcessorCause::Trap => "trap, which raised the program interrupt",
            ProcessorCause::UnknownSpr => "this special-purpose register does not exist",
            ProcessorCause::SramAlias => "address behind the SRAM, which repeats there",
            ProcessorCause::ZeroExtended => "negative number that the core does not sign-extend",
            ProcessorCause::UnmappedAddress => "nothing is at this address",
            ProcessorCause::FpgaRegister => "registers of the FPGA cannot be reached in the emulator",
            ProcessorCause::UnmappedVector => "nothing is at this vector address, or not in this direction",
            ProcessorCause::SubWordRegister => "part of a register word was written",
            ProcessorCause::UnmappedFetch => "no memory to fetch instructions from",
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessorEvent {
    /// 0 top, 1 bottom.
    pub processor: u8,
    /// What happened.
    pub cause: ProcessorCause,
    /// Byte address of the instruction where it is known; accesses on a bus have left the instruction behind.
    pub instruction: Option<u32>,
    /// What the instruction asked for: an address, a register number or its own word.
    pub target: u32,
    /// How often.
    pub count: u64,
}

impl ProcessorEvent {
    /// From what a core reports.
    #[must_use]
    pub fn new(processor: usize, notice: &Notice) -> ProcessorEvent {
        let (cause, target) = match notice.kind {
            NoticeKind::Undecoded => (ProcessorCause::Undecoded, notice.word),
            NoticeKind::Alignment { target } => (ProcessorCause::Alignment, target),
            NoticeKind::Trap => (ProcessorCause::Trap, notice.word),
            NoticeKind::UnknownSpr { number } => (ProcessorCause::UnknownSpr, u32::from(number)),
            NoticeKind::SramAlias { target } => (ProcessorCause::SramAlias, target),
            NoticeKind::ZeroExtended => (ProcessorCause::ZeroExtended, notice.word),
        };
        let instruction = Some(notice.address);
        ProcessorEvent { processor: processor as u8, cause, instruction, target, count: 1 }
    }

    /// Whether both are counted as one: same place if it is known, else same target.
    fn same(&self, other: &ProcessorEvent) -> bool {
        let place = |event: &ProcessorEvent| match event.instruction {
            Some(address) => (true, address),
            None => (false, event.target),
        };
        (self.processor, self.cause, place(self)) == (other.processor, other.cause, place(other))
    }
}

/// The events of both processors in order of appearance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProcessorDiagnostics {
    /// The first distinct ones.
    pub events: Vec<ProcessorEvent>,
    /// How often others happened, for which there was no room.
    pub others: u64,
}

impl ProcessorDiagnostics {
    /// Counts an event.
    pub fn count(&mut self, event: ProcessorEvent) {
        let known = self.events.iter().position(|known| known.same(&event));
        match known {
            Some(place) => self.events[place].count += event.count,
            None if self.events.len() < REMEMBERED => self.events.push(event),
            None => self.others += event.count,
        }
    }

    /// Adds what another chip of the same setup counted.
    pub fn absorb(&mut self, other: &ProcessorDiagnostics) {
        other.events.iter().for_each(|event| self.count(*event));
        self.others += other.others;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(instruction: Option<u32>, target: u32) -> ProcessorEvent {
        let cause = ProcessorCause::Alignment;
        ProcessorEvent { processor: 1, cause, instruction, target, count: 1 }
    }

    #[test]
    fn events_are_counted_once_per_place() {
        let mut diagnostics = ProcessorDiagnostics::default();
        for target in 0..5 {
            diagnostics.count(event(Some(0x40), target));
            diagnostics.count(event(None, target % 2));
        }
        let counts: Vec<_> = diagnostics.events.iter().map(|event| (event.target, event.count)).collect();
        assert_eq!(counts, [(0, 5), (0, 3), (1, 2)]);
        let mut sum = diagnostics.clone();
        sum.absorb(&diagnostics);
        assert_eq!(sum.events.iter().map(|event| event.count).collect::<Vec<_>>(), [10, 6, 4]);
    }

    #[test]
    fn a_flood_is_only_counted() {
        let mut diagnostics = ProcessorDiagnostics::default();
        (0..100).for_each(|address| diagnostics.count(event(Some(address), 0)));
        assert_eq!((diagnostics.events.len(), diagnostics.others), (REMEMBERED, 100 - REMEMBERED as u64));
    }
}
