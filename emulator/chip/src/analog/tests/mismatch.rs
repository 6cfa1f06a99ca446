//! Spread of the parameters over a chip, and that a chip stays what it was.

use super::*;
use crate::analog::cell::NEURONS_PER_BLOCK;
use crate::analog::mismatch::{NeuronDeviation, SYNAPSE_COLUMNS};

const SEEDS: [u64; 3] = [0, 1, 2];

/// Name, exponent or offset of one neuron, standard deviation by instance.
type Parameter = (&'static str, fn(&NeuronDeviation) -> f64, f64);

const PARAMETERS: [Parameter; 14] = [
    ("v_leak", |d| d.v_leak_v, 0.017),
    ("v_reset", |d| d.v_reset_v, 0.017),
    ("v_threshold", |d| d.v_threshold_v, 0.013),
    ("g_leak", |d| libm::log(d.g_leak), 0.18),
    ("g_reset", |d| libm::log(d.g_reset), 0.18),
    ("tau_syn_exc", |d| libm::log(d.tau_syn[0]), 0.22),
    ("tau_syn_inh", |d| libm::log(d.tau_syn[1]), 0.22),
    ("gm_exc", |d| libm::log(d.gm[0]), 0.20),
    ("gm_inh", |d| libm::log(d.gm[1]), 0.20),
    ("shift_exc", |d| d.shift_ua[0], 0.040),
    ("shift_inh", |d| d.shift_ua[1], 0.040),
    ("capacitance", |d| libm::log(d.capacitance), 0.01),
    ("i_offset", |d| libm::log(d.i_offset), 0.15),
    ("line_capacitance", |d| libm::log(d.line_capacitance[0]), 0.02),
];

fn draw(seed: u64) -> Deviations {
    Deviations::draw(seed, &AnalogConstants::default())
}

/// A parameter of the good neurons, relative to the mean of their quadrant.
fn within_quadrants(chip: &Deviations, bad: &[usize], observe: fn(&NeuronDeviation) -> f64) -> Vec<f64> {
    let mut out = Vec::new();
    for block in 0..BLOCKS {
        let neurons = block * NEURONS_PER_BLOCK..(block + 1) * NEURONS_PER_BLOCK;
        let good: Vec<f64> = neurons.filter(|n| !bad.contains(n)).map(|n| observe(&chip.neuron[n])).collect();
        out.extend(good.iter().map(|v| v - mean(&good)));
    }
    out
}

#[test]
fn neurons_spread_as_tabulated_and_independently() {
    for seed in SEEDS {
        let chip = draw(seed);
        let bad = Deviations::bad_neurons(seed, &AnalogConstants::default());
        let columns: Vec<Vec<f64>> =
            PARAMETERS.iter().map(|(_, observe, _)| within_quadrants(&chip, &bad, *observe)).collect();
        for ((name, _, sigma), values) in PARAMETERS.iter().zip(&columns) {
            let found = deviation(values);
            assert!((found / sigma - 1.0).abs() < 0.12, "{name} of chip {seed}: {found} instead of {sigma}");
        }
        for (i, a) in columns.iter().enumerate() {
            for b in &columns[..i] {
                let products: Vec<f64> = a.iter().zip(b).map(|(x, y)| x * y).collect();
                let correlation = mean(&products) / (deviation(a) * deviation(b));
                assert!(correlation.abs() < 0.2, "correlation {correlation}");
            }
        }
    }
}

#[test]
fn quadrants_differ_as_tabulated() {
    let chips: Vec<Deviations> = (0..60).map(draw).collect();
    let of_blocks = |observe: fn(&Deviations, usize) -> f64| -> f64 {
        let values: Vec<f64> = chips.iter().flat_map(|c| (0..BLOCKS).map(move |b| observe(c, b))).collect();
        deviation(&values)
    };
    assert_close(of_blocks(|c, b| libm::log(c.block[b].dac_bias)), 0.08, 0.15);
    assert_close(of_blocks(|c, b| libm::log(c.block[b].cadc_ramp)), 0.05, 0.15);
    let leak_v = of_blocks(|c, b| {
        let of_block = b * NEURONS_PER_BLOCK..(b + 1) * NEURONS_PER_BLOCK;
        median(&of_block.map(|n| c.neuron[n].v_leak_v).collect::<Vec<_>>())
    });
    // 4 mV of the quadrant and the median's own 17 mV * 1.25 / sqrt(128).
    assert_close(leak_v, 4.4e-3, 0.15);
}

#[test]
fn one_percent_of_the_neurons_has_one_parameter_at_six_sigma() {
    let constants = AnalogConstants::default();
    let mut without = constants.clone();
    without.mismatch.bad_neuron_fraction = 0.0;
    let mut bad = 0;
    for seed in 0..40 {
        let listed = Deviations::bad_neurons(seed, &constants);
        let (chip, good) = (draw(seed), Deviations::draw(seed, &without));
        for neuron in 0..NEURONS {
            let (d, g) = (&chip.neuron[neuron], &good.neuron[neuron]);
            let moved: Vec<_> =
                PARAMETERS.iter().filter(|(_, observe, _)| observe(d) != observe(g)).collect();
            assert_eq!(moved.len(), usize::from(listed.contains(&neuron)));
            for (name, observe, sigma) in moved {
                assert!((observe(d).abs() / sigma - 6.0).abs() < 1e-9, "{name}");
            }
        }
        bad += listed.len();
    }
    assert!((165..=245).contains(&bad), "{bad} of 20480");
}

#[test]
fn an_ideal_chip_deviates_nowhere() {
    let constants = AnalogConstants::default();
    let chip = Deviations::ideal(&constants);
    assert!(chip.neuron.iter().all(|d| *d == chip.neuron[0]));
    let d = &chip.neuron[0];
    assert!(PARAMETERS.iter().all(|(_, observe, _)| observe(d) == 0.0));
    assert!(chip.block.iter().all(|b| (b.dac_bias, b.cadc_ramp, b.driver_ramp) == (1.0, 1.0, 1.0)));
    assert!(chip.cadc.iter().all(|c| (c.offset_lsb, c.gain) == (0.0, 1.0)));
    assert!(chip.driver.iter().all(|d| (d.offset_lsb, d.dac_offset) == (0.0, 0.0)));
    assert_eq!((chip.madc_gain, d.readout_gain), (1.0, 1.0));
    assert!((0..64).all(|w| chip.synapse.effective_weight(w, 77_777) == f32::from(w)));
    assert_close(chip.cell.physical(Cell::of_neuron(9, NeuronCell::IBiasLeak), 500.0), 0.5, 1e-12);
}

#[test]
fn converters_and_drivers_spread_as_tabulated() {
    for seed in SEEDS {
        let chip = draw(seed);
        assert_eq!((chip.cadc.len(), chip.driver.len()), (1024, 256));
        assert_close(deviation(&chip.cadc.iter().map(|c| c.offset_lsb).collect::<Vec<_>>()), 8.0, 0.1);
        assert_close(deviation(&chip.cadc.iter().map(|c| c.gain).collect::<Vec<_>>()), 0.01, 0.1);
        assert_close(deviation(&chip.driver.iter().map(|d| d.offset_lsb).collect::<Vec<_>>()), 30.0, 0.15);
        assert_close(deviation(&chip.driver.iter().map(|d| d.dac_offset).collect::<Vec<_>>()), 3.0, 0.15);
    }
}

#[test]
fn voltage_cells_have_offsets_and_current_cells_gains() {
    let chip = draw(4);
    let level = |parameter, lsb: f64| -> Vec<f64> {
        let cells = (0..NEURONS).map(|n| Cell::of_neuron(n, parameter));
        cells.map(|cell| chip.cell.physical(cell, 600.0) / lsb).collect()
    };
    let voltages = level(NeuronCell::VLeak, 1.8 / 1023.0);
    assert_close(deviation(&voltages), 3.0, 0.12);
    let currents = level(NeuronCell::IBiasLeak, 1e-3);
    assert_close(deviation(&currents) / 600.0, 0.02, 0.12);
    assert_eq!(chip.cell.physical(Cell::of_neuron(3, NeuronCell::IMemOffset), 0.0), 0.0);
    assert!((0..NEURONS).all(|n| chip.cell.physical(Cell::of_neuron(n, NeuronCell::VReset), 0.0) >= 0.0));
}

#[test]
fn synapses_spread_as_tabulated() {
    let chip = draw(1);
    let gains = |weight: u8| -> Vec<f64> {
        let synapses = (0..131_072).step_by(7);
        synapses.map(|s| f64::from(chip.synapse.effective_weight(weight, s)) / f64::from(weight)).collect()
    };
    // A single bit: gain and bit in quadrature. All bits: the bits average, weighted by their size.
    let single = libm::hypot(0.06, 0.02);
    let all = libm::hypot(0.06, 0.02 * libm::sqrt(1365.0) / 63.0);
    for (weight, sigma) in [(1, single), (32, single), (63, all)] {
        let gains = gains(weight);
        assert_close(deviation(&gains), sigma, 0.03);
        assert_close(mean(&gains), 1.0, 2e-3);
    }
    assert!((0..1000).all(|s| chip.synapse.effective_weight(0, s) == 0.0));
}

#[test]
fn a_row_of_synapses_is_its_synapses() {
    let chip = draw(2);
    let weights: [u8; SYNAPSE_COLUMNS] = std::array::from_fn(|c| (c % 64) as u8);
    let mut row = [0.0; SYNAPSE_COLUMNS];
    chip.synapse.effective_row(300, &weights, &mut row);
    for (column, value) in row.iter().enumerate() {
        assert_eq!(*value, chip.synapse.effective_weight(weights[column], 300 * 256 + column));
    }
}

/// The instances of today's chips. A change here means that every chip changes, and with it every recorded result.
#[test]
fn chips_are_frozen() {
    let chip = draw(0);
    let neuron = &chip.neuron[17];
    let found = [
        neuron.v_leak_v,
        neuron.g_leak,
        neuron.tau_syn[1],
        neuron.shift_ua[0],
        chip.block[3].dac_bias,
        chip.cadc[700].offset_lsb,
        chip.driver[130].offset_lsb,
        chip.cell.physical(Cell::of_neuron(511, NeuronCell::IBiasSyninInhGm), 500.0),
        f64::from(chip.synapse.effective_weight(45, 99_999)),
        chip.madc_gain,
    ];
    let frozen = [
        0.0032627316028946978,
        1.1064472289533303,
        0.6897218485319572,
        0.027974318732239954,
        1.1036155180291372,
        -7.197765344592912,
        -21.298216500825056,
        0.5182854691168709,
        45.445892333984375,
        0.9882663911937511,
    ];
    assert_eq!(found.map(f64::to_bits), frozen.map(|v: f64| v.to_bits()), "{found:?}");
    assert_ne!(draw(0), draw(1));
    assert_eq!(draw(3), draw(3));
}

/// A row of the Monte-Carlo calculation of the mismatch table.
struct Reference {
    cell: NeuronCell,
    observe: fn(&NeuronParameters) -> f64,
    target: f64,
    rising: bool,
    /// Unit of the spread: a CADC LSB, or the target.
    unit: f64,
    /// Median code of calibrated neurons, and how far chips may differ in it.
    code: (f64, f64),
    /// Trimmed standard deviation of all neurons at one code.
    spread: f64,
}

const CADC_LSB_V: f64 = 4.223e-3;

#[rustfmt::skip]
const REFERENCES: [Reference; 5] = [
    Reference { cell: NeuronCell::VLeak, observe: |n| n.v_leak_v, target: 0.3765, rising: true,
                unit: CADC_LSB_V, code: (573.0, 8.0), spread: 3.4 },
    Reference { cell: NeuronCell::VReset, observe: |n| n.v_reset_v, target: 0.3343, rising: true,
                unit: CADC_LSB_V, code: (523.0, 8.0), spread: 3.6 },
    Reference { cell: NeuronCell::VThreshold, observe: |n| n.v_threshold_v, target: 0.5666, rising: true,
                unit: CADC_LSB_V, code: (321.0, 3.0), spread: 2.6 },
    Reference { cell: NeuronCell::IBiasLeak, observe: |n| n.tau_mem_us(), target: 10.0, rising: false,
                unit: 10.0, code: (171.0, 10.0), spread: 0.146 },
    // Nominally 307; the quadrants alone let the median of a chip differ by 10.
    Reference { cell: NeuronCell::IBiasSyninExcTau, observe: |n| n.tau_syn_us[0], target: 10.0, rising: false,
                unit: 10.0, code: (299.0, 20.0), spread: 0.183 },
];

/// Codes that bring every neuron to the default targets, and the spread of all neurons at one and the same code (within
/// 40 % of the calculation).
#[test]
fn codes_and_spreads_are_those_of_the_monte_carlo_table() {
    for row in &REFERENCES {
        let (mut codes, mut spreads) = (Vec::new(), Vec::new());
        for seed in SEEDS {
            let mut bench = Bench::chip(seed);
            let code = median(&search(&mut bench, row));
            bench.set(row.cell, code as u16);
            let values: Vec<f64> = bench.all_neurons().iter().map(|n| (row.observe)(n) / row.unit).collect();
            codes.push(code);
            spreads.push(trimmed_deviation(&values));
        }
        assert!((mean(&codes) - row.code.0).abs() < row.code.1, "{:?}: median codes {codes:?}", row.cell);
        assert!((mean(&spreads) / row.spread - 1.0).abs() < 0.4, "{:?}: spreads {spreads:?}", row.cell);
    }
}

/// Binary search of a cell's code for every neuron at once.
fn search(bench: &mut Bench, row: &Reference) -> Vec<f64> {
    let mut codes = vec![0u16; NEURONS];
    for step in (0..10).rev().map(|bit| 1 << bit) {
        for (neuron, code) in codes.iter().enumerate() {
            bench.cells.write(Cell::of_neuron(neuron, row.cell), (code + step).min(1022), Time::ZERO);
        }
        for (code, parameters) in codes.iter_mut().zip(bench.all_neurons()) {
            if ((row.observe)(&parameters) < row.target) == row.rising {
                *code += step;
            }
        }
    }
    codes.into_iter().map(f64::from).collect()
}
