//! Element operations of the multiply-add unit (electronicvisions/nux `src/rtl/processor/valu.sv`).
//!
//! Elements are signed, of n = 8 or 16 bits, accumulators of 2n bits. Modulo instructions wrap; fractional ones double their
//! products and saturate, and their result is the upper half of the sum, without rounding.
//!
//! Bytes come sign-extended to 16 bits.

/// The product of two bytes.
#[inline(always)]
pub(super) fn product8(a: i16, b: i16) -> i16 {
    a.wrapping_mul(b)
}

/// The doubled product of two bytes; only -128 times -128 saturates.
#[inline(always)]
pub(super) fn fraction8(a: i16, b: i16) -> i16 {
    let product = product8(a, b);
    product.saturating_add(product)
}

/// A byte as the upper half of an accumulator.
#[inline(always)]
pub(super) fn left8(a: i16) -> i16 {
    a << 8
}

/// The upper half of a byte's sum.
#[inline(always)]
pub(super) fn upper8(sum: i16) -> i16 {
    sum >> 8
}

/// The product of two halfwords.
#[inline(always)]
pub(super) fn product16(a: i16, b: i16) -> i32 {
    i32::from(a) * i32::from(b)
}

/// The doubled product of two halfwords; only -32768 times -32768 saturates.
#[inline(always)]
pub(super) fn fraction16(a: i16, b: i16) -> i32 {
    let doubled = product16(a, b) << 1;
    doubled ^ if doubled == i32::MIN { -1 } else { 0 }
}

/// The upper half of [`fraction16`], in 16-bit arithmetic, for which there are SIMD instructions everywhere.
#[inline(always)]
pub(super) fn upper_fraction16(a: i16, b: i16) -> i16 {
    let (upper, lower) = ((product16(a, b) >> 16) as i16, a.wrapping_mul(b) as u16);
    let doubled = upper << 1 | (lower >> 15) as i16;
    doubled ^ if doubled == i16::MIN { -1 } else { 0 }
}

/// A halfword as the upper half of an accumulator.
#[inline(always)]
pub(super) fn left16(a: i16) -> i32 {
    i32::from(a) << 16
}

/// The upper half of a halfword's sum.
#[inline(always)]
pub(super) fn upper16(sum: i32) -> i16 {
    (sum >> 16) as i16
}

/// Sum, saturating, in a form without comparisons.
#[inline(always)]
pub(super) fn saturating_sum16(a: i32, b: i32) -> i32 {
    let sum = a.wrapping_add(b);
    let overflow = ((sum ^ a) & (sum ^ b)) >> 31;
    (sum & !overflow) | (((a >> 31) ^ i32::MAX) & overflow)
}
