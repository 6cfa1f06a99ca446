//! Reproducible spread: a number from a key, never from a shared stream, so that one board does not move when another is added.

/// A number in 0..1 that follows from its key alone (SplitMix64 of Steele, Lea and Flood, applied word by word).
#[must_use]
pub fn uniform(key: [u64; 3]) -> f64 {
    let mixed = key.iter().fold(0x6c75_2e69, |state, &word| mix(state ^ word));
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_output_of_the_published_generator() {
        // SplitMix64 seeded with 0 begins with this number (Vigna's reference implementation).
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn keys_give_even_numbers() {
        let numbers: Vec<f64> = (0..1000).map(|index| uniform([1, 2, index])).collect();
        let mean = numbers.iter().sum::<f64>() / 1000.0;
        assert!((mean - 0.5).abs() < 0.03, "{mean}");
        assert_ne!(uniform([1, 2, 3]), uniform([3, 2, 1]));
    }
}
