//! What can be wrong with the input of a training or of a gradient: shapes that do not fit and values out of range.

use thiserror::Error;

/// Error of this crate.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LearnError {
    /// Two arrays that belong together differ in size.
    #[error("{what}: expected {expected}, found {found}")]
    Shape {
        /// Which size was compared.
        what: &'static str,
        /// Size that the rest of the input calls for.
        expected: usize,
        /// Size of the array given.
        found: usize,
    },
    /// A class label beyond the number of outputs.
    #[error("label {label} of sample {sample} is not below the number of outputs {outputs}")]
    Label {
        /// Index of the sample in the batch.
        sample: usize,
        /// Its label.
        label: u8,
        /// Number of output neurons.
        outputs: usize,
    },
    /// A parameter outside of its range.
    #[error("{name} is {value}; it must be {must}")]
    Parameter {
        /// Name of the parameter.
        name: &'static str,
        /// Value given.
        value: f64,
        /// What it must be.
        must: &'static str,
    },
}

/// Compares two sizes.
pub(crate) fn same_size(what: &'static str, expected: usize, found: usize) -> Result<(), LearnError> {
    if expected == found { Ok(()) } else { Err(LearnError::Shape { what, expected, found }) }
}

/// Accepts a parameter if `holds`.
pub(crate) fn require(
    name: &'static str,
    value: f64,
    holds: bool,
    must: &'static str,
) -> Result<(), LearnError> {
    if holds { Ok(()) } else { Err(LearnError::Parameter { name, value, must }) }
}
