//! The membrane currents that most neurons do without: conductance-based inputs, the exponential term, adaptation and the
//! conductance to other compartments. Nominal transfer functions and deviations of one instance; only what the switches
//! ask for is derived.

use super::cell::NeuronCell;
use super::neuron_parameters::{BlockParameters, Instance};
use super::transfer;
use serde::{Deserialize, Serialize};

/// Switches of the adaptation: enable_adaptation, invert_adaptation_a, invert_adaptation_b.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AdaptationSwitches {
    /// The adaptation current flows onto the membrane.
    pub enable: bool,
    /// The readout looks at the node, which then is followed although nothing else depends on it.
    pub observed: bool,
    /// Sign of the sub-threshold adaptation.
    pub invert_a: bool,
    /// Sign of the spike-triggered adaptation.
    pub invert_b: bool,
}

/// Switches of the conductance between membrane and soma line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CompartmentSwitches {
    /// enable_multicomp_conductance.
    pub enable: bool,
    /// enable_multiply_multicomp_conductance_bias.
    pub multiplication: bool,
    /// enable_divide_multicomp_conductance_bias.
    pub division: bool,
}

/// A transconductance amplifier that saturates.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Amplifier {
    /// Conductance for small inputs, uS.
    pub g_us: f64,
    /// Largest current, uA.
    pub limit_ua: f64,
}

/// Modulation of a synaptic input by the membrane.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CobaParameters {
    /// The amplifier from membrane to bias.
    pub amplifier: Amplifier,
    /// Potential of no modulation, V.
    pub reference_v: f64,
}

/// The exponential term `g D_T exp((V - V_T)/D_T)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ExponentialParameters {
    /// Prefactor, uS.
    pub g_us: f64,
    /// Slope factor, V.
    pub slope_v: f64,
    /// Threshold, V.
    pub threshold_v: f64,
    /// Largest current, uA.
    pub limit_ua: f64,
}

/// The adaptation node and its coupling to the membrane.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AdaptationParameters {
    /// Capacitance of the node, pF.
    pub c_pf: f64,
    /// Conductance of the node towards its rest, uS.
    pub g_tau_us: f64,
    /// Transconductance from the membrane, uS, with its sign.
    pub g_a_us: f64,
    /// Transconductance onto the membrane, uS; zero when switched off.
    pub g_w_us: f64,
    /// Rest of the node, V.
    pub v_ref_v: f64,
    /// Membrane potential without effect on the node, V.
    pub v_leak_v: f64,
    /// Current during an adaptation pulse, uA, with its sign.
    pub i_pulse_ua: f64,
}

const COBA_CELLS: [[NeuronCell; 2]; 2] = [
    [NeuronCell::ESyninExcRev, NeuronCell::IBiasSyninExcCoba],
    [NeuronCell::ESyninInhRev, NeuronCell::IBiasSyninInhCoba],
];

fn sign(inverted: bool) -> f64 {
    if inverted { -1.0 } else { 1.0 }
}

impl CobaParameters {
    /// Of one input (0 excitatory, 1 inhibitory) of a neuron.
    #[must_use]
    pub fn derive(polarity: usize, neuron: usize, block: &BlockParameters, instance: &Instance) -> Self {
        let Instance { values, deviations, constants } = instance;
        let deviation = &deviations.neuron[neuron];
        let [reference, bias] = COBA_CELLS[polarity].map(|cell| values.neuron(neuron, cell));
        let gain = deviation.coba[polarity] * block.cascode_support;
        CobaParameters {
            amplifier: Amplifier {
                g_us: constants.synapse.coba_us_per_ua * bias * gain,
                limit_ua: bias * gain,
            },
            reference_v: transfer::follower_v(reference, constants) * block.follower_support
                + deviation.coba_reference_v[polarity],
        }
    }
}

impl ExponentialParameters {
    /// Of a neuron.
    #[must_use]
    pub fn derive(neuron: usize, block: &BlockParameters, instance: &Instance) -> Self {
        let Instance { values, deviations, constants } = instance;
        let (deviation, of) = (&deviations.neuron[neuron], &constants.exponential);
        let cell = |parameter| values.neuron(neuron, parameter);
        let slope_v = of.slope_v + of.slope_v_per_ua * cell(NeuronCell::IBiasExp);
        ExponentialParameters {
            g_us: of.conductance_us * deviation.exponential_conductance * block.cascode_support,
            slope_v: slope_v * deviation.exponential_slope,
            threshold_v: transfer::follower_v(cell(NeuronCell::VExp), constants) * block.follower_support
                + deviation.exponential_threshold_v,
            limit_ua: of.maximum_ua,
        }
    }
}

impl AdaptationParameters {
    /// Of a neuron.
    #[must_use]
    pub fn derive(
        neuron: usize,
        switches: AdaptationSwitches,
        block: &BlockParameters,
        instance: &Instance,
    ) -> Self {
        let Instance { values, deviations, constants } = instance;
        let (deviation, of) = (&deviations.neuron[neuron], &constants.adaptation);
        let cell = |parameter| values.neuron(neuron, parameter);
        let gain = block.cascode_support;
        let c_pf = of.capacitance_pf * deviation.adaptation_capacitance;
        // tau is inverse to the bias: so is the conductance proportional to it.
        let g_tau_us = of.capacitance_pf / of.tau_us * cell(NeuronCell::IBiasAdaptTau) / of.tau_bias_ua;
        let leak_cell_v =
            cell(NeuronCell::VAdaptLeak) + of.leak_shift_code * transfer::voltage_lsb_v(constants);
        AdaptationParameters {
            c_pf,
            g_tau_us: (g_tau_us * gain / deviation.adaptation_tau)
                .max(constants.neuron.conductance_minimum_us),
            g_a_us: sign(switches.invert_a)
                * of.gain_us_per_ua
                * cell(NeuronCell::IBiasAdaptA)
                * deviation.adaptation_a
                * gain,
            g_w_us: if switches.enable { of.output_us * deviation.adaptation_output * gain } else { 0.0 },
            v_ref_v: constants.neuron.follower_slope * cell(NeuronCell::VAdaptRef)
                + of.reference_v
                + deviation.adaptation_reference_v,
            v_leak_v: transfer::follower_v(leak_cell_v, constants) * block.follower_support
                + deviation.adaptation_leak_v,
            i_pulse_ua: sign(switches.invert_b) * cell(NeuronCell::IBiasAdaptB) * deviation.adaptation_b,
        }
    }

    /// Time constant of the node, us.
    #[must_use]
    pub fn tau_us(&self) -> f64 {
        self.c_pf / self.g_tau_us
    }
}

/// Conductance between membrane and soma line of a neuron; nothing when switched off.
#[must_use]
pub fn compartment_amplifier(
    neuron: usize,
    switches: CompartmentSwitches,
    block: &BlockParameters,
    instance: &Instance,
) -> Amplifier {
    if !switches.enable {
        return Amplifier::default();
    }
    let Instance { values, deviations, constants } = instance;
    let of = &constants.compartment;
    let multiplied = if switches.multiplication { of.multiplication } else { 1.0 };
    let divided = if switches.division { of.division } else { 1.0 };
    let bias_ua = values.neuron(neuron, NeuronCell::IBiasNmda) * multiplied / divided;
    let gain = deviations.neuron[neuron].compartment * block.cascode_support;
    Amplifier { g_us: of.gain_us_per_ua * bias_ua * gain, limit_ua: bias_ua * gain }
}
