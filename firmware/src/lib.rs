//! Firmware for the plasticity processors: start-up code with libnux's conventions, a small library over the vector I/O space,
//! plasticity rules, and for every rule a plain reference that the processor's result is compared with.

pub mod reference;
