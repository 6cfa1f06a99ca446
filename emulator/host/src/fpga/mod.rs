//! The FPGA between host and chip. [`device`] says what it needs from the chip, [`config`] holds its latencies.

pub mod config;
pub mod device;

pub use config::{ExecutorConfig, LinkDown};
pub use device::Device;
