//! Tests of the synapse array: which bits each view shows, against values worked out by hand and against the register table.

use super::*;
use hx_isa::regmap::{CONTAINERS, Value};
use hx_isa::{field, fields};

#[test]
fn weight_bits_are_permuted_on_the_bus() {
    // w = 0b100110: w5=1 w4=0 w3=0 w2=1 w1=1 w0=0; stored {5:w5, 4:w0, 3:w1, 2:w2, 1:w3, 0:w4} = 0b101100.
    let mut synram = Synram::new();
    assert!(synram.write(View::Weight, 3, 0, 0b101100 << 24, u32::MAX));
    assert_eq!(synram.weights(3)[0], 0b100110);
    // The values that software calls invariant or easily confused: 0, 32, 1 <-> 16, 63.
    for (natural, bus) in [(0, 0), (32, 32), (1, 16), (16, 1), (2, 8), (4, 4), (63, 63)] {
        synram.write(View::Weight, 3, 0, bus << 24, u32::MAX);
        assert_eq!(u32::from(synram.weights(3)[0]), natural);
        assert_eq!(synram.read(View::Weight, 3, 0), bus << 24);
    }
}

#[test]
fn a_quad_covers_every_second_column() {
    // Quad 37 = odd columns, group 5: columns 41, 43, 45, 47; entry 0 in the most significant byte.
    let mut synram = Synram::new();
    synram.write(View::Label, 200, 37, 0x0102_033f, u32::MAX);
    let labels = synram.labels(200);
    assert_eq!([41, 43, 45, 47].map(|c| labels[c]), [1, 2, 3, 63]);
    assert_eq!(labels.iter().filter(|l| **l != 0).count(), 4);
    let mut columns: Vec<usize> = (0..QUADS).flat_map(|q| (0..4).map(move |i| column_of(q, i))).collect();
    columns.sort_unstable();
    assert!(columns.into_iter().eq(0..COLUMNS));
}

#[test]
fn views_alias_the_same_bits() {
    let mut synram = Synram::new();
    // Raw even byte 0b11_010001: time calibration 3, stored weight 0b010001 (natural 0b010001, a palindrome of the low five).
    synram.write(View::RawEven, 9, 2, 0b1101_0001, 0xff);
    assert_eq!(synram.read(View::Weight, 9, 2), 0b01_0001);
    assert_eq!(synram.read(View::TimeCalibration, 9, 2), 3);
    assert_eq!((synram.weights(9)[22], synram.time_calibrations(9)[22]), (0b01_0001, 3));
    synram.write(View::TimeCalibration, 9, 2, 0b01, u32::MAX);
    assert_eq!(synram.read(View::RawEven, 9, 2), 0b0101_0001);
    synram.write(View::RawOdd, 9, 2, 0b1010_1010, 0xff);
    assert_eq!(synram.read(View::Label, 9, 2), 0b10_1010);
    assert_eq!(synram.read(View::AmplitudeCalibration, 9, 2), 2);
    synram.write(View::Label, 9, 2, 0, u32::MAX);
    assert_eq!(synram.read(View::RawOdd, 9, 2), 0b1000_0000);
}

#[test]
fn bits_a_view_does_not_have_are_ignored_and_read_zero() {
    let mut synram = Synram::new();
    for (view, visible) in [
        (View::Weight, 0x3f3f_3f3f),
        (View::Label, 0x3f3f_3f3f),
        (View::TimeCalibration, 0x0303_0303),
        (View::AmplitudeCalibration, 0x0303_0303),
        (View::RawEven, u32::MAX),
        (View::RawOdd, u32::MAX),
    ] {
        synram.write(view, 50, 11, u32::MAX, u32::MAX);
        assert_eq!(synram.read(view, 50, 11), visible);
    }
    assert!(!synram.write(View::Weight, 50, 11, u32::MAX, u32::MAX), "nothing left to change");
}

#[test]
fn byte_enables_guard_entries() {
    let mut synram = Synram::new();
    assert!(synram.write(View::Label, 0, 0, 0x0102_0304, 0x00ff_0000));
    assert_eq!(synram.read(View::Label, 0, 0), 0x0002_0000);
    assert_eq!(synram.labels(0)[..8], [0, 0, 2, 0, 0, 0, 0, 0]);
}

/// Every switch of the table moves exactly the switch of that name.
#[test]
fn column_switches_are_where_the_register_table_has_them() {
    let switches: [([Value; 4], ColumnSwitch); 10] = [
        (fields!(ColumnCorrelationQuad.enable_internal_causal; 4), ColumnSwitch::InternalCausal),
        (fields!(ColumnCorrelationQuad.enable_internal_acausal; 4), ColumnSwitch::InternalAcausal),
        (fields!(ColumnCorrelationQuad.enable_debug_causal; 4), ColumnSwitch::DebugCausal),
        (fields!(ColumnCorrelationQuad.enable_debug_acausal; 4), ColumnSwitch::DebugAcausal),
        (
            fields!(ColumnCorrelationQuad.enable_cadc_neuron_readout_causal; 4),
            ColumnSwitch::CadcNeuronReadoutCausal,
        ),
        (
            fields!(ColumnCorrelationQuad.enable_cadc_neuron_readout_acausal; 4),
            ColumnSwitch::CadcNeuronReadoutAcausal,
        ),
        (
            fields!(ColumnCurrentQuad.enable_synaptic_current_excitatory; 4),
            ColumnSwitch::SynapticCurrentExcitatory,
        ),
        (
            fields!(ColumnCurrentQuad.enable_synaptic_current_inhibitory; 4),
            ColumnSwitch::SynapticCurrentInhibitory,
        ),
        (fields!(ColumnCurrentQuad.enable_debug_excitatory; 4), ColumnSwitch::DebugExcitatory),
        (fields!(ColumnCurrentQuad.enable_debug_inhibitory; 4), ColumnSwitch::DebugInhibitory),
    ];
    for (values, switch) in switches {
        for (entry, value) in values.iter().enumerate() {
            let mut chip = super::super::Omnibus::new();
            write_instance(&mut chip, *value, 64 + 33);
            let column = 8 + 2 * entry + 1;
            let closed: Vec<_> = switches
                .iter()
                .flat_map(|(_, s)| (0..COLUMNS).map(move |c| (*s, c)))
                .filter(|&(s, c)| chip.synram(1).switch(s, c))
                .collect();
            assert_eq!(closed, [(switch, column)]);
        }
    }
}

/// Writes all words of a container with only `value` set (as software does).
fn write_instance(chip: &mut super::super::Omnibus, value: Value, instance: u64) {
    let container = &CONTAINERS[value.container_index()];
    let mut words = vec![0; usize::from(container.words)];
    value.set(&mut words, 1);
    for (word, data) in words.iter().enumerate() {
        let address = container.address(instance, word as u32).unwrap();
        chip.write(address, super::super::target(address), *data, 0xf);
    }
}

#[test]
fn undefined_bits_of_the_switch_rows_do_not_exist() {
    let mut synram = Synram::new();
    for row in [256, 257] {
        for view in [View::RawEven, View::RawOdd] {
            synram.write(view, row, 0, u32::MAX, u32::MAX);
        }
    }
    assert_eq!(synram.read(View::RawEven, 256, 0), 0xe0e0_e0e0);
    assert_eq!(synram.read(View::Weight, 256, 0), 0x2020_2020);
    assert_eq!(synram.read(View::RawOdd, 257, 0), 0xc0c0_c0c0);
    assert!(!synram.changes(View::Label, 257, 0, u32::MAX, u32::MAX));
}

#[test]
fn the_permutation_is_the_one_of_the_register_table() {
    let mut synram = Synram::new();
    for weight in 0..64 {
        let mut words = [0, 0];
        field!(SynapseQuad.weight[2]).set(&mut words, weight);
        synram.write(View::RawEven, 17, 5, words[0], u32::MAX);
        assert_eq!(u32::from(synram.weights(17)[column_of(5, 2)]), weight);
    }
}

#[test]
fn random_contents_stay_inside_the_defined_bits() {
    let mut synram = Synram::new();
    synram.randomise(7);
    let ones = |row: usize| {
        (synram.read(View::RawEven, row as u16, 3)) & !(u32::from(defined_bits(row)) * 0x0101_0101)
    };
    assert!((0..ROWS).all(|row| ones(row) == 0));
    assert!(synram.weights(0).iter().any(|w| *w > 31));
    let mut other = Synram::new();
    other.randomise(7);
    assert_eq!(other, synram);
}

#[test]
fn lanes_are_the_columns_of_a_half_with_natural_weights() {
    let mut chip = super::super::Omnibus::new();
    let lanes: [u8; LANES] = std::array::from_fn(|lane| 64 - lane as u8 % 64 - 1);
    let masked = !(1 << 3);
    for half in [Half::Even, Half::Odd] {
        for view in [View::Weight, View::Label] {
            assert!(chip.write_lanes(1, view, 9, half, &lanes, masked));
            assert!(!chip.write_lanes(1, view, 9, half, &lanes, masked), "nothing left to change");
            let back = chip.synram(1).lanes(view, 9, half);
            let expected = |lane: usize| if lane == 3 { 0 } else { lanes[lane] };
            assert!((0..LANES).all(|lane| back[lane] == expected(lane)));
            let plane =
                if view == View::Weight { chip.synram(1).weights(9) } else { chip.synram(1).labels(9) };
            assert!((0..LANES).all(|lane| plane[half.column(lane)] == expected(lane)));
        }
        let raw: [u8; LANES] = lanes.map(|weight| 0x80 | weight);
        assert!(chip.write_lanes(1, View::RawEven, 9, half, &raw, u128::MAX));
        assert_eq!(chip.synram(1).lanes(View::RawEven, 9, half), raw);
        assert!((0..LANES).all(|lane| chip.synram(1).weights(9)[half.column(lane)] == lanes[lane]));
        assert!((0..LANES).all(|lane| chip.synram(1).time_calibrations(9)[half.column(lane)] == 2));
    }
    assert_eq!(chip.synram(0), &Synram::new());
}
