//! The response stream: answers, notifications and events merged by the cycle of their arrival, annotated with their time and
//! packed into words.

use super::annotation::{Annotator, MAX_EVENT_AGE};
use super::device::Device;
use super::executor::Executor;
use crate::message::{FromFpga, LinkNotification, Packer, Sample, Spike};
use hx_chip::output::{ChipOutput, ChipPayload};
use hx_chip::time::Time;
use serde::{Deserialize, Serialize};

/// Something the FPGA will say by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Notice {
    /// The synchronisation is complete.
    Synchronised,
    /// The link of a PHY came up.
    LinkUp {
        /// Number of the PHY.
        phy: u8,
    },
}

/// Where a response comes from. Of several that arrive in one cycle the first in this order is sent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Notice,
    Jtag,
    Omnibus,
    Event,
}

/// State of the response stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Output {
    /// Notices to come, by cycle.
    notices: Vec<(u64, Notice)>,
    /// Events taken from the chip and not sent yet, in the order of arrival.
    events: Vec<ChipOutput>,
    /// How many of them are dealt with.
    events_done: usize,
    pub(super) annotator: Annotator,
    packer: Packer,
}

impl Output {
    /// Announces a notice for a cycle.
    pub(super) fn announce(&mut self, cycle: u64, notice: Notice) {
        let position = self.notices.partition_point(|(due, _)| *due <= cycle);
        self.notices.insert(position, (cycle, notice));
    }

    /// Takes back announcements for after `cycle` that links come up, except for links that still do.
    pub(super) fn retain_links(&mut self, cycle: u64, still: impl Fn(u8) -> bool) {
        self.notices.retain(|(due, notice)| match notice {
            Notice::LinkUp { phy } => *due <= cycle || still(*phy),
            Notice::Synchronised => true,
        });
    }
}

impl<D: Device> Executor<D> {
    /// FPGA cycle in which something that left the chip arrives.
    fn arrival(&self, event: &ChipOutput) -> u64 {
        event.departure.fpga_cycles() + self.config.from_chip_latency_cycles
    }

    /// Sends everything that arrives up to and including cycle `limit`. May be called for any cycle up to the present one.
    pub(super) fn flush(&mut self, limit: u64, out: &mut Vec<u64>) {
        self.run_jtag(limit);
        self.take_events(limit);
        while let Some((cycle, source)) = self.next_arrival().filter(|(cycle, _)| *cycle <= limit) {
            match source {
                Source::Notice => self.send_notice(out),
                Source::Jtag => {
                    let data = self.jtag.responses.pop_front().map_or(0, |(_, data)| data);
                    self.send(cycle, FromFpga::JtagData { data }, out);
                }
                Source::Omnibus => {
                    // Only with latencies shorter than the way to the chip.
                    if let Some(at) = self.bus.oldest_late() {
                        self.finish_reads(at);
                    }
                    let data = self.bus.take_response();
                    self.send(cycle, FromFpga::OmnibusData { data }, out);
                }
                Source::Event => self.send_events(cycle, out),
            }
        }
    }

    fn next_arrival(&self) -> Option<(u64, Source)> {
        let output = &self.output;
        let candidates = [
            output.notices.first().map(|(cycle, _)| (*cycle, Source::Notice)),
            self.jtag.responses.front().map(|(cycle, _)| (*cycle, Source::Jtag)),
            self.bus.responses.front().map(|(cycle, _)| (*cycle, Source::Omnibus)),
            output.events.get(output.events_done).map(|event| (self.arrival(event), Source::Event)),
        ];
        candidates.into_iter().flatten().min()
    }

    /// Fetches the chip's output that arrives up to and including cycle `limit`.
    fn take_events(&mut self, limit: u64) {
        let output = &mut self.output;
        if output.events_done == output.events.len() {
            output.events.clear();
            output.events_done = 0;
        }
        let Some(departure) = (limit + 1).checked_sub(self.config.from_chip_latency_cycles) else { return };
        let until = Time(Time::from_fpga_cycles(departure).0.saturating_sub(1));
        self.finish_reads(until);
        let output = &mut self.output;
        let before = output.events.len();
        self.device.take_output(until, &mut output.events);
        let taken = (output.events.len() - before) as u64;
        self.statistics.events_from_chip += taken;
        self.link.received += taken;
    }

    /// Sends a message with the time of this cycle.
    pub(super) fn send(&mut self, cycle: u64, message: FromFpga, out: &mut Vec<u64>) {
        if let Some(time) = self.output.annotator.precede(self.systime.at(cycle)) {
            self.enter(cycle, time, out);
        }
        self.enter(cycle, message, out);
    }

    /// Sends a Systime message with the time of this cycle.
    pub(super) fn send_systime(&mut self, cycle: u64, out: &mut Vec<u64>) {
        let message = self.output.annotator.tell(self.systime.at(cycle));
        self.enter(cycle, message, out);
    }

    #[inline]
    fn enter(&mut self, cycle: u64, message: FromFpga, out: &mut Vec<u64>) {
        if let Some(config) = &self.config.trace {
            self.trace.enter(config, cycle, 1);
        }
        self.output.packer.push(message, out);
    }

    /// Ends the responses of a program: pads the last word and lets the annotation begin anew.
    pub(super) fn close_output(&mut self, out: &mut Vec<u64>) {
        self.output.packer.close(out);
        self.output.annotator.forget();
    }

    fn send_notice(&mut self, out: &mut Vec<u64>) {
        let (cycle, notice) = self.output.notices.remove(0);
        match notice {
            Notice::Synchronised => {
                self.output.annotator.forget();
                self.output.annotator.enable();
                self.send_systime(cycle, out);
            }
            Notice::LinkUp { phy } => {
                let value = LinkNotification::up(phy);
                self.send(cycle, FromFpga::HighspeedLinkNotification { value }, out);
            }
        }
    }

    /// Sends the next events of one kind that arrive in this cycle, as one pack.
    fn send_events(&mut self, cycle: u64, out: &mut Vec<u64>) {
        let first = self.output.events_done;
        let pending = &self.output.events[first..];
        let is_spike = |event: &ChipOutput| matches!(event.payload, ChipPayload::Spike { .. });
        let fits =
            |event: &&ChipOutput| is_spike(event) == is_spike(&pending[0]) && self.arrival(event) == cycle;
        let count = pending.iter().take(self.config.events_per_pack.clamp(1, 3)).take_while(fits).count();
        let message = pack(&pending[..count]);
        self.output.events_done += count;
        let limit = MAX_EVENT_AGE.saturating_sub(self.config.from_chip_latency_cycles);
        if !self.registers.event_recording() {
            self.statistics.events_not_recorded += count as u64;
        } else if self.output.annotator.lateness(self.systime.at(cycle)) > limit
            || self.config.trace.is_some_and(|config| self.trace.is_full(&config, cycle))
        {
            self.statistics.events_lost += count as u64;
        } else {
            self.send(cycle, message, out);
        }
    }
}

/// One to three events of one kind as a message.
fn pack(events: &[ChipOutput]) -> FromFpga {
    let first = events[0];
    let second = events.get(1).copied().unwrap_or(first);
    let third = events.get(2).copied().unwrap_or(first);
    match (first.payload, events.len()) {
        (ChipPayload::Spike { .. }, 1) => FromFpga::SpikePack1 { spike0: spike(first) },
        (ChipPayload::Spike { .. }, 2) => {
            FromFpga::SpikePack2 { spike0: spike(first), spike1: spike(second) }
        }
        (ChipPayload::Spike { .. }, _) => {
            FromFpga::SpikePack3 { spike0: spike(first), spike1: spike(second), spike2: spike(third) }
        }
        (ChipPayload::Madc { .. }, 1) => FromFpga::MadcSamplePack1 { sample0: sample(first) },
        (ChipPayload::Madc { .. }, 2) => {
            FromFpga::MadcSamplePack2 { sample0: sample(first), sample1: sample(second) }
        }
        (ChipPayload::Madc { .. }, _) => {
            let (sample0, sample1, sample2) = (sample(first), sample(second), sample(third));
            FromFpga::MadcSamplePack3 { sample0, sample1, sample2 }
        }
    }
}

fn spike(event: ChipOutput) -> Spike {
    let ChipPayload::Spike { label } = event.payload else {
        return Spike { label: 0, timestamp: event.stamp };
    };
    Spike { label, timestamp: event.stamp }
}

fn sample(event: ChipOutput) -> Sample {
    let (value, channel) = match event.payload {
        ChipPayload::Madc { value, channel } => (value, channel),
        ChipPayload::Spike { .. } => (0, 0),
    };
    Sample { value, channel, timestamp: event.stamp }
}
