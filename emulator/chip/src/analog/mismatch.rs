//! How one chip differs from the next: deviations of every circuit instance, drawn from the chip seed.
//!
//! A deviate is a pure function of (chip seed, name of the parameter, instance), so a chip stays the same for ever and gains
//! parameters without losing its old ones. The names below are therefore frozen, like the hash behind them
//! ([`crate::random`]). Deviations are immutable and never stored: they are rebuilt from the seed.

use super::cell::{BLOCKS, CELLS, Cell, CellKind, NEURONS, NEURONS_PER_BLOCK};
use super::constants::{AnalogConstants, MismatchConstants};
use super::correlation::{self, SensorDeviations};
use super::transfer;
use crate::exponential::exp;
use crate::random::{extend, gaussian_truncated, mix, purpose, quantiles, uniform};

/// Columns of a synapse array.
pub const SYNAPSE_COLUMNS: usize = 256;
/// Synapses of both arrays.
pub const SYNAPSES: usize = 2 * 256 * SYNAPSE_COLUMNS;
/// Synapse drivers of both hemispheres.
pub const DRIVERS: usize = 256;
/// Channels of the CADC: enumeration `512*hemisphere + 256*type + column`, type 0 causal, 1 acausal.
pub const CADC_CHANNELS: usize = 1024;

/// How a deviate acts on its parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Added: `sigma*z`.
    Offset,
    /// Multiplied: `exp(sigma*z)`.
    Gain,
}

impl Kind {
    fn apply(self, exponent: f64) -> f64 {
        match self {
            Kind::Offset => exponent,
            Kind::Gain => exp(exponent),
        }
    }
}

/// Deviations of one atomic neuron. Names ending in a unit are added, the others multiply; arrays are indexed by polarity
/// (excitatory, inhibitory).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NeuronDeviation {
    /// Leak potential, V.
    pub v_leak_v: f64,
    /// Reset potential, V.
    pub v_reset_v: f64,
    /// Threshold, V.
    pub v_threshold_v: f64,
    /// Leak conductance.
    pub g_leak: f64,
    /// Reset conductance.
    pub g_reset: f64,
    /// Synaptic time constants.
    pub tau_syn: [f64; 2],
    /// Transconductances of the synaptic inputs.
    pub gm: [f64; 2],
    /// Balance points of the shift bias, uA.
    pub shift_ua: [f64; 2],
    /// Membrane capacitance.
    pub capacitance: f64,
    /// Offset current.
    pub i_offset: f64,
    /// Capacitances of the synaptic lines.
    pub line_capacitance: [f64; 2],
    /// Gain of the readout amplifier.
    pub readout_gain: f64,
    /// Potentials of no modulation in conductance mode, V.
    pub coba_reference_v: [f64; 2],
    /// Gains of the conductance mode.
    pub coba: [f64; 2],
    /// Threshold of the exponential term, V.
    pub exponential_threshold_v: f64,
    /// Slope factor of the exponential term.
    pub exponential_slope: f64,
    /// Prefactor of the exponential term.
    pub exponential_conductance: f64,
    /// Time constant of the adaptation.
    pub adaptation_tau: f64,
    /// Gain from the membrane to the adaptation.
    pub adaptation_a: f64,
    /// Current of an adaptation pulse.
    pub adaptation_b: f64,
    /// Gain from the adaptation to the membrane.
    pub adaptation_output: f64,
    /// Resting potential of the adaptation node, V.
    pub adaptation_reference_v: f64,
    /// Membrane potential at which the adaptation rests, V.
    pub adaptation_leak_v: f64,
    /// Capacitance of the adaptation node.
    pub adaptation_capacitance: f64,
    /// Conductance between compartments.
    pub compartment: f64,
}

/// Deviations of one quadrant; all multiply.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BlockDeviation {
    /// Synapse DAC bias.
    pub dac_bias: f64,
    /// Ramp current of the CADC.
    pub cadc_ramp: f64,
    /// Ramp current of the synapse drivers.
    pub driver_ramp: f64,
}

/// Deviations of one CADC channel.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CadcChannelDeviation {
    /// Offset, LSB.
    pub offset_lsb: f64,
    /// Gain.
    pub gain: f64,
}

/// Deviations of one synapse driver.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DriverDeviation {
    /// Offset of the ramp comparator, in CapMem LSB.
    pub offset_lsb: f64,
    /// Offset of the activation DAC, in activation steps.
    pub dac_offset: f64,
    /// Utilization.
    pub utilization: f64,
    /// Time constant of recovery.
    pub recovery: f64,
}

/// One deviating parameter of the circuit `T`.
struct Row<T: 'static> {
    /// Frozen: part of the key of the draw.
    name: &'static str,
    kind: Kind,
    /// Standard deviations between instances and between quadrants.
    sigma: fn(&MismatchConstants) -> [f64; 2],
    place: fn(&mut T) -> &mut f64,
}

const fn row<T>(
    name: &'static str,
    kind: Kind,
    sigma: fn(&MismatchConstants) -> [f64; 2],
    place: fn(&mut T) -> &mut f64,
) -> Row<T> {
    Row { name, kind, sigma, place }
}

/// Everything that deviates in a neuron.
static NEURON: [Row<NeuronDeviation>; 31] = [
    row("V_leak", Kind::Offset, |m| [m.v_leak_v, m.v_leak_block_v], |d| &mut d.v_leak_v),
    row("V_reset", Kind::Offset, |m| [m.v_reset_v, m.v_reset_block_v], |d| &mut d.v_reset_v),
    row("V_threshold", Kind::Offset, |m| [m.v_threshold_v, m.v_threshold_block_v], |d| &mut d.v_threshold_v),
    row("g_leak", Kind::Gain, |m| [m.g_leak, m.g_leak_block], |d| &mut d.g_leak),
    row("g_reset", Kind::Gain, |m| [m.g_reset, m.g_reset_block], |d| &mut d.g_reset),
    row("tau_syn_exc", Kind::Gain, |m| [m.tau_syn, m.tau_syn_block], |d| &mut d.tau_syn[0]),
    row("tau_syn_inh", Kind::Gain, |m| [m.tau_syn, m.tau_syn_block], |d| &mut d.tau_syn[1]),
    row("gm_exc", Kind::Gain, |m| [m.gm, m.gm_block], |d| &mut d.gm[0]),
    row("gm_inh", Kind::Gain, |m| [m.gm, m.gm_block], |d| &mut d.gm[1]),
    row("shift_exc", Kind::Offset, |m| [m.shift_ua, m.shift_block_ua], |d| &mut d.shift_ua[0]),
    row("shift_inh", Kind::Offset, |m| [m.shift_ua, m.shift_block_ua], |d| &mut d.shift_ua[1]),
    row("C_mem", Kind::Gain, |m| [m.capacitance, m.capacitance_block], |d| &mut d.capacitance),
    row("I_offset", Kind::Gain, |m| [m.i_offset, m.i_offset_block], |d| &mut d.i_offset),
    row("C_line_exc", Kind::Gain, |m| [m.line_capacitance, 0.0], |d| &mut d.line_capacitance[0]),
    row("C_line_inh", Kind::Gain, |m| [m.line_capacitance, 0.0], |d| &mut d.line_capacitance[1]),
    row("readout_gain", Kind::Gain, |m| [m.readout_gain, 0.0], |d| &mut d.readout_gain),
    row("E_ref_exc", Kind::Offset, |m| [m.coba_reference_v, 0.0], |d| &mut d.coba_reference_v[0]),
    row("E_ref_inh", Kind::Offset, |m| [m.coba_reference_v, 0.0], |d| &mut d.coba_reference_v[1]),
    row("coba_exc", Kind::Gain, |m| [m.coba, 0.0], |d| &mut d.coba[0]),
    row("coba_inh", Kind::Gain, |m| [m.coba, 0.0], |d| &mut d.coba[1]),
    row("V_T", Kind::Offset, |m| [m.exponential_threshold_v, 0.0], |d| &mut d.exponential_threshold_v),
    row("Delta_T", Kind::Gain, |m| [m.exponential_slope, 0.0], |d| &mut d.exponential_slope),
    row("g_exp", Kind::Gain, |m| [m.exponential_conductance, 0.0], |d| &mut d.exponential_conductance),
    row("tau_w", Kind::Gain, |m| [m.adaptation, m.adaptation_block], |d| &mut d.adaptation_tau),
    row("g_a", Kind::Gain, |m| [m.adaptation, m.adaptation_block], |d| &mut d.adaptation_a),
    row("I_b", Kind::Gain, |m| [m.adaptation, m.adaptation_block], |d| &mut d.adaptation_b),
    row("g_w", Kind::Gain, |m| [m.adaptation, m.adaptation_block], |d| &mut d.adaptation_output),
    row("V_w_ref", Kind::Offset, |m| [m.adaptation_v, 0.0], |d| &mut d.adaptation_reference_v),
    row("V_w_leak", Kind::Offset, |m| [m.adaptation_v, 0.0], |d| &mut d.adaptation_leak_v),
    row("C_w", Kind::Gain, |m| [m.adaptation_capacitance, 0.0], |d| &mut d.adaptation_capacitance),
    row("g_icc", Kind::Gain, |m| [m.compartment, m.compartment_block], |d| &mut d.compartment),
];

/// Parameters of which a bad neuron has one far off. Frozen: appending one would change the bad neurons of every chip.
const BAD_NEURON_PARAMETERS: [&str; 11] = [
    "V_leak",
    "V_reset",
    "V_threshold",
    "g_leak",
    "g_reset",
    "tau_syn_exc",
    "tau_syn_inh",
    "gm_exc",
    "gm_inh",
    "shift_exc",
    "shift_inh",
];

/// Everything that deviates between quadrants only.
const BLOCK: [Row<BlockDeviation>; 3] = [
    row("I_dac", Kind::Gain, |m| [m.dac_bias_block, 0.0], |d| &mut d.dac_bias),
    row("cadc_ramp", Kind::Gain, |m| [m.cadc_ramp_block, 0.0], |d| &mut d.cadc_ramp),
    row("driver_ramp", Kind::Gain, |m| [m.driver_ramp_block, 0.0], |d| &mut d.driver_ramp),
];

/// What the correlation sensors of a quadrant deviate by together; the rows give exponents.
const CORRELATION: [Row<correlation::BlockDeviation>; 7] = [
    row("correlation_tau", Kind::Offset, |m| [m.correlation_block, 0.0], |d| &mut d.tau),
    row("correlation_amplitude", Kind::Offset, |m| [m.correlation_block, 0.0], |d| &mut d.amplitude),
    row("correlation_tau_x", Kind::Offset, |m| [m.correlation_gradient, 0.0], |d| &mut d.tau_gradient[0]),
    row("correlation_tau_y", Kind::Offset, |m| [m.correlation_gradient, 0.0], |d| &mut d.tau_gradient[1]),
    row(
        "correlation_amplitude_x",
        Kind::Offset,
        |m| [m.correlation_gradient, 0.0],
        |d| &mut d.amplitude_gradient[0],
    ),
    row(
        "correlation_amplitude_y",
        Kind::Offset,
        |m| [m.correlation_gradient, 0.0],
        |d| &mut d.amplitude_gradient[1],
    ),
    row("correlation_asymmetry", Kind::Offset, |m| [m.correlation_asymmetry, 0.0], |d| &mut d.asymmetry),
];

/// Everything that deviates in a CADC channel.
const CADC: [Row<CadcChannelDeviation>; 2] = [
    row("cadc_offset", Kind::Offset, |m| [m.cadc_offset_lsb, 0.0], |d| &mut d.offset_lsb),
    row("cadc_gain", Kind::Gain, |m| [m.cadc_gain, 0.0], |d| &mut d.gain),
];

/// Everything that deviates in a synapse driver.
const DRIVER: [Row<DriverDeviation>; 4] = [
    row("driver_offset", Kind::Offset, |m| [m.driver_offset_lsb, 0.0], |d| &mut d.offset_lsb),
    row("driver_dac_offset", Kind::Offset, |m| [m.driver_dac_offset, 0.0], |d| &mut d.dac_offset),
    row("driver_utilization", Kind::Gain, |m| [m.driver_utilization, 0.0], |d| &mut d.utilization),
    row("driver_recovery", Kind::Gain, |m| [m.driver_recovery, 0.0], |d| &mut d.recovery),
];

/// Root of all keys of a chip.
fn chip_key(chip_seed: u64) -> u64 {
    const PURPOSE: u64 = purpose("mismatch");
    extend(PURPOSE, chip_seed)
}

/// `sigma` times a standard normal deviate truncated at 3.5.
fn draw(key: u64, instance: usize, sigma: f64) -> f64 {
    // Skipping keeps an ideal chip cheap and changes no value.
    if sigma == 0.0 { 0.0 } else { sigma * gaussian_truncated(extend(key, instance as u64)) }
}

/// Draws all parameters of `count` instances of a circuit, `per_block` of which share a quadrant.
fn draw_circuits<T: Default + Clone>(
    rows: &[Row<T>],
    count: usize,
    per_block: usize,
    chip: u64,
    mismatch: &MismatchConstants,
) -> Vec<T> {
    const QUADRANT: u64 = purpose("quadrant");
    let mut circuits = vec![T::default(); count];
    for row in rows {
        let key = extend(chip, purpose(row.name));
        let [sigma, block_sigma] = (row.sigma)(mismatch);
        let mut shared = 0.0;
        for (instance, circuit) in circuits.iter_mut().enumerate() {
            if instance % per_block == 0 {
                shared = draw(extend(key, QUADRANT), instance / per_block, block_sigma);
            }
            *(row.place)(circuit) = row.kind.apply(draw(key, instance, sigma) + shared);
        }
    }
    circuits
}

/// Neurons, including the bad ones.
fn draw_neurons(chip: u64, mismatch: &MismatchConstants) -> Vec<NeuronDeviation> {
    let mut neurons = draw_circuits(&NEURON, NEURONS, NEURONS_PER_BLOCK, chip, mismatch);
    for (neuron, deviation) in neurons.iter_mut().enumerate() {
        if let Some((row, sign)) = bad_parameter(chip, neuron, mismatch.bad_neuron_fraction) {
            let [sigma, _] = (row.sigma)(mismatch);
            *(row.place)(deviation) = row.kind.apply(sign * mismatch.bad_neuron_deviation * sigma);
        }
    }
    neurons
}

/// The parameter that is far off in a bad neuron, and in which direction; `None` for the others.
fn bad_parameter(chip: u64, neuron: usize, fraction: f64) -> Option<(&'static Row<NeuronDeviation>, f64)> {
    const PURPOSE: u64 = purpose("bad neuron");
    let key = extend(extend(chip, PURPOSE), neuron as u64);
    if uniform(key) >= fraction {
        return None;
    }
    let choice = extend(key, 1);
    let name = BAD_NEURON_PARAMETERS[(choice >> 1) as usize % BAD_NEURON_PARAMETERS.len()];
    let sign = if choice & 1 == 0 { 1.0 } else { -1.0 };
    NEURON.iter().find(|row| row.name == name).map(|row| (row, sign))
}

/// Straight lines from a cell's level (LSB) to its voltage or current, errors included.
#[derive(Debug, Clone, PartialEq)]
pub struct CellTransfer {
    /// Per cell: V or uA per LSB, and V or uA at level 0.
    lines: Vec<[f64; 2]>,
}

impl CellTransfer {
    fn draw(chip: u64, constants: &AnalogConstants) -> CellTransfer {
        const GAIN: u64 = purpose("capmem_gain");
        const OFFSET: u64 = purpose("capmem_offset");
        let mismatch = &constants.mismatch;
        let voltage = (
            transfer::voltage_lsb_v(constants),
            mismatch.voltage_cell_gain,
            mismatch.voltage_cell_offset_lsb,
        );
        let current = (
            transfer::current_lsb_ua(constants),
            mismatch.current_cell_gain,
            mismatch.current_cell_offset_lsb,
        );
        let line = |cell: Cell| {
            let (lsb, gain_sigma, offset_sigma) = match cell.kind() {
                CellKind::Voltage => voltage,
                CellKind::Current => current,
            };
            let gain = 1.0 + draw(extend(chip, GAIN), cell.index(), gain_sigma);
            [lsb * gain, lsb * draw(extend(chip, OFFSET), cell.index(), offset_sigma)]
        };
        CellTransfer { lines: (0..CELLS).filter_map(Cell::from_index).map(line).collect() }
    }

    /// Voltage (V) or current (uA) of a cell at a level in LSB. Never negative.
    #[inline]
    #[must_use]
    pub fn physical(&self, cell: Cell, level_lsb: f64) -> f64 {
        let [slope, offset] = self.lines[cell.index()];
        (level_lsb * slope + offset).max(0.0)
    }
}

/// Deviations of the 131072 synapses, computed on demand: a few nanoseconds each, no memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SynapseDeviations {
    key: u64,
    gain_sigma: f32,
    bit_sigma: f32,
}

/// Truncation of a mismatch deviate.
const TRUNCATION: f32 = 3.5;

impl SynapseDeviations {
    fn new(chip: u64, mismatch: &MismatchConstants) -> SynapseDeviations {
        const PURPOSE: u64 = purpose("synapse");
        SynapseDeviations {
            key: extend(chip, PURPOSE),
            gain_sigma: mismatch.synapse_gain as f32,
            bit_sigma: mismatch.synapse_bit as f32,
        }
    }

    /// Amplitude of one synapse in weight LSB: what an ideal synapse would need as weight to do the same.
    /// `weight` is 0 to 63 (higher bits are ignored), `synapse` is `65536*hemisphere + 256*row + column`.
    #[inline]
    #[must_use]
    pub fn effective_weight(&self, weight: u8, synapse: usize) -> f32 {
        self.weight(weight, synapse, quantiles())
    }

    /// Amplitudes of a whole row of synapses, in weight LSB; `row` is `256*hemisphere + row`.
    pub fn effective_row(
        &self,
        row: usize,
        weights: &[u8; SYNAPSE_COLUMNS],
        out: &mut [f32; SYNAPSE_COLUMNS],
    ) {
        let table = quantiles();
        for (column, (weight, out)) in weights.iter().zip(out).enumerate() {
            *out = self.weight(*weight, row * SYNAPSE_COLUMNS + column, table);
        }
    }

    /// 12 bits of hash for each of seven deviates: the gain and the six bits of the weight.
    #[inline(always)]
    fn weight(&self, weight: u8, synapse: usize, table: &[f32]) -> f32 {
        let first = extend(self.key, synapse as u64);
        let second = mix(first);
        let deviate = |hash: u64| table[(hash & 0xfff) as usize].clamp(-TRUNCATION, TRUNCATION);
        let bit = |number: u8, hash: u64| {
            let nominal = f32::from(weight & (1 << number));
            nominal + nominal * self.bit_sigma * deviate(hash)
        };
        let low = bit(0, first) + bit(1, first >> 12) + bit(2, first >> 24);
        let high = bit(3, first >> 36) + bit(4, first >> 48) + bit(5, second >> 12);
        (low + high) * (1.0 + self.gain_sigma * deviate(second))
    }
}

/// Correlation sensors.
fn draw_sensors(chip: u64, mismatch: &MismatchConstants) -> SensorDeviations {
    const PURPOSE: u64 = purpose("correlation");
    let blocks = draw_circuits(&CORRELATION, BLOCKS, 1, chip, mismatch);
    SensorDeviations {
        key: extend(chip, PURPOSE),
        amplitude_sigma: mismatch.correlation_amplitude,
        tau_sigma: mismatch.correlation_tau,
        offset_sigma_v: mismatch.correlation_offset_v,
        blocks: [0, 1, 2, 3].map(|block| blocks[block]),
    }
}

/// All deviations of one chip.
#[derive(Debug, Clone, PartialEq)]
pub struct Deviations {
    /// By AtomicNeuron enumeration.
    pub neuron: Vec<NeuronDeviation>,
    /// By quadrant.
    pub block: Vec<BlockDeviation>,
    /// By CADC channel, see [`CADC_CHANNELS`].
    pub cadc: Vec<CadcChannelDeviation>,
    /// By synapse driver, `128*hemisphere + driver`.
    pub driver: Vec<DriverDeviation>,
    /// CapMem cells.
    pub cell: CellTransfer,
    /// Synapses.
    pub synapse: SynapseDeviations,
    /// Correlation sensors of the synapses.
    pub correlation: SensorDeviations,
    /// Gain of the MADC.
    pub madc_gain: f64,
}

impl Deviations {
    /// The chip of a seed. The same seed and constants give the same chip for ever.
    #[must_use]
    pub fn draw(chip_seed: u64, constants: &AnalogConstants) -> Deviations {
        const MADC: u64 = purpose("madc_gain");
        let chip = chip_key(chip_seed);
        let mismatch = &constants.mismatch;
        Deviations {
            neuron: draw_neurons(chip, mismatch),
            block: draw_circuits(&BLOCK, BLOCKS, 1, chip, mismatch),
            cadc: draw_circuits(&CADC, CADC_CHANNELS, CADC_CHANNELS, chip, mismatch),
            driver: draw_circuits(&DRIVER, DRIVERS, DRIVERS, chip, mismatch),
            cell: CellTransfer::draw(chip, constants),
            synapse: SynapseDeviations::new(chip, mismatch),
            correlation: draw_sensors(chip, mismatch),
            madc_gain: Kind::Gain.apply(draw(extend(chip, MADC), 0, mismatch.madc_gain)),
        }
    }

    /// The chip whose circuits are all nominal.
    #[must_use]
    pub fn ideal(constants: &AnalogConstants) -> Deviations {
        let nominal = AnalogConstants { mismatch: MismatchConstants::uniform(0.0), ..constants.clone() };
        Deviations::draw(0, &nominal)
    }

    /// Neurons with one parameter far off (AtomicNeuron enumeration), ascending.
    #[must_use]
    pub fn bad_neurons(chip_seed: u64, constants: &AnalogConstants) -> Vec<usize> {
        let fraction = constants.mismatch.bad_neuron_fraction;
        let chip = chip_key(chip_seed);
        (0..NEURONS).filter(|neuron| bad_parameter(chip, *neuron, fraction).is_some()).collect()
    }
}
