//! The whole chip at work: 512 leaky integrate-and-fire neurons, 131,072 synapses, a Poisson source of 10 kHz on each of 512
//! rows. The network is the one that other simulators are compared with (dense weights 1..63, even rows excite, odd rows
//! inhibit, tau_m 10 us, tau_syn 5 us, resting potential 50 mV below the threshold); its neurons fire at about 16 kHz.
//!
//! The chip is the nominal one, so that all neurons are alike as in the comparison; it has noise unless `--ideal` is given.

use super::{Pass, Setting, Work, Workload};
use crate::experiment::ExperimentError;
use crate::instance::Instance;
use crate::setup::{AnySetup, in_process};
use hx_chip::chip::{Amplifiers, ChipConfig, Fidelity};
use hx_chip::random::{extend, mix, uniform};
use hx_host::driver::{
    Barrier, Configuration, Cycles, DriverError, Program, ProgramBuilder, Session, SpikeLabel, WriteRegisters,
};
use hx_isa::regmap::capmem::{CapMemParameter, capmem_parameter};
use hx_isa::regmap::coordinate::{
    AtomicNeuronOnDLS, CapMemBlockOnDLS, CapMemCellOnDLS, CrossbarNodeOnDLS, SynapseDriverOnDLS,
    SynapseQuadOnDLS,
};
use hx_isa::regmap::register::{
    CapMemBlockConfig, CapMemCell, ColumnCurrentQuad, CommonNeuronBackendConfig, CommonPADIBusConfig,
    CrossbarNode, NeuronBackendConfig, NeuronConfig, SynapseDriverConfig, SynapseQuad,
};
use hx_isa::regmap::{Frame, Value};
use hx_isa::{field, fields};

/// The row of the table of workloads.
pub const WORKLOAD: Workload = Workload {
    name: "lif-array",
    unit: "ms of chip time per ms",
    detail: "512 LIF neurons, 131072 synapses, 512 Poisson sources of 10 kHz, spikes out and in through the FPGA, one core",
    parallel: false,
    goal: 1.0,
    floor: 0.001,
    prepare,
    peer: None,
};

/// The same with the biases of the correlation sensors, which then remember every event and spike; nothing reads them.
pub const WITH_SENSORS: Workload = Workload {
    name: "lif-array-sensors",
    detail: "lif-array with all 131072 correlation sensors powered and never read",
    prepare: prepare_with_sensors,
    peer: None,
    ..WORKLOAD
};

/// Chip time of a pass.
const DURATION: Cycles = Cycles::from_ms(1);
/// Rate of a source, per FPGA cycle: 10 kHz.
const RATE_PER_CYCLE: f64 = 10e3 * 8e-9;

/// Analog parameters of every neuron.
const NEURON_CELLS: [(&CapMemParameter, u32); 12] = [
    (capmem_parameter("v_leak"), 576),
    (capmem_parameter("v_reset"), 449),
    (capmem_parameter("v_threshold"), 242),
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

/// Analog parameters of every block.
const SHARED_CELLS: [(&CapMemParameter, u32); 5] = [
    (capmem_parameter("neuron_v_bias_casc_n"), 250),
    (capmem_parameter("neuron_i_bias_leak_source_follower"), 100),
    (capmem_parameter("neuron_i_bias_spike_comparator"), 200),
    (capmem_parameter("neuron_i_bias_synin_drop"), 300),
    (capmem_parameter("syn_i_bias_dac"), 600),
];

/// Analog parameters that power the correlation sensors.
const SENSOR_CELLS: [(&CapMemParameter, u32); 3] = [
    (capmem_parameter("syn_i_bias_ramp"), 80),
    (capmem_parameter("syn_i_bias_store"), 70),
    (capmem_parameter("syn_i_bias_corout"), 600),
];

struct LifArray {
    session: Session<AnySetup>,
    program: Program,
}

fn prepare(setting: &Setting) -> Result<Box<dyn Pass>, ExperimentError> {
    prepared(setting, &SHARED_CELLS)
}

fn prepare_with_sensors(setting: &Setting) -> Result<Box<dyn Pass>, ExperimentError> {
    prepared(setting, &[&SHARED_CELLS[..], &SENSOR_CELLS[..]].concat())
}

fn prepared(setting: &Setting, shared: &[(&CapMemParameter, u32)]) -> Result<Box<dyn Pass>, ExperimentError> {
    let seed = setting.instance.seed;
    let session = start(&setting.instance, shared)?;
    let program = one_run(seed).map_err(DriverError::from)?;
    Ok(Box::new(LifArray { session, program }))
}

/// A chip with the network on it.
fn start(
    instance: &Instance,
    shared: &[(&CapMemParameter, u32)],
) -> Result<Session<AnySetup>, ExperimentError> {
    let config = ChipConfig {
        mismatch: Fidelity::Ideal,
        amplifiers: Amplifiers::SmallSignal,
        ..instance.chip_config()
    };
    let mut session = in_process(config)?;
    session.apply(&network(instance.seed, shared))?;
    Ok(session)
}

impl Pass for LifArray {
    fn run(&mut self) -> Result<Work, ExperimentError> {
        let before = self.session.setup_mut().report()?.0.chip_time;
        self.session.run_program(&self.program)?;
        let chip_time = self.session.setup_mut().report()?.0.chip_time - before;
        Ok(Work { amount: DURATION.as_us() * 1e-6, chip_time })
    }
}

/// Everything on the chip.
fn network(seed: u64, shared: &[(&CapMemParameter, u32)]) -> Configuration {
    let mut configuration = Configuration::new();
    write_cells(&mut configuration, shared);
    write_neurons(&mut configuration);
    write_synapses(&mut configuration, extend(seed, 1));
    write_routing(&mut configuration);
    configuration
}

fn write_cells(configuration: &mut Configuration, shared: &[(&CapMemParameter, u32)]) {
    configuration.write_all(&Frame::<CapMemBlockConfig>::default());
    let mut write = |cell: Option<CapMemCellOnDLS>, code| {
        if let Some(cell) = cell {
            configuration.write(cell, &Frame::<CapMemCell>::default().with(field!(CapMemCell.value), code));
        }
    };
    for (parameter, code) in NEURON_CELLS {
        AtomicNeuronOnDLS::all().for_each(|neuron| write(parameter.neuron_cell(neuron), code));
    }
    for (parameter, code) in shared {
        CapMemBlockOnDLS::all().for_each(|block| write(parameter.shared_cell(block), *code));
    }
}

fn write_neurons(configuration: &mut Configuration) {
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
    let circuit = Frame::<NeuronConfig>::default().with(field!(NeuronConfig.membrane_capacitor_size), 63);
    configuration.write_all(&on.into_iter().fold(circuit, |frame, bit| frame.with(bit, 1)));
    // A refractory clock of 125 MHz and 250 cycles are 2 us.
    configuration.write_all(&Frame::<CommonNeuronBackendConfig>::default());
    let backend = Frame::<NeuronBackendConfig>::default()
        .with(field!(NeuronBackendConfig.enable_spike_out), 1)
        .with(field!(NeuronBackendConfig.refractory_time), 250)
        .with(field!(NeuronBackendConfig.reset_holdoff), 15);
    for neuron in AtomicNeuronOnDLS::all() {
        let address = (128 * neuron.y() + neuron.x() % 32) as u32;
        let frame = backend.with(field!(NeuronBackendConfig.address_out), address);
        configuration.write(neuron.to_neuron_backend_config(), &frame);
    }
}

/// Random weights in 1..=63; the label of a synapse is the parity of its row, since both rows of a driver hear its events.
fn write_synapses(configuration: &mut Configuration, key: u64) {
    let (weights, labels) = (fields!(SynapseQuad.weight; 4), fields!(SynapseQuad.label; 4));
    for at in SynapseQuadOnDLS::all() {
        let draw = mix(extend(key, at.to_enum() as u64));
        let mut frame = Frame::<SynapseQuad>::default();
        for entry in 0..4 {
            let weight = 1 + (draw >> (16 * entry) & 0xffff) as u32 % 63;
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

/// The label that reaches one row only.
fn label_of_row(driver: SynapseDriverOnDLS, top: bool) -> SpikeLabel {
    SpikeLabel::default()
        .with_spl1_address((driver.d() % 4) as u8)
        .with_hemisphere_bit(driver.s() as u8)
        .with_row_select_address((driver.d() / 4) as u8)
        .with_synapse_label(u8::from(top))
}

/// A millisecond of Poisson input on all rows.
fn one_run(seed: u64) -> Result<Program, hx_host::driver::ProgramError> {
    let mut builder = ProgramBuilder::new();
    let mut timed = builder.timed();
    for driver in SynapseDriverOnDLS::all() {
        for top in [false, true] {
            let key = extend(extend(seed, 2), 2 * driver.to_enum() as u64 + u64::from(top));
            let label = label_of_row(driver, top);
            let mut at = 0.0;
            for interval in 0.. {
                at -= libm::log(uniform(extend(key, interval))) / RATE_PER_CYCLE;
                if at >= DURATION.0 as f64 {
                    break;
                }
                timed.spike(Cycles(at as u64), label);
            }
        }
    }
    timed.finish();
    builder.block_until(DURATION);
    builder.barrier(Barrier::OMNIBUS);
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neurons_fire_as_in_the_comparison() {
        let mut session = start(&Instance { ideal: true, ..Instance::default() }, &SHARED_CELLS).unwrap();
        let program = one_run(0).unwrap();
        let first = session.run_program(&program).unwrap();
        let rate_khz = first.spikes.len() as f64 / 512.0 / (DURATION.as_us() * 1e-3);
        assert!((14.0..18.0).contains(&rate_khz), "{rate_khz} kHz");
        // Every pass does about the same work: the state left behind does not run away.
        let second = session.run_program(&program).unwrap();
        assert!(first.spikes.len().abs_diff(second.spikes.len()) < first.spikes.len() / 10);
    }
}
