//! Programs as JSON files.

use std::collections::BTreeMap;

use hx_chip::ppu::vector::{Accumulator, Condition, Vector};
use hx_chip::ppu::{BusDelays, Delay};
use serde::Deserialize;

use crate::Golden;

#[derive(Deserialize)]
struct File {
    name: String,
    bus: BTreeMap<String, u16>,
    code: Vec<String>,
    memory_init: BTreeMap<String, String>,
    pbus_init: BTreeMap<String, String>,
    issue: Vec<(String, i64, String)>,
    halt_cycle: u64,
    #[serde(default)]
    doorbell: Vec<u64>,
    final_gpr: Vec<String>,
    final_memory_changed: BTreeMap<String, String>,
    final_pbus_changed: BTreeMap<String, String>,
    final_vector_registers_nonzero: BTreeMap<String, String>,
    final_accumulator: String,
    final_vcr: String,
}

fn hex(text: &str) -> u32 {
    u32::from_str_radix(text, 16).unwrap()
}

fn words(map: &BTreeMap<String, String>) -> Vec<(u32, u32)> {
    map.iter().map(|(address, word)| (hex(address), hex(word))).collect()
}

fn vectors(map: &BTreeMap<String, String>) -> Vec<(u32, Vector)> {
    map.iter().map(|(address, value)| (hex(address.trim_start_matches('v')), vector(value))).collect()
}

fn vector(text: &str) -> Vector {
    Vector::from_hex(&format!("{text:0>256}")).unwrap()
}

fn delays(bus: &BTreeMap<String, u16>) -> BusDelays {
    let get = |name: &str| bus.get(name).copied().unwrap_or(0);
    let delay =
        |name: &str| Delay { accept: get(&format!("{name}_accept")), response: get(&format!("{name}_resp")) };
    BusDelays {
        data: delay("dmem"),
        vector: delay("vec"),
        parallel: delay("pbus"),
        fetch_response: get("fetch_resp"),
        shared: get("shared") != 0,
        shared_fetch: get("shared_fetch") != 0,
        icache: get("icache") != 0,
    }
}

impl From<File> for Golden {
    fn from(file: File) -> Self {
        let numbered = file.final_vector_registers_nonzero.iter();
        let gpr: Vec<u32> = file.final_gpr.iter().map(|word| hex(word)).collect();
        Self {
            delays: delays(&file.bus),
            code: file.code.iter().map(|word| hex(word)).collect(),
            memory: words(&file.memory_init),
            parallel: vectors(&file.pbus_init),
            issues: file
                .issue
                .into_iter()
                .map(|(address, cycle, unit)| (hex(&address), cycle as u64, unit))
                .collect(),
            doorbell: file.doorbell,
            halt: file.halt_cycle,
            gpr: gpr.try_into().unwrap(),
            memory_after: words(&file.final_memory_changed),
            parallel_after: vectors(&file.final_pbus_changed),
            vectors: numbered.map(|(name, value)| (name[1..].parse().unwrap(), vector(value))).collect(),
            accumulator: Accumulator::from_hex(&format!("{:0>512}", file.final_accumulator)).unwrap(),
            condition: Condition::from_hex(&format!("{:0>192}", file.final_vcr)).unwrap(),
            name: file.name,
        }
    }
}

/// All programs of a directory, in the order of their names.
pub fn directory(path: &str) -> Vec<Golden> {
    let mut files: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files.iter().map(|file| read(file)).collect()
}

fn read(file: &std::path::Path) -> Golden {
    let text = std::fs::read_to_string(file).unwrap();
    let file: File =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    file.into()
}
