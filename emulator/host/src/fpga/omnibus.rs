//! The executor as Omnibus master: posted reads and writes, their answers in request order, and the polling block.

use super::config::LinkDown;
use super::device::Device;
use super::executor::Executor;
use super::jtag::JtagEffect;
use super::output::Notice;
use super::registers::{COMMON_PHY_CHIP, FPGA_SIDE};
use hx_chip::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Slots of the ring in which the last reads are remembered; more than can be in flight.
const RING: usize = 64;
/// Answers that may wait before they are sent without an occasion.
const RESPONSE_BACKLOG: usize = 1 << 16;

/// State of the bus master.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bus {
    /// Address and byte enables for the next Data message.
    pub latched: (u32, u8),
    /// Cycle in which the last access is complete.
    pub idle_at: u64,
    /// Answers that wait to be sent, with the cycle of their arrival.
    pub responses: VecDeque<(u64, u32)>,
    /// Answers sent so far: the number of the first that waits.
    sent: u64,
    /// Answers that the chip does not know yet, by the time at which it does.
    late: VecDeque<Late>,
    /// Cycle of the last answer.
    pub last_response: u64,
    /// Number of reads issued.
    reads: usize,
    /// Cycles in which the last reads are answered.
    answered_at: Vec<u64>,
}

impl Default for Bus {
    fn default() -> Self {
        let (responses, answered_at) = (VecDeque::new(), vec![0; RING]);
        Self {
            latched: (0, 0xf),
            idle_at: 0,
            responses,
            sent: 0,
            late: VecDeque::new(),
            last_response: 0,
            reads: 0,
            answered_at,
        }
    }
}

/// A read whose answer the chip does not know yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Late {
    /// When it does.
    at: Time,
    address: u32,
    /// Number of the answer.
    number: u64,
}

/// A read of the polling block that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Poll {
    /// Cycle of its answer.
    answer: u64,
    data: u32,
    /// When the chip knows the answer, if it does not yet.
    late: Option<Time>,
}

impl Bus {
    /// Cycle from which another read fits under the limit of reads in flight.
    #[inline]
    fn free_at(&self, limit: u32) -> u64 {
        let limit = (limit as usize).clamp(1, RING - 1);
        self.answered_at[self.reads.wrapping_sub(limit) % RING]
    }

    /// Enters a read that is answered in this cycle at the earliest, after all others.
    #[inline]
    fn enter_read(&mut self, ready_at: u64, interval: u64, data: u32) {
        let at = ready_at.max(self.last_response + interval);
        self.last_response = at;
        self.idle_at = self.idle_at.max(at);
        self.answered_at[self.reads % RING] = at;
        self.reads = self.reads.wrapping_add(1);
        self.responses.push_back((at, data));
    }

    /// The answer entered last is `late`.
    fn note_late(&mut self, at: Time, address: u32) {
        let number = self.sent + self.responses.len() as u64 - 1;
        let place = self.late.partition_point(|other| other.at <= at);
        self.late.insert(place, Late { at, address, number });
    }

    /// When the chip knows the oldest answer, if it does not yet.
    pub fn oldest_late(&self) -> Option<Time> {
        self.late.iter().find(|late| late.number == self.sent).map(|late| late.at)
    }

    /// Takes the oldest answer.
    pub fn take_response(&mut self) -> u32 {
        self.sent += 1;
        self.responses.pop_front().map_or(0, |(_, data)| data)
    }

    /// Reads unanswered in this cycle.
    pub fn reads_in_flight(&self, cycle: u64) -> u8 {
        self.answered_at.iter().filter(|at| **at > cycle).count() as u8
    }
}

impl<D: Device> Executor<D> {
    /// Chip time at which something issued in this cycle arrives. What JTAG has done by then is done first.
    #[inline]
    pub(super) fn reach_chip(&mut self, cycle: u64) -> Time {
        if self.jtag.next_due() <= cycle {
            self.run_jtag(cycle);
        }
        let at = Time::from_fpga_cycles(cycle + self.config.to_chip_latency_cycles);
        if !self.bus.late.is_empty() {
            self.finish_reads(at);
        }
        at
    }

    /// Fetches the answers that the chip knows by `at`, before it goes on.
    pub(super) fn finish_reads(&mut self, at: Time) {
        while let Some(late) = self.bus.late.pop_front_if(|late| late.at <= at) {
            let data = self.device.finish_read(late.at, late.address);
            let place = late.number.checked_sub(self.bus.sent);
            if let Some(response) = place.and_then(|place| self.bus.responses.get_mut(place as usize)) {
                response.1 = data;
            }
        }
    }

    /// Lets an Omnibus access to the chip wait for the link if the configuration says so. Returns whether it may go on.
    pub(super) fn pass_link(&mut self, out: &mut Vec<u64>) -> bool {
        if self.link.usable_from() <= self.cycle {
            return true;
        }
        if !std::mem::replace(&mut self.missed_link, true) {
            self.statistics.accesses_without_link += 1;
        }
        match self.config.link_down {
            LinkDown::Carry => true,
            LinkDown::Block => {
                let ready = self.link_ready();
                self.stall_until(ready, out)
            }
        }
    }

    /// Cycle from which a link is up, or `u64::MAX` if the instruction timeout comes first. JTAG commands that are under way may
    /// bring it up.
    fn link_ready(&mut self) -> u64 {
        let deadline = self.deadline();
        let horizon = deadline.min(self.until.saturating_sub(1));
        while self.link.usable_from() == u64::MAX && self.jtag.next_due() <= horizon {
            self.run_jtag(self.jtag.next_due());
        }
        match self.link.usable_from() {
            // JTAG may still bring it up, but not within this call.
            u64::MAX if self.jtag.next_due() <= deadline => self.until,
            ready => ready,
        }
    }

    /// Data message: writes to the latched address.
    #[inline]
    pub(super) fn write(&mut self, data: u32, out: &mut Vec<u64>) {
        let (address, byte_enables) = self.bus.latched;
        let duration = if address & FPGA_SIDE == 0 {
            if self.link.usable_from() > self.cycle && !self.pass_link(out) {
                return;
            }
            let at = self.reach_chip(self.cycle);
            self.device.write(at, address, data, byte_enables);
            self.link.count_write();
            if address == COMMON_PHY_CHIP {
                self.enable_chip_phys(self.cycle, data as u8);
            }
            self.config.chip_access_cycles
        } else {
            self.write_fpga(address, data, byte_enables, out);
            self.config.fpga_access_cycles
        };
        self.bus.idle_at = self.bus.idle_at.max(self.cycle + duration);
    }

    /// Address message with the read flag.
    #[inline]
    pub(super) fn read(&mut self, address: u32, out: &mut Vec<u64>) {
        let free_at = self.bus.free_at(self.config.max_reads_in_flight);
        if free_at > self.cycle && !self.stall_until(free_at, out) {
            return;
        }
        if address & FPGA_SIDE == 0 && !self.pass_link(out) {
            return;
        }
        let (data, duration, late) = self.fetch(self.cycle, address);
        self.bus.enter_read(self.cycle + duration, self.config.response_interval_cycles, data);
        if let Some(at) = late {
            self.bus.note_late(at, address);
        }
        if self.bus.responses.len() >= RESPONSE_BACKLOG {
            self.flush(self.cycle, out);
        }
    }

    /// Word at an address as seen by a read issued in this cycle, how long the answer takes, and, if the chip does not know it
    /// yet, when it does.
    fn fetch(&mut self, cycle: u64, address: u32) -> (u32, u64, Option<Time>) {
        if address & FPGA_SIDE != 0 {
            return (self.read_fpga(cycle, address), self.config.fpga_access_cycles, None);
        }
        let at = self.reach_chip(cycle);
        self.link.count_read();
        let busy = self.device.busy(at, address);
        if busy == Time::ZERO {
            return (self.device.read(at, address), self.config.chip_access_cycles, None);
        }
        self.device.begin_read(at, address);
        let cycles = busy.0.div_ceil(Time::FPGA_CYCLE.0);
        (0, self.config.chip_access_cycles + cycles, Some(at + busy))
    }

    /// Polling block: repeats a read, each after the answer to the one before, until its answer fulfils the condition.
    pub(super) fn poll(&mut self, expect_equal: bool, out: &mut Vec<u64>) {
        let polling = self.registers.polling();
        if polling.address & FPGA_SIDE == 0 && !self.pass_link(out) {
            return;
        }
        loop {
            let Poll { answer, data, late } = match self.poll.take() {
                Some(poll) => poll,
                None => {
                    let (data, duration, late) = self.fetch(self.cycle, polling.address);
                    Poll { answer: self.cycle + duration.max(1), data, late }
                }
            };
            if !self.stall_until(answer, out) {
                // Whoever comes back later finds the same answer.
                self.poll = self.paused.then_some(Poll { answer, data, late });
                return;
            }
            let data = late.map_or(data, |at| self.device.finish_read(at, polling.address));
            if (data & polling.mask == polling.target) == expect_equal
                || !self.stall_until(self.cycle + 1, out)
            {
                return;
            }
        }
    }

    /// Carries out the JTAG commands that end by this cycle.
    pub(super) fn run_jtag(&mut self, limit: u64) {
        while let Some((cycle, effect)) = self.jtag.take_due(limit) {
            let at = Time::from_fpga_cycles(cycle + self.config.to_chip_latency_cycles);
            self.finish_reads(at);
            match effect {
                JtagEffect::None => {}
                JtagEffect::Pll { register, value } => self.device.jtag_pll(at, register, value),
                JtagEffect::Phy { phy, value } => self.device.jtag_phy(at, phy, value),
                JtagEffect::Write { address, .. } | JtagEffect::Read { address }
                    if address & FPGA_SIDE != 0 =>
                {
                    self.statistics.unreachable_jtag_accesses += 1;
                    self.jtag.tap.set_read_data(0);
                }
                JtagEffect::Write { address, data } => self.write_over_jtag(cycle, at, address, data),
                JtagEffect::Read { address } => {
                    let data = self.device.read(at, address);
                    self.jtag.tap.set_read_data(data);
                }
            }
        }
    }

    fn write_over_jtag(&mut self, cycle: u64, at: Time, address: u32, data: u32) {
        self.device.write(at, address, data, 0xf);
        if address == COMMON_PHY_CHIP {
            self.enable_chip_phys(cycle, data as u8);
        }
    }

    /// Takes note of the PHYs enabled on the chip.
    pub(super) fn enable_chip_phys(&mut self, cycle: u64, register: u8) {
        let rising = self.link.enable_chip(register, cycle + self.config.link_training_cycles);
        self.announce_links(cycle, rising);
    }

    /// Takes note of the PHYs enabled on the FPGA.
    pub(super) fn enable_fpga_phys(&mut self, phys: u8) {
        let rising = self.link.enable_fpga(phys, self.cycle + self.config.link_training_cycles);
        self.announce_links(self.cycle, rising);
    }

    /// Links that went down before they were up are not announced any more, links that come up from now on are.
    fn announce_links(&mut self, cycle: u64, rising: u8) {
        let link = &self.link;
        self.output.retain_links(cycle, |phy| link.up_at(phy.into()).is_some() && rising >> phy & 1 == 0);
        for phy in (0..8).filter(|phy| rising >> phy & 1 == 1) {
            self.output.announce(cycle + self.config.link_training_cycles, Notice::LinkUp { phy });
        }
    }
}
