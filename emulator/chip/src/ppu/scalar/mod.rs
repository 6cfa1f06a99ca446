//! The scalar side of the processor: decoded instructions, registers, timers and what each instruction does to them.
//!
//! Nothing here knows how long anything takes. [`execute`] is called once per issue slot, in the order of the program, and
//! does all of the instruction that concerns registers; what concerns memory or the flow of control it hands back as an
//! [`Effect`]. Cycles appear only where a program can read or set a clock ([`Timers`]).
//!
//! Departures of this core from the Power ISA (all of them from electronicvisions/nux: src/rtl/processor):
//! shift amounts of 32 and more wrap around; `lha`, `lhau` and `twi` do not sign-extend their immediate ([`DecodeOptions`]);
//! `mfocrf` keeps the unselected bits of the register; the length bit of compares is ignored; `bcctr` tests but never writes
//! the count; words that are no instruction do nothing, except for those of primary opcode 31, which may set CR0, OV and SO.

mod arithmetic;
mod branch;
mod decoded;
mod execute;
mod logic;
mod memory;
mod registers;
mod system;
#[cfg(test)]
mod tests;
mod timers;

pub use decoded::{DecodeOptions, Decoded};
pub use execute::{Effect, access, execute, jump, vector_operand};
pub use memory::{Load, Store, Width};
pub use registers::{
    ESR_IMPLEMENTED, ESR_PTR, MSR_EE, MSR_IMPLEMENTED, MSR_KEPT_BY_INTERRUPT, PinInterrupts, Registers,
    SaveRestore, SprKind, XER_CA, XER_IMPLEMENTED, XER_OV, XER_SO, spr_kind,
};
pub use timers::{TCR_ARE, TCR_DIE, TCR_FIE, TSR_DIS, TSR_FIS, Timer, TimerRequests, Timers};
