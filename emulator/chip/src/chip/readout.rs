//! What the converters see: readout amplifiers, and what the channels of the CADC are connected to.

use super::{CadcRow, Chip};
use crate::analog::correlation::Branch;
use crate::analog::neuron_parameters::{NeuronParameters, Polarity};
use crate::omnibus::{ColumnSwitch, Synram};
use crate::time::Time;
use hx_isa::field;
use serde::{Deserialize, Serialize};

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
    pub gain: f64,
    source: Source,
    /// Connected to the shared line of its hemisphere and parity.
    pub on_line: bool,
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
pub(super) enum Input {
    Neuron(usize),
    /// A constant voltage.
    Fixed(f64),
}

impl Chip {
    /// Output of a neuron's readout amplifier in V.
    pub(super) fn tap_voltage(&self, neuron: usize, at: Time) -> f64 {
        let tap = &self.taps[neuron];
        tap.gain
            * match tap.source {
                Source::Membrane => self.neurons.voltage(neuron, at),
                Source::ExcitatoryLine => self.line_v(neuron, Polarity::Excitatory, at),
                Source::InhibitoryLine => self.line_v(neuron, Polarity::Inhibitory, at),
                Source::Adaptation => self.neurons.peek(neuron, at).v_w,
            }
    }

    /// Voltage of a synaptic line: events pull it down. Without the bias of the synaptic inputs there is none.
    pub(super) fn line_v(&self, neuron: usize, polarity: Polarity, at: Time) -> f64 {
        let voltages = self.neurons.peek(neuron, at);
        let x = [voltages.x_e, voltages.x_i][polarity as usize];
        let support = self.blocks[NeuronParameters::block_of(neuron)].synaptic_input_support;
        support * (self.instance.config.constants.readout.line_rest_v - x)
    }

    /// What the causal and acausal channel of a column are connected to.
    pub(super) fn cadc_inputs(
        &self,
        hemisphere: usize,
        row: CadcRow,
        column: usize,
        debug_v: [f64; 2],
    ) -> [Input; 2] {
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
                Input::Fixed(debug_v[branch as usize])
            } else if closed(internal) {
                Input::Fixed(self.correlation_v(hemisphere, row, column, branch))
            } else {
                Input::Fixed(0.0)
            }
        })
    }
}
