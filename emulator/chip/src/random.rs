//! Random numbers as pure functions of a key: (seed, purpose, parameter, instance, step) goes through SplitMix64's mixing
//! function. No stream and no state, so adding a parameter never moves another one's deviate, a snapshot holds no generator,
//! and the order of evaluation (hence the number of threads) does not matter. The functions here are frozen: changing them
//! changes every chip instance.

use std::sync::LazyLock;

/// Output function of SplitMix64: a bijection of 64-bit words that scatters neighbouring inputs.
#[inline(always)]
#[must_use]
pub const fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Extends a key by one more part.
#[inline(always)]
#[must_use]
pub const fn extend(key: u64, part: u64) -> u64 {
    mix(key.wrapping_add(0x9e37_79b9_7f4a_7c15) ^ mix(part.wrapping_add(0xd134_2543_de82_ef95)))
}

/// Key of a name, so that streams are told apart by what they are for.
#[must_use]
pub const fn purpose(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut key = 0xcbf2_9ce4_8422_2325;
    let mut i = 0;
    while i < bytes.len() {
        key = extend(key, bytes[i] as u64);
        i += 1;
    }
    key
}

/// A uniform number in the open interval (0, 1) with 52 bits.
#[inline(always)]
#[must_use]
pub fn uniform(key: u64) -> f64 {
    ((mix(key) >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
}

/// A standard normal deviate by inversion (Wichura 1988, algorithm AS 241, relative error 1e-15).
#[must_use]
pub fn gaussian(key: u64) -> f64 {
    normal_quantile(uniform(key))
}

/// A standard normal deviate truncated at +-3.5, as mismatch is drawn (analog model, section 9.1).
#[must_use]
pub fn gaussian_truncated(key: u64) -> f64 {
    gaussian(key).clamp(-3.5, 3.5)
}

fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

/// Quantile function of the standard normal distribution for `0 < p < 1`.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    const A: [f64; 8] = [
        3.387_132_872_796_366_5,
        1.331_416_678_917_843_8e2,
        1.971_590_950_306_551_3e3,
        1.373_169_376_550_946e4,
        4.592_195_393_154_987e4,
        6.726_577_092_700_87e4,
        3.343_057_558_358_813e4,
        2.509_080_928_730_122_7e3,
    ];
    const B: [f64; 8] = [
        1.0,
        4.231_333_070_160_091e1,
        6.871_870_074_920_579e2,
        5.394_196_021_424_751e3,
        2.121_379_430_158_659_7e4,
        3.930_789_580_009_271e4,
        2.872_908_573_572_194_3e4,
        5.226_495_278_852_854e3,
    ];
    const C: [f64; 8] = [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        2.417_807_251_774_506e-1,
        2.272_384_498_926_918_4e-2,
        7.745_450_142_783_414e-4,
    ];
    const D: [f64; 8] = [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        6.897_673_349_851e-1,
        1.481_039_764_274_800_8e-1,
        1.519_866_656_361_645_7e-2,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ];
    const E: [f64; 8] = [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        2.965_605_718_285_048_7e-1,
        2.653_218_952_657_612_4e-2,
        1.242_660_947_388_078_4e-3,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ];
    const F: [f64; 8] = [
        1.0,
        5.998_322_065_558_88e-1,
        1.369_298_809_227_358e-1,
        1.487_536_129_085_061_5e-2,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ];
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * polynomial(&A, r) / polynomial(&B, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = (-libm::log(tail)).sqrt();
    let magnitude = if r <= 5.0 {
        polynomial(&C, r - 1.6) / polynomial(&D, r - 1.6)
    } else {
        polynomial(&E, r - 5.0) / polynomial(&F, r - 5.0)
    };
    magnitude.copysign(q)
}

/// Entries of the table behind [`fast_gaussian`]: 12 bits of the hash pick one.
const TABLE: usize = 4096;

/// Midpoint quantiles of the normal distribution, scaled to unit variance. A constant, built on first use.
static QUANTILES: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let raw: Vec<f64> = (0..TABLE).map(|i| normal_quantile((i as f64 + 0.5) / TABLE as f64)).collect();
    let variance = raw.iter().map(|x| x * x).sum::<f64>() / TABLE as f64;
    raw.iter().map(|x| (x / variance.sqrt()) as f32).collect()
});

/// A cheap deviate for temporal noise: 4096 equally likely quantiles of the normal distribution, unit variance, largest
/// magnitude 3.7. About ten times faster than [`gaussian`].
#[inline]
#[must_use]
pub fn fast_gaussian(key: u64) -> f64 {
    f64::from(QUANTILES[(mix(key) >> 52) as usize & (TABLE - 1)])
}

/// The table of [`fast_gaussian`] for loops that draw many deviates from one hash (12 bits each).
#[must_use]
pub fn quantiles() -> &'static [f32] {
    &QUANTILES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_is_splitmix64() {
        // First output of SplitMix64 from state 0 (Vigna's reference implementation).
        assert_eq!(mix(0x9e37_79b9_7f4a_7c15), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn quantiles_are_those_of_the_normal_distribution() {
        assert_eq!(normal_quantile(0.5), 0.0);
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-14);
        assert!((normal_quantile(1e-10) + 6.361_340_902_404_056).abs() < 1e-12);
    }

    #[test]
    fn deviates_have_unit_variance_and_no_mean() {
        for draw in [gaussian as fn(u64) -> f64, fast_gaussian] {
            let values: Vec<f64> = (0..100_000).map(|i| draw(extend(7, i))).collect();
            let mean = values.iter().sum::<f64>() / 1e5;
            let variance = values.iter().map(|x| x * x).sum::<f64>() / 1e5 - mean * mean;
            assert!(mean.abs() < 0.012, "mean {mean}");
            assert!((variance - 1.0).abs() < 0.02, "variance {variance}");
        }
    }

    #[test]
    fn draws_are_frozen() {
        let key = extend(extend(purpose("V_leak"), 0), 17);
        assert_eq!(key, 0x93cdcda042f3a36a);
        assert_eq!(gaussian(key).to_bits(), 0xbfdef932ec07b40b);
        assert_eq!(fast_gaussian(key).to_bits(), 0xbfdf000600000000);
    }
}
