//! What an expression is worth: a number, or a number relative to a symbol, or a distance the linker must measure.

use super::expression::{Binary, Expression, SectionId, SymbolId, Unary};
use super::symbol::{Definition, SymbolTable};

/// Something an address is relative to: a symbol, and the place it stands for if that is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Anchor {
    pub symbol: Option<SymbolId>,
    pub place: Option<(SectionId, u32)>,
}

/// `constant + plus - minus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Value {
    pub constant: i64,
    pub plus: Option<Anchor>,
    pub minus: Option<Anchor>,
}

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ValueError {
    /// Cannot be computed, and why.
    Impossible(String),
    /// Needs the address of this symbol.
    Unknown(SymbolId),
}

impl ValueError {
    fn operator(what: &str) -> ValueError {
        ValueError::Impossible(what.to_owned())
    }
}

/// Deepest chain of symbols defined by symbols.
const DEEPEST: u32 = 20;

/// Most parts of an expression, counting those of the symbols it uses.
const MOST_STEPS: u32 = 10_000;

impl Value {
    pub(crate) fn number(constant: i64) -> Value {
        Value { constant, plus: None, minus: None }
    }

    fn at(anchor: Anchor) -> Value {
        Value { constant: 0, plus: Some(anchor), minus: None }
    }

    /// The number, if it depends on no address.
    pub(crate) fn known(&self) -> Option<i64> {
        (self.plus.is_none() && self.minus.is_none()).then_some(self.constant)
    }

    /// The symbol that keeps the value from being a number.
    pub(crate) fn unknown_symbol(&self) -> Option<SymbolId> {
        let anchors = [self.plus, self.minus];
        anchors.into_iter().flatten().find_map(|anchor| anchor.symbol)
    }

    fn negated(self) -> Value {
        Value { constant: self.constant.wrapping_neg(), plus: self.minus, minus: self.plus }
    }

    fn add(self, other: Value) -> Result<Value, ValueError> {
        let mut constant = self.constant.wrapping_add(other.constant);
        let mut plus = [self.plus, other.plus];
        let mut minus = [self.minus, other.minus];
        for up in &mut plus {
            for down in &mut minus {
                if let Some(distance) = distance(*up, *down) {
                    constant = constant.wrapping_add(distance);
                    (*up, *down) = (None, None);
                }
            }
        }
        let left = |pair: [Option<Anchor>; 2]| match pair {
            [Some(_), Some(_)] => None,
            [a, b] => Some(a.or(b)),
        };
        match (left(plus), left(minus)) {
            (Some(plus), Some(minus)) => Ok(Value { constant, plus, minus }),
            _ => Err(ValueError::operator("two addresses cannot be added")),
        }
    }
}

/// How far apart two anchors are, if that does not depend on the linker.
fn distance(up: Option<Anchor>, down: Option<Anchor>) -> Option<i64> {
    let (up, down) = (up?, down?);
    match (up.place, down.place) {
        (Some((a, up)), Some((b, down))) if a == b => Some(i64::from(up) - i64::from(down)),
        (None, None) if up.symbol.is_some() && up.symbol == down.symbol => Some(0),
        _ => None,
    }
}

/// Computes an expression with what is known of the symbols.
pub(crate) fn evaluate(expression: &Expression, symbols: &SymbolTable) -> Result<Value, ValueError> {
    Evaluation { symbols, steps: 0 }.value(expression, 0)
}

/// One computation. Variables defined by variables form a graph that could be walked for ever, hence the count.
struct Evaluation<'a> {
    symbols: &'a SymbolTable,
    steps: u32,
}

impl Evaluation<'_> {
    fn value(&mut self, expression: &Expression, depth: u32) -> Result<Value, ValueError> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Err(ValueError::operator("this expression is too large"));
        }
        match expression {
            Expression::Constant(value) => Ok(Value::number(*value)),
            Expression::Place(section, offset) => {
                Ok(Value::at(Anchor { symbol: None, place: Some((*section, *offset)) }))
            }
            Expression::Symbol(id) => self.symbol(*id, depth),
            Expression::Unary(operator, inner) => unary_value(*operator, self.value(inner, depth)?),
            Expression::Binary(operator, pair) => {
                let left = self.value(&pair.0, depth)?;
                let right = self.value(&pair.1, depth)?;
                binary_value(*operator, left, right)
            }
        }
    }

    fn symbol(&mut self, id: SymbolId, depth: u32) -> Result<Value, ValueError> {
        match &self.symbols.get(id).definition {
            Definition::Label(section, offset) => {
                Ok(Value::at(Anchor { symbol: Some(id), place: Some((*section, *offset)) }))
            }
            Definition::Undefined | Definition::Common(..) => {
                Ok(Value::at(Anchor { symbol: Some(id), place: None }))
            }
            Definition::Variable(_) if depth > DEEPEST => {
                let name = &self.symbols.get(id).name;
                Err(ValueError::Impossible(format!("`{name}` is defined in terms of itself")))
            }
            Definition::Variable(expression) => self.value(expression, depth + 1),
        }
    }
}

fn unary_value(operator: Unary, value: Value) -> Result<Value, ValueError> {
    match (operator, value.known()) {
        (_, Some(number)) => Ok(Value::number(operator.apply(number))),
        (Unary::Negate, None) => Ok(value.negated()),
        _ => Err(unknown(value, "`~` and `!` need a number, not an address")),
    }
}

fn unknown(value: Value, otherwise: &str) -> ValueError {
    let unplaced = [value.plus, value.minus].into_iter().flatten().find(|anchor| anchor.place.is_none());
    match unplaced.and_then(|anchor| anchor.symbol) {
        Some(symbol) => ValueError::Unknown(symbol),
        None => ValueError::operator(otherwise),
    }
}

fn binary_value(operator: Binary, left: Value, right: Value) -> Result<Value, ValueError> {
    match operator {
        Binary::Add => left.add(right),
        Binary::Subtract => left.add(right.negated()),
        _ => {
            let (a, b) = operands(operator, left, right)?;
            operator.apply(a, b).map(Value::number).map_err(ValueError::operator)
        }
    }
}

/// Two numbers for an operator that needs numbers; comparisons also take two places in one section.
fn operands(operator: Binary, left: Value, right: Value) -> Result<(i64, i64), ValueError> {
    if let (Some(a), Some(b)) = (left.known(), right.known()) {
        return Ok((a, b));
    }
    let compares = matches!(
        operator,
        Binary::Equal
            | Binary::Unequal
            | Binary::Less
            | Binary::LessEqual
            | Binary::Greater
            | Binary::GreaterEqual
    );
    if compares && let Some(distance) = left.add(right.negated()).ok().and_then(|value| value.known()) {
        return Ok((distance, 0));
    }
    let address = if left.known().is_none() { left } else { right };
    Err(unknown(address, "this operator needs numbers, not addresses"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(symbols: &mut SymbolTable, name: &str, section: u32, offset: u32) -> Expression {
        let id = symbols.intern(name);
        symbols.get_mut(id).definition = Definition::Label(SectionId(section), offset);
        Expression::Symbol(id)
    }

    fn binary(operator: Binary, left: &Expression, right: &Expression) -> Expression {
        Expression::Binary(operator, Box::new((left.clone(), right.clone())))
    }

    #[test]
    fn differences_within_a_section_are_numbers() {
        let mut symbols = SymbolTable::default();
        let a = label(&mut symbols, "a", 0, 8);
        let b = label(&mut symbols, "b", 0, 20);
        let c = label(&mut symbols, "c", 1, 4);
        let known = |expression: &Expression| evaluate(expression, &symbols).map(|value| value.known());
        let difference = binary(Binary::Subtract, &b, &a);
        assert_eq!(known(&difference), Ok(Some(12)));
        assert_eq!(known(&binary(Binary::Divide, &difference, &Expression::Constant(4))), Ok(Some(3)));
        assert_eq!(known(&binary(Binary::Less, &a, &b)), Ok(Some(-1)));
        assert_eq!(known(&binary(Binary::Subtract, &c, &a)), Ok(None));
        assert!(known(&binary(Binary::Add, &c, &a)).is_err());
        assert!(known(&binary(Binary::Multiply, &c, &a)).is_err());
        let back = binary(Binary::Add, &c, &difference);
        assert_eq!(known(&binary(Binary::Subtract, &back, &c)), Ok(Some(12)));
    }

    #[test]
    fn a_symbol_defined_by_itself_has_no_value() {
        let mut symbols = SymbolTable::default();
        let id = symbols.intern("x");
        symbols.get_mut(id).definition = Definition::Variable(Expression::Symbol(id));
        assert!(evaluate(&Expression::Symbol(id), &symbols).is_err());
    }
}
