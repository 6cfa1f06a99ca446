//! From a row and the values of its operands to a word, and back.

use super::{RangeError, Row};
use thiserror::Error;

/// Operands that do not make an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// Too few or too many.
    #[error("{mnemonic} takes {}, not {given}", count(*least, *most))]
    Count {
        /// The mnemonic.
        mnemonic: &'static str,
        /// Operands that must be written.
        least: usize,
        /// Operands that may be written.
        most: usize,
        /// How many were given.
        given: usize,
    },
    /// One of them does not fit.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// Only the primary opcode of this instruction is known.
    #[error("{mnemonic} is of an earlier chip and cannot be assembled")]
    Removed {
        /// The mnemonic.
        mnemonic: &'static str,
    },
}

fn count(least: usize, most: usize) -> String {
    match (least, most) {
        (0, 0) => "no operands".to_owned(),
        (1, 1) => "1 operand".to_owned(),
        _ if least == most => format!("{least} operands"),
        _ => format!("{least} to {most} operands"),
    }
}

/// The word of an instruction. Values are in the order of `row.operands`; optional operands may be left out all
/// together and are then 0.
///
/// Branch targets are given as displacements in bytes, or absolute addresses for the absolute forms.
///
/// # Errors
/// When there are too few or too many values, or one of them does not fit.
pub fn encode(row: &Row, values: &[i64]) -> Result<u32, EncodeError> {
    if row.support == super::Support::Removed {
        return Err(EncodeError::Removed { mnemonic: row.mnemonic });
    }
    let (least, most, given) = (row.required_operands(), row.operands.len(), values.len());
    if given != least && given != most {
        return Err(EncodeError::Count { mnemonic: row.mnemonic, least, most, given });
    }
    let written = |optional: bool| given == most || !optional;
    let operands = row.operands.iter().filter(|operand| written(operand.is_optional()));
    let mut word = row.pattern;
    operands.zip(values).try_for_each(|(operand, value)| operand.set(&mut word, *value))?;
    Ok(word)
}

impl Row {
    /// The values of its operands in a word that matches it, in their order.
    pub fn values(&self, word: u32) -> impl Iterator<Item = i64> {
        self.operands.iter().map(move |operand| operand.get(word))
    }
}
