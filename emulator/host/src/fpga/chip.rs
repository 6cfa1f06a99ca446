//! The emulated chip at the far end of the link.

use super::device::Device;
use hx_chip::chip::Chip;
use hx_chip::external::SparseMemory;
use hx_chip::output::ChipOutput;
use hx_chip::readout::Board;
use hx_chip::time::Time;

impl Device for Chip {
    fn write(&mut self, at: Time, address: u32, data: u32, byte_enables: u8) {
        Chip::write(self, at, address, data, byte_enables);
    }

    fn read(&mut self, at: Time, address: u32) -> u32 {
        Chip::read(self, at, address)
    }

    fn busy(&self, at: Time, address: u32) -> Time {
        Chip::busy(self, at, address)
    }

    fn begin_read(&mut self, at: Time, address: u32) {
        Chip::begin_read(self, at, address);
    }

    fn finish_read(&mut self, at: Time, address: u32) -> u32 {
        Chip::finish_read(self, at, address)
    }

    fn spike(&mut self, at: Time, label: u16) {
        Chip::spike(self, at, label);
    }

    fn board(&mut self, at: Time, voltages: Board) {
        Chip::set_board(self, at, voltages);
    }

    fn reset(&mut self, at: Time, asserted: bool) {
        Chip::reset(self, at, asserted);
    }

    fn jtag_pll(&mut self, at: Time, register: u8, value: u32) {
        Chip::jtag_pll(self, at, register, value);
    }

    fn jtag_phy(&mut self, at: Time, phy: u8, value: u32) {
        Chip::jtag_phy(self, at, phy, value);
    }

    fn synchronise(&mut self, at: Time) -> u64 {
        Chip::synchronise(self, at)
    }

    fn external(&mut self, at: Time) -> &mut SparseMemory {
        Chip::external(self, at)
    }

    fn take_output(&mut self, until: Time, out: &mut Vec<ChipOutput>) {
        Chip::take_output(self, until, out);
    }

    fn set_run(&mut self, run: u64) {
        Chip::set_run(self, run);
    }

    fn prepare_copies(&mut self) {
        Chip::prepare_copies(self);
    }
}
