//! `hxemu bench`: how fast this machine runs the workloads.

use super::{CliError, Global, Outcome, Output};
use crate::bench::{Measurement, Setting, WORKLOADS, Workload, find, measure};
use crate::plot::axis::number;
use std::time::Duration;

/// Time the workloads
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Workloads to time [default: all]
    names: Vec<String>,
    /// Least wall-clock time to spend on each, in seconds
    #[arg(long, value_name = "S", default_value_t = 1)]
    seconds: u32,
}

/// Times workloads one after another and prints each as soon as it is done.
///
/// # Errors
/// When there is no such workload, or one fails.
pub fn run(args: &Args, global: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    let setting = Setting { instance: global.instance(), threads: global.thread_count() };
    let mut outcome = Outcome::Done;
    for workload in chosen(&args.names)? {
        output.status(workload.name);
        let least = Duration::from_secs(args.seconds.into());
        let measured = global.with_threads(|| Ok(measure(workload, &setting, least)?))?;
        output.json(&measured)?;
        output.line(row(&measured))?;
        if measured.value < measured.floor {
            outcome = Outcome::Failed;
        }
    }
    Ok(outcome)
}

fn chosen(names: &[String]) -> Result<Vec<&'static Workload>, CliError> {
    if names.is_empty() {
        return Ok(WORKLOADS.iter().collect());
    }
    let known = || WORKLOADS.iter().map(|workload| workload.name).collect::<Vec<_>>().join(", ");
    let unknown =
        |name: &String| CliError::Usage(format!("there is no workload `{name}`; there are: {}", known()));
    names.iter().map(|name| find(name).ok_or_else(|| unknown(name))).collect()
}

fn row(measured: &Measurement) -> String {
    let Measurement { name, unit, value, threads, goal, detail, .. } = measured;
    let peer = measured.peer.zip(measured.ratio);
    let peer = peer.map(|(peer, ratio)| format!("; {ratio:.2} times {}", peer.name)).unwrap_or_default();
    let decimals = if *value < 100.0 { 3 } else { 0 };
    let threads = if *threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
    let (value, goal) = (number(*value, decimals), number(*goal, 0));
    format!("{name:18} {value:>11} {unit}  (goal {goal}; {threads}; {detail}{peer})")
}
