//! Properties of the closed forms on random neurons: agreement with root finding and with finite differences, invariance under a
//! shift of time.

use hx_learn::gradient::{NeuronModel, TauRatio, first_spike, neuron_derivatives};

/// A small generator of test inputs (SplitMix64).
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
    }

    fn neuron(&mut self) -> (Vec<f64>, Vec<f64>) {
        let times = (0..8).map(|_| 0.15 + 1.85 * self.uniform()).collect();
        let weights = (0..8).map(|_| 0.4 + 2.4 * (self.uniform() - 0.5)).collect();
        (times, weights)
    }
}

const MODELS: [NeuronModel; 2] =
    [NeuronModel { tau: TauRatio::Equal, c: 1.0 }, NeuronModel { tau: TauRatio::Double, c: 0.5 }];

fn kernel(model: NeuronModel, s: f64) -> f64 {
    match model.tau {
        TauRatio::Equal => s * libm::exp(-s),
        TauRatio::Double => libm::exp(-0.5 * s) - libm::exp(-s),
    }
}

fn membrane(model: NeuronModel, times: &[f64], weights: &[f64], t: f64) -> f64 {
    times.iter().zip(weights).filter(|(ti, _)| **ti < t).map(|(ti, w)| w * kernel(model, t - ti)).sum()
}

/// First crossing by a scan in small steps and bisection.
fn numeric_spike(model: NeuronModel, times: &[f64], weights: &[f64]) -> f64 {
    let above = |t: f64| membrane(model, times, weights, t) >= model.c;
    let step = 1e-3;
    let Some(k) = (1..12_000).find(|&k| above(f64::from(k) * step)) else { return f64::INFINITY };
    let (mut low, mut high) = (f64::from(k - 1) * step, f64::from(k) * step);
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if above(middle) { high = middle } else { low = middle }
    }
    high
}

#[test]
fn closed_form_agrees_with_root_finding() {
    for model in MODELS {
        let mut random = Random(1);
        let (mut spiking, mut silent) = (0, 0);
        for _ in 0..300 {
            let (times, weights) = random.neuron();
            let exact = first_spike(model, &times, &weights).unwrap();
            let numeric = numeric_spike(model, &times, &weights);
            assert_eq!(
                exact.is_finite(),
                numeric.is_finite(),
                "{model:?} {times:?} {weights:?} {exact} {numeric}"
            );
            if exact.is_finite() {
                assert!((exact - numeric).abs() < 1e-13, "{model:?}: {exact} {numeric}");
                spiking += 1;
            } else {
                silent += 1;
            }
        }
        assert!(spiking > 100 && silent > 30, "{spiking} {silent}");
    }
}

/// Smallest slope of the membrane at its spike that finite differences are asked to resolve.
fn is_steep(model: NeuronModel, times: &[f64], weights: &[f64], spike: f64) -> bool {
    let slope =
        (membrane(model, times, weights, spike) - membrane(model, times, weights, spike - 1e-6)) / 1e-6;
    slope > 0.1 && times.iter().all(|t| (t - spike).abs() > 1e-3)
}

fn each_steep_neuron(mut check: impl FnMut(NeuronModel, &[f64], &[f64], f64)) {
    for model in MODELS {
        let mut random = Random(2);
        let mut count = 0;
        for _ in 0..300 {
            let (times, weights) = random.neuron();
            let spike = first_spike(model, &times, &weights).unwrap();
            if spike.is_finite() && is_steep(model, &times, &weights, spike) {
                check(model, &times, &weights, spike);
                count += 1;
            }
        }
        assert!(count > 80, "{count}");
    }
}

/// Central difference of the spike time by one entry of times (`by_time`) or weights.
fn difference(model: NeuronModel, times: &[f64], weights: &[f64], index: usize, by_time: bool) -> f64 {
    let shifted = |step: f64| {
        let (mut times, mut weights) = (times.to_vec(), weights.to_vec());
        if by_time {
            times[index] += step
        } else {
            weights[index] += step
        }
        first_spike(model, &times, &weights).unwrap()
    };
    (shifted(1e-6) - shifted(-1e-6)) / 2e-6
}

#[test]
fn derivatives_agree_with_finite_differences() {
    each_steep_neuron(|model, times, weights, spike| {
        let d = neuron_derivatives(model, times, weights, spike).unwrap();
        for i in 0..times.len() {
            let by_weight = difference(model, times, weights, i, false);
            assert!(
                (d.by_weight[i] - by_weight).abs() < 1e-7 * (1.0 + by_weight.abs()),
                "{model:?} w{i} {by_weight}"
            );
            let by_time = difference(model, times, weights, i, true);
            assert!(
                (d.by_time[i] - by_time).abs() < 1e-7 * (1.0 + by_time.abs()),
                "{model:?} t{i} {by_time}"
            );
        }
    });
}

#[test]
fn a_shift_of_all_inputs_shifts_the_spike() {
    each_steep_neuron(|model, times, weights, spike| {
        let d = neuron_derivatives(model, times, weights, spike).unwrap();
        assert!((d.by_time.iter().sum::<f64>() - 1.0).abs() < 1e-10, "{model:?} {:?}", d.by_time);
        let later: Vec<f64> = times.iter().map(|t| t + 4.0).collect();
        assert!((first_spike(model, &later, weights).unwrap() - spike - 4.0).abs() < 1e-11);
    });
}

#[test]
fn equal_input_times_count_together() {
    for model in MODELS {
        let apart = first_spike(model, &[0.5, 0.5, 0.5], &[2.0, -0.5, 1.5]).unwrap();
        let together = first_spike(model, &[0.5], &[3.0]).unwrap();
        assert!((apart - together).abs() < 1e-14);
    }
}

#[test]
fn a_late_inhibition_does_not_undo_an_earlier_spike() {
    for model in MODELS {
        let alone = first_spike(model, &[0.2], &[4.0]).unwrap();
        let inhibited = first_spike(model, &[0.2, alone + 0.01], &[4.0, -50.0]).unwrap();
        assert!((alone - inhibited).abs() < 1e-14);
        let prevented = first_spike(model, &[0.2, alone - 0.01], &[4.0, -50.0]).unwrap();
        assert!(prevented.is_infinite());
    }
}
