//! Derived values: raw words and CapMem cells to the parameters the blocks run on. A register write only marks what it makes
//! stale; the next advance of time rebuilds exactly that.

use super::bus::of_backend;
use super::config::ChipConfig;
use super::network::NetworkConfig;
use super::readout::Tap;
use super::{Chip, HEMISPHERES, Instance, decode};
use crate::analog::capmem::{CellModel, CellValues};
use crate::analog::cell::{self, Cell, SharedCell};
use crate::analog::driver::supports_drivers;
use crate::analog::neuron_parameters::{self, BlockParameters, NeuronParameters};
use crate::neuron::backend::RefractoryTiming;
use crate::neuron::general::{Connections, FullSetup};
use crate::neuron::wiring::Switches;
use crate::neuron::{NEURONS, NeuronSetup};
use crate::omnibus::dirty::Group;
use crate::omnibus::{BitSet, Block, Dirty, synram};
use crate::readout::Board;
use crate::router::background::SOURCES;
use crate::router::padi::PadiBusConfig;
use crate::router::topology::NODES;
use crate::router::{BackgroundConfig, CrossbarConfig, NodeConfig, OutputConfig};
use crate::time::Time;
use hx_isa::field;
use hx_isa::regmap::Register;
use hx_isa::regmap::register::{
    BackgroundSpikeSource, CADCConfig, CommonNeuronBackendConfig, CommonPADIBusConfig, CrossbarNode,
    CrossbarOutputConfig, MADCConfig, NeuronBackendConfig, NeuronConfig, SynapseDriverConfig,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What moving CapMem cells have made stale; register writes leave their marks in the Omnibus.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Stale {
    /// Something here or in the Omnibus is marked: the one test on the hot path.
    pub any: bool,
    /// Neurons by AtomicNeuron enum.
    neurons: BitSet,
    /// Neurons whose synaptic line gains changed.
    gains: BitSet,
    /// Synapse drivers whose pulses changed.
    pulses: BitSet,
    /// A shared cell moved.
    blocks: bool,
}

impl Stale {
    /// Something that quadrants share changed outside the registers.
    pub fn mark_blocks(&mut self) {
        (self.any, self.blocks) = (true, true);
    }

    /// Everything the Omnibus marks is to be looked at.
    pub fn all() -> Stale {
        Stale { any: true, blocks: true, pulses: BitSet::below(256), ..Stale::default() }
    }
}

/// Parameters of the four quadrants.
pub fn blocks(values: &CellValues, instance: &Instance, board: &Board) -> [BlockParameters; 4] {
    let view = neuron_parameters::Instance {
        values,
        deviations: &instance.deviations,
        constants: &instance.config.constants,
    };
    let constants = view.constants;
    let reset_v = board.sensor_reset_v.unwrap_or(constants.correlation.board_reset_v);
    let measure_v = board.sensor_measure_v.unwrap_or(constants.correlation.board_measure_v);
    [0, 1, 2, 3].map(|block| {
        let derived = BlockParameters::derive(block, &view);
        BlockParameters { sensors: derived.sensors.supplied(reset_v, measure_v, constants), ..derived }
    })
}

/// The event network as the chip leaves reset: all nodes pass everything, buses do not listen.
pub fn reset_network(config: &ChipConfig) -> NetworkConfig {
    NetworkConfig {
        crossbar: CrossbarConfig::new(&[NodeConfig::PASS_ALL; NODES], OutputConfig::default(), 0),
        background: [BackgroundConfig::default(); SOURCES],
        event_registers: 0,
        enable_spl1: 0,
        latency: config.latency,
    }
}

impl Chip {
    /// Rebuilds everything that is stale; called whenever time is about to move or something derived is looked at.
    pub(super) fn rebuild(&mut self) {
        if !self.stale.any {
            return;
        }
        self.before_all_neurons(self.now);
        let mut stale = std::mem::take(&mut self.stale);
        self.write_cells();
        if stale.blocks {
            self.set_blocks(blocks(&self.values, &self.instance, &self.board));
        }
        self.rebuild_network();
        self.rebuild_neurons(&mut stale);
        self.rebuild_synapses(&mut stale);
        self.rebuild_pulse_modulation(&stale.pulses);
        self.rebuild_readout();
        // What has no derived value here (payloads of commands, SRAM timings, clocks) is done with as well.
        self.omnibus.dirty = Dirty::default();
    }

    /// Hands written codes to the CapMem, which moves its cells towards them.
    fn write_cells(&mut self) {
        if self.omnibus.dirty.take(Block::CapMem) {
            for block in 0..4 {
                let on = self.omnibus.registers().is_set(field!(CapMemBlockConfig.enable_capmem), block);
                self.capmem.set_enabled(block, on, self.now);
            }
        }
        for column in self.omnibus.dirty.take_members(Group::CapMemColumns).iter() {
            let (block, column) = (column / cell::COLUMNS, column % cell::COLUMNS);
            for row in 0..cell::ROWS {
                let instance = (block * cell::ROWS + row) * cell::COLUMNS + column;
                let code = self.omnibus.registers().get(field!(CapMemCell.value), instance) as u16;
                if let Some(cell) = Cell::new(block, row, column) {
                    self.capmem.write(cell, code, self.now);
                }
            }
        }
    }

    fn rebuild_network(&mut self) {
        let dirty = &mut self.omnibus.dirty;
        let (crossbar, padi) = (dirty.take(Block::Crossbar), dirty.take(Block::PadiBus));
        let backend = dirty.has(Block::NeuronBackendCommon);
        let background = dirty.take_members(Group::BackgroundSources);
        if crossbar || padi || backend {
            let nodes = self.omnibus.registers().all_words(CrossbarNode::INDEX);
            let outputs = self.words::<CrossbarOutputConfig>(0)[0];
            let buses = [0, 1].map(|hemisphere| self.padi_buses(hemisphere));
            let config = NetworkConfig {
                crossbar: CrossbarConfig::from_words(nodes, outputs, buses),
                event_registers: self.event_registers(),
                enable_spl1: buses[0].enable_spl1 | buses[1].enable_spl1 << 4,
                ..*self.network_config
            };
            self.network_config = Arc::new(config);
        }
        if padi {
            self.rebuild_pulses();
        }
        background.iter().for_each(|source| self.rebuild_background(source));
    }

    /// Words of an instance of a container.
    pub(super) fn words<C: Register>(&self, instance: usize) -> &[u32] {
        self.omnibus.registers().words(C::INDEX, instance)
    }

    /// One bit per neuron event output: outputs 0..4 lie in the west half, 4..8 in the east half.
    fn event_registers(&self) -> u8 {
        let on = |half| {
            let words = self.words::<CommonNeuronBackendConfig>(half);
            field!(CommonNeuronBackendConfig.enable_event_registers).is_set(words)
        };
        (if on(0) { 0x0f } else { 0 }) | (if on(1) { 0xf0 } else { 0 })
    }

    fn padi_buses(&self, hemisphere: usize) -> PadiBusConfig {
        PadiBusConfig::from_word(self.words::<CommonPADIBusConfig>(hemisphere)[0])
    }

    fn rebuild_pulses(&mut self) {
        let synapse = &self.instance.config.constants.synapse;
        for hemisphere in 0..HEMISPHERES {
            let extension = self.padi_buses(hemisphere).dacen_pulse_extension;
            for (bus, counts) in extension.iter().enumerate() {
                self.pulse_us[4 * hemisphere + bus] =
                    synapse.pulse_us + f64::from(*counts) * synapse.pulse_extension_us;
            }
            self.deliveries[hemisphere].clear();
        }
    }

    fn rebuild_background(&mut self, source: usize) {
        let mut words = [0; 3];
        words.copy_from_slice(self.words::<BackgroundSpikeSource>(source));
        let config = BackgroundConfig::from_words(&words);
        Arc::make_mut(&mut self.network_config).background[source] = config;
        self.network.configure_background(self.now, source, &config);
    }

    fn rebuild_neurons(&mut self, stale: &mut Stale) {
        let dirty = &mut self.omnibus.dirty;
        let (configs, backends) = (dirty.take_members(Group::Neurons), dirty.take_members(Group::Backends));
        for neuron in configs.iter() {
            stale.neurons.insert(neuron);
            stale.gains.insert(neuron);
        }
        for backend in backends.iter() {
            stale.neurons.insert(of_backend(backend as u16));
        }
        self.rebuild_connections(&configs, &backends);
        stale.neurons.iter().for_each(|neuron| self.rebuild_neuron(neuron));
        if self.omnibus.dirty.take(Block::NeuronBackendCommon) {
            (0..NEURONS).for_each(|neuron| self.rebuild_refractory(neuron));
        }
    }

    /// Joins neurons as the switches of the changed ones say now.
    fn rebuild_connections(&mut self, configs: &BitSet, backends: &BitSet) {
        let connections = self.neurons.connections();
        let switches = |n: usize| decode::membrane_switches(self.words::<NeuronConfig>(n));
        let fire = |n: usize| decode::fire_switches(self.backend_words(n));
        let of_neurons = || backends.iter().map(|backend| of_backend(backend as u16));
        let default = (Switches::default(), decode::fire_switches(&[0; 4]));
        let known = |n: usize| {
            let switches = connections.switches.get(n).copied().unwrap_or(default.0);
            (switches, connections.fire.get(n).copied().unwrap_or(default.1))
        };
        let changed = configs.iter().any(|n| switches(n) != known(n).0)
            || of_neurons().any(|n| connections.fire.is_empty() || fire(n) != known(n).1);
        if changed {
            let connections =
                Connections::new((0..NEURONS).map(switches).collect(), (0..NEURONS).map(fire).collect());
            for (first, count) in connections.wiring.suspicious() {
                self.omnibus.diagnostics.note_shorted(first, count);
            }
            self.neurons.connect(connections, self.now);
        }
    }

    fn rebuild_synapses(&mut self, stale: &mut Stale) {
        let mut gains = stale.gains;
        let dirty = &mut self.omnibus.dirty;
        if dirty.take(Block::Stp) {
            stale.pulses = BitSet::below(256);
        }
        let (drivers, rows) = (dirty.take_members(Group::Drivers), dirty.take_members(Group::SynapseRows));
        for driver in drivers.iter() {
            let decoded = decode::driver(self.words::<SynapseDriverConfig>(driver));
            if self.drivers[driver] != decoded {
                self.follow_all(driver / 128);
                stale.pulses.insert(driver);
            }
            Arc::make_mut(&mut self.drivers)[driver] = decoded;
            self.deliveries[driver / 128].clear();
        }
        for row in rows.iter() {
            let hemisphere = row / synram::ROWS;
            self.deliveries[hemisphere].clear();
            if row % synram::ROWS >= synram::SYNAPSE_ROWS {
                self.taps_changed = true;
                (256 * hemisphere..256 * (hemisphere + 1)).for_each(|neuron| gains.insert(neuron));
            }
        }
        gains.iter().for_each(|neuron| self.rebuild_gain(neuron));
    }

    /// Deflection of the lines of a neuron per unit of weight and us of pulse.
    fn rebuild_gain(&mut self, neuron: usize) {
        let hemisphere = neuron / 256;
        let connected = self.rebuild_lines(neuron);
        let parameters = self.neuron_parameters(neuron);
        let full_scale_ua = self.blocks[NeuronParameters::block_of(neuron)].i_dac_ua;
        let gain = [0, 1].map(|line| match connected[line] {
            true => full_scale_ua / 63.0 / parameters.c_line_pf[line],
            false => 0.0,
        });
        if self.line_gain[neuron] != gain {
            Arc::make_mut(&mut self.line_gain)[neuron] = gain;
            self.deliveries[hemisphere].clear();
        }
    }

    fn neuron_parameters(&self, neuron: usize) -> NeuronParameters {
        let view = neuron_parameters::Instance {
            values: &self.values,
            deviations: &self.instance.deviations,
            constants: &self.instance.config.constants,
        };
        let switches = decode::neuron_switches(self.words::<NeuronConfig>(neuron));
        let block = &self.blocks[NeuronParameters::block_of(neuron)];
        NeuronParameters::derive(neuron, &switches, block, &view)
    }

    fn rebuild_neuron(&mut self, neuron: usize) {
        let parameters = self.neuron_parameters(neuron);
        let setup = self.full_setup(neuron, &parameters);
        self.neurons.configure(neuron, setup, self.now);
        let backend = self.backend_words(neuron);
        let (address, post_pulse) = (decode::spike_address(backend), decode::post_pulse(backend));
        if self.spike_addresses[neuron] != address {
            Arc::make_mut(&mut self.spike_addresses)[neuron] = address;
        }
        if self.post_pulses[neuron] != post_pulse {
            Arc::make_mut(&mut self.post_pulses)[neuron] = post_pulse;
        }
        let tap = Tap::new(self.words::<NeuronConfig>(neuron), parameters.readout_gain);
        if self.taps[neuron] != tap {
            Arc::make_mut(&mut self.taps)[neuron] = tap;
            self.taps_changed = true;
        }
        self.rebuild_hold(neuron);
    }

    /// Follows clocks and `force_reset` of the half without deriving the analog parameters anew.
    fn rebuild_refractory(&mut self, neuron: usize) {
        let timing = self.refractory_timing(neuron);
        let full = self.neurons.setup(neuron);
        let (setup, adapts) = (&full.neuron, full.circuit.adaptation.is_some());
        if adapts {
            // The clock of its pulses lies in the same words.
            let setup = self.full_setup(neuron, &self.neuron_parameters(neuron));
            self.neurons.configure(neuron, setup, self.now);
        } else if (setup.refractory, setup.reset) != (timing.refractory, timing.reset) {
            let neuron_setup = NeuronSetup { refractory: timing.refractory, reset: timing.reset, ..*setup };
            self.neurons.configure(neuron, FullSetup { neuron: neuron_setup, ..*full }, self.now);
        }
        self.rebuild_hold(neuron);
    }

    fn rebuild_hold(&mut self, neuron: usize) {
        let held = field!(CommonNeuronBackendConfig.force_reset).is_set(self.common_backend_words(neuron));
        self.neurons.hold(neuron, held, self.now);
    }

    pub(super) fn refractory_timing(&self, neuron: usize) -> RefractoryTiming {
        decode::refractory(self.backend_words(neuron), self.common_backend_words(neuron)).timing()
    }

    /// Words of the backend of a neuron; backends are enumerated by half, row and column within the half.
    pub(super) fn backend_words(&self, neuron: usize) -> &[u32] {
        let (row, column) = (neuron / 256, neuron % 256);
        self.words::<NeuronBackendConfig>(256 * (column / 128) + 128 * row + column % 128)
    }

    pub(super) fn common_backend_words(&self, neuron: usize) -> &[u32] {
        self.words::<CommonNeuronBackendConfig>(neuron % 256 / 128)
    }

    fn rebuild_readout(&mut self) {
        let dirty = &mut self.omnibus.dirty;
        let marked = [Block::Cadc, Block::Madc, Block::Readout, Block::Clock].map(|block| dirty.take(block));
        if marked[0] {
            self.cadc_settings = [0, 1].map(|hemisphere| decode::cadc(self.words::<CADCConfig>(hemisphere)));
        }
        if marked[1] || marked[3] {
            let constants = &self.instance.config.constants.madc;
            self.madc_settings = decode::madc(self.words::<MADCConfig>(0), self.madc_clock(), constants);
        }
        if marked[2] || self.taps_changed {
            self.taps_changed = false;
            self.rebuild_madc_sources();
        }
    }

    /// Brings what depends on moving CapMem cells up to date.
    pub(super) fn refresh_capmem(&mut self, at: Time) {
        self.now = at;
        let instance = Arc::clone(&self.instance);
        let model = CellModel::new(&instance.deviations.cell, &instance.config.constants);
        let mut changed = std::mem::take(&mut self.changed);
        self.capmem.refresh(at, &model, Arc::make_mut(&mut self.values), &mut changed);
        changed.drain(..).for_each(|cell| self.mark_cell(cell));
        self.changed = changed;
        self.rebuild();
    }

    fn mark_cell(&mut self, cell: Cell) {
        let stale = &mut self.stale;
        stale.any = true;
        if let Some(neuron) = cell.neuron() {
            stale.neurons.insert(neuron);
            return;
        }
        stale.blocks = true;
        let block = cell.block();
        if supports_drivers(cell) {
            // The converters' bias of a hemisphere lies in one of its two blocks.
            (128 * (block / 2)..128 * (block / 2 + 1)).for_each(|driver| stale.pulses.insert(driver));
        }
        for neuron in 128 * block..128 * (block + 1) {
            if cell == Cell::shared(block, SharedCell::SynIBiasDac) {
                stale.gains.insert(neuron);
            } else if supports_neurons(cell) {
                stale.neurons.insert(neuron);
            }
        }
    }
}

/// Whether a shared cell is one that the neurons of its block depend on.
fn supports_neurons(cell: Cell) -> bool {
    let of_neurons = [
        SharedCell::NeuronVBiasCascN,
        SharedCell::NeuronIBiasReadoutAmp,
        SharedCell::NeuronIBiasLeakSourceFollower,
        SharedCell::NeuronIBiasSpikeComparator,
        SharedCell::NeuronIBiasSyninDrop,
    ];
    of_neurons.iter().any(|shared| Cell::shared(cell.block(), *shared) == cell)
}
