//! The neuron array against closed forms, and its independence of how a run is cut.

use super::super::propagator::LinearCircuit;
use super::*;

fn circuit(v_rest_v: f64, g_us: f64) -> LinearCircuit {
    LinearCircuit {
        c_pf: 2.4,
        g_us,
        v_rest_v,
        tau_syn_us: [6.0, 6.0],
        gm_us: [5.4; 2],
        x_off_v: [0.0; 2],
        i_offset_ua: 0.0,
    }
}

fn setup(v_leak_v: f64) -> NeuronSetup {
    NeuronSetup {
        free: Propagator::new(&circuit(v_leak_v, 0.4)),
        in_reset: Propagator::new(&circuit(0.33, 48_000.0)),
        threshold_v: 0.56,
        compares: true,
        enable_fire: true,
        refractory: Time::from_ns(2040),
        reset: Time::from_ns(2032),
        ..NeuronSetup::default()
    }
}

/// Carries out all checks up to `until`.
fn run(array: &mut NeuronArray, until: Time) -> Vec<Fire> {
    let mut fires = Vec::new();
    while array.next() <= until {
        array.step(until, &mut fires);
    }
    fires
}

#[test]
fn leak_over_threshold_fires_with_the_closed_form_period() {
    let mut array = NeuronArray::default();
    array.configure(3, setup(0.75), Time::ZERO);
    let fires = run(&mut array, Time::from_us(200));
    let period_us = 2.032 + 6.0 * libm::log((0.75 - 0.33) / (0.75 - 0.56));
    assert!(fires.len() > 25);
    for pair in fires.windows(2).skip(1) {
        let measured = (pair[1].at - pair[0].at).as_us();
        // The edge of the backend clock rounds up by less than 4 ns.
        assert!(
            measured > period_us - 1e-5 && measured < period_us + 0.0041,
            "{measured} against {period_us}"
        );
    }
    assert!(fires.iter().all(|fire| fire.neuron == 3 && fire.at.0 % 4000 == 0));
}

#[test]
fn cutting_a_run_into_pieces_changes_no_bit() {
    let mut noisy = setup(0.556);
    noisy.noise = MembraneNoise { key: 0, step_us: 0.75, sigma_v: 0.004 };
    noisy.threshold_jitter_v = 0.001;
    noisy.comparator_jitter_us = 0.005;
    let mut whole = NeuronArray::default();
    (0..8).for_each(|n| whole.configure(n, noisy, Time::ZERO));
    (0..8).for_each(|n| whole.rekey(n, n as u64, Time::ZERO));
    let mut pieces = whole.clone();
    let reference = run(&mut whole, Time::from_us(500));
    let mut cut = Vec::new();
    for i in 1..=5000 {
        cut.extend(run(&mut pieces, Time::from_ns(100 * i)));
        let _ = pieces.voltage(3, Time::from_ns(100 * i));
    }
    assert!(reference.len() > 20, "noise drives this neuron: {}", reference.len());
    assert_eq!(reference, cut);
    assert_eq!(whole, pieces);
}

#[test]
fn two_inputs_fire_at_the_golden_time() {
    // Golden value G5 of the spike-time theory scaled to tau = 6 us: inputs at 0 and 0.5 tau, weights 2 and 1.
    let mut array = NeuronArray::default();
    let mut unit = setup(0.0);
    unit.free = Propagator::new(&circuit(0.0, 0.4));
    unit.threshold_v = 1.0;
    array.configure(0, unit, Time::ZERO);
    // A line deflection dx drives dx * gm * tau / C in units of the theory.
    let volt = 2.4 / (5.4 * 6.0);
    array.deliver(0, &[2.0 * volt], &[0.0], Time::ZERO);
    array.deliver(0, &[1.0 * volt], &[0.0], Time::from_us(3));
    let fires = run(&mut array, Time::from_us(20));
    let expected_us = 0.900_096_385_966 * 6.0;
    assert_eq!(fires[0].at, Time::from_us_f64(expected_us).next_edge(Time::NETWORK_CYCLE));
}

#[test]
fn inhibition_arriving_in_time_prevents_the_spike() {
    let volt = 2.4 / (5.4 * 6.0);
    let mut array = NeuronArray::default();
    let mut unit = setup(0.0);
    unit.threshold_v = 1.0;
    array.configure(0, unit, Time::ZERO);
    array.deliver(0, &[3.5 * volt], &[0.0], Time::ZERO);
    array.deliver(0, &[0.0], &[3.0 * volt], Time::from_us(1));
    assert_eq!(run(&mut array, Time::from_us(100)), []);
}

#[test]
fn artificial_fires_need_the_fire_line_and_respect_refractoriness() {
    let mut array = NeuronArray::default();
    array.configure(0, setup(0.3), Time::ZERO);
    array.configure(1, NeuronSetup { enable_fire: false, ..setup(0.3) }, Time::ZERO);
    for at in [Time::from_us(1), Time::from_us(2), Time::from_us(4)] {
        run(&mut array, at);
        array.artificial_fire(0, at);
        array.artificial_fire(1, at);
    }
    let fires = run(&mut array, Time::from_us(10));
    let times: Vec<u64> = fires.iter().map(|fire| fire.at.0).collect();
    assert!(fires.iter().all(|fire| fire.neuron == 0));
    assert_eq!(
        times,
        [4_000_000],
        "earlier fires were reported by the runs in between; the one at 2 us is refractory"
    );
}

#[test]
fn force_reset_holds_the_membrane_without_events() {
    let mut array = NeuronArray::default();
    array.configure(0, setup(0.75), Time::ZERO);
    array.hold(0, true, Time::ZERO);
    assert_eq!(run(&mut array, Time::from_us(50)), []);
    assert!((array.voltage(0, Time::from_us(50)) - 0.33).abs() < 1e-4);
    array.hold(0, false, Time::from_us(50));
    assert_eq!(run(&mut array, Time::from_us(60)).len(), 1);
}

#[test]
fn a_stopped_refractory_clock_can_be_started_again() {
    let mut array = NeuronArray::default();
    let stopped = NeuronSetup { refractory: Time::NEVER, reset: Time::NEVER, ..setup(0.75) };
    array.configure(0, stopped, Time::ZERO);
    assert_eq!(run(&mut array, Time::from_us(100)).len(), 1);
    array.configure(0, setup(0.75), Time::from_us(100));
    assert!(run(&mut array, Time::from_us(200)).len() > 10);
}

#[test]
fn a_bypassed_event_fires_at_the_next_edge() {
    let mut array = NeuronArray::default();
    array.configure(0, NeuronSetup { bypass_v: [0.01, f64::INFINITY], ..setup(0.3) }, Time::ZERO);
    array.deliver(0, &[0.009], &[0.02], Time(5_001));
    array.deliver(0, &[0.011], &[0.0], Time(9_001));
    assert_eq!(run(&mut array, Time::from_us(1)), [Fire { neuron: 0, at: Time(12_000) }]);
}
