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
pub(super) fn bytes3(
    a: &Vector,
    b: &Vector,
    accumulator: &Accumulator,
    f: impl Fn(i8, i8, i16) -> i8,
) -> Vector {
    let mut out = Vector::ZERO;
    let operands = a.bytes().iter().zip(b.bytes()).zip(accumulator.lanes());
    for (out, ((&a, &b), &acc)) in out.bytes_mut().iter_mut().zip(operands) {
        *out = f(a as i8, b as i8, acc as i16) as u8;
    }
    out
}

/// Two bytes and their accumulator into the accumulator.
#[inline(always)]
pub(super) fn byte_sums(
    a: &Vector,
    b: &Vector,
    accumulator: &Accumulator,
    f: impl Fn(i8, i8, i16) -> i16,
) -> Accumulator {
    let mut out = Accumulator::ZERO;
    let operands = a.bytes().iter().zip(b.bytes()).zip(accumulator.lanes());
    for (out, ((&a, &b), &acc)) in out.lanes_mut().iter_mut().zip(operands) {
        *out = f(a as i8, b as i8, acc as i16) as u16;
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
pub(super) fn halves3(
    a: &Vector,
    b: &Vector,
    accumulator: &Accumulator,
    f: impl Fn(i16, i16, i32) -> i16,
) -> Vector {
    let mut out = Vector::ZERO;
    let operands = halves(a).iter().zip(halves(b)).zip(accumulator.elements());
    for (out, ((&a, &b), acc)) in halves_mut(&mut out).iter_mut().zip(operands) {
        *out = f(i16::from_be_bytes(a), i16::from_be_bytes(b), acc as i32).to_be_bytes();
    }
    out
}

/// Two halfwords and their accumulator into the accumulator.
#[inline(always)]
pub(super) fn half_sums(
    a: &Vector,
    b: &Vector,
    accumulator: &Accumulator,
    f: impl Fn(i16, i16, i32) -> i32,
) -> Accumulator {
    let mut out = Accumulator::ZERO;
    let operands = halves(a).iter().zip(halves(b)).zip(accumulator.elements());
    for (out, ((&a, &b), acc)) in out.lanes_mut().as_chunks_mut().0.iter_mut().zip(operands) {
        let sum = f(i16::from_be_bytes(a), i16::from_be_bytes(b), acc as i32);
        *out = [(sum >> 16) as u16, sum as u16];
    }
    out
}

/// `new` where `lanes` is set, else `old`; a byte lane stands for its 16 bits of accumulator.
pub(super) fn merge_sums(lanes: &Vector, old: &Accumulator, new: &Accumulator) -> Accumulator {
    let mut out = Accumulator::ZERO;
    let sums = old.lanes().iter().zip(new.lanes());
    for (out, (&lane, (&old, &new))) in out.lanes_mut().iter_mut().zip(lanes.bytes().iter().zip(sums)) {
        let lane = i16::from(lane as i8) as u16;
        *out = (new & lane) | (old & !lane);
    }
    out
}
