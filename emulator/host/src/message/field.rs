//! Values that travel inside messages: how a Rust value becomes the bits of a field and back, and the two composite fields
//! (spike, MADC sample) of the event messages. Layouts as in electronicvisions fisch: src/fisch/vx/playback_decoder.cpp.

use serde::{Deserialize, Serialize};

/// A value that fills one field of a message.
pub trait FieldValue: Copy {
    /// The value, right aligned; bits beyond the width of the field are cut off by the encoder.
    fn to_bits(self) -> u64;
    /// The value of a field; bits above the width of the field are zero.
    fn from_bits(bits: u64) -> Self;
}

macro_rules! integer_fields {
    ($($type:ty)*) => {$(
        impl FieldValue for $type {
            #[inline(always)]
            fn to_bits(self) -> u64 {
                self as u64
            }
            #[inline(always)]
            fn from_bits(bits: u64) -> Self {
                bits as $type
            }
        }
    )*};
}
integer_fields!(u8 u16 u32 u64);

impl FieldValue for bool {
    #[inline(always)]
    fn to_bits(self) -> u64 {
        self as u64
    }
    #[inline(always)]
    fn from_bits(bits: u64) -> Self {
        bits & 1 == 1
    }
}

/// What a Loopback message asks for; the answer carries the same kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LoopbackKind {
    /// End of the program.
    Halt,
    /// A mark in the response stream.
    Tick,
}

impl FieldValue for LoopbackKind {
    #[inline(always)]
    fn to_bits(self) -> u64 {
        self as u64
    }
    #[inline(always)]
    fn from_bits(bits: u64) -> Self {
        if bits & 1 == 0 { Self::Halt } else { Self::Tick }
    }
}

/// Content of a HighspeedLinkNotification (electronicvisions haldls: src/haldls/vx/event.cpp).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LinkNotification(pub u8);

impl LinkNotification {
    /// PHY `phy` (0..=7) came up.
    #[must_use]
    pub const fn up(phy: u8) -> Self {
        Self((phy & 7) << 5 | 0x10)
    }

    /// Number of the PHY, 0..=7.
    #[must_use]
    pub const fn phy(self) -> u8 {
        self.0 >> 5
    }

    /// Whether the notification says that the link came up.
    #[must_use]
    pub const fn is_up(self) -> bool {
        self.0 & 0x10 != 0
    }

    /// Whether one of the error bits (check error, CRC recover, CRC error, decode error) is set.
    #[must_use]
    pub const fn has_error(self) -> bool {
        self.0 & 0x0f != 0
    }
}

impl FieldValue for LinkNotification {
    #[inline(always)]
    fn to_bits(self) -> u64 {
        u64::from(self.0)
    }
    #[inline(always)]
    fn from_bits(bits: u64) -> Self {
        Self(bits as u8)
    }
}

/// One part of a composite field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldRow {
    /// Name of the field.
    pub name: &'static str,
    /// Position of its least significant bit.
    pub lsb: u32,
    /// Number of bits.
    pub width: u32,
    /// What the field means.
    pub meaning: &'static str,
}

impl FieldRow {
    /// All ones over the width of the field, right aligned.
    #[must_use]
    pub const fn mask(&self) -> u64 {
        mask(self.width)
    }
}

/// `width` ones, right aligned (`width` <= 64).
#[inline(always)]
#[must_use]
pub const fn mask(width: u32) -> u64 {
    if width == 0 { 0 } else { u64::MAX >> (64 - width) }
}

macro_rules! layouts {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident $table:ident { $( $field:ident: $type:ty = [$lsb:literal, $width:literal] $meaning:literal, )* }
    )*) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub struct $name {
            $( #[doc = $meaning] pub $field: $type, )*
        }

        impl FieldValue for $name {
            #[inline(always)]
            fn to_bits(self) -> u64 {
                0 $( | (self.$field.to_bits() & mask($width)) << $lsb )*
            }
            #[inline(always)]
            fn from_bits(bits: u64) -> Self {
                Self { $( $field: <$type as FieldValue>::from_bits(bits >> $lsb & mask($width)), )* }
            }
        }

        #[doc = concat!("Parts of [`", stringify!($name), "`], 24 bits.")]
        pub const $table: &[FieldRow] =
            &[$( FieldRow { name: stringify!($field), lsb: $lsb, width: $width, meaning: $meaning } ),*];
    )*};
}

layouts! {
    /// A spike as it arrives at the host.
    Spike SPIKE_LAYOUT {
        label: u16 = [0, 16] "Spike label (bits 15..14 = SPL1 address; bits 0..13 = neuron label)",
        timestamp: u8 = [16, 8] "Low 8 bits of the chip systime (250 MHz ticks)",
    }
    /// An MADC sample as it arrives at the host. Bits 11..15 of the wire format carry nothing and are sent as zero.
    Sample SAMPLE_LAYOUT {
        value: u16 = [0, 10] "MADC value",
        channel: u8 = [10, 1] "MADC channel (0/1)",
        timestamp: u8 = [16, 8] "Low 8 bits of the chip systime (250 MHz ticks)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composite_fields_follow_the_layout() {
        let spike = Spike { label: 0x1234, timestamp: 0x56 };
        assert_eq!(spike.to_bits(), 0x56_1234);
        assert_eq!(Spike::from_bits(0x56_1234), spike);
        let sample = Sample { value: 0x155, channel: 1, timestamp: 0x21 };
        assert_eq!(sample.to_bits(), 0x21_0555);
        assert_eq!(Sample::from_bits(0x21_f955), Sample { value: 0x155, channel: 0, timestamp: 0x21 });
    }

    #[test]
    fn notification_of_a_link_that_comes_up() {
        assert_eq!(LinkNotification::up(0).0, 0x10);
        assert_eq!(LinkNotification::up(7).0, 0xf0);
        assert_eq!(LinkNotification::up(3).phy(), 3);
        assert!(LinkNotification::up(3).is_up() && !LinkNotification::up(3).has_error());
        assert!(LinkNotification(0x04).has_error());
    }
}
