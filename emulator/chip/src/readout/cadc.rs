//! The CADC: one ramp per quadrant, compared with all channels at once; every conversion latches the 512 samples of a
//! hemisphere (analog model, section 6.1; register map, section 5).
//!
//! A channel is compared when the ramp crosses its input, so a moving signal is sampled at an instant that depends on its own
//! code; [`sample`] solves for it. A [`Conversion`] is carried through time: what happens to an input before the ramp is there
//! is seen, what happens later is not.

use crate::analog::constants::AnalogConstants;
use crate::analog::converter::{CadcRamp, cadc_count, cadc_crossing};
use crate::analog::mismatch::CadcChannelDeviation;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

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

/// When a channel of the CADC takes its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum CadcSampling {
    /// When the ramp crosses it.
    #[default]
    Crossing,
    /// When the conversion starts, as with a sample-and-hold circuit in front of the channel.
    Start,
}

/// Number of a channel of a hemisphere: `256*kind + column`, kind 0 causal, 1 acausal.
pub type Channel = usize;
/// Channels of a hemisphere.
const CHANNELS: usize = 2 * COLUMNS;
/// An event turns a membrane by less than this share of the slope of the ramp, so the ramp cannot reach a channel's input
/// before it has come this much closer.
const SLOPE_MARGIN: f64 = 0.5;

/// A conversion under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversion {
    /// When it was started.
    pub start: Time,
    /// When its samples are latched.
    pub end: Time,
    /// Number of the conversion: the step of its noise.
    pub number: u64,
    /// Samples of the channels that were compared already.
    samples: RowSamples,
    /// Bit per channel that was not compared yet.
    open: [u64; CHANNELS / 64],
    /// Count before which the ramp does not reach a channel's input.
    later: Vec<u8>,
}

impl Conversion {
    /// A conversion with no channel to compare yet.
    #[must_use]
    pub fn new(start: Time, end: Time, number: u64) -> Conversion {
        let samples = RowSamples::default();
        Conversion { start, end, number, samples, open: [0; CHANNELS / 64], later: vec![0; CHANNELS] }
    }

    /// The ramp has yet to come to a channel's input.
    pub fn leave_open(&mut self, channel: Channel) {
        self.open[channel / 64] |= 1 << (channel % 64);
    }

    /// Whether a channel was not compared yet.
    #[inline]
    #[must_use]
    pub fn is_open(&self, channel: Channel) -> bool {
        self.open[channel / 64] >> (channel % 64) & 1 == 1
    }

    /// Whether the ramp may have come to a channel's input at `count`.
    #[inline]
    #[must_use]
    pub fn may_have_reached(&self, channel: Channel, count: f64) -> bool {
        count >= f64::from(self.later[channel])
    }

    /// Enters the sample of a channel.
    pub fn close(&mut self, channel: Channel, code: u8) {
        self.open[channel / 64] &= !(1 << (channel % 64));
        self.samples.channel[channel / COLUMNS][channel % COLUMNS] = code;
    }

    /// Without further events the ramp, which is at `count`, crosses a channel's input at `crossing`.
    pub fn expect(&mut self, channel: Channel, count: f64, crossing: u8) {
        let distance = (f64::from(crossing) - count).max(0.0);
        self.later[channel] = (count + distance / (1.0 + SLOPE_MARGIN)).clamp(0.0, 255.0) as u8;
    }

    /// Inputs may have jumped: nothing is known about where the ramp meets them.
    pub fn forget_expectations(&mut self) {
        self.later.fill(0);
    }

    /// Sample of a channel that was compared.
    #[must_use]
    pub fn sample(&self, channel: Channel) -> u8 {
        self.samples.channel[channel / COLUMNS][channel % COLUMNS]
    }

    /// The samples of all channels.
    #[must_use]
    pub fn into_samples(self) -> RowSamples {
        self.samples
    }
}

/// What the CADC channels that look at the sensors are connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CadcRow {
    /// The sensors of a synapse row.
    Synapses(u8),
    /// The reset voltage: what an ideal empty sensor shows.
    Reset,
}

/// The converter of a hemisphere. A conversion asked for while one runs waits, as the bus does on the chip.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Cadc {
    /// The conversion under way.
    pub running: Option<Box<Conversion>>,
    /// Numbers and rows of those that follow.
    pub waiting: VecDeque<(u64, CadcRow)>,
    /// Samples of the last one that is over.
    pub latched: Arc<RowSamples>,
}

impl Cadc {
    /// When the conversion under way ends.
    #[inline]
    #[must_use]
    pub fn end(&self) -> Time {
        self.running.as_ref().map_or(Time::NEVER, |running| running.end)
    }
}

/// Rounds of `count -> instant -> voltage -> count` after the first; a resting or slowly moving membrane needs no more.
const ROUNDS: usize = 2;
/// The same for one that moves nearly as fast as the ramp.
const MOST_ROUNDS: usize = 16;

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
    for round in 0..MOST_ROUNDS {
        let crossing = start + cadc_crossing(reset_wait, count, constants);
        let next = cadc_count(voltage_v(crossing), ramp, channel, noise_lsb, constants);
        let change = next.abs_diff(count);
        count = next;
        if change == 0 || round >= ROUNDS && change == 1 {
            break;
        }
    }
    count
}
