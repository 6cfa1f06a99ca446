//! Doing what a node remembers.

use super::node::{Action, Changes, Input, Node, Op};
use super::program::Program;
use crate::ppu::calls::Calls;
use crate::ppu::pipeline::{Environment, Outcome, Slot, Timing};
use crate::ppu::ports::{Observer, Ports};

/// How doing a node, or a part of it, ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Played {
    /// All that was asked for is done.
    Done,
    /// An answer was different in the cycle at `offset`, which is done otherwise.
    Changed { offset: u16 },
    /// Nothing of the cycle at `offset` is done, because a scalar access does not go as remembered.
    Before { offset: u16 },
    /// An instruction word that was fetched changed in the cycle at `offset`, which is done, or the observer ends the run with it.
    Stopped { offset: u16 },
}

/// Which part of a node is to be done: cycles from `from` on, before `to`. Words of vector transfers are done cycle by cycle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub from: u16,
    pub to: u16,
    pub lean: bool,
}

/// What is known while a node is being done.
struct Progress<'a> {
    program: &'a Program,
    changes: &'a mut Changes,
    /// The last cycle that is still done.
    last: u16,
    /// The cycle in which the node begins.
    base: u64,
    stops: bool,
}

/// Does a part of a node that begins in cycle `base`. Answers that differ go to `changes`, which is empty.
pub(super) fn play<P: Ports, O: Observer>(
    calls: &mut Calls<'_, P, O>,
    node: &Node,
    part: Part,
    base: u64,
    changes: &mut Changes,
) -> Played {
    let program = if part.lean { &node.lean } else { &node.full };
    let begin = begin(calls, program, part, base);
    let mut progress = Progress { program, changes, last: part.to - 1, base, stops: false };
    for (index, op) in program.ops.iter().enumerate().skip(begin) {
        if op.offset > progress.last {
            *calls.issued += program.issues(begin, index);
            return progress.end(part);
        }
        if !act(calls, op, &mut progress) {
            *calls.issued += program.issues(begin, index);
            return Played::Before { offset: op.offset };
        }
    }
    *calls.issued += program.issues(begin, program.ops.len());
    progress.end(part)
}

/// Number of the first thing to be done in a part. What began before and goes on is done here.
fn begin<P: Ports, O: Observer>(
    calls: &mut Calls<'_, P, O>,
    program: &Program,
    part: Part,
    base: u64,
) -> usize {
    if part.from == 0 {
        return 0;
    }
    let begin = program.ops.partition_point(|op| op.offset < part.from);
    let before = &program.ops[..begin];
    finish_transfer(calls, before, part, base);
    if let Some(Op { action: Action::Run { first, count }, .. }) = before.last() {
        calls.run(program.run(*first, *count, part.from, part.to - 1));
    }
    begin
}

/// The words of a transfer that began before this part.
fn finish_transfer<P: Ports, O: Observer>(calls: &mut Calls<'_, P, O>, before: &[Op], part: Part, base: u64) {
    let transfer = before.iter().rev().find_map(|op| match op.action {
        Action::Beats { key, first, count } => Some((op.offset, key, first, count)),
        _ => None,
    });
    let Some((offset, key, first, count)) = transfer else { return };
    for word in 0..count {
        let at = offset + u16::from(word);
        if at >= part.from && at < part.to {
            calls.cycle = base + u64::from(at);
            calls.beat(key, first + word);
        }
    }
}

impl Progress<'_> {
    fn end(&self, part: Part) -> Played {
        if !self.changes.as_slice().is_empty() {
            return Played::Changed { offset: self.last };
        }
        if self.stops {
            return Played::Stopped { offset: self.last };
        }
        debug_assert_eq!(self.last, part.to - 1);
        Played::Done
    }

    /// The clock, for what needs it.
    #[inline(always)]
    fn clock(&self, op: &Op) -> u64 {
        self.base + u64::from(op.offset)
    }

    /// An answer is `value` where the node expects `expected`.
    #[inline(always)]
    fn check<T: PartialEq + Copy>(
        &mut self,
        op: &Op,
        input: u32,
        value: T,
        expected: T,
        wrap: fn(T) -> Input,
    ) {
        if value != expected {
            self.differ(op, input, wrap(value));
        }
    }

    /// The node is not done beyond this cycle, although all answers are as remembered.
    fn stop_if(&mut self, stops: bool, op: &Op) {
        if stops {
            (self.stops, self.last) = (true, op.offset);
        }
    }

    #[cold]
    fn differ(&mut self, op: &Op, input: u32, value: Input) {
        self.changes.push(input, value);
        self.last = op.offset;
    }
}

/// Does one thing. Returns whether it could be done.
#[inline(always)]
fn act<P: Ports, O: Observer>(calls: &mut Calls<'_, P, O>, op: &Op, progress: &mut Progress<'_>) -> bool {
    match &op.action {
        Action::Run { first, count } => calls.run(progress.program.run(*first, *count, 0, progress.last)),
        Action::Clocked { decoded, address } => {
            calls.touched += 1;
            calls.cycle = progress.clock(op);
            calls.clocked(decoded, *address);
        }
        Action::Multiply { decoded, address } => {
            calls.touched += 1;
            calls.cycle = progress.clock(op);
            calls.multiply(decoded, *address);
        }
        Action::Memory { decoded, address, part, input } => {
            calls.cycle = progress.clock(op);
            if let Some(outcome) = calls.memory(decoded, *address, *part) {
                progress.differ(op, *input, Input::Outcome(outcome));
            }
            progress.stop_if(calls.ends(), op);
        }
        Action::Branch { decoded, address, taken, target, input } => {
            let outcome = calls.branch(decoded, *address);
            let expected = Outcome { taken: *taken, target: *target, exception: false };
            progress.check(op, *input, outcome, expected, Input::Outcome);
        }
        Action::Sram => return sram(calls, op, progress),
        Action::Compute { key } => calls.compute(*key),
        Action::Vector { decoded, address, instruction, key } => {
            calls.place(decoded, *address, *instruction, *key)
        }
        Action::Retire { key } => {
            calls.cycle = progress.clock(op);
            calls.retire(*key);
        }
        Action::Predict { address, expected, input } => {
            progress.check(op, *input, calls.predict(*address), *expected, Input::Predict);
        }
        Action::Train { training } => {
            calls.cycle = progress.clock(op);
            calls.train(*training);
        }
        _ => return seldom(calls, op, progress),
    }
    true
}

/// A scalar access that is expected to go to the SRAM.
#[inline(always)]
fn sram<P: Ports, O: Observer>(calls: &mut Calls<'_, P, O>, op: &Op, progress: &mut Progress<'_>) -> bool {
    if calls.stores.next_data().is_some() {
        return false;
    }
    if calls.sram_access() {
        progress.stop_if(calls.ports.sram().has_changed(), op);
    }
    true
}

fn seldom<P: Ports, O: Observer>(calls: &mut Calls<'_, P, O>, op: &Op, progress: &mut Progress<'_>) -> bool {
    calls.cycle = progress.clock(op);
    match op.action {
        Action::Any { address, word, part, outcome, input } => {
            let slot = Slot { address, word, number: part, timing: Timing::new(word, part) };
            progress.check(op, input, calls.issue(slot), outcome, Input::Outcome);
            progress.stop_if(calls.ends(), op);
        }
        Action::Request { access } => return calls.data_request() == access,
        Action::Accept => {
            calls.data_access();
            progress.stop_if(calls.ports.sram().has_changed(), op);
        }
        Action::VectorRequest { key, access, input } => {
            progress.check(op, input, calls.vector_request(key), access, Input::Access);
        }
        Action::Beats { key, first, count } => {
            let left = progress.last - op.offset + 1;
            beats(calls, key, first, u16::from(count).min(left) as u8);
            progress.stop_if(calls.ports.sram().has_changed(), op);
        }
        Action::ParallelRequest { key, delay, input } => {
            progress.check(op, input, calls.parallel_request(key), delay, Input::Delay);
        }
        Action::Parallel { key } => calls.parallel(key),
        Action::Capture { key } => calls.capture(key),
        Action::Fetch { address, word, input } => {
            progress.check(op, input, calls.fetch(address), word, Input::Fetch);
        }
        _ => {}
    }
    true
}

fn beats<P: Ports, O: Observer>(calls: &mut Calls<'_, P, O>, key: u8, first: u8, count: u8) {
    let begin = calls.cycle;
    for word in 0..count {
        calls.cycle = begin + u64::from(word);
        calls.beat(key, first + word);
    }
}
