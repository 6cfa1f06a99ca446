//! Moves, immediates, subtractions, special registers, barriers and other names of whole instructions.

use super::super::Operand::*;
use super::value::{Value, argument, constant};
use super::{Extended, row};

const A0: Value = argument(0);
const A1: Value = argument(1);
const A2: Value = argument(2);
const A3: Value = argument(3);
/// Minus the third operand.
const MINUS_A2: Value = Value::Linear(0, [0, 0, -1, 0]);

/// A mnemonic and its `.` variant, for base instructions that have one.
macro_rules! record {
    ($name:literal, $operands:expr, $base:literal, $values:expr) => {
        [
            row($name, $operands, $base, $values),
            row(concat!($name, "."), $operands, concat!($base, "."), $values),
        ]
    };
}

/// Subtraction in the order of the words: `sub RT,RA,RB` is RA - RB.
macro_rules! subtract {
    ($name:literal, $base:literal) => {
        [
            row($name, &[Rt, Ra, Rb], $base, &[A0, A2, A1]),
            row(concat!($name, "."), &[Rt, Ra, Rb], concat!($base, "."), &[A0, A2, A1]),
            row(concat!($name, "o"), &[Rt, Ra, Rb], concat!($base, "o"), &[A0, A2, A1]),
            row(concat!($name, "o."), &[Rt, Ra, Rb], concat!($base, "o."), &[A0, A2, A1]),
        ]
    };
}

/// Reading and writing a special register by name.
macro_rules! special {
    ($name:literal, $number:literal) => {
        [
            row(concat!("mf", $name), &[Rt], "mfspr", &[A0, constant($number)]),
            row(concat!("mt", $name), &[Rs], "mtspr", &[constant($number), A0]),
        ]
    };
}

/// The same for registers that GNU as knows by name, so that the disassembler may print it.
macro_rules! well_known {
    ($name:literal, $number:literal) => {
        [special!($name, $number)[0].preferred(), special!($name, $number)[1].preferred()]
    };
}

const TIME_BASE: &str = "the processor does not decode mftb; this reads the time base through mfspr instead";

pub(super) const ROWS: &[&[Extended]] = &[
    &[
        row("nop", &[], "ori", &[constant(0), constant(0), constant(0)]).preferred(),
        row("mr", &[Ra, Rs], "or", &[A0, A1, A1]).preferred(),
        row("mr.", &[Ra, Rs], "or.", &[A0, A1, A1]).preferred(),
        row("not", &[Ra, Rs], "nor", &[A0, A1, A1]).preferred(),
        row("not.", &[Ra, Rs], "nor.", &[A0, A1, A1]).preferred(),
        row("li", &[Rt, Si], "addi", &[A0, constant(0), A1]).preferred(),
        row("lis", &[Rt, SiHigh], "addis", &[A0, constant(0), A1]).preferred(),
        row("la", &[Rt, D, BaseOrZero], "addi", &[A0, A2, A1]),
        row("subi", &[Rt, RaOrZero, Subtrahend], "addi", &[A0, A1, MINUS_A2]),
        row("subis", &[Rt, RaOrZero, Subtrahend], "addis", &[A0, A1, MINUS_A2]),
    ],
    &record!("subic", &[Rt, Ra, Subtrahend], "addic", &[A0, A1, MINUS_A2]),
    &subtract!("sub", "subf"),
    &subtract!("subc", "subfc"),
    &[
        row("cmp", &[Bf, CompareLength, Ra, Rb], "cmpw", &[A0, A2, A3]),
        row("cmpl", &[Bf, CompareLength, Ra, Rb], "cmplw", &[A0, A2, A3]),
        row("cmpi", &[Bf, CompareLength, Ra, Si], "cmpwi", &[A0, A2, A3]),
        row("cmpli", &[Bf, CompareLength, Ra, Ui], "cmplwi", &[A0, A2, A3]),
        row("mtcr", &[Rs], "mtcrf", &[constant(0xff), A0]).preferred(),
        row("lwsync", &[], "sync", &[constant(1)]).preferred(),
        row("ptesync", &[], "sync", &[constant(2)]).preferred(),
        row("msync", &[], "sync", &[constant(0)]),
        row("mftb", &[Rt], "mfspr", &[A0, constant(284)]).note(TIME_BASE),
        row("mftbl", &[Rt], "mfspr", &[A0, constant(284)]).note(TIME_BASE),
        row("mftbu", &[Rt], "mfspr", &[A0, constant(285)]).note(TIME_BASE),
    ],
    &well_known!("lr", 8),
    &well_known!("ctr", 9),
    &well_known!("xer", 1),
    &well_known!("dec", 22),
    &well_known!("srr0", 26),
    &well_known!("srr1", 27),
    &well_known!("csrr0", 58),
    &well_known!("csrr1", 59),
    &well_known!("dear", 61),
    &well_known!("esr", 62),
    &special!("decar", 54),
    &special!("gin", 65),
    &special!("gout", 66),
    &special!("goe", 67),
    &special!("iccr", 68),
    &special!("tsr", 336),
    &special!("tcr", 340),
    &special!("mcsrr0", 570),
    &special!("mcsrr1", 571),
    &[
        row("mttbl", &[Rs], "mtspr", &[constant(284), A0]),
        row("mttbu", &[Rs], "mtspr", &[constant(285), A0]),
        // Names of the same encodings in the tool chain of the chip and in the processor's guide.
        row("fxvaddactacbm", &[Vra, Cond], "fxvaddactacb", &[A0, A1]).preferred(),
        row("fxvaddtach", &[Vra, Vrb, Cond], "fxvaddtachm", &[A0, A1, A2]).preferred(),
        row("fxvcmphm", &[Vra], "fxvcmph", &[A0]),
    ],
];
