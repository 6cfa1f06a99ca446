//! The instruction trace as text, one line per instruction in the order of issue:
//!
//! ```text
//! cycle pc word disassembly ; effect effect ...
//! ```
//!
//! Cycles count from the first issue; pc and word are hexadecimal. Effects are `rN=value`, `cr=..`, `xer=..`, `lr=..`, `ctr=..`,
//! `msr=..`, `mem[address]=value` for stores, `mem[address]->value` for loads, `vN=digits` (lane 0 first), `mem[address]` or
//! `bus[address]` for what vector instructions touch. `nop`, `sync` and `wait` are never issued to a unit and have no line.

use super::recorder::Follower;
use super::reference::hex_digits;
use hx_chip::ppu::ports::Issue;
use hx_chip::ppu::{Effect, EffectKind};
use hx_isa::instruction::{Traits, Unit, decode, disassemble};
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Lines that may wait for their effects; what a core has under way is less.
const WAITING: usize = 256;

/// A line that may not be complete yet.
struct Line {
    address: u32,
    cycle: u64,
    text: String,
    /// Effects still to come from memory or the vector unit.
    outstanding: u8,
}

/// Writes a trace as the instructions issue.
pub struct Log<W: Write> {
    out: W,
    first: Option<u64>,
    lines: VecDeque<Line>,
    error: Option<io::Error>,
}

impl<W: Write> Log<W> {
    /// An empty trace.
    pub fn new(out: W) -> Log<W> {
        Log { out, first: None, lines: VecDeque::new(), error: None }
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// The first error of the whole trace.
    pub fn finish(mut self) -> io::Result<()> {
        while let Some(line) = self.lines.pop_front() {
            self.write(&line.text);
        }
        match self.error {
            Some(error) => Err(error),
            None => self.out.flush(),
        }
    }

    fn write(&mut self, text: &str) {
        if self.error.is_none() {
            self.error = writeln!(self.out, "{text}").err();
        }
    }

    fn write_complete(&mut self) {
        let complete = |lines: &VecDeque<Line>| {
            lines.front().is_some_and(|line| line.outstanding == 0) && lines.len() > 1
                || lines.len() > WAITING
        };
        while complete(&self.lines) {
            if let Some(line) = self.lines.pop_front() {
                self.write(&line.text);
            }
        }
    }

    /// The line an effect belongs to: the one just issued, or the oldest of this instruction that still waits.
    fn line_of(&mut self, effect: &Effect) -> Option<&mut Line> {
        let newest = self
            .lines
            .back()
            .is_some_and(|line| line.address == effect.address && line.cycle == effect.cycle);
        if newest {
            return self.lines.back_mut();
        }
        let waits = |line: &&mut Line| line.address == effect.address && line.outstanding > 0;
        let oldest =
            self.lines.iter().position(|line| line.address == effect.address && line.outstanding > 0);
        match oldest {
            Some(at) => self.lines.get_mut(at).filter(waits),
            None => self.lines.iter_mut().rev().find(|line| line.address == effect.address),
        }
    }
}

/// Effects that come after the issue: one per register loaded or stored, one per vector instruction.
fn outstanding(issue: &Issue) -> u8 {
    let Some(row) = decode(issue.word) else { return 0 };
    if row.unit == Unit::Vector {
        return 1;
    }
    match row.is(Traits::LOAD) || row.is(Traits::STORE) {
        true if row.is(Traits::MULTIPLE) => 32 - ((issue.word >> 21) & 31) as u8,
        true => 1,
        false => 0,
    }
}

fn is_last(kind: &EffectKind) -> bool {
    match kind {
        EffectKind::Memory { write, .. }
        | EffectKind::VectorMemory { write, .. }
        | EffectKind::Parallel { write, .. } => *write,
        EffectKind::General { .. } | EffectKind::Vector { .. } | EffectKind::VectorState => true,
        EffectKind::Special { .. } | EffectKind::Queued { .. } => false,
    }
}

fn describe(text: &mut String, kind: &EffectKind) -> std::fmt::Result {
    if !text.contains(" ; ") {
        text.push_str(" ;");
    }
    match kind {
        EffectKind::General { register, value } => write!(text, " r{register}={value:08x}"),
        EffectKind::Special { register, value } => write!(text, " {}={value:08x}", register.name()),
        EffectKind::Memory { address, length, write, value } => {
            let (arrow, digits) = (if *write { "=" } else { "->" }, 2 * *length as usize);
            write!(text, " mem[{address:08x}]{arrow}{value:0digits$x}")
        }
        EffectKind::VectorMemory { address, .. } => write!(text, " mem[{address:08x}]"),
        EffectKind::Parallel { address, .. } => write!(text, " bus[{address:08x}]"),
        EffectKind::Vector { register, value } => write!(text, " v{register}={}", hex_digits(value.bytes())),
        EffectKind::VectorState | EffectKind::Queued { .. } => Ok(()),
    }
}

impl<W: Write> Follower for Log<W> {
    fn issue(&mut self, issue: &Issue) {
        if issue.slot > 0 {
            return;
        }
        let first = *self.first.get_or_insert(issue.cycle);
        let text = disassemble(issue.word, issue.address);
        let text = format!("{} {:08x} {:08x} {text}", issue.cycle - first, issue.address, issue.word);
        let outstanding = outstanding(issue);
        self.lines.push_back(Line { address: issue.address, cycle: issue.cycle, text, outstanding });
        self.write_complete();
    }

    fn effect(&mut self, effect: &Effect) {
        if matches!(effect.kind, EffectKind::Queued { .. }) {
            return;
        }
        let Some(line) = self.line_of(effect) else { return };
        // Writing to a String cannot fail.
        let _ = describe(&mut line.text, &effect.kind);
        if effect.cycle > line.cycle && is_last(&effect.kind) {
            line.outstanding = line.outstanding.saturating_sub(1);
        }
    }

    fn wants_effects(&self) -> bool {
        true
    }
}
