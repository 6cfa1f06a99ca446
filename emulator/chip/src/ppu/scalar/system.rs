//! The condition register, special purpose registers, and traps.

use super::decoded::Decoded;
use super::execute::Effect;
use super::registers::{Registers, SprKind, spr_kind};
use super::timers::Timers;

/// `BT = operation(BA, BB)` on bits of CR; bit 31 of what `operation` gets and returns counts.
#[inline]
pub(super) fn combine_bits(registers: &mut Registers, d: &Decoded, operation: impl Fn(u32, u32) -> u32) {
    let (a, b) = (registers.cr << (d.ra & 31), registers.cr << (d.rb & 31));
    let result = operation(a, b) & 0x8000_0000;
    let place = u32::from(d.rt & 31);
    registers.cr = (registers.cr & !(0x8000_0000 >> place)) | result >> place;
}

/// `mcrf`.
#[inline]
pub(super) fn move_field(registers: &mut Registers, d: &Decoded) {
    let value = registers.cr_field(d.ra >> 2);
    registers.set_cr_field(d.rt >> 2, value);
}

/// `mfocrf`: every selected field; the other bits of the register stay, where Power leaves them undefined.
#[inline]
pub(super) fn from_cr_fields(registers: &mut Registers, d: &Decoded) {
    let place = &mut registers.gpr[usize::from(d.rt & 31)];
    *place = (*place & !d.immediate) | (registers.cr & d.immediate);
}

/// `mtcrf`, `mtocrf`: every selected field.
#[inline]
pub(super) fn to_cr_fields(registers: &mut Registers, d: &Decoded) {
    let value = registers.gpr[usize::from(d.rt & 31)];
    registers.cr = (registers.cr & !d.immediate) | (value & d.immediate);
}

/// `mfspr`.
#[inline]
pub(super) fn from_spr(registers: &mut Registers, timers: &Timers, d: &Decoded, cycle: u64) {
    let value = registers.read_spr(timers, d.immediate as u16, cycle);
    registers.gpr[usize::from(d.rt & 31)] = value;
}

/// `mtspr`.
#[inline]
pub(super) fn to_spr(registers: &mut Registers, timers: &mut Timers, d: &Decoded, cycle: u64) -> Effect {
    let (number, value) = (d.immediate as u16, registers.gpr[usize::from(d.rt & 31)]);
    registers.write_spr(timers, number, value, cycle);
    match spr_kind(number) {
        SprKind::Timer(_) => Effect::TimerWritten,
        _ => Effect::Next,
    }
}

/// `tw`, `twi` with conditions TO in the RT field: signed less 16, signed greater 8, equal 4, unsigned less 2, unsigned
/// greater 1.
#[inline]
pub(super) fn trap(d: &Decoded, a: u32, b: u32) -> Effect {
    let met = u8::from((a as i32) < b as i32) << 4
        | u8::from(a as i32 > b as i32) << 3
        | u8::from(a == b) << 2
        | u8::from(a < b) << 1
        | u8::from(a > b);
    if d.rt & met == 0 { Effect::Synchronise } else { Effect::Trap }
}
