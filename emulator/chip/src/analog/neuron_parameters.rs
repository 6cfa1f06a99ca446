//! What the neuron equations need, per atomic neuron and per quadrant, derived from settled cells, switches and deviations.
//!
//! For small signals the neuron is `C dV/dt = g_leak*(V_leak - V) + I_exc - I_inh + I_offset` with `I_k = gm_k*(x_k + x_off_k)`,
//! `dx_k/dt = -x_k/tau_k`, and `g_reset*(V_reset - V)` in place of the leak while the reset is active. Each amplifier saturates
//! at the `limit_ua` beside its conductance. `membrane_currents.rs` has what may come on top.

use super::capmem::CellValues;
use super::cell::{Cell, CellKind, NEURONS_PER_BLOCK, NeuronCell, SharedCell};
use super::constants::AnalogConstants;
use super::converter::CadcRamp;
use super::correlation::BlockSensors;
use super::driver::BlockDrivers;
use super::membrane_currents::{
    AdaptationParameters, AdaptationSwitches, Amplifier, CobaParameters, CompartmentSwitches,
    ExponentialParameters, compartment_amplifier,
};
use super::mismatch::Deviations;
use super::transfer::{self, BiasSwitches, SynapticInputSwitches};
use serde::{Deserialize, Serialize};

/// Polarity of a synaptic input; index of the two-element arrays below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Polarity {
    /// Current onto the membrane.
    Excitatory = 0,
    /// Current off the membrane.
    Inhibitory = 1,
}

/// The membrane offset current's switches: enable_membrane_offset, invert_membrane_offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MembraneOffset {
    /// No offset current.
    #[default]
    Off,
    /// Onto the membrane.
    Source,
    /// Off the membrane.
    Sink,
}

/// The bits of a neuron's configuration (NeuronConfig) that change its electrical parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NeuronSwitches {
    /// membrane_capacitor_size, 0 to 63.
    pub membrane_capacitor_size: u8,
    /// enable_leak_division, _multiplication, _degeneration.
    pub leak: BiasSwitches,
    /// enable_reset_division, _multiplication, _degeneration.
    pub reset: BiasSwitches,
    /// enable_synaptic_input_*, by [`Polarity`].
    pub synaptic_input: [SynapticInputSwitches; 2],
    /// Offset current.
    pub membrane_offset: MembraneOffset,
    /// enable_readout_amplifier.
    pub readout_amplifier: bool,
    /// enable_exponential.
    pub exponential: bool,
    /// Adaptation.
    pub adaptation: AdaptationSwitches,
    /// Conductance between membrane and soma line.
    pub compartment: CompartmentSwitches,
}

impl MembraneOffset {
    fn sign(self) -> f64 {
        match self {
            MembraneOffset::Off => 0.0,
            MembraneOffset::Source => 1.0,
            MembraneOffset::Sink => -1.0,
        }
    }
}

impl NeuronSwitches {
    fn readout_gain(&self) -> f64 {
        if self.readout_amplifier { 1.0 } else { 0.0 }
    }
}

/// Electrical parameters of one atomic neuron. Arrays are indexed by [`Polarity`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NeuronParameters {
    /// Membrane capacitance, pF.
    pub c_pf: f64,
    /// Leak conductance, uS; never zero.
    pub g_leak_us: f64,
    /// Largest current of the leak, uA.
    pub leak_limit_ua: f64,
    /// Leak potential, V.
    pub v_leak_v: f64,
    /// Reset conductance, uS; never zero.
    pub g_reset_us: f64,
    /// Largest current of the reset, uA.
    pub reset_limit_ua: f64,
    /// Reset potential, V.
    pub v_reset_v: f64,
    /// Threshold potential, V.
    pub v_threshold_v: f64,
    /// Synaptic time constants, us.
    pub tau_syn_us: [f64; 2],
    /// Transconductances, uS; zero where the input is disabled.
    pub gm_us: [f64; 2],
    /// Largest currents of the synaptic inputs, uA.
    pub gm_limit_ua: [f64; 2],
    /// Modulation of the synaptic inputs by the membrane, where switched on.
    pub coba: [Option<CobaParameters>; 2],
    /// Exponential term, if switched on.
    pub exponential: Option<ExponentialParameters>,
    /// Adaptation, if switched on or looked at.
    pub adaptation: Option<AdaptationParameters>,
    /// Conductance between membrane and soma line; nothing when switched off.
    pub compartment: Amplifier,
    /// Constant offsets of the input voltages, V.
    pub x_off_v: [f64; 2],
    /// Capacitances of the synaptic lines, pF.
    pub c_line_pf: [f64; 2],
    /// Signed membrane offset current, uA.
    pub i_offset_ua: f64,
    /// Standard deviation of the membrane noise, V.
    pub noise_sigma_v: f64,
    /// Delay from threshold crossing to fire, us.
    pub comparator_delay_us: f64,
    /// Standard deviation of that delay, us.
    pub comparator_jitter_us: f64,
    /// Readout amplifier: output voltage per membrane voltage; zero when it has no bias or is disabled.
    pub readout_gain: f64,
}

impl NeuronParameters {
    /// Membrane time constant, us.
    #[must_use]
    pub fn tau_mem_us(&self) -> f64 {
        self.c_pf / self.g_leak_us
    }

    /// Time constant towards the reset potential, us.
    #[must_use]
    pub fn tau_reset_us(&self) -> f64 {
        self.c_pf / self.g_reset_us
    }

    /// Constant current onto the membrane, uA: offset current and the imbalance of both synaptic inputs.
    #[must_use]
    pub fn i_constant_ua(&self) -> f64 {
        self.i_offset_ua + self.gm_us[0] * self.x_off_v[0] - self.gm_us[1] * self.x_off_v[1]
    }

    /// Potential the membrane rests at without events, V.
    #[must_use]
    pub fn v_rest_v(&self) -> f64 {
        self.v_leak_v + self.i_constant_ua() / self.g_leak_us
    }
}

/// Parameters a quadrant shares.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BlockParameters {
    /// Full-scale current of the synapse DACs, uA.
    pub i_dac_ua: f64,
    /// Ramp of the CADC channels.
    pub cadc_ramp: CadcRamp,
    /// Delay of the threshold comparators, us.
    pub comparator_delay_us: f64,
    /// Sufficiency (0 to 1) of the bias of the readout amplifiers.
    pub readout_support: f64,
    /// Sufficiency of the cascode bias: all transconductance amplifiers.
    pub cascode_support: f64,
    /// Sufficiency of the source followers of v_leak and v_reset.
    pub follower_support: f64,
    /// Sufficiency of the synaptic input drop bias.
    pub synaptic_input_support: f64,
    /// Correlation sensors.
    pub sensors: BlockSensors,
    /// Synapse drivers.
    pub drivers: BlockDrivers,
}

/// A support bias: its cell and the code at which software runs it (electronicvisions calix: hagen/neuron_helpers.py,
/// common/cadc.py).
type SupportBias = (SharedCell, u16);
const CASCODE: SupportBias = (SharedCell::NeuronVBiasCascN, 250);
const READOUT_AMPLIFIER: SupportBias = (SharedCell::NeuronIBiasReadoutAmp, 110);
const SOURCE_FOLLOWER: SupportBias = (SharedCell::NeuronIBiasLeakSourceFollower, 100);
const SYNAPTIC_INPUT_DROP: SupportBias = (SharedCell::NeuronIBiasSyninDrop, 300);

const CORRELATION_OUTPUT: SupportBias = (SharedCell::SynIBiasCorout, 600);

/// All support biases of a block with their working codes.
pub const SUPPORT_BIASES: [(SharedCell, u16); 9] = [
    CASCODE,
    READOUT_AMPLIFIER,
    SOURCE_FOLLOWER,
    SYNAPTIC_INPUT_DROP,
    CORRELATION_OUTPUT,
    (SharedCell::NeuronIBiasSpikeComparator, 200),
    (SharedCell::CadcVBiasRampBuf, 400),
    (SharedCell::CadcIBiasComp, 1022),
    (SharedCell::CadcIBiasVresetBuf, 1022),
];

/// One chip instance as it stands: what its cells deliver, how its circuits deviate, and the constants of the model.
#[derive(Debug, Clone, Copy)]
pub struct Instance<'a> {
    /// Voltages and currents of the CapMem cells.
    pub values: &'a CellValues,
    /// Deviations of this chip.
    pub deviations: &'a Deviations,
    /// Constants of the model.
    pub constants: &'a AnalogConstants,
}

impl Instance<'_> {
    /// Sufficiency of a support bias of a block, 0 to 1.
    fn support(&self, block: usize, (cell, working_code): (SharedCell, u16)) -> f64 {
        let lsb = match Cell::shared(block, cell).kind() {
            CellKind::Voltage => transfer::voltage_lsb_v(self.constants),
            CellKind::Current => transfer::current_lsb_ua(self.constants),
        };
        let working = f64::from(working_code) * lsb;
        transfer::support(
            self.values.shared(block, cell),
            working,
            self.constants.support.sufficient_fraction,
        )
    }

    /// Support biases of a block that are below what guarantees function, for a warning.
    pub fn insufficient_biases(&self, block: usize) -> impl Iterator<Item = SharedCell> {
        SUPPORT_BIASES.into_iter().filter(move |row| self.support(block, *row) < 1.0).map(|(cell, _)| cell)
    }
}

impl BlockParameters {
    /// Derives the parameters of a quadrant (0 to 3).
    #[must_use]
    pub fn derive(block: usize, instance: &Instance) -> Self {
        let Instance { values, deviations, constants } = instance;
        let deviation = &deviations.block[block];
        let ramp_ua = values.shared(block, SharedCell::CadcIRampSlope);
        let comparator_ua = values.shared(block, SharedCell::NeuronIBiasSpikeComparator);
        BlockParameters {
            i_dac_ua: values.shared(block, SharedCell::SynIBiasDac) * deviation.dac_bias,
            cadc_ramp: CadcRamp {
                offset_v: values.shared(block, SharedCell::CadcVRampOffset),
                lsb_v: transfer::cadc_lsb_v(ramp_ua, constants) * deviation.cadc_ramp,
            },
            comparator_delay_us: transfer::comparator_delay_us(comparator_ua, &constants.neuron),
            cascode_support: instance.support(block, CASCODE),
            readout_support: instance.support(block, READOUT_AMPLIFIER),
            follower_support: instance.support(block, SOURCE_FOLLOWER),
            synaptic_input_support: instance.support(block, SYNAPTIC_INPUT_DROP),
            sensors: BlockSensors::derive(
                values.shared(block, SharedCell::SynIBiasRamp),
                values.shared(block, SharedCell::SynIBiasStore),
                instance.support(block, CORRELATION_OUTPUT),
                constants,
            ),
            drivers: BlockDrivers::derive(
                block,
                values,
                deviation.driver_ramp,
                constants,
                |block, cell, code| instance.support(block, (cell, code)),
            ),
        }
    }
}

/// Cells of the two synaptic inputs: time constant, transconductance, shift.
const INPUT_CELLS: [[NeuronCell; 3]; 2] = [
    [NeuronCell::IBiasSyninExcTau, NeuronCell::IBiasSyninExcGm, NeuronCell::IBiasSyninExcShift],
    [NeuronCell::IBiasSyninInhTau, NeuronCell::IBiasSyninInhGm, NeuronCell::IBiasSyninInhShift],
];

/// Parameters of one synaptic input.
struct Input {
    tau_us: f64,
    gm_us: f64,
    limit_ua: f64,
    coba: Option<CobaParameters>,
    offset_v: f64,
    line_pf: f64,
    /// Bias of the amplifier, uA; zero when disabled.
    gm_bias_ua: f64,
}

impl Input {
    fn derive(
        polarity: usize,
        neuron: usize,
        switches: &NeuronSwitches,
        block: &BlockParameters,
        instance: &Instance,
    ) -> Self {
        let Instance { values, constants, deviations } = instance;
        let deviation = &deviations.neuron[neuron];
        let switches = switches.synaptic_input[polarity];
        let [tau_ua, gm_ua, shift_ua] = INPUT_CELLS[polarity].map(|cell| values.neuron(neuron, cell));
        let gm_bias_ua = if switches.enable { gm_ua } else { 0.0 };
        let supported = block.cascode_support * block.synaptic_input_support;
        let balance_ua = constants.synapse.shift_balance_ua + deviation.shift_ua[polarity];
        Input {
            tau_us: transfer::tau_syn_us(tau_ua, switches, constants) * deviation.tau_syn[polarity],
            gm_us: transfer::gm_us(gm_bias_ua, &constants.synapse) * deviation.gm[polarity] * supported,
            limit_ua: gm_bias_ua * deviation.gm[polarity] * supported,
            coba: (switches.enable && switches.coba)
                .then(|| CobaParameters::derive(polarity, neuron, block, instance)),
            offset_v: transfer::input_offset_v(shift_ua, balance_ua, &constants.synapse),
            line_pf: transfer::line_capacitance_pf(switches, &constants.synapse)
                * deviation.line_capacitance[polarity],
            gm_bias_ua,
        }
    }
}

impl NeuronParameters {
    /// Derives the parameters of a neuron (AtomicNeuron enumeration, 0 to 511); `block` belongs to its quadrant,
    /// [`Self::block_of`].
    #[must_use]
    pub fn derive(
        neuron: usize,
        switches: &NeuronSwitches,
        block: &BlockParameters,
        instance: &Instance,
    ) -> Self {
        let Instance { values, constants, deviations } = instance;
        let deviation = &deviations.neuron[neuron];
        let of = &constants.neuron;
        let cell = |parameter| values.neuron(neuron, parameter);
        let level_v = |parameter| transfer::follower_v(cell(parameter), constants) * block.follower_support;
        let conductance_us =
            |nominal: f64, gain: f64| (nominal * gain * block.cascode_support).max(of.conductance_minimum_us);
        let limit_ua = |parameter, switches, gain: f64| {
            transfer::bias_limit_ua(cell(parameter), switches, of) * gain * block.cascode_support
        };
        let adaptation = switches.adaptation;
        let inputs = [0, 1].map(|polarity| Input::derive(polarity, neuron, switches, block, instance));
        let c_pf = transfer::capacitance_pf(switches.membrane_capacitor_size, of) * deviation.capacitance;
        let g_leak = transfer::g_leak_us(cell(NeuronCell::IBiasLeak), switches.leak, of);
        let g_leak_us = conductance_us(g_leak, deviation.g_leak);
        let g_reset = transfer::g_reset_us(cell(NeuronCell::IBiasReset), switches.reset, of);
        let gm_bias_ua = 0.5 * (inputs[0].gm_bias_ua + inputs[1].gm_bias_ua);
        let i_offset = transfer::offset_current_ua(cell(NeuronCell::IMemOffset), of) * deviation.i_offset;
        NeuronParameters {
            c_pf,
            g_leak_us,
            leak_limit_ua: limit_ua(NeuronCell::IBiasLeak, switches.leak, deviation.g_leak),
            v_leak_v: level_v(NeuronCell::VLeak) + deviation.v_leak_v,
            g_reset_us: conductance_us(g_reset, deviation.g_reset),
            reset_limit_ua: limit_ua(NeuronCell::IBiasReset, switches.reset, deviation.g_reset),
            v_reset_v: level_v(NeuronCell::VReset) + deviation.v_reset_v,
            v_threshold_v: transfer::threshold_v(cell(NeuronCell::VThreshold)) + deviation.v_threshold_v,
            tau_syn_us: [inputs[0].tau_us, inputs[1].tau_us],
            gm_us: [inputs[0].gm_us, inputs[1].gm_us],
            gm_limit_ua: [inputs[0].limit_ua, inputs[1].limit_ua],
            coba: [inputs[0].coba, inputs[1].coba],
            exponential: switches.exponential.then(|| ExponentialParameters::derive(neuron, block, instance)),
            adaptation: (adaptation.enable || adaptation.observed)
                .then(|| AdaptationParameters::derive(neuron, adaptation, block, instance)),
            compartment: compartment_amplifier(neuron, switches.compartment, block, instance),
            x_off_v: [inputs[0].offset_v, inputs[1].offset_v],
            c_line_pf: [inputs[0].line_pf, inputs[1].line_pf],
            i_offset_ua: switches.membrane_offset.sign() * i_offset,
            noise_sigma_v: transfer::membrane_noise_v(c_pf, g_leak_us, gm_bias_ua, constants),
            comparator_delay_us: block.comparator_delay_us,
            comparator_jitter_us: of.comparator_jitter_us,
            readout_gain: switches.readout_gain() * block.readout_support * deviation.readout_gain,
        }
    }

    /// The quadrant a neuron (AtomicNeuron enumeration) lies in.
    #[must_use]
    pub const fn block_of(neuron: usize) -> usize {
        neuron / NEURONS_PER_BLOCK
    }
}
