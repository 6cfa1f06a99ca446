//! The array on the chip: every neuron, synapse and route by register writes, the input as spikes of the host.

use super::input::{self, ROWS};
use super::{Model, Variant};
use crate::experiment::ExperimentError;
use crate::instance::Instance;
use crate::setup::{AnySetup, in_process};
use hx_chip::chip::{Amplifiers, ChipConfig, Fidelity};
use hx_host::driver::{
    Barrier, Configuration, Cycles, Program, ProgramBuilder, Session, SpikeLabel, WriteRegisters,
};
use hx_isa::regmap::capmem::{CapMemParameter, capmem_parameter};
use hx_isa::regmap::coordinate::{
    AtomicNeuronOnDLS, CapMemBlockOnDLS, CapMemCellOnDLS, CrossbarNodeOnDLS, SynapseQuadOnDLS,
};
use hx_isa::regmap::register::{
    CapMemBlockConfig, CapMemCell, ColumnCurrentQuad, CommonNeuronBackendConfig, CommonPADIBusConfig,
    CrossbarNode, NeuronBackendConfig, NeuronConfig, SynapseDriverConfig, SynapseQuad,
};
use hx_isa::regmap::{Frame, Value};
use hx_isa::{field, fields};

/// Cycles of the playback timer.
const CYCLES_PER_US: f64 = 125.0;

/// Cells with their codes.
type Codes = &'static [(&'static CapMemParameter, u32)];

/// Analog parameters of LIF neurons: C 2.4 pF, tau_m 10 us, tau_syn 5 us, resting potential 50 mV below the threshold, reset
/// 150 mV below it; the cell is 9 LSB lower, because input currents lift a membrane that the reset amplifier holds: with it
/// the output rate is that of the comparison.
const LIF_CELLS: Codes = &[
    (capmem_parameter("v_leak"), 577),
    (capmem_parameter("v_reset"), 438),
    (capmem_parameter("v_threshold"), 243),
    (capmem_parameter("i_bias_leak"), 171),
    (capmem_parameter("i_bias_reset"), 1022),
    (capmem_parameter("i_bias_synin_exc_tau"), 614),
    (capmem_parameter("i_bias_synin_exc_shift"), 310),
    (capmem_parameter("i_bias_synin_exc_gm"), 157),
    (capmem_parameter("i_bias_synin_inh_tau"), 614),
    (capmem_parameter("i_bias_synin_inh_shift"), 310),
    (capmem_parameter("i_bias_synin_inh_gm"), 157),
    (capmem_parameter("i_mem_offset"), 0),
];

/// Analog parameters of AdEx neurons: C 2.0 pF, g_l 0.2 uS, E_l 0.6 V, V_T 0.7 V, D_T 20 mV, reset 0.55 V, tau_w 100 us,
/// a 0.02 uS, b 0.4 nA, 10 nA onto the membrane. The prefactor of the exponential is the circuit's own, which V_T makes up for.
/// A spike is told at 0.8 V, less than 0.1 us before the 0.9 V of the comparison: from there the reset amplifier could not pull the
/// membrane down against the exponential current.
const ADEX_CELLS: Codes = &[
    (capmem_parameter("v_leak"), 858),
    (capmem_parameter("v_reset"), 795),
    (capmem_parameter("v_threshold"), 455),
    (capmem_parameter("i_bias_leak"), 143),
    (capmem_parameter("i_bias_reset"), 1022),
    (capmem_parameter("i_bias_synin_exc_tau"), 614),
    (capmem_parameter("i_bias_synin_exc_shift"), 310),
    (capmem_parameter("i_bias_synin_exc_gm"), 131),
    (capmem_parameter("i_bias_synin_inh_tau"), 614),
    (capmem_parameter("i_bias_synin_inh_shift"), 310),
    (capmem_parameter("i_bias_synin_inh_gm"), 131),
    (capmem_parameter("i_mem_offset"), 100),
    (capmem_parameter("v_exp"), 990),
    (capmem_parameter("i_bias_exp"), 111),
    (capmem_parameter("v_adapt_leak"), 658),
    (capmem_parameter("v_adapt_ref"), 511),
    (capmem_parameter("i_bias_adapt_tau"), 128),
    (capmem_parameter("i_bias_adapt_a"), 3),
    (capmem_parameter("i_bias_adapt_b"), 10),
];
/// Membrane capacitance codes of the two.
const CAPACITANCE: [u32; 2] = [63, 52];
/// Length of the adaptation pulse, 1.02 us, as a clock scale.
const PULSE_SCALE: u32 = 7;
/// The strength of a sparse array relative to the full one, and the input rate at which it is one.
const SPARSE_STRENGTH: f64 = 3.15;
const NOMINAL_KHZ: f64 = 10.0;

/// Analog parameters of every block.
const SHARED_CELLS: Codes = &[
    (capmem_parameter("neuron_v_bias_casc_n"), 250),
    (capmem_parameter("neuron_i_bias_leak_source_follower"), 100),
    (capmem_parameter("neuron_i_bias_spike_comparator"), 200),
    (capmem_parameter("neuron_i_bias_synin_drop"), 300),
    (capmem_parameter("syn_i_bias_dac"), 600),
];

/// Analog parameters that power the correlation sensors.
const SENSOR_CELLS: Codes = &[
    (capmem_parameter("syn_i_bias_ramp"), 80),
    (capmem_parameter("syn_i_bias_store"), 70),
    (capmem_parameter("syn_i_bias_corout"), 600),
];

/// A chip with the network on it.
pub fn start(instance: &Instance, variant: &Variant) -> Result<Session<AnySetup>, ExperimentError> {
    let config = ChipConfig {
        mismatch: Fidelity::Ideal,
        amplifiers: Amplifiers::SmallSignal,
        ..instance.chip_config()
    };
    let mut session = in_process(config)?;
    session.apply(&network(variant))?;
    // Neurons come last: they need not run while the analog parameters settle.
    let mut neurons = Configuration::new();
    write_neurons(&mut neurons, variant.model);
    session.apply(&neurons)?;
    Ok(session)
}

/// Everything on the chip but the neurons' switches.
fn network(variant: &Variant) -> Configuration {
    let mut configuration = Configuration::new();
    write_cells(&mut configuration, variant);
    write_synapses(&mut configuration, variant.density);
    write_routing(&mut configuration);
    configuration
}

/// Code of the transconductance at which an event has the strength of the comparison.
fn strength_code(code: u32, variant: &Variant) -> u32 {
    let sparse = if variant.density < 1.0 { SPARSE_STRENGTH } else { 1.0 };
    (f64::from(code) * sparse * (NOMINAL_KHZ / variant.rate_khz).sqrt()).round() as u32
}

fn write_cells(configuration: &mut Configuration, variant: &Variant) {
    configuration.write_all(&Frame::<CapMemBlockConfig>::default());
    let mut write = |cell: Option<CapMemCellOnDLS>, code| {
        if let Some(cell) = cell {
            configuration.write(cell, &Frame::<CapMemCell>::default().with(field!(CapMemCell.value), code));
        }
    };
    let codes = if variant.model == Model::Lif { LIF_CELLS } else { ADEX_CELLS };
    for (parameter, code) in codes {
        let strength = parameter.name.ends_with("_gm");
        let code = if strength { strength_code(*code, variant) } else { *code };
        AtomicNeuronOnDLS::all().for_each(|neuron| write(parameter.neuron_cell(neuron), code));
    }
    let sensors = if variant.sensors { SENSOR_CELLS } else { &[] };
    for (parameter, code) in SHARED_CELLS.iter().chain(sensors) {
        CapMemBlockOnDLS::all().for_each(|block| write(parameter.shared_cell(block), *code));
    }
}

fn write_neurons(configuration: &mut Configuration, model: Model) {
    let adex = u32::from(model == Model::AdEx);
    let on: [Value; 8] = [
        field!(NeuronConfig.enable_threshold_comparator),
        field!(NeuronConfig.enable_fire),
        field!(NeuronConfig.enable_reset_multiplication),
        field!(NeuronConfig.enable_synaptic_input_excitatory),
        field!(NeuronConfig.enable_synaptic_input_inhibitory),
        field!(NeuronConfig.enable_synaptic_input_excitatory_high_resistance),
        field!(NeuronConfig.enable_synaptic_input_inhibitory_high_resistance),
        field!(NeuronConfig.enable_readout_amplifier),
    ];
    let circuit = Frame::<NeuronConfig>::default()
        .with(field!(NeuronConfig.membrane_capacitor_size), CAPACITANCE[adex as usize])
        .with(field!(NeuronConfig.enable_exponential), adex)
        .with(field!(NeuronConfig.enable_adaptation), adex)
        .with(field!(NeuronConfig.enable_membrane_offset), adex);
    configuration.write_all(&on.into_iter().fold(circuit, |frame, bit| frame.with(bit, 1)));
    // A refractory clock of 125 MHz and 250 cycles are 2 us.
    let pulse = field!(CommonNeuronBackendConfig.clock_scale_adaptation_pulse);
    configuration.write_all(&Frame::<CommonNeuronBackendConfig>::default().with(pulse, PULSE_SCALE));
    let backend = Frame::<NeuronBackendConfig>::default()
        .with(field!(NeuronBackendConfig.enable_spike_out), 1)
        .with(field!(NeuronBackendConfig.refractory_time), 250)
        .with(field!(NeuronBackendConfig.reset_holdoff), 15)
        .with(field!(NeuronBackendConfig.enable_adaptation_pulse), adex);
    for neuron in AtomicNeuronOnDLS::all() {
        let address = (128 * neuron.y() + neuron.x() % 32) as u32;
        let frame = backend.with(field!(NeuronBackendConfig.address_out), address);
        configuration.write(neuron.to_neuron_backend_config(), &frame);
    }
}

/// The label of a synapse is the parity of its row, since both rows of a driver hear its events.
fn write_synapses(configuration: &mut Configuration, density: f64) {
    let (weights, labels) = (fields!(SynapseQuad.weight; 4), fields!(SynapseQuad.label; 4));
    for at in SynapseQuadOnDLS::all() {
        let mut frame = Frame::<SynapseQuad>::default();
        for entry in 0..4 {
            let row = 256 * at.s() + at.row();
            let weight = input::weight(row, at.columns()[entry], density);
            frame = frame.with(weights[entry], weight).with(labels[entry], at.row() as u32 % 2);
        }
        configuration.write(at, &frame);
    }
    let connected = fields!(ColumnCurrentQuad.enable_synaptic_current_excitatory; 4)
        .into_iter()
        .chain(fields!(ColumnCurrentQuad.enable_synaptic_current_inhibitory; 4));
    configuration
        .write_all(&connected.fold(Frame::<ColumnCurrentQuad>::default(), |frame, bit| frame.with(bit, 1)));
}

/// Host spikes go to the hemisphere their bit 13 names, neuron spikes to the host only.
fn write_routing(configuration: &mut Configuration) {
    let driver = Frame::<SynapseDriverConfig>::default()
        .with(field!(SynapseDriverConfig.enable_receiver), 1)
        .with(field!(SynapseDriverConfig, "row_mode_bottom.excitatory"), 1)
        .with(field!(SynapseDriverConfig, "row_mode_top.inhibitory"), 1);
    configuration.write_all(&driver);
    configuration.write_all(
        &Frame::<CommonPADIBusConfig>::default().with(field!(CommonPADIBusConfig.enable_spl1), 0xf),
    );
    for node in CrossbarNodeOnDLS::all() {
        let (mask, target) = match (node.input().to_enum(), node.output().to_enum()) {
            (0..8, 8..) => (0, 0),
            (input @ 8..12, output @ 0..8) if input - 8 == output % 4 => {
                (0x2000, 0x2000 * (output / 4) as u32)
            }
            _ => (0, 1),
        };
        let frame = Frame::<CrossbarNode>::default()
            .with(field!(CrossbarNode.mask), mask)
            .with(field!(CrossbarNode.target), target);
        configuration.write(node, &frame);
    }
}

/// The label that reaches one row (of both hemispheres) only.
fn label_of_row(row: usize) -> SpikeLabel {
    let (hemisphere, driver) = (row / 256, row % 256 / 2);
    SpikeLabel::default()
        .with_spl1_address((driver % 4) as u8)
        .with_hemisphere_bit(hemisphere as u8)
        .with_row_select_address((driver / 4) as u8)
        .with_synapse_label((row % 2) as u8)
}

/// Poisson input on all rows.
pub fn program(variant: &Variant) -> Result<Program, hx_host::driver::ProgramError> {
    let mut builder = ProgramBuilder::new();
    let mut timed = builder.timed();
    for row in 0..ROWS {
        for at_us in input::train(row, variant.rate_khz, variant.duration_us) {
            timed.spike(Cycles((at_us * CYCLES_PER_US) as u64), label_of_row(row));
        }
    }
    timed.finish();
    builder.block_until(Cycles((variant.duration_us * CYCLES_PER_US) as u64));
    builder.barrier(Barrier::OMNIBUS);
    builder.finish()
}
