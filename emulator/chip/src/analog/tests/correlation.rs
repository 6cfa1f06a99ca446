//! Correlation sensors: spread over a chip, signs of their settings, and the acceptance limits of the public calibration test
//! (electronicvisions calix: tests/hw/py/test_correlation.py).

use super::*;
use crate::analog::correlation::{BlockSensors, Branch, KernelDeviation, capacity_lsb};
use crate::analog::mismatch::SYNAPSES;

/// Biases of a calibrated chip.
const RAMP_UA: f64 = 0.080;
const STORE_UA: f64 = 0.070;

fn block(ramp_ua: f64, store_ua: f64, constants: &AnalogConstants) -> BlockSensors {
    let of = &constants.correlation;
    BlockSensors::derive(ramp_ua, store_ua, 1.0, constants).supplied(
        of.board_reset_v,
        of.board_measure_v,
        constants,
    )
}

/// Exponents of the factors on amplitude and time constant of a branch, by synapse.
fn exponents(chip: &Deviations, branch: Branch) -> [Vec<f64>; 2] {
    let factors: Vec<_> = (0..SYNAPSES).step_by(3).map(|s| chip.correlation.kernel(s, branch)).collect();
    [|d: &KernelDeviation| d.amplitude, |d: &KernelDeviation| d.tau]
        .map(|of| factors.iter().map(|d| libm::log(of(d))).collect())
}

#[test]
fn sensors_spread_as_tabulated_and_their_branches_apart() {
    let mut constants = AnalogConstants::default();
    for sigma in [
        &mut constants.mismatch.correlation_block,
        &mut constants.mismatch.correlation_gradient,
        &mut constants.mismatch.correlation_asymmetry,
    ] {
        *sigma = 0.0;
    }
    let chip = Deviations::draw(1, &constants);
    let columns = Branch::BOTH.map(|branch| exponents(&chip, branch)).concat();
    for (values, sigma) in columns.iter().zip([0.35, 0.25, 0.35, 0.25]) {
        assert_close(deviation(values), sigma, 0.02);
        assert!(mean(values).abs() < 0.01);
    }
    for (i, a) in columns.iter().enumerate() {
        for b in &columns[..i] {
            let products: Vec<f64> = a.iter().zip(b).map(|(x, y)| x * y).collect();
            assert!((mean(&products) / (deviation(a) * deviation(b))).abs() < 0.03);
        }
    }
    let offsets: Vec<f64> = (0..SYNAPSES).map(|s| chip.correlation.offset_v(s, Branch::Acausal)).collect();
    assert_close(deviation(&offsets), 0.021, 0.02);
}

#[test]
fn quadrants_and_their_edges_differ() {
    let mut constants = AnalogConstants::default();
    constants.mismatch.correlation_amplitude = 0.0;
    constants.mismatch.correlation_tau = 0.0;
    let chips: Vec<_> = (0..200).map(|seed| Deviations::draw(seed, &constants).correlation).collect();
    let log_tau = |synapse: usize, chip: usize| libm::log(chips[chip].kernel(synapse, Branch::Causal).tau);
    let spread = |of: &dyn Fn(usize) -> f64| deviation(&(0..200).map(of).collect::<Vec<_>>());
    // First column of a quadrant against its last one: twice the gradient.
    assert_close(spread(&|chip| log_tau(128, chip) - log_tau(255, chip)), 0.2, 0.15);
    assert_close(spread(&|chip| log_tau(0, chip) - log_tau(65_280, chip)), 0.2, 0.15);
    let middle = |column: usize| 256 * 127 + column;
    assert_close(spread(&|chip| log_tau(middle(64), chip)), 0.1, 0.15);
    let ratio = |chip: usize| {
        let [causal, acausal] = Branch::BOTH.map(|branch| chips[chip].kernel(middle(64), branch).amplitude);
        libm::log(causal / acausal)
    };
    assert_close(spread(&ratio), 0.15, 0.15);
}

#[test]
fn an_uncalibrated_chip_meets_the_public_limits() {
    let constants = AnalogConstants::default();
    let chip = Deviations::draw(0, &constants);
    let nominal = block(RAMP_UA, STORE_UA, &constants);
    let kernels: Vec<_> = (0..SYNAPSES)
        .step_by(5)
        .map(|s| nominal.kernel([0; 2], chip.correlation.kernel(s, Branch::Causal), &constants))
        .collect();
    for (of, target) in [
        (kernels.iter().map(|k| k.amplitude_lsb).collect::<Vec<_>>(), 0.5),
        (kernels.iter().map(|k| k.tau_us).collect(), 5.0),
    ] {
        let mut sorted = of;
        sorted.sort_by(f64::total_cmp);
        let percentile = |p: usize| sorted[sorted.len() * p / 100];
        assert!(percentile(30) > target / 2.0 && percentile(70) < target * 2.0);
    }
    let larger_when_closer = kernels.iter().filter(|k| k.after(1.0) > k.after(5.0)).count();
    assert!(larger_when_closer * 10 >= kernels.len() * 8);
}

#[test]
fn settings_act_in_the_direction_calibration_relies_on() {
    let constants = AnalogConstants::default();
    let nominal = block(RAMP_UA, STORE_UA, &constants);
    assert_close(nominal.amplitude_lsb, 0.5, 1e-12);
    assert_close(nominal.tau_us, 5.0, 1e-12);
    assert!(block(2.0 * RAMP_UA, STORE_UA, &constants).tau_us < nominal.tau_us);
    assert!(block(RAMP_UA, 2.0 * STORE_UA, &constants).amplitude_lsb < nominal.amplitude_lsb);
    let kernel = |bits| nominal.kernel(bits, KernelDeviation::NONE, &constants);
    for code in 1..4 {
        assert!(kernel([code, 0]).tau_us < kernel([code - 1, 0]).tau_us);
        assert!(kernel([0, code]).amplitude_lsb < kernel([0, code - 1]).amplitude_lsb);
    }
    let supplied = |reset_v, measure_v| nominal.supplied(reset_v, measure_v, &constants);
    let (usual, other) = (supplied(1.85, 0.9), supplied(1.80, 0.95));
    assert_close(other.amplitude_lsb, 1.2 * usual.amplitude_lsb, 1e-3);
    // 240 CADC counts per volt.
    assert_close((usual.baseline_v - other.baseline_v) / 4.223e-3, 12.0, 1e-3);
    assert_close(capacity_lsb(usual.baseline_v, &constants), 180.0, 2e-3);
    assert_eq!(supplied(0.0, 0.0).baseline_v, 0.0);
    assert_eq!(capacity_lsb(0.0, &constants), 0.0);
}

#[test]
fn outputs_need_their_biases() {
    let constants = AnalogConstants::default();
    let output = |store_ua, support| {
        BlockSensors::derive(RAMP_UA, store_ua, support, &constants).output_v(100.0, 0.0, &constants)
    };
    let working = output(STORE_UA, 1.0);
    assert_close(working, 0.8833 - 100.0 * 4.223e-3, 1e-12);
    assert!(output(0.025, 1.0) < 0.51 * working, "store below the lowest valid code");
    assert!(output(STORE_UA, 0.0) == 0.0 && output(0.0, 1.0) == 0.0);
    assert!(!BlockSensors::derive(0.0, STORE_UA, 1.0, &constants).powered);
}

#[test]
fn ideal_sensors_are_alike_and_real_ones_frozen() {
    let constants = AnalogConstants::default();
    let ideal = Deviations::ideal(&constants).correlation;
    for synapse in [0, 77_777, SYNAPSES - 1] {
        assert_eq!(ideal.kernel(synapse, Branch::Causal), KernelDeviation::NONE);
        assert_eq!(ideal.offset_v(synapse, Branch::Acausal), 0.0);
    }
    let chip = Deviations::draw(0, &constants).correlation;
    let found = [
        chip.kernel(99_999, Branch::Causal).amplitude,
        chip.kernel(99_999, Branch::Acausal).tau,
        chip.offset_v(99_999, Branch::Acausal),
    ];
    let frozen = [0.6380707195787483f64, 0.697877704170867, 0.02174441206455231];
    assert_eq!(found.map(f64::to_bits), frozen.map(f64::to_bits), "{found:?}");
}
