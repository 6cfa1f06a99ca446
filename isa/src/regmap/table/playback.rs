//! What is set by JTAG or by playback instructions and has no address.
//!
//! One row per field: word, name, most and least significant bit, access, configuration default, encoding, meaning.

use super::super::Access::{R, RW, W};
use super::super::Container;
use super::super::Encoding::Plain;
use super::super::coordinate::*;
use super::row::{f, no_bits, port};

#[rustfmt::skip]
pub(super) const ROWS: &[Container] = &[
    port("JTAGIdCode", JTAGIdCodeOnDLS::TYPE, 1, "JTAG instruction 1 (IDCODE)", "32-bit JTAG data register", &[
        f(0, "marker",           0,  0, R, 1,     Plain, "always 1"),
        f(0, "manufacturer_id", 11,  1, R, 87,    Plain, "Heidelberg University"),
        f(0, "part_number",     27, 12, R, 18_520, Plain, "ASCII HX"),
        f(0, "version",         31, 28, R, 3,     Plain, "chip revision 3"),
    ]),
    port("JTAGClockScaler", JTAGClockScalerOnDLS::TYPE, 1, "FPGA JTAG instruction", "8-bit payload", &[
        f(0, "value",  7,  0, W, 6, Plain, "JTAG clock = f / (value+2)"),
    ]),
    port("ResetJTAGTap", ResetJTAGTapOnDLS::TYPE, 1, "FPGA JTAG instruction", "no payload", &[
        no_bits(0, "(trigger)", W, "reset JTAG state machine"),
    ]),
    port("ResetChip", ResetChipOnDLS::TYPE, 1, "FPGA system instruction", "1-bit payload", &[
        f(0, "value",  0,  0, W, 0, Plain, "1 = chip reset pin active"),
    ]),
    port("Timer", TimerOnDLS::TYPE, 1, "FPGA timing instruction", "setup: no payload; wait-until: 32-bit payload", &[
        f(0, "value", 31,  0, RW, 0, Plain, "only 0 can be written; 125 cycles per us"),
    ]),
    port("Barrier", BarrierOnFPGA::TYPE, 1, "FPGA timing instruction", "5-bit payload", &[
        f(0, "enable_omnibus",             0,  0, W, 0, Plain, "block until idle / event"),
        f(0, "enable_jtag",                1,  1, W, 0, Plain, "block until idle / event"),
        f(0, "enable_systime",             2,  2, W, 0, Plain, "block until idle / event"),
        f(0, "enable_multi_fpga",          3,  3, W, 0, Plain, "block until idle / event"),
        f(0, "enable_systime_correction",  4,  4, W, 0, Plain, "block until idle / event"),
    ]),
    port("PollingOmnibusBlock", PollingOmnibusBlockOnFPGA::TYPE, 1, "FPGA timing instruction", "1-bit payload", &[
        f(0, "enable_expects_equality",  0,  0, W, 1, Plain, "switch"),
    ]),
    port("SystimeSync", SystimeSyncOnFPGA::TYPE, 1, "FPGA timing instruction", "1-bit payload", &[
        f(0, "do_sync",  0,  0, W, 1, Plain, "1 synchronise; 0 only report systime"),
    ]),
    port("SpikePack1ToChip", SpikePack1ToChipOnDLS::TYPE, 1, "FPGA event instruction", "16-bit payload; label i occupies bits 15-16*i..0-16*i (first label most significant)", &[
        f(0, "label[0]", 15,  0, W, 0, Plain, "16-bit spike label"),
    ]),
    port("SpikePack2ToChip", SpikePack2ToChipOnDLS::TYPE, 1, "FPGA event instruction", "32-bit payload; label i occupies bits 31-16*i..16-16*i (first label most significant)", &[
        f(0, "label[0]", 31, 16, W, 0, Plain, "16-bit spike label"),
        f(0, "label[1]", 15,  0, W, 0, Plain, "16-bit spike label"),
    ]),
    port("SpikePack3ToChip", SpikePack3ToChipOnDLS::TYPE, 2, "FPGA event instruction", "48-bit payload; label i occupies bits 47-16*i..32-16*i (first label most significant)", &[
        f(0, "label[0]", 47, 32, W, 0, Plain, "16-bit spike label"),
        f(0, "label[1]", 31, 16, W, 0, Plain, "16-bit spike label"),
        f(0, "label[2]", 15,  0, W, 0, Plain, "16-bit spike label"),
    ]),
    port("NullPayloadReadable", NullPayloadReadableOnFPGA::TYPE, 1, "FPGA system instruction (loopback)", "1-bit payload: halt/tick marker", &[
        no_bits(0, "(none)", R, "response marks completion"),
    ]),
];
