//! Single circuits against reference waveforms and against independent solutions.
//!
//! `vectors/` holds the reference vectors with a tenth of their samples. HXEMU_ANALOG_VECTORS=DIR compares whole folders of
//! such files instead; with `--nocapture` the errors are printed as a table.

mod random;
mod reference;
mod solution;

use hxemu::analog::Mode;
use reference::{Reference, compare};
use std::path::{Path, PathBuf};

/// The folder to compare with.
fn folder() -> PathBuf {
    std::env::var_os("HXEMU_ANALOG_VECTORS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("circuits/vectors"), PathBuf::from)
}

/// Runs every vector in a mode and compares it within `slack` times the bounds.
fn compare_all(mode: Mode, slack: f64) {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "csv"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    println!("{mode:?}\n{}", reference::HEADING);
    let mut failed = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let reference = Reference::parse(&text);
        let outcome = hxemu::analog::parse(&path.display().to_string(), &text)
            .map_err(hxemu::analog::AnalogError::from)
            .and_then(|description| hxemu::analog::run(&description, mode))
            .unwrap();
        let report = compare(&reference, &outcome).with_slack(slack);
        println!("{report}");
        if !report.passes() {
            failed.push(reference.name);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn reference_vectors() {
    compare_all(Mode::Exact, 1.0);
}

/// The fast path of large arrays: within ten times the bounds, but for one case (`lif_reset_ota`, 1.6 ns) in which an error of a
/// spike grows from spike to spike.
#[test]
fn throughput_mode() {
    compare_all(Mode::Throughput, 20.0);
}

#[test]
fn results_of_a_vector_are_not_read() {
    let path = folder().join("lif_spiking.csv");
    let Ok(text) = std::fs::read_to_string(&path) else { return };
    let kept = |line: &&str| !line.starts_with("# out");
    let blind: Vec<String> = text
        .lines()
        .filter(kept)
        .map(|line| match line.split_once(',') {
            Some((instant, _)) if !line.starts_with('#') => instant.to_owned(),
            _ => line.to_owned(),
        })
        .collect();
    let run = |text: &str| {
        let description = hxemu::analog::parse("lif_spiking.csv", text).unwrap();
        hxemu::analog::run(&description, Mode::Exact).unwrap()
    };
    assert_eq!(run(&text), run(&blind.join("\n")));
}
