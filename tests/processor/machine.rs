//! The scalar instructions without any timing: a processor that executes one instruction after the other.

use hx_chip::ppu::ports::{NoticeKind, Sram};
use hx_chip::ppu::scalar::{DecodeOptions, Decoded, Effect, Registers, Timers, execute};
use hx_isa::elf::Program;

/// Words of the processor's memory.
const WORDS: u32 = 4096;

/// Registers and memory, and what was noticed.
#[derive(Default)]
pub struct Machine {
    pub registers: Registers,
    pub sram: Sram,
    pub pc: u32,
    pub instructions: u64,
    timers: Timers,
    /// Words that are no instructions, or do not mean here what they mean in Power.
    pub notices: Vec<(u32, NoticeKind)>,
}

/// Put the parts of `program` where they belong; all must be in the SRAM.
pub fn load(sram: &mut Sram, program: &Program) {
    for segment in &program.segments {
        for (address, word) in segment.words() {
            assert!(address / 4 < WORDS, "{} is outside the memory", segment.name);
            sram.set_word(address / 4, word);
        }
    }
}

impl Machine {
    /// Run until `wait`, at most `limit` instructions. Was it `wait`?
    pub fn run(&mut self, limit: u64, options: &DecodeOptions) -> bool {
        while self.instructions < limit {
            let decoded = Decoded::new(self.sram.word(self.pc / 4), options);
            if let Some(notice) = decoded.notice(options) {
                self.notices.push((self.pc, notice));
            }
            self.instructions += 1;
            if self.execute(&decoded) {
                return true;
            }
        }
        false
    }

    /// All slots of one instruction; was it `wait`?
    fn execute(&mut self, decoded: &Decoded) -> bool {
        let mut next = self.pc.wrapping_add(4);
        for part in 0..decoded.slots {
            let cycle = self.instructions;
            match execute(&mut self.registers, &mut self.timers, decoded, self.pc, part, cycle) {
                Effect::Load(load) => load.complete(&mut self.registers, self.sram.word(load.address / 4)),
                Effect::Store(store) => self.sram.set_bytes(store.address / 4, store.enables(), store.word()),
                Effect::Branch { taken: true, target } => next = target,
                Effect::ReturnFromInterrupt { target } => next = target,
                Effect::Misaligned { .. } => next = self.interrupt(0x18, 0),
                Effect::Trap => next = self.interrupt(0x1C, hx_chip::ppu::scalar::ESR_PTR),
                Effect::Wait => return true,
                _ => {}
            }
        }
        self.pc = next;
        false
    }

    fn interrupt(&mut self, vector: u32, syndrome: u32) -> u32 {
        self.registers.enter_interrupt(self.pc, Some(syndrome));
        vector
    }
}
