//! The chip's side of its pins: link, JTAG port and reset line. Times of calls never decrease.

use super::drivers::Pulses;
use super::network::Network;
use super::{Chip, derive};
use crate::external::SparseMemory;
use crate::neuron::Neurons;
use crate::omnibus::Diagnostics;
use crate::output::ChipOutput;
use crate::readout::{Board, Madc};
use crate::synapse::SensorArray;
use crate::time::Time;
use hx_isa::field;

impl Chip {
    /// A spike arrives at the L2 input of the crossbar; bits 15:14 of the label pick the channel.
    pub fn spike(&mut self, at: Time, label: u16) {
        if !self.in_reset {
            self.advance(at);
            self.network.host_spike(at, label);
        }
    }

    /// Appends everything that left the chip up to and including `until` and was not taken before.
    pub fn take_output(&mut self, until: Time, out: &mut Vec<ChipOutput>) {
        self.advance(until);
        let count = self.output.partition_point(|output| output.departure <= until);
        out.extend(self.output.drain(..count));
    }

    /// Sets the level of the reset line. Asserting it returns digital registers and state to their reset values; memories and
    /// the analog parameters stored in them stay.
    pub fn reset(&mut self, at: Time, asserted: bool) {
        self.advance(at);
        self.in_reset = asserted;
        if asserted {
            self.omnibus.reset();
            self.control_processors(at);
            self.network = Network::default();
            self.neurons = Neurons::default();
            self.neurons.start_at(at);
            self.set_run(self.run);
            self.pulses = Pulses::default();
            self.madc = Madc::default();
            self.cadc = Default::default();
            for sensors in &mut self.sensors {
                let powered = sensors.powered();
                *sensors = SensorArray::default();
                sensors.set_powered(powered);
            }
            self.output.clear();
            self.stale = derive::Stale::all();
            self.rebuild();
        }
    }

    /// The board changes the voltages it supplies.
    pub fn set_board(&mut self, at: Time, board: Board) {
        if board != self.board {
            self.advance(at);
            self.board = board;
            self.stale.mark_blocks();
        }
    }

    /// The memory at the far end of the link as an access of the FPGA at `at` finds it.
    pub fn external(&mut self, at: Time) -> &mut SparseMemory {
        if self.processors.run() {
            self.advance(at);
        }
        &mut self.external
    }

    /// Writes PLL register `register` (0..=7) over JTAG.
    pub fn jtag_pll(&mut self, at: Time, register: u8, value: u32) {
        self.advance(at);
        self.stale.any |= self.omnibus.write_pll(register, value);
        self.control_processors(at);
    }

    /// Writes the configuration of a chip PHY over JTAG.
    pub fn jtag_phy(&mut self, at: Time, phy: u8, value: u32) {
        self.advance(at);
        self.stale.any |= self.omnibus.write_phy(phy, value);
    }

    /// Loads the systime counter from SystimeSyncBase; returns the value loaded, in ticks of 4 ns.
    pub fn synchronise(&mut self, at: Time) -> u64 {
        self.advance(at);
        let words = self.words::<hx_isa::regmap::register::SystimeSyncBase>(0);
        self.systime_base = field!(SystimeSyncBase.value).get_wide(words);
        self.systime_origin = at;
        self.systime_base
    }

    /// The systime counter at `at`, in ticks of 4 ns.
    pub(super) fn systime(&self, at: Time) -> u64 {
        self.systime_base.wrapping_add(at.since(self.systime_origin).network_cycles())
    }

    /// Accesses without effect and features asked for that are not modelled.
    #[must_use]
    pub fn diagnostics(&self) -> &Diagnostics {
        &self.omnibus.diagnostics
    }
}
