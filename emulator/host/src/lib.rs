//! Everything between a host program and the chip: the FPGA's message stream and playback executor, the links to it, and the
//! driver side with which experiments write programs.

pub mod arq;
pub mod driver;
pub mod fpga;
pub mod link;
pub mod message;
pub mod setup;
