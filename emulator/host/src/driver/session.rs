//! A session with one setup: runs programs, remembers what was last written to every configured word, and writes a new
//! configuration as its differences, with the wait that changed analog parameters need.
//!
//! Programs may write registers themselves: the session reads their writes and keeps its memory up to date. What the
//! processors on the chip change it cannot see; see [`Session::forget`].

use super::configuration::Configuration;
use super::cycles::Cycles;
use super::difference::{CapMemChange, differences};
use super::init::{InitError, InitReport, SystemInit};
use super::program::{Barrier, Expectation, Program, ProgramBuilder, ProgramError};
use super::registers::WriteRegisters;
use super::responses::{ResponseError, Responses};
use super::ticket::TicketError;
use crate::message::ToFpga;
use crate::setup::{Setup, SetupError};
use rayon::prelude::*;
use std::ops::Range;
use thiserror::Error;

/// What can go wrong between a program and its results.
#[derive(Debug, Error)]
pub enum DriverError {
    /// The program is not one.
    #[error("the program cannot be built")]
    Program(#[from] ProgramError),
    /// The setup did not carry it out.
    #[error("setup {identifier}")]
    Setup {
        /// The setup.
        identifier: String,
        /// What it says.
        source: SetupError,
    },
    /// Its answers cannot be used.
    #[error("setup {identifier}, program {program}")]
    Responses {
        /// The setup.
        identifier: String,
        /// Number of the program in its batch; 0 for a single one.
        program: usize,
        /// What is wrong with them.
        source: ResponseError,
    },
    /// The setup gave fewer or more results than there are programs.
    #[error("setup {identifier} gave {results} results for {programs} programs")]
    BatchSize {
        /// The setup.
        identifier: String,
        /// Results.
        results: usize,
        /// Programs.
        programs: usize,
    },
    /// The setup did not come up.
    #[error(transparent)]
    Init(#[from] InitError),
    /// A ticket of another program was redeemed.
    #[error(transparent)]
    Ticket(#[from] TicketError),
}

/// How long changed analog parameters are given to settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapMemSettling {
    /// After large changes: 100 ms (electronicvisions grenade: src/grenade/vx/execution/detail/generator/capmem.cpp).
    pub large: Cycles,
    /// After small changes, the steps of a calibration: 20 ms (electronicvisions calix: src/py/calix/constants.py).
    pub small: Cycles,
    /// Largest step of a cell, in its unit of 0..=1023, that counts as small.
    pub small_step: u32,
}

impl Default for CapMemSettling {
    fn default() -> CapMemSettling {
        CapMemSettling { large: Cycles::from_ms(100), small: Cycles::from_ms(20), small_step: 100 }
    }
}

impl CapMemSettling {
    /// The wait that a change needs.
    #[must_use]
    pub fn wait_after(&self, change: &CapMemChange) -> Cycles {
        if change.is_none() {
            Cycles::ZERO
        } else if change.refresh || change.largest_step > self.small_step {
            self.large
        } else {
            self.small
        }
    }
}

/// What writing a configuration took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Applied {
    /// Words written.
    pub words: usize,
    /// Change of the analog parameters.
    pub capmem: CapMemChange,
    /// Wait inserted for them.
    pub wait: Cycles,
}

/// Programs that do not depend on what another of them leaves behind, to be run together and any number of times.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    words: Vec<Vec<u64>>,
    expectations: Vec<Expectation>,
}

impl FromIterator<Program> for Batch {
    fn from_iter<I: IntoIterator<Item = Program>>(programs: I) -> Batch {
        let (words, expectations) = programs.into_iter().map(Program::into_parts).unzip();
        Batch { words, expectations }
    }
}

/// A setup and what is known of its state.
#[derive(Debug)]
pub struct Session<S> {
    setup: S,
    applied: Configuration,
    /// Waits for analog parameters.
    pub capmem_settling: CapMemSettling,
}

impl<S: Setup> Session<S> {
    /// A session with a setup of which nothing is known.
    pub fn new(setup: S) -> Session<S> {
        Session { setup, applied: Configuration::new(), capmem_settling: CapMemSettling::default() }
    }

    /// The setup.
    pub fn setup(&self) -> &S {
        &self.setup
    }

    /// The setup. What is done to it behind the session's back should be followed by [`Session::forget_all`].
    pub fn setup_mut(&mut self) -> &mut S {
        &mut self.setup
    }

    /// Ends the session.
    pub fn into_setup(self) -> S {
        self.setup
    }

    /// The words known to be on the chip.
    #[must_use]
    pub fn applied(&self) -> &Configuration {
        &self.applied
    }

    /// Brings the setup up and checks that chip and links are there.
    ///
    /// # Errors
    /// When it does not come up, or the program fails.
    pub fn initialise(&mut self, init: &SystemInit) -> Result<InitReport, DriverError> {
        let mut builder = ProgramBuilder::new();
        let tickets = init.append_to(&mut builder);
        let responses = self.run(builder)?;
        Ok(tickets.check(&responses)?)
    }

    /// Writes what differs in `configuration` from what is on the chip, and waits if analog parameters changed.
    ///
    /// # Errors
    /// When the program fails.
    pub fn apply(&mut self, configuration: &Configuration) -> Result<Applied, DriverError> {
        let mut builder = ProgramBuilder::new();
        let applied = self.write_differences(&mut builder, configuration);
        if applied.words > 0 {
            self.run(builder)?;
        }
        Ok(applied)
    }

    /// Appends to a program what [`Session::apply`] would run by itself, so that an experiment and its configuration are
    /// one program. The difference is to what is on the chip now: run the program before the next call.
    pub fn write_differences(&self, builder: &mut ProgramBuilder, configuration: &Configuration) -> Applied {
        let found = differences(&self.applied, configuration);
        builder.words.reserve(2 * found.writes.len());
        for &(address, word) in &found.writes {
            builder.write_word(address, word);
        }
        let wait = self.capmem_settling.wait_after(&found.capmem);
        if wait > Cycles::ZERO {
            builder.barrier(Barrier::OMNIBUS);
            builder.wait(wait);
        }
        Applied { words: found.writes.len(), capmem: found.capmem, wait }
    }

    /// Finishes a program and runs it.
    ///
    /// # Errors
    /// When it cannot be built, the setup does not carry it out, or its answers cannot be used.
    pub fn run(&mut self, builder: ProgramBuilder) -> Result<Responses, DriverError> {
        self.run_program(&builder.finish()?)
    }

    /// Runs a program.
    ///
    /// # Errors
    /// When the setup does not carry it out, or its answers cannot be used.
    pub fn run_program(&mut self, program: &Program) -> Result<Responses, DriverError> {
        let result = self.setup.run(&program.words);
        let identifier = || self.setup.identifier();
        let responses = result
            .map_err(|source| DriverError::Setup { identifier: identifier(), source })
            .and_then(|words| {
                let responses = Responses::decode(&words, &program.expectation);
                responses.map_err(|source| DriverError::Responses {
                    identifier: identifier(),
                    program: 0,
                    source,
                })
            });
        note_writes(
            &program.words,
            if responses.is_ok() { Note::Written } else { Note::Unknown },
            &mut self.applied,
        );
        responses
    }

    /// Runs programs none of which relies on what another one writes: the setup may run them one after another or on copies
    /// of its chip. What they write is unknown afterwards and written anew by the next [`Session::apply`].
    ///
    /// # Errors
    /// The first error in the order of the programs.
    pub fn run_batch(&mut self, batch: &Batch) -> Result<Vec<Responses>, DriverError> {
        let results = self.setup.run_batch(&batch.words);
        for words in &batch.words {
            note_writes(words, Note::Unknown, &mut self.applied);
        }
        let identifier = self.setup.identifier();
        let results =
            results.map_err(|source| DriverError::Setup { identifier: identifier.clone(), source })?;
        let programs = batch.expectations.len();
        if results.len() != programs {
            return Err(DriverError::BatchSize { identifier, results: results.len(), programs });
        }
        let decoded: Vec<_> = results
            .par_iter()
            .zip(&batch.expectations)
            .map(|(words, expectation)| Responses::decode(words, expectation))
            .collect();
        let located = decoded.into_iter().enumerate().map(|(program, responses)| {
            responses.map_err(|source| DriverError::Responses {
                identifier: identifier.clone(),
                program,
                source,
            })
        });
        located.collect()
    }

    /// Forgets what was written to an address range, such as weights that a processor on the chip has changed: the next
    /// [`Session::apply`] writes it anew.
    pub fn forget(&mut self, addresses: Range<u32>) {
        self.applied.remove_range(addresses);
    }

    /// Forgets everything.
    pub fn forget_all(&mut self) {
        self.applied = Configuration::new();
    }
}

/// What is known of a word after a program that writes it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Note {
    /// It holds what was written.
    Written,
    /// It holds the old word or a written one.
    Unknown,
}

/// Addresses of the external DRAM, whose contents the session does not keep.
const DRAM: Range<u32> = 0x8400_0000..0x8800_0000;

/// Follows the writes of a program. A chip reset makes all words unknown.
fn note_writes(words: &[u64], note: Note, applied: &mut Configuration) {
    let mut target = None;
    for &word in words {
        match ToFpga::decode(word) {
            Some(ToFpga::OmnibusAddress { address, byte_enables, is_read: false }) => {
                target = Some((address, byte_enables));
            }
            Some(ToFpga::OmnibusData { data }) => {
                if let Some((address, byte_enables)) = target.filter(|(address, _)| !DRAM.contains(address)) {
                    match note {
                        Note::Written => applied.note_bytes(address, data, byte_enables),
                        Note::Unknown => applied.forget_word(address),
                    }
                }
            }
            Some(ToFpga::Reset { reset: true }) => *applied = Configuration::new(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake::FakeSetup;
    use super::*;
    use crate::message::FromFpga;

    fn session() -> Session<FakeSetup> {
        Session::new(FakeSetup::default())
    }

    fn words(words: &[(u32, u32)]) -> Configuration {
        let mut configuration = Configuration::new();
        words.iter().for_each(|&(address, word)| configuration.write_word(address, word));
        configuration
    }

    #[test]
    fn a_setup_comes_up_and_says_what_it_is() {
        let mut session = session();
        let report = session.initialise(&SystemInit::default()).unwrap();
        assert_eq!(report.chip_id.words(), [0x3485_80af]);
        session.setup_mut().canned = Some(vec![FromFpga::JtagData { data: 0x2485_80af }, FromFpga::HALT]);
        let error = session.initialise(&SystemInit::default()).unwrap_err();
        assert_eq!(error.to_string(), "JTAG identification 0x248580af is not that of a chip of version 3");
        session.setup_mut().canned = Some(vec![FromFpga::JtagData { data: 0x3485_80af }, FromFpga::HALT]);
        let error = session.initialise(&SystemInit::default()).unwrap_err();
        assert!(matches!(error, DriverError::Init(InitError::Link { phy: 0, ups: 0, errors: 0 })), "{error}");
    }

    #[test]
    fn only_differences_are_written() {
        let mut session = session();
        let base = words(&[(0x16_0002, 1), (0x16_0003, 2)]);
        assert_eq!(session.apply(&base).unwrap().words, 2);
        assert_eq!(session.apply(&base).unwrap(), Applied::default());
        assert_eq!(session.setup().programs.len(), 1, "nothing to write, nothing to run");
        session.apply(&words(&[(0x16_0002, 5)])).unwrap();
        assert_eq!(session.setup().last_writes(), [(0x16_0002, 5)]);
        assert_eq!(session.applied().word(0x16_0003), Some(2));
    }

    #[test]
    fn writes_of_programs_are_followed() {
        let mut session = session();
        let base = words(&[(0x16_0002, 1), (0x16_0003, 2)]);
        session.apply(&base).unwrap();
        let mut builder = ProgramBuilder::new();
        builder.write_word(0x16_0003, 9);
        session.run(builder.clone()).unwrap();
        session.apply(&base).unwrap();
        assert_eq!(session.setup().last_writes(), [(0x16_0003, 2)]);
        // After a batch or an error the word may or may not be there.
        let batch: Batch = [builder.clone().finish().unwrap()].into_iter().collect();
        assert_eq!(session.run_batch(&batch).unwrap().len(), 1);
        session.apply(&base).unwrap();
        assert_eq!(session.setup().last_writes(), [(0x16_0003, 2)]);
        session.setup_mut().canned = Some(vec![]);
        let error = session.run(builder).unwrap_err();
        assert_eq!(error.to_string(), "setup fake, program 0");
        assert_eq!(session.applied().word(0x16_0003), None);
    }

    #[test]
    fn a_reset_and_forgetting_make_words_unknown() {
        let mut session = session();
        let base = words(&[(0x16_0002, 1), (0x02cf_0000, 2)]);
        session.apply(&base).unwrap();
        session.forget(0x02c0_0000..0x02d0_0000);
        assert_eq!(session.apply(&base).unwrap().words, 1);
        let mut builder = ProgramBuilder::new();
        super::super::init::reset_chip(&mut builder);
        session.run(builder).unwrap();
        assert_eq!(session.apply(&base).unwrap().words, 2);
    }

    #[test]
    fn analog_parameters_are_given_time() {
        let mut session = session();
        assert_eq!(session.apply(&words(&[(0x14_0000, 0)])).unwrap().wait, Cycles::from_ms(100));
        let small = session.apply(&words(&[(0x14_0000, 0x40)])).unwrap();
        assert_eq!((small.capmem.largest_step, small.wait), (0x40, Cycles::from_ms(20)));
        let wait = ToFpga::WaitUntil { time: 2_500_000 }.encode();
        assert!(session.setup().programs.last().unwrap().contains(&wait));
        assert_eq!(session.apply(&words(&[(0x16_0002, 1)])).unwrap().wait, Cycles::ZERO);
    }
}
