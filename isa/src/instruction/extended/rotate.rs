//! Shifts, rotations and bit fields in terms of rotate-and-mask instructions.

use super::super::Operand::*;
use super::value::{Value, argument, constant};
use super::{Extended, row};

const A0: Value = argument(0);
const A1: Value = argument(1);
const A2: Value = argument(2);
const A3: Value = argument(3);
const ZERO: Value = constant(0);
const LAST: Value = constant(31);

/// `constant` + `n` times the third operand + `b` times the fourth, as a bit number.
const fn bit(constant: i64, n: i64, b: i64) -> Value {
    Value::Linear(constant, [0, 0, n, b])
}

/// The same as a rotation.
const fn rotate(constant: i64, n: i64, b: i64) -> Value {
    Value::Rotate(constant, [0, 0, n, b])
}

/// A mnemonic and its `.` variant; `$preferred` is empty or `.preferred()`.
macro_rules! record {
    ($name:literal, $operands:expr, $base:literal, $values:expr) => {
        record!($name, $operands, $base, $values;)
    };
    ($name:literal, $operands:expr, $base:literal, $values:expr; $($preferred:tt)*) => {
        [
            row($name, $operands, $base, $values) $($preferred)*,
            row(concat!($name, "."), $operands, concat!($base, "."), $values) $($preferred)*,
        ]
    };
}

/// By `n`, the third operand.
macro_rules! by_count {
    ($name:literal, $values:expr) => {
        record!($name, &[Ra, Rs, Sh], "rlwinm", $values; .preferred())
    };
}

/// A field of `n` bits, the third operand, from bit `b`, the fourth.
macro_rules! bit_field {
    ($name:literal, $base:literal, $values:expr) => {
        record!($name, &[Ra, Rs, Count, Start], $base, $values)
    };
}

pub(super) const ROWS: &[&[Extended]] = &[
    &by_count!("rotlwi", &[A0, A1, A2, ZERO, LAST]),
    &by_count!("clrlwi", &[A0, A1, ZERO, A2, LAST]),
    &by_count!("clrrwi", &[A0, A1, ZERO, ZERO, bit(31, -1, 0)]),
    &by_count!("slwi", &[A0, A1, A2, ZERO, bit(31, -1, 0)]),
    &by_count!("srwi", &[A0, A1, rotate(32, -1, 0), A2, LAST]),
    &record!("rotrwi", &[Ra, Rs, Sh], "rlwinm", &[A0, A1, rotate(32, -1, 0), ZERO, LAST]),
    &record!("rotlw", &[Ra, Rs, Rb], "rlwnm", &[A0, A1, A2, ZERO, LAST]; .preferred()),
    &record!("clrlslwi", &[Ra, Rs, Start, Sh], "rlwinm", &[A0, A1, A3, bit(0, 1, -1), bit(31, 0, -1)]),
    &bit_field!("extlwi", "rlwinm", &[A0, A1, A3, ZERO, bit(-1, 1, 0)]),
    &bit_field!("extrwi", "rlwinm", &[A0, A1, rotate(0, 1, 1), bit(32, -1, 0), LAST]),
    &bit_field!("inslwi", "rlwimi", &[A0, A1, rotate(32, 0, -1), A3, bit(-1, 1, 1)]),
    &bit_field!("insrwi", "rlwimi", &[A0, A1, rotate(32, -1, -1), A3, bit(-1, 1, 1)]),
    &record!("rlwinm", &[Ra, Rs, Sh, Mask], "rlwinm", &[A0, A1, A2, Value::MaskBegin(3), Value::MaskEnd(3)]),
    &record!("rlwimi", &[Ra, Rs, Sh, Mask], "rlwimi", &[A0, A1, A2, Value::MaskBegin(3), Value::MaskEnd(3)]),
    &record!("rlwnm", &[Ra, Rs, Rb, Mask], "rlwnm", &[A0, A1, A2, Value::MaskBegin(3), Value::MaskEnd(3)]),
];
