//! Parameters of a neuron to the circuit that is integrated.

use super::Chip;
use super::config::{Amplifiers, Fidelity};
use super::decode;
use crate::analog::membrane_currents::Amplifier;
use crate::analog::neuron_parameters::NeuronParameters;
use crate::neuron::NeuronSetup;
use crate::neuron::circuit::{
    Adaptation, Circuit, Coba, Exponential, Ota, Pause, Pulse, ResetDrive, SynapticInput,
};
use crate::neuron::general::FullSetup;
use crate::neuron::noise::{MembraneNoise, POINTS_PER_TAU};
use crate::neuron::propagator::{LinearCircuit, Propagator};
use crate::time::Time;
use hx_isa::field;
use hx_isa::regmap::register::NeuronConfig;

impl Chip {
    /// Everything a neuron is set to.
    pub(super) fn full_setup(&self, neuron: usize, p: &NeuronParameters) -> FullSetup {
        let modulated = p.coba.iter().any(Option::is_some);
        let extended = modulated || p.exponential.is_some() || p.adaptation.is_some();
        let amplifiers = self.instance.config.amplifiers;
        FullSetup {
            neuron: self.neuron_setup(neuron, p),
            circuit: self.circuit(neuron, p),
            conductance: self.ota(p.compartment.g_us, p.compartment.limit_ua),
            adaptation_pulse: decode::adaptation_pulse(self.backend_words(neuron)),
            closed: amplifiers == Amplifiers::SmallSignal && !extended,
        }
    }

    fn saturating(&self) -> bool {
        self.instance.config.amplifiers == Amplifiers::Saturating
    }

    /// An amplifier of this chip: it saturates, or not.
    fn ota(&self, g_us: f64, limit_ua: f64) -> Ota {
        if self.saturating() { Ota { g_us, limit_ua } } else { Ota::small_signal(g_us) }
    }

    fn circuit(&self, neuron: usize, p: &NeuronParameters) -> Circuit {
        let of = &self.instance.config.constants.neuron;
        let saturating = self.saturating();
        let pauses = field!(NeuronConfig.enable_pause).is_set(self.words::<NeuronConfig>(neuron));
        Circuit {
            c_pf: p.c_pf,
            leak: self.ota(p.g_leak_us, p.leak_limit_ua),
            v_leak_v: p.v_leak_v,
            reset: ResetDrive::Amplifier { ota: self.ota(p.g_reset_us, p.reset_limit_ua), v_v: p.v_reset_v },
            inputs: [0, 1].map(|polarity| self.input(polarity, p)),
            exponential: p.exponential.map(|e| Exponential {
                g_us: e.g_us,
                delta_t_v: e.slope_v,
                v_t_v: e.threshold_v,
                limit_ua: e.limit_ua,
            }),
            adaptation: p.adaptation.map(|a| Adaptation {
                c_pf: a.c_pf,
                g_tau_us: a.g_tau_us,
                g_a_us: a.g_a_us,
                v_leak_v: a.v_leak_v,
                v_ref_v: a.v_ref_v,
                g_w_us: a.g_w_us,
                pulse: Pulse::Current { i_ua: a.i_pulse_ua, width_us: self.adaptation_pulse_us(neuron) },
                in_reset: true,
            }),
            i_offset_ua: p.i_offset_ua,
            pause: if pauses { Pause::Inputs } else { Pause::Nothing },
            rails_v: saturating.then_some([of.rail_low_v, of.rail_high_v]),
            sink_compliance: saturating.then_some([of.sink_start_v, of.sink_span_v]),
        }
    }

    fn input(&self, polarity: usize, p: &NeuronParameters) -> SynapticInput {
        let (g_us, limit_ua) = (p.gm_us[polarity], p.gm_limit_ua[polarity]);
        let powered = limit_ua > 0.0;
        SynapticInput {
            tau_us: p.tau_syn_us[polarity],
            gm: if powered { self.ota(g_us, limit_ua) } else { Ota::OFF },
            offset_v: p.x_off_v[polarity],
            coba: p.coba[polarity].filter(|_| powered).map(|coba| {
                let Amplifier { g_us, limit_ua: coba_ua } = coba.amplifier;
                let coba_ua = if self.saturating() { coba_ua } else { f64::INFINITY };
                Coba::of_amplifier(g_us, coba_ua, limit_ua, coba.reference_v)
            }),
        }
    }

    /// Length of the pulse that a fire sends to the adaptation: one period of its clock.
    fn adaptation_pulse_us(&self, neuron: usize) -> f64 {
        let scale = field!(CommonNeuronBackendConfig.clock_scale_adaptation_pulse);
        Time(Time::NETWORK_CYCLE.0 << (scale.get(self.common_backend_words(neuron)) + 1)).as_us()
    }

    fn neuron_setup(&self, neuron: usize, p: &NeuronParameters) -> NeuronSetup {
        let constants = &self.instance.config.constants;
        let fire = decode::fire_path(self.words::<NeuronConfig>(neuron));
        let timing = self.refractory_timing(neuron);
        let circuit = |g_us, v_rest_v| LinearCircuit {
            c_pf: p.c_pf,
            g_us,
            v_rest_v,
            tau_syn_us: p.tau_syn_us,
            gm_us: p.gm_us,
            x_off_v: p.x_off_v,
            i_offset_ua: p.i_offset_ua,
        };
        let noise = |value: f64| if self.instance.config.noise == Fidelity::Real { value } else { 0.0 };
        let bypass = |on: bool| if on { constants.neuron.bypass_threshold_v } else { f64::INFINITY };
        NeuronSetup {
            free: Propagator::new(&circuit(p.g_leak_us, p.v_leak_v)),
            in_reset: Propagator::new(&circuit(p.g_reset_us, p.v_reset_v)),
            noise: MembraneNoise {
                key: 0,
                step_us: p.tau_mem_us() / POINTS_PER_TAU,
                sigma_v: noise(p.noise_sigma_v),
            },
            threshold_v: p.v_threshold_v,
            threshold_jitter_v: noise(constants.noise.threshold_v),
            comparator_delay_us: p.comparator_delay_us,
            comparator_jitter_us: noise(p.comparator_jitter_us),
            compares: fire.comparator && fire.fire,
            enable_fire: fire.fire,
            bypass_v: fire.bypass.map(bypass),
            refractory: timing.refractory,
            reset: timing.reset,
        }
    }
}
