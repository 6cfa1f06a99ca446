//! `hxemu calibrate`: calibrates chip instances and reports what that did to the spread over their circuits.

mod pictures;
mod table;

use super::progress::ProgressLine;
use super::{CliError, Global, Outcome, Output};
use crate::calibration::{instance_config, measure};
use crate::experiment::{Context, ExperimentError, Observer, Silent};
use crate::input::{InputError, SourceText};
use crate::instance::Instance;
use crate::setup::open;
use crate::store::write_file;
use hx_calib::{Calibration, Check, Report, Targets, report};
use hx_host::link::udp::UdpTarget;
use rayon::prelude::*;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Calibrate chip instances to targets and report the spread of each parameter before and after
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Targets, a RON file; what it leaves out has the default
    #[arg(long, value_name = "FILE.ron", conflicts_with = "preset")]
    targets: Option<PathBuf>,
    /// Targets by name; full is spiking neurons with everything else that they can be calibrated for, hagen multiplies matrices
    #[arg(long, value_name = "NAME", default_value = "spiking")]
    preset: Preset,
    /// Write the calibration here
    #[arg(long, value_name = "FILE.ron", conflicts_with = "chip_seeds")]
    out: Option<PathBuf>,
    /// Write histograms before and after into this directory; with --out by default FILE.histograms
    #[arg(long, value_name = "DIR")]
    histograms: Option<PathBuf>,
    /// Calibrate the chips of this range of seeds (`0..10`) and report mean and worst of them
    #[arg(long, value_name = "A..B", value_parser = seeds, conflicts_with = "chip_seed")]
    chip_seeds: Option<Range<u64>>,
    /// Calibrate on a setup of `hxemu serve` instead of a chip in this process: ADDR[:DATA_PORT[:RESET_PORT]]
    #[arg(long, value_name = "ADDR", conflicts_with = "chip_seeds")]
    connect: Option<UdpTarget>,
}

/// Sets of targets with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Preset {
    Spiking,
    Full,
    Hagen,
}

impl Preset {
    fn targets(self) -> Targets {
        match self {
            Preset::Spiking => Targets::default(),
            Preset::Full => Targets::full(),
            Preset::Hagen => Targets::hagen(),
        }
    }
}

/// Most chips of a range.
const MOST_CHIPS: u64 = 1000;

/// Reads `A..B`.
fn seeds(text: &str) -> Result<Range<u64>, String> {
    let wrong = || format!("'{text}' is not a range of chip seeds like 0..10");
    let (first, end) = text.split_once("..").ok_or_else(wrong)?;
    let number = |text: &str| text.parse::<u64>().map_err(|_| wrong());
    let range = number(first)?..number(end)?;
    match range.end.saturating_sub(range.start) {
        0 => Err(format!("the range {text} holds no chip seed")),
        count if count > MOST_CHIPS => {
            Err(format!("the range {text} holds more than {MOST_CHIPS} chip seeds"))
        }
        _ => Ok(range),
    }
}

/// A calibrated chip and what was measured of it.
pub(super) struct Chip {
    pub(super) instance: Instance,
    pub(super) calibration: Calibration,
    pub(super) report: Report,
    /// Conditions on the spreads with equal codes, where the analog model predicts them.
    pub(super) before: Vec<Check>,
    pub(super) chip_time_s: f64,
    pub(super) calibration_wall_s: f64,
    pub(super) wall_s: f64,
}

impl Chip {
    fn passed(&self) -> bool {
        self.report.passed() && self.before.iter().all(|check| check.pass)
    }

    fn checks(&self) -> impl Iterator<Item = &Check> {
        self.report.checks.iter().chain(&self.before)
    }
}

/// Calibrates, measures and reports. A parameter outside its limits is exit code 1.
///
/// # Errors
/// When the targets cannot be read or met, or a file cannot be written.
pub fn run(args: &Args, global: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    let targets = args.targets.as_deref().map_or_else(|| Ok(args.preset.targets()), read_targets)?;
    if let Some(seeds) = &args.chip_seeds {
        return run_many(args, seeds.clone(), &targets, global, output);
    }
    let mut observer = ProgressLine::new(output);
    let instance = Instance { served: args.connect, ..global.instance() };
    let chip = calibrate_chip(instance, &targets, global, &mut observer)?;
    if let Some(file) = &args.out {
        let text = chip.calibration.to_text().map_err(|error| CliError::Bug(error.to_string()))?;
        write_file(file, text.as_bytes())?;
    }
    if let Some(directory) = histogram_directory(args) {
        pictures::write(&directory, std::slice::from_ref(&chip))?;
    }
    table::show_one(&chip, output)?;
    Ok(Outcome::from_pass(chip.passed()))
}

fn run_many(
    args: &Args,
    seeds: Range<u64>,
    targets: &Targets,
    global: &Global,
    output: &mut Output,
) -> Result<Outcome, CliError> {
    let started = Instant::now();
    let instances: Vec<Instance> =
        seeds.map(|chip_seed| Instance { chip_seed, ..global.instance() }).collect();
    let chips: Vec<Chip> = global.with_threads(|| {
        let calibrate = |instance: &Instance| calibrate_chip(*instance, targets, global, &mut Silent);
        instances.par_iter().map(calibrate).collect()
    })?;
    if let Some(directory) = &args.histograms {
        pictures::write(directory, &chips)?;
    }
    table::show_many(&chips, started.elapsed().as_secs_f64(), output)?;
    Ok(Outcome::from_pass(chips.iter().all(Chip::passed)))
}

fn histogram_directory(args: &Args) -> Option<PathBuf> {
    args.histograms.clone().or_else(|| args.out.as_ref().map(|out| out.with_extension("histograms")))
}

fn calibrate_chip(
    instance: Instance,
    targets: &Targets,
    global: &Global,
    observer: &mut dyn Observer,
) -> Result<Chip, CliError> {
    let started = Instant::now();
    let mut session = open(instance_config(&instance), instance.served)?;
    let calibration = measure(&mut session, targets, observer)?;
    let calibration_wall_s = started.elapsed().as_secs_f64();
    let report = report(&mut session, &calibration).map_err(ExperimentError::from)?;
    let mut context = Context { instance, strict: global.strict, threads: global.thread_count(), observer };
    let chip_time = context.conclude(session.setup_mut())?;
    let predicted =
        !instance.ideal && *targets == (Targets { neurons: targets.neurons.clone(), ..Targets::default() });
    let before = if predicted { report.before_checks() } else { Vec::new() };
    Ok(Chip {
        instance,
        calibration,
        report,
        before,
        chip_time_s: chip_time.0 as f64 * 1e-12,
        calibration_wall_s,
        wall_s: started.elapsed().as_secs_f64(),
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_seeds() {
        assert_eq!(seeds("0..10"), Ok(0..10));
        assert_eq!(seeds("3..4"), Ok(3..4));
        assert!(seeds("3").unwrap_err().contains("like 0..10"));
        assert!(seeds("a..4").unwrap_err().contains("like 0..10"));
        assert!(seeds("4..4").unwrap_err().contains("no chip seed"));
        assert!(seeds("0..2000").unwrap_err().contains("more than 1000"));
    }

    #[test]
    fn presets_can_be_met() {
        for preset in [Preset::Spiking, Preset::Full, Preset::Hagen] {
            assert_eq!(preset.targets().check(), Ok(()), "{preset:?}");
        }
    }
}
