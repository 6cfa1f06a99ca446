//! The directions calibration routines rely on when they search for codes (electronicvisions calix). Checked on the nominal
//! chip and on one with mismatch, over the whole range of codes.

use super::*;
use crate::analog::converter::{CadcRamp, cadc_code, cadc_count};
use crate::analog::mismatch::CadcChannelDeviation;
use crate::analog::transfer;

/// Neuron that stands for all in the sweeps.
const NEURON: usize = 200;
const CODES: [u16; 9] = [10, 100, 200, 350, 500, 650, 800, 950, 1022];

/// What the observable does while the code goes up.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Direction {
    Up,
    Down,
}
use Direction::{Down, Up};

#[track_caller]
fn assert_monotone(observed: &[f64], direction: Direction) {
    for pair in observed.windows(2) {
        let rises = pair[1] > pair[0];
        assert!(pair[0] != pair[1] && rises == (direction == Up), "{observed:?} does not go {direction:?}");
    }
}

/// Peak of a response to one event, without the kernel, which is the same throughout.
fn amplitude(bench: &Bench, polarity: usize) -> f64 {
    let n = bench.neuron(NEURON);
    let i_dac_ua = bench.block(NeuronParameters::block_of(NEURON)).i_dac_ua;
    n.gm_us[polarity] * transfer::line_step_v(40.0, i_dac_ua, 0.004, n.c_line_pf[polarity])
}

#[test]
fn neuron_parameters_follow_their_codes() {
    type Observable = fn(&Bench) -> f64;
    let contract: [(NeuronCell, Direction, Observable); 11] = [
        (NeuronCell::VLeak, Up, |b| b.neuron(NEURON).v_rest_v()),
        (NeuronCell::VReset, Up, |b| b.neuron(NEURON).v_reset_v),
        (NeuronCell::VThreshold, Up, |b| b.neuron(NEURON).v_threshold_v),
        (NeuronCell::IBiasLeak, Down, |b| b.neuron(NEURON).tau_mem_us()),
        (NeuronCell::IBiasReset, Down, |b| b.neuron(NEURON).tau_reset_us()),
        (NeuronCell::IBiasSyninExcTau, Down, |b| b.neuron(NEURON).tau_syn_us[0]),
        (NeuronCell::IBiasSyninInhTau, Down, |b| b.neuron(NEURON).tau_syn_us[1]),
        (NeuronCell::IBiasSyninExcShift, Down, |b| b.neuron(NEURON).v_rest_v()),
        (NeuronCell::IBiasSyninInhShift, Up, |b| b.neuron(NEURON).v_rest_v()),
        (NeuronCell::IBiasSyninExcGm, Up, |b| amplitude(b, 0)),
        (NeuronCell::IBiasSyninInhGm, Up, |b| amplitude(b, 1)),
    ];
    for make in [Bench::ideal as fn() -> Bench, || Bench::chip(3)] {
        for (cell, direction, observe) in contract {
            let mut bench = make();
            let observed = CODES.map(|code| {
                bench.set(cell, code);
                observe(&bench)
            });
            assert_monotone(&observed, direction);
        }
    }
}

#[test]
fn amplitude_follows_the_dac_bias() {
    let mut bench = Bench::chip(1);
    let observed = CODES.map(|code| {
        bench.set_shared(SharedCell::SynIBiasDac, code);
        amplitude(&bench, 0)
    });
    assert_monotone(&observed, Up);
}

#[test]
fn cadc_codes_fall_with_ramp_offset_and_slope() {
    let mut bench = Bench::chip(2);
    let channel = bench.deviations.cadc[40];
    let read = |bench: &Bench| {
        f64::from(cadc_count(0.8, &bench.block(0).cadc_ramp, &channel, 0.0, &bench.constants))
    };
    let offsets = [0, 20, 50, 100, 200, 300].map(|code| {
        bench.set_shared(SharedCell::CadcVRampOffset, code);
        read(&bench)
    });
    assert_monotone(&offsets, Down);
    bench.set_shared(SharedCell::CadcVRampOffset, 22);
    let slopes = [190, 220, 260, 320, 400, 800].map(|code| {
        bench.set_shared(SharedCell::CadcIRampSlope, code);
        read(&bench)
    });
    assert_monotone(&slopes, Down);
}

#[test]
fn cadc_code_rises_one_to_one_with_voltage_and_channel_offset() {
    let constants = AnalogConstants::default();
    let channel = CadcChannelDeviation { offset_lsb: -3.2, gain: 0.99 };
    let ramp = CadcRamp { offset_v: 0.04, lsb_v: 4.2e-3 };
    let mut last = 0;
    for step in 0..1200 {
        let count = cadc_count(f64::from(step) * 1e-3, &ramp, &channel, 0.0, &constants);
        assert!(count >= last);
        last = count;
    }
    assert!((-50..50).all(|offset: i8| cadc_code(120, offset) == (120 + i16::from(offset)) as u8));
}
