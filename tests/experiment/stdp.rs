//! The experiment with the plasticity processor, in its short form.

use crate::scratch;
use hx_tests::command::hxemu;
use serde_json::Value;

fn short(name: &str, more: &[&str]) -> Value {
    let out = scratch(name);
    let mut arguments = vec!["run", "stdp", "--quick", "--json", "--strict", "--out", out.to_str().unwrap()];
    arguments.extend(more);
    let ended = hxemu(&arguments);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    for picture in ["weights.svg", "correlation.svg", "learning.svg", "spikes.svg", "recall.svg"] {
        let svg = std::fs::read_to_string(out.join(picture)).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{picture}");
    }
    std::fs::remove_dir_all(&out).unwrap();
    ended.json_lines().remove(0)
}

#[test]
fn leading_inputs_gain_and_lagging_ones_lose() {
    let result = short("stdp", &[]);
    let figure = |name: &str| result[name].as_f64().unwrap();
    assert_eq!(result["updates"], 2);
    assert_eq!(result["config"]["initial_weight"], 6);
    assert!(figure("mean_weight_leading") > 8.0, "{result}");
    assert!(figure("mean_weight_lagging") < 2.0, "{result}");
    // Every neuron fires once in each of its 2 * 200 presentations, more or less.
    assert!((8_000.0..20_000.0).contains(&figure("spikes_while_learning")), "{result}");
}

#[test]
fn on_an_ideal_chip_all_synapses_of_a_group_do_the_same() {
    let result = short("stdp-ideal", &["--ideal"]);
    assert_eq!(result["mean_weight_other"], 6.0);
    assert_eq!(result["mean_weight_lagging"], 0.0);
    let leading = result["mean_weight_leading"].as_f64().unwrap();
    assert_eq!(leading.fract(), 0.0, "{leading}");
}

#[test]
fn seeds_alone_decide_every_bit() {
    let bits = |name, more: &[&str]| short(name, more)["bits"].clone();
    let one = bits("stdp-one", &["--threads", "1"]);
    assert_eq!(one, bits("stdp-two", &["--threads", "2"]));
    assert_ne!(one, bits("stdp-chip", &["--chip-seed", "1"]));
}
