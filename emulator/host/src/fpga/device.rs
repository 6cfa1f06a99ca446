//! What the executor needs from a chip: the pins of the chip's side of the link, the JTAG port and the reset line. The
//! executor is generic over it, so the same FPGA drives the emulated chip and the doubles of tests.

use hx_chip::external::SparseMemory;
use hx_chip::output::ChipOutput;
use hx_chip::readout::Board;
use hx_chip::time::Time;

/// A chip at the far end of the FPGA's link.
///
/// The time `at` is the arrival at the chip: the link latency is already in it. `at` never decreases from call to call; the
/// bound `until` of [`Device::take_output`] never decreases either, but may lie before the last `at`. A device is free to be
/// lazy: it only has to work when a read or the output depends on it.
pub trait Device {
    /// Writes the enabled bytes (bit `i` of `byte_enables` guards data bits `8 i .. 8 i + 7`) of a word to a chip address
    /// (bit 31 clear).
    fn write(&mut self, at: Time, address: u32, data: u32, byte_enables: u8);
    /// Reads the word at a chip address (bit 31 clear).
    fn read(&mut self, at: Time, address: u32) -> u32;
    /// How long the answer of a read of `address` at `at` takes beyond the latency of the bus; a CADC conversion, for example.
    /// Such a read is begun by [`Device::begin_read`] and its answer fetched that much later by [`Device::finish_read`].
    fn busy(&self, at: Time, address: u32) -> Time {
        let _ = (at, address);
        Time::ZERO
    }
    /// Begins a read that takes time.
    fn begin_read(&mut self, at: Time, address: u32) {
        let _ = (at, address);
    }
    /// The answer to a read that was begun, when it is there.
    fn finish_read(&mut self, at: Time, address: u32) -> u32 {
        self.read(at, address)
    }
    /// Takes a spike at the L2 input of the crossbar; bits 15:14 of the label select the input channel.
    fn spike(&mut self, at: Time, label: u16);
    /// Takes other voltages from the board.
    fn board(&mut self, at: Time, voltages: Board) {
        let _ = (at, voltages);
    }
    /// Sets the level of the reset line.
    fn reset(&mut self, at: Time, asserted: bool);
    /// Writes PLL register `register` (0..=7) over JTAG.
    fn jtag_pll(&mut self, at: Time, register: u8, value: u32);
    /// Writes the configuration (22 bits) of chip PHY `phy` (0..=7, PhyConfigChipOnDLS) over JTAG.
    fn jtag_phy(&mut self, at: Time, phy: u8, value: u32);
    /// Loads the chip's systime counter (44 bits, 4 ns ticks) from SystimeSyncBase and returns the value loaded.
    fn synchronise(&mut self, at: Time) -> u64;
    /// The external memory and DRAM of the processors, by Omnibus word address, as an access of the FPGA at `at` finds them.
    fn external(&mut self, at: Time) -> &mut SparseMemory;
    /// Appends everything that left the chip up to and including `until` and was not taken before, in time order.
    fn take_output(&mut self, until: Time, out: &mut Vec<ChipOutput>);
    /// Gives a copy of a chip the number of the run it is to carry out, from which its temporal noise derives.
    fn set_run(&mut self, run: u64);
    /// Copies are about to be made: a chance to do once what each of them would do. Must not change any result.
    fn prepare_copies(&mut self) {}
}
