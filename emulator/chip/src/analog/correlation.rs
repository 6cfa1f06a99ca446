//! Correlation sensors of the synapses: from bias currents and deviations to the kernel of each sensor and to the voltage it
//! puts on its column (analog model, section 5; electronicvisions calix: spiking/correlation.py).
//!
//! A sensor has a causal and an acausal branch. Each adds `amplitude * exp(-delay/tau)` per pair of events; both factors fall
//! with the bias current that sets them. What a branch holds is counted in nominal CADC counts below its baseline. Left out:
//! leakage of the stored charge (sources put its time constant near 100 ms).

use super::constants::AnalogConstants;
use super::transfer;
use crate::exponential::exp;
use crate::random::{extend, mix, quantiles};
use serde::{Deserialize, Serialize};

/// Branch of a sensor, also the kind of CADC channel that reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Branch {
    /// Counts events before spikes of the neuron.
    Causal = 0,
    /// Counts spikes before events.
    Acausal = 1,
}

impl Branch {
    /// Both, in the order of arrays indexed by branch.
    pub const BOTH: [Branch; 2] = [Branch::Causal, Branch::Acausal];
}

/// What one branch adds for a pair of events: `amplitude_lsb * exp(-delay/tau_us)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Kernel {
    /// Count for events without delay, nominal CADC LSB.
    pub amplitude_lsb: f64,
    /// Time constant, us.
    pub tau_us: f64,
}

impl Kernel {
    /// What a pair `delay_us` apart adds, nominal CADC LSB.
    #[inline]
    #[must_use]
    pub fn after(&self, delay_us: f64) -> f64 {
        self.amplitude_lsb * exp(-delay_us / self.tau_us)
    }
}

/// Sensors of a quadrant as its shared cells set them.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct BlockSensors {
    /// Both bias currents flow. Sensors without them hold nothing and see no events.
    pub powered: bool,
    /// Nominal amplitude with amplitude calibration 0, LSB.
    pub amplitude_lsb: f64,
    /// Nominal time constant with time calibration 0, us.
    pub tau_us: f64,
    /// Share of the output voltage that the biases of store and output let through, 0 to 1.
    pub output: f64,
    /// Output of a nominal sensor that holds nothing, V.
    pub baseline_v: f64,
}

impl BlockSensors {
    /// From the currents of `syn_i_bias_ramp` and `syn_i_bias_store` and the sufficiency (0 to 1) of `syn_i_bias_corout`, with the
    /// usual voltages of the board.
    #[must_use]
    pub fn derive(ramp_ua: f64, store_ua: f64, output_support: f64, constants: &AnalogConstants) -> Self {
        let of = &constants.correlation;
        if ramp_ua <= 0.0 || store_ua <= 0.0 {
            return BlockSensors::default();
        }
        BlockSensors {
            powered: true,
            amplitude_lsb: of.amplitude_lsb * of.store_bias_ua / store_ua,
            tau_us: of.tau_us * of.ramp_bias_ua / ramp_ua,
            output: output_support * transfer::support(store_ua, of.store_minimum_ua, 1.0),
            baseline_v: of.baseline_v,
        }
    }

    /// The same with voltages of the board: the reset voltage moves the baseline, the measuring voltage the amplitude.
    #[must_use]
    pub fn supplied(self, reset_v: f64, measure_v: f64, constants: &AnalogConstants) -> Self {
        let of = &constants.correlation;
        let measure = 1.0 + of.amplitude_per_measure_v * (measure_v - of.measure_anchor_v);
        BlockSensors {
            amplitude_lsb: self.amplitude_lsb * measure.max(0.0),
            baseline_v: (of.baseline_v + of.baseline_per_reset_v * (reset_v - of.reset_anchor_v)).max(0.0),
            ..self
        }
    }

    /// Kernel of one branch. `time` and `amplitude` are the calibration bits of the synapse (0 to 3).
    #[must_use]
    pub fn kernel(
        &self,
        [time, amplitude]: [u8; 2],
        deviation: KernelDeviation,
        constants: &AnalogConstants,
    ) -> Kernel {
        let of = &constants.correlation;
        let times = [1.0, of.time_calibration_1, of.time_calibration_2, of.time_calibration_3];
        let amplitudes =
            [1.0, of.amplitude_calibration_1, of.amplitude_calibration_2, of.amplitude_calibration_3];
        Kernel {
            amplitude_lsb: self.amplitude_lsb * amplitudes[usize::from(amplitude & 3)] * deviation.amplitude,
            tau_us: self.tau_us * times[usize::from(time & 3)] * deviation.tau,
        }
    }

    /// Voltage a sensor that holds `stored_lsb` puts on its column, V; `offset_v` is its deviation.
    #[must_use]
    pub fn output_v(&self, stored_lsb: f64, offset_v: f64, constants: &AnalogConstants) -> f64 {
        self.output * (self.baseline_v + offset_v - stored_lsb * constants.cadc.lsb_v)
    }
}

/// Most that a branch can hold above a baseline, nominal CADC LSB: down to the lowest output voltage.
#[must_use]
pub fn capacity_lsb(baseline_v: f64, constants: &AnalogConstants) -> f64 {
    ((baseline_v - constants.correlation.floor_v) / constants.cadc.lsb_v).max(0.0)
}

/// Factors of one branch of one sensor on its kernel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KernelDeviation {
    /// On the amplitude.
    pub amplitude: f64,
    /// On the time constant.
    pub tau: f64,
}

impl KernelDeviation {
    /// A sensor as drawn on paper.
    pub const NONE: KernelDeviation = KernelDeviation { amplitude: 1.0, tau: 1.0 };
}

/// How the sensors of a quadrant deviate together. All are exponents: `exp` of their sum is the factor.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BlockDeviation {
    /// Amplitude.
    pub amplitude: f64,
    /// Time constant.
    pub tau: f64,
    /// Amplitude from the middle to the last column and row.
    pub amplitude_gradient: [f64; 2],
    /// Time constant from the middle to the last column and row.
    pub tau_gradient: [f64; 2],
    /// Causal against acausal amplitude.
    pub asymmetry: f64,
}

/// Truncation of a mismatch deviate.
const TRUNCATION: f32 = 3.5;
/// Bits of hash per deviate.
const DEVIATE_BITS: u32 = 12;

/// Deviations of the sensors of all synapses, computed on demand; no memory.
#[derive(Debug, Clone, PartialEq)]
pub struct SensorDeviations {
    pub(super) key: u64,
    pub(super) amplitude_sigma: f64,
    pub(super) tau_sigma: f64,
    pub(super) offset_sigma_v: f64,
    pub(super) blocks: [BlockDeviation; 4],
}

impl SensorDeviations {
    /// Factors on the kernel of a branch; `synapse` is `65536*hemisphere + 256*row + column`.
    #[must_use]
    pub fn kernel(&self, synapse: usize, branch: Branch) -> KernelDeviation {
        let (row, column) = (synapse / 256 % 256, synapse % 256);
        let block = &self.blocks[2 * (synapse / 65_536) + column / 128];
        // From -1 to 1 across the quadrant.
        let place = [(column % 128) as f64 / 63.5 - 1.0, row as f64 / 127.5 - 1.0];
        let gradient = |slope: [f64; 2]| slope[0] * place[0] + slope[1] * place[1];
        let asymmetry = match branch {
            Branch::Causal => 0.5 * block.asymmetry,
            Branch::Acausal => -0.5 * block.asymmetry,
        };
        let hash = extend(self.key, synapse as u64) >> (2 * DEVIATE_BITS * branch as u32);
        let amplitude = block.amplitude + gradient(block.amplitude_gradient) + asymmetry;
        let tau = block.tau + gradient(block.tau_gradient);
        KernelDeviation {
            amplitude: exp(self.amplitude_sigma * deviate(hash) + amplitude),
            tau: exp(self.tau_sigma * deviate(hash >> DEVIATE_BITS) + tau),
        }
    }

    /// Offset of the output voltage of a branch, V.
    #[must_use]
    pub fn offset_v(&self, synapse: usize, branch: Branch) -> f64 {
        let hash = mix(extend(self.key, synapse as u64)) >> (DEVIATE_BITS * branch as u32);
        self.offset_sigma_v * deviate(hash)
    }
}

/// A standard normal deviate from the low bits of a hash.
fn deviate(hash: u64) -> f64 {
    f64::from(quantiles()[(hash & 0xfff) as usize].clamp(-TRUNCATION, TRUNCATION))
}
