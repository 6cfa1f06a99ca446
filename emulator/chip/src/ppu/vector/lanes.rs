//! Applying an element operation to all lanes. Plain loops over whole vectors, in a shape the compiler turns into SIMD code;
//! element operations therefore use no branches.

use super::Vector;
use super::state::Accumulator;

/// The halfwords of a vector, most significant byte first.
fn halves(vector: &Vector) -> &[[u8; 2]] {
    vector.bytes().as_chunks().0
}

fn halves_mut(vector: &mut Vector) -> &mut [[u8; 2]] {
    vector.bytes_mut().as_chunks_mut().0
}

/// One byte at a time.
#[inline(always)]
pub(super) fn bytes1(a: &Vector, f: impl Fn(u8) -> u8) -> Vector {
    let mut out = Vector::ZERO;
    for (out, &a) in out.bytes_mut().iter_mut().zip(a.bytes()) {
        *out = f(a);
    }
    out
}

/// Two bytes at a time.
#[inline(always)]
pub(super) fn bytes2(a: &Vector, b: &Vector, f: impl Fn(i8, i8) -> i8) -> Vector {
    let mut out = Vector::ZERO;
    for ((out, &a), &b) in out.bytes_mut().iter_mut().zip(a.bytes()).zip(b.bytes()) {
        *out = f(a as i8, b as i8) as u8;
    }
    out
}

/// `new` where `lanes` is set, else `old`.
#[inline(always)]
pub(super) fn merge(lanes: &Vector, old: &Vector, new: &Vector) -> Vector {
    let mut out = Vector::ZERO;
    let values = old.bytes().iter().zip(new.bytes());
    for (out, (&lane, (&old, &new))) in out.bytes_mut().iter_mut().zip(lanes.bytes().iter().zip(values)) {
        *out = (new & lane) | (old & !lane);
    }
    out
}

/// Two bytes and their accumulator.
#[inline(always)]
pub(super) fn bytes3(a: &Vector, b: &Vector, acc: &Accumulator, f: impl Fn(i16, i16, i16) -> i16) -> Vector {
    let mut out = Vector::ZERO;
    let operands = a.bytes().iter().zip(b.bytes()).zip(acc.halves());
    for (out, ((&a, &b), &sum)) in out.bytes_mut().iter_mut().zip(operands) {
        *out = f(i16::from(a as i8), i16::from(b as i8), i16::from_le_bytes(sum)) as u8;
    }
    out
}

/// Two bytes and their accumulator into the accumulator.
#[inline(always)]
pub(super) fn byte_sums(
    a: &Vector,
    b: &Vector,
    acc: &Accumulator,
    f: impl Fn(i16, i16, i16) -> i16,
) -> Accumulator {
    let mut out = Accumulator::ZERO;
    let operands = a.bytes().iter().zip(b.bytes()).zip(acc.halves());
    for (out, ((&a, &b), &sum)) in out.halves_mut().iter_mut().zip(operands) {
        *out = f(i16::from(a as i8), i16::from(b as i8), i16::from_le_bytes(sum)).to_le_bytes();
    }
    out
}

/// One halfword at a time.
#[inline(always)]
pub(super) fn halves1(a: &Vector, f: impl Fn(u16) -> u16) -> Vector {
    let mut out = Vector::ZERO;
    for (out, &a) in halves_mut(&mut out).iter_mut().zip(halves(a)) {
        *out = f(u16::from_be_bytes(a)).to_be_bytes();
    }
    out
}

/// Two halfwords at a time.
#[inline(always)]
pub(super) fn halves2(a: &Vector, b: &Vector, f: impl Fn(i16, i16) -> i16) -> Vector {
    let mut out = Vector::ZERO;
    for ((out, &a), &b) in halves_mut(&mut out).iter_mut().zip(halves(a)).zip(halves(b)) {
        *out = f(i16::from_be_bytes(a), i16::from_be_bytes(b)).to_be_bytes();
    }
    out
}

/// Two halfwords and their accumulator.
#[inline(always)]
pub(super) fn halves3(a: &Vector, b: &Vector, acc: &Accumulator, f: impl Fn(i16, i16, i32) -> i16) -> Vector {
    let mut out = Vector::ZERO;
    let operands = halves(a).iter().zip(halves(b)).zip(acc.words());
    for (out, ((&a, &b), &sum)) in halves_mut(&mut out).iter_mut().zip(operands) {
        let sum = i32::from_le_bytes(sum).rotate_left(16);
        *out = f(i16::from_be_bytes(a), i16::from_be_bytes(b), sum).to_be_bytes();
    }
    out
}

/// Two halfwords and their accumulator into the accumulator.
#[inline(always)]
pub(super) fn half_sums(
    a: &Vector,
    b: &Vector,
    acc: &Accumulator,
    f: impl Fn(i16, i16, i32) -> i32,
) -> Accumulator {
    let mut out = Accumulator::ZERO;
    let operands = halves(a).iter().zip(halves(b)).zip(acc.words());
    for (out, ((&a, &b), &sum)) in out.words_mut().iter_mut().zip(operands) {
        let sum = i32::from_le_bytes(sum).rotate_left(16);
        *out = f(i16::from_be_bytes(a), i16::from_be_bytes(b), sum).rotate_left(16).to_le_bytes();
    }
    out
}

/// Takes `new` where `lanes` is set; a byte lane stands for its 16 bits of accumulator.
#[inline(always)]
pub(super) fn merge_sums(lanes: &Vector, new: &Accumulator, sums: &mut Accumulator) {
    for (sum, (&lane, &new)) in sums.halves_mut().iter_mut().zip(lanes.bytes().iter().zip(new.halves())) {
        let (lane, old) = (i16::from(lane as i8), i16::from_le_bytes(*sum));
        *sum = ((i16::from_le_bytes(new) & lane) | (old & !lane)).to_le_bytes();
    }
}
