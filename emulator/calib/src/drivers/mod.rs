//! The synapse drivers: offsets that make them send equal pulses, for short-term plasticity (stp offset codes) and for the
//! activations of HAGEN mode (ramp bias of the quadrants, hagen_dac_offset codes).
//!
//! All drivers of a bus are heard at once, each by eight columns of its own spread over the array, on the synaptic lines
//! (electronicvisions calix: src/py/calix/hagen/synapse_driver.py, src/py/calix/spiking/synapse_driver.py).

mod ensemble;
mod search;

pub use ensemble::{Ensemble, PulseLength};
pub use search::{at_state, calibrate_activations, equalise_plasticity, from_median, from_medians_of_blocks};

use crate::search::Span;
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::coordinate::SynapseDriverOnDLS;
use hx_isa::regmap::register::SynapseDriverConfig;
use serde::{Deserialize, Serialize};

/// Synapse drivers of a chip.
pub const DRIVERS: usize = SynapseDriverOnDLS::SIZE;
/// Deflection by the pulses of full length that is aimed at, LSB.
const FULL_LSB: f64 = 30.0;
/// Codes of both offsets, and where searches start.
const OFFSET_SPAN: Span = Span { low: 0, high: 15 };
const OFFSET_START: u16 = 7;
const DAC_OFFSET_SPAN: Span = Span { low: 0, high: 63 };
const DAC_OFFSET_START: u16 = 32;
/// Largest activation.
pub const LARGEST_ACTIVATION: u8 = 31;

/// Offset codes of all drivers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriverCodes {
    /// `offset`, by driver.
    pub offset: Vec<u8>,
    /// `hagen_dac_offset`, by driver.
    pub hagen_dac_offset: Vec<u8>,
}

impl Default for DriverCodes {
    fn default() -> DriverCodes {
        DriverCodes {
            offset: vec![OFFSET_START as u8; DRIVERS],
            hagen_dac_offset: vec![DAC_OFFSET_START as u8; DRIVERS],
        }
    }
}

impl DriverCodes {
    /// A driver's configuration with its offsets.
    #[must_use]
    pub fn tuned(
        &self,
        driver: SynapseDriverOnDLS,
        frame: Frame<SynapseDriverConfig>,
    ) -> Frame<SynapseDriverConfig> {
        let code = |codes: &[u8]| u32::from(codes.get(driver.to_enum()).copied().unwrap_or_default());
        frame
            .with(field!(SynapseDriverConfig.offset), code(&self.offset))
            .with(field!(SynapseDriverConfig.hagen_dac_offset), code(&self.hagen_dac_offset))
    }

    /// Whether these are codes of a chip.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let within = |codes: &[u8], span: Span| {
            codes.len() == DRIVERS && codes.iter().all(|&code| u16::from(code) <= span.high)
        };
        within(&self.offset, OFFSET_SPAN) && within(&self.hagen_dac_offset, DAC_OFFSET_SPAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_land_in_the_frames() {
        let mut codes = DriverCodes::default();
        let at = SynapseDriverOnDLS::new(1, 7).unwrap();
        (codes.offset[at.to_enum()], codes.hagen_dac_offset[at.to_enum()]) = (13, 44);
        let frame = codes.tuned(at, Frame::default());
        assert_eq!(frame.get(field!(SynapseDriverConfig.offset)), 13);
        assert_eq!(frame.get(field!(SynapseDriverConfig.hagen_dac_offset)), 44);
        assert!(codes.is_complete());
        codes.offset[3] = 16;
        assert!(!codes.is_complete());
    }
}
