//! The tutorials with networks, calibration and search: each passes its own checks on a chip with mismatch.

use crate::scratch;
use hx_tests::command::hxemu;
use serde_json::Value;
use std::path::Path;

/// Number, plain name, what a short form of it needs, pictures.
const TUTORIALS: &[(&str, &str, &str, &[&str])] = &[
    ("tutorial-10", "logic-gates", "repetitions: 3", &["truth_tables", "membranes"]),
    ("tutorial-11", "calibration-sweeps", "neurons: 4", &["sweeps", "tau", "spikes"]),
    ("tutorial-12", "synfire-chain", "", &["chain", "ring"]),
    ("tutorial-13", "sudoku", "random_puzzles: 1, sweep: [8, 10]", &["board", "raster", "solved"]),
    ("tutorial-14", "superspike", "epochs: 40", &["training", "loss"]),
    (
        "tutorial-18",
        "genetic-search",
        "epochs: 2, repetitions: 2, evolution: (population: 6)",
        &["search", "individuals", "attenuation"],
    ),
];

fn run(name: &str, settings: &str, more: &[&str], directory: &Path) -> Value {
    let file = directory.join("short.ron");
    std::fs::write(&file, format!("(experiment: \"{name}\", config: ({settings}))")).unwrap();
    let mut arguments = vec!["run", file.to_str().unwrap(), "--json", "--strict", "--out"];
    let out = directory.join("out");
    arguments.push(out.to_str().unwrap());
    arguments.extend(more);
    let ended = hxemu(&arguments);
    assert_eq!(ended.code, 0, "{name}: {}{}", ended.out, ended.err);
    ended.json_lines().remove(0)
}

#[test]
fn every_network_passes_its_checks_and_draws_its_pictures() {
    for (number, name, settings, pictures) in TUTORIALS {
        let directory = scratch(name);
        let result = run(name, settings, &[], &directory);
        assert_eq!(result["experiment"], *number);
        assert!(result["checks"].as_array().unwrap().len() >= 2, "{name}");
        for picture in *pictures {
            let svg = std::fs::read_to_string(directory.join(format!("out/{picture}.svg"))).unwrap();
            assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{name}: {picture}");
        }
        std::fs::remove_dir_all(&directory).unwrap();
    }
}

#[test]
fn threads_change_no_bit_and_seeds_do() {
    let bits = |more: &[&str]| {
        let directory = scratch(&format!("sudoku-bits{}", more.concat()));
        let bits = run("tutorial-13", "random_puzzles: 1, sweep: [8, 10]", more, &directory)["bits"].clone();
        std::fs::remove_dir_all(&directory).unwrap();
        bits
    };
    let one = bits(&["--threads", "1"]);
    assert_eq!(one, bits(&["--threads", "2"]));
    assert_ne!(one, bits(&["--seed", "1"]));
}

#[test]
fn impossible_settings_are_refused_by_their_name() {
    let directory = scratch("networks-refused");
    let file = directory.join("wrong.ron");
    let cases = [
        ("tutorial-10", "or_weight: 64", "or_weight"),
        ("tutorial-10", "spacing_us: NaN", "spacing_us"),
        ("tutorial-10", "neurons_per_gate: 0", "neurons_per_gate"),
        ("tutorial-11", "v_leak_codes: [600, 500]", "v_leak_codes"),
        ("tutorial-11", "reset_madc: 420.0", "reset_madc"),
        ("tutorial-11", "tau_mem_us: 0.0", "tau_mem_us"),
        ("tutorial-12", "groups: 1", "groups"),
        ("tutorial-12", "refractory_counts: 20", "refractory_counts"),
        ("tutorial-12", "targets: (tau_syn_us: 99.0)", "tau_syn_us"),
        ("tutorial-13", "puzzle: ((5, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0))", "puzzle"),
        ("tutorial-13", "puzzle: ((1, 1, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0))", "puzzle"),
        ("tutorial-13", "clues: 17", "clues"),
        ("tutorial-13", "noise_rate_hz: 2.0e7", "noise_rate_hz"),
        ("tutorial-14", "epochs: 0", "epochs"),
        ("tutorial-14", "target_spikes: (5, 3)", "target_spikes"),
        ("tutorial-14", "duration_us: -1.0", "duration_us"),
        ("tutorial-18", "compartments: 1", "compartments"),
        ("tutorial-18", "evolution: (mutation: 2.0)", "mutation"),
    ];
    for (name, setting, word) in cases {
        let text = format!("(experiment: \"{name}\", config: ({setting}))");
        std::fs::write(&file, &text).unwrap();
        let out = directory.join("out");
        let ended = hxemu(&["run", file.to_str().unwrap(), "--out", out.to_str().unwrap()]);
        assert_eq!(ended.code, 2, "{text}: {}", ended.err);
        assert!(ended.err.contains(word), "{text}: {}", ended.err);
        assert!(!out.join("result.json").exists());
    }
    for (name, option) in [("sudoku", "--epochs"), ("logic-gates", "--batch"), ("superspike", "--batch")] {
        let ended = hxemu(&["run", name, option, "3"]);
        assert_eq!(ended.code, 2);
        assert!(ended.err.contains(option), "{}", ended.err);
    }
    std::fs::remove_dir_all(&directory).unwrap();
}
