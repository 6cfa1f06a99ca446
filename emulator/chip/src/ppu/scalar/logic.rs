//! Logical instructions, shifts and rotates. The source is in the RT field and the destination in the RA field.

use super::arithmetic::{record, set_carry};
use super::decoded::Decoded;
use super::registers::Registers;

/// Write `RA`, and CR0 where the instruction has it.
#[inline(always)]
pub(super) fn put(registers: &mut Registers, d: &Decoded, value: u32) {
    registers.gpr[usize::from(d.ra & 31)] = value;
    if d.records() {
        record(registers, value);
    }
}

/// Number of leading zeros. CR0 never says "less": the core derives it from the count.
#[inline]
pub(super) fn count_leading_zeros(registers: &mut Registers, d: &Decoded, source: u32) {
    put(registers, d, source.leading_zeros());
}

/// The number of ones of each byte, in that byte.
#[inline]
pub(super) const fn population_of_bytes(source: u32) -> u32 {
    let pairs = source - ((source >> 1) & 0x5555_5555);
    let nibbles = (pairs & 0x3333_3333) + ((pairs >> 2) & 0x3333_3333);
    (nibbles + (nibbles >> 4)) & 0x0F0F_0F0F
}

/// The parity of the least significant bits of the four bytes.
#[inline]
pub(super) const fn parity(source: u32) -> u32 {
    (source & 0x0101_0101).count_ones() & 1
}

/// Rotate left and keep what is under the mask.
#[inline(always)]
pub(super) fn rotate_and(registers: &mut Registers, d: &Decoded, source: u32, amount: u32) {
    put(registers, d, source.rotate_left(amount & 31) & d.immediate);
}

/// Rotate left and insert under the mask.
#[inline]
pub(super) fn rotate_insert(registers: &mut Registers, d: &Decoded, source: u32) {
    let kept = registers.gpr[usize::from(d.ra & 31)] & !d.immediate;
    put(registers, d, (source.rotate_left(u32::from(d.rb)) & d.immediate) | kept);
}

/// Shift right by the low five bits of `amount` with copies of the sign; CA when the source is negative and a one was lost.
#[inline]
pub(super) fn shift_right_algebraic(registers: &mut Registers, d: &Decoded, source: u32, amount: u32) {
    let amount = amount & 31;
    let lost = source & !(u32::MAX << amount);
    set_carry(registers, (source as i32) < 0 && lost != 0);
    put(registers, d, ((source as i32) >> amount) as u32);
}
