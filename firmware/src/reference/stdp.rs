//! Spike-timing-dependent plasticity, additive and multiplicative.

use super::{I1F7, Sensors, product, weight_code, weight_fraction};

/// `w <- w + eta (causal - acausal)`, clamped to 0..63 (`rules/stdp_additive.s`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Additive {
    /// Learning rate, weight steps of 1/2 per half converter code.
    pub eta: I1F7,
}

impl Additive {
    /// Weight after one update.
    #[must_use]
    pub fn update(&self, weight: u8, sensors: &Sensors) -> u8 {
        let difference = sensors.causal().saturating_sub(sensors.acausal());
        weight_code(weight_fraction(weight).saturating_add(product(difference, self.eta)))
    }
}

/// `w <- w + eta_plus causal (w_max - w) - eta_minus acausal w`, clamped to 0..63 (`rules/stdp_multiplicative.s`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Multiplicative {
    /// Rate of potentiation.
    pub eta_plus: I1F7,
    /// Rate of depression.
    pub eta_minus: I1F7,
}

impl Multiplicative {
    /// Weight after one update.
    #[must_use]
    pub fn update(&self, weight: u8, sensors: &Sensors) -> u8 {
        let weight = weight_fraction(weight);
        let room = I1F7::from_bits(126).saturating_sub(weight);
        let up = product(product(sensors.causal(), self.eta_plus), room);
        let down = product(product(sensors.acausal(), self.eta_minus), weight);
        weight_code(weight.saturating_add(up).saturating_sub(down))
    }
}
