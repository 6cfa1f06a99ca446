//! Links between a host and an FPGA with its chip.

pub mod memory;
pub mod udp;

pub use memory::{LinkConfig, LinkStatistics, MemoryLink};
