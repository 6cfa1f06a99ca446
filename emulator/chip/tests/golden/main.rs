//! The processor against programs run on the simulated hardware description: issue cycle of every instruction, halt cycle and all
//! final state.
//!
//! A fair part of the programs is kept with the tests. `HXEMU_PPU_PROGRAMS=DIR` runs all JSON files of a directory besides.

mod compact;
mod compare;
mod json;
mod loops;
mod memory;

use hx_chip::ppu::scalar::DecodeOptions;
use hx_chip::ppu::vector::{Accumulator, Condition, Vector};
use hx_chip::ppu::{BareMemory, BusDelays, Ppu};

/// One program and what the hardware makes of it. Addresses are byte addresses, those of the parallel bus vector addresses.
#[derive(Debug, Clone)]
pub struct Golden {
    /// Name of the program.
    pub name: String,
    /// Delays it was run with.
    pub delays: BusDelays,
    /// Words from address 0.
    pub code: Vec<u32>,
    /// Memory at the start.
    pub memory: Vec<(u32, u32)>,
    /// Vectors on the parallel bus at the start.
    pub parallel: Vec<(u32, Vector)>,
    /// Address, cycle from the first issue, and unit of every issue.
    pub issues: Vec<(u32, u64, String)>,
    /// Cycles in which the doorbell rings, from the first issue.
    pub doorbell: Vec<u64>,
    /// First cycle of the last sleep, from the first issue.
    pub halt: u64,
    /// General registers at the end.
    pub gpr: [u32; 32],
    /// Memory words that differ at the end.
    pub memory_after: Vec<(u32, u32)>,
    /// Vectors on the parallel bus that differ at the end.
    pub parallel_after: Vec<(u32, Vector)>,
    /// Vector registers that are not zero at the end.
    pub vectors: Vec<(u8, Vector)>,
    /// Accumulators at the end.
    pub accumulator: Accumulator,
    /// Condition register of the vector unit at the end.
    pub condition: Condition,
}

impl Default for Golden {
    fn default() -> Self {
        Self {
            name: String::new(),
            delays: BusDelays::INDEPENDENT,
            code: Vec::new(),
            memory: Vec::new(),
            parallel: Vec::new(),
            issues: Vec::new(),
            doorbell: Vec::new(),
            halt: 0,
            gpr: [0; 32],
            memory_after: Vec::new(),
            parallel_after: Vec::new(),
            vectors: Vec::new(),
            accumulator: Accumulator::ZERO,
            condition: Condition::ZERO,
        }
    }
}

/// First issue after reset.
const FIRST_ISSUE: u64 = 3;
/// The same with a cold instruction cache, for a response latency of 1; each more cycle adds one.
const FIRST_ISSUE_CACHED: u64 = 8;

impl Golden {
    /// Memory as the program finds it. Addresses above the SRAM go to the words outside.
    fn memory(&self) -> BareMemory {
        let mut memory = BareMemory::new(self.delays);
        memory.sram.load(0, &self.code);
        for &(address, word) in &self.memory {
            memory.sram.set_word(address / 4, word);
        }
        memory.parallel = self.parallel.iter().copied().collect();
        memory
    }

    fn processor(&self) -> Ppu {
        Ppu::new(self.delays, DecodeOptions::default())
    }
}

/// Programs kept with the tests: hand-written ones and random ones.
fn kept() -> Vec<Golden> {
    let mut programs = compact::read(include_str!("programs.txt"));
    programs.extend(compact::read(include_str!("random.txt")));
    programs
}

fn check(programs: &[Golden]) {
    let compare =
        |program: &Golden| compare::run(program).err().map(|error| format!("{}: {error}", program.name));
    let failures: Vec<String> = programs.iter().filter_map(compare).collect();
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), programs.len(), failures.join("\n"));
}

#[test]
fn kept_programs() {
    let programs = kept();
    assert_eq!(programs.len(), 105);
    check(&programs);
}

#[test]
fn directory_of_programs() {
    let Ok(directory) = std::env::var("HXEMU_PPU_PROGRAMS") else {
        println!("skipped: HXEMU_PPU_PROGRAMS names no directory of programs");
        return;
    };
    let programs = json::directory(&directory);
    println!("{} programs", programs.len());
    check(&programs);
}
