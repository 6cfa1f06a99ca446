//! Where the words of a container are: base addresses and strides as data, and the address they give.
//!
//! An address is `base[k] + steps + word`, where `k` and the steps come from digits of the instance number. A container
//! whose words follow different rules has two segments. Containers outside the Omnibus only name their port.

use super::coordinate::CoordinateType;

/// Segments a container may have.
const SEGMENTS: usize = 2;
/// Digits that pick the base, and digits that step from it.
const DIGITS: usize = 3;

/// One digit of an instance number, `instance / divisor % modulus`, and what it is multiplied with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digit {
    /// Weight of the digit in the instance number.
    pub divisor: u32,
    /// Number of values.
    pub modulus: u32,
    /// Addresses (or bases) per unit.
    pub factor: u32,
}

impl Digit {
    const NONE: Digit = Digit { divisor: 1, modulus: 1, factor: 0 };

    /// This digit's contribution for an instance.
    #[must_use]
    #[inline]
    pub const fn of(self, instance: u32) -> u32 {
        instance / self.divisor % self.modulus * self.factor
    }
}

/// Some consecutive words of a container that share one address rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Base addresses in the order of the register map.
    pub bases: &'static [u32],
    /// First word of the container in this segment.
    pub first_word: u8,
    /// Words in this segment.
    pub words: u8,
    /// Base index per word (0: all words share a base).
    pub bases_per_word: u32,
    /// Addresses per word (0 where every word has its own base).
    pub word_step: u32,
    /// Constant distance from the base.
    pub offset: u32,
    /// Digits that pick the base.
    pub base_digits: [Digit; DIGITS],
    /// Digits that step from the base.
    pub step_digits: [Digit; DIGITS],
    /// Distances at which the same registers appear again (ports that encode options in the address).
    pub repeats: &'static [u32],
    /// Instances that share one word (4 where an instance is a byte).
    pub instances_per_word: u32,
}

impl Segment {
    const EMPTY: Segment = Segment {
        bases: &[],
        first_word: 0,
        words: 0,
        bases_per_word: 0,
        word_step: 1,
        offset: 0,
        base_digits: [Digit::NONE; DIGITS],
        step_digits: [Digit::NONE; DIGITS],
        repeats: &[],
        instances_per_word: 1,
    };

    /// Address of a word counted from `first_word`. The arguments must be in range.
    #[inline]
    const fn address(&self, instance: u32, word: u32) -> u32 {
        let mut base = word * self.bases_per_word;
        let mut address = self.offset + word * self.word_step;
        let mut i = 0;
        while i < DIGITS && self.base_digits[i].factor > 0 {
            base += self.base_digits[i].of(instance);
            i += 1;
        }
        i = 0;
        while i < DIGITS && self.step_digits[i].factor > 0 {
            address += self.step_digits[i].of(instance);
            i += 1;
        }
        address + self.bases[base as usize]
    }
}

/// Where a container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "constants of the register table, looked at by reference")]
pub enum Location {
    /// On the register bus.
    Omnibus {
        /// Address rules; unused segments have no words.
        segments: [Segment; SEGMENTS],
        /// Whether this is a second view of addresses that another container owns.
        alias: bool,
    },
    /// Elsewhere: which port, and how it is reached.
    Port {
        /// JTAG register, playback instruction or board device.
        name: &'static str,
        /// Shape of the payload.
        payload: &'static str,
    },
}

impl Location {
    /// Address rules; none for a port.
    pub fn segments(&self) -> impl Iterator<Item = Segment> + use<> {
        let segments = match self {
            Location::Omnibus { segments, .. } => *segments,
            Location::Port { .. } => [Segment::EMPTY; SEGMENTS],
        };
        segments.into_iter().filter(|segment| segment.words > 0)
    }

    /// Whether another container owns these addresses.
    #[must_use]
    pub const fn is_alias(&self) -> bool {
        matches!(self, Location::Omnibus { alias: true, .. })
    }

    #[inline]
    pub(super) const fn address(&self, instance: u32, word: u32) -> Option<u32> {
        let Location::Omnibus { segments, .. } = self else { return None };
        let mut i = 0;
        while i < SEGMENTS {
            let first = segments[i].first_word as u32;
            if word >= first && word < first + segments[i].words as u32 {
                return Some(segments[i].address(instance, word - first));
            }
            i += 1;
        }
        None
    }
}

/// Builds a [`Location`] for a table row; every misuse fails at compile time.
#[derive(Clone, Copy)]
pub(super) struct Omnibus {
    coordinate: CoordinateType,
    segments: [Segment; SEGMENTS],
    current: usize,
    words: u8,
    order: &'static [u8],
    alias: bool,
}

/// Starts the location of a container with `words` words at these bases (order of the register map).
pub(super) const fn at(coordinate: CoordinateType, words: u8, bases: &'static [u32]) -> Omnibus {
    let first = Segment { bases, words, ..Segment::EMPTY };
    Omnibus { coordinate, segments: [first, Segment::EMPTY], current: 0, words, order: &[], alias: false }
}

impl Omnibus {
    /// The base is picked by this axis.
    pub(super) const fn by(self, axis: &str) -> Self {
        self.by_weighted(axis, 1)
    }

    /// The base index grows by `weight` per unit of this axis.
    pub(super) const fn by_weighted(self, axis: &str, weight: u32) -> Self {
        self.base_digit(Digit {
            divisor: self.coordinate.weight(axis),
            modulus: self.coordinate.count(axis),
            factor: weight,
        })
    }

    /// The base index grows by one per `size` units of this axis.
    pub(super) const fn by_group(self, axis: &str, size: u32) -> Self {
        self.base_digit(Digit {
            divisor: self.coordinate.weight(axis) * size,
            modulus: self.coordinate.count(axis) / size,
            factor: 1,
        })
    }

    /// The address grows by `step` per unit of this axis.
    pub(super) const fn step(self, axis: &str, step: u32) -> Self {
        self.step_digit(Digit {
            divisor: self.coordinate.weight(axis),
            modulus: self.coordinate.count(axis),
            factor: step,
        })
    }

    /// The address grows by `step` per unit of this axis and starts again every `size` units.
    pub(super) const fn step_in_group(self, axis: &str, size: u32, step: u32) -> Self {
        self.step_digit(Digit { divisor: self.coordinate.weight(axis), modulus: size, factor: step })
    }

    /// `count` consecutive units of this axis share an address.
    pub(super) const fn shared_by(self, axis: &str, count: u32) -> Self {
        let mut this = self.step_digit(Digit {
            divisor: self.coordinate.weight(axis) * count,
            modulus: self.coordinate.count(axis) / count,
            factor: 1,
        });
        this.segments[this.current].instances_per_word = count;
        this
    }

    /// Registers start this far behind the base.
    pub(super) const fn offset(mut self, offset: u32) -> Self {
        self.segments[self.current].offset = offset;
        self
    }

    /// Words are this far apart.
    pub(super) const fn word_step(mut self, step: u32) -> Self {
        self.segments[self.current].word_step = step;
        self
    }

    /// Every word has its own `count` bases.
    pub(super) const fn bases_per_word(mut self, count: u32) -> Self {
        self.segments[self.current].bases_per_word = count;
        self.segments[self.current].word_step = 0;
        self
    }

    /// The words from `first_word` on follow another rule, which the next calls describe.
    pub(super) const fn then(mut self, first_word: u8, bases: &'static [u32]) -> Self {
        let words = self.segments[self.current].words - first_word;
        self.segments[self.current].words = first_word;
        self.current += 1;
        self.segments[self.current] = Segment { bases, first_word, words, ..Segment::EMPTY };
        self
    }

    /// The registers appear again at these distances.
    pub(super) const fn repeated_at(mut self, repeats: &'static [u32]) -> Self {
        self.segments[self.current].repeats = repeats;
        self
    }

    /// These addresses belong to another container; this one is a second view of them.
    pub(super) const fn alias(mut self) -> Self {
        self.alias = true;
        self
    }

    /// Words must be sent in this order.
    pub(super) const fn order(mut self, order: &'static [u8]) -> Self {
        self.order = order;
        self
    }

    pub(super) const fn coordinate(&self) -> CoordinateType {
        self.coordinate
    }

    pub(super) const fn words(&self) -> u8 {
        self.words
    }

    pub(super) const fn write_order(&self) -> &'static [u8] {
        self.order
    }

    /// The finished location.
    pub(super) const fn build(self) -> Location {
        Location::Omnibus { segments: self.segments, alias: self.alias }
    }

    const fn base_digit(mut self, digit: Digit) -> Self {
        let i = free(&self.segments[self.current].base_digits);
        self.segments[self.current].base_digits[i] = digit;
        self
    }

    const fn step_digit(mut self, digit: Digit) -> Self {
        let i = free(&self.segments[self.current].step_digits);
        self.segments[self.current].step_digits[i] = digit;
        self
    }
}

/// Index of the first unused digit.
const fn free(digits: &[Digit; DIGITS]) -> usize {
    let mut i = 0;
    while digits[i].factor != 0 {
        i += 1;
    }
    i
}
