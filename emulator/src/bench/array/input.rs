//! The inputs of the full-chip workload, the same bit for bit as in other simulators (`benches/peers/w1.py`): weights and Poisson
//! trains from SplitMix64 used as a counter.

use hx_chip::random::mix;

/// Rows of the chip: 256 per hemisphere.
pub const ROWS: usize = 512;
/// Intervals a train may have; more are never needed within a millisecond.
const TRAIN: u64 = 4096;
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Number `index` of stream `seed`, in 0..1.
fn uniform(seed: u64, index: u64) -> f64 {
    let start = mix(seed.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1));
    let bits = mix(start.wrapping_add(index.wrapping_add(1).wrapping_mul(GOLDEN)));
    (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// Weight of a synapse: zero, or 1 to 63 with the probability `density`.
pub fn weight(row: usize, column: usize, density: f64) -> u32 {
    let synapse = (256 * row + column) as u64;
    if uniform(1, synapse) < density { 1 + (63.0 * uniform(2, synapse)) as u32 } else { 0 }
}

/// Events of a row within `duration_us`, us; `rate_khz` is their mean rate.
pub fn train(row: usize, rate_khz: f64, duration_us: f64) -> impl Iterator<Item = f64> {
    let first = row as u64 * TRAIN;
    let intervals = (0..TRAIN).map(move |k| -libm::log1p(-uniform(10, first + k)) * 1e3 / rate_khz);
    let times = intervals.scan(0.0, |at, interval| {
        *at += interval;
        Some(*at)
    });
    times.take_while(move |at| *at < duration_us)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_comparison() {
        // The first three numbers of stream 1, as the comparison gives them.
        for (index, value) in [0.173_853_29, 0.398_009_85, 0.844_043_21].into_iter().enumerate() {
            assert!((uniform(1, index as u64) - value).abs() < 5e-9);
        }
    }

    #[test]
    fn input_has_the_size_of_the_comparison() {
        let events: usize = (0..ROWS).map(|row| train(row, 10.0, 1000.0).count()).sum();
        assert_eq!(events, 5242);
        let reached = |density| -> usize {
            let of_row = |row| (0..256).filter(|column| weight(row, *column, density) > 0).count();
            (0..ROWS).map(|row| train(row, 10.0, 1000.0).count() * of_row(row)).sum()
        };
        assert_eq!((reached(1.0), reached(0.1)), (1_341_952, 133_950));
    }
}
