//! Extended mnemonics: other ways to write an instruction, each a row that says how its operands become those of the
//! base instruction. The assembler follows a row forwards, the disassembler backwards.

mod branch;
mod condition;
mod register;
mod rotate;
mod value;

use super::table::{count, flatten};
use super::{EncodeError, INSTRUCTIONS, Operand, RangeError, Row, encode};
pub use value::Value;

/// Most operands of an extended mnemonic.
pub const MAX_ARGUMENTS: usize = 4;
/// Most operands of a base instruction.
pub const MAX_VALUES: usize = 5;

/// One extended mnemonic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extended {
    /// Complete mnemonic, such as `beq+`.
    pub mnemonic: &'static str,
    /// Operands in the order in which they are written.
    pub operands: &'static [Operand],
    /// The instruction it stands for.
    pub base: &'static Row,
    /// Each operand of the base instruction in terms of those written; surplus entries are 0.
    pub values: [Value; MAX_VALUES],
    /// Whether the disassembler prefers it to the base mnemonic. Earlier rows come first.
    pub preferred: bool,
    /// Warning for whoever writes it, or nothing.
    pub note: &'static str,
}

/// Every extended mnemonic. One mnemonic may have several rows, and the name of a base instruction, with different
/// numbers of operands.
pub const EXTENDED: &[Extended] = &TABLE;

const FAMILIES: [&[&[Extended]]; 6] =
    [register::ROWS, rotate::ROWS, condition::ROWS, branch::ALWAYS, branch::CONDITIONS, branch::COUNTING];

static TABLE: [Extended; count(&FAMILIES)] = flatten(&FAMILIES);

impl Extended {
    /// Number of operands that must be written.
    #[must_use]
    pub fn required_operands(&self) -> usize {
        self.operands.iter().filter(|operand| !operand.is_optional()).count()
    }

    /// The values of the base instruction's operands. `arguments` are the operands as written; optional ones may be
    /// left out all together and are then 0.
    ///
    /// # Errors
    /// When there are too few or too many, or one of them does not fit.
    pub fn translate(&self, arguments: &[i64]) -> Result<[i64; MAX_VALUES], EncodeError> {
        let (least, most, given) = (self.required_operands(), self.operands.len(), arguments.len());
        if given != least && given != most {
            return Err(EncodeError::Count { mnemonic: self.mnemonic, least, most, given });
        }
        let mut all = [0; MAX_ARGUMENTS];
        let mut written = arguments.iter();
        for (place, operand) in all.iter_mut().zip(self.operands) {
            if given == most || !operand.is_optional() {
                *place = *written.next().unwrap_or(&0);
                operand.check(*place)?;
            }
        }
        Ok(self.evaluate(&all)?)
    }

    fn evaluate(&self, arguments: &[i64; MAX_ARGUMENTS]) -> Result<[i64; MAX_VALUES], RangeError> {
        let mut values = [0; MAX_VALUES];
        for ((place, value), operand) in values.iter_mut().zip(&self.values).zip(self.base.operands) {
            *place = value.evaluate(arguments, *operand)?;
        }
        Ok(values)
    }

    /// The word of an instruction written in this way.
    ///
    /// # Errors
    /// When there are too few or too many operands, or one of them does not fit.
    pub fn encode(&self, arguments: &[i64]) -> Result<u32, EncodeError> {
        let values = self.translate(arguments)?;
        encode(self.base, &values[..self.base.operands.len()])
    }

    /// The operands with which this row writes a word of its base instruction, if it can; as many as it has.
    #[must_use]
    pub fn arguments(&self, word: u32) -> Option<[i64; MAX_ARGUMENTS]> {
        let mut values = [0; MAX_VALUES];
        values.iter_mut().zip(self.base.values(word)).for_each(|(place, value)| *place = value);
        let mut arguments = [0; MAX_ARGUMENTS];
        for (index, (place, operand)) in arguments.iter_mut().zip(self.operands).enumerate() {
            *place = self.values.iter().zip(values).find_map(|(value, known)| value.solve(index, known))?;
            operand.check(*place).ok()?;
        }
        (self.evaluate(&arguments).ok()? == values).then_some(arguments)
    }

    /// Whether the base instruction's operand at `place` is the written operand at `index` as it is.
    #[must_use]
    pub fn passes(&self, index: usize, place: usize) -> bool {
        self.values[place] == value::argument(index)
    }
}

/// The bits of the word that the constant operands of a mnemonic fill, and what they are.
pub(super) fn constant_bits(extended: &Extended) -> (u32, u32) {
    let (mut mask, mut pattern) = (0, 0);
    for (operand, value) in extended.base.operands.iter().zip(extended.values) {
        // The table test makes sure that constants fit.
        if let Some(constant) = value.as_constant()
            && operand.set(&mut pattern, constant).is_ok()
        {
            mask |= operand.mask();
        }
    }
    (mask, pattern)
}

/// The base row of this name. Only for tables: a name that does not exist does not compile.
const fn base(mnemonic: &str) -> &'static Row {
    let mut index = 0;
    while index < INSTRUCTIONS.len() {
        if equal(INSTRUCTIONS[index].mnemonic, mnemonic) {
            return &INSTRUCTIONS[index];
        }
        index += 1;
    }
    panic!("no such instruction")
}

const fn equal(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut index = 0;
    while index < left.len() && index < right.len() && left[index] == right[index] {
        index += 1;
    }
    left.len() == right.len() && index == left.len()
}

/// A row that the disassembler does not use.
const fn row(
    mnemonic: &'static str,
    operands: &'static [Operand],
    name: &'static str,
    values: &[Value],
) -> Extended {
    let mut all = [value::constant(0); MAX_VALUES];
    let base = base(name);
    assert!(values.len() == base.operands.len() && operands.len() <= MAX_ARGUMENTS);
    let mut index = 0;
    while index < values.len() {
        all[index] = values[index];
        index += 1;
    }
    Extended { mnemonic, operands, base, values: all, preferred: false, note: "" }
}

impl Extended {
    /// The disassembler prints it.
    const fn preferred(self) -> Extended {
        Extended { preferred: true, ..self }
    }

    const fn note(self, note: &'static str) -> Extended {
        Extended { note, ..self }
    }
}
