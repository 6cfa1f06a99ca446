//! The FPGA between host and chip: carries out the host's message stream against a chip and answers with another.
//!
//! Start at [`executor`]. [`device`] says what the executor needs from the chip, [`config`] holds all latencies. The executor
//! is plain data without clock, file or thread; `link/` connects it to a host.

pub mod annotation;
mod barrier;
mod board;
mod chip;
pub mod config;
pub mod device;
pub mod executor;
pub mod jtag;
pub mod link;
pub mod loopback;
mod omnibus;
mod output;
pub mod registers;
pub mod statistics;
pub mod timer;
pub mod trace;

#[cfg(test)]
mod tests;

pub use config::{ExecutorConfig, LinkDown};
pub use device::Device;
pub use executor::Executor;
pub use loopback::LoopbackDevice;
pub use statistics::Statistics;
pub use trace::TraceConfig;
