//! Results on their way that an interrupt loses.
//!
//! The hardware switches write-back off while it takes an interrupt, so that fixed-latency results which are not yet in their
//! registers never get there (electronicvisions/nux `src/rtl/processor/inst_track.sv`, signal `disable_wb`). Here an instruction writes its
//! registers when it issues; what it overwrote is remembered until the hardware would have written.

use serde::{Deserialize, Serialize};

use super::pipeline::Timing;
use super::queue::Queue;
use super::scalar::{Registers, Timers};

/// Results that can be on their way at a time.
const DEPTH: usize = 8;

/// One instruction's results: where they go and what was there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Result {
    /// Cycle in which the hardware writes.
    written: u64,
    timing: Timing,
    general: u32,
    cr: u32,
    xer: u32,
    lr: u32,
    ctr: u32,
    msr: u32,
    special: u32,
}

/// What was overwritten in the last cycles, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    results: Queue<Result, DEPTH>,
    /// Until this cycle everything has to be remembered.
    loss: u64,
}

/// Cycles from the issue of an instruction with an exception to the last in which an instruction that issues may be lost.
const LOSS: u64 = 4;

impl Undo {
    /// An instruction is about to be executed whose result the hardware writes with a fixed latency.
    pub fn note(&mut self, registers: &Registers, timing: &Timing, cycle: u64) {
        if !timing.has_fixed_result() {
            return;
        }
        self.forget(cycle);
        if self.results.is_full() {
            self.results.pop();
        }
        let special =
            timing.plain_special().map_or(0, |number| registers.read_spr(&Timers::default(), number, 0));
        self.results.push(Result {
            written: cycle + u64::from(timing.latency()) + 1,
            timing: *timing,
            general: registers.gpr[usize::from(timing.general_result().unwrap_or(0))],
            cr: registers.cr,
            xer: registers.xer,
            lr: registers.lr,
            ctr: registers.ctr,
            msr: registers.msr,
            special,
        });
    }

    /// An exception comes of the instruction that issues in this cycle.
    pub fn expect_loss(&mut self, cycle: u64) {
        self.loss = cycle + LOSS;
    }

    /// Whether an exception is about to lose results.
    pub fn expects_loss(&self, cycle: u64) -> bool {
        cycle <= self.loss && self.loss != 0
    }

    /// Drops what the hardware has written before `cycle`.
    pub fn forget(&mut self, cycle: u64) {
        while self.results.first().is_some_and(|oldest| oldest.written < cycle) {
            self.results.pop();
        }
    }

    /// Takes back everything that the hardware would write after `cycle`.
    pub fn cancel(&mut self, registers: &mut Registers, cycle: u64) {
        self.results
            .as_slice()
            .iter()
            .rev()
            .filter(|result| result.written > cycle)
            .for_each(|r| r.restore(registers));
        self.results = Queue::default();
    }
}

impl Result {
    fn restore(&self, registers: &mut Registers) {
        if let Some(register) = self.timing.general_result() {
            registers.gpr[usize::from(register)] = self.general;
        }
        let fields = self.timing.condition_results();
        (0..8).filter(|field| fields >> field & 1 == 1).for_each(|field| {
            registers.set_cr_field(field, self.cr >> (28 - 4 * field));
        });
        registers.xer = if self.timing.writes_xer() { self.xer } else { registers.xer };
        if let Some(number) = self.timing.plain_special() {
            registers.write_spr(&mut Timers::default(), number, self.special, 0);
        }
        self.restore_single(registers);
    }

    fn restore_single(&self, registers: &mut Registers) {
        let [ctr, lr, msr] = self.timing.single_results();
        registers.ctr = if ctr { self.ctr } else { registers.ctr };
        registers.lr = if lr { self.lr } else { registers.lr };
        registers.msr = if msr { self.msr } else { registers.msr };
    }
}
