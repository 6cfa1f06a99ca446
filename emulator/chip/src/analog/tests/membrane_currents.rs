//! Conductance-based inputs, exponential term, adaptation and the conductance between compartments on the nominal chip, and
//! their spread.

use super::*;
use crate::analog::membrane_currents::{AdaptationSwitches, CompartmentSwitches};

/// The bench with everything switched on.
fn everything(mut bench: Bench) -> Bench {
    let input = SynapticInputSwitches { coba: true, ..bench.switches.synaptic_input[0] };
    bench.switches = NeuronSwitches {
        synaptic_input: [input; 2],
        exponential: true,
        adaptation: AdaptationSwitches { enable: true, ..AdaptationSwitches::default() },
        compartment: CompartmentSwitches { enable: true, ..CompartmentSwitches::default() },
        ..bench.switches
    };
    let codes = [
        (NeuronCell::ESyninExcRev, 576),
        (NeuronCell::ESyninInhRev, 522),
        (NeuronCell::IBiasSyninExcCoba, 156),
        (NeuronCell::IBiasSyninInhCoba, 156),
        (NeuronCell::VExp, 900),
        (NeuronCell::IBiasExp, 300),
        (NeuronCell::VAdaptLeak, 376),
        (NeuronCell::VAdaptRef, 511),
        (NeuronCell::IBiasAdaptTau, 100),
        (NeuronCell::IBiasAdaptA, 10),
        (NeuronCell::IBiasAdaptB, 200),
        (NeuronCell::IBiasNmda, 500),
    ];
    codes.into_iter().for_each(|(cell, code)| bench.set(cell, code));
    bench
}

#[test]
fn nothing_is_there_that_is_not_switched_on() {
    let neuron = Bench::ideal().neuron(0);
    assert_eq!(neuron.coba, [None, None]);
    assert_eq!((neuron.exponential, neuron.adaptation), (None, None));
    assert_eq!(neuron.compartment.g_us, 0.0);
}

#[test]
fn amplifiers_saturate_at_their_biases() {
    let mut bench = Bench::ideal();
    let neuron = bench.neuron(0);
    assert_close(neuron.leak_limit_ua, 0.171, 1e-9);
    assert_close(neuron.reset_limit_ua, 8.0 * 1.022, 1e-9);
    assert_close(neuron.gm_limit_ua[0], 0.5, 1e-9);
    bench.switches.leak.degeneration = true;
    let degenerated = bench.neuron(0);
    assert_close(degenerated.leak_limit_ua, neuron.leak_limit_ua, 1e-12);
    assert_close(degenerated.g_leak_us, neuron.g_leak_us / 3.0, 1e-12);
}

#[test]
fn codes_give_the_tabulated_values() {
    let mut bench = everything(Bench::ideal());
    let neuron = bench.neuron(0);
    let [Some(exc), Some(inh)] = neuron.coba else { panic!("both inputs are modulated") };
    assert_close(neuron.gm_limit_ua[0] / exc.amplifier.g_us, 0.4, 5e-3);
    assert_close(exc.amplifier.limit_ua, 0.156, 1e-9);
    assert_close(exc.reference_v, neuron.v_leak_v, 1e-9);
    assert_close(inh.reference_v, neuron.v_reset_v, 1e-9);
    let exponential = neuron.exponential.unwrap();
    assert_close(exponential.threshold_v, 0.633, 2e-3);
    assert_close(exponential.slope_v, 0.0285, 1e-9);
    assert_eq!((exponential.g_us, exponential.limit_ua), (0.25, 5.0));
    let adaptation = neuron.adaptation.unwrap();
    assert_close(adaptation.tau_us(), 128.0, 1e-9);
    assert_close(adaptation.g_a_us / adaptation.g_tau_us, 0.79, 0.05);
    assert_close(adaptation.v_ref_v, 0.4846, 1e-3);
    assert_close(adaptation.v_leak_v, neuron.v_leak_v, 1e-9);
    // 1.024 us at clock scale 7: a step of 82 mV.
    assert_close(adaptation.i_pulse_ua * 1.024 / adaptation.c_pf, 0.082, 2e-3);
    assert_close(neuron.compartment.g_us, 0.75, 1e-9);
    bench.switches.compartment.multiplication = true;
    bench.switches.adaptation.invert_a = true;
    bench.switches.adaptation.invert_b = true;
    let inverted = bench.neuron(0);
    assert_close(inverted.compartment.g_us, 3.0, 1e-9);
    assert_eq!(inverted.adaptation.unwrap().g_a_us, -adaptation.g_a_us);
    assert_eq!(inverted.adaptation.unwrap().i_pulse_ua, -adaptation.i_pulse_ua);
}

#[test]
fn a_node_that_is_only_looked_at_does_not_act_on_the_membrane() {
    let mut bench = everything(Bench::ideal());
    bench.switches.adaptation = AdaptationSwitches { observed: true, ..AdaptationSwitches::default() };
    assert_eq!(bench.neuron(3).adaptation.unwrap().g_w_us, 0.0);
}

#[test]
fn they_spread_as_tabulated() {
    let neurons = everything(Bench::chip(1)).all_neurons();
    let spread = |observe: fn(&NeuronParameters) -> f64| {
        trimmed_deviation(&neurons.iter().map(observe).collect::<Vec<_>>())
    };
    // Trimming 5 % at both ends leaves 0.79 of the deviation of a normal distribution; cells deviate on top.
    let coba = spread(|n| libm::log(n.coba[0].map_or(1.0, |coba| coba.amplifier.g_us)));
    assert_close(coba / 0.79, 0.25, 0.15);
    let reference = spread(|n| n.coba[1].map_or(0.0, |coba| coba.reference_v));
    assert_close(reference / 0.79, 0.025, 0.15);
    let threshold = spread(|n| n.exponential.map_or(0.0, |e| e.threshold_v));
    assert_close(threshold / 0.79, 0.015, 0.15);
    let tau = spread(|n| libm::log(n.adaptation.map_or(1.0, |a| a.tau_us())));
    assert_close(tau / 0.79, 0.20, 0.2);
    let compartment = spread(|n| libm::log(n.compartment.g_us));
    assert_close(compartment / 0.79, 0.20, 0.2);
}
