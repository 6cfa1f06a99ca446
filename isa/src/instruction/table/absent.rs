//! Common Power instructions that this processor does not have, and leftovers of earlier chips.

use super::super::{Operand::*, Operation as Op, Row, Traits as T};
use super::form::{a, d, sc, x, xfx, xl};

pub(super) const ROWS: &[&[Row]] = &[&[
    sc(17, "sc", Op::Sc, &[]).absent("no system-call interrupt is ever raised"),
    xl(150, "isync", Op::Isync, &[]).absent("this processor does not decode it"),
    xfx(371, "mftb", Op::Mftb, &[Rt, Tbr]).absent("RT unchanged; use mfspr 284/285"),
    x(20, "lwarx", Op::Lwarx, &[Rt, RaOrZero, Rb]).absent("RT unchanged"),
    x(150, "stwcx.", Op::Stwcx, &[Rs, RaOrZero, Rb])
        .exact(0x1, 0x1)
        .with(&[T::RECORD])
        .absent("no store; CR0 written from RA+RB as for any unknown opcode-31 word with Rc=1"),
    a(15, "isel", Op::Isel, &[Rt, RaOrZero, Rb, Bc]).absent("this processor does not decode it"),
    x(508, "cmpb", Op::Cmpb, &[Ra, Rs, Rb]).absent("this processor does not decode it"),
    x(378, "popcntw", Op::Popcntw, &[Ra, Rs]).absent("this processor does not decode it"),
    x(512, "mcrxr", Op::Mcrxr, &[Bf]).absent("OV side effect"),
    x(131, "wrtee", Op::Wrtee, &[Rs]).absent("use mtmsr"),
    x(163, "wrteei", Op::Wrteei, &[E]).absent("use mtmsr"),
    x(854, "eieio", Op::Eieio, &[]).absent("not a barrier; OV side effect"),
    x(534, "lwbrx", Op::Lwbrx, &[Rt, RaOrZero, Rb]).absent("no memory access; OV side effect"),
    x(790, "lhbrx", Op::Lhbrx, &[Rt, RaOrZero, Rb]).absent("no memory access; OV side effect"),
    x(662, "stwbrx", Op::Stwbrx, &[Rs, RaOrZero, Rb]).absent("no memory access; OV side effect"),
    x(918, "sthbrx", Op::Sthbrx, &[Rs, RaOrZero, Rb]).absent("no memory access; OV side effect"),
    x(597, "lswi", Op::Lswi, &[Rt, RaOrZero, Nb]).absent("no memory access; OV side effect"),
    x(533, "lswx", Op::Lswx, &[Rt, RaOrZero, Rb]).absent("no memory access; OV side effect"),
    x(725, "stswi", Op::Stswi, &[Rs, RaOrZero, Nb]).absent("no memory access; OV side effect"),
    x(661, "stswx", Op::Stswx, &[Rs, RaOrZero, Rb]).absent("no memory access; OV side effect"),
    x(86, "dcbf", Op::Dcbf, &[RaOrZero, Rb]).absent("this processor does not decode it"),
    x(54, "dcbst", Op::Dcbst, &[RaOrZero, Rb]).absent("this processor does not decode it"),
    x(278, "dcbt", Op::Dcbt, &[RaOrZero, Rb]).absent("this processor does not decode it"),
    x(246, "dcbtst", Op::Dcbtst, &[RaOrZero, Rb]).absent("this processor does not decode it"),
    x(1014, "dcbz", Op::Dcbz, &[RaOrZero, Rb]).absent("OV side effect"),
    x(982, "icbi", Op::Icbi, &[RaOrZero, Rb]).absent("OV side effect"),
    x(758, "dcba", Op::Dcba, &[RaOrZero, Rb]).absent("OV side effect"),
    x(470, "dcbi", Op::Dcbi, &[RaOrZero, Rb]).absent("this processor does not decode it"),
    d(5, "nvecmpi", Op::Nvecmpi, &[]).removed("removed NEVER extension; treat as illegal"),
    d(6, "syncmpi", Op::Syncmpi, &[]).removed("removed SYNAPSE extension; treat as illegal"),
    d(9, "syncmpi.", Op::Syncmpi, &[]).removed("removed SYNAPSE extension; treat as illegal (CR0 undefined)"),
]];
