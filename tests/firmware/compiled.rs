//! The additive rule in C, compiled by the PowerPC cross compiler: linked with our runtime by our linker it does what the rule in
//! assembly does.

use crate::random::{Start, fraction, start};
use crate::rules::{expect_resets, expect_weights, run};
use crate::tools;
use hx_firmware::reference::Additive;
use hx_firmware::{Firmware, Image, SCHEDULE, build};
use hx_isa::link::Object;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

const COMPILER: &str = "powerpc-linux-gnu-gcc";
/// What makes a compiler for Linux write code for a bare processor without floating point.
const FLAGS: [&str; 10] = [
    "-ffreestanding",
    "-fno-pic",
    "-fno-pie",
    "-msoft-float",
    "-mstrict-align",
    "-mcpu=powerpc",
    "-msdata=none",
    "-fno-asynchronous-unwind-tables",
    "-fno-stack-protector",
    "-Wall",
];

/// Compiles a source of the firmware.
fn compile(name: &str, level: &str) -> Object {
    let source = format!("{}/../firmware/c/{name}", env!("CARGO_MANIFEST_DIR"));
    let output = tools::scratch(&format!("{name}{level}.o"));
    let path = output.display().to_string();
    let arguments = [&FLAGS[..], &[level, "-Werror", "-c", &source, "-o", &path]].concat();
    tools::run(COMPILER, &arguments);
    let bytes = std::fs::read(&output).expect("the compiler wrote it");
    std::fs::remove_file(&output).expect("the file is ours");
    Object::read_elf(&bytes, name).unwrap_or_else(|error| panic!("{error}"))
}

fn compiled(level: &str) -> Image {
    build(&[SCHEDULE], &[compile("stdp_additive.c", level)]).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_rule_in_c_does_what_the_rule_in_assembly_does() {
    if !tools::installed(COMPILER) {
        return;
    }
    let assembled = Firmware::find("stdp-additive").unwrap().build().unwrap();
    for level in ["-O1", "-O2", "-Os"] {
        let compiled = compiled(level);
        let config = ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() };
        let agreed = TestRunner::new(config).run(&(start(), fraction()), |(start, eta)| {
            compare(&compiled, &assembled, &start, Additive { eta });
            Ok(())
        });
        agreed.unwrap_or_else(|error| panic!("{level}: {error}"));
    }
}

fn compare(compiled: &Image, assembled: &Image, start: &Start, rule: Additive) {
    let parameters = [("eta", i32::from(rule.eta.to_bits()).cast_unsigned())];
    let ours = run(compiled, &parameters, start);
    expect_weights(&ours, start, |row, column| {
        rule.update(start.synapses.weights[row][column], &start.sensors(row, column))
    });
    expect_resets(&ours, start);
    let theirs = run(assembled, &parameters, start);
    assert_eq!(
        (&ours.weights, &ours.labels, &ours.resets),
        (&theirs.weights, &theirs.labels, &theirs.resets)
    );
}
