//! Lu.i on the command line: every built-in network checks itself, files are refused with their place, results are whole.

use hx_tests::command::{Ended, hxemu};
use hxemu::lui::BUILT_IN;
use std::fs;
use std::path::PathBuf;

/// A scratch directory, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("hxemu-lui-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn out(&self) -> String {
        self.0.join("out").display().to_string()
    }

    /// Runs a network into this directory.
    fn run(&self, network: &str, more: &[&str]) -> Ended {
        let out = self.out();
        hxemu(&[&["lui", network, "--out", &out, "--json"], more].concat())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn every_built_in_network_is_as_it_should_be() {
    let scratch = Scratch::new("all");
    assert!(BUILT_IN.len() >= 12);
    for network in BUILT_IN {
        let ended = scratch.run(network.name, &[]);
        assert_eq!(ended.code, 0, "{}: {}{}", network.name, ended.out, ended.err);
        let result = ended.json_lines().remove(0);
        assert_eq!(result["experiment"], network.name);
        assert!(result["checks"].as_array().unwrap().len() >= 2, "{}", network.name);
        for file in ["scope.svg", "leds.svg", "traces.csv", "spikes.csv", "config.ron", "result.json"] {
            assert!(scratch.0.join("out").join(file).exists(), "{}: {file}", network.name);
        }
    }
}

#[test]
fn the_list_and_a_file_to_start_from() {
    let listed = hxemu(&["lui", "list", "--json"]).json_lines().remove(0);
    let first = listed["networks"][0]["name"].as_str().unwrap();
    assert_eq!(first, BUILT_IN[0].name);
    let scratch = Scratch::new("show");
    let file = scratch.file("own.ron", &hxemu(&["lui", "show", "synfire-chain"]).out);
    let own = scratch.run(&file, &[]).json_lines().remove(0);
    let built_in = scratch.run("synfire-chain", &[]).json_lines().remove(0);
    assert_eq!(own["bits"], built_in["bits"]);
    // And so does the effective file of the run, and no other bag of components.
    let again = scratch.out() + "/config.ron";
    assert_eq!(
        hxemu(&["lui", &again, "--json", "--out", &scratch.out()]).json_lines()[0]["bits"],
        own["bits"]
    );
    let bag = |seed: &str| {
        scratch.run(&file, &["--tolerances", "--chip-seed", seed]).json_lines()[0]["bits"].clone()
    };
    assert_eq!(bag("1"), bag("1"));
    assert_ne!(bag("1"), bag("2"));
    assert_ne!(bag("1"), own["bits"]);
}

#[test]
fn a_failed_check_fails_the_run() {
    let scratch = Scratch::new("failed");
    let text = r#"(name: "own", boards: [(name: "A", v_leak_v: 2.0)], duration_s: 3.0, checks: [
        (name: "silent", measure: spikes("A", 0.0, 3.0), is: exactly(0.0))])"#;
    let ended = scratch.run(&scratch.file("own.ron", text), &[]);
    assert_eq!((ended.code, ended.err.as_str()), (1, ""));
    let result = ended.json_lines().remove(0);
    assert_eq!((&result["checks"][0]["value"], &result["checks"][0]["pass"]), (&2.0.into(), &false.into()));
    let spikes = result["spikes_s"]["A"].as_array().unwrap();
    assert!((spikes[1].as_f64().unwrap() - spikes[0].as_f64().unwrap() - 1.080).abs() < 0.011);
}

/// A file with two boards, and `rest`; errors are expected at this place with these words.
fn refused(rest: &str, place: &str, words: &str) {
    let scratch = Scratch::new("refused");
    let text =
        format!("(name: \"own\", duration_s: 3.0,\nboards: [(name: \"A\"), (name: \"B\")],\n{rest}\n)");
    let file = scratch.file("own.ron", &text);
    let ended = scratch.run(&file, &[]);
    assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{rest}: {}", ended.err);
    assert!(ended.err.starts_with(&format!("error: {file}:{place}: ")), "{rest}: {}", ended.err);
    assert!(ended.err.contains(words), "{rest}: {}", ended.err);
    assert!(!scratch.0.join("out").exists(), "{rest}");
}

#[test]
fn bad_files_are_refused_with_their_place() {
    refused("wires: [(\"A\", \"C.1\")],", "3:15", "no board `C`");
    refused("wires: [(\"X\", \"B.1\")],", "3:10", "no board `X`");
    refused("wires: [(\"A\", \"B.4\")],", "3:15", "no input `4`");
    refused("wires: [(\"A\", \"B\")],", "2:30", "inputs are written like");
    refused("wires: [(\"A\", \"B.1\"),\n(\"B\", \"B.1\")],", "4:7", "two wires end on the input `B.1`");
    refused("pulses: [(name: \"k\", to: [\"B.1\", \"B.1\"])],", "3:34", "two wires end");
    refused("pulses: [(name: \"k\", to: [\"B.1\"], level_v: 24.0)],", "3:35", "level_v is 24");
    refused("pulses: [(name: \"k\", to: [\"B.1\"], at_s: [0.5, 0.51])],", "3:17", "overlap");
    refused("turns: [(at_s: 1.0, board: \"A\", to: v_leak_v(2.5))],", "3:1", "v_leak_v is 2.5");
    refused("turns: [(at_s: NaN, board: \"A\", to: v_leak_v(2.0))],", "3:1", "NaN");
    refused("turns: [(at_s: 1.0, board: \"A\", to: weight_kohm(4, 2.0))],", "3:1", "no input 4");
    refused("currents: [(board: \"A\", steps: [(0.0, inf)])],", "3:1", "inf");
    refused(
        "checks: [(name: \"c\", measure: spikes(\"Z\", 0.0, 1.0), is: exactly(0.0))],",
        "3:38",
        "board `Z`",
    );
    refused(
        "checks: [(name: \"c\", measure: spikes(\"A\", 0.0, 9.0), is: exactly(0.0))],",
        "3:17",
        "no part of the run",
    );
    refused(
        "checks: [(name: \"c\", measure: spikes(\"A\", 0.0, 1.0), is: order(\"A\"))],",
        "3:17",
        "compared",
    );
    refused("sample_s: 1e-6,", "3:1", "samples");
    refused("wirse: [],", "3:1", "wirse");
}

#[test]
fn bad_boards_are_refused_with_their_place() {
    let board = |entry: &str, place: &str, words: &str| {
        let scratch = Scratch::new("board");
        let file = scratch.file("own.ron", &format!("(name: \"own\", duration_s: 1.0, boards: [\n{entry}])"));
        let ended = scratch.run(&file, &[]);
        assert_eq!(ended.code, 2, "{entry}: {}", ended.err);
        assert!(ended.err.starts_with(&format!("error: {file}:{place}: ")), "{entry}: {}", ended.err);
        assert!(ended.err.contains(words), "{entry}: {}", ended.err);
    };
    board("(name: \"A\", r_leak_kohm: 60.0)", "2:13", "r_leak_kohm is 60, which is not in 0 to 50");
    board("(name: \"A\", v_leak_v: NaN)", "2:13", "v_leak_v is NaN");
    board("(name: \"A\", weights_kohm: (1.0, -1.0, 1.0))", "2:13", "-1");
    board("(name: \"A\", vdd_v: 9.0)", "2:13", "vdd_v is 9");
    board("(name: \"A\", parts: {\"C99\": 1.0})", "2:22", "no part `C99`");
    board("(name: \"A\", parts: {\"C5\": 1.0})", "2:22", "C5 in F is 1");
    board("(name: \"A\"), (name: \"A\")", "2:21", "two boards `A`");
    board("(name: \"A.1\")", "2:8", "made of letters");
    board("", "1:32", "0 boards");
}

#[test]
fn bad_names_are_refused() {
    for arguments in [["lui", "synfire"].as_slice(), &["lui", "show", "synfire"]] {
        let ended = hxemu(arguments);
        assert_eq!(ended.code, 2);
        assert_eq!(ended.err, "error: there is no network `synfire`; `hxemu lui list` shows them\n");
    }
    assert_eq!(hxemu(&["lui"]).code, 2);
    assert_eq!(hxemu(&["lui", "missing.ron"]).code, 2);
}
