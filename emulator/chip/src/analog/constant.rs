//! What is known about a constant of the analog model: the columns of the table in `constants.rs`.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How a default value is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Provenance {
    /// Stated in public source code.
    Stated,
    /// Read off a measured figure of a public demonstration, +-5 %.
    Figure,
    /// Computed from stated values and figures.
    Derived,
    /// Quoted from a publication, +-20 %.
    Publication,
    /// Not established; a sane default.
    Unsure,
}

/// Which values a constant may take. All must be finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Domain {
    /// Any finite number.
    Any,
    /// Zero or above.
    NonNegative,
    /// Above zero.
    Positive,
    /// From zero to one.
    Fraction,
}

impl Domain {
    /// Whether `value` lies inside.
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        value.is_finite()
            && match self {
                Domain::Any => true,
                Domain::NonNegative => value >= 0.0,
                Domain::Positive => value > 0.0,
                Domain::Fraction => (0.0..=1.0).contains(&value),
            }
    }
}

/// One line of the listing of all constants.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Constant {
    /// Group and name, e.g. `capmem.settling_tau_us`.
    pub path: &'static str,
    /// Physical unit; `1` for plain numbers.
    pub unit: &'static str,
    /// Current value.
    pub value: f64,
    /// Value without a configuration file.
    pub default: f64,
    /// Admissible range.
    pub domain: Domain,
    /// How the default is known.
    pub provenance: Provenance,
    /// What it is and where it comes from.
    pub meaning: &'static str,
}

/// A constant outside its admissible range.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("analog constant {path} = {value} {unit} is out of range: must be {domain:?}")]
pub struct ConstantError {
    /// Group and name.
    pub path: &'static str,
    /// The offending value.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// What is admissible.
    pub domain: Domain,
}
