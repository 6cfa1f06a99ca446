//! System time, link transceivers and clock generation.
//!
//! One row per field: word, name, most and least significant bit, access, configuration default, encoding, meaning.

use super::super::Access::{R, RW, W};
use super::super::Container;
use super::super::Encoding::{Inv, Minus1, Plain};
use super::super::coordinate::*;
use super::super::location::at;
use super::row::{f, omnibus, port};

#[rustfmt::skip]
pub(super) const ROWS: &[Container] = &[
    omnibus("SystimeSyncBase", at(SystimeSyncBaseOnDLS::TYPE, 2, &[0x0000_0000]), &[
        f(0, "value[31:0]",  31,  0, RW, 0, Plain, "43-bit start value loaded at the next systime sync"),
        f(1, "value[42:32]", 10,  0, RW, 0, Plain, "unsigned value"),
    ]),
    // Reached through Omnibus over JTAG only, before the high-speed link is up.
    omnibus("CommonPhyConfigChip", at(CommonPhyConfigChipOnDLS::TYPE, 1, &[0x0004_0000]), &[
        f(0, "enable_phy",  7,  0, RW, 255, Plain, "bit (7-p) enables chip PHY p"),
    ]),
    port("PhyConfigChip", PhyConfigChipOnDLS::TYPE, 1, "JTAG PHY register", "JTAG instruction (1<<6)|((7-p)<<3)|4, 22-bit data", &[
        f(0, "enable_bit_slip",                           0,  0, W, 0, Plain, "switch"),
        f(0, "manual_delay",                              4,  1, W, 0, Plain, "unsigned value"),
        f(0, "enable_delay_cell_measurement",             5,  5, W, 0, Plain, "switch"),
        f(0, "enable_initialization_master_mode",         6,  6, W, 0, Plain, "switch"),
        f(0, "enable_manual_tx_data_valid_for_init",      7,  7, W, 0, Plain, "switch"),
        f(0, "enable_force_lvds_power_up",                8,  8, W, 0, Plain, "switch"),
        f(0, "enable_force_start",                        9,  9, W, 0, Plain, "switch"),
        f(0, "enable_manual_training_mode",              10, 10, W, 0, Plain, "switch"),
        f(0, "enable_ber_loopback",                      11, 11, W, 0, Plain, "switch"),
        f(0, "vbias",                                    14, 12, W, 4, Plain, "unsigned value"),
        f(0, "debug_outputs",                            15, 15, W, 0, Plain, "switch"),
        f(0, "enable_transmission_without_idle_pattern", 17, 17, W, 0, Plain, "switch"),
        f(0, "enable_clock_pre_alignment",               18, 18, W, 0, Plain, "switch"),
        f(0, "enable_des_recal",                         19, 19, W, 0, Plain, "switch"),
        f(0, "enable_loopback_en",                       20, 20, W, 0, Plain, "switch"),
        f(0, "enable_auto_init",                         21, 21, W, 1, Plain, "switch"),
    ]),
    omnibus("PhyConfigFPGA", at(PhyConfigFPGAOnDLS::TYPE, 1, &[0x8800_6000]).step("p", 1), &[
        f(0, "enable_bit_slip",                           0,  0, RW, 0, Plain, "switch"),
        f(0, "manual_delay",                              4,  1, RW, 0, Plain, "unsigned value"),
        f(0, "enable_delay_cell_measurement",             5,  5, RW, 0, Plain, "switch"),
        f(0, "enable_initialization_master_mode",         6,  6, RW, 1, Plain, "switch"),
        f(0, "enable_manual_tx_data_valid_for_init",      7,  7, RW, 0, Plain, "switch"),
        f(0, "enable_force_lvds_power_up",                8,  8, RW, 0, Plain, "switch"),
        f(0, "enable_force_start",                        9,  9, RW, 0, Plain, "switch"),
        f(0, "enable_manual_training_mode",              10, 10, RW, 0, Plain, "switch"),
        f(0, "enable_ber_loopback",                      11, 11, RW, 0, Plain, "switch"),
        f(0, "vbias",                                    14, 12, RW, 4, Plain, "unsigned value"),
        f(0, "debug_outputs",                            15, 15, RW, 0, Plain, "switch"),
        f(0, "enable_transmission_without_idle_pattern", 17, 17, RW, 0, Plain, "switch"),
        f(0, "enable_clock_pre_alignment",               18, 18, RW, 0, Plain, "switch"),
        f(0, "enable_des_recal",                         19, 19, RW, 0, Plain, "switch"),
        f(0, "enable_loopback_en",                       20, 20, RW, 0, Plain, "switch"),
        f(0, "enable_auto_init",                         21, 21, RW, 1, Plain, "switch"),
    ]),
    omnibus("CommonPhyConfigFPGA", at(CommonPhyConfigFPGAOnDLS::TYPE, 1, &[0x8800_4000]), &[
        f(0, "enable_phy",  7,  0, RW, 255, Plain, "bit p enables FPGA PHY p"),
    ]),
    // Words 0..2 are one counter per PHY each, words 3 and 4 alternate.
    omnibus("PhyStatus", at(PhyStatusOnFPGA::TYPE, 5, &[0x8800_4004, 0x8800_400c, 0x8800_4014]).bases_per_word(1).step("p", 1).then(3, &[0x8800_c000, 0x8800_c001]).bases_per_word(1).step("p", 2), &[
        f(0, "crc_error_count",  31,  0, R, 0, Plain, "unsigned value"),
        f(1, "online_time",      31,  0, R, 0, Plain, "cycles"),
        f(2, "rx_dropped_count", 31,  0, R, 0, Plain, "unsigned value"),
        f(3, "tx_count",         31,  0, R, 0, Plain, "words to chip"),
        f(4, "rx_count",         31,  0, R, 0, Plain, "words from chip"),
    ]),
    // Also JTAG PLL register 2*a + word (write only).
    omnibus("ADPLL", at(ADPLLOnDLS::TYPE, 2, &[0x0008_0000]).step("a", 2), &[
        f(0, "loop_filter_int",      4,  0, RW, 2,   Plain, "unsigned value"),
        f(0, "loop_filter_prop",     9,  5, RW, 8,   Plain, "unsigned value"),
        f(0, "loop_div_n",          14, 10, RW, 10,  Plain, "N"),
        f(0, "core_div_m0",         19, 15, RW, 1,   Plain, "M0"),
        f(0, "core_div_m1",         24, 20, RW, 2,   Plain, "M1"),
        f(0, "pre_div_p0",          26, 25, RW, 2,   Minus1, "P0 (2..4)"),
        f(0, "pre_div_p1",          28, 27, RW, 2,   Minus1, "P1 (2..4)"),
        f(0, "pre_div_p2",          30, 29, RW, 2,   Minus1, "P2 (2..4)"),
        f(1, "tune",                11,  0, RW, 512, Plain, "unsigned value"),
        f(1, "dco_power_switch",    17, 12, RW, 63,  Plain, "unsigned value"),
        f(1, "open_lock",           18, 18, RW, 0,   Plain, "switch"),
        f(1, "enforce_lock",        19, 19, RW, 1,   Plain, "switch"),
        f(1, "pfd_select",          20, 20, RW, 0,   Plain, "switch"),
        f(1, "lock_window",         21, 21, RW, 0,   Plain, "switch"),
        f(1, "filter_shift",        23, 22, RW, 3,   Plain, "unsigned value"),
        f(1, "enable_output_clock", 24, 24, RW, 1,   Inv, "switch"),
        f(1, "enable",              30, 30, RW, 1,   Plain, "switch"),
        f(1, "use_external_config", 31, 31, RW, 1,   Plain, "switch"),
    ]),
    // Also JTAG PLL register 4.
    omnibus("PLLClockOutputBlock", at(PLLClockOutputBlockOnDLS::TYPE, 1, &[0x0008_0004]), &[
        f(0, "output[0].enable_output",        0,  0, RW, 1, Plain, "serdes_ser_send_clk"),
        f(0, "output[0].enable_bypass",        1,  1, RW, 0, Plain, "pass FPGA clock"),
        f(0, "output[0].select_adpll",         2,  2, RW, 0, Plain, "switch"),
        f(0, "output[0].select_adpll_output",  4,  3, RW, 0, Plain, "0 core_0; 1 core_1; 2 dco"),
        f(0, "output[1].enable_output",        8,  8, RW, 1, Plain, "phy_ref_clk"),
        f(0, "output[1].enable_bypass",        9,  9, RW, 0, Plain, "pass FPGA clock"),
        f(0, "output[1].select_adpll",        10, 10, RW, 0, Plain, "switch"),
        f(0, "output[1].select_adpll_output", 12, 11, RW, 0, Plain, "0 core_0; 1 core_1; 2 dco"),
        f(0, "output[2].enable_output",       16, 16, RW, 1, Plain, "ppu_clk"),
        f(0, "output[2].enable_bypass",       17, 17, RW, 0, Plain, "pass FPGA clock"),
        f(0, "output[2].select_adpll",        18, 18, RW, 1, Plain, "switch"),
        f(0, "output[2].select_adpll_output", 20, 19, RW, 1, Plain, "0 core_0; 1 core_1; 2 dco"),
        f(0, "output[3].enable_output",       24, 24, RW, 1, Plain, "madc_clk"),
        f(0, "output[3].enable_bypass",       25, 25, RW, 0, Plain, "pass FPGA clock"),
        f(0, "output[3].select_adpll",        26, 26, RW, 0, Plain, "switch"),
        f(0, "output[3].select_adpll_output", 28, 27, RW, 2, Plain, "0 core_0; 1 core_1; 2 dco"),
        f(0, "switch_spl1_to_madc",           31, 31, RW, 0, Plain, "SPL1/Omnibus clock: 0 phy_ref_clk, 1 madc_clk (v3 only)"),
    ]),
    // Also JTAG PLL register 5.
    omnibus("PLLSelfTest", at(PLLSelfTestOnDLS::TYPE, 1, &[0x0008_0005]), &[
        f(0, "clock_enable",   0,  0, RW, 0, Plain, "switch"),
        f(0, "pre_scaler_p",   4,  1, RW, 0, Plain, "counts 2^(p+2) reference cycles"),
        f(0, "select_source",  6,  5, RW, 0, Plain, "unsigned value"),
        f(0, "check_range",   11,  8, RW, 0, Plain, "unsigned value"),
        f(0, "check_value",   31, 12, RW, 0, Plain, "expected = f_clk/f_ref * 2^(p+2)"),
    ]),
    omnibus("PLLSelfTestStatus", at(PLLSelfTestStatusOnDLS::TYPE, 1, &[0x0008_0007]), &[
        f(0, "counter_value", 19,  0, R, 0, Plain, "unsigned value"),
        f(0, "finished",      20, 20, R, 0, Plain, "switch"),
        f(0, "success",       21, 21, R, 0, Plain, "switch"),
    ]),
];
