//! The principal branch of the Lambert W function, `W e^W = z`, as the spike time for `tau_m = tau_s` needs it: on
//! `-1/e <= z <= 0`, where a polynomial replaces the usual iteration, so that a loop over neurons vectorises.

/// 1/e as the sum of two doubles: `z + 1/e` must not lose digits where the derivative of a spike time diverges.
const INV_E_HI: f64 = 0.367_879_441_171_442_33;
const INV_E_LO: f64 = -1.242_875_367_278_836_3e-17;

/// `(1 + W)/p` as a polynomial in `x = sqrt(2) p - 1`, where `p = sqrt(2 (1 + e z))` runs from 0 to sqrt(2) and `x` from -1 to
/// 1. Chebyshev interpolation in 60 digits, cut at degree 19 (remainder 4e-17), turned into powers of `x`.
const POWERS: [f64; 20] = [
    0.820_429_692_461_014_5,
    -0.138_074_084_853_237_38,
    0.030_874_846_588_752_867,
    -0.007_744_753_603_670_585,
    0.002_068_864_874_870_675,
    -0.000_575_144_033_785_745_9,
    0.000_164_365_331_413_124_05,
    -4.793_434_357_639_82e-5,
    1.419_796_623_345_175_2e-5,
    -4.257_350_452_635_266e-6,
    1.289_451_262_341_865e-6,
    -3.937_651_697_204_255e-7,
    1.209_032_909_950_825_3e-7,
    -3.737_879_282_751_315e-8,
    1.186_796_513_041_368_9e-8,
    -3.723_012_007_035_898_4e-9,
    9.573_031_235_449_642e-10,
    -2.927_600_962_338_971_4e-10,
    1.911_675_153_935_839_8e-10,
    -6.226_883_648_947_78e-11,
];

/// `1 + W0(z)` for `-1/e <= z <= 0`, with a relative error below 1e-15 up to the branch point; NaN for `z < -1/e`, where no
/// real branch exists. Positive arguments do not belong to it.
#[inline(always)]
#[must_use]
pub fn one_plus_w0(z: f64) -> f64 {
    let above = (z + INV_E_HI) + INV_E_LO;
    let p = (2.0 * std::f64::consts::E * above).sqrt();
    let x = std::f64::consts::SQRT_2 * p - 1.0;
    // Even and odd powers apart: two short chains of dependent operations instead of a long one.
    let y = x * x;
    let (mut even, mut odd) = (POWERS[18], POWERS[19]);
    let mut i = 18;
    while i > 0 {
        i -= 2;
        even = even * y + POWERS[i];
        odd = odd * y + POWERS[i + 1];
    }
    p * (even + x * odd)
}

/// `W0(z)` for `-1/e <= z <= 0`; NaN below.
#[inline(always)]
#[must_use]
pub fn w0(z: f64) -> f64 {
    one_plus_w0(z) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Halley's iteration from the series at the branch point.
    fn halley(z: f64) -> f64 {
        let p = (2.0 * (std::f64::consts::E * z + 1.0)).max(0.0).sqrt();
        let mut w = -1.0 + p - p * p / 3.0 + 11.0 / 72.0 * p * p * p;
        for _ in 0..20 {
            let e = libm::exp(w);
            let f = w * e - z;
            let step = f / (e * (w + 1.0) - (w + 2.0) * f / (2.0 * w + 2.0));
            if step.is_finite() {
                w -= step;
            }
        }
        w
    }

    #[test]
    fn agrees_with_halleys_iteration() {
        for i in 0..=100_000 {
            let z = -0.367_8 * f64::from(i) / 1e5;
            // Halley's own error grows as the rounding of w e^w divided by its derivative, 1/(1 + W).
            let bound = 1e-15 / (1.0 + w0(z)).min(1.0);
            assert!((w0(z) - halley(z)).abs() < bound, "W({z}) = {} against {}", w0(z), halley(z));
        }
    }

    #[test]
    fn digits_of_a_table() {
        // mpmath 1.3, lambertw at 60 digits, 1 + W.
        let table = [
            (-0.1, 0.888_167_440_841_037),
            (-0.25, 0.642_597_043_818_611),
            (-0.35, 0.283_361_183_543_926_3),
            (-0.3678, 0.020_639_285_042_169_483),
            (-0.367_879_441_1, 1.970_775_796_704_285e-5),
        ];
        for (z, expected) in table {
            assert!((one_plus_w0(z) / expected - 1.0).abs() < 1e-15, "{z}: {}", one_plus_w0(z));
        }
        assert_eq!(one_plus_w0(0.0), 1.0);
    }

    #[test]
    fn no_real_branch_below_minus_one_over_e() {
        assert!(one_plus_w0(-0.367_879_441_171_442_4).is_nan());
        assert!(one_plus_w0(-3.0).is_nan());
        assert!(one_plus_w0(-0.367_879_441_171_442_2) < 1e-7);
    }
}
