//! The fingerprint of a result: a 128-bit FNV-1a hash over everything that must be reproducible.
//!
//! Every value goes in as little-endian bytes behind its length, so that equal seeds give an equal fingerprint on every
//! machine, and moving a value from one list to the next changes it. It tells results apart; it is no protection against forgery.

use serde::{Serialize, Serializer};
use std::fmt;

/// FNV offset basis and prime for 128 bits (Fowler, Noll, Vo: draft-eastlake-fnv, section 5).
const OFFSET_BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// A running fingerprint; feed it in a fixed order, then read it by `Display`, `Serialize` or comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bits(u128);

impl Default for Bits {
    fn default() -> Self {
        Bits(OFFSET_BASIS)
    }
}

impl Bits {
    /// The fingerprint of nothing.
    #[must_use]
    pub fn new() -> Bits {
        Bits::default()
    }

    fn raw(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u128::from(byte)).wrapping_mul(PRIME);
        }
    }

    /// Adds a byte string or text.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.integer(bytes.len() as u64);
        self.raw(bytes);
    }

    /// Adds one number.
    pub fn integer(&mut self, value: u64) {
        self.raw(&value.to_le_bytes());
    }

    /// Adds one floating-point number by its bit pattern.
    pub fn float(&mut self, value: f64) {
        self.integer(value.to_bits());
    }

    /// Adds a list of numbers, with its length.
    pub fn integers(&mut self, values: impl ExactSizeIterator<Item = u64>) {
        self.integer(values.len() as u64);
        for value in values {
            self.integer(value);
        }
    }

    /// Adds a list of floating-point numbers, with its length.
    pub fn floats(&mut self, values: &[f64]) {
        self.integers(values.iter().map(|value| value.to_bits()));
    }
}

impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Serialize for Bits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_published_vectors() {
        // "a" and "foobar" of the FNV-1a 128-bit test vectors (draft-eastlake-fnv, appendix).
        let mut bits = Bits::new();
        bits.raw(b"a");
        assert_eq!(bits.to_string(), "d228cb696f1a8caf78912b704e4a8964");
        let mut bits = Bits::new();
        bits.raw(b"foobar");
        assert_eq!(bits.to_string(), "343e1662793c64bf6f0d3597ba446f18");
    }

    #[test]
    fn lists_are_kept_apart() {
        let of = |lists: [&[f64]; 2]| {
            let mut bits = Bits::new();
            lists.iter().for_each(|list| bits.floats(list));
            bits
        };
        assert_eq!(of([&[1.0], &[2.0]]), of([&[1.0], &[2.0]]));
        assert_ne!(of([&[1.0], &[2.0]]), of([&[1.0, 2.0], &[]]));
        assert_ne!(of([&[0.0], &[]]), of([&[-0.0], &[]]));
    }
}
