//! What follows from the targets without any measurement: switches of the neurons, support biases, and the codes from which
//! the searches start.
//!
//! Gains used here are typical values; a wrong one only costs a round of a search. Support biases are those of
//! electronicvisions calix: src/py/calix/hagen/neuron_helpers.py, common/cadc.py and hagen/synapse_driver.py.

use crate::Targets;
use crate::codes::{self, Codes, CodesError};
use crate::search::Span;
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::capmem::{CapMemParameter, capmem_parameter};
use hx_isa::regmap::register::NeuronConfig;

/// Membrane capacitance without and with all of its switched part, pF.
const CAPACITANCE_PF: (f64, f64) = (0.12, 2.40);
/// Largest capacitance code.
const LARGEST_CAPACITANCE: f64 = 63.0;
/// Leak conductance per code of its bias, uS.
const LEAK_US_PER_CODE: f64 = 1.4e-3;
/// Factor of the switches that multiply and divide the leak bias.
const BIAS_FACTOR: f64 = 8.0;
/// Codes of the leak bias from which its mismatch can be compensated either way.
const COMFORTABLE_LEAK: (f64, f64) = (60.0, 700.0);

/// Synaptic time constant at the largest code, us, without and with high resistance.
const TAU_SYN_US: (f64, f64) = (0.3, 3.0);
/// From here on high resistance is used: its largest code leaves room for neurons that are slower than typical, us.
const HIGH_RESISTANCE_FROM_US: f64 = 5.0;

/// Potentials: an unshifted voltage cell reads 20 at code 70 and 220 at code 550; the level-shifted ones are flatter.
const CODES_PER_LSB: f64 = 2.4;
const SHIFTED_LSB_PER_CODE: f64 = 0.1875;
/// Code of a level-shifted cell that gives 80 LSB.
const SHIFTED_CODE_AT_80_LSB: f64 = 576.0;

/// Codes of the transconductance biases (analog model: 30 to 800 are used; beyond, only noise grows).
pub const GM_SPAN: Span = Span { low: 30, high: 1022 };
/// Shift at which a typical synaptic input is balanced.
const BALANCED_SHIFT: u16 = 310;
/// Transconductance bias to start from.
const GM_START: u16 = 500;
/// Midpoint of cells of features that are switched off.
const UNUSED_VOLTAGE: u16 = 500;
const FULL_BIAS: u16 = 1022;

/// Parameters of all neurons that are not searched for.
const FIXED_OF_NEURONS: [(&CapMemParameter, u16); 14] = [
    (capmem_parameter("e_synin_exc_rev"), UNUSED_VOLTAGE),
    (capmem_parameter("e_synin_inh_rev"), UNUSED_VOLTAGE),
    (capmem_parameter("v_adapt_leak"), UNUSED_VOLTAGE),
    (capmem_parameter("v_exp"), FULL_BIAS),
    (capmem_parameter("v_adapt_ref"), UNUSED_VOLTAGE),
    (capmem_parameter("i_bias_reset"), FULL_BIAS),
    (capmem_parameter("i_bias_synin_exc_coba"), 0),
    (capmem_parameter("i_bias_synin_inh_coba"), 0),
    (capmem_parameter("i_bias_adapt_tau"), 100),
    (capmem_parameter("i_bias_adapt_a"), 0),
    (capmem_parameter("i_bias_adapt_b"), 0),
    (capmem_parameter("i_bias_exp"), 0),
    (capmem_parameter("i_mem_offset"), 0),
    (capmem_parameter("i_bias_nmda"), 0),
];

/// Parameters of the quadrants. Those of the CADC ramp and of the DACs are only where the searches start.
const OF_BLOCKS: [(&CapMemParameter, u16); 19] = [
    (codes::STP_CHARGE_0, 100),
    (capmem_parameter("stp_v_charge_1"), 330),
    (capmem_parameter("stp_v_recover_0"), 400),
    (capmem_parameter("stp_v_recover_1"), 50),
    (codes::RAMP_OFFSET, 22),
    (capmem_parameter("cadc_v_bias_ramp_buf"), 400),
    (capmem_parameter("neuron_v_bias_casc_n"), 250),
    (capmem_parameter("syn_i_bias_ramp"), 80),
    (capmem_parameter("syn_i_bias_store"), 70),
    (capmem_parameter("syn_i_bias_corout"), 600),
    (capmem_parameter("stp_i_bias_comparator"), FULL_BIAS),
    (capmem_parameter("stp_i_ramp"), 600),
    (capmem_parameter("stp_i_calib"), 600),
    (codes::RAMP_SLOPE, 200),
    (capmem_parameter("cadc_i_bias_comp"), FULL_BIAS),
    (capmem_parameter("cadc_i_bias_vreset_buf"), FULL_BIAS),
    (capmem_parameter("neuron_i_bias_readout_amp"), 110),
    (capmem_parameter("neuron_i_bias_leak_source_follower"), 100),
    (capmem_parameter("neuron_i_bias_spike_comparator"), 200),
];
const SYNAPTIC_INPUT_DROP: (&CapMemParameter, u16) = (capmem_parameter("neuron_i_bias_synin_drop"), 300);

/// Parameters that only some quadrants have; nothing is calibrated about them here.
pub const OF_SOME_BLOCKS: [(&CapMemParameter, u16); 2] =
    [(capmem_parameter("hagen_ibias_dac_top"), 820), (capmem_parameter("hagen_ibias_dac_bottom"), 820)];

/// Switches of the leak bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LeakRange {
    Plain,
    Multiplied,
    Divided,
}

/// Settings that all neurons share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    leak_range: LeakRange,
    /// Code of the leak bias to start from.
    leak_code: u16,
    high_resistance: bool,
    capacitance: u8,
}

impl Settings {
    /// The settings for these targets.
    #[must_use]
    pub fn new(targets: &Targets) -> Settings {
        let plain = CAPACITANCE_PF.1 * capacitance_share(targets) / targets.tau_mem_us / LEAK_US_PER_CODE;
        let (leak_range, code) = match plain {
            plain if plain > COMFORTABLE_LEAK.1 => (LeakRange::Multiplied, plain / BIAS_FACTOR),
            plain if plain < COMFORTABLE_LEAK.0 => (LeakRange::Divided, plain * BIAS_FACTOR),
            plain => (LeakRange::Plain, plain),
        };
        Settings {
            leak_range,
            leak_code: Span::FULL.nearest(code),
            high_resistance: targets.tau_syn_us >= HIGH_RESISTANCE_FROM_US,
            capacitance: targets.capacitance,
        }
    }

    /// Configuration of a neuron that is read but neither hears its synapses nor fires.
    #[must_use]
    pub fn silent_neuron(&self) -> Frame<NeuronConfig> {
        let high_resistance = u32::from(self.high_resistance);
        let of_range = |range| u32::from(self.leak_range == range);
        Frame::zero()
            .with(field!(NeuronConfig.enable_reset_multiplication), 1)
            .with(field!(NeuronConfig.enable_leak_multiplication), of_range(LeakRange::Multiplied))
            .with(field!(NeuronConfig.enable_leak_division), of_range(LeakRange::Divided))
            .with(field!(NeuronConfig.enable_readout_amplifier), 1)
            .with(field!(NeuronConfig.enable_synaptic_input_excitatory_high_resistance), high_resistance)
            .with(field!(NeuronConfig.enable_synaptic_input_inhibitory_high_resistance), high_resistance)
            .with(field!(NeuronConfig.membrane_capacitor_size), u32::from(self.capacitance))
    }

    /// Configuration of a calibrated neuron: inputs connected, comparator and fire line on.
    #[must_use]
    pub fn spiking_neuron(&self) -> Frame<NeuronConfig> {
        fires(listens(self.silent_neuron(), [true, true]))
    }

    /// Typical codes for these targets.
    ///
    /// # Errors
    /// Never for targets in range.
    pub fn starting_codes(&self, targets: &Targets) -> Result<Codes, CodesError> {
        let mut codes = Codes::default();
        for (parameter, code) in FIXED_OF_NEURONS.into_iter().chain(OF_BLOCKS).chain([SYNAPTIC_INPUT_DROP]) {
            codes.fill(parameter, code)?;
        }
        let tau = self.tau_syn_code(targets.tau_syn_us);
        let searched = [
            (codes::V_LEAK, shifted_code(targets.leak)),
            (codes::V_RESET, shifted_code(targets.reset)),
            (codes::V_THRESHOLD, plain_code(targets.threshold)),
            (codes::I_BIAS_LEAK, self.leak_code),
            (codes::EXC_TAU, tau),
            (codes::INH_TAU, tau),
            (codes::EXC_SHIFT, BALANCED_SHIFT),
            (codes::INH_SHIFT, BALANCED_SHIFT),
            (codes::EXC_GM, GM_START),
            (codes::INH_GM, GM_START),
            (codes::DAC_BIAS, targets.dac_bias),
        ];
        searched.into_iter().try_for_each(|(parameter, code)| codes.fill(parameter, code))?;
        Ok(codes)
    }

    /// Typical code for a synaptic time constant.
    #[must_use]
    pub fn tau_syn_code(&self, tau_us: f64) -> u16 {
        let fastest_us = if self.high_resistance { TAU_SYN_US.1 } else { TAU_SYN_US.0 };
        Span::FULL.nearest(f64::from(FULL_BIAS) * fastest_us / tau_us)
    }
}

/// Membrane capacitance as a share of the largest.
#[must_use]
pub fn capacitance_share(targets: &Targets) -> f64 {
    let (bare, full) = CAPACITANCE_PF;
    (bare + (full - bare) * f64::from(targets.capacitance) / LARGEST_CAPACITANCE) / full
}

/// A neuron with its excitatory and inhibitory input connected to the membrane or not.
#[must_use]
pub fn listens(frame: Frame<NeuronConfig>, inputs: [bool; 2]) -> Frame<NeuronConfig> {
    frame
        .with(field!(NeuronConfig.enable_synaptic_input_excitatory), u32::from(inputs[0]))
        .with(field!(NeuronConfig.enable_synaptic_input_inhibitory), u32::from(inputs[1]))
}

/// A neuron that fires at its threshold.
#[must_use]
pub fn fires(frame: Frame<NeuronConfig>) -> Frame<NeuronConfig> {
    frame.with(field!(NeuronConfig.enable_threshold_comparator), 1).with(field!(NeuronConfig.enable_fire), 1)
}

/// Typical code of a level-shifted voltage (leak, reset) for a potential in CADC LSB.
#[must_use]
pub fn shifted_code(lsb: f64) -> u16 {
    Span::FULL.nearest(SHIFTED_CODE_AT_80_LSB + (lsb - 80.0) / SHIFTED_LSB_PER_CODE)
}

/// Typical code of an unshifted voltage (threshold) for a potential in CADC LSB.
#[must_use]
pub fn plain_code(lsb: f64) -> u16 {
    Span::FULL.nearest(70.0 + (lsb - 20.0) * CODES_PER_LSB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typical_codes_are_those_of_the_analog_model() {
        let targets = Targets::default();
        let settings = Settings::new(&targets);
        let codes = settings.starting_codes(&targets).unwrap();
        let first = |parameter| codes.get(parameter)[0];
        assert_eq!((first(codes::I_BIAS_LEAK), first(codes::EXC_TAU)), (171, 307));
        assert_eq!((first(codes::V_LEAK), first(codes::V_RESET), first(codes::V_THRESHOLD)), (576, 523, 322));
        // Every parameter that all neurons or all blocks have.
        assert_eq!(codes.parameters().count(), 24 + 21);
    }

    #[test]
    fn bias_ranges_follow_the_time_constants() {
        let of = |tau_mem_us, tau_syn_us| {
            let targets = Targets { tau_mem_us, tau_syn_us, ..Targets::default() };
            let settings = Settings::new(&targets);
            let frame = settings.silent_neuron();
            let switches = [
                field!(NeuronConfig.enable_leak_multiplication),
                field!(NeuronConfig.enable_leak_division),
                field!(NeuronConfig.enable_synaptic_input_inhibitory_high_resistance),
            ];
            (
                switches.map(|switch| frame.is_set(switch)),
                settings.leak_code,
                settings.tau_syn_code(tau_syn_us),
            )
        };
        assert_eq!(of(0.5, 0.3), ([true, false, false], 429, 1022));
        assert_eq!(of(6.0, 6.0), ([false, false, true], 286, 511));
        assert_eq!(of(60.0, 30.0), ([false, true, true], 229, 102));
    }
}
