//! Expressions: text to tree, with the operators and the precedence of GNU as. Constants are folded while reading, so
//! that the common operand costs no allocation.

use super::cursor::{Cursor, Number};
use super::diagnostic::Problem;

/// Index of a symbol in the assembler's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SymbolId(pub u32);

/// Index of a section under construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SectionId(pub u32);

/// What an operand or a directive's argument says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expression {
    Constant(i64),
    Symbol(SymbolId),
    /// A fixed place: what `.` meant when it was read.
    Place(SectionId, u32),
    Unary(Unary, Box<Expression>),
    Binary(Binary, Box<(Expression, Expression)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unary {
    Negate,
    Complement,
    Not,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Multiply,
    Divide,
    Remainder,
    ShiftLeft,
    ShiftRight,
    Or,
    OrNot,
    Xor,
    And,
    Add,
    Subtract,
    Equal,
    Unequal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    LogicalAnd,
    LogicalOr,
}

/// What names mean to the reader of an expression.
pub(crate) trait Scope {
    /// The symbol `name` at byte `at` of the statement.
    fn symbol(&mut self, name: &str, at: usize) -> Result<Expression, Problem>;
    /// `.`
    fn here(&mut self, at: usize) -> Result<Expression, Problem>;
    /// How far a branch goes whose target is written as a plain number: as in GNU as, the number itself.
    fn distance(&self, target: i64) -> i64 {
        target
    }
    /// The numeric label `number` before or after this place.
    fn label(&mut self, number: u32, forward: bool, at: usize) -> Result<Expression, Problem>;
}

/// Longest chain of operators and parentheses that is read; keeps recursion off the end of the stack.
const DEEPEST: u32 = 200;

impl Expression {
    /// The value of a constant.
    pub(crate) fn constant(&self) -> Option<i64> {
        match self {
            Expression::Constant(value) => Some(*value),
            _ => None,
        }
    }

    /// Levels and parts of the tree.
    pub(crate) fn extent(&self) -> (u32, u32) {
        match self {
            Expression::Unary(_, inner) => {
                let (depth, parts) = inner.extent();
                (depth + 1, parts + 1)
            }
            Expression::Binary(_, pair) => {
                let (left, right) = (pair.0.extent(), pair.1.extent());
                (left.0.max(right.0) + 1, left.1 + right.1 + 1)
            }
            _ => (1, 1),
        }
    }

    fn unary(operator: Unary, inner: Expression) -> Expression {
        match inner {
            Expression::Constant(value) => Expression::Constant(operator.apply(value)),
            other => Expression::Unary(operator, Box::new(other)),
        }
    }

    fn binary(operator: Binary, left: Expression, right: Expression) -> Result<Expression, &'static str> {
        match (&left, &right) {
            (Expression::Constant(a), Expression::Constant(b)) => {
                operator.apply(*a, *b).map(Expression::Constant)
            }
            _ => Ok(Expression::Binary(operator, Box::new((left, right)))),
        }
    }
}

impl Unary {
    pub(crate) fn apply(self, value: i64) -> i64 {
        match self {
            Unary::Negate => value.wrapping_neg(),
            Unary::Complement => !value,
            Unary::Not => i64::from(value == 0),
        }
    }
}

impl Binary {
    /// The value for two numbers. Comparisons give -1 for true and logical operators 1, as in GNU as; `>>` is unsigned.
    pub(crate) fn apply(self, a: i64, b: i64) -> Result<i64, &'static str> {
        let truth = |is: bool| -i64::from(is);
        Ok(match self {
            Binary::Multiply => a.wrapping_mul(b),
            Binary::Divide | Binary::Remainder if b == 0 => return Err("division by zero"),
            Binary::Divide => a.wrapping_div(b),
            Binary::Remainder => a.wrapping_rem(b),
            Binary::ShiftLeft => shift(a, b, u64::checked_shl),
            Binary::ShiftRight => shift(a, b, u64::checked_shr),
            Binary::Or => a | b,
            Binary::OrNot => a | !b,
            Binary::Xor => a ^ b,
            Binary::And => a & b,
            Binary::Add => a.wrapping_add(b),
            Binary::Subtract => a.wrapping_sub(b),
            Binary::Equal => truth(a == b),
            Binary::Unequal => truth(a != b),
            Binary::Less => truth(a < b),
            Binary::LessEqual => truth(a <= b),
            Binary::Greater => truth(a > b),
            Binary::GreaterEqual => truth(a >= b),
            Binary::LogicalAnd => i64::from(a != 0 && b != 0),
            Binary::LogicalOr => i64::from(a != 0 || b != 0),
        })
    }

    /// The operator at the start of `text`, its length, and how tightly it binds.
    fn read(text: &[u8]) -> Option<(Binary, usize, u8)> {
        let second = text.get(1).copied().unwrap_or(0);
        Some(match (*text.first()?, second) {
            (b'<', b'<') => (Binary::ShiftLeft, 2, 5),
            (b'>', b'>') => (Binary::ShiftRight, 2, 5),
            (b'<', b'>') | (b'!', b'=') => (Binary::Unequal, 2, 2),
            (b'<', b'=') => (Binary::LessEqual, 2, 2),
            (b'>', b'=') => (Binary::GreaterEqual, 2, 2),
            (b'=', b'=') => (Binary::Equal, 2, 2),
            (b'|', b'|') => (Binary::LogicalOr, 2, 0),
            (b'&', b'&') => (Binary::LogicalAnd, 2, 1),
            (b'*', _) => (Binary::Multiply, 1, 5),
            (b'/', _) => (Binary::Divide, 1, 5),
            (b'%', _) => (Binary::Remainder, 1, 5),
            (b'|', _) => (Binary::Or, 1, 4),
            (b'!', _) => (Binary::OrNot, 1, 4),
            (b'^', _) => (Binary::Xor, 1, 4),
            (b'&', _) => (Binary::And, 1, 4),
            (b'+', _) => (Binary::Add, 1, 3),
            (b'-', _) => (Binary::Subtract, 1, 3),
            (b'<', _) => (Binary::Less, 1, 2),
            (b'>', _) => (Binary::Greater, 1, 2),
            _ => return None,
        })
    }
}

/// Shifts the 64 bits; an amount outside 0..=63 leaves nothing.
fn shift(a: i64, b: i64, by: fn(u64, u32) -> Option<u64>) -> i64 {
    u32::try_from(b).ok().and_then(|amount| by(a as u64, amount)).unwrap_or(0) as i64
}

/// Reads an expression.
pub(crate) fn read(cursor: &mut Cursor<'_>, scope: &mut dyn Scope) -> Result<Expression, Problem> {
    read_level(cursor, scope, 0, 0)
}

/// Reads operands joined by operators that bind at least as tightly as `level`, from the left.
fn read_level(
    cursor: &mut Cursor<'_>,
    scope: &mut dyn Scope,
    level: u8,
    depth: u32,
) -> Result<Expression, Problem> {
    let mut left = read_operand(cursor, scope, depth + 1)?;
    let mut chain = depth;
    loop {
        cursor.skip_blanks();
        let at = cursor.at();
        let Some((operator, length, binding)) = Binary::read(cursor.rest().as_bytes()) else { break };
        if binding < level {
            break;
        }
        cursor.advance(length);
        chain += u32::from(left.constant().is_none());
        check_depth(chain, at)?;
        let right = read_level(cursor, scope, binding + 1, depth + 1)?;
        left = Expression::binary(operator, left, right).map_err(|message| Problem::new(at, message))?;
    }
    Ok(left)
}

fn check_depth(depth: u32, at: usize) -> Result<(), Problem> {
    if depth < DEEPEST {
        return Ok(());
    }
    Err(Problem::new(at, format!("this expression is nested deeper than {DEEPEST} levels"))
        .hint("name a part of it with .set"))
}

fn read_operand(cursor: &mut Cursor<'_>, scope: &mut dyn Scope, depth: u32) -> Result<Expression, Problem> {
    cursor.skip_blanks();
    let at = cursor.at();
    check_depth(depth, at)?;
    let unary = match cursor.peek() {
        b'(' => return read_parenthesis(cursor, scope, depth),
        b'-' => Unary::Negate,
        b'~' => Unary::Complement,
        b'!' => Unary::Not,
        b'+' => {
            cursor.advance(1);
            return read_operand(cursor, scope, depth + 1);
        }
        _ => return read_primary(cursor, scope),
    };
    cursor.advance(1);
    Ok(Expression::unary(unary, read_operand(cursor, scope, depth + 1)?))
}

fn read_parenthesis(
    cursor: &mut Cursor<'_>,
    scope: &mut dyn Scope,
    depth: u32,
) -> Result<Expression, Problem> {
    cursor.advance(1);
    let inner = read_level(cursor, scope, 0, depth + 1)?;
    cursor.expect(b')', "`)`")?;
    Ok(inner)
}

fn read_primary(cursor: &mut Cursor<'_>, scope: &mut dyn Scope) -> Result<Expression, Problem> {
    let at = cursor.at();
    match cursor.peek() {
        b'\'' => cursor.character().map(Expression::Constant),
        b'0'..=b'9' => match cursor.number()? {
            Number::Value(value) => Ok(Expression::Constant(value)),
            Number::Backward(number) => scope.label(number, false, at),
            Number::Forward(number) => scope.label(number, true, at),
        },
        b'%' if cursor.peek_at(1).is_ascii_alphabetic() => {
            Err(Problem::new(at, "a register cannot be used in an expression"))
        }
        b'"' => {
            let name = cursor.symbol_name()?;
            scope.symbol(name, at)
        }
        _ => match cursor.name() {
            Some(".") => scope.here(at),
            Some(name) => scope.symbol(name, at),
            None => Err(cursor.unexpected("a number, a symbol or an expression")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct NoNames;

    impl Scope for NoNames {
        fn symbol(&mut self, name: &str, at: usize) -> Result<Expression, Problem> {
            Err(Problem::new(at, format!("no symbol {name}")))
        }
        fn here(&mut self, _: usize) -> Result<Expression, Problem> {
            Ok(Expression::Place(SectionId(0), 0))
        }
        fn label(&mut self, _: u32, _: bool, at: usize) -> Result<Expression, Problem> {
            Err(Problem::new(at, "no label"))
        }
    }

    /// Values printed by GNU as 2.40 for the same text.
    #[test]
    fn operators_as_gnu_as() {
        for (text, expected) in [
            ("1+2==3", -1),
            ("6|1+1", 8),
            ("2*3<<1", 12),
            ("-16>>2", 0x3fff_ffff_ffff_fffc),
            ("1<2", -1),
            ("5 ! 3", -3),
            ("!5", 0),
            ("-7/2", -3),
            ("-7%3", -1),
            ("1+1&&0", 0),
            ("1||0", 1),
            ("2<<3|1", 17),
            ("1-2-3", -4),
            ("~0>>60", 15),
            ("6&3+1", 3),
            ("3<>4", -1),
            ("1==1==1", 0),
            ("-1<0", -1),
            ("3==1+2", -1),
            ("1||0&&0", 1),
            ("1<2==-1", -1),
            ("5-1<3", 0),
            ("1&&2==3", 0),
            ("- 2*3", -6),
            ("~1+2", 0),
            ("-(2)+1", -1),
            ("!0", 1),
            ("'a'+1", 98),
            ("1<<64", 0),
        ] {
            let mut cursor = Cursor::new(text);
            let value = read(&mut cursor, &mut NoNames);
            assert_eq!(value, Ok(Expression::Constant(expected)), "{text}");
            assert!(cursor.at_end(), "{text}");
        }
    }

    #[test]
    fn errors_point_at_the_place() {
        for (text, at) in [("1+", 2), ("(1", 2), ("1/0", 1), ("2*x", 2), ("", 0), ("1+%r3", 2)] {
            assert_eq!(read(&mut Cursor::new(text), &mut NoNames).unwrap_err().at, at, "{text}");
        }
        let deep = "(".repeat(100_000);
        assert!(read(&mut Cursor::new(&deep), &mut NoNames).is_err());
        let long = format!(".{}", "+.".repeat(100_000));
        assert!(read(&mut Cursor::new(&long), &mut NoNames).is_err());
    }
}
