//! Instructions: from mnemonic and operands as written to a word of the instruction table, and to what must wait until
//! addresses are known.

use super::assembler::Assembler;
use super::cursor::Cursor;
use super::diagnostic::Problem;
use super::expression::{self, Expression, Scope};
use super::fixup::{FieldKind, Fixup, Modifier};
use crate::instruction::{
    EncodeError, Kind, Mnemonic, Operand, RangeError, SPRS, Support, Traits, lookup, nearest_mnemonic,
    spr_named,
};
use crate::link::LineRow;
use std::rc::Rc;

/// Most operands that an instruction is written with.
const MOST_OPERANDS: usize = 6;

/// An operand whose value is not known yet.
#[derive(Debug)]
pub(crate) struct Open {
    /// Which one, as written.
    pub index: usize,
    pub expression: Expression,
    pub modifier: Modifier,
    pub at: usize,
}

/// An instruction as written.
#[derive(Debug)]
pub(crate) struct Written {
    pub mnemonic: Mnemonic,
    pub arguments: [i64; MOST_OPERANDS],
    pub count: usize,
    /// The arguments that are 0 only for now.
    pub open: Vec<Open>,
}

impl Written {
    /// Whether its branch target is a distance.
    pub(crate) fn is_relative(&self) -> bool {
        !self.mnemonic.row().traits.contains(Traits::ABSOLUTE)
    }

    /// The word with what is known.
    pub(crate) fn encode(&self, at: usize) -> Result<u32, Problem> {
        let word = self.mnemonic.encode(&self.arguments[..self.count]);
        word.map_err(|error| Problem::new(at, error.to_string()))
    }

    /// The operand of the base instruction that the written operand `index` goes into unchanged.
    fn base_operand(&self, index: usize) -> Option<Operand> {
        match self.mnemonic {
            Mnemonic::Base(_) => self.mnemonic.written(self.count).nth(index),
            Mnemonic::Extended(extended) => {
                let omitted = extended.operands.len() - self.count;
                let place =
                    (0..extended.base.operands.len()).find(|&place| extended.passes(index + omitted, place));
                place.map(|place| extended.base.operands[place])
            }
        }
    }
}

/// Reads a whole instruction, mnemonic first.
pub(crate) fn read(text: &str, start: usize, scope: &mut dyn Scope) -> Result<Written, Problem> {
    let mut cursor = Cursor::new(text);
    cursor.advance(start);
    cursor.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'+' | b'-'));
    let name = cursor.since(start);
    let ways = lookup(name);
    if ways.is_empty() {
        return Err(unknown_mnemonic(name, start));
    }
    let slots = count_slots(cursor.rest());
    let way = ways.iter().find(|way| takes_slots(way, slots));
    let mnemonic = *way.ok_or_else(|| wrong_count(ways, slots, start))?;
    read_operands(mnemonic, slots, &mut cursor, scope)
}

fn unknown_mnemonic(name: &str, at: usize) -> Problem {
    let mut problem = Problem::new(at, format!("unknown instruction `{name}`"));
    let lower = name.to_ascii_lowercase();
    let near = if lookup(&lower).is_empty() { nearest_mnemonic(&lower) } else { Some(lower.as_str()) };
    problem.hint = near.map(|near| format!("did you mean `{near}`?"));
    problem
}

/// How many operands are written; a displacement and its base register count as one.
fn count_slots(text: &str) -> usize {
    let mut quoted = false;
    let mut commas = 0;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => quoted = !quoted,
            b'\'' if !quoted => {
                bytes.next();
            }
            b',' if !quoted => commas += 1,
            _ => {}
        }
    }
    if text.trim_ascii().is_empty() { 0 } else { commas + 1 }
}

fn slots(mnemonic: &Mnemonic) -> (usize, usize) {
    let operands = mnemonic.operands();
    let most = operands.iter().filter(|operand| operand.kind() != Kind::Base).count();
    (most - operands.iter().filter(|operand| operand.is_optional()).count(), most)
}

fn takes_slots(mnemonic: &Mnemonic, count: usize) -> bool {
    let (least, most) = slots(mnemonic);
    count == least || count == most
}

fn wrong_count(ways: &[Mnemonic], given: usize, at: usize) -> Problem {
    let (least, most) = slots(&ways[0]);
    let mnemonic = ways[0].name();
    let problem = Problem::new(at, EncodeError::Count { mnemonic, least, most, given }.to_string());
    if most == 0 {
        problem
    } else {
        problem.hint(format!("write {}", ways.iter().map(synopsis).collect::<Vec<_>>().join(" or ")))
    }
}

/// How the operands of a mnemonic are written.
fn synopsis(mnemonic: &Mnemonic) -> String {
    let mut text = format!("`{}", mnemonic.name());
    for (index, operand) in mnemonic.operands().iter().enumerate() {
        let name = operand.name();
        let comma = if index == 0 { " " } else { "," };
        text += &match (operand.kind(), operand.is_optional()) {
            (Kind::Base, _) => format!("({name})"),
            (_, true) => format!("[{comma}{name}]"),
            (_, false) => format!("{comma}{name}"),
        };
    }
    text.replace("[ ", " [") + "`"
}

fn read_operands(
    mnemonic: Mnemonic,
    slots: usize,
    cursor: &mut Cursor<'_>,
    scope: &mut dyn Scope,
) -> Result<Written, Problem> {
    let bases = mnemonic.operands().iter().filter(|operand| operand.kind() == Kind::Base).count();
    let count = slots + bases;
    let mut written = Written { mnemonic, arguments: [0; MOST_OPERANDS], count, open: Vec::new() };
    for (index, operand) in mnemonic.written(count).enumerate() {
        if operand.kind() != Kind::Base && index > 0 {
            cursor.expect(b',', "`,`")?;
        }
        cursor.skip_blanks();
        let at = cursor.at();
        match read_operand(operand, &mut written, index, cursor, scope)? {
            Some(value) => written.arguments[index] = checked(operand, value, at)?,
            None => continue,
        }
    }
    cursor.expect_end()?;
    Ok(written)
}

/// The value, if it fits; a negative number may be written as the 32-bit number with the same bits.
fn checked(operand: Operand, value: i64, at: usize) -> Result<i64, Problem> {
    let low = operand.field().low;
    let wrapped = value - (1 << 32);
    let value = if low < 0 && (1 << 31..1 << 32).contains(&value) && operand.check(value).is_err() {
        wrapped
    } else {
        value
    };
    operand.check(value).map(|()| value).map_err(|error| range_problem(error, at))
}

/// The message of a range error, with the allowed range as a hint of its own.
pub(crate) fn range_problem(error: RangeError, at: usize) -> Problem {
    match error {
        RangeError::Outside { operand, value, low, high } => {
            Problem::new(at, format!("{value} is out of range for {}", operand.name()))
                .hint(format!("{low} to {high} is allowed"))
        }
        other => Problem::new(at, other.to_string()),
    }
}

/// Reads one operand. `None` if its value is not known yet, or for a target, which is relative to this place.
fn read_operand(
    operand: Operand,
    written: &mut Written,
    index: usize,
    cursor: &mut Cursor<'_>,
    scope: &mut dyn Scope,
) -> Result<Option<i64>, Problem> {
    let at = cursor.at();
    match operand.kind() {
        Kind::Base => {
            cursor.expect(b'(', "`(` and the base register")?;
            let value = register(operand, cursor, scope)?;
            cursor.expect(b')', "`)`")?;
            Ok(Some(value))
        }
        Kind::Gpr | Kind::Vector | Kind::CrField | Kind::Spr => register(operand, cursor, scope).map(Some),
        Kind::CrBit => {
            let expression = expression::read(cursor, &mut CrNames(scope))?;
            known(operand, &expression, at).map(Some)
        }
        Kind::Immediate | Kind::Target => {
            refuse_register(operand, *cursor, scope)?;
            let mut expression = expression::read(cursor, scope)?;
            let modifier = Modifier::read(cursor, scope, &mut expression)?;
            match expression.constant() {
                Some(value) if operand.kind() == Kind::Immediate => {
                    Ok(Some(modifier.of_number(value, operand.field().low < 0)))
                }
                Some(value) if written.is_relative() => Ok(Some(scope.distance(value))),
                Some(value) => Ok(Some(value)),
                None => {
                    written.open.push(Open { index, expression, modifier, at });
                    Ok(None)
                }
            }
        }
    }
}

fn known(operand: Operand, expression: &Expression, at: usize) -> Result<i64, Problem> {
    let value = expression.constant();
    value.ok_or_else(|| Problem::new(at, format!("{} must be a number known here", operand.name())))
}

/// Reads a register by name or number.
fn register(operand: Operand, cursor: &mut Cursor<'_>, scope: &mut dyn Scope) -> Result<i64, Problem> {
    cursor.skip_blanks();
    let at = cursor.at();
    let mut ahead = *cursor;
    if ahead.peek() == b'%' {
        ahead.advance(1);
    }
    let marked = ahead.at() > at;
    if let Some(name) = ahead.name() {
        if let Some(number) = register_number(operand.kind(), name) {
            *cursor = ahead;
            return Ok(number);
        }
        if marked {
            return Err(wrong_register(operand, name, at));
        }
        // A symbol may stand for a number.
        let mut symbol = *cursor;
        return match expression::read(&mut symbol, scope)?.constant() {
            Some(value) => {
                *cursor = symbol;
                Ok(value)
            }
            None => Err(wrong_register(operand, name, at)),
        };
    }
    let expression = expression::read(cursor, scope)?;
    known(operand, &expression, at)
}

fn wrong_register(operand: Operand, name: &str, at: usize) -> Problem {
    let wanted = match operand.kind() {
        Kind::Vector => "a vector register, v0 to v31",
        Kind::CrField => "a field of the condition register, cr0 to cr7",
        Kind::Spr => "a special-purpose register",
        _ => "a general-purpose register, r0 to r31",
    };
    let problem = Problem::new(at, format!("`{name}` is not what {} must be: {wanted}", operand.name()));
    let near = (operand.kind() == Kind::Spr)
        .then(|| super::nearest::did_you_mean(name, SPRS.iter().map(|spr| spr.name)));
    Problem { hint: near.flatten(), ..problem }
}

/// The number of a register name, if it is one of this kind.
fn register_number(kind: Kind, name: &str) -> Option<i64> {
    let numbered = |prefixes: &[&str], most: i64| {
        let digits = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix))?;
        let plain =
            !digits.is_empty() && digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|number| plain && *number <= most)
    };
    match kind {
        Kind::Gpr | Kind::Base if name == "sp" => Some(1),
        Kind::Gpr | Kind::Base => numbered(&["r"], 31),
        Kind::Vector => numbered(&["vr", "v", "qv", "q"], 31),
        Kind::CrField => numbered(&["cr"], 7),
        Kind::Spr => spr_named(name).map(|spr| i64::from(spr.number)),
        _ => None,
    }
}

/// A register where a number belongs is a mistake, unless a symbol has its name.
fn refuse_register(operand: Operand, ahead: Cursor<'_>, scope: &mut dyn Scope) -> Result<(), Problem> {
    let mut ahead = ahead;
    let at = ahead.at();
    let marked = ahead.eat(b'%');
    let Some(name) = ahead.name() else { return Ok(()) };
    let is_register = [Kind::Gpr, Kind::Vector, Kind::CrField]
        .into_iter()
        .any(|kind| register_number(kind, name).is_some());
    // `.+8` and `r3_table` are no registers; a target may well be a label called r3.
    let alone = ahead.at_end() || matches!(ahead.peek(), b',' | b')');
    let mut is_symbol = || scope.symbol(name, at).is_ok_and(|symbol| symbol.constant().is_some());
    if is_register && alone && operand.kind() == Kind::Immediate && (marked || !is_symbol()) {
        return Err(Problem::new(
            at,
            format!("`{name}` is a register, but {} must be a number", operand.name()),
        ));
    }
    Ok(())
}

/// Expressions over bits of CR: `4*cr3+eq`.
struct CrNames<'a>(&'a mut dyn Scope);

impl Scope for CrNames<'_> {
    fn symbol(&mut self, name: &str, at: usize) -> Result<Expression, Problem> {
        let bit = match name {
            "lt" => Some(0),
            "gt" => Some(1),
            "eq" => Some(2),
            "so" | "un" => Some(3),
            _ => register_number(Kind::CrField, name),
        };
        bit.map_or_else(|| self.0.symbol(name, at), |bit| Ok(Expression::Constant(bit)))
    }

    fn here(&mut self, at: usize) -> Result<Expression, Problem> {
        self.0.here(at)
    }

    fn label(&mut self, number: u32, forward: bool, at: usize) -> Result<Expression, Problem> {
        self.0.label(number, forward, at)
    }
}

/// Assembles one instruction at this place.
pub(crate) fn statement(assembler: &mut Assembler<'_>, text: &str, at: usize) -> Result<(), Problem> {
    let written = read(text, at, assembler)?;
    let (section, offset) = assembler.place();
    if offset % 4 != 0 {
        return Err(Problem::new(
            at,
            format!("an instruction cannot begin at offset {offset:#x}, which is no multiple of 4"),
        )
        .hint("put .balign 4 before it"));
    }
    let word = written.encode(at)?;
    assembler.emit(&word.to_be_bytes(), at)?;
    assembler.sections.align_to(4);
    record_line(assembler);
    explain(assembler, &written, at);
    for open in &written.open {
        let problem = || Problem::new(open.at, "this operand must be a number known here");
        let operand = written.base_operand(open.index).ok_or_else(problem)?;
        let kind = FieldKind::Operand { operand, relative: written.is_relative() };
        let context = Rc::clone(&assembler.context);
        let (expression, modifier) = (open.expression.clone(), open.modifier);
        modifier.check_operand(operand, open.at)?;
        assembler.fixups.push(Fixup { section, offset, kind, modifier, expression, context, at: open.at });
    }
    Ok(())
}

/// Notes which line the instruction just placed comes from.
fn record_line(assembler: &mut Assembler<'_>) {
    let (section, end) = assembler.place();
    let statement = &assembler.context.statement;
    let own = (statement.file, statement.line);
    let (file, line) = match (assembler.debug.in_use, assembler.debug.pending.take()) {
        (true, None) => return,
        (_, Some(place)) => place,
        (false, None) => assembler.context.expansion.as_ref().and_then(|e| e.macro_origin()).unwrap_or(own),
    };
    assembler.lines.push(LineRow { section: section.0 as usize, offset: end - 4, file, line });
}

/// Warns about instructions that this processor does not execute as their name promises.
fn explain(assembler: &mut Assembler<'_>, written: &Written, at: usize) {
    let row = written.mnemonic.row();
    let text = match (row.support, written.mnemonic) {
        (Support::Implemented, Mnemonic::Extended(extended)) => extended.note.to_owned(),
        (Support::Implemented, _) => String::new(),
        (support, mnemonic) => {
            format!("`{}` is {} on this processor and does nothing", mnemonic.name(), support.name())
        }
    };
    if !text.is_empty() {
        let problem = Problem::new(at, text);
        let with_note = !row.note.is_empty() && row.support != Support::Implemented;
        assembler.warn(if with_note { problem.hint(row.note) } else { problem });
    }
}
