//! Named values inside a container's words, resolved at compile time.
//!
//! A value is one field or the join of the fields that hold its slices: `address_out` is `address_out[7:2]` of word 0 and
//! `address_out[1:0]` of word 1. With [`field!`](crate::field) the look-up is a constant; a misspelled name does not compile.

use super::container::{Access, Bits, Container, Field};
use super::encoding::{Encoding, mask, word_from_bus, word_to_bus};
use super::{CONTAINERS, position, same};

/// Fields one value may be split into.
const PARTS: usize = 2;

/// A value that does not fit its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{container}.{name}={value} is out of range, {low} to {high} are allowed")]
pub struct RangeError {
    /// Container.
    pub container: &'static str,
    /// Value name.
    pub name: &'static str,
    /// What was given.
    pub value: i64,
    /// Smallest allowed.
    pub low: i64,
    /// Largest allowed.
    pub high: i64,
}

/// One field of a value: its bits, and where they go in the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    word: u8,
    shift: u8,
    width: u8,
    /// Lowest bit of the value that this part holds.
    at: u8,
    encoding: Encoding,
}

impl Part {
    const NONE: Part = Part { word: 0, shift: 0, width: 0, at: 0, encoding: Encoding::Plain };

    const fn of(field: &Field, at: u8) -> Part {
        Part {
            word: field.frame_word() as u8,
            shift: field.shift() as u8,
            width: field.bits.width() as u8,
            at,
            encoding: field.encoding,
        }
    }

    #[inline]
    const fn get(&self, words: &[u32]) -> u64 {
        let mut word = words[self.word as usize];
        if matches!(self.encoding, Encoding::Gray2Bin) {
            word = word_from_bus(word);
        }
        let value = self.encoding.decode(word >> self.shift, self.width as u32);
        (value as u64) << self.at
    }

    #[inline]
    const fn set(&self, words: &mut [u32], value: u64) {
        let gray = matches!(self.encoding, Encoding::Gray2Bin);
        let old = words[self.word as usize];
        let old = if gray { word_from_bus(old) } else { old };
        let raw = self.encoding.encode((value >> self.at) as u32, self.width as u32) << self.shift;
        let new = old & !(mask(self.width as u32) << self.shift) | raw;
        words[self.word as usize] = if gray { word_to_bus(new) } else { new };
    }
}

/// A named value of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value {
    container: u8,
    name: &'static str,
    parts: [Part; PARTS],
    count: u8,
    width: u8,
    access: Access,
    default: u64,
}

impl Value {
    /// The container it belongs to.
    #[must_use]
    pub const fn container(&self) -> &'static Container {
        &CONTAINERS[self.container as usize]
    }

    /// Position of its container in the register map.
    #[must_use]
    #[inline]
    pub const fn container_index(&self) -> usize {
        self.container as usize
    }

    /// Its name, without the slice of a split field.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Bits of the value.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width as u32
    }

    /// First word it lies in.
    #[must_use]
    pub const fn word(&self) -> usize {
        self.parts[0].word as usize
    }

    /// Bits it occupies in word `word` of the container.
    #[must_use]
    pub const fn word_mask(&self, word: usize) -> u32 {
        let mut bits = 0;
        let mut i = 0;
        while i < self.count as usize {
            if self.parts[i].word as usize == word {
                bits |= mask(self.parts[i].width as u32) << self.parts[i].shift;
            }
            i += 1;
        }
        bits
    }

    /// Hardware access.
    #[must_use]
    pub const fn access(&self) -> Access {
        self.access
    }

    /// What a default-constructed container of the chip's software holds.
    #[must_use]
    pub const fn default(&self) -> u64 {
        self.default
    }

    /// Whether it is signed.
    #[must_use]
    pub const fn signed(&self) -> bool {
        matches!(self.parts[0].encoding, Encoding::Offset128)
    }

    /// Smallest and largest value.
    #[must_use]
    pub const fn range(&self) -> (i64, i64) {
        if self.count == 1 {
            return self.parts[0].encoding.range(self.parts[0].width as u32);
        }
        (0, (1 << self.width) - 1)
    }

    /// The value held by the words of one instance; the low 32 bits of wider ones ([`Value::get_wide`]).
    /// Signed values come in two's complement.
    ///
    /// # Panics
    /// If `words` is shorter than the container.
    #[must_use]
    #[inline]
    pub const fn get(&self, words: &[u32]) -> u32 {
        self.get_wide(words) as u32
    }

    /// The value as a flag: anything but 0.
    #[must_use]
    #[inline]
    pub const fn is_set(&self, words: &[u32]) -> bool {
        self.get(words) != 0
    }

    /// The signed value.
    #[must_use]
    #[inline]
    pub const fn get_signed(&self, words: &[u32]) -> i32 {
        self.get(words) as i32
    }

    /// The value, up to 64 bits wide.
    #[must_use]
    #[inline]
    pub const fn get_wide(&self, words: &[u32]) -> u64 {
        let mut value = 0;
        let mut i = 0;
        while i < self.count as usize {
            value |= self.parts[i].get(words);
            i += 1;
        }
        value
    }

    /// Stores `value` in the words of one instance; bits that do not fit are dropped.
    ///
    /// # Panics
    /// If `words` is shorter than the container.
    #[inline]
    pub const fn set(&self, words: &mut [u32], value: u32) {
        self.set_wide(words, value as u64);
    }

    /// Stores a value up to 64 bits wide; bits that do not fit are dropped.
    #[inline]
    pub const fn set_wide(&self, words: &mut [u32], value: u64) {
        let mut i = 0;
        while i < self.count as usize {
            self.parts[i].set(words, value);
            i += 1;
        }
    }

    /// Stores `value` if it fits.
    ///
    /// # Errors
    /// If it is outside [`Value::range`].
    pub fn try_set(&self, words: &mut [u32], value: i64) -> Result<(), RangeError> {
        self.check(value)?;
        self.set_wide(words, value as u64);
        Ok(())
    }

    /// Refuses what does not fit.
    ///
    /// # Errors
    /// If `value` is outside [`Value::range`].
    pub fn check(&self, value: i64) -> Result<(), RangeError> {
        let (low, high) = self.range();
        if value >= low && value <= high {
            return Ok(());
        }
        Err(RangeError { container: self.container().name, name: self.name, value, low, high })
    }

    const fn single(container: usize, field: &Field) -> Value {
        let parts = [Part::of(field, 0), Part::NONE];
        let width = field.encoding.value_width(field.bits.width());
        Value {
            container: container as u8,
            name: field.name,
            parts,
            count: if matches!(field.bits, Bits::None) { 0 } else { 1 },
            width: width as u8,
            access: field.access,
            default: field.default,
        }
    }

    /// Adds the part that holds the bits of the value from `at` on.
    const fn joined(mut self, field: &Field, at: u8) -> Value {
        self.parts[self.count as usize] = Part::of(field, at);
        self.count += 1;
        self.width += field.encoding.value_width(field.bits.width()) as u8;
        self.default |= field.default << at;
        self
    }
}

/// The value `name` of the container called `container`. For constants: a misspelled name does not compile.
///
/// # Panics
/// If there is no such value.
#[must_use]
pub const fn value(container: &str, name: &str) -> Value {
    match lookup(position(container), name) {
        Some(value) => value,
        None => panic!("the container has no such field"),
    }
}

/// `N` values `name[0]`, `name[1]`, ... of a container. For constants: a misspelled name does not compile.
///
/// # Panics
/// If one of them does not exist.
#[must_use]
pub const fn values<const N: usize>(container: &str, name: &str) -> [Value; N] {
    let container = position(container);
    let mut values = [Value::single(0, &CONTAINERS[0].fields[0]); N];
    let mut i = 0;
    while i < N {
        values[i] = match lookup_indexed(container, name, i) {
            Some(value) => value,
            None => panic!("the container has no such field"),
        };
        i += 1;
    }
    values
}

/// The value `name` of container number `container`: a field, `field@word` where two words use the same name, or the
/// joined name of split fields. Spaces are ignored.
pub(super) const fn lookup(container: usize, name: &str) -> Option<Value> {
    let fields = CONTAINERS[container].fields;
    let mut join: Option<Value> = None;
    let mut i = 0;
    while i < fields.len() {
        let field = &fields[i];
        if same(field.name, name) || same_at_word(field, name) {
            return Some(Value::single(container, field));
        }
        if let Some((stem, at)) = slice(field.name)
            && same(stem, name)
        {
            let value = match join {
                Some(value) => value,
                None => {
                    Value { name: stem, count: 0, width: 0, default: 0, ..Value::single(container, field) }
                }
            };
            join = Some(value.joined(field, at));
        }
        i += 1;
    }
    join
}

/// The field `name[index]` of container number `container`.
const fn lookup_indexed(container: usize, name: &str, index: usize) -> Option<Value> {
    let fields = CONTAINERS[container].fields;
    let mut i = 0;
    while i < fields.len() {
        if let Some((stem, found)) = suffix(fields[i].name, b'[', b']')
            && found == index
            && same(stem, name)
        {
            return Some(Value::single(container, &fields[i]));
        }
        i += 1;
    }
    None
}

/// Whether `name` is `field@word`.
const fn same_at_word(field: &Field, name: &str) -> bool {
    match suffix(name, b'@', b' ') {
        Some((stem, word)) => word == field.word as usize && same(field.name, stem),
        None => false,
    }
}

/// `stem` and lowest bit of a name such as `address_out[7:2]`.
pub(super) const fn slice(name: &str) -> Option<(&str, u8)> {
    match suffix(name, b':', b']') {
        Some((head, low)) => match suffix(head, b'[', b' ') {
            Some((stem, _)) => Some((stem, low as u8)),
            None => None,
        },
        None => None,
    }
}

/// Splits `stem<mark>123<end>` into stem and number; a blank `end` stands for none.
const fn suffix(name: &str, mark: u8, end: u8) -> Option<(&str, usize)> {
    let bytes = name.as_bytes();
    let mut i = bytes.len();
    if end != b' ' {
        if i == 0 || bytes[i - 1] != end {
            return None;
        }
        i -= 1;
    }
    let (mut number, mut weight) = (0, 1);
    while i > 0 && bytes[i - 1].is_ascii_digit() {
        number += (bytes[i - 1] - b'0') as usize * weight;
        weight *= 10;
        i -= 1;
    }
    if weight == 1 || i == 0 || bytes[i - 1] != mark {
        return None;
    }
    Some((name.split_at(i - 1).0, number))
}

/// A register value as a constant: `field!(NeuronConfig.enable_fire)`, `field!(SynapseQuad.weight[0])` or, for names that
/// are no Rust path, `field!(SynapseQuad, "weight[0]")`. A misspelled name does not compile:
///
/// ```compile_fail
/// let _ = hx_isa::field!(NeuronConfig.enable_fyre);
/// ```
#[macro_export]
macro_rules! field {
    ($container:ident, $name:literal) => {
        const { $crate::regmap::value(stringify!($container), $name) }
    };
    ($container:ident . $($name:tt)+) => {
        const { $crate::regmap::value(stringify!($container), stringify!($($name)+)) }
    };
}

/// An array of register values as a constant: `fields!(SynapseQuad.weight; 4)` is `weight[0]` to `weight[3]`.
#[macro_export]
macro_rules! fields {
    ($container:ident . $name:ident ; $count:literal) => {
        const { $crate::regmap::values::<$count>(stringify!($container), stringify!($name)) }
    };
}
