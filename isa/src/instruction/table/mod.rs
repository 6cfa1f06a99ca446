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

static TABLE: [Row; count(&FAMILIES)] = flatten(&FAMILIES);

/// Number of rows in families of groups.
pub(super) const fn count<T>(families: &[&[&[T]]]) -> usize {
    let (mut total, mut family) = (0, 0);
    while family < families.len() {
        let mut group = 0;
        while group < families[family].len() {
            total += families[family][group].len();
            group += 1;
        }
        family += 1;
    }
    total
}

/// All rows of families of groups, in their order.
pub(super) const fn flatten<T: Copy, const N: usize>(families: &[&[&[T]]]) -> [T; N] {
    let mut table = [families[0][0][0]; N];
    let (mut next, mut family) = (0, 0);
    while family < families.len() {
        let mut group = 0;
        while group < families[family].len() {
            let mut index = 0;
            while index < families[family][group].len() {
                table[next] = families[family][group][index];
                next += 1;
                index += 1;
            }
            group += 1;
        }
        family += 1;
    }
    table
}
