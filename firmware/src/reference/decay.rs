//! Weight decay with pruning.

use super::{I1F7, Sensors, weight_code, weight_fraction};

/// Constants of the rule (`rules/weight_decay.s`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightDecay {
    /// Part of a weight that is lost per update.
    pub decay: I1F7,
    /// Weights below are pruned.
    pub threshold: u8,
    /// Label a pruned synapse gets.
    pub pruned_label: u8,
}

impl WeightDecay {
    /// Weight and label after one update.
    #[must_use]
    pub fn update(&self, weight: u8, label: u8, sensors: &Sensors) -> (u8, u8) {
        let weight = weight_fraction(weight);
        let weight = weight_code(weight.saturating_sub(self.lost(weight, sensors.random())));
        if weight < self.threshold { (0, self.pruned_label) } else { (weight, label) }
    }

    /// The part lost, rounded up or down by the random byte; the product and the rounding term have 16 bits.
    fn lost(&self, weight: I1F7, random: I1F7) -> I1F7 {
        let rounding = i32::from(random.to_bits()) + 127;
        let product = 2 * i32::from(weight.to_bits()) * i32::from(self.decay.to_bits());
        I1F7::from_bits(((product + rounding).clamp(-32768, 32767) >> 8) as i8)
    }
}
