//! The parallel random number generator of a hemisphere: one shift register of 16 bits per column, each with a feedback
//! polynomial of its own (electronicvisions libnux: include/libnux/vx/parallel_rng.h).
//!
//! The chip's polynomials, its state after reset and when its registers shift are not public. Here column `c` has the `c`-th
//! primitive polynomial of degree 16 in increasing order, in Galois form shifting towards bit 0; a read shifts the registers of its half eight times
//! and returns their low eight bits; a seed of 0 counts as 1, because 0 would stay for ever.

use serde::{Deserialize, Serialize};
use std::sync::{Arc, LazyLock};

/// Columns of a hemisphere.
const COLUMNS: usize = 256;
/// Byte lanes of a vector.
const LANES: usize = 128;
/// Shifts per read, and random bits per lane.
const BITS: u32 = 8;
/// Period of a register: all states but 0.
const PERIOD: u32 = u16::MAX as u32;
/// Prime factors of the period.
const FACTORS: [u32; 4] = [3, 5, 17, 257];

/// Feedback masks by column. A constant, built on first use.
static FEEDBACK: LazyLock<Vec<u16>> =
    LazyLock::new(|| (0..=u16::MAX).filter(|&mask| is_primitive(mask)).take(COLUMNS).collect());

/// One shift of a register whose polynomial is x^16 plus the powers named by `feedback` (bit `i`: x^i): a division by x.
#[inline]
const fn draw_bit(state: u16, feedback: u16) -> u16 {
    (state >> 1) ^ if state & 1 == 1 { feedback >> 1 | 0x8000 } else { 0 }
}

/// A multiplication by x.
#[inline]
const fn shift(state: u16, feedback: u16) -> u16 {
    (state << 1) ^ if state >> 15 == 1 { feedback } else { 0 }
}

/// Product of two polynomials modulo x^16 + `feedback`.
fn product(a: u16, b: u16, feedback: u16) -> u16 {
    (0..16).rev().fold(0, |sum, bit| shift(sum, feedback) ^ if b >> bit & 1 == 1 { a } else { 0 })
}

/// x^n modulo x^16 + `feedback`.
fn power(n: u32, feedback: u16) -> u16 {
    (0..32).rev().fold(1, |x, bit| {
        let square = product(x, x, feedback);
        if n >> bit & 1 == 1 { shift(square, feedback) } else { square }
    })
}

/// Whether x generates all non-zero states.
fn is_primitive(feedback: u16) -> bool {
    feedback & 1 == 1
        && power(PERIOD, feedback) == 1
        && FACTORS.iter().all(|factor| power(PERIOD / factor, feedback) != 1)
}

/// The registers of a hemisphere. Clones share memory until one of them draws.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParallelRandom {
    /// By column.
    states: Arc<Vec<u16>>,
}

impl Default for ParallelRandom {
    /// After reset: different states that are not 0.
    fn default() -> Self {
        let states = (0..COLUMNS as u64).map(|column| crate::random::mix(column + 1) as u16 | 1);
        ParallelRandom { states: Arc::new(states.collect()) }
    }
}

impl ParallelRandom {
    /// Draws eight bits for each column of a half (0 even, 1 odd).
    pub fn draw(&mut self, half: usize) -> [u8; LANES] {
        let states = Arc::make_mut(&mut self.states);
        let feedback = &*FEEDBACK;
        let mut bits = [0; LANES];
        for (lane, bits) in bits.iter_mut().enumerate() {
            let column = 2 * lane + half;
            states[column] = (0..BITS).fold(states[column], |state, _| draw_bit(state, feedback[column]));
            *bits = states[column] as u8;
        }
        bits
    }

    /// Sets the register of lane `lane` (0..128) of a half to a byte.
    pub fn seed(&mut self, half: usize, lane: usize, value: u8) {
        Arc::make_mut(&mut self.states)[2 * lane + half] = u16::from(value).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_register_has_the_full_period() {
        assert_eq!(FEEDBACK.len(), COLUMNS);
        assert!(FEEDBACK.is_sorted_by(|a, b| a < b));
        for &feedback in [FEEDBACK[0], FEEDBACK[137], FEEDBACK[255]].iter() {
            let mut state = draw_bit(1, feedback);
            let mut period = 1;
            while state != 1 {
                state = draw_bit(state, feedback);
                period += 1;
            }
            assert_eq!(period, PERIOD, "{feedback:#06x}");
        }
    }

    #[test]
    fn the_first_polynomial_is_the_smallest_primitive_one() {
        // x^16 + x^5 + x^3 + x^2 + 1, the first of every table of primitive polynomials.
        assert_eq!(FEEDBACK[0], 0x2d);
    }

    #[test]
    fn equal_seeds_give_equal_numbers_per_column() {
        let mut random = ParallelRandom::default();
        let draws = |random: &mut ParallelRandom| {
            (0..LANES).for_each(|lane| random.seed(1, lane, 0x5a));
            [random.draw(1), random.draw(1)]
        };
        let first = draws(&mut random);
        random.draw(0);
        assert_eq!(draws(&mut random), first);
        assert_ne!(first[0][0], first[0][1], "columns differ");
        (0..LANES).for_each(|lane| random.seed(1, lane, 0));
        assert_ne!(random.draw(1), [0; LANES]);
    }

    #[test]
    fn bits_are_balanced() {
        let mut random = ParallelRandom::default();
        let ones: u32 = (0..1000).flat_map(|_| random.draw(0)).map(u8::count_ones).sum();
        let mean = f64::from(ones) / (1000.0 * 8.0 * LANES as f64);
        assert!((mean - 0.5).abs() < 0.002, "{mean}");
    }

    #[test]
    fn halves_are_independent() {
        let (mut a, mut b) = (ParallelRandom::default(), ParallelRandom::default());
        a.draw(0);
        assert_eq!(a.draw(1), b.draw(1));
    }
}
