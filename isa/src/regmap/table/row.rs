//! Short constructors for the rows of the table.

use super::super::location::{Location, Omnibus};
use super::super::{Access, Bits, Container, CoordinateType, Encoding, Field};

/// A container on the register bus.
pub(super) const fn omnibus(name: &'static str, place: Omnibus, fields: &'static [Field]) -> Container {
    Container {
        name,
        coordinate: place.coordinate(),
        words: place.words(),
        order: place.write_order(),
        location: place.build(),
        fields,
    }
}

/// A container behind another port: which one, and the shape of its payload.
pub(super) const fn port(
    name: &'static str,
    coordinate: CoordinateType,
    words: u8,
    port: &'static str,
    payload: &'static str,
    fields: &'static [Field],
) -> Container {
    Container {
        name,
        coordinate,
        words,
        order: &[],
        location: Location::Port { name: port, payload },
        fields,
    }
}

/// A field: word, name, most and least significant bit, access, default, encoding, meaning.
#[allow(clippy::too_many_arguments, reason = "one argument per column of the table")]
pub(super) const fn f(
    word: u8,
    name: &'static str,
    msb: u8,
    lsb: u8,
    access: Access,
    default: u64,
    encoding: Encoding,
    meaning: &'static str,
) -> Field {
    Field { name, word, bits: Bits::Range { msb, lsb }, access, default, encoding, meaning }
}

/// A field without payload.
pub(super) const fn no_bits(word: u8, name: &'static str, access: Access, meaning: &'static str) -> Field {
    Field { name, word, bits: Bits::None, access, default: 0, encoding: Encoding::Plain, meaning }
}

/// The byte picked by the coordinate.
pub(super) const fn byte(word: u8, name: &'static str, access: Access, meaning: &'static str) -> Field {
    Field { name, word, bits: Bits::ByteOfAddress, access, default: 0, encoding: Encoding::Plain, meaning }
}
