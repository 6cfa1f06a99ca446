//! What the converters see: readout amplifiers, debug lines, and the conversions themselves.

use super::{CadcRow, Chip, HEMISPHERES};
use crate::analog::cell::{self, Cell};
use crate::analog::converter::{CadcRamp, cadc_code, madc_code};
use crate::analog::correlation::Branch;
use crate::exponential::exp;
use crate::omnibus::{ColumnSwitch, Synram};
use crate::output::ChipPayload;
use crate::random::{extend, fast_gaussian, purpose};
use crate::readout::{RowSamples, cadc};
use crate::time::Time;
use hx_isa::field;
use hx_isa::regmap::Register;
use hx_isa::regmap::register::{
    CADCChannelConfig, CapMemBlockConfig, CommonCorrelationConfig, PadMultiplexerConfig,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The node a neuron's readout amplifier is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Source {
    /// The membrane.
    #[default]
    Membrane,
    /// The excitatory synaptic line.
    ExcitatoryLine,
    /// The inhibitory synaptic line.
    InhibitoryLine,
    /// The adaptation node.
    Adaptation,
}

/// Readout of one neuron.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Tap {
    /// Gain of the readout amplifier; zero without bias or when it is off.
    gain: f64,
    source: Source,
    /// Connected to the shared line of its hemisphere and parity.
    on_line: bool,
}

impl Tap {
    /// From NeuronConfig and the gain of the amplifier.
    pub fn new(words: &[u32], gain: f64) -> Tap {
        let source = match field!(NeuronConfig.readout_source).get(words) {
            0 => Source::Membrane,
            1 => Source::ExcitatoryLine,
            2 => Source::InhibitoryLine,
            _ => Source::Adaptation,
        };
        Tap { gain, source, on_line: field!(NeuronConfig.enable_readout).is_set(words) }
    }
}

/// What a CADC channel is connected to.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Input {
    Neuron(usize),
    /// A constant voltage.
    Fixed(f64),
}

impl Chip {
    /// Output of a neuron's readout amplifier in V.
    fn tap_voltage(&self, neuron: usize, at: Time) -> f64 {
        let tap = &self.taps[neuron];
        let line_rest_v = self.instance.config.constants.readout.line_rest_v;
        tap.gain
            * match tap.source {
                Source::Membrane => self.neurons.voltage(neuron, at),
                Source::ExcitatoryLine => line_rest_v - self.neurons.peek(neuron, at).x_e,
                Source::InhibitoryLine => line_rest_v - self.neurons.peek(neuron, at).x_i,
                Source::Adaptation => self.neurons.peek(neuron, at).v_w,
            }
    }

    /// Converts a hemisphere at `start` and latches its 512 samples.
    pub(super) fn convert_row(&mut self, hemisphere: usize, row: CadcRow, start: Time) {
        self.rebuild();
        let settings = self.cadc_settings[hemisphere];
        if !settings.enable {
            return;
        }
        self.cadc_conversions += 1;
        self.prepare_row(hemisphere, row);
        let debug_v = self.debug_line_v();
        let mut samples = RowSamples::default();
        for column in 0..cadc::COLUMNS {
            let inputs = self.cadc_inputs(hemisphere, row, column, debug_v);
            for (kind, input) in inputs.into_iter().enumerate() {
                samples.channel[kind][column] = self.convert_channel(hemisphere, kind, column, input, start);
            }
        }
        self.cadc_latched[hemisphere] = Arc::new(samples);
    }

    /// What the causal and acausal channel of a column are connected to.
    fn cadc_inputs(&self, hemisphere: usize, row: CadcRow, column: usize, debug_v: f64) -> [Input; 2] {
        use ColumnSwitch::{
            CadcNeuronReadoutAcausal, CadcNeuronReadoutCausal, DebugAcausal, DebugCausal, InternalAcausal,
            InternalCausal,
        };
        let synram: &Synram = self.omnibus.synram(hemisphere);
        [
            (Branch::Causal, CadcNeuronReadoutCausal, InternalCausal, DebugCausal),
            (Branch::Acausal, CadcNeuronReadoutAcausal, InternalAcausal, DebugAcausal),
        ]
        .map(|(branch, neuron, internal, debug)| {
            let closed = |switch| synram.switch(switch, column);
            if closed(internal) && closed(neuron) {
                Input::Neuron(256 * hemisphere + column)
            } else if closed(debug) {
                Input::Fixed(debug_v)
            } else if closed(internal) {
                Input::Fixed(self.correlation_v(hemisphere, row, column, branch))
            } else {
                Input::Fixed(0.0)
            }
        })
    }

    /// Ramp of the channels of a column; the offset voltage of either side may be taken from the other.
    fn ramp(&self, hemisphere: usize, column: usize) -> CadcRamp {
        let words = self.omnibus.registers().words(CommonCorrelationConfig::INDEX, hemisphere);
        let right = column >= 128;
        let swapped = if right {
            field!(CommonCorrelationConfig.select_voltage_right).is_set(words)
        } else {
            field!(CommonCorrelationConfig.select_voltage_left).is_set(words)
        };
        let own = &self.blocks[2 * hemisphere + usize::from(right)].cadc_ramp;
        let offset_from = &self.blocks[2 * hemisphere + usize::from(right != swapped)].cadc_ramp;
        CadcRamp { offset_v: offset_from.offset_v, lsb_v: own.lsb_v }
    }

    fn convert_channel(
        &self,
        hemisphere: usize,
        kind: usize,
        column: usize,
        input: Input,
        start: Time,
    ) -> u8 {
        const CADC: u64 = purpose("CADC noise");
        let constants = &self.instance.config.constants;
        let channel = 512 * hemisphere + 256 * kind + column;
        let key = extend(extend(extend(self.run_key(), CADC), self.cadc_conversions), channel as u64);
        let noise_lsb = if self.noisy() { constants.cadc.noise_lsb * fast_gaussian(key) } else { 0.0 };
        let ramp = self.ramp(hemisphere, column);
        let deviation = &self.instance.deviations.cadc[channel];
        let reset_wait = self.cadc_settings[hemisphere].reset_wait;
        let voltage = |at| match input {
            Input::Neuron(neuron) => self.tap_voltage(neuron, at),
            Input::Fixed(v) => v,
        };
        let count = cadc::sample(start, reset_wait, &ramp, deviation, noise_lsb, constants, voltage);
        let words = self.omnibus.registers().words(CADCChannelConfig::INDEX, channel);
        cadc_code(count, field!(CADCChannelConfig.offset).get_signed(words) as i8)
    }

    /// Voltage of the CADC debug line: the CapMem debug output where the pad multiplexers connect both to a pad, else ground.
    fn debug_line_v(&self) -> f64 {
        (0..2).find_map(|pad| self.pad_voltage(pad)).unwrap_or(0.0)
    }

    fn pad_voltage(&self, pad: usize) -> Option<f64> {
        let words = self.omnibus.registers().words(PadMultiplexerConfig::INDEX, pad);
        let on = |value: hx_isa::regmap::Value| value.is_set(words);
        let debug_line = on(field!(PadMultiplexerConfig.synapse_intermediate_mux_to_pad))
            && (on(field!(PadMultiplexerConfig.cadc_debug_causal_to_synapse_intermediate_mux))
                || on(field!(PadMultiplexerConfig.cadc_debug_acausal_to_synapse_intermediate_mux)));
        let capmem = on(field!(PadMultiplexerConfig.capmem_intermediate_mux_to_pad))
            && on(field!(PadMultiplexerConfig.capmem_v_out_mux_to_capmem_intermediate_mux));
        let blocks = [
            field!(PadMultiplexerConfig, "capmem_v_out_mux[0]"),
            field!(PadMultiplexerConfig, "capmem_v_out_mux[1]"),
            field!(PadMultiplexerConfig, "capmem_v_out_mux[2]"),
            field!(PadMultiplexerConfig, "capmem_v_out_mux[3]"),
        ];
        let block = blocks.into_iter().position(on)?;
        if debug_line && capmem { self.capmem_debug_v(block) } else { None }
    }

    /// Voltage of the CapMem cell that the debug readout of a block selects.
    fn capmem_debug_v(&self, block: usize) -> Option<f64> {
        let words = self.omnibus.registers().words(CapMemBlockConfig::INDEX, block);
        let hot = field!(CapMemBlockConfig.hotbit_capmem_row).get(words);
        let row = (cell::ROWS - 1).checked_sub(hot.checked_ilog2()? as usize)?;
        let column = field!(CapMemBlockConfig.capmem_column).get(words) as usize;
        Cell::new(block, row, column).map(|cell| self.values.get(cell))
    }

    /// Finds the neurons on the two inputs of the MADC's multiplexer.
    pub(super) fn rebuild_madc_sources(&mut self) {
        let words =
            self.omnibus.registers().words(hx_isa::regmap::register::ReadoutSourceSelection::INDEX, 0);
        let buffers = [
            [
                field!(ReadoutSourceSelection, "buffer[0].neuron_even[top]"),
                field!(ReadoutSourceSelection, "buffer[0].neuron_odd[top]"),
                field!(ReadoutSourceSelection, "buffer[0].neuron_even[bottom]"),
                field!(ReadoutSourceSelection, "buffer[0].neuron_odd[bottom]"),
            ],
            [
                field!(ReadoutSourceSelection, "buffer[1].neuron_even[top]"),
                field!(ReadoutSourceSelection, "buffer[1].neuron_odd[top]"),
                field!(ReadoutSourceSelection, "buffer[1].neuron_even[bottom]"),
                field!(ReadoutSourceSelection, "buffer[1].neuron_odd[bottom]"),
            ],
        ]
        .map(|lines| lines.map(|line| line.is_set(words)));
        for (buffer, lines) in buffers.iter().enumerate() {
            let neurons = (0..256 * HEMISPHERES as u16).filter(|&neuron| {
                let line = 2 * (neuron / 256) + neuron % 2;
                lines[usize::from(line)] && self.taps[usize::from(neuron)].on_line
            });
            self.madc_sources[buffer] = Arc::new(neurons.collect());
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
            let voltage = self.madc_voltage(usize::from(due.input), due.at);
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
            let value = madc_code(voltage, self.instance.deviations.madc_gain, noise_lsb, constants);
            self.emit(due.at, ChipPayload::Madc { value, channel: due.input });
        }
    }

    /// Mean of the readout amplifiers on an input of the multiplexer; ground without any.
    fn madc_voltage(&self, input: usize, at: Time) -> f64 {
        let neurons = &self.madc_sources[input];
        if neurons.is_empty() {
            return 0.0;
        }
        let sum: f64 = neurons.iter().map(|&neuron| self.tap_voltage(usize::from(neuron), at)).sum();
        sum / neurons.len() as f64
    }
}
