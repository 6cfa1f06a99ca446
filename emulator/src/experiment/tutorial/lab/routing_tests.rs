//! That every event reaches the synapses of its connections and no other, read back from the registers: crossbar nodes, drivers
//! and synapses are followed as the chip does, knowing nothing of how labels and synapses were given away.

use super::{Board, Source, SourceKind};
use hx_host::driver::routing::from_neuron;
use hx_host::driver::synapse::{label_in, weight_in};
use hx_host::driver::{COLUMNS, Configuration, Hemisphere, SpikeLabel};
use hx_isa::field;
use hx_isa::regmap::coordinate::{
    AtomicNeuronOnDLS, BackgroundSpikeSourceOnDLS, CrossbarInputOnDLS, CrossbarNodeOnDLS, SynapseDriverOnDLS,
    SynapseOnDLS,
};
use hx_isa::regmap::register::{
    BackgroundSpikeSource, CrossbarNode, NeuronBackendConfig, SynapseDriverConfig, SynapseQuad,
};
use std::collections::BTreeMap;

/// Sum of the weights with which events act on circuits.
type Action = BTreeMap<AtomicNeuronOnDLS, i32>;

/// What was asked for.
type Wanted = Vec<(Source, AtomicNeuronOnDLS, i32)>;

fn follow(configuration: &Configuration, input: CrossbarInputOnDLS, label: SpikeLabel, action: &mut Action) {
    for output in input.outputs() {
        let node = CrossbarNodeOnDLS::between(input, output).unwrap();
        let filter = configuration.frame::<CrossbarNode>(node).unwrap();
        let [mask, target] =
            [field!(CrossbarNode.mask), field!(CrossbarNode.target)].map(|field| filter.get(field));
        let Some(bus) = output.to_padi_bus() else { continue };
        if u32::from(label.neuron_label()) & mask == target {
            (0..32).for_each(|index| drive(configuration, bus.to_driver(index), label, action));
        }
    }
}

fn drive(configuration: &Configuration, driver: SynapseDriverOnDLS, label: SpikeLabel, action: &mut Action) {
    let Some(frame) = configuration.frame::<SynapseDriverConfig>(driver) else { return };
    let mask = frame.get(field!(SynapseDriverConfig.row_address_compare_mask)) as usize;
    let selected = usize::from(label.row_select_address()) & mask == driver.index_on_bus() & mask;
    if !selected || !frame.is_set(field!(SynapseDriverConfig.enable_receiver)) {
        return;
    }
    for (row, sign) in driver.to_rows().into_iter().zip([1, -1]) {
        for column in 0..COLUMNS {
            let synapse = SynapseOnDLS::new(row.s(), row.row(), column).unwrap();
            let Some(quad) = configuration.frame::<SynapseQuad>(synapse.to_quad().0) else { continue };
            let weight = i32::from(weight_in(&quad, synapse));
            if label_in(&quad, synapse) == label.synapse_label() && weight > 0 {
                *action.entry(AtomicNeuronOnDLS::new(row.s(), column).unwrap()).or_default() += sign * weight;
            }
        }
    }
}

/// What all events of a source do.
fn found(board: &Board, configuration: &Configuration, source: Source) -> Action {
    let mut action = Action::new();
    match source.kind {
        SourceKind::Neuron(at) => {
            let backend = configuration.frame::<NeuronBackendConfig>(at.to_neuron_backend_config()).unwrap();
            let address = backend.get(field!(NeuronBackendConfig.address_out)) as u8;
            let input = at.to_event_output().to_crossbar_input();
            assert_eq!(board.connections.sender(from_neuron(at, address)), Some(at));
            follow(configuration, input, from_neuron(at, address), &mut action);
        }
        SourceKind::Host => {
            for label in board.connections.host_labels(source) {
                let input = CrossbarInputOnDLS::from_spl1(label.spl1_address().into());
                follow(configuration, input, label, &mut action);
            }
        }
        // The running generator that sends this label.
        SourceKind::Background => {
            for at in BackgroundSpikeSourceOnDLS::all() {
                let generator = configuration.frame::<BackgroundSpikeSource>(at).unwrap();
                let mask = generator.get(field!(BackgroundSpikeSource.mask)) as u16;
                let label = generator.get(field!(BackgroundSpikeSource.neuron_label)) as u16;
                let running = generator.is_set(field!(BackgroundSpikeSource.enable));
                let own = u16::from(source.label);
                if running && at.to_enum() % 4 == usize::from(source.bus) && own & !mask == label & !mask {
                    let label = SpikeLabel(0).with_neuron_label(own);
                    follow(configuration, at.to_crossbar_input(), label, &mut action);
                }
            }
        }
    }
    action
}

fn assert_exact(board: &Board, wanted: &Wanted) {
    let mut configuration = board.configuration(&board.connections.drivers()).unwrap();
    board.connections.start_background(&mut configuration);
    let mut sources: Vec<Source> = wanted.iter().map(|connection| connection.0).collect();
    sources.sort();
    sources.dedup();
    for source in sources {
        let mut action = Action::new();
        for (_, target, weight) in wanted.iter().filter(|connection| connection.0 == source) {
            *action.entry(*target).or_default() += weight;
        }
        assert_eq!(found(board, &configuration, source), action, "{source:?}");
    }
}

/// Neurons connected to others at several distances, inputs and noise to some of them, with weights of both signs and beyond
/// one synapse.
fn mixed(neurons: usize, inputs: usize, generators: usize) -> (Board, Wanted) {
    let mut board = Board::uncalibrated().unwrap();
    // 97 has no factor in common with 512: they lie all over the chip.
    let at = |index: usize| AtomicNeuronOnDLS::from_enum(index * 97 % AtomicNeuronOnDLS::SIZE).unwrap();
    let mut wanted = Wanted::new();
    for index in 0..neurons {
        let source = board.neuron(at(index)).sends().unwrap();
        for (distance, weight) in [(0, 20), (1, -50), (5, 70 + index as i32), (neurons / 2, -130)] {
            wanted.push((source, at((index + distance) % neurons), weight));
        }
    }
    for index in 0..inputs {
        let source = board.host_source().unwrap();
        wanted.extend(
            [1, 17, 40].map(|step| (source, at((11 * index + step) % neurons), 63 - 2 * index as i32)),
        );
    }
    for index in 0..generators {
        let hemisphere = Hemisphere::ALL[index % 2];
        let hearing: Vec<_> =
            (0..neurons).map(at).filter(|neuron| neuron.y() == hemisphere.index()).collect();
        let sources = board.background_sources(hemisphere, 1e5, 8, 1).unwrap();
        wanted
            .extend(sources.into_iter().zip(&hearing[index..]).map(|(source, &neuron)| (source, neuron, 30)));
    }
    // Two connections between the same partners are one.
    wanted.sort();
    wanted.dedup_by_key(|&mut (source, target, _)| (source, target));
    for &(source, target, weight) in &wanted {
        board.connect(source, target, weight).unwrap();
    }
    (board, wanted)
}

#[test]
fn every_event_reaches_its_synapses_and_no_other() {
    for (neurons, inputs, generators) in [(1, 9, 0), (64, 1, 8), (112, 7, 0), (120, 25, 4)] {
        let (board, wanted) = mixed(neurons, inputs, generators);
        assert_exact(&board, &wanted);
    }
}

#[test]
fn weights_change_and_synapses_stay() {
    let (mut board, mut wanted) = mixed(64, 9, 8);
    let labels = |board: &Board| (0..64).map(|index| found_label(board, index)).collect::<Vec<_>>();
    let before = labels(&board);
    for (index, (source, target, weight)) in wanted.iter_mut().enumerate() {
        *weight = if index % 3 == 0 { -*weight } else { *weight / 2 };
        board.connect(*source, *target, *weight).unwrap();
    }
    assert_exact(&board, &wanted);
    assert_eq!(labels(&board), before);
}

fn found_label(board: &Board, index: usize) -> u32 {
    let at = AtomicNeuronOnDLS::from_enum(index * 97 % AtomicNeuronOnDLS::SIZE).unwrap();
    let configuration = board.configuration(&board.connections.drivers()).unwrap();
    let backend = configuration.frame::<NeuronBackendConfig>(at.to_neuron_backend_config()).unwrap();
    backend.get(field!(NeuronBackendConfig.address_out))
}
