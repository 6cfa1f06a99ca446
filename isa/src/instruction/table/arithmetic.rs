//! Rotates, and arithmetic between registers.

use super::super::{Operand::*, Operation as Op, Row, Traits as T, Unit};
use super::form::{m, xo};
use super::form::{overflow, record};

pub(super) const ROWS: &[&[Row]] = &[
    &record!(m(20, "rlwimi", Op::Rlwimi, &[Ra, Rs, Sh, Mb, Me])),
    &record!(m(21, "rlwinm", Op::Rlwinm, &[Ra, Rs, Sh, Mb, Me])),
    &record!(m(23, "rlwnm", Op::Rlwnm, &[Ra, Rs, Rb, Mb, Me])),
    &overflow!(xo(8, "subfc", Op::Subfc, &[Rt, Ra, Rb]).with(&[T::CARRY_OUT]).note("RT=RB-RA; sets CA")),
    &overflow!(xo(10, "addc", Op::Addc, &[Rt, Ra, Rb]).with(&[T::CARRY_OUT]).note("sets CA")),
    &overflow!(xo(40, "subf", Op::Subf, &[Rt, Ra, Rb]).note("RT=RB-RA")),
    &overflow!(xo(104, "neg", Op::Neg, &[Rt, Ra])),
    &overflow!(xo(136, "subfe", Op::Subfe, &[Rt, Ra, Rb]).with(&[T::CARRY_OUT, T::CARRY_IN]).note("sets CA")),
    &overflow!(xo(138, "adde", Op::Adde, &[Rt, Ra, Rb]).with(&[T::CARRY_OUT, T::CARRY_IN]).note("sets CA")),
    &overflow!(xo(200, "subfze", Op::Subfze, &[Rt, Ra]).with(&[T::CARRY_OUT, T::CARRY_IN]).note("sets CA")),
    &overflow!(xo(202, "addze", Op::Addze, &[Rt, Ra]).with(&[T::CARRY_OUT, T::CARRY_IN]).note("sets CA")),
    &overflow!(xo(232, "subfme", Op::Subfme, &[Rt, Ra]).with(&[T::CARRY_OUT, T::CARRY_IN]).note("sets CA")),
    &overflow!(xo(234, "addme", Op::Addme, &[Rt, Ra]).with(&[T::CARRY_OUT, T::CARRY_IN]).note("sets CA")),
    &overflow!(xo(235, "mullw", Op::Mullw, &[Rt, Ra, Rb]).on(Unit::Multiply).note("latency 4")),
    &overflow!(xo(266, "add", Op::Add, &[Rt, Ra, Rb])),
    &overflow!(xo(459, "divwu", Op::Divwu, &[Rt, Ra, Rb]).on(Unit::Divide).note("latency 31; OV on /0")),
    &overflow!(
        xo(491, "divw", Op::Divw, &[Rt, Ra, Rb])
            .on(Unit::Divide)
            .note("latency 31; OV on /0 and 0x80000000/-1")
    ),
    &record!(
        xo(11, "mulhwu", Op::Mulhwu, &[Rt, Ra, Rb]).on(Unit::Multiply).note("bit 21 ignored; latency 4")
    ),
    &record!(xo(75, "mulhw", Op::Mulhw, &[Rt, Ra, Rb]).on(Unit::Multiply).note("bit 21 ignored; latency 4")),
];
