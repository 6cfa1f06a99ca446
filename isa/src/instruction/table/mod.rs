//! All instructions, one row each, in groups that fit a screen.
//!
//! The encodings follow the decoder of the processor (electronicvisions/nux, `src/rtl/packages/pu_inst_pkg.sv` and
//! `src/m4/ops.m4`); mnemonics and operands follow the Power ISA and, for the vector extension, the operations of the
//! same source.

mod absent;
mod arithmetic;
mod branch;
mod form;
mod immediate;
mod indexed;
mod logic;
mod system;
mod vector;

use super::Row;

/// Every row: what the processor implements, then what it decodes without effect, then what is absent.
pub const INSTRUCTIONS: &[Row] = &TABLE;

const FAMILIES: [&[&[Row]]; 8] = [
    immediate::ROWS,
    branch::ROWS,
    arithmetic::ROWS,
    logic::ROWS,
    indexed::ROWS,
    system::ROWS,
    vector::ROWS,
    absent::ROWS,
];

static TABLE: [Row; count()] = flatten();

const fn count() -> usize {
    let (mut total, mut family) = (0, 0);
    while family < FAMILIES.len() {
        let mut group = 0;
        while group < FAMILIES[family].len() {
            total += FAMILIES[family][group].len();
            group += 1;
        }
        family += 1;
    }
    total
}

const fn flatten() -> [Row; count()] {
    let mut table = [immediate::ROWS[0][0]; count()];
    let (mut next, mut family) = (0, 0);
    while family < FAMILIES.len() {
        let mut group = 0;
        while group < FAMILIES[family].len() {
            let mut index = 0;
            while index < FAMILIES[family][group].len() {
                table[next] = FAMILIES[family][group][index];
                next += 1;
                index += 1;
            }
            group += 1;
        }
        family += 1;
    }
    table
}
