//! The processor against programs run on the simulated hardware description: issue cycle of every instruction, halt cycle and all
//! final state.
//!
//! A fair part of the programs is kept with the tests. `HXEMU_PPU_PROGRAMS=DIR` runs all JSON files of a directory besides.

mod compare;
mod json;

use hx_chip::ppu::scalar::DecodeOptions;
use hx_chip::ppu::vector::{Accumulator, Condition, Vector};
use hx_chip::ppu::{BareMemory, BusDelays, Ppu};

/// One program and what the hardware makes of it.
#[derive(Debug, Clone)]
pub struct Golden {
    pub name: String,
    pub delays: BusDelays,
    pub code: Vec<u32>,
    pub memory: Vec<(u32, u32)>,
    pub parallel: Vec<(u32, Vector)>,
    pub issues: Vec<(u32, u64, String)>,
    pub halt: u64,
    pub gpr: [u32; 32],
    pub memory_after: Vec<(u32, u32)>,
    pub parallel_after: Vec<(u32, Vector)>,
    pub vectors: Vec<(u8, Vector)>,
    pub accumulator: Accumulator,
    pub condition: Condition,
}

/// First issue after reset.
const FIRST_ISSUE: u64 = 3;

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

#[test]
fn directory_of_programs() {
    let Ok(directory) = std::env::var("HXEMU_PPU_PROGRAMS") else {
        println!("skipped: HXEMU_PPU_PROGRAMS names no directory of programs");
        return;
    };
    let mut failures = Vec::new();
    let programs = json::directory(&directory);
    for program in &programs {
        if let Err(difference) = compare::run(program) {
            failures.push(format!("{}: {difference}", program.name));
        }
    }
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), programs.len(), failures.join("\n"));
}
