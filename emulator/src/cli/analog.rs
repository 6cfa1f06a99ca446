//! `hxemu analog`: single circuits with listed parameters and inputs.

use super::{CliError, Global, Outcome, Output};
use crate::analog::{self, AnalogError, Description, Mode};
use crate::store::write_file;
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A description to start from.
pub const EXAMPLE: &str = include_str!("../../examples/analog/two-neurons.ron");

/// Run single neurons, correlation sensors or drivers with listed parameters and inputs
#[derive(Debug, clap::Args)]
#[command(after_long_help = long_help())]
pub struct Args {
    /// A RON file, or a reference vector (.csv), of which only parameters, inputs and sampling instants are read
    #[arg(value_name = "FILE.ron|FILE.csv")]
    file: PathBuf,
    /// Write samples and spikes here, in the form of the reference vectors
    #[arg(long, value_name = "FILE.csv")]
    out: Option<PathBuf>,
    /// How to run it
    #[arg(long, value_enum, default_value_t)]
    mode: Mode,
}

fn long_help() -> String {
    format!(
        "Inputs are (t_us, kind, value): `exc` and `inh` let a synaptic current jump by uA, `excN` that of compartment N (or \
         of neuron N where neurons have one), `I_const` is the constant current from then on; `pre`, `post` and `event` have no \
         value. A neuron may have `inputs` of its own beside those for all.\n\n\
         Equations: C dV/dt = gl (El - V) + s_exc - s_inh + I_const + gexp DT exp((V - VT) / DT) - w, tauw dw/dt = a (V - Ew) - w.\n\
         With `coba`, s_exc is multiplied by (Ee - V) / (Ee - Eref) and s_inh by (V - Ei) / (Eref - Ei). A spike adds b to w and \
         holds V at Vr for tref - thold, or with `greset` lets C dV/dt = greset (Vr - V) + s_exc - s_inh + I_const; for thold \
         the membrane is free, then it can spike again.\n\n\
         Parameters (name, unit, default, meaning):\n{}\nExample (emulator/examples/analog/two-neurons.ron):\n{EXAMPLE}",
        analog::help()
    )
}

/// The object of `--json`.
#[derive(Serialize)]
struct Reported<'a> {
    #[serde(flatten)]
    outcome: &'a analog::Outcome,
    mode: &'static str,
    version: &'static str,
    wall_s: f64,
}

/// Reads, runs and reports.
///
/// # Errors
/// When the file is wrong, with the place; when the run would not end; when an output cannot be written.
pub fn run(args: &Args, _: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    let started = Instant::now();
    let description = analog::read(&args.file)?;
    let outcome = analog::run(&description, args.mode)?;
    if let Some(path) = &args.out {
        write_file(path, csv(&args.file, &description, &outcome).as_bytes())?;
    }
    let mode = match args.mode {
        Mode::Exact => "exact",
        Mode::Throughput => "throughput",
    };
    let wall_s = started.elapsed().as_secs_f64();
    output.json(&Reported { outcome: &outcome, mode, version: crate::version::VERSION, wall_s })?;
    show(&outcome, args.out.as_deref(), output)?;
    Ok(Outcome::Done)
}

fn show(outcome: &analog::Outcome, out: Option<&Path>, output: &mut Output) -> Result<(), CliError> {
    for (neuron, spikes) in outcome.spikes_us.iter().enumerate() {
        let listed: Vec<String> = spikes.iter().map(|spike| format!("{spike:.6}")).collect();
        let plural = if spikes.len() == 1 { "spike" } else { "spikes" };
        output.line(format_args!("{neuron}: {} {plural}  {}", spikes.len(), listed.join(" ")))?;
    }
    let (rows, columns) = (outcome.samples.len(), outcome.columns.join(", "));
    match out {
        Some(path) => output.line(format_args!("{rows} rows of {columns} in {}", path.display())),
        None => output.line(format_args!("{rows} rows of {columns}; --out FILE.csv or --json shows them")),
    }
}

/// Samples and spikes in the form of the reference vectors.
fn csv(file: &Path, description: &Description, outcome: &analog::Outcome) -> String {
    let mut text = String::new();
    let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "# vector: {name}");
    for circuit in &description.circuits {
        for (name, (value, _)) in &circuit.values {
            let _ = writeln!(text, "# param {name} = {value}");
        }
    }
    for (neuron, spikes) in outcome.spikes_us.iter().enumerate() {
        for spike in spikes {
            let _ = writeln!(text, "# out spike {spike:.12} {neuron}");
        }
    }
    let _ = writeln!(text, "{}", outcome.columns.join(","));
    for row in &outcome.samples {
        let cells: Vec<String> = row.iter().map(f64::to_string).collect();
        let _ = writeln!(text, "{}", cells.join(","));
    }
    text
}

impl From<AnalogError> for CliError {
    fn from(error: AnalogError) -> CliError {
        match error {
            AnalogError::Input(error) => CliError::Input(error),
            AnalogError::Steps { .. } | AnalogError::Spikes { .. } => CliError::Limit(error.to_string()),
        }
    }
}
