//! `hxemu run`: one experiment, from its name or file to a directory with result, configuration and pictures.

use super::progress::ProgressLine;
use super::{CliError, Global, Outcome, Output};
use crate::experiment::{
    BUILT_IN, Context, Entry, Options, Prepared, Report, Seeds, find_among, result_json,
};
use crate::store::ResultDirectory;
use crate::version::VERSION;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Run a built-in experiment or an experiment file
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name of a built-in experiment (see `hxemu list`), or an experiment file `*.ron`
    experiment: String,
    /// Epochs to train
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
    /// Samples per batch
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    batch: Option<u32>,
    /// The reduced form of an experiment that has one
    #[arg(long)]
    quick: bool,
    /// Directory for result.json, config.ron and pictures [default: out/EXPERIMENT]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Args {
    fn options(&self) -> Options {
        Options { epochs: self.epochs, batch: self.batch, quick: self.quick }
    }

    /// The directory asked for, or `out/` and the name of the experiment or of its file.
    fn directory(&self) -> PathBuf {
        let name = Path::new(&self.experiment).file_stem().unwrap_or_default();
        self.out.clone().unwrap_or_else(|| Path::new("out").join(name))
    }
}

/// Runs the experiment and writes its result.
///
/// # Errors
/// When experiment, file or options are wrong, when it fails, and when its result cannot be written.
pub fn run(args: &Args, global: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    run_among(BUILT_IN, args, global, output)
}

fn run_among(
    entries: &[Entry],
    args: &Args,
    global: &Global,
    output: &mut Output,
) -> Result<Outcome, CliError> {
    let (entry, source) = find_among(entries, &args.experiment)?;
    let seeds = Seeds { seed: global.seed, chip_seed: global.chip_seed, ideal: global.ideal };
    let prepared = entry.prepare(source.as_ref(), &args.options(), &seeds)?;
    let config = prepared.config_ron()?;
    let path = args.directory();
    let directory = ResultDirectory::open(&path)?;
    let started = Instant::now();
    let report = global.with_threads(|| execute(prepared.as_ref(), global, output))?;
    let result =
        result_json(prepared.as_ref(), &report, global.thread_count(), started.elapsed().as_secs_f64());
    let json =
        serde_json::to_string_pretty(&result).map_err(|error| CliError::Bug(error.to_string()))? + "\n";
    for file in &report.files {
        directory.write(&file.name, &file.contents)?;
    }
    directory.write("config.ron", config.as_bytes())?;
    directory.write("version", format!("{VERSION}\n").as_bytes())?;
    directory.write(ResultDirectory::RESULT, json.as_bytes())?;
    output.json(&result)?;
    show(&report, result.wall_s, &path, output)?;
    Ok(Outcome::from_pass(report.passed()))
}

fn execute(prepared: &dyn Prepared, global: &Global, output: &mut Output) -> Result<Report, CliError> {
    let mut observer = ProgressLine::new(output);
    let mut context = Context {
        instance: prepared.instance(),
        strict: global.strict,
        threads: global.thread_count(),
        observer: &mut observer,
    };
    Ok(prepared.run(&mut context)?)
}

/// Tells a person what came out and where it is.
pub(super) fn show(
    report: &Report,
    wall_s: f64,
    directory: &Path,
    output: &mut Output,
) -> Result<(), CliError> {
    for line in &report.lines {
        output.line(line)?;
    }
    let rows: Vec<Vec<String>> = report
        .checks
        .iter()
        .map(|check| {
            let verdict = output.verdict(check.pass).to_owned();
            let found = format!("{} (expected {})", check.value, check.expected);
            vec![verdict, check.name.clone(), found]
        })
        .collect();
    output.table(&rows)?;
    output.line(format_args!("bits {}", report.bits))?;
    let chip_s = report.chip_time.0 as f64 * 1e-12;
    output
        .line(format_args!("{chip_s:.6} s of chip time in {wall_s:.2} s; results in {}", directory.display()))
}

#[cfg(test)]
mod tests {
    use super::super::Streams;
    use super::*;
    use crate::experiment::{Check, Experiment, ExperimentError, Progress};
    use clap::{FromArgMatches, Parser};
    use serde::{Deserialize, Serialize};
    use std::fs;

    /// Adds numbers; passes as long as the sum is small.
    struct Sum;

    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct SumConfig {
        terms: Vec<f64>,
        repeats: u32,
    }

    impl Default for SumConfig {
        fn default() -> Self {
            SumConfig { terms: vec![1.0, 2.0], repeats: 1 }
        }
    }

    impl Experiment for Sum {
        const NAME: &'static str = "sum";
        const ALIASES: &'static [&'static str] = &["add"];
        const SUMMARY: &'static str = "adds";
        const SOURCE: &'static str = "none";
        type Config = SumConfig;

        fn adjust(config: &mut SumConfig, options: &Options) -> Result<(), ExperimentError> {
            options.refuse("--batch", options.batch.is_some(), Self::NAME)?;
            config.repeats = options.epochs.unwrap_or(config.repeats);
            Ok(())
        }

        fn run(config: &SumConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
            let sum =
                config.terms.iter().sum::<f64>() * f64::from(config.repeats) + context.instance.seed as f64;
            context.observer.progress(&Progress { label: "term", done: 1, total: 1, ..Progress::default() });
            let mut report = Report { checks: vec![Check::at_most("sum", sum, 10.0)], ..Report::default() };
            report.bits.float(sum);
            report.figures.insert("sum".into(), sum.into());
            report.add_text("sum.csv", format!("{sum}\n"));
            Ok(report)
        }
    }

    #[derive(Parser)]
    struct TestCommand {
        #[command(flatten)]
        global: Global,
        #[command(flatten)]
        args: Args,
    }

    /// Runs in a directory of its own; returns what `hxemu run` would end with and print.
    fn run_in(directory: &Path, arguments: &str) -> (Result<Outcome, CliError>, String) {
        let matches = <TestCommand as clap::CommandFactory>::command()
            .get_matches_from(std::iter::once("run").chain(arguments.split_whitespace()));
        let mut command = TestCommand::from_arg_matches(&matches).unwrap();
        command.args.out.get_or_insert(directory.join("out"));
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut output = Output::new(Streams::plain(&mut out, &mut err), &command.global);
        let ended = run_among(&[Entry::of::<Sum>()], &command.args, &command.global, &mut output);
        assert_eq!(String::from_utf8(err).unwrap(), "");
        (ended, String::from_utf8(out).unwrap())
    }

    fn scratch(name: &str) -> PathBuf {
        let directory = std::env::temp_dir().join(format!("hxemu-run-{name}-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        directory
    }

    #[test]
    fn writes_a_whole_result() {
        let directory = scratch("whole");
        let (ended, json) = run_in(&directory, "sum --json --seed 3 --threads 1 --chip-seed 7");
        assert_eq!(ended.unwrap(), Outcome::Done);
        let printed: serde_json::Value = serde_json::from_str(&json).unwrap();
        let written = fs::read_to_string(directory.join("out/result.json")).unwrap();
        assert_eq!(printed, serde_json::from_str::<serde_json::Value>(&written).unwrap());
        assert_eq!(
            (&printed["seed"], &printed["chip_seed"], &printed["sum"]),
            (&3.into(), &7.into(), &6.0.into())
        );
        assert_eq!(printed["checks"][0]["pass"], true);
        let keys: Vec<&String> = printed.as_object().unwrap().keys().collect();
        assert_eq!(
            keys,
            [
                "bits",
                "checks",
                "chip_seed",
                "chip_time_s",
                "experiment",
                "ideal",
                "seed",
                "sum",
                "threads",
                "version",
                "wall_s"
            ]
        );
        let again = directory.join("out/config.ron");
        let (ended, json_again) = run_in(&directory.join("again"), &format!("{} --json", again.display()));
        assert_eq!(ended.unwrap(), Outcome::Done);
        let repeated: serde_json::Value = serde_json::from_str(&json_again).unwrap();
        assert_eq!((&printed["bits"], &printed["seed"]), (&repeated["bits"], &repeated["seed"]));
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_failed_check_fails_the_run() {
        let directory = scratch("failed");
        let (ended, text) = run_in(&directory, "add --epochs 4");
        assert_eq!(ended.unwrap(), Outcome::Failed);
        assert!(text.starts_with("FAIL  sum  12.0 (expected <= 10)\nbits "), "{text}");
        assert!(directory.join("out/result.json").exists());
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn bad_input_says_where_and_writes_nothing() {
        let directory = scratch("bad");
        let file = directory.join("my.ron");
        let name = file.display().to_string();
        for (text, complaint) in [
            (
                "(experiment: \"sum\",\n config: (terms: [1.0, 2.0], repeat: 3))",
                ":2:30: Unexpected field named `repeat`",
            ),
            ("(experiment: \"sum\",\n config: (terms: [1.0,", ":2:22: "),
            ("(experiment: \"sum\",\n seeds: 3)", ":2:2: Unexpected field named `seeds`"),
            ("(experiment: \"sums\")", ": there is no experiment `sums`"),
            ("", ":1:1: "),
        ] {
            fs::write(&file, text).unwrap();
            let error = run_in(&directory, &name).0.unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().starts_with(&format!("{name}{complaint}")), "{error}");
        }
        for (arguments, complaint) in [
            ("sums", "there is no experiment `sums`; `hxemu list` shows them"),
            ("sum --batch 3", "--batch has no meaning for the experiment `sum`"),
        ] {
            assert_eq!(run_in(&directory, arguments).0.unwrap_err().to_string(), complaint);
        }
        assert!(!directory.join("out").exists());
        fs::remove_dir_all(directory).unwrap();
    }
}
