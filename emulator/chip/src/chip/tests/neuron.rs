//! The complete neuron through registers and converters: the nominal checks of the analog model (section 2.2), both ways of
//! solving the equations against each other, joined neurons, and fire lines.

use super::*;
use crate::neuron::{Phase, Voltages};

fn saturating() -> ChipConfig {
    ChipConfig::ideal()
}

fn small_signal() -> ChipConfig {
    ChipConfig { amplifiers: Amplifiers::SmallSignal, ..ChipConfig::ideal() }
}

/// The neuron at `row`, `column`.
fn set(
    bench: &mut Bench,
    place: [usize; 2],
    config: &Frame<NeuronConfig>,
    backend: &Frame<NeuronBackendConfig>,
) {
    let neuron = AtomicNeuronOnDLS::new(place[0], place[1]).expect("a neuron");
    bench.write(neuron.to_neuron_config(), config);
    bench.write(neuron.to_neuron_backend_config(), backend);
}

fn cells_of(bench: &mut Bench, [row, column]: [usize; 2], cells: &[(usize, u32)]) {
    cells.iter().for_each(|(cell, code)| bench.cell(2 * row + column / 128, column % 128, *cell, *code));
}

fn peek(bench: &Bench, neuron: usize) -> Voltages {
    bench.chip.neurons.peek(neuron, bench.now)
}

fn assert_within(value: f64, expected: f64, relative: f64) {
    assert!((value - expected).abs() <= relative * expected.abs(), "{value} instead of {expected}");
}

const LEAK_OVER_THRESHOLD: [(usize, u32); 5] = [(0, 1000), (8, 150), (2, 300), (1, 400), (9, 1022)];

/// Check (a): trough near MADC 232, peak near 400 and a period of 13 us within 20 %; the constants give 217, 410 and 13.4 us.
#[test]
fn leak_over_threshold_has_trough_and_peak_of_the_figure() {
    let mut bench = Bench::new(saturating());
    bench.neuron_cells(40, &LEAK_OVER_THRESHOLD);
    bench.neuron(40, &spiking_neuron(), &sending(0x2a, 255));
    bench.run(100);
    bench.record_madc(40);
    let output = bench.run(200);
    let (fired, recorded) = (spikes(&output), samples(&output));
    let (low, high) = (recorded.iter().min().unwrap(), recorded.iter().max().unwrap());
    assert_within(f64::from(*low), 217.0, 0.02);
    assert_within(f64::from(*high), 410.0, 0.02);
    let period_us = (fired[12].0 - fired[2].0).as_us() / 10.0;
    assert_within(period_us, 13.4, 0.01);
}

/// Quad of column 77, one of the odd ones.
const QUAD: usize = 32 + 77 / 8;
/// Its entry in it.
const ENTRY: usize = 77 / 2 % 4;

/// Largest deflection, MADC LSB, by events of this weight in total on one line of a calibrated neuron.
fn deflection(weight: u32, inhibitory: bool) -> f64 {
    let mut bench = Bench::new(saturating());
    bench.open_buses();
    bench.neuron_cells(77, &CALIBRATED_CELLS);
    bench.neuron_cells(77, &[(16, 310), (17, 500)]);
    let config = listening_neuron()
        .with(field!(NeuronConfig.enable_synaptic_input_inhibitory), 1)
        .with(field!(NeuronConfig.enable_synaptic_input_inhibitory_high_resistance), 1);
    bench.neuron(77, &config, &sending(0, 100));
    let mut labels = Vec::new();
    for (number, done) in (0..weight).step_by(63).enumerate() {
        let driver = 4 * number + 1;
        labels.push(connect(&mut bench, driver, 77, (weight - done).min(63), 21));
        if inhibitory {
            let frame = Frame::<SynapseDriverConfig>::default()
                .with(field!(SynapseDriverConfig.enable_receiver), 1)
                .with(field!(SynapseDriverConfig, "row_mode_bottom.inhibitory"), 1);
            bench.write(SynapseDriverOnDLS::new(0, driver).expect("a driver"), &frame);
        }
    }
    let switches = hx_isa::fields!(ColumnCurrentQuad.enable_synaptic_current_inhibitory; 4);
    let switches_exc = hx_isa::fields!(ColumnCurrentQuad.enable_synaptic_current_excitatory; 4);
    let columns = ColumnCurrentQuadOnDLS::new(0, QUAD).expect("a quad");
    let entry = ENTRY;
    let both = Frame::<ColumnCurrentQuad>::default().with(switches[entry], 1).with(switches_exc[entry], 1);
    bench.write(columns, &both);
    bench.run(500);
    bench.record_madc(77);
    bench.run(5);
    // A crossbar input takes one event at a time.
    for label in labels {
        bench.now += Time::from_fpga_cycles(2);
        bench.chip.spike(bench.now, label);
    }
    let recorded = samples(&bench.run(40));
    let rest = f64::from(recorded[0]);
    let far = recorded.iter().map(|value| f64::from(*value) - rest);
    far.fold(0.0, |most: f64, d| if d.abs() > most.abs() { d } else { most })
}

/// Check (c): the response to one event is linear in its weight, 0.788 MADC LSB per step within 20 %; the constants give 49.8,
/// 75.9, 126.5 and 227.9.
#[test]
fn excitation_is_linear_up_to_a_weight_sum_of_288() {
    for (weight, expected) in [(63, 49.8), (96, 75.9), (160, 126.5), (288, 227.9)] {
        let found = deflection(weight, false);
        assert_within(found, expected, 0.03);
        assert_within(found, 0.788 * f64::from(weight), 0.2);
    }
}

/// Section 2.4: inhibition falls off towards the lower rail; recorded are -65, -98 and -129 MADC LSB.
#[test]
fn inhibition_falls_off_towards_the_lower_rail() {
    for (weight, model, recorded) in [(96, -64.0, -65.0), (160, -93.0, -98.0), (288, -129.0, -129.0)] {
        let found = deflection(weight, true);
        assert_within(found, model, 0.04);
        assert_within(found, recorded, 0.2);
    }
}

/// Check (d): a spike lifts the adaptation node by 55 MADC LSB at code 200 and clock scale 7.
#[test]
fn a_spike_lifts_the_adaptation_node_by_55_codes() {
    let mut bench = Bench::new(saturating());
    let common = Frame::<CommonNeuronBackendConfig>::default()
        .with(field!(CommonNeuronBackendConfig.clock_scale_adaptation_pulse), 7);
    CommonNeuronBackendConfigOnDLS::all().for_each(|half| bench.write(half, &common));
    bench.neuron_cells(40, &CALIBRATED_CELLS);
    bench.neuron_cells(40, &[(5, 376), (7, 300), (18, 100), (20, 200)]);
    let config = spiking_neuron()
        .with(field!(NeuronConfig.enable_adaptation), 1)
        .with(field!(NeuronConfig.readout_source), 3);
    let backend = sending(0, 255).with(field!(NeuronBackendConfig.enable_adaptation_pulse), 1);
    bench.neuron(40, &config, &backend);
    bench.run(500);
    bench.record_madc(40);
    bench.run(5);
    bench.chip.neurons.artificial_fire(40, bench.now);
    let recorded = samples(&bench.run(20));
    let step = recorded.iter().max().unwrap() - recorded[0];
    assert_within(f64::from(step), 55.0, 0.05);
}

/// Fires, and the membrane and lines at the end, of a neuron with excitation on a small-signal chip.
fn small_signal_run(integrated: bool) -> (Vec<(Time, u16)>, Voltages) {
    let mut bench = Bench::new(small_signal());
    bench.open_buses();
    bench.neuron_cells(77, &CALIBRATED_CELLS);
    bench.neuron_cells(77, &[(0, 700), (2, 280)]);
    // An end-of-period post pulse needs the general path and changes nothing else.
    let backend = sending(7, 255)
        .with(field!(NeuronBackendConfig.enable_bayesian_extension), 1)
        .with(field!(NeuronBackendConfig.enable_bayesian_1), u32::from(integrated));
    bench.neuron(77, &listening_neuron(), &backend);
    let label = connect(&mut bench, 13, 77, 50, 21);
    bench.run(10);
    assert_eq!(bench.chip.neurons.integrated(77), integrated);
    for i in 0..60 {
        bench.chip.spike(bench.now + Time::from_ns(7000 * i), label);
        bench.chip.spike(bench.now + Time::from_ns(7000 * i + 800), label);
    }
    bench.now += Time::from_us(420);
    let fired = spikes(&bench.run(3));
    (fired, peek(&bench, 77))
}

#[test]
fn both_ways_agree_for_small_signals() {
    let ((closed, a), (integrated, b)) = (small_signal_run(false), small_signal_run(true));
    assert!(closed.len() > 10, "{} fires", closed.len());
    assert_eq!(closed.len(), integrated.len());
    // Spikes wait for a clock edge, so the two may be one edge apart, and what follows with them.
    for (one, other) in closed.iter().zip(&integrated) {
        assert!(one.0.0.abs_diff(other.0.0) <= 8000, "{one:?} {other:?}");
    }
    assert!((a.v - b.v).abs() < 5e-4 && (a.x_e - b.x_e).abs() < 1e-9, "{a:?} {b:?}");
}

/// A membrane at rest, without comparator.
fn passive() -> Frame<NeuronConfig> {
    Frame::default()
        .with(field!(NeuronConfig.membrane_capacitor_size), 63)
        .with(field!(NeuronConfig.enable_readout_amplifier), 1)
        .with(field!(NeuronConfig.enable_leak_division), 1)
}

/// Two equal cells, one of which has its soma on the line, the other a conductance to it: their difference decays with
/// `1/tau_total = 2/tau_icc + 1/tau_leak` (calix: multicomp/neuron_icc_bias.py).
#[test]
fn the_difference_of_two_compartments_decays_as_calibration_expects() {
    let mut bench = Bench::new(small_signal());
    let cells = [(0, 600), (8, 171), (23, 300)];
    for column in [10, 11] {
        bench.neuron_cells(column, &cells);
        bench.neuron(column, &passive(), &sending(0, 100));
    }
    bench.neuron_cells(11, &[(0, 500)]);
    bench.run(3000);
    bench.neuron_cells(11, &cells);
    let (g_icc_us, c_pf, g_leak_us) = (1.5 * 0.3, 2.4, 1.4 * 0.171 / 8.0);
    let soma =
        passive().with(field!(NeuronConfig.connect_soma), 1).with(field!(NeuronConfig.connect_soma_right), 1);
    bench.neuron(10, &soma, &sending(0, 100));
    bench.neuron(11, &passive().with(field!(NeuronConfig.enable_multicomp_conductance), 1), &sending(0, 100));
    bench.run(0);
    let difference = |bench: &Bench| peek(bench, 10).v - peek(bench, 11).v;
    let before = difference(&bench);
    bench.run(3);
    let tau_us = 3.0 / libm::log(before / difference(&bench));
    assert!(before > 0.05, "{before}");
    assert_within(tau_us, 1.0 / (2.0 * g_icc_us / c_pf + g_leak_us / c_pf), 1e-3);
}

#[test]
fn shorted_membranes_share_their_charge_across_both_rows() {
    let mut bench = Bench::new(saturating());
    for (place, leak, size) in [([0, 5], 600, 63), ([1, 5], 500, 20)] {
        cells_of(&mut bench, place, &[(0, leak), (8, 30)]);
        let config = passive().with(field!(NeuronConfig.membrane_capacitor_size), size);
        set(&mut bench, place, &config, &sending(0, 100));
    }
    bench.run(20_000);
    let [top, bottom] = [5, 261].map(|neuron| peek(&bench, neuron).v);
    let joined = passive().with(field!(NeuronConfig.connect_bottom), 1);
    set(&mut bench, [0, 5], &joined, &sending(0, 100));
    bench.chip.advance(bench.now);
    bench.chip.rebuild();
    let (c_top, c_bottom) = (2.4, 0.12 + 20.0 * 2.28 / 63.0);
    let shared = (c_top * top + c_bottom * bottom) / (c_top + c_bottom);
    assert_within(peek(&bench, 5).v, shared, 1e-4);
    assert_eq!(peek(&bench, 5).v, peek(&bench, 261).v);
    // Cut again, each goes on from there.
    set(&mut bench, [0, 5], &passive(), &sending(0, 100));
    bench.run(1);
    assert!(peek(&bench, 5).v > peek(&bench, 261).v);
}

/// Peak deflections along a chain of four compartments after an event onto the first.
#[test]
fn a_response_fades_along_a_chain_of_compartments() {
    let mut bench = Bench::new(saturating());
    bench.open_buses();
    // Neurons 20, 22, 24, 26; each with a conductance to its right line, on which the next one's soma sits.
    for column in 20..28 {
        bench.neuron_cells(column, &CALIBRATED_CELLS);
        bench.neuron_cells(column, &[(23, 200)]);
        let on = |switch, condition| (switch, u32::from(condition));
        let switches = [
            on(field!(NeuronConfig.enable_multicomp_conductance), column % 2 == 1),
            on(field!(NeuronConfig.connect_membrane_right), column % 2 == 0),
            on(field!(NeuronConfig.connect_soma_right), column % 2 == 1 && column < 27),
            on(field!(NeuronConfig.connect_soma), column % 2 == 0 && column > 20),
        ];
        let config =
            switches.into_iter().fold(listening_neuron(), |frame, (bit, value)| frame.with(bit, value));
        bench.neuron(column, &config.with(field!(NeuronConfig.enable_fire), 0), &sending(0, 100));
    }
    let label = connect(&mut bench, 13, 20, 63, 21);
    bench.run(500);
    let rest = [20, 22, 24, 26].map(|neuron| peek(&bench, neuron).v);
    bench.chip.spike(bench.now, label);
    let mut peaks = [0.0f64; 4];
    for _ in 0..400 {
        bench.now += Time::from_ns(100);
        bench.chip.advance(bench.now);
        for (i, peak) in peaks.iter_mut().enumerate() {
            *peak = peak.max(peek(&bench, 20 + 2 * i).v - rest[i]);
        }
    }
    assert!(peaks[0] > 0.015 && peaks.windows(2).all(|pair| pair[1] < 0.8 * pair[0]), "{peaks:?}");
    assert!(peaks[3] > 1e-4, "{peaks:?}");
}

/// A merged neuron: the master's comparator resets both, each sends its own label.
#[test]
fn slaves_take_over_the_refractory_state_of_their_master() {
    let mut bench = Bench::new(saturating());
    for row in [0, 1] {
        cells_of(&mut bench, [row, 40], &LEAK_OVER_THRESHOLD);
    }
    let master = sending(0x11, 255)
        .with(field!(NeuronBackendConfig.enable_neuron_master), 1)
        .with(field!(NeuronBackendConfig.connect_fire_bottom), 1);
    let slave = sending(0x22, 100).with(field!(NeuronBackendConfig.enable_neuron_slave), 1);
    set(&mut bench, [0, 40], &spiking_neuron().with(field!(NeuronConfig.connect_bottom), 1), &master);
    set(&mut bench, [1, 40], &spiking_neuron().with(field!(NeuronConfig.enable_fire), 0), &slave);
    let fired = spikes(&bench.run(300));
    let of = |address: u16| fired.iter().filter(|(_, label)| label & 0xff == address).collect::<Vec<_>>();
    let (masters, slaves) = (of(0x11), of(0x22));
    assert!(masters.len() > 15 && masters.len() == slaves.len(), "{} {}", masters.len(), slaves.len());
    // Both resets pull at both capacitances for the master's time: the period is that of a single neuron.
    let period_us = (masters[12].0 - masters[2].0).as_us() / 10.0;
    assert_within(period_us, 13.4, 0.01);
    let last = bench.chip.neurons.phase(40);
    assert_eq!(last == Phase::Free, bench.chip.neurons.phase(296) == Phase::Free);
}

/// With the reset above the threshold the comparator stays high: a plateau of fires one refractory period apart.
#[test]
fn a_reset_above_the_threshold_gives_a_plateau() {
    let mut bench = Bench::new(saturating());
    bench.neuron_cells(40, &[(0, 500), (8, 150), (2, 300), (1, 900), (9, 1022)]);
    bench.neuron(40, &spiking_neuron(), &sending(0x2a, 255));
    bench.run(100);
    assert_eq!(spikes(&bench.run(100)).len(), 0);
    bench.chip.neurons.artificial_fire(40, bench.now);
    let fired = spikes(&bench.run(200));
    let gap_us = (fired[40].0 - fired[20].0).as_us() / 20.0;
    assert!((2.04..2.1).contains(&gap_us), "{gap_us}");
}

/// Conductance-based excitation: beyond its reversal potential the same events no longer lift the membrane.
#[test]
fn a_conductance_based_input_weakens_towards_its_reversal() {
    let response = |coba: u32, leak: u32| {
        let mut bench = Bench::new(saturating());
        bench.open_buses();
        bench.neuron_cells(77, &CALIBRATED_CELLS);
        bench.neuron_cells(77, &[(0, leak), (2, 1000), (3, 576), (11, 300)]);
        let config =
            listening_neuron().with(field!(NeuronConfig.enable_synaptic_input_excitatory_coba_mode), coba);
        bench.neuron(77, &config, &sending(0, 100));
        let label = connect(&mut bench, 13, 77, 30, 21);
        bench.run(500);
        let rest = peek(&bench, 77).v;
        bench.chip.spike(bench.now, label);
        bench.run(10);
        peek(&bench, 77).v - rest
    };
    assert_within(response(1, 576), response(0, 576), 0.15);
    let (above, below) = (response(1, 800) / response(0, 800), response(1, 450) / response(0, 450));
    assert!(above < 0.6 && below > 1.15, "{above} {below}");
}

/// The exponential term carries a membrane over its threshold potential to a spike that the leak alone would not give.
#[test]
fn the_exponential_term_makes_spikes_of_its_own() {
    let fires = |exponential: u32| {
        let mut bench = Bench::new(saturating());
        bench.neuron_cells(40, &[(0, 760), (8, 150), (2, 500), (1, 400), (9, 1022), (6, 700), (21, 300)]);
        let config = spiking_neuron().with(field!(NeuronConfig.enable_exponential), exponential);
        bench.neuron(40, &config, &sending(0x2a, 255));
        spikes(&bench.run(500)).len()
    };
    assert_eq!(fires(0), 0);
    assert!(fires(1) > 5, "{}", fires(1));
}
