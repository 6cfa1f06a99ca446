//! The devices of a cube board behind the FPGA's SPI port: power switches and the DACs that set supply voltages
//! (electronicvisions fisch: src/fisch/vx/spi.cpp; haldls: src/haldls/vx/spi.cpp, src/lola/vx/dac.cpp).

use super::cycles::Cycles;
use super::program::ProgramBuilder;
use super::registers::WriteRegisters;
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::coordinate::{DACChannelOnBoard, DACOnBoard, SPIClientOnFPGA};
use hx_isa::regmap::register::{DACChannel, DACControl, SPIPort, ShiftRegister};

/// Time until the supplies follow the DACs.
const DAC_SETTLING: Cycles = Cycles::from_ms(1);
/// Supply voltages of DAC 1, channels 0..=5 (2.5 V digital, 1.2 V digital, 2.5 V analog, 1.2 V analog, MADC, PLL): the
/// LDO inputs are inverted, 4095 minus the value of the chip's software.
const SUPPLIES: [u32; 6] = [4095 - 3487, 4095 - 2005, 4095 - 3487, 4095 - 2465, 4095 - 3655, 4095 - 3655];

/// Channels of DAC 0 that the correlation sensors need: v_res_meas at 0.9 V of 1.2 V, their reset voltage (mux_dac_25) at 1.85 V
/// of 2.5 V (electronicvisions calix: include/ccalix/correlation_calib_options.h).
const SENSORS: [(usize, u32); 2] = [(1, 3071), (7, 3030)];

/// SPI clients by their place in the register map.
const SHIFT_REGISTER: usize = 0;
const FIRST_DAC: usize = 1;

/// Control registers of a DAC: what the two words of a `DACControl` go to, and the one that takes over written values.
mod control {
    pub const OF_WORD: [u32; 2] = [0, 2];
    pub const LOAD: u32 = 1;
    pub const LOAD_ONCE: u32 = 2;
    /// Marks the first byte of a control access, whose bits 6:5 select the register.
    pub const FLAG: u32 = 0x80;
}

/// Settings of a cube board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CubeBoard {
    /// Power and multiplexer switches.
    pub shift_register: Frame<ShiftRegister>,
    /// Values of the DAC channels.
    pub dac_channels: [Frame<DACChannel>; DACChannelOnBoard::SIZE],
    /// Reference and power-down of the DACs.
    pub dac_control: [Frame<DACControl>; DACOnBoard::SIZE],
}

impl Default for CubeBoard {
    fn default() -> CubeBoard {
        let mut dac_channels = [Frame::default(); DACChannelOnBoard::SIZE];
        for (channel, value) in dac_channels[DACChannelOnBoard::SIZE / 2..].iter_mut().zip(SUPPLIES) {
            channel.set(field!(DACChannel.value), value);
        }
        for (channel, value) in SENSORS {
            dac_channels[channel].set(field!(DACChannel.value), value);
        }
        CubeBoard {
            shift_register: Frame::default(),
            dac_channels,
            dac_control: [Frame::default(); DACOnBoard::SIZE],
        }
    }
}

impl CubeBoard {
    /// The same with another reset voltage and v_res_meas of the correlation sensors, V; both are limited to what the DAC gives.
    #[must_use]
    pub fn with_sensor_voltages(mut self, reset_v: f64, measure_v: f64) -> CubeBoard {
        for ((channel, _), share) in SENSORS.into_iter().zip([measure_v / 1.2, reset_v / 2.5]) {
            self.dac_channels[channel]
                .set(field!(DACChannel.value), (share * 4095.0).clamp(0.0, 4095.0) as u32);
        }
        self
    }

    /// Appends the settings and the wait for the supplies.
    pub fn append_to(&self, builder: &mut ProgramBuilder) {
        let word = self.shift_register.words()[0];
        transfer(builder, SHIFT_REGISTER, &[word >> 16, word >> 8, word]);
        for (at, channel) in DACChannelOnBoard::all().zip(&self.dac_channels) {
            let word = (at.ch() as u32) << 12 | channel.get(field!(DACChannel.value));
            transfer(builder, FIRST_DAC + at.dac(), &[word >> 8, word]);
            write_control(builder, at.dac(), control::LOAD, control::LOAD_ONCE);
        }
        for (at, frame) in DACOnBoard::all().zip(&self.dac_control) {
            for (register, &word) in control::OF_WORD.into_iter().zip(frame.words()) {
                write_control(builder, at.dac(), register, word);
            }
        }
        builder.wait(DAC_SETTLING);
    }
}

fn write_control(builder: &mut ProgramBuilder, dac: usize, register: u32, value: u32) {
    transfer(builder, FIRST_DAC + dac, &[control::FLAG | register << 5, value]);
}

/// Sends the low bytes of `bytes` to an SPI client; the last one executes the transfer.
fn transfer(builder: &mut ProgramBuilder, client: usize, bytes: &[u32]) {
    let Ok(client) = SPIClientOnFPGA::from_enum(client) else { return };
    for (i, &byte) in bytes.iter().enumerate() {
        let frame = Frame::<SPIPort>::zero()
            .with(field!(SPIPort.data), byte)
            .with(field!(SPIPort.stop), u32::from(i + 1 == bytes.len()));
        builder.write(client, &frame);
    }
}
