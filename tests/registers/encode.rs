//! `hxemu encode`.

use hx_isa::regmap::{CONTAINERS, Container, locate};
use hx_tests::command::hxemu;
use serde_json::json;

/// Address and data of every write.
fn writes(arguments: &[&str]) -> Vec<(u64, u64)> {
    let ended = hxemu(&[&["encode", "--json"], arguments].concat());
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{arguments:?}");
    let answer = &ended.json_lines()[0];
    let number = |value: &serde_json::Value| value.as_u64().unwrap();
    answer["writes"].as_array().unwrap().iter().map(|w| (number(&w["address"]), number(&w["data"]))).collect()
}

fn complaint(arguments: &[&str]) -> String {
    let ended = hxemu(&[&["encode", "--json"], arguments].concat());
    assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{arguments:?}");
    ended.err
}

#[test]
fn a_split_field_is_set_by_its_joined_name() {
    let found = writes(&["NeuronBackendConfig", "w=0,m=3", "address_out=17", "refractory_time=0x25"]);
    // 17 = 000100 01 and 0x25 = 0010 0101, both stored inverted; reset_holdoff keeps its default 15.
    assert_eq!(found, [(0x1a100c, 0xfb), (0x1a100d, 0xed), (0x1a100e, 0xa8), (0x1a100f, 0)]);
    assert_eq!(writes(&["CurrentDAC", "-", "current=200"]), [(0xc000b, 0x708)]);
    assert_eq!(writes(&["SystimeSyncBase", "-", "value=0x12345678901"]), [(0, 0x4567_8901), (1, 0x123)]);
}

#[test]
fn encodings_are_those_of_the_chip() {
    assert_eq!(
        writes(&["SynapseWeightQuad", "s=0,row=2,q=5", "value[0]=1", "value[3]=33"]),
        [(0x02c00085, 0x1000_0030)]
    );
    assert_eq!(
        writes(&["SynapseDriverConfig", "s=1,d=0", "recovery=1", "hagen_dac_offset=63"])[1],
        (0x118401, 8)
    );
    assert_eq!(writes(&["CapMemSRAMTimingConfig", "b=0", "read_delay=8"])[0], (0x142800, 0xf));
    assert_eq!(writes(&["CADCChannelConfig", "s=0,t=0,c=130", "offset=-5"]), [(0x02400004, 123)]);
    assert_eq!(writes(&["ADPLL", "a=0", "pre_div_p0=4"])[0], (0x80000, 0x2e20_a902));
}

#[test]
fn unset_fields_take_the_configuration_default() {
    assert_eq!(writes(&["CADCConfig", "s=1"]), [(0x03401000, 0x14640)]);
    assert_eq!(writes(&["InstructionTimeoutConfig", "-"]), [(0x88000009, 1_250_000)]);
    assert_eq!(writes(&["cadcconfig", "s=1", "enable=true"]), [(0x03401000, 0x14641)]);
}

#[test]
fn words_come_in_the_order_they_must_be_sent() {
    let found = writes(&["BackgroundSpikeSource", "g=1", "enable=1", "seed=7", "rate=3"]);
    assert_eq!(found, [(0x130005, 7), (0x130006, 0x300), (0x130004, 1)]);
}

#[test]
fn every_writable_container_is_written_to_its_own_addresses() {
    let writable = |container: &&Container| container.on_omnibus() && container.writable();
    let mut count = 0;
    for container in CONTAINERS.iter().filter(writable) {
        let last = container.instance_count() - 1;
        let found = writes(&[container.name, &container.coordinate.format(last)]);
        let expected: Vec<(u64, u64)> = container
            .write_order()
            .map(|word| {
                (container.address(last, word.into()).unwrap(), container.default_words()[word as usize])
            })
            .map(|(address, data)| (address.into(), data.into()))
            .collect();
        assert_eq!(found, expected, "{}", container.name);
        count += found.iter().filter(|(address, _)| locate(*address as u32).is_some()).count();
    }
    let words =
        CONTAINERS.iter().filter(writable).map(|container| usize::from(container.words)).sum::<usize>();
    assert_eq!(count, words);
}

#[test]
fn a_byte_is_written_with_its_byte_enable() {
    let ended = hxemu(&["encode", "ExternalPPUMemoryByte", "a=6", "value=0xab", "--json"]);
    let answer = &ended.json_lines()[0];
    assert_eq!(answer["writes"], json!([{"address": 0x80000001u32, "data": 0xab00, "byte_enables": 2}]));
    let text = hxemu(&["encode", "ExternalPPUMemoryByte", "a=6", "value=0xab"]).out;
    assert_eq!(text, "0x80000001 0x0000ab00  byte enables 0010\n");
}

#[test]
fn bad_input_is_explained() {
    let cases: &[(&[&str], &str)] = &[
        (&["CapMemCel", "-"], "error: there is no container `CapMemCel`; did you mean `CapMemCell`?\n"),
        (&["NeuronConfig", "-"], "error: NeuronConfig needs the coordinate `b`; write `b=0..3,n=0..127`\n"),
        (&["NeuronConfig", "b=1"], "error: NeuronConfig needs the coordinate `n`; write `b=0..3,n=0..127`\n"),
        (&["NeuronConfig", "b=4,n=0"], "error: NeuronConfig: b=4 is out of range, 0 to 3 are allowed\n"),
        (
            &["NeuronConfig", "b=0,z=0"],
            "error: NeuronConfig has no coordinate `z`; write `b=0..3,n=0..127`\n",
        ),
        (
            &["NeuronConfig", "b=0,n=0", "enable_fires=1"],
            "error: NeuronConfig has no field `enable_fires`; did you mean `enable_fire`?\n",
        ),
        (
            &["NeuronConfig", "b=0,n=0", "readout_source=4"],
            "error: NeuronConfig.readout_source=4 is out of range, 0 to 3 are allowed\n",
        ),
        (
            &["NeuronConfig", "b=0,n=0", "readout_source=x"],
            "error: `x` is no number (decimal, 0x hexadecimal, true or false)\n",
        ),
        (
            &["NeuronConfig", "b=0,n=0", "readout_source"],
            "error: `readout_source` is not of the form NAME=VALUE\n",
        ),
        (&["SpikeCounterRead", "w=0,m=0"], "error: SpikeCounterRead can only be read\n"),
        (
            &["SystimeSync", "-"],
            "error: SystimeSync is not on the Omnibus but behind another port: FPGA timing instruction \
             (1-bit payload)\n",
        ),
    ];
    for (arguments, message) in cases {
        assert_eq!(complaint(arguments), *message);
    }
    assert_eq!(hxemu(&["encode", "CADCConfig"]).code, 2);
}
