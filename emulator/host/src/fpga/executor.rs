//! The playback executor: an in-order pipeline that carries out one message per FPGA cycle unless a message stalls.
//!
//! Virtual time passes only while messages are carried out, so how a program is cut into pushes and how long the host pauses
//! make no difference. A message issued in cycle `n` reaches the chip `to_chip_latency_cycles` later. Everything else the FPGA
//! does by itself (JTAG shifts, answers, notifications) is kept as work due in a cycle and carried out when that cycle is
//! needed.
//!
//! [`Executor::push`] carries everything out at once. [`Executor::play`] stops at a given cycle, in the middle of a stall if need
//! be, so that a host can take over and a slow one can hold the executor up. Not modelled: several FPGAs (their barriers pass at
//! once), the performance test, SpikeIO.

use super::board::Board;
use super::config::{ExecutorConfig, LinkDown};
use super::device::Device;
use super::jtag::{Jtag, JtagCommand, MAX_DATA_BITS};
use super::link::Link;
use super::omnibus::{Bus, Poll};
use super::output::{Notice, Output};
use super::registers::Registers;
use super::statistics::Statistics;
use super::timer::{Systime, Timer};
use super::trace::Trace;
use crate::message::{COMMA, FromFpga, LoopbackKind, ToFpga};
use hx_chip::time::Time;
use serde::{Deserialize, Serialize};

/// An FPGA with a chip behind it: words in, words out. Plain data; a copy continues independently.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Executor<D> {
    pub(super) config: ExecutorConfig,
    pub(super) device: D,
    /// Cycle in which the next message is issued; while one is carried out, the cycle it has reached.
    pub(super) cycle: u64,
    /// Position in the program of the next message.
    index: u64,
    /// Whether the rest of the program is skipped after a timeout.
    discarding: bool,
    /// Cycle from which nothing may be carried out for now; `u64::MAX` if there is no such limit.
    pub(super) until: u64,
    /// Cycle in which the present message was issued.
    pub(super) issued: u64,
    /// Whether the present message has to wait beyond the limit.
    pub(super) paused: bool,
    /// Whether the present message was counted as one without link.
    pub(super) missed_link: bool,
    /// Message that waits beyond the limit of the last call.
    pending: Option<ToFpga>,
    pub(super) poll: Option<Poll>,
    pub(super) timer: Timer,
    pub(super) systime: Systime,
    pub(super) bus: Bus,
    pub(super) jtag: Jtag,
    pub(super) link: Link,
    pub(super) registers: Registers,
    pub(super) board: Board,
    pub(super) output: Output,
    pub(super) trace: Trace,
    pub(super) statistics: Statistics,
}

impl<D: Device> Executor<D> {
    /// An FPGA after power-up with this chip.
    #[must_use]
    pub fn new(config: ExecutorConfig, device: D) -> Self {
        let jtag = Jtag::new(config.jtag_idcode, config.jtag_overhead_tck);
        Self {
            config,
            device,
            cycle: 0,
            index: 0,
            discarding: false,
            until: u64::MAX,
            issued: 0,
            paused: false,
            missed_link: false,
            pending: None,
            poll: None,
            timer: Timer::default(),
            systime: Systime::default(),
            bus: Bus::default(),
            jtag,
            link: Link::new(),
            registers: Registers::default(),
            board: Board::default(),
            output: Output::default(),
            trace: Trace::default(),
            statistics: Statistics::default(),
        }
    }

    /// Resets the FPGA (not the chip, not the board) to its state after power-up. Time goes on, and what was counted stays.
    pub fn reset(&mut self) {
        (self.index, self.discarding) = (0, false);
        (self.pending, self.poll) = (None, None);
        self.timer.setup(self.cycle);
        self.systime = Systime::default();
        self.bus = Bus::default();
        self.jtag = Jtag::new(self.config.jtag_idcode, self.config.jtag_overhead_tck);
        self.link.reset_fpga();
        self.registers = Registers::default();
        self.output = Output::default();
        self.trace = Trace::default();
        let at = self.reach_chip(self.cycle);
        self.device.external(at).clear();
    }

    /// The chip.
    #[must_use]
    pub fn device(&self) -> &D {
        &self.device
    }

    /// The chip, for tools that look or set up something besides the link.
    pub fn device_mut(&mut self) -> &mut D {
        &mut self.device
    }

    /// The latencies in use.
    #[must_use]
    pub fn config(&self) -> &ExecutorConfig {
        &self.config
    }

    /// What was counted so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// Chip time passed.
    #[must_use]
    pub fn time(&self) -> Time {
        Time::from_fpga_cycles(self.cycle)
    }

    /// Cycle in which the next message is issued, at the earliest.
    #[must_use]
    pub fn cycle(&self) -> u64 {
        self.cycle
    }

    /// Whether a program has begun whose halt was not answered yet.
    #[must_use]
    pub fn in_program(&self) -> bool {
        self.index > 0 || self.discarding || self.pending.is_some()
    }

    /// Whether a message still waits for the limit of [`Executor::play`] to be raised.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.pending.is_some()
    }

    /// Carries out to-FPGA words and appends the from-FPGA words that become complete. Words with a comma are skipped, words
    /// with an unknown id are counted and skipped.
    pub fn push(&mut self, words: &[u64], out: &mut Vec<u64>) {
        self.play(words, u64::MAX, out);
    }

    /// As [`Executor::push`], but carries out nothing from cycle `until` on: a message that has to wait that long, be it for
    /// the timer, is taken and kept, and everything that has arrived by then is answered. Returns how many words were taken;
    /// the rest is for the next call, with a later limit. What the host receives does not depend on the limits.
    ///
    /// A caller that gives the executor a slice of time per call gets answers bounded by what can happen in a slice, may look
    /// for a reset in between, and holds everything up by not calling.
    pub fn play(&mut self, words: &[u64], until: u64, out: &mut Vec<u64>) -> usize {
        self.until = until;
        if let Some(message) = self.pending.take() {
            self.proceed(message, out);
        }
        let mut taken = 0;
        while taken < words.len() && self.pending.is_none() && self.cycle < until {
            self.take_word(words[taken], out);
            taken += 1;
        }
        self.until = u64::MAX;
        if self.cycle >= until {
            self.flush(until.saturating_sub(1), out);
        }
        taken
    }

    /// Sends what has arrived by now and completes the last word, for a stream that ends without a halt.
    pub fn finish(&mut self, out: &mut Vec<u64>) {
        self.flush(self.cycle, out);
        self.close_output(out);
    }

    #[inline]
    fn take_word(&mut self, word: u64, out: &mut Vec<u64>) {
        match ToFpga::decode(word) {
            Some(message) if !self.discarding || message == ToFpga::HALT => {
                (self.issued, self.missed_link) = (self.cycle, false);
                self.proceed(message, out);
            }
            Some(_) => self.statistics.discarded_messages += 1,
            None if word & COMMA != 0 => {}
            None => self.statistics.unknown_messages += 1,
        }
    }

    /// Begins or continues a message, which either is finished afterwards or waits for the limit to be raised.
    #[inline]
    fn proceed(&mut self, message: ToFpga, out: &mut Vec<u64>) {
        if self.trace_has_room(message, out) {
            self.carry_out(message, out);
        }
        if self.paused {
            (self.paused, self.pending) = (false, Some(message));
            return;
        }
        self.cycle += 1;
        self.index = if message == ToFpga::HALT { 0 } else { self.index + 1 };
        self.statistics.messages += 1;
    }

    #[inline]
    fn carry_out(&mut self, message: ToFpga, out: &mut Vec<u64>) {
        match message {
            ToFpga::HALT => self.halt(out),
            ToFpga::OmnibusAddress { address, is_read: true, .. } => self.read(address, out),
            ToFpga::OmnibusAddress { address, byte_enables, .. } => {
                self.bus.latched = (address, byte_enables)
            }
            ToFpga::OmnibusData { data } => self.write(data, out),
            ToFpga::SpikePack1 { spike0 } => self.spikes(&[spike0]),
            ToFpga::SpikePack2 { spike0, spike1 } => self.spikes(&[spike0, spike1]),
            ToFpga::SpikePack3 { spike0, spike1, spike2 } => self.spikes(&[spike0, spike1, spike2]),
            ToFpga::Setup => self.timer.setup(self.cycle),
            ToFpga::WaitUntil { time } => {
                self.wait_until(self.timer.reaches(self.cycle, time));
            }
            ToFpga::Barrier { omnibus, jtag, systime, .. } => {
                self.barrier([omnibus, jtag, systime], out);
            }
            ToFpga::PollingOmnibusBlock { expect_equal } => self.poll(expect_equal, out),
            ToFpga::Loopback { kind } => self.loopback(kind, out),
            ToFpga::SystimeInit { do_sync: true } => self.synchronise(out),
            ToFpga::SystimeInit { do_sync: false } => self.report_systime(out),
            ToFpga::Reset { reset } => self.set_reset(reset),
            ToFpga::JtagScaler { scaler } => self.jtag.set_scaler(scaler),
            ToFpga::JtagInit => self.post_jtag(JtagCommand::Init, out),
            ToFpga::JtagIns { instruction } => self.post_jtag(JtagCommand::Instruction(instruction), out),
            ToFpga::JtagData { payload, num_bits, keep_response } => {
                let bits = num_bits.min(MAX_DATA_BITS);
                self.post_jtag(JtagCommand::Data { payload, bits, keep_response }, out);
            }
        }
    }

    /// Sends spikes to the chip in one cycle.
    #[inline]
    fn spikes(&mut self, labels: &[u16]) {
        if self.link.usable_from() > self.cycle {
            self.statistics.spikes_without_link += labels.len() as u64;
            if self.config.link_down == LinkDown::Block {
                return;
            }
        }
        let at = self.reach_chip(self.cycle);
        labels.iter().for_each(|label| self.device.spike(at, *label));
        self.link.sent += 1;
        self.statistics.spikes_to_chip += labels.len() as u64;
    }

    fn loopback(&mut self, kind: LoopbackKind, out: &mut Vec<u64>) {
        self.flush(self.cycle, out);
        self.send(self.cycle, FromFpga::Loopback { kind }, out);
    }

    /// End of a program: answered after all reads are, although the host would have to ask for that by barriers.
    fn halt(&mut self, out: &mut Vec<u64>) {
        let answered = self.bus.last_response.max(self.jtag.last_response);
        if answered >= self.cycle && !self.wait_until(answered + 1) {
            return;
        }
        self.loopback(LoopbackKind::Halt, out);
        self.close_output(out);
        self.discarding = false;
        self.statistics.programs += 1;
        self.cycle += self.config.program_gap_cycles;
    }

    /// Appends a command to those that the JTAG engine works off; waits for a place among them.
    fn post_jtag(&mut self, command: JtagCommand, out: &mut Vec<u64>) {
        if self.jtag.is_full() {
            self.flush(self.cycle, out);
            let due = if self.jtag.is_full() { self.jtag.next_due() } else { 0 };
            if !self.stall_until(due, out) {
                return;
            }
            self.run_jtag(self.cycle);
        }
        self.jtag.post(self.cycle, command);
    }

    /// Starts a synchronisation. The chip loads its counter when the request arrives; from its completion on the FPGA's
    /// systime continues that count.
    fn synchronise(&mut self, out: &mut Vec<u64>) {
        if !self.pass_link(out) || !self.stall_until(self.systime.idle_at(), out) {
            return;
        }
        self.flush(self.cycle, out);
        let at = self.reach_chip(self.cycle);
        let counter = self.device.synchronise(at);
        let complete = self.cycle + self.config.systime_sync_cycles;
        self.systime.synchronise(at.fpga_cycles(), counter, complete);
        self.output.announce(complete, Notice::Synchronised);
    }

    fn report_systime(&mut self, out: &mut Vec<u64>) {
        self.flush(self.cycle, out);
        self.send_systime(self.cycle, out);
    }

    /// Drives the reset line; a chip in reset drops its links.
    fn set_reset(&mut self, asserted: bool) {
        let at = self.reach_chip(self.cycle);
        self.device.reset(at, asserted);
        if asserted {
            self.enable_chip_phys(self.cycle, 0);
        }
    }

    /// Message position for a timeout notification.
    pub(super) fn instruction_index(&self) -> u32 {
        self.index as u32
    }

    /// Skips the rest of the program up to its halt.
    pub(super) fn discard_program(&mut self) {
        self.discarding = true;
    }
}
