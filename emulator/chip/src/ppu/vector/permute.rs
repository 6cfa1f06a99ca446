//! Shift, pack and unpack, select, splat and compare.

use super::Vector;
use super::lanes::{bytes1, bytes2, halves1};
use super::state::Condition;

/// `fxvshh`: logical shift of halfwords, positive to the left (-16..15).
#[inline(always)]
pub(super) fn shift_halves(a: &Vector, shift: i8) -> Vector {
    match u32::from(shift.unsigned_abs()) {
        16.. => Vector::ZERO,
        amount if shift >= 0 => halves1(a, |a| a << (amount & 15)),
        amount => halves1(a, |a| a >> (amount & 15)),
    }
}

/// `fxvshb`: logical shift of bytes, positive to the left (-16..15).
#[inline(always)]
pub(super) fn shift_bytes(a: &Vector, shift: i8) -> Vector {
    match u32::from(shift.unsigned_abs()) {
        8.. => Vector::ZERO,
        amount if shift >= 0 => bytes1(a, |a| a << (amount & 7)),
        amount => bytes1(a, |a| a >> (amount & 7)),
    }
}

/// `fxvsplath`: the low 16 bits everywhere.
#[inline(always)]
pub(super) fn splat_half(scalar: u32) -> Vector {
    let [_, _, high, low] = scalar.to_be_bytes();
    let mut out = Vector::ZERO;
    out.bytes_mut().as_chunks_mut().0.iter_mut().for_each(|half| *half = [high, low]);
    out
}

/// `fxvsplatb`: the low 8 bits everywhere.
#[inline(always)]
pub(super) fn splat_byte(scalar: u32) -> Vector {
    Vector([[scalar as u8; 16]; 8])
}

/// Joins a function of each halfword of a slice of `a` (into the lower bytes) and of `b` (into the upper bytes). The function gets
/// the halfword's first byte as the lower one.
#[inline(always)]
fn pack(a: &Vector, b: &Vector, f: impl Fn(u16) -> u16) -> Vector {
    let mut out = Vector::ZERO;
    for (out, (a, b)) in out.0.iter_mut().zip(a.0.iter().zip(&b.0)) {
        let (left, right) = out.split_at_mut(8);
        left.iter_mut()
            .zip(a.as_chunks().0)
            .for_each(|(out, &half)| *out = f(u16::from_le_bytes(half)) as u8);
        right
            .iter_mut()
            .zip(b.as_chunks().0)
            .for_each(|(out, &half)| *out = f(u16::from_le_bytes(half)) as u8);
    }
    out
}

/// `fxvpckbu`: the upper 8 - `shift` bits of each halfword (`shift` 0..3).
#[inline(always)]
pub(super) fn pack_upper(a: &Vector, b: &Vector, shift: u8) -> Vector {
    let shift = shift & 3;
    pack(a, b, |half| (half & 0xff) >> shift)
}

/// `fxvpckbl`: the 8 - `shift` bits of each halfword that follow those of [`pack_upper`].
#[inline(always)]
pub(super) fn pack_lower(a: &Vector, b: &Vector, shift: u8) -> Vector {
    let shift = shift & 3;
    pack(a, b, |half| (half << (8 - shift) & 0xff) >> shift | half >> (8 + 2 * shift))
}

/// `fxvupckbl` (`FROM` 0) and `fxvupckbr` (`FROM` 8): halfwords made of the upper bits in `a` and the following bits in `b`, out of
/// one half of each slice; inverse of the two packs.
#[inline(always)]
pub(super) fn unpack<const FROM: usize>(a: &Vector, b: &Vector, shift: u8) -> Vector {
    let (up, down) = (shift & 3, 8 - 2 * (shift & 3));
    let kept = (1 << up) - 1;
    let upper = bytes2(a, b, |a, b| (a << up) | ((u16::from(b as u8) >> down) as i8 & kept));
    let lower = bytes1(b, |b| (u16::from(b) << (2 * up)) as u8);
    let mut out = Vector::ZERO;
    for (out, (upper, lower)) in out.0.iter_mut().zip(upper.0.iter().zip(&lower.0)) {
        for at in 0..8 {
            out[2 * at] = upper[FROM + at];
            out[2 * at + 1] = lower[FROM + at];
        }
    }
    out
}

/// `fxvcmpb`.
#[inline(always)]
pub(super) fn compare_bytes(a: &Vector) -> Condition {
    let lanes = |holds: fn(i8) -> bool| bytes1(a, move |a| if holds(a as i8) { 0xff } else { 0 });
    Condition { equal: lanes(|a| a == 0), greater: lanes(|a| a > 0), less: lanes(|a| a < 0) }
}

/// `fxvcmph`.
#[inline(always)]
pub(super) fn compare_halves(a: &Vector) -> Condition {
    let lanes = |holds: fn(i16) -> bool| halves1(a, move |a| if holds(a as i16) { 0xffff } else { 0 });
    Condition { equal: lanes(|a| a == 0), greater: lanes(|a| a > 0), less: lanes(|a| a < 0) }
}
