//! The Mersenne Twister MT19937 with the seeding and number conversions of NumPy's `RandomState`, bit for bit, because the
//! published data sets were drawn with it (Matsumoto and Nishimura, ACM Trans. Model. Comput. Simul. 8, 1998).

const LENGTH: usize = 624;
const SHIFT: usize = 397;
const UPPER: u32 = 0x8000_0000;
const LOWER: u32 = 0x7fff_ffff;
const TWIST: u32 = 0x9908_b0df;

/// Generator state.
#[derive(Debug, Clone, PartialEq)]
pub struct Mt19937 {
    state: [u32; LENGTH],
    next: usize,
}

impl Mt19937 {
    /// Plain integer seeding (`RandomState(seed)`).
    #[must_use]
    pub fn new(seed: u32) -> Self {
        let mut state = [seed; LENGTH];
        for i in 1..LENGTH {
            let previous = state[i - 1];
            state[i] = 1_812_433_253_u32.wrapping_mul(previous ^ (previous >> 30)).wrapping_add(i as u32);
        }
        Self { state, next: LENGTH }
    }

    fn refill(&mut self) {
        for i in 0..LENGTH {
            let y = (self.state[i] & UPPER) | (self.state[(i + 1) % LENGTH] & LOWER);
            let twist = if y & 1 == 1 { TWIST } else { 0 };
            self.state[i] = self.state[(i + SHIFT) % LENGTH] ^ (y >> 1) ^ twist;
        }
        self.next = 0;
    }

    /// The next 32-bit word.
    pub fn next_u32(&mut self) -> u32 {
        if self.next == LENGTH {
            self.refill();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// A uniform number in [0, 1) with 53 bits from two words (`RandomState.rand`).
    pub fn uniform(&mut self) -> f64 {
        let high = f64::from(self.next_u32() >> 5);
        let low = f64::from(self.next_u32() >> 6);
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }

    /// A whole number below `bound` (`RandomState.randint(bound)`): words masked to the next power of two until one fits.
    /// `bound` 0 counts as 1.
    pub fn below(&mut self, bound: u32) -> u32 {
        let largest = bound.saturating_sub(1);
        if largest == 0 {
            return 0;
        }
        let mask = u32::MAX >> largest.leading_zeros();
        loop {
            let value = self.next_u32() & mask;
            if value <= largest {
                return value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_words_are_numpys() {
        let mut generator = Mt19937::new(42);
        let words: Vec<u32> = (0..4).map(|_| generator.next_u32()).collect();
        assert_eq!(words, [1_608_637_542, 3_421_126_067, 4_083_286_876, 787_846_414]);
    }

    #[test]
    fn ten_thousandth_word_of_the_reference_seed() {
        // C++ standard, [rand.predef]: the 10000th consecutive invocation of mt19937 with its default seed 5489.
        let mut generator = Mt19937::new(5489);
        let last = (0..10_000).map(|_| generator.next_u32()).last();
        assert_eq!(last, Some(4_123_659_995));
    }

    #[test]
    fn uniforms_and_class_draws() {
        // numpy.random.RandomState(42).rand(2)
        let mut generator = Mt19937::new(42);
        assert!((generator.uniform() - 0.374_540_118_847_362_5).abs() < 1e-16);
        assert!((generator.uniform() - 0.950_714_306_409_916_2).abs() < 1e-16);
        assert_eq!(Mt19937::new(42).below(3), 2);
        assert_eq!(Mt19937::new(42).below(1), 0);
    }
}
