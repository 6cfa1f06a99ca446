//! How a logical value is stored in the bits of a register word.
//!
//! Some fields of the chip are wired inverted, permuted or offset. The register table names the encoding of each field;
//! this module holds the conversions both ways (electronicvisions haldls: encode/decode functions of the containers).

/// How a field's value is stored in its bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Stored as is.
    Plain,
    /// Stored bitwise inverted over its width.
    Inv,
    /// Four bits in reversed order.
    BitRev4,
    /// Six-bit synapse weight stored as bits {5:w5, 4:w0, 3:w1, 2:w2, 1:w3, 0:w4}; self-inverse.
    Perm6,
    /// Value minus one stored.
    Minus1,
    /// Signed value plus 128 stored.
    Offset128,
    /// 0..3 stored as thermometer code 000, 001, 011, 111; decoded by the highest set bit.
    Thermo3,
    /// The whole word W is sent as its gray decode; reading returns that and W = v ^ (v >> 1).
    Gray2Bin,
}

impl Encoding {
    /// The name used in the register map.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Encoding::Plain => "plain",
            Encoding::Inv => "inv",
            Encoding::BitRev4 => "bitrev4",
            Encoding::Perm6 => "perm6",
            Encoding::Minus1 => "minus1",
            Encoding::Offset128 => "offset128",
            Encoding::Thermo3 => "thermo3",
            Encoding::Gray2Bin => "gray2bin",
        }
    }

    /// The stored bits of `value` in a field of `width` bits. Excess bits of `value` are dropped.
    /// `Gray2Bin` concerns the whole word and is left to [`word_to_bus`].
    #[must_use]
    #[inline]
    pub const fn encode(self, value: u32, width: u32) -> u32 {
        let raw = match self {
            Encoding::Plain | Encoding::Gray2Bin => value,
            Encoding::Inv => !value,
            Encoding::BitRev4 => reverse4(value),
            Encoding::Perm6 => permute6(value),
            Encoding::Minus1 => value.wrapping_sub(1),
            Encoding::Offset128 => value.wrapping_add(128),
            Encoding::Thermo3 => (1 << (value & 3)) - 1,
        };
        raw & mask(width)
    }

    /// The value of `raw` stored bits in a field of `width` bits; signed values come back in two's complement.
    #[must_use]
    #[inline]
    pub const fn decode(self, raw: u32, width: u32) -> u32 {
        let raw = raw & mask(width);
        match self {
            Encoding::Plain | Encoding::Gray2Bin => raw,
            Encoding::Inv => !raw & mask(width),
            Encoding::BitRev4 => reverse4(raw),
            Encoding::Perm6 => permute6(raw),
            Encoding::Minus1 => raw + 1,
            Encoding::Offset128 => raw.wrapping_sub(128),
            Encoding::Thermo3 => 32 - raw.leading_zeros(),
        }
    }

    /// Bits of the logical value of a field of `width` stored bits.
    #[must_use]
    pub const fn value_width(self, width: u32) -> u32 {
        match self {
            Encoding::Thermo3 => 2,
            _ => width,
        }
    }

    /// Smallest and largest value that a field of `width` stored bits holds.
    #[must_use]
    pub const fn range(self, width: u32) -> (i64, i64) {
        match self {
            Encoding::Minus1 => (1, 1 << width),
            Encoding::Offset128 => (-128, 127),
            _ => (0, (1 << self.value_width(width)) - 1),
        }
    }
}

/// `width` ones in the low bits; 32 and more give all ones.
#[must_use]
#[inline]
pub const fn mask(width: u32) -> u32 {
    if width >= 32 { u32::MAX } else { (1 << width) - 1 }
}

/// Reverses the low four bits.
const fn reverse4(value: u32) -> u32 {
    (value & 15).reverse_bits() >> 28
}

/// Keeps bit 5 and reverses bits 4..0: the wiring of the synapse weight bits, its own inverse.
const fn permute6(value: u32) -> u32 {
    (value & 32) | ((value & 31).reverse_bits() >> 27)
}

/// What is sent for the gray-coded word `word` (gray to binary).
#[must_use]
#[inline]
pub const fn word_to_bus(word: u32) -> u32 {
    let mut binary = word;
    let mut shift = 16;
    while shift > 0 {
        binary ^= binary >> shift;
        shift /= 2;
    }
    binary
}

/// The gray-coded word behind what is read from the bus (binary to gray).
#[must_use]
#[inline]
pub const fn word_from_bus(data: u32) -> u32 {
    data ^ (data >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_their_own_inverse_and_0_and_32_are_invariant() {
        for weight in 0..64 {
            let stored = Encoding::Perm6.encode(weight, 6);
            assert_eq!(Encoding::Perm6.encode(stored, 6), weight);
            assert_eq!(Encoding::Perm6.decode(stored, 6), weight);
        }
        assert_eq!(Encoding::Perm6.encode(0, 6), 0);
        assert_eq!(Encoding::Perm6.encode(32, 6), 32);
        assert_eq!(Encoding::Perm6.encode(0b000001, 6), 0b010000);
        assert_eq!(Encoding::Perm6.encode(0b010110, 6), 0b001101);
    }

    #[test]
    fn known_codes() {
        assert_eq!(Encoding::Inv.encode(0, 6), 63);
        assert_eq!(Encoding::BitRev4.encode(0b0010, 4), 0b0100);
        assert_eq!(Encoding::Minus1.encode(2, 2), 1);
        assert_eq!(Encoding::Offset128.encode(-5i32 as u32, 8), 123);
        assert_eq!(Encoding::Offset128.decode(123, 8) as i32, -5);
        assert_eq!([0, 1, 2, 3].map(|v| Encoding::Thermo3.encode(v, 3)), [0b000, 0b001, 0b011, 0b111]);
        // A code that no software writes is decoded by its highest set bit.
        assert_eq!([0b100, 0b101, 0b010].map(|raw| Encoding::Thermo3.decode(raw, 3)), [3, 3, 2]);
        assert_eq!((word_to_bus(0x8), word_to_bus(0x11)), (0xf, 0x1e));
        assert_eq!(word_from_bus(0x1e), 0x11);
    }

    #[test]
    fn every_value_survives_every_encoding() {
        let codes = [
            (Encoding::Plain, 7),
            (Encoding::Inv, 5),
            (Encoding::BitRev4, 4),
            (Encoding::Perm6, 6),
            (Encoding::Minus1, 2),
            (Encoding::Offset128, 8),
            (Encoding::Thermo3, 3),
        ];
        for (code, width) in codes {
            let (low, high) = code.range(width);
            for value in low..=high {
                let raw = code.encode(value as u32, width);
                assert!(raw <= mask(width));
                assert_eq!(i64::from(code.decode(raw, width) as i32), value, "{code:?}");
            }
        }
    }

    #[test]
    fn gray_words_round_trip() {
        for shift in 0..32 {
            let word = 0x9e37_79b9u32.rotate_left(shift);
            assert_eq!(word_from_bus(word_to_bus(word)), word);
        }
    }
}
