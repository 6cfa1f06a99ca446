//! The quantities of a report and the limits of their spreads.
//!
//! Ratios are those of the public tests (electronicvisions calix: tests/hw/py/test_neuron_distribution.py), spreads what
//! follows from them with the usual mismatch or, for strengths, a measured figure; spreads before calibration are those of a
//! Monte-Carlo of the analog model.

use super::Limits;
use super::statistics::{spread, trimmed_spread};

/// What is known of a quantity apart from its measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kind {
    /// Name, as it is printed.
    pub name: &'static str,
    /// Unit of spreads and deviations.
    pub unit: Unit,
    /// Limits of the spread.
    pub limits: Limits,
    /// Spread with equal codes that the analog model predicts, in the unit.
    pub expected_before: Option<f64>,
    /// Deviation from the target up to which a circuit is in tolerance, in the unit.
    pub tolerance: f64,
}

impl Kind {
    /// Spread over circuits, in the unit of the values.
    #[must_use]
    pub fn spread(&self, values: &[f64]) -> f64 {
        let of_drivers = matches!(self.name, "stp" | "hagen");
        if of_drivers { spread(values) } else { trimmed_spread(values) }
    }
}

/// Unit of spreads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// CADC LSB.
    Lsb,
    /// Per cent of the target.
    Percent,
}

impl Unit {
    /// As it is printed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Lsb => "CADC LSB",
            Unit::Percent => "%",
        }
    }
}

/// All quantities in the order of a report: name, unit, largest ratio, largest spread, spread before, tolerance.
#[rustfmt::skip]
pub const KINDS: [Kind; 20] = [
    kind("cadc",              Unit::Lsb,     None,       3.0, None,       9.0),
    kind("leak",              Unit::Lsb,     Some(0.30), 1.2, Some(3.4),  3.0),
    kind("reset",             Unit::Lsb,     Some(0.20), 0.8, Some(3.6),  3.0),
    kind("threshold",         Unit::Lsb,     Some(0.35), 1.2, Some(2.6),  8.0),
    kind("tau_mem",           Unit::Percent, Some(0.45), 8.0, Some(14.6), 15.0),
    kind("tau_syn_exc",       Unit::Percent, Some(0.20), 4.4, Some(18.3), 10.0),
    kind("tau_syn_inh",       Unit::Percent, Some(0.20), 4.4, Some(18.3), 10.0),
    kind("strength_exc",      Unit::Percent, None,       5.0, None,       10.0),
    kind("strength_inh",      Unit::Percent, None,       5.0, None,       10.0),
    kind("response_288",      Unit::Percent, None,       3.0, None,       10.0),
    kind("coba_reference_exc", Unit::Lsb,    None,       5.0, None,       15.0),
    kind("coba_reference_inh", Unit::Lsb,    None,       5.0, None,       15.0),
    kind("coba_slope_exc",    Unit::Percent, None,      10.0, None,       25.0),
    kind("coba_slope_inh",    Unit::Percent, None,      10.0, None,       25.0),
    kind("tau_icc",           Unit::Percent, None,      10.0, None,       20.0),
    kind("stp",               Unit::Lsb,     None,       2.0, None,       4.0),
    kind("hagen",             Unit::Lsb,     None,       4.0, None,       6.0),
    kind("correlation_tau",   Unit::Percent, None,     100.0, None,       100.0),
    kind("correlation_eta",   Unit::Percent, None,     100.0, None,       100.0),
    kind("rate",              Unit::Percent, None,      10.0, None,       10.0),
];

const fn kind(
    name: &'static str,
    unit: Unit,
    ratio: Option<f64>,
    spread: f64,
    expected_before: Option<f64>,
    tolerance: f64,
) -> Kind {
    Kind { name, unit, limits: Limits { ratio, spread }, expected_before, tolerance }
}
