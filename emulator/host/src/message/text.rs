//! Messages as text, for dumps and error reports: group, name and the fields of the table row, in hexadecimal.

use super::field::FieldRow;
use super::table::{FromFpga, MessageRow, ToFpga};
use std::fmt::{self, Display, Formatter};

fn write_message(f: &mut Formatter<'_>, row: &MessageRow, payload: u128) -> fmt::Result {
    write!(f, "{} {}", row.group, row.name)?;
    row.fields
        .iter()
        .enumerate()
        .try_for_each(|(index, field)| write_field(f, field, row.field(index, payload)))
}

fn write_field(f: &mut Formatter<'_>, field: &FieldRow, value: u64) -> fmt::Result {
    match field.width {
        1 => write!(f, " {}={value}", field.name),
        width => write!(f, " {}=0x{value:0digits$x}", field.name, digits = width.div_ceil(4) as usize),
    }
}

impl Display for ToFpga {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_message(f, self.row(), self.encode_bits().value)
    }
}

impl Display for FromFpga {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_message(f, self.row(), self.encode_bits().value)
    }
}
