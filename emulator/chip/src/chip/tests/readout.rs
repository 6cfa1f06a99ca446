//! What the converters are connected to.

use super::*;
use crate::analog::correlation::Branch;
use crate::readout::Board;
use hx_isa::regmap::Value;
use hx_isa::regmap::coordinate::{
    CADCChannelConfigOnDLS, CADCConfigOnDLS, ColumnCorrelationQuadOnDLS, PadMultiplexerConfigOnDLS,
};
use hx_isa::regmap::register::{
    CADCChannelConfig, CADCConfig, ColumnCorrelationQuad, CommonCorrelationConfig, PadMultiplexerConfig,
};

/// Where v_leak 700 and 500 rest, V.
const REST_V: [f64; 2] = [0.475, 0.475 - 0.45 * 200.0 * 1.8 / 1023.0];
/// Voltage of an idle synaptic line.
const LINE_V: f64 = 0.8833;

fn code(v: f64) -> f64 {
    53.0 + 676.3 * v
}

/// Neurons 2 and 4 of the top row at rest at [`REST_V`], both on the even line, nothing else.
fn bench() -> Bench {
    let mut bench = Bench::new(ChipConfig::ideal());
    for (column, leak) in [(2, 700), (4, 500)] {
        bench.neuron_cells(column, &[(0, leak), (8, 171), (2, 600)]);
        bench.neuron(column, &shown(), &sending(0, 100));
    }
    bench.run(300);
    bench
}

fn shown() -> Frame<NeuronConfig> {
    Frame::default()
        .with(field!(NeuronConfig.membrane_capacitor_size), 63)
        .with(field!(NeuronConfig.enable_readout_amplifier), 1)
        .with(field!(NeuronConfig.enable_readout), 1)
}

fn hidden() -> Frame<NeuronConfig> {
    shown().with(field!(NeuronConfig.enable_readout), 0)
}

/// Connects sources to the multiplexers, records for 2 us, and returns input and value of the samples.
fn record(bench: &mut Bench, sources: &[Value], config: &Frame<MADCConfig>) -> Vec<(u8, u16)> {
    let selection =
        sources.iter().fold(Frame::<ReadoutSourceSelection>::zero(), |frame, &source| frame.with(source, 1));
    bench.write(ReadoutSourceSelectionOnDLS::new().expect("one"), &selection);
    bench.write(MADCConfigOnDLS::new().expect("one"), config);
    let command = MADCControlOnDLS::new().expect("one");
    let control = Frame::<MADCControl>::default().with(field!(MADCControl.enable_continuous_sampling), 1);
    bench.write(command, &control.with(field!(MADCControl.wake_up), 1));
    bench.run(1);
    bench.write(command, &control.with(field!(MADCControl.start_recording), 1));
    let output = bench.run(2);
    bench.write(command, &control.with(field!(MADCControl.stop_recording), 1));
    let sample = |output: &ChipOutput| match output.payload {
        ChipPayload::Madc { value, channel } => Some((channel, value)),
        ChipPayload::Spike { .. } => None,
    };
    output.iter().filter_map(sample).collect()
}

#[track_caller]
fn assert_codes(samples: &[(u8, u16)], expected: f64) {
    assert!(!samples.is_empty());
    for (_, value) in samples {
        assert!((f64::from(*value) - expected).abs() <= 1.0, "{value}, expected {expected}");
    }
}

const EVEN: Value = field!(ReadoutSourceSelection, "buffer[0].neuron_even[top]");

#[test]
fn several_amplifiers_on_a_line_share_it() {
    let mut bench = bench();
    assert_codes(&record(&mut bench, &[EVEN], &Frame::default()), code((REST_V[0] + REST_V[1]) / 2.0));
    bench.neuron(4, &hidden(), &sending(0, 100));
    assert_codes(&record(&mut bench, &[EVEN], &Frame::default()), code(REST_V[0]));
    // An amplifier that is off leaves the line to the other.
    bench.neuron(4, &shown().with(field!(NeuronConfig.enable_readout_amplifier), 0), &sending(0, 100));
    assert_codes(&record(&mut bench, &[EVEN], &Frame::default()), code(REST_V[0]));
}

#[test]
fn without_a_source_the_converter_reads_ground() {
    let mut bench = bench();
    assert_codes(&record(&mut bench, &[], &Frame::default()), code(0.0));
    let odd = field!(ReadoutSourceSelection, "buffer[0].neuron_odd[top]");
    assert_codes(&record(&mut bench, &[odd], &Frame::default()), code(0.0));
    let mut disconnected = Frame::<MADCConfig>::default();
    disconnected.set(field!(MADCConfig.signal_selection_connect_active_mux), 0);
    assert_codes(&record(&mut bench, &[EVEN], &disconnected), code(0.0));
    for block in 0..4 {
        bench.cell(block, 128, 18, 0);
    }
    assert_codes(&record(&mut bench, &[EVEN], &Frame::default()), code(0.0));
}

#[test]
fn the_multiplexer_alternates_between_its_inputs() {
    let mut bench = bench();
    bench.neuron(4, &hidden(), &sending(0, 100));
    bench.neuron_cells(5, &[(0, 500), (8, 171), (2, 600)]);
    bench.neuron(5, &shown(), &sending(0, 100));
    bench.run(300);
    let sources = [EVEN, field!(ReadoutSourceSelection, "buffer[1].neuron_odd[top]")];
    let config = Frame::<MADCConfig>::default().with(field!(MADCConfig.active_mux_input_select_length), 1);
    let samples = record(&mut bench, &sources, &config);
    assert!(samples.windows(2).all(|pair| pair[0].0 != pair[1].0));
    for (input, rest_v) in REST_V.into_iter().enumerate() {
        let of: Vec<_> = samples.iter().copied().filter(|sample| usize::from(sample.0) == input).collect();
        assert_codes(&of, code(rest_v));
    }
}

#[test]
fn the_preamplifier_has_its_gain() {
    let mut bench = bench();
    bench.neuron(4, &hidden(), &sending(0, 100));
    let config = Frame::<MADCConfig>::default().with(field!(MADCConfig.preamp_gain_capacitor_size), 15);
    assert_codes(&record(&mut bench, &[EVEN], &config), code(0.5 * REST_V[0]));
}

#[test]
fn synaptic_lines_are_seen_through_amplifiers_and_debug_lines() {
    let mut bench = bench();
    bench.neuron(4, &hidden(), &sending(0, 100));
    bench.neuron(2, &shown().with(field!(NeuronConfig.readout_source), 2), &sending(0, 100));
    assert_codes(&record(&mut bench, &[EVEN], &Frame::default()), code(LINE_V));
    let line = field!(ReadoutSourceSelection, "buffer[0].synin_debug_excitatory");
    assert_codes(&record(&mut bench, &[line], &Frame::default()), code(0.0));
    let columns = ColumnCurrentQuadOnDLS::new(0, 0).expect("a quad");
    let debug = hx_isa::fields!(ColumnCurrentQuad.enable_debug_excitatory; 4);
    bench.write(columns, &Frame::<ColumnCurrentQuad>::default().with(debug[1], 1));
    assert_codes(&record(&mut bench, &[line], &Frame::default()), code(LINE_V));
    // Without their drop bias there is nothing to see.
    for block in 0..4 {
        bench.cell(block, 129, 23, 0);
    }
    assert_codes(&record(&mut bench, &[EVEN], &Frame::default()), code(0.0));
}

#[test]
fn the_rate_follows_the_plls() {
    let mut bench = bench();
    let count = |bench: &mut Bench| record(bench, &[EVEN], &Frame::default()).len();
    assert!(count(&mut bench).abs_diff(58) <= 1, "500 MHz / 17 before the PLLs are set up");
    for (register, value) in [(0, 0x2a20_a902), (1, 0xc0cb_f200), (4, 0x110d_0101)] {
        bench.chip.jtag_pll(bench.now, register, value);
    }
    assert!(count(&mut bench).abs_diff(58) <= 1, "and with their defaults");
    // N = 5 instead of 10.
    bench.chip.jtag_pll(bench.now, 0, 0x2a20_9502);
    assert!(count(&mut bench).abs_diff(29) <= 1);
    bench.chip.jtag_pll(bench.now, 4, 0x000d_0101);
    assert_eq!(count(&mut bench), 0, "the clock is off");
}

fn pad_multiplexer(bench: &mut Bench, pad: usize, switches: &[Value]) {
    let frame =
        switches.iter().fold(Frame::<PadMultiplexerConfig>::zero(), |frame, &value| frame.with(value, 1));
    bench.write(PadMultiplexerConfigOnDLS::new(pad).expect("a pad"), &frame);
}

#[test]
fn the_board_is_heard_through_the_pads() {
    let mut bench = bench();
    let board = Board { pads_v: [Some(0.6), None], ..Board::default() };
    bench.chip.set_board(bench.now, board);
    let plus = field!(ReadoutSourceSelection, "buffer[0].debug_plus");
    assert_codes(&record(&mut bench, &[plus], &Frame::default()), code(0.0));
    pad_multiplexer(&mut bench, 0, &[field!(PadMultiplexerConfig.debug_to_pad)]);
    assert_codes(&record(&mut bench, &[plus], &Frame::default()), code(0.6));
    let mut direct = Frame::<MADCConfig>::default().with(field!(MADCConfig.connect_pads_to_madc), 1);
    direct.set(field!(MADCConfig.connect_preamp_to_madc), 0);
    assert_codes(&record(&mut bench, &[EVEN], &direct), code(0.6));
}

#[test]
fn buffers_and_ramps_reach_the_pads() {
    let mut bench = bench();
    bench.neuron(4, &hidden(), &sending(0, 100));
    let to_pads = field!(ReadoutSourceSelection, "enable_buffer_to_pad[0]");
    record(&mut bench, &[EVEN, to_pads], &Frame::default());
    assert_eq!(bench.chip.pad_v(1, bench.now), None);
    pad_multiplexer(&mut bench, 1, &[field!(PadMultiplexerConfig, "buffer_to_pad[0]")]);
    bench.run(1);
    let v = bench.chip.pad_v(1, bench.now).expect("the buffer drives the pad");
    assert!((v - REST_V[0]).abs() < 1e-3, "{v}");
    bench.cell(2, 128, 4, 100);
    let ramp = [
        field!(PadMultiplexerConfig.cadc_v_ramp_mux_to_pad),
        field!(PadMultiplexerConfig, "cadc_v_ramp_mux[2]"),
    ];
    pad_multiplexer(&mut bench, 1, &ramp);
    bench.run(1);
    assert_eq!(bench.chip.pad_v(1, bench.now), Some(100.0 * 1.8 / 1023.0));
}

#[test]
fn channels_see_their_debug_line_and_quadrants_their_ramp() {
    let mut bench = bench();
    for block in 0..4 {
        bench.cell(block, 128, 4, 20 + 20 * block as u32);
        bench.cell(block, 128, 15, 200);
    }
    let on = Frame::<CADCConfig>::default().with(field!(CADCConfig.enable), 1);
    CADCConfigOnDLS::all().for_each(|hemisphere| bench.write(hemisphere, &on));
    let channel = Frame::<CADCChannelConfig>::default();
    CADCChannelConfigOnDLS::all().for_each(|at| bench.write(at, &channel));
    // Both lines of every column on the debug lines.
    let quad = Frame::<ColumnCorrelationQuad>::from_array([0, 0xc0c0_c0c0, 0, 0]);
    ColumnCorrelationQuadOnDLS::all().for_each(|at| bench.write(at, &quad));
    bench.chip.set_board(bench.now, Board { pads_v: [Some(0.6), None], ..Board::default() });
    let causal = field!(PadMultiplexerConfig.cadc_debug_causal_to_synapse_intermediate_mux);
    pad_multiplexer(&mut bench, 0, &[causal, field!(PadMultiplexerConfig.synapse_intermediate_mux_to_pad)]);
    let mut codes = |branch, hemisphere| {
        bench.now += Time::from_us(5);
        bench.chip.correlation_codes(bench.now, hemisphere, CadcRow::Reset, branch)
    };
    let expected = |block: usize| {
        let offset_v = (20.0 + 20.0 * block as f64) * 1.8 / 1023.0;
        ((0.6 - offset_v) / 4.223e-3_f64).round() as u8
    };
    for hemisphere in 0..2 {
        let found = codes(Branch::Causal, hemisphere);
        assert_eq!([found[0], found[255]], [expected(2 * hemisphere), expected(2 * hemisphere + 1)]);
        assert_eq!(codes(Branch::Acausal, hemisphere), [0; 256], "that line is not driven");
    }
    // Each side may take the offset of the other.
    let select = Frame::<CommonCorrelationConfig>::default()
        .with(field!(CommonCorrelationConfig.select_voltage_left), 1);
    bench.write(hx_isa::regmap::coordinate::CommonCorrelationConfigOnDLS::new(0).expect("top"), &select);
    bench.now += Time::from_us(5);
    let found = bench.chip.correlation_codes(bench.now, 0, CadcRow::Reset, Branch::Causal);
    assert_eq!([found[0], found[255]], [expected(1), expected(1)]);
}

#[test]
fn sensors_follow_the_voltages_of_the_board() {
    let mut bench = bench();
    for block in 0..4 {
        for (row, code) in [(4, 22), (9, 80), (10, 70), (11, 600), (15, 200)] {
            bench.cell(block, 128, row, code);
        }
    }
    let on = Frame::<CADCConfig>::default().with(field!(CADCConfig.enable), 1);
    CADCConfigOnDLS::all().for_each(|hemisphere| bench.write(hemisphere, &on));
    let channel = Frame::<CADCChannelConfig>::default();
    CADCChannelConfigOnDLS::all().for_each(|at| bench.write(at, &channel));
    let quad = Frame::<ColumnCorrelationQuad>::from_array([0xc0c0_c0c0, 0, 0, 0]);
    ColumnCorrelationQuadOnDLS::all().for_each(|at| bench.write(at, &quad));
    let mut baseline = |reset_v| {
        bench.now += Time::from_us(5);
        bench.chip.set_board(bench.now, Board { sensor_reset_v: reset_v, ..Board::default() });
        f64::from(bench.chip.correlation_codes(bench.now, 1, CadcRow::Synapses(3), Branch::Acausal)[9])
    };
    let usual = baseline(None);
    assert!((usual - 200.0).abs() <= 1.0);
    assert_eq!(baseline(Some(1.85)), usual);
    // 240 counts per volt.
    assert!((usual - baseline(Some(1.75)) - 24.0).abs() <= 1.0);
    assert_eq!(baseline(Some(0.0)), 0.0);
}
