//! What is written down while a program runs, and when the run is to end early.

use hx_chip::ppu::ports::{Issue, Notice, NoticeKind};
use hx_chip::ppu::{Effect, Observer, Stall};
use hx_isa::elf::Program;
use serde::Serialize;
use std::collections::BTreeMap;

/// Why a run ended; the names are those of `hxemu ppu run`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The core sleeps in `wait`.
    Wait,
    /// A word that is no instruction, under `--strict`.
    Illegal,
    /// A trap instruction, and the program does not handle traps.
    Trap,
    /// The limit of cycles.
    MaxCycles,
    /// A misaligned access the program does not handle, or code outside all memories.
    Fault,
}

/// Which events end a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// Words that are no instructions.
    pub illegal: bool,
    /// Traps.
    pub trap: bool,
    /// Misaligned accesses.
    pub alignment: bool,
}

impl Policy {
    /// Everything that a program cannot mean. A program that defines the handler of an interrupt as libnux names it (`isr_program`
    /// for traps, `isr_alignment`) goes on.
    #[must_use]
    pub fn of(program: &Program, strict: bool) -> Policy {
        let handles = |name: &str| program.symbol(name).is_some_and(|symbol| symbol.value != 0);
        Policy { illegal: strict, trap: !handles("isr_program"), alignment: !handles("isr_alignment") }
    }
}

/// A stretch between two labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stretch {
    begin: u32,
    end: u32,
    from: Option<u64>,
    to: Option<u64>,
}

impl Stretch {
    /// Between the labels `timed_begin` and `timed_end`, if the program has both.
    #[must_use]
    pub fn of(program: &Program) -> Option<Stretch> {
        let (begin, end) = (program.symbol("timed_begin")?.value, program.symbol("timed_end")?.value);
        Some(Stretch { begin, end, from: None, to: None })
    }

    fn note(&mut self, address: u32, cycle: u64) {
        // An instruction that is never issued (`sync`) may stand at a label; then the one behind it counts.
        let at = |label: u32| (label..label.saturating_add(8)).contains(&address);
        if self.from.is_none() && at(self.begin) {
            self.from = Some(cycle);
        } else if self.from.is_some() && self.to.is_none() && at(self.end) {
            self.to = Some(cycle);
        }
    }

    /// Cycles from the issue of its first instruction to that of the instruction behind it.
    #[must_use]
    pub fn cycles(&self) -> Option<u64> {
        Some(self.to? - self.from?)
    }
}

/// A notice with the number of times it came up at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The first one.
    pub notice: Notice,
    /// How often.
    pub count: u64,
}

/// Something that follows every instruction.
pub trait Follower {
    /// An instruction is about to leave the scheduler; also told of those that are never issued.
    fn passes(&mut self, _address: u32) {}
    /// An instruction slot issued.
    fn issue(&mut self, issue: &Issue);
    /// Nothing issued in a cycle.
    fn stall(&mut self, _stall: Stall) {}
    /// An instruction had an effect.
    fn effect(&mut self, _effect: &Effect) {}
    /// Whether effects are wanted.
    fn wants_effects(&self) -> bool {
        false
    }
}

/// Longest list of notices at different places.
const NOTICES: usize = 1000;

/// The observer of a run.
#[derive(Default)]
pub struct Recorder<'a> {
    /// What ends the run.
    pub policy: Policy,
    /// Cycle of the first issue.
    pub first_issue: Option<u64>,
    /// Every issue, if they are wanted.
    pub issues: Option<Vec<Issue>>,
    /// The timed stretch, if the program has one.
    pub stretch: Option<Stretch>,
    /// What was remarkable, by address and kind.
    pub notices: BTreeMap<(u32, u8), Counted>,
    /// Why the run is to end, and the byte address of the instruction that ended it.
    pub ending: Option<(Ending, u32)>,
    /// Traces, profiles and the like.
    pub followers: Vec<&'a mut dyn Follower>,
}

impl Recorder<'_> {
    /// Whether every issue matters, so that the core must report each.
    fn follows(&self) -> bool {
        self.first_issue.is_none()
            || self.issues.is_some()
            || self.stretch.is_some()
            || !self.followers.is_empty()
    }

    fn ending_of(&self, notice: &Notice) -> Option<Ending> {
        match notice.kind {
            NoticeKind::Undecoded if !is_memory(notice.address) => Some(Ending::Fault),
            NoticeKind::Undecoded if self.policy.illegal => Some(Ending::Illegal),
            NoticeKind::Trap if self.policy.trap => Some(Ending::Trap),
            NoticeKind::Alignment { .. } if self.policy.alignment => Some(Ending::Fault),
            _ => None,
        }
    }
}

/// Whether code can lie at an address: the core's own memory, external memory and DRAM as instructions see them.
fn is_memory(address: u32) -> bool {
    matches!(address, 0..0x4000 | 0x8000_0000..0x8002_0000 | 0x9000_0000..0xa000_0000)
}

fn rank(kind: &NoticeKind) -> u8 {
    match kind {
        NoticeKind::Undecoded => 0,
        NoticeKind::Alignment { .. } => 1,
        NoticeKind::Trap => 2,
        NoticeKind::UnknownSpr { .. } => 3,
        NoticeKind::SramAlias { .. } => 4,
        NoticeKind::ZeroExtended => 5,
    }
}

impl Observer for Recorder<'_> {
    fn watches_issue(&self) -> bool {
        self.follows()
    }

    fn breaks_at(&mut self, address: u32) -> bool {
        self.followers.iter_mut().for_each(|follower| follower.passes(address));
        false
    }

    fn issue(&mut self, issue: &Issue) {
        self.first_issue.get_or_insert(issue.cycle);
        if let Some(stretch) = &mut self.stretch
            && issue.slot == 0
        {
            stretch.note(issue.address, issue.cycle);
        }
        if let Some(issues) = &mut self.issues {
            issues.push(*issue);
        }
        self.followers.iter_mut().for_each(|follower| follower.issue(issue));
    }

    fn stall(&mut self, _: u64, stall: Stall) {
        self.followers.iter_mut().for_each(|follower| follower.stall(stall));
    }

    fn notice(&mut self, notice: &Notice) {
        if self.ending.is_none() {
            self.ending = self.ending_of(notice).map(|ending| (ending, notice.address));
        }
        let key = (notice.address, rank(&notice.kind));
        if let Some(known) = self.notices.get_mut(&key) {
            known.count += 1;
        } else if self.notices.len() < NOTICES {
            self.notices.insert(key, Counted { notice: *notice, count: 1 });
        }
    }

    fn watches_effects(&self) -> bool {
        self.followers.iter().any(|follower| follower.wants_effects())
    }

    fn effect(&mut self, effect: &Effect) {
        self.followers.iter_mut().for_each(|follower| follower.effect(effect));
    }

    fn ends_run(&self) -> bool {
        self.ending.is_some()
    }
}
