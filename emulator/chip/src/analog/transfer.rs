//! Nominal transfer functions: from the voltage or current of a CapMem cell to the quantity it sets.
//!
//! Inputs are cell values, not codes, because cells relax slowly and deviate. Pure functions; deviations between instances
//! are applied by the callers. The signs and monotonicities are those calibration relies on (calix); the gains are
//! constants of [`AnalogConstants`].

use super::constants::{AnalogConstants, NeuronConstants, SynapseConstants};
use crate::exponential::exp;
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// Highest code of a cell; 1023 means "refresh disabled".
pub const MAXIMUM_CODE: u16 = 1022;
/// Code at which the synaptic time constant is shortest.
const FULL_SCALE_CODE: f64 = 1022.0;
/// Divisor of the voltage full scale (electronicvisions halco: 10 bit cells).
const VOLTAGE_CODES: f64 = 1023.0;

/// Voltage per LSB of a voltage cell, V.
#[must_use]
pub fn voltage_lsb_v(constants: &AnalogConstants) -> f64 {
    constants.capmem.voltage_full_scale_v / VOLTAGE_CODES
}

/// Current per LSB of a current cell at the present temperature, uA.
#[must_use]
pub fn current_lsb_ua(constants: &AnalogConstants) -> f64 {
    let temperature = &constants.temperature;
    constants.capmem.current_lsb_ua * (1.0 + temperature.current_per_k * temperature.deviation_k)
}

/// Switches of an amplifier's bias: enable_leak_* or enable_reset_* of the neuron configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BiasSwitches {
    /// Bias divided by 8.
    pub division: bool,
    /// Bias multiplied by 8.
    pub multiplication: bool,
    /// Source degeneration: lower conductance, wider input range.
    pub degeneration: bool,
}

/// Factor of the switches on a conductance. Division and multiplication together cancel.
#[must_use]
pub fn conductance_factor(switches: BiasSwitches, neuron: &NeuronConstants) -> f64 {
    let multiplied = if switches.multiplication { neuron.bias_multiplication } else { 1.0 };
    let divided = if switches.division { neuron.bias_division } else { 1.0 };
    let degenerated = if switches.degeneration { neuron.degeneration } else { 1.0 };
    multiplied / (divided * degenerated)
}

/// Largest current of the leak or reset amplifier, uA: its bias after the switches. Degeneration widens the input range by
/// as much as it lowers the conductance, so that it leaves this as it is.
#[must_use]
pub fn bias_limit_ua(bias_ua: f64, switches: BiasSwitches, neuron: &NeuronConstants) -> f64 {
    let undegenerated = BiasSwitches { degeneration: false, ..switches };
    bias_ua * conductance_factor(undegenerated, neuron)
}

/// Membrane capacitance in pF; `size` is membrane_capacitor_size, 0 to 63.
#[must_use]
pub fn capacitance_pf(size: u8, neuron: &NeuronConstants) -> f64 {
    neuron.capacitance_parasitic_pf + f64::from(size) * neuron.capacitance_span_pf / 63.0
}

/// Potential behind the level shifter of v_leak and v_reset, V.
#[must_use]
pub fn follower_v(cell_v: f64, constants: &AnalogConstants) -> f64 {
    let neuron = &constants.neuron;
    let anchor_cell_v = neuron.follower_anchor_code * voltage_lsb_v(constants);
    let temperature = &constants.temperature;
    neuron.follower_anchor_v
        + neuron.follower_slope * (cell_v - anchor_cell_v)
        + temperature.follower_v_per_k * temperature.deviation_k
}

/// Threshold potential, V: the cell's voltage without level shift.
#[must_use]
pub const fn threshold_v(cell_v: f64) -> f64 {
    cell_v
}

/// Leak conductance, uS.
#[must_use]
pub fn g_leak_us(bias_ua: f64, switches: BiasSwitches, neuron: &NeuronConstants) -> f64 {
    neuron.leak_gain_us_per_ua * bias_ua * conductance_factor(switches, neuron)
}

/// Reset conductance, uS.
#[must_use]
pub fn g_reset_us(bias_ua: f64, switches: BiasSwitches, neuron: &NeuronConstants) -> f64 {
    neuron.reset_gain_us_per_ua * bias_ua * conductance_factor(switches, neuron)
}

/// Membrane offset current, uA; the caller applies the sign.
#[must_use]
pub fn offset_current_ua(cell_ua: f64, neuron: &NeuronConstants) -> f64 {
    neuron.offset_current_gain * cell_ua
}

/// Delay of the threshold comparator, us: inverse to its bias.
#[must_use]
pub fn comparator_delay_us(bias_ua: f64, neuron: &NeuronConstants) -> f64 {
    let charge = neuron.comparator_delay_us * neuron.comparator_bias_ua;
    let longest = neuron.comparator_delay_maximum_us;
    if bias_ua * longest > charge { charge / bias_ua } else { longest }
}

/// Switches of one synaptic input: enable_synaptic_input_*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SynapticInputSwitches {
    /// The input amplifier is connected to the membrane.
    pub enable: bool,
    /// Less capacitance on the line.
    pub small_capacitance: bool,
    /// Weaker pull-up, longer time constant.
    pub high_resistance: bool,
    /// The membrane modulates the input (enable_..._coba_mode).
    pub coba: bool,
}

/// Synaptic time constant, us: inverse to the pull-up current.
#[must_use]
pub fn tau_syn_us(bias_ua: f64, switches: SynapticInputSwitches, constants: &AnalogConstants) -> f64 {
    let synapse = &constants.synapse;
    let full_scale_ua = FULL_SCALE_CODE * constants.capmem.current_lsb_ua;
    let resistance = if switches.high_resistance { synapse.high_resistance } else { 1.0 };
    let capacitance = if switches.small_capacitance { synapse.small_capacitance } else { 1.0 };
    let at_one_ua = synapse.tau_minimum_us * full_scale_ua * resistance * capacitance;
    if bias_ua * synapse.tau_maximum_us > at_one_ua { at_one_ua / bias_ua } else { synapse.tau_maximum_us }
}

/// Transconductance of a synaptic input, uS.
#[must_use]
pub fn gm_us(bias_ua: f64, synapse: &SynapseConstants) -> f64 {
    synapse.gm_us_per_ua * bias_ua
}

/// Offset of a synaptic input's voltage, V, added to the line deflection; falls with the shift bias for both polarities.
/// `balance_ua` is the instance's point of zero offset.
#[must_use]
pub fn input_offset_v(shift_ua: f64, balance_ua: f64, synapse: &SynapseConstants) -> f64 {
    -synapse.shift_slope_v_per_ua * (shift_ua - balance_ua)
}

/// Capacitance of a synaptic line, pF.
#[must_use]
pub fn line_capacitance_pf(switches: SynapticInputSwitches, synapse: &SynapseConstants) -> f64 {
    if switches.small_capacitance { synapse.line_capacitance_small_pf } else { synapse.line_capacitance_pf }
}

/// Length of a synaptic current pulse, us. `extension` is dacen_pulse_extension (0 to 15), `fraction` what the driver's
/// pulse modulation leaves (1 without short-term plasticity).
#[must_use]
pub fn pulse_us(extension: u8, fraction: f64, synapse: &SynapseConstants) -> f64 {
    synapse.pulse_us * fraction + synapse.pulse_extension_us * f64::from(extension)
}

/// Length of a pulse, us, that is `full_us` long at its full fraction: an extension is not shortened.
#[must_use]
pub fn shortened_us(full_us: f64, fraction: f64, synapse: &SynapseConstants) -> f64 {
    full_us - synapse.pulse_us * (1.0 - fraction)
}

/// Deflection of a synaptic line by one event, V. `weight` is the effective weight in LSB (0 to 63).
#[must_use]
pub fn line_step_v(weight: f64, i_dac_ua: f64, pulse_us: f64, line_capacitance_pf: f64) -> f64 {
    weight / 63.0 * i_dac_ua * pulse_us / line_capacitance_pf
}

/// How well a shared support bias does its duty, from 0 (off) to 1 (sufficient). `level` and `working` in the same unit.
#[must_use]
pub fn support(level: f64, working: f64, sufficient_fraction: f64) -> f64 {
    let sufficient = working * sufficient_fraction;
    if level >= sufficient { 1.0 } else { level / sufficient }
}

/// Standard deviation of the membrane voltage, V, for a membrane with leak conductance `g_leak_us`.
/// `gm_bias_ua` is the mean bias of the two synaptic input amplifiers, a disabled one counting as zero.
///
/// The variance is proportional to tau_mem/C, hence to 1/g_leak: white current noise into a leaky capacitor.
#[must_use]
pub fn membrane_noise_v(
    capacitance_pf: f64,
    g_leak_us: f64,
    gm_bias_ua: f64,
    constants: &AnalogConstants,
) -> f64 {
    let noise = &constants.noise;
    let tau_ratio = capacitance_pf / g_leak_us / noise.membrane_tau_us;
    let capacitance_ratio = noise.membrane_capacitance_pf / capacitance_pf;
    noise.membrane_v * (tau_ratio * capacitance_ratio * (1.0 + gm_bias_ua / noise.gm_bias_ua)).sqrt()
}

/// Ramp step of the CADC per count, V.
#[must_use]
pub fn cadc_lsb_v(ramp_ua: f64, constants: &AnalogConstants) -> f64 {
    constants.cadc.lsb_v * ramp_ua / constants.cadc.lsb_bias_ua
}

/// Gain of the MADC's preamplifier relative to the default; `size` is preamp_gain_capacitor_size.
#[must_use]
pub fn madc_preamplifier_gain(size: u8, constants: &AnalogConstants) -> f64 {
    (f64::from(size) + 1.0) / constants.madc.preamplifier_unit_size
}

/// Error of the `sample`-th sample after the MADC was started, LSB.
#[must_use]
pub fn madc_startup_error_lsb(sample: u64, constants: &AnalogConstants) -> f64 {
    let madc = &constants.madc;
    madc.startup_error_lsb * exp(-(sample as f64) / madc.startup_samples)
}

/// Time between two MADC samples: 12 + `duration_adjust` periods of the 500 MHz converter clock, times 2*(scale+1) with clock
/// scaling (electronicvisions haldls: src/haldls/vx/madc.cpp, constants.h).
#[must_use]
pub fn madc_sample_period(duration_adjust: u8, clock_scale: Option<u8>) -> Time {
    const CLOCK: u64 = 2_000;
    let scale = clock_scale.map_or(1, |s| 2 * (u64::from(s) + 1));
    Time(CLOCK * (12 + u64::from(duration_adjust)) * scale)
}
