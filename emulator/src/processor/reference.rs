//! Reference programs: JSON files with code, memories and bus delays for the bare core. Results a file may carry are not read.

use crate::input::{InputError, SourceText};
use hx_chip::ppu::vector::Vector;
use hx_chip::ppu::{BareMemory, BusDelays};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The keys of a file that say what to run.
#[derive(Debug, Deserialize)]
struct File {
    #[serde(default)]
    bus: BTreeMap<String, u32>,
    code: Vec<String>,
    #[serde(default)]
    memory_init: BTreeMap<String, String>,
    #[serde(default)]
    pbus_init: BTreeMap<String, String>,
}

/// A program with its surroundings.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Memories as they are before the run.
    pub memory: BareMemory,
}

/// Bytes of the core's own memory; what a program has beyond lies in plain memory outside.
const SRAM_BYTES: u32 = 0x4000;

impl Reference {
    /// Reads a reference program.
    ///
    /// # Errors
    /// At the place where the text is no JSON, or naming the key whose value does not fit.
    pub fn parse(source: &SourceText) -> Result<Reference, InputError> {
        let file: File = serde_json::from_str(&source.text).map_err(|error| InputError::Place {
            file: source.file.clone(),
            line: error.line(),
            column: error.column(),
            message: error.to_string(),
        })?;
        build(&file).map_err(|message| InputError::File { file: source.file.clone(), message })
    }
}

fn build(file: &File) -> Result<Reference, String> {
    let mut memory = BareMemory::new(BusDelays::INDEPENDENT);
    for (key, value) in &file.bus {
        set_delay(&mut memory.delays, key, *value)?;
    }
    for (index, word) in file.code.iter().enumerate() {
        put_word(&mut memory, 4 * index as u32, hex(&format!("code[{index}]"), word)?);
    }
    for (address, word) in &file.memory_init {
        let at = hex("memory_init", address)?;
        if at % 4 != 0 {
            return Err(format!("memory_init: address {address} is no multiple of 4"));
        }
        put_word(&mut memory, at, hex(&format!("memory_init[{address}]"), word)?);
    }
    for (address, value) in &file.pbus_init {
        memory.parallel.insert(hex("pbus_init", address)?, vector(&format!("pbus_init[{address}]"), value)?);
    }
    Ok(Reference { memory })
}

/// Names of the delays, as the files and `--bus` use them.
pub const DELAY_NAMES: [&str; 10] = [
    "dmem_resp",
    "vec_resp",
    "pbus_resp",
    "fetch_resp",
    "dmem_accept",
    "vec_accept",
    "pbus_accept",
    "shared",
    "shared_fetch",
    "icache",
];

/// Sets one delay by its name.
///
/// # Errors
/// When there is no such delay or the value is out of range.
pub fn set_delay(delays: &mut BusDelays, name: &str, value: u32) -> Result<(), String> {
    let response = name.ends_with("_resp");
    let highest = if response || name.ends_with("_accept") { 1000 } else { 1 };
    if value > highest || (response && value == 0) {
        return Err(format!("bus delay {name} must be in {}..={highest}, not {value}", u32::from(response)));
    }
    let (cycles, on) = (value as u16, value == 1);
    match name {
        "dmem_resp" => delays.data.response = cycles,
        "dmem_accept" => delays.data.accept = cycles,
        "vec_resp" => delays.vector.response = cycles,
        "vec_accept" => delays.vector.accept = cycles,
        "pbus_resp" => delays.parallel.response = cycles,
        "pbus_accept" => delays.parallel.accept = cycles,
        "fetch_resp" => delays.fetch_response = cycles,
        "shared" => delays.shared = on,
        "shared_fetch" => delays.shared_fetch = on,
        "icache" => delays.icache = on,
        _ => return Err(format!("no bus delay `{name}`; there are {}", DELAY_NAMES.join(", "))),
    }
    Ok(())
}

fn put_word(memory: &mut BareMemory, address: u32, word: u32) {
    if address < SRAM_BYTES {
        memory.sram.set_word(address / 4, word);
    } else {
        memory.outside.insert(address, word);
    }
}

fn hex(key: &str, digits: &str) -> Result<u32, String> {
    u32::from_str_radix(digits, 16)
        .map_err(|error| format!("{key}: `{digits}` is no 32-bit hex number: {error}"))
}

/// A vector from up to 256 hex digits, lane 0 first; leading zeros may be left out.
fn vector(key: &str, digits: &str) -> Result<Vector, String> {
    let bad = || format!("{key}: `{digits}` is no 1024-bit hex number");
    if digits.is_empty() || digits.len() > 256 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(bad());
    }
    let padded = format!("{digits:0>256}");
    let mut vector = Vector::ZERO;
    for (lane, byte) in vector.bytes_mut().iter_mut().enumerate() {
        *byte = u8::from_str_radix(&padded[2 * lane..2 * lane + 2], 16).map_err(|_| bad())?;
    }
    Ok(vector)
}

/// The digits of bytes, two each.
#[must_use]
pub fn hex_digits(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Memory words that differ, and vectors behind the parallel bus that differ, in the form of the files.
#[must_use]
pub fn changes(
    before: &BareMemory,
    after: &BareMemory,
) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let sram = before.sram.words().iter().zip(after.sram.words()).enumerate();
    let sram = sram.filter(|(_, (old, new))| old != new).map(|(index, (_, new))| (4 * index as u32, *new));
    let old = |address: &u32| before.outside.get(address).copied().unwrap_or(0);
    let outside = after.outside.iter().filter(|(address, word)| old(address) != **word);
    let words = sram.chain(outside.map(|(address, word)| (*address, *word)));
    let old = |address: &u32| before.parallel.get(address).copied().unwrap_or(Vector::ZERO);
    let vectors = after.parallel.iter().filter(|(address, vector)| old(address) != **vector);
    (
        words.map(|(address, word)| (format!("{address:x}"), format!("{word:08x}"))).collect(),
        vectors.map(|(address, vector)| (format!("{address:x}"), hex_digits(vector.bytes()))).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Reference, String> {
        let source = SourceText { file: "p.json".into(), text: text.into() };
        Reference::parse(&source).map_err(|error| error.to_string())
    }

    #[test]
    fn memories_and_delays() {
        let text = r#"{"name": "x", "bus": {"dmem_resp": 5, "shared": 1}, "code": ["38600001", "7c00007c"],
            "memory_init": {"2000": "00000007", "4000": "1"}, "pbus_init": {"40": "ff"}, "halt_cycle": 3}"#;
        let memory = parse(text).unwrap().memory;
        assert_eq!(memory.sram.words()[..2], [0x3860_0001, 0x7c00_007c]);
        assert_eq!(memory.sram.word(0x800), 7);
        assert_eq!(memory.outside[&0x4000], 1);
        assert_eq!(memory.parallel[&0x40].bytes()[126..], [0, 0xff]);
        assert_eq!((memory.delays.data.response, memory.delays.shared), (5, true));
        assert_eq!(memory.delays.vector.response, 1);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, said) in [
            ("{", "p.json:1:1"),
            (r#"{"code": ["zz"]}"#, "code[0]"),
            (r#"{"code": [], "bus": {"x": 1}}"#, "no bus delay `x`"),
            (r#"{"code": [], "bus": {"dmem_resp": 0}}"#, "must be in 1..=1000"),
            (r#"{"code": [], "bus": {"icache": 2}}"#, "must be in 0..=1"),
            (r#"{"code": [], "memory_init": {"2001": "0"}}"#, "no multiple of 4"),
            (r#"{"code": [], "pbus_init": {"0": ""}}"#, "1024-bit"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn changes_in_the_form_of_the_files() {
        let before = parse(r#"{"code": ["1"], "pbus_init": {"a": "1"}}"#).unwrap().memory;
        let mut after = before.clone();
        after.sram.set_word(1, 5);
        after.outside.insert(0x5000, 6);
        after.outside.insert(0x5004, 0);
        after.parallel.insert(0xb, Vector::ZERO);
        after.parallel.insert(0xa, Vector::ZERO);
        let (words, vectors) = changes(&before, &after);
        assert_eq!(
            words,
            [("4", "00000005"), ("5000", "00000006")].map(|(a, w)| (a.into(), w.into())).into()
        );
        assert_eq!(vectors, [("a".to_owned(), "0".repeat(256))].into());
    }
}
