//! Synaptic lines on the debug line: while a column connects its line to it, the line has the voltage that a pad supplies;
//! opened, the line starts from there. So software presets lines on which charges of vector-matrix products are collected
//! (electronicvisions calix: src/py/calix/hagen/multiplication.py).

use super::Chip;
use crate::omnibus::ColumnSwitch;
use hx_isa::field;
use hx_isa::regmap::register::PadMultiplexerConfig;

/// Switches from a column's lines to its neuron, excitatory and inhibitory.
const CURRENT: [ColumnSwitch; 2] =
    [ColumnSwitch::SynapticCurrentExcitatory, ColumnSwitch::SynapticCurrentInhibitory];
/// Switches from a column's lines to the debug lines.
const DEBUG: [ColumnSwitch; 2] = [ColumnSwitch::DebugExcitatory, ColumnSwitch::DebugInhibitory];

impl Chip {
    /// Voltage on the synaptic debug line of a polarity, V; `None` where no pad is connected to it.
    fn synapse_debug_v(&self, line: usize) -> Option<f64> {
        let connected = |pad: usize| {
            let words = self.words::<PadMultiplexerConfig>(pad);
            let to_mux = [
                field!(PadMultiplexerConfig.synin_debug_excitatory_to_synapse_intermediate_mux),
                field!(PadMultiplexerConfig.synin_debug_inhibitory_to_synapse_intermediate_mux),
            ];
            to_mux[line].is_set(words)
                && field!(PadMultiplexerConfig.synapse_intermediate_mux_to_pad).is_set(words)
        };
        let pad = (0..2).find(|&pad| connected(pad))?;
        self.board.pads_v[pad].or(Some(self.instance.config.constants.synapse.debug_line_v))
    }

    /// Follows the switches of a neuron's lines, now: which of them hand on charges. A line on the debug line takes its voltage
    /// when connected and again when let go.
    pub(super) fn rebuild_lines(&mut self, neuron: usize) -> [bool; 2] {
        let (hemisphere, column) = (neuron / 256, neuron % 256);
        let closed = |switch| self.omnibus.synram(hemisphere).switch(switch, column);
        let connected = CURRENT.map(closed);
        let debug = DEBUG.map(closed);
        let held_before = self.held_lines[hemisphere].map(|set| set.contains(column));
        if debug == [false; 2] && held_before == [false; 2] {
            return connected;
        }
        [0, 1].map(|line: usize| {
            let debug_v = self.synapse_debug_v(line);
            let held = connected[line] && debug[line] && debug_v.is_some();
            if held != held_before[line] {
                let supply_v = self.instance.config.constants.synapse.line_supply_v;
                let v = debug_v.unwrap_or(supply_v);
                self.neurons.preset(neuron, line, (supply_v - v).max(0.0), self.now);
                let set = &mut self.held_lines[hemisphere][line];
                if held { set.insert(column) } else { set.remove(column) }
            }
            connected[line] && !held
        })
    }
}
