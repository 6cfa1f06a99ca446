//! Raw register words to the settings the blocks understand; every field is looked up in the one register table.

use super::correlation::PostPulse;
use crate::analog::constants::MadcConstants;
use crate::analog::driver::RecoveryClock;
use crate::analog::membrane_currents::{AdaptationSwitches, CompartmentSwitches};
use crate::analog::neuron_parameters::{MembraneOffset, NeuronSwitches};
use crate::analog::transfer::{BiasSwitches, SynapticInputSwitches};
use crate::neuron::RefractorySettings;
use crate::neuron::propagation::{FireSwitches, Logic, Solitary};
use crate::neuron::wiring::Switches;
use crate::readout::madc;
use crate::readout::{CadcSettings, MadcControl, MadcInput, MadcSettings};
use crate::synapse::{Driver, Modulation, RowMode};
use crate::time::Time;
use hx_isa::field;

/// Code of `readout_source` for the adaptation node.
const ADAPTATION_NODE: u32 = 3;

/// Electrical switches of NeuronConfig.
pub fn neuron_switches(words: &[u32]) -> NeuronSwitches {
    let on = |value: hx_isa::regmap::Value| value.is_set(words);
    NeuronSwitches {
        membrane_capacitor_size: field!(NeuronConfig.membrane_capacitor_size).get(words) as u8,
        leak: BiasSwitches {
            division: on(field!(NeuronConfig.enable_leak_division)),
            multiplication: on(field!(NeuronConfig.enable_leak_multiplication)),
            degeneration: on(field!(NeuronConfig.enable_leak_degeneration)),
        },
        reset: BiasSwitches {
            division: on(field!(NeuronConfig.enable_reset_division)),
            multiplication: on(field!(NeuronConfig.enable_reset_multiplication)),
            degeneration: on(field!(NeuronConfig.enable_reset_degeneration)),
        },
        synaptic_input: [
            SynapticInputSwitches {
                enable: on(field!(NeuronConfig.enable_synaptic_input_excitatory)),
                high_resistance: on(field!(NeuronConfig.enable_synaptic_input_excitatory_high_resistance)),
                small_capacitance: on(field!(
                    NeuronConfig.enable_synaptic_input_excitatory_small_capacitance
                )),
                coba: on(field!(NeuronConfig.enable_synaptic_input_excitatory_coba_mode)),
            },
            SynapticInputSwitches {
                enable: on(field!(NeuronConfig.enable_synaptic_input_inhibitory)),
                high_resistance: on(field!(NeuronConfig.enable_synaptic_input_inhibitory_high_resistance)),
                small_capacitance: on(field!(
                    NeuronConfig.enable_synaptic_input_inhibitory_small_capacitance
                )),
                coba: on(field!(NeuronConfig.enable_synaptic_input_inhibitory_coba_mode)),
            },
        ],
        membrane_offset: match (
            on(field!(NeuronConfig.enable_membrane_offset)),
            on(field!(NeuronConfig.invert_membrane_offset)),
        ) {
            (false, _) => MembraneOffset::Off,
            (true, false) => MembraneOffset::Source,
            (true, true) => MembraneOffset::Sink,
        },
        readout_amplifier: on(field!(NeuronConfig.enable_readout_amplifier)),
        exponential: on(field!(NeuronConfig.enable_exponential)),
        adaptation: AdaptationSwitches {
            enable: on(field!(NeuronConfig.enable_adaptation)),
            observed: field!(NeuronConfig.readout_source).get(words) == ADAPTATION_NODE,
            invert_a: on(field!(NeuronConfig.invert_adaptation_a)),
            invert_b: on(field!(NeuronConfig.invert_adaptation_b)),
        },
        compartment: CompartmentSwitches {
            enable: on(field!(NeuronConfig.enable_multicomp_conductance)),
            multiplication: on(field!(NeuronConfig.enable_multiply_multicomp_conductance_bias)),
            division: on(field!(NeuronConfig.enable_divide_multicomp_conductance_bias)),
        },
    }
}

/// The switches of NeuronConfig that decide how a neuron fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirePath {
    /// `enable_threshold_comparator`.
    pub comparator: bool,
    /// `enable_fire`.
    pub fire: bool,
    /// `enable_bypass_excitatory`, `_inhibitory`.
    pub bypass: [bool; 2],
}

/// Fire path of NeuronConfig.
pub fn fire_path(words: &[u32]) -> FirePath {
    FirePath {
        comparator: field!(NeuronConfig.enable_threshold_comparator).is_set(words),
        fire: field!(NeuronConfig.enable_fire).is_set(words),
        bypass: [
            field!(NeuronConfig.enable_bypass_excitatory).is_set(words),
            field!(NeuronConfig.enable_bypass_inhibitory).is_set(words),
        ],
    }
}

/// Switches of NeuronConfig between membranes and soma lines.
pub fn membrane_switches(words: &[u32]) -> Switches {
    let on = |value: hx_isa::regmap::Value| value.is_set(words);
    Switches {
        membrane_right: on(field!(NeuronConfig.connect_membrane_right)),
        vertical: on(field!(NeuronConfig.connect_bottom)),
        soma: on(field!(NeuronConfig.connect_soma)),
        soma_right: on(field!(NeuronConfig.connect_soma_right)),
        conductance: on(field!(NeuronConfig.enable_multicomp_conductance)),
    }
}

/// Fire lines and post pulse logic of NeuronBackendConfig.
pub fn fire_switches(backend: &[u32]) -> FireSwitches {
    let on = |value: hx_isa::regmap::Value| value.is_set(backend);
    let extended = on(field!(NeuronBackendConfig.enable_bayesian_extension));
    let mode = [field!(NeuronBackendConfig.enable_bayesian_0), field!(NeuronBackendConfig.enable_bayesian_1)];
    FireSwitches {
        master: on(field!(NeuronBackendConfig.enable_neuron_master)),
        slave: on(field!(NeuronBackendConfig.enable_neuron_slave)),
        vertical: on(field!(NeuronBackendConfig.connect_fire_bottom)),
        to_right: on(field!(NeuronBackendConfig.connect_fire_to_right)),
        from_right: on(field!(NeuronBackendConfig.connect_fire_from_right)),
        logic: match (extended, mode.map(on)) {
            (false, _) => Logic::Line,
            (true, [false, false]) => Logic::Local,
            (true, [true, false]) => Logic::And,
            (true, [false, true]) => Logic::Xnor,
            (true, [true, true]) => Logic::MullerC,
        },
    }
}

/// `enable_adaptation_pulse`.
pub fn adaptation_pulse(backend: &[u32]) -> bool {
    field!(NeuronBackendConfig.enable_adaptation_pulse).is_set(backend)
}

/// Refractory counter of a neuron from NeuronBackendConfig and the CommonNeuronBackendConfig of its half.
pub fn refractory(backend: &[u32], common: &[u32]) -> RefractorySettings {
    let fast = field!(NeuronBackendConfig.select_input_clock).is_set(backend);
    let scale = if fast {
        field!(CommonNeuronBackendConfig.clock_scale_fast)
    } else {
        field!(CommonNeuronBackendConfig.clock_scale_slow)
    };
    RefractorySettings {
        refractory_time: field!(NeuronBackendConfig.refractory_time).get(backend),
        reset_holdoff: field!(NeuronBackendConfig.reset_holdoff).get(backend),
        clock_scale: scale.get(common),
        clocks_run: field!(CommonNeuronBackendConfig.enable_clocks).is_set(common),
    }
}

/// The address a neuron sends with its spikes, if it sends any.
pub fn spike_address(backend: &[u32]) -> Option<u8> {
    let sends = field!(NeuronBackendConfig.enable_spike_out).is_set(backend);
    sends.then(|| field!(NeuronBackendConfig.address_out).get(backend) as u8)
}

/// Where the post pulse of a neuron comes from as far as it depends on itself alone; neurons that hear others say themselves
/// when their signal rises.
pub fn post_pulse(backend: &[u32]) -> PostPulse {
    let overwritten = field!(NeuronBackendConfig.post_overwrite).is_set(backend);
    match (overwritten, fire_switches(backend).solitary()) {
        (true, _) => PostPulse::Block,
        (false, Solitary::Fire) => PostPulse::Fire,
        (false, Solitary::Never | Solitary::End) => PostPulse::Never,
    }
}

/// SynapseDriverConfig.
pub fn driver(words: &[u32]) -> Driver {
    let on = |value: hx_isa::regmap::Value| value.is_set(words);
    Driver {
        enable_receiver: on(field!(SynapseDriverConfig.enable_receiver)),
        row_address_compare_mask: field!(SynapseDriverConfig.row_address_compare_mask).get(words) as u8,
        enable_address_out: on(field!(SynapseDriverConfig.enable_address_out)),
        rows: [
            RowMode {
                excitatory: on(field!(SynapseDriverConfig, "row_mode_bottom.excitatory")),
                inhibitory: on(field!(SynapseDriverConfig, "row_mode_bottom.inhibitory")),
            },
            RowMode {
                excitatory: on(field!(SynapseDriverConfig, "row_mode_top.excitatory")),
                inhibitory: on(field!(SynapseDriverConfig, "row_mode_top.inhibitory")),
            },
        ],
        modulation: modulation(words),
    }
}

/// The fields of SynapseDriverConfig that decide how long its pulses are.
fn modulation(words: &[u32]) -> Modulation {
    Modulation {
        enable_stp: field!(SynapseDriverConfig.enable_stp).is_set(words),
        enable_hagen_dac: field!(SynapseDriverConfig.enable_hagen_dac).is_set(words),
        enable_hagen_modulation: field!(SynapseDriverConfig.enable_hagen_modulation).is_set(words),
        utilization: field!(SynapseDriverConfig.utilization).get(words) as u8,
        offset: field!(SynapseDriverConfig.offset).get(words) as u8,
        recovery: field!(SynapseDriverConfig.recovery).get(words) as u8,
        enable_recovery: field!(SynapseDriverConfig.enable_recovery).is_set(words),
        target_voltages: field!(SynapseDriverConfig.select_target_voltages).get(words) as u8,
        hagen_dac_offset: field!(SynapseDriverConfig.hagen_dac_offset).get(words) as u8,
    }
}

/// CommonSTPConfig.
pub fn recovery_clock(words: &[u32]) -> RecoveryClock {
    RecoveryClock {
        running: field!(CommonSTPConfig.enable_recovery_clock).is_set(words),
        speed: field!(CommonSTPConfig.recovery_clock_speed).get(words) as u8,
    }
}

/// CADCConfig.
pub fn cadc(words: &[u32]) -> CadcSettings {
    CadcSettings {
        enable: field!(CADCConfig.enable).is_set(words),
        reset_wait: field!(CADCConfig.reset_wait).get(words) as u8,
        dead_time: field!(CADCConfig.dead_time).get(words) as u8,
    }
}

/// A write to MADCControl.
pub fn madc_control(word: u32) -> MadcControl {
    let words = [word];
    MadcControl {
        wake_up: field!(MADCControl.wake_up).is_set(&words),
        start_recording: field!(MADCControl.start_recording).is_set(&words),
        stop_recording: field!(MADCControl.stop_recording).is_set(&words),
        power_down_after_sampling: field!(MADCControl.enable_power_down_after_sampling).is_set(&words),
        continuous: field!(MADCControl.enable_continuous_sampling).is_set(&words),
    }
}

/// MADCConfig, with the period of the MADC's clock if it runs.
pub fn madc(words: &[u32], clock: Option<Time>, constants: &MadcConstants) -> MadcSettings {
    let on = |value: hx_isa::regmap::Value| value.is_set(words);
    let scaled = on(field!(MADCConfig.enable_madc_clock_scaling));
    let scale = scaled.then(|| field!(MADCConfig.madc_clock_scale_value).get(words));
    let period = clock.unwrap_or(madc::DEFAULT_CLOCK);
    let amplified = on(field!(MADCConfig.connect_preamp_to_madc))
        && on(field!(MADCConfig.signal_selection_connect_preamp));
    let multiplexed = on(field!(MADCConfig.signal_selection_connect_active_mux))
        && on(field!(MADCConfig.enable_active_mux_amplifiers));
    let debug = on(field!(MADCConfig.signal_selection_connect_debug));
    let size = f64::from(field!(MADCConfig.preamp_gain_capacitor_size).get(words));
    MadcSettings {
        clocked: clock.is_some(),
        input: match amplified {
            true if multiplexed => MadcInput::Multiplexer,
            true if debug => MadcInput::Pads,
            false if on(field!(MADCConfig.connect_pads_to_madc)) => MadcInput::Pads,
            _ => MadcInput::Ground,
        },
        gain: if amplified { (size + 1.0) / constants.preamplifier_unit_size } else { 1.0 },
        period: MadcSettings::period(period, field!(MADCConfig.sample_duration_adjust).get(words), scale),
        power_up: Time(period.0 * u64::from(field!(MADCConfig.powerup_wait_value).get(words))),
        number_of_samples: field!(MADCConfig.number_of_samples).get(words),
        first_input: field!(MADCConfig.active_mux_initially_selected_input).get(words) as u8,
        select_length: field!(MADCConfig.active_mux_input_select_length).get(words),
    }
}
