//! Additions, multiplications, divisions and compares.

use super::decoded::Decoded;
use super::registers::{Registers, XER_CA, XER_OV, XER_SO};

/// LT, GT or EQ of `value` compared with zero as a signed number, and SO as it is: the contents of CR0.
#[inline]
pub(super) fn record(registers: &mut Registers, value: u32) {
    let order = if value == 0 { 2 } else { 8 >> (value as i32 > 0) as u32 };
    let field = order | registers.xer >> 31;
    registers.cr = (registers.cr & 0x0FFF_FFFF) | field << 28;
}

/// Write OV, and SO with it.
#[inline]
fn set_overflow(registers: &mut Registers, overflow: bool) {
    let bits = if overflow { XER_OV | XER_SO } else { 0 };
    registers.xer = (registers.xer & !XER_OV) | bits;
}

/// Write CA.
#[inline]
pub(super) fn set_carry(registers: &mut Registers, carry: bool) {
    registers.xer = (registers.xer & !XER_CA) | if carry { XER_CA } else { 0 };
}

/// CA as a number.
#[inline]
pub(super) const fn carry(registers: &Registers) -> u32 {
    (registers.xer & XER_CA != 0) as u32
}

/// `a + b + carry_in` with the signed overflow and the carry out of bit 0.
#[inline]
const fn add(a: u32, b: u32, carry_in: u32) -> (u32, bool, bool) {
    let wide = a as u64 + b as u64 + carry_in as u64;
    let sum = wide as u32;
    let overflow = (a ^ sum) & (b ^ sum) & 0x8000_0000 != 0;
    (sum, overflow, wide >> 32 != 0)
}

/// An instruction of the add family: `RT = a + b + carry_in`, with OV, SO and CR0 where the instruction has them, and CA with
/// `CARRY`.
#[inline(always)]
pub(super) fn sum<const CARRY: bool>(registers: &mut Registers, d: &Decoded, a: u32, b: u32, carry_in: u32) {
    let (value, overflow, carry_out) = add(a, b, carry_in);
    if CARRY {
        set_carry(registers, carry_out);
    }
    finish(registers, d, value, overflow);
}

/// Write `RT`, then OV, SO and CR0 where the instruction has them.
#[inline(always)]
fn finish(registers: &mut Registers, d: &Decoded, value: u32, overflow: bool) {
    registers.gpr[usize::from(d.rt & 31)] = value;
    if d.sets_overflow() {
        set_overflow(registers, overflow);
    }
    if d.records() {
        record(registers, value);
    }
}

/// What a word of primary opcode 31 that is no instruction still does: CR0 and OV from RA + RB.
pub(super) fn undecoded(registers: &mut Registers, d: &Decoded, a: u32, b: u32) {
    let (value, overflow, _) = add(a, b, 0);
    if d.sets_overflow() {
        set_overflow(registers, overflow);
    }
    if d.records() {
        record(registers, value);
    }
}

/// Low word of the product; OV when the signed product does not fit.
#[inline]
pub(super) fn multiply_low(registers: &mut Registers, d: &Decoded, a: u32, b: u32) {
    let product = i64::from(a as i32) * i64::from(b as i32);
    let low = product as u32;
    finish(registers, d, low, i64::from(low as i32) != product);
}

/// High word of the signed product.
#[inline]
pub(super) fn multiply_high_signed(registers: &mut Registers, d: &Decoded, a: u32, b: u32) {
    let product = i64::from(a as i32) * i64::from(b as i32);
    finish(registers, d, (product >> 32) as u32, false);
}

/// High word of the unsigned product.
#[inline]
pub(super) fn multiply_high_unsigned(registers: &mut Registers, d: &Decoded, a: u32, b: u32) {
    let product = u64::from(a) * u64::from(b);
    finish(registers, d, (product >> 32) as u32, false);
}

/// Signed quotient. The divider has 33 bits, so 0x80000000 / -1 is 0x80000000; dividing by zero gives its largest number, or
/// its smallest for a negative dividend, of which the low 32 bits remain. Both set OV.
#[inline]
pub(super) fn divide_signed(registers: &mut Registers, d: &Decoded, a: u32, b: u32) {
    let (dividend, divisor) = (i64::from(a as i32), i64::from(b as i32));
    let by_zero = if dividend < 0 { 0 } else { u32::MAX };
    let quotient = dividend.checked_div(divisor).map_or(by_zero, |quotient| quotient as u32);
    let overflow = b == 0 || (a == 0x8000_0000 && b == u32::MAX);
    finish(registers, d, quotient, overflow);
}

/// Unsigned quotient; all ones and OV for a division by zero.
#[inline]
pub(super) fn divide_unsigned(registers: &mut Registers, d: &Decoded, a: u32, b: u32) {
    finish(registers, d, a.checked_div(b).unwrap_or(u32::MAX), b == 0);
}

/// Compare as signed numbers into the field named by BF.
#[inline]
pub(super) fn compare_signed(registers: &mut Registers, d: &Decoded, a: u32, b: u32) {
    compare(registers, d, (a as i32) < b as i32, a == b);
}

/// Compare as unsigned numbers into the field named by BF.
#[inline]
pub(super) fn compare_unsigned(registers: &mut Registers, d: &Decoded, a: u32, b: u32) {
    compare(registers, d, a < b, a == b);
}

#[inline]
fn compare(registers: &mut Registers, d: &Decoded, less: bool, equal: bool) {
    let order = if less { 8 } else { 4 >> u32::from(equal) };
    registers.set_cr_field(d.rt >> 2, order | registers.xer >> 31);
}
