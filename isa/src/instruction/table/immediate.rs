//! Rows with a 16-bit immediate or displacement.

use super::super::{Operand::*, Operation as Op, Row, Traits as T, Unit};
use super::form::d;

pub(super) const ROWS: &[&[Row]] = &[&[
    d(3, "twi", Op::Twi, &[To, Ra, Si])
        .with(&[T::TRAP, T::CONTEXT_SYNC])
        .note("RTL zero-extends SI; Power sign-extends"),
    d(7, "mulli", Op::Mulli, &[Rt, Ra, Si]).on(Unit::Multiply),
    d(8, "subfic", Op::Subfic, &[Rt, Ra, Si]).with(&[T::CARRY_OUT]).note("RT=SI-RA; sets CA"),
    d(10, "cmplwi", Op::Cmplwi, &[BfOptional, Ra, Ui])
        .with(&[T::COMPARE])
        .note("L bit ignored by RTL; BF optional (cr0) in the assembler"),
    d(11, "cmpwi", Op::Cmpwi, &[BfOptional, Ra, Si])
        .with(&[T::COMPARE])
        .note("L bit ignored by RTL; BF optional (cr0) in the assembler"),
    d(12, "addic", Op::Addic, &[Rt, Ra, Si]).with(&[T::CARRY_OUT]).note("sets CA; RA=0 means r0"),
    d(13, "addic.", Op::Addic, &[Rt, Ra, Si])
        .with(&[T::RECORD, T::CARRY_OUT])
        .note("sets CA and CR0; RA=0 means r0"),
    d(14, "addi", Op::Addi, &[Rt, RaOrZero, Si]),
    d(15, "addis", Op::Addis, &[Rt, RaOrZero, SiHigh]).note("SI<<16"),
    d(24, "ori", Op::Ori, &[Ra, Rs, Ui]).note("ori 0,0,0 = nop (not issued)"),
    d(25, "oris", Op::Oris, &[Ra, Rs, Ui]),
    d(26, "xori", Op::Xori, &[Ra, Rs, Ui]),
    d(27, "xoris", Op::Xoris, &[Ra, Rs, Ui]),
    d(28, "andi.", Op::Andi, &[Ra, Rs, Ui]).with(&[T::RECORD]).note("always sets CR0"),
    d(29, "andis.", Op::Andis, &[Ra, Rs, Ui]).with(&[T::RECORD]).note("always sets CR0"),
    d(32, "lwz", Op::Lwz, &[Rt, D, BaseOrZero]).on(Unit::LoadStore).with(&[T::LOAD]),
    d(33, "lwzu", Op::Lwzu, &[Rt, D, Base])
        .on(Unit::LoadStore)
        .with(&[T::LOAD, T::UPDATE])
        .note("2 issue cycles: data then address"),
    d(34, "lbz", Op::Lbz, &[Rt, D, BaseOrZero]).on(Unit::LoadStore).with(&[T::LOAD]),
    d(35, "lbzu", Op::Lbzu, &[Rt, D, Base])
        .on(Unit::LoadStore)
        .with(&[T::LOAD, T::UPDATE])
        .note("2 issue cycles: data then address"),
    d(40, "lhz", Op::Lhz, &[Rt, D, BaseOrZero]).on(Unit::LoadStore).with(&[T::LOAD]),
    d(41, "lhzu", Op::Lhzu, &[Rt, D, Base])
        .on(Unit::LoadStore)
        .with(&[T::LOAD, T::UPDATE])
        .note("2 issue cycles: data then address"),
    d(42, "lha", Op::Lha, &[Rt, D, BaseOrZero])
        .on(Unit::LoadStore)
        .with(&[T::LOAD, T::ALGEBRAIC])
        .note("RTL zero-extends D; Power sign-extends"),
    d(43, "lhau", Op::Lhau, &[Rt, D, Base])
        .on(Unit::LoadStore)
        .with(&[T::LOAD, T::UPDATE, T::ALGEBRAIC])
        .note("RTL zero-extends D; Power sign-extends; 2 issue cycles"),
    d(36, "stw", Op::Stw, &[Rs, D, BaseOrZero]).on(Unit::LoadStore).with(&[T::STORE]),
    d(37, "stwu", Op::Stwu, &[Rs, D, Base]).on(Unit::LoadStore).with(&[T::STORE, T::UPDATE]),
    d(38, "stb", Op::Stb, &[Rs, D, BaseOrZero]).on(Unit::LoadStore).with(&[T::STORE]),
    d(39, "stbu", Op::Stbu, &[Rs, D, Base]).on(Unit::LoadStore).with(&[T::STORE, T::UPDATE]),
    d(44, "sth", Op::Sth, &[Rs, D, BaseOrZero]).on(Unit::LoadStore).with(&[T::STORE]),
    d(45, "sthu", Op::Sthu, &[Rs, D, Base]).on(Unit::LoadStore).with(&[T::STORE, T::UPDATE]),
    d(46, "lmw", Op::Lmw, &[Rt, D, BaseOrZero])
        .on(Unit::LoadStore)
        .with(&[T::LOAD, T::MULTIPLE])
        .note("32-RT micro-operations; word aligned"),
    d(47, "stmw", Op::Stmw, &[Rs, D, BaseOrZero])
        .on(Unit::LoadStore)
        .with(&[T::STORE, T::MULTIPLE])
        .note("32-RS micro-operations; word aligned"),
]];
