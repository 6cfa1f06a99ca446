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
/// Inter-compartment conductance per code of its bias, uS, and the factor of its switches.
const ICC_US_PER_CODE: f64 = 1.5e-3;
const ICC_FACTOR: f64 = 4.0;
/// Codes of a bias from which its mismatch can be compensated either way.
const COMFORTABLE_LEAK: (f64, f64) = (60.0, 700.0);

/// Synaptic time constant at the largest code, us, without and with high resistance.
const TAU_SYN_US: (f64, f64) = (0.3, 3.0);
/// Time constants below this need the small line capacitance, us; its factors on time constant and deflection.
const SMALL_CAPACITANCE_BELOW_US: f64 = 0.5;
const SMALL_CAPACITANCE: (f64, f64) = (0.83, 1.2);
/// From here on high resistance is used: its largest code leaves room for neurons that are slower than typical, us.
const HIGH_RESISTANCE_FROM_US: f64 = 5.0;

/// Voltage of an unshifted cell per code, V.
const CODE_V: f64 = 1.7595e-3;
/// Readings at the two codes of the converter's calibration.
const LOW_READING: f64 = 20.0;
const HIGH_READING: f64 = 220.0;
/// Codes of an unshifted voltage cell per LSB of the converter in its usual range.
const USUAL_CODES_PER_LSB: f64 = 2.4;
/// LSB per code of a level-shifted cell in the usual range, its flatter slope, and the code that gives the voltage of the
/// unshifted code beside it.
const SHIFTED_LSB_PER_CODE: f64 = 0.1875;
const SHIFTED_SLOPE: f64 = 0.45;
const SHIFTED_AT: (f64, f64) = (576.0, 214.0);
/// Reading around which level-shifted codes are counted, LSB.
const SHIFTED_CENTRE: f64 = 80.0;

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
const FIXED_OF_NEURONS: [(&CapMemParameter, u16); 13] = [
    (codes::EXC_REFERENCE, UNUSED_VOLTAGE),
    (codes::INH_REFERENCE, UNUSED_VOLTAGE),
    (capmem_parameter("v_adapt_leak"), UNUSED_VOLTAGE),
    (capmem_parameter("v_exp"), FULL_BIAS),
    (capmem_parameter("v_adapt_ref"), UNUSED_VOLTAGE),
    (capmem_parameter("i_bias_reset"), FULL_BIAS),
    (codes::EXC_COBA, 0),
    (codes::INH_COBA, 0),
    (capmem_parameter("i_bias_adapt_tau"), 100),
    (capmem_parameter("i_bias_adapt_a"), 0),
    (capmem_parameter("i_bias_adapt_b"), 0),
    (capmem_parameter("i_bias_exp"), 0),
    (capmem_parameter("i_mem_offset"), 0),
];

/// Parameters of the quadrants. Those of the CADC ramp and of the DACs are only where the searches start.
const OF_BLOCKS: [(&CapMemParameter, u16); 19] = [
    (codes::STP_CHARGE_0, 100),
    (capmem_parameter("stp_v_charge_1"), 330),
    (codes::STP_RECOVER_0, 400),
    (capmem_parameter("stp_v_recover_1"), 50),
    (codes::RAMP_OFFSET, 22),
    (capmem_parameter("cadc_v_bias_ramp_buf"), 400),
    (capmem_parameter("neuron_v_bias_casc_n"), 250),
    (codes::CORRELATION_RAMP, 80),
    (codes::CORRELATION_STORE, 70),
    (capmem_parameter("syn_i_bias_corout"), 600),
    (capmem_parameter("stp_i_bias_comparator"), FULL_BIAS),
    (codes::STP_RAMP, 600),
    (codes::STP_CALIB, 600),
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

/// Switches of a bias and the code from which to start, for the code it would take without switches.
fn biased(plain: f64, factor: f64) -> (LeakRange, u16) {
    let (range, code) = match plain {
        plain if plain > COMFORTABLE_LEAK.1 => (LeakRange::Multiplied, plain / factor),
        plain if plain < COMFORTABLE_LEAK.0 => (LeakRange::Divided, plain * factor),
        plain => (LeakRange::Plain, plain),
    };
    (range, Span::FULL.nearest(code))
}

/// Switches of a bias.
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
    small_capacitance: bool,
    capacitance: u8,
    /// Inputs are conductance-based.
    coba: bool,
    /// Inter-compartment conductance.
    icc_range: LeakRange,
    icc_code: u16,
    /// Neurons never fire.
    hagen: bool,
    /// What a CADC code stands for.
    pub scale: Scale,
}

impl Settings {
    /// The settings for these targets.
    #[must_use]
    pub fn new(targets: &Targets) -> Settings {
        let capacitance_pf = CAPACITANCE_PF.1 * capacitance_share(targets);
        let (leak_range, leak_code) =
            biased(capacitance_pf / targets.tau_mem_us / LEAK_US_PER_CODE, BIAS_FACTOR);
        let (icc_range, icc_code) = targets.tau_icc_us.map_or((LeakRange::Plain, 0), |tau_us| {
            biased(capacitance_pf / tau_us / ICC_US_PER_CODE, ICC_FACTOR)
        });
        Settings {
            leak_range,
            leak_code,
            high_resistance: targets.tau_syn_us >= HIGH_RESISTANCE_FROM_US,
            small_capacitance: has_small_lines(targets),
            capacitance: targets.capacitance,
            coba: targets.coba.is_some(),
            icc_range,
            icc_code,
            hagen: targets.hagen.is_some(),
            scale: Scale::new(targets),
        }
    }

    /// Configuration of a neuron that is read but neither hears its synapses nor fires.
    #[must_use]
    pub fn silent_neuron(&self) -> Frame<NeuronConfig> {
        let high_resistance = u32::from(self.high_resistance);
        let small_capacitance = u32::from(self.small_capacitance);
        let of_range = |range| u32::from(self.leak_range == range);
        let of_icc = |range| u32::from(self.icc_range == range);
        Frame::zero()
            .with(field!(NeuronConfig.enable_reset_multiplication), 1)
            .with(field!(NeuronConfig.enable_leak_multiplication), of_range(LeakRange::Multiplied))
            .with(field!(NeuronConfig.enable_leak_division), of_range(LeakRange::Divided))
            .with(field!(NeuronConfig.enable_readout_amplifier), 1)
            .with(field!(NeuronConfig.enable_synaptic_input_excitatory_high_resistance), high_resistance)
            .with(field!(NeuronConfig.enable_synaptic_input_inhibitory_high_resistance), high_resistance)
            .with(field!(NeuronConfig.enable_synaptic_input_excitatory_small_capacitance), small_capacitance)
            .with(field!(NeuronConfig.enable_synaptic_input_inhibitory_small_capacitance), small_capacitance)
            .with(
                field!(NeuronConfig.enable_multiply_multicomp_conductance_bias),
                of_icc(LeakRange::Multiplied),
            )
            .with(field!(NeuronConfig.enable_divide_multicomp_conductance_bias), of_icc(LeakRange::Divided))
            .with(field!(NeuronConfig.membrane_capacitor_size), u32::from(self.capacitance))
    }

    /// Configuration of a neuron that hears its synapses the way it is to be used, but does not fire.
    #[must_use]
    pub fn listening_neuron(&self) -> Frame<NeuronConfig> {
        let frame = listens(self.silent_neuron(), [true, true]);
        if self.coba { conducts(frame, [true, true]) } else { frame }
    }

    /// Configuration of a calibrated neuron: inputs connected and, unless it only integrates, comparator and fire line on.
    #[must_use]
    pub fn spiking_neuron(&self) -> Frame<NeuronConfig> {
        let frame = self.listening_neuron();
        if self.hagen { frame } else { fires(frame) }
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
            (codes::V_LEAK, self.scale.shifted_code(targets.leak)),
            (codes::V_RESET, self.scale.shifted_code(targets.reset)),
            (codes::V_THRESHOLD, self.scale.plain_code(targets.threshold)),
            (codes::I_BIAS_LEAK, self.leak_code),
            (codes::EXC_TAU, tau),
            (codes::INH_TAU, tau),
            (codes::EXC_SHIFT, BALANCED_SHIFT),
            (codes::INH_SHIFT, BALANCED_SHIFT),
            (codes::EXC_GM, GM_START),
            (codes::INH_GM, GM_START),
            (codes::DAC_BIAS, targets.dac_bias),
            (codes::ICC, self.icc_code),
        ];
        searched.into_iter().try_for_each(|(parameter, code)| codes.fill(parameter, code))?;
        self.feature_codes(targets, &mut codes)?;
        Ok(codes)
    }

    /// Where the searches for the other parts of the targets start.
    fn feature_codes(&self, targets: &Targets, codes: &mut Codes) -> Result<(), CodesError> {
        if let Some(stp) = &targets.stp {
            codes.fill(codes::STP_RAMP, stp.ramp)?;
            codes.fill(codes::STP_CALIB, stp.ramp)?;
        }
        if let Some(coba) = &targets.coba {
            let reference = coba.reference(targets.leak, targets.threshold);
            let code = self.scale.shifted_code(reference);
            codes.fill(codes::EXC_REFERENCE, code)?;
            codes.fill(codes::INH_REFERENCE, code)?;
        }
        Ok(())
    }

    /// Typical code for a synaptic time constant.
    #[must_use]
    pub fn tau_syn_code(&self, tau_us: f64) -> u16 {
        let fastest_us = if self.high_resistance { TAU_SYN_US.1 } else { TAU_SYN_US.0 };
        let faster = if self.small_capacitance { SMALL_CAPACITANCE.0 } else { 1.0 };
        Span::FULL.nearest(f64::from(FULL_BIAS) * fastest_us * faster / tau_us)
    }
}

fn has_small_lines(targets: &Targets) -> bool {
    targets.tau_syn_us < SMALL_CAPACITANCE_BELOW_US
}

/// Deflection of a synaptic line over that of one with its usual capacitance.
#[must_use]
pub fn line_gain(targets: &Targets) -> f64 {
    if has_small_lines(targets) { SMALL_CAPACITANCE.1 } else { 1.0 }
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

/// A neuron with conductance-based excitatory and inhibitory inputs or not.
#[must_use]
pub fn conducts(frame: Frame<NeuronConfig>, inputs: [bool; 2]) -> Frame<NeuronConfig> {
    frame
        .with(field!(NeuronConfig.enable_synaptic_input_excitatory_coba_mode), u32::from(inputs[0]))
        .with(field!(NeuronConfig.enable_synaptic_input_inhibitory_coba_mode), u32::from(inputs[1]))
}

/// A neuron that fires at its threshold.
#[must_use]
pub fn fires(frame: Frame<NeuronConfig>) -> Frame<NeuronConfig> {
    frame.with(field!(NeuronConfig.enable_threshold_comparator), 1).with(field!(NeuronConfig.enable_fire), 1)
}

/// What a CADC code stands for, as the targets want it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Code of an unshifted cell that reads [`LOW_READING`].
    low_code: f64,
    codes_per_lsb: f64,
}

impl Scale {
    /// The scale of these targets.
    #[must_use]
    pub fn new(targets: &Targets) -> Scale {
        let (low, high) = targets.cadc_codes;
        let codes_per_lsb = (f64::from(high) - f64::from(low)) / (HIGH_READING - LOW_READING);
        Scale { low_code: f64::from(low), codes_per_lsb }
    }

    /// LSB of this scale per LSB of the usual one.
    #[must_use]
    pub fn zoom(&self) -> f64 {
        USUAL_CODES_PER_LSB / self.codes_per_lsb
    }

    /// Codes of an unshifted cell per LSB.
    #[must_use]
    pub fn codes_per_lsb(&self) -> f64 {
        self.codes_per_lsb
    }

    /// LSB per code of a level-shifted voltage (leak, reset).
    #[must_use]
    pub fn shifted_lsb_per_code(&self) -> f64 {
        SHIFTED_LSB_PER_CODE * self.zoom()
    }

    /// Typical code of a level-shifted voltage (leak, reset) for a potential in CADC LSB.
    #[must_use]
    pub fn shifted_code(&self, lsb: f64) -> u16 {
        let (code, unshifted) = SHIFTED_AT;
        let centre = code + (self.unshifted(SHIFTED_CENTRE) - unshifted) / SHIFTED_SLOPE;
        Span::FULL.nearest(centre + (lsb - SHIFTED_CENTRE) / self.shifted_lsb_per_code())
    }

    /// Reading of a voltage, CADC LSB.
    #[must_use]
    pub fn lsb_at(&self, v: f64) -> f64 {
        LOW_READING + (v / CODE_V - self.low_code) / self.codes_per_lsb
    }

    /// Typical code of an unshifted voltage (threshold) for a potential in CADC LSB.
    #[must_use]
    pub fn plain_code(&self, lsb: f64) -> u16 {
        Span::FULL.nearest(self.unshifted(lsb))
    }

    fn unshifted(&self, lsb: f64) -> f64 {
        self.low_code + (lsb - LOW_READING) * self.codes_per_lsb
    }
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
        assert_eq!(of(0.5, 0.3), ([true, false, false], 429, 848));
        assert_eq!(of(6.0, 6.0), ([false, false, true], 286, 511));
        assert_eq!(of(60.0, 30.0), ([false, true, true], 229, 102));
    }
}
