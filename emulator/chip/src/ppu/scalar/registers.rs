//! The registers of the scalar core as plain data, and the special purpose registers by number.
//!
//! Bit numbers follow the Power books: bit 0 is the most significant. The time base and the other timers are in
//! [`super::timers`], because their contents are a function of the cycle.

use super::timers::{Timer, Timers};
use serde::{Deserialize, Serialize};

/// XER bit "summary overflow": once set by an overflow it stays.
pub const XER_SO: u32 = 0x8000_0000;
/// XER bit "overflow".
pub const XER_OV: u32 = 0x4000_0000;
/// XER bit "carry".
pub const XER_CA: u32 = 0x2000_0000;
/// The bits of XER that exist; the others read as 0 (electronicvisions/nux: src/rtl/processor/write_back.sv).
pub const XER_IMPLEMENTED: u32 = XER_SO | XER_OV | XER_CA;

/// MSR bit EE: external, doorbell and timer interrupts are taken. The only bit with an effect.
pub const MSR_EE: u32 = 0x0000_8000;
/// MSR bits that an interrupt leaves alone: CE, ME, DE.
pub const MSR_KEPT_BY_INTERRUPT: u32 = 0x0002_1200;
/// The bits of MSR that exist: CE, EE, ME, DE, IS, DS (electronicvisions/nux: src/rtl/packages/pu_types_pkg.sv).
pub const MSR_IMPLEMENTED: u32 = MSR_KEPT_BY_INTERRUPT | MSR_EE | 0x0000_0030;

/// ESR bit PTR: the program interrupt was a trap.
pub const ESR_PTR: u32 = 0x0200_0000;
/// The bits of ESR that exist; DLK and the reserved bits read as 0 (electronicvisions/nux:
/// src/rtl/packages/pu_types_pkg.sv).
pub const ESR_IMPLEMENTED: u32 = 0x0F8F_07E2;

/// A place that holds the return address and the machine state of an interrupt: `(SRR0, SRR1)` and its like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct SaveRestore {
    /// Byte address of the instruction to return to.
    pub address: u32,
    /// MSR of the interrupted program. All 32 bits are stored; those that do not exist are dropped by the return.
    pub machine_state: u32,
}

/// Registers of the scalar core. `Default` is the state after reset: everything 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Registers {
    /// r0..r31.
    pub gpr: [u32; 32],
    /// Condition register; field 0 is bits 0..3, that is the most significant nibble, each LT GT EQ SO.
    pub cr: u32,
    /// SO, OV, CA; only bits of [`XER_IMPLEMENTED`] are ever set.
    pub xer: u32,
    /// Link register.
    pub lr: u32,
    /// Count register.
    pub ctr: u32,
    /// Machine state; only bits of [`MSR_IMPLEMENTED`] are ever set.
    pub msr: u32,
    /// SRR0 and SRR1: written by every interrupt of the core, used by `rfi`.
    pub base: SaveRestore,
    /// CSRR0 and CSRR1: storage for `rfci`; no critical interrupt exists.
    pub critical: SaveRestore,
    /// MCSRR0 and MCSRR1: storage for `rfmci`; no machine check exists.
    pub machine_check: SaveRestore,
    /// DEAR: storage only, never written by the core.
    pub dear: u32,
    /// ESR; only bits of [`ESR_IMPLEMENTED`] are ever set.
    pub esr: u32,
    /// Input pins as last sampled. The owner of the pins writes it.
    pub gin: u32,
    /// Output pins.
    pub gout: u32,
    /// Output enable of the pins.
    pub goe: u32,
    /// Control of the pin interrupts, see [`PinInterrupts`].
    pub iccr: u32,
    /// Effective address kept between the two issue slots of a load with update: the second slot writes it to the base.
    pub update_address: u32,
}

/// What ICCR says about the four interrupt pins; bit `i` of each mask belongs to pin `i` (bit 0 the least significant).
/// Fields as in electronicvisions/nux: src/rtl/packages/pu_interrupt_pkg.sv.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinInterrupts {
    /// The pin can raise an interrupt.
    pub enabled: u8,
    /// 1: while the pin is active; 0: when it becomes active.
    pub level: u8,
    /// 1: active is low, 0: active is high.
    pub active_low: u8,
}

/// How a special purpose register number behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SprKind {
    /// Storage in [`Registers`].
    Plain,
    /// One of the timers.
    Timer(Timer),
    /// The number is not decoded: a write is lost and a read gives 0, the value seen in the simulated core.
    Unknown,
}

/// The kind of special purpose register `number`.
#[must_use]
pub const fn spr_kind(number: u16) -> SprKind {
    match number {
        1 | 8 | 9 | 26 | 27 | 58 | 59 | 61 | 62 | 65..=68 | 570 | 571 => SprKind::Plain,
        22 => SprKind::Timer(Timer::Decrementer),
        54 => SprKind::Timer(Timer::Reload),
        284 => SprKind::Timer(Timer::BaseLower),
        285 => SprKind::Timer(Timer::BaseUpper),
        336 => SprKind::Timer(Timer::Status),
        340 => SprKind::Timer(Timer::Control),
        _ => SprKind::Unknown,
    }
}

impl Registers {
    /// Value of special purpose register `number` for an `mfspr` issued in `cycle`. An unknown number reads as 0.
    #[must_use]
    pub fn read_spr(&self, timers: &Timers, number: u16, cycle: u64) -> u32 {
        match number {
            1 => self.xer,
            8 => self.lr,
            9 => self.ctr,
            26 => self.base.address,
            27 => self.base.machine_state,
            58 => self.critical.address,
            59 => self.critical.machine_state,
            61 => self.dear,
            62 => self.esr,
            65 => self.gin,
            66 => self.gout,
            67 => self.goe,
            68 => self.iccr,
            570 => self.machine_check.address,
            571 => self.machine_check.machine_state,
            _ => match spr_kind(number) {
                SprKind::Timer(timer) => timers.issue_read(timer, cycle),
                _ => 0,
            },
        }
    }

    /// Write special purpose register `number` by an `mtspr` issued in `cycle`. An unknown number and the input pins do
    /// not change.
    pub fn write_spr(&mut self, timers: &mut Timers, number: u16, value: u32, cycle: u64) {
        match number {
            1 => self.xer = value & XER_IMPLEMENTED,
            8 => self.lr = value,
            9 => self.ctr = value,
            26 => self.base.address = value,
            27 => self.base.machine_state = value,
            58 => self.critical.address = value,
            59 => self.critical.machine_state = value,
            61 => self.dear = value,
            62 => self.esr = value & ESR_IMPLEMENTED,
            66 => self.gout = value,
            67 => self.goe = value,
            68 => self.iccr = value,
            570 => self.machine_check.address = value,
            571 => self.machine_check.machine_state = value,
            _ => {
                if let SprKind::Timer(timer) = spr_kind(number) {
                    timers.issue_write(timer, value, cycle);
                }
            }
        }
    }

    /// Set the machine state; bits that do not exist stay 0.
    pub fn set_msr(&mut self, value: u32) {
        self.msr = value & MSR_IMPLEMENTED;
    }

    /// Are external, doorbell and timer interrupts taken?
    #[must_use]
    pub const fn interrupts_enabled(&self) -> bool {
        self.msr & MSR_EE != 0
    }

    /// Save the state for an interrupt that returns to byte address `return_address`, and close the door to further ones.
    /// `syndrome` is the new ESR of an alignment (0) or trap ([`ESR_PTR`]) interrupt; the others leave ESR alone.
    pub fn enter_interrupt(&mut self, return_address: u32, syndrome: Option<u32>) {
        self.base = SaveRestore { address: return_address, machine_state: self.msr };
        self.msr &= MSR_KEPT_BY_INTERRUPT;
        if let Some(esr) = syndrome {
            self.esr = esr;
        }
    }

    /// Restore the machine state from `saved` and return the byte address to go on at.
    pub(super) fn leave_interrupt(&mut self, saved: SaveRestore) -> u32 {
        self.set_msr(saved.machine_state);
        saved.address & !3
    }

    /// The four bits of condition register field `field` (0..7): LT 8, GT 4, EQ 2, SO 1.
    #[must_use]
    pub const fn cr_field(&self, field: u8) -> u32 {
        (self.cr >> (28 - 4 * (field as u32 & 7))) & 0xF
    }

    /// Replace condition register field `field` (0..7) by the low four bits of `value`.
    pub const fn set_cr_field(&mut self, field: u8, value: u32) {
        let shift = 28 - 4 * (field as u32 & 7);
        self.cr = (self.cr & !(0xF << shift)) | ((value & 0xF) << shift);
    }

    /// Condition register bit `bit` (0..31, 0 the most significant).
    #[must_use]
    pub const fn cr_bit(&self, bit: u8) -> bool {
        (self.cr >> (31 - (bit as u32 & 31))) & 1 != 0
    }

    /// The pin interrupts set up in ICCR.
    #[must_use]
    pub const fn pin_interrupts(&self) -> PinInterrupts {
        PinInterrupts {
            enabled: ((self.iccr >> 8) & 0xF) as u8,
            active_low: ((self.iccr >> 12) & 0xF) as u8,
            level: ((self.iccr >> 16) & 0xF) as u8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Write, then read back, special purpose register `number`.
    fn round_trip(number: u16, value: u32) -> u32 {
        let (mut registers, mut timers) = (Registers::default(), Timers::default());
        registers.write_spr(&mut timers, number, value, 10);
        registers.read_spr(&timers, number, 12)
    }

    #[test]
    fn plain_registers_keep_what_was_written() {
        for number in [8, 9, 26, 27, 54, 58, 59, 61, 66, 67, 68, 340, 570, 571] {
            assert_eq!(round_trip(number, 0xFFFF_FFFF), 0xFFFF_FFFF, "SPR {number}");
        }
    }

    #[test]
    fn bits_that_do_not_exist_read_zero() {
        assert_eq!(round_trip(1, !0), 0xE000_0000);
        assert_eq!(round_trip(62, !0), 0x0F8F_07E2);
        let mut registers = Registers::default();
        registers.set_msr(!0);
        assert_eq!(registers.msr, 0x0002_9230);
    }

    #[test]
    fn unknown_and_read_only_registers_ignore_writes() {
        for number in [0, 2, 65, 256, 268, 269, 272, 1023] {
            assert_eq!(round_trip(number, !0), 0, "SPR {number}");
        }
    }

    #[test]
    fn numbers_are_those_of_the_instruction_set() {
        for number in 0..1024u16 {
            let named = hx_isa::instruction::SPRS.iter().any(|spr| spr.number == number);
            assert_eq!(spr_kind(number) != SprKind::Unknown, named, "SPR {number}");
        }
    }

    #[test]
    fn interrupt_entry_keeps_ce_me_de_and_return_restores() {
        let mut registers = Registers { msr: MSR_IMPLEMENTED, ..Registers::default() };
        registers.enter_interrupt(0x1234, Some(ESR_PTR));
        assert_eq!(registers.msr, 0x0002_1200);
        assert_eq!(registers.base, SaveRestore { address: 0x1234, machine_state: 0x0002_9230 });
        assert_eq!(registers.esr, 0x0200_0000);
        registers.base.address |= 3;
        let saved = registers.base;
        assert_eq!(registers.leave_interrupt(saved), 0x1234);
        assert_eq!(registers.msr, 0x0002_9230);
    }

    #[test]
    fn condition_fields_and_bits() {
        let mut registers = Registers { cr: 0x1234_5678, ..Registers::default() };
        assert_eq!(registers.cr_field(0), 1);
        assert_eq!(registers.cr_field(7), 8);
        registers.set_cr_field(2, 0xF);
        assert_eq!(registers.cr, 0x12F4_5678);
        assert!(registers.cr_bit(3) && !registers.cr_bit(2) && registers.cr_bit(8));
    }

    #[test]
    fn pin_interrupts_come_from_iccr() {
        let registers = Registers { iccr: 0x0001_2400, ..Registers::default() };
        assert_eq!(registers.pin_interrupts(), PinInterrupts { enabled: 4, active_low: 2, level: 1 });
    }
}
