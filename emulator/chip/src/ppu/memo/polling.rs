//! Recognising loops that only wait: the same node with the same registers, and nothing done in between that leaves a trace.

use std::collections::VecDeque;

use super::node::NodeId;
use crate::ppu::calls::{Calls, Queued};
use crate::ppu::ports::{Observer, Ports};
use crate::ppu::scalar::Registers;

/// A situation to which the program may come back.
struct Situation {
    node: NodeId,
    cycle: u64,
    issued: u64,
    touched: u64,
    predictor: u64,
    registers: Registers,
    queue: VecDeque<Queued>,
}

/// Looks out for the same situation to come again, remembering ever later ones.
pub(super) struct Lookout {
    seen: Option<Situation>,
    nodes: u32,
    next: u32,
}

impl Default for Lookout {
    fn default() -> Self {
        Self { seen: None, nodes: 0, next: 8 }
    }
}

impl Lookout {
    /// A node is about to begin. If everything is as it was once before, whole rounds are passed over up to `limit`.
    #[inline]
    pub(super) fn look<P: Ports, O: Observer>(
        &mut self,
        calls: &mut Calls<'_, P, O>,
        node: NodeId,
        limit: u64,
    ) {
        self.nodes += 1;
        if self.seen.as_ref().is_some_and(|seen| seen.node == node && seen.touched == calls.touched) {
            self.compare(calls, limit);
        }
        if self.nodes == self.next {
            self.seen = Some(Situation::new(calls, node));
            self.next = self.next.saturating_mul(2);
        }
    }

    fn compare<P: Ports, O: Observer>(&mut self, calls: &mut Calls<'_, P, O>, limit: u64) {
        let Some(seen) = self.seen.as_ref().filter(|seen| seen.is_now(calls)) else { return };
        let period = calls.cycle - seen.cycle;
        if period == 0 || calls.cycle >= limit {
            return;
        }
        let rounds = (limit - calls.cycle) / period;
        *calls.issued += rounds * (*calls.issued - seen.issued);
        calls.cycle += rounds * period;
        *self = Self::default();
    }
}

impl Situation {
    fn new<P: Ports, O: Observer>(calls: &Calls<'_, P, O>, node: NodeId) -> Self {
        Self {
            node,
            cycle: calls.cycle,
            issued: *calls.issued,
            touched: calls.touched,
            predictor: calls.predictor.version(),
            registers: *calls.registers,
            queue: calls.stores.queue().clone(),
        }
    }

    fn is_now<P: Ports, O: Observer>(&self, calls: &Calls<'_, P, O>) -> bool {
        self.predictor == calls.predictor.version()
            && self.registers == *calls.registers
            && self.queue == *calls.stores.queue()
    }
}
