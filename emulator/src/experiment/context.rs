//! What an experiment is told beside its configuration, and how it speaks while it runs.

use crate::diagnostics::{features_without_effect, undefined_accesses};
use crate::input::InputError;
use crate::instance::Instance;
use crate::setup::AnySetup;
use hx_chip::time::Time;
use hx_host::driver::DriverError;
use hx_host::setup::SetupError;
use thiserror::Error;

/// Why an experiment gave no report.
#[derive(Debug, Error)]
pub enum ExperimentError {
    /// Its configuration cannot work, with the reason.
    #[error("{0}")]
    Config(String),
    /// The experiment file is not what it should be.
    #[error(transparent)]
    Input(#[from] InputError),
    /// It ran into something that fails it, such as an undefined address under `--strict`.
    #[error("{0}")]
    Failed(String),
    /// The setup did not do its part.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// A program could not be built or its answers not be used.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// A bug.
    #[error("{0}")]
    Internal(String),
}

/// What the command line may change in a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// `--epochs N`.
    pub epochs: Option<u32>,
    /// `--batch N`.
    pub batch: Option<u32>,
    /// `--quick`: the reduced form.
    pub quick: bool,
}

impl ExperimentError {
    /// What the driver reports, with its causes.
    #[must_use]
    pub fn driver(error: impl std::error::Error) -> ExperimentError {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text += &format!(": {error}");
            cause = error.source();
        }
        ExperimentError::Failed(text)
    }
}

impl Options {
    /// For an experiment without any of them: refuses those given.
    ///
    /// # Errors
    /// Naming the first option given.
    pub fn refuse_all(&self, experiment: &str) -> Result<(), ExperimentError> {
        self.refuse("--epochs", self.epochs.is_some(), experiment)?;
        self.refuse("--batch", self.batch.is_some(), experiment)?;
        self.refuse("--quick", self.quick, experiment)
    }

    /// Refuses `option` if it was `given`.
    ///
    /// # Errors
    /// When it was.
    pub fn refuse(&self, option: &str, given: bool, experiment: &str) -> Result<(), ExperimentError> {
        let refusal =
            || ExperimentError::Config(format!("{option} has no meaning for the experiment `{experiment}`"));
        if given { Err(refusal()) } else { Ok(()) }
    }
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    /// What is counted ("epoch"); a new label begins a new phase with its own clock.
    pub label: &'static str,
    /// How many of them are done.
    pub done: u64,
    /// Out of how many.
    pub total: u64,
    /// Samples processed in this phase, for the rate.
    pub samples: u64,
    /// Newest accuracy, 0..1.
    pub accuracy: Option<f64>,
    /// Newest loss.
    pub loss: Option<f64>,
}

/// Who watches a run. Nothing it does can change the result.
pub trait Observer: Send {
    /// The run got further.
    fn progress(&mut self, progress: &Progress);
    /// A remark for somebody watching.
    fn remark(&mut self, text: &str);
    /// Something to know even when nobody is watching.
    fn warn(&mut self, text: &str);
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn progress(&mut self, _: &Progress) {}
    fn remark(&mut self, _: &str) {}
    fn warn(&mut self, _: &str) {}
}

/// What an experiment runs with.
pub struct Context<'a> {
    /// The chip, and the seed of everything random: data, initial weights, temporal noise.
    pub instance: Instance,
    /// Accesses to undefined addresses are errors.
    pub strict: bool,
    /// Threads to use; the result must not depend on it.
    pub threads: usize,
    /// Who watches.
    pub observer: &'a mut dyn Observer,
}

impl Context<'_> {
    /// Ends the work with a chip: tells what it was asked for in vain, and says how much chip time passed.
    ///
    /// # Errors
    /// Under `--strict`, when there were accesses to undefined addresses.
    pub fn conclude(&mut self, setup: &mut AnySetup) -> Result<Time, ExperimentError> {
        let (statistics, chip) = setup.report()?;
        let mut undefined = undefined_accesses(&chip);
        if statistics.fpga.unmapped_fpga_accesses > 0 {
            undefined.push(format!(
                "{} accesses to undefined FPGA registers",
                statistics.fpga.unmapped_fpga_accesses
            ));
        }
        features_without_effect(&chip).iter().for_each(|sentence| self.observer.warn(sentence));
        if self.strict && !undefined.is_empty() {
            return Err(ExperimentError::Failed(undefined.join("; ")));
        }
        undefined.iter().for_each(|sentence| self.observer.warn(sentence));
        Ok(statistics.chip_time)
    }
}
