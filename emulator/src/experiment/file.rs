//! Experiment files: one RON value that names an experiment, its seeds and the part of its configuration that differs from the
//! built-in one. The `config.ron` beside every result is such a file with everything spelled out, so it runs again.

use super::Experiment;
use crate::input::{InputError, SourceText};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// What an experiment file holds; the seeds and `ideal` are overruled by the command line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings<C> {
    /// Name of the experiment.
    pub experiment: String,
    /// As `--seed`.
    #[serde(default)]
    pub seed: u64,
    /// As `--chip-seed`.
    #[serde(default)]
    pub chip_seed: u64,
    /// As `--ideal`.
    #[serde(default)]
    pub ideal: bool,
    /// The experiment's own configuration.
    #[serde(default)]
    pub config: C,
}

impl<C: Serialize> Settings<C> {
    /// The whole file as RON.
    ///
    /// # Errors
    /// When the configuration has a type that RON cannot write.
    pub fn to_ron(&self) -> Result<String, ron::Error> {
        let style = ron::ser::PrettyConfig::new().struct_names(false);
        Ok(ron::ser::to_string_pretty(self, style)? + "\n")
    }
}

/// The settings of the built-in experiment.
pub(super) fn built_in<E: Experiment>() -> Settings<E::Config> {
    let experiment = E::NAME.to_owned();
    Settings { experiment, seed: 0, chip_seed: 0, ideal: false, config: E::Config::default() }
}

/// The name in an experiment file, whatever else it holds.
pub(super) fn experiment_named_in(source: &SourceText) -> Result<String, InputError> {
    #[derive(Deserialize)]
    #[serde(rename = "Settings")]
    struct Header {
        experiment: String,
        #[serde(default, rename = "seed")]
        _seed: IgnoredAny,
        #[serde(default, rename = "chip_seed")]
        _chip_seed: IgnoredAny,
        #[serde(default, rename = "ideal")]
        _ideal: IgnoredAny,
        #[serde(default, rename = "config")]
        _config: IgnoredAny,
    }
    source.parse_ron().map(|header: Header| header.experiment)
}
