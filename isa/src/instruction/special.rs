//! The special-purpose registers that `mfspr` and `mtspr` reach.

/// What a register allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SprAccess {
    /// Read and written.
    ReadWrite,
    /// Read; writes have no effect.
    Read,
    /// Written; what reading gives is undefined.
    Write,
    /// Read; writing 1 clears a bit.
    WriteOneClears,
}

impl SprAccess {
    /// As the reference page prints it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            SprAccess::ReadWrite => "rw",
            SprAccess::Read => "r",
            SprAccess::Write => "w",
            SprAccess::WriteOneClears => "rw1c",
        }
    }
}

/// One special-purpose register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spr {
    /// Its number, the operand of `mfspr` and `mtspr`.
    pub number: u16,
    /// Its name in lower case, which may be written in place of the number.
    pub name: &'static str,
    /// What it allows.
    pub access: SprAccess,
    /// What it is.
    pub meaning: &'static str,
}

const fn spr(number: u16, name: &'static str, access: SprAccess, meaning: &'static str) -> Spr {
    Spr { number, name, access, meaning }
}

use SprAccess::{Read, ReadWrite, Write, WriteOneClears};

/// Every special-purpose register, by number (electronicvisions/nux, `src/rtl/packages/pu_inst_pkg.sv`).
pub const SPRS: &[Spr] = &[
    spr(1, "xer", ReadWrite, "SO, OV and CA"),
    spr(8, "lr", ReadWrite, "link register"),
    spr(9, "ctr", ReadWrite, "count register"),
    spr(22, "dec", ReadWrite, "decrementer"),
    spr(26, "srr0", ReadWrite, "address at which an interrupt returns"),
    spr(27, "srr1", ReadWrite, "MSR that an interrupt restores"),
    spr(54, "decar", ReadWrite, "what the decrementer reloads"),
    spr(58, "csrr0", ReadWrite, "address at which rfci returns"),
    spr(59, "csrr1", ReadWrite, "MSR that rfci restores"),
    spr(61, "dear", ReadWrite, "storage; never written by the processor"),
    spr(62, "esr", ReadWrite, "cause of the last alignment or program interrupt"),
    spr(65, "gin", Read, "input pins"),
    spr(66, "gout", ReadWrite, "output pins"),
    spr(67, "goe", ReadWrite, "enable of the output pins"),
    spr(68, "iccr", Write, "interrupt control: pins and doorbell"),
    spr(284, "tbl", ReadWrite, "time base, lower word"),
    spr(285, "tbu", ReadWrite, "time base, upper word"),
    spr(336, "tsr", WriteOneClears, "timer status"),
    spr(340, "tcr", ReadWrite, "timer control"),
    spr(570, "mcsrr0", ReadWrite, "address at which rfmci returns"),
    spr(571, "mcsrr1", ReadWrite, "MSR that rfmci restores"),
];

/// The register of this name, in lower case.
#[must_use]
pub fn spr_named(name: &str) -> Option<&'static Spr> {
    SPRS.iter().find(|spr| spr.name == name)
}
