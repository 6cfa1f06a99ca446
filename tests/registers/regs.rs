//! `hxemu regs`.

use hx_tests::command::hxemu;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn rows(arguments: &[&str]) -> Vec<Value> {
    let ended = hxemu(&[&["regs", "--json"], arguments].concat());
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    ended.json_lines()
}

#[test]
fn one_object_per_field() {
    let rows = rows(&[]);
    assert_eq!(rows.len(), 611);
    let containers: BTreeSet<&str> = rows.iter().filter_map(|row| row["container"].as_str()).collect();
    assert_eq!(containers.len(), 109);
}

#[test]
fn every_row_has_the_keys_of_the_contract() {
    for row in rows(&[]) {
        assert!(row["container"].is_string() && row["field"].is_string(), "{row}");
        assert!(row["instance_count"].is_u64() && row["word"].is_u64() && row["default"].is_u64(), "{row}");
        assert!(row["base_addresses"].as_array().is_some_and(|list| list.iter().all(Value::is_u64)), "{row}");
        assert!(matches!(row["access"].as_str(), Some("r" | "w" | "rw")), "{row}");
        let (msb, lsb) = (row["msb"].as_u64(), row["lsb"].as_u64());
        assert_eq!((msb.is_none(), lsb.is_none()), (row["msb"].is_null(), row["lsb"].is_null()), "{row}");
        assert!(msb >= lsb, "{row}");
    }
}

#[test]
fn a_field_is_described_completely() {
    let rows = rows(&["--container", "NeuronBackendConfig"]);
    assert_eq!(rows.len(), 18);
    let expected = json!({
        "container": "NeuronBackendConfig", "instance_count": 512, "base_addresses": [0x1a1000, 0x1a9000],
        "word": 0, "field": "address_out[7:2]", "msb": 5, "lsb": 0, "access": "rw", "default": 0,
        "bits": "5:0", "encoding": "inv", "meaning": "upper 6 bits of the 8-bit label emitted with each spike",
        "coordinate": "NeuronBackendConfigOnDLS", "keys": ["w", "m"],
    });
    assert_eq!(rows[0], expected);
}

#[test]
fn bits_that_the_coordinate_picks_are_null_and_named() {
    let row = &rows(&["--container", "ExternalPPUMemoryByte"])[0];
    assert_eq!((&row["msb"], &row["lsb"]), (&Value::Null, &Value::Null));
    assert_eq!(row["bits"], "31-8*(a%4):24-8*(a%4)");
    let row = &rows(&["--container", "ResetJTAGTap"])[0];
    assert_eq!((&row["msb"], &row["bits"]), (&Value::Null, &json!("-")));
    assert_eq!((&row["port"], &row["base_addresses"]), (&json!("FPGA JTAG instruction"), &json!([])));
}

#[test]
fn words_with_their_own_bases_list_all_of_them() {
    let row = &rows(&["--container", "ColumnCurrentQuad"])[0];
    assert_eq!(row["base_addresses"], json!([0x02c14000, 0x03c14000, 0x02c24000, 0x03c24000]));
}

#[test]
fn text_is_a_table() {
    let ended = hxemu(&["regs", "--container", "ppucontrolregister"]);
    let expected = "\
PPUControlRegister  `p=0..1`  0x02a00000 0x03a00000
  0  0  inhibit_reset            rw  0  plain  1 = run, 0 = PPU held in reset
  0  1  force_clock_on           rw  0  plain  switch
  0  2  force_clock_off          rw  0  plain  switch
  0  3  cache_controller_enable  rw  0  plain  instruction cache for external memory

";
    assert_eq!((ended.code, ended.out.as_str()), (0, expected));
}

#[test]
fn the_reference_page_has_a_section_per_container() {
    let page = hxemu(&["regs", "--markdown"]).out;
    assert_eq!(page.lines().filter(|line| line.starts_with("## ")).count(), 109);
    let section = hxemu(&["regs", "--markdown", "--container", "PerfTest"]).out;
    assert!(section.starts_with("## PerfTest\n\n`PerfTestOnFPGA`; 0x88008000\n"), "{section}");
}

#[test]
fn an_unknown_container_is_bad_input() {
    let ended = hxemu(&["regs", "--container", "NeuronConfg", "--json"]);
    let message = "error: there is no container `NeuronConfg`; did you mean `NeuronConfig`?\n";
    assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (2, "", message));
}
