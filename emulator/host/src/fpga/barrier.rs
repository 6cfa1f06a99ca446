//! Stalls: barriers, and the instruction timeout that ends every stall but a WaitUntil.

use super::device::Device;
use super::executor::Executor;
use crate::message::FromFpga;

impl<D: Device> Executor<D> {
    /// Barrier message: waits until the selected channels are idle. The barriers between FPGAs pass at once on a single one.
    pub(super) fn barrier(&mut self, omnibus: bool, jtag: bool, systime: bool, out: &mut Vec<u64>) {
        let channels =
            [(omnibus, self.bus.idle_at), (jtag, self.jtag.idle_at), (systime, self.systime.idle_at())];
        let ready = channels.iter().filter(|(selected, _)| *selected).map(|(_, idle_at)| *idle_at).max();
        self.stall_until(ready.unwrap_or(0), out);
    }

    /// Lets the message wait for a cycle. Returns whether it may go on; otherwise it timed out.
    pub(super) fn stall_until(&mut self, ready: u64, out: &mut Vec<u64>) -> bool {
        if ready.saturating_sub(self.cycle) > self.registers.instruction_timeout() {
            self.time_out(out);
            return false;
        }
        self.cycle = self.cycle.max(ready);
        true
    }

    /// Gives up on the message, which was issued in the present cycle, after the instruction timeout: tells the host and skips
    /// the rest of the program.
    pub(super) fn time_out(&mut self, out: &mut Vec<u64>) {
        self.cycle = self.cycle.saturating_add(self.registers.instruction_timeout());
        self.flush(self.cycle, out);
        let notification = FromFpga::TimeoutNotification {
            instruction_index: self.instruction_index(),
            trace_stall_count: 0,
            omnibus_reads_in_flight: self.bus.reads_in_flight(self.cycle),
        };
        self.send(self.cycle, notification, out);
        self.discard_program();
        self.statistics.timeouts += 1;
    }
}
