//! The instructions of the plasticity processor (*nux* with the fixed-point vector extension *FXV*), one table row each.
//!
//! [`INSTRUCTIONS`] holds every encoding; [`decode()`] and [`encode()`] go from word to row and back. The assembler, the
//! disassembler, the processor model and the reference page all follow from the rows.

mod decode;
mod disassemble;
pub mod doc;
mod encode;
mod extended;
mod lookup;
mod operand;
mod operation;
mod row;
mod special;
mod table;

pub use decode::decode;
pub use disassemble::{branch_target, disassemble, write_disassembly};
pub use encode::{EncodeError, encode};
pub use extended::{EXTENDED, Extended, MAX_ARGUMENTS, MAX_VALUES, Value};
pub use lookup::{Mnemonic, lookup, mnemonics, nearest_mnemonic};
pub use operand::{Field, Kind, Operand, RangeError};
pub use operation::Operation;
pub use row::{Form, Row, Support, Traits, Unit};
pub use special::{SPRS, Spr, SprAccess, spr_named};
pub use table::INSTRUCTIONS;

#[cfg(test)]
mod tests;
