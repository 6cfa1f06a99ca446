//! Lu.i, the palm-sized teaching neuron: one leaky integrate-and-fire neuron as a board with potentiometers, switches and LEDs,
//! and networks of such boards, in real time from milliseconds to seconds.
//!
//! [`parts`] is the table of component values, [`knobs`] what a student turns, [`circuit`] the coefficients that follow from both;
//! [`board`] is one board with its state, [`network`] wires boards and moves them from edge to edge. No interface and no files:
//! whoever drives it announces changes, advances, and looks.

pub mod board;
pub mod circuit;
pub mod knobs;
mod motion;
pub mod network;
pub mod parts;
mod random;
pub mod theory;
pub mod time;

pub use board::{Board, View};
pub use circuit::{Circuit, LEDS};
pub use knobs::{Knobs, Sign, TERMINALS, Turn};
pub use network::{Action, BoardSetup, Change, Network, OutputEdge, Wire, WiringError};
pub use parts::{Part, Parts};
pub use time::Time;

#[cfg(test)]
mod tests;
