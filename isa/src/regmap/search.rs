//! Containers, coordinates and values by the names a person types.
//!
//! Everything the command line needs of the register map: names with suggestions, coordinates such as `b=1,n=17`,
//! assignments such as `address_out=17`, and the writes that set a container.

use super::value::{lookup, slice};
use super::{Bits, CONTAINERS, Container, Field, RangeError, Value};

/// What is wrong with something typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// No container of that name.
    #[error("there is no container `{name}`{}", hint(suggestion))]
    UnknownContainer {
        /// What was typed.
        name: String,
        /// The nearest name.
        suggestion: Option<String>,
    },
    /// No value of that name.
    #[error("{container} has no field `{name}`{}", hint(suggestion))]
    UnknownField {
        /// Container.
        container: &'static str,
        /// What was typed.
        name: String,
        /// The nearest name.
        suggestion: Option<String>,
    },
    /// A coordinate with a key that its type does not have.
    #[error("{container} has no coordinate `{key}`; write {form}")]
    UnknownKey {
        /// Container.
        container: &'static str,
        /// What was typed.
        key: String,
        /// How the coordinate is written.
        form: String,
    },
    /// A coordinate without one of its keys.
    #[error("{container} needs the coordinate `{key}`; write {form}")]
    MissingKey {
        /// Container.
        container: &'static str,
        /// The key.
        key: &'static str,
        /// How the coordinate is written.
        form: String,
    },
    /// A position outside its axis.
    #[error("{container}: {key}={value} is out of range, {allowed} are allowed")]
    KeyRange {
        /// Container.
        container: &'static str,
        /// The key.
        key: &'static str,
        /// What was typed.
        value: u64,
        /// What may be typed.
        allowed: String,
    },
    /// A key or field given more than once.
    #[error("`{0}` is given twice")]
    Twice(String),
    /// Something that is neither a number nor a flag.
    #[error("`{0}` is no number (decimal, 0x hexadecimal, true or false)")]
    NotANumber(String),
    /// No `=` where one is needed.
    #[error("`{0}` is not of the form NAME=VALUE")]
    NotAnAssignment(String),
    /// A value outside its field.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// A container that cannot be written over the Omnibus.
    #[error("{container} is not on the Omnibus but behind another port: {port} ({payload})")]
    NotOnOmnibus {
        /// Container.
        container: &'static str,
        /// Its port.
        port: &'static str,
        /// Shape of its payload.
        payload: &'static str,
    },
    /// A container that software can only read.
    #[error("{0} can only be read")]
    ReadOnly(&'static str),
}

/// One bus write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Write {
    /// Omnibus word address.
    pub address: u32,
    /// Data word.
    pub data: u32,
    /// Bit i guards data bits 8i+7..8i.
    pub byte_enables: u8,
}

/// Byte enables of a whole word.
pub const ALL_BYTES: u8 = 0xf;

fn hint(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// Position of the container called `name`, upper and lower case not told apart.
///
/// # Errors
/// With the nearest name, if there is none.
pub fn find(name: &str) -> Result<usize, SearchError> {
    let found = CONTAINERS.iter().position(|container| container.name.eq_ignore_ascii_case(name));
    found.ok_or_else(|| {
        let suggestion = nearest(name, CONTAINERS.iter().map(|container| container.name.to_owned()));
        SearchError::UnknownContainer { name: name.to_owned(), suggestion }
    })
}

/// The instance meant by `text`: `key=value,...` with every key of the coordinate once, in any order; a bare number where
/// there is one key; `-` where there is none.
///
/// # Errors
/// If a key is unknown, missing or given twice, or its value is no number or out of range.
pub fn parse_coordinate(container: &Container, text: &str) -> Result<u64, SearchError> {
    let axes = container.coordinate.axes;
    let mut positions: Vec<Option<u32>> = vec![None; axes.len()];
    let text = text.trim();
    for pair in text.split(',').filter(|_| text != "-" && !text.is_empty()) {
        let (key, value) = match (pair.split_once('='), axes) {
            (Some((key, value)), _) => (key.trim(), value.trim()),
            (None, [only]) => (only.key, pair.trim()),
            (None, _) => return Err(unknown_key(container, pair)),
        };
        let axis = axes.iter().position(|axis| key == axis.key || key.eq_ignore_ascii_case(axis.name));
        let axis = axis.ok_or_else(|| unknown_key(container, key))?;
        let value = parse_number(value).ok_or_else(|| SearchError::NotANumber(value.to_owned()))?;
        let position = axes[axis].index(value).ok_or_else(|| out_of_axis(container, axis, value))?;
        if positions[axis].replace(position).is_some() {
            return Err(SearchError::Twice(axes[axis].key.to_owned()));
        }
    }
    let missing = |(position, axis): (&Option<u32>, &super::Axis)| {
        let form = coordinate_form(container);
        position.ok_or(SearchError::MissingKey { container: container.name, key: axis.key, form })
    };
    let positions: Vec<u32> = positions.iter().zip(axes).map(missing).collect::<Result<_, _>>()?;
    Ok(container.coordinate.join(&positions))
}

/// How a coordinate of this container is written, with the allowed ranges.
#[must_use]
pub fn coordinate_form(container: &Container) -> String {
    if container.coordinate.axes.is_empty() {
        return "`-`".to_owned();
    }
    let axes = container.coordinate.axes.iter();
    let keys: Vec<String> = axes.map(|axis| format!("{}={}", axis.key, allowed(axis, ".."))).collect();
    format!("`{}`", keys.join(","))
}

fn unknown_key(container: &Container, key: &str) -> SearchError {
    let form = coordinate_form(container);
    SearchError::UnknownKey { container: container.name, key: key.to_owned(), form }
}

fn out_of_axis(container: &Container, axis: usize, value: u64) -> SearchError {
    let axis = &container.coordinate.axes[axis];
    SearchError::KeyRange { container: container.name, key: axis.key, value, allowed: allowed(axis, " to ") }
}

/// The values of an axis: first and last with `to` between them, or a list.
fn allowed(axis: &super::Axis, to: &str) -> String {
    if axis.values.is_empty() {
        return format!("0{to}{}", axis.count - 1);
    }
    axis.values.iter().map(u32::to_string).collect::<Vec<_>>().join("|")
}

/// The value called `name` of container number `container`: a field of the table, the joined name of split fields, or
/// `field@word` where two words use the same name.
///
/// # Errors
/// With the nearest name, if there is none.
pub fn find_value(container: usize, name: &str) -> Result<Value, SearchError> {
    let unknown = || {
        let Container { name: container, fields, .. } = CONTAINERS[container];
        let joined = fields.iter().filter_map(|field| slice(field.name)).map(|(stem, _)| stem);
        let names = joined.chain(fields.iter().map(|field| field.name)).map(str::to_owned);
        SearchError::UnknownField { container, name: name.to_owned(), suggestion: nearest(name, names) }
    };
    lookup(container, name).ok_or_else(unknown)
}

/// A value and what it is to hold, from `NAME=VALUE`; checked against the range of the value.
///
/// # Errors
/// If there is no such value, or the number is none or does not fit.
pub fn parse_assignment(container: usize, text: &str) -> Result<(Value, i64), SearchError> {
    let (name, number) = text.split_once('=').ok_or_else(|| SearchError::NotAnAssignment(text.to_owned()))?;
    let value = find_value(container, name.trim())?;
    let number = number.trim();
    let to = parse_signed(number).ok_or_else(|| SearchError::NotANumber(number.to_owned()))?;
    value.check(to)?;
    Ok((value, to))
}

/// The writes that set one instance of a container, in the order they must be sent; values not assigned take the
/// configuration default.
///
/// # Errors
/// If the container cannot be written over the Omnibus, a value is assigned twice or does not fit.
pub fn encode(
    container: usize,
    instance: u64,
    assignments: &[(Value, i64)],
) -> Result<Vec<Write>, SearchError> {
    let row = &CONTAINERS[container];
    if let super::Location::Port { name, payload } = row.location {
        return Err(SearchError::NotOnOmnibus { container: row.name, port: name, payload });
    }
    if !row.writable() {
        return Err(SearchError::ReadOnly(row.name));
    }
    let mut words = row.default_words();
    for (i, (value, to)) in assignments.iter().enumerate() {
        if assignments[..i].iter().any(|(earlier, _)| earlier == value) {
            return Err(SearchError::Twice(value.name().to_owned()));
        }
        value.try_set(&mut words, *to)?;
    }
    let write = |word: u8| {
        let address = row.address(instance, word.into())?;
        Some(place_byte(
            row,
            instance,
            Write { address, data: words[word as usize], byte_enables: ALL_BYTES },
        ))
    };
    Ok(row.write_order().filter_map(write).collect())
}

/// Moves the byte of a byte-wise container into its lane: byte a of a memory is data bits 31-8*(a%4)..24-8*(a%4).
fn place_byte(container: &Container, instance: u64, write: Write) -> Write {
    let is_byte = |field: &Field| field.bits == Bits::ByteOfAddress;
    if !container.fields.iter().any(is_byte) {
        return write;
    }
    let lane = 3 - (instance % 4) as u32;
    Write { data: write.data << (8 * lane), byte_enables: 1 << lane, ..write }
}

/// A number that may be negative, or a flag.
fn parse_signed(text: &str) -> Option<i64> {
    match text {
        "true" => Some(1),
        "false" => Some(0),
        _ => match text.strip_prefix('-') {
            Some(digits) => parse_number(digits).and_then(|number| 0i64.checked_sub_unsigned(number)),
            None => parse_number(text).and_then(|number| i64::try_from(number).ok()),
        },
    }
}

/// A number without sign: decimal or 0x hexadecimal, `_` allowed between digits.
fn parse_number(text: &str) -> Option<u64> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = hex.map_or((text, 10), |digits| (digits, 16));
    if !digits.starts_with(|c: char| c.is_digit(radix)) {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

/// The name closest to what was typed, if one is close.
#[must_use]
pub fn nearest(typed: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let typed = typed.to_ascii_lowercase();
    let scored = names.map(|name| (distance(&typed, &name.to_ascii_lowercase()), name));
    let (score, name) = scored.min_by_key(|(score, _)| *score)?;
    (score <= 2.max(typed.len() / 3)).then_some(name)
}

/// Edit distance: insertions, deletions and substitutions from one name to the other.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.bytes().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (k, b) in to.bytes().enumerate() {
            let substituted = diagonal + usize::from(a != b);
            diagonal = row[k + 1];
            row[k + 1] = substituted.min(diagonal + 1).min(row[k] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(name: &str) -> &'static Container {
        &CONTAINERS[find(name).unwrap()]
    }

    fn coordinate(name: &str, text: &str) -> Result<u64, String> {
        parse_coordinate(at(name), text).map_err(|error| error.to_string())
    }

    fn writes(name: &str, at_text: &str, assignments: &[&str]) -> Result<Vec<(u32, u32, u8)>, String> {
        let index = find(name).map_err(|error| error.to_string())?;
        let instance = coordinate(name, at_text)?;
        let assignments: Result<Vec<_>, _> =
            assignments.iter().map(|text| parse_assignment(index, text)).collect();
        let writes = assignments.and_then(|assignments| encode(index, instance, &assignments));
        let plain = |write: &Write| (write.address, write.data, write.byte_enables);
        writes.map(|writes| writes.iter().map(plain).collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn containers_are_found_in_any_case_and_suggested() {
        assert_eq!(find("neuronconfig"), find("NeuronConfig"));
        let error = |name| find(name).unwrap_err().to_string();
        assert_eq!(error("NeuronConfg"), "there is no container `NeuronConfg`; did you mean `NeuronConfig`?");
        assert_eq!(error("capmemcel"), "there is no container `capmemcel`; did you mean `CapMemCell`?");
        assert_eq!(error("zzzzzzzz"), "there is no container `zzzzzzzz`");
    }

    #[test]
    fn coordinates_are_read_in_any_order() {
        assert_eq!(coordinate("NeuronConfig", "b=1,n=17"), Ok(145));
        assert_eq!(coordinate("NeuronConfig", "n=0x11, block=1"), Ok(145));
        assert_eq!(coordinate("SynapseQuad", "s=1,row=255,q=63"), Ok(32767));
        assert_eq!(coordinate("CapMemCell", "b=1,c=129,r=2"), Ok(3120 + 260 + 129));
        assert_eq!(coordinate("CADCSampleQuad", "s=1,t=1,u=1,row=0,q=0"), Ok(65536 + 32768 + 16384));
        assert_eq!(coordinate("CrossbarNode", "75"), Ok(75));
        assert_eq!(coordinate("SPIPort", "c=4"), Ok(2));
        assert_eq!(coordinate("MADCConfig", "-"), Ok(0));
    }

    #[test]
    fn coordinates_say_what_is_wrong() {
        let error = |name, text| coordinate(name, text).unwrap_err();
        assert_eq!(
            error("NeuronConfig", "b=1"),
            "NeuronConfig needs the coordinate `n`; write `b=0..3,n=0..127`"
        );
        assert_eq!(
            error("NeuronConfig", "-"),
            "NeuronConfig needs the coordinate `b`; write `b=0..3,n=0..127`"
        );
        assert_eq!(
            error("NeuronConfig", "b=1,x=1"),
            "NeuronConfig has no coordinate `x`; write `b=0..3,n=0..127`"
        );
        assert_eq!(
            error("NeuronConfig", "b=1,n=128"),
            "NeuronConfig: n=128 is out of range, 0 to 127 are allowed"
        );
        assert_eq!(error("SPIPort", "c=3"), "SPIPort: c=3 is out of range, 1|2|4 are allowed");
        assert_eq!(error("MADCConfig", "b=0"), "MADCConfig has no coordinate `b`; write `-`");
        assert_eq!(error("NeuronConfig", "b=1,b=2"), "`b` is given twice");
        assert_eq!(error("NeuronConfig", "b=x"), "`x` is no number (decimal, 0x hexadecimal, true or false)");
    }

    #[test]
    fn every_instance_is_written_and_read_back() {
        for container in CONTAINERS {
            let count = container.instance_count();
            for instance in [0, 1, count / 3, count / 2, count - 1].into_iter().filter(|i| *i < count) {
                let text = container.coordinate.format(instance);
                assert_eq!(parse_coordinate(container, &text), Ok(instance), "{} {text}", container.name);
            }
        }
    }

    #[test]
    fn a_container_is_encoded_with_its_defaults() {
        let expected =
            [(0x1a9010, 0xea, 15), (0x1a9011, 0xdf, 15), (0x1a9012, 0xbc, 15), (0x1a9013, 0x10, 15)];
        let encoded = writes("NeuronBackendConfig", "w=1,m=4", &["address_out=86", "enable_spike_out=true"]);
        assert_eq!(encoded.as_deref(), Ok(&expected[..]));
    }

    #[test]
    fn the_enable_of_a_background_source_comes_last() {
        let encoded = writes("BackgroundSpikeSource", "g=0", &["enable=1", "seed=0xff", "period=5"]);
        assert_eq!(encoded, Ok(vec![(0x130002, 0xff, 15), (0x130003, 0, 15), (0x130001, 0x5_0001, 15)]));
    }

    #[test]
    fn a_byte_goes_to_its_lane() {
        let encoded = writes("ExternalPPUMemoryByte", "a=5", &["value=0xab"]);
        assert_eq!(encoded, Ok(vec![(0x80000001, 0x00ab_0000, 0b0100)]));
    }

    #[test]
    fn signed_and_single_slices_are_accepted() {
        assert_eq!(
            writes("CADCChannelConfig", "s=0,t=0,c=0", &["offset=-128"]),
            Ok(vec![(0x02400800, 0, 15)])
        );
        let slice = writes("NeuronBackendConfig", "w=0,m=0", &["address_out[1:0]=3"]).unwrap();
        assert_eq!((slice[0].1, slice[1].1), (0xff, 0xcf));
    }

    #[test]
    fn assignments_say_what_is_wrong() {
        let error = |name, at, field| writes(name, at, &[field]).unwrap_err();
        assert_eq!(
            error("NeuronConfig", "b=0,n=0", "enable_fyre=1"),
            "NeuronConfig has no field `enable_fyre`; did you mean `enable_fire`?"
        );
        assert_eq!(
            error("NeuronConfig", "b=0,n=0", "membrane_capacitor_size=64"),
            "NeuronConfig.membrane_capacitor_size=64 is out of range, 0 to 63 are allowed"
        );
        assert_eq!(
            error("ADPLL", "a=0", "pre_div_p0=0"),
            "ADPLL.pre_div_p0=0 is out of range, 1 to 4 are allowed"
        );
        assert_eq!(error("ADPLL", "a=0", "tune"), "`tune` is not of the form NAME=VALUE");
        assert_eq!(
            error("ADPLL", "a=0", "tune="),
            "`` is no number (decimal, 0x hexadecimal, true or false)"
        );
        assert_eq!(error("SpikeCounterRead", "w=0,m=0", "count=1"), "SpikeCounterRead can only be read");
        assert_eq!(
            error("PhyConfigChip", "p=0", "vbias=1"),
            "PhyConfigChip is not on the Omnibus but behind another port: JTAG PHY register \
             (JTAG instruction (1<<6)|((7-p)<<3)|4, 22-bit data)"
        );
        let twice = writes("ADPLL", "a=0", &["tune=1", "tune=2"]);
        assert_eq!(twice, Err("`tune` is given twice".to_owned()));
    }

    #[test]
    fn numbers_are_decimal_or_hexadecimal() {
        assert_eq!(
            ["17", "0x2C00000", "1_000", "0x8800_0000"].map(parse_number),
            [17, 0x2c00000, 1000, 0x88000000].map(Some)
        );
        assert_eq!(["-128", "true", "0x7f"].map(parse_signed), [-128, 1, 127].map(Some));
        for text in ["-1", "0x", "", "12z", "+1", "_1", "99999999999999999999"] {
            assert_eq!(parse_number(text), None, "{text}");
        }
    }

    #[test]
    fn distances() {
        assert_eq!((distance("", "abc"), distance("kitten", "sitting"), distance("same", "same")), (3, 3, 0));
    }
}
