//! The JTAG path to the chip: identification, PLL and PHY registers, and Omnibus words before the high-speed link is up
//! (electronicvisions fisch: src/fisch/vx/jtag.cpp).

use super::program::{Barrier, ProgramBuilder};
use super::ticket::JtagTicket;
use crate::message::ToFpga;
use hx_isa::regmap::Frame;
use hx_isa::regmap::coordinate::PhyConfigChipOnDLS;
use hx_isa::regmap::register::{JTAGClockScaler, PhyConfigChip};

/// Values of the 7-bit JTAG instruction register.
mod instruction {
    pub const IDCODE: u8 = 1;
    pub const PLL_TARGET_REG: u8 = 3;
    pub const SHIFT_PLL: u8 = 4;
    pub const OMNIBUS_ADDRESS: u8 = 5;
    pub const OMNIBUS_DATA: u8 = 6;
    pub const OMNIBUS_REQUEST: u8 = 7;

    /// Register of PHY `register`, 0..=7.
    pub const fn phy(register: u8) -> u8 {
        1 << 6 | (register & 7) << 3 | 4
    }
}

/// Widths of the JTAG data registers, in bits.
mod width {
    pub const WORD: u8 = 32;
    /// A word address, and above it whether to read.
    pub const OMNIBUS_ADDRESS: u8 = 33;
    pub const OMNIBUS_REQUEST: u8 = 3;
    /// Four bits on chips of version 3, three before.
    pub const PLL_TARGET: u8 = 4;
    pub const PHY: u8 = 22;
}

impl ProgramBuilder {
    /// Resets the JTAG state machine.
    pub fn jtag_reset(&mut self) {
        self.jtag_message(ToFpga::JtagInit);
    }

    /// Sets the JTAG clock.
    pub fn jtag_clock(&mut self, scaler: &Frame<JTAGClockScaler>) {
        self.jtag_message(ToFpga::JtagScaler { scaler: scaler.words()[0] as u8 });
    }

    /// Reads the identification of the chip, a frame of `JTAGIdCode`.
    pub fn jtag_id(&mut self) -> JtagTicket {
        self.jtag_instruction(instruction::IDCODE);
        self.jtag_shift_out(width::WORD)
    }

    /// Writes a chip-side Omnibus word over JTAG.
    pub fn jtag_write_word(&mut self, address: u32, word: u32) {
        self.jtag_shift(instruction::OMNIBUS_ADDRESS, u64::from(address), width::OMNIBUS_ADDRESS);
        self.jtag_shift(instruction::OMNIBUS_DATA, u64::from(word), width::WORD);
        self.jtag_shift(instruction::OMNIBUS_REQUEST, 0, width::OMNIBUS_REQUEST);
    }

    /// Reads a chip-side Omnibus word over JTAG.
    pub fn jtag_read_word(&mut self, address: u32) -> JtagTicket {
        self.jtag_shift(instruction::OMNIBUS_ADDRESS, 1 << 32 | u64::from(address), width::OMNIBUS_ADDRESS);
        self.jtag_shift(instruction::OMNIBUS_REQUEST, 0, width::OMNIBUS_REQUEST);
        self.jtag_instruction(instruction::OMNIBUS_DATA);
        self.jtag_shift_out(width::WORD)
    }

    /// Writes PLL register `register` (0..=7): ADPLL words at 0..=3, the clock outputs at 4.
    pub fn jtag_write_pll(&mut self, register: u8, word: u32) {
        self.jtag_shift(instruction::PLL_TARGET_REG, u64::from(register), width::PLL_TARGET);
        self.jtag_shift(instruction::SHIFT_PLL, u64::from(word), width::WORD);
    }

    /// Configures a PHY of the chip. PHY p is register 7 - p (electronicvisions haldls: src/haldls/vx/phy.cpp).
    pub fn jtag_write_phy(&mut self, at: PhyConfigChipOnDLS, config: &Frame<PhyConfigChip>) {
        let register = 7 - at.to_enum() as u8;
        self.jtag_shift(instruction::phy(register), u64::from(config.words()[0]), width::PHY);
    }

    fn jtag_instruction(&mut self, instruction: u8) {
        self.jtag_message(ToFpga::JtagIns { instruction });
    }

    fn jtag_shift(&mut self, instruction: u8, payload: u64, num_bits: u8) {
        self.jtag_instruction(instruction);
        self.jtag_message(ToFpga::JtagData { payload, num_bits, keep_response: false });
    }

    fn jtag_shift_out(&mut self, num_bits: u8) -> JtagTicket {
        self.jtag_message(ToFpga::JtagData { payload: 0, num_bits, keep_response: true });
        self.requests.jtag += 1;
        JtagTicket(self.requests.jtag - 1)
    }

    fn jtag_message(&mut self, message: ToFpga) {
        self.unsettled |= Barrier::JTAG;
        self.push(message);
    }
}
