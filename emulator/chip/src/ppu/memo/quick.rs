//! Executing instructions whose word is already taken apart.

use crate::ppu::calls::{Calls, DataAccess};
use crate::ppu::pipeline::{Outcome, Slot, Timing};
use crate::ppu::ports::{Observer, Ports, SRAM_END};
use crate::ppu::scalar::{Decoded, Effect, access, execute, jump};

impl<P: Ports, O: Observer> Calls<'_, P, O> {
    /// Instructions that only change registers.
    #[inline(never)]
    pub(super) fn run(&mut self, instructions: &[Decoded]) {
        *self.issued += instructions.len() as u64;
        let (registers, timers) = (&mut *self.registers, &mut *self.timers);
        for decoded in instructions {
            execute(registers, timers, decoded, 0, 0, 0);
        }
    }

    /// An instruction to which the time matters.
    #[inline(never)]
    pub(super) fn clocked(&mut self, decoded: &Decoded, address: u32) {
        execute(self.registers, self.timers, decoded, address, 0, self.cycle);
    }

    /// A scalar access to the SRAM. Returns whether it wrote.
    #[inline(always)]
    pub(super) fn sram_access(&mut self) -> bool {
        match self.stores.take() {
            Some(DataAccess::Load(load)) => {
                let word = self.ports.sram().word(load.address >> 2);
                load.complete(self.registers, word);
                false
            }
            Some(DataAccess::Store(store)) => {
                self.touched += 1;
                self.ports.sram().set_bytes(store.address >> 2, store.enables(), store.word());
                true
            }
            Some(DataAccess::Fault) | None => false,
        }
    }

    /// A multiplication.
    pub(super) fn multiply(&mut self, decoded: &Decoded, address: u32) {
        self.undo.note(self.registers, &Timing::new(decoded.word, 0), self.cycle);
        self.clocked(decoded, address);
    }

    /// A branch, with its target as a word address.
    #[inline(always)]
    pub(super) fn branch(&mut self, decoded: &Decoded, address: u32) -> Outcome {
        match jump(self.registers, decoded, address) {
            Effect::Branch { taken, target } => Outcome { taken, target: target >> 2, exception: false },
            _ => Outcome::default(),
        }
    }

    /// A slot of a load or store. Returns what it did if it was not as usual.
    #[inline(always)]
    pub(super) fn memory(&mut self, decoded: &Decoded, address: u32, part: u8) -> Option<Outcome> {
        let queued = match access(self.registers, decoded, part) {
            Effect::Load(load) if is_usual(load.address) => DataAccess::Load(load),
            Effect::Store(store) if is_usual(store.address) => DataAccess::Store(store),
            Effect::Next => return None,
            effect => return self.unusual(decoded, address, part, effect),
        };
        self.stores.enqueue(queued, address);
        None
    }

    #[cold]
    fn unusual(&mut self, decoded: &Decoded, address: u32, part: u8, effect: Effect) -> Option<Outcome> {
        let (word, timing) = (decoded.word, Timing::new(decoded.word, part));
        let outcome = self.follow(&Slot { address: address >> 2, word, number: part, timing }, effect);
        (outcome != Outcome::default()).then_some(outcome)
    }
}

/// Whether an address is in the SRAM proper or outside; between the two there is something to be said.
const fn is_usual(address: u32) -> bool {
    address < SRAM_END || address >= crate::ppu::ports::SRAM_ALIAS_END
}
