//! The one exponential of this crate: plain additions and multiplications only, so that every machine, optimisation level
//! and vector width gives the same bits, and loops over it vectorise. The chip has its own copy: neither crate uses the other.

const LOG2_E: f64 = std::f64::consts::LOG2_E;
/// High part of ln 2 with 21 trailing zero bits, so that `k * LN2_HI` is exact for every exponent `k`.
const LN2_HI: f64 = 6.931_471_803_691_238e-1;
const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;
/// Adding and subtracting 1.5 * 2^52 rounds to the nearest integer and leaves it in the low mantissa bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// Reciprocal factorials 1/2! .. 1/13!, the Taylor series on `|r| <= ln(2)/2` (remainder below 1e-17).
const TAYLOR: [f64; 12] = [
    1.0 / 2.0,
    1.0 / 6.0,
    1.0 / 24.0,
    1.0 / 120.0,
    1.0 / 720.0,
    1.0 / 5_040.0,
    1.0 / 40_320.0,
    1.0 / 362_880.0,
    1.0 / 3_628_800.0,
    1.0 / 39_916_800.0,
    1.0 / 479_001_600.0,
    1.0 / 6_227_020_800.0,
];

/// `e^x` within 3e-16 relative for `|x| <= 700`; arguments beyond +-708 are clamped (so there is neither infinity nor zero).
#[inline(always)]
#[must_use]
pub fn exp(x: f64) -> f64 {
    let x = x.clamp(-708.0, 708.0);
    let shifted = x * LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN2_HI) - k * LN2_LO;
    // Even and odd powers apart: two short chains of dependent operations instead of a long one.
    let y = r * r;
    let (mut even, mut odd) = (TAYLOR[10], TAYLOR[11]);
    let mut i = 10;
    while i > 0 {
        i -= 2;
        even = even * y + TAYLOR[i];
        odd = odd * y + TAYLOR[i + 1];
    }
    let mantissa = 1.0 + (r + y * (even + r * odd));
    let scale = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    mantissa * scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_libm_to_the_last_bits() {
        for i in -70_000..=70_000 {
            let x = f64::from(i) * 0.01;
            let reference = libm::exp(x);
            assert!(((exp(x) - reference) / reference).abs() < 4e-16, "exp({x})");
        }
    }

    #[test]
    fn zero_and_extremes() {
        assert_eq!(exp(0.0).to_bits(), 1.0f64.to_bits());
        assert!(exp(-1e6) > 0.0 && exp(-1e6) < 1e-300);
        assert!(exp(1e6).is_finite());
    }

    #[test]
    fn bits_are_frozen() {
        assert_eq!(exp(1.0).to_bits(), 0x4005_bf0a_8b14_576a);
        assert_eq!(exp(-0.5).to_bits(), 0x3fe3_68b2_fc6f_960a);
    }
}
