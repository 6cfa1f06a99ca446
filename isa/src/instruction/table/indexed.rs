//! Loads and stores whose address is the sum of two registers.

use super::super::{Operand::*, Operation as Op, Row, Traits as T, Unit};
use super::form::x;

pub(super) const ROWS: &[&[Row]] = &[&[
    x(23, "lwzx", Op::Lwzx, &[Rt, RaOrZero, Rb]).on(Unit::LoadStore).with(&[T::LOAD, T::INDEXED]),
    x(55, "lwzux", Op::Lwzux, &[Rt, Ra, Rb])
        .on(Unit::LoadStore)
        .with(&[T::LOAD, T::UPDATE, T::INDEXED])
        .note("2 issue cycles"),
    x(87, "lbzx", Op::Lbzx, &[Rt, RaOrZero, Rb]).on(Unit::LoadStore).with(&[T::LOAD, T::INDEXED]),
    x(119, "lbzux", Op::Lbzux, &[Rt, Ra, Rb])
        .on(Unit::LoadStore)
        .with(&[T::LOAD, T::UPDATE, T::INDEXED])
        .note("2 issue cycles"),
    x(279, "lhzx", Op::Lhzx, &[Rt, RaOrZero, Rb]).on(Unit::LoadStore).with(&[T::LOAD, T::INDEXED]),
    x(311, "lhzux", Op::Lhzux, &[Rt, Ra, Rb])
        .on(Unit::LoadStore)
        .with(&[T::LOAD, T::UPDATE, T::INDEXED])
        .note("2 issue cycles"),
    x(343, "lhax", Op::Lhax, &[Rt, RaOrZero, Rb]).on(Unit::LoadStore).with(&[
        T::LOAD,
        T::ALGEBRAIC,
        T::INDEXED,
    ]),
    x(375, "lhaux", Op::Lhaux, &[Rt, Ra, Rb])
        .on(Unit::LoadStore)
        .with(&[T::LOAD, T::UPDATE, T::ALGEBRAIC, T::INDEXED])
        .note("2 issue cycles"),
    x(151, "stwx", Op::Stwx, &[Rs, RaOrZero, Rb]).on(Unit::LoadStore).with(&[T::STORE, T::INDEXED]),
    x(183, "stwux", Op::Stwux, &[Rs, Ra, Rb]).on(Unit::LoadStore).with(&[T::STORE, T::UPDATE, T::INDEXED]),
    x(215, "stbx", Op::Stbx, &[Rs, RaOrZero, Rb]).on(Unit::LoadStore).with(&[T::STORE, T::INDEXED]),
    x(247, "stbux", Op::Stbux, &[Rs, Ra, Rb]).on(Unit::LoadStore).with(&[T::STORE, T::UPDATE, T::INDEXED]),
    x(407, "sthx", Op::Sthx, &[Rs, RaOrZero, Rb]).on(Unit::LoadStore).with(&[T::STORE, T::INDEXED]),
    x(439, "sthux", Op::Sthux, &[Rs, Ra, Rb]).on(Unit::LoadStore).with(&[T::STORE, T::UPDATE, T::INDEXED]),
]];
