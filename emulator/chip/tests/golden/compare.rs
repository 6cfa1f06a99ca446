//! Running a program and finding the first difference.

use hx_chip::ppu::ports::{Issue, Observer};
use hx_chip::ppu::{BareMemory, Ppu, Stop};

use crate::{FIRST_ISSUE, Golden};

/// Cycles after which a program is given up.
const LIMIT: u64 = 1_000_000;

/// Collects what issues.
#[derive(Default)]
struct Issues(Vec<Issue>);

impl Observer for Issues {
    fn issue(&mut self, issue: &Issue) {
        self.0.push(*issue);
    }
}

/// Runs the program and compares everything; the error names the first difference.
pub fn run(program: &Golden) -> Result<(), String> {
    let (mut processor, mut memory, mut issues) = (program.processor(), program.memory(), Issues::default());
    let stop = processor.run(&mut memory, LIMIT, u64::MAX, &mut issues);
    compare_issues(program, &issues.0)?;
    let Stop::Sleep { cycle } = stop else { return Err(format!("stopped with {stop:?}")) };
    let first = issues.0.first().map_or(FIRST_ISSUE, |issue| issue.cycle);
    same("halt cycle", &(cycle - first), &program.halt)?;
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
        let expected = expected.unwrap_or(hx_chip::ppu::vector::Vector::ZERO);
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
    same("parallel bus", &memory.parallel, &expected.parallel)
}
