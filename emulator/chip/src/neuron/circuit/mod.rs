//! The circuit of one atomic neuron as plain data: everything its membrane equation depends on, in V, us, pF, uS and uA
//! (analog model, section 2.1). `pF V / us = uA`, `uS V = uA` and `pF / uS = us`, so that no factors appear.
//!
//! An infinite limit is the small signal: the amplifier never saturates. With all limits infinite, no rails and no sink
//! compliance this is exactly the ideal neuron (LIF, conductance-based inputs, AdEx) of the literature.

mod amplifier;

pub use amplifier::{Ota, tanh};

use serde::{Deserialize, Serialize};

/// One synaptic input: an exponentially decaying line behind a transconductance amplifier.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SynapticInput {
    /// Time constant of the line in us.
    pub tau_us: f64,
    /// Amplifier from line deflection to membrane current; its limit is I_gm, the bias current. Zero conductance: switched off.
    pub gm: Ota,
    /// Offset of its input in V, added to the line deflection.
    pub offset_v: f64,
    /// Modulation by the membrane potential; `None`: current-based.
    pub coba: Option<Coba>,
}

impl Default for SynapticInput {
    fn default() -> Self {
        SynapticInput { tau_us: 1.0, gm: Ota::OFF, offset_v: 0.0, coba: None }
    }
}

/// Conductance-based input: the membrane potential modulates the bias of the synaptic amplifier, whose transconductance
/// follows it, so that the current is multiplied by `1 + limit * tanh(gain * d / limit)`, with `d = reference - V` for the
/// excitatory and `V - reference` for the inhibitory input.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Coba {
    /// Gain in 1/V: 1 / |reversal - reference| = g_coba / I_gm.
    pub gain_per_v: f64,
    /// Largest change of the factor: I_coba / I_gm; infinite for the small signal.
    pub limit: f64,
    /// Membrane potential without modulation in V.
    pub reference_v: f64,
    /// The bias cannot become negative. The ideal equations have no such floor.
    pub floored: bool,
}

impl Coba {
    /// From the two amplifiers: `g_us` per volt of the modulating one, which saturates at `i_coba_ua`, and the bias `i_gm_ua`
    /// of the synaptic one.
    #[must_use]
    pub fn of_amplifier(g_us: f64, i_coba_ua: f64, i_gm_ua: f64, reference_v: f64) -> Coba {
        Coba { gain_per_v: g_us / i_gm_ua, limit: i_coba_ua / i_gm_ua, reference_v, floored: true }
    }

    /// The ideal input with this reversal potential.
    #[must_use]
    pub fn ideal(reversal_v: f64, reference_v: f64) -> Coba {
        let gain_per_v = 1.0 / (reversal_v - reference_v).abs();
        Coba { gain_per_v, limit: f64::INFINITY, reference_v, floored: false }
    }

    /// Factor on the synaptic current at a distance `d` in V.
    #[inline(always)]
    #[must_use]
    pub fn factor(&self, d: f64) -> f64 {
        let change = Ota { g_us: self.gain_per_v, limit_ua: self.limit }.current(d);
        let factor = 1.0 + change;
        if self.floored { factor.max(0.0) } else { factor }
    }
}

/// The exponential term: `min(g D_T exp((V - V_T) / D_T), limit)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Exponential {
    /// Prefactor in uS.
    pub g_us: f64,
    /// Slope factor D_T in V.
    pub delta_t_v: f64,
    /// Exponential threshold V_T in V.
    pub v_t_v: f64,
    /// Largest current in uA; infinite for the ideal model.
    pub limit_ua: f64,
}

/// The adaptation node, a capacitor of its own with the potential V_w:
/// `C_w V_w' = -g_tau (V_w - V_ref) + g_a (V - V_leak)` and the current `g_w (V_w - V_ref)` out of the membrane.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Adaptation {
    /// Capacitance of the node in pF.
    pub c_pf: f64,
    /// Conductance towards `v_ref_v` in uS.
    pub g_tau_us: f64,
    /// Transconductance from the membrane in uS, with its sign.
    pub g_a_us: f64,
    /// Membrane potential without effect on the node, in V.
    pub v_leak_v: f64,
    /// Resting potential of the node in V.
    pub v_ref_v: f64,
    /// Transconductance onto the membrane in uS.
    pub g_w_us: f64,
    /// What a spike does to the node.
    pub pulse: Pulse,
    /// The current flows while the membrane is reset too. The circuit does not gate it; the reference equations do.
    pub in_reset: bool,
}

/// Spike-triggered adaptation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Pulse {
    /// The ideal model: the node jumps.
    Jump {
        /// By this much, in V, with its sign.
        dv_v: f64,
    },
    /// The circuit: a current for a fixed time.
    Current {
        /// In uA, with its sign.
        i_ua: f64,
        /// Its length in us.
        width_us: f64,
    },
}

impl Default for Pulse {
    fn default() -> Self {
        Pulse::Jump { dv_v: 0.0 }
    }
}

/// What pulls the membrane while it is reset.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum ResetDrive {
    /// The ideal model: the membrane is held.
    Clamp {
        /// At this potential, in V.
        v_v: f64,
    },
    /// The leak amplifier with its second bias and potential.
    Amplifier {
        /// The amplifier.
        ota: Ota,
        /// The potential it pulls to, in V.
        v_v: f64,
    },
}

/// Everything the membrane of one atomic neuron depends on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Circuit {
    /// Membrane capacitance in pF.
    pub c_pf: f64,
    /// Leak amplifier; off while the membrane is reset.
    pub leak: Ota,
    /// The potential it pulls to, in V.
    pub v_leak_v: f64,
    /// Reset, active in the reset phase only.
    pub reset: ResetDrive,
    /// Excitatory and inhibitory input.
    pub inputs: [SynapticInput; 2],
    /// Exponential term, if switched on.
    pub exponential: Option<Exponential>,
    /// Adaptation, if switched on.
    pub adaptation: Option<Adaptation>,
    /// Constant membrane current in uA, with its sign.
    pub i_offset_ua: f64,
    /// What is blocked while the membrane is reset.
    pub pause: Pause,
    /// Lowest and highest membrane potential in V; `None`: without bounds that matter.
    pub rails_v: Option<[f64; 2]>,
    /// Currents out of the membrane (inhibition, negative offset) fade towards the lower rail: full from start + span on, none
    /// below start, both in V (electronicvisions/brainscales2-demos, figures of the single-neuron tutorials: 0.05, 0.30).
    pub sink_compliance: Option<[f64; 2]>,
}

/// What a neuron blocks while its membrane is reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Pause {
    /// Nothing: `enable_pause` off.
    #[default]
    Nothing,
    /// Synaptic inputs and exponential term: `enable_pause` on.
    Inputs,
    /// The exponential term alone, as in the reference equations of the ideal model.
    Exponential,
}

impl Default for Circuit {
    fn default() -> Self {
        Circuit {
            c_pf: 2.4,
            leak: Ota::OFF,
            v_leak_v: 0.0,
            reset: ResetDrive::Amplifier { ota: Ota::OFF, v_v: 0.0 },
            inputs: [SynapticInput::default(); 2],
            exponential: None,
            adaptation: None,
            i_offset_ua: 0.0,
            pause: Pause::Nothing,
            rails_v: None,
            sink_compliance: None,
        }
    }
}
