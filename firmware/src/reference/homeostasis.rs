//! Homeostasis: every neuron is kept near a number of spikes per update.

use super::{I1F7, WEIGHT_MAX};

/// Constants of the rule (`rules/homeostasis.s`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Homeostasis {
    /// Wanted spikes per update.
    pub target: i8,
    /// Weight change per update.
    pub step: i8,
}

impl Homeostasis {
    /// Weight after one update; `count` is the spike counter of the synapse's neuron, overflow (bit 8) included.
    #[must_use]
    pub fn update(&self, weight: u8, count: u16) -> u8 {
        let count = I1F7::from_bits(count.min(127) as i8);
        let error = I1F7::from_bits(self.target).saturating_sub(count).to_bits();
        let change = self.step.wrapping_mul(error.signum());
        let weight = I1F7::from_bits(weight.cast_signed()).saturating_add(I1F7::from_bits(change));
        weight.to_bits().clamp(0, WEIGHT_MAX.cast_signed()).cast_unsigned()
    }
}
