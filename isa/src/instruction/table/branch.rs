//! Branches, returns from interrupts and the logic on condition register bits.

use super::super::{Operand::*, Operation as Op, Row, Traits as T, Unit};
use super::form::targets;
use super::form::{b, i, xl};

pub(super) const ROWS: &[&[Row]] = &[
    &targets!(i(18, "b", Op::B, &[Li])),
    &targets!(b(16, "bc", Op::Bc, &[Bo, Bi, Bd]).note("prediction hint bits ignored")),
    &[
        xl(16, "bclr", Op::Bclr, &[Bo, Bi, Bh]).on(Unit::Branch).exact(0, 1).note("BH ignored"),
        xl(528, "bcctr", Op::Bcctr, &[Bo, Bi, Bh])
            .on(Unit::Branch)
            .exact(0, 1)
            .note("BO[2]=0 tests CTR-1 but does not write CTR (invalid form)"),
        xl(16, "bclrl", Op::Bclr, &[Bo, Bi, Bh])
            .on(Unit::Branch)
            .exact(1, 1)
            .with(&[T::LINK])
            .note("BH ignored"),
        xl(528, "bcctrl", Op::Bcctr, &[Bo, Bi, Bh])
            .on(Unit::Branch)
            .exact(1, 1)
            .with(&[T::LINK])
            .note("BO[2]=0 tests CTR-1 but does not write CTR (invalid form)"),
        xl(50, "rfi", Op::Rfi, &[]).on(Unit::Branch).with(&[T::RETURN]).note("restores MSR from SRR1"),
        xl(51, "rfci", Op::Rfci, &[]).on(Unit::Branch).with(&[T::RETURN]).note("restores MSR from CSRR1"),
        xl(38, "rfmci", Op::Rfmci, &[]).on(Unit::Branch).with(&[T::RETURN]).note("restores MSR from MCSRR1"),
        xl(0, "mcrf", Op::Mcrf, &[Bf, Bfa]),
        xl(33, "crnor", Op::Crnor, &[Bt, Ba, Bb]).with(&[T::CR_LOGIC]),
        xl(129, "crandc", Op::Crandc, &[Bt, Ba, Bb]).with(&[T::CR_LOGIC]),
        xl(193, "crxor", Op::Crxor, &[Bt, Ba, Bb]).with(&[T::CR_LOGIC]),
        xl(225, "crnand", Op::Crnand, &[Bt, Ba, Bb]).with(&[T::CR_LOGIC]),
        xl(257, "crand", Op::Crand, &[Bt, Ba, Bb]).with(&[T::CR_LOGIC]),
        xl(289, "creqv", Op::Creqv, &[Bt, Ba, Bb]).with(&[T::CR_LOGIC]),
        xl(417, "crorc", Op::Crorc, &[Bt, Ba, Bb]).with(&[T::CR_LOGIC]),
        xl(449, "cror", Op::Cror, &[Bt, Ba, Bb]).with(&[T::CR_LOGIC]),
    ],
];
