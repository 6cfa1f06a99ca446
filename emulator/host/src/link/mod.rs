//! Links between a host and an FPGA with its chip.

pub mod memory;

pub use memory::{LinkConfig, LinkStatistics, MemoryLink};
