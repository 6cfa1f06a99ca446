//! hxemu, an emulator of the BrainScaleS-2 neuromorphic chip: the library front behind the one binary.
//!
//! This crate is the outermost: command line, experiments and pictures. The chip is `hx-chip`, its host link and driver
//! `hx-host`, its instruction and register tables `hx-isa`. ARCHITECTURE.md says where to start reading.

pub mod analog;
pub mod assembly;
pub mod bench;
pub mod bits;
pub mod calibration;
pub mod cli;
pub mod diagnostics;
pub mod experiment;
pub mod gdb;
pub mod input;
pub mod instance;
pub mod lui;
pub mod plot;
pub mod processor;
pub mod setup;
pub mod store;
pub mod version;
