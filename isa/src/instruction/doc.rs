//! The instruction reference as text and Markdown, made from the tables.

use super::{
    EXTENDED, Extended, INSTRUCTIONS, Kind, Mnemonic, Operand, Row, SPRS, Support, Traits, Unit, Value,
    lookup, nearest_mnemonic,
};
use std::fmt::Write;

/// Operands as they are written: `RT,D(RA|0)`, `[BF,]RA,SI`, `VRT,VRA,VRB[,C]`.
#[must_use]
pub fn syntax(operands: &[Operand]) -> String {
    let mut text = String::new();
    for (index, operand) in operands.iter().enumerate() {
        let name = operand.name();
        // Writing to a string cannot fail.
        let _ = match (index, operand.kind(), operand.is_optional()) {
            (_, Kind::Base, _) => write!(text, "({name})"),
            (0, _, true) if operands.len() == 1 => write!(text, "[{name}]"),
            (0, _, true) => write!(text, "[{name},]"),
            (0, _, false) => write!(text, "{name}"),
            (_, _, true) => write!(text, "[,{name}]"),
            _ if text.ends_with(",]") => write!(text, "{name}"),
            _ => write!(text, ",{name}"),
        };
    }
    text
}

/// What an extended mnemonic stands for: `rlwinm RA,RS,32-SH,SH,31`.
#[must_use]
pub fn expansion(extended: &Extended) -> String {
    let base = extended.base;
    let mut text = base.mnemonic.to_owned();
    for (index, (operand, value)) in base.operands.iter().zip(extended.values).enumerate() {
        let value = value_text(value, extended.operands);
        let _ = match (index, operand.kind()) {
            (0, _) => write!(text, " {value}"),
            (_, Kind::Base) => write!(text, "({value})"),
            _ if operand.is_optional() && value == "0" => Ok(()),
            _ => write!(text, ",{value}"),
        };
    }
    text
}

/// One operand of the base instruction in terms of those written.
fn value_text(value: Value, operands: &[Operand]) -> String {
    let (constant, factors) = match value {
        Value::Linear(constant, factors) | Value::Rotate(constant, factors) => (constant, factors),
        Value::MaskBegin(_) => return "first bit of MASK".to_owned(),
        Value::MaskEnd(_) => return "last bit of MASK".to_owned(),
    };
    let mut text = String::new();
    let terms = operands.iter().zip(factors).filter(|(_, factor)| *factor != 0);
    for (operand, factor) in terms {
        let sign = if factor < 0 { "-" } else { "+" };
        let times = if factor.abs() == 1 { String::new() } else { format!("{}*", factor.abs()) };
        let _ = write!(text, "{sign}{times}{}", operand.name());
    }
    match (constant, text.strip_prefix('+')) {
        (0, Some(sum)) => sum.to_owned(),
        (0, None) if !text.is_empty() => text,
        (constant, Some(sum)) => format!("{sum}{constant:+}"),
        (constant, None) => format!("{constant}{text}"),
    }
}

/// The properties of a row as words: `carry-out record`.
#[must_use]
pub fn traits(traits: Traits) -> String {
    let words: Vec<String> =
        traits.iter_names().map(|(name, _)| name.to_lowercase().replace('_', "-")).collect();
    words.join(" ")
}

/// Extended opcode, for those who have a primary opcode with several instructions.
#[must_use]
pub fn extended_opcode(row: &Row) -> Option<u32> {
    let (shift, bits) = match row.pattern >> 26 {
        4 => (2, 0x1ff),
        31 if row.form == super::Form::A => (1, 0x1f),
        31 if row.form == super::Form::Xo => (1, 0x1ff),
        19 | 31 => (1, 0x3ff),
        _ => return None,
    };
    Some(row.pattern >> shift & bits)
}

/// All ways to write a mnemonic.
///
/// # Errors
/// A sentence when there is none, with the nearest mnemonic.
pub fn find(mnemonic: &str) -> Result<&'static [Mnemonic], String> {
    match (lookup(mnemonic), nearest_mnemonic(mnemonic)) {
        ([], Some(near)) => Err(format!("there is no instruction `{mnemonic}`; did you mean `{near}`?")),
        ([], None) => Err(format!("there is no instruction `{mnemonic}`")),
        (found, _) => Ok(found),
    }
}

/// The reference page of all instructions.
#[must_use]
pub fn markdown() -> String {
    let implemented = INSTRUCTIONS.iter().filter(|row| row.support == Support::Implemented).count();
    let mut page = format!(
        "# Instructions of the plasticity processor\n\n{} encodings, of which the processor executes {implemented}; {} \
         extended mnemonics. Bit 0 is the most significant one. `RA|0` is the number 0 when the field is 0.\n",
        INSTRUCTIONS.len(),
        EXTENDED.len()
    );
    let units = [
        (Unit::Branch, "Branches"),
        (Unit::FixedPoint, "Arithmetic, logic and system"),
        (Unit::Multiply, "Multiplication"),
        (Unit::Divide, "Division"),
        (Unit::LoadStore, "Loads and stores"),
        (Unit::Vector, "Vector unit"),
    ];
    for (unit, title) in units {
        let of_unit = |row: &&Row| row.unit == unit && row.support == Support::Implemented;
        section(&mut page, title, INSTRUCTIONS.iter().filter(of_unit));
    }
    section(&mut page, "Not executed", INSTRUCTIONS.iter().filter(|row| row.support != Support::Implemented));
    extended_section(&mut page);
    special_section(&mut page);
    page
}

fn section(page: &mut String, title: &str, rows: impl Iterator<Item = &'static Row>) {
    let _ = write!(
        page,
        "\n## {title}\n\n| instruction | form | opcode | traits | note |\n| --- | --- | --- | --- | --- |\n"
    );
    for row in rows {
        let opcode = match extended_opcode(row) {
            Some(extended) => format!("{} {extended}", row.pattern >> 26),
            None => (row.pattern >> 26).to_string(),
        };
        let (written, traits, form) =
            (written(row.mnemonic, row.operands), traits(row.traits), row.form.name());
        let _ = writeln!(page, "| `{written}` | {form} | {opcode} | {traits} | {} |", row.note);
    }
}

fn extended_section(page: &mut String) {
    *page += "\n## Extended mnemonics\n\n| written | stands for |\n| --- | --- |\n";
    for row in EXTENDED {
        let _ = writeln!(page, "| `{}` | `{}` |", written(row.mnemonic, row.operands), expansion(row));
    }
}

fn special_section(page: &mut String) {
    *page +=
        "\n## Special-purpose registers\n\n| number | name | access | meaning |\n| --- | --- | --- | --- |\n";
    for spr in SPRS {
        let _ =
            writeln!(page, "| {} | `{}` | {} | {} |", spr.number, spr.name, spr.access.name(), spr.meaning);
    }
}

/// Mnemonic and operands. The bar of `RA|0` would end a cell.
fn written(mnemonic: &str, operands: &[Operand]) -> String {
    format!("{mnemonic} {}", syntax(operands)).trim_end().replace('|', "\\|")
}
