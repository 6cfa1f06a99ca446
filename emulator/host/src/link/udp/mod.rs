//! A setup over UDP: [`server`] puts an emulated one on the network, [`client`] drives one from there, whoever serves it.

mod chip;
pub mod client;
pub mod order;
pub mod server;
mod shared;
mod socket;

pub use chip::{BATCH_WORDS, Emulation};
pub use client::{UdpError, UdpLink, UdpTarget};
pub use server::{ServeError, Server, ServerConfig};
pub use shared::{Log, ServerCounters};
