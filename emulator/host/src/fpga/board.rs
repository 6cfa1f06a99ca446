//! The devices of a cube board behind the FPGA's SPI port, as far as they reach the chip: two DACs and the shift register whose
//! multiplexers put a voltage on an analog pad (electronicvisions fisch: src/fisch/vx/spi.cpp; haldls: src/lola/vx/dac.cpp,
//! include/haldls/vx/spi.h; halco: src/halco/hicann-dls/vx/dac.cpp).
//!
//! Power-down bits of the DACs are accepted without effect: the public software leaves those of the correlation sensors'
//! channels set while it measures with them.

use hx_chip::readout::Board as Voltages;
use hx_isa::field;
use serde::{Deserialize, Serialize};

/// DACs of a board, and channels of a DAC.
const DACS: usize = 2;
const CHANNELS: usize = 8;
/// Highest code of a channel.
const FULL_SCALE: f64 = 4095.0;
/// Voltages at full scale of the channels of DAC 0.
const REFERENCE_V: [f64; CHANNELS] = [1.2, 1.2, 1.2, 1.2, 2.5, 2.5, 2.5, 2.5];
/// Channels of DAC 0: voltage v_res_meas, and the one that also sets the reset voltage of the sensors.
const RES_MEAS: usize = 1;
const MUX_DAC_25: usize = 7;
/// First byte of a control access, and the register that takes over written values.
const CONTROL: u16 = 0x8000;
const LOAD: u16 = 1;

/// Numbers of the SPI clients in the register map.
mod client {
    pub const SHIFT_REGISTER: usize = 0;
    pub const FIRST_DAC: usize = 1;
    pub const COUNT: usize = 3;
}

/// State of the devices. A channel that was never written has no value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// Bytes of the transfers that were begun.
    bytes: [u32; client::COUNT],
    shift_register: u32,
    /// Written values, and those at the outputs.
    written: [[Option<u16>; CHANNELS]; DACS],
    output: [[Option<u16>; CHANNELS]; DACS],
}

impl Board {
    /// A byte for a client; the last one of a transfer carries it out, which is what is returned.
    pub fn transfer(&mut self, client: usize, byte: u8, last: bool) -> bool {
        let Some(bytes) = self.bytes.get_mut(client) else { return false };
        *bytes = *bytes << 8 | u32::from(byte);
        if !last {
            return false;
        }
        let word = std::mem::take(bytes);
        match client {
            client::SHIFT_REGISTER => self.shift_register = word,
            _ => self.write_dac(client - client::FIRST_DAC, word as u16),
        }
        true
    }

    fn write_dac(&mut self, dac: usize, word: u16) {
        if word & CONTROL == 0 {
            let channel = usize::from(word >> 12) % CHANNELS;
            self.written[dac][channel] = Some(word & 0xfff);
        } else if word >> 13 & 3 == LOAD {
            self.output[dac] = self.written[dac];
        }
    }

    fn dac_v(&self, channel: usize) -> Option<f64> {
        self.output[0][channel].map(|code| f64::from(code) / FULL_SCALE * REFERENCE_V[channel])
    }

    /// What reaches the chip.
    #[must_use]
    pub fn voltages(&self) -> Voltages {
        let words = [self.shift_register];
        let on_pad = match field!(ShiftRegister.mux_2).get(&words) {
            2 => self.dac_v(RES_MEAS),
            // The reset voltage comes from the same DAC as the third input.
            1 | 3 => self.dac_v(MUX_DAC_25),
            _ => None,
        };
        let pad = field!(ShiftRegister.mux_1).get(&words);
        Voltages {
            pads_v: [1, 2].map(|chain| on_pad.filter(|_| pad == chain)),
            sensor_reset_v: self.dac_v(MUX_DAC_25),
            sensor_measure_v: self.dac_v(RES_MEAS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(board: &mut Board, client: usize, bytes: &[u8]) {
        for (i, &byte) in bytes.iter().enumerate() {
            assert_eq!(board.transfer(client, byte, i + 1 == bytes.len()), i + 1 == bytes.len());
        }
    }

    #[test]
    fn values_appear_when_they_are_loaded() {
        let mut board = Board::default();
        assert_eq!(board.voltages(), Voltages::default());
        send(&mut board, 1, &[7 << 4 | 0xb, 0xd6]);
        assert_eq!(board.voltages(), Voltages::default());
        send(&mut board, 1, &[0x80 | 1 << 5, 2]);
        let reset_v = board.voltages().sensor_reset_v.unwrap();
        assert_eq!(reset_v, 3030.0 / 4095.0 * 2.5);
        send(&mut board, 1, &[1 << 4 | 0xb, 0xff]);
        send(&mut board, 1, &[0x80 | 1 << 5, 2]);
        assert_eq!(board.voltages().sensor_measure_v, Some(3071.0 / 4095.0 * 1.2));
        // The other DAC supplies the chip.
        send(&mut board, 2, &[7 << 4, 0]);
        send(&mut board, 2, &[0x80 | 1 << 5, 2]);
        assert_eq!(board.voltages().sensor_reset_v, Some(reset_v));
    }

    #[test]
    fn the_multiplexers_put_a_voltage_on_one_pad() {
        let mut board = Board::default();
        send(&mut board, 1, &[7 << 4 | 0x7, 0xae]);
        send(&mut board, 1, &[0x80 | 1 << 5, 2]);
        let volts = 1966.0 / 4095.0 * 2.5;
        for (word, pads_v) in [
            (0b00_01_01, [Some(volts), None]),
            (0b00_11_10, [None, Some(volts)]),
            (0b00_10_01, [None, None]),
            (0b00_01_00, [None, None]),
            (0b00_01_11, [None, None]),
        ] {
            send(&mut board, 0, &[0x3f, 0, word]);
            assert_eq!(board.voltages().pads_v, pads_v, "{word:#b}");
        }
    }
}
