//! Programs in the form kept with the tests, which is described at the head of its files.

use hx_chip::ppu::scalar::Decoded;
use hx_chip::ppu::vector::{Accumulator, Condition, Vector};
use hx_chip::ppu::{BusDelays, Delay};

use crate::Golden;

/// All programs of a text.
pub fn read(text: &str) -> Vec<Golden> {
    let mut programs: Vec<Golden> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (key, rest) = line.split_once(' ').unwrap_or((line, ""));
        if key == "program" {
            programs.push(Golden { name: rest.into(), ..Golden::default() });
        } else if let Some(program) = programs.last_mut() {
            read_line(program, key, rest);
        }
    }
    programs
}

fn read_line(program: &mut Golden, key: &str, rest: &str) {
    match key {
        "bus" => program.delays = delays(rest),
        "code" => program.code.extend(rest.split(' ').map(hex)),
        "memory" => program.memory.extend(run(rest)),
        "parallel" => program.parallel.push(vector(rest)),
        "issue" => rest.split(' ').for_each(|item| issue(program, item)),
        "doorbell" => program.doorbell = rest.split(' ').map(|cycle| cycle.parse().unwrap()).collect(),
        "halt" => program.halt = rest.parse().unwrap(),
        "gpr" => rest.split_whitespace().for_each(|item| register(program, item)),
        "changed" => program.memory_after.extend(run(rest)),
        "written" => program.parallel_after.push(vector(rest)),
        "v" => {
            let (number, digits) = rest.split_once(' ').unwrap();
            program.vectors.push((number.parse().unwrap(), Vector::from_hex(digits).unwrap()));
        }
        "acc" => program.accumulator = Accumulator::from_hex(rest).unwrap(),
        "vcr" => program.condition = Condition::from_hex(rest).unwrap(),
        _ => panic!("unknown line {key}"),
    }
}

fn hex(digits: &str) -> u32 {
    u32::from_str_radix(digits, 16).unwrap()
}

fn delays(text: &str) -> BusDelays {
    let fields: Vec<&str> = text.split(' ').collect();
    let delay = |index: usize| {
        let (accept, response) = fields[index].split_once(',').unwrap();
        Delay { accept: accept.parse().unwrap(), response: response.parse().unwrap() }
    };
    BusDelays {
        data: delay(0),
        vector: delay(1),
        parallel: delay(2),
        fetch_response: fields[3].parse().unwrap(),
        shared: fields[4] == "1",
        shared_fetch: false,
        icache: fields[5] == "1",
    }
}

fn run(text: &str) -> impl Iterator<Item = (u32, u32)> {
    let mut items = text.split(' ').map(hex);
    let first = items.next().unwrap();
    (first..).step_by(4).zip(items.collect::<Vec<_>>())
}

fn vector(text: &str) -> (u32, Vector) {
    let (address, digits) = text.split_once(' ').unwrap();
    (hex(address), Vector::from_hex(digits).unwrap())
}

fn register(program: &mut Golden, item: &str) {
    let (number, value) = item.split_once('=').unwrap();
    program.gpr[number.parse::<usize>().unwrap()] = hex(value);
}

fn issue(program: &mut Golden, item: &str) {
    let (last, cycle) = program.issues.last().map_or((u32::MAX - 3, 0), |issue| (issue.0, issue.1));
    let (gap, address) = match item.split_once('=') {
        Some((gap, address)) => (gap, hex(address)),
        None if item.ends_with('+') => (item.trim_end_matches('+'), last),
        None => (item, last.wrapping_add(4)),
    };
    let unit = unit(program.code[address as usize / 4]);
    program.issues.push((address, cycle + gap.parse::<u64>().unwrap(), unit.into()));
}

/// The unit that executes a word, which the files do not repeat.
fn unit(word: u32) -> &'static str {
    use hx_isa::instruction::{Operation, Unit};
    let row = hx_isa::instruction::decode(word)
        .filter(|_| Decoded::new(word, &Default::default()).operation.is_some());
    match row.map(|row| (row.unit, row.operation)) {
        Some((_, Operation::Tw | Operation::Twi)) | Some((Unit::Branch, _)) => "branch",
        Some((Unit::LoadStore, _)) => "ls",
        Some((Unit::Multiply, _)) => "mul",
        Some((Unit::Divide, _)) => "div",
        Some((Unit::Vector, _)) => "vec",
        _ => "fxdpt",
    }
}
