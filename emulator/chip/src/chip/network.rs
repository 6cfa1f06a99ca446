//! The event network as one unit: host spikes, neuron events and background sources enter the crossbar; what leaves it goes to
//! the PADI buses or to the link. Works in whole network cycles and knows no analog state.

use crate::router::background::SOURCES;
use crate::router::topology::{FIRST_BACKGROUND_INPUT, FIRST_L2_INPUT, FIRST_L2_OUTPUT};
use crate::router::{
    BackgroundConfig, BackgroundEvent, BackgroundSource, Crossbar, CrossbarConfig, NeuronEvent,
    NeuronOutputs, PadiTrigger, Routed, SpikeLabel,
};
use crate::synapse::PadiAddress;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Delays of the digital event path, in network cycles. Only their sum of 20 is a documented default (routing model, section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkLatency {
    /// From the edge that latches a fire to the crossbar input.
    pub fire_to_crossbar_cycles: u64,
    /// From the crossbar output to the synapses of a row.
    pub crossbar_to_synapse_cycles: u64,
}

impl Default for NetworkLatency {
    fn default() -> Self {
        NetworkLatency { fire_to_crossbar_cycles: 10, crossbar_to_synapse_cycles: 10 }
    }
}

/// Registers of the event network in decoded form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkConfig {
    /// Crossbar nodes and outputs, and which PADI buses listen to them.
    pub crossbar: CrossbarConfig,
    /// Background sources.
    pub background: [BackgroundConfig; SOURCES],
    /// Bit per neuron event output: `enable_event_registers` of its half.
    pub event_registers: u8,
    /// Bit per bus (4 h + bus): `enable_spl1`.
    pub enable_spl1: u8,
    /// Delays.
    pub latency: NetworkLatency,
}

/// An event on its way to the synapses of a hemisphere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PadiArrival {
    /// When the synapses see it.
    pub at: Time,
    /// 0 top, 1 bottom.
    pub hemisphere: u8,
    /// Bus, row select and label.
    pub address: PadiAddress,
}

/// State of the event network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Network {
    outputs: NeuronOutputs,
    crossbar: Crossbar,
    background: Vec<BackgroundSource>,
    arrivals: VecDeque<PadiArrival>,
    /// Earliest cycle in which anything enters or leaves; kept so that asking is free.
    next_cycle: u64,
    #[serde(skip)]
    scratch: Scratch,
}

/// Buffers that only save allocations.
#[derive(Debug, Clone, Default)]
struct Scratch {
    neuron: Vec<NeuronEvent>,
    background: Vec<BackgroundEvent>,
    routed: Vec<Routed>,
}

impl PartialEq for Scratch {
    /// Contents do not outlive a call, so they are no state.
    fn eq(&self, _: &Scratch) -> bool {
        true
    }
}

impl Default for Network {
    fn default() -> Self {
        Network {
            outputs: NeuronOutputs::default(),
            crossbar: Crossbar::default(),
            background: vec![BackgroundSource::default(); SOURCES],
            arrivals: VecDeque::new(),
            next_cycle: u64::MAX,
            scratch: Scratch::default(),
        }
    }
}

impl Network {
    /// When an event next enters or leaves the crossbar.
    #[must_use]
    pub fn next(&self) -> Time {
        match self.next_cycle {
            u64::MAX => Time::NEVER,
            cycle => Time::from_network_cycles(cycle),
        }
    }

    /// The next event to reach synapses.
    #[must_use]
    pub fn next_arrival(&self) -> Option<PadiArrival> {
        self.arrivals.front().copied()
    }

    /// Takes the next event that reaches synapses.
    pub fn pop_arrival(&mut self) -> Option<PadiArrival> {
        self.arrivals.pop_front()
    }

    /// A spike from the host enters at the crossbar input of its SPL1 address.
    pub fn host_spike(&mut self, at: Time, label: u16) {
        let input = FIRST_L2_INPUT + usize::from(SpikeLabel(label).spl1_address());
        let cycle = at.next_edge(Time::NETWORK_CYCLE).network_cycles();
        self.crossbar.offer(input, cycle, label);
        self.next_cycle = self.next_cycle.min(cycle);
    }

    /// A neuron asks its event output to send `address_out`.
    pub fn neuron_event(
        &mut self,
        fired: Time,
        column: u8,
        row: u8,
        address_out: u8,
        config: &NetworkConfig,
    ) {
        let cycle = fired.network_cycles() + config.latency.fire_to_crossbar_cycles;
        self.outputs.request(cycle, column, row, address_out);
        self.next_cycle = self.next_cycle.min(cycle);
    }

    /// A write to PADIEvent of a hemisphere: the event appears on all selected buses that do not listen to the crossbar.
    pub fn padi_trigger(&mut self, at: Time, hemisphere: u8, trigger: PadiTrigger, config: &NetworkConfig) {
        let buses = trigger.effective_buses(config.enable_spl1 >> (4 * hemisphere) & 0xf);
        let delay = Time::from_network_cycles(config.latency.crossbar_to_synapse_cycles);
        for bus in (0..4).filter(|bus| buses >> bus & 1 == 1) {
            let address =
                PadiAddress { bus, row_select: trigger.event.row_select, label: trigger.event.synapse_label };
            self.arrive(PadiArrival { at: at + delay, hemisphere, address });
        }
    }

    /// The registers of a background source changed.
    pub fn configure_background(&mut self, at: Time, source: usize, config: &BackgroundConfig) {
        self.background[source].configure(at.network_cycles(), config);
        self.refresh();
    }

    /// Works off all cycles up to `until`, which must lie before the next arrival that could cause new events. Events for the
    /// link are appended to `to_link`; those for synapses become arrivals.
    pub fn advance(&mut self, until: Time, config: &NetworkConfig, to_link: &mut Vec<Routed>) {
        let cycle = until.network_cycles();
        let mut scratch = std::mem::take(&mut self.scratch);
        self.outputs.advance(cycle, config.event_registers, &mut scratch.neuron);
        for event in scratch.neuron.drain(..) {
            self.crossbar.offer(usize::from(event.output), event.cycle, event.label);
        }
        for (number, (source, settings)) in self.background.iter_mut().zip(&config.background).enumerate() {
            source.advance(cycle, number as u8, settings, &mut scratch.background);
        }
        for event in scratch.background.drain(..) {
            self.crossbar.offer(FIRST_BACKGROUND_INPUT + usize::from(event.source), event.cycle, event.label);
        }
        self.crossbar.advance(cycle, &config.crossbar, &mut scratch.routed);
        for routed in scratch.routed.drain(..) {
            self.route(routed, config, to_link);
        }
        self.scratch = scratch;
        self.refresh();
    }

    fn route(&mut self, routed: Routed, config: &NetworkConfig, to_link: &mut Vec<Routed>) {
        if usize::from(routed.output) >= FIRST_L2_OUTPUT {
            to_link.push(routed);
        } else if config.enable_spl1 >> routed.output & 1 == 1 {
            let cycle = routed.cycle + config.latency.crossbar_to_synapse_cycles;
            let address = PadiAddress::from_label(routed.output & 3, routed.label);
            self.arrive(PadiArrival {
                at: Time::from_network_cycles(cycle),
                hemisphere: routed.output >> 2,
                address,
            });
        }
    }

    /// Arrivals come nearly in order: crossbar events are, register triggers may fall between them.
    fn arrive(&mut self, arrival: PadiArrival) {
        let place = self.arrivals.partition_point(|other| other.at <= arrival.at);
        self.arrivals.insert(place, arrival);
    }

    fn refresh(&mut self) {
        let sources = self.background.iter().filter_map(BackgroundSource::next);
        let next = [self.outputs.next(), self.crossbar.next()].into_iter().flatten().chain(sources).min();
        self.next_cycle = next.unwrap_or(u64::MAX);
    }

    /// Losses at a crossbar input.
    #[must_use]
    pub fn drop_counter(&self, input: usize) -> u16 {
        self.crossbar.drop_counter(input)
    }

    /// Events that left a crossbar output.
    #[must_use]
    pub fn event_counter(&self, output: usize) -> u32 {
        self.crossbar.event_counter(output)
    }
}
