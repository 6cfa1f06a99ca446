//! `hxemu calibrate`: calibrates the chip instance and measures what that achieved.

use super::progress::ProgressLine;
use super::{CliError, Global, Outcome, Output};
use crate::calibration_cache::measure;
use crate::experiment::{Context, ExperimentError};
use crate::input::{InputError, SourceText};
use crate::plot::axis::number;
use crate::setup::in_process;
use crate::store::write_file;
use hx_calib::{Calibration, NEURONS, Quantity, Report, Row, Targets, report};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Calibrate the chip instance to targets
#[derive(Debug, clap::Args)]
pub struct Args {
    /// RON file of targets; those left out have their defaults
    #[arg(long, value_name = "FILE")]
    targets: Option<PathBuf>,
    /// File for the calibration, as RON
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The object of `--json`.
#[derive(Serialize)]
struct Calibrated<'a> {
    chip: &'a str,
    seed: u64,
    chip_seed: u64,
    ideal: bool,
    targets: &'a Targets,
    /// Neurons that were to be calibrated, and those that met all targets.
    neurons: usize,
    good_neurons: usize,
    /// What the others missed.
    missed: &'a BTreeMap<u16, Vec<Quantity>>,
    psp_lsb_per_weight: [f64; 2],
    /// Spreads over neurons before (median code everywhere) and after.
    spreads: &'a [Row],
    pass: bool,
    /// Chip time of calibration and measurement.
    chip_time_s: f64,
    calibration_wall_s: f64,
    wall_s: f64,
}

/// Calibrates, measures, and prints the spreads before and after beside their limits.
///
/// # Errors
/// When the file of targets is wrong, or the result cannot be written.
pub fn run(args: &Args, global: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    let targets = args.targets.as_deref().map_or_else(|| Ok(Targets::default()), read_targets)?;
    let instance = global.instance();
    let started = Instant::now();
    let mut session = in_process(instance.chip_config())?;
    let mut observer = ProgressLine::new(output);
    let calibration = measure(&mut session, &targets, &mut observer)?;
    let calibration_wall_s = started.elapsed().as_secs_f64();
    let report = report(&mut session, &calibration).map_err(ExperimentError::from)?;
    let threads = global.thread_count();
    let mut context = Context { instance, strict: global.strict, threads, observer: &mut observer };
    let chip_time = context.conclude(session.setup_mut())?;
    if let Some(path) = &args.out {
        let text = calibration.to_text().map_err(|error| CliError::Bug(error.to_string()))?;
        write_file(path, text.as_bytes())?;
    }
    output.json(&Calibrated {
        chip: &calibration.identifier,
        seed: instance.seed,
        chip_seed: instance.chip_seed,
        ideal: instance.ideal,
        targets: &targets,
        neurons: targets.selected().iter().filter(|&&selected| selected).count(),
        good_neurons: calibration.good_neurons().count(),
        missed: &calibration.missed,
        psp_lsb_per_weight: calibration.psp_lsb_per_weight,
        spreads: &report.rows,
        pass: report.passed(),
        chip_time_s: chip_time.0 as f64 * 1e-12,
        calibration_wall_s,
        wall_s: started.elapsed().as_secs_f64(),
    })?;
    show(&calibration, &report, calibration_wall_s, output)?;
    Ok(Outcome::from_pass(report.passed()))
}

/// Reads and checks a file of targets.
fn read_targets(path: &Path) -> Result<Targets, CliError> {
    let source = SourceText::read(path)?;
    let targets: Targets = source.parse_ron()?;
    match targets.check() {
        Ok(()) => Ok(targets),
        Err(error) => Err(InputError::File { file: source.file, message: error.to_string() }.into()),
    }
}

fn show(
    calibration: &Calibration,
    report: &Report,
    wall_s: f64,
    output: &mut Output,
) -> Result<(), CliError> {
    let heading = ["", "quantity", "target", "before", "after", "ratio", "limits", "unit of spreads"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(report.rows.iter().map(|row| cells(row, output)));
    output.table(&rows)?;
    let (good, missed) = (calibration.good_neurons().count(), calibration.missed.len());
    output.line(format_args!(
        "{}: {good} of {} neurons met all targets ({missed} did not); {wall_s:.2} s",
        calibration.identifier, NEURONS,
    ))
}

fn cells(row: &Row, output: &Output) -> Vec<String> {
    let ratio = |ratio: Option<f64>| ratio.map_or_else(|| "-".to_owned(), |ratio| number(ratio, 2));
    let limits = format!("{} / {}", number(row.limits.spread, 1), ratio(row.limits.ratio));
    vec![
        output.verdict(row.pass).to_owned(),
        row.quantity.clone(),
        number(row.target, 3),
        number(row.before, 2),
        number(row.after, 2),
        ratio(row.ratio),
        limits,
        row.unit.clone(),
    ]
}
