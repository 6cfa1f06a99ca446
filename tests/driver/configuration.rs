//! Base and differential configuration of a whole chip.

use super::setup::{random, session};
use hx_host::driver::{Configuration, Cycles, ProgramBuilder, WriteRegisters, synapse};
use hx_isa::regmap::coordinate::SynapseRowOnDLS;
use hx_isa::regmap::register::{
    BackgroundSpikeSource, CADCChannelConfig, CapMemCell, ColumnCurrentQuad, CrossbarNode,
    NeuronBackendConfig, NeuronConfig, PPUMemoryWord, SynapseDriverConfig, SynapseQuad,
};
use hx_isa::regmap::{Coordinate, Frame, OmnibusRegister};

/// Random words in every instance of a container; bits outside of the fields too, as the chip ignores them.
fn randomise<C: OmnibusRegister>(configuration: &mut Configuration, stream: u64) {
    let words = C::CONTAINER.words as usize;
    for at in <C::Coordinate as Coordinate>::all() {
        let mut frame = Frame::<C>::zero();
        for (i, word) in frame.words_mut().iter_mut().enumerate() {
            *word = random(stream, (at.to_enum() * words + i) as u64) & C::CONTAINER.defined_mask(i as u32);
        }
        configuration.write(at, &frame);
    }
}

fn whole_chip(seed: u64) -> Configuration {
    let mut configuration = Configuration::new();
    randomise::<SynapseQuad>(&mut configuration, seed);
    randomise::<CapMemCell>(&mut configuration, seed + 1);
    randomise::<NeuronConfig>(&mut configuration, seed + 2);
    randomise::<NeuronBackendConfig>(&mut configuration, seed + 3);
    randomise::<SynapseDriverConfig>(&mut configuration, seed + 4);
    randomise::<ColumnCurrentQuad>(&mut configuration, seed + 5);
    randomise::<CrossbarNode>(&mut configuration, seed + 6);
    randomise::<PPUMemoryWord>(&mut configuration, seed + 7);
    configuration.write_all(&Frame::<CADCChannelConfig>::default());
    configuration.write_all(&Frame::<BackgroundSpikeSource>::zero());
    configuration
}

#[test]
fn a_whole_chip_is_written_and_then_only_what_changes() {
    let mut session = session();
    let base = whole_chip(1);
    let applied = session.apply(&base).unwrap();
    assert_eq!((applied.words, applied.wait), (base.len(), Cycles::from_ms(100)));
    assert!(applied.words > 90_000);
    let mut new = base.clone();
    let row = SynapseRowOnDLS::new(1, 201).unwrap();
    synapse::write_weights(&mut new, row, &[17; 256]).unwrap();
    new.update::<NeuronConfig>(Coordinate::from_enum(77).unwrap(), |frame| frame.words_mut()[4] ^= 4);
    let changed: Vec<_> = new.words().filter(|&(address, word)| base.word(address) != Some(word)).collect();
    let applied = session.apply(&new).unwrap();
    assert_eq!((applied.words, applied.wait), (changed.len(), Cycles::ZERO));
    assert_eq!(session.setup().writes(), changed);
    assert_eq!(session.apply(&new).unwrap().words, 0);
}

#[test]
fn the_chip_holds_what_the_session_believes() {
    let mut session = session();
    session.apply(&whole_chip(100)).unwrap();
    let mut new = whole_chip(100);
    for row in SynapseRowOnDLS::all().step_by(5) {
        let weights = std::array::from_fn(|column| (random(9, column as u64) % 64) as u8);
        synapse::write_weights(&mut new, row, &weights).unwrap();
        synapse::write_labels(&mut new, row, &weights.map(|weight| 63 - weight)).unwrap();
    }
    session.apply(&new).unwrap();
    let mut builder = ProgramBuilder::new();
    let readable = |address: u32| {
        let container = hx_isa::regmap::locate(address).unwrap();
        container.container.read_mask(u32::from(container.word))
    };
    let reads: Vec<_> = new
        .words()
        .filter(|&(address, _)| readable(address) != 0)
        .map(|(address, word)| (builder.read_word(address), address, word))
        .collect();
    let responses = session.run(builder).unwrap();
    assert!(reads.len() > 90_000);
    for (ticket, address, word) in reads {
        assert_eq!(responses.get(&ticket).unwrap().value, word & readable(address), "{address:#010x}");
    }
}
