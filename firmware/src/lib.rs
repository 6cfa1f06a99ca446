//! Firmware for the plasticity processors: start-up code with libnux's conventions, a small library over the vector I/O space,
//! plasticity rules, and for every rule a plain reference that the processor's result is compared with.
//!
//! [`FIRMWARE`] lists the programs, [`Firmware::build`] makes an [`Image`]. [`harness`] runs a rule on given rows; where it
//! runs, a core alone or a whole chip, is the caller's [`harness::Processor`].

mod build;
mod catalogue;
pub mod harness;
mod image;
pub mod reference;

pub use build::{BuildError, build};
pub use catalogue::{FIRMWARE, Firmware, SCHEDULE, Source};
pub use image::{Image, ImageError, MEMORY_WORDS};
