//! `hxemu lui`: networks of the teaching neuron Lu.i, from a file or by name to a directory with result, traces and pictures.

use super::progress::ProgressLine;
use super::run::show;
use super::{CliError, Global, Outcome, Output};
use crate::experiment::ResultJson;
use crate::input::SourceText;
use crate::lui::record::record;
use crate::lui::{BUILT_IN, BuiltIn, load, report};
use crate::store::ResultDirectory;
use crate::version::VERSION;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Run networks of Lu.i, the palm-sized teaching neuron
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// Name of a built-in network (see `hxemu lui list`), or a network file `*.ron`
    #[arg(required = true)]
    network: Option<String>,
    /// Potentiometers and capacitors off by up to 20 %, out of the bag that --chip-seed picks
    #[arg(long)]
    tolerances: bool,
    /// Directory for result.json, config.ron, traces and pictures [default: out/lui/NETWORK]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List the built-in networks
    List,
    /// Print the file of a built-in network, to start an own one from
    Show {
        /// Its name
        name: String,
    },
}

/// Runs a network and writes its result, or says which there are.
///
/// # Errors
/// When name or file are wrong, and when the result cannot be written.
pub fn run(args: &Args, global: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    match (&args.action, &args.network) {
        (Some(Action::List), _) => list(output),
        (Some(Action::Show { name }), _) => print(name, output),
        (None, Some(network)) => run_network(network, args, global, output),
        (None, None) => Err(CliError::Usage("which network? `hxemu lui list` shows them".to_owned())),
    }
}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    summary: &'static str,
}

#[derive(Serialize)]
struct List {
    networks: Vec<Row>,
}

fn list(output: &mut Output) -> Result<Outcome, CliError> {
    let row = |network: &BuiltIn| Row { name: network.name, summary: network.summary };
    output.json(&List { networks: BUILT_IN.iter().map(row).collect() })?;
    let cells = |network: &BuiltIn| vec![network.name.to_owned(), network.summary.to_owned()];
    output.table(&BUILT_IN.iter().map(cells).collect::<Vec<_>>())?;
    Ok(Outcome::Done)
}

#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    text: &'a str,
}

fn print(name: &str, output: &mut Output) -> Result<Outcome, CliError> {
    let network = named(name)?;
    output.json(&Shown { name, text: network.text })?;
    output.line(network.text.trim_end())?;
    Ok(Outcome::Done)
}

fn named(name: &str) -> Result<&'static BuiltIn, CliError> {
    let unknown = || CliError::Usage(format!("there is no network `{name}`; `hxemu lui list` shows them"));
    BuiltIn::named(name).ok_or_else(unknown)
}

/// A built-in network or a file.
fn source_of(target: &str) -> Result<SourceText, CliError> {
    if Path::new(target).extension().is_some_and(|extension| extension == "ron") {
        return Ok(SourceText::read(Path::new(target))?);
    }
    Ok(named(target)?.source())
}

fn run_network(target: &str, args: &Args, global: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    let instance = global.instance();
    let adjust = |file: &mut crate::lui::NetworkFile| {
        file.tolerances = (file.tolerances || args.tolerances) && !instance.ideal;
    };
    let (file, bench) = load(&source_of(target)?, adjust, instance.chip_seed)?;
    let config = file.to_ron().map_err(|error| CliError::Bug(error.to_string()))?;
    let stem = Path::new(target).file_stem().unwrap_or_default();
    let path = args.out.clone().unwrap_or_else(|| Path::new("out").join("lui").join(stem));
    let directory = ResultDirectory::open(&path)?;
    let started = Instant::now();
    let recording = record(&bench, &file, &mut ProgressLine::new(output));
    let report = report(&file, &bench, &recording);
    let result = ResultJson {
        experiment: &file.name,
        seed: instance.seed,
        chip_seed: instance.chip_seed,
        ideal: instance.ideal,
        threads: global.thread_count(),
        version: VERSION,
        wall_s: started.elapsed().as_secs_f64(),
        chip_time_s: file.duration_s,
        training: None,
        figures: &report.figures,
        checks: &report.checks,
        bits: report.bits,
    };
    let json =
        serde_json::to_string_pretty(&result).map_err(|error| CliError::Bug(error.to_string()))? + "\n";
    for artifact in &report.files {
        directory.write(&artifact.name, &artifact.contents)?;
    }
    directory.write("config.ron", config.as_bytes())?;
    directory.write("version", format!("{VERSION}\n").as_bytes())?;
    directory.write(ResultDirectory::RESULT, json.as_bytes())?;
    output.json(&result)?;
    show(&report, result.wall_s, &path, output)?;
    Ok(Outcome::from_pass(report.passed()))
}
