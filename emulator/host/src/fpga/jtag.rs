//! The JTAG port: a queue of shifts that takes as long as the shifted bits at the set clock, and the chip's TAP with its data
//! registers (electronicvisions fisch: src/fisch/vx/jtag.cpp, hxcomm: include/hxcomm/vx/instruction/to_fpga_jtag.h).

use crate::message::field::mask;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Bits of the instruction register.
pub const INSTRUCTION_BITS: u8 = 7;
/// Most bits that one data shift can carry.
pub const MAX_DATA_BITS: u8 = 33;
/// Commands that may wait, and answers: the next one stalls the executor. No public figure; programs of the chip's software
/// never come near.
const QUEUE: usize = 1 << 14;

/// Content of the instruction register, as far as it selects a data register of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Selected {
    Bypass,
    IdCode,
    PllTarget,
    PllShift,
    OmnibusAddress,
    OmnibusData,
    OmnibusRequest,
    Phy(u8),
}

impl Selected {
    /// Decodes the 7-bit instruction. Unassigned values select BYPASS, as IEEE 1149.1 demands; EXTEST and SAMPLE_PRELOAD have no
    /// boundary scan chain here and behave likewise.
    fn from_instruction(instruction: u8) -> Self {
        match instruction & 0x7f {
            1 => Self::IdCode,
            3 => Self::PllTarget,
            4 => Self::PllShift,
            5 => Self::OmnibusAddress,
            6 => Self::OmnibusData,
            7 => Self::OmnibusRequest,
            other if other & 0x47 == 0x44 => Self::Phy(other >> 3 & 7),
            _ => Self::Bypass,
        }
    }

    /// Bits of the data register.
    fn width(self) -> u32 {
        match self {
            Self::Bypass => 1,
            Self::PllTarget => 4,
            Self::OmnibusRequest => 3,
            Self::Phy(_) => 22,
            Self::IdCode | Self::PllShift | Self::OmnibusData => 32,
            Self::OmnibusAddress => 33,
        }
    }
}

/// What a data shift makes the chip do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum JtagEffect {
    /// Nothing.
    None,
    /// A PLL register is written.
    Pll {
        /// Number of the register.
        register: u8,
        /// Its content.
        value: u32,
    },
    /// The configuration of a chip PHY is written.
    Phy {
        /// Number of the PHY on the chip (PhyConfigChipOnDLS).
        phy: u8,
        /// Its content, 22 bits.
        value: u32,
    },
    /// An Omnibus word is written.
    Write {
        /// Chip address.
        address: u32,
        /// The word.
        data: u32,
    },
    /// An Omnibus word is read; the answer belongs into [`Tap::set_read_data`].
    Read {
        /// Chip address.
        address: u32,
    },
}

/// The chip's test access port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tap {
    idcode: u32,
    selected: Selected,
    pll_target: u8,
    /// Bit 32: read.
    omnibus_address: u64,
    write_data: u32,
    read_data: u32,
}

impl Tap {
    /// A TAP in reset with this IDCODE.
    #[must_use]
    pub fn new(idcode: u32) -> Self {
        let selected = Selected::IdCode;
        Self { idcode, selected, pll_target: 0, omnibus_address: 0, write_data: 0, read_data: 0 }
    }

    /// Resets the state machine; IDCODE is selected.
    pub fn init(&mut self) {
        self.selected = Selected::IdCode;
    }

    /// Shifts the instruction register.
    pub fn shift_instruction(&mut self, instruction: u8) {
        self.selected = Selected::from_instruction(instruction);
    }

    /// Answer to a [`JtagEffect::Read`].
    pub fn set_read_data(&mut self, data: u32) {
        self.read_data = data;
    }

    /// Shifts `bits` bits of `payload` through the selected data register, least significant first. Returns the bits that came
    /// out and what the new content does.
    pub fn shift_data(&mut self, payload: u64, bits: u32) -> (u64, JtagEffect) {
        let width = self.selected.width();
        let chain = u128::from(payload & mask(bits)) << width | u128::from(self.capture());
        let out = chain as u64 & mask(bits);
        (out, self.update((chain >> bits) as u64 & mask(width)))
    }

    /// Content of the selected register when a shift begins. Registers that can only be written give zero.
    fn capture(&self) -> u64 {
        match self.selected {
            Selected::IdCode => u64::from(self.idcode),
            Selected::OmnibusData => u64::from(self.read_data),
            _ => 0,
        }
    }

    fn update(&mut self, value: u64) -> JtagEffect {
        match self.selected {
            Selected::Bypass | Selected::IdCode => return JtagEffect::None,
            Selected::PllTarget => self.pll_target = value as u8,
            Selected::OmnibusAddress => self.omnibus_address = value,
            Selected::OmnibusData => self.write_data = value as u32,
            Selected::PllShift => {
                return JtagEffect::Pll { register: self.pll_target & 7, value: value as u32 };
            }
            // The JTAG registers of the PHYs are numbered in the opposite order of the PHYs.
            Selected::Phy(number) => return JtagEffect::Phy { phy: 7 - number, value: value as u32 },
            Selected::OmnibusRequest => return self.request(),
        }
        JtagEffect::None
    }

    fn request(&self) -> JtagEffect {
        let address = self.omnibus_address as u32;
        match self.omnibus_address >> 32 {
            0 => JtagEffect::Write { address, data: self.write_data },
            _ => JtagEffect::Read { address },
        }
    }
}

/// One shift, or a reset of the TAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum JtagCommand {
    /// Reset of the TAP.
    Init,
    /// Shift of the instruction register.
    Instruction(u8),
    /// Shift of a data register.
    Data {
        /// Bits shifted in.
        payload: u64,
        /// How many.
        bits: u8,
        /// Whether the bits that come out are returned.
        keep_response: bool,
    },
}

impl JtagCommand {
    fn bits(self) -> u64 {
        match self {
            Self::Init => 0,
            Self::Instruction(_) => u64::from(INSTRUCTION_BITS),
            Self::Data { bits, .. } => u64::from(bits),
        }
    }
}

/// The FPGA's JTAG engine: commands are posted and carried out one after another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jtag {
    /// The chip's end.
    pub tap: Tap,
    scaler: u8,
    overhead_tck: u64,
    queue: VecDeque<(u64, JtagCommand)>,
    /// Cycle in which the last posted command ends.
    pub idle_at: u64,
    /// Answers that wait to be sent, with the cycle of their arrival.
    pub responses: VecDeque<(u64, u64)>,
    /// Cycle of the last answer.
    pub last_response: u64,
}

impl Jtag {
    /// An idle engine with the host's default clock.
    #[must_use]
    pub fn new(idcode: u32, overhead_tck: u64) -> Self {
        Self {
            tap: Tap::new(idcode),
            scaler: 6,
            overhead_tck,
            queue: VecDeque::new(),
            idle_at: 0,
            responses: VecDeque::new(),
            last_response: 0,
        }
    }

    /// Sets the clock to that of the FPGA over `scaler + 2`.
    pub fn set_scaler(&mut self, scaler: u8) {
        self.scaler = scaler;
    }

    /// Whether no further command has a place.
    #[inline]
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.queue.len() >= QUEUE || self.responses.len() >= QUEUE
    }

    /// Appends a command.
    pub fn post(&mut self, cycle: u64, command: JtagCommand) {
        let tck = u64::from(self.scaler) + 2;
        self.idle_at = self.idle_at.max(cycle) + (command.bits() + self.overhead_tck) * tck;
        self.queue.push_back((self.idle_at, command));
        if let JtagCommand::Data { keep_response: true, .. } = command {
            self.last_response = self.idle_at;
        }
    }

    /// Cycle in which the next command takes effect.
    #[inline]
    #[must_use]
    pub fn next_due(&self) -> u64 {
        self.queue.front().map_or(u64::MAX, |(due, _)| *due)
    }

    /// Carries out the next command on the TAP if it is due by `limit`. Returns its cycle and its effect.
    pub fn take_due(&mut self, limit: u64) -> Option<(u64, JtagEffect)> {
        let (due, command) = self.queue.pop_front_if(|(due, _)| *due <= limit)?;
        Some((due, self.carry_out(due, command)))
    }

    fn carry_out(&mut self, due: u64, command: JtagCommand) -> JtagEffect {
        match command {
            JtagCommand::Init => self.tap.init(),
            JtagCommand::Instruction(instruction) => self.tap.shift_instruction(instruction),
            JtagCommand::Data { payload, bits, keep_response } => {
                let (out, effect) = self.tap.shift_data(payload, u32::from(bits));
                if keep_response {
                    self.responses.push_back((due, out));
                }
                return effect;
            }
        }
        JtagEffect::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDCODE: u32 = 0x3485_80af;

    #[test]
    fn idcode_is_selected_after_reset() {
        let mut tap = Tap::new(IDCODE);
        assert_eq!(tap.shift_data(0, 32), (u64::from(IDCODE), JtagEffect::None));
        assert_eq!(tap.shift_data(1, 33), (0x1_3485_80af, JtagEffect::None));
        tap.shift_instruction(127);
        tap.shift_instruction(1);
        assert_eq!(tap.shift_data(0, 32).0, u64::from(IDCODE));
    }

    #[test]
    fn bypass_delays_by_one_bit() {
        let mut tap = Tap::new(IDCODE);
        tap.shift_instruction(127);
        assert_eq!(tap.shift_data(0x1_2345_6789, 33).0, 0x1_2345_6789 << 1 & mask(33));
        assert_eq!(tap.shift_data(0b101, 3).0, 0b010);
    }

    #[test]
    fn omnibus_write_and_read() {
        let mut tap = Tap::new(IDCODE);
        let mut shift = |instruction, payload, bits| {
            tap.shift_instruction(instruction);
            tap.shift_data(payload, bits).1
        };
        assert_eq!(shift(5, 0x4_0000, 33), JtagEffect::None);
        assert_eq!(shift(6, 0xff, 32), JtagEffect::None);
        assert_eq!(shift(7, 0, 3), JtagEffect::Write { address: 0x4_0000, data: 0xff });
        assert_eq!(shift(5, 0x1_0000_0003, 33), JtagEffect::None);
        assert_eq!(shift(7, 0, 3), JtagEffect::Read { address: 3 });
        tap.set_read_data(0xdead_beef);
        tap.shift_instruction(6);
        assert_eq!(tap.shift_data(0, 32).0, 0xdead_beef);
    }

    #[test]
    fn pll_and_phy_registers() {
        let mut tap = Tap::new(IDCODE);
        tap.shift_instruction(3);
        assert_eq!(tap.shift_data(4, 4).1, JtagEffect::None);
        tap.shift_instruction(4);
        assert_eq!(tap.shift_data(0x110d_0101, 32).1, JtagEffect::Pll { register: 4, value: 0x110d_0101 });
        tap.shift_instruction(1 << 6 | 2 << 3 | 4);
        assert_eq!(tap.shift_data(0x20_4000, 22).1, JtagEffect::Phy { phy: 5, value: 0x20_4000 });
    }

    #[test]
    fn shifts_take_their_time() {
        let mut jtag = Jtag::new(IDCODE, 6);
        jtag.set_scaler(6);
        let data = |payload, bits| JtagCommand::Data { payload, bits, keep_response: false };
        for command in [
            JtagCommand::Instruction(5),
            data(0x4_0000, 33),
            JtagCommand::Instruction(6),
            data(0xff, 32),
            JtagCommand::Instruction(7),
            data(0, 3),
        ] {
            jtag.post(100, command);
        }
        assert_eq!(jtag.idle_at, 100 + 125 * 8, "a word write takes 125 TCK");
        assert_eq!(jtag.next_due(), 100 + 13 * 8);
        assert_eq!(jtag.take_due(100 + 13 * 8 - 1), None);
        assert_eq!(jtag.take_due(100 + 13 * 8), Some((204, JtagEffect::None)));
    }
}
