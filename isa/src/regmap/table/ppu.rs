//! Plasticity processors: memory, control, status.
//!
//! One row per field: word, name, most and least significant bit, access, configuration default, encoding, meaning.

use super::super::Access::{R, RW};
use super::super::Container;
use super::super::Encoding::Plain;
use super::super::coordinate::{PPUControlRegisterOnDLS, PPUMemoryWordOnDLS, PPUStatusRegisterOnDLS};
use super::super::location::at;
use super::row::{f, omnibus};

#[rustfmt::skip]
pub(super) const ROWS: &[Container] = &[
    omnibus("PPUMemoryWord", at(PPUMemoryWordOnDLS::TYPE, 1, &[0x0280_0000, 0x0380_0000]).by("p").step("w", 1), &[
        f(0, "value", 31,  0, RW, 0, Plain, "32-bit big-endian word of the 16 KiB SRAM (byte address 4*w); PPUMemoryBlock/PPUMemory are ranges of it"),
    ]),
    omnibus("PPUControlRegister", at(PPUControlRegisterOnDLS::TYPE, 1, &[0x02a0_0000, 0x03a0_0000]).by("p"), &[
        f(0, "inhibit_reset",            0,  0, RW, 0, Plain, "1 = run, 0 = PPU held in reset"),
        f(0, "force_clock_on",           1,  1, RW, 0, Plain, "switch"),
        f(0, "force_clock_off",          2,  2, RW, 0, Plain, "switch"),
        f(0, "cache_controller_enable",  3,  3, RW, 0, Plain, "instruction cache for external memory"),
    ]),
    omnibus("PPUStatusRegister", at(PPUStatusRegisterOnDLS::TYPE, 1, &[0x02a0_0001, 0x03a0_0001]).by("p"), &[
        f(0, "sleep",  0,  0, R, 0, Plain, "1 = PPU executed wait/sleep (program finished)"),
    ]),
];
