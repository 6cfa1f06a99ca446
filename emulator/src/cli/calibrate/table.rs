//! What `hxemu calibrate` prints: one row per quantity and one line per condition, of one chip or of many.

use super::super::{CliError, Output};
use super::Chip;
use crate::plot::axis::number;
use hx_calib::{BlockQuantity, Check, Quantity, Row, Targets};
use serde::Serialize;
use std::collections::BTreeMap;

/// The object of `--json`, one per chip.
#[derive(Serialize)]
struct Calibrated<'a> {
    chip: &'a str,
    chip_seed: u64,
    ideal: bool,
    version: &'static str,
    targets: &'a Targets,
    /// Neurons that were to be calibrated, and those that met all targets.
    neurons: usize,
    calibrated_neurons: usize,
    /// What the others missed.
    missed: &'a BTreeMap<u16, Vec<Quantity>>,
    /// Synapse drivers and quadrants that missed theirs.
    missed_drivers: &'a [u16],
    missed_blocks: &'a BTreeMap<u16, Vec<BlockQuantity>>,
    psp_lsb_per_weight: [f64; 2],
    /// Spreads over the circuits with the median code everywhere and as calibrated.
    parameters: &'a [Row],
    checks: Vec<&'a Check>,
    passed: bool,
    /// Of calibration and report.
    chip_time_s: f64,
    calibration_wall_s: f64,
    wall_s: f64,
}

impl<'a> Calibrated<'a> {
    fn new(chip: &'a Chip) -> Calibrated<'a> {
        let calibration = &chip.calibration;
        Calibrated {
            chip: &calibration.identifier,
            chip_seed: chip.instance.chip_seed,
            ideal: chip.instance.ideal,
            version: crate::version::VERSION,
            targets: &calibration.targets,
            neurons: calibration.targets.selected().iter().filter(|on| **on).count(),
            calibrated_neurons: calibration.good_neurons().count(),
            missed: &calibration.missed,
            missed_drivers: &calibration.missed_drivers,
            missed_blocks: &calibration.missed_blocks,
            psp_lsb_per_weight: calibration.psp_lsb_per_weight,
            parameters: &chip.report.rows,
            checks: chip.checks().collect(),
            passed: chip.passed(),
            chip_time_s: chip.chip_time_s,
            calibration_wall_s: chip.calibration_wall_s,
            wall_s: chip.wall_s,
        }
    }
}

/// Prints one chip.
pub fn show_one(chip: &Chip, output: &mut Output) -> Result<(), CliError> {
    let found = Calibrated::new(chip);
    output.json(&found)?;
    let heading =
        ["", "parameter", "target", "before", "after", "ratio", "limits", "in tolerance", "unit of spreads"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(found.parameters.iter().map(|row| cells(row, output)));
    output.table(&rows)?;
    let mut rows = vec![["", "condition", "found", "limits", "unit"].map(str::to_owned).to_vec()];
    rows.extend(found.checks.iter().map(|check| check_cells(check, output)));
    output.table(&rows)?;
    show_missed(&found, output)?;
    let Calibrated { neurons, calibrated_neurons, calibration_wall_s, wall_s, .. } = found;
    output.line(format_args!(
        "{}: {calibrated_neurons} of {neurons} neurons met all targets; calibrated in {calibration_wall_s:.2} s, \
         {wall_s:.2} s with the report",
        chip.calibration.identifier,
    ))
}

fn show_missed(found: &Calibrated<'_>, output: &mut Output) -> Result<(), CliError> {
    for (neuron, quantities) in found.missed {
        output.line(format_args!("neuron {neuron} missed {}", names(quantities)))?;
    }
    for (block, quantities) in found.missed_blocks {
        output.line(format_args!("quadrant {block} missed {}", names(quantities)))?;
    }
    if !found.missed_drivers.is_empty() {
        output.line(format_args!("synapse drivers that stay off: {}", names(found.missed_drivers)))?;
    }
    Ok(())
}

fn names<T: std::fmt::Debug>(values: &[T]) -> String {
    values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(", ")
}

fn optional(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| number(value, digits))
}

fn percent(share: f64) -> String {
    format!("{} %", number(100.0 * share, 1))
}

fn cells(row: &Row, output: &Output) -> Vec<String> {
    vec![
        output.verdict(row.pass).to_owned(),
        row.quantity.clone(),
        number(row.target, 3),
        number(row.before, 2),
        number(row.after, 2),
        optional(row.ratio, 2),
        limits(row),
        percent(row.in_tolerance),
        row.unit.clone(),
    ]
}

fn limits(row: &Row) -> String {
    format!("{} / {}", number(row.limits.spread, 1), optional(row.limits.ratio, 2))
}

fn check_cells(check: &Check, output: &Output) -> Vec<String> {
    vec![
        output.verdict(check.pass).to_owned(),
        check.name.clone(),
        number(check.value, 2),
        bounds(check),
        check.unit.clone(),
    ]
}

fn bounds(check: &Check) -> String {
    match (check.least, check.most) {
        (Some(least), Some(most)) => format!("{} to {}", number(least, 1), number(most, 1)),
        (Some(least), None) => format!("at least {}", number(least, 1)),
        (None, Some(most)) => format!("at most {}", number(most, 1)),
        (None, None) => String::new(),
    }
}

/// Prints many chips: mean and worst of each row and condition.
pub fn show_many(chips: &[Chip], wall_s: f64, output: &mut Output) -> Result<(), CliError> {
    for chip in chips {
        output.json(&Calibrated::new(chip))?;
    }
    let Some(first) = chips.first() else { return Ok(()) };
    let heading =
        ["", "parameter", "before", "after", "worst", "ratio", "worst", "limits", "unit of spreads"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for row in &first.report.rows {
        let same =
            |chip: &'_ Chip| chip.report.rows.iter().find(|other| other.quantity == row.quantity).cloned();
        let of_chips: Vec<Row> = chips.iter().filter_map(same).collect();
        rows.push(merged_cells(row, &of_chips, output));
    }
    output.table(&rows)?;
    let mut rows =
        vec![["", "condition", "mean", "lowest", "highest", "limits", "unit"].map(str::to_owned).to_vec()];
    for check in first.checks() {
        let same = |chip: &'_ Chip| chip.checks().find(|other| other.name == check.name).cloned();
        let of_chips: Vec<Check> = chips.iter().filter_map(same).collect();
        rows.push(merged_check(check, &of_chips, output));
    }
    output.table(&rows)?;
    let passed = chips.iter().filter(|chip| chip.passed()).count();
    for chip in chips.iter().filter(|chip| !chip.passed()) {
        output.line(format_args!("{} failed", chip.calibration.identifier))?;
    }
    let calibration_s = mean(chips.iter().map(|chip| chip.calibration_wall_s));
    output.line(format_args!(
        "{passed} of {} chips passed; a calibration takes {calibration_s:.2} s on one core, all of this took {wall_s:.1} s",
        chips.len()
    ))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (count, sum) = values.fold((0, 0.0), |(count, sum), value| (count + 1, sum + value));
    sum / f64::from(count)
}

fn merged_cells(row: &Row, chips: &[Row], output: &Output) -> Vec<String> {
    let worst = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::NEG_INFINITY, f64::max);
    let ratios: Vec<f64> = chips.iter().filter_map(|row| row.ratio).collect();
    let ratio = |value: f64| (!ratios.is_empty()).then_some(value);
    vec![
        output.verdict(chips.iter().all(|row| row.pass)).to_owned(),
        row.quantity.clone(),
        number(mean(chips.iter().map(|row| row.before)), 2),
        number(mean(chips.iter().map(|row| row.after)), 2),
        number(worst(&mut chips.iter().map(|row| row.after)), 2),
        optional(ratio(mean(ratios.iter().copied())), 2),
        optional(ratio(worst(&mut ratios.iter().copied())), 2),
        limits(row),
        row.unit.clone(),
    ]
}

fn merged_check(check: &Check, chips: &[Check], output: &Output) -> Vec<String> {
    let values = || chips.iter().map(|check| check.value);
    vec![
        output.verdict(chips.iter().all(|check| check.pass)).to_owned(),
        check.name.clone(),
        number(mean(values()), 2),
        number(values().fold(f64::INFINITY, f64::min), 2),
        number(values().fold(f64::NEG_INFINITY, f64::max), 2),
        bounds(check),
        check.unit.clone(),
    ]
}
