//! The MADC in the chip: what its multiplexer is connected to, and its samples.

use super::{Chip, HEMISPHERES, clocks};
use crate::analog::converter::madc_code;
use crate::analog::neuron_parameters::Polarity;
use crate::exponential::exp;
use crate::omnibus::ColumnSwitch;
use crate::output::ChipPayload;
use crate::random::{extend, fast_gaussian, purpose};
use crate::readout::MadcInput;
use crate::readout::madc::DEFAULT_CLOCK;
use crate::time::Time;
use hx_isa::field;
use hx_isa::regmap::Value;
use hx_isa::regmap::register::ReadoutSourceSelection;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What drives an input of the multiplexer; several share it evenly.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sources {
    /// Readout amplifiers of neurons.
    amplifiers: Vec<u16>,
    /// Synaptic lines of neurons: excitatory, inhibitory.
    lines: [Vec<u16>; 2],
    /// Pads.
    pads: [bool; 2],
}

/// Fields of a multiplexer: lines of the neurons (top even and odd, bottom even and odd), debug lines of the CADC (causal,
/// acausal), of the synaptic lines (excitatory, inhibitory), pads.
struct Multiplexer {
    neurons: [Value; 4],
    cadc: [Value; 2],
    lines: [Value; 2],
    pads: [Value; 2],
}

const MULTIPLEXERS: [Multiplexer; 2] = [
    Multiplexer {
        neurons: [
            field!(ReadoutSourceSelection, "buffer[0].neuron_even[top]"),
            field!(ReadoutSourceSelection, "buffer[0].neuron_odd[top]"),
            field!(ReadoutSourceSelection, "buffer[0].neuron_even[bottom]"),
            field!(ReadoutSourceSelection, "buffer[0].neuron_odd[bottom]"),
        ],
        cadc: [
            field!(ReadoutSourceSelection, "buffer[0].cadc_debug_causal"),
            field!(ReadoutSourceSelection, "buffer[0].cadc_debug_acausal"),
        ],
        lines: [
            field!(ReadoutSourceSelection, "buffer[0].synin_debug_excitatory"),
            field!(ReadoutSourceSelection, "buffer[0].synin_debug_inhibitory"),
        ],
        pads: [
            field!(ReadoutSourceSelection, "buffer[0].debug_plus"),
            field!(ReadoutSourceSelection, "buffer[0].debug_minus"),
        ],
    },
    Multiplexer {
        neurons: [
            field!(ReadoutSourceSelection, "buffer[1].neuron_even[top]"),
            field!(ReadoutSourceSelection, "buffer[1].neuron_odd[top]"),
            field!(ReadoutSourceSelection, "buffer[1].neuron_even[bottom]"),
            field!(ReadoutSourceSelection, "buffer[1].neuron_odd[bottom]"),
        ],
        cadc: [
            field!(ReadoutSourceSelection, "buffer[1].cadc_debug_causal"),
            field!(ReadoutSourceSelection, "buffer[1].cadc_debug_acausal"),
        ],
        lines: [
            field!(ReadoutSourceSelection, "buffer[1].synin_debug_excitatory"),
            field!(ReadoutSourceSelection, "buffer[1].synin_debug_inhibitory"),
        ],
        pads: [
            field!(ReadoutSourceSelection, "buffer[1].debug_plus"),
            field!(ReadoutSourceSelection, "buffer[1].debug_minus"),
        ],
    },
];

/// Column switches from a causal or acausal line to the neuron's amplifier and to the shared debug line.
const DEBUG_LINES: [[ColumnSwitch; 2]; 2] = [
    [ColumnSwitch::CadcNeuronReadoutCausal, ColumnSwitch::DebugCausal],
    [ColumnSwitch::CadcNeuronReadoutAcausal, ColumnSwitch::DebugAcausal],
];
/// Column switches from a synaptic line to its debug line.
const LINE_DEBUGS: [ColumnSwitch; 2] = [ColumnSwitch::DebugExcitatory, ColumnSwitch::DebugInhibitory];

impl Chip {
    /// Period of the MADC's clock, if it runs: 500 MHz until the PLLs are configured.
    pub(super) fn madc_clock(&self) -> Option<Time> {
        let registers = self.omnibus.registers();
        match clocks::configured(registers) {
            true => clocks::period(registers, clocks::MADC),
            false => Some(DEFAULT_CLOCK),
        }
    }

    /// Finds what is on the two inputs of the MADC's multiplexer.
    pub(super) fn rebuild_madc_sources(&mut self) {
        for (number, multiplexer) in MULTIPLEXERS.iter().enumerate() {
            self.madc_sources[number] = Arc::new(self.sources(multiplexer));
        }
    }

    fn sources(&self, multiplexer: &Multiplexer) -> Sources {
        let words = self.words::<ReadoutSourceSelection>(0);
        let on = |value: &Value| value.is_set(words);
        let lines = multiplexer.neurons.each_ref().map(on);
        let debugs = multiplexer.cadc.each_ref().map(on);
        let closed = |switch, neuron: u16| {
            self.omnibus.synram(usize::from(neuron / 256)).switch(switch, usize::from(neuron % 256))
        };
        let shown = |neuron: u16| {
            let line = 2 * (neuron / 256) + neuron % 2;
            let on_line = lines[usize::from(line)] && self.taps[usize::from(neuron)].on_line;
            let mut debug = debugs.iter().zip(DEBUG_LINES).filter(|(on, _)| **on);
            on_line || debug.any(|(_, switches)| switches.into_iter().all(|switch| closed(switch, neuron)))
        };
        let any_amplifier = lines.iter().chain(&debugs).any(|on| *on);
        let neurons = 0..256 * HEMISPHERES as u16;
        // An amplifier without bias, or switched off, drives nothing.
        let works = |neuron: &u16| self.taps[usize::from(*neuron)].gain != 0.0;
        Sources {
            amplifiers: match any_amplifier {
                true => neurons.clone().filter(works).filter(|&neuron| shown(neuron)).collect(),
                false => Vec::new(),
            },
            lines: [0, 1].map(|polarity| match on(&multiplexer.lines[polarity]) {
                true => neurons.clone().filter(|&neuron| closed(LINE_DEBUGS[polarity], neuron)).collect(),
                false => Vec::new(),
            }),
            pads: multiplexer.pads.each_ref().map(on),
        }
    }

    /// Takes all MADC samples due by `until`; must run before anything changes the state of a neuron at `until`.
    pub(super) fn sample_madc(&mut self, until: Time) {
        const MADC: u64 = purpose("MADC noise");
        if !self.madc.recording() {
            return;
        }
        let settings = self.madc_settings;
        while let Some(due) = self.madc.take(until, &settings) {
            let voltage = match settings.input {
                MadcInput::Ground => 0.0,
                MadcInput::Multiplexer => self.multiplexer_v(usize::from(due.input), due.at),
                MadcInput::Pads => (0..2).find_map(|pad| self.pad_v(pad, due.at)).unwrap_or(0.0),
            };
            let constants = &self.instance.config.constants;
            let noise_lsb = match self.noisy() {
                true => {
                    let startup = constants.madc.startup_error_lsb
                        * exp(-(due.index as f64) / constants.madc.startup_samples);
                    let key = extend(extend(self.run_key(), MADC), due.step);
                    constants.madc.noise_lsb * fast_gaussian(key) + startup
                }
                false => 0.0,
            };
            let gain = self.instance.deviations.madc_gain * settings.gain;
            let value = madc_code(voltage, gain, noise_lsb, constants);
            self.emit(due.at, ChipPayload::Madc { value, channel: due.input });
        }
    }

    /// Mean of what drives an input (0, 1) of the multiplexer; ground without anything.
    pub(super) fn multiplexer_v(&self, input: usize, at: Time) -> f64 {
        let sources = &self.madc_sources[input];
        let (mut sum, mut count) = (0.0, 0);
        for &neuron in &sources.amplifiers {
            sum += self.tap_voltage(usize::from(neuron), at);
            count += 1;
        }
        for (neurons, polarity) in sources.lines.iter().zip([Polarity::Excitatory, Polarity::Inhibitory]) {
            for &neuron in neurons {
                sum += self.line_v(usize::from(neuron), polarity, at);
                count += 1;
            }
        }
        for pad in (0..2).filter(|pad| sources.pads[*pad]) {
            if let Some(v) = self.debug_pad_v(pad) {
                sum += v;
                count += 1;
            }
        }
        if count == 0 { 0.0 } else { sum / f64::from(count) }
    }
}
