//! Answers of a program: from-FPGA messages decoded to register values, spikes and MADC samples with their times.
//!
//! The time rules are those of electronicvisions fisch: src/fisch/vx/playback_decoder.cpp. A 43-bit time starts at zero for
//! every program, grows by one with every message, and is set or advanced by time messages; events carry the low eight bits of
//! the chip's 4 ns systime, from which their chip time is completed. The checks are those of its `run`: a timeout notification
//! and a wrong number of answers are errors.

use super::cycles::Cycles;
use super::label::SpikeLabel;
use super::program::{Expectation, Reordering};
use super::ticket::{Kind, Redeem, TicketError, Timed};
use crate::message::{FromFpga, FromFpgaDecoder, LinkNotification, LoopbackKind, Sample, Spike, StreamError};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use thiserror::Error;

/// Bits of the systime the host reckons with.
const TIME_BITS: u32 = 43;
const TIME_MASK: u64 = (1 << TIME_BITS) - 1;
/// FPGA cycles after which an event's time stamp repeats: eight bits of 4 ns.
const STAMP_PERIOD: u64 = 128;
/// Words decoded at a time, so that the messages in between stay in the cache.
const CHUNK: usize = 512;

/// Why answers cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ResponseError {
    /// The stream of messages is broken.
    #[error("broken response stream: {0}")]
    Stream(#[from] StreamError),
    /// The executor gave up on a message.
    #[error(
        "the executor timed out at message {instruction} of {messages} (at {time}, {reads_in_flight} Omnibus reads \
         in flight, {trace_stalls} trace stalls)"
    )]
    Timeout {
        /// Index of the message in the program.
        instruction: u32,
        /// Messages of the program, the halt included.
        messages: usize,
        /// Unanswered Omnibus reads.
        reads_in_flight: u8,
        /// Trace stalls.
        trace_stalls: u8,
        /// FPGA time of the notification.
        time: Cycles,
    },
    /// More or fewer answers than asked for.
    #[error("{received} {kind} answers before the halt where the program asks for {requested}")]
    Count {
        /// Kind of answer.
        kind: Kind,
        /// What the program asks for.
        requested: u32,
        /// What came.
        received: usize,
    },
    /// The answer to the halt is missing.
    #[error("the responses end after {words} words without the answer to the halt")]
    NoHalt {
        /// Words received.
        words: usize,
    },
    /// Messages behind the answer to the halt.
    #[error("a message follows the answer to the halt: {message}")]
    AfterHalt {
        /// The first of them.
        message: String,
    },
}

/// A spike from the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpikeFromChip {
    /// Its label; bits 15:14 are the L2 output channel.
    pub label: SpikeLabel,
    /// When it left the chip.
    pub chip_time: Cycles,
    /// When it arrived at the FPGA.
    pub fpga_time: Cycles,
}

/// An MADC sample from the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadcSample {
    /// Code, 0..=1023.
    pub value: u16,
    /// Channel bit as sent. With two active sources it is the *inverted* index of the source; with one it is 0, and samples
    /// with 1 are to be discarded (electronicvisions grenade: execution_instance_chip_snippet_realtime_executor.cpp).
    pub channel: u8,
    /// When it left the chip.
    pub chip_time: Cycles,
    /// When it arrived at the FPGA.
    pub fpga_time: Cycles,
}

/// Decoded answers of one program.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Responses {
    /// Spikes in the order of their arrival.
    pub spikes: Vec<SpikeFromChip>,
    /// MADC samples in the order of their arrival.
    pub madc_samples: Vec<MadcSample>,
    /// Notifications of the links between FPGA and chip.
    pub link_notifications: Vec<Timed<LinkNotification>>,
    pub(super) omnibus: Vec<Timed<u32>>,
    pub(super) jtag: Vec<Timed<u64>>,
    pub(super) ticks: Vec<Cycles>,
}

impl Responses {
    /// Decodes the answers of one program, up to and including the answer to its halt.
    ///
    /// # Errors
    /// When the stream is broken or ends early, the executor timed out, or answers are missing.
    pub fn decode(words: &[u64], expectation: &Expectation) -> Result<Responses, ResponseError> {
        let mut decoder =
            Decoder { responses: Responses::with_capacity(words, expectation), ..Decoder::default() };
        let mut stream = FromFpgaDecoder::default();
        let mut messages = Vec::with_capacity(CHUNK);
        for chunk in words.chunks(CHUNK) {
            stream.push(chunk, &mut messages)?;
            for message in messages.drain(..) {
                decoder.take(message, expectation)?;
            }
        }
        stream.finish()?;
        if !decoder.halted {
            return Err(ResponseError::NoHalt { words: words.len() });
        }
        decoder.responses.check_counts(expectation)?;
        decoder.responses.reorder(&expectation.reorderings);
        Ok(decoder.responses)
    }

    /// The value a ticket stands for.
    ///
    /// # Errors
    /// When the ticket belongs to another program.
    pub fn get<T: Redeem + ?Sized>(&self, ticket: &T) -> Result<T::Value, TicketError> {
        ticket.redeem(self)
    }

    /// Spikes that left the chip inside `window`, such as between two ticks.
    pub fn spikes_in(&self, window: Range<Cycles>) -> impl Iterator<Item = &SpikeFromChip> {
        self.spikes.iter().filter(move |spike| window.contains(&spike.chip_time))
    }

    /// MADC samples that left the chip inside `window`.
    pub fn madc_samples_in(&self, window: Range<Cycles>) -> impl Iterator<Item = &MadcSample> {
        self.madc_samples.iter().filter(move |sample| window.contains(&sample.chip_time))
    }

    fn with_capacity(words: &[u64], expectation: &Expectation) -> Responses {
        let reads = expectation.requests.omnibus as usize;
        Responses {
            omnibus: Vec::with_capacity(reads),
            spikes: Vec::with_capacity(words.len().saturating_sub(reads) / 2),
            ..Responses::default()
        }
    }

    fn check_counts(&self, expectation: &Expectation) -> Result<(), ResponseError> {
        let requests = expectation.requests;
        let counts = [
            (Kind::Omnibus, requests.omnibus, self.omnibus.len()),
            (Kind::Jtag, requests.jtag, self.jtag.len()),
            (Kind::Tick, requests.ticks, self.ticks.len()),
        ];
        for (kind, requested, received) in counts {
            if requested as usize != received {
                return Err(ResponseError::Count { kind, requested, received });
            }
        }
        Ok(())
    }

    fn reorder(&mut self, reorderings: &[Reordering]) {
        for reordering in reorderings {
            match reordering.kind {
                Kind::Omnibus => permute(&mut self.omnibus, reordering),
                Kind::Jtag => permute(&mut self.jtag, reordering),
                Kind::Tick => permute(&mut self.ticks, reordering),
            }
        }
    }
}

/// Puts answers in the order of their tickets.
fn permute<T: Copy>(answers: &mut [T], Reordering { first, order, .. }: &Reordering) {
    let section = &mut answers[*first as usize..][..order.len()];
    let arrived = section.to_vec();
    for (&ticket, answer) in order.iter().zip(arrived) {
        section[ticket as usize] = answer;
    }
}

/// The host's clock while it decodes, and what it has collected.
#[derive(Default)]
struct Decoder {
    responses: Responses,
    time: u64,
    halted: bool,
}

impl Decoder {
    #[inline]
    fn take(&mut self, message: FromFpga, expectation: &Expectation) -> Result<(), ResponseError> {
        if self.halted {
            return Err(ResponseError::AfterHalt { message: format!("{message:?}") });
        }
        self.time = (self.time + 1) & TIME_MASK;
        match message {
            FromFpga::Systime { systime } => self.time = systime,
            FromFpga::Sysdelta { delta } => self.time = (self.time + u64::from(delta)) & TIME_MASK,
            FromFpga::SpikePack1 { spike0 } => self.spikes(&[spike0]),
            FromFpga::SpikePack2 { spike0, spike1 } => self.spikes(&[spike0, spike1]),
            FromFpga::SpikePack3 { spike0, spike1, spike2 } => self.spikes(&[spike0, spike1, spike2]),
            FromFpga::MadcSamplePack1 { sample0 } => self.samples(&[sample0]),
            FromFpga::MadcSamplePack2 { sample0, sample1 } => self.samples(&[sample0, sample1]),
            FromFpga::MadcSamplePack3 { sample0, sample1, sample2 } => {
                self.samples(&[sample0, sample1, sample2])
            }
            FromFpga::OmnibusData { data } => self.responses.omnibus.push(self.timed(data)),
            FromFpga::JtagData { data } => self.responses.jtag.push(self.timed(data)),
            FromFpga::Loopback { kind: LoopbackKind::Tick } => self.responses.ticks.push(Cycles(self.time)),
            FromFpga::Loopback { kind: LoopbackKind::Halt } => self.halted = true,
            FromFpga::HighspeedLinkNotification { value } => {
                self.responses.link_notifications.push(self.timed(value));
            }
            FromFpga::TimeoutNotification {
                instruction_index,
                trace_stall_count,
                omnibus_reads_in_flight,
            } => {
                return Err(ResponseError::Timeout {
                    instruction: instruction_index,
                    messages: expectation.messages,
                    reads_in_flight: omnibus_reads_in_flight,
                    trace_stalls: trace_stall_count,
                    time: Cycles(self.time),
                });
            }
        }
        Ok(())
    }

    fn timed<T>(&self, value: T) -> Timed<T> {
        Timed { value, time: Cycles(self.time) }
    }

    #[inline]
    fn spikes(&mut self, spikes: &[Spike]) {
        for spike in spikes {
            self.responses.spikes.push(SpikeFromChip {
                label: SpikeLabel(spike.label),
                chip_time: chip_time(self.time, spike.timestamp),
                fpga_time: Cycles(self.time),
            });
        }
    }

    #[inline]
    fn samples(&mut self, samples: &[Sample]) {
        for sample in samples {
            self.responses.madc_samples.push(MadcSample {
                value: sample.value,
                channel: sample.channel,
                chip_time: chip_time(self.time, sample.timestamp),
                fpga_time: Cycles(self.time),
            });
        }
    }
}

/// Completes an event's eight-bit stamp (4 ns) to the latest chip time (8 ns) that is not after `fpga_time`.
#[inline]
fn chip_time(fpga_time: u64, stamp: u8) -> Cycles {
    let time = (fpga_time & !(STAMP_PERIOD - 1)) | u64::from(stamp >> 1);
    Cycles(if time > fpga_time { time.wrapping_sub(STAMP_PERIOD) & TIME_MASK } else { time })
}

#[cfg(test)]
mod tests {
    use super::super::ProgramBuilder;
    use super::*;
    use crate::message::stream::encode_from_fpga;

    fn expectation(build: impl FnOnce(&mut ProgramBuilder)) -> Expectation {
        let mut builder = ProgramBuilder::new();
        build(&mut builder);
        builder.finish().unwrap().into_parts().1
    }

    #[test]
    fn chip_times_are_completed_as_the_host_does() {
        assert_eq!(chip_time(1110, 0x34), Cycles(1050));
        assert_eq!(chip_time(1211, 0xfe), Cycles(1151));
        assert_eq!(chip_time(5, 0xfe), Cycles((1 << 43) - 1));
    }

    #[test]
    fn the_reference_exchange_decodes() {
        // Bytes exchanged with the reference encoder and decoder of hxcomm.
        let words = [
            0x0500_0000_0000_0007,
            0x0500_0000_0000_0455,
            0x0a00_0000_0034_1234,
            0x0600_0000_0000_0063,
            0x0cfe_0001_fe00_02fe,
            0x0003_0600_0000_0000,
            0x0003_0100_0000_1234,
            0x5621_0600_0000_0000,
            0x0000_0200_0000_0000,
            0x0000_8000_0000_0000,
        ];
        let expectation = expectation(|p| {
            p.read_word(0x2c0_0010);
        });
        let responses = Responses::decode(&words, &expectation).unwrap();
        let spikes: Vec<_> =
            responses.spikes.iter().map(|s| (s.label.0, s.chip_time.0, s.fpga_time.0)).collect();
        assert_eq!(spikes, [(0x1234, 1050, 1110), (1, 1151, 1211), (2, 1151, 1211), (3, 1151, 1211)]);
        assert_eq!(responses.omnibus, [Timed { value: 0x1234_5621, time: Cycles(1216) }]);
    }

    #[test]
    fn samples_carry_value_and_channel() {
        let words = [0x0921_0555_2204_5623, 0x0001_8000_0000_0000, 0x0200_0000_0000_0000];
        let responses = Responses::decode(&words, &expectation(|_| {})).unwrap();
        let samples: Vec<_> = responses.madc_samples.iter().map(|s| (s.value, s.channel)).collect();
        assert_eq!(samples, [(0x155, 1), (0x56, 1), (1, 0)]);
    }

    #[test]
    fn wrong_answers_are_errors_that_say_where() {
        let asks = expectation(|p| {
            p.read_words(0, 2);
        });
        let decode = |messages: &[FromFpga]| Responses::decode(&encode_from_fpga(messages), &asks);
        let data = FromFpga::OmnibusData { data: 0 };
        assert_eq!(
            decode(&[data, FromFpga::HALT]),
            Err(ResponseError::Count { kind: Kind::Omnibus, requested: 2, received: 1 })
        );
        assert_eq!(decode(&[data, data]), Err(ResponseError::NoHalt { words: 2 }));
        let after = decode(&[data, data, FromFpga::HALT, FromFpga::TICK]).unwrap_err();
        assert!(matches!(after, ResponseError::AfterHalt { .. }), "{after}");
        let timeout = FromFpga::TimeoutNotification {
            instruction_index: 3,
            trace_stall_count: 5,
            omnibus_reads_in_flight: 2,
        };
        let error = decode(&[data, timeout, FromFpga::HALT]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the executor timed out at message 3 of 4 (at 2 cycles of 8 ns, 2 Omnibus reads in flight, 5 trace stalls)"
        );
        let broken = Responses::decode(&[0x7f00_0000_0000_0000], &asks).unwrap_err();
        assert_eq!(broken.to_string(), "broken response stream: word 0: unknown message id 0x7f");
    }
}
