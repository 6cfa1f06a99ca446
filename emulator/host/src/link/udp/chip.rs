//! The thread of a served chip: carries out what the network brings, in slices, so that a reset takes over at once however long
//! a program is.

use super::order::{self, Answer, Order};
use super::shared::{Job, Shared};
use crate::arq::PLAYBACK_WORDS;
use crate::arq::parameters::pid;
use crate::fpga::{Device, Executor, ExecutorConfig, Statistics};
use crate::link::LinkStatistics;
use crate::message::ToFpga;
use rayon::prelude::*;

/// FPGA cycles carried out between two looks at whether somebody else connected (1 ms).
const SLICE_CYCLES: u64 = 125_000;
/// Words carried out between two looks, as far as they fit into [`SLICE_CYCLES`].
const SLICE_WORDS: usize = 32;
/// Answers are handed over when so many words have come together.
const ENOUGH_WORDS: usize = 16 * crate::arq::parameters::MAX_WORDS;
/// Most words in the programs of a batch.
pub const BATCH_WORDS: usize = PLAYBACK_WORDS;

/// Who makes the chips of a served setup.
pub trait Emulation: Send + 'static {
    /// The chips.
    type Device: Device + Clone + Send + Sync + 'static;

    /// A chip after power-up. `settings` is what a client asks for ([`Order::PowerCycle`]), empty at the start.
    ///
    /// # Errors
    /// When this setup has no such chip, with the reason.
    fn power_up(&mut self, settings: &str) -> Result<Self::Device, String>;

    /// What a client is told about the chip.
    fn describe(&self) -> String;

    /// What the chip noted, for the client.
    fn report(&self, device: &Self::Device) -> String;
}

/// A chip and who made it, on their thread.
pub(super) struct Served<'a, E: Emulation> {
    shared: &'a Shared,
    fpga: ExecutorConfig,
    emulation: E,
    executor: Executor<E::Device>,
    epoch: u64,
    /// What copies counted and how long they ran.
    copies: LinkStatistics,
    answers: Vec<u64>,
}

impl<'a, E: Emulation> Served<'a, E> {
    pub fn new(shared: &'a Shared, fpga: ExecutorConfig, emulation: E, device: E::Device) -> Self {
        let executor = Executor::new(fpga.clone(), device);
        let (copies, answers) = (LinkStatistics::default(), Vec::new());
        Served { shared, fpga, emulation, executor, epoch: 0, copies, answers }
    }

    /// Works until the setup is switched off; returns what was counted.
    pub fn serve(mut self) -> LinkStatistics {
        let mut words = Vec::new();
        loop {
            match self.shared.next_job(&mut self.epoch, &mut words) {
                Job::Stop => return self.statistics(),
                Job::Reset => {
                    self.executor.reset();
                    self.answers.clear();
                }
                Job::Order(order) => self.carry_out(&order),
                Job::Words => self.play(&words),
            }
            words.clear();
        }
    }

    fn statistics(&self) -> LinkStatistics {
        let mut fpga: Statistics = self.executor.statistics();
        fpga += self.copies.fpga;
        LinkStatistics { fpga, chip_time: self.executor.time() + self.copies.chip_time }
    }

    /// Carries out words of the message stream. Answers leave at the end of a program, when nothing is left to do, and when
    /// many have come together.
    fn play(&mut self, words: &[u64]) {
        let mut left = words;
        while !left.is_empty() || self.executor.is_paused() {
            if self.shared.epoch() != self.epoch {
                return;
            }
            let programs = self.executor.statistics().programs;
            left = play_slice(&mut self.executor, left, &mut self.answers);
            let halted = self.executor.statistics().programs != programs;
            if halted || self.answers.len() >= ENOUGH_WORDS {
                self.shared.answer(self.epoch, &mut self.answers);
            }
        }
        if !self.shared.more_words() {
            self.shared.answer(self.epoch, &mut self.answers);
        }
    }

    fn carry_out(&mut self, words: &[u64]) {
        let answer = match order::decode(words, &mut String::new()) {
            Err(error) => Answer::Refused(error.to_string()),
            Ok(Order::Describe) => Answer::Description(self.emulation.describe()),
            Ok(Order::Report) => Answer::Report {
                statistics: self.statistics(),
                chip: self.emulation.report(self.executor.device()),
            },
            Ok(Order::PowerCycle(settings)) => match self.emulation.power_up(&settings) {
                Ok(device) => {
                    self.executor = Executor::new(self.fpga.clone(), device);
                    self.copies = LinkStatistics::default();
                    Answer::Done
                }
                Err(reason) => Answer::Refused(reason),
            },
            Ok(Order::Batch { first_run, programs }) => match self.batch(first_run, programs as usize) {
                Some(Ok(())) => Answer::Done,
                Some(Err(reason)) => Answer::Refused(reason),
                None => return,
            },
        };
        // Everything in an answer is text and numbers, which JSON holds.
        let Ok(text) = order::encode(&answer) else { return };
        let mut words = vec![text.len() as u64];
        words.extend(text);
        self.shared.deliver(self.epoch, pid::EMULATOR, &mut words);
    }

    /// Runs the programs that follow on copies of the chip. Nothing if somebody else connected.
    fn batch(&mut self, first_run: u64, programs: usize) -> Option<Result<(), String>> {
        let batch = match self.collect(programs)? {
            Ok(batch) => batch,
            Err(reason) => return Some(Err(reason)),
        };
        self.executor.device_mut().prepare_copies();
        let (original, shared, epoch) = (&self.executor, self.shared, self.epoch);
        let run = |(index, program): (usize, &Vec<u64>)| {
            run_copy(original, shared, epoch, program, first_run.wrapping_add(index as u64))
        };
        let results: Option<Vec<_>> = batch.par_iter().enumerate().map(run).collect();
        for (mut answers, counted) in results? {
            self.copies.fpga += counted.fpga;
            self.copies.chip_time += counted.chip_time;
            self.shared.answer(self.epoch, &mut answers);
        }
        Some(Ok(()))
    }

    /// Takes words until so many programs have ended.
    fn collect(&mut self, programs: usize) -> Option<Result<Vec<Vec<u64>>, String>> {
        let halt = ToFpga::HALT.encode();
        let (mut batch, mut current, mut total) = (Vec::new(), Vec::new(), 0);
        let mut words = Vec::new();
        while batch.len() < programs {
            match self.shared.next_job(&mut self.epoch, &mut words) {
                Job::Words => {}
                Job::Stop => return None,
                Job::Reset => {
                    self.executor.reset();
                    return None;
                }
                Job::Order(_) => return Some(Err("an order amid the programs of a batch".into())),
            }
            for word in words.drain(..) {
                current.push(word);
                if word == halt {
                    total += current.len();
                    batch.push(std::mem::take(&mut current));
                }
            }
            if total + current.len() > BATCH_WORDS {
                return Some(Err(format!("a batch has at most {BATCH_WORDS} words")));
            }
        }
        let fits = batch.len() == programs && current.is_empty();
        Some(if fits { Ok(batch) } else { Err(format!("more than {programs} programs in a batch")) })
    }
}

/// Carries out some words, or some time of a message that waits; returns the words left.
fn play_slice<'w, D: Device>(
    executor: &mut Executor<D>,
    words: &'w [u64],
    answers: &mut Vec<u64>,
) -> &'w [u64] {
    let slice = &words[..words.len().min(SLICE_WORDS)];
    let until = executor.cycle().saturating_add(SLICE_CYCLES);
    let taken = executor.play(slice, until, answers);
    &words[taken..]
}

/// One program on a copy of the chip; nothing if somebody else connected meanwhile.
fn run_copy<D: Device + Clone>(
    original: &Executor<D>,
    shared: &Shared,
    epoch: u64,
    program: &[u64],
    run: u64,
) -> Option<(Vec<u64>, LinkStatistics)> {
    let mut copy = original.clone();
    copy.device_mut().set_run(run);
    let (mut answers, mut left) = (Vec::new(), program);
    while !left.is_empty() || copy.is_paused() {
        if shared.epoch() != epoch {
            return None;
        }
        left = play_slice(&mut copy, left, &mut answers);
    }
    let fpga = copy.statistics() - original.statistics();
    Some((answers, LinkStatistics { fpga, chip_time: copy.time() - original.time() }))
}
