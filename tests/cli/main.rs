//! The command line as a script sees it: standard output, standard error and exit code of whole commands.
//!
//! Each case is a file in `golden/` that shows the command and everything it printed. `UPDATE=1 cargo test -p hx-tests --test
//! cli` writes them anew; the difference is then to be read like any other change.

mod lui;
mod program;
mod serve;

use hx_tests::command::{Ended, hxemu};
use std::fs;
use std::path::Path;

/// Runs a command line whose arguments hold no spaces.
fn run(arguments: &str) -> Ended {
    hxemu(&arguments.split_whitespace().collect::<Vec<_>>())
}

/// Compares a command with its golden file.
fn golden(name: &str, arguments: &str) {
    let Ended { code, out, err } = run(arguments);
    let seen = format!("$ hxemu {arguments}\nexit code {code}\n--- stdout\n{out}--- stderr\n{err}");
    compare(name, &seen);
}

/// Compares text with a golden file.
fn compare(name: &str, seen: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("cli/golden").join(name).with_extension("txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, seen).unwrap();
    }
    let expected = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert_eq!(seen, expected, "{} differs; UPDATE=1 writes it anew", file.display());
}

#[test]
fn help() {
    golden("help", "--help");
    golden("help-run", "run --help");
}

#[test]
fn list() {
    golden("list", "list");
}

#[test]
fn list_as_json() {
    golden("list-json", "list --json");
    let listed = run("list --json").json_lines().remove(0);
    let names: Vec<&str> =
        listed["experiments"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    let built_in: Vec<&str> = hxemu::experiment::BUILT_IN.iter().map(|entry| entry.name).collect();
    assert_eq!(names, built_in);
}

#[test]
fn no_verb_shows_the_help_on_stderr() {
    let done = run("");
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("Usage: hxemu [OPTIONS] <COMMAND>"), "{}", done.err);
}

#[test]
fn bad_usage() {
    golden("unknown-verb", "lits");
    golden("unknown-flag", "list --jason");
    golden("bad-seed", "list --seed -1");
    golden("bad-threads", "list --threads 0");
    golden("bad-epochs", "run yin-yang --epochs 0");
    golden("unknown-experiment", "run yin-yan");
    golden("unknown-workload", "bench lif-arrow");
}

#[test]
fn bad_experiment_files() {
    golden("missing-file", "run cli/input/missing.ron");
    golden("truncated-file", "run cli/input/truncated.ron");
    golden("unknown-key", "run cli/input/unknown-key.ron");
    golden("unknown-name", "run cli/input/unknown-name.ron");
    golden("not-text", "run cli/input/not-text.ron");
    assert!(!Path::new("out").exists(), "bad input must write nothing");
}

/// The fingerprint of a run of `lif` in a directory of its own.
fn bits_of_lif(flags: &str) -> String {
    let name = flags.replace(' ', "");
    let directory = std::env::temp_dir().join(format!("hxemu-lif{name}-{}", std::process::id()));
    let ended = run(&format!("run lif --json --out {} {flags}", directory.display()));
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    let mut files: Vec<String> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(files, ["config.ron", "membrane.csv", "result.json", "spikes.csv", "trace.svg", "version"]);
    fs::remove_dir_all(&directory).unwrap();
    ended.json_lines()[0]["bits"].as_str().unwrap().to_owned()
}

/// The same constants must come out of debug and release builds and on every machine.
#[test]
fn bits_of_a_run_are_reproducible() {
    let flags = ["--ideal", "--chip-seed 1", "--chip-seed 1 --seed 2"];
    let seen: String = flags.iter().map(|flags| format!("lif {flags}: {}\n", bits_of_lif(flags))).collect();
    compare("run-lif-bits", &seen);
    assert_eq!(bits_of_lif("--ideal --threads 1"), bits_of_lif("--ideal --threads 2"));
}

#[test]
fn experiment_options() {
    golden("lif-has-no-epochs", "run lif --epochs 3");
}

#[test]
fn play() {
    golden("play", "play cli/input/stream.ut --list --ideal");
    golden("play-json", "play cli/input/stream.ut --json --ideal");
    golden("play-cut", "play cli/input/cut.ut --json");
    golden("play-unknown-id", "play cli/input/unknown-id.ut");
    golden("play-missing", "play cli/input/missing.ut");
}

#[test]
fn play_writes_the_answer_as_a_whole_or_not_at_all() {
    let directory = std::env::temp_dir().join(format!("hxemu-play-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let answer = directory.join("answer.ut");
    let play = |file: &str| run(&format!("play cli/input/{file} --out {}", answer.display())).code;
    assert_eq!(play("cut.ut"), 2);
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
    assert_eq!(play("stream.ut"), 0);
    let bytes = fs::read(&answer).unwrap();
    assert_eq!((bytes.len() % 8, bytes[0]), (0, 0x05), "the first message is a Systime");
    assert_eq!(play("cut.ut"), 2);
    assert_eq!(fs::read(&answer).unwrap(), bytes);
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn calibrate() {
    golden("help-calibrate", "calibrate --help");
    golden("targets-out-of-range", "calibrate --targets cli/input/targets-out-of-range.ron");
    golden("targets-unknown", "calibrate --targets cli/input/targets-unknown.ron");
    golden("targets-missing", "calibrate --targets cli/input/missing.ron");
    let file = std::env::temp_dir().join(format!("hxemu-calibration-{}.ron", std::process::id()));
    let done = run(&format!("calibrate --chip-seed 1 --json --out {}", file.display()));
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let seen = &done.json_lines()[0];
    assert_eq!(
        (&seen["chip_seed"], &seen["neurons"], &seen["passed"]),
        (&1.into(), &512.into(), &true.into())
    );
    let parameters = seen["parameters"].as_array().unwrap();
    assert_eq!(parameters.len(), 11);
    for row in parameters {
        let [before, after] = ["before", "after"].map(|key| row[key].as_f64().unwrap());
        assert!(before > 1.5 * after, "{row}");
        assert!(row["in_tolerance"].as_f64().unwrap() > 0.98, "{row}");
    }
    assert!(seen["checks"].as_array().unwrap().iter().all(|check| check["pass"] == true));
    let written = hx_calib::Calibration::from_text(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(written.good_neurons().count(), seen["calibrated_neurons"].as_u64().unwrap() as usize);
    fs::remove_file(&file).unwrap();
    // Beside the result lie its histograms.
    let pictures = file.with_extension("histograms");
    for name in ["overview", "leak", "tau_mem"] {
        let picture = fs::read_to_string(pictures.join(format!("{name}.svg"))).unwrap();
        assert!(picture.starts_with("<svg") && picture.contains("before"));
    }
    fs::remove_dir_all(pictures).unwrap();
    golden("chip-seeds-wrong", "calibrate --chip-seeds 3");
}

/// Samples and spikes of the example, as CSV and as JSON without the time it took.
#[test]
fn analog() {
    let example = "../emulator/examples/analog/two-neurons.ron";
    let file = std::env::temp_dir().join(format!("hxemu-analog-{}.csv", std::process::id()));
    let done = run(&format!("analog {example} --json --out {}", file.display()));
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let mut seen = done.json_lines().remove(0);
    let took = seen.as_object_mut().and_then(|object| object.remove("wall_s"));
    assert!(took.is_some_and(|seconds| seconds.is_number()));
    compare("analog-json", &format!("{seen}\n"));
    compare("analog-csv", &fs::read_to_string(&file).unwrap());
    fs::remove_file(&file).unwrap();
    golden("analog-wrong", "analog cli/input/analog-wrong.ron");
}

#[test]
fn nothing_on_stdout_when_json_fails() {
    let done = run("run cli/input/missing.ron --json");
    assert_eq!((done.code, done.out.as_str()), (2, ""));
}
