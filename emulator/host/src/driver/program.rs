//! Playback programs: what an experiment wants done, as to-FPGA message words, and how many answers it asks for.
//!
//! A [`ProgramBuilder`] appends messages in the order in which the FPGA carries them out; every read hands out a ticket that
//! is redeemed against the [`Responses`](super::Responses) of the run. Mistakes that can only be seen while building (a wait
//! that does not fit the timer) are kept and reported by [`ProgramBuilder::finish`], so that building stays free of checks at
//! every call. The messages are those of electronicvisions hxcomm: include/hxcomm/vx/instruction/*.h.

use super::cycles::Cycles;
use super::label::SpikeLabel;
use super::ticket::{Kind, TickTicket, WordTicket, WordsTicket};
use crate::message::ToFpga;
use bitflags::bitflags;
use thiserror::Error;

bitflags! {
    /// Channels a barrier waits for.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub struct Barrier: u8 {
        /// All Omnibus transactions have completed.
        const OMNIBUS = 1;
        /// The JTAG engine is idle.
        const JTAG = 2;
        /// The systime synchronisation has completed.
        const SYSTIME = 4;
        /// All participating FPGAs have arrived.
        const MULTI_FPGA = 8;
        /// The global systime interrupt has come.
        const SYSTIME_CORRECTION = 16;
    }
}

impl Barrier {
    const fn message(self) -> ToFpga {
        ToFpga::Barrier {
            omnibus: self.contains(Barrier::OMNIBUS),
            jtag: self.contains(Barrier::JTAG),
            systime: self.contains(Barrier::SYSTIME),
            multi_fpga: self.contains(Barrier::MULTI_FPGA),
            systime_correction: self.contains(Barrier::SYSTIME_CORRECTION),
        }
    }
}

/// Why a program cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProgramError {
    /// The playback timer has 32 bits.
    #[error(
        "word {position}: a wait until timer value {value} does not fit the 32-bit timer; reset the timer in between"
    )]
    WaitTooLong {
        /// Index of the word that would have been the wait.
        position: usize,
        /// Value asked for.
        value: u64,
    },
    /// A timer reset inside a section with absolute times.
    #[error("word {position}: the timer cannot be reset inside a section with absolute times")]
    TimerInTimedSection {
        /// Index of the word inside the section.
        position: usize,
    },
    /// Messages with reads were appended, whose tickets belong elsewhere.
    #[error(
        "word {position}: the appended messages ask for answers; only those without reads can be appended"
    )]
    AppendedReads {
        /// Index of the first appended word.
        position: usize,
    },
    /// More messages than the playback memory holds.
    #[error("{words} messages do not fit the playback memory of {limit} messages; split the program")]
    TooLong {
        /// Messages of the program.
        words: usize,
        /// What fits.
        limit: usize,
    },
}

/// Answers a program asks for, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Requests {
    /// Omnibus reads.
    pub omnibus: u32,
    /// JTAG shifts whose output is kept.
    pub jtag: u32,
    /// Ticks.
    pub ticks: u32,
}

/// Answers that arrive in another order than their tickets were given out (see [`TimedBuilder`](super::TimedBuilder)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reordering {
    pub kind: Kind,
    /// First ticket concerned.
    pub first: u32,
    /// `order[k]` is the ticket, counted from `first`, of the `k`-th answer.
    pub order: Vec<u32>,
}

/// What [`Responses`](super::Responses) needs to know of a program to decode its answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expectation {
    /// How many answers of each kind.
    pub requests: Requests,
    /// Messages of the program, the halt included.
    pub messages: usize,
    pub(super) reorderings: Vec<Reordering>,
}

/// A finished program, ending with its halt message. It can be run any number of times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    pub(super) words: Vec<u64>,
    pub(super) expectation: Expectation,
}

impl Program {
    /// Messages the playback memory holds: 32 MiB (electronicvisions fisch: include/fisch/vx/constants.h).
    pub const MAX_MESSAGES: usize = 4_194_304;

    /// The to-FPGA words.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// What the decoder needs to know.
    #[must_use]
    pub fn expectation(&self) -> &Expectation {
        &self.expectation
    }

    /// Takes the program apart.
    #[must_use]
    pub fn into_parts(self) -> (Vec<u64>, Expectation) {
        (self.words, self.expectation)
    }
}

/// A condition the executor polls for, itself repeating the read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Poll {
    /// Word address read.
    pub address: u32,
    /// Bits compared.
    pub mask: u32,
    /// What they are compared with.
    pub target: u32,
    /// Whether to wait for equality or for inequality.
    pub until: PollUntil,
}

/// Sense of a [`Poll`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollUntil {
    /// `(word & mask) == target`.
    Equal,
    /// `(word & mask) != target`.
    Unequal,
}

/// Builds a playback program message by message.
#[derive(Debug, Clone, Default)]
pub struct ProgramBuilder {
    pub(super) words: Vec<u64>,
    pub(super) requests: Requests,
    pub(super) reorderings: Vec<Reordering>,
    /// Channels used since the last barrier on them.
    pub(super) unsettled: Barrier,
    pub(super) fault: Option<ProgramError>,
    /// Whether this builder collects the commands of a section with absolute times.
    pub(super) in_timed_section: bool,
}

impl ProgramBuilder {
    /// An empty program.
    #[must_use]
    pub fn new() -> ProgramBuilder {
        ProgramBuilder::default()
    }

    /// An empty program with room for `messages` messages.
    #[must_use]
    pub fn with_capacity(messages: usize) -> ProgramBuilder {
        ProgramBuilder { words: Vec::with_capacity(messages), ..ProgramBuilder::default() }
    }

    /// Messages so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether nothing was appended yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Answers asked for so far.
    #[must_use]
    pub fn requests(&self) -> Requests {
        self.requests
    }

    /// Ends the program: waits for the Omnibus and JTAG accesses under way and appends the halt.
    ///
    /// # Errors
    /// The first mistake made while building, or [`ProgramError::TooLong`].
    pub fn finish(mut self) -> Result<Program, ProgramError> {
        self.barrier(self.unsettled);
        self.push(ToFpga::HALT);
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if self.words.len() > Program::MAX_MESSAGES {
            return Err(ProgramError::TooLong { words: self.words.len(), limit: Program::MAX_MESSAGES });
        }
        let expectation = Expectation {
            requests: self.requests,
            messages: self.words.len(),
            reorderings: self.reorderings,
        };
        Ok(Program { words: self.words, expectation })
    }

    #[inline]
    pub(super) fn push(&mut self, message: ToFpga) {
        self.words.push(message.encode());
    }

    pub(super) fn fail(&mut self, fault: ProgramError) {
        self.fault.get_or_insert(fault);
    }

    // -- registers -------------------------------------------------------------------------------------------------------

    /// Writes some bytes of a word: bit `i` of `byte_enables` guards data bits `8i..=8i+7`.
    #[inline]
    pub fn write_bytes(&mut self, address: u32, word: u32, byte_enables: u8) {
        self.unsettled |= Barrier::OMNIBUS;
        let address = ToFpga::OmnibusAddress { address, byte_enables, is_read: false };
        self.words.extend_from_slice(&[address.encode(), ToFpga::OmnibusData { data: word }.encode()]);
    }

    /// Reads one word.
    #[inline]
    pub fn read_word(&mut self, address: u32) -> WordTicket {
        self.unsettled |= Barrier::OMNIBUS;
        self.push(ToFpga::read(address));
        self.requests.omnibus += 1;
        WordTicket(self.requests.omnibus - 1)
    }

    /// Reads `count` words from consecutive addresses.
    pub fn read_words(&mut self, address: u32, count: u32) -> WordsTicket {
        let first = self.requests.omnibus;
        for offset in 0..count {
            self.read_word(address.wrapping_add(offset));
        }
        WordsTicket { first, count }
    }

    // -- time ------------------------------------------------------------------------------------------------------------

    /// Sets the playback timer to 0.
    pub fn reset_timer(&mut self) {
        if self.in_timed_section {
            self.fail(ProgramError::TimerInTimedSection { position: self.words.len() });
        }
        self.push(ToFpga::Setup);
    }

    /// Stalls until the timer has reached `time`.
    pub fn block_until(&mut self, time: Cycles) {
        match u32::try_from(time.0) {
            Ok(time) => self.push(ToFpga::WaitUntil { time }),
            Err(_) => self.fail(ProgramError::WaitTooLong { position: self.words.len(), value: time.0 }),
        }
    }

    /// Lets `span` pass: resets the timer and waits for it.
    pub fn wait(&mut self, span: Cycles) {
        self.reset_timer();
        self.block_until(span);
    }

    /// Stalls until the channels are idle; an empty set appends nothing.
    pub fn barrier(&mut self, channels: Barrier) {
        if !channels.is_empty() {
            self.push(channels.message());
            self.unsettled -= channels;
        }
    }

    /// Synchronises the systime counters of FPGA and chip and waits for it; from then on responses carry times.
    pub fn synchronise_systime(&mut self) {
        self.push(ToFpga::SystimeInit { do_sync: true });
        self.barrier(Barrier::SYSTIME);
    }

    /// Asks for an answer without effect, whose time marks this place of the program.
    pub fn tick(&mut self) -> TickTicket {
        self.push(ToFpga::TICK);
        self.requests.ticks += 1;
        TickTicket(self.requests.ticks - 1)
    }

    /// Stalls on the condition the polling registers hold; see [`ProgramBuilder::poll`].
    pub(super) fn poll_message(&mut self, until: PollUntil) {
        self.push(ToFpga::PollingOmnibusBlock { expect_equal: until == PollUntil::Equal });
    }

    // -- chip ------------------------------------------------------------------------------------------------------------

    /// Sets the level of the chip's reset line; `true` holds the chip in reset.
    pub fn reset_chip(&mut self, asserted: bool) {
        self.push(ToFpga::Reset { reset: asserted });
    }

    /// Sends spikes to the chip, three a cycle.
    pub fn spikes(&mut self, labels: &[SpikeLabel]) {
        for pack in labels.chunks(3) {
            self.spike_pack(pack);
        }
    }

    /// Sends one spike to the chip.
    pub fn spike(&mut self, label: SpikeLabel) {
        self.spike_pack(&[label]);
    }

    /// Sends one to three spikes in one cycle.
    #[inline]
    pub(super) fn spike_pack(&mut self, pack: &[SpikeLabel]) {
        let message = match *pack {
            [] => return,
            [spike0] => ToFpga::SpikePack1 { spike0: spike0.0 },
            [spike0, spike1] => ToFpga::SpikePack2 { spike0: spike0.0, spike1: spike1.0 },
            [spike0, spike1, spike2, ..] => {
                ToFpga::SpikePack3 { spike0: spike0.0, spike1: spike1.0, spike2: spike2.0 }
            }
        };
        self.push(message);
    }

    /// Appends the messages of a program without reads, such as one built once and used often.
    ///
    /// Asking for answers in `other` is a mistake, which [`ProgramBuilder::finish`] reports: its tickets would be lost.
    pub fn append(&mut self, other: &ProgramBuilder) {
        let position = self.words.len();
        if other.requests != Requests::default() {
            self.fail(ProgramError::AppendedReads { position });
        }
        if self.in_timed_section && other.words.contains(&ToFpga::Setup.encode()) {
            self.fail(ProgramError::TimerInTimedSection { position });
        }
        if let Some(fault) = &other.fault {
            self.fail(fault.clone());
        }
        self.words.extend_from_slice(&other.words);
        self.unsettled |= other.unsettled;
    }
}

#[cfg(test)]
mod tests {
    use super::super::WriteRegisters;
    use super::*;

    fn words(builder: ProgramBuilder) -> Vec<u64> {
        builder.finish().unwrap().into_parts().0
    }

    #[test]
    fn messages_are_those_of_the_reference_encoder() {
        let mut builder = ProgramBuilder::new();
        builder.wait(Cycles::from_us(10));
        builder.synchronise_systime();
        builder.write_word(0x8800_000c, 0x1234_5678);
        builder.write_bytes(3, 0, 1);
        builder.read_word(3);
        builder.spikes(&[0x1234, 0xabcd, 0x0f0f, 0x1234].map(SpikeLabel));
        builder.tick();
        let expected = [
            0x0400_0000_0000_0000,
            0x0500_0000_0000_04e2,
            0x0600_0000_0000_0001,
            0x0700_0000_0000_0004,
            0x0b00_000f_8800_000c,
            0x0c00_0000_1234_5678,
            0x0b00_0001_0000_0003,
            0x0c00_0000_0000_0000,
            0x0b00_001f_0000_0003,
            0x0f00_1234_abcd_0f0f,
            0x0d00_0000_0000_1234,
            0x0a00_0000_0000_0001,
            0x0700_0000_0000_0001,
            0x0a00_0000_0000_0000,
        ];
        assert_eq!(words(builder), expected);
    }

    #[test]
    fn jtag_operations_follow_the_reference() {
        let mut builder = ProgramBuilder::new();
        builder.jtag_id();
        builder.jtag_write_word(3, 0xff);
        builder.jtag_read_word(3);
        builder.jtag_write_pll(4, 0x110d_0101);
        let instruction = |value: u64| 2 << 56 | value;
        let shift = |bits: u64, payload: u64| 3 << 56 | bits << 40 | payload;
        let kept = |bits: u64| shift(bits, 1 << 48);
        let expected = [
            instruction(1),
            kept(32),
            instruction(5),
            shift(33, 3),
            instruction(6),
            shift(32, 0xff),
            instruction(7),
            shift(3, 0),
            instruction(5),
            shift(33, 0x1_0000_0003),
            instruction(7),
            shift(3, 0),
            instruction(6),
            kept(32),
            instruction(3),
            shift(4, 4),
            instruction(4),
            shift(32, 0x110d_0101),
            0x0700_0000_0000_0002,
            0x0a00_0000_0000_0000,
        ];
        assert_eq!(words(builder), expected);
    }

    #[test]
    fn polling_writes_its_registers_first() {
        let mut builder = ProgramBuilder::new();
        builder.poll(Poll { address: 0x280_0c00, mask: 0xff, target: 1, until: PollUntil::Unequal });
        let messages: Vec<_> = words(builder).into_iter().filter_map(ToFpga::decode).collect();
        let [address, target, mask] =
            [(6, 0x280_0c00), (7, 1), (8, 0xff)].map(|(i, w)| ToFpga::write(0x8800_0000 + i, w));
        let writes = [address, target, mask].concat();
        assert_eq!(messages[..6], writes);
        assert_eq!(
            messages[6..],
            [ToFpga::BARRIER_OMNIBUS, ToFpga::PollingOmnibusBlock { expect_equal: false }, ToFpga::HALT]
        );
    }

    #[test]
    fn mistakes_are_reported_when_the_program_is_finished() {
        let mut builder = ProgramBuilder::new();
        builder.tick();
        builder.block_until(Cycles(1 << 32));
        builder.block_until(Cycles(1 << 33));
        assert_eq!(builder.finish(), Err(ProgramError::WaitTooLong { position: 1, value: 1 << 32 }));
        let mut reads = ProgramBuilder::new();
        reads.read_word(0);
        let mut builder = ProgramBuilder::new();
        builder.append(&reads);
        assert_eq!(builder.finish(), Err(ProgramError::AppendedReads { position: 0 }));
    }
}
