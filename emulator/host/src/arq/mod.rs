//! HostARQ, the protocol by which hosts reach the FPGA over UDP: frames with sequence numbers, acknowledged and sent again until
//! they are (electronicvisions sctrltp). Everything here is plain data without clock and socket; [`crate::link::udp`] lets it
//! talk.
//!
//! Start at [`parameters`], then [`frame`] and [`endpoint`]. [`fpga`] is the FPGA's side above an endpoint, [`info`] what it says
//! about itself.

pub mod counters;
pub mod endpoint;
pub mod fpga;
pub mod frame;
pub mod info;
pub mod parameters;
mod resend;
#[cfg(test)]
mod tests;

pub use counters::{EndpointCounters, FpgaCounters};
pub use endpoint::{Endpoint, Packet};
pub use fpga::{FpgaSide, PLAYBACK_WORDS};
pub use frame::{Data, Frame, FrameError};
