//! Stalls: barriers, waiting for the trace memory, and the instruction timeout that ends every stall but a WaitUntil.

use super::device::Device;
use super::executor::Executor;
use crate::message::{FromFpga, ToFpga};

impl<D: Device> Executor<D> {
    /// Barrier message: waits until the selected channels (Omnibus, JTAG, systime) are idle. The barriers between FPGAs pass at
    /// once on a single one.
    pub(super) fn barrier(&mut self, selected: [bool; 3], out: &mut Vec<u64>) {
        let idle_at = [self.bus.idle_at, self.jtag.idle_at, self.systime.idle_at()];
        let ready =
            selected.into_iter().zip(idle_at).filter(|(selected, _)| *selected).map(|(_, at)| at).max();
        self.stall_until(ready.unwrap_or(0), out);
    }

    /// Lets the message wait for a cycle however long that takes. Returns whether it is there; otherwise the message pauses.
    #[inline]
    pub(super) fn wait_until(&mut self, ready: u64) -> bool {
        if ready > self.cycle && ready >= self.until {
            self.cycle = self.cycle.max(self.until);
            self.paused = true;
            return false;
        }
        self.cycle = self.cycle.max(ready);
        true
    }

    /// Lets the message wait for a cycle. Returns whether it may go on; otherwise it pauses or timed out.
    #[inline]
    pub(super) fn stall_until(&mut self, ready: u64, out: &mut Vec<u64>) -> bool {
        if ready <= self.cycle {
            return true;
        }
        let deadline = self.deadline();
        if ready <= deadline {
            return self.wait_until(ready);
        }
        if self.wait_until(deadline) {
            self.time_out(out);
        }
        false
    }

    /// Last cycle up to which the present message may stall.
    pub(super) fn deadline(&self) -> u64 {
        self.issued.saturating_add(self.registers.instruction_timeout())
    }

    /// Lets a message that will be answered wait until the trace memory has room for the answer. Returns whether it may go on.
    #[inline]
    pub(super) fn trace_has_room(&mut self, message: ToFpga, out: &mut Vec<u64>) -> bool {
        let Some(config) = self.config.trace else { return true };
        if !is_answered(message) {
            return true;
        }
        // What has arrived takes its place first.
        self.flush(self.cycle.saturating_sub(1), out);
        let free_at = self.trace.free_at(&config, self.cycle);
        if free_at > self.cycle {
            self.trace.count_stall();
            self.statistics.trace_stalls += 1;
        }
        match message {
            // The end of a program is waited for however long it takes.
            ToFpga::HALT => self.wait_until(free_at),
            _ => self.stall_until(free_at, out),
        }
    }

    /// Gives up on the message in the present cycle, the end of the instruction timeout: tells the host and skips the rest of
    /// the program.
    pub(super) fn time_out(&mut self, out: &mut Vec<u64>) {
        self.flush(self.cycle, out);
        let notification = FromFpga::TimeoutNotification {
            instruction_index: self.instruction_index(),
            trace_stall_count: self.trace.take_stalls(),
            omnibus_reads_in_flight: self.bus.reads_in_flight(self.cycle),
        };
        self.send(self.cycle, notification, out);
        self.poll = None;
        self.discard_program();
        self.statistics.timeouts += 1;
    }
}

/// Whether a message puts something into the trace memory by itself.
fn is_answered(message: ToFpga) -> bool {
    matches!(
        message,
        ToFpga::OmnibusAddress { is_read: true, .. }
            | ToFpga::JtagData { keep_response: true, .. }
            | ToFpga::Loopback { .. }
            | ToFpga::SystimeInit { .. }
    )
}
