//! The built-in experiments and what they have in common: a configuration that a file can give, a context that says with which
//! seeds and on how many threads, and a report that becomes `result.json` and the files beside it.
//!
//! To add an experiment: a file here with a type that implements [`Experiment`], and two lines below. An experiment is a pure
//! function of configuration and context; it neither reads nor writes files.

mod context;
mod file;
mod launch;
mod lif;
mod report;
pub mod stdp;
pub mod tutorial;
pub mod yin_yang;

pub use context::{Context, ExperimentError, Observer, Options, Progress, Silent};
pub use file::Settings;
pub use launch::{Entry, Prepared, Seeds, find_among, result_json};
pub use report::{Artifact, Check, Report, ResultJson, Training, csv};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The experiments that can be run by name, in the order `hxemu list` shows them.
pub const BUILT_IN: &[Entry] = &[
    Entry::of::<lif::Lif>(),
    Entry::of::<yin_yang::YinYang>(),
    Entry::of::<stdp::Stdp>(),
    Entry::of::<tutorial::SmokeTest>(),
    Entry::of::<tutorial::SilentNeuron>(),
    Entry::of::<tutorial::CurrentStep>(),
    Entry::of::<tutorial::LeakOverThreshold>(),
    Entry::of::<tutorial::FixedPattern>(),
    Entry::of::<tutorial::FICurve>(),
    Entry::of::<tutorial::Exponential>(),
    Entry::of::<tutorial::Psp>(),
    Entry::of::<tutorial::DynamicRange>(),
    Entry::of::<tutorial::LogicGates>(),
    Entry::of::<tutorial::CalibrationSweeps>(),
    Entry::of::<tutorial::SynfireChain>(),
    Entry::of::<tutorial::Sudoku>(),
    Entry::of::<tutorial::SuperSpike>(),
    Entry::of::<tutorial::MatrixMultiplication>(),
    Entry::of::<tutorial::HagenYinYang>(),
    Entry::of::<tutorial::MultiCompartment>(),
    Entry::of::<tutorial::GeneticSearch>(),
    Entry::of::<tutorial::Adex>(),
];

/// One experiment.
pub trait Experiment {
    /// The name it is run by.
    const NAME: &'static str;
    /// Further names it can be run by.
    const ALIASES: &'static [&'static str] = &[];
    /// What it does, in one line.
    const SUMMARY: &'static str;
    /// The publication it follows.
    const SOURCE: &'static str;
    /// Everything about it that can be chosen, with units in the names. Its default is the built-in experiment.
    type Config: Serialize + DeserializeOwned + Default + Send + Sync + 'static;

    /// Changes the configuration as the command line asks; an option without meaning for this experiment is refused.
    ///
    /// # Errors
    /// When an option does not apply.
    fn adjust(config: &mut Self::Config, options: &Options) -> Result<(), ExperimentError>;

    /// Runs it.
    ///
    /// # Errors
    /// When the configuration is impossible, the setup fails, or `--strict` finds something.
    fn run(config: &Self::Config, context: &mut Context<'_>) -> Result<Report, ExperimentError>;
}
