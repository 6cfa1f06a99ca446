//! Where the cycles went: per symbol, per class of instructions, per reason for waiting; and which source lines were reached.
//!
//! A cycle in which an instruction issues belongs to it; a cycle in which none does belongs to the instruction that issues next,
//! because that is the one that waited.

use super::recorder::Follower;
use hx_chip::ppu::Stall;
use hx_chip::ppu::ports::Issue;
use hx_isa::elf::Program;
use hx_isa::instruction::{Traits, Unit, decode};
use hx_trace::lcov::{Coverage, FileCoverage};
use serde::Serialize;
use std::collections::BTreeMap;

/// Counts of one instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Cost {
    /// Times it issued; all slots of one instruction are one.
    pub instructions: u64,
    /// Cycles that belong to it.
    pub cycles: u64,
}

impl Cost {
    fn add(&mut self, other: Cost) {
        self.instructions += other.instructions;
        self.cycles += other.cycles;
    }
}

/// Counts by instruction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    by_address: BTreeMap<u32, (u32, Cost)>,
    stalls: BTreeMap<Stall, u64>,
    /// How often each instruction was reached, also those that are never issued.
    reached: BTreeMap<u32, u64>,
    last: Option<u64>,
}

/// One line of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Symbol, class or reason.
    pub name: String,
    /// Instructions, where they are counted.
    pub instructions: u64,
    /// Cycles.
    pub cycles: u64,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProfileReport {
    /// Most cycles first.
    pub symbols: Vec<Share>,
    /// Most cycles first.
    pub classes: Vec<Share>,
    /// Cycles in which nothing issued, by reason; most first.
    pub stalls: Vec<Share>,
}

/// The class of an instruction: its unit, loads and stores apart, vector instructions by what they do.
fn class(word: u32) -> &'static str {
    let Some(row) = decode(word) else { return "undecoded" };
    let (load, store) = (row.is(Traits::LOAD), row.is(Traits::STORE));
    match (row.unit, load, store) {
        (Unit::Vector, true, _) => "vector load or input",
        (Unit::Vector, _, true) => "vector store or output",
        (Unit::Vector, ..) => "vector arithmetic",
        (_, true, _) => "load",
        (_, _, true) => "store",
        (Unit::Branch, ..) => "branch",
        (Unit::Multiply, ..) => "multiply",
        (Unit::Divide, ..) => "divide",
        _ => "fixed point",
    }
}

fn sorted(shares: BTreeMap<String, Cost>) -> Vec<Share> {
    let share =
        |(name, cost): (String, Cost)| Share { name, instructions: cost.instructions, cycles: cost.cycles };
    let mut shares: Vec<Share> = shares.into_iter().map(share).collect();
    shares.sort_by(|a, b| b.cycles.cmp(&a.cycles).then_with(|| a.name.cmp(&b.name)));
    shares
}

impl Profile {
    /// Sums up by the symbols of a program.
    #[must_use]
    pub fn report(&self, program: &Program) -> ProfileReport {
        let (mut symbols, mut classes) = (BTreeMap::<String, Cost>::new(), BTreeMap::<String, Cost>::new());
        for (address, (word, cost)) in &self.by_address {
            let symbol = program.symbol_at(*address).map_or("(no symbol)", |(name, _)| name);
            symbols.entry(symbol.to_owned()).or_default().add(*cost);
            classes.entry(class(*word).to_owned()).or_default().add(*cost);
        }
        let stall = |(stall, cycles): (&Stall, &u64)| {
            (stall.name().to_owned(), Cost { instructions: 0, cycles: *cycles })
        };
        ProfileReport {
            symbols: sorted(symbols),
            classes: sorted(classes),
            stalls: sorted(self.stalls.iter().map(stall).collect()),
        }
    }

    /// Executions by source line; lines with code that was not reached count 0.
    #[must_use]
    pub fn coverage(&self, program: &Program) -> Coverage {
        let mut coverage = Coverage::new();
        for line in &program.lines.lines {
            let Some(file) = program.lines.files.get(line.file as usize) else { continue };
            let count =
                self.reached.range(line.address..line.end).map(|(_, count)| *count).max().unwrap_or(0);
            let known = coverage.entry(file.clone()).or_default().lines.entry(line.line).or_default();
            *known = (*known).max(count);
        }
        self.add_functions(program, &mut coverage);
        coverage
    }

    fn add_functions(&self, program: &Program, coverage: &mut Coverage) {
        for symbol in &program.symbols {
            let Some((file, line)) = program.line_at(symbol.value) else { continue };
            let count = self.reached.get(&symbol.value).copied().unwrap_or(0);
            let covered: &mut FileCoverage = coverage.entry(file.to_owned()).or_default();
            covered.functions.insert(symbol.name.clone(), (line, count));
        }
    }
}

impl Follower for Profile {
    fn passes(&mut self, address: u32) {
        *self.reached.entry(address).or_default() += 1;
    }

    fn issue(&mut self, issue: &Issue) {
        let waited = self.last.map_or(1, |last| issue.cycle - last);
        self.last = Some(issue.cycle);
        let (_, cost) = self.by_address.entry(issue.address).or_insert((issue.word, Cost::default()));
        cost.add(Cost { instructions: u64::from(issue.slot == 0), cycles: waited });
    }

    fn stall(&mut self, stall: Stall) {
        if self.last.is_some() && stall != Stall::Sleep {
            *self.stalls.entry(stall).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hx_chip::ppu::pipeline::Unit as Station;

    fn issue(address: u32, word: u32, cycle: u64) -> Issue {
        Issue { cycle, address, word, slot: 0, unit: Station::FixedPoint }
    }

    #[test]
    fn waiting_belongs_to_who_waited() {
        let mut profile = Profile::default();
        profile.issue(&issue(0, 0x3860_0001, 3));
        profile.stall(Stall::Operand);
        profile.issue(&issue(4, 0x8083_0000, 5));
        profile.issue(&issue(0, 0x3860_0001, 6));
        let report = profile.report(&Program::default());
        let share = |name: &str, instructions, cycles| Share { name: name.into(), instructions, cycles };
        assert_eq!(report.symbols, [share("(no symbol)", 3, 4)]);
        assert_eq!(report.classes, [share("fixed point", 2, 2), share("load", 1, 2)]);
        assert_eq!(report.stalls, [share("operand", 0, 1)]);
    }
}
