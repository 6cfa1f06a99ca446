//! Analog parameter storage and its reference currents.
//!
//! One row per field: word, name, most and least significant bit, access, configuration default, encoding, meaning.

use super::super::Access::{RW, W};
use super::super::Container;
use super::super::Encoding::{Gray2Bin, Plain};
use super::super::coordinate::{
    CapMemBlockConfigOnDLS, CapMemCellOnDLS, CapMemSRAMTimingConfigOnDLS, ReferenceGeneratorConfigOnDLS,
};
use super::super::location::at;
use super::row::{f, omnibus};

#[rustfmt::skip]
pub(super) const ROWS: &[Container] = &[
    omnibus("CapMemCell", at(CapMemCellOnDLS::TYPE, 1, &[0x0014_0000, 0x0014_8000, 0x0015_0000, 0x0015_8000]).by("b").step("c", 32).step("r", 1), &[
        f(0, "value",  9,  0, RW, 0, Plain, "0..1022 analog value; 1023 = disable refresh of this cell. rows 0..7 voltage cells, rows 8..23 current cells"),
    ]),
    omnibus("CapMemBlockConfig", at(CapMemBlockConfigOnDLS::TYPE, 10, &[0x0014_4000, 0x0014_c000, 0x0015_4000, 0x0015_c000]).by("b"), &[
        f(0, "hotbit_capmem_row",          23,  0, W, 0,    Plain, "debug readout: bit (23-row) set; 0 = readout off"),
        f(1, "capmem_column",              31,  0, W, 0,    Plain, "debug readout column; 0 when off"),
        f(2, "debug_v_ref_select",          1,  0, W, 0,    Plain, "0 disabled; 1 v_ref_v; 2 v_ref_i"),
        f(3, "v_global_bias",               3,  0, W, 7,    Plain, "unsigned value"),
        f(3, "debug_level_shifter_bias",    7,  4, W, 3,    Plain, "unsigned value"),
        f(3, "debug_source_follower_bias", 11,  8, W, 3,    Plain, "unsigned value"),
        f(3, "debug_out_amp_bias",         15, 12, W, 7,    Plain, "unsigned value"),
        f(4, "current_cell_res",            5,  0, W, 8,    Plain, "unsigned value"),
        f(5, "debug_i_out_select",          1,  0, W, 0,    Plain, "0 disabled; 1 i_out_mux; 2 i_out_ramp"),
        f(6, "sub_counter",                15,  0, W, 16,   Plain, "ramp sub counter"),
        f(6, "enable_capmem",              16, 16, W, 1,    Plain, "run refresh"),
        f(6, "enable_boost",               17, 17, W, 0,    Plain, "switch"),
        f(6, "enable_autoboost",           18, 18, W, 0,    Plain, "switch"),
        f(6, "prescale_ramp",              23, 20, W, 3,    Plain, "0..6; clock divider 2^value for the ramp"),
        f(6, "prescale_pause",             27, 24, W, 3,    Plain, "0..6; clock divider for the pause"),
        f(6, "boost_factor",               31, 28, W, 0,    Plain, "unsigned value"),
        f(7, "pulse_b",                    15,  0, W, 7,    Plain, "write pulse timing B"),
        f(7, "pulse_a",                    31, 16, W, 4,    Plain, "write pulse timing A"),
        f(8, "boost_b",                    15,  0, W, 0,    Plain, "boost timing B"),
        f(8, "boost_a",                    31, 16, W, 0,    Plain, "boost timing A"),
        f(9, "pause_counter",              31,  0, W, 8096, Plain, "pause between two ramps"),
    ]),
    omnibus("CapMemSRAMTimingConfig", at(CapMemSRAMTimingConfigOnDLS::TYPE, 2, &[0x0014_2800, 0x0014_a800, 0x0015_2800, 0x0015_a800]).by("b"), &[
        f(0, "read_delay",          7,  0, RW, 8, Gray2Bin, "clock cycles from enable to data latch (whole 32-bit word is converted gray->binary when written and binary->gray when read back)"),
        f(1, "address_setup_time",  3,  0, RW, 1, Gray2Bin, "clock cycles address before enable (whole 32-bit word is converted gray->binary when written and binary->gray when read back)"),
        f(1, "write_width",         7,  4, RW, 1, Gray2Bin, "clock cycles of write enable (whole 32-bit word is converted gray->binary when written and binary->gray when read back)"),
    ]),
    omnibus("ReferenceGeneratorConfig", at(ReferenceGeneratorConfigOnDLS::TYPE, 9, &[0x000c_0012]), &[
        f(0, "enable_internal_reference", 12, 12, RW, 1,  Plain, "internal reference current on"),
        f(0, "enable_reference_output",   13, 13, RW, 0,  Plain, "drive reference to pad"),
        f(0, "enable_reference_input",    14, 14, RW, 0,  Plain, "take reference from pad"),
        f(0, "enable_reset",              15, 15, RW, 0,  Plain, "reset of resistor control; pulse it after power-up"),
        f(1, "reference_control",         11,  6, RW, 10, Plain, "DAC value"),
        f(2, "resistor_control",           5,  0, RW, 40, Plain, "resistor value"),
        f(3, "capmem_amplifier[0]",        5,  0, RW, 40, Plain, "CapMem block 0"),
        f(3, "capmem_amplifier[1]",       11,  6, RW, 40, Plain, "CapMem block 1"),
        f(4, "capmem_amplifier[2]",        5,  0, RW, 40, Plain, "CapMem block 2"),
        f(4, "capmem_amplifier[3]",       11,  6, RW, 40, Plain, "CapMem block 3"),
        f(5, "capmem_offset[0]",           5,  0, RW, 1,  Plain, "CapMem block 0"),
        f(5, "capmem_offset[1]",          11,  6, RW, 1,  Plain, "CapMem block 1"),
        f(6, "capmem_offset[2]",           5,  0, RW, 1,  Plain, "CapMem block 2"),
        f(6, "capmem_offset[3]",          11,  6, RW, 1,  Plain, "CapMem block 3"),
        f(7, "capmem_slope[0]",            5,  0, RW, 11, Plain, "CapMem block 0"),
        f(7, "capmem_slope[1]",           11,  6, RW, 11, Plain, "CapMem block 1"),
        f(8, "capmem_slope[2]",            5,  0, RW, 11, Plain, "CapMem block 2"),
        f(8, "capmem_slope[3]",           11,  6, RW, 11, Plain, "CapMem block 3"),
    ]),
];
