//! `hxemu addr`.

use hx_tests::command::hxemu;
use serde_json::json;

/// Address, container, coordinate, word: one line per rule of the address map.
const PLACES: &[(u32, &str, &str, u64)] = &[
    (0x00000001, "SystimeSyncBase", "-", 1),
    (0x00040000, "CommonPhyConfigChip", "-", 0),
    (0x00080003, "ADPLL", "a=1", 1),
    (0x000c000a, "MADCConfig", "-", 9),
    (0x000c0011, "PadMultiplexerConfig", "p=1", 1),
    (0x000c001a, "ReferenceGeneratorConfig", "-", 8),
    (0x00110403, "", "", 0),
    (0x00110406, "SynapseDriverConfig", "s=0,d=1", 2),
    (0x00118602, "SynapseDriverSRAMTimingConfig", "s=1", 0),
    (0x0012a010, "NeuronReset", "w=1,m=4", 0),
    (0x00122400, "BlockPostPulse", "w=0", 0),
    (0x0012abfc, "SpikeCounterRead", "w=1,m=255", 0),
    (0x00122c04, "SpikeCounterReset", "w=0,m=1", 0),
    (0x00130018, "BackgroundSpikeSource", "g=7", 2),
    (0x00130019, "CrossbarNode", "k=0", 0),
    (0x00130064, "CrossbarNode", "k=75", 0),
    (0x00130065, "CrossbarInputDropCounter", "i=0", 0),
    (0x00130084, "CrossbarOutputEventCounter", "j=11", 0),
    (0x00151037, "CapMemCell", "b=2,r=23,c=129", 0),
    (0x00142801, "CapMemSRAMTimingConfig", "b=0", 1),
    (0x0015c009, "CapMemBlockConfig", "b=3", 9),
    (0x001683ff, "NeuronConfig", "b=1,n=127", 5),
    (0x00160403, "NeuronSRAMTimingConfig", "b=0", 1),
    (0x001a9003, "NeuronBackendConfig", "w=1,m=0", 3),
    (0x001a1801, "CommonNeuronBackendConfig", "w=0", 1),
    (0x03200003, "CommonCorrelationConfig", "s=1", 3),
    (0x02400801, "CADCChannelConfig", "s=0,t=1,c=0", 0),
    (0x03400000, "CADCChannelConfig", "s=1,t=0,c=128", 0),
    (0x03400902, "CADCOffsetSRAMTimingConfig", "i=2", 0),
    (0x02800fff, "PPUMemoryWord", "p=0,w=4095", 0),
    (0x03a00001, "PPUStatusRegister", "p=1", 0),
    (0x02c03fff, "SynapseWeightQuad", "s=0,row=255,q=63", 0),
    (0x02c04000, "ColumnCorrelationQuad", "s=0,q=0", 2),
    (0x03c24001, "ColumnCurrentQuad", "s=1,q=1", 1),
    (0x03c20040, "SynapseCorrelationCalibQuad", "s=1,row=1,q=0", 1),
    (0x02c40000, "SynapseLabelQuad", "s=0,row=0,q=0", 0),
    (0x02e80041, "CADCSampleQuad", "s=0,u=1,t=0,row=1,q=1", 0),
    (0x03cc0000, "CADCSampleQuad", "s=1,u=0,t=1,row=0,q=0", 0),
    (0x02c90040, "CorrelationReset", "s=0,row=1,q=0", 0),
    (0x02c9403f, "NeuronResetQuad", "s=0,q=63", 0),
    (0x02cf00c1, "SynapseQuad", "s=0,row=1,q=1", 1),
    (0x80007fff, "ExternalPPUMemoryQuad", "w=32767", 0),
    (0x8800c003, "PhyStatus", "p=1", 4),
    (0x88007802, "I2CPort", "n=2", 0),
    (0x88007004, "SPIPort", "c=4", 0),
    (0x88007a00, "I2CPrescaler", "-", 0),
    (0x8800c013, "HicannARQStatus", "-", 3),
    (0x880dffff, "OutputRoutingTableEntry", "label=65535", 0),
];

#[test]
fn addresses_have_their_register() {
    for &(address, container, coordinate, word) in PLACES {
        let ended = hxemu(&["addr", &format!("{address:#x}"), "--json"]);
        if container.is_empty() {
            assert_eq!(ended.code, 2, "{address:#x}");
            continue;
        }
        let answer = &ended.json_lines()[0];
        let found = [&answer["container"], &answer["coordinate"], &answer["word"], &answer["address"]];
        assert_eq!(found, [&json!(container), &json!(coordinate), &json!(word), &json!(address)]);
    }
}

#[test]
fn decimal_and_hexadecimal_are_the_same() {
    assert_eq!(hxemu(&["addr", "1474577"]), hxemu(&["addr", "0x168011"]));
    assert_eq!(hxemu(&["addr", "0x0016_8011"]), hxemu(&["addr", "0x168011"]));
}

#[test]
fn shared_addresses_name_every_view() {
    let answer = &hxemu(&["addr", "0x84001001", "--json"]).json_lines()[0];
    assert_eq!(
        (&answer["container"], &answer["axes"]),
        (&json!("ExternalPPUDRAMMemoryQuad"), &json!({"w": 0x1001}))
    );
    let views: Vec<_> = answer["aliases"].as_array().unwrap().iter().map(|view| &view["container"]).collect();
    assert_eq!(views.iter().filter(|name| **name == "ExternalPPUDRAMMemoryByte").count(), 4);
    assert_eq!(views.iter().filter(|name| **name == "VectorGeneratorNotificationAddress").count(), 1);
    assert_eq!(views.len(), 5);
}

#[test]
fn text_shows_the_fields_of_the_word() {
    let ended = hxemu(&["addr", "0x00130019"]);
    let expected = "\
CrossbarNode k=0 word 0
  13:0   mask                 w  label AND mask
  29:16  target               w  event passes iff (label & mask) == target
  31     enable_drop_counter  w  losses at this node add to the input drop counter
";
    assert_eq!((ended.code, ended.out.as_str()), (0, expected));
}

#[test]
fn what_is_no_register_is_bad_input() {
    let ended = hxemu(&["addr", "0x01000000", "--json"]);
    let message = "error: no register is mapped at address 16777216 (0x01000000)\n";
    assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (2, "", message));
    for bad in ["4294967296", "0x", "-1", "twelve", "0x1_0000_0000"] {
        let ended = hxemu(&["addr", bad]);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{bad}");
        assert!(ended.err.starts_with("error: "), "{bad}: {}", ended.err);
    }
    assert_eq!(hxemu(&["addr"]).code, 2);
}
