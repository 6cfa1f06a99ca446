//! Random rows: every byte is often one of the values at which something saturates or changes its sign.

use hx_firmware::Image;
use hx_firmware::harness::{COLUMNS, Row, Synapses};
use hx_firmware::reference::{I1F7, Sensors, WEIGHT_MAX};
use proptest::prelude::*;

/// Any byte, the extremes often.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![2 => any::<u8>(), 1 => prop::sample::select(vec![0u8, 1, 2, 63, 64, 126, 127, 128, 129, 253, 254, 255])]
}

/// Any signed fraction, the extremes often.
pub fn fraction() -> impl Strategy<Value = I1F7> {
    byte().prop_map(|byte| I1F7::from_bits(byte.cast_signed()))
}

/// Any word, small and extreme ones often.
pub fn word() -> impl Strategy<Value = i32> {
    prop_oneof![any::<i32>(), -300..300i32, prop::sample::select(vec![i32::MIN, i32::MAX, -1, 0])]
}

fn row(value: impl Strategy<Value = u8>) -> impl Strategy<Value = Row> {
    prop::collection::vec(value, COLUMNS).prop_map(|bytes| std::array::from_fn(|column| bytes[column]))
}

fn six_bits() -> impl Strategy<Value = u8> {
    prop_oneof![2 => 0..=WEIGHT_MAX, 1 => prop::sample::select(vec![0, 1, 2, 61, 62, WEIGHT_MAX])]
}

/// What a test of a rule starts from.
#[derive(Debug, Clone)]
pub struct Start {
    /// Rows, and what the sensors, the random generator and the counters hold.
    pub synapses: Synapses,
    /// Halves of the codes that the causal and acausal sensors read when nothing was collected.
    pub baselines: [Row; 2],
}

/// One to three rows anywhere in the array.
pub fn start() -> impl Strategy<Value = Start> {
    (1..=3usize).prop_flat_map(|rows| {
        let several = |value| prop::collection::vec(value, rows);
        let counts = prop::collection::vec(prop_oneof![0..20u16, 0..=511u16], COLUMNS);
        (
            (
                0..=256 - rows as u32,
                prop::collection::vec(row(six_bits()), rows),
                several(row(byte()).boxed()),
            ),
            (several(row(byte()).boxed()), prop::collection::vec(row(six_bits()), rows), row(byte()), counts),
            [row(byte()), row(byte())],
        )
            .prop_map(
                |((first_row, weights, causal), (acausal, labels, random, counts), baselines)| Start {
                    synapses: Synapses {
                        first_row,
                        weights,
                        labels,
                        causal,
                        acausal,
                        random,
                        counts: std::array::from_fn(|column| counts[column]),
                    },
                    baselines,
                },
            )
    })
}

impl Start {
    /// What the rule sees at one synapse.
    pub fn sensors(&self, row: usize, column: usize) -> Sensors {
        Sensors {
            causal: self.synapses.causal[row][column],
            acausal: self.synapses.acausal[row][column],
            baseline_causal: self.baselines[0][column].cast_signed(),
            baseline_acausal: self.baselines[1][column].cast_signed(),
            random: self.synapses.random[column],
        }
    }

    /// Puts the baselines into an image.
    pub fn set_baselines(&self, image: &mut Image) {
        for (symbol, baseline) in ["baseline_causal", "baseline_acausal"].iter().zip(&self.baselines) {
            let halves: Vec<u8> =
                (0..2).flat_map(|half| baseline.iter().skip(half).step_by(2).copied()).collect();
            image.set_bytes(symbol, &halves).expect("every rule over sensors has baselines");
        }
    }
}
