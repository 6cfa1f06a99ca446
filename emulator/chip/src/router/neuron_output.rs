//! Neuron event outputs: the 64 neurons of 32 columns (both rows) share one output and one crossbar input. Each neuron holds at
//! most one request; an output sends one event per network cycle. The policy between neurons that fire together is not public;
//! the default serves the lowest index first, and a second fire while a request is pending is lost without being counted.

use super::label::SpikeLabel;
use serde::{Deserialize, Serialize};

/// Neuron event outputs of the chip; output `e` is crossbar input `e`.
pub const OUTPUTS: usize = 8;
/// Neurons that share an output.
const SHARING: usize = 64;

/// An event that left a neuron event output, on its way to the crossbar input of the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeuronEvent {
    /// Network cycle at which it left.
    pub cycle: u64,
    /// Output 0..8.
    pub output: u8,
    /// Its label: bits 10:8 output, 7:0 `address_out` of the neuron.
    pub label: u16,
}

/// A fire that has not reached the arbiter yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Request {
    cycle: u64,
    /// Rank among the sharing neurons: `32*row + column % 32`, the order of index `m` of the backend block.
    rank: u8,
    address_out: u8,
}

/// One output and the requests of its neurons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Output {
    /// Requests to come, in no order.
    future: Vec<Request>,
    /// Bit per rank: request pending at the arbiter.
    pending: u64,
    addresses: Vec<u8>,
    /// First cycle not worked off.
    cycle: u64,
}

/// State of the eight outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeuronOutputs {
    outputs: Vec<Output>,
}

impl Default for NeuronOutputs {
    fn default() -> Self {
        let output = Output { future: Vec::new(), pending: 0, addresses: vec![0; SHARING], cycle: 0 };
        NeuronOutputs { outputs: vec![output; OUTPUTS] }
    }
}

/// Event output of a neuron column (0..256).
#[inline]
#[must_use]
pub const fn output_of(column: u8) -> u8 {
    column / 32
}

impl NeuronOutputs {
    /// Neuron (`column` 0..256, `row` 0 top or 1 bottom) fires at `cycle` and asks to send `address_out`. Calls may come in any
    /// order of cycles as long as none is for a cycle already worked off; such a one counts for the next.
    #[inline]
    pub fn request(&mut self, cycle: u64, column: u8, row: u8, address_out: u8) {
        let rank = 32 * (row & 1) + column % 32;
        let output = &mut self.outputs[output_of(column) as usize];
        output.future.push(Request { cycle: cycle.max(output.cycle), rank, address_out });
    }

    /// The next cycle in which an output has something to do.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        self.outputs.iter().filter_map(Output::next).min()
    }

    /// Works off every cycle up to and including `until_cycle`; events are appended output by output, each in order of time, which
    /// is what the crossbar needs. Outputs whose bit in `enabled` is zero (`enable_event_registers` of their half) lose their
    /// events.
    pub fn advance(&mut self, until_cycle: u64, enabled: u8, out: &mut Vec<NeuronEvent>) {
        for (number, output) in self.outputs.iter_mut().enumerate() {
            if output.future.is_empty() && output.pending == 0 {
                continue;
            }
            let start = out.len();
            output.advance(until_cycle, number as u8, out);
            if enabled >> number & 1 == 0 {
                out.truncate(start);
            }
        }
    }
}

impl Output {
    fn next(&self) -> Option<u64> {
        if self.pending != 0 {
            Some(self.cycle)
        } else {
            self.future.iter().map(|request| request.cycle).min()
        }
    }

    fn advance(&mut self, until_cycle: u64, number: u8, out: &mut Vec<NeuronEvent>) {
        self.future.sort_unstable();
        let mut taken = 0;
        loop {
            let arrival = self.future.get(taken).map_or(u64::MAX, |request| request.cycle);
            let cycle = if self.pending != 0 { self.cycle } else { arrival };
            if cycle > until_cycle || (self.pending == 0 && taken == self.future.len()) {
                break;
            }
            while let Some(request) = self.future.get(taken).filter(|request| request.cycle <= cycle) {
                let bit = 1 << request.rank;
                if self.pending & bit == 0 {
                    self.pending |= bit;
                    self.addresses[usize::from(request.rank)] = request.address_out;
                }
                taken += 1;
            }
            out.push(self.grant(cycle, number));
        }
        self.future.drain(..taken);
    }

    /// Sends the pending request of lowest rank.
    fn grant(&mut self, cycle: u64, number: u8) -> NeuronEvent {
        let rank = self.pending.trailing_zeros() as usize;
        self.pending &= self.pending - 1;
        self.cycle = cycle + 1;
        let address_out = std::mem::take(&mut self.addresses[rank]);
        NeuronEvent { cycle, output: number, label: SpikeLabel::of_neuron(number, address_out).0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(requests: &[(u64, u8, u8, u8)]) -> Vec<(u64, u8, u16)> {
        let (mut outputs, mut out) = (NeuronOutputs::default(), Vec::new());
        requests
            .iter()
            .for_each(|&(cycle, column, row, address)| outputs.request(cycle, column, row, address));
        outputs.advance(u64::MAX - 1, 0xff, &mut out);
        out.iter().map(|e| (e.cycle, e.output, e.label)).collect()
    }

    #[test]
    fn label_is_output_and_address() {
        for column in 0..=255u8 {
            let e = u16::from(column) / 32;
            assert_eq!(run(&[(4, column, 1, 0x9c)]), [(4, e as u8, e << 8 | 0x9c)]);
        }
    }

    #[test]
    fn neurons_that_fire_together_leave_top_row_first_from_the_west() {
        let together = [(10, 33, 1, 1), (10, 63, 0, 2), (10, 32, 1, 3), (10, 40, 0, 4)];
        assert_eq!(run(&together), [(10, 1, 0x104), (11, 1, 0x102), (12, 1, 0x103), (13, 1, 0x101)]);
    }

    #[test]
    fn a_late_low_index_overtakes_waiting_high_ones() {
        let requests = [(10, 5, 0, 5), (10, 6, 0, 6), (10, 7, 0, 7), (12, 0, 0, 1)];
        assert_eq!(run(&requests), [(10, 0, 5), (11, 0, 6), (12, 0, 1), (13, 0, 7)]);
    }

    #[test]
    fn a_second_fire_while_pending_is_lost() {
        let requests = [(10, 5, 0, 5), (10, 6, 0, 6), (11, 6, 0, 9), (12, 6, 0, 8)];
        assert_eq!(run(&requests), [(10, 0, 5), (11, 0, 6), (12, 0, 8)]);
    }

    #[test]
    fn outputs_do_not_delay_each_other() {
        let requests: Vec<_> = (0..8).map(|e| (3, 32 * e, 0, 0)).collect();
        assert!(run(&requests).iter().all(|&(cycle, _, _)| cycle == 3));
    }

    #[test]
    fn a_disabled_half_sends_nothing() {
        let (mut outputs, mut out) = (NeuronOutputs::default(), Vec::new());
        (0..8).for_each(|e| outputs.request(3, 32 * e, 0, 0));
        outputs.advance(10, 0xf0, &mut out);
        assert_eq!(out.iter().map(|e| e.output).collect::<Vec<_>>(), [4, 5, 6, 7]);
        assert_eq!(outputs.next(), None);
    }

    #[test]
    fn cutting_the_time_into_pieces_changes_nothing() {
        let requests: Vec<(u64, u8, u8, u8)> = (0..3000u64)
            .map(crate::random::mix)
            .map(|z| (z & 0x3ff, (z >> 16) as u8, (z >> 24) as u8 & 1, (z >> 32) as u8))
            .collect();
        let mut whole: Vec<_> = run(&requests);
        let (mut outputs, mut out) = (NeuronOutputs::default(), Vec::new());
        for window in 0..110u64 {
            let now = requests.iter().filter(|r| r.0 / 10 == window);
            now.for_each(|&(cycle, column, row, address)| outputs.request(cycle, column, row, address));
            outputs.advance(10 * window + 9, 0xff, &mut out);
        }
        outputs.advance(u64::MAX - 1, 0xff, &mut out);
        let mut pieces: Vec<_> = out.iter().map(|e| (e.cycle, e.output, e.label)).collect();
        whole.sort_unstable();
        pieces.sort_unstable();
        assert_eq!(pieces, whole);
        assert!(whole.len() > 2500);
    }
}
