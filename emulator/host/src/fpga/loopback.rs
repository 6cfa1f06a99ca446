//! A device without a chip: one flat memory behind the Omnibus, and spikes that come straight back. It stands in for the chip
//! where only the host side and the FPGA matter, as in tests of drivers and links.

use super::device::Device;
use hx_chip::external::SparseMemory;
use hx_chip::omnibus::enabled_bits;
use hx_chip::output::{ChipOutput, ChipPayload};
use hx_chip::time::Time;
use serde::{Deserialize, Serialize};

/// The device. Fields are open, so that a test can look at what arrived and put in what is to leave.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoopbackDevice {
    /// Every Omnibus word that was written.
    pub memory: SparseMemory,
    /// Memory behind the link.
    pub external: SparseMemory,
    /// From the arrival of a spike to its departure.
    pub delay: Time,
    /// What is still to leave, in time order.
    pub output: Vec<ChipOutput>,
    /// Every spike that arrived.
    pub spikes: Vec<(Time, u16)>,
    /// PLL registers written over JTAG.
    pub pll: Vec<(u8, u32)>,
    /// PHY configurations written over JTAG.
    pub phy: Vec<(u8, u32)>,
    /// Level of the reset line.
    pub in_reset: bool,
    /// Number of the run, as set by the link.
    pub run: u64,
    /// When the systime counter was loaded, and with what.
    loaded: (Time, u64),
    /// Time of the last call.
    last: Time,
    /// Calls that came out of order.
    pub disorder: u64,
}

impl LoopbackDevice {
    /// A device that returns spikes after `delay`.
    #[must_use]
    pub fn with_delay(delay: Time) -> Self {
        Self { delay, ..Self::default() }
    }

    /// The chip's systime counter, in ticks of 4 ns.
    #[must_use]
    pub fn systime(&self, at: Time) -> u64 {
        let (loaded_at, value) = self.loaded;
        (value + (at - loaded_at).network_cycles()) & ((1 << 44) - 1)
    }

    /// Something that leaves the device at `departure`, with the stamp of that time.
    #[must_use]
    pub fn stamped(&self, departure: Time, payload: ChipPayload) -> ChipOutput {
        ChipOutput { departure, stamp: self.systime(departure) as u8, payload }
    }

    fn arrive(&mut self, at: Time) {
        self.disorder += u64::from(at < self.last);
        self.last = at;
    }
}

impl Device for LoopbackDevice {
    fn write(&mut self, at: Time, address: u32, data: u32, byte_enables: u8) {
        self.arrive(at);
        self.memory.write(address, data, enabled_bits(byte_enables));
    }

    fn read(&mut self, at: Time, address: u32) -> u32 {
        self.arrive(at);
        self.memory.read(address)
    }

    fn spike(&mut self, at: Time, label: u16) {
        self.arrive(at);
        self.spikes.push((at, label));
        let spike = self.stamped(at + self.delay, ChipPayload::Spike { label });
        self.output.push(spike);
    }

    fn reset(&mut self, at: Time, asserted: bool) {
        self.arrive(at);
        self.in_reset = asserted;
    }

    fn jtag_pll(&mut self, at: Time, register: u8, value: u32) {
        self.arrive(at);
        self.pll.push((register, value));
    }

    fn jtag_phy(&mut self, at: Time, phy: u8, value: u32) {
        self.arrive(at);
        self.phy.push((phy, value));
    }

    fn synchronise(&mut self, at: Time) -> u64 {
        self.arrive(at);
        let base = u64::from(self.memory.read(1) & 0x7ff) << 32 | u64::from(self.memory.read(0));
        self.loaded = (at, base);
        base
    }

    fn external(&mut self, at: Time) -> &mut SparseMemory {
        self.arrive(at);
        &mut self.external
    }

    fn take_output(&mut self, until: Time, out: &mut Vec<ChipOutput>) {
        let leaving = self.output.partition_point(|event| event.departure <= until);
        out.extend(self.output.drain(..leaving));
    }

    fn set_run(&mut self, run: u64) {
        self.run = run;
    }
}
