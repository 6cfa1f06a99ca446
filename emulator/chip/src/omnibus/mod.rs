//! The chip's side of the register bus: raw words as they were written, at the real addresses. Everything is derived from the
//! register table of hx-isa; physical parameters, routing tables and the like are derived from the words by their blocks, which
//! learn from [`Dirty`] what changed. Access rules follow electronicvisions haldls ("unsupported read targets") and
//! fisch:include/fisch/vx/word_access/type/omnibus.h.
//!
//! `chip.rs` asks [`target`] what an address is. Registers and memories are read and written here; triggers, live values
//! (counters), converter samples and the processors' memory are answered by the block that owns them.

pub mod decode;
pub mod diagnostics;
pub mod dirty;
pub mod layout;
pub mod notice;
pub mod registers;
pub mod synram;

pub use decode::{CadcAddress, Live, PpuMemoryAddress, SynramAddress, Target, Trigger, target};
pub use diagnostics::{Diagnostics, UnmappedAddress};
pub use dirty::{BitSet, Block, Dirty, Group};
pub use layout::Slot;
pub use registers::Registers;
pub use synram::{ColumnSwitch, Half, LANES, Synram, View};

use serde::{Deserialize, Serialize};

/// Bits guarded by a byte-enable mask: bit `i` of the mask guards data bits `8*i+7 ..= 8*i`.
#[must_use]
pub const fn enabled_bits(byte_enables: u8) -> u32 {
    let spread = byte_enables as u32 & 1
        | (byte_enables as u32 & 2) << 7
        | (byte_enables as u32 & 4) << 14
        | (byte_enables as u32 & 8) << 21;
    spread * 0xff
}

/// All words of the chip. Clones share memory until one of them writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Omnibus {
    registers: Registers,
    synrams: [Synram; 2],
    /// What changed since the owners of derived values last looked.
    pub dirty: Dirty,
    /// Accesses that had no effect, and features asked for that are not modelled.
    pub diagnostics: Diagnostics,
    /// Whether a read of a write-only register returns the stored word instead of 0 (a help for debugging; what the hardware
    /// answers is not public).
    pub reveal_write_only: bool,
}

impl Default for Omnibus {
    fn default() -> Self {
        Omnibus::new()
    }
}

impl Omnibus {
    /// The chip after power-up: all words zero, all derived values due.
    #[must_use]
    pub fn new() -> Self {
        Omnibus {
            registers: Registers::new(),
            synrams: [Synram::new(), Synram::new()],
            dirty: Dirty::everything(),
            diagnostics: Diagnostics::default(),
            reveal_write_only: false,
        }
    }

    /// The chip after power-up with random contents of all SRAM, as nothing public says what real ones hold.
    #[must_use]
    pub fn with_random_sram(seed: u64) -> Self {
        let mut chip = Omnibus::new();
        chip.registers.randomise_sram(seed);
        for (hemisphere, synram) in chip.synrams.iter_mut().enumerate() {
            synram.randomise(crate::random::extend(seed, hemisphere as u64));
        }
        chip
    }

    /// The reset pin: digital registers return to zero, SRAM contents stay.
    pub fn reset(&mut self) {
        self.registers.reset();
        self.dirty = Dirty::everything();
    }

    /// Registers and processor memory.
    #[must_use]
    pub fn registers(&self) -> &Registers {
        &self.registers
    }

    /// Synapse array of a hemisphere (0 top, 1 bottom).
    #[must_use]
    pub fn synram(&self, hemisphere: usize) -> &Synram {
        &self.synrams[hemisphere]
    }

    /// The word at `address`, whose meaning is `target`; `None` for what only its owner can answer ([`Target::Live`],
    /// [`Target::CadcSample`], [`Target::PpuMemory`]).
    pub fn read(&mut self, address: u32, target: Target) -> Option<u32> {
        match target {
            Target::Register(slot) => Some(self.registers.read(slot, self.reveal_write_only)),
            Target::Synram(at) => {
                Some(self.synrams[usize::from(at.hemisphere)].read(at.view, at.row, at.quad))
            }
            Target::Trigger(trigger) => Some(self.read_trigger(trigger)),
            Target::Unmapped => {
                self.diagnostics.unmapped_read(address);
                Some(0)
            }
            Target::Live(_) | Target::CadcSample(_) | Target::PpuMemory(_) => None,
        }
    }

    /// Whether a write would change a stored word or trigger something; if not, nobody needs to be brought up to date for it.
    #[must_use]
    pub fn changes(&self, target: Target, data: u32, byte_enables: u8) -> bool {
        let bits = enabled_bits(byte_enables);
        match target {
            Target::Register(slot) => self.registers.changes(slot, data, bits),
            Target::Synram(at) => {
                self.synrams[usize::from(at.hemisphere)].changes(at.view, at.row, at.quad, data, bits)
            }
            Target::Trigger(_) | Target::PpuMemory(_) => bits != 0,
            Target::Live(_) | Target::CadcSample(_) | Target::Unmapped => false,
        }
    }

    /// Stores `data` where the byte enables and the defined bits of the register let it; true as [`Omnibus::changes`]. The
    /// effect of a trigger is up to the caller.
    pub fn write(&mut self, address: u32, target: Target, data: u32, byte_enables: u8) -> bool {
        let bits = enabled_bits(byte_enables);
        match target {
            Target::Register(slot) => self.write_register(slot, data, bits),
            Target::Synram(at) => self.write_synram(at, data, bits),
            Target::Trigger(trigger) => self.write_trigger(trigger, data, bits),
            Target::PpuMemory(_) => bits != 0,
            Target::Live(_) | Target::CadcSample(_) => {
                self.diagnostics.read_only_writes += 1;
                false
            }
            Target::Unmapped => {
                self.diagnostics.unmapped_write(address);
                false
            }
        }
    }

    /// A write through the JTAG register of the PLLs: registers 0..6 are the first words of the PLL block, others do not exist.
    pub fn write_pll(&mut self, register: u8, value: u32) -> bool {
        let address = decode::PLL_BASE + u32::from(register);
        self.write(address, target(address), value, 0xf)
    }

    /// A write through the JTAG register of chip PHY `phy` (0..8), 22 bits.
    pub fn write_phy(&mut self, phy: u8, value: u32) -> bool {
        layout::phy_slot(phy).is_some_and(|slot| self.write_register(slot, value, u32::MAX))
    }

    #[inline]
    fn write_register(&mut self, slot: Slot, data: u32, bits: u32) -> bool {
        let Some(word) = self.registers.write(slot, data, bits) else { return false };
        self.dirty.mark_word(slot);
        if slot.asks_for_unmodelled(word) {
            notice::of_word(slot, word).for_each(|number| self.diagnostics.not_modelled(number));
        }
        true
    }

    #[inline]
    fn write_synram(&mut self, at: SynramAddress, data: u32, bits: u32) -> bool {
        let synram = &mut self.synrams[usize::from(at.hemisphere)];
        if !synram.write(at.view, at.row, at.quad, data, bits) {
            return false;
        }
        let row = synram::ROWS * usize::from(at.hemisphere) + usize::from(at.row);
        self.dirty.mark_member(Group::SynapseRows, row);
        if usize::from(at.row) >= synram::SYNAPSE_ROWS {
            let synram = &self.synrams[usize::from(at.hemisphere)];
            notice::of_columns(synram, at.quad).for_each(|number| self.diagnostics.not_modelled(number));
        }
        true
    }

    /// Writes bytes of the even or odd columns of a row as the vector unit does; bit `lane` of `enables` guards a lane. Returns
    /// whether a cell changed.
    pub fn write_lanes(
        &mut self,
        hemisphere: usize,
        view: View,
        row: usize,
        half: Half,
        lanes: &[u8; LANES],
        enables: u128,
    ) -> bool {
        let mut changed = false;
        for quad in half.quads() {
            let (word, bits) = synram::word_of_lanes(view, quad, lanes, enables);
            let at = SynramAddress { hemisphere: hemisphere as u8, view, row: row as u16, quad };
            changed |= bits != 0 && self.write_synram(at, word, bits);
        }
        changed
    }

    fn read_trigger(&self, trigger: Trigger) -> u32 {
        match trigger.slot() {
            Some(slot) => self.registers.read(slot, self.reveal_write_only),
            None => 0,
        }
    }

    fn write_trigger(&mut self, trigger: Trigger, data: u32, bits: u32) -> bool {
        if let Some(slot) = trigger.slot() {
            self.registers.write(slot, data, bits);
        }
        bits != 0
    }
}

#[cfg(test)]
mod tests;
