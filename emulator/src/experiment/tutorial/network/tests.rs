//! That every event reaches the synapses of its connections and no other, read back from the registers: crossbar nodes, drivers
//! and synapses are followed as the chip does, knowing nothing of how the network was placed.

use super::placement::{Placement, PlacementError, period_and_rate, spread};
use super::*;
use hx_host::driver::routing::from_neuron;
use hx_host::driver::synapse::{label_in, weight_in};
use hx_host::driver::{COLUMNS, Configuration, SpikeLabel};
use hx_isa::field;
use hx_isa::regmap::coordinate::{
    AtomicNeuronOnDLS, CrossbarInputOnDLS, CrossbarNodeOnDLS, SynapseDriverOnDLS, SynapseOnDLS,
};
use hx_isa::regmap::register::{CrossbarNode, NeuronBackendConfig, SynapseDriverConfig, SynapseQuad};
use std::collections::BTreeMap;

/// Sum of the weights with which a source acts on a circuit.
type Action = BTreeMap<AtomicNeuronOnDLS, i32>;

/// What an event at a crossbar input does.
fn followed(configuration: &Configuration, input: CrossbarInputOnDLS, label: SpikeLabel) -> Action {
    let mut action = Action::new();
    for output in input.outputs() {
        let node = CrossbarNodeOnDLS::between(input, output).unwrap();
        let filter = configuration.frame::<CrossbarNode>(node).unwrap();
        let [mask, target] = [field!(CrossbarNode.mask), field!(CrossbarNode.target)].map(|at| filter.get(at));
        let Some(bus) = output.to_padi_bus() else { continue };
        if u32::from(label.neuron_label()) & mask == target {
            (0..32).for_each(|index| drive(configuration, bus.to_driver(index), label, &mut action));
        }
    }
    action
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

/// What the connections of a source should do.
fn wanted(placement: &Placement, source: Source) -> Action {
    let mut action = Action::new();
    for connection in placement.connections().iter().filter(|connection| connection.source == source) {
        if connection.weight != 0 {
            *action.entry(placement.neurons()[connection.target]).or_default() += i32::from(connection.weight);
        }
    }
    action
}

/// Follows every source of a placed network; `recurrent` sources of neurons without connections stay silent on the buses.
fn assert_exact(network: &Network, placement: &Placement) {
    let mut configuration = Configuration::new();
    placement.configure(&mut configuration).unwrap();
    for (number, &neuron) in placement.neurons().iter().enumerate() {
        let backend =
            configuration.frame::<NeuronBackendConfig>(neuron.to_neuron_backend_config()).unwrap();
        let label = from_neuron(neuron, backend.get(field!(NeuronBackendConfig.address_out)) as u8);
        assert_eq!(placement.senders()[&label.0], number);
        let input = neuron.to_event_output().to_crossbar_input();
        let found = followed(&configuration, input, label);
        assert_eq!(found, wanted(placement, Source::Neuron(number)), "neuron {number}");
    }
    assert_eq!(placement.senders().len(), placement.neurons().len());
    for number in 0..network.inputs {
        let mut found = Action::new();
        for label in placement.events(number) {
            let input = CrossbarInputOnDLS::from_spl1(label.spl1_address().into());
            found.append(&mut followed(&configuration, input, label));
        }
        assert_eq!(found, wanted(placement, Source::Input(number)), "input {number}");
    }
    // Each event of a background source is one of a noise source, or of none where their number is no power of two.
    let mut heard = Vec::new();
    for (at, background) in placement.backgrounds(1e5, 0).unwrap() {
        let mask = u16::from(background.random.unwrap().mask);
        for low in (0..=mask).filter(|low| low & !mask == 0) {
            let label = SpikeLabel(0).with_neuron_label(background.neuron_label & !mask | low);
            heard.push(followed(&configuration, at.to_crossbar_input(), label));
        }
    }
    heard.retain(|action| !action.is_empty());
    let mut noise: Vec<_> = (0..network.noise).map(|number| wanted(placement, Source::Noise(number))).collect();
    heard.sort();
    noise.sort();
    assert_eq!(heard, noise);
}

fn weight(number: usize, receptor: Receptor) -> i8 {
    let magnitude = 1 + (number * 7 % 63) as i8;
    match receptor {
        Receptor::Excitatory => magnitude,
        Receptor::Inhibitory => -magnitude,
        Receptor::Signed => magnitude * if number % 2 == 0 { 1 } else { -1 },
    }
}

/// Neurons connected to their successors at several distances with all receptors, inputs and noise to some of them.
fn mixed(neurons: usize, inputs: usize, noise: usize) -> Network {
    let mut network = Network::default();
    let (cells, sources, random) = (network.neurons(neurons), network.inputs(inputs), network.noise(noise));
    for neuron in cells.numbers() {
        for (distance, receptor) in
            [(0, Receptor::Excitatory), (1, Receptor::Inhibitory), (5, Receptor::Signed), (5, Receptor::Excitatory)]
        {
            let target = (neuron + distance) % neurons;
            network.connect(Source::Neuron(neuron), target, receptor, weight(neuron + distance, receptor));
        }
    }
    for input in sources.numbers() {
        for step in 0..3 {
            let target = (11 * input + 17 * step) % neurons;
            network.connect(Source::Input(input), target, Receptor::Signed, weight(input, Receptor::Signed));
        }
    }
    for source in random.numbers() {
        network.connect(Source::Noise(source), source % neurons, Receptor::Excitatory, 1 + (source % 63) as i8);
    }
    network
}

#[test]
fn every_event_reaches_its_synapses_and_no_other() {
    for (neurons, inputs, noise) in [(1, 25, 0), (64, 1, 64), (112, 7, 0), (90, 30, 70), (512, 40, 0)] {
        let network = mixed(neurons, inputs, noise);
        let placement = Placement::of(&network, spread(|_| true)).unwrap();
        assert_exact(&network, &placement);
    }
}

#[test]
fn weights_change_and_labels_stay() {
    let network = mixed(40, 9, 12);
    let mut placement = Placement::of(&network, spread(|neuron| neuron.x() % 5 != 2)).unwrap();
    assert!(placement.neurons().iter().all(|neuron| neuron.x() % 5 != 2));
    let receptors: Vec<_> = network.connections.iter().map(|connection| connection.receptor).collect();
    placement.set_weights(|number| weight(3 * number + 1, receptors[number])).unwrap();
    assert_exact(&network, &placement);
    let error = placement.set_weights(|_| -1).unwrap_err();
    assert_eq!(error, PlacementError::Weight { connection: 0, weight: -1 });
}

#[test]
fn networks_that_do_not_fit_are_refused() {
    let refused = |network: &Network| Placement::of(network, spread(|_| true)).unwrap_err();
    let mut network = Network::default();
    network.neurons(513);
    assert_eq!(refused(&network), PlacementError::Neurons { needed: 513, available: 512 });
    // 33 inhibitory synapses from one bus into one column.
    let mut network = Network::default();
    network.neurons(1);
    for _ in 0..33 {
        network.connect(Source::Neuron(0), 0, Receptor::Inhibitory, -1);
    }
    let missing = PlacementError::Synapses { connection: 32, from: Source::Neuron(0), target: 0 };
    assert_eq!(refused(&network), missing);
    let mut network = Network::default();
    network.neurons(2);
    network.connect(Source::Input(0), 0, Receptor::Excitatory, 1);
    assert_eq!(refused(&network), PlacementError::Unknown { connection: 0 });
    network.inputs(1025);
    assert!(matches!(refused(&network), PlacementError::Sources { most: 256, .. }));
    let mut network = mixed(300, 0, 1);
    network.connect(Source::Noise(0), 299, Receptor::Excitatory, 1);
    assert_eq!(refused(&network), PlacementError::Noise { noise: 0 });
}

#[test]
fn noise_has_the_rate_asked_for() {
    for rate_hz in [1e3, 4.5e4, 5e5, 7.8e6, 8e6, 1.6e7] {
        let (period, rate) = period_and_rate(rate_hz).unwrap();
        let found = 250e6 / f64::from(period) * f64::from(u16::from(rate) + 1) / 256.0;
        assert!((found / rate_hz - 1.0).abs() < 0.02, "{rate_hz}: {found}");
    }
    assert_eq!((period_and_rate(1.0), period_and_rate(1e9), period_and_rate(f64::NAN)), (None, None, None));
}
