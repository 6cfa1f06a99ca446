//! Conditions of the public tests that are no spread of one quantity.
//!
//! electronicvisions calix: tests/hw/py/{test_neuron_distribution,test_neuron_spiking,test_cadc_calibration,
//! test_stp_calibration,test_correlation}.py.

use super::statistics::{percentile, share, spread, spread_between};
use super::{Report, Row};
use crate::Strength;
use crate::bench::CHANNELS;
use crate::codes::BLOCKS;
use crate::result::Calibration;
use crate::search::median;
use hx_host::driver::COLUMNS;
use serde::{Deserialize, Serialize};

/// A condition and how it came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What is asked for.
    pub name: String,
    /// What was found.
    pub value: f64,
    /// Unit of value and limits.
    pub unit: String,
    /// Least value allowed.
    pub least: Option<f64>,
    /// Largest value allowed.
    pub most: Option<f64>,
    /// Whether it holds.
    pub pass: bool,
}

impl Check {
    fn new(name: &str, value: f64, unit: &str, least: Option<f64>, most: Option<f64>) -> Check {
        let pass = value.is_finite()
            && least.is_none_or(|least| value >= least)
            && most.is_none_or(|most| value <= most);
        Check { name: name.to_owned(), value, unit: unit.to_owned(), least, most, pass }
    }

    fn at_least(name: &str, value: f64, unit: &str, least: f64) -> Check {
        Check::new(name, value, unit, Some(least), None)
    }

    fn at_most(name: &str, value: f64, unit: &str, most: f64) -> Check {
        Check::new(name, value, unit, None, Some(most))
    }
}

/// Share of neurons that must meet all targets, in spiking and in HAGEN mode, %; and where a strength is asked for that may
/// need more than the largest bias of the weakest.
const GOOD_SPIKING: f64 = 98.0;
const GOOD_HAGEN: f64 = 60.0;
const GOOD_STRONG: f64 = 90.0;
const THRESHOLD_OFF: f64 = 8.0;
const THRESHOLD_OFF_SHARE: f64 = 5.0;
const RATE_BAND: (f64, f64) = (0.9, 1.15);
const RATE_SHARE: f64 = 90.0;
const COBA_REST: f64 = 15.0;
const COBA_SHARE: f64 = 95.0;
const CADC_SPREAD: f64 = 3.0;
const CADC_QUADRANT: f64 = 5.0;
const PSP_SPREAD: f64 = 10.0;
const PSP_LSB: f64 = 35.0;
const STP_DROP: f64 = 1.0;
const CORRELATION_FACTOR: f64 = 2.0;
const CORRELATION_SHARES: (f64, f64) = (0.3, 0.7);
const CORRELATION_MEDIAN: f64 = 15.0;
/// Deviation from the spread with equal codes that the analog model predicts, %.
const BEFORE_BAND: f64 = 40.0;

/// All conditions that can be told from what was measured.
pub fn checks(rows: &[Row], calibration: &Calibration) -> Vec<Check> {
    let row = |name: &str| rows.iter().find(|row| row.quantity == name);
    let mut checks = vec![good_neurons(calibration)];
    if let Some(row) = row("cadc") {
        checks.extend(converter(row));
    }
    if let Some(row) = row("threshold") {
        let off = share(row.after_values(), |value| (value - row.target).abs() <= THRESHOLD_OFF);
        let name = "thresholds off by more than 8 LSB";
        checks.push(Check::at_most(name, 100.0 * (1.0 - off), "%", THRESHOLD_OFF_SHARE));
    }
    if let Some(row) = row("rate") {
        let (low, high) = RATE_BAND;
        let near = share(row.after_values(), |value| (low..=high).contains(&(value / row.target)));
        checks.push(Check::at_least("rates within 0.9 to 1.15", 100.0 * near, "%", RATE_SHARE));
    }
    if let Some(row) = row("strength_exc") {
        let lsb: Vec<f64> = row.after_values().iter().map(|value| PSP_LSB / row.target * value).collect();
        let found = spread_between(&lsb, 0.1, 0.9);
        checks.push(Check::at_most("spread of responses of 35 LSB", found, "CADC LSB", PSP_SPREAD));
    }
    if let (Some(_), Some(row)) = (&calibration.targets.coba, row("leak")) {
        let near = share(row.after_values(), |value| (value - row.target).abs() <= COBA_REST);
        checks.push(Check::at_least("rest within 15 LSB in conductance mode", 100.0 * near, "%", COBA_SHARE));
    }
    if let Some(row) = row("stp") {
        checks.push(Check::at_least(
            "drop of the spread of drivers",
            row.before - row.after,
            "CADC LSB",
            STP_DROP,
        ));
    }
    for (name, label) in [("correlation_tau", "tau"), ("correlation_eta", "eta")] {
        if let Some(row) = row(name) {
            checks.extend(correlation(row, label));
        }
    }
    checks
}

fn good_neurons(calibration: &Calibration) -> Check {
    let wanted = calibration.targets.selected().iter().filter(|on| **on).count() as f64;
    let good = calibration.good_neurons().count() as f64;
    let least = match (&calibration.targets.hagen, calibration.targets.strength) {
        (Some(_), _) => GOOD_HAGEN,
        (None, Strength::GmCode(_)) => GOOD_SPIKING,
        (None, Strength::PspLsbPerWeight(_)) => GOOD_STRONG,
    };
    Check::at_least("neurons that met all targets", 100.0 * good / wanted, "%", least)
}

fn converter(row: &Row) -> Vec<Check> {
    let all = spread(row.after_values());
    let quadrant = |block: usize| {
        let (hemisphere, half) = (block / 2, block % 2);
        let of = |channel: &usize| {
            channel / (CHANNELS / 2) == hemisphere && channel % COLUMNS / (COLUMNS / 2) == half
        };
        let values: Vec<f64> = (0..CHANNELS).filter(of).map(|channel| row.after_values()[channel]).collect();
        values.iter().sum::<f64>() / values.len() as f64 - row.target
    };
    let worst = (0..BLOCKS).map(|block| quadrant(block).abs()).fold(0.0, f64::max);
    vec![
        Check::at_most("spread of all CADC channels", all, "CADC LSB", CADC_SPREAD),
        Check::at_most("farthest mean of a quadrant of the CADC", worst, "CADC LSB", CADC_QUADRANT),
    ]
}

fn correlation(row: &Row, label: &str) -> Vec<Check> {
    let relative: Vec<f64> = row.after_values().iter().map(|value| value / row.target).collect();
    let (low, high) = CORRELATION_SHARES;
    let off = 100.0 * (median(relative.iter().copied()) - 1.0).abs();
    vec![
        Check::at_most(&format!("median {label} of the sensors off target"), off, "%", CORRELATION_MEDIAN),
        Check::at_least(
            &format!("30th percentile of {label} over target"),
            percentile(&relative, low),
            "1",
            1.0 / CORRELATION_FACTOR,
        ),
        Check::at_most(
            &format!("70th percentile of {label} over target"),
            percentile(&relative, high),
            "1",
            CORRELATION_FACTOR,
        ),
    ]
}

impl Report {
    /// Whether the spreads with equal codes are those that the analog model predicts for the default targets; a chip without
    /// mismatch has none.
    #[must_use]
    pub fn before_checks(&self) -> Vec<Check> {
        let check = |row: &Row| {
            let off = 100.0 * (row.before / row.expected_before? - 1.0);
            let name = format!("spread of {} before, off the model", row.quantity);
            Some(Check::new(&name, off, "%", Some(-BEFORE_BAND), Some(BEFORE_BAND)))
        };
        self.rows.iter().filter_map(check).collect()
    }
}
