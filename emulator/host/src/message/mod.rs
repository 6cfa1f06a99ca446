//! The messages between host and FPGA: start at [`table`], from which the typed messages, their encoders and decoders, the
//! text form and random messages derive; [`stream`] packs them into words.

pub mod field;
pub mod random;
pub mod stream;
pub mod table;
#[cfg(test)]
mod tests;
mod text;

pub use field::{LinkNotification, LoopbackKind, Sample, Spike};
pub use stream::{COMMA, FromFpgaDecoder, Packer, StreamError};
pub use table::{FromFpga, ToFpga};
