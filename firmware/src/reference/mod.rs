//! What every rule of this folder computes, written out per synapse in exact fixed-point arithmetic. The harness compares the
//! processor's result with these functions, byte by byte.
//!
//! Fractions are [`I1F7`]: one sign bit, seven bits behind the point, -1 to 127/128, the form in which the vector unit's
//! saturating instructions see a byte.

mod decay;
mod homeostasis;
mod reward;
mod stdp;

pub use decay::WeightDecay;
pub use fixed::types::I1F7;
pub use homeostasis::Homeostasis;
pub use reward::{Reward, RewardState};
pub use stdp::{Additive, Multiplicative};

/// Largest weight of a synapse (6 bits).
pub const WEIGHT_MAX: u8 = 63;

/// What the sensors of one synapse and the random generator of its column give to an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sensors {
    /// Converter code of the causal sensor.
    pub causal: u8,
    /// Converter code of the acausal sensor.
    pub acausal: u8,
    /// Half the code the causal sensor reads when nothing was collected.
    pub baseline_causal: i8,
    /// Half the code the acausal sensor reads when nothing was collected.
    pub baseline_acausal: i8,
    /// Random byte of the column.
    pub random: u8,
}

impl Sensors {
    /// Causal correlation in half codes: the sensor reads its baseline less what it has collected.
    #[must_use]
    pub fn causal(&self) -> I1F7 {
        collected(self.baseline_causal, self.causal)
    }

    /// Acausal correlation in half codes.
    #[must_use]
    pub fn acausal(&self) -> I1F7 {
        collected(self.baseline_acausal, self.acausal)
    }

    /// The random byte as a signed fraction.
    #[must_use]
    pub fn random(&self) -> I1F7 {
        I1F7::from_bits(self.random.cast_signed())
    }
}

fn collected(baseline: i8, code: u8) -> I1F7 {
    I1F7::from_bits(baseline).saturating_sub(I1F7::from_bits((code >> 1).cast_signed()))
}

/// A weight as the fraction the rules calculate with: twice its value, so that 63 lies at the saturation.
fn weight_fraction(weight: u8) -> I1F7 {
    I1F7::from_bits((weight << 1).cast_signed())
}

/// Back to a weight: what fell below zero is zero.
fn weight_code(fraction: I1F7) -> u8 {
    (fraction.to_bits().max(0) >> 1).cast_unsigned()
}

/// Product of two fractions, rounded to minus infinity; only -1 times -1 saturates (`fxvmulbfs`).
fn product(a: I1F7, b: I1F7) -> I1F7 {
    a.saturating_mul(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_rounded_to_minus_infinity() {
        for a in i8::MIN..=i8::MAX {
            for b in i8::MIN..=i8::MAX {
                let exact = (i32::from(a) * i32::from(b)).div_euclid(128).min(127);
                let got = product(I1F7::from_bits(a), I1F7::from_bits(b));
                assert_eq!(i32::from(got.to_bits()), exact, "{a} * {b}");
            }
        }
    }

    #[test]
    fn weights_survive_the_way_there_and_back() {
        for weight in 0..=WEIGHT_MAX {
            assert_eq!(weight_code(weight_fraction(weight)), weight);
        }
        assert_eq!(weight_code(I1F7::from_bits(-3)), 0);
        assert_eq!(weight_code(I1F7::MAX), WEIGHT_MAX);
    }
}
