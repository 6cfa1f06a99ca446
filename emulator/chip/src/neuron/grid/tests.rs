//! The grid against closed forms.

use super::block::{BlockState, Coefficients, Features, Moments, step};
use super::coefficients::load;
use crate::neuron::circuit::{Circuit, Ota, SynapticInput};
use crate::neuron::propagator::{LinearCircuit, Membrane, Propagator};

const STEP_US: f64 = 0.08;

fn circuit(tau_us: [f64; 2]) -> Circuit {
    let input = |tau_us| SynapticInput { tau_us, gm: Ota::small_signal(5.4), offset_v: 1e-3, coba: None };
    Circuit {
        c_pf: 2.4,
        leak: Ota::small_signal(0.24),
        v_leak_v: 0.37,
        inputs: tau_us.map(input),
        i_offset_ua: -0.01,
        ..Circuit::default()
    }
}

fn propagator(circuit: &Circuit) -> Propagator {
    Propagator::new(&LinearCircuit {
        c_pf: circuit.c_pf,
        g_us: circuit.leak.g_us,
        v_rest_v: circuit.v_leak_v,
        tau_syn_us: circuit.inputs.map(|input| input.tau_us),
        gm_us: circuit.inputs.map(|input| input.gm.g_us),
        x_off_v: circuit.inputs.map(|input| input.offset_v),
        i_offset_ua: circuit.i_offset_ua,
    })
}

/// Runs one neuron with events on and off the grid; largest error of the membrane in V.
fn largest_error(tau_us: [f64; 2], features: Features) -> f64 {
    let circuit = circuit(tau_us);
    let exact = propagator(&circuit);
    let mut c = Coefficients::default();
    load(&mut c, 3, &circuit, false, STEP_US);
    c.level[3] = f32::INFINITY;
    c.rise[3] = f32::INFINITY;
    let (mut state, mut moments) = (BlockState::default(), Moments::default());
    state.v[3] = 0.37;
    let mut membrane = Membrane { v: 0.37, x_e: 0.0, x_i: 0.0 };
    let mut largest: f64 = 0.0;
    for k in 0..1_000 {
        let mut done = 0.0;
        if k % 17 == 3 {
            let share = f64::from(k % 10) / 10.0;
            let dx = if k % 2 == 0 { [8e-3, 0.0] } else { [0.0, 6e-3] };
            membrane = exact.after(membrane, share * STEP_US);
            membrane.x_e += dx[0];
            membrane.x_i += dx[1];
            done = share;
            for (line, dx) in dx.into_iter().enumerate() {
                moments.add(line, 3, &[dx as f32], (1.0 - share) as f32);
            }
        }
        membrane = exact.after(membrane, (1.0 - done) * STEP_US);
        assert_eq!(step(&mut state, &moments, &c, features) & 8, 0);
        moments.clear();
        largest = largest.max((f64::from(state.v[3]) + f64::from(state.rest[0][3]) - membrane.v).abs());
        assert!((f64::from(state.x[0][3]) - membrane.x_e).abs() < 1e-7);
    }
    largest
}

#[test]
fn a_linear_neuron_is_exact_up_to_rounding() {
    for tau_us in [[10.0, 10.0], [5.0, 6.0], [0.3, 0.5], [30.0, 1.0]] {
        let error = largest_error(tau_us, Features::default());
        assert!(error < 2e-6, "{tau_us:?}: {error}");
    }
}

#[test]
fn amplifiers_without_limits_do_not_bend() {
    let saturating = Features { saturating: true, ..Features::default() };
    let error = largest_error([5.0, 6.0], saturating);
    assert!(error < 1e-6, "{error}");
}
