//! A vector instruction with its fields taken apart, and its timing class.

use hx_isa::instruction::{Operand, Operation, Row, Support, Traits, Unit, decode};

use super::timing::{VectorClass, VectorUnit};

/// What the vector unit needs of an instruction word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct VectorInstruction {
    /// What it does.
    pub operation: Operation,
    /// Field VRT: destination, or source of `fxvstax` and `fxvoutx`.
    pub target: u8,
    /// Field VRA.
    pub first: u8,
    /// Field VRB; the shift of `fxvshh` and `fxvshb`, signed, five bits.
    pub second: u8,
    /// Field C: condition, or shift of pack and unpack.
    pub condition: u8,
}

impl VectorInstruction {
    /// Takes `word` apart; `None` if it is no instruction of the vector unit.
    pub fn decode(word: u32) -> Option<Self> {
        let row =
            decode(word).filter(|row| row.unit == Unit::Vector && row.support == Support::Implemented)?;
        let field = |lsb: u32| ((word >> (31 - lsb)) & 31) as u8;
        Some(Self {
            operation: row.operation,
            target: field(10),
            first: field(15),
            second: field(20),
            condition: (word & 3) as u8,
        })
    }

    /// The shift of `fxvshh` and `fxvshb`: -16..15, positive to the left.
    pub const fn shift(&self) -> i8 {
        ((self.second << 3) as i8) >> 3
    }
}

impl VectorClass {
    /// Of an instruction word; `None` if it is no instruction of the vector unit.
    pub fn decode(word: u32) -> Option<Self> {
        let row =
            decode(word).filter(|row| row.unit == Unit::Vector && row.support == Support::Implemented)?;
        let target = row.operands.contains(&Operand::Vrt).then(|| field(Operand::Vrt, word));
        let stores = row.is(Traits::STORE);
        let reads = if stores { [target, None] } else { sources(row, word) };
        Some(Self {
            unit: unit(row),
            reads,
            writes: target.filter(|_| !stores),
            reads_condition: row.is(Traits::CONDITIONAL) && field(Operand::Cond, word) != 0,
        })
    }
}

fn field(operand: Operand, word: u32) -> u8 {
    operand.get(word) as u8
}

fn sources(row: &Row, word: u32) -> [Option<u8>; 2] {
    [Operand::Vra, Operand::Vrb].map(|operand| row.operands.contains(&operand).then(|| field(operand, word)))
}

fn unit(row: &Row) -> VectorUnit {
    use Operation as Op;
    match row.operation {
        _ if row.is(Traits::PARALLEL) => VectorUnit::Parallel,
        _ if row.is(Traits::LOAD) || row.is(Traits::STORE) => VectorUnit::LoadStore,
        _ if row.is(Traits::WRITES_VCR) => VectorUnit::Compare,
        Op::FxvPckbu | Op::FxvPckbl | Op::FxvUpckbl | Op::FxvUpckbr => VectorUnit::Permute,
        Op::FxvSplath | Op::FxvSplatb | Op::FxvShh | Op::FxvShb | Op::FxvSel => VectorUnit::Permute,
        _ => VectorUnit::MultiplyAdd,
    }
}
