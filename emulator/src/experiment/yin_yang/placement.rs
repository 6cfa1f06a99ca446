//! Where the layers of a two-layer network lie on the chip: everything in the top hemisphere, one circuit per neuron, one
//! driver (an excitatory and an inhibitory row) per signed input line.
//!
//! Hidden neurons spread over the event outputs 0..4, so that each output's spikes feed back through the PADI bus of its number;
//! output neurons sit on event output 4, whose spikes only go to the host. All drivers of a bus listen to every event on it: the
//! five copies of an input are five drivers that hear one event, and the label tells rows of different meaning apart. Input
//! labels are odd, labels of hidden spikes are even, as in the published set-up, where external and recurrent events share the rows.

use hx_host::driver::SpikeLabel;
use hx_host::driver::routing::to_driver;
use hx_isa::regmap::coordinate::{AtomicNeuronOnDLS, SynapseDriverOnDLS};
use hx_learn::NetworkSpec;

/// PADI buses of the hemisphere.
const BUSES: usize = 4;
/// Drivers on a bus, and neurons on an event output.
const PER_BUS: usize = 32;
/// First column of the output neurons: event output 4.
const OUTPUT_COLUMN: usize = BUSES * PER_BUS;
/// Most output neurons: the columns of event output 4.
const MOST_OUTPUTS: usize = PER_BUS;

/// One source of input events: an input of the network, or the bias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Drivers of its copies.
    pub drivers: Vec<SynapseDriverOnDLS>,
    /// Label of its synapses.
    pub label: u8,
}

/// The network on the chip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// Inputs of the network in order, then the bias if there is one. The copies in order are the input lines.
    pub sources: Vec<Source>,
    /// Neurons of the hidden layer.
    pub hidden: Vec<AtomicNeuronOnDLS>,
    /// Neurons of the output layer.
    pub output: Vec<AtomicNeuronOnDLS>,
    /// Driver of each hidden neuron's spikes, by hidden neuron.
    pub hidden_drivers: Vec<SynapseDriverOnDLS>,
}

impl Placement {
    /// Places a network, preferring good neurons; a calibration knows which they are.
    ///
    /// # Errors
    /// When it does not fit, with the reason.
    pub fn of(network: &NetworkSpec, good: impl Fn(AtomicNeuronOnDLS) -> bool) -> Result<Placement, String> {
        let [hidden, output] = network.layers.as_slice() else {
            return Err(format!(
                "{} layers; the chip configuration has one hidden and one output layer",
                network.layers.len()
            ));
        };
        if output.copies != 1 || output.bias.is_some() {
            return Err("the output layer takes each hidden spike once and no bias".to_owned());
        }
        let limit = |what: &str, count: usize, most: usize| {
            if count <= most { Ok(()) } else { Err(format!("{count} {what} do not fit; at most {most} do")) }
        };
        limit("hidden neurons", hidden.neurons, OUTPUT_COLUMN)?;
        limit("output neurons", output.neurons, MOST_OUTPUTS)?;
        let copies =
            std::iter::repeat_n(hidden.copies, network.inputs).chain(hidden.bias.map(|bias| bias.copies));
        let sources = place_sources(copies)?;
        let per_bus = hidden.neurons.div_ceil(BUSES);
        let (mut neurons, mut drivers) = (Vec::new(), Vec::new());
        for bus in 0..BUSES {
            let count = per_bus.min(hidden.neurons - neurons.len());
            neurons.extend(pick(PER_BUS * bus, count, &good)?);
            drivers.extend((0..count).map(|index| driver(bus, index)).collect::<Result<Vec<_>, _>>()?);
        }
        let output = pick(OUTPUT_COLUMN, output.neurons, &good)?;
        Ok(Placement { sources, hidden: neurons, output, hidden_drivers: drivers })
    }

    /// The address a hidden neuron sends: its number on the bus, even.
    pub fn hidden_address(&self, neuron: usize) -> u8 {
        2 * self.hidden_drivers[neuron].index_on_bus() as u8
    }

    /// The label of a host event of a source; with `loop_back` it also returns to the host.
    pub fn event(&self, source: usize, loop_back: bool) -> SpikeLabel {
        let source = &self.sources[source];
        to_driver(source.drivers[0], source.label).with_loop_back(loop_back)
    }

    /// The driver of each input line: copies are neighbours, the bias comes last.
    pub fn lines(&self) -> impl Iterator<Item = SynapseDriverOnDLS> + '_ {
        self.sources.iter().flat_map(|source| source.drivers.iter().copied())
    }
}

/// Neurons of the event output that begins at a column: those that met their calibration targets first, then, where they are
/// too few, others; learning with the chip in the loop copes with a few that are off.
fn pick(
    first: usize,
    count: usize,
    good: &impl Fn(AtomicNeuronOnDLS) -> bool,
) -> Result<Vec<AtomicNeuronOnDLS>, String> {
    let columns = first..first + PER_BUS;
    let mut neurons = columns
        .map(|column| AtomicNeuronOnDLS::new(0, column).map_err(|error| error.to_string()))
        .collect::<Result<Vec<_>, _>>()?;
    neurons.sort_by_key(|&neuron| !good(neuron));
    neurons.truncate(count);
    neurons.sort_unstable();
    Ok(neurons)
}

/// Gives each source a bus, round robin, drivers on it and a label of its own.
fn place_sources(copies: impl Iterator<Item = usize>) -> Result<Vec<Source>, String> {
    let mut used = [0; BUSES];
    let place = |(number, copies): (usize, usize)| {
        let bus = number % BUSES;
        let first = used[bus];
        used[bus] += copies;
        if used[bus] > PER_BUS || copies == 0 {
            return Err(format!(
                "source {number} with {copies} copies does not fit the {PER_BUS} drivers of its bus"
            ));
        }
        let drivers = (first..used[bus]).map(|index| driver(bus, index)).collect::<Result<_, _>>()?;
        Ok(Source { drivers, label: (2 * (number / BUSES) + 1) as u8 })
    };
    copies.enumerate().map(place).collect()
}

fn driver(bus: usize, index: usize) -> Result<SynapseDriverOnDLS, String> {
    SynapseDriverOnDLS::new(0, BUSES * index + bus).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hx_learn::configuration::yin_yang_chip;
    use std::collections::BTreeSet;

    #[test]
    fn the_published_network_fits_without_collisions() {
        let network = yin_yang_chip().network;
        let placement = Placement::of(&network, |_| true).unwrap();
        assert_eq!(placement.lines().count(), 25);
        assert_eq!(placement.lines().collect::<BTreeSet<_>>().len(), 25);
        assert_eq!(placement.hidden_drivers.iter().collect::<BTreeSet<_>>().len(), 120);
        let neurons: BTreeSet<_> = placement.hidden.iter().chain(&placement.output).collect();
        assert_eq!(neurons.len(), 123);
        let odd = Placement::of(&network, |neuron| neuron.x() % 16 != 3).unwrap();
        assert!(odd.hidden.iter().chain(&odd.output).all(|neuron| neuron.x() % 16 != 3));
        // Too few good ones: the first of the others fill up.
        let few = Placement::of(&network, |neuron| neuron.x() > 3).unwrap();
        assert_eq!(few.hidden.iter().filter(|neuron| neuron.x() <= 3).count(), 2);
        for (k, neuron) in placement.hidden.iter().enumerate() {
            // The spikes of event output e leave on PADI bus e.
            assert_eq!(neuron.x() / 32, placement.hidden_drivers[k].to_padi_bus().bus());
            assert_eq!(placement.hidden_address(k) % 2, 0);
        }
        assert!(placement.sources.iter().all(|source| source.label % 2 == 1));
        assert_eq!(placement.event(1, false).spl1_address(), 1);
        assert!(placement.event(4, true).loops_back());
    }

    #[test]
    fn too_large_networks_are_refused_with_numbers() {
        let mut network = yin_yang_chip().network;
        network.layers[0].neurons = 129;
        assert!(Placement::of(&network, |_| true).unwrap_err().contains("129 hidden neurons"));
    }
}
