//! Random messages for tests, made from the table: every kind equally likely, every field uniform over its width.

use super::table::{Encoded, FROM_FPGA, FromFpga, MessageRow, TO_FPGA, ToFpga};

fn random_bits(table: &[MessageRow], random: &mut impl FnMut() -> u64) -> (u8, Encoded) {
    let row = &table[(random() % table.len() as u64) as usize];
    (row.id, row.assemble(|_| random()))
}

/// A random message to the FPGA; `random` gives uniform 64-bit numbers.
#[must_use]
pub fn to_fpga(mut random: impl FnMut() -> u64) -> ToFpga {
    let (id, encoded) = random_bits(TO_FPGA, &mut random);
    ToFpga::decode_payload(id, encoded.value).unwrap_or(ToFpga::TICK)
}

/// A random message from the FPGA; `random` gives uniform 64-bit numbers.
#[must_use]
pub fn from_fpga(mut random: impl FnMut() -> u64) -> FromFpga {
    let (id, encoded) = random_bits(FROM_FPGA, &mut random);
    FromFpga::decode_payload(id, encoded.value).unwrap_or(FromFpga::TICK)
}
