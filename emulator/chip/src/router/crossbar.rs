//! The crossbar: every event entering an input is offered to all nodes of that input, each node that passes it stores it in a
//! small FIFO, and each output serves its nodes round robin at its own rate. The depth of the FIFOs, the policy and the rates are
//! not public; defaults are one entry, round robin, and the rates of `crossbar_config.rs`.
//!
//! Order within one network cycle: outputs that are due first take events already waiting; then the events of this cycle enter;
//! then outputs that are still free take from the newcomers. An unobstructed event thus leaves in the cycle it entered, and
//! three labels handed over at once on one channel all reach an idle PADI bus. Idle time costs nothing: only cycles in which
//! something happens are visited.

use super::crossbar_config::CrossbarConfig;
use super::label::{NEURON_LABEL_MASK, SpikeLabel};
use super::topology::{FIRST_L2_OUTPUT, INPUTS, NODES, NODES_OF_OUTPUT, OUTPUTS, PLACES, first_node};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// "No event" among cycle numbers.
const NEVER: u64 = u64::MAX;
/// Output event counters have 24 bits.
const EVENT_COUNTER_MASK: u32 = 0x00ff_ffff;

/// An event that left the crossbar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routed {
    /// Network cycle at which it left.
    pub cycle: u64,
    /// Crossbar output: 0..8 PADI buses (`4*h + bus`), 8..12 L2 outputs 0..3.
    pub output: u8,
    /// The neuron label (14 bits); on an L2 output with the output's number in bits 15:14, as the host receives it.
    pub label: u16,
}

/// What one output has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Output {
    /// Earliest cycle of its next event.
    due: u64,
    /// Bit per rank: nodes with stored events.
    waiting: u8,
    /// Ranks above the one served last, the first to be looked at next.
    preferred: u8,
}

/// State of the crossbar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crossbar {
    /// Events that have not entered yet, per input, with their cycle of entry in increasing order.
    queues: Vec<VecDeque<(u64, u16)>>,
    /// Cycle of entry of the first event of each queue.
    fronts: [u64; INPUTS],
    /// First cycle each input still has room for.
    open: [u64; INPUTS],
    /// Bit per input: its queue holds events.
    offered: u32,
    outputs: [Output; OUTPUTS],
    /// Bit per output: some of its nodes hold events.
    waiting: u16,
    /// FIFO contents, `depth` places per node; unused places are zero.
    fifos: Vec<u16>,
    fills: Vec<u8>,
    depth: u8,
    /// First cycle that has not been worked off.
    cycle: u64,
    drops: [u16; INPUTS],
    events: [u32; OUTPUTS],
}

impl Default for Crossbar {
    fn default() -> Self {
        Crossbar::with_depth(1)
    }
}

impl Crossbar {
    /// An empty crossbar whose nodes hold up to `depth` events each (at least one).
    #[must_use]
    pub fn with_depth(depth: u8) -> Self {
        let depth = depth.max(1);
        Crossbar {
            queues: vec![VecDeque::new(); INPUTS],
            fronts: [NEVER; INPUTS],
            open: [0; INPUTS],
            offered: 0,
            outputs: [Output::default(); OUTPUTS],
            waiting: 0,
            fifos: vec![0; NODES * depth as usize],
            fills: vec![0; NODES],
            depth,
            cycle: 0,
            drops: [0; INPUTS],
            events: [0; OUTPUTS],
        }
    }

    /// Hands an event to `input` (0..20) to enter at `at_cycle`, or in the next cycle in which the input is free: an input takes one
    /// event per cycle. Events of one input keep the order of these calls. A cycle that [`Crossbar::advance`] has worked off is
    /// over; what is offered for it later enters in the following one.
    #[inline]
    pub fn offer(&mut self, input: usize, at_cycle: u64, label: u16) {
        let entry = at_cycle.max(self.open[input]).max(self.cycle);
        self.open[input] = entry + 1;
        if self.offered >> input & 1 == 0 {
            self.offered |= 1 << input;
            self.fronts[input] = entry;
        }
        self.queues[input].push_back((entry, label & NEURON_LABEL_MASK));
    }

    /// The next cycle in which an event enters or leaves; `None` when the crossbar is empty.
    #[inline]
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        let mut next = NEVER;
        for input in ones(self.offered) {
            next = next.min(self.fronts[input]);
        }
        for output in ones(u32::from(self.waiting)) {
            next = next.min(self.outputs[output].due);
        }
        (next != NEVER).then_some(next)
    }

    /// Works off every cycle up to and including `until_cycle` and appends the events that left, ordered by (cycle, output). The
    /// configuration must be the one in force during all these cycles.
    pub fn advance(&mut self, until_cycle: u64, config: &CrossbarConfig, out: &mut Vec<Routed>) {
        while let Some(cycle) = self.next().filter(|&cycle| cycle <= until_cycle) {
            self.step(cycle, config, out);
        }
    }

    /// Losses at the nodes of an input, modulo 2^16 (`CrossbarInputDropCounter`).
    #[must_use]
    pub fn drop_counter(&self, input: usize) -> u16 {
        self.drops[input]
    }

    /// Events that left an output, modulo 2^24 (`CrossbarOutputEventCounter`).
    #[must_use]
    pub fn event_counter(&self, output: usize) -> u32 {
        self.events[output]
    }

    fn step(&mut self, cycle: u64, config: &CrossbarConfig, out: &mut Vec<Routed>) {
        let start = out.len();
        if self.waiting != 0 {
            self.grant(cycle, config, out);
        }
        let early = out.len();
        for input in ones(self.offered) {
            if self.fronts[input] == cycle {
                self.enter(input, config);
            }
        }
        self.grant(cycle, config, out);
        if early > start && out.len() > early {
            out[start..].sort_unstable_by_key(|event| event.output);
        }
        self.cycle = cycle + 1;
    }

    /// Takes the first event of an input's queue and stores it in every node that passes it.
    #[inline]
    fn enter(&mut self, input: usize, config: &CrossbarConfig) {
        let Some((_, label)) = self.queues[input].pop_front() else { return };
        match self.queues[input].front() {
            Some(&(entry, _)) => self.fronts[input] = entry,
            None => {
                self.offered &= !(1 << input);
                self.fronts[input] = NEVER;
            }
        }
        let first = first_node(input);
        for position in ones(u32::from(config.passable[input])) {
            let (mask, target) = config.filters[first + position];
            if label & mask == target && !self.store(first + position, label) {
                let counted = config.counts_drops[input] >> position & 1;
                self.drops[input] = self.drops[input].wrapping_add(counted);
            }
        }
    }

    /// Puts a label into a node's FIFO; false if it is full.
    #[inline]
    fn store(&mut self, node: usize, label: u16) -> bool {
        let fill = self.fills[node];
        if fill == self.depth {
            return false;
        }
        self.fifos[node * self.depth as usize + fill as usize] = label;
        self.fills[node] = fill + 1;
        let place = PLACES[node];
        self.outputs[place.output as usize].waiting |= 1 << place.rank;
        self.waiting |= 1 << place.output;
        true
    }

    /// Lets one event leave from every output that is due and has one waiting.
    #[inline]
    fn grant(&mut self, cycle: u64, config: &CrossbarConfig, out: &mut Vec<Routed>) {
        for output in ones(u32::from(self.waiting)) {
            if self.outputs[output].due <= cycle {
                let label = self.take(output);
                self.outputs[output].due = cycle + u64::from(config.intervals[output]);
                let counted = u32::from(config.counts_events >> output & 1);
                self.events[output] = (self.events[output] + counted) & EVENT_COUNTER_MASK;
                if config.taken >> output & 1 == 1 {
                    out.push(Routed { cycle, output: output as u8, label: label_on(output, label) });
                }
            }
        }
    }

    /// Removes the event the round robin of `output` serves next.
    #[inline]
    fn take(&mut self, output: usize) -> u16 {
        let port = &mut self.outputs[output];
        let preferred = port.waiting & port.preferred;
        let rank = if preferred != 0 { preferred } else { port.waiting }.trailing_zeros();
        port.preferred = !(((2 << rank) - 1) as u8);
        let node = NODES_OF_OUTPUT[output][rank as usize] as usize;
        let depth = self.depth as usize;
        let fifo = &mut self.fifos[node * depth..(node + 1) * depth];
        let label = std::mem::take(&mut fifo[0]);
        fifo.rotate_left(1);
        self.fills[node] -= 1;
        if self.fills[node] == 0 {
            port.waiting &= !(1 << rank);
            if port.waiting == 0 {
                self.waiting &= !(1 << output);
            }
        }
        label
    }
}

/// Label as it leaves an output: L2 outputs write their number into bits 15:14.
#[inline]
fn label_on(output: usize, label: u16) -> u16 {
    if output < FIRST_L2_OUTPUT {
        label
    } else {
        SpikeLabel::on_channel((output - FIRST_L2_OUTPUT) as u8, label).0
    }
}

/// Positions of the set bits, lowest first.
#[inline]
fn ones(mut word: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let position = (word != 0).then(|| word.trailing_zeros() as usize);
        word &= word.wrapping_sub(1);
        position
    })
}

#[cfg(test)]
#[path = "crossbar_tests.rs"]
mod tests;
