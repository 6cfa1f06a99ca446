//! Branches by condition, with their static prediction hints `+` (likely) and `-` (unlikely), which the processor
//! ignores.
//!
//! Options (BO) for a condition alone and for the counter alone carry the hint in two bits, as in Power ISA 2.x; those
//! for both have no room for it.

use super::super::Operand::{self, Bd, BfOptional, Bi};
use super::value::{Value, argument, constant};
use super::{Extended, row};

/// What decides, besides the options: which operands are written, and which bit of CR is tested.
#[derive(Clone, Copy)]
enum Decision {
    /// This bit of a CR field, which is written.
    Field(i64),
    /// A bit of CR, which is written.
    Bit,
    /// No bit of CR.
    None,
}

/// Where to.
#[derive(Clone, Copy)]
enum Target {
    Written,
    Register,
}

/// Operands as written, and the tested bit and the target in terms of them.
const fn shape(decision: Decision, target: Target) -> (&'static [Operand], Value, Value) {
    match (decision, target) {
        (Decision::Field(bit), Target::Written) => {
            (&[BfOptional, Bd], Value::Linear(bit, [4, 0, 0, 0]), argument(1))
        }
        (Decision::Field(bit), Target::Register) => {
            (&[BfOptional], Value::Linear(bit, [4, 0, 0, 0]), constant(0))
        }
        (Decision::Bit, Target::Written) => (&[Bi, Bd], argument(0), argument(1)),
        (Decision::Bit, Target::Register) => (&[Bi], argument(0), constant(0)),
        (Decision::None, Target::Written) => (&[Bd], constant(0), argument(0)),
        (Decision::None, Target::Register) => (&[], constant(0), constant(0)),
    }
}

const fn branch(
    mnemonic: &'static str,
    base: &'static str,
    options: i64,
    decision: Decision,
    target: Target,
) -> Extended {
    let (operands, bit, target) = shape(decision, target);
    row(mnemonic, operands, base, &[constant(options), bit, target]).preferred()
}

/// To a written target or to LR, with one hint.
macro_rules! targets {
    ($name:literal, $hint:literal, $options:literal, $decision:expr) => {
        [
            branch(concat!($name, $hint), "bc", $options, $decision, Target::Written),
            branch(concat!($name, "l", $hint), "bcl", $options, $decision, Target::Written),
            branch(concat!($name, "a", $hint), "bca", $options, $decision, Target::Written),
            branch(concat!($name, "la", $hint), "bcla", $options, $decision, Target::Written),
            branch(concat!($name, "lr", $hint), "bclr", $options, $decision, Target::Register),
            branch(concat!($name, "lrl", $hint), "bclrl", $options, $decision, Target::Register),
        ]
    };
}

/// To CTR, with one hint: for branches that do not count with it.
macro_rules! counter_targets {
    ($name:literal, $hint:literal, $options:literal, $decision:expr) => {
        [
            branch(concat!($name, "ctr", $hint), "bcctr", $options, $decision, Target::Register),
            branch(concat!($name, "ctrl", $hint), "bcctrl", $options, $decision, Target::Register),
        ]
    };
}

/// Per condition: name, options, options likely, options unlikely, what decides.
macro_rules! conditions {
    ($($name:literal $plain:literal $likely:literal $unlikely:literal $decision:expr;)*) => {
        &[$(
            &targets!($name, "", $plain, $decision),
            &counter_targets!($name, "", $plain, $decision),
            &targets!($name, "+", $likely, $decision),
            &counter_targets!($name, "+", $likely, $decision),
            &targets!($name, "-", $unlikely, $decision),
            &counter_targets!($name, "-", $unlikely, $decision),
        )*]
    };
}

/// The same for branches that decrement CTR.
macro_rules! counting {
    ($($name:literal $plain:literal $likely:literal $unlikely:literal $decision:expr;)*) => {
        &[$(
            &targets!($name, "", $plain, $decision),
            &targets!($name, "+", $likely, $decision),
            &targets!($name, "-", $unlikely, $decision),
        )*]
    };
}

/// Synonyms come behind the names that the disassembler prints.
pub(super) const CONDITIONS: &[&[Extended]] = conditions! {
    "blt" 12 15 14 Decision::Field(0);
    "bgt" 12 15 14 Decision::Field(1);
    "beq" 12 15 14 Decision::Field(2);
    "bso" 12 15 14 Decision::Field(3);
    "bge" 4 7 6 Decision::Field(0);
    "ble" 4 7 6 Decision::Field(1);
    "bne" 4 7 6 Decision::Field(2);
    "bns" 4 7 6 Decision::Field(3);
    "bun" 12 15 14 Decision::Field(3);
    "bnl" 4 7 6 Decision::Field(0);
    "bng" 4 7 6 Decision::Field(1);
    "bnu" 4 7 6 Decision::Field(3);
    "bt" 12 15 14 Decision::Bit;
    "bf" 4 7 6 Decision::Bit;
};

pub(super) const COUNTING: &[&[Extended]] = counting! {
    "bdnz" 16 25 24 Decision::None;
    "bdz" 18 27 26 Decision::None;
    "bdnzt" 8 8 8 Decision::Bit;
    "bdnzf" 0 0 0 Decision::Bit;
    "bdzt" 10 10 10 Decision::Bit;
    "bdzf" 2 2 2 Decision::Bit;
};

pub(super) const ALWAYS: &[&[Extended]] = &[&[
    branch("blr", "bclr", 20, Decision::None, Target::Register),
    branch("blrl", "bclrl", 20, Decision::None, Target::Register),
    branch("bctr", "bcctr", 20, Decision::None, Target::Register),
    branch("bctrl", "bcctrl", 20, Decision::None, Target::Register),
]];
