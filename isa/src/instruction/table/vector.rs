//! The fixed-point vector extension (FXV), by extended opcode.

use super::super::{Operand::*, Operation as Op, Row, Traits as T};
use super::form::fxv;

pub(super) const ROWS: &[&[Row]] = &[&[
    fxv(12, "fxvmahm", Op::FxvMahm, &[Vrt, Vra, Vrb, Cond]).with(&[
        T::CONDITIONAL,
        T::READS_ACC,
        T::HALFWORD,
    ]),
    fxv(13, "fxvmabm", Op::FxvMabm, &[Vrt, Vra, Vrb, Cond]).with(&[T::CONDITIONAL, T::READS_ACC, T::BYTE]),
    fxv(14, "fxvmtacb", Op::FxvMtacb, &[Vra, Cond]).with(&[T::CONDITIONAL, T::WRITES_ACC, T::BYTE]),
    fxv(15, "fxvmtach", Op::FxvMtach, &[Vra, Cond]).with(&[T::CONDITIONAL, T::WRITES_ACC, T::HALFWORD]),
    fxv(28, "fxvmahfs", Op::FxvMahfs, &[Vrt, Vra, Vrb, Cond]).with(&[
        T::CONDITIONAL,
        T::READS_ACC,
        T::HALFWORD,
    ]),
    fxv(29, "fxvmabfs", Op::FxvMabfs, &[Vrt, Vra, Vrb, Cond]).with(&[T::CONDITIONAL, T::READS_ACC, T::BYTE]),
    fxv(30, "fxvmtacbf", Op::FxvMtacbf, &[Vra, Cond]).with(&[T::CONDITIONAL, T::WRITES_ACC, T::BYTE]),
    fxv(31, "fxvmtachf", Op::FxvMtachf, &[Vra, Cond]).with(&[T::CONDITIONAL, T::WRITES_ACC, T::HALFWORD]),
    fxv(44, "fxvmatachm", Op::FxvMatachm, &[Vra, Vrb, Cond]).with(&[
        T::CONDITIONAL,
        T::READS_ACC,
        T::WRITES_ACC,
        T::HALFWORD,
    ]),
    fxv(45, "fxvmatacbm", Op::FxvMatacbm, &[Vra, Vrb, Cond]).with(&[
        T::CONDITIONAL,
        T::READS_ACC,
        T::WRITES_ACC,
        T::BYTE,
    ]),
    fxv(60, "fxvmatachfs", Op::FxvMatachfs, &[Vra, Vrb, Cond]).with(&[
        T::CONDITIONAL,
        T::READS_ACC,
        T::WRITES_ACC,
        T::HALFWORD,
    ]),
    fxv(61, "fxvmatacbfs", Op::FxvMatacbfs, &[Vra, Vrb, Cond]).with(&[
        T::CONDITIONAL,
        T::READS_ACC,
        T::WRITES_ACC,
        T::BYTE,
    ]),
    fxv(76, "fxvmulhm", Op::FxvMulhm, &[Vrt, Vra, Vrb, Cond]).with(&[T::CONDITIONAL, T::HALFWORD]),
    fxv(77, "fxvmulbm", Op::FxvMulbm, &[Vrt, Vra, Vrb, Cond]).with(&[T::CONDITIONAL, T::BYTE]),
    fxv(92, "fxvmulhfs", Op::FxvMulhfs, &[Vrt, Vra, Vrb, Cond]).with(&[T::CONDITIONAL, T::HALFWORD]),
    fxv(93, "fxvmulbfs", Op::FxvMulbfs, &[Vrt, Vra, Vrb, Cond]).with(&[T::CONDITIONAL, T::BYTE]),
    fxv(108, "fxvmultachm", Op::FxvMultachm, &[Vra, Vrb, Cond]).with(&[
        T::CONDITIONAL,
        T::WRITES_ACC,
        T::HALFWORD,
    ]),
    fxv(109, "fxvmultacbm", Op::FxvMultacbm, &[Vra, Vrb, Cond]).with(&[
        T::CONDITIONAL,
        T::WRITES_ACC,
        T::BYTE,
    ]),
    fxv(124, "fxvmultachfs", Op::FxvMultachfs, &[Vra, Vrb, Cond]).with(&[
        T::CONDITIONAL,
        T::WRITES_ACC,
        T::HALFWORD,
    ]),
    fxv(125, "fxvmultacbfs", Op::FxvMultacbfs, &[Vra, Vrb, Cond]).with(&[
        T::CONDITIONAL,
        T::WRITES_ACC,
        T::BYTE,
    ]),
    fxv(236, "fxvinx", Op::FxvInx, &[Vrt, RaOrZero, Rb, Cond])
        .with(&[T::LOAD, T::PARALLEL, T::INDEXED, T::CONDITIONAL])
        .note("C does not protect VRT: the whole register is written; masked-off bytes read as 0"),
    fxv(239, "fxvpckbu", Op::FxvPckbu, &[Vrt, Vra, Vrb, Cond]).note("C is the shift C=0..3 not a condition"),
    fxv(252, "fxvoutx", Op::FxvOutx, &[Vrt, RaOrZero, Rb, Cond])
        .with(&[T::STORE, T::PARALLEL, T::INDEXED, T::CONDITIONAL])
        .note("C selects byte enables"),
    fxv(255, "fxvpckbl", Op::FxvPckbl, &[Vrt, Vra, Vrb, Cond]).note("C is the shift C=0..3 not a condition"),
    fxv(268, "fxvsplath", Op::FxvSplath, &[Vrt, Ra])
        .with(&[T::HALFWORD])
        .note("RA=0 means r0; low halfword of GPR RA"),
    fxv(269, "fxvsplatb", Op::FxvSplatb, &[Vrt, Ra])
        .with(&[T::BYTE])
        .note("RA=0 means r0; low byte of GPR RA"),
    fxv(271, "fxvupckbr", Op::FxvUpckbr, &[Vrt, Vra, Vrb, Cond])
        .note("C is the shift C=0..3 not a condition"),
    fxv(287, "fxvupckbl", Op::FxvUpckbl, &[Vrt, Vra, Vrb, Cond])
        .note("C is the shift C=0..3 not a condition"),
    fxv(300, "fxvcmph", Op::FxvCmph, &[Vra])
        .with(&[T::WRITES_VCR, T::HALFWORD])
        .note("C ignored; guide alias fxvcmphm"),
    fxv(301, "fxvcmpb", Op::FxvCmpb, &[Vra]).with(&[T::WRITES_VCR, T::BYTE]).note("C ignored"),
    fxv(316, "fxvshh", Op::FxvShh, &[Vrt, Vra, Sh5])
        .with(&[T::HALFWORD])
        .note("SH5 signed -16..15 in the VRB field; C ignored"),
    fxv(317, "fxvshb", Op::FxvShb, &[Vrt, Vra, Sh5])
        .with(&[T::BYTE])
        .note("SH5 signed -16..15 in the VRB field; C ignored"),
    fxv(319, "fxvsel", Op::FxvSel, &[Vrt, Vra, Vrb, Cond]).with(&[T::CONDITIONAL]).note("C=0 copies VRB"),
    fxv(332, "fxvsubhm", Op::FxvSubhm, &[Vrt, Vra, Vrb, Cond]).with(&[T::CONDITIONAL, T::HALFWORD]),
    fxv(333, "fxvsubbm", Op::FxvSubbm, &[Vrt, Vra, Vrb, Cond]).with(&[T::CONDITIONAL, T::BYTE]),
    fxv(348, "fxvsubhfs", Op::FxvSubhfs, &[Vrt, Vra, Vrb, Cond]).with(&[T::CONDITIONAL, T::HALFWORD]),
    fxv(349, "fxvsubbfs", Op::FxvSubbfs, &[Vrt, Vra, Vrb, Cond]).with(&[T::CONDITIONAL, T::BYTE]),
    fxv(364, "fxvaddactachm", Op::FxvAddactachm, &[Vra, Cond]).with(&[
        T::CONDITIONAL,
        T::READS_ACC,
        T::WRITES_ACC,
        T::HALFWORD,
    ]),
    fxv(365, "fxvaddactacb", Op::FxvAddactacb, &[Vra, Cond])
        .with(&[T::CONDITIONAL, T::READS_ACC, T::WRITES_ACC, T::BYTE])
        .note("binutils name fxvaddactacbm; accept both"),
    fxv(380, "fxvaddactachf", Op::FxvAddactachf, &[Vra, Cond])
        .with(&[T::CONDITIONAL, T::READS_ACC, T::WRITES_ACC, T::HALFWORD])
        .note("saturating"),
    fxv(381, "fxvaddactacbf", Op::FxvAddactacbf, &[Vra, Cond])
        .with(&[T::CONDITIONAL, T::READS_ACC, T::WRITES_ACC, T::BYTE])
        .note("saturating"),
    fxv(396, "fxvaddachm", Op::FxvAddachm, &[Vrt, Vra, Cond]).with(&[
        T::CONDITIONAL,
        T::READS_ACC,
        T::HALFWORD,
    ]),
    fxv(397, "fxvaddacbm", Op::FxvAddacbm, &[Vrt, Vra, Cond]).with(&[T::CONDITIONAL, T::READS_ACC, T::BYTE]),
    fxv(412, "fxvaddachfs", Op::FxvAddachfs, &[Vrt, Vra, Cond]).with(&[
        T::CONDITIONAL,
        T::READS_ACC,
        T::HALFWORD,
    ]),
    fxv(413, "fxvaddacbfs", Op::FxvAddacbfs, &[Vrt, Vra, Cond]).with(&[
        T::CONDITIONAL,
        T::READS_ACC,
        T::BYTE,
    ]),
    fxv(428, "fxvaddtachm", Op::FxvAddtachm, &[Vra, Vrb, Cond])
        .with(&[T::CONDITIONAL, T::WRITES_ACC, T::HALFWORD])
        .note("binutils name fxvaddtach; accept both"),
    fxv(429, "fxvaddtacb", Op::FxvAddtacb, &[Vra, Vrb, Cond]).with(&[T::CONDITIONAL, T::WRITES_ACC, T::BYTE]),
    fxv(460, "fxvaddhm", Op::FxvAddhm, &[Vrt, Vra, Vrb, Cond]).with(&[T::CONDITIONAL, T::HALFWORD]),
    fxv(461, "fxvaddbm", Op::FxvAddbm, &[Vrt, Vra, Vrb, Cond]).with(&[T::CONDITIONAL, T::BYTE]),
    fxv(476, "fxvaddhfs", Op::FxvAddhfs, &[Vrt, Vra, Vrb, Cond]).with(&[T::CONDITIONAL, T::HALFWORD]),
    fxv(477, "fxvaddbfs", Op::FxvAddbfs, &[Vrt, Vra, Vrb, Cond]).with(&[T::CONDITIONAL, T::BYTE]),
    fxv(492, "fxvlax", Op::FxvLax, &[Vrt, RaOrZero, Rb, Cond])
        .with(&[T::LOAD, T::INDEXED])
        .note("C field accepted by binutils and ignored; EA low 2 bits ignored"),
    fxv(508, "fxvstax", Op::FxvStax, &[Vrt, RaOrZero, Rb, Cond])
        .with(&[T::STORE, T::INDEXED])
        .note("C field accepted by binutils and ignored; EA low 2 bits ignored"),
]];
