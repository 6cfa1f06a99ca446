//! The two converters: from a voltage to a code, and when.
//!
//! CADC: single slope, all channels of a hemisphere compare with the ramp of their quadrant and latch a counter. MADC: one fast
//! converter. Noise is the caller's, so that it can be keyed by time. Left out: coupling between channels.

use super::constants::AnalogConstants;
use super::mismatch::CadcChannelDeviation;
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// Highest count of the CADC's ramp counter, and highest code.
const CADC_MAXIMUM: f64 = 255.0;
/// Highest code of the MADC.
const MADC_MAXIMUM: f64 = 1023.0;
/// Ramp step below which the ramp counts as standing still.
const SMALLEST_LSB_V: f64 = 1.0e-9;

/// Ramp of a quadrant's CADC channels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CadcRamp {
    /// Voltage at count 0, V.
    pub offset_v: f64,
    /// Step per count, V.
    pub lsb_v: f64,
}

/// Count at which the ramp crosses a channel's input, 0 to 255. `noise_lsb` is this conversion's deviate times its standard
/// deviation.
#[must_use]
pub fn cadc_count(
    voltage_v: f64,
    ramp: &CadcRamp,
    channel: &CadcChannelDeviation,
    noise_lsb: f64,
    constants: &AnalogConstants,
) -> u8 {
    let steps = (voltage_v - ramp.offset_v) / ramp.lsb_v.max(SMALLEST_LSB_V);
    let raw = steps * channel.gain + channel.offset_lsb + noise_lsb;
    let above_bend = (raw - constants.cadc.bend_count).max(0.0);
    round_to(raw - constants.cadc.bend_slope * above_bend, CADC_MAXIMUM) as u8
}

/// Code of a channel: latched count plus the offset of the channel's configuration.
#[must_use]
pub fn cadc_code(count: u8, channel_offset: i8) -> u8 {
    (i16::from(count) + i16::from(channel_offset)).clamp(0, 255) as u8
}

/// When, after the start of a conversion, a channel's input is compared: the instant the ramp reaches `count`.
/// `reset_wait` is the CADC's configuration, in counts.
#[must_use]
pub fn cadc_crossing(reset_wait: u8, count: u8, constants: &AnalogConstants) -> Time {
    Time::from_us_f64(constants.cadc.count_us * (f64::from(reset_wait) + f64::from(count)))
}

/// Duration of a conversion.
#[must_use]
pub fn cadc_duration(reset_wait: u8, dead_time: u8, constants: &AnalogConstants) -> Time {
    let counts = f64::from(reset_wait) + CADC_MAXIMUM + 1.0 + f64::from(dead_time);
    Time::from_us_f64(constants.cadc.count_us * counts)
}

/// Code of the MADC, 0 to 1023. `gain` is the chip's deviation times the preamplifier's gain.
#[must_use]
pub fn madc_code(voltage_v: f64, gain: f64, noise_lsb: f64, constants: &AnalogConstants) -> u16 {
    let madc = &constants.madc;
    round_to(madc.offset_code + madc.gain_code_per_v * gain * voltage_v + noise_lsb, MADC_MAXIMUM) as u16
}

/// Nearest integer in 0..=maximum; an undefined voltage reads as zero.
fn round_to(value: f64, maximum: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, maximum).round() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAMP: CadcRamp = CadcRamp { offset_v: 0.0387, lsb_v: 4.223e-3 };
    const CHANNEL: CadcChannelDeviation = CadcChannelDeviation { offset_lsb: 0.0, gain: 1.0 };

    fn count(voltage_v: f64) -> u8 {
        cadc_count(voltage_v, &RAMP, &CHANNEL, 0.0, &AnalogConstants::default())
    }

    #[test]
    fn the_calibrated_range_reads_20_to_220() {
        let lsb = 1.8 / 1023.0;
        assert_eq!((count(70.0 * lsb), count(550.0 * lsb)), (20, 220));
        assert_eq!((count(0.0), count(1.2), count(f64::NAN)), (0, 255, 0));
        assert_eq!(count(5.0), 255);
    }

    #[test]
    fn the_ramp_bends_above_220() {
        // 250 steps: 30 above the bend, 2 % of which are lost.
        assert_eq!(count(0.0387 + 250.0 * 4.223e-3), 249);
        assert_eq!(count(0.0387 + 219.0 * 4.223e-3), 219);
    }

    #[test]
    fn channel_offset_counts_one_to_one_and_saturates() {
        assert_eq!(cadc_code(100, -28), 72);
        assert_eq!(cadc_code(100, 127), 227);
        assert_eq!((cadc_code(250, 100), cadc_code(20, -128)), (255, 0));
    }

    #[test]
    fn deviating_channels_and_standing_ramps() {
        let constants = AnalogConstants::default();
        let off = CadcChannelDeviation { offset_lsb: 8.0, gain: 1.1 };
        assert_eq!(cadc_count(0.0387 + 100.0 * 4.223e-3, &RAMP, &off, -3.0, &constants), 115);
        let standing = CadcRamp { offset_v: 0.1, lsb_v: 0.0 };
        assert_eq!(cadc_count(0.2, &standing, &CHANNEL, 0.0, &constants), 255);
        assert_eq!(cadc_count(0.1, &standing, &CHANNEL, 0.0, &constants), 0);
    }

    #[test]
    fn conversions_take_one_and_a_half_microseconds() {
        let constants = AnalogConstants::default();
        assert_eq!(cadc_duration(100, 20, &constants), Time::from_ns(1_504));
        assert_eq!(cadc_crossing(100, 50, &constants), Time::from_ns(600));
    }

    #[test]
    fn madc_and_cadc_agree_on_one_neuron() {
        // Recorded by both: CADC 79 and 125 coincide with MADC 304 and 435.
        let constants = AnalogConstants::default();
        for (cadc, madc) in [(79.0, 304.0), (125.0, 435.0)] {
            let voltage = 0.0387 + 4.223e-3 * cadc;
            assert!((f64::from(madc_code(voltage, 1.0, 0.0, &constants)) - madc).abs() <= 1.0);
        }
        assert_eq!(madc_code(5.0, 1.0, 0.0, &constants), 1023);
        assert_eq!(madc_code(-5.0, 1.0, 0.0, &constants), 0);
    }
}
