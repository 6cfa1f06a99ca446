//! The playback executor: an in-order pipeline that carries out one message per FPGA cycle unless a message stalls.
//!
//! Virtual time passes only while messages are carried out, so how a program is cut into pushes and how long the host pauses
//! make no difference. A message issued in cycle `n` reaches the chip `to_chip_latency_cycles` later. Everything else the FPGA
//! does by itself (JTAG shifts, answers, notifications) is kept as work due in a cycle and carried out when that cycle is
//! needed. Not modelled: several FPGAs (their barriers pass at once), the performance test, SpikeIO.

use super::board::Board;
use super::config::{ExecutorConfig, LinkDown};
use super::device::Device;
use super::jtag::{Jtag, JtagCommand, MAX_DATA_BITS};
use super::link::Link;
use super::omnibus::Bus;
use super::output::{Notice, Output};
use super::registers::Registers;
use super::statistics::Statistics;
use super::timer::{Systime, Timer};
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
    pub(super) timer: Timer,
    pub(super) systime: Systime,
    pub(super) bus: Bus,
    pub(super) jtag: Jtag,
    pub(super) link: Link,
    pub(super) registers: Registers,
    pub(super) board: Board,
    pub(super) output: Output,
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
            timer: Timer::default(),
            systime: Systime::default(),
            bus: Bus::default(),
            jtag,
            link: Link::new(),
            registers: Registers::default(),
            board: Board::default(),
            output: Output::default(),
            statistics: Statistics::default(),
        }
    }

    /// Resets the FPGA (not the chip, not the board) to its state after power-up. Time goes on, and what was counted stays.
    pub fn reset(&mut self) {
        (self.index, self.discarding) = (0, false);
        self.timer.setup(self.cycle);
        self.systime = Systime::default();
        self.bus = Bus::default();
        self.jtag = Jtag::new(self.config.jtag_idcode, self.config.jtag_overhead_tck);
        self.link.reset_fpga();
        self.registers = Registers::default();
        self.output = Output::default();
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

    /// Carries out to-FPGA words and appends the from-FPGA words that become complete. Words with a comma are skipped, words
    /// with an unknown id are counted and skipped.
    pub fn push(&mut self, words: &[u64], out: &mut Vec<u64>) {
        for &word in words {
            match ToFpga::decode(word) {
                Some(message) => self.take(message, out),
                None if word & COMMA != 0 => {}
                None => self.statistics.unknown_messages += 1,
            }
        }
    }

    /// Sends what has arrived by now and completes the last word, for a stream that ends without a halt.
    pub fn finish(&mut self, out: &mut Vec<u64>) {
        self.flush(self.cycle, out);
        self.close_output(out);
    }

    #[inline]
    fn take(&mut self, message: ToFpga, out: &mut Vec<u64>) {
        match message {
            ToFpga::HALT => self.halt(out),
            _ if self.discarding => {
                self.statistics.discarded_messages += 1;
                return;
            }
            message => {
                self.carry_out(message, out);
                self.index += 1;
            }
        }
        self.cycle += 1;
        self.statistics.messages += 1;
    }

    #[inline]
    fn carry_out(&mut self, message: ToFpga, out: &mut Vec<u64>) {
        match message {
            ToFpga::OmnibusAddress { address, is_read: true, .. } => self.read(address, out),
            ToFpga::OmnibusAddress { address, byte_enables, .. } => {
                self.bus.latched = (address, byte_enables)
            }
            ToFpga::OmnibusData { data } => self.write(data, out),
            ToFpga::SpikePack1 { spike0 } => self.spikes(&[spike0]),
            ToFpga::SpikePack2 { spike0, spike1 } => self.spikes(&[spike0, spike1]),
            ToFpga::SpikePack3 { spike0, spike1, spike2 } => self.spikes(&[spike0, spike1, spike2]),
            ToFpga::Setup => self.timer.setup(self.cycle),
            ToFpga::WaitUntil { time } => self.cycle = self.timer.reaches(self.cycle, time),
            ToFpga::Barrier { omnibus, jtag, systime, .. } => self.barrier(omnibus, jtag, systime, out),
            ToFpga::PollingOmnibusBlock { expect_equal } => self.poll(expect_equal, out),
            ToFpga::Loopback { kind } => self.loopback(kind, out),
            ToFpga::SystimeInit { do_sync: true } => self.synchronise(out),
            ToFpga::SystimeInit { do_sync: false } => self.report_systime(out),
            ToFpga::Reset { reset } => self.set_reset(reset),
            ToFpga::JtagScaler { scaler } => self.jtag.set_scaler(scaler),
            ToFpga::JtagInit => self.jtag.post(self.cycle, JtagCommand::Init),
            ToFpga::JtagIns { instruction } => {
                self.jtag.post(self.cycle, JtagCommand::Instruction(instruction))
            }
            ToFpga::JtagData { payload, num_bits, keep_response } => {
                let bits = num_bits.min(MAX_DATA_BITS);
                self.jtag.post(self.cycle, JtagCommand::Data { payload, bits, keep_response });
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
        if answered >= self.cycle {
            self.cycle = answered + 1;
        }
        self.loopback(LoopbackKind::Halt, out);
        self.close_output(out);
        (self.index, self.discarding) = (0, false);
        self.statistics.programs += 1;
        self.cycle += self.config.program_gap_cycles;
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
