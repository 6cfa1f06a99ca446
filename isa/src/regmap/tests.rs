//! Tests of the table against itself and against values taken from the chip's software.

use super::*;

/// Words of a default-constructed container that are not zero (register specification, section 3; haldls defaults).
const NON_ZERO_DEFAULTS: &[(&str, &[(usize, u32)])] = &[
    ("NeuronBackendConfig", &[(0, 0xff), (1, 0xff), (2, 0xbc)]),
    ("CommonNeuronBackendConfig", &[(0, 0xf005), (1, 0x0470_0401)]),
    ("NeuronSRAMTimingConfig", &[(0, 0xff), (1, 0xff)]),
    ("NeuronBackendSRAMTimingConfig", &[(0, 0xff), (1, 0xff)]),
    ("CADCOffsetSRAMTimingConfig", &[(0, 0xff), (1, 0xff)]),
    ("SynapseDriverSRAMTimingConfig", &[(0, 0xc0), (1, 0xff)]),
    ("CapMemSRAMTimingConfig", &[(0, 0x0f), (1, 0x1e)]),
    ("CapMemBlockConfig", &[(3, 0x7337), (4, 0x8), (6, 0x0331_0010), (7, 0x0004_0007), (9, 0x1fa0)]),
    (
        "ReferenceGeneratorConfig",
        &[
            (0, 0x1000),
            (1, 0x280),
            (2, 0x28),
            (3, 0xa28),
            (4, 0xa28),
            (5, 0x41),
            (6, 0x41),
            (7, 0x2cb),
            (8, 0x2cb),
        ],
    ),
    ("CommonSynramConfig", &[(0, 0x88), (1, 0x303), (2, 0x4)]),
    ("CommonCorrelationConfig", &[(0, 0x1), (1, 0xc8), (2, 0x5)]),
    ("SynapseBiasSelection", &[(0, 0xffff)]),
    ("SynapseDriverConfig", &[(0, 0x3e00), (1, 0x3f00), (2, 0x40)]),
    ("CADCConfig", &[(0, 0x14640)]),
    ("CADCChannelConfig", &[(0, 0x80)]),
    ("MADCConfig", &[(0, 0x3500), (1, 0xc060), (4, 0x103), (5, 0x1c9), (6, 0x1), (7, 0xf9), (9, 0x51)]),
    ("ADPLL", &[(0, 0x2a20_a902), (1, 0xc0cb_f200)]),
    ("PLLClockOutputBlock", &[(0, 0x110d_0101)]),
    ("PhyConfigFPGA", &[(0, 0x20_4040)]),
    ("PhyConfigChip", &[(0, 0x20_4000)]),
    ("InstructionTimeoutConfig", &[(0, 0x1312d0)]),
    // Simple defaults of single fields.
    ("CommonPhyConfigChip", &[(0, 0xff)]),
    ("CommonPhyConfigFPGA", &[(0, 0xff)]),
    ("ExecutorControl", &[(0, 1)]),
    ("FPGASystimeSyncNumRetries", &[(0, 3)]),
    ("SpikeIOOutputRoute", &[(0, 0xff)]),
    ("SpikeIOInputRoute", &[(0, 0xffff)]),
    ("JTAGIdCode", &[(0, 0x3485_80af)]),
    ("JTAGClockScaler", &[(0, 6)]),
    ("PollingOmnibusBlock", &[(0, 1)]),
    ("SystimeSync", &[(0, 1)]),
    ("ShiftRegister", &[(0, 0xff_9c40)]),
    ("DACControl", &[(0, 0b001100)]),
];

#[test]
fn the_table_is_complete() {
    assert_eq!(CONTAINERS.len(), 109);
    assert_eq!(CONTAINERS.iter().map(|container| container.fields.len()).sum::<usize>(), 611);
}

#[test]
fn default_words_are_those_of_the_chips_software() {
    for container in CONTAINERS {
        let mut expected = vec![0; container.words as usize];
        let listed = NON_ZERO_DEFAULTS.iter().find(|(name, _)| *name == container.name);
        for &(word, value) in listed.map_or(&[][..], |(_, words)| words) {
            expected[word] = value;
        }
        assert_eq!(container.default_words(), expected, "{}", container.name);
    }
}

/// A small generator for test values (xorshift64*).
struct Xorshift(u64);

impl Xorshift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

/// All instances of a container of moderate size; edges and random ones of a giant.
fn instances(container: &Container) -> Vec<u64> {
    let count = container.instance_count();
    if count <= 1 << 17 {
        return (0..count).collect();
    }
    let mut random = Xorshift(count);
    let edges = [0, 1, 2, 3, 4, count / 2 - 1, count / 2, count - 2, count - 1];
    edges.into_iter().chain((0..10_000).map(|_| random.next() % count)).collect()
}

#[test]
fn every_address_belongs_to_its_instance_alone() {
    for (index, container) in CONTAINERS.iter().enumerate().filter(|(_, container)| container.on_omnibus()) {
        for instance in instances(container) {
            for word in 0..container.words {
                let address = container.address(instance, word.into()).unwrap();
                let expected = Located { container, index, instance, word };
                if container.location.is_alias() {
                    assert!(aliases(address).any(|view| view == expected), "{} {instance}", container.name);
                    assert_eq!(locate(address).map(|owner| owner.container.location.is_alias()), Some(false));
                } else {
                    assert_eq!(locate(address), Some(expected), "{} at {address:#x}", container.name);
                }
            }
        }
    }
}

#[test]
fn words_out_of_range_have_no_address() {
    for container in CONTAINERS {
        assert_eq!(container.address(0, container.words.into()), None);
        assert_eq!(container.address(container.instance_count(), 0), None);
        assert_eq!(container.address(0, 0).is_some(), container.on_omnibus());
    }
}

#[test]
fn gaps_belong_to_nobody() {
    let gaps = [
        0x00160000, 0x00160001, 0x00160008, // neuron SRAM words 0 and 1
        0x00110403, // synapse driver word 3
        0x00122001, // between neuron resets
        0x00140018, // above the last CapMem row
        0x00141040, // behind the last CapMem column
        0x00080006, 0x000c001b, 0x00000002, 0x02c04040, 0x02cf8000, // row 256 through the raw view
        0x00130085, 0x001fffff, 0x01000000, 0x04000000, 0x7fffffff, 0x80008000, 0x83ffffff, 0x88000001,
        0x88007003, 0x8800c014, 0x88038001, 0x89000000, 0xffffffff,
    ];
    for address in gaps {
        assert_eq!(locate(address), None, "{address:#x}");
        assert_eq!(aliases(address).next(), None, "{address:#x}");
    }
}

#[test]
fn shared_addresses_have_one_owner() {
    let names =
        |address| aliases(address).map(|view| (view.container.name, view.instance)).collect::<Vec<_>>();
    let owner = |address| locate(address).map(|owner| (owner.container.name, owner.instance));
    assert_eq!(owner(0x84000100), Some(("ExternalPPUDRAMMemoryQuad", 0x100)));
    let byte = |a| ("ExternalPPUDRAMMemoryByte", a);
    let mut expected = vec![("VectorGeneratorLUTEntry", 0)];
    expected.extend((0x400..0x404).map(byte));
    let mut found = names(0x84000100);
    found.sort_by_key(|view| view.1);
    assert_eq!(found, expected);
    assert_eq!(owner(0x80000001), Some(("ExternalPPUMemoryQuad", 1)));
    assert_eq!(names(0x80000001).len(), 4);
    assert_eq!(owner(0x87ffffff), Some(("ExternalPPUDRAMMemoryQuad", (1 << 26) - 1)));
    // The I2C port repeats with its options in the address.
    assert_eq!(owner(0x88007850), Some(("I2CPort", 0x50)));
    assert_eq!(owner(0x880079d0), Some(("I2CPort", 0x50)));
}

#[test]
fn known_addresses() {
    let address = |name, instance, word| find_container(name).unwrap().address(instance, word).unwrap();
    assert_eq!(address("NeuronConfig", 128 + 17, 4), 0x168000 + 8 * 17 + 2 + 4);
    assert_eq!(address("SynapseQuad", 16384 + 64 * 3 + 33, 1), 0x03cf0000 + 128 * 3 + 33 + 64);
    assert_eq!(address("ColumnCorrelationQuad", 64 + 5, 3), 0x03c44000 + 5);
    assert_eq!(address("CapMemCell", 3 * 3120 + 130 * 22 + 128, 0), 0x158000 + 32 * 128 + 22);
    // Bottom hemisphere, acausal, column 200: the east SRAM, odd address.
    assert_eq!(address("CADCChannelConfig", 512 + 256 + 200, 0), 0x03400000 + 2 * 72 + 1);
    assert_eq!(address("CADCChannelConfig", 3, 0), 0x02400800 + 2 * 3);
    // Top, buffered, acausal, row 2, quad 1.
    assert_eq!(address("CADCSampleQuad", 32768 + 16384 + 64 * 2 + 1, 0), 0x02cc0000 + 0x200000 + 128 + 1);
    assert_eq!(address("PhyStatus", 5, 1), 0x88004011);
    assert_eq!(address("PhyStatus", 5, 4), 0x8800c00b);
    assert_eq!(address("SPIPort", 2, 0), 0x88007004);
    assert_eq!(address("ExternalPPUMemoryByte", 7, 0), 0x80000001);
}

#[test]
fn fields_of_a_word_do_not_overlap() {
    for container in CONTAINERS {
        for word in 0..usize::from(container.words) {
            let mut used = 0;
            for field in container.fields.iter().filter(|field| field.frame_word() == word) {
                assert_eq!(used & field.word_mask(), 0, "{}.{}", container.name, field.name);
                used |= field.word_mask();
            }
        }
        let last = container.fields.iter().map(Field::frame_word).max();
        assert_eq!(last, Some(usize::from(container.words) - 1), "{}", container.name);
    }
}

#[test]
fn every_value_survives_a_round_trip_beside_all_others() {
    let mut random = Xorshift(1);
    for (index, container) in CONTAINERS.iter().enumerate() {
        let values: Vec<Value> =
            container.fields.iter().map(|field| value::lookup(index, field.name).unwrap()).collect();
        let mut words = container.default_words();
        for (value, field) in
            values.iter().zip(container.fields).filter(|(_, field)| unique(container, field))
        {
            assert_eq!(value.get_wide(&words), field.default, "{}.{}", container.name, field.name);
        }
        for round in 0..50 {
            let pick = |value: &Value, random: &mut Xorshift| {
                let (low, high) = value.range();
                let edges = [low, high];
                edges
                    .get(round)
                    .copied()
                    .unwrap_or(low + (random.next() as i64 & i64::MAX) % (high - low + 1))
            };
            let chosen: Vec<i64> = values.iter().map(|value| pick(value, &mut random)).collect();
            for (value, &to) in values.iter().zip(&chosen) {
                value.try_set(&mut words, to).unwrap();
            }
            for (value, &to) in values.iter().zip(&chosen).filter(|(value, _)| value.width() > 0) {
                if values.iter().filter(|other| other.name() == value.name()).count() == 1 {
                    let got = if value.signed() {
                        value.get_signed(&words).into()
                    } else {
                        value.get_wide(&words) as i64
                    };
                    assert_eq!(got, to, "{}.{}", container.name, value.name());
                }
            }
            for (word, &data) in words.iter().enumerate() {
                let undefined = !container.defined_mask(word as u32);
                let gray = container.name == "CapMemSRAMTimingConfig";
                assert!(gray || data & undefined == 0, "{} word {word}", container.name);
            }
        }
    }
}

/// Whether the name of a field is not used again in another word.
fn unique(container: &Container, field: &Field) -> bool {
    container.fields.iter().filter(|other| other.name == field.name).count() == 1
}

#[test]
fn repeated_names_are_told_apart_by_their_word() {
    let first = value("EventSwitchSystimeOffset", "raw@0");
    let second = value("EventSwitchSystimeOffset", "raw@1");
    let mut words = [0; 2];
    first.set(&mut words, 1);
    second.set(&mut words, 2);
    assert_eq!(words, [1, 2]);
}

#[test]
fn joined_values_cover_all_slices() {
    let widths = [
        ("NeuronBackendConfig", "address_out", 8),
        ("NeuronBackendConfig", "refractory_time", 8),
        ("NeuronBackendConfig", "reset_holdoff", 4),
        ("CurrentDAC", "current", 8),
        ("SystimeSyncBase", "value", 43),
        ("FPGADeviceDNA", "value", 57),
        ("FPGASystimeSyncLastRTT", "value", 43),
        ("FPGASystimeSyncLastAsicSystime", "value", 43),
    ];
    for (container, name, width) in widths {
        let value = value(container, name);
        assert_eq!((value.width(), value.range()), (width, (0, (1 << width) - 1)), "{container}.{name}");
    }
    let dac = value("CurrentDAC", "current");
    let mut words = [0];
    for current in 0..=255 {
        dac.set(&mut words, current);
        assert_eq!((words[0] & 0x3f, words[0] >> 8), (current & 63, (1 << (current >> 6)) - 1));
        assert_eq!(dac.get(&words), current);
    }
    // Every slice of the table belongs to a joined value.
    let slices = CONTAINERS.iter().flat_map(|c| c.fields).filter(|field| value::slice(field.name).is_some());
    assert_eq!(slices.count(), 2 * widths.len());
}

#[test]
fn masks_follow_access() {
    let config = find_container("NeuronConfig").unwrap();
    assert_eq!(
        (0..6).map(|word| config.defined_mask(word)).collect::<Vec<_>>(),
        [0x7f, 0xfe, 0xff, 0xfd, 0xfd, 0xff]
    );
    assert_eq!(config.write_mask(3), 0xfd);
    let counter = find_container("SpikeCounterRead").unwrap();
    assert_eq!((counter.write_mask(0), counter.read_mask(0), counter.writable()), (0, 0x1ff, false));
    let node = find_container("CrossbarNode").unwrap();
    assert_eq!((node.write_mask(0), node.read_mask(0), node.readable()), (0xbfff_3fff, 0, false));
    assert_eq!(find_container("ExternalPPUMemoryByte").unwrap().write_mask(0), u32::MAX);
    assert_eq!(find_container("BackgroundSpikeSource").unwrap().write_order().collect::<Vec<_>>(), [1, 2, 0]);
    assert_eq!(config.write_order().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
}
