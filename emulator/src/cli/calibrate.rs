//! `hxemu calibrate`: calibrates the chip instance and reports what that did to the spread over its neurons.

use super::progress::ProgressLine;
use super::{CliError, Global, Outcome, Output};
use crate::calibration::{instance_config, measure};
use crate::experiment::{Context, ExperimentError};
use crate::input::{InputError, SourceText};
use crate::plot::axis::number;
use crate::setup::in_process;
use crate::store::write_file;
use hx_calib::{Calibration, Quantity, Row, Targets, report};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Calibrate the chip instance to targets and report the spread of each parameter before and after
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Targets, a RON file; what it leaves out has the default
    #[arg(long, value_name = "FILE.ron")]
    targets: Option<PathBuf>,
    /// Write the calibration here
    #[arg(long, value_name = "FILE.ron")]
    out: Option<PathBuf>,
}

/// The object of `--json`.
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
    psp_lsb_per_weight: [f64; 2],
    /// Spreads over the neurons with the median code everywhere and as calibrated.
    parameters: &'a [Row],
    passed: bool,
    /// Of calibration and report.
    chip_time_s: f64,
    calibration_wall_s: f64,
    wall_s: f64,
}

/// Calibrates, measures and reports. A parameter outside its limits is exit code 1.
///
/// # Errors
/// When the targets cannot be read or met, or a file cannot be written.
pub fn run(args: &Args, global: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    let targets = args.targets.as_deref().map_or_else(|| Ok(Targets::default()), read_targets)?;
    let instance = global.instance();
    let started = Instant::now();
    let mut observer = ProgressLine::new(output);
    let mut session = in_process(instance_config(&instance))?;
    let calibration = measure(&mut session, &targets, &mut observer)?;
    let calibration_wall_s = started.elapsed().as_secs_f64();
    let found = report(&mut session, &calibration).map_err(ExperimentError::from)?;
    let threads = global.thread_count();
    let mut context = Context { instance, strict: global.strict, threads, observer: &mut observer };
    let chip_time = context.conclude(session.setup_mut())?;
    if let Some(file) = &args.out {
        let text = calibration.to_text().map_err(|error| CliError::Bug(error.to_string()))?;
        write_file(file, text.as_bytes())?;
    }
    let calibrated = Calibrated {
        chip: &calibration.identifier,
        chip_seed: instance.chip_seed,
        ideal: instance.ideal,
        version: crate::version::VERSION,
        targets: &targets,
        neurons: targets.selected().iter().filter(|on| **on).count(),
        calibrated_neurons: calibration.good_neurons().count(),
        missed: &calibration.missed,
        psp_lsb_per_weight: calibration.psp_lsb_per_weight,
        parameters: &found.rows,
        passed: found.passed(),
        chip_time_s: chip_time.0 as f64 * 1e-12,
        calibration_wall_s,
        wall_s: started.elapsed().as_secs_f64(),
    };
    output.json(&calibrated)?;
    show(&calibrated, &calibration, output)?;
    Ok(Outcome::from_pass(calibrated.passed))
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

fn show(found: &Calibrated<'_>, calibration: &Calibration, output: &mut Output) -> Result<(), CliError> {
    let heading = ["", "parameter", "target", "before", "after", "ratio", "limits", "unit of spreads"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(found.parameters.iter().map(|row| cells(row, output)));
    output.table(&rows)?;
    let Calibrated { neurons, calibrated_neurons, calibration_wall_s, .. } = found;
    output.line(format_args!(
        "{}: {calibrated_neurons} of {neurons} neurons met all targets; {calibration_wall_s:.2} s",
        calibration.identifier,
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
