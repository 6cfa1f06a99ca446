//! Statistics of a quantity over circuits.

/// Share of the circuits dropped at either end (electronicvisions calix: tests/hw/py/test_neuron_distribution.py).
const TRIMMED: f64 = 0.05;

/// Standard deviation without the outermost values; NaN values are outermost.
#[must_use]
pub fn trimmed_spread(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let drop = (TRIMMED * sorted.len() as f64) as usize;
    spread(&sorted[drop..sorted.len() - drop])
}

/// Standard deviation.
#[must_use]
pub fn spread(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count).sqrt()
}

/// Standard deviation of the values between two percentiles, given as shares.
#[must_use]
pub fn spread_between(values: &[f64], low: f64, high: f64) -> f64 {
    let sorted = finite(values);
    let at = |share: f64| (share * sorted.len() as f64) as usize;
    spread(sorted.get(at(low)..at(high)).unwrap_or_default())
}

/// The value below which a share of all values lies; NaN values are left out.
#[must_use]
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let sorted = finite(values);
    let last = sorted.len().saturating_sub(1);
    sorted.get((share * last as f64).round() as usize).copied().unwrap_or(f64::NAN)
}

fn finite(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// Share of the values that `is_in` holds for; NaN values count as out.
#[must_use]
pub fn share(values: &[f64], is_in: impl Fn(f64) -> bool) -> f64 {
    values.iter().filter(|&&value| !value.is_nan() && is_in(value)).count() as f64 / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outliers_do_not_count() {
        let mut values: Vec<f64> = (0..100).map(|i| f64::from(i % 2)).collect();
        assert!((trimmed_spread(&values) - 0.5).abs() < 1e-12);
        values[..5].fill(1e6);
        values[95..].fill(f64::NAN);
        assert!(trimmed_spread(&values) > 0.0);
        assert!(trimmed_spread(&[]).is_nan());
    }

    #[test]
    fn percentiles_and_shares() {
        let values: Vec<f64> = (0..=100).map(f64::from).chain([f64::NAN]).collect();
        assert_eq!([0.0, 0.3, 0.5, 1.0].map(|at| percentile(&values, at)), [0.0, 30.0, 50.0, 100.0]);
        assert!((share(&values, |value| value < 51.0) - 0.5).abs() < 1e-12);
        assert!(spread_between(&values, 0.4, 0.6) < 6.0);
        assert!(percentile(&[], 0.5).is_nan());
    }
}
