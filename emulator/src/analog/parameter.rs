//! The parameters of each model: names, units, defaults and what they may be. Names and equations are those of the reference
//! vectors.

use std::fmt::Write;

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Any finite number.
    Any,
    /// Above zero.
    Positive,
    /// Zero or above.
    NotNegative,
    /// Zero to one.
    Share,
    /// Above zero, or `None`.
    PositiveOrNone,
    /// True or false.
    Flag,
    /// A whole number from zero on.
    Index,
}

/// What a parameter is if it is not given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fallback {
    /// This number.
    Number(f64),
    /// This flag.
    Flag(bool),
    /// As another parameter.
    As(&'static str),
    /// Not used.
    Absent,
    /// It must be given.
    Required,
}

/// One parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParameterRow {
    /// Name.
    pub name: &'static str,
    /// Unit; empty: none.
    pub unit: &'static str,
    /// What it may be.
    pub domain: Domain,
    /// What it is if not given.
    pub fallback: Fallback,
    /// What it is for.
    pub meaning: &'static str,
}

/// A model: its parameters and what tells it from the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Model {
    /// Name.
    pub name: &'static str,
    /// A sentence.
    pub summary: &'static str,
    /// Its parameters; those of compartments have the prefix `comp0.`, `comp1.` and so on in headers.
    pub rows: &'static [ParameterRow],
}

/// Declares rows: name, unit, domain, default, meaning.
macro_rules! rows {
    ($($name:literal $unit:literal $domain:ident $default:expr => $meaning:literal,)*) => {
        &[$(ParameterRow {
            name: $name, unit: $unit, domain: Domain::$domain, fallback: $default, meaning: $meaning,
        },)*]
    };
}

use Fallback::{Absent, As, Flag, Number, Required};

/// A neuron.
pub const NEURON: Model = Model {
    name: "neuron",
    summary: "leaky integrate-and-fire, with `coba` conductance-based inputs, with `exp` and `adapt` adaptive exponential",
    rows: rows! {
        "C" "pF" Positive Number(2.4) => "membrane capacitance",
        "gl" "uS" NotNegative Number(0.24) => "leak conductance",
        "El" "V" Any Number(0.37) => "leak potential",
        "Vth" "V" Any Number(0.56) => "threshold",
        "Vr" "V" Any Number(0.33) => "reset potential",
        "tref" "us" NotNegative Number(2.0) => "refractory period",
        "thold" "us" NotNegative Number(0.0) => "last part of it, in which the membrane is free",
        "taue" "us" Positive Number(5.0) => "time constant of the excitatory current",
        "taui" "us" Positive Number(5.0) => "time constant of the inhibitory current",
        "coba" "" Flag Flag(false) => "inputs depend on the membrane",
        "Ee" "V" Any Number(1.0) => "excitatory reversal potential",
        "Ei" "V" Any Number(0.2) => "inhibitory reversal potential",
        "Eref" "V" Any Number(0.4) => "potential at which inputs have their current-based strength",
        "exp" "" Flag Flag(false) => "exponential term",
        "VT" "V" Any Number(0.6) => "its threshold",
        "DT" "V" Positive Number(0.02) => "its slope factor",
        "gexp" "uS" NotNegative As("gl") => "its prefactor",
        "adapt" "" Flag Flag(false) => "adaptation",
        "a" "uS" Any Number(0.0) => "subthreshold adaptation",
        "b" "uA" Any Number(0.0) => "spike-triggered adaptation",
        "tauw" "us" Positive Number(100.0) => "its time constant",
        "Ew" "V" Any As("El") => "potential without adaptation",
        "greset" "uS" PositiveOrNone Absent => "reset conductance; without it the membrane is held",
        "V0" "V" Any As("El") => "membrane at the beginning",
        "w0" "uA" Any Number(0.0) => "adaptation current at the beginning",
        "spiking" "" Flag Flag(true) => "the threshold is watched",
        "T" "us" Positive Absent => "duration, in headers of vectors only",
    },
};

/// One of several compartments.
pub const COMPARTMENT: Model = Model {
    name: "compartments",
    summary: "`compartments: [(...), ...]`, joined by `g_ic: [(i, j, uS), ...]`; inputs `exc0`, `exc1`, ...",
    rows: rows! {
        "C" "pF" Positive Number(2.4) => "membrane capacitance",
        "gl" "uS" NotNegative Number(0.24) => "leak conductance",
        "El" "V" Any Number(0.37) => "leak potential, also at the beginning",
        "taus" "us" Positive Number(5.0) => "time constant of the synaptic current",
    },
};

/// The compartment that spikes.
pub const SOMA: Model = Model {
    name: "soma",
    summary: "`soma: (...)` beside `compartments`; without it nothing spikes",
    rows: rows! {
        "i" "" Index Number(0.0) => "number of the compartment that spikes",
        "Vth" "V" Any Required => "threshold",
        "Vr" "V" Any Required => "reset potential",
        "tref" "us" NotNegative Number(2.0) => "refractory period",
    },
};

/// A correlation sensor.
pub const CORRELATION: Model = Model {
    name: "correlation sensor",
    summary: "inputs `pre` and `post`",
    rows: rows! {
        "eta_causal" "" NotNegative Required => "what a causal pair without delay adds",
        "eta_acausal" "" NotNegative Required => "what an acausal pair without delay adds",
        "tau_causal_us" "us" Positive Required => "time constant of the causal branch",
        "tau_acausal_us" "us" Positive Required => "time constant of the acausal branch",
        "a_max" "" NotNegative Required => "most that a branch holds",
    },
};

/// Short-term plasticity of a synapse driver.
pub const PLASTICITY: Model = Model {
    name: "short-term plasticity",
    summary: "inputs `event`",
    rows: rows! {
        "U" "" Share Required => "share of the distance to the charge potential that an event covers",
        "tau_rec_us" "us" Positive Required => "time constant of recovery",
        "v_recover_lsb" "LSB" Any Required => "potential it recovers to",
        "v_charge_lsb" "LSB" Any Required => "potential events pull towards",
        "v_full_pulse_lsb" "LSB" Any Required => "potential up to which pulses are full",
        "v_span_lsb" "LSB" Positive Required => "from there to the potential without pulse",
    },
};

/// All models, in the order of the help.
pub const MODELS: [Model; 5] = [NEURON, COMPARTMENT, SOMA, CORRELATION, PLASTICITY];

/// The parameters as text, for the help of the verb.
#[must_use]
pub fn help() -> String {
    let mut text = String::new();
    for model in MODELS {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}: {}", model.name, model.summary);
        for row in model.rows {
            let default = match row.fallback {
                Number(number) => number.to_string(),
                Flag(flag) => flag.to_string(),
                As(name) => name.to_owned(),
                Absent => "None".to_owned(),
                Required => "-".to_owned(),
            };
            let _ = writeln!(text, "  {:<17}{:<5}{:<7}{}", row.name, row.unit, default, row.meaning);
        }
    }
    text
}
