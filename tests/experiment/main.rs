//! Experiments in a small form: what they must learn, and that seeds alone decide every bit. The published sizes are run by
//! `hxemu run`; their figures stand in the README.

mod networks;
mod stdp;
mod tutorials;

use hx_tests::command::hxemu;
use serde_json::Value;
use std::path::PathBuf;

/// A directory of its own for one test.
fn scratch(name: &str) -> PathBuf {
    let directory = std::env::temp_dir().join(format!("hxemu-test-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// A short Yin-Yang training: the published network, fewer samples, two epochs.
fn short_training(name: &str, more: &[&str]) -> Value {
    let directory = scratch(name);
    let file = directory.join("short.ron");
    let text = "(experiment: \"yin-yang\", config: (epochs: 2, samples: (1200, 200, 200)))";
    std::fs::write(&file, text).unwrap();
    let out = directory.join("out");
    let mut arguments = vec!["run", file.to_str().unwrap(), "--out", out.to_str().unwrap(), "--json"];
    arguments.extend(more);
    let ended = hxemu(&arguments);
    assert!(ended.code <= 1, "{}", ended.err);
    for picture in ["training.svg", "decisions.svg", "sample.svg", "weights.svg"] {
        let svg = std::fs::read_to_string(out.join(picture)).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{picture}");
    }
    std::fs::remove_dir_all(&directory).unwrap();
    ended.json_lines().remove(0)
}

#[test]
fn yin_yang_learns_on_a_chip_with_mismatch_and_threads_change_no_bit() {
    let one = short_training("one", &["--threads", "1"]);
    let two = short_training("two", &["--threads", "2"]);
    assert_eq!(one["bits"], two["bits"]);
    let accuracy = one["test_accuracy"].as_f64().unwrap();
    assert!(accuracy > 0.6, "test accuracy {accuracy} after two short epochs");
    assert_eq!(one["parameters"], 3360);
    assert_eq!(one["val_accuracy"].as_array().unwrap().len(), 2);
    assert!(one["calibrated_neurons"].as_u64().unwrap() > 480);
}

#[test]
fn other_chips_and_other_seeds_give_other_bits() {
    let bits = |name, more: &[&str]| short_training(name, more)["bits"].clone();
    let reference = bits("reference", &[]);
    assert_ne!(reference, bits("chip", &["--chip-seed", "1"]));
    assert_ne!(reference, bits("seed", &["--seed", "1"]));
}

#[test]
fn impossible_configurations_are_refused_with_a_reason() {
    let directory = scratch("refused");
    let file = directory.join("wrong.ron");
    let cases = [
        ("(experiment: \"yin-yang\", config: (epochs: 0))", "epochs"),
        ("(experiment: \"yin-yang\", config: (epoch: 3))", "wrong.ron:1:"),
        ("(experiment: \"yin-yang\", config: (targets: (leak: 500.0)))", "leak"),
        ("(experiment: \"yin-yang\", config: (epochs: 2", "wrong.ron:1:"),
        ("(experiment: \"stdp\", config: (inputs_per_assembly: 7))", "inputs_per_assembly"),
        ("(experiment: \"stdp\", config: (neurons_per_assembly: 33))", "neurons_per_assembly"),
        ("(experiment: \"stdp\", config: (lead_us: -1.0))", "lead_us"),
        ("(experiment: \"stdp\", config: (presentations: 10000, spacing_us: 1000.0))", "period"),
    ];
    for (text, word) in cases {
        std::fs::write(&file, text).unwrap();
        let out = directory.join("out");
        let ended = hxemu(&["run", file.to_str().unwrap(), "--out", out.to_str().unwrap()]);
        assert_eq!(ended.code, 2, "{text}: {}", ended.err);
        assert!(ended.err.contains(word), "{text}: {}", ended.err);
        assert!(!out.join("result.json").exists());
    }
    std::fs::remove_dir_all(&directory).unwrap();
}
