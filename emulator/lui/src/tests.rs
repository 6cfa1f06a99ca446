//! The board against its reference values and closed forms, the integrator against itself, and networks against what must
//! happen in them.

use crate::theory::{period_s, pulse_width_s};
use crate::*;

/// Supply of the published oscilloscope trace, V.
const VDD_V: f64 = 2.4;

fn setup(knobs: Knobs) -> BoardSetup {
    BoardSetup { parts: Parts::default(), knobs, vdd_v: VDD_V }
}

fn one(knobs: Knobs) -> Network {
    Network::new(&[setup(knobs)], &[]).unwrap()
}

/// Leak over threshold: 2.0 V behind 50k.
fn firing() -> Knobs {
    Knobs { leak: 2.0 / VDD_V, ..Knobs::default() }
}

fn change(at_s: f64, board: usize, action: Action) -> Change {
    Change { at: Time::from_s(at_s), board, action }
}

/// A pulse of 3 V on an input of board 0.
fn pulse(network: &mut Network, input: usize, at_s: f64, width_s: f64) {
    network.announce(change(at_s, 0, Action::Input(input, 3.0)));
    network.announce(change(at_s + width_s, 0, Action::Input(input, 0.0)));
}

fn run(network: &mut Network, until_s: f64) -> Vec<OutputEdge> {
    let mut edges = Vec::new();
    network.advance(Time::from_s(until_s), &mut edges);
    edges
}

/// Times of the rising edges of a board, s.
fn spikes(edges: &[OutputEdge], board: usize) -> Vec<f64> {
    edges.iter().filter(|edge| edge.board == board && edge.rising).map(|edge| edge.at.s()).collect()
}

fn close(value: f64, expected: f64, relative: f64) {
    assert!((value - expected).abs() <= relative * expected.abs(), "{value} is not {expected}");
}

#[test]
fn period_and_pulse_width_of_the_reference() {
    let mut network = one(firing());
    let edges = run(&mut network, 6.0);
    let at = spikes(&edges, 0);
    assert_eq!(at.len(), 5);
    let period = at[4] - at[3];
    close(period, 1.080, 0.01);
    close(edges[1].at.s() - edges[0].at.s(), 15.84e-3, 0.01);
    let circuit = network.boards()[0].circuit();
    close(edges[1].at.s() - edges[0].at.s(), pulse_width_s(circuit), 2e-4);
    close(period, period_s(circuit, 0.0).unwrap(), 1e-4);
}

/// Highest membrane after one pulse of 15 ms, and when, s after the pulse's beginning; `None` when it fires.
fn psp(r_w_ohm: f64, sign: Sign, leak: f64) -> Option<(f64, f64)> {
    let knobs = Knobs { weight: [r_w_ohm / 22e3; 3], sign: [sign; 3], leak, ..Knobs::default() };
    let mut network = one(knobs);
    if leak > 0.0 {
        run(&mut network, 20.0);
    }
    let begin = network.now().s();
    pulse(&mut network, 0, begin, 15e-3);
    let rest = network.view(0).unwrap().v_v;
    let mut peak = (rest, 0.0);
    for millisecond in 0..2000 {
        let after_s = f64::from(millisecond) * 1e-3;
        if !run(&mut network, begin + after_s).is_empty() {
            return None;
        }
        let v_v = network.view(0).unwrap().v_v;
        if (v_v - rest).abs() > (peak.0 - rest).abs() {
            peak = (v_v, after_s);
        }
    }
    Some((peak.0 - rest, peak.1))
}

#[test]
fn psp_peaks_of_the_reference() {
    for (r_w_ohm, peak_v) in [(22e3, 0.155), (10e3, 0.333), (5e3, 0.638)] {
        let (found_v, after_s) = psp(r_w_ohm, Sign::Excitatory, 0.0).unwrap();
        close(found_v, peak_v, 0.01);
        close(after_s, 0.45, 0.02);
    }
    assert_eq!(psp(0.0, Sign::Excitatory, 0.0), None);
}

#[test]
fn the_switch_turns_the_psp_round() {
    let (up_v, _) = psp(22e3, Sign::Excitatory, 0.3).unwrap();
    let (down_v, _) = psp(22e3, Sign::Inhibitory, 0.3).unwrap();
    close(down_v, -up_v, 1e-6);
    // At the floor there is nothing below.
    assert_eq!(psp(5e3, Sign::Inhibitory, 0.0).unwrap().0, 0.0);
}

#[test]
fn psp_agrees_with_its_closed_form() {
    let mut network = one(Knobs::default());
    let circuit = network.boards()[0].circuit().clone();
    let (width_s, at_s) = (15e-3, 0.3);
    pulse(&mut network, 0, 0.0, width_s);
    run(&mut network, at_s);
    // Difference of two exponentials, integrated over the pulse.
    let (tau_m, tau_s) = (circuit.tau_membrane_s(), circuit.tau_syn_s());
    let gain =
        (circuit.push_s + circuit.pull_s) * circuit.input_a[0] * circuit.r_leak_ohm * circuit.r_syn_ohm;
    let step =
        |t: f64| 1.0 - (tau_m * libm::exp(-t / tau_m) - tau_s * libm::exp(-t / tau_s)) / (tau_m - tau_s);
    let expected = gain * (step(at_s) - step(at_s - width_s));
    close(network.view(0).unwrap().v_v, expected, 1e-6);
}

#[test]
fn weight_scales_with_pulse_width_not_height() {
    let peak = |width_s: f64, volts: f64| {
        let mut network = one(Knobs::default());
        network.announce(change(0.0, 0, Action::Input(0, volts)));
        network.announce(change(width_s, 0, Action::Input(0, 0.0)));
        run(&mut network, 0.45);
        network.view(0).unwrap().v_v
    };
    assert_eq!(peak(15e-3, 1.8), peak(15e-3, 20.0));
    assert_eq!(peak(15e-3, 1.79), 0.0);
    close(peak(30e-3, 5.0) / peak(15e-3, 5.0), 2.0, 0.05);
}

#[test]
fn f_i_curve_follows_the_formula() {
    let mut network = one(Knobs::default());
    for current_ua in [10.0, 24.0, 26.0, 60.0, 120.0, 300.0] {
        network.announce(Change { at: network.now(), board: 0, action: Action::Current(current_ua * 1e-6) });
        let begin = network.now().s();
        let at = spikes(&run(&mut network, begin + 12.0), 0);
        match period_s(network.boards()[0].circuit(), current_ua * 1e-6) {
            Some(period) => close(at[at.len() - 1] - at[at.len() - 2], period, 2e-4),
            None => assert_eq!(at.len(), 0, "{current_ua} uA"),
        }
    }
}

#[test]
fn convergence_is_of_fourth_order() {
    let spike = |steps: f64| {
        let mut network = one(Knobs { leak: 0.4, weight: [0.3; 3], ..Knobs::default() });
        network.set_steps_per_time_constant(steps);
        pulse(&mut network, 0, 0.1, 15e-3);
        pulse(&mut network, 1, 0.2, 15e-3);
        let edges = run(&mut network, 1.0);
        edges[0].at.s()
    };
    let exact = spike(512.0);
    let errors = [2.0, 4.0, 8.0].map(|steps| (spike(steps) - exact).abs());
    assert!(errors[0] / errors[1] > 11.0 && errors[1] / errors[2] > 11.0, "{errors:?}");
    assert!((spike(board::STEPS_PER_TIME_CONSTANT) - exact).abs() < 1e-7, "{errors:?}");
}

#[test]
fn halving_the_step_moves_no_spike() {
    let ring = |steps: f64| {
        let mut network = ring_of(4);
        network.set_steps_per_time_constant(steps);
        run(&mut network, 5.0)
    };
    let (coarse, fine) = (ring(16.0), ring(32.0));
    assert_eq!(coarse.len(), fine.len());
    assert!(coarse.len() > 40, "{}", coarse.len());
    for (a, b) in coarse.iter().zip(&fine) {
        assert_eq!((a.board, a.rising), (b.board, b.rising));
        assert!((a.at.s() - b.at.s()).abs() < 2e-6, "{a:?} {b:?}");
    }
}

/// Boards in a ring, each strong enough to fire the next, kicked once.
fn ring_of(count: usize) -> Network {
    let knobs = Knobs { weight: [0.0; 3], r_syn: 0.6, r_leak: 0.4, ..Knobs::default() };
    let wires: Vec<Wire> = (0..count).map(|from| Wire { from, to: (from + 1) % count, input: 0 }).collect();
    let mut network = Network::new(&vec![setup(knobs); count], &wires).unwrap();
    pulse(&mut network, 1, 0.01, 15e-3);
    network
}

#[test]
fn results_do_not_depend_on_how_the_run_is_cut() {
    let mut whole = ring_of(3);
    let mut cut = whole.clone();
    let at_once = run(&mut whole, 2.0);
    let mut edges = Vec::new();
    for step in 1..=2000 {
        cut.advance(Time::from_s(f64::from(step) * 1e-3), &mut edges);
        let _ = cut.view(1);
    }
    assert_eq!(edges, at_once);
    assert_eq!(whole.view(0), cut.view(0));
}

#[test]
fn a_saved_network_goes_on_alike() {
    let mut network = ring_of(3);
    run(&mut network, 0.5);
    let text = ron::to_string(&network).unwrap();
    let mut loaded: Network = ron::from_str(&text).unwrap();
    assert_eq!(loaded, network);
    assert_eq!(run(&mut loaded, 1.0), run(&mut network, 1.0));
}

#[test]
fn a_ring_keeps_its_pulse() {
    let mut network = ring_of(5);
    let edges = run(&mut network, 10.0);
    let order: Vec<usize> = edges.iter().filter(|edge| edge.rising).map(|edge| edge.board).collect();
    assert!(order.len() > 50, "{}", order.len());
    assert!(order.iter().enumerate().all(|(index, &board)| board == index % 5), "{order:?}");
}

#[test]
fn the_synaptic_node_stops_at_its_rails() {
    for (sign, rail_v) in [(Sign::Excitatory, 0.0), (Sign::Inhibitory, VDD_V)] {
        let mut network = one(Knobs { weight: [0.0; 3], sign: [sign; 3], ..Knobs::default() });
        pulse(&mut network, 0, 0.0, 15e-3);
        run(&mut network, 10e-3);
        assert_eq!(network.view(0).unwrap().v_syn_v, rail_v);
        run(&mut network, 20e-3);
        let left_v = (network.view(0).unwrap().v_syn_v - rail_v).abs();
        assert!(left_v > 0.01 && left_v < 0.1, "{left_v}");
    }
}

#[test]
fn the_membrane_lifts_off_its_floor_again() {
    let knobs = Knobs { weight: [0.0; 3], leak: 0.1, r_leak: 0.2, r_syn: 0.5, ..Knobs::default() };
    let mut network = one(Knobs { sign: [Sign::Inhibitory; 3], ..knobs });
    run(&mut network, 3.0);
    close(network.view(0).unwrap().v_v, 0.24, 1e-3);
    pulse(&mut network, 0, 3.0, 15e-3);
    run(&mut network, 3.1);
    assert_eq!(network.view(0).unwrap().v_v, 0.0);
    run(&mut network, 6.0);
    close(network.view(0).unwrap().v_v, 0.24, 1e-3);
}

#[test]
fn leds_show_the_membrane_and_the_reset() {
    let mut network = one(Knobs::default());
    for leds in 0..=LEDS {
        let v_v = 0.0695 * VDD_V * (leds as f64 + 0.5);
        network.announce(Change { at: network.now(), board: 0, action: Action::Membrane(v_v) });
        run(&mut network, 1e-6 * (leds + 1) as f64);
        let view = network.view(0).unwrap();
        assert_eq!((view.leds, view.spike_led), (leds, false));
    }
    network.announce(Change { at: network.now(), board: 0, action: Action::Membrane(1.3) });
    run(&mut network, 12e-3);
    let view = network.view(0).unwrap();
    assert_eq!((view.leds, view.spike_led), (0, true));
    assert!(view.output_v > 2.2);
}

#[test]
fn a_leak_turned_to_nothing_is_limited_by_its_buffer() {
    let mut network = one(Knobs { leak: 1.0, r_leak: 0.0, ..Knobs::default() });
    let edges = run(&mut network, 0.5);
    let at = spikes(&edges, 0);
    // The buffer's 8.8 mA lift 22 uF over 1.24 V in 3 ms, and the reset still wins against it.
    assert!(at.len() > 20, "{}", at.len());
    close(at[9] - at[8], pulse_width_s(network.boards()[0].circuit()) + 22e-6 * 1.24 / 8.76e-3, 0.05);
}

#[test]
fn extreme_knobs_stay_finite() {
    for position in 0..64_u32 {
        let bit = |index: u32| f64::from(position >> index & 1);
        let sign = |index| if bit(index) > 0.0 { Sign::Inhibitory } else { Sign::Excitatory };
        let knobs = Knobs {
            leak: bit(0),
            r_leak: bit(1),
            r_syn: bit(2),
            weight: [bit(3), 0.5, 0.0],
            sign: [sign(4), sign(5), Sign::Excitatory],
        };
        let wires = [Wire { from: 0, to: 0, input: 2 }, Wire { from: 0, to: 0, input: 1 }];
        let mut network = Network::new(&[setup(knobs)], &wires).unwrap();
        pulse(&mut network, 0, 0.05, 15e-3);
        run(&mut network, 0.3);
        let view = network.view(0).unwrap();
        assert!((0.0..=VDD_V).contains(&view.v_v) && (0.0..=VDD_V).contains(&view.v_syn_v), "{knobs:?}");
    }
}

#[test]
fn an_empty_battery_is_not_heard() {
    let spikes_of_second = |vdd_v: f64| {
        let first = BoardSetup { vdd_v, ..setup(firing()) };
        let second = setup(Knobs { weight: [0.0; 3], ..Knobs::default() });
        let wires = [Wire { from: 0, to: 1, input: 0 }];
        let mut network = Network::new(&[first, second], &wires).unwrap();
        spikes(&run(&mut network, 3.0), 1).len()
    };
    assert!(spikes_of_second(2.4) > 0);
    assert_eq!(spikes_of_second(1.85), 0);
}

#[test]
fn a_knob_can_be_turned_while_it_runs() {
    let mut network = one(Knobs::default());
    network.announce(change(1.0, 0, Action::Turn(Turn::Leak(2.0 / VDD_V))));
    network.announce(change(5.0, 0, Action::Turn(Turn::Leak(0.2))));
    let at = spikes(&run(&mut network, 10.0), 0);
    close(at[0] - 1.0, 1.064, 0.01);
    assert_eq!(at.len(), 3);
    network.announce(change(10.0, 0, Action::Turn(Turn::Supply(0.3))));
    assert_eq!(spikes(&run(&mut network, 10.1), 0).len(), 1);
}

#[test]
fn wires_need_a_place() {
    let build = |wires: &[Wire]| Network::new(&vec![setup(Knobs::default()); 5], wires).unwrap_err();
    let to = |from, to, input| Wire { from, to, input };
    assert!(matches!(build(&[to(0, 5, 0)]), WiringError::Missing { wire: 0, .. }));
    assert_eq!(build(&[to(0, 1, 2), to(2, 1, 2)]), WiringError::TwoWires { board: 1, input: 2 });
    let many: Vec<Wire> = (0..7).map(|wire| to(0, wire % 4 + 1, wire / 4)).collect();
    assert_eq!(build(&many), WiringError::Outputs { board: 0 });
}
