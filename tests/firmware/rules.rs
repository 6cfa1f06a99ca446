//! Every rule on the emulated processor against its reference, synapse by synapse.

use crate::random::{Start, fraction, start, word};
use hx_firmware::harness::{COLUMNS, Updated, update};
use hx_firmware::reference::{
    Additive, Homeostasis, I1F7, Multiplicative, Reward, RewardState, WEIGHT_MAX, WeightDecay,
};
use hx_firmware::{Firmware, Image};
use hxemu::processor::harness::BareCore;
use proptest::prelude::*;
use std::sync::LazyLock;

macro_rules! images {
    ($($constant:ident: $name:literal),* $(,)?) => {
        $(static $constant: LazyLock<Image> = LazyLock::new(|| built($name));)*
    };
}

images! {
    ADDITIVE: "stdp-additive",
    MULTIPLICATIVE: "stdp-multiplicative",
    REWARD: "stdp-reward",
    HOMEOSTASIS: "homeostasis",
    WEIGHT_DECAY: "weight-decay",
}

fn built(name: &str) -> Image {
    Firmware::find(name).expect("it is in the catalogue").build().unwrap_or_else(|error| panic!("{error}"))
}

fn parameter(value: I1F7) -> u32 {
    i32::from(value.to_bits()).cast_unsigned()
}

/// One update of a rule, whose exit code must be 0.
pub fn run(image: &Image, parameters: &[(&str, u32)], start: &Start) -> Updated {
    let mut image = image.clone();
    start.set_baselines(&mut image);
    let updated = update(&mut BareCore::default(), &image, parameters, &start.synapses);
    let updated = updated.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(updated.memory[3071], 0, "exit code");
    assert_eq!(updated.memory[image.word_index("completed").unwrap()], 1);
    assert_eq!(updated.memory[image.word_index("deadline_misses").unwrap()], 0);
    updated
}

/// Weights must be what the reference says.
pub fn expect_weights(updated: &Updated, start: &Start, expected: impl Fn(usize, usize) -> u8) {
    for (row, weights) in updated.weights.iter().enumerate() {
        for (column, &weight) in weights.iter().enumerate() {
            let old = start.synapses.weights[row][column];
            let sensors = start.sensors(row, column);
            assert_eq!(
                weight,
                expected(row, column),
                "row {row} column {column}, weight was {old}, {sensors:?}"
            );
        }
    }
}

/// Both traces of every synapse must have been reset.
pub fn expect_resets(updated: &Updated, start: &Start) {
    for (index, reset) in updated.resets.iter().enumerate() {
        let codes = &start.synapses.causal[index / 2];
        // Where all codes happen to be 3 the harness cannot tell.
        let told = codes.iter().skip(index % 2).step_by(2).any(|&code| code != 3);
        assert_eq!(*reset, told.then_some([3; COLUMNS / 2]), "half row {index}");
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn additive(start in start(), eta in fraction()) {
        let rule = Additive { eta };
        let updated = run(&ADDITIVE, &[("eta", parameter(eta))], &start);
        expect_weights(&updated, &start, |row, column| {
            rule.update(start.synapses.weights[row][column], &start.sensors(row, column))
        });
        expect_resets(&updated, &start);
        assert_eq!(updated.labels, start.synapses.labels);
    }

    #[test]
    fn multiplicative(start in start(), eta_plus in fraction(), eta_minus in fraction()) {
        let rule = Multiplicative { eta_plus, eta_minus };
        let parameters = [("eta_plus", parameter(eta_plus)), ("eta_minus", parameter(eta_minus))];
        let updated = run(&MULTIPLICATIVE, &parameters, &start);
        expect_weights(&updated, &start, |row, column| {
            rule.update(start.synapses.weights[row][column], &start.sensors(row, column))
        });
        expect_resets(&updated, &start);
        assert_eq!(updated.labels, start.synapses.labels);
    }

    #[test]
    fn reward(
        start in start(),
        rule in (fraction(), fraction(), word(), 0..32u32),
        (reward, mean_reward) in (word(), word()),
        eligibility in prop::collection::vec(any::<i8>(), 6 * COLUMNS / 2),
    ) {
        let (decay, noise, eta, mean_shift) = rule;
        let rule = Reward { decay, noise, eta, mean_shift };
        let parameters = [
            ("decay", parameter(decay)),
            ("noise", parameter(noise)),
            ("eta", eta.cast_unsigned()),
            ("mean_shift", mean_shift),
            ("reward", reward.cast_unsigned()),
            ("mean_reward", mean_reward.cast_unsigned()),
        ];
        let mut image = REWARD.clone();
        let bytes: Vec<u8> = eligibility.iter().map(|value| value.cast_unsigned()).collect();
        image.set_bytes("eligibility", &bytes).unwrap();
        let updated = run(&image, &parameters, &start);
        let state = rule.begin(RewardState { mean_reward, modulation: 0 }, reward);
        let word = |symbol: &str| updated.memory[image.word_index(symbol).unwrap()].cast_signed();
        assert_eq!((word("mean_reward"), word("modulation")), (state.mean_reward, i32::from(state.modulation)));
        let place = |row: usize, column: usize| (2 * row + column % 2) * COLUMNS / 2 + column / 2;
        let expected = |row: usize, column: usize| {
            let weight = start.synapses.weights[row][column];
            rule.update(state.modulation, weight, eligibility[place(row, column)], &start.sensors(row, column))
        };
        expect_weights(&updated, &start, |row, column| expected(row, column).0);
        expect_resets(&updated, &start);
        let first = image.address("eligibility").unwrap() as usize;
        let after: Vec<u8> = updated.memory.iter().flat_map(|word| word.to_be_bytes()).skip(first).collect();
        for row in 0..start.synapses.weights.len() {
            for column in 0..COLUMNS {
                let got = after[place(row, column)].cast_signed();
                assert_eq!(got, expected(row, column).1, "eligibility in row {row} column {column}");
            }
        }
    }

    #[test]
    fn homeostasis(start in start(), target in fraction(), step in fraction()) {
        let rule = Homeostasis { target: target.to_bits(), step: step.to_bits() };
        let updated = run_without_sensors(&HOMEOSTASIS, &[("target", parameter(target)), ("step", parameter(step))], &start);
        expect_weights(&updated, &start, |row, column| {
            rule.update(start.synapses.weights[row][column], start.synapses.counts[column])
        });
        assert_eq!(updated.counters_reset, COLUMNS);
        assert_eq!(updated.labels, start.synapses.labels);
    }

    #[test]
    fn weight_decay(start in start(), decay in fraction(), threshold in 0..=127u8, pruned_label in 0..=63u8) {
        let rule = WeightDecay { decay, threshold, pruned_label };
        let parameters = [
            ("decay", parameter(decay)),
            ("threshold", u32::from(threshold)),
            ("pruned_label", u32::from(pruned_label)),
        ];
        let updated = run_without_sensors(&WEIGHT_DECAY, &parameters, &start);
        let expected = |row: usize, column: usize| {
            let (weight, label) = (start.synapses.weights[row][column], start.synapses.labels[row][column]);
            rule.update(weight, label, &start.sensors(row, column))
        };
        expect_weights(&updated, &start, |row, column| expected(row, column).0);
        for (row, labels) in updated.labels.iter().enumerate() {
            for (column, &label) in labels.iter().enumerate() {
                assert_eq!(label, expected(row, column).1, "label in row {row} column {column}");
            }
        }
    }
}

/// A rule that leaves the sensors alone.
fn run_without_sensors(image: &Image, parameters: &[(&str, u32)], start: &Start) -> Updated {
    let updated = run(image, parameters, start);
    assert!(updated.resets.iter().all(Option::is_none));
    updated
}

/// Weights go to both ends of their range and no further.
#[test]
fn additive_saturates_at_both_ends() {
    let mut synapses = hx_firmware::harness::Synapses::new(17, 1);
    synapses.weights[0] = std::array::from_fn(|column| (column % 64) as u8);
    synapses.causal[0] = std::array::from_fn(|column| if column < 128 { 0 } else { 200 });
    synapses.acausal[0] = std::array::from_fn(|column| if column < 128 { 200 } else { 0 });
    let start = Start { synapses, baselines: [[100; COLUMNS]; 2] };
    let updated = run(&ADDITIVE, &[("eta", 127)], &start);
    assert_eq!(updated.weights[0][..128].iter().min(), Some(&49));
    assert_eq!(updated.weights[0][14..64], [WEIGHT_MAX; 50]);
    assert_eq!(updated.weights[0][192..242], [0; 50]);
    assert_eq!(updated.weights[0][128..].iter().max(), Some(&13));
}
