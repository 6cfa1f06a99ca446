//! The nominal chip: documented working points and the recorded figures behind the derived constants.

use super::*;
use crate::analog::converter::madc_code;
use crate::analog::neuron_parameters::{MembraneOffset, Polarity};
use crate::analog::transfer;

const NO_SWITCHES: BiasSwitches =
    BiasSwitches { division: false, multiplication: false, degeneration: false };

#[test]
fn default_targets_come_out_of_their_codes() {
    let neuron = Bench::ideal().neuron(0);
    assert_close(neuron.c_pf, 2.40, 1e-12);
    assert_close(neuron.v_leak_v, 0.3765, 2e-3);
    assert_close(neuron.v_reset_v, 0.334, 2e-3);
    assert_close(neuron.v_threshold_v, 0.567, 2e-3);
    assert_close(neuron.tau_mem_us(), 10.0, 5e-3);
    assert_close(neuron.tau_reset_us(), 0.5, 0.01);
    assert_close(neuron.tau_syn_us[0], 10.0, 2e-3);
    assert_close(neuron.gm_us[1], 5.4, 1e-12);
    assert_eq!(neuron.x_off_v, [0.0, 0.0]);
    assert_eq!(neuron.i_constant_ua(), 0.0);
    assert_close(neuron.comparator_delay_us, 0.010, 1e-12);
    assert_eq!(neuron.readout_gain, 1.0);
}

#[test]
fn resting_at_v_leak_700_reads_madc_375() {
    let mut bench = Bench::ideal();
    bench.set(NeuronCell::VLeak, 700);
    let neuron = bench.neuron(511);
    assert_close(neuron.v_rest_v(), 0.475, 1e-12);
    assert_eq!(madc_code(neuron.v_rest_v(), 1.0, 0.0, &bench.constants), 374);
}

/// Leak over threshold: period 13 us, trough near MADC 232 and peak near 400, all within 20 %.
#[test]
fn leak_over_threshold_has_the_recorded_period() {
    let mut bench = Bench::ideal();
    let codes = [
        (NeuronCell::VLeak, 1000),
        (NeuronCell::VReset, 400),
        (NeuronCell::VThreshold, 300),
        (NeuronCell::IBiasLeak, 150),
    ];
    codes.into_iter().for_each(|(cell, code)| bench.set(cell, code));
    let n = bench.neuron(0);
    let refractory_us = 255.0 / 125.0;
    let trough_v =
        n.v_reset_v + (n.v_threshold_v - n.v_reset_v) * libm::exp(-refractory_us / n.tau_reset_us());
    let charge_us = n.tau_mem_us() * libm::log((n.v_leak_v - trough_v) / (n.v_leak_v - n.v_threshold_v));
    assert_close(refractory_us + charge_us, 13.0, 0.2);
    assert_close(53.0 + 676.3 * trough_v, 232.0, 0.2);
    assert_close(53.0 + 676.3 * n.v_threshold_v, 400.0, 0.2);
}

/// One excitatory event at the calibrated default: 0.788 MADC LSB per weight LSB, 73 mV at weight 63.
#[test]
fn a_single_event_peaks_as_recorded() {
    let bench = Bench::ideal();
    let n = bench.neuron(0);
    let pulse_us = transfer::pulse_us(0, 1.0, &bench.constants.synapse);
    let i_dac_ua = bench.block(0).i_dac_ua;
    let e = Polarity::Excitatory as usize;
    let dx_v = transfer::line_step_v(63.0, i_dac_ua, pulse_us, n.c_line_pf[e]);
    assert_close(dx_v, 8.9e-3, 5e-3);
    let i0_ua = n.gm_us[e] * dx_v;
    assert_close(i0_ua, 0.048, 5e-3);
    // The general closed form; both time constants differ by a few parts in a thousand only.
    let (tau_m, tau_s) = (n.tau_mem_us(), n.tau_syn_us[e]);
    let peak_us = libm::log(tau_m / tau_s) * tau_m * tau_s / (tau_m - tau_s);
    let kernel = libm::exp(-peak_us / tau_m) - libm::exp(-peak_us / tau_s);
    let peak_v = i0_ua / n.c_pf * tau_m * tau_s / (tau_m - tau_s) * kernel;
    assert_close(peak_v, 0.073, 0.02);
    assert_close(peak_v * 676.3 / 63.0, 0.788, 0.02);
}

#[test]
fn membrane_time_constant_covers_the_documented_range() {
    let neuron = AnalogConstants::default().neuron;
    let tau_us = |code: f64, division, multiplication| {
        let switches = BiasSwitches { division, multiplication, degeneration: false };
        2.4 / transfer::g_leak_us(code * 1e-3, switches, &neuron)
    };
    assert_close(tau_us(1022.0, false, true), 0.21, 0.01);
    assert_close(tau_us(1022.0, false, false), 1.7, 0.02);
    assert_close(tau_us(63.0, false, false), 27.0, 0.02);
    assert_close(tau_us(1022.0, true, false), 13.4, 0.01);
    assert_close(tau_us(63.0, true, false), 218.0, 0.01);
    assert_eq!(tau_us(300.0, true, true), tau_us(300.0, false, false));
    let degenerated = BiasSwitches { degeneration: true, ..NO_SWITCHES };
    assert_close(transfer::g_reset_us(0.9, degenerated, &neuron), 0.59 * 0.9 / 3.0, 1e-12);
}

#[test]
fn synaptic_time_constant_has_its_floor_and_its_switches() {
    let constants = AnalogConstants::default();
    let plain = SynapticInputSwitches::default();
    let slow = SynapticInputSwitches { high_resistance: true, ..plain };
    let small = SynapticInputSwitches { small_capacitance: true, ..plain };
    assert_close(transfer::tau_syn_us(1.022, plain, &constants), 0.3, 1e-12);
    assert_close(transfer::tau_syn_us(0.1022, slow, &constants), 30.0, 1e-12);
    assert_close(transfer::tau_syn_us(1.022, small, &constants), 0.249, 1e-12);
    assert_eq!(transfer::tau_syn_us(0.0, slow, &constants), constants.synapse.tau_maximum_us);
    assert_eq!(transfer::line_capacitance_pf(small, &constants.synapse), 0.225);
}

/// Three events on two rows of weight 63 at DAC 1022 read about 30 CADC LSB on the line.
#[test]
fn the_line_deflects_as_the_driver_test_reads_it() {
    let constants = AnalogConstants::default();
    let pulse_us = transfer::pulse_us(0, 1.0, &constants.synapse);
    let dx_v = 6.0 * transfer::line_step_v(63.0, 1.022, pulse_us, constants.synapse.line_capacitance_pf);
    assert_close(dx_v / constants.cadc.lsb_v, 30.0, 0.3);
    assert_close(transfer::pulse_us(2, 0.5, &constants.synapse), 0.010, 1e-12);
}

#[test]
fn membrane_noise_scales_with_the_time_constant() {
    let constants = AnalogConstants::default();
    let sigma_v = |tau_us: f64, gm_ua| transfer::membrane_noise_v(2.4, 2.4 / tau_us, gm_ua, &constants);
    assert_close(sigma_v(10.0, 0.0), 2.0e-3, 1e-12);
    assert_close(sigma_v(60.0, 0.0) / constants.cadc.lsb_v, 1.2, 0.05);
    assert_close(sigma_v(10.0, 1.0) / sigma_v(10.0, 0.0), std::f64::consts::SQRT_2, 1e-12);
}

#[test]
fn switches_act_on_their_own_circuit() {
    let mut bench = Bench::ideal();
    bench.set(NeuronCell::IMemOffset, 300);
    let reference = bench.neuron(7);
    bench.switches.membrane_offset = MembraneOffset::Sink;
    bench.switches.synaptic_input[1].enable = false;
    bench.switches.readout_amplifier = false;
    bench.switches.membrane_capacitor_size = 0;
    let n = bench.neuron(7);
    assert_eq!((reference.i_offset_ua, n.gm_us[1], n.readout_gain), (0.0, 0.0, 0.0));
    assert_close(n.i_offset_ua, -0.030, 1e-12);
    assert_eq!(n.c_pf, 0.12);
    assert_eq!(
        (n.gm_us[0], n.g_leak_us, n.tau_syn_us),
        (reference.gm_us[0], reference.g_leak_us, reference.tau_syn_us)
    );
}

#[test]
fn an_unpowered_chip_has_finite_parameters_and_shows_nothing() {
    let constants = AnalogConstants::default();
    let mut bench = Bench::with(Deviations::ideal(&constants), constants);
    bench.cells = CapMem::new(Settling::Instant, &bench.constants.capmem);
    let n = bench.neuron(0);
    assert_eq!(n.g_leak_us, bench.constants.neuron.conductance_minimum_us);
    assert!(n.tau_mem_us().is_finite() && n.tau_syn_us[0].is_finite() && n.v_rest_v().is_finite());
    assert_eq!((n.gm_us, n.readout_gain, n.comparator_delay_us), ([0.0, 0.0], 0.0, 1.0));
}

#[test]
fn weak_support_biases_degrade_and_are_reported() {
    let mut bench = Bench::ideal();
    bench.set_shared(SharedCell::NeuronIBiasSyninDrop, 150);
    assert_eq!(bench.neuron(0).gm_us[0], 5.4);
    bench.set_shared(SharedCell::NeuronIBiasSyninDrop, 75);
    assert_close(bench.neuron(0).gm_us[0], 2.7, 1e-12);
    bench.set_shared(SharedCell::NeuronIBiasReadoutAmp, 11);
    assert_close(bench.neuron(0).readout_gain, 0.2, 1e-12);
    let values = bench.values();
    let instance = Instance { values: &values, deviations: &bench.deviations, constants: &bench.constants };
    let reported: Vec<_> = instance.insufficient_biases(2).collect();
    assert!(reported.contains(&SharedCell::NeuronIBiasSyninDrop));
    assert!(!reported.contains(&SharedCell::NeuronVBiasCascN));
}

#[test]
fn temperature_raises_currents_and_lowers_followers() {
    let mut constants = AnalogConstants::default();
    constants.temperature.deviation_k = 10.0;
    let warm = Bench::with(Deviations::ideal(&constants), constants).neuron(0);
    let cold = Bench::ideal().neuron(0);
    assert_close(warm.tau_mem_us(), cold.tau_mem_us() / 1.03, 1e-9);
    assert_close(warm.tau_syn_us[0], cold.tau_syn_us[0] / 1.03, 1e-9);
    assert_close(warm.v_leak_v, cold.v_leak_v - 5e-3, 1e-9);
    assert_eq!(warm.v_threshold_v, cold.v_threshold_v);
}

#[test]
fn madc_timing_and_start() {
    let constants = AnalogConstants::default();
    assert_eq!(transfer::madc_sample_period(5, None), Time::from_ns(34));
    assert_eq!(transfer::madc_sample_period(5, Some(1)), Time::from_ns(136));
    assert_eq!(transfer::madc_preamplifier_gain(31, &constants), 1.0);
    assert_eq!(transfer::madc_startup_error_lsb(0, &constants), 30.0);
    assert!(transfer::madc_startup_error_lsb(120, &constants) < 0.02);
}
