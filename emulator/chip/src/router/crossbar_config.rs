//! Decoded configuration of the crossbar: the label filters of its 76 nodes, the slow and counter bits of its outputs, and which
//! PADI buses take its events. A derived value, rebuilt from the registers `CrossbarNode`, `CrossbarOutputConfig` and
//! `CommonPADIBusConfig` (haldls:include/haldls/vx/routing_crossbar.h, padi.h).

use super::label::NEURON_LABEL_MASK;
use super::topology::{FIRST_L2_OUTPUT, INPUTS, NODES, OUTPUTS, PLACES, first_node};
use serde::{Deserialize, Serialize};

/// Network cycles between two events of a PADI output: one event per 8 ns
/// (brainscales2-demos: tp_00-introduction.rst names 125 MEvent/s).
pub const PADI_INTERVAL_CYCLES: u8 = 2;
/// Network cycles between two events of an L2 output.
pub const L2_INTERVAL_CYCLES: u8 = 1;
/// The same with `enable_slow`. Its effect on hardware is not public; half the rate is assumed.
pub const L2_SLOW_INTERVAL_CYCLES: u8 = 2;

/// `CrossbarNode`: an event passes iff `label & mask == target`. The default is the reset state and passes everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NodeConfig {
    /// Label bits that are compared (14 bits).
    pub mask: u16,
    /// Their required value (14 bits).
    pub target: u16,
    /// Whether a loss at this node counts in the drop counter of its input.
    pub enable_drop_counter: bool,
}

impl NodeConfig {
    /// Passes every label.
    pub const PASS_ALL: NodeConfig = NodeConfig { mask: 0, target: 0, enable_drop_counter: false };
    /// Passes no label.
    pub const DROP_ALL: NodeConfig = NodeConfig { mask: 0, target: 1, enable_drop_counter: false };
}

/// `CrossbarOutputConfig`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OutputConfig {
    /// Bit `i`: slow mode of L2 output `i`.
    pub enable_slow: u8,
    /// Bit `j`: count the events leaving crossbar output `j`.
    pub enable_event_counter: u16,
}

/// Everything the crossbar's behaviour depends on, laid out for the event loop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrossbarConfig {
    /// Mask and target by node number.
    pub(super) filters: Vec<(u16, u16)>,
    /// Per input, bit `p`: node `first_node(input) + p` can pass some label at all.
    pub(super) passable: [u16; INPUTS],
    /// Per input, bit `p`: losses at that node are counted.
    pub(super) counts_drops: [u16; INPUTS],
    /// Per output: cycles until the next event may leave.
    pub(super) intervals: [u8; OUTPUTS],
    /// Bit per output: events are counted.
    pub(super) counts_events: u16,
    /// Bit per output: events that leave are taken by somebody.
    pub(super) taken: u16,
}

impl Default for CrossbarConfig {
    /// The state after reset: all nodes pass, no counters, no PADI bus takes crossbar events.
    fn default() -> Self {
        CrossbarConfig::new(&[NodeConfig::PASS_ALL; NODES], OutputConfig::default(), 0)
    }
}

impl CrossbarConfig {
    /// From the nodes in node order, the output configuration and the `enable_spl1` bits of the eight PADI buses (bit `4*h + bus`).
    #[must_use]
    pub fn new(nodes: &[NodeConfig; NODES], outputs: OutputConfig, enable_spl1: u8) -> Self {
        let mut config = CrossbarConfig {
            filters: vec![(0, 0); NODES],
            passable: [0; INPUTS],
            counts_drops: [0; INPUTS],
            intervals: [PADI_INTERVAL_CYCLES; OUTPUTS],
            counts_events: 0,
            taken: 0,
        };
        for (number, node) in nodes.iter().enumerate() {
            config.set_node(number, *node);
        }
        config.set_outputs(outputs);
        config.set_enable_spl1(enable_spl1);
        config
    }

    /// Replaces one node (0..76).
    ///
    /// # Panics
    /// If `number` is not below 76.
    pub fn set_node(&mut self, number: usize, node: NodeConfig) {
        let (mask, target) = (node.mask & NEURON_LABEL_MASK, node.target & NEURON_LABEL_MASK);
        let input = PLACES[number].input as usize;
        let bit = 1 << (number - first_node(input));
        self.filters[number] = (mask, target);
        set_bits(&mut self.passable[input], bit, target & !mask == 0);
        set_bits(&mut self.counts_drops[input], bit, node.enable_drop_counter);
    }

    /// Replaces the output configuration.
    pub fn set_outputs(&mut self, outputs: OutputConfig) {
        self.counts_events = outputs.enable_event_counter;
        for (i, interval) in self.intervals[FIRST_L2_OUTPUT..].iter_mut().enumerate() {
            let slow = outputs.enable_slow >> i & 1 == 1;
            *interval = if slow { L2_SLOW_INTERVAL_CYCLES } else { L2_INTERVAL_CYCLES };
        }
    }

    /// Replaces the `enable_spl1` bits (bit `4*h + bus`). Events towards a bus that does not listen still leave their output, and
    /// are counted there, but are lost (default: nothing public says that a deaf bus blocks its output).
    pub fn set_enable_spl1(&mut self, enable_spl1: u8) {
        self.taken = 0xf00 | u16::from(enable_spl1);
    }
}

fn set_bits(word: &mut u16, bits: u16, on: bool) {
    *word = if on { *word | bits } else { *word & !bits };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reset_passes_everything_to_deaf_buses() {
        let config = CrossbarConfig::default();
        assert_eq!(config.passable[0], 0b111);
        assert_eq!(config.passable[8], 0x1ff);
        assert_eq!(config.passable[19], 0b11);
        assert_eq!(config.taken, 0xf00);
        assert_eq!(config.intervals, [2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1]);
    }

    #[test]
    fn one_node_changes_nothing_else() {
        let mut config = CrossbarConfig::default();
        config.set_node(28, NodeConfig::DROP_ALL);
        assert_eq!(config.passable[8], 0x1ff & !(1 << 4));
        config.set_node(28, NodeConfig { mask: 0xffff, target: 0x1234, enable_drop_counter: true });
        assert_eq!(config.filters[28], (0x3fff, 0x1234));
        assert_eq!((config.passable[8], config.counts_drops[8]), (0x1ff, 1 << 4));
        config.set_node(28, NodeConfig::PASS_ALL);
        assert_eq!(config, CrossbarConfig::default());
    }

    #[test]
    fn slow_bits_are_those_of_the_l2_outputs() {
        let mut config = CrossbarConfig::default();
        config.set_outputs(OutputConfig { enable_slow: 0b0101, enable_event_counter: 0xfff });
        assert_eq!(config.intervals[8..], [2, 1, 2, 1]);
    }
}
