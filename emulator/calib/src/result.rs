//! The outcome of a calibration: codes, switches and offsets, which neurons missed what, and how to put it on a chip.

use crate::bench::{CHANNELS, static_configuration, write_cadc_offsets};
use crate::codes::Codes;
use crate::drivers::{DRIVERS, DriverCodes};
use crate::error::CalibrationError;
use crate::refractory::Refractory;
use crate::settings::Settings;
use crate::targets::TargetError;
use crate::{NEURONS, Targets};
use hx_host::driver::madc::ReadoutSource;
use hx_host::driver::neuron::{self, CommonBackends};
use hx_host::driver::{Configuration, DriverError, Session, WriteRegisters};
use hx_host::setup::Setup;
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::coordinate::{AtomicNeuronOnDLS, SynapseDriverOnDLS};
use hx_isa::regmap::register::SynapseDriverConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;

/// Version of the routines and of the form of their result; a stored calibration of another version is not used.
pub const CALIBRATION_VERSION: u32 = 2;

/// What is calibrated of each neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Quantity {
    /// Resting potential, CADC LSB.
    Leak,
    /// Reset potential, CADC LSB.
    Reset,
    /// Threshold potential, CADC LSB.
    Threshold,
    /// Membrane time constant, us.
    TauMem,
    /// Time constant of the excitatory input, us.
    TauSynExcitatory,
    /// Time constant of the inhibitory input, us.
    TauSynInhibitory,
    /// Response to the excitatory input, LSB per weight.
    StrengthExcitatory,
    /// Response to the inhibitory input, LSB per weight.
    StrengthInhibitory,
    /// Reference or reversal potential of the conductance-based excitatory input.
    CobaExcitatory,
    /// The same of the inhibitory input.
    CobaInhibitory,
    /// Time constant of the conductance between compartments.
    TauIcc,
}

/// What is calibrated of each quadrant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BlockQuantity {
    /// Median time constant and amplitude of the correlation sensors.
    Correlation,
    /// Proportion of small and large activations.
    ActivationRamp,
}

/// A calibrated chip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// [`CALIBRATION_VERSION`] of the routines.
    pub version: u32,
    /// The chip, as its setup names it.
    pub identifier: String,
    /// What it was calibrated to.
    pub targets: Targets,
    /// Codes of all CapMem cells that neurons or quadrants have.
    pub codes: Codes,
    /// Offsets of the CADC channels: by hemisphere, kind (causal, acausal) and column.
    pub cadc_offsets: Vec<i8>,
    /// Refractory clock and counters.
    pub refractory: Refractory,
    /// Response of the membranes in LSB per LSB of weight: excitatory, inhibitory. The target, or with a code as target what
    /// it came to.
    pub psp_lsb_per_weight: [f64; 2],
    /// Neurons that missed a target, and which.
    pub missed: BTreeMap<u16, Vec<Quantity>>,
    /// Offsets of the synapse drivers, where the targets ask for them.
    #[serde(default)]
    pub drivers: Option<DriverCodes>,
    /// Synapse drivers that could not be made equal to the others.
    #[serde(default)]
    pub missed_drivers: Vec<u16>,
    /// Quadrants that missed a target, and which.
    #[serde(default)]
    pub missed_blocks: BTreeMap<u16, Vec<BlockQuantity>>,
}

/// Why a text is not a calibration that can be used.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CalibrationTextError {
    /// Not a calibration, or only part of one.
    #[error("line {}, column {}: {}", .0.span.start.line, .0.span.start.col, .0.code)]
    Text(#[from] ron::error::SpannedError),
    /// Written by other routines.
    #[error("calibration version {found}; this is version {CALIBRATION_VERSION}")]
    Version {
        /// Version in the text.
        found: u32,
    },
    /// Targets that no chip can meet.
    #[error(transparent)]
    Targets(#[from] TargetError),
    /// Refractory settings that are not those of its targets.
    #[error("the refractory settings do not follow from the targets")]
    Refractory,
    /// Offsets of drivers that no chip has.
    #[error("the offsets of the synapse drivers are not those of {DRIVERS} drivers in range")]
    Drivers,
    /// Something is missing.
    #[error("{given} {what} where there are {needed}")]
    Count {
        /// Of what.
        what: &'static str,
        /// How many there are.
        given: usize,
        /// How many there should be.
        needed: usize,
    },
    /// It cannot be written as text, which is a bug.
    #[error("a calibration that cannot be written: {0}")]
    Unwritable(String),
}

impl Calibration {
    /// Whether a neuron met all of its targets.
    #[must_use]
    pub fn is_good(&self, neuron: AtomicNeuronOnDLS) -> bool {
        !self.missed.contains_key(&(neuron.to_enum() as u16))
    }

    /// Neurons that were to be calibrated and met all targets.
    pub fn good_neurons(&self) -> impl Iterator<Item = AtomicNeuronOnDLS> + '_ {
        let selected = self.targets.selected();
        AtomicNeuronOnDLS::all().filter(move |&neuron| selected[neuron.to_enum()] && self.is_good(neuron))
    }

    /// Synapse drivers that send pulses like the others.
    pub fn good_drivers(&self) -> impl Iterator<Item = SynapseDriverOnDLS> + '_ {
        SynapseDriverOnDLS::all().filter(|driver| !self.missed_drivers.contains(&(driver.to_enum() as u16)))
    }

    /// A configuration of a synapse driver with the offsets that were found for it, if any were.
    #[must_use]
    pub fn driver(
        &self,
        driver: SynapseDriverOnDLS,
        frame: Frame<SynapseDriverConfig>,
    ) -> Frame<SynapseDriverConfig> {
        self.drivers.as_ref().map_or(frame, |codes| codes.tuned(driver, frame))
    }

    /// Common backend settings, which `force_reset` needs.
    #[must_use]
    pub fn common_backends(&self) -> CommonBackends {
        self.refractory.common_backends()
    }

    /// The calibration as RON.
    ///
    /// # Errors
    /// Never: all of it can be written.
    pub fn to_text(&self) -> Result<String, CalibrationTextError> {
        ron::to_string(self).map_err(|error| CalibrationTextError::Unwritable(error.to_string()))
    }

    /// Reads what [`Calibration::to_text`] wrote; anything less is refused.
    ///
    /// # Errors
    /// When the text is damaged, or of another version.
    pub fn from_text(text: &str) -> Result<Calibration, CalibrationTextError> {
        let calibration: Calibration = ron::from_str(text)?;
        if calibration.version != CALIBRATION_VERSION {
            return Err(CalibrationTextError::Version { found: calibration.version });
        }
        calibration.targets.check()?;
        if calibration.refractory != Refractory::new(&calibration.targets) {
            return Err(CalibrationTextError::Refractory);
        }
        let complete = Settings::new(&calibration.targets)
            .starting_codes(&calibration.targets)
            .map_or(0, |codes| codes.parameters().count());
        let counts = [
            ("CADC channel offsets", calibration.cadc_offsets.len(), CHANNELS),
            ("CapMem parameters", calibration.codes.parameters().count(), complete),
        ];
        if calibration.drivers.as_ref().is_some_and(|drivers| !drivers.is_complete()) {
            return Err(CalibrationTextError::Drivers);
        }
        match counts.into_iter().find(|(_, given, needed)| given != needed) {
            Some((what, given, needed)) => Err(CalibrationTextError::Count { what, given, needed }),
            None => Ok(calibration),
        }
    }
}

/// The configuration of a calibrated chip: analog parameters, converter, readout, neurons and their backends. All selected
/// neurons can fire, hear both inputs and are on the CADC; none sends its spikes off the chip. Event path, synapses and their
/// columns are the experiment's.
///
/// # Errors
/// Never for a calibration that was measured or read with [`Calibration::from_text`].
pub fn apply(calibration: &Calibration) -> Result<Configuration, CalibrationError> {
    let mut configuration = static_configuration()?;
    calibration.codes.write(&mut configuration)?;
    write_cadc_offsets(&mut configuration, &calibration.cadc_offsets);
    neuron::force_reset(&mut configuration, &calibration.common_backends(), false);
    let settings = Settings::new(&calibration.targets);
    let selected = calibration.targets.selected();
    debug_assert_eq!(selected.len(), NEURONS);
    let source = ReadoutSource::Membrane as u32;
    for neuron in AtomicNeuronOnDLS::all() {
        let spiking = selected[neuron.to_enum()];
        let frame = if spiking { settings.spiking_neuron() } else { settings.silent_neuron() };
        configuration
            .write(neuron.to_neuron_config(), &frame.with(field!(NeuronConfig.readout_source), source));
        configuration.write(neuron.to_neuron_backend_config(), &calibration.refractory.backend());
    }
    Ok(configuration)
}

/// Puts a configuration on a chip with all neurons held in reset until its analog parameters have settled, so that nothing
/// fires on the way: a chip after reset has all of its thresholds at zero. `configuration` is that of [`apply`] with whatever
/// the experiment adds to it.
///
/// # Errors
/// When the setup does not do its part.
pub fn load<S: Setup>(
    session: &mut Session<S>,
    calibration: &Calibration,
    configuration: &Configuration,
) -> Result<(), DriverError> {
    let backends = calibration.common_backends();
    let mut held = Configuration::new();
    neuron::force_reset(&mut held, &backends, true);
    session.apply(&held)?;
    let mut all = configuration.clone();
    all.overlay(&held);
    session.apply(&all)?;
    session.apply(configuration)?;
    Ok(())
}
