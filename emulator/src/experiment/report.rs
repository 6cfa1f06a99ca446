//! What an experiment gives back, and how it becomes `result.json` and the files beside it.

use crate::bits::Bits;
use hx_chip::time::Time;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One thing an experiment examined about itself. A check that does not pass makes the run fail.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// What was examined.
    pub name: String,
    /// What was found.
    pub value: Value,
    /// What was expected, in words or numbers.
    pub expected: String,
    /// Whether they agree.
    pub pass: bool,
}

impl Check {
    /// Expects a number of at least `bound`.
    #[must_use]
    pub fn at_least(name: &str, value: f64, bound: f64) -> Check {
        Check {
            name: name.to_owned(),
            value: value.into(),
            expected: format!(">= {bound}"),
            pass: value >= bound,
        }
    }

    /// Expects a number of at most `bound`.
    #[must_use]
    pub fn at_most(name: &str, value: f64, bound: f64) -> Check {
        Check {
            name: name.to_owned(),
            value: value.into(),
            expected: format!("<= {bound}"),
            pass: value <= bound,
        }
    }

    /// Expects a number within `tolerance` of `centre`.
    #[must_use]
    pub fn within(name: &str, value: f64, centre: f64, tolerance: f64) -> Check {
        let pass = (value - centre).abs() <= tolerance;
        Check {
            name: name.to_owned(),
            value: value.into(),
            expected: format!("{centre} +- {tolerance}"),
            pass,
        }
    }

    /// Expects exactly this value.
    #[must_use]
    pub fn equal<T: Into<Value>>(name: &str, value: T, expected: T) -> Check {
        let (value, expected) = (value.into(), expected.into());
        let pass = value == expected;
        Check { name: name.to_owned(), value, expected: expected.to_string(), pass }
    }
}

/// The further figures of a training experiment.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Training {
    /// Share of the test set decided right, 0..1.
    pub test_accuracy: f64,
    /// Share of the validation set decided right, 0..1, one per epoch.
    pub val_accuracy: Vec<f64>,
    /// Mean loss over the training set, one per epoch.
    pub train_loss: Vec<f64>,
    /// Share of output neurons that did not spike in the test set, 0..1.
    pub missing_output_spikes: f64,
    /// Epochs trained.
    pub epochs: u32,
    /// Training samples per second of wall clock.
    pub samples_per_s: f64,
    /// Trainable parameters.
    pub parameters: u64,
}

/// A file that belongs to a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Its name inside the output directory, without a folder.
    pub name: String,
    /// Its bytes.
    pub contents: Vec<u8>,
}

/// What came out of an experiment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    /// Chip time that passed, all programs and chips together.
    pub chip_time: Time,
    /// What the experiment examined.
    pub checks: Vec<Check>,
    /// Fingerprint of spikes, weights and readout: all that must be the same for the same seeds.
    pub bits: Bits,
    /// Figures of a training.
    pub training: Option<Training>,
    /// Further keys of `result.json`.
    pub figures: BTreeMap<String, Value>,
    /// What a person at the terminal is told, line by line.
    pub lines: Vec<String>,
    /// Pictures, spikes, weights.
    pub files: Vec<Artifact>,
}

impl Report {
    /// Adds a text file (SVG, CSV, RON).
    pub fn add_text(&mut self, name: &str, contents: String) {
        self.files.push(Artifact { name: name.to_owned(), contents: contents.into_bytes() });
    }

    /// Whether every check passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.pass)
    }
}

/// `result.json` and the object of `--json`; the keys are a contract.
#[derive(Debug, Serialize)]
pub struct ResultJson<'a> {
    /// Name of the experiment.
    pub experiment: &'a str,
    /// Seed of data, initial weights and noise.
    pub seed: u64,
    /// The chip instance.
    pub chip_seed: u64,
    /// No mismatch and no noise.
    pub ideal: bool,
    /// Threads used.
    pub threads: usize,
    /// Crate and model version.
    pub version: &'static str,
    /// Wall clock, s.
    pub wall_s: f64,
    /// Chip time that passed, s.
    pub chip_time_s: f64,
    /// Figures of a training.
    #[serde(flatten)]
    pub training: Option<&'a Training>,
    /// Further figures.
    #[serde(flatten)]
    pub figures: &'a BTreeMap<String, Value>,
    /// What was examined.
    pub checks: &'a [Check],
    /// Fingerprint.
    pub bits: Bits,
}

/// Rows of numbers as comma-separated text under a header, the form of spike lists and weights in an output directory.
#[must_use]
pub fn csv<const N: usize>(columns: [&str; N], rows: impl IntoIterator<Item = [f64; N]>) -> String {
    let mut text = columns.join(",") + "\n";
    for row in rows {
        text += &row.map(|value| value.to_string()).join(",");
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_compare() {
        assert!(Check::at_least("a", 0.88, 0.88).pass);
        assert!(!Check::at_least("a", f64::NAN, 0.88).pass);
        assert!(!Check::at_most("a", 0.89, 0.88).pass);
        assert!(Check::within("a", 9.5, 10.0, 0.5).pass);
        assert!(!Check::within("a", 9.4, 10.0, 0.5).pass);
        let check = Check::equal("spikes", 3, 4);
        assert_eq!((check.expected.as_str(), check.pass), ("4", false));
    }

    #[test]
    fn csv_rows() {
        assert_eq!(
            csv(["neuron", "time_ns"], [[3.0, 1200.0], [4.0, 0.5]]),
            "neuron,time_ns\n3,1200\n4,0.5\n"
        );
    }
}
