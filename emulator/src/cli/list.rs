//! `hxemu list`: the built-in experiments.

use super::{CliError, Global, Outcome, Output};
use crate::experiment::{BUILT_IN, Entry};
use serde::Serialize;

/// List the built-in experiments
#[derive(Debug, clap::Args)]
pub struct Args {}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    aliases: &'static [&'static str],
    summary: &'static str,
    source: &'static str,
}

#[derive(Serialize)]
struct List {
    experiments: Vec<Row>,
}

/// Prints one line per experiment: names, what it does, where it was published.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(_: &Args, _: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    let row = |entry: &Entry| {
        let Entry { name, aliases, summary, source, .. } = *entry;
        Row { name, aliases, summary, source }
    };
    output.json(&List { experiments: BUILT_IN.iter().map(row).collect() })?;
    let cells = |entry: &Entry| {
        let names = std::iter::once(&entry.name).chain(entry.aliases).copied().collect::<Vec<_>>();
        vec![names.join(", "), entry.summary.to_owned(), entry.source.to_owned()]
    };
    output.table(&BUILT_IN.iter().map(cells).collect::<Vec<_>>())?;
    Ok(Outcome::Done)
}
