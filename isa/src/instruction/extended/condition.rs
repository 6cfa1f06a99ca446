//! Condition register bits and traps.

use super::super::Operand::*;
use super::value::{Value, argument, constant};
use super::{Extended, row};

const A0: Value = argument(0);
const A1: Value = argument(1);

/// A trap on one relation, between registers and with an immediate.
macro_rules! trap {
    ($name:literal, $conditions:literal; $($preferred:tt)*) => {
        [
            row(concat!("tw", $name), &[Ra, Rb], "tw", &[constant($conditions), A0, A1]) $($preferred)*,
            row(concat!("tw", $name, "i"), &[Ra, Si], "twi", &[constant($conditions), A0, A1]) $($preferred)*,
        ]
    };
}

pub(super) const ROWS: &[&[Extended]] = &[
    &[
        row("crset", &[Bt], "creqv", &[A0, A0, A0]).preferred(),
        row("crclr", &[Bt], "crxor", &[A0, A0, A0]).preferred(),
        row("crmove", &[Bt, Ba], "cror", &[A0, A1, A1]).preferred(),
        row("crnot", &[Bt, Ba], "crnor", &[A0, A1, A1]).preferred(),
        row("trap", &[], "tw", &[constant(31), constant(0), constant(0)]).preferred(),
    ],
    &trap!("eq", 4; .preferred()),
    &trap!("ne", 24; .preferred()),
    &trap!("lt", 16; .preferred()),
    &trap!("le", 20; .preferred()),
    &trap!("gt", 8; .preferred()),
    &trap!("ge", 12; .preferred()),
    &trap!("llt", 2; .preferred()),
    &trap!("lle", 6; .preferred()),
    &trap!("lgt", 1; .preferred()),
    &trap!("lge", 5; .preferred()),
    &trap!("ng", 20;),
    &trap!("nl", 12;),
    &trap!("lng", 6;),
    &trap!("lnl", 5;),
];
