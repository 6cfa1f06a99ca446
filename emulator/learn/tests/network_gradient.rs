//! The gradient of whole networks, with every kind of delay, both losses and both ratios of time constants, against finite
//! differences of the loss; and its independence of the number of threads.

use hx_learn::coding::BiasSpike;
use hx_learn::gradient::delay::{DelayKind, Positivity};
use hx_learn::gradient::{NeuronModel, TauRatio};
use hx_learn::network::{DelaySpec, LayerSpec, Normal};
use hx_learn::software::Substrate;
use hx_learn::{Loss, Matrix, Network, NetworkSpec, Observed, SpikeTimes, batch_gradient};

const LOSSES: [Loss; 2] =
    [Loss::TimeToFirstSpike { xi: 0.2, alpha: 0.005, beta: 1.0 }, Loss::ShiftInvariant { delta: 0.2 }];

fn layer(neurons: usize, copies: usize, kind: Option<DelayKind>) -> LayerSpec {
    let delays = kind.map(|kind| DelaySpec {
        kind,
        initial: Normal { mean: 0.0, deviation: 0.5 },
        positivity: Positivity::Sigmoid { shift: 0.1, scale: 0.8 },
    });
    let initial = Normal { mean: 1.2 / copies as f64, deviation: 0.5 };
    LayerSpec { neurons, copies, bias: Some(BiasSpike { time: 0.9, copies: 2 }), initial, delays }
}

fn spec(tau: TauRatio, copies: usize, kind: Option<DelayKind>) -> NetworkSpec {
    let c = if tau == TauRatio::Equal { 1.0 } else { 0.5 };
    let layers = vec![layer(6, copies, kind), layer(3, 1, kind)];
    NetworkSpec { inputs: 4, model: NeuronModel { tau, c }, grid: None, layers }
}

fn inputs(samples: usize) -> SpikeTimes {
    let time = |i: usize| 0.15 + 1.85 * ((i * 7919 + 13) % 1000) as f64 / 1000.0;
    SpikeTimes::from_values(samples, 4, (0..4 * samples).map(time).collect()).unwrap()
}

fn labels(samples: usize) -> Vec<u8> {
    (0..samples).map(|s| (s % 3) as u8).collect()
}

fn mean_loss(network: &Network, loss: &Loss, inputs: &SpikeTimes, labels: &[u8]) -> (f64, Observed) {
    let observed = Substrate::ideal(network.spec()).run(network, inputs, 0).unwrap();
    let value = batch_gradient(network, &observed, labels, loss, None).unwrap().loss;
    (value, observed)
}

/// Compares every entry of one parameter array with a central difference.
fn compare(
    network: &Network,
    loss: &Loss,
    analytic: &[f64],
    parameter: impl Fn(&mut Network, usize) -> &mut f64,
) -> usize {
    let (inputs, labels) = (inputs(5), labels(5));
    let mut nonzero = 0;
    for (i, &expected) in analytic.iter().enumerate() {
        let shifted = |step: f64| {
            let mut network = network.clone();
            *parameter(&mut network, i) += step;
            mean_loss(&network, loss, &inputs, &labels).0
        };
        let numeric = (shifted(1e-6) - shifted(-1e-6)) / 2e-6;
        assert!(
            (expected - numeric).abs() < 2e-6 * (1.0 + numeric.abs()),
            "{loss:?} {i}: {expected} {numeric}"
        );
        nonzero += usize::from(expected != 0.0);
    }
    nonzero
}

fn check(tau: TauRatio, copies: usize, kind: Option<DelayKind>) {
    for loss in LOSSES {
        let network = Network::initialise(spec(tau, copies, kind), 11).unwrap();
        let (_, observed) = mean_loss(&network, &loss, &inputs(5), &labels(5));
        let gradient = batch_gradient(&network, &observed, &labels(5), &loss, None).unwrap();
        for l in 0..2 {
            let part = &gradient.layers[l];
            let nonzero = compare(&network, &loss, part.weights.values(), |n, i| {
                &mut n.layers[l].weights.values_mut()[i]
            });
            assert!(nonzero * 2 > part.weights.values().len(), "{nonzero} in layer {l}");
            let nonzero = compare(&network, &loss, &part.delays, |n, i| &mut n.layers[l].delays[i]);
            assert!(nonzero * 2 >= part.delays.len());
        }
    }
}

#[test]
fn without_delays() {
    check(TauRatio::Equal, 1, None);
    check(TauRatio::Double, 1, None);
}

#[test]
fn with_copied_inputs() {
    check(TauRatio::Equal, 3, None);
    check(TauRatio::Double, 3, Some(DelayKind::Axonal));
}

#[test]
fn with_axonal_delays() {
    check(TauRatio::Equal, 1, Some(DelayKind::Axonal));
    check(TauRatio::Double, 1, Some(DelayKind::Axonal));
}

#[test]
fn with_dendritic_delays() {
    check(TauRatio::Equal, 1, Some(DelayKind::Dendritic));
    check(TauRatio::Double, 1, Some(DelayKind::Dendritic));
}

#[test]
fn with_synaptic_delays() {
    check(TauRatio::Equal, 2, Some(DelayKind::Synaptic));
    check(TauRatio::Double, 1, Some(DelayKind::Synaptic));
}

#[test]
fn copies_observed_apart_give_the_same_gradient() {
    for kind in [None, Some(DelayKind::Axonal), Some(DelayKind::Synaptic)] {
        let network = Network::initialise(spec(TauRatio::Equal, 3, kind), 5).unwrap();
        let (inputs, labels) = (inputs(9), labels(9));
        let (_, observed) = mean_loss(&network, &LOSSES[0], &inputs, &labels);
        let mut apart = observed.clone();
        apart.layers[0].arrivals = hx_learn::coding::lines(&observed.layers[0].arrivals, 3, None);
        let a = batch_gradient(&network, &observed, &labels, &LOSSES[0], Some(0.2)).unwrap();
        let b = batch_gradient(&network, &apart, &labels, &LOSSES[0], Some(0.2)).unwrap();
        for (a, b) in a.layers.iter().zip(&b.layers) {
            let pairs = a.weights.values().iter().zip(b.weights.values());
            assert!(pairs.chain(a.delays.iter().zip(&b.delays)).all(|(x, y)| (x - y).abs() < 1e-11));
        }
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let network = Network::initialise(spec(TauRatio::Equal, 2, Some(DelayKind::Axonal)), 3).unwrap();
    let (inputs, labels) = (inputs(4001), labels(4001));
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut substrate = Substrate::with_threshold_spread(network.spec(), 0.05, 9);
            substrate.spike_jitter = 0.01;
            let observed = substrate.run(&network, &inputs, 4).unwrap();
            let gradient = batch_gradient(&network, &observed, &labels, &LOSSES[0], Some(0.2)).unwrap();
            (observed, gradient)
        })
    };
    let reference = run(1);
    assert_eq!(reference, run(2));
    assert_eq!(reference, run(7));
}

#[test]
fn the_chop_removes_a_neuron_of_a_sample() {
    let network = Network::initialise(spec(TauRatio::Equal, 1, None), 2).unwrap();
    let (inputs, labels) = (inputs(1), labels(1));
    let (_, observed) = mean_loss(&network, &LOSSES[1], &inputs, &labels);
    let free = batch_gradient(&network, &observed, &labels, &LOSSES[1], None).unwrap();
    let largest = |m: &Matrix, j: usize| (0..m.rows()).map(|r| m.at(r, j).abs()).fold(0.0, f64::max);
    let norms: Vec<f64> = (0..6).map(|j| largest(&free.layers[0].weights, j)).collect();
    let limit = norms.iter().sum::<f64>() / 6.0;
    let chopped = batch_gradient(&network, &observed, &labels, &LOSSES[1], Some(limit)).unwrap();
    for (j, &norm) in norms.iter().enumerate() {
        let expected = if norm > limit { 0.0 } else { norm };
        assert_eq!(largest(&chopped.layers[0].weights, j), expected, "neuron {j}");
    }
    assert!(norms.iter().any(|&n| n > limit));
}

#[test]
fn observations_that_do_not_fit_are_refused() {
    let network = Network::initialise(spec(TauRatio::Equal, 2, None), 2).unwrap();
    let (inputs, labels) = (inputs(3), labels(3));
    let (_, observed) = mean_loss(&network, &LOSSES[0], &inputs, &labels);
    let gradient = |o: &Observed, l: &[u8]| batch_gradient(&network, o, l, &LOSSES[0], None);
    assert!(gradient(&observed, &labels[..2]).is_err());
    assert!(gradient(&observed, &[0, 1, 3]).is_err());
    let mut short = observed.clone();
    short.layers.pop();
    assert!(gradient(&short, &labels).is_err());
    let mut wrong = observed;
    wrong.layers[1].arrivals = SpikeTimes::silent(3, 5);
    assert!(gradient(&wrong, &labels).is_err());
}
