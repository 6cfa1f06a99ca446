//! Compares, traps, shifts and logic between registers.

use super::super::{Operand::*, Operation as Op, Row, Traits as T};
use super::form::record;
use super::form::x;

pub(super) const ROWS: &[&[Row]] = &[
    &[
        x(0, "cmpw", Op::Cmpw, &[BfOptional, Ra, Rb]).with(&[T::COMPARE]).note("L bit ignored by RTL"),
        x(32, "cmplw", Op::Cmplw, &[BfOptional, Ra, Rb]).with(&[T::COMPARE]).note("L bit ignored by RTL"),
        x(4, "tw", Op::Tw, &[To, Ra, Rb]).with(&[T::TRAP, T::CONTEXT_SYNC]),
    ],
    &record!(x(24, "slw", Op::Slw, &[Ra, Rs, Rb]).note("shift amount is RB[27:31] only: amounts >=32 wrap")),
    &record!(x(536, "srw", Op::Srw, &[Ra, Rs, Rb]).note("shift amount is RB[27:31] only: amounts >=32 wrap")),
    &record!(
        x(792, "sraw", Op::Sraw, &[Ra, Rs, Rb])
            .with(&[T::CARRY_OUT])
            .note("sets CA; shift amount RB[27:31] only")
    ),
    &record!(x(824, "srawi", Op::Srawi, &[Ra, Rs, Sh]).with(&[T::CARRY_OUT]).note("sets CA")),
    &record!(x(26, "cntlzw", Op::Cntlzw, &[Ra, Rs])),
    &record!(x(28, "and", Op::And, &[Ra, Rs, Rb])),
    &record!(x(60, "andc", Op::Andc, &[Ra, Rs, Rb])),
    &record!(x(124, "nor", Op::Nor, &[Ra, Rs, Rb])),
    &record!(x(284, "eqv", Op::Eqv, &[Ra, Rs, Rb])),
    &record!(x(316, "xor", Op::Xor, &[Ra, Rs, Rb])),
    &record!(x(412, "orc", Op::Orc, &[Ra, Rs, Rb])),
    &record!(x(444, "or", Op::Or, &[Ra, Rs, Rb])),
    &record!(x(476, "nand", Op::Nand, &[Ra, Rs, Rb])),
    &record!(x(922, "extsh", Op::Extsh, &[Ra, Rs])),
    &record!(x(954, "extsb", Op::Extsb, &[Ra, Rs])),
    &[
        x(122, "popcntb", Op::Popcntb, &[Ra, Rs]),
        x(154, "prtyw", Op::Prtyw, &[Ra, Rs]).note("parity of the four byte LSBs"),
    ],
];
