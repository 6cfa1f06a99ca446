//! Refractory period and hold-off: which clock, which counter value, which hold-off code come closest to the times asked for.
//!
//! The clocks are `250 MHz / 2^(scale+1)`; the period lasts `refractory_time` clocks and the reset is released
//! `0x1F - 2 reset_holdoff` clocks before its end (electronicvisions calix: src/py/calix/spiking/refractory_period.py). The
//! counter is kept at 30 or above where a faster clock allows it, as that software does.

use crate::Targets;
use hx_host::driver::neuron::CommonBackends;
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::register::NeuronBackendConfig;
use serde::{Deserialize, Serialize};

/// Clock of the backends before their divider, MHz.
const CLOCK_MHZ: f64 = 250.0;
/// Slowest clock scale.
const SLOWEST_SCALE: u8 = 15;
/// Largest counter value.
const LONGEST: f64 = 255.0;
/// Clocks of the longest hold-off, and by how many each code shortens it.
const LONGEST_HOLDOFF: f64 = 31.0;
const HOLDOFF_STEP: f64 = 2.0;
/// Largest hold-off code: one clock.
const SHORTEST_HOLDOFF_CODE: f64 = 15.0;

/// Settings of the refractory clock and counters, the same for all neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refractory {
    /// clock_scale_fast, whose clock is used.
    pub clock_scale: u8,
    /// Clocks of the refractory period.
    pub refractory_time: u8,
    /// Hold-off code.
    pub reset_holdoff: u8,
}

impl Refractory {
    /// The fastest clock whose counter reaches the refractory period and whose longest hold-off reaches the one asked for.
    #[must_use]
    pub fn new(targets: &Targets) -> Refractory {
        let fits = |scale: &u8| {
            let mhz = clock_mhz(*scale);
            targets.refractory_us * mhz <= LONGEST && targets.holdoff_us * mhz <= LONGEST_HOLDOFF
        };
        let clock_scale = (0..=SLOWEST_SCALE).find(fits).unwrap_or(SLOWEST_SCALE);
        let mhz = clock_mhz(clock_scale);
        let code = ((LONGEST_HOLDOFF - targets.holdoff_us * mhz) / HOLDOFF_STEP).floor();
        Refractory {
            clock_scale,
            refractory_time: (targets.refractory_us * mhz).round().clamp(1.0, LONGEST) as u8,
            reset_holdoff: code.clamp(0.0, SHORTEST_HOLDOFF_CODE) as u8,
        }
    }

    /// Refractory period, us.
    #[must_use]
    pub fn refractory_us(&self) -> f64 {
        f64::from(self.refractory_time) / clock_mhz(self.clock_scale)
    }

    /// Hold-off, us.
    #[must_use]
    pub fn holdoff_us(&self) -> f64 {
        (LONGEST_HOLDOFF - HOLDOFF_STEP * f64::from(self.reset_holdoff)) / clock_mhz(self.clock_scale)
    }

    /// Backend settings of one neuron; it sends no spikes off the chip.
    #[must_use]
    pub fn backend(&self) -> Frame<NeuronBackendConfig> {
        Frame::default()
            .with(field!(NeuronBackendConfig.select_input_clock), 1)
            .with(field!(NeuronBackendConfig.refractory_time), u32::from(self.refractory_time))
            .with(field!(NeuronBackendConfig.reset_holdoff), u32::from(self.reset_holdoff))
    }

    /// Settings both halves of the chip share.
    #[must_use]
    pub fn common_backends(&self) -> CommonBackends {
        [Frame::default()
            .with(field!(CommonNeuronBackendConfig.clock_scale_fast), u32::from(self.clock_scale)); 2]
    }
}

fn clock_mhz(scale: u8) -> f64 {
    CLOCK_MHZ / f64::from(1u32 << (scale + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(refractory_us: f64, holdoff_us: f64) -> Refractory {
        Refractory::new(&Targets { refractory_us, holdoff_us, ..Targets::default() })
    }

    #[test]
    fn the_fastest_clock_that_reaches_is_taken() {
        assert_eq!(of(2.0, 0.0), Refractory { clock_scale: 0, refractory_time: 250, reset_holdoff: 15 });
        assert_eq!(of(0.04, 0.0), Refractory { clock_scale: 0, refractory_time: 5, reset_holdoff: 15 });
        assert_eq!(of(32.0, 0.0), Refractory { clock_scale: 4, refractory_time: 250, reset_holdoff: 15 });
        assert_eq!(of(20.0, 0.0).clock_scale, 4);
        assert_eq!(of(16.0, 4.0), Refractory { clock_scale: 5, refractory_time: 63, reset_holdoff: 7 });
    }

    #[test]
    fn times_are_met_within_a_clock() {
        for (refractory_us, holdoff_us) in [(0.3, 0.0), (2.0, 0.1), (7.3, 0.5), (20.0, 1.0), (31.9, 4.0)] {
            let found = of(refractory_us, holdoff_us);
            let clock_us = 1.0 / clock_mhz(found.clock_scale);
            assert!((found.refractory_us() - refractory_us).abs() <= clock_us, "{found:?}");
            let late = found.holdoff_us() - holdoff_us;
            assert!((0.0..=2.0 * clock_us).contains(&late), "{found:?}");
        }
    }
}
