//! Where a network lies on the chip, so that every event reaches exactly the synapses of its connections.
//!
//! The spikes of event output e (columns 32e..32e+32 of both rows) arrive at PADI bus e%4 of both hemispheres, and a background
//! source reaches one bus. So a source's bus follows from where it is, and a connection needs a synapse in the column of its
//! target in a row of that bus. On a bus, all sources get labels of their own; a synapse keeps the label of the one it belongs
//! to. If a bus has more sources than labels, the low bits of the row select address divide sources and drivers into classes.
//! All drivers are signed: their bottom rows excite, their top rows inhibit.

use super::{Connection, Network, Receptor, Source};
use hx_host::driver::routing::{
    Background, RandomBackground, from_neuron, to_driver, write_crossbar, write_padi_buses,
};
use hx_host::driver::synapse::{
    SynapseRangeError, connect_columns, signed_driver, write_labels, write_weights,
};
use hx_host::driver::{COLUMNS, Configuration, Hemisphere, SpikeLabel, WriteRegisters};
use hx_isa::field;
use hx_isa::regmap::coordinate::{
    AtomicNeuronOnDLS, BackgroundSpikeSourceOnDLS, PADIBusOnDLS, SynapseDriverOnDLS,
};
use hx_isa::regmap::register::NeuronBackendConfig;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// PADI buses of a hemisphere.
const BUSES: usize = 4;
/// Drivers on a bus.
const DRIVERS_ON_BUS: usize = 32;
/// Labels that synapses tell apart.
const LABELS: usize = 64;
/// The neurons' events carry two free bits of the row select address.
const MOST_CLASS_BITS: u32 = 2;

/// Why a network does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum PlacementError {
    /// Too few neurons to choose from.
    #[error("the network has {needed} neurons; {available} can be used")]
    Neurons {
        /// Neurons of the network.
        needed: usize,
        /// Neurons offered.
        available: usize,
    },
    /// A bus cannot tell all of its sources apart.
    #[error("{sources} sources share PADI bus {bus}, which can tell {most} apart")]
    Sources {
        /// The bus.
        bus: usize,
        /// Labels they would need.
        sources: usize,
        /// Labels there are.
        most: usize,
    },
    /// No synapse is left in the column of a neuron.
    #[error("no synapse is left for connection {connection} ({from:?} to neuron {target})")]
    Synapses {
        /// Number of the connection.
        connection: usize,
        /// Its source.
        from: Source,
        /// Its target.
        target: usize,
    },
    /// A weight beyond what the receptor allows.
    #[error("connection {connection} cannot have the weight {weight}")]
    Weight {
        /// Number of the connection.
        connection: usize,
        /// What was asked for.
        weight: i8,
    },
    /// A connection from or to something that is not in the network.
    #[error("connection {connection} has an end that is not in the network")]
    Unknown {
        /// Number of the connection.
        connection: usize,
    },
    /// A rate that the background sources cannot produce.
    #[error("noise of {rate_hz} Hz is beyond what the background sources can do")]
    Rate {
        /// What was asked for, in hardware time.
        rate_hz: f64,
    },
    /// A noise source with targets in both hemispheres: a background source reaches one.
    #[error("noise source {noise} has targets in both hemispheres")]
    Noise {
        /// Its number.
        noise: usize,
    },
}

/// How a source is called on its bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Address {
    bus: usize,
    class: u8,
    label: u8,
}

/// The noise sources that one background source of the chip stands for: its events get random low label bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    at: BackgroundSpikeSourceOnDLS,
    first: Address,
    /// A power of two.
    size: usize,
}

/// A network on the chip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    neurons: Vec<AtomicNeuronOnDLS>,
    addresses: Vec<Address>,
    inputs: Vec<Address>,
    /// Hemispheres in which an input has targets.
    input_reaches: Vec<[bool; 2]>,
    noise: Vec<Address>,
    blocks: Vec<Block>,
    class_bits: u32,
    connections: Vec<Connection>,
    /// Driver of each connection's synapse.
    drivers: Vec<SynapseDriverOnDLS>,
}

/// Neurons in an order that spreads a network evenly over the event outputs, and so over the buses: top row first.
pub fn spread(good: impl Fn(AtomicNeuronOnDLS) -> bool) -> impl Iterator<Item = AtomicNeuronOnDLS> {
    const OUTPUTS: usize = 8;
    const PER_OUTPUT: usize = COLUMNS / OUTPUTS;
    let number = |place: usize| {
        let (row, rest) = (place / COLUMNS, place % COLUMNS);
        COLUMNS * row + PER_OUTPUT * (rest % OUTPUTS) + rest / OUTPUTS
    };
    (0..AtomicNeuronOnDLS::SIZE)
        .filter_map(move |place| AtomicNeuronOnDLS::from_enum(number(place)).ok())
        .filter(move |&neuron| good(neuron))
}

impl Placement {
    /// Places a network on the first of the neurons offered.
    ///
    /// # Errors
    /// When it does not fit, or a connection is impossible.
    pub fn of(
        network: &Network,
        candidates: impl Iterator<Item = AtomicNeuronOnDLS>,
    ) -> Result<Placement, PlacementError> {
        check_connections(network)?;
        let neurons: Vec<_> = candidates.take(network.neurons).collect();
        if neurons.len() < network.neurons {
            return Err(PlacementError::Neurons { needed: network.neurons, available: neurons.len() });
        }
        let mut taken = Addresses::default();
        // Blocks first: they must begin at a multiple of their size.
        let (blocks, noise) = place_noise(network, &neurons, &mut taken)?;
        let addresses = neurons.iter().map(|&neuron| taken.next(bus_of(neuron))).collect();
        let inputs = (0..network.inputs).map(|_| taken.next(taken.emptiest_bus())).collect();
        let class_bits = taken.class_bits()?;
        let mut placement = Placement {
            input_reaches: reached(network, &neurons, false),
            neurons,
            addresses,
            inputs,
            noise,
            blocks,
            class_bits,
            connections: network.connections.clone(),
            drivers: Vec::new(),
        };
        placement.drivers = placement.place_synapses()?;
        Ok(placement)
    }

    /// The circuits of the neurons.
    #[must_use]
    pub fn neurons(&self) -> &[AtomicNeuronOnDLS] {
        &self.neurons
    }

    /// The connections, with their weights.
    #[must_use]
    pub fn connections(&self) -> &[Connection] {
        &self.connections
    }

    /// The labels of the host events that make an input spike: one for each hemisphere it reaches.
    pub fn events(&self, input: usize) -> impl Iterator<Item = SpikeLabel> + '_ {
        let Address { bus, class, label } = self.inputs[input];
        let hemispheres = self.input_reaches[input].into_iter().enumerate().filter(|(_, reached)| *reached);
        hemispheres.map(move |(hemisphere, _)| to_driver(driver(hemisphere, bus, class.into()), label))
    }

    /// Neuron by the label its spikes arrive with.
    #[must_use]
    pub fn senders(&self) -> BTreeMap<u16, usize> {
        let label =
            |(number, &neuron): (usize, &AtomicNeuronOnDLS)| (from_neuron(neuron, self.address_out(number)).0, number);
        self.neurons.iter().enumerate().map(label).collect()
    }

    /// The background sources that give every noise source this mean rate (hardware time).
    ///
    /// # Errors
    /// When the rate is too low or too high for them.
    pub fn backgrounds(
        &self,
        rate_hz: f64,
        seed: u32,
    ) -> Result<Vec<(BackgroundSpikeSourceOnDLS, Background)>, PlacementError> {
        let background = |block: &Block| {
            let label = SpikeLabel(0)
                .with_row_select_address(block.first.class)
                .with_synapse_label(block.first.label)
                .neuron_label();
            let (period, rate) =
                period_and_rate(rate_hz * block.size as f64).ok_or(PlacementError::Rate { rate_hz })?;
            let number = block.at.to_enum() as u32;
            let seed = seed.wrapping_mul(SEED_FACTOR).wrapping_add(number.wrapping_mul(SEED_STEP)).max(1);
            let random = RandomBackground { rate, mask: (block.size - 1) as u8, seed };
            Ok((block.at, Background { period, neuron_label: label, random: Some(random) }))
        };
        self.blocks.iter().map(background).collect()
    }

    /// The event path, neurons' addresses, synapses and their weights, on top of a calibration.
    ///
    /// # Errors
    /// Never for a placement whose weights were checked.
    pub fn configure(&self, configuration: &mut Configuration) -> Result<(), SynapseRangeError> {
        let mut recurrent = [false; 8];
        for connection in &self.connections {
            if let Source::Neuron(number) = connection.source {
                recurrent[self.neurons[number].to_event_output().to_enum()] = true;
            }
        }
        write_crossbar(configuration, &recurrent);
        write_padi_buses(configuration, 0);
        for hemisphere in Hemisphere::ALL {
            let mut connected = [false; COLUMNS];
            let own = self.neurons.iter().filter(|neuron| neuron.y() == hemisphere.index());
            own.for_each(|neuron| connected[neuron.x()] = true);
            connect_columns(configuration, hemisphere, &connected);
        }
        for (number, neuron) in self.neurons.iter().enumerate() {
            configuration.update::<NeuronBackendConfig>(neuron.to_neuron_backend_config(), |frame| {
                frame.set(field!(NeuronBackendConfig.address_out), u32::from(self.address_out(number)));
                frame.set(field!(NeuronBackendConfig.enable_spike_out), 1);
            });
        }
        self.write_labels(configuration)?;
        self.write_weights(configuration)
    }

    /// Gives every connection the weight that `weight` says for its number.
    ///
    /// # Errors
    /// At the first weight that its receptor does not allow; none is changed then.
    pub fn set_weights(&mut self, weight: impl Fn(usize) -> i8) -> Result<(), PlacementError> {
        let weights: Vec<i8> = (0..self.connections.len()).map(weight).collect();
        for (connection, (has, &weight)) in self.connections.iter().zip(&weights).enumerate() {
            if !has.receptor.allows(weight) {
                return Err(PlacementError::Weight { connection, weight });
            }
        }
        for (connection, weight) in self.connections.iter_mut().zip(weights) {
            connection.weight = weight;
        }
        Ok(())
    }

    /// Writes the weights of all connections.
    ///
    /// # Errors
    /// Never for weights that were checked.
    pub fn write_weights(&self, configuration: &mut Configuration) -> Result<(), SynapseRangeError> {
        // The two rows of a driver may belong to different connections of one column.
        let mut rows: BTreeMap<SynapseDriverOnDLS, [[u8; COLUMNS]; 2]> = BTreeMap::new();
        for (connection, driver) in self.connections.iter().zip(&self.drivers) {
            let weights = rows.entry(*driver).or_insert([[0; COLUMNS]; 2]);
            let column = self.neurons[connection.target].x();
            for &row in rows_of(connection.receptor) {
                let signed = if row == EXCITATORY { connection.weight } else { -connection.weight };
                weights[row][column] = signed.max(0).unsigned_abs();
            }
        }
        for (driver, weights) in &rows {
            for (row, weights) in driver.to_rows().into_iter().zip(weights) {
                write_weights(configuration, row, weights)?;
            }
        }
        Ok(())
    }

    fn write_labels(&self, configuration: &mut Configuration) -> Result<(), SynapseRangeError> {
        let frame = signed_driver()
            .with(field!(SynapseDriverConfig.row_address_compare_mask), (1 << self.class_bits) - 1);
        let mut labels: BTreeMap<SynapseDriverOnDLS, [[u8; COLUMNS]; 2]> = BTreeMap::new();
        for (number, connection) in self.connections.iter().enumerate() {
            let rows = labels.entry(self.drivers[number]).or_insert([[0; COLUMNS]; 2]);
            let column = self.neurons[connection.target].x();
            for &row in rows_of(connection.receptor) {
                rows[row][column] = self.address(connection.source).label;
            }
        }
        for (driver, rows) in &labels {
            configuration.write(*driver, &frame);
            for (row, labels) in driver.to_rows().into_iter().zip(rows) {
                write_labels(configuration, row, labels)?;
            }
        }
        Ok(())
    }

    /// What a neuron sends: its class above its label.
    fn address_out(&self, neuron: usize) -> u8 {
        let Address { class, label, .. } = self.addresses[neuron];
        class * LABELS as u8 + label
    }

    fn address(&self, source: Source) -> Address {
        match source {
            Source::Neuron(number) => self.addresses[number],
            Source::Input(number) => self.inputs[number],
            Source::Noise(number) => self.noise[number],
        }
    }

    /// Finds a free synapse for every connection: the first driver of the right bus and class whose rows of the right sign
    /// are free in the column of the target.
    fn place_synapses(&self) -> Result<Vec<SynapseDriverOnDLS>, PlacementError> {
        let mut used: BTreeSet<(SynapseDriverOnDLS, usize, usize)> = BTreeSet::new();
        let step = 1 << self.class_bits;
        let mut place = |(number, connection): (usize, &Connection)| {
            let Connection { source, target, receptor, .. } = *connection;
            let Address { bus, class, .. } = self.address(source);
            let (hemisphere, column) = (self.neurons[target].y(), self.neurons[target].x());
            let listening = (usize::from(class)..DRIVERS_ON_BUS).step_by(step);
            let found = listening
                .map(|index| driver(hemisphere, bus, index))
                .find(|&at| rows_of(receptor).iter().all(|&row| !used.contains(&(at, row, column))));
            let at = found.ok_or(PlacementError::Synapses { connection: number, from: source, target })?;
            used.extend(rows_of(receptor).iter().map(|&row| (at, row, column)));
            Ok(at)
        };
        self.connections.iter().enumerate().map(&mut place).collect()
    }
}

/// Rows of a signed driver, as in [`SynapseDriverOnDLS::to_rows`].
const EXCITATORY: usize = 0;
const INHIBITORY: usize = 1;

fn rows_of(receptor: Receptor) -> &'static [usize] {
    match receptor {
        Receptor::Excitatory => &[EXCITATORY],
        Receptor::Inhibitory => &[INHIBITORY],
        Receptor::Signed => &[EXCITATORY, INHIBITORY],
    }
}

fn bus_of(neuron: AtomicNeuronOnDLS) -> usize {
    neuron.to_event_output().to_enum() % BUSES
}

fn driver(hemisphere: usize, bus: usize, index: usize) -> SynapseDriverOnDLS {
    // Hemisphere and bus are always in range.
    PADIBusOnDLS::new(hemisphere, bus).unwrap_or_default().to_driver(index)
}

/// How many addresses of each bus are taken.
#[derive(Default)]
struct Addresses([usize; BUSES]);

impl Addresses {
    fn next(&mut self, bus: usize) -> Address {
        self.block(bus, 1)
    }

    /// Takes `size` addresses and returns the first.
    fn block(&mut self, bus: usize, size: usize) -> Address {
        let first = self.0[bus];
        self.0[bus] += size;
        Address { bus, class: (first / LABELS) as u8, label: (first % LABELS) as u8 }
    }

    /// Leaves addresses out so that the next is a multiple of `size`, a power of two.
    fn align(&mut self, bus: usize, size: usize) {
        self.0[bus] = self.0[bus].next_multiple_of(size);
    }

    fn emptiest_bus(&self) -> usize {
        (0..BUSES).min_by_key(|&bus| self.0[bus]).unwrap_or(0)
    }

    fn class_bits(&self) -> Result<u32, PlacementError> {
        let (bus, sources) = (0..BUSES).map(|bus| (bus, self.0[bus])).max_by_key(|at| at.1).unwrap_or((0, 0));
        let most = LABELS << MOST_CLASS_BITS;
        (0..=MOST_CLASS_BITS)
            .find(|bits| sources <= LABELS << bits)
            .ok_or(PlacementError::Sources { bus, sources, most })
    }
}

fn check_connections(network: &Network) -> Result<(), PlacementError> {
    for (number, connection) in network.connections.iter().enumerate() {
        let known = match connection.source {
            Source::Neuron(source) => source < network.neurons,
            Source::Input(source) => source < network.inputs,
            Source::Noise(source) => source < network.noise,
        };
        if !known || connection.target >= network.neurons {
            return Err(PlacementError::Unknown { connection: number });
        }
        if !connection.receptor.allows(connection.weight) {
            return Err(PlacementError::Weight { connection: number, weight: connection.weight });
        }
    }
    Ok(())
}

/// The hemispheres in which each input (or, with `noise`, each noise source) has targets.
fn reached(network: &Network, neurons: &[AtomicNeuronOnDLS], noise: bool) -> Vec<[bool; 2]> {
    let mut reached = vec![[false; 2]; if noise { network.noise } else { network.inputs }];
    for connection in &network.connections {
        match connection.source {
            Source::Input(number) if !noise => reached[number][neurons[connection.target].y()] = true,
            Source::Noise(number) if noise => reached[number][neurons[connection.target].y()] = true,
            _ => {}
        }
    }
    reached
}

/// Divides the noise sources of each hemisphere among the four background sources that reach it.
fn place_noise(
    network: &Network,
    neurons: &[AtomicNeuronOnDLS],
    taken: &mut Addresses,
) -> Result<(Vec<Block>, Vec<Address>), PlacementError> {
    let mut of_source: Vec<Vec<usize>> = vec![Vec::new(); 2 * BUSES];
    let mut seen = [0; 2];
    for (noise, reached) in reached(network, neurons, true).into_iter().enumerate() {
        if reached == [true, true] {
            return Err(PlacementError::Noise { noise });
        }
        let hemisphere = usize::from(reached[1]);
        of_source[BUSES * hemisphere + seen[hemisphere] % BUSES].push(noise);
        seen[hemisphere] += 1;
    }
    let mut addresses = vec![Address { bus: 0, class: 0, label: 0 }; network.noise];
    let mut blocks = Vec::new();
    for (source, members) in of_source.iter().enumerate().filter(|(_, members)| !members.is_empty()) {
        let size = members.len().next_power_of_two();
        let bus = source % BUSES;
        if size > LABELS {
            return Err(PlacementError::Sources { bus, sources: size, most: LABELS });
        }
        taken.align(bus, size);
        let first = taken.block(bus, size);
        for (index, &member) in members.iter().enumerate() {
            addresses[member] = Address { label: first.label + index as u8, ..first };
        }
        let at = BackgroundSpikeSourceOnDLS::from_enum(source).unwrap_or_default();
        blocks.push(Block { at, first, size });
    }
    Ok((blocks, addresses))
}

/// Seeds of neighbouring sources and runs lie far apart.
const SEED_FACTOR: u32 = 0x9e37_79b1;
const SEED_STEP: u32 = 0x85eb_ca6b;

/// Clock of the background sources.
const SOURCE_CLOCK_HZ: f64 = 250e6;
/// Spikes of 256 bins that are tried: few, so that intervals are close to exponential.
const SPIKES_OF_256: std::ops::RangeInclusive<u8> = 2..=64;
/// Deviation of the rate that is good enough to stop searching.
const RATE_TOLERANCE: f64 = 0.01;

/// Period and rate register of a background source whose mean rate comes near the one asked for.
pub(super) fn period_and_rate(rate_hz: f64) -> Option<(u16, u8)> {
    let mut best: Option<(f64, u16, u8)> = None;
    for spikes in SPIKES_OF_256 {
        let bins_per_s = rate_hz * 256.0 / f64::from(spikes);
        let period = (SOURCE_CLOCK_HZ / bins_per_s + 0.5) as u16;
        let error = (SOURCE_CLOCK_HZ / f64::from(period) / bins_per_s - 1.0).abs();
        let better = best.is_none_or(|(least, ..)| error < least && least > RATE_TOLERANCE);
        if period >= 2 && period < u16::MAX && better {
            best = Some((error, period, spikes - 1));
        }
    }
    best.filter(|best| best.0 < 0.1).map(|(_, period, rate)| (period, rate))
}
