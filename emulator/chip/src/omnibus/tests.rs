//! Tests of the bus as a whole: read-back over all containers, access rights, byte enables, marks, counts, sharing of clones.

use super::*;
use crate::random::{extend, mix};
use hx_isa::field;
use hx_isa::regmap::coordinate::{CapMemCellOnDLS, SynapseDriverOnDLS};
use hx_isa::regmap::register::{CapMemCell, NeuronConfig, SynapseDriverConfig};
use hx_isa::regmap::{CONTAINERS, Container, Frame, Register, container, position};

fn write(chip: &mut Omnibus, address: u32, data: u32) -> bool {
    chip.write(address, target(address), data, 0xf)
}

fn read(chip: &mut Omnibus, address: u32) -> u32 {
    chip.read(address, target(address)).unwrap()
}

fn at(name: &str, instance: u64, word: u32) -> u32 {
    container(name).address(instance, word).unwrap()
}

fn members(dirty: &mut Dirty, group: Group) -> Vec<usize> {
    dirty.take_members(group).iter().collect()
}

/// Containers on the chip's side of the bus whose words are stored.
fn stored() -> impl Iterator<Item = &'static Container> {
    CONTAINERS.iter().filter(|container| {
        let address = container.address(0, 0).filter(|address| address & layout::FPGA_SIDE == 0);
        address.is_some_and(|a| matches!(target(a), Target::Register(_) | Target::Synram(_)))
    })
}

fn words(container: &'static Container) -> impl Iterator<Item = (u32, u32, u32)> {
    (0..container.instance_count()).flat_map(move |instance| {
        (0..u32::from(container.words)).map(move |word| {
            (
                container.address(instance, word).unwrap(),
                container.write_mask(word),
                container.read_mask(word),
            )
        })
    })
}

#[test]
fn all_containers_read_back_random_words_as_their_access_allows() {
    let mut count = 0;
    for container in stored() {
        let mut chip = Omnibus::new();
        for (address, ..) in words(container) {
            write(&mut chip, address, mix(u64::from(address)) as u32);
        }
        for (address, writable, readable) in words(container) {
            let data = mix(u64::from(address)) as u32;
            assert_eq!(
                read(&mut chip, address),
                data & writable & readable,
                "{} at {address:#x}",
                container.name
            );
            count += 1;
        }
        assert!(chip.diagnostics.unmapped_reads == 0 && chip.diagnostics.read_only_writes == 0);
    }
    assert!(count > 200_000, "{count} words");
}

#[test]
fn write_only_words_are_stored_and_can_be_revealed() {
    let mut chip = Omnibus::new();
    let node = at("CrossbarNode", 75, 0);
    assert!(write(&mut chip, node, 0xffff_ffff));
    assert_eq!(read(&mut chip, node), 0);
    assert_eq!(chip.registers().get(field!(CrossbarNode.target), 75), 0x3fff);
    chip.reveal_write_only = true;
    assert_eq!(read(&mut chip, node), 0xbfff_3fff);
}

#[test]
fn random_writes_over_all_values_decode_to_what_was_written() {
    let mut chip = Omnibus::new();
    for n in (0..512).step_by(7) {
        let mut frame = Frame::<NeuronConfig>::zero();
        frame.words_mut().iter_mut().enumerate().for_each(|(w, word)| {
            *word = mix(extend(n, w as u64)) as u32 & NeuronConfig::CONTAINER.write_mask(w as u32);
        });
        for (word, data) in frame.words().iter().enumerate() {
            write(&mut chip, NeuronConfig::CONTAINER.address(n, word as u32).unwrap(), *data);
        }
        assert_eq!(chip.registers().words(NeuronConfig::INDEX, n as usize), frame.words());
        let size = field!(NeuronConfig.membrane_capacitor_size);
        assert_eq!(chip.registers().get(size, n as usize), frame.get(size));
    }
}

#[test]
fn an_all_zero_chip_decodes_inverted_fields_to_ones() {
    // Inverted storage: address_out 255, refractory_time 255, driver address output on.
    let registers = Registers::new();
    assert_eq!(registers.get(field!(NeuronBackendConfig.address_out), 100), 255);
    assert_eq!(registers.get(field!(NeuronBackendConfig.refractory_time), 511), 255);
    assert!(registers.is_set(field!(SynapseDriverConfig.enable_address_out), 255));
    assert!(!registers.is_set(field!(SynapseDriverConfig.enable_receiver), 255));
}

#[test]
fn byte_enables_guard_their_bytes() {
    assert_eq!([0, 1, 2, 4, 8, 15].map(enabled_bits), [0, 0xff, 0xff00, 0xff_0000, 0xff00_0000, u32::MAX]);
    let mut chip = Omnibus::new();
    let address = at("SystimeSyncBase", 0, 0);
    write(&mut chip, address, 0x1122_3344);
    assert!(chip.write(address, target(address), 0xaabb_ccdd, 0b0101));
    assert_eq!(read(&mut chip, address), 0x11bb_33dd);
    assert!(!chip.write(address, target(address), 0xffff_ffff, 0));
}

#[test]
fn writes_leave_marks_only_where_something_changed() {
    let mut chip = Omnibus::new();
    chip.dirty = Dirty::default();
    assert!(!write(&mut chip, at("CapMemCell", 17, 0), 0), "zero is what it held");
    assert!(chip.dirty.is_empty());
    let cell = CapMemCellOnDLS::new(2, 23, 129).unwrap();
    write(&mut chip, at("CapMemCell", cell.to_enum() as u64, 0), 700);
    write(&mut chip, at("SynapseDriverConfig", 130, 1), 0x30);
    write(&mut chip, at("BackgroundSpikeSource", 6, 0), 1);
    write(&mut chip, at("SynapseWeightQuad", 16_384 + 64 * 9 + 3, 0), 1);
    write(&mut chip, at("ColumnCurrentQuad", 5, 0), 1);
    write(&mut chip, at("CrossbarOutputConfig", 0, 0), 1);
    let dirty = &mut chip.dirty;
    assert_eq!(members(dirty, Group::CapMemColumns), [2 * 130 + 129]);
    assert_eq!(members(dirty, Group::Drivers), [130]);
    assert_eq!(members(dirty, Group::BackgroundSources), [6]);
    assert_eq!(members(dirty, Group::SynapseRows), [256, 258 + 9]);
    assert!(dirty.take(Block::Crossbar));
    assert!(dirty.is_empty());
    assert_eq!(chip.registers().words_of::<CapMemCell>(cell), [700]);
    let driver = SynapseDriverOnDLS::new(1, 2).unwrap();
    assert_eq!(chip.registers().words_of::<SynapseDriverConfig>(driver), [0, 0x30, 0]);
}

#[test]
fn a_write_announces_whether_it_would_change_anything() {
    let mut chip = Omnibus::with_random_sram(3);
    for i in 0..20_000u64 {
        let z = mix(i);
        let address = [0x0016_0000, 0x0011_0400, 0x02c0_0000, 0x02cf_0000, 0x001a_1000, 0x0016_8000]
            [(z % 6) as usize]
            + (z >> 8 & 0x3ff) as u32;
        let (data, enables) = ((z >> 20) as u32 & 0x0101_0101, (z >> 52) as u8 & 0xf);
        let announced = chip.changes(target(address), data, enables);
        let before = read(&mut chip, address);
        assert_eq!(chip.write(address, target(address), data, enables), announced);
        assert_eq!(read(&mut chip, address) != before, announced, "all of these can be read back");
    }
}

#[test]
fn unmapped_accesses_are_counted_and_the_first_addresses_kept() {
    let mut chip = Omnibus::new();
    for i in 0..40 {
        assert_eq!(read(&mut chip, 0x000a_0000 + i % 20), 0);
    }
    assert!(!write(&mut chip, 0x000a_0003, 7));
    assert_eq!(read(&mut chip, 0x000a_0003), 0);
    let seen = &chip.diagnostics;
    assert_eq!((seen.unmapped_reads, seen.unmapped_writes), (41, 1));
    assert_eq!(seen.first_unmapped.len(), 16);
    assert_eq!(seen.first_unmapped[3], UnmappedAddress { address: 0x000a_0003, reads: 3, writes: 1 });
    let mut sum = Diagnostics::default();
    sum.absorb(seen);
    sum.absorb(seen);
    assert_eq!((sum.unmapped_reads, sum.first_unmapped[3].writes), (82, 2));
}

#[test]
fn read_only_words_ignore_writes_and_are_left_to_their_owner() {
    let mut chip = Omnibus::new();
    let counter = at("CrossbarInputDropCounter", 19, 0);
    assert!(!write(&mut chip, counter, 5));
    assert_eq!(chip.read(counter, target(counter)), None);
    assert_eq!(chip.diagnostics.read_only_writes, 1);
    assert_eq!(target(counter), Target::Live(Live::CrossbarDrops { input: 19 }));
}

#[test]
fn configuration_defaults_ask_for_nothing_that_is_not_modelled() {
    let mut chip = Omnibus::new();
    for container in stored() {
        let defaults = container.default_words();
        for instance in 0..container.instance_count() {
            for (word, data) in defaults.iter().enumerate() {
                write(&mut chip, container.address(instance, word as u32).unwrap(), *data);
            }
        }
    }
    assert!(chip.diagnostics.is_empty(), "{:?}", chip.diagnostics);
}

#[test]
fn features_without_a_model_are_named_once_however_often_they_are_asked_for() {
    let mut chip = Omnibus::new();
    for n in 0..10 {
        write(&mut chip, at("NeuronBackendConfig", n, 3), 1 << 2);
    }
    // Part of the neuron readout, which has a model.
    write(&mut chip, at("ColumnCorrelationQuad", 0, 0), 1 << 30);
    let asked: Vec<_> = chip.diagnostics.features_not_modelled().collect();
    let count =
        |name: &str| asked.iter().find(|(feature, _)| feature.contains(name)).map(|(_, count)| *count);
    assert_eq!(asked.len(), 1);
    assert_eq!(count("connect_fire_from_right"), Some(10));
}

#[test]
fn triggers_with_a_payload_keep_it_and_act_on_every_write() {
    let mut chip = Omnibus::new();
    let control = at("MADCControl", 0, 0);
    for _ in 0..2 {
        assert!(write(&mut chip, control, 0b1_0011));
        assert_eq!(target(control), Target::Trigger(Trigger::MadcControl));
    }
    assert!(chip.registers().is_set(field!(MADCControl.enable_continuous_sampling), 0));
    assert_eq!(read(&mut chip, control), 0);
    let padi = at("PADIEvent", 1, 0);
    assert_eq!(target(padi), Target::Trigger(Trigger::PadiEvent { hemisphere: 1 }));
    write(&mut chip, padi, 0x07ff_ffff);
    assert_eq!(chip.registers().get(field!(PADIEvent.row_select_address), 1), 31);
    let reset = at("NeuronReset", 300, 0);
    assert!(chip.changes(target(reset), 0, 0xf));
    assert_eq!(target(reset), Target::Trigger(Trigger::NeuronReset { neuron: 300 }));
}

#[test]
fn jtag_reaches_plls_and_phys() {
    let mut chip = Omnibus::new();
    assert!(chip.write_pll(3, 0xc0cb_f200));
    assert_eq!(read(&mut chip, at("ADPLL", 1, 1)), 0xc0cb_f200);
    assert!(chip.write_pll(4, 0x110d_0101));
    assert_eq!(read(&mut chip, at("PLLClockOutputBlock", 0, 0)), 0x110d_0101);
    assert!(!chip.write_pll(6, 1), "no such register");
    assert!(chip.write_phy(7, 0xffff_ffff));
    assert_eq!(chip.registers().words(position("PhyConfigChip"), 7), [0x003e_ffff]);
    assert!(!chip.write_phy(8, 1));
}

#[test]
fn reset_keeps_sram_and_clears_digital_registers() {
    let mut chip = Omnibus::new();
    let kept = ["NeuronConfig", "NeuronBackendConfig", "CapMemCell", "SynapseDriverConfig", "SynapseQuad"];
    let cleared =
        ["CADCConfig", "MADCConfig", "SystimeSyncBase", "PPUControlRegister", "CommonNeuronBackendConfig"];
    for name in kept.iter().chain(&cleared) {
        write(&mut chip, at(name, 0, 0), 0x11);
    }
    chip.dirty = Dirty::default();
    chip.reset();
    for name in kept {
        assert_eq!(read(&mut chip, at(name, 0, 0)), 0x11, "{name}");
    }
    for name in cleared {
        assert_eq!(read(&mut chip, at(name, 0, 0)), 0, "{name}");
    }
    assert_eq!(chip.dirty, Dirty::everything());
}

#[test]
fn random_power_up_is_reproducible_and_inside_defined_bits() {
    let (a, b) = (Omnibus::with_random_sram(1), Omnibus::with_random_sram(1));
    assert_eq!(a, b);
    assert_ne!(a, Omnibus::with_random_sram(2));
    let cells = a.registers().all_words(position("CapMemCell"));
    assert!(cells.iter().all(|value| *value < 1024));
    assert!((cells.iter().map(|v| f64::from(*v)).sum::<f64>() / 12_480.0 - 511.5).abs() < 10.0);
    assert_eq!(a.registers().words(position("CADCConfig"), 0), [0]);
}

#[test]
fn clones_are_independent() {
    let mut original = Omnibus::with_random_sram(5);
    let mut copy = original.clone();
    assert_eq!(copy, original);
    let (weight, cell) = (at("SynapseWeightQuad", 77, 0), at("CapMemCell", 77, 0));
    let before = (read(&mut original, weight), read(&mut original, cell));
    write(&mut copy, weight, !before.0);
    write(&mut copy, cell, !before.1);
    assert_eq!((read(&mut original, weight), read(&mut original, cell)), before);
    assert_ne!(copy, original);
}

#[test]
fn a_saved_chip_comes_back_equal() {
    let mut chip = Omnibus::with_random_sram(11);
    read(&mut chip, 0x000a_0000);
    let text = ron::to_string(&chip).unwrap();
    assert_eq!(ron::from_str::<Omnibus>(&text).unwrap(), chip);
}
