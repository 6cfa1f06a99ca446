//! The registers as hexadecimal text: lane 0 first, as memory dumps show them.

use thiserror::Error;

use super::Vector;
use super::state::{Accumulator, Condition};

/// Text that is no register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HexError {
    /// Wrong number of digits.
    #[error("{digits} hexadecimal digits where {expected} are expected")]
    Length {
        /// Characters found.
        digits: usize,
        /// Digits expected.
        expected: usize,
    },
    /// A character that is no hexadecimal digit.
    #[error("character {position} is no hexadecimal digit")]
    Digit {
        /// Counted from 0.
        position: usize,
    },
    /// Condition flags that differ within a byte, which no instruction produces.
    #[error("the two flags of a byte differ at digit {position}")]
    Flags {
        /// Digit, counted from 0.
        position: usize,
    },
}

/// The values of `expected` digits.
fn digits(text: &str, expected: usize) -> Result<Vec<u8>, HexError> {
    let count = text.chars().count();
    if count != expected {
        return Err(HexError::Length { digits: count, expected });
    }
    let digit = |(position, character): (usize, char)| {
        character.to_digit(16).map(|digit| digit as u8).ok_or(HexError::Digit { position })
    };
    text.chars().enumerate().map(digit).collect()
}

fn join(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |value, &digit| value << 4 | u32::from(digit))
}

impl Vector {
    /// 256 digits, byte lane 0 first.
    pub fn to_hex(&self) -> String {
        self.bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// From 256 digits.
    pub fn from_hex(text: &str) -> Result<Self, HexError> {
        let digits = digits(text, 256)?;
        let mut vector = Self::ZERO;
        vector.bytes_mut().iter_mut().zip(digits.chunks(2)).for_each(|(byte, pair)| *byte = join(pair) as u8);
        Ok(vector)
    }
}

impl Accumulator {
    /// 512 digits, eight for each halfword lane, lane 0 first.
    pub fn to_hex(&self) -> String {
        self.lanes().map(|lane| format!("{lane:08x}")).collect()
    }

    /// From 512 digits.
    pub fn from_hex(text: &str) -> Result<Self, HexError> {
        let digits = digits(text, 512)?;
        let mut accumulator = Self::ZERO;
        digits.chunks(8).enumerate().for_each(|(lane, eight)| accumulator.set_lane(lane, join(eight)));
        Ok(accumulator)
    }
}

impl Condition {
    /// 192 digits: for each halfword lane, lane 0 first, the flags of equal, greater and less; the upper two flags of a digit belong
    /// to the high byte.
    pub fn to_hex(&self) -> String {
        let digit = |pair: &[u8]| match pair {
            [0, 0] => '0',
            [0, _] => '3',
            [_, 0] => 'c',
            _ => 'f',
        };
        let element = |at: usize| {
            [&self.equal, &self.greater, &self.less].map(|vector| digit(&vector.bytes()[2 * at..2 * at + 2]))
        };
        (0..64).flat_map(element).collect()
    }

    /// From 192 digits.
    pub fn from_hex(text: &str) -> Result<Self, HexError> {
        let mut condition = Self::ZERO;
        let mut digits = digits(text, 192)?.into_iter().enumerate();
        for lane in 0..64 {
            for vector in [&mut condition.equal, &mut condition.greater, &mut condition.less] {
                let Some((position, digit)) = digits.next() else { continue };
                let flags = flag_lanes(digit).ok_or(HexError::Flags { position })?;
                vector.bytes_mut()[2 * lane..2 * lane + 2].copy_from_slice(&flags);
            }
        }
        Ok(condition)
    }
}

fn flag_lanes(digit: u8) -> Option<[u8; 2]> {
    match digit {
        0x0 => Some([0, 0]),
        0x3 => Some([0, 0xff]),
        0xc => Some([0xff, 0]),
        0xf => Some([0xff, 0xff]),
        _ => None,
    }
}
