//! The rows against `opcodes.txt`, which was written down independently of them, and against each other.

use super::super::{INSTRUCTIONS, Operand, Row, Support, decode, encode};

/// Per line: implemented (+) or not (-), mask, pattern, form, mnemonic, operands (? where not written down).
const OPCODES: &str = include_str!("opcodes.txt");

/// Ignored operands that our assembler takes and the list leaves out.
fn is_ignored(row: &Row, operand: Operand) -> bool {
    operand == Operand::Bh || (operand == Operand::Cond && ["fxvlax", "fxvstax"].contains(&row.mnemonic))
}

fn line(row: &Row) -> String {
    let operands = row.operands.iter().filter(|operand| !is_ignored(row, **operand));
    let support = if row.support == Support::Implemented { '+' } else { '-' };
    let start =
        format!("{support} {:08x} {:08x} {} {}", row.mask, row.pattern, row.form.name(), row.mnemonic);
    operands.fold(start, |line, operand| line + " " + operand.name())
}

#[test]
fn rows_are_those_of_the_list() {
    assert_eq!(INSTRUCTIONS.len(), 266);
    assert_eq!(OPCODES.lines().count(), 266);
    for (row, expected) in INSTRUCTIONS.iter().zip(OPCODES.lines()) {
        let found = line(row);
        match expected.strip_suffix(" ?") {
            Some(start) => assert!(found.starts_with(start), "{found} instead of {expected}"),
            None => assert_eq!(found, expected),
        }
    }
}

#[test]
fn no_word_matches_two_rows() {
    for (index, first) in INSTRUCTIONS.iter().enumerate() {
        for second in &INSTRUCTIONS[index + 1..] {
            let both = first.mask & second.mask;
            assert_ne!(
                first.pattern & both,
                second.pattern & both,
                "{} and {}",
                first.mnemonic,
                second.mnemonic
            );
            assert_ne!(first.mnemonic, second.mnemonic);
        }
    }
}

#[test]
fn operands_do_not_overlap_each_other_or_the_opcode() {
    for row in INSTRUCTIONS {
        assert_eq!(row.pattern & !row.mask, 0, "{}", row.mnemonic);
        let mut used = row.mask;
        for operand in row.operands {
            // `wait` knows only WC=0, so that its field is part of the opcode.
            assert!(used & operand.mask() == 0 || *operand == Operand::Wc, "{} {operand:?}", row.mnemonic);
            used |= operand.mask();
        }
        assert_eq!(row.reserved(), !used);
    }
}

#[test]
fn decode_finds_every_row_whatever_the_other_bits_are() {
    for row in INSTRUCTIONS {
        let mut noise = 0x9e37_79b9_u32;
        for _ in 0..2000 {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let word = row.pattern | (noise ^ noise >> 15) & !row.mask;
            assert_eq!(decode(word), Some(row), "{word:#010x}");
        }
    }
}

#[test]
fn decode_agrees_with_a_search_through_the_table() {
    // Every opcode with every extended opcode, and the bits that tell `mfocrf` and `wait` apart.
    for primary in 0..64 {
        for low in 0..0x800 {
            for upper in [0, 0x10_0000, 0x20_0000, 0x40_0000, 0x7f_0000] {
                let word = primary << 26 | upper | low;
                let expected = INSTRUCTIONS.iter().find(|row| row.matches(word));
                assert_eq!(decode(word), expected, "{word:#010x}");
            }
        }
    }
}

#[test]
fn extreme_operands_survive_encoding() {
    for row in INSTRUCTIONS.iter().filter(|row| row.support != Support::Removed) {
        let limits =
            |pick: fn(&super::super::Field) -> i64| row.operands.iter().map(move |op| pick(&op.field()));
        for values in [limits(|field| field.low), limits(|field| field.high)] {
            let values: Vec<i64> = values.collect();
            let word = encode(row, &values).unwrap();
            assert_eq!(decode(word), Some(row), "{word:#010x}");
            let back: Vec<i64> = row.values(word).collect();
            // The upper half of an address may be written unsigned, but is read signed.
            let same = |(written, read): (&i64, &i64)| {
                written == read || row.mnemonic == "addis" && written - 0x1_0000 == *read
            };
            assert!(values.iter().zip(&back).all(same), "{}: {values:?} became {back:?}", row.mnemonic);
            assert_eq!(word & row.reserved(), 0);
        }
    }
}

#[test]
fn values_outside_their_range_are_errors() {
    for row in INSTRUCTIONS.iter().filter(|row| row.support != Support::Removed) {
        for (place, operand) in row.operands.iter().enumerate() {
            let field = operand.field();
            for wrong in [field.low - 1, field.high + 1, i64::MIN, i64::MAX] {
                let mut values: Vec<i64> = row.operands.iter().map(|_| 0).collect();
                values[place] = wrong;
                let error = encode(row, &values).unwrap_err().to_string();
                let expected =
                    format!("{} is {wrong}, but must be {} to {}", field.name, field.low, field.high);
                assert_eq!(error, expected);
            }
        }
    }
}

#[test]
fn a_wrong_number_of_operands_is_an_error() {
    let row = INSTRUCTIONS.iter().find(|row| row.mnemonic == "cmpwi").unwrap();
    assert_eq!(encode(row, &[3, 5]).unwrap(), encode(row, &[0, 3, 5]).unwrap());
    assert_eq!(encode(row, &[1]).unwrap_err().to_string(), "cmpwi takes 2 to 3 operands, not 1");
    let branch = INSTRUCTIONS.iter().find(|row| row.mnemonic == "b").unwrap();
    assert_eq!(encode(branch, &[]).unwrap_err().to_string(), "b takes 1 operand, not 0");
    assert_eq!(encode(branch, &[6]).unwrap_err().to_string(), "LI is 6, but must be a multiple of 4");
}
