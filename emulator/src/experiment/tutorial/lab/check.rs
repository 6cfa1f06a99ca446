//! What configurations of tutorials have in common: ranges of numbers, neurons by row and column.

use crate::experiment::ExperimentError;
use crate::instance::Instance;
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;

/// Refuses a number outside `low..=high`, by the key it was given under.
///
/// # Errors
/// When it is outside, or no number.
pub fn in_range(key: &str, value: f64, low: f64, high: f64) -> Result<(), ExperimentError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(ExperimentError::Config(format!("{key} is {value}, it must be in {low}..={high}")))
}

/// The neuron of a configuration's `neuron_row` and `neuron_column`.
///
/// # Errors
/// When there is none.
pub fn neuron_at(row: usize, column: usize) -> Result<AtomicNeuronOnDLS, ExperimentError> {
    in_range("neuron_row", row as f64, 0.0, 1.0)?;
    in_range("neuron_column", column as f64, 0.0, 255.0)?;
    AtomicNeuronOnDLS::new(row, column).map_err(|error| ExperimentError::Config(error.to_string()))
}

/// The first `count` neurons of the top row, `stride` columns apart.
///
/// # Errors
/// When the row has not that many.
pub fn some_neurons(count: usize, stride: usize) -> Result<Vec<AtomicNeuronOnDLS>, ExperimentError> {
    (0..count).map(|index| neuron_at(0, index * stride)).collect()
}

/// How a picture names the chip it was recorded on.
#[must_use]
pub fn chip_name(instance: &Instance) -> String {
    if instance.ideal { "ideal chip".to_owned() } else { format!("chip seed {}", instance.chip_seed) }
}
