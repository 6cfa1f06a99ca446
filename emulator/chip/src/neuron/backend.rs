//! Parameters and refractory timing of one neuron: what the analog circuit and its digital backend are set to
//! (analog model, sections 2.5 to 2.7; register map, section 6).

use super::noise::MembraneNoise;
use super::propagator::Propagator;
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// Where a neuron is in its firing cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Integrating; fires when the threshold is reached.
    Free,
    /// The comparator flipped; the next clock edge latches it.
    Firing,
    /// Refractory with the reset amplifier pulling the membrane.
    Reset,
    /// Refractory, membrane released, cannot fire.
    Holdoff,
    /// Held in reset by `force_reset`.
    Held,
}

/// Everything the dynamics of one neuron depend on, derived from registers, CapMem cells and mismatch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NeuronSetup {
    /// Dynamics with the leak active.
    pub free: Propagator,
    /// Dynamics with the reset amplifier active.
    pub in_reset: Propagator,
    /// Membrane noise.
    pub noise: MembraneNoise,
    /// Threshold of the comparator in V.
    pub threshold_v: f64,
    /// Standard deviation of the threshold from spike to spike in V.
    pub threshold_jitter_v: f64,
    /// Delay of the comparator in us.
    pub comparator_delay_us: f64,
    /// Standard deviation of that delay in us.
    pub comparator_jitter_us: f64,
    /// The comparator is powered and its output reaches the backend.
    pub compares: bool,
    /// `enable_fire`: artificial fires and bypass events reach the backend.
    pub enable_fire: bool,
    /// Line deflection of one event (V) above which the excitatory and inhibitory bypass fire; infinite when off.
    pub bypass_v: [f64; 2],
    /// Length of the refractory period.
    pub refractory: Time,
    /// Length of its part in which the membrane is reset.
    pub reset: Time,
}

impl Default for NeuronSetup {
    fn default() -> Self {
        let idle = Propagator { rate_m: 1.0, rate_e: 2.0, rate_i: 2.0, ..Propagator::default() };
        NeuronSetup {
            free: idle,
            in_reset: idle,
            noise: MembraneNoise { step_us: 1.0, ..MembraneNoise::default() },
            threshold_v: f64::INFINITY,
            threshold_jitter_v: 0.0,
            comparator_delay_us: 0.0,
            comparator_jitter_us: 0.0,
            compares: false,
            enable_fire: false,
            bypass_v: [f64::INFINITY; 2],
            refractory: Time::NETWORK_CYCLE,
            reset: Time::NETWORK_CYCLE,
        }
    }
}

impl NeuronSetup {
    /// Whether an event that deflects the lines by these amounts fires the neuron past its comparator.
    #[inline]
    #[must_use]
    pub fn bypassed(&self, dx_e: f64, dx_i: f64) -> bool {
        self.enable_fire && (dx_e > self.bypass_v[0] || dx_i > self.bypass_v[1])
    }
}

/// Refractory counter settings of one neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefractorySettings {
    /// Counter start, 0..255.
    pub refractory_time: u32,
    /// Hold-off code, 0..15.
    pub reset_holdoff: u32,
    /// Scale of the selected clock: f = 250 MHz / 2^(scale + 1).
    pub clock_scale: u32,
    /// The refractory clocks of the block run.
    pub clocks_run: bool,
}

/// Length of the refractory period and of its reset part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefractoryTiming {
    /// The whole period.
    pub refractory: Time,
    /// The part with the reset amplifier on.
    pub reset: Time,
    /// The counter never meets the release value (`refractory_time` below the hold-off): the membrane stays in reset until
    /// the end, where hardware glitches.
    pub glitch: bool,
}

impl RefractorySettings {
    /// The periods these settings give.
    #[must_use]
    pub fn timing(&self) -> RefractoryTiming {
        if !self.clocks_run {
            return RefractoryTiming { refractory: Time::NEVER, reset: Time::NEVER, glitch: false };
        }
        let clock = Time(Time::NETWORK_CYCLE.0 << (self.clock_scale + 1));
        let counts = u64::from(self.refractory_time.max(1));
        let holdoff = u64::from(0x1f - 2 * self.reset_holdoff);
        let glitch = u64::from(self.refractory_time) < holdoff;
        let reset = if glitch { counts } else { counts - holdoff };
        RefractoryTiming { refractory: Time(clock.0 * counts), reset: Time(clock.0 * reset), glitch }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(refractory_time: u32, reset_holdoff: u32, clock_scale: u32) -> RefractorySettings {
        RefractorySettings { refractory_time, reset_holdoff, clock_scale, clocks_run: true }
    }

    #[test]
    fn period_counts_the_selected_clock() {
        // Counter 255 at 125 MHz is the 2.04 us of the leak-over-threshold check.
        let timing = settings(255, 15, 0).timing();
        assert_eq!(timing.refractory, Time::from_ns(2040));
        assert_eq!(timing.reset, Time::from_ns(2032));
        // Counter 70 at 31.25 MHz gives 2.24 us.
        assert_eq!(settings(70, 15, 2).timing().refractory, Time::from_ns(2240));
    }

    #[test]
    fn holdoff_is_between_one_and_thirty_one_clocks() {
        let all = settings(100, 0, 0).timing();
        assert_eq!(all.refractory - all.reset, Time::from_ns(31 * 8));
        let none = settings(100, 15, 0).timing();
        assert_eq!(none.refractory - none.reset, Time::from_ns(8));
    }

    #[test]
    fn a_counter_below_the_holdoff_glitches() {
        let timing = settings(20, 0, 0).timing();
        assert!(timing.glitch);
        assert_eq!(timing.reset, timing.refractory);
    }

    #[test]
    fn zero_counts_one_clock_and_stopped_clocks_never_end() {
        assert_eq!(settings(0, 15, 0).timing().refractory, Time::from_ns(8));
        let stopped = RefractorySettings { clocks_run: false, ..settings(10, 15, 0) };
        assert_eq!(stopped.timing().refractory, Time::NEVER);
    }
}
