//! Raw register words to the settings the blocks understand; every field is looked up in the one register table.

use super::correlation::PostPulse;
use crate::analog::constants::MadcConstants;
use crate::analog::driver::RecoveryClock;
use crate::analog::membrane_currents::{AdaptationSwitches, CompartmentSwitches};
use crate::analog::neuron_parameters::{MembraneOffset, NeuronSwitches};
use crate::analog::transfer::{BiasSwitches, SynapticInputSwitches};
use crate::neuron::RefractorySettings;
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

/// The switches of NeuronConfig that decide how a neuron fires and what of it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FireSwitches {
    /// `enable_threshold_comparator`.
    pub comparator: bool,
    /// `enable_fire`.
    pub fire: bool,
    /// `enable_bypass_excitatory`, `_inhibitory`.
    pub bypass: [bool; 2],
}

/// Fire path of NeuronConfig.
pub fn fire_switches(words: &[u32]) -> FireSwitches {
    FireSwitches {
        comparator: field!(NeuronConfig.enable_threshold_comparator).is_set(words),
        fire: field!(NeuronConfig.enable_fire).is_set(words),
        bypass: [
            field!(NeuronConfig.enable_bypass_excitatory).is_set(words),
            field!(NeuronConfig.enable_bypass_inhibitory).is_set(words),
        ],
    }
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

/// Where the post pulse of a neuron comes from. What depends on the fires of connected neurons is not modelled and gives none.
pub fn post_pulse(backend: &[u32]) -> PostPulse {
    let on = |value: hx_isa::regmap::Value| value.is_set(backend);
    let master = on(field!(NeuronBackendConfig.enable_neuron_master));
    let mode = [field!(NeuronBackendConfig.enable_bayesian_0), field!(NeuronBackendConfig.enable_bayesian_1)];
    let fires = match (on(field!(NeuronBackendConfig.enable_bayesian_extension)), mode.map(on)) {
        // Own fires reach the common line only as its master.
        (false, _) | (true, [true, _]) => master,
        (true, [false, false]) => true,
        // Refractory state against the common line: both move together or only the end of the period shows.
        (true, [false, true]) => false,
    };
    match (on(field!(NeuronBackendConfig.post_overwrite)), fires) {
        (true, _) => PostPulse::Block,
        (false, true) => PostPulse::Fire,
        (false, false) => PostPulse::Never,
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
