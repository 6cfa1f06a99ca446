//! Published equations against golden values in 12 digits, evaluated independently in double precision with root finding.

use hx_learn::gradient::{NeuronModel, TauRatio, first_spike, neuron_derivatives};

struct Golden {
    name: &'static str,
    model: NeuronModel,
    times: &'static [f64],
    weights: &'static [f64],
    spike: f64,
    by_weight: &'static [f64],
    by_time: &'static [f64],
}

const fn equal(c: f64) -> NeuronModel {
    NeuronModel { tau: TauRatio::Equal, c }
}

const DOUBLE: NeuronModel = NeuronModel { tau: TauRatio::Double, c: 0.5 };

const GOLDEN: [Golden; 7] = [
    Golden {
        name: "G1",
        model: equal(1.0),
        times: &[0.15, 0.6, 1.1, 1.7],
        weights: &[1.2, 0.9, -0.4, 1.5],
        spike: f64::INFINITY,
        by_weight: &[0.0; 4],
        by_time: &[0.0; 4],
    },
    Golden {
        name: "G1b",
        model: equal(1.0),
        times: &[0.15, 0.6, 1.1, 1.7],
        weights: &[1.6, 1.2, -0.3, 2.5],
        spike: 1.765171589943,
        by_weight: &[-0.170805810428, -0.193244159534, -0.181885225565, -0.032471229753],
        by_time: &[-0.104087895183, -0.032872526608, -0.027466750750, 1.164427172540],
    },
    Golden {
        name: "G2",
        model: DOUBLE,
        times: &[0.15, 0.6, 1.1, 1.7],
        weights: &[1.2, 0.9, -0.4, 1.5],
        spike: 1.792056884638,
        by_weight: &[-0.419973253885, -0.421681078057, -0.352731586614, -0.073225973522],
        by_time: &[-0.054013491717, 0.043103129186, -0.100085060100, 1.110995422631],
    },
    Golden {
        name: "G3",
        model: equal(1.0),
        times: &[0.3],
        weights: &[3.0],
        spike: 0.919061286736,
        by_weight: &[-0.541698060765],
        by_time: &[1.0],
    },
    Golden {
        name: "G4",
        model: DOUBLE,
        times: &[0.3],
        weights: &[2.5],
        spike: 0.947014262315,
        by_weight: &[-0.494427191000],
        by_time: &[1.0],
    },
    Golden {
        name: "G5",
        model: equal(1.0),
        times: &[0.0, 0.5],
        weights: &[2.0, 1.0],
        spike: 0.900096385966,
        by_weight: &[-0.757095392851, -0.554847271684],
        by_time: &[0.168063258766, 0.831936741234],
    },
    Golden {
        name: "G6b",
        model: equal(1.52),
        times: &[0.15, 0.9, 2.0, 1.1, 0.9],
        weights: &[2.1, 2.0, 2.0, -0.5, 2.1],
        spike: 1.136347377043,
        by_weight: &[-0.182282793532, -0.092467141026, 0.0, -0.017368752055, -0.092467141026],
        by_time: &[0.005298478457, 0.597533813706, 0.0, -0.230242796555, 0.627410504392],
    },
];

fn assert_close(name: &str, what: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{name}: {what}");
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 2e-12, "{name}: {what} {found:?} instead of {expected:?}");
    }
}

#[test]
fn spike_times() {
    for g in GOLDEN {
        let spike = first_spike(g.model, g.times, g.weights).unwrap();
        assert!(spike == g.spike || (spike - g.spike).abs() < 1e-12, "{}: {spike}", g.name);
    }
}

#[test]
fn derivatives() {
    for g in GOLDEN {
        let spike = first_spike(g.model, g.times, g.weights).unwrap();
        let d = neuron_derivatives(g.model, g.times, g.weights, spike).unwrap();
        assert_close(g.name, "dt/dw", &d.by_weight, g.by_weight);
        assert_close(g.name, "dt/dt_in", &d.by_time, g.by_time);
    }
}

#[test]
fn one_input_must_exceed_its_threshold_weight() {
    for c in [0.5, 1.0, 1.52] {
        let e = std::f64::consts::E;
        let spikes = |model, weight: f64| first_spike(model, &[0.3], &[weight]).unwrap().is_finite();
        assert!(spikes(equal(c), e * c * 1.000_001) && !spikes(equal(c), e * c * 0.999_999));
        let double = NeuronModel { c, ..DOUBLE };
        assert!(spikes(double, 4.0 * c * 1.000_001) && !spikes(double, 4.0 * c * 0.999_999));
    }
}

#[test]
fn missing_inputs_contribute_nothing() {
    let with = first_spike(equal(1.0), &[0.0, f64::INFINITY, 0.5], &[2.0, 9.0, 1.0]).unwrap();
    let without = first_spike(equal(1.0), &[0.0, 0.5], &[2.0, 1.0]).unwrap();
    assert_eq!(with, without);
    let d = neuron_derivatives(equal(1.0), &[0.0, f64::INFINITY, 0.5], &[2.0, 9.0, 1.0], with).unwrap();
    assert_eq!((d.by_weight[1], d.by_time[1]), (0.0, 0.0));
    assert!(first_spike(equal(1.0), &[], &[]).unwrap().is_infinite());
    assert!(first_spike(equal(1.0), &[0.1], &[]).is_err());
}

#[test]
fn a_measured_spike_that_the_model_does_not_predict_has_no_derivative() {
    for model in [equal(1.0), DOUBLE] {
        for weight in [1.0, -1.0, 0.0] {
            let d = neuron_derivatives(model, &[0.3], &[weight], 1.4).unwrap();
            assert_eq!((d.by_weight[0], d.by_time[0]), (0.0, 0.0), "{model:?} {weight}");
        }
    }
}

#[test]
fn the_measured_time_enters_the_derivative() {
    // dt/dw = -e^(t_in) (t - t_in)/(a1 (1 + W)) is linear in the measured t.
    let computed = 0.919061286736;
    let slope = |t: f64| neuron_derivatives(equal(1.0), &[0.3], &[3.0], t).unwrap().by_weight[0];
    let expected = slope(computed) * (1.1 - 0.3) / (computed - 0.3);
    assert!((slope(1.1) - expected).abs() < 1e-12);
}
