//! Histograms of every quantity before and after calibration: one picture each, and one with all of them.

use super::super::CliError;
use super::Chip;
use crate::plot::histogram::{HistogramPanel, Histograms, Sample, histograms};
use crate::store::write_file;
use hx_calib::Row;
use std::fs;
use std::path::Path;

/// Outliers are kept this many spreads away from the median, so that they do not squeeze everything else.
const FARTHEST: f64 = 6.0;

/// Writes the pictures of some chips into a directory; values of all chips are put together.
///
/// # Errors
/// When a file cannot be written.
pub fn write(directory: &Path, chips: &[Chip]) -> Result<(), CliError> {
    let failed = |error: std::io::Error| CliError::Failed(format!("{}: {error}", directory.display()));
    fs::create_dir_all(directory).map_err(failed)?;
    let Some(first) = chips.first() else { return Ok(()) };
    let mut panels = Vec::new();
    for row in &first.report.rows {
        let same =
            |chip: &'_ Chip| chip.report.rows.iter().find(|other| other.quantity == row.quantity).cloned();
        let rows: Vec<Row> = chips.iter().filter_map(same).collect();
        let panel = panel(row, &rows);
        let title = format!("{} before and after calibration", row.quantity);
        let picture = picture(&title, chips, vec![panel.clone()]);
        write_file(&directory.join(format!("{}.svg", row.quantity)), picture.as_bytes())?;
        panels.push(panel);
    }
    let overview = picture("Calibration", chips, panels);
    write_file(&directory.join("overview.svg"), overview.as_bytes())?;
    Ok(())
}

fn picture(title: &str, chips: &[Chip], panels: Vec<HistogramPanel>) -> String {
    let named = |chip: &Chip| chip.calibration.identifier.clone();
    let remark = match chips {
        [one] => format!("{}; equal codes and codes as calibrated", named(one)),
        [first, .., last] => {
            format!("{} to {}; equal codes and codes as calibrated", named(first), named(last))
        }
        [] => String::new(),
    };
    histograms(&Histograms { title: title.to_owned(), remark, counted: "circuits".to_owned(), panels })
}

fn panel(row: &Row, rows: &[Row]) -> HistogramPanel {
    // Strengths have a target of their own on every chip.
    let scale = |of_chip: &Row| if row.unit == "%" { row.target / of_chip.target } else { 1.0 };
    let of_chip = |of_chip: &Row, which: usize| -> Vec<f64> {
        of_chip.values[which].iter().map(|value| scale(of_chip) * value).collect()
    };
    let pooled = |which: usize| rows.iter().flat_map(|row| of_chip(row, which)).collect::<Vec<f64>>();
    let [before, after] = [pooled(0), pooled(1)];
    let (low, high) = range(row, rows);
    let kept = |values: Vec<f64>| values.into_iter().map(|value| value.clamp(low, high)).collect();
    HistogramPanel {
        label: label(row),
        target: Some(row.target),
        samples: vec![
            Sample { name: "before".to_owned(), values: kept(before) },
            Sample { name: "after".to_owned(), values: kept(after) },
        ],
    }
}

/// What is shown: some spreads about the target.
fn range(row: &Row, rows: &[Row]) -> (f64, f64) {
    let widest = rows.iter().map(|row| row.before.max(row.after)).fold(0.0, f64::max);
    let scale = if row.unit == "%" { row.target.abs() / 100.0 } else { 1.0 };
    let reach = FARTHEST * widest.max(1e-9) * scale;
    (row.target - reach, row.target + reach)
}

fn label(row: &Row) -> String {
    let unit = match row.quantity.as_str() {
        "tau_mem" | "tau_syn_exc" | "tau_syn_inh" | "tau_icc" | "correlation_tau" => "µs",
        "strength_exc" | "strength_inh" | "response_288" => "LSB per weight",
        "coba_slope_exc" | "coba_slope_inh" => "1/LSB",
        "rate" => "kHz",
        _ => "CADC LSB",
    };
    format!("{} / {unit}", row.quantity)
}
