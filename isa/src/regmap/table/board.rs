//! Devices of the board and the ports behind which they sit.
//!
//! One row per field: word, name, most and least significant bit, access, configuration default, encoding, meaning.

use super::super::Access::{RW, W};
use super::super::Container;
use super::super::Encoding::{Inv, Plain};
use super::super::coordinate::{
    DACChannelOnBoard, DACOnBoard, I2CDeviceOnFPGA, I2CPrescalerOnFPGA, SPIClientOnFPGA, ShiftRegisterOnBoard,
};
use super::super::location::at;
use super::row::{f, omnibus, port};

#[rustfmt::skip]
pub(super) const ROWS: &[Container] = &[
    port("ShiftRegister", ShiftRegisterOnBoard::TYPE, 1, "SPI shift register (xBoard)", "24-bit SPI word", &[
        f(0, "mux_1",                    1,  0, W, 0, Plain, "unsigned value"),
        f(0, "mux_2",                    3,  2, W, 0, Plain, "unsigned value"),
        f(0, "mux_3",                    5,  4, W, 0, Plain, "unsigned value"),
        f(0, "enable_i_ref_board",       6,  6, W, 1, Plain, "switch"),
        f(0, "enable_measure_i_ref",     7,  7, W, 0, Plain, "switch"),
        f(0, "enable_dac_to_readout_0",  8,  8, W, 0, Plain, "switch"),
        f(0, "enable_dac_to_readout_1",  9,  9, W, 0, Plain, "switch"),
        f(0, "enable_led[1]",           10, 10, W, 0, Inv, "switch"),
        f(0, "enable_led[2]",           11, 11, W, 0, Inv, "switch"),
        f(0, "enable_led[3]",           12, 12, W, 0, Inv, "switch"),
        f(0, "enable_adc_power_down",   13, 13, W, 0, Plain, "switch"),
        f(0, "enable_adc_reset",        14, 14, W, 0, Plain, "switch"),
        f(0, "enable_led[4]",           15, 15, W, 0, Inv, "switch"),
        f(0, "enable_vdd[25_digital]",  16, 16, W, 1, Plain, "switch"),
        f(0, "enable_vdd[12_digital]",  17, 17, W, 1, Plain, "switch"),
        f(0, "enable_vdd[25_analog]",   18, 18, W, 1, Plain, "switch"),
        f(0, "enable_vdd[12_analog]",   19, 19, W, 1, Plain, "switch"),
        f(0, "enable_vdd[12_madc]",     20, 20, W, 1, Plain, "switch"),
        f(0, "enable_vdd[12_pll]",      21, 21, W, 1, Plain, "switch"),
        f(0, "enable_led[7]",           22, 22, W, 0, Inv, "switch"),
        f(0, "enable_led[8]",           23, 23, W, 0, Inv, "switch"),
    ]),
    port("DACChannel", DACChannelOnBoard::TYPE, 1, "SPI DAC data register (xBoard)", "12-bit value", &[
        f(0, "value", 11,  0, W, 0, Plain, "unsigned value"),
    ]),
    port("DACControl", DACOnBoard::TYPE, 2, "SPI DAC control registers (xBoard)", "word 0 gain/reference = 0b001100; word 1 power-down mask", &[
        f(0, "gain_reference",  5,  0, W, 12,  Plain, "constant"),
        f(1, "enable_channel",  7,  0, W, 255, Inv, "bit i = channel i"),
    ]),
    omnibus("SPIPort", at(SPIClientOnFPGA::TYPE, 1, &[0x8800_7001, 0x8800_7002, 0x8800_7004]).by("c"), &[
        f(0, "data",  7,  0, W, 0, Plain, "next byte of the SPI transfer, most significant byte first"),
        f(0, "stop", 31, 31, W, 0, Plain, "1 = last byte: transfer is executed"),
    ]),
    // +0x80 stops after this byte, +0x100 forces a repeated start.
    omnibus("I2CPort", at(I2CDeviceOnFPGA::TYPE, 1, &[0x8800_7800]).step("n", 1).repeated_at(&[0x80, 0x100, 0x180]), &[
        f(0, "data",            7,  0, RW, 0, Plain, "byte written or read; first written byte is the device register number"),
        f(0, "no_acknowledge", 31, 31, RW, 0, Plain, "in read responses: 1 = acknowledge missing"),
    ]),
    omnibus("I2CPrescaler", at(I2CPrescalerOnFPGA::TYPE, 1, &[0x8800_7a00]), &[
        f(0, "value", 31,  0, RW, 0, Plain, "UNSURE width"),
    ]),
];
