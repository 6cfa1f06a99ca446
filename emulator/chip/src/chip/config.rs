//! What makes one chip instance: seeds, constants and how true to silicon it is.

use super::network::NetworkLatency;
use super::processor::ProcessorConfig;
use crate::analog::capmem::Settling;
use crate::analog::constants::AnalogConstants;
use crate::readout::CadcSampling;
use serde::{Deserialize, Serialize};

/// Whether an imperfection of silicon is emulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Fidelity {
    /// As on silicon.
    #[default]
    Real,
    /// Switched off.
    Ideal,
}

/// What the amplifiers of the neurons are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Amplifiers {
    /// Transconductance amplifiers that saturate at their bias, rails, and sinks that lose current towards the lower one.
    #[default]
    Saturating,
    /// Ideal linear elements. Leaky integrate-and-fire neurons with current-based inputs then have closed solutions, which are
    /// used; everything else is integrated as ever.
    SmallSignal,
}

/// Everything a chip instance is made from. Equal configurations give equal chips, bit for bit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChipConfig {
    /// Picks the instance: its fixed-pattern mismatch.
    pub chip_seed: u64,
    /// Picks the realisation of temporal noise.
    pub noise_seed: u64,
    /// Fixed-pattern mismatch.
    pub mismatch: Fidelity,
    /// Temporal noise.
    pub noise: Fidelity,
    /// Amplifiers of the neurons.
    pub amplifiers: Amplifiers,
    /// How CapMem cells follow their codes.
    pub settling: Settling,
    /// When the CADC takes its inputs.
    pub cadc_sampling: CadcSampling,
    /// Constants of the analog model.
    pub constants: AnalogConstants,
    /// Delays of the event network.
    pub latency: NetworkLatency,
    /// Clock and buses of the plasticity processors.
    pub processor: ProcessorConfig,
}

impl ChipConfig {
    /// An instance with mismatch and noise.
    #[must_use]
    pub fn with_seed(chip_seed: u64) -> ChipConfig {
        ChipConfig { chip_seed, ..ChipConfig::default() }
    }

    /// The nominal chip: no mismatch, no noise.
    #[must_use]
    pub fn ideal() -> ChipConfig {
        ChipConfig { mismatch: Fidelity::Ideal, noise: Fidelity::Ideal, ..ChipConfig::default() }
    }
}
