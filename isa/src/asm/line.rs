//! One instruction alone: no labels, no sections, nothing that outlives the line.

use super::cursor::Cursor;
use super::diagnostic::Problem;
use super::expression::{Expression, Scope};
use super::instruction;
use thiserror::Error;

/// Why a line is no instruction.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("column {column}: {message}")]
pub struct LineError {
    /// Column from 1, in bytes.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl From<Problem> for LineError {
    fn from(problem: Problem) -> LineError {
        LineError { column: problem.at + 1, message: problem.message, hint: problem.hint }
    }
}

/// Only `.`, the address of the instruction, means anything.
struct Alone {
    address: u32,
}

impl Scope for Alone {
    fn symbol(&mut self, name: &str, at: usize) -> Result<Expression, Problem> {
        Err(Problem::new(at, format!("there is no symbol `{name}`")))
    }

    fn here(&mut self, _: usize) -> Result<Expression, Problem> {
        Ok(Expression::Constant(i64::from(self.address)))
    }

    /// Here a plain number is an address. Addresses wrap at 32 bits.
    fn distance(&self, target: i64) -> i64 {
        i64::from((target as u32).wrapping_sub(self.address) as i32)
    }

    fn label(&mut self, number: u32, _: bool, at: usize) -> Result<Expression, Problem> {
        Err(Problem::new(at, format!("there is no label `{number}:`")))
    }
}

/// The word of one instruction or of `.long number`, at this byte address.
///
/// Branch targets are addresses, as disassemblers print them; in a source text, as for GNU as, a plain number is the
/// distance from the branch.
///
/// # Errors
/// When the text is no instruction, or an operand does not fit.
pub fn assemble_line(text: &str, address: u32) -> Result<u32, LineError> {
    let mut cursor = Cursor::new(text);
    cursor.skip_blanks();
    if cursor.rest().starts_with(".long") {
        return long(cursor, address);
    }
    let at = cursor.at();
    Ok(instruction::read(text, at, &mut Alone { address })?.encode(at)?)
}

fn long(mut cursor: Cursor<'_>, address: u32) -> Result<u32, LineError> {
    cursor.advance(".long".len());
    let at = cursor.at();
    let expression = super::expression::read(&mut cursor, &mut Alone { address })?;
    cursor.expect_end()?;
    let value = expression.constant().ok_or_else(|| Problem::new(at, "not a number"))?;
    super::directive::check_range(value, 4, at)?;
    Ok(value as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_instruction() {
        for (text, address, word) in [
            ("li 3,-1", 0, 0x3860_ffff_u32),
            ("mr 3,4", 0, 0x7c83_2378),
            ("lmw 29,-4(5)", 0, 0xbba5_fffc),
            ("fxvaddbfs 4,4,3", 0, 0x1084_1f74),
            ("fxvsel v4, qv4, vr6, 2", 0, 0x1084_34fe),
            ("cmplwi cr7,r3,5", 0, 0x2b83_0005),
            ("b .+8", 0x100, 0x4800_0008),
            ("b 0x110", 0x100, 0x4800_0010),
            ("bne- cr3,0x100", 0x108, 0x40ce_fff8),
            ("ba 0x100", 0x2000, 0x4800_0102),
            ("crand 4*cr3+eq,lt,31", 0, 0x4dc0_fa02),
            ("mtspr tcr,3", 0, 0x7c74_53a6),
            (".long 0x12345678", 0, 0x1234_5678),
            ("lis 3,0x12348678@ha", 0, 0x3c60_1235),
            ("addi 3,3,0x12348678@l", 0, 0x3863_8678),
            ("ori 3,3,0x12348678@l", 0, 0x6063_8678),
            ("addi 3,3,0xffff8000", 0, 0x3863_8000),
        ] {
            assert_eq!(
                assemble_line(text, address).map(|w| format!("{w:08x}")),
                Ok(format!("{word:08x}")),
                "{text}"
            );
        }
    }

    #[test]
    fn bad_lines() {
        for (text, column) in [
            ("addi 3,3,40000", 10),
            ("foo", 1),
            ("add 3,4", 1),
            ("b x", 3),
            ("b 2", 3),
            ("add r3,v4,r5", 8),
            ("", 1),
        ] {
            assert_eq!(assemble_line(text, 0).unwrap_err().column, column, "{text}");
        }
    }
}
