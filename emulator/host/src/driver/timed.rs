//! Sections of a program with absolute times: every command names the timer value at which it is to happen.
//!
//! The rules are those of the chip's software (electronicvisions haldls: absolute_time_playback_program_builder.tcc): the
//! section begins with a timer reset, commands are sorted stably by time, a command at time T is preceded by `WaitUntil T-1`
//! if T lies ahead, and commands that come late follow back to back. Where that software counts one cycle a command, this
//! one counts the messages, one cycle each, and packs spikes of one time into messages of three.

use super::cycles::Cycles;
use super::label::SpikeLabel;
use super::program::{ProgramBuilder, Reordering, Requests};
use super::ticket::Kind;
use crate::message::{LoopbackKind, ToFpga};

/// How late the commands of a section come, estimated from one cycle a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lateness {
    /// Commands issued after their time.
    pub late_commands: usize,
    /// The largest delay.
    pub worst: Cycles,
    /// Timer value when the last message of the section is issued, plus one.
    pub end: Cycles,
}

impl Lateness {
    /// Delay beyond which the chip's software warns: 10 us.
    pub const HOST_WARNING: Cycles = Cycles::from_us(10);

    /// Whether the chip's software would warn about this section.
    #[must_use]
    pub fn is_worrying(&self) -> bool {
        self.worst > Self::HOST_WARNING
    }
}

/// A command: a spike, or a run of messages recorded in the section's own builder.
#[derive(Debug, Clone, Copy)]
struct Command {
    time: u64,
    what: What,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Spike(SpikeLabel),
    Messages { start: u32, end: u32 },
}

/// Collects the commands of a section with absolute times; see [`ProgramBuilder::timed`].
#[derive(Debug)]
#[must_use = "the commands only become part of the program through `finish`"]
pub struct TimedBuilder<'a> {
    program: &'a mut ProgramBuilder,
    commands: Vec<Command>,
    /// Messages of the commands in the order they were given.
    messages: ProgramBuilder,
    origin: Cycles,
}

impl ProgramBuilder {
    /// Opens a section with absolute times, which are timer values: the section resets the timer when it begins.
    pub fn timed(&mut self) -> TimedBuilder<'_> {
        let messages =
            ProgramBuilder { requests: self.requests, in_timed_section: true, ..ProgramBuilder::default() };
        TimedBuilder { program: self, commands: Vec::new(), messages, origin: Cycles::ZERO }
    }
}

impl TimedBuilder<'_> {
    /// Commands given from now on count their times from `origin`.
    pub fn set_origin(&mut self, origin: Cycles) {
        self.origin = origin;
    }

    /// What the times of commands are counted from.
    #[must_use]
    pub fn origin(&self) -> Cycles {
        self.origin
    }

    /// Makes room for `count` more commands.
    pub fn reserve(&mut self, count: usize) {
        self.commands.reserve(count);
    }

    /// A spike at `time`.
    #[inline]
    pub fn spike(&mut self, time: Cycles, label: SpikeLabel) {
        self.commands.push(Command { time: (self.origin + time).0, what: What::Spike(label) });
    }

    /// Spikes at their times.
    pub fn spikes(&mut self, train: &[(Cycles, SpikeLabel)]) {
        self.reserve(train.len());
        for &(time, label) in train {
            self.spike(time, label);
        }
    }

    /// At `time`, whatever `record` appends to the builder it is given; its messages stay together. Tickets it hands out
    /// are tickets of the whole program.
    pub fn at<R>(&mut self, time: Cycles, record: impl FnOnce(&mut ProgramBuilder) -> R) -> R {
        let start = self.messages.words.len() as u32;
        let result = record(&mut self.messages);
        let end = self.messages.words.len() as u32;
        if end > start {
            self.commands.push(Command { time: (self.origin + time).0, what: What::Messages { start, end } });
        }
        result
    }

    /// Sorts the commands into the program and says how late they come.
    pub fn finish(mut self) -> Lateness {
        self.commands.sort_by_key(|command| command.time);
        self.keep_ticket_order();
        let lateness = self.emit();
        self.program.requests = self.messages.requests;
        self.program.unsettled |= self.messages.unsettled;
        if let Some(fault) = self.messages.fault {
            self.program.fail(fault);
        }
        lateness
    }

    fn emit(&mut self) -> Lateness {
        let mut lateness = Lateness::default();
        let program = &mut *self.program;
        program.reset_timer();
        program.words.reserve(self.commands.len() + self.messages.words.len());
        let mut now = 0;
        let mut rest = self.commands.as_slice();
        while let Some(first) = rest.first() {
            if first.time > now {
                now = first.time;
                program.block_until(Cycles(now - 1));
            }
            let (taken, messages) = match first.what {
                What::Messages { start, end } => {
                    program.words.extend_from_slice(&self.messages.words[start as usize..end as usize]);
                    (1, u64::from(end - start))
                }
                What::Spike(_) => (pack(program, rest), 1),
            };
            if now > first.time {
                lateness.late_commands += taken;
                lateness.worst = lateness.worst.max(Cycles(now - first.time));
            }
            now += messages;
            rest = &rest[taken..];
        }
        lateness.end = Cycles(now);
        lateness
    }

    /// If reads were not given in the order of their times, remembers which answer belongs to which ticket.
    fn keep_ticket_order(&mut self) {
        let starts = self.commands.iter().filter_map(|command| match command.what {
            What::Messages { start, .. } => Some(start),
            What::Spike(_) => None,
        });
        if starts.is_sorted() {
            return;
        }
        let numbers = self.ticket_numbers();
        let base = self.program.requests;
        for (kind, first) in
            [(Kind::Omnibus, base.omnibus), (Kind::Jtag, base.jtag), (Kind::Tick, base.ticks)]
        {
            let order = self.answer_order(kind, &numbers);
            if !order.is_sorted() {
                self.program.reorderings.push(Reordering { kind, first, order });
            }
        }
    }

    /// For every recorded message the ticket of its kind it was given, counted from the start of the section.
    fn ticket_numbers(&self) -> Vec<Option<(Kind, u32)>> {
        let mut given = Requests::default();
        let number = |&word| {
            let kind = request_kind(word)?;
            let counter = match kind {
                Kind::Omnibus => &mut given.omnibus,
                Kind::Jtag => &mut given.jtag,
                Kind::Tick => &mut given.ticks,
            };
            *counter += 1;
            Some((kind, *counter - 1))
        };
        self.messages.words.iter().map(number).collect()
    }

    fn answer_order(&self, kind: Kind, numbers: &[Option<(Kind, u32)>]) -> Vec<u32> {
        let messages = self.commands.iter().filter_map(|command| match command.what {
            What::Messages { start, end } => Some(start as usize..end as usize),
            What::Spike(_) => None,
        });
        let tickets = messages.flat_map(|range| numbers[range].iter().flatten());
        tickets.filter(|(of, _)| *of == kind).map(|(_, number)| *number).collect()
    }
}

/// Sends the leading spikes of `commands` that share the time of the first, three at most, in one message.
fn pack(program: &mut ProgramBuilder, commands: &[Command]) -> usize {
    let mut labels = [SpikeLabel::default(); 3];
    let mut count = 0;
    for command in commands.iter().take(3) {
        match command.what {
            What::Spike(label) if command.time == commands[0].time => labels[count] = label,
            _ => break,
        }
        count += 1;
    }
    program.spike_pack(&labels[..count]);
    count
}

/// Which kind of answer a message asks for, if any.
fn request_kind(word: u64) -> Option<Kind> {
    match ToFpga::decode(word)? {
        ToFpga::OmnibusAddress { is_read: true, .. } => Some(Kind::Omnibus),
        ToFpga::JtagData { keep_response: true, .. } => Some(Kind::Jtag),
        ToFpga::Loopback { kind: LoopbackKind::Tick } => Some(Kind::Tick),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ProgramError, Responses, Session, WriteRegisters};
    use super::*;
    use crate::driver::fake::{FakeSetup, STAMP_LATENCY};

    fn messages(builder: ProgramBuilder) -> Vec<ToFpga> {
        builder.finish().unwrap().words().iter().filter_map(|&word| ToFpga::decode(word)).collect()
    }

    #[test]
    fn commands_wait_for_the_cycle_before_their_time() {
        let mut builder = ProgramBuilder::new();
        let mut timed = builder.timed();
        timed.spike(Cycles(1250), SpikeLabel(1));
        timed.spike(Cycles(0), SpikeLabel(2));
        let lateness = timed.finish();
        assert_eq!(
            messages(builder),
            [
                ToFpga::Setup,
                ToFpga::SpikePack1 { spike0: 2 },
                ToFpga::WaitUntil { time: 1249 },
                ToFpga::SpikePack1 { spike0: 1 },
                ToFpga::HALT,
            ]
        );
        assert_eq!(lateness, Lateness { late_commands: 0, worst: Cycles(0), end: Cycles(1251) });
    }

    #[test]
    fn spikes_of_one_time_share_a_message_and_others_do_not() {
        let mut builder = ProgramBuilder::new();
        let mut timed = builder.timed();
        timed.set_origin(Cycles(10));
        timed.spikes(&[1, 2, 3, 4].map(|label| (Cycles(0), SpikeLabel(label))));
        timed.spike(Cycles(1), SpikeLabel(5));
        let lateness = timed.finish();
        assert_eq!(
            messages(builder)[1..5],
            [
                ToFpga::WaitUntil { time: 9 },
                ToFpga::SpikePack3 { spike0: 1, spike1: 2, spike2: 3 },
                ToFpga::SpikePack1 { spike0: 4 },
                ToFpga::SpikePack1 { spike0: 5 },
            ]
        );
        assert_eq!(lateness, Lateness { late_commands: 2, worst: Cycles(1), end: Cycles(13) });
        assert!(!lateness.is_worrying());
    }

    #[test]
    fn tickets_find_their_answers_whatever_the_order_of_times() {
        let mut session = Session::new(FakeSetup::default());
        let mut builder = ProgramBuilder::new();
        let before = builder.read_word(0x100);
        let mut timed = builder.timed();
        timed.at(Cycles(5), |p| p.write_word(0x100, 5));
        let late = timed.at(Cycles(30), |p| p.read_words(0x100, 2));
        let end = timed.at(Cycles(40), ProgramBuilder::tick);
        let early = timed.at(Cycles(20), |p| p.read_word(0x101));
        let start = timed.at(Cycles(1), ProgramBuilder::tick);
        timed.at(Cycles(22), |p| p.write_word(0x101, 7));
        timed.finish();
        let after = builder.read_word(0x101);
        let responses = session.run(builder).unwrap();
        let value = |ticket: super::super::WordTicket| responses.get(&ticket).unwrap().value;
        assert_eq!((value(before), value(early), value(after)), (0, 0, 7));
        assert_eq!(responses.get(&late).unwrap(), [5, 7]);
        assert_eq!(responses.get(&end).unwrap() - responses.get(&start).unwrap(), Cycles(39));
        assert!(Responses::default().get(&late).is_err());
    }

    #[test]
    fn spikes_come_back_with_their_labels_and_times() {
        let mut session = Session::new(FakeSetup::default());
        let mut builder = ProgramBuilder::new();
        let mut timed = builder.timed();
        let begin = timed.at(Cycles::ZERO, ProgramBuilder::tick);
        let train: Vec<_> = (0..1000).map(|i| (Cycles(7 + 97 * i), SpikeLabel(i as u16 * 13))).collect();
        timed.spikes(&train);
        timed.finish();
        let responses = session.run(builder).unwrap();
        let begin = responses.get(&begin).unwrap();
        let received: Vec<_> = responses
            .spikes
            .iter()
            .map(|spike| (spike.chip_time - begin - Cycles(STAMP_LATENCY), spike.label))
            .collect();
        assert_eq!(received, train);
    }

    #[test]
    fn the_timer_is_not_reset_inside_a_section() {
        let mut builder = ProgramBuilder::new();
        let mut timed = builder.timed();
        timed.at(Cycles(5), |p| p.wait(Cycles(1)));
        timed.finish();
        assert_eq!(builder.finish(), Err(ProgramError::TimerInTimedSection { position: 0 }));
    }
}
