//! Running a program and finding the first difference.

use std::collections::BTreeMap;

use hx_chip::ppu::ports::{Issue, Observer};
use hx_chip::ppu::vector::Vector;
use hx_chip::ppu::{BareMemory, Ppu};

use crate::{FIRST_ISSUE, FIRST_ISSUE_CACHED, Golden};

/// Collects what issues.
#[derive(Default)]
pub struct Issues(pub Vec<Issue>);

impl Observer for Issues {
    fn issue(&mut self, issue: &Issue) {
        self.0.push(*issue);
    }
}

/// Runs the program and compares everything; the error names the first difference.
pub fn run(program: &Golden) -> Result<(), String> {
    let (mut processor, mut memory, mut issues) = (program.processor(), program.memory(), Issues::default());
    for &ring in &program.doorbell {
        processor.run(&mut memory, ring + FIRST_ISSUE, u64::MAX, &mut issues);
        processor.ring_doorbell();
    }
    let cached = FIRST_ISSUE_CACHED + u64::from(program.delays.fetch_response) - 1;
    let first = if program.delays.icache { cached } else { FIRST_ISSUE };
    processor.run(&mut memory, program.halt + first + 1, u64::MAX, &mut issues);
    compare_issues(program, &issues.0)?;
    same("end", &processor.asleep_since(), &Some(program.halt + first))?;
    compare_state(program, &processor, &memory)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, ours: &T, theirs: &T) -> Result<(), String> {
    if ours == theirs { Ok(()) } else { Err(format!("{what}: {ours:x?} instead of {theirs:x?}")) }
}

fn compare_issues(program: &Golden, issues: &[Issue]) -> Result<(), String> {
    let first = issues.first().map_or(0, |issue| issue.cycle);
    for (index, (ours, theirs)) in issues.iter().zip(&program.issues).enumerate() {
        let ours = (ours.address, ours.cycle - first, unit(ours));
        if ours != *theirs {
            return Err(format!("issue {index}: {ours:x?} instead of {theirs:x?}"));
        }
    }
    same("number of issues", &issues.len(), &program.issues.len())
}

fn unit(issue: &Issue) -> String {
    use hx_chip::ppu::pipeline::Unit;
    let name = match issue.unit {
        Unit::Branch => "branch",
        Unit::FixedPoint => "fxdpt",
        Unit::LoadStore => "ls",
        Unit::Multiply => "mul",
        Unit::Divide => "div",
        Unit::Vector => "vec",
    };
    name.into()
}

fn compare_state(program: &Golden, processor: &Ppu, memory: &BareMemory) -> Result<(), String> {
    for register in 0..32 {
        same(&format!("r{register}"), &processor.registers.gpr[register], &program.gpr[register])?;
    }
    compare_memory(program, memory)?;
    let vectors = &processor.vector;
    for number in 0..32 {
        let expected = program.vectors.iter().find(|vector| vector.0 == number).map(|vector| vector.1);
        let expected = expected.unwrap_or(Vector::ZERO);
        same(&format!("v{number}"), vectors.register(number), &expected)?;
    }
    same("accumulator", &vectors.accumulator, &program.accumulator)?;
    same("condition register", &vectors.condition, &program.condition)
}

fn compare_memory(program: &Golden, memory: &BareMemory) -> Result<(), String> {
    let mut expected = program.memory();
    for &(address, word) in &program.memory_after {
        expected.sram.set_word(address / 4, word);
    }
    for &(address, vector) in &program.parallel_after {
        expected.parallel.insert(address, vector);
    }
    for index in 0..4096 {
        same(&format!("memory {:x}", index * 4), &memory.sram.word(index), &expected.sram.word(index))?;
    }
    compare_parallel(&memory.parallel, &expected.parallel)
}

/// A vector that was never written reads as zero.
fn compare_parallel(ours: &BTreeMap<u32, Vector>, theirs: &BTreeMap<u32, Vector>) -> Result<(), String> {
    for address in ours.keys().chain(theirs.keys()) {
        let [ours, theirs] = [ours, theirs].map(|map| map.get(address).copied().unwrap_or(Vector::ZERO));
        same(&format!("parallel bus {address:x}"), &ours, &theirs)?;
    }
    Ok(())
}
