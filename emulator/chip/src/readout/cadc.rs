//! The CADC: one ramp per quadrant, compared with all channels at once; every conversion latches the 512 samples of a
//! hemisphere (analog model, section 6.1; register map, section 5).
//!
//! A channel is compared when the ramp crosses its input, so a moving signal is sampled at an instant that depends on its own
//! code; [`sample`] solves for it. Events that arrive while a conversion runs are not seen by it.

use crate::analog::constants::AnalogConstants;
use crate::analog::converter::{CadcRamp, cadc_count, cadc_crossing};
use crate::analog::mismatch::CadcChannelDeviation;
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// Channels of one kind per hemisphere.
pub const COLUMNS: usize = 256;

/// Samples of one hemisphere: causal and acausal channels in column order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSamples {
    /// `[causal, acausal]`, each [`COLUMNS`] long.
    pub channel: [Vec<u8>; 2],
}

impl Default for RowSamples {
    fn default() -> Self {
        RowSamples { channel: [vec![0; COLUMNS], vec![0; COLUMNS]] }
    }
}

/// CADCConfig of a hemisphere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CadcSettings {
    /// The converter is on.
    pub enable: bool,
    /// Cycles from the ramp drop to its start.
    pub reset_wait: u8,
    /// Cycles after the ramp.
    pub dead_time: u8,
}

/// Rounds of `count -> instant -> voltage -> count`; a membrane moves by less than a count in the change of the second.
const ROUNDS: usize = 2;

/// Count of one channel for a conversion that starts at `start`, without its channel offset.
pub fn sample(
    start: Time,
    reset_wait: u8,
    ramp: &CadcRamp,
    channel: &CadcChannelDeviation,
    noise_lsb: f64,
    constants: &AnalogConstants,
    voltage_v: impl Fn(Time) -> f64,
) -> u8 {
    let mut count = 0;
    for _ in 0..=ROUNDS {
        let crossing = start + cadc_crossing(reset_wait, count, constants);
        let next = cadc_count(voltage_v(crossing), ramp, channel, noise_lsb, constants);
        if next == count {
            break;
        }
        count = next;
    }
    count
}
