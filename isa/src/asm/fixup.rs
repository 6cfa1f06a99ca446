//! Fields whose value was not known when they were placed: filled in at the end, or handed to the linker.

use super::assembler::{Assembler, Context};
use super::cursor::Cursor;
use super::diagnostic::{Problem, Severity};
use super::directive::check_range;
use super::expression::{self, Binary, Expression, Scope, SectionId, SymbolId};
use super::instruction::range_problem;
use super::symbol::Definition;
use super::value::{Anchor, Value, ValueError, evaluate};
use crate::instruction::{Kind, Operand};
use crate::link::{Binding, RelocationKind};
use std::rc::Rc;

/// Which part of an address, or which way to it: what follows `@`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Modifier {
    Whole,
    Low,
    High,
    HighAdjusted,
    Plt,
    Local,
}

impl Modifier {
    /// Reads `@name` and a number added behind it, if they are next.
    pub(crate) fn read(
        cursor: &mut Cursor<'_>,
        scope: &mut dyn Scope,
        expression: &mut Expression,
    ) -> Result<Modifier, Problem> {
        if !cursor.eat(b'@') {
            return Ok(Modifier::Whole);
        }
        let at = cursor.at();
        let modifier = match cursor.name() {
            Some("l") => Modifier::Low,
            Some("h") => Modifier::High,
            Some("ha") => Modifier::HighAdjusted,
            Some("plt") => Modifier::Plt,
            Some("local") => Modifier::Local,
            other => {
                let name = other.unwrap_or("");
                return Err(Problem::new(at, format!("unknown part of an address `@{name}`"))
                    .hint("@l low half, @h high half, @ha high half adjusted for a signed low half"));
            }
        };
        cursor.skip_blanks();
        if matches!(cursor.peek(), b'+' | b'-') {
            let more = expression::read(cursor, scope)?;
            let left = std::mem::replace(expression, Expression::Constant(0));
            *expression = match (&left, &more) {
                (Expression::Constant(a), Expression::Constant(b)) => {
                    Expression::Constant(a.wrapping_add(*b))
                }
                _ => Expression::Binary(Binary::Add, Box::new((left, more))),
            };
        }
        Ok(modifier)
    }

    /// The part of a number that goes into a 16-bit field.
    pub(crate) fn of_number(self, value: i64, signed: bool) -> i64 {
        let half = match self {
            Modifier::Whole | Modifier::Plt | Modifier::Local => return value,
            Modifier::Low => value as u16,
            Modifier::High => (value >> 16) as u16,
            Modifier::HighAdjusted => (value.wrapping_add(0x8000) >> 16) as u16,
        };
        if signed { i64::from(half as i16) } else { i64::from(half) }
    }

    /// Whether it makes sense for an operand.
    pub(crate) fn check_operand(self, operand: Operand, at: usize) -> Result<(), Problem> {
        let fits = match self {
            Modifier::Whole => true,
            Modifier::Plt | Modifier::Local => operand == Operand::Li,
            _ => is_half(operand),
        };
        fits.then_some(()).ok_or_else(|| {
            Problem::new(at, format!("{} does not take this part of an address", operand.name()))
        })
    }
}

/// Whether the operand is the low half of the word.
fn is_half(operand: Operand) -> bool {
    let field = operand.field();
    (field.msb, field.lsb) == (16, 31)
}

/// What kind of field it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// This many bytes.
    Data(u8),
    /// Five bytes of a number of variable length.
    Leb { signed: bool },
    /// An operand of the instruction at the offset.
    Operand { operand: Operand, relative: bool },
}

/// A field to fill in.
#[derive(Debug)]
pub(crate) struct Fixup {
    pub section: SectionId,
    pub offset: u32,
    pub kind: FieldKind,
    pub modifier: Modifier,
    pub expression: Expression,
    pub context: Rc<Context>,
    pub at: usize,
}

/// What the linker has to do: the symbol may be local, as section and offset in the addend.
#[derive(Debug)]
pub(crate) struct Pending {
    pub section: SectionId,
    pub offset: u32,
    pub kind: RelocationKind,
    pub base: Base,
    pub addend: i64,
    pub context: Rc<Context>,
    pub at: usize,
}

/// What an address is relative to in a relocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    Zero,
    Symbol(SymbolId),
    Section(SectionId),
}

/// Fills in what can be filled in and returns the rest; complaints go to the diagnostics.
pub(crate) fn resolve_all(assembler: &mut Assembler<'_>) -> Vec<Pending> {
    let mut pending = Vec::new();
    for fixup in std::mem::take(&mut assembler.fixups) {
        match resolve(assembler, &fixup) {
            Ok(None) => {}
            Ok(Some(relocation)) => pending.push(relocation),
            Err(problem) => assembler.report(&fixup.context, problem, Severity::Error),
        }
    }
    pending
}

fn resolve(assembler: &mut Assembler<'_>, fixup: &Fixup) -> Result<Option<Pending>, Problem> {
    let value = evaluate(&fixup.expression, &assembler.symbols).map_err(|error| match error {
        ValueError::Impossible(message) => Problem::new(fixup.at, message),
        ValueError::Unknown(symbol) => {
            let name = &assembler.symbols.get(symbol).name;
            Problem::new(fixup.at, format!("this needs the value of `{name}`, which is not defined here"))
        }
    })?;
    refuse_missing_labels(assembler, &value, fixup.at)?;
    let target = matches!(fixup.kind, FieldKind::Operand { operand, relative: true } if operand.kind() == Kind::Target);
    match value.known() {
        Some(number) if !target => store_number(assembler, fixup, number).map(|()| None),
        _ if target => branch(assembler, fixup, value),
        _ => relocation(assembler, fixup, value).map(Some),
    }
}

fn refuse_missing_labels(assembler: &Assembler<'_>, value: &Value, at: usize) -> Result<(), Problem> {
    let symbols = [value.plus, value.minus].into_iter().flatten().filter_map(|anchor| anchor.symbol);
    for symbol in symbols {
        if assembler.symbols.get(symbol).definition == Definition::Undefined
            && let Some(number) = assembler.symbols.missing_numeric(symbol)
        {
            return Err(Problem::new(at, format!("there is no label `{number}:` after this place")));
        }
    }
    Ok(())
}

/// Puts a number into its field.
fn store_number(assembler: &mut Assembler<'_>, fixup: &Fixup, number: i64) -> Result<(), Problem> {
    let start = fixup.offset as usize;
    let part = fixup.modifier.of_number(number, false);
    match fixup.kind {
        FieldKind::Data(size) => {
            check_range(part, size, fixup.at)?;
            let size = usize::from(size);
            bytes(assembler, fixup, size)?.copy_from_slice(&part.to_be_bytes()[8 - size..]);
        }
        FieldKind::Leb { signed } => {
            let (low, high) =
                if signed { (i64::from(i32::MIN), i64::from(i32::MAX)) } else { (0, i64::from(u32::MAX)) };
            if !(low..=high).contains(&number) {
                return Err(Problem::new(fixup.at, format!("{number} does not fit in 32 bits")));
            }
            for (index, byte) in bytes(assembler, fixup, 5)?.iter_mut().enumerate() {
                *byte = (number >> (7 * index)) as u8 & 0x7f | if index < 4 { 0x80 } else { 0 };
            }
        }
        FieldKind::Operand { operand, .. } => {
            let field = &mut assembler.sections.get_mut(fixup.section).data[start..start + 4];
            let mut word = field.iter().fold(0, |word, &byte| word << 8 | u32::from(byte));
            let part = fixup.modifier.of_number(number, operand.field().low < 0);
            operand.set(&mut word, part).map_err(|error| range_problem(error, fixup.at))?;
            field.copy_from_slice(&word.to_be_bytes());
        }
    }
    Ok(())
}

/// The bytes of a field; zero-filled sections have none.
fn bytes<'a>(assembler: &'a mut Assembler<'_>, fixup: &Fixup, size: usize) -> Result<&'a mut [u8], Problem> {
    let section = assembler.sections.get_mut(fixup.section);
    let start = fixup.offset as usize;
    let data = section.data.get_mut(start..start + size);
    data.ok_or_else(|| Problem::new(fixup.at, format!("section {} holds only zeros", section.name)))
}

/// A branch: a distance within the section, or something for the linker.
fn branch(assembler: &mut Assembler<'_>, fixup: &Fixup, value: Value) -> Result<Option<Pending>, Problem> {
    let stays = |anchor: Anchor| {
        anchor.place.is_some_and(|(section, _)| section == fixup.section)
            && anchor.symbol.is_none_or(|symbol| is_local(assembler, symbol))
    };
    if value.minus.is_some() || !value.plus.is_some_and(stays) {
        return relocation(assembler, fixup, value).map(Some);
    }
    let target = value.plus.and_then(|anchor| anchor.place).map_or(0, |(_, offset)| i64::from(offset));
    store_number(assembler, fixup, value.constant + target - i64::from(fixup.offset)).map(|()| None)
}

/// Whether no other object can give the symbol another meaning.
fn is_local(assembler: &Assembler<'_>, symbol: SymbolId) -> bool {
    matches!(assembler.symbols.get(symbol).binding, None | Some(Binding::Local))
}

/// The relocation for a value that depends on addresses.
fn relocation(assembler: &Assembler<'_>, fixup: &Fixup, value: Value) -> Result<Pending, Problem> {
    let (distance, back) = match value.minus {
        None => (false, 0),
        Some(Anchor { place: Some((section, offset)), .. }) if section == fixup.section => {
            (true, i64::from(fixup.offset) - i64::from(offset))
        }
        Some(_) => {
            return Err(Problem::new(
                fixup.at,
                "the distance of two places in different sections is not known here",
            ));
        }
    };
    let (kind, into) = relocation_kind(fixup, distance).ok_or_else(|| {
        Problem::new(fixup.at, "an address cannot be used here: the value must be a number")
    })?;
    let (base, offset) = match value.plus {
        None => (Base::Zero, 0),
        Some(Anchor { symbol: Some(symbol), place: None }) => (Base::Symbol(symbol), 0),
        Some(Anchor { symbol: Some(symbol), place: Some(_) }) if !is_local(assembler, symbol) => {
            (Base::Symbol(symbol), 0)
        }
        Some(Anchor { place: Some((section, offset)), .. }) => (Base::Section(section), i64::from(offset)),
        Some(Anchor { symbol: None, place: None }) => (Base::Zero, 0),
    };
    // The distance is measured from the field itself, which for halves of instructions is two bytes on.
    let addend = value.constant + offset + back + if distance { i64::from(into) } else { 0 };
    let context = Rc::clone(&fixup.context);
    Ok(Pending {
        section: fixup.section,
        offset: fixup.offset + into,
        kind,
        base,
        addend,
        context,
        at: fixup.at,
    })
}

/// The kind of relocation, and where the field begins in the instruction.
fn relocation_kind(fixup: &Fixup, distance: bool) -> Option<(RelocationKind, u32)> {
    use RelocationKind as K;
    let half = |modifier: Modifier| {
        Some(match (modifier, distance) {
            (Modifier::Whole, false) => K::Addr16,
            (Modifier::Low, false) => K::Addr16Lo,
            (Modifier::High, false) => K::Addr16Hi,
            (Modifier::HighAdjusted, false) => K::Addr16Ha,
            (Modifier::Whole, true) => K::Rel16,
            (Modifier::Low, true) => K::Rel16Lo,
            (Modifier::High, true) => K::Rel16Hi,
            (Modifier::HighAdjusted, true) => K::Rel16Ha,
            _ => return None,
        })
    };
    match (fixup.kind, fixup.modifier) {
        (FieldKind::Data(4), Modifier::Whole) => Some((if distance { K::Rel32 } else { K::Addr32 }, 0)),
        (FieldKind::Data(2), modifier) => half(modifier).map(|kind| (kind, 0)),
        (FieldKind::Operand { operand, .. }, modifier) if is_half(operand) => {
            half(modifier).map(|kind| (kind, 2))
        }
        (FieldKind::Operand { operand: Operand::Li, relative }, modifier) if !distance => {
            match (relative, modifier) {
                (true, Modifier::Whole) => Some((K::Rel24, 0)),
                (true, Modifier::Plt) => Some((K::PltRel24, 0)),
                (true, Modifier::Local) => Some((K::Local24Pc, 0)),
                (false, Modifier::Whole) => Some((K::Addr24, 0)),
                _ => None,
            }
        }
        (FieldKind::Operand { operand: Operand::Bd, relative }, Modifier::Whole) if !distance => {
            Some((if relative { K::Rel14 } else { K::Addr14 }, 0))
        }
        _ => None,
    }
}
