//! Where the network lies and how it is wired: inputs on neighbouring rows of the top synapse array, two to a driver and told
//! apart by their labels; a teacher per assembly on four drivers that listen to all events of their bus; one column per neuron.

use super::StdpConfig;
use crate::experiment::ExperimentError;
use hx_host::driver::routing::{from_neuron, to_driver, write_crossbar, write_padi_buses};
use hx_host::driver::synapse::{
    MAX_WEIGHT, RowMode, SynapseRangeError, connect_columns, driver, write_labels, write_weights,
};
use hx_host::driver::{COLUMNS, Configuration, Hemisphere, SpikeLabel, WriteRegisters};
use hx_isa::field;
use hx_isa::regmap::coordinate::{AtomicNeuronOnDLS, SynapseDriverOnDLS, SynapseRowOnDLS};
use hx_isa::regmap::register::NeuronBackendConfig;
use std::collections::BTreeMap;

/// Assemblies: as many as the hemisphere has PADI buses, one teacher on each.
pub const ASSEMBLIES: usize = 4;
/// First driver of the teachers; inputs use those before.
const TEACHER_DRIVER: usize = 64;
/// Drivers of one teacher, four apart so that they share a bus.
const TEACHER_DRIVERS: usize = 4;
/// Columns a good neuron of an assembly is looked for in.
const COLUMNS_PER_ASSEMBLY: usize = 32;
/// Labels: inputs 1 and 2 within a driver, teachers from 8 on, and one nobody sends.
const TEACHER_LABEL: u8 = 8;
const UNUSED_LABEL: u8 = 63;

/// The network on the chip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// Neurons, assembly by assembly.
    pub neurons: Vec<AtomicNeuronOnDLS>,
    /// Neurons of an assembly.
    pub per_assembly: usize,
    /// Input rows of an assembly.
    pub inputs_per_assembly: usize,
}

impl Placement {
    /// Chooses neurons, preferring those that met their calibration targets.
    ///
    /// # Errors
    /// When the network does not fit.
    pub fn of(
        config: &StdpConfig,
        good: impl Fn(AtomicNeuronOnDLS) -> bool,
    ) -> Result<Placement, ExperimentError> {
        let mut neurons = Vec::new();
        for assembly in 0..ASSEMBLIES {
            let first = COLUMNS_PER_ASSEMBLY * assembly;
            let mut candidates = (first..first + COLUMNS_PER_ASSEMBLY)
                .map(|column| AtomicNeuronOnDLS::new(0, column))
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| ExperimentError::Config(error.to_string()))?;
            candidates.sort_by_key(|&neuron| !good(neuron));
            candidates.truncate(config.neurons_per_assembly);
            candidates.sort_unstable();
            neurons.extend(candidates);
        }
        let (per_assembly, inputs_per_assembly) = (config.neurons_per_assembly, config.inputs_per_assembly);
        Ok(Placement { neurons, per_assembly, inputs_per_assembly })
    }

    /// Number of inputs, which is the number of plastic rows.
    #[must_use]
    pub fn inputs(&self) -> usize {
        ASSEMBLIES * self.inputs_per_assembly
    }

    /// The inputs that belong to an assembly.
    #[must_use]
    pub fn inputs_of(&self, assembly: usize) -> std::ops::Range<usize> {
        let first = (assembly % ASSEMBLIES) * self.inputs_per_assembly;
        first..first + self.inputs_per_assembly
    }

    /// Those that fire before the teacher of their assembly.
    #[must_use]
    pub fn leading(&self, assembly: usize) -> std::ops::Range<usize> {
        let all = self.inputs_of(assembly);
        all.start..all.start + self.inputs_per_assembly / 2
    }

    /// Those that fire after it.
    #[must_use]
    pub fn lagging(&self, assembly: usize) -> std::ops::Range<usize> {
        self.leading(assembly).end..self.inputs_of(assembly).end
    }

    /// The event of an input.
    ///
    /// # Errors
    /// When there is no such input.
    pub fn input_event(&self, input: usize) -> Result<SpikeLabel, ExperimentError> {
        Ok(to_driver(driver_at(input / 2)?, input_label(input)))
    }

    /// The event of a teacher.
    ///
    /// # Errors
    /// When there is no such teacher.
    pub fn teacher_event(&self, assembly: usize) -> Result<SpikeLabel, ExperimentError> {
        Ok(to_driver(teacher_driver(assembly, 0)?, teacher_label(assembly)))
    }

    /// Neuron by the label its spikes arrive with.
    #[must_use]
    pub fn senders(&self) -> BTreeMap<u16, usize> {
        let label =
            |(index, neuron): (usize, &AtomicNeuronOnDLS)| (from_neuron(*neuron, address(index)).0, index);
        self.neurons.iter().enumerate().map(label).collect()
    }
}

fn address(neuron: usize) -> u8 {
    neuron as u8
}

fn input_label(input: usize) -> u8 {
    1 + (input % 2) as u8
}

fn teacher_label(assembly: usize) -> u8 {
    TEACHER_LABEL + assembly as u8
}

fn driver_at(index: usize) -> Result<SynapseDriverOnDLS, ExperimentError> {
    SynapseDriverOnDLS::new(0, index).map_err(|error| ExperimentError::Config(error.to_string()))
}

fn teacher_driver(assembly: usize, copy: usize) -> Result<SynapseDriverOnDLS, ExperimentError> {
    driver_at(TEACHER_DRIVER + assembly + ASSEMBLIES * copy)
}

/// Most inputs: the rows below the teachers.
pub const MOST_INPUTS: usize = 2 * TEACHER_DRIVER;
/// Most neurons of an assembly.
pub const MOST_NEURONS: usize = COLUMNS_PER_ASSEMBLY;

/// The plastic row of an input.
///
/// # Errors
/// When there is no such row.
pub fn input_row(input: usize) -> Result<SynapseRowOnDLS, ExperimentError> {
    SynapseRowOnDLS::new(0, input).map_err(|error| ExperimentError::Config(error.to_string()))
}

/// The static part of the configuration, on top of a calibration.
///
/// # Errors
/// When a value does not fit its register.
pub fn configure(
    configuration: &mut Configuration,
    placement: &Placement,
    initial_weight: u8,
) -> Result<(), ExperimentError> {
    write_crossbar(configuration, &[false; 8]);
    write_padi_buses(configuration, 0);
    let mut connected = [false; COLUMNS];
    for (index, neuron) in placement.neurons.iter().enumerate() {
        connected[neuron.x()] = true;
        configuration.update::<NeuronBackendConfig>(neuron.to_neuron_backend_config(), |frame| {
            frame.set(field!(NeuronBackendConfig.address_out), u32::from(address(index)));
            frame.set(field!(NeuronBackendConfig.enable_spike_out), 1);
            // The sensors of a column see only the spikes of a master of its own.
            frame.set(field!(NeuronBackendConfig.enable_neuron_master), 1);
        });
    }
    connect_columns(configuration, Hemisphere::Top, &connected);
    for input in 0..placement.inputs() {
        configuration.write(driver_at(input / 2)?, &driver(RowMode::Excitatory, RowMode::Excitatory));
        write_row(configuration, input_row(input)?, input_label(input), initial_weight, &connected)
            .map_err(refused)?;
    }
    for assembly in 0..ASSEMBLIES {
        write_teacher(configuration, placement, assembly)?;
    }
    Ok(())
}

fn refused(error: SynapseRangeError) -> ExperimentError {
    ExperimentError::Config(error.to_string())
}

fn write_row(
    configuration: &mut Configuration,
    row: SynapseRowOnDLS,
    label: u8,
    weight: u8,
    hears: &[bool; COLUMNS],
) -> Result<(), SynapseRangeError> {
    write_weights(configuration, row, &hears.map(|hears| if hears { weight } else { 0 }))?;
    write_labels(configuration, row, &hears.map(|hears| if hears { label } else { UNUSED_LABEL }))
}

/// A teacher excites its assembly through all rows of its drivers at full weight; the others do not hear it.
fn write_teacher(
    configuration: &mut Configuration,
    placement: &Placement,
    assembly: usize,
) -> Result<(), ExperimentError> {
    let own = &placement.neurons[assembly * placement.per_assembly..][..placement.per_assembly];
    let mut taught = [false; COLUMNS];
    own.iter().for_each(|neuron| taught[neuron.x()] = true);
    for copy in 0..TEACHER_DRIVERS {
        let at = teacher_driver(assembly, copy)?;
        let listening = driver(RowMode::Excitatory, RowMode::Excitatory)
            .with(field!(SynapseDriverConfig.row_address_compare_mask), 0);
        configuration.write(at, &listening);
        for row in at.to_rows() {
            write_row(configuration, row, teacher_label(assembly), MAX_WEIGHT, &taught).map_err(refused)?;
        }
    }
    Ok(())
}
