//! The way of events: labels, crossbar, PADI buses and background sources, by the conventions of the chip's software
//! (electronicvisions grenade: routing/greedy/routing_builder.cpp).
//!
//! A host spike names bus, hemisphere, driver and synapses in its label ([`to_driver`]); bit 12 asks for its return, bit 11
//! does the same for background events. [`write_crossbar`] sets the nodes accordingly.

use super::label::SpikeLabel;
use super::registers::WriteRegisters;
use hx_isa::field;
use hx_isa::fields;
use hx_isa::regmap::Frame;
use hx_isa::regmap::coordinate::{
    AtomicNeuronOnDLS, BackgroundSpikeSourceOnDLS, CommonPADIBusConfigOnDLS, CrossbarInputOnDLS,
    CrossbarNodeOnDLS, CrossbarOutputOnDLS, NeuronEventOutputOnDLS, PADIBusOnDLS, PADIEventOnDLS,
    SynapseDriverOnDLS,
};
use hx_isa::regmap::register::{BackgroundSpikeSource, CommonPADIBusConfig, CrossbarNode, PADIEvent};
use thiserror::Error;

/// Host channels (SPL1 addresses), and outputs towards the host.
const CHANNELS: usize = 4;
const HEMISPHERE_BIT: u16 = SpikeLabel(0).with_hemisphere_bit(1).0;
const LOOP_BACK: u16 = SpikeLabel(0).with_loop_back(true).0;
const RECORD_BACKGROUND: u16 = SpikeLabel(0).with_record_background(true).0;

/// The label of a host spike that reaches the synapses with label `synapse_label` (0..=63) in both rows of a driver.
#[must_use]
pub const fn to_driver(driver: SynapseDriverOnDLS, synapse_label: u8) -> SpikeLabel {
    let bus = driver.to_padi_bus();
    SpikeLabel(0)
        .with_spl1_address(bus.bus() as u8)
        .with_hemisphere_bit(bus.s() as u8)
        .with_row_select_address(driver.index_on_bus() as u8)
        .with_synapse_label(synapse_label)
}

/// The label with which a spike of a neuron arrives at the host.
#[must_use]
pub const fn from_neuron(neuron: AtomicNeuronOnDLS, address_out: u8) -> SpikeLabel {
    let output = neuron.to_event_output().to_enum() as u8;
    SpikeLabel(0)
        .with_spl1_address(output % CHANNELS as u8)
        .with_neuron_event_output(output)
        .with_neuron_backend_address_out(address_out)
}

/// Which labels a crossbar node lets pass: those whose masked neuron label is the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeFilter {
    /// Bits compared, 14.
    pub mask: u16,
    /// What they must be.
    pub target: u16,
}

impl NodeFilter {
    /// Everything passes; the state after reset.
    pub const PASS_ALL: NodeFilter = NodeFilter { mask: 0, target: 0 };
    /// Nothing passes.
    pub const DROP_ALL: NodeFilter = NodeFilter { mask: 0, target: 1 };

    /// Labels that have all of these bits.
    #[must_use]
    pub const fn with_bits(bits: u16) -> NodeFilter {
        NodeFilter { mask: bits, target: bits }
    }

    /// Labels that have none of these bits.
    #[must_use]
    pub const fn without_bits(bits: u16) -> NodeFilter {
        NodeFilter { mask: bits, target: 0 }
    }

    /// The register of a node with this filter, its losses counted.
    #[must_use]
    pub fn frame(self) -> Frame<CrossbarNode> {
        Frame::zero()
            .with(field!(CrossbarNode.mask), u32::from(self.mask))
            .with(field!(CrossbarNode.target), u32::from(self.target))
            .with(field!(CrossbarNode.enable_drop_counter), 1)
    }
}

/// Sets all nodes by convention: host spikes go to bus and hemisphere of their label and return if they have the bit for it;
/// background sources feed their bus and reach the host if their label has the bit; neurons reach the host, and the buses
/// only from the outputs marked in `recurrent` (bus e%4 of both hemispheres; which drivers listen is up to them).
pub fn write_crossbar(target: &mut impl WriteRegisters, recurrent: &[bool; NeuronEventOutputOnDLS::SIZE]) {
    for input in CrossbarInputOnDLS::all() {
        for (node, output) in input.nodes().zip(input.outputs()) {
            target.write(node, &conventional_filter(input, output, recurrent).frame());
        }
    }
}

/// Sets one node; `false` if there is none between the two.
pub fn write_node(
    target: &mut impl WriteRegisters,
    input: CrossbarInputOnDLS,
    output: CrossbarOutputOnDLS,
    filter: NodeFilter,
) -> bool {
    let node = CrossbarNodeOnDLS::between(input, output);
    if let Some(node) = node {
        target.write(node, &filter.frame());
    }
    node.is_some()
}

/// Sets all nodes alike.
pub fn write_all_nodes(target: &mut impl WriteRegisters, filter: NodeFilter) {
    for node in CrossbarNodeOnDLS::all() {
        target.write(node, &filter.frame());
    }
}

fn conventional_filter(
    input: CrossbarInputOnDLS,
    output: CrossbarOutputOnDLS,
    recurrent: &[bool; NeuronEventOutputOnDLS::SIZE],
) -> NodeFilter {
    let from_host = (0..CHANNELS).position(|channel| CrossbarInputOnDLS::from_spl1(channel) == input);
    let from_neuron = recurrent.get(input.to_enum());
    match (from_neuron, from_host, output.to_padi_bus()) {
        (Some(_), _, None) => NodeFilter::PASS_ALL,
        (Some(true), _, Some(_)) => NodeFilter::PASS_ALL,
        (Some(false), _, Some(_)) => NodeFilter::DROP_ALL,
        (_, Some(_), None) => NodeFilter::with_bits(LOOP_BACK),
        (_, Some(channel), Some(bus)) if bus.bus() != channel => NodeFilter::DROP_ALL,
        (_, Some(_), Some(bus)) if bus.s() == 0 => NodeFilter::without_bits(HEMISPHERE_BIT),
        (_, Some(_), Some(_)) => NodeFilter::with_bits(HEMISPHERE_BIT),
        (_, None, None) => NodeFilter::with_bits(RECORD_BACKGROUND),
        (_, None, Some(_)) => NodeFilter::PASS_ALL,
    }
}

/// Connects all PADI buses to the crossbar. `dacen_pulse_extension` (0..=15) lengthens the synaptic current pulses.
pub fn write_padi_buses(target: &mut impl WriteRegisters, dacen_pulse_extension: u8) {
    let extensions = fields!(CommonPADIBusConfig.dacen_pulse_extension; 4);
    let frame = Frame::<CommonPADIBusConfig>::zero().with(field!(CommonPADIBusConfig.enable_spl1), 0xf);
    let frame = extensions.iter().fold(frame, |frame, &at| frame.with(at, u32::from(dacen_pulse_extension)));
    for at in CommonPADIBusConfigOnDLS::all() {
        target.write(at, &frame);
    }
}

/// Sends one event straight to a bus that is not connected to the crossbar.
pub fn padi_event(
    target: &mut impl WriteRegisters,
    bus: PADIBusOnDLS,
    row_select_address: u8,
    synapse_label: u8,
) {
    let frame = Frame::<PADIEvent>::zero()
        .with(field!(PADIEvent.fire_bus), 1 << bus.bus())
        .with(field!(PADIEvent.row_select_address), u32::from(row_select_address))
        .with(field!(PADIEvent.event_address), u32::from(synapse_label));
    // A bus always has a hemisphere.
    target.write(PADIEventOnDLS::from_enum(bus.s()).unwrap_or_default(), &frame);
}

/// A rate that a background source cannot produce.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error(
    "a background source cannot produce {rate_hz} Hz (about {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} are possible)"
)]
pub struct RateError {
    /// Rate asked for, in hardware time.
    pub rate_hz: f64,
}

/// Clock of the background sources.
const SOURCE_CLOCK_HZ: f64 = 250e6;
/// Probability of a spike in a time bin of random mode is this over 256 (rate register plus one): small, so that intervals
/// are close to exponential.
const SPIKES_OF_256_BINS: f64 = 16.0;
const LOWEST_RATE_HZ: f64 = 240.0;
const HIGHEST_RATE_HZ: f64 = 7.8e6;

/// Settings of one running background source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Background {
    /// Cycles of 4 ns between spikes (regular) or bins (random).
    pub period: u16,
    /// Label of its spikes, 14 bits.
    pub neuron_label: u16,
    /// Random mode; regular without.
    pub random: Option<RandomBackground>,
}

/// Random mode of a background source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RandomBackground {
    /// A bin holds a spike with probability (rate + 1) / 256, never if 0.
    pub rate: u8,
    /// Low label bits that are drawn at random.
    pub mask: u8,
    /// Seed of the generator.
    pub seed: u32,
}

impl Background {
    /// A source of Poisson-like spikes with this mean rate in hardware time; `mask` as in [`RandomBackground`].
    ///
    /// # Errors
    /// When the rate is too low or too high for the source.
    pub fn poisson(rate_hz: f64, label: SpikeLabel, mask: u8, seed: u32) -> Result<Background, RateError> {
        if !(LOWEST_RATE_HZ..=HIGHEST_RATE_HZ).contains(&rate_hz) {
            return Err(RateError { rate_hz });
        }
        let period = SOURCE_CLOCK_HZ * SPIKES_OF_256_BINS / 256.0 / rate_hz;
        let random = RandomBackground { rate: SPIKES_OF_256_BINS as u8 - 1, mask, seed };
        Ok(Background {
            period: (period + 0.5) as u16,
            neuron_label: label.neuron_label(),
            random: Some(random),
        })
    }

    /// The registers of the source, enabled.
    #[must_use]
    pub fn frame(&self) -> Frame<BackgroundSpikeSource> {
        let frame = Frame::zero()
            .with(field!(BackgroundSpikeSource.enable), 1)
            .with(field!(BackgroundSpikeSource.period), u32::from(self.period))
            .with(field!(BackgroundSpikeSource.neuron_label), u32::from(self.neuron_label));
        match self.random {
            None => frame,
            Some(RandomBackground { rate, mask, seed }) => frame
                .with(field!(BackgroundSpikeSource.enable_random), 1)
                .with(field!(BackgroundSpikeSource.rate), u32::from(rate))
                .with(field!(BackgroundSpikeSource.mask), u32::from(mask))
                .with(field!(BackgroundSpikeSource.seed), seed),
        }
    }
}

/// Switches all background sources off.
pub fn stop_background(target: &mut impl WriteRegisters) {
    for at in BackgroundSpikeSourceOnDLS::all() {
        target.write(at, &Frame::<BackgroundSpikeSource>::zero());
    }
}

#[cfg(test)]
mod tests {
    use super::super::Configuration;
    use super::*;

    fn node(configuration: &Configuration, input: usize, output: usize) -> (u32, u32) {
        let input = CrossbarInputOnDLS::from_enum(input).unwrap();
        let node =
            CrossbarNodeOnDLS::between(input, CrossbarOutputOnDLS::from_enum(output).unwrap()).unwrap();
        let frame = configuration.frame::<CrossbarNode>(node).unwrap();
        (frame.get(field!(CrossbarNode.mask)), frame.get(field!(CrossbarNode.target)))
    }

    #[test]
    fn labels_name_their_driver_and_neuron() {
        let driver = SynapseDriverOnDLS::new(1, 4 * 21 + 2).unwrap();
        let label = to_driver(driver, 0x2a);
        assert_eq!((label.spl1_address(), label.hemisphere_bit()), (2, 1));
        assert_eq!((label.row_select_address(), label.synapse_label()), (21, 0x2a));
        let neuron = AtomicNeuronOnDLS::new(1, 200).unwrap();
        assert_eq!(from_neuron(neuron, 0x5a).0, ((200 / 32) % 4) << 14 | (200 / 32) << 8 | 0x5a);
    }

    #[test]
    fn the_crossbar_follows_the_conventions() {
        let mut configuration = Configuration::new();
        let mut recurrent = [false; 8];
        recurrent[5] = true;
        write_crossbar(&mut configuration, &recurrent);
        assert_eq!(configuration.len(), 76);
        let drop_all = (0, 1);
        // Host channel 2: its bus in each hemisphere by bit 13, back to the host by bit 12.
        assert_eq!(node(&configuration, 10, 2), (0x2000, 0));
        assert_eq!(node(&configuration, 10, 6), (0x2000, 0x2000));
        assert_eq!(node(&configuration, 10, 3), drop_all);
        assert_eq!(node(&configuration, 10, 10), (0x1000, 0x1000));
        // Background source 7: its bus, and the host by bit 11.
        assert_eq!(node(&configuration, 19, 7), (0, 0));
        assert_eq!(node(&configuration, 19, 11), (0x800, 0x800));
        // Neuron outputs: the host always, buses as asked for.
        assert_eq!(node(&configuration, 5, 9), (0, 0));
        assert_eq!(node(&configuration, 5, 5), (0, 0));
        assert_eq!(node(&configuration, 4, 4), drop_all);
        let between =
            |i, o| (CrossbarInputOnDLS::from_enum(i).unwrap(), CrossbarOutputOnDLS::from_enum(o).unwrap());
        let (input, output) = between(0, 1);
        assert!(!write_node(&mut configuration, input, output, NodeFilter::PASS_ALL));
        let (input, output) = between(4, 4);
        assert!(write_node(&mut configuration, input, output, NodeFilter::with_bits(3)));
        assert_eq!(node(&configuration, 4, 4), (3, 3));
    }

    #[test]
    fn background_sources_have_a_rate() {
        let source = Background::poisson(10e3, SpikeLabel(0x4801), 0x3, 9).unwrap();
        assert_eq!(source.frame().words(), [1563 << 16 | 3, 9, 0x0801 << 16 | 15 << 8 | 3]);
        assert!(Background::poisson(1.0, SpikeLabel(0), 0, 0).is_err());
        assert!(Background::poisson(f64::NAN, SpikeLabel(0), 0, 0).is_err());
        for rate in [LOWEST_RATE_HZ, HIGHEST_RATE_HZ] {
            let period = f64::from(Background::poisson(rate, SpikeLabel(0), 0, 0).unwrap().period);
            assert!((SOURCE_CLOCK_HZ / 16.0 / period / rate - 1.0).abs() < 0.01, "{rate} Hz");
        }
    }

    #[test]
    fn buses_listen_to_the_crossbar_or_to_the_register() {
        let mut configuration = Configuration::new();
        write_padi_buses(&mut configuration, 4);
        assert_eq!(configuration.word(0x11_8001), Some(0x4444_000f));
        let mut builder = super::super::ProgramBuilder::new();
        padi_event(&mut builder, PADIBusOnDLS::new(1, 2).unwrap(), 31, 5);
        assert_eq!(builder.finish().unwrap().words()[1] as u32, 4 | 5 << 16 | 31 << 22);
    }
}
