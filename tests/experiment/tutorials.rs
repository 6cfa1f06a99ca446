//! The tutorials: every one passes its own checks on a chip with mismatch, under its number and under its name.

use crate::scratch;
use hx_tests::command::hxemu;
use serde_json::Value;
use std::path::Path;

/// Number, plain name, what is reduced to save time, pictures.
const TUTORIALS: &[(&str, &str, &str, &[&str])] = &[
    ("tutorial-01", "smoke-test", "", &["trace"]),
    ("tutorial-02", "silent-neuron", "", &["rest", "traces"]),
    ("tutorial-03", "current-step", "", &["step", "tau"]),
    ("tutorial-04", "leak-over-threshold", "", &["trace"]),
    ("tutorial-05", "fixed-pattern", "", &["rates", "traces"]),
    ("tutorial-06", "f-i-curve", "", &["f-i"]),
    (
        "tutorial-07",
        "exponential",
        "durations_us: [30.0, 100.0, 500.0], v_exp_codes: [850, 950]",
        &["strength-duration", "edge"],
    ),
    ("tutorial-08", "psp", "", &["psp", "stacking", "sweeps", "trials", "noise"]),
    ("tutorial-09", "dynamic-range", "", &["range"]),
    ("tutorial-17", "multi-compartment", "conductance_codes: [100, 500]", &["attenuation", "traces"]),
    (
        "tutorial-19",
        "adex",
        "",
        &["patterns", "ringing", "tonic", "adapting", "initial-burst", "bursting", "transient"],
    ),
];

fn run(name: &str, more: &[&str], out: &Path) -> Value {
    let mut arguments = vec!["run", name, "--json", "--strict", "--out", out.to_str().unwrap()];
    arguments.extend(more);
    let ended = hxemu(&arguments);
    assert_eq!(ended.code, 0, "{name}: {}{}", ended.out, ended.err);
    ended.json_lines().remove(0)
}

#[test]
fn every_tutorial_passes_its_checks_and_draws_its_pictures() {
    for (number, name, reduced, pictures) in TUTORIALS {
        let out = scratch(name);
        let file = out.join("reduced.ron");
        let text = format!("(experiment: \"{number}\", config: ({reduced}))");
        std::fs::write(&file, text).unwrap();
        let result = run(file.to_str().unwrap(), &[], &out);
        assert_eq!(result["experiment"], *number);
        assert!(result["checks"].as_array().unwrap().len() >= 2, "{name}");
        for picture in *pictures {
            let svg = std::fs::read_to_string(out.join(format!("{picture}.svg"))).unwrap();
            assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{name}: {picture}");
        }
        std::fs::remove_dir_all(&out).unwrap();
    }
}

#[test]
fn numbers_and_names_are_the_same_experiment_and_seeds_decide_every_bit() {
    let bits = |name, more: &[&str]| {
        let out = scratch(&format!("bits-{name}{}", more.concat()));
        let bits = run(name, more, &out)["bits"].clone();
        std::fs::remove_dir_all(&out).unwrap();
        bits
    };
    let one = bits("tutorial-04", &["--threads", "1"]);
    assert_eq!(one, bits("leak-over-threshold", &["--threads", "2"]));
    assert_ne!(one, bits("tutorial-04", &["--chip-seed", "1"]));
    let list = hxemu(&["list", "--json"]).json_lines().remove(0);
    let rows = list["experiments"].as_array().unwrap();
    for (number, name, ..) in TUTORIALS {
        let row = rows.iter().find(|row| row["name"] == *number).unwrap();
        assert_eq!(row["aliases"][0], *name);
    }
}

#[test]
fn impossible_settings_are_refused_by_their_name() {
    let directory = scratch("tutorial-refused");
    let file = directory.join("wrong.ron");
    let cases = [
        ("tutorial-01", "senders: 0", "senders"),
        ("tutorial-01", "duration_us: -5.0", "duration_us"),
        ("tutorial-01", "duration_us: NaN", "duration_us"),
        ("tutorial-02", "v_leak_codes: [500]", "v_leak_codes"),
        ("tutorial-02", "v_leak_codes: [500, 1023]", "v_leak"),
        ("tutorial-02", "neuron_column: 256", "neuron_column"),
        ("tutorial-03", "i_bias_leak_codes: [0, 100, 200]", "i_bias_leak_codes"),
        ("tutorial-03", "current_per_leak: 5.0", "current_per_leak"),
        ("tutorial-04", "refractory_counts: 30", "refractory_counts"),
        ("tutorial-05", "neurons: 2", "neurons"),
        ("tutorial-05", "targets: (leak: 500.0)", "leak"),
        ("tutorial-06", "current_codes: [50, 100]", "current_codes"),
        ("tutorial-07", "durations_us: [10.0, 5.0, 20.0]", "durations_us"),
        ("tutorial-08", "weights: [-64, 0, 63]", "weights"),
        ("tutorial-08", "trials: 0", "trials"),
        ("tutorial-09", "weights: [0, 10, 3000]", "weights"),
        ("tutorial-17", "compartments: 1", "compartments"),
        ("tutorial-17", "conductance_codes: [0, 5]", "conductance_codes"),
        ("tutorial-19", "neuron_column: 255", "neuron_column"),
        ("tutorial-19", "v_leak_code: 100", "v_leak_code"),
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
    for option in ["--epochs", "--batch"] {
        let ended = hxemu(&["run", "psp", option, "3"]);
        assert_eq!(ended.code, 2);
        assert!(ended.err.contains(option), "{}", ended.err);
    }
    std::fs::remove_dir_all(&directory).unwrap();
}
