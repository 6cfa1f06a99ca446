//! Shape of the register table: containers, their fields, and what a field's columns mean.
//!
//! A *container* is one register set as the chip's software knows it (haldls), e.g. `NeuronConfig`: a few 32-bit words per
//! instance, each split into fields. The rows are in `table/`.

use super::coordinate::CoordinateType;
use super::encoding::{Encoding, mask};
use super::location::Location;

/// Whether the hardware lets software read or write a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Read only.
    R,
    /// Write only: reads do not return the stored value.
    W,
    /// Readable and writable.
    RW,
}

impl Access {
    /// `r`, `w` or `rw`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Access::R => "r",
            Access::W => "w",
            Access::RW => "rw",
        }
    }

    /// Whether software can read it back.
    #[must_use]
    pub const fn readable(self) -> bool {
        !matches!(self, Access::W)
    }

    /// Whether software can write it.
    #[must_use]
    pub const fn writable(self) -> bool {
        !matches!(self, Access::R)
    }
}

/// Where in its word a field lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bits {
    /// Bits `msb..=lsb`. Payloads wider than 32 bits number on (`47..=32`); they lie in the following frame word.
    Range {
        /// Most significant bit.
        msb: u8,
        /// Least significant bit.
        lsb: u8,
    },
    /// No payload.
    None,
    /// The byte picked by the coordinate: bits `31-8*(a%4) ..= 24-8*(a%4)` of byte `a` (big endian).
    ByteOfAddress,
}

impl Bits {
    /// Width in bits.
    #[must_use]
    pub const fn width(self) -> u32 {
        match self {
            Bits::Range { msb, lsb } => (msb - lsb) as u32 + 1,
            Bits::None => 0,
            Bits::ByteOfAddress => 8,
        }
    }
}

/// One field of a container: one row of the register table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Name as in haldls; split values carry the slice they hold (`address_out[7:2]`).
    pub name: &'static str,
    /// Word of the container.
    pub word: u8,
    /// Bits of that word.
    pub bits: Bits,
    /// Hardware access.
    pub access: Access,
    /// Value (decoded) that a default-constructed container of the chip's software writes; not the chip's reset value.
    pub default: u64,
    /// How the value is stored.
    pub encoding: Encoding,
    /// Meaning and unit.
    pub meaning: &'static str,
}

impl Field {
    /// Word of the frame the field lies in: payloads wider than 32 bits continue in the next word.
    #[must_use]
    pub const fn frame_word(&self) -> usize {
        self.word as usize
            + match self.bits {
                Bits::Range { lsb, .. } => lsb as usize / 32,
                _ => 0,
            }
    }

    /// Lowest bit inside the frame word; 0 for a byte picked by the coordinate.
    #[must_use]
    pub const fn shift(&self) -> u32 {
        match self.bits {
            Bits::Range { lsb, .. } => lsb as u32 % 32,
            _ => 0,
        }
    }

    /// The bits it occupies in its frame word.
    #[must_use]
    pub const fn word_mask(&self) -> u32 {
        mask(self.bits.width()) << self.shift()
    }
}

/// One register set of the chip, the FPGA or the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Container {
    /// Name as in haldls, e.g. `NeuronConfig`.
    pub name: &'static str,
    /// What enumerates its instances.
    pub coordinate: CoordinateType,
    /// Where its words are.
    pub location: Location,
    /// 32-bit words of one instance.
    pub words: u8,
    /// Words in the order they must be sent; empty = ascending.
    pub order: &'static [u8],
    /// Its fields, by word.
    pub fields: &'static [Field],
}

impl Container {
    /// Number of instances.
    #[must_use]
    pub const fn instance_count(&self) -> u64 {
        self.coordinate.size()
    }

    /// Address of word `word` of instance `instance`, or `None` if either is out of range or the container is not on the
    /// Omnibus (JTAG registers, playback instructions, board devices).
    #[must_use]
    #[inline]
    pub const fn address(&self, instance: u64, word: u32) -> Option<u32> {
        if instance >= self.instance_count() {
            return None;
        }
        self.location.address(instance as u32, word)
    }

    /// Base addresses in the order of the register map; empty if the container is not on the Omnibus.
    pub fn base_addresses(&self) -> impl Iterator<Item = u32> + use<> {
        self.location.segments().flat_map(|segment| segment.bases.iter().copied())
    }

    /// Whether its words have Omnibus addresses.
    #[must_use]
    pub const fn on_omnibus(&self) -> bool {
        matches!(self.location, Location::Omnibus { .. })
    }

    /// Bits of `word` that belong to a field; all others are ignored on write and 0 on read.
    #[must_use]
    pub fn defined_mask(&self, word: u32) -> u32 {
        self.mask_where(word, |_| true)
    }

    /// Bits of `word` that software can write.
    #[must_use]
    pub fn write_mask(&self, word: u32) -> u32 {
        self.mask_where(word, |field| field.access.writable())
    }

    /// Bits of `word` that can be read back.
    #[must_use]
    pub fn read_mask(&self, word: u32) -> u32 {
        self.mask_where(word, |field| field.access.readable())
    }

    fn mask_where(&self, word: u32, keep: impl Fn(&Field) -> bool) -> u32 {
        let in_word = |field: &&Field| field.frame_word() == word as usize && keep(field);
        let field_mask = |field: &Field| match field.bits {
            Bits::ByteOfAddress => u32::MAX,
            _ => field.word_mask(),
        };
        self.fields.iter().filter(in_word).map(field_mask).fold(0, |mask, bits| mask | bits)
    }

    /// The words a default-constructed container of the chip's software sends.
    #[must_use]
    pub fn default_words(&self) -> Vec<u32> {
        let mut words = vec![0; self.words as usize];
        self.fill_default(&mut words);
        words
    }

    /// Writes the configuration defaults into `words` (one instance).
    pub fn fill_default(&self, words: &mut [u32]) {
        words.fill(0);
        for field in self.fields {
            let raw = field.encoding.encode(field.default as u32, field.bits.width());
            words[field.frame_word()] |= raw << field.shift();
        }
        for word in 0..self.words {
            if self.word_is_gray(word) {
                words[word as usize] = super::encoding::word_to_bus(words[word as usize]);
            }
        }
    }

    /// Whether the whole word is sent gray-decoded.
    fn word_is_gray(&self, word: u8) -> bool {
        self.fields.iter().any(|field| field.word == word && matches!(field.encoding, Encoding::Gray2Bin))
    }

    /// Words in the order they must be sent: `BackgroundSpikeSource` sends its enable word last, else the seed would not
    /// be loaded.
    pub fn write_order(&self) -> impl Iterator<Item = u8> + use<> {
        let Container { order, words, .. } = *self;
        let ascending = if order.is_empty() { 0..words } else { 0..0 };
        order.iter().copied().chain(ascending)
    }

    /// Whether software can write any field.
    #[must_use]
    pub fn writable(&self) -> bool {
        self.fields.iter().any(|field| field.access.writable())
    }

    /// Whether software can read any field back.
    #[must_use]
    pub fn readable(&self) -> bool {
        self.fields.iter().any(|field| field.access.readable())
    }
}
