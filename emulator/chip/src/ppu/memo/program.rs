//! What a node does, in the form in which it is done.

use super::node::{Action, Op};
use crate::ppu::scalar::Decoded;

/// Things to be done in order. Scalar instructions that follow one another are kept apart, so that they can be done in one go.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    pub ops: Vec<Op>,
    scalars: Vec<Decoded>,
    /// Cycle of each scalar instruction.
    offsets: Vec<u16>,
    /// Instructions that count as issued before each thing to be done, and in all; without those of runs.
    issues: Vec<u16>,
}

impl Program {
    /// From single steps.
    pub(super) fn new(steps: impl Iterator<Item = Op>) -> Self {
        let mut program = Self::default();
        steps.for_each(|op| program.push(op));
        program.issues = std::iter::once(0).chain(program.ops.iter().scan(0, count_issues)).collect();
        program
    }

    fn push(&mut self, op: Op) {
        let Action::Scalar { decoded } = op.action else {
            self.ops.push(op);
            return;
        };
        if let Some(Op { action: Action::Run { count, .. }, .. }) = self.ops.last_mut() {
            *count += 1;
        } else {
            let action = Action::Run { first: self.scalars.len() as u32, count: 1 };
            self.ops.push(Op { offset: op.offset, action });
        }
        self.scalars.push(decoded);
        self.offsets.push(op.offset);
    }

    /// The instructions of a run in the cycles `from` to `last`.
    #[inline]
    pub(super) fn run(&self, first: u32, count: u16, from: u16, last: u16) -> &[Decoded] {
        let range = first as usize..first as usize + usize::from(count);
        let (all, offsets) = (&self.scalars[range.clone()], &self.offsets[range]);
        match offsets {
            [begin, .., end] if *begin >= from && *end <= last => all,
            [single] if *single >= from && *single <= last => all,
            _ => {
                let skipped = offsets.partition_point(|&offset| offset < from);
                let end = offsets.partition_point(|&offset| offset <= last);
                &all[skipped..end.max(skipped)]
            }
        }
    }

    /// Instructions that count as issued by the things to be done from number `begin` to before `end`.
    pub(super) fn issues(&self, begin: usize, end: usize) -> u64 {
        let before = |place: usize| self.issues.get(place).copied().unwrap_or(0);
        u64::from(before(end).saturating_sub(before(begin)))
    }

    /// Memory it takes, in things to be done.
    pub(super) fn size(&self) -> usize {
        self.ops.len() + self.scalars.len()
    }
}

fn count_issues(issues: &mut u16, op: &Op) -> Option<u16> {
    *issues += u16::from(op.action.issues());
    Some(*issues)
}
