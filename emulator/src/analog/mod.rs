//! Single circuits with listed parameters and inputs, away from any chip: what `hxemu analog` runs. Neurons run on the very
//! integrator of the chip (`neuron::group`) in the small signal without noise, correlation sensors and short-term plasticity
//! on the chip's rules.
//!
//! `vector.rs` reads reference vectors, `file.rs` RON files; both give a [`Description`]: names and numbers with their places.
//! `subject.rs` checks them against the tables of `parameter.rs` and makes circuits of them, and `neuron.rs`, `grid.rs` (throughput
//! mode) and `rule.rs` run those.

mod description;
mod file;
mod grid;
mod neuron;
mod parameter;
mod rule;
mod subject;
mod syntax;
mod vector;

pub use description::{Description, Input, Kind, Parameters, Place, Value};
pub use parameter::{MODELS, Model, ParameterRow, help};
pub use subject::Subject;

use crate::input::{InputError, SourceText};
use serde::Serialize;
use std::path::Path;
use thiserror::Error;

/// Rows of samples that a run may have.
const MOST_ROWS: usize = 2_000_000;

/// How a description is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Mode {
    /// Steps so fine that spikes are exact to far below a nanosecond
    #[default]
    Exact,
    /// The fast path of large arrays, where it exists: single membranes with current-based inputs
    Throughput,
}

/// Something that can run circuits. [`Mode`] chooses one; another path is added by implementing this.
pub trait Engine {
    /// Runs one circuit of a description.
    ///
    /// # Errors
    /// When it takes more steps or spikes than anybody can want.
    fn run(&self, subject: &Subject, description: &Description) -> Result<Trace, AnalogError>;
}

/// The chip's own integrator with the finest steps.
#[derive(Debug, Clone, Copy, Default)]
pub struct Exact;

impl Engine for Exact {
    fn run(&self, subject: &Subject, description: &Description) -> Result<Trace, AnalogError> {
        match subject {
            Subject::Neuron(neuron) => neuron::run(neuron, description),
            Subject::Correlation(sensor) => Ok(rule::run_correlation(sensor)),
            Subject::Plasticity(driver) => Ok(rule::run_plasticity(driver)),
        }
    }
}

/// The chip's throughput mode: quiet stretches in single precision on a fixed grid, the rest by its integrator with the chip's
/// steps. Circuits without such a path run as in the exact mode.
#[derive(Debug, Clone, Copy, Default)]
pub struct Throughput;

impl Engine for Throughput {
    fn run(&self, subject: &Subject, description: &Description) -> Result<Trace, AnalogError> {
        match subject {
            Subject::Neuron(neuron) if grid::applies(neuron) => grid::run(neuron, description),
            _ => Exact.run(subject, description),
        }
    }
}

impl Mode {
    /// What runs circuits in this mode.
    #[must_use]
    pub fn engine(self) -> Box<dyn Engine> {
        match self {
            Mode::Exact => Box::new(Exact),
            Mode::Throughput => Box::new(Throughput),
        }
    }
}

/// Why a description cannot be run.
#[derive(Debug, Error)]
pub enum AnalogError {
    /// Something in the file.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The run takes too many steps.
    #[error(
        "neuron {neuron}: more than {steps} steps by {at_us} us; its time constants are too short for this span"
    )]
    Steps {
        /// Index of the neuron.
        neuron: usize,
        /// The limit.
        steps: u64,
        /// How far it came.
        at_us: f64,
    },
    /// The run has too many spikes.
    #[error("neuron {neuron}: more than {spikes} spikes by {at_us} us")]
    Spikes {
        /// Index of the neuron.
        neuron: usize,
        /// The limit.
        spikes: usize,
        /// How far it came.
        at_us: f64,
    },
}

/// What one circuit did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trace {
    /// Instants of its spikes, us.
    pub spikes_us: Vec<f64>,
    /// Names of the columns after the instant.
    pub columns: Vec<String>,
    /// Instant and values of every sample.
    pub samples: Vec<Vec<f64>>,
}

/// What all circuits of a description did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Instants of the spikes of each neuron, us.
    pub spikes_us: Vec<Vec<f64>>,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows in the order of the columns.
    pub samples: Vec<Vec<f64>>,
}

/// Reads a description by the ending of its name: `.csv` is a reference vector, anything else RON.
///
/// # Errors
/// With the place at which the file is wrong.
pub fn read(path: &Path) -> Result<Description, InputError> {
    let source = SourceText::read(path)?;
    let is_vector = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    if is_vector { vector::parse(&source) } else { file::parse(&source) }
}

/// Reads a description from a text that stands for a file of this name.
///
/// # Errors
/// As [`read`].
pub fn parse(file: &str, text: &str) -> Result<Description, InputError> {
    let source = SourceText { file: file.to_owned(), text: text.to_owned() };
    if file.ends_with(".csv") { vector::parse(&source) } else { file::parse(&source) }
}

/// Runs every circuit of a description.
///
/// # Errors
/// When a parameter or input is wrong, with its place, or a run would not end.
pub fn run(description: &Description, mode: Mode) -> Result<Outcome, AnalogError> {
    let engine = mode.engine();
    let subjects = subject::build(description)?;
    let traces = subjects.iter().map(|subject| engine.run(subject, description));
    let traces: Vec<Trace> = traces.collect::<Result<_, _>>()?;
    Ok(gather(traces))
}

/// Puts the traces of several circuits side by side; they have their instants in common.
fn gather(traces: Vec<Trace>) -> Outcome {
    let several = traces.len() > 1;
    let mut columns = vec!["t_us".to_owned()];
    for (n, trace) in traces.iter().enumerate() {
        let named = |name: &String| if several { format!("n{n}.{name}") } else { name.clone() };
        columns.extend(trace.columns.iter().map(named));
    }
    let rows = traces.iter().map(|trace| trace.samples.len()).max().unwrap_or(0);
    let row = |i: usize| {
        let own = traces.iter().enumerate().flat_map(|(n, trace)| {
            let skipped = usize::from(n > 0);
            trace.samples.get(i).into_iter().flat_map(move |row| row.iter().skip(skipped).copied())
        });
        own.collect()
    };
    let samples = (0..rows).map(row).collect();
    Outcome { spikes_us: traces.into_iter().map(|trace| trace.spikes_us).collect(), columns, samples }
}
