use super::super::circuit::{Adaptation, Circuit, Coba, Exponential, Ota, Pulse, ResetDrive, SynapticInput};
use super::super::noise::MembraneNoise;
use super::super::propagator::{LinearCircuit, Membrane, Propagator};
use super::*;
use crate::random::{fast_gaussian, mix};
use crate::time::Time;

fn us(t: f64) -> Time {
    Time::from_us_f64(t)
}

/// A neuron of the default calibration: 2.4 pF, 10 us, amplifiers that saturate unless `ideal`.
fn circuit(ideal: bool) -> Circuit {
    let ota = |g_us: f64, limit_ua: f64| Ota { g_us, limit_ua: if ideal { f64::INFINITY } else { limit_ua } };
    let input = SynapticInput { tau_us: 10.0, gm: ota(5.4, 0.5), offset_v: 0.0, coba: None };
    Circuit {
        c_pf: 2.4,
        leak: ota(0.24, 0.171),
        v_leak_v: 0.3765,
        reset: ResetDrive::Amplifier { ota: ota(4.8, 8.2), v_v: 0.334 },
        inputs: [input, SynapticInput { tau_us: 3.0, ..input }],
        rails_v: (!ideal).then_some([0.02, 1.25]),
        sink_compliance: (!ideal).then_some([0.05, 0.30]),
        ..Circuit::default()
    }
}

fn adex(ideal: bool) -> Circuit {
    Circuit {
        exponential: Some(Exponential {
            g_us: 0.25,
            delta_t_v: 0.02,
            v_t_v: 0.5,
            limit_ua: if ideal { f64::INFINITY } else { 5.0 },
        }),
        adaptation: Some(Adaptation {
            c_pf: 2.5,
            g_tau_us: 0.02,
            g_a_us: 0.01,
            v_leak_v: 0.3765,
            v_ref_v: 0.48,
            g_w_us: 0.1,
            pulse: Pulse::Current { i_ua: 0.2, width_us: 1.024 },
            in_reset: true,
        }),
        ..circuit(ideal)
    }
}

fn group(circuit: Circuit, sigma_v: f64, accuracy: Accuracy) -> Group {
    let noise = MembraneNoise { key: mix(7), step_us: 1.25, sigma_v };
    let setup = GroupSetup::single(circuit, noise, accuracy);
    Group::assemble(&setup, &[MemberState::at_rest(2.4, circuit.v_leak_v, 0.48)], Time::ZERO)
}

#[test]
fn the_linear_neuron_follows_its_closed_solution() {
    let mut ideal = circuit(true);
    // Equal time constants are pulled apart there.
    ideal.inputs[0].tau_us = 4.0;
    let propagator = Propagator::new(&LinearCircuit {
        c_pf: 2.4,
        g_us: 0.24,
        v_rest_v: 0.3765,
        tau_syn_us: [4.0, 3.0],
        gm_us: [5.4; 2],
        x_off_v: [0.0; 2],
        i_offset_ua: 0.0,
    });
    for (accuracy, bound) in [(Accuracy::CHIP, 1e-7), (Accuracy::EXACT, 1e-11)] {
        let mut group = group(ideal, 0.0, accuracy);
        group.deliver(0, [0.02, 0.008]);
        let (mut scratch, start) = (Scratch::default(), Membrane { v: 0.3765, x_e: 0.02, x_i: 0.008 });
        let mut worst = 0.0f64;
        for i in 1..400 {
            let t = us(f64::from(i) * 0.377);
            let exact = propagator.after(start, t.as_us());
            let found = group.peek(0, t, &mut scratch);
            worst = worst.max((found.v - exact.v).abs());
            assert!((found.x[0] - exact.x_e).abs() < 1e-12, "{t:?} {found:?} {exact:?}");
            assert!((found.x[1] - exact.x_i).abs() < 1e-12, "{t:?} {found:?} {exact:?}");
        }
        println!("largest deviation from the closed solution: {worst:e} V");
        assert!(worst < bound, "{worst}");
        group.advance(us(150.0), &mut scratch);
        assert!((group.voltages(0).v - propagator.after(start, 150.0).v).abs() < bound);
    }
}

#[test]
fn membranes_and_nodes_converge_with_fourth_order() {
    let end = |step_us: f64| {
        let accuracy = Accuracy {
            tolerance_v: f64::INFINITY,
            longest_us: step_us,
            slope_share: f64::INFINITY,
            shortest_us: step_us,
            finish_at: f64::INFINITY,
        };
        let mut neuron = Circuit { c_pf: 0.4, ..adex(false) };
        neuron.inputs[0].tau_us = 1.5;
        neuron.inputs[0].coba = Some(Coba::of_amplifier(1.2, 0.3, 0.5, 0.4));
        let mut group = group(neuron, 0.0, accuracy);
        group.deliver(0, [0.008, 0.004]);
        group.advance(us(1.6), &mut Scratch::default());
        group.voltages(0).v
    };
    let reference = end(0.000_781_25);
    let errors: Vec<f64> = [0.1, 0.05, 0.025, 0.0125].map(|h| (end(h) - reference).abs()).to_vec();
    println!("errors at 0.1, 0.05, 0.025, 0.0125 us: {errors:?} V");
    for pair in errors.windows(2) {
        let order = libm::log2(pair[0] / pair[1]);
        assert!(order > 3.6 && order < 4.5, "{errors:?}");
    }
}

/// Drives a noisy neuron with events and a fixed refractory rule through its looks ahead; `look` looks at it whenever it can.
fn driven(circuit: Circuit, sigma_v: f64, look: bool) -> (Vec<u64>, u64) {
    let (mut group, mut scratch) = (group(circuit, sigma_v, Accuracy::CHIP), Scratch::default());
    let mut events: Vec<u64> = (0..300).map(|i| 1_000_000 * i + (mix(i) % 900_000)).collect();
    events.push(310_000_000);
    let (mut spikes, mut release) = (Vec::new(), None);
    group.arm(0, Some(0.45));
    let mut next = 0;
    while next < events.len() {
        let until = events[next].min(release.unwrap_or(u64::MAX));
        let outlook = if release.is_none() { group.look_ahead(&mut scratch) } else { Outlook::Quiet };
        let due = match outlook {
            Outlook::Crossing { at, .. } => at.0,
            Outlook::Nothing { until } => until.0,
            Outlook::Quiet => u64::MAX,
        };
        let to = Time(due.min(until));
        if look {
            let middle = Time(group.now().0 + (to.0 - group.now().0) / 2);
            let _ = group.peek(0, middle, &mut scratch);
            let _ = group.peek(0, to, &mut scratch);
        }
        group.advance(to, &mut scratch);
        if matches!(outlook, Outlook::Crossing { at, .. } if at == to) {
            spikes.push(to.0);
            group.adaptation_pulse(0);
            group.set_reset(0, true);
            group.arm(0, None);
            release = Some(to.0 + 2_000_000);
        } else if release == Some(to.0) {
            group.set_reset(0, false);
            group.arm(0, Some(0.45));
            release = None;
        }
        if to.0 == events[next] {
            group.deliver(0, if next % 3 == 2 { [0.0, 0.004] } else { [0.009, 0.0] });
            next += 1;
        }
    }
    (spikes, group.voltages(0).v.to_bits())
}

#[test]
fn looking_changes_no_bit() {
    for circuit in [circuit(false), circuit(true), adex(false)] {
        for sigma_v in [0.0, 0.002] {
            let quiet = driven(circuit, sigma_v, false);
            assert!(quiet.0.len() > 10, "{} spikes", quiet.0.len());
            assert_eq!(quiet, driven(circuit, sigma_v, true));
        }
    }
}

#[test]
fn whole_steps_can_be_left_and_taken_up_again() {
    // The way through the end of a look ahead and the straight way give the same bits.
    let mut scratch = Scratch::default();
    let mut straight = group(adex(false), 0.002, Accuracy::CHIP);
    straight.deliver(0, [0.05, 0.0]);
    straight.arm(0, Some(0.55));
    let mut looked = straight.clone();
    assert!(matches!(looked.look_ahead(&mut scratch), Outlook::Nothing { .. }));
    for t in [2.0, 2.7, 9.1] {
        looked.advance(us(t), &mut scratch);
        straight.advance(us(t), &mut scratch);
        assert_eq!(looked.voltages(0), straight.voltages(0));
        looked.look_ahead(&mut scratch);
    }
}

#[test]
fn noise_fires_a_neuron_that_rests_below_its_threshold() {
    let (mut group, mut scratch) = (group(circuit(false), 0.002, Accuracy::CHIP), Scratch::default());
    group.arm(0, Some(0.3765 + 0.005));
    let at = loop {
        match group.look_ahead(&mut scratch) {
            Outlook::Crossing { at, .. } => break at,
            Outlook::Nothing { until } => group.advance(until, &mut scratch),
            Outlook::Quiet => panic!("the noise reaches the threshold"),
        }
    };
    let v = group.peek(0, at, &mut scratch).v + group.noise(0, at);
    assert!((v - 0.3815).abs() < 1e-6, "{v}");
    let before = Time(at.0 - 1000);
    assert!(group.peek(0, before, &mut scratch).v + group.noise(0, before) < 0.3815);
}

#[test]
fn charge_is_conserved_when_membranes_are_joined() {
    let small = Circuit { c_pf: 0.8, ..circuit(false) };
    let mut setup = GroupSetup::single(circuit(false), MembraneNoise::default(), Accuracy::CHIP);
    setup.members.push(Member { circuit: small, compartment: 0 });
    let members = [MemberState::at_rest(2.4, 0.3, 0.0), MemberState::at_rest(0.8, 0.7, 0.0)];
    let group = Group::assemble(&setup, &members, Time::ZERO);
    assert!((group.voltages(0).v - 0.4).abs() < 1e-15);
    assert_eq!(group.voltages(1).v, group.voltages(0).v);
}

#[test]
fn two_cells_joined_through_a_line_equalise_as_the_conductance_says() {
    // 1/tau_total = 2/tau_icc' + 1/tau_leak with the series connection of two conductances: g/2 between equal cells.
    let cell = Circuit { inputs: [SynapticInput::default(); 2], ..circuit(true) };
    for (taps, g_between) in [(vec![0.5, 0.5], 0.25), (vec![0.5, 1.5], 0.375)] {
        let mut setup = GroupSetup::single(cell, MembraneNoise::default(), Accuracy::CHIP);
        setup.members.push(Member { circuit: cell, compartment: 1 });
        setup.compartments = 2;
        let tap = |c: usize| (c as u16, Ota::small_signal(taps[c]));
        setup.lines = vec![Line { taps: vec![tap(0), tap(1)] }];
        let members = [MemberState::at_rest(2.4, 0.3, 0.0), MemberState::at_rest(2.4, 0.5, 0.0)];
        let mut group = Group::assemble(&setup, &members, Time::ZERO);
        group.advance(us(3.0), &mut Scratch::default());
        let difference = group.voltages(1).v - group.voltages(0).v;
        let rate = (2.0 * g_between + 0.24) / 2.4;
        assert!((difference - 0.2 * libm::exp(-3.0 * rate)).abs() < 1e-6, "{difference}");
    }
}

#[test]
fn a_line_of_saturating_conductances_loses_no_charge() {
    let cell = Circuit { leak: Ota::OFF, inputs: [SynapticInput::default(); 2], ..circuit(true) };
    let mut setup = GroupSetup::single(cell, MembraneNoise::default(), Accuracy::CHIP);
    setup.members.push(Member { circuit: cell, compartment: 1 });
    setup.members.push(Member { circuit: Circuit { c_pf: 1.0, ..cell }, compartment: 2 });
    setup.compartments = 3;
    let tap = |c: u16, g_us: f64| (c, Ota { g_us, limit_ua: 0.05 });
    setup.lines = vec![Line { taps: vec![tap(0, 0.5), tap(1, 0.9), tap(2, 0.2)] }];
    let at = |c_pf: f64, v: f64| MemberState::at_rest(c_pf, v, 0.0);
    let mut group = Group::assemble(&setup, &[at(2.4, 0.2), at(2.4, 0.9), at(1.0, 0.5)], Time::ZERO);
    for t in [0.5, 2.0, 300.0] {
        group.advance(us(t), &mut Scratch::default());
        let charge = 2.4 * (group.voltages(0).v + group.voltages(1).v) + group.voltages(2).v;
        assert!((charge - (2.4 * 1.1 + 0.5)).abs() < 1e-7, "{charge}");
    }
    assert!((group.voltages(0).v - group.voltages(2).v).abs() < 1e-6);
}

#[test]
fn a_runaway_without_a_threshold_ends_at_the_rail() {
    let mut group = group(adex(false), 0.002, Accuracy::CHIP);
    group.deliver(0, [0.3, 0.0]);
    let mut scratch = Scratch::default();
    let mut highest = 0.0f64;
    for i in 1..200 {
        let v = group.peek(0, us(f64::from(i) * 0.5), &mut scratch).v;
        highest = highest.max(v);
        assert!((0.02..=1.25).contains(&v));
    }
    assert_eq!(highest, 1.25);
}

#[test]
fn a_resting_group_is_quiet() {
    let mut scratch = Scratch::default();
    for neuron in [circuit(false), adex(false)] {
        let mut group = group(neuron, 0.002, Accuracy::CHIP);
        group.deliver(0, [0.005, 0.0]);
        group.arm(0, Some(0.6));
        scratch.limit_steps(4000);
        group.advance(us(20_000.0), &mut scratch);
        assert!(!scratch.exhausted());
        assert_eq!(group.look_ahead(&mut scratch), Outlook::Quiet);
        let rest = group.voltages(0);
        group.advance(us(40_000.0), &mut scratch);
        assert_eq!(group.voltages(0), rest);
    }
}

#[test]
fn an_adaptation_pulse_charges_its_node_for_its_width() {
    let node = Adaptation { g_tau_us: 0.0, g_a_us: 0.0, ..adex(false).adaptation.unwrap() };
    let neuron = Circuit { adaptation: Some(node), exponential: None, ..adex(false) };
    let (mut group, mut scratch) = (group(neuron, 0.0, Accuracy::CHIP), Scratch::default());
    group.adaptation_pulse(0);
    group.advance(us(0.512), &mut scratch);
    assert!((group.voltages(0).v_w - 0.48 - 0.2 * 0.512 / 2.5).abs() < 1e-12);
    group.advance(us(50.0), &mut scratch);
    assert!((group.voltages(0).v_w - 0.48 - 0.2 * 1.024 / 2.5).abs() < 1e-12);
}

/// Nothing whatever drives the equations to a standstill or out of the numbers.
#[test]
fn wild_parameters_neither_hang_nor_break() {
    let mut scratch = Scratch::default();
    for seed in 0..200u64 {
        let mut draw = 1000 * seed;
        let mut wide = |scale: f64| {
            draw += 1;
            scale * libm::exp(1.5 * fast_gaussian(mix(draw)))
        };
        let mut neuron = adex(seed % 7 == 0);
        neuron.c_pf = wide(0.6);
        neuron.leak = Ota { g_us: wide(1.0), limit_ua: wide(0.3) };
        neuron.i_offset_ua = wide(0.05) - wide(0.05);
        neuron.inputs[0].coba = (seed % 3 == 0).then(|| Coba::of_amplifier(wide(1.0), wide(0.3), 0.5, 0.4));
        neuron.inputs[0].tau_us = wide(1.0);
        if let Some(node) = &mut neuron.adaptation {
            (node.g_a_us, node.g_w_us) = (wide(0.2) - wide(0.2), wide(0.1));
        }
        let mut group = group(neuron, 0.004, Accuracy::CHIP);
        group.arm(0, Some(0.5));
        scratch.limit_steps(1_000_000);
        for i in 1..50u32 {
            group.deliver(0, [wide(0.02), wide(0.01)]);
            group.set_reset(0, i % 5 == 0);
            group.adaptation_pulse(0);
            group.look_ahead(&mut scratch);
            group.advance(us(f64::from(i) * 2.0), &mut scratch);
            let found = group.voltages(0);
            assert!(
                found.v.is_finite() && found.v_w.is_finite() && found.v.abs() <= 100.0,
                "{seed}: {found:?}"
            );
        }
        assert!(!scratch.exhausted(), "{seed}");
    }
}

/// Not a test of anything but speed: run it in release with `--ignored --nocapture`.
#[test]
#[ignore = "prints how long a step takes"]
#[allow(clippy::disallowed_methods)]
fn speed() {
    for (name, neuron, sigma) in [
        ("ideal", circuit(true), 0.0),
        ("saturating", circuit(false), 0.0),
        ("saturating, noise", circuit(false), 0.002),
        ("adaptive exponential", adex(false), 0.0),
        ("adaptive exponential, noise", adex(false), 0.002),
    ] {
        let (mut group, mut scratch) = (group(neuron, sigma, Accuracy::CHIP), Scratch::default());
        group.arm(0, Some(5.0));
        scratch.limit_steps(u64::MAX - 1);
        let started = std::time::Instant::now();
        let events = 200_000u64;
        for i in 0..events {
            group.deliver(0, [0.003, 0.001]);
            group.look_ahead(&mut scratch);
            group.advance(Time(1_000_000 * (i + 1)), &mut scratch);
        }
        let spent = started.elapsed().as_nanos() as f64;
        println!(
            "{name}: {:.0} ns per event, {:.0} ns per step",
            spent / events as f64,
            spent / (u64::MAX - 1 - scratch.steps_left()) as f64
        );
    }
}
