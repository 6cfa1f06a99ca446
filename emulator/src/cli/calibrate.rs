//! `hxemu calibrate`: calibrates the chip instance and reports what that did to the spread over its neurons.

use super::progress::ProgressLine;
use super::{CliError, Global, Outcome, Output};
use crate::calibration::{instance_config, measure};
use crate::experiment::ExperimentError;
use crate::input::read_ron;
use crate::setup::in_process;
use crate::store::write_file;
use hx_calib::{Quantity, Report, Targets, report};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
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

#[derive(Serialize)]
struct Calibrated<'a> {
    chip_seed: u64,
    ideal: bool,
    version: &'static str,
    wall_s: f64,
    neurons: usize,
    calibrated_neurons: usize,
    missed: BTreeMap<u16, Vec<Quantity>>,
    parameters: &'a Report,
    passed: bool,
}

/// Calibrates, measures and reports. A parameter outside its limits is exit code 1.
///
/// # Errors
/// When the targets cannot be read or met, or a file cannot be written.
pub fn run(args: &Args, global: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    let targets: Targets = args.targets.as_deref().map(read_ron).transpose()?.unwrap_or_default();
    let config = instance_config(&global.instance());
    let started = Instant::now();
    let calibration = measure(config.clone(), &targets, &mut ProgressLine::new(output))?;
    if let Some(file) = &args.out {
        let text = calibration.to_text().map_err(ExperimentError::driver)?;
        write_file(file, text.as_bytes())?;
    }
    let mut session = in_process(config)?;
    let found = report(&mut session, &calibration).map_err(ExperimentError::driver)?;
    let passed = found.passed();
    let neurons = targets.selected().iter().filter(|on| **on).count();
    output.json(&Calibrated {
        chip_seed: global.instance().chip_seed,
        ideal: global.instance().ideal,
        version: crate::version::VERSION,
        wall_s: started.elapsed().as_secs_f64(),
        neurons,
        calibrated_neurons: calibration.good_neurons().count(),
        missed: calibration.missed.clone(),
        parameters: &found,
        passed,
    })?;
    output.line(format!("{} of {neurons} neurons met all targets", calibration.good_neurons().count()))?;
    output.table(&table(&found))?;
    Ok(if passed { Outcome::Done } else { Outcome::Failed })
}

fn table(report: &Report) -> Vec<Vec<String>> {
    let heading = ["parameter", "unit", "target", "before", "after", "ratio", "within limits"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(report.rows.iter().map(|row| {
        let ratio = row.ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
        let verdict = if row.pass { "yes" } else { "no" };
        let number = |value: f64| format!("{value:.2}");
        let numbers = [number(row.target), number(row.before), number(row.after), ratio, verdict.to_owned()];
        [row.quantity.clone(), row.unit.clone()].into_iter().chain(numbers).collect()
    }));
    rows
}
