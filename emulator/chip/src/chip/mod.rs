//! The chip: owns every block and all time; the only place where blocks meet.
//!
//! Nothing here runs by itself. A caller hands in what arrives over the link, each with its time, and the chip works up to that
//! time: neurons, event network and converters exchange plain values in a fixed order. At equal times the order is: fires and
//! other neuron checks, events reaching synapses (in order of arrival), refresh of analog parameters. See `advance.rs` for the loop, `bus.rs` for
//! register accesses, `derive.rs` for how raw words become parameters.

mod advance;
mod bus;
mod circuit;
mod clocks;
mod config;
mod conversion;
mod correlation;
mod decode;
mod derive;
mod drivers;
mod lines;
mod link;
mod network;
mod pads;
mod processor;
mod readout;
mod sampling;
mod synapses;
#[cfg(test)]
mod tests;

pub use config::{Amplifiers, ChipConfig, Fidelity};
pub use network::{NetworkConfig, NetworkLatency};
pub use processor::{Broke, ProcessorCause, ProcessorConfig, ProcessorDiagnostics, ProcessorEvent, Watchers};

use crate::analog::capmem::{CapMem, CellModel, CellValues};
use crate::analog::cell::Cell;
use crate::analog::mismatch::Deviations;
use crate::analog::neuron_parameters::BlockParameters;
use crate::external::SparseMemory;
use crate::neuron::{Fire, NEURONS, Neurons};
use crate::omnibus::{BitSet, Omnibus};
use crate::output::ChipOutput;
use crate::random::{extend, purpose};
pub use crate::readout::CadcRow;
use crate::readout::{Board, Cadc, CadcSettings, Madc, MadcSettings};
use crate::router::Routed;
use crate::synapse::{DeliveryCache, Driver, SensorArray};
use crate::time::Time;
use network::Network;
use processor::Processors;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Hemispheres of the chip: 0 top, 1 bottom.
pub const HEMISPHERES: usize = 2;

/// What never changes during the life of an instance: its configuration and what its circuits deviate by, which follows from
/// it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "ChipConfig", from = "ChipConfig")]
struct Instance {
    config: ChipConfig,
    deviations: Deviations,
}

impl From<ChipConfig> for Instance {
    fn from(config: ChipConfig) -> Instance {
        let deviations = match config.mismatch {
            Fidelity::Real => Deviations::draw(config.chip_seed, &config.constants),
            Fidelity::Ideal => Deviations::ideal(&config.constants),
        };
        Instance { config, deviations }
    }
}

impl From<Instance> for ChipConfig {
    fn from(instance: Instance) -> ChipConfig {
        instance.config
    }
}

impl Clone for Instance {
    /// Only saving a chip needs it: the deviations are drawn anew from the configuration.
    fn clone(&self) -> Instance {
        Instance::from(self.config.clone())
    }
}

/// Eight-bit spike counter with its sticky overflow flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct SpikeCounter {
    count: u8,
    overflow: bool,
}

/// One emulated chip. Cloning is cheap: large arrays are shared until one of the copies writes to them. A copy, and a chip
/// saved and restored, goes on bit for bit like the original.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chip {
    instance: Arc<Instance>,
    /// Number of the run, part of the key of all temporal noise.
    run: u64,
    /// Everything up to here has happened.
    now: Time,
    /// The reset line is asserted.
    in_reset: bool,
    omnibus: Omnibus,
    processors: Processors,
    /// Memory of the processors at the far end of the link.
    external: SparseMemory,
    capmem: CapMem,
    values: Arc<CellValues>,
    blocks: [BlockParameters; 4],
    /// What the board supplies.
    board: Board,
    neurons: Neurons,
    spike_counters: Arc<Vec<SpikeCounter>>,
    /// Address each neuron sends with its spikes.
    spike_addresses: Arc<Vec<Option<u8>>>,
    /// Readout of each neuron.
    taps: Arc<Vec<readout::Tap>>,
    taps_changed: bool,
    /// Where the post pulse of each neuron comes from.
    post_pulses: Arc<Vec<correlation::PostPulse>>,
    network: Network,
    network_config: Arc<NetworkConfig>,
    drivers: Arc<Vec<Driver>>,
    /// Lengths of their pulses.
    pulses: drivers::Pulses,
    /// Line deflection per unit of weight and us of pulse, by neuron and line.
    line_gain: Arc<Vec<[f64; 2]>>,
    /// Columns whose excitatory and inhibitory lines are held by the debug line, by hemisphere.
    held_lines: [[BitSet; 2]; HEMISPHERES],
    /// Length of the pulse on each PADI bus in us.
    pulse_us: [f64; 8],
    /// Only saves work.
    #[serde(skip)]
    deliveries: [DeliveryCache; HEMISPHERES],
    /// Correlation sensors.
    sensors: [SensorArray; HEMISPHERES],
    cadc_settings: [CadcSettings; HEMISPHERES],
    cadc: [Cadc; HEMISPHERES],
    /// Conversions so far: the step of their noise.
    cadc_conversions: u64,
    madc: Madc,
    madc_settings: MadcSettings,
    /// What is on the two inputs of the MADC's multiplexer.
    madc_sources: [Arc<sampling::Sources>; 2],
    /// What left the chip and was not taken yet, in order of departure.
    output: Vec<ChipOutput>,
    /// Systime counter value at `systime_origin`, 4 ns ticks.
    systime_base: u64,
    systime_origin: Time,
    /// Registers changed whose derived values have not been rebuilt.
    stale: derive::Stale,
    /// Buffers, empty between calls.
    #[serde(skip)]
    fires: Vec<Fire>,
    #[serde(skip)]
    routed: Vec<Routed>,
    #[serde(skip)]
    changed: Vec<Cell>,
}

impl Chip {
    /// A chip after power-on.
    #[must_use]
    pub fn new(config: ChipConfig) -> Chip {
        let instance = Instance::from(config);
        let (config, deviations) = (&instance.config, &instance.deviations);
        let capmem = CapMem::new(config.settling, &config.constants.capmem);
        let values = capmem.values(Time::ZERO, &CellModel::new(&deviations.cell, &config.constants));
        let mut chip = Chip {
            run: 0,
            now: Time::ZERO,
            in_reset: false,
            omnibus: Omnibus::default(),
            processors: Processors::default(),
            external: SparseMemory::default(),
            capmem,
            board: Board::default(),
            blocks: derive::blocks(&values, &instance, &Board::default()),
            values: Arc::new(values),
            neurons: Neurons::default(),
            spike_counters: Arc::new(vec![SpikeCounter::default(); NEURONS]),
            spike_addresses: Arc::new(vec![None; NEURONS]),
            taps: Arc::new(vec![readout::Tap::default(); NEURONS]),
            taps_changed: false,
            post_pulses: Arc::new(vec![correlation::PostPulse::default(); NEURONS]),
            network: Network::default(),
            network_config: Arc::new(derive::reset_network(&instance.config)),
            drivers: Arc::new(vec![Driver::default(); 256]),
            pulses: drivers::Pulses::default(),
            line_gain: Arc::new(vec![[0.0; 2]; NEURONS]),
            held_lines: Default::default(),
            pulse_us: [0.0; 8],
            deliveries: Default::default(),
            sensors: Default::default(),
            cadc_settings: Default::default(),
            cadc: Default::default(),
            cadc_conversions: 0,
            madc: Madc::default(),
            madc_settings: MadcSettings::default(),
            madc_sources: Default::default(),
            output: Vec::new(),
            systime_base: 0,
            systime_origin: Time::ZERO,
            stale: derive::Stale::all(),
            fires: Vec::new(),
            routed: Vec::new(),
            changed: Vec::new(),
            instance: Arc::new(instance),
        };
        chip.rebuild();
        chip.set_run(0);
        chip
    }

    /// The configuration the instance was made with.
    #[must_use]
    pub fn config(&self) -> &ChipConfig {
        &self.instance.config
    }

    /// Up to when the chip has worked.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// Sets the number of the run: with the same number the same temporal noise comes again.
    pub fn set_run(&mut self, run: u64) {
        self.before_all_neurons(self.now);
        self.run = run;
        for neuron in 0..NEURONS {
            self.neurons.rekey(neuron, self.noise_key(neuron), self.now);
        }
    }

    /// Key of the temporal noise of a neuron in this run.
    fn noise_key(&self, neuron: usize) -> u64 {
        const NEURON: u64 = purpose("membrane noise");
        extend(extend(self.run_key(), NEURON), neuron as u64)
    }

    /// Key of everything random that happens in this run.
    fn run_key(&self) -> u64 {
        extend(extend(self.instance.config.chip_seed, self.instance.config.noise_seed), self.run)
    }

    /// Whether temporal noise is on.
    fn noisy(&self) -> bool {
        self.instance.config.noise == Fidelity::Real
    }
}
