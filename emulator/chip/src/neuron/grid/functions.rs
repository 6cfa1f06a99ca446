//! Single-precision functions of the throughput mode: plain additions and multiplications in a fixed order, so that loops over
//! lanes vectorise and every machine gives the same bits.

const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// High part of ln 2 with trailing zero bits, so that `k * LN2_HI` is exact for every exponent `k`.
const LN2_HI: f32 = 0.693_359_4;
const LN2_LO: f32 = -2.121_944_4e-4;
/// Adding 1.5 * 2^23 rounds to the nearest integer and leaves it in the low mantissa bits.
const ROUND: f32 = 12_582_912.0;

/// `e^x` within 3e-7 relative; arguments beyond +-80 are clamped.
#[inline(always)]
#[must_use]
pub fn exp(x: f32) -> f32 {
    let x = x.clamp(-80.0, 80.0);
    let shifted = x * LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN2_HI) - k * LN2_LO;
    let p = 1.0 / 720.0;
    let p = p * r + 1.0 / 120.0;
    let p = p * r + 1.0 / 24.0;
    let p = p * r + 1.0 / 6.0;
    let p = p * r + 0.5;
    let mantissa = 1.0 + (r + r * r * p);
    let scale = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    mantissa * scale
}

/// Beyond this the rational approximation of the hyperbolic tangent would exceed one.
const TANH_LIMIT: f32 = 4.97;

/// `tanh x` within 1e-6 for |x| <= 2.5 and 1.5e-4 everywhere, never beyond one: amplifiers of neurons that work properly stay
/// below two. The seventh convergent of its continued fraction.
#[inline(always)]
#[must_use]
pub fn tanh(x: f32) -> f32 {
    let x = x.clamp(-TANH_LIMIT, TANH_LIMIT);
    let s = x * x;
    let numerator = x * (135_135.0 + s * (17_325.0 + s * (378.0 + s)));
    let denominator = 135_135.0 + s * (62_370.0 + s * (3_150.0 + s * 28.0));
    numerator / denominator
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_is_single_precision() {
        for i in -8_000..=8_000 {
            let x = f64::from(i) * 0.01;
            let error = f64::from(exp(x as f32)) / libm::exp(f64::from(x as f32)) - 1.0;
            assert!(error.abs() < 3e-7, "exp({x}): {error}");
        }
        assert!(exp(1e9).is_finite() && exp(-1e9) > 0.0);
    }

    #[test]
    fn tangent_keeps_its_bounds() {
        for i in -1_000..=1_000 {
            let x = f64::from(i) * 0.01;
            let (value, reference) = (f64::from(tanh(x as f32)), libm::tanh(x));
            let bound = if x.abs() <= 2.5 { 1e-6 } else { 1.5e-4 };
            assert!((value - reference).abs() < bound && value.abs() <= 1.0, "tanh({x}) = {value}");
        }
    }
}
