//! The plasticity processor against others that execute the same instructions.
//!
//! `qemu-ppc`, the user mode emulator of a complete Power processor, is the oracle; tests that need it or the cross compiler
//! print "skipped" where they are not installed.

mod command;
mod core;
mod debugger;
mod generator;
mod interrupts;
mod machine;
mod oracle;
mod programs;
mod sequences;
