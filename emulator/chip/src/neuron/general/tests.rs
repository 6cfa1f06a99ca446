//! Integrated neurons behind the front: independence of how a run is cut, changes of path, post pulse logic.

use super::super::backend::NeuronSetup;
use super::super::circuit::{Adaptation, Circuit, Exponential, Ota, Pulse, ResetDrive, SynapticInput};
use super::super::neurons::Neurons;
use super::super::noise::MembraneNoise;
use super::super::propagation::{FireSwitches, Logic};
use super::super::propagator::{LinearCircuit, Propagator};
use super::super::wiring::Switches;
use super::*;

/// A neuron that saturates, or the same with closed solutions.
fn setup(v_leak_v: f64, closed: bool) -> FullSetup {
    let ota = |g_us: f64| if closed { Ota::small_signal(g_us) } else { Ota { g_us, limit_ua: g_us } };
    let input = SynapticInput { tau_us: 6.0, gm: ota(5.4), ..SynapticInput::default() };
    let linear = |g_us, v_rest_v| {
        Propagator::new(&LinearCircuit {
            c_pf: 2.4,
            g_us,
            v_rest_v,
            tau_syn_us: [6.0; 2],
            gm_us: [5.4; 2],
            x_off_v: [0.0; 2],
            i_offset_ua: 0.0,
        })
    };
    FullSetup {
        neuron: NeuronSetup {
            free: linear(0.4, v_leak_v),
            in_reset: linear(4.8, 0.33),
            noise: MembraneNoise { key: 0, step_us: 0.75, sigma_v: 0.0 },
            threshold_v: 0.56,
            compares: true,
            enable_fire: true,
            refractory: Time::from_ns(2040),
            reset: Time::from_ns(2032),
            ..NeuronSetup::default()
        },
        circuit: Circuit {
            leak: ota(0.4),
            v_leak_v,
            reset: ResetDrive::Amplifier { ota: ota(4.8), v_v: 0.33 },
            inputs: [input; 2],
            ..Circuit::default()
        },
        closed,
        ..FullSetup::default()
    }
}

/// Noise, adaptation and exponential term.
fn rich() -> FullSetup {
    let mut setup = setup(0.556, false);
    setup.neuron.noise.sigma_v = 0.004;
    setup.neuron.threshold_jitter_v = 0.001;
    setup.neuron.comparator_jitter_us = 0.005;
    setup.adaptation_pulse = true;
    setup.circuit.exponential = Some(Exponential { g_us: 0.2, delta_t_v: 0.02, v_t_v: 0.52, limit_ua: 5.0 });
    setup.circuit.adaptation = Some(Adaptation {
        c_pf: 2.5,
        g_tau_us: 0.025,
        g_a_us: 0.01,
        v_leak_v: 0.4,
        v_ref_v: 0.48,
        g_w_us: 0.1,
        pulse: Pulse::Current { i_ua: 0.2, width_us: 1.024 },
        in_reset: true,
    });
    setup
}

fn run(neurons: &mut Neurons, until: Time) -> Vec<Fire> {
    let mut fires = Vec::new();
    while neurons.next() <= until {
        neurons.step(until, &mut fires);
    }
    fires
}

#[test]
fn cutting_a_run_into_pieces_changes_no_bit() {
    let mut whole = Neurons::default();
    let mut switches = vec![Switches::default(); NEURONS];
    switches[2].membrane_right = true;
    switches[5].conductance = true;
    switches[5].soma_right = true;
    switches[6].soma = true;
    whole.connect(Connections::new(switches, Vec::new()), Time::ZERO);
    for n in 0..8 {
        let setup = if n % 2 == 0 { rich() } else { setup(0.6, false) };
        whole.configure(n, FullSetup { conductance: Ota { g_us: 0.3, limit_ua: 0.2 }, ..setup }, Time::ZERO);
        whole.rekey(n, n as u64, Time::ZERO);
    }
    let mut pieces = whole.clone();
    let (mut reference, mut cut) = (Vec::new(), Vec::new());
    for event in 0..10 {
        let at = Time::from_us(30 * event);
        reference.extend(run(&mut whole, at));
        whole.deliver(1, &[0.01; 5], &[0.003; 5], at);
    }
    reference.extend(run(&mut whole, Time::from_us(300)));
    for i in 0..3000u64 {
        let at = Time::from_ns(100 * i);
        cut.extend(run(&mut pieces, at));
        let _ = (pieces.voltage(3, at), pieces.peek(6, at));
        if i % 300 == 0 {
            pieces.deliver(1, &[0.01; 5], &[0.003; 5], at);
        }
    }
    cut.extend(run(&mut pieces, Time::from_us(300)));
    assert!(reference.len() > 20, "{}", reference.len());
    assert_eq!(reference, cut);
    assert_eq!(whole, pieces);
}

#[test]
fn a_neuron_may_change_its_path_in_the_middle_of_things() {
    let mut fixed = Neurons::default();
    fixed.configure(3, setup(0.75, true), Time::ZERO);
    let reference = run(&mut fixed, Time::from_us(300));
    let mut moving = Neurons::default();
    moving.configure(3, setup(0.75, true), Time::ZERO);
    let mut fires = Vec::new();
    for i in 1..=100u64 {
        let at = Time::from_ns(3_000 * i);
        fires.extend(run(&mut moving, at));
        let closed = i % 2 == 0;
        moving.configure(3, FullSetup { closed, ..setup(0.75, true) }, at);
        assert_eq!(moving.integrated(3), !closed);
    }
    assert!(reference.len() > 25);
    assert_eq!(reference.len(), fires.len());
    for (a, b) in reference.iter().zip(&fires) {
        assert!(a.at.0.abs_diff(b.at.0) <= 4000 * reference.len() as u64, "{a:?} {b:?}");
    }
}

/// Post pulses of neuron 1 after a fire of its own at 10 us and one of neuron 0, its left neighbour and master, at 11 us; both are
/// refractory for 2.04 us.
fn posts(logic: Logic, slave: bool) -> Vec<u64> {
    let mut fire = vec![FireSwitches::default(); NEURONS];
    fire[0] = FireSwitches { master: true, to_right: true, ..FireSwitches::default() };
    fire[1] = FireSwitches { slave, logic, ..FireSwitches::default() };
    let mut neurons = Neurons::default();
    neurons.connect(Connections::new(Vec::new(), fire), Time::ZERO);
    (0..2).for_each(|n| neurons.configure(n, setup(0.3, true), Time::ZERO));
    assert!(neurons.integrated(0) && neurons.integrated(1) && !neurons.integrated(2));
    let mut posts = Vec::new();
    for (neuron, at) in [(1, 10), (0, 11)] {
        run(&mut neurons, Time::from_us(at));
        neurons.artificial_fire(neuron, Time::from_us(at));
    }
    run(&mut neurons, Time::from_us(20));
    neurons.take_posts(&mut posts);
    posts.iter().filter(|post| post.neuron == 1).map(|post| post.at.0 / 1000).collect()
}

#[test]
fn post_pulses_rise_with_their_logic() {
    assert_eq!(posts(Logic::Local, false), [10_000]);
    assert_eq!(posts(Logic::Line, false), [11_000]);
    assert_eq!(posts(Logic::And, false), [11_000]);
    assert_eq!(posts(Logic::MullerC, false), [11_000]);
    // Equal when the second begins, different when the first ends, equal again when the second does.
    assert_eq!(posts(Logic::Xnor, false), [11_000, 13_040]);
}

#[test]
fn a_slave_follows_its_master_to_the_tick() {
    let mut fire = vec![FireSwitches::default(); NEURONS];
    fire[0] = FireSwitches { master: true, to_right: true, ..FireSwitches::default() };
    fire[1] = FireSwitches { slave: true, logic: Logic::Xnor, ..FireSwitches::default() };
    let mut neurons = Neurons::default();
    neurons.connect(Connections::new(Vec::new(), fire), Time::ZERO);
    neurons.configure(0, setup(0.75, false), Time::ZERO);
    let slow = NeuronSetup { refractory: Time::from_us(9), compares: false, ..setup(0.3, false).neuron };
    neurons.configure(1, FullSetup { neuron: slow, ..setup(0.3, false) }, Time::ZERO);
    let fires = run(&mut neurons, Time::from_us(100));
    let of = |n: u16| fires.iter().filter(|fire| fire.neuron == n).map(|fire| fire.at).collect::<Vec<_>>();
    assert!(of(0).len() > 8);
    assert_eq!(of(0), of(1));
    let mut posts = Vec::new();
    neurons.take_posts(&mut posts);
    assert!(posts.iter().all(|post| post.neuron == 0), "own and line move together");
}

#[test]
fn a_setup_that_becomes_a_group_keeps_its_reset() {
    let mut neurons = Neurons::default();
    (0..2).for_each(|n| neurons.configure(n, setup(0.5, false), Time::ZERO));
    neurons.hold(0, true, Time::ZERO);
    run(&mut neurons, Time::from_us(50));
    let mut switches = vec![Switches::default(); NEURONS];
    switches[0].membrane_right = true;
    neurons.connect(Connections::new(switches, Vec::new()), Time::from_us(50));
    let together = neurons.peek(1, Time::from_us(50)).v;
    assert!((together - 0.415).abs() < 1e-3, "{together}");
    run(&mut neurons, Time::from_us(100));
    // The held neuron pulls with 4.8 uS to 0.33 V against 0.4 uS to 0.5 V.
    let pulled = neurons.peek(0, Time::from_us(100)).v;
    assert!((pulled - (4.8 * 0.33 + 0.4 * 0.5) / 5.2).abs() < 2e-3, "{pulled}");
}

/// Standard deviation of the noise of a compartment of neurons 0 and 1, V.
fn joined_noise_v(second: FullSetup) -> f64 {
    let mut first = setup(0.4, false);
    first.neuron.noise.sigma_v = 2e-3;
    let mut switches = vec![Switches::default(); NEURONS];
    switches[0].membrane_right = true;
    let mut neurons = Neurons::default();
    neurons.configure(0, first, Time::ZERO);
    neurons.configure(1, second, Time::ZERO);
    neurons.connect(Connections::new(switches, Vec::new()), Time::ZERO);
    neurons.rekey(0, 77, Time::ZERO);
    run(&mut neurons, Time::from_us(100));
    let samples: Vec<f64> = (0..4000)
        .map(|i| {
            let at = Time::from_us(100 + 2 * i);
            neurons.voltage(0, at) - neurons.peek(0, at).v
        })
        .collect();
    (samples.iter().map(|n| n * n).sum::<f64>() / samples.len() as f64).sqrt()
}

#[test]
fn joined_membranes_average_their_noise_and_a_leakless_one_adds_little() {
    let mut equal = setup(0.4, false);
    equal.neuron.noise.sigma_v = 2e-3;
    let of_equal = joined_noise_v(equal);
    assert!((of_equal / (2e-3 / 2f64.sqrt()) - 1.0).abs() < 0.1, "{of_equal} V");
    // A hundredth of the leak: ten times the noise and a hundred times the time constant by itself.
    let mut idle = setup(0.4, false);
    idle.neuron.noise = MembraneNoise { key: 0, step_us: 75.0, sigma_v: 2e-2 };
    idle.circuit.leak = Ota { g_us: 0.004, limit_ua: 0.004 };
    // Density 2 instead of 1, on twice the capacitance and hardly more leak: as noisy as the first one alone.
    let of_idle = joined_noise_v(idle);
    assert!((of_idle / 2e-3 - 1.0).abs() < 0.15, "{of_idle} V");
}
