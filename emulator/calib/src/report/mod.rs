//! What a calibration achieved: the spread of every quantity over its circuits with the median code everywhere and with the
//! codes found, measured with the same observables, beside the limits of the chip's own test software; and the conditions of
//! these tests that are no spreads.
//!
//! Spreads are standard deviations after 5 % of the circuits were dropped at either end (electronicvisions calix:
//! tests/hw/py/test_neuron_distribution.py, whose ratios are the limits); of synapse drivers all count (test_stp_calibration.py).

mod acceptance;
mod kinds;
mod measure;
mod statistics;

pub use acceptance::Check;

use crate::NEURONS;
use crate::codes::{self, Codes, median_code};
use crate::drivers::DriverCodes;
use crate::error::CalibrationError;
use crate::result::Calibration;
use crate::search::median;
use crate::settings::Scale;
use hx_host::driver::Session;
use hx_host::setup::Setup;
use hx_isa::regmap::capmem::CapMemParameter;
use kinds::{KINDS, Kind, Unit};
use measure::{Measured, With, measure};
use serde::{Deserialize, Serialize};
use statistics::share;

/// Limits of a spread.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Largest ratio of the spreads after and before.
    pub ratio: Option<f64>,
    /// Largest spread after, in the unit of the row.
    pub spread: f64,
}

/// Parameters found per circuit, which get their median code for the first measurement.
/// The shifts are not among them: they have no target of their own, and without balanced inputs most neurons would rest at the
/// end of their range. Neither are the ramps of the CADC, without which nothing could be measured.
const SEARCHED: [&CapMemParameter; 17] = [
    codes::V_LEAK,
    codes::V_RESET,
    codes::V_THRESHOLD,
    codes::I_BIAS_LEAK,
    codes::EXC_TAU,
    codes::INH_TAU,
    codes::EXC_GM,
    codes::INH_GM,
    codes::EXC_REFERENCE,
    codes::INH_REFERENCE,
    codes::EXC_COBA,
    codes::INH_COBA,
    codes::ICC,
    codes::CORRELATION_RAMP,
    codes::CORRELATION_STORE,
    codes::STP_RAMP,
    codes::STP_CALIB,
];

/// One quantity of a report. Spreads and deviations are in `unit`; of quantities in per cent relative to the target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What was measured.
    pub quantity: String,
    /// Unit of spreads and deviations.
    pub unit: String,
    /// Target: CADC LSB, us, kHz, LSB per weight, or LSB of a driver from the median.
    pub target: f64,
    /// Spread with the median code everywhere.
    pub before: f64,
    /// Spread as calibrated.
    pub after: f64,
    /// Their ratio; none where there was next to no spread before.
    pub ratio: Option<f64>,
    /// Median as calibrated, less the target.
    pub deviation: f64,
    /// Share of the circuits whose deviation from the target is within the tolerance.
    pub in_tolerance: f64,
    /// That tolerance.
    pub tolerance: f64,
    /// What the chip's own tests allow.
    pub limits: Limits,
    /// Whether the limits are kept.
    pub pass: bool,
    /// Spread with equal codes that the analog model predicts.
    #[serde(skip)]
    pub expected_before: Option<f64>,
    /// What was measured of every circuit, before and after.
    #[serde(skip)]
    pub values: [Vec<f64>; 2],
}

impl Row {
    fn after_values(&self) -> &[f64] {
        &self.values[1]
    }
}

/// Spreads before and after a calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// One row per quantity.
    pub rows: Vec<Row>,
    /// Other conditions.
    pub checks: Vec<Check>,
}

/// Measures a calibrated chip with its codes and with the median code everywhere. Afterwards the chip has to be configured
/// anew.
///
/// # Errors
/// When a measurement fails.
pub fn report<S: Setup>(
    session: &mut Session<S>,
    calibration: &Calibration,
) -> Result<Report, CalibrationError> {
    let found = With {
        codes: &calibration.codes,
        cadc_offsets: &calibration.cadc_offsets,
        drivers: calibration.drivers.as_ref(),
    };
    let after = measure(session, calibration, found)?;
    let medians = with_medians(calibration)?;
    let offsets = vec![median_offset(&calibration.cadc_offsets); calibration.cadc_offsets.len()];
    let drivers = calibration.drivers.as_ref().map(equal_drivers);
    let equal = With { codes: &medians, cadc_offsets: &offsets, drivers: drivers.as_ref() };
    let before = measure(session, calibration, equal)?;
    let rows: Vec<Row> = KINDS.iter().filter_map(|kind| row(kind, calibration, &before, &after)).collect();
    let checks = acceptance::checks(&rows, calibration);
    Ok(Report { rows, checks })
}

fn median_offset(offsets: &[i8]) -> i8 {
    median(offsets.iter().map(|&offset| f64::from(offset))).round() as i8
}

fn equal_drivers(codes: &DriverCodes) -> DriverCodes {
    let equal = |codes: &[u8]| {
        let wide: Vec<u16> = codes.iter().map(|&code| u16::from(code)).collect();
        vec![median_code(&wide) as u8; codes.len()]
    };
    DriverCodes { offset: equal(&codes.offset), hagen_dac_offset: equal(&codes.hagen_dac_offset) }
}

/// Codes in which every searched parameter has the median of the selected neurons, or of the quadrants, everywhere.
fn with_medians(calibration: &Calibration) -> Result<Codes, CalibrationError> {
    let mut codes = calibration.codes.clone();
    let selected = calibration.targets.selected();
    for parameter in SEARCHED {
        let found = codes.get(parameter);
        let counts = |circuit: usize| found.len() != NEURONS || selected[circuit];
        let of_selected = found.iter().enumerate().filter(|&(circuit, _)| counts(circuit));
        let median = median_code(&of_selected.map(|(_, &code)| code).collect::<Vec<_>>());
        codes.fill(parameter, median)?;
    }
    Ok(codes)
}

/// A row for a quantity, if it was measured. Quantities of neurons count where these are selected.
fn row(kind: &Kind, calibration: &Calibration, before: &Measured, after: &Measured) -> Option<Row> {
    let selected = calibration.targets.selected();
    let of = |measured: &Measured| {
        let values = measured.values.get(kind.name)?;
        let counts = |circuit: usize| values.len() != NEURONS || selected[circuit];
        let counted = values.iter().enumerate().filter(|&(circuit, _)| counts(circuit));
        Some(counted.map(|(_, value)| *value).collect::<Vec<f64>>())
    };
    let values = [of(before)?, of(after)?];
    let target = *after.targets.get(kind.name)?;
    // Limits in LSB are those of the usual range of the converter.
    let zoom = Scale::new(&calibration.targets).zoom();
    let (scale, stretch) = match kind.unit {
        Unit::Percent => (100.0 / target, 1.0),
        Unit::Lsb => (1.0, zoom),
    };
    let [before, after] = [&values[0], &values[1]].map(|values| scale * kind.spread(values));
    let kept = limits_of(kind, calibration);
    let limits = Limits { spread: stretch * kept.spread, ..kept };
    let tolerance = stretch * kind.tolerance;
    let ratio = (before > NEGLIGIBLE * limits.spread).then(|| after / before);
    let by_ratio = match (ratio, limits.ratio) {
        (Some(ratio), Some(most)) => ratio <= most,
        _ => true,
    };
    let deviation = scale * (median(values[1].iter().copied()) - target);
    Some(Row {
        quantity: kind.name.to_owned(),
        unit: kind.unit.name().to_owned(),
        target,
        before,
        after,
        ratio,
        deviation,
        in_tolerance: share(&values[1], |value| scale * (value - target).abs() <= tolerance),
        tolerance,
        limits,
        pass: by_ratio && after <= limits.spread && deviation.abs() <= tolerance,
        expected_before: kind.expected_before.map(|expected| stretch * expected),
        values,
    })
}

/// Limits for these targets. At the shortest time constant of the inputs some circuits are slower even at the largest code.
fn limits_of(kind: &Kind, calibration: &Calibration) -> Limits {
    let shortest = calibration.targets.tau_syn_us < SHORT_TAU_SYN_US;
    match kind.name {
        "tau_syn_exc" | "tau_syn_inh" if shortest => Limits { ratio: None, spread: SHORT_TAU_SYN_SPREAD },
        _ => kind.limits,
    }
}

/// Time constants of the inputs below which the fastest possible ones of some circuits are slower, us, and the spread allowed
/// there, %.
const SHORT_TAU_SYN_US: f64 = 0.5;
const SHORT_TAU_SYN_SPREAD: f64 = 10.0;

/// Share of the allowed spread below which there is nothing to calibrate and a ratio says nothing.
const NEGLIGIBLE: f64 = 0.5;

impl Report {
    /// Whether all limits are kept and all conditions hold.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.rows.iter().all(|row| row.pass) && self.checks.iter().all(|check| check.pass)
    }
}
