//! From a name or a file to a finished result: finds the experiment, settles its configuration and seeds, and runs it.

use super::file::{built_in, experiment_named_in};
use super::{Context, Experiment, ExperimentError, Options, Report, ResultJson, Settings};
use crate::input::SourceText;
use crate::instance::Instance;
use crate::version::VERSION;
use std::path::Path;

/// What the command line says about seeds; what it leaves open is taken from the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seeds {
    /// `--seed`.
    pub seed: Option<u64>,
    /// `--chip-seed`.
    pub chip_seed: Option<u64>,
    /// `--ideal`.
    pub ideal: bool,
}

type Prepare = fn(Option<&SourceText>, &Options, &Seeds) -> Result<Box<dyn Prepared>, ExperimentError>;

/// A row of the table of experiments.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The name it is run by.
    pub name: &'static str,
    /// Further names it can be run by.
    pub aliases: &'static [&'static str],
    /// What it does, in one line.
    pub summary: &'static str,
    /// The publication it follows.
    pub source: &'static str,
    prepare: Prepare,
}

impl Entry {
    /// The row of an experiment.
    #[must_use]
    pub const fn of<E: Experiment + 'static>() -> Entry {
        Entry {
            name: E::NAME,
            aliases: E::ALIASES,
            summary: E::SUMMARY,
            source: E::SOURCE,
            prepare: prepare::<E>,
        }
    }

    /// Whether it is run by this name.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    /// Settles configuration and seeds; `source` is the experiment file, if there is one.
    ///
    /// # Errors
    /// When the file is not one of this experiment, or an option does not apply to it.
    pub fn prepare(
        &self,
        source: Option<&SourceText>,
        options: &Options,
        seeds: &Seeds,
    ) -> Result<Box<dyn Prepared>, ExperimentError> {
        (self.prepare)(source, options, seeds)
    }
}

/// An experiment with everything settled.
pub trait Prepared: Send + Sync {
    /// Name of the experiment.
    fn name(&self) -> &str;
    /// Seeds in force.
    fn instance(&self) -> Instance;
    /// The effective experiment file.
    ///
    /// # Errors
    /// When the configuration has a type that RON cannot write, which is a bug.
    fn config_ron(&self) -> Result<String, ExperimentError>;
    /// Runs it. The instance of the context must be the one settled here.
    ///
    /// # Errors
    /// Those of [`Experiment::run`].
    fn run(&self, context: &mut Context<'_>) -> Result<Report, ExperimentError>;
}

struct Settled<E: Experiment>(Settings<E::Config>);

impl<E: Experiment> Prepared for Settled<E> {
    fn name(&self) -> &str {
        E::NAME
    }

    fn instance(&self) -> Instance {
        Instance {
            seed: self.0.seed,
            chip_seed: self.0.chip_seed,
            ideal: self.0.ideal,
            ..Instance::default()
        }
    }

    fn config_ron(&self) -> Result<String, ExperimentError> {
        self.0
            .to_ron()
            .map_err(|error| ExperimentError::Internal(format!("configuration of {}: {error}", E::NAME)))
    }

    fn run(&self, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        E::run(&self.0.config, context)
    }
}

fn prepare<E: Experiment + 'static>(
    source: Option<&SourceText>,
    options: &Options,
    seeds: &Seeds,
) -> Result<Box<dyn Prepared>, ExperimentError> {
    let mut settings = match source {
        Some(source) => source.parse_ron()?,
        None => built_in::<E>(),
    };
    settings.seed = seeds.seed.unwrap_or(settings.seed);
    settings.chip_seed = seeds.chip_seed.unwrap_or(settings.chip_seed);
    settings.ideal |= seeds.ideal;
    E::adjust(&mut settings.config, options)?;
    Ok(Box::new(Settled::<E>(settings)))
}

/// Finds an experiment by one of its names, or by the name in an experiment file `*.ron`.
///
/// # Errors
/// When there is none of that name, or the file is not an experiment file.
pub fn find_among(entries: &[Entry], target: &str) -> Result<(Entry, Option<SourceText>), ExperimentError> {
    let by_name = |name: &str| entries.iter().find(|entry| entry.is_called(name)).copied();
    if Path::new(target).extension().is_none_or(|extension| extension != "ron") {
        let unknown =
            || ExperimentError::Config(format!("there is no experiment `{target}`; `hxemu list` shows them"));
        return by_name(target).map(|entry| (entry, None)).ok_or_else(unknown);
    }
    let source = SourceText::read(Path::new(target))?;
    let name = experiment_named_in(&source)?;
    let unknown = || {
        ExperimentError::Config(format!("{target}: there is no experiment `{name}`; `hxemu list` shows them"))
    };
    by_name(&name).map(|entry| (entry, Some(source))).ok_or_else(unknown)
}

/// The object of `--json` and of `result.json`.
#[must_use]
pub fn result_json<'a>(
    prepared: &'a dyn Prepared,
    report: &'a Report,
    threads: usize,
    wall_s: f64,
) -> ResultJson<'a> {
    let Instance { seed, chip_seed, ideal, .. } = prepared.instance();
    ResultJson {
        experiment: prepared.name(),
        seed,
        chip_seed,
        ideal,
        threads,
        version: VERSION,
        wall_s,
        chip_time_s: report.chip_time.0 as f64 * 1e-12,
        training: report.training.as_ref(),
        figures: &report.figures,
        checks: &report.checks,
        bits: report.bits,
    }
}
