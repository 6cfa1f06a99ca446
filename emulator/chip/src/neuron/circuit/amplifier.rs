//! The operational transconductance amplifier, the building block of leak, reset, synaptic inputs and conductances.

use crate::exponential::exp;
use serde::{Deserialize, Serialize};

/// An amplifier whose output current is `limit * tanh(g * d / limit)` for the input difference `d`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ota {
    /// Transconductance for small inputs, in uS.
    pub g_us: f64,
    /// Largest current in uA; infinite: never saturates.
    pub limit_ua: f64,
}

impl Ota {
    /// No current at all.
    pub const OFF: Ota = Ota { g_us: 0.0, limit_ua: f64::INFINITY };

    /// An amplifier that never saturates.
    #[must_use]
    pub const fn small_signal(g_us: f64) -> Ota {
        Ota { g_us, limit_ua: f64::INFINITY }
    }

    /// Output current in uA for the input difference `d_v` in V.
    #[inline(always)]
    #[must_use]
    pub fn current(&self, d_v: f64) -> f64 {
        let linear = self.g_us * d_v;
        if self.limit_ua == f64::INFINITY { linear } else { saturated(linear, self.limit_ua) }
    }

    /// Slope of the output current at the input difference `d_v`, in uS.
    #[inline(always)]
    #[must_use]
    pub fn conductance(&self, d_v: f64) -> f64 {
        if self.limit_ua == f64::INFINITY {
            return self.g_us;
        }
        let share = saturated(self.g_us * d_v, self.limit_ua) / self.limit_ua.max(f64::MIN_POSITIVE);
        self.g_us * (1.0 - share * share)
    }
}

/// `limit * tanh(linear / limit)`; an amplifier without bias gives nothing.
#[inline(always)]
fn saturated(linear: f64, limit: f64) -> f64 {
    if limit > 0.0 { limit * tanh(linear / limit) } else { 0.0 }
}

/// Hyperbolic tangent within 3e-16 absolute, odd to the bit, with the same bits on every machine.
#[inline(always)]
#[must_use]
pub fn tanh(x: f64) -> f64 {
    let magnitude = 1.0 - 2.0 / (exp(2.0 * x.abs()) + 1.0);
    magnitude.copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tanh_agrees_with_libm() {
        for i in -60_000..=60_000 {
            let x = f64::from(i) * 5e-4;
            assert!((tanh(x) - libm::tanh(x)).abs() < 4e-16, "{x}");
            assert_eq!(tanh(-x).to_bits(), (-tanh(x)).to_bits());
        }
        assert_eq!(tanh(1e9), 1.0);
    }

    #[test]
    fn an_amplifier_is_linear_at_first_and_saturates() {
        let ota = Ota { g_us: 2.0, limit_ua: 0.5 };
        assert!((ota.current(1e-4) - 2e-4).abs() < 1e-10);
        assert!((ota.current(0.25) - 0.5 * libm::tanh(1.0)).abs() < 1e-15);
        assert_eq!(ota.current(10.0), 0.5);
        let slope = (ota.current(0.1 + 1e-6) - ota.current(0.1 - 1e-6)) / 2e-6;
        assert!((ota.conductance(0.1) - slope).abs() < 1e-9);
        assert_eq!(Ota::small_signal(2.0).current(10.0), 20.0);
        assert_eq!(Ota { g_us: 1.0, limit_ua: 0.0 }.current(1.0), 0.0);
    }
}
