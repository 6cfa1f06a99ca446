//! Pulse lengths through registers: trains against the closed rule, activations, spread, extension.

use super::super::tests::Bench;
use super::super::*;
use crate::synapse::stp::{Dynamics, Ramp, Stp};
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::coordinate::{
    AtomicNeuronOnDLS, ColumnCurrentQuadOnDLS, CommonPADIBusConfigOnDLS, CommonSTPConfigOnDLS,
    PadMultiplexerConfigOnDLS, SynapseDriverOnDLS, SynapseQuadOnDLS,
};
use hx_isa::regmap::register::{
    ColumnCurrentQuad, CommonPADIBusConfig, CommonSTPConfig, NeuronConfig, PadMultiplexerConfig,
    SynapseDriverConfig, SynapseQuad,
};

/// Column that all synapses of these tests act on.
const COLUMN: usize = 8;
/// Its quad; it is entry 0 there.
const QUAD: usize = 1;
/// Full deflection of an event with weight 63 at a DAC bias of 600 on a nominal line, V.
const FULL_V: f64 = 0.6 * 0.004 / 0.27;

/// A chip whose neuron in [`COLUMN`] holds every charge on its excitatory line, with driver bias cells at their usual codes.
fn bench(config: ChipConfig) -> Bench {
    let mut bench = Bench::new(config);
    bench.open_buses();
    for block in 0..4 {
        let cells = [(0, 100), (1, 330), (2, 400), (3, 50), (12, 1022), (13, 600), (14, 600)];
        cells.iter().for_each(|(row, code)| bench.cell(block, 128, *row, *code));
    }
    bench.cell(1, 128, 22, 820);
    let line = Frame::<NeuronConfig>::default()
        .with(field!(NeuronConfig.enable_synaptic_input_excitatory_high_resistance), 1);
    bench.write(AtomicNeuronOnDLS::new(0, COLUMN).expect("a neuron").to_neuron_config(), &line);
    bench.write(ColumnCurrentQuadOnDLS::new(0, QUAD).expect("a quad"), &switches(0));
    bench
}

/// A listening driver with its bottom row excitatory and plasticity on.
fn plastic() -> Frame<SynapseDriverConfig> {
    Frame::default()
        .with(field!(SynapseDriverConfig.enable_receiver), 1)
        .with(field!(SynapseDriverConfig, "row_mode_bottom.excitatory"), 1)
        .with(field!(SynapseDriverConfig.enable_stp), 1)
        .with(field!(SynapseDriverConfig.offset), 7)
}

fn hagen(offset: u32) -> Frame<SynapseDriverConfig> {
    plastic()
        .with(field!(SynapseDriverConfig.enable_address_out), 0)
        .with(field!(SynapseDriverConfig.enable_hagen_dac), 1)
        .with(field!(SynapseDriverConfig.enable_hagen_modulation), 1)
        .with(field!(SynapseDriverConfig.hagen_dac_offset), offset)
}

/// Gives a driver a synapse of weight 63 with label 0 in its bottom row; returns the host label that reaches it.
fn connect(bench: &mut Bench, driver: usize, config: &Frame<SynapseDriverConfig>) -> u16 {
    bench.write(SynapseDriverOnDLS::new(0, driver).expect("a driver"), config);
    let synapse = Frame::<SynapseQuad>::default().with(field!(SynapseQuad, "weight[0]"), 63);
    bench.write(SynapseQuadOnDLS::new(0, 2 * driver, QUAD).expect("a quad"), &synapse);
    ((driver % 4) << 14 | (driver / 4) << 6) as u16
}

/// Sends an event and returns the charge it leaves on the line, in units of a full pulse of weight 63.
fn response(bench: &mut Bench, label: u16) -> f64 {
    let before = bench.chip.neurons.peek(COLUMN, bench.now).x_e;
    bench.chip.spike(bench.now, label);
    bench.run(1);
    // In a microsecond the line loses 1e-5 of its charge.
    (bench.chip.neurons.peek(COLUMN, bench.now).x_e - before * (1.0 - 1e-5)) / FULL_V
}

fn set_clock(bench: &mut Bench, running: u32, speed: u32) {
    let clock = Frame::<CommonSTPConfig>::default()
        .with(field!(CommonSTPConfig.enable_recovery_clock), running)
        .with(field!(CommonSTPConfig.recovery_clock_speed), speed);
    bench.write(CommonSTPConfigOnDLS::new(0).expect("top"), &clock);
}

/// Responses to events every 10 us, and to one more after a pause of 1 ms.
fn train(bench: &mut Bench, label: u16) -> Vec<f64> {
    let mut responses: Vec<f64> = (0..20)
        .map(|_| {
            let response = response(bench, label);
            bench.run(9);
            response
        })
        .collect();
    bench.run(1000);
    responses.push(response(bench, label));
    responses
}

const RAMP: Ramp = Ramp { scale: 1.0, v_full_lsb: 50.0, v_span_lsb: 400.0, offset_lsb: 0.0 };

/// The same train by the closed rule.
fn expected(dynamics: &Dynamics) -> Vec<f64> {
    let mut stp = Stp::recovered(dynamics, Time::ZERO);
    let instants = (0..20).map(|number| 10 * number).chain([1200]);
    instants.map(|us| stp.utilise(Time::from_us(us), dynamics, &RAMP)).collect()
}

#[track_caller]
fn assert_close(values: &[f64], expected: &[f64], tolerance: f64) {
    for (number, (value, expected)) in values.iter().zip(expected).enumerate() {
        assert!((value - expected).abs() < tolerance, "event {number}: {value} instead of {expected}");
    }
}

#[test]
fn trains_through_registers_follow_the_closed_rule() {
    let recovery_rate_per_us = 1.0 / (20.0 * 8f64.sqrt());
    let facilitating =
        Dynamics { v_charge_lsb: 100.0, v_recover_lsb: 400.0, utilization: 0.24, recovery_rate_per_us };
    let depressing = Dynamics { v_charge_lsb: 330.0, v_recover_lsb: 50.0, ..facilitating };
    for (set, dynamics) in [(0, facilitating), (1, depressing)] {
        for driver in [4, 7] {
            let mut bench = bench(ChipConfig::ideal());
            set_clock(&mut bench, 1, 3);
            let config = plastic()
                .with(field!(SynapseDriverConfig.utilization), 2)
                .with(field!(SynapseDriverConfig.select_target_voltages), set)
                .with(field!(SynapseDriverConfig.enable_recovery), 1)
                .with(field!(SynapseDriverConfig.recovery), 15);
            let label = connect(&mut bench, driver, &config);
            bench.run(100);
            assert_close(&train(&mut bench, label), &expected(&dynamics), 2e-4);
        }
    }
}

#[test]
fn without_its_clock_a_driver_does_not_recover() {
    for (clock, enable) in [(0, 1), (1, 0)] {
        let mut bench = bench(ChipConfig::ideal());
        set_clock(&mut bench, clock, 0);
        let config = plastic()
            .with(field!(SynapseDriverConfig.select_target_voltages), 1)
            .with(field!(SynapseDriverConfig.enable_recovery), enable)
            .with(field!(SynapseDriverConfig.enable_charge_sharing), 1)
            .with(field!(SynapseDriverConfig.enable_renewing), 1);
        let label = connect(&mut bench, 4, &config);
        let still = Dynamics {
            v_charge_lsb: 330.0,
            v_recover_lsb: 50.0,
            utilization: 0.2,
            recovery_rate_per_us: 0.0,
        };
        assert_close(&train(&mut bench, label), &expected(&still), 2e-4);
    }
}

#[test]
fn without_plasticity_pulses_have_their_full_length() {
    let mut bench = bench(ChipConfig::ideal());
    let label = connect(&mut bench, 4, &plastic().with(field!(SynapseDriverConfig.enable_stp), 0));
    assert_close(&train(&mut bench, label), &[1.0; 21], 2e-4);
}

#[test]
fn offsets_spread_drivers_and_their_code_shortens_pulses() {
    let responses = |code: u32, config: ChipConfig| -> Vec<f64> {
        let mut bench = bench(config);
        (0..64)
            .map(|index| {
                // One driver after the other in one column, which then adds no spread; the others do not listen.
                let config = plastic().with(field!(SynapseDriverConfig.offset), code);
                let label = connect(&mut bench, 2 * index, &config);
                let share = response(&mut bench, label);
                connect(&mut bench, 2 * index, &Frame::default());
                share
            })
            .collect()
    };
    let real = ChipConfig { noise: Fidelity::Ideal, ..ChipConfig::with_seed(3) };
    let mut codes = Vec::new();
    for code in [0, 5, 10, 15] {
        let nominal = responses(code, ChipConfig::ideal());
        assert!(nominal.iter().all(|share| (share - nominal[0]).abs() < 1e-3));
        codes.push(nominal[0]);
    }
    assert!(codes.windows(2).all(|pair| (pair[0] - pair[1] - 0.1).abs() < 1e-3), "{codes:?}");
    let spread = responses(7, real);
    let mean = spread.iter().sum::<f64>() / 64.0;
    let sigma = (spread.iter().map(|share| (share - mean) * (share - mean)).sum::<f64>() / 64.0).sqrt();
    // 30 LSB of 400 on a share of 0.275, and 6 % from synapse to synapse.
    assert!((0.05..0.10).contains(&sigma), "{sigma}");
}

#[test]
fn activations_give_proportional_charges() {
    let mut bench = bench(ChipConfig::ideal());
    let label = connect(&mut bench, 13, &hagen(32));
    for activation in 1..=31u16 {
        let share = response(&mut bench, label | (32 - activation));
        assert!((share - f64::from(activation) / 31.0).abs() < 2e-4, "activation {activation}: {share}");
        let other = response(&mut bench, label | 0x20 | (32 - activation));
        assert!(other.abs() < 1e-6, "another address bit: {other}");
    }
}

#[test]
fn amplitude_follows_ramp_offset_and_bias_in_vector_matrix_mode() {
    let response_to = |offset: u32, ramp: u32, bias: u32| {
        let mut bench = bench(ChipConfig { noise: Fidelity::Ideal, ..ChipConfig::with_seed(1) });
        bench.cell(1, 128, 22, bias);
        [13, 14].iter().for_each(|row| bench.cell(1, 128, *row, ramp));
        let label = connect(&mut bench, 13, &hagen(offset));
        response(&mut bench, label | 20)
    };
    let rises = |shares: &[f64]| shares.windows(2).all(|pair| pair[0] < pair[1]);
    let offsets = [0, 16, 32, 48, 63].map(|offset| response_to(offset, 600, 820));
    assert!(rises(&offsets), "{offsets:?}");
    let ramps = [500, 600, 700, 900].map(|ramp| response_to(32, ramp, 820));
    assert!(rises(&ramps), "{ramps:?}");
    assert_eq!(response_to(32, 600, 410), response_to(32, 600, 1022), "half the working bias suffices");
}

#[test]
fn extension_lengthens_pulses_by_what_is_not_modulated() {
    for (config, fraction) in
        [(plastic(), 0.275), (plastic().with(field!(SynapseDriverConfig.enable_stp), 0), 1.0)]
    {
        let mut bench = bench(ChipConfig::ideal());
        let buses = Frame::<CommonPADIBusConfig>::default()
            .with(field!(CommonPADIBusConfig.enable_spl1), 0xf)
            .with(field!(CommonPADIBusConfig, "dacen_pulse_extension[1]"), 3);
        bench.write(CommonPADIBusConfigOnDLS::new(0).expect("top"), &buses);
        let label = connect(&mut bench, 13, &config);
        let share = response(&mut bench, label);
        assert!((share - 3.0 - fraction).abs() < 1e-3, "{share}");
    }
}

#[test]
fn several_drivers_add_up_each_with_its_own_pulse() {
    let mut bench = bench(ChipConfig::ideal());
    let mask = field!(SynapseDriverConfig.row_address_compare_mask);
    connect(&mut bench, 4, &plastic().with(mask, 0));
    connect(&mut bench, 8, &plastic().with(mask, 0).with(field!(SynapseDriverConfig.enable_stp), 0));
    let label = connect(&mut bench, 12, &hagen(32).with(mask, 0));
    // Label 0 is beyond the highest activation.
    let share = response(&mut bench, label);
    assert!((share - 0.275 - 1.0 - 1.0).abs() < 1e-3, "{share}");
}

#[test]
fn switching_plasticity_on_starts_from_rest() {
    let mut bench = bench(ChipConfig::ideal());
    let label = connect(&mut bench, 4, &plastic());
    let first = response(&mut bench, label);
    let second = response(&mut bench, label);
    assert!(second > first + 0.05, "facilitates");
    connect(&mut bench, 4, &plastic().with(field!(SynapseDriverConfig.enable_stp), 0));
    connect(&mut bench, 4, &plastic());
    assert!((response(&mut bench, label) - first).abs() < 1e-4);
}

/// Sends events and returns the voltage on the line of [`COLUMN`], V below its supply.
fn line_v(bench: &Bench) -> f64 {
    bench.chip.neurons.peek(COLUMN, bench.now).x_e
}

/// Column switches of the quad: currents to the neuron and, if asked for, the debug line.
fn switches(debug: u32) -> Frame<ColumnCurrentQuad> {
    Frame::default()
        .with(field!(ColumnCurrentQuad, "enable_synaptic_current_excitatory[0]"), 1)
        .with(field!(ColumnCurrentQuad, "enable_synaptic_current_inhibitory[0]"), 1)
        .with(field!(ColumnCurrentQuad, "enable_debug_excitatory[0]"), debug)
}

#[test]
fn lines_collect_products_and_are_preset_through_the_debug_line() {
    let mut bench = bench(ChipConfig::ideal());
    (0..4).for_each(|block| bench.cell(block, 128, 8, 1022));
    let config = hagen(32).with(field!(SynapseDriverConfig, "row_mode_top.excitatory"), 1);
    let label = connect(&mut bench, 4, &config);
    let top = Frame::<SynapseQuad>::default().with(field!(SynapseQuad, "weight[0]"), 63);
    bench.write(SynapseQuadOnDLS::new(0, 9, QUAD).expect("a quad"), &top);
    for _ in 0..3 {
        response(&mut bench, label | 1);
    }
    // The driver test reads about 30 CADC LSB of the range of vector-matrix mode, 3.08 mV each.
    let lsb = line_v(&bench) / 3.08e-3;
    assert!((lsb - 30.0).abs() < 1.5, "{lsb}");
    let quad = ColumnCurrentQuadOnDLS::new(0, QUAD).expect("a quad");
    bench.write(quad, &switches(1));
    assert!(line_v(&bench) > 0.08, "nothing drives the debug line");
    bench.write(quad, &switches(0));
    let pads = Frame::<PadMultiplexerConfig>::default()
        .with(field!(PadMultiplexerConfig.synin_debug_excitatory_to_synapse_intermediate_mux), 1)
        .with(field!(PadMultiplexerConfig.synapse_intermediate_mux_to_pad), 1);
    bench.write(PadMultiplexerConfigOnDLS::new(0).expect("a pad"), &pads);
    bench.write(quad, &switches(1));
    bench.run(1);
    assert!(line_v(&bench).abs() < 1e-12);
    response(&mut bench, label | 1);
    assert!(line_v(&bench).abs() < 1e-12, "held lines collect nothing");
    bench.write(quad, &switches(0));
    response(&mut bench, label | 1);
    assert!((line_v(&bench) / 3.08e-3 - 10.0).abs() < 0.5);
}

/// A neuron that integrates on its membrane, as vector-matrix mode sets it up: short pulses, long membrane, no threshold.
fn integrating(bench: &mut Bench) {
    bench.neuron_cells(
        COLUMN,
        &[
            (0, 700),
            (8, 227),
            (1, 700),
            (9, 1022),
            (10, 795),
            (12, 310),
            (13, 450),
            (14, 795),
            (16, 310),
            (17, 450),
        ],
    );
    let neuron = Frame::<NeuronConfig>::default()
        .with(field!(NeuronConfig.membrane_capacitor_size), 63)
        .with(field!(NeuronConfig.enable_leak_division), 1)
        .with(field!(NeuronConfig.enable_synaptic_input_excitatory), 1)
        .with(field!(NeuronConfig.enable_synaptic_input_excitatory_small_capacitance), 1)
        .with(field!(NeuronConfig.enable_synaptic_input_inhibitory), 1)
        .with(field!(NeuronConfig.enable_synaptic_input_inhibitory_small_capacitance), 1)
        .with(field!(NeuronConfig.enable_readout_amplifier), 1);
    bench.write(AtomicNeuronOnDLS::new(0, COLUMN).expect("a neuron").to_neuron_config(), &neuron);
}

/// Membrane change by `sends` events of an activation 40 ns apart on a weight, in CADC LSB of vector-matrix mode; negative
/// weights through the top row.
fn product(bench: &mut Bench, activation: u16, weight: i32, sends: u64) -> f64 {
    let config = hagen(32).with(field!(SynapseDriverConfig, "row_mode_top.inhibitory"), 1);
    bench.write(SynapseDriverOnDLS::new(0, 4).expect("a driver"), &config);
    for (row, part) in [(8, weight.max(0)), (9, -weight.min(0))] {
        let synapse =
            Frame::<SynapseQuad>::default().with(field!(SynapseQuad, "weight[0]"), part.unsigned_abs());
        bench.write(SynapseQuadOnDLS::new(0, row, QUAD).expect("a quad"), &synapse);
    }
    bench.run(2000);
    let before = bench.chip.neurons.peek(COLUMN, bench.now).v;
    for send in 0..sends {
        bench.chip.spike(bench.now + Time::from_ns(40 * send), 1 << 6 | (32 - activation));
    }
    bench.now += Time::from_ns(40 * sends);
    bench.run(1);
    (bench.chip.neurons.peek(COLUMN, bench.now).v - before) / 3.08e-3
}

#[test]
fn a_hundred_sends_of_12_times_21_give_50_counts() {
    let mut bench = bench(ChipConfig::ideal());
    (0..4).for_each(|block| bench.cell(block, 128, 8, 1022));
    integrating(&mut bench);
    let gain = product(&mut bench, 12, 21, 100);
    assert!((46.0..=52.0).contains(&gain), "{gain}");
    // Proportional to activation and weight up to 80 counts either way, within 5 %.
    for (activation, weight) in [(6, 21), (12, 10), (18, 21), (24, 14), (12, -21), (20, -12), (6, -40)] {
        let expected = 0.002 * f64::from(activation) * f64::from(weight) * 100.0 * gain / 50.4;
        let found = product(&mut bench, activation as u16, weight, 100);
        assert!(
            (found - expected).abs() < 0.05 * expected.abs() + 1.0,
            "{activation} x {weight}: {found} for {expected}"
        );
    }
    assert!(product(&mut bench, 12, 0, 100).abs() < 1e-9);
}
