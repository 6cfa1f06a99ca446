//! Special registers, synchronisation and the condition register as a whole.

use super::super::{Operand::*, Operation as Op, Row, Traits as T};
use super::form::{x, xfx};

pub(super) const ROWS: &[&[Row]] = &[&[
    x(83, "mfmsr", Op::Mfmsr, &[Rt]),
    x(146, "mtmsr", Op::Mtmsr, &[Rs]).with(&[T::CONTEXT_SYNC]).note("context synchronising"),
    x(598, "sync", Op::Sync, &[L])
        .with(&[T::BARRIER])
        .note("waits until scalar, bus and vector pipelines are empty; L ignored"),
    x(62, "wait", Op::Wait, &[Wc])
        .exact(0x0, 0x600000)
        .with(&[T::BARRIER])
        .note("WC must be 0 to sleep; other WC = no-op"),
    x(310, "eciwx", Op::Eciwx, &[Rt, RaOrZero, Rb])
        .configured_out("decoded by the core but the unit is configured out (OPT_IOBUS=0)"),
    x(438, "ecowx", Op::Ecowx, &[Rs, RaOrZero, Rb])
        .configured_out("decoded by the core but the unit is configured out (OPT_IOBUS=0)"),
    xfx(19, "mfcr", Op::Mfcr, &[Rt]).exact(0x0, 0x100000),
    xfx(19, "mfocrf", Op::Mfocrf, &[Rt, Fxm]).exact(0x100000, 0x100000).note("unselected bits keep old RT"),
    xfx(144, "mtcrf", Op::Mtcrf, &[Fxm, Rs]).exact(0x0, 0x100000).note("any number of fields"),
    xfx(144, "mtocrf", Op::Mtocrf, &[Fxm, Rs])
        .exact(0x100000, 0x100000)
        .note("same as mtcrf in RTL (any number of fields)"),
    xfx(339, "mfspr", Op::Mfspr, &[Rt, Spr]).note("SPR halves swapped in the word"),
    xfx(467, "mtspr", Op::Mtspr, &[Spr, Rs]).note("SPR halves swapped in the word"),
]];
