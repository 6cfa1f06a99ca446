//! Networks of neurons on one chip: what they consist of, where they lie ([`Placement`]) and how they are run ([`Emulation`]).
//!
//! A [`Network`] holds neurons, inputs (spikes from the host), noise (the chip's background sources) and connections between
//! them. [`Placement`] finds neurons, labels, drivers and synapses for it. Every connection has a synapse of its own: two
//! connections between the same partners are two synapses, which together are stronger than one.

mod emulation;
mod placement;
#[cfg(test)]
mod tests;

pub use emulation::{Emulation, NoiseRun, Recorded, Run, Spike};
pub use placement::{Placement, PlacementError, spread};

use std::ops::Range;

/// Members of a network with consecutive numbers: neurons, inputs or noise sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    first: usize,
    count: usize,
}

impl Group {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Their numbers in the network.
    #[must_use]
    pub fn numbers(&self) -> Range<usize> {
        self.first..self.first + self.count
    }

    /// The number of the `index`-th of them.
    #[must_use]
    pub fn at(&self, index: usize) -> usize {
        self.first + index
    }
}

/// Where the events of a connection come from, by the number in the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A neuron.
    Neuron(usize),
    /// Spikes from the host.
    Input(usize),
    /// A background source of the chip.
    Noise(usize),
}

/// What a connection does to its neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receptor {
    /// It excites; weights 0..=63.
    Excitatory,
    /// It inhibits; weights -63..=0.
    Inhibitory,
    /// It does either, depending on its weight, -63..=63; takes two synapses.
    Signed,
}

impl Receptor {
    const fn allows(self, weight: i8) -> bool {
        match self {
            Receptor::Excitatory => 0 <= weight && weight <= LARGEST_WEIGHT,
            Receptor::Inhibitory => -LARGEST_WEIGHT <= weight && weight <= 0,
            Receptor::Signed => -LARGEST_WEIGHT <= weight && weight <= LARGEST_WEIGHT,
        }
    }
}

/// Largest magnitude of a weight.
pub const LARGEST_WEIGHT: i8 = 63;

/// A connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// Where its events come from.
    pub source: Source,
    /// Number of the neuron it ends at.
    pub target: usize,
    /// What it does there.
    pub receptor: Receptor,
    /// Its weight, within what the receptor allows.
    pub weight: i8,
}

/// A network that does not know of the chip yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    neurons: usize,
    inputs: usize,
    noise: usize,
    /// Connections in the order they were made.
    pub connections: Vec<Connection>,
}

impl Network {
    /// Adds neurons.
    pub fn neurons(&mut self, count: usize) -> Group {
        grow(&mut self.neurons, count)
    }

    /// Adds inputs, each with spikes of its own.
    pub fn inputs(&mut self, count: usize) -> Group {
        grow(&mut self.inputs, count)
    }

    /// Adds sources of random spikes on the chip. All targets of one must lie in one hemisphere.
    pub fn noise(&mut self, count: usize) -> Group {
        grow(&mut self.noise, count)
    }

    /// Number of neurons.
    #[must_use]
    pub fn neuron_count(&self) -> usize {
        self.neurons
    }

    /// Connects a source to a neuron and returns the number of the connection.
    pub fn connect(&mut self, source: Source, target: usize, receptor: Receptor, weight: i8) -> usize {
        self.connections.push(Connection { source, target, receptor, weight });
        self.connections.len() - 1
    }

    /// Connects each source to each neuron of a group.
    pub fn connect_all(
        &mut self,
        sources: impl Iterator<Item = Source>,
        targets: Group,
        receptor: Receptor,
        weight: i8,
    ) {
        for source in sources {
            for target in targets.numbers() {
                self.connect(source, target, receptor, weight);
            }
        }
    }
}

fn grow(total: &mut usize, count: usize) -> Group {
    let first = *total;
    *total += count;
    Group { first, count }
}
