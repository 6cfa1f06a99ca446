//! How an operand of a base instruction follows from the operands of an extended mnemonic.

use super::super::{Operand, RangeError};
use super::MAX_ARGUMENTS;

/// One operand of the base instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// A constant plus a multiple of each written operand.
    Linear(i64, [i64; MAX_ARGUMENTS]),
    /// The same for a rotation: 32 is 0.
    Rotate(i64, [i64; MAX_ARGUMENTS]),
    /// First bit of the run of ones in the written operand of this index.
    MaskBegin(usize),
    /// Last bit of that run.
    MaskEnd(usize),
}

/// The same whatever is written.
pub(super) const fn constant(constant: i64) -> Value {
    Value::Linear(constant, [0; MAX_ARGUMENTS])
}

/// The written operand of this index.
pub(super) const fn argument(index: usize) -> Value {
    let mut factors = [0; MAX_ARGUMENTS];
    factors[index] = 1;
    Value::Linear(0, factors)
}

impl Value {
    /// Its value, given the operands as written. Rotations must already be in 0 to 32.
    pub(super) fn evaluate(
        self,
        arguments: &[i64; MAX_ARGUMENTS],
        operand: Operand,
    ) -> Result<i64, RangeError> {
        match self {
            Value::Linear(constant, factors) => Ok(sum(constant, &factors, arguments)),
            Value::Rotate(constant, factors) => match sum(constant, &factors, arguments) {
                value @ 0..=32 => Ok(value % 32),
                value => Err(RangeError::Outside { operand, value, low: 0, high: 32 }),
            },
            Value::MaskBegin(index) => Ok(run(arguments[index])?.0),
            Value::MaskEnd(index) => Ok(run(arguments[index])?.1),
        }
    }

    /// Its value when it does not depend on what is written.
    pub(super) fn as_constant(self) -> Option<i64> {
        match self {
            Value::Linear(constant, factors) if factors == [0; MAX_ARGUMENTS] => Some(constant),
            _ => None,
        }
    }

    /// The written operand of this index, when it alone gives this value and the value is `known`.
    pub(super) fn solve(self, index: usize, known: i64) -> Option<i64> {
        let (Value::Linear(constant, factors) | Value::Rotate(constant, factors)) = self else {
            return None;
        };
        let factor = factors[index];
        let alone = factors.iter().enumerate().all(|(other, factor)| other == index || *factor == 0);
        if factor == 0 || !alone {
            return None;
        }
        let difference = known - constant;
        match self {
            // A rotation by 32 and one by 0 are the same word; the smaller count is the one to write.
            Value::Rotate(..) => Some((difference * factor).rem_euclid(32)),
            _ => (difference % factor == 0).then_some(difference / factor),
        }
    }
}

fn sum(constant: i64, factors: &[i64], arguments: &[i64]) -> i64 {
    // Arguments have been checked against their operands, so nothing overflows.
    factors.iter().zip(arguments).fold(constant, |sum, (factor, argument)| sum + factor * argument)
}

/// First and last bit of the single run of ones in a mask; the run may wrap around.
fn run(mask: i64) -> Result<(i64, i64), RangeError> {
    // The operand's range is that of a word, signed or not.
    let word = mask as u32;
    let begin = (0..32).filter(|bit| is_set(word, *bit) && !is_set(word, (bit + 31) % 32));
    let begins: Vec<u32> = begin.collect();
    match (word, begins.as_slice()) {
        (u32::MAX, _) => Ok((0, 31)),
        (_, [begin]) => Ok((i64::from(*begin), i64::from((begin + word.count_ones() - 1) % 32))),
        _ => Err(RangeError::Mask { value: i64::from(word) }),
    }
}

/// Bit 0 is the most significant one.
fn is_set(word: u32, bit: u32) -> bool {
    word >> (31 - bit) & 1 == 1
}
