//! Element operations of the multiply-add unit (electronicvisions/nux `src/rtl/processor/valu.sv`).
//!
//! Elements are signed, of n = 8 or 16 bits, accumulators of 2n bits. Names ending in `m` wrap; those ending in `fs` treat elements as
//! fractions: products are doubled, everything saturates and the upper half is the result, without rounding.

/// The doubled product of two bytes; only -128 times -128 saturates.
#[inline(always)]
pub(super) fn fraction8(a: i8, b: i8) -> i16 {
    let product = i16::from(a) * i16::from(b);
    product.saturating_add(product)
}

/// The doubled product of two halfwords; only -32768 times -32768 saturates.
#[inline(always)]
pub(super) fn fraction16(a: i16, b: i16) -> i32 {
    let product = product16(a, b);
    product.saturating_add(product)
}

/// The product of two bytes.
#[inline(always)]
pub(super) fn product8(a: i8, b: i8) -> i16 {
    i16::from(a) * i16::from(b)
}

/// The product of two halfwords.
#[inline(always)]
pub(super) fn product16(a: i16, b: i16) -> i32 {
    i32::from(a) * i32::from(b)
}

/// A byte as the upper half of an accumulator.
#[inline(always)]
pub(super) fn left8(a: i8) -> i16 {
    i16::from(a) << 8
}

/// A halfword as the upper half of an accumulator.
#[inline(always)]
pub(super) fn left16(a: i16) -> i32 {
    i32::from(a) << 16
}

/// The upper half of a byte's accumulator.
#[inline(always)]
pub(super) fn upper8(sum: i16) -> i8 {
    (sum >> 8) as i8
}

/// The upper half of a halfword's accumulator.
#[inline(always)]
pub(super) fn upper16(sum: i32) -> i16 {
    (sum >> 16) as i16
}

/// Sum of a byte's accumulator, wrapping.
#[inline(always)]
pub(super) fn add8(a: i16, sum: i16) -> i16 {
    a.wrapping_add(sum)
}

/// Sum of a halfword's accumulator, wrapping.
#[inline(always)]
pub(super) fn add16(a: i32, sum: i32) -> i32 {
    a.wrapping_add(sum)
}

/// Sum of a byte's accumulator, saturating.
#[inline(always)]
pub(super) fn sat8(a: i16, sum: i16) -> i16 {
    a.saturating_add(sum)
}

/// Sum of a halfword's accumulator, saturating.
#[inline(always)]
pub(super) fn sat16(a: i32, sum: i32) -> i32 {
    a.saturating_add(sum)
}
