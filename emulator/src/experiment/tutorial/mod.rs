//! The public tutorials of the chip, each with the figures it must show (electronicvisions brainscales2-demos).
//!
//! They share one bench, [`lab`]: a [`lab::Board`] says what is on the chip, a [`lab::Protocol`] what happens to it and what is
//! recorded, a [`lab::Lab`] carries both out. Whole networks are built of the populations of [`network`]. A tutorial is a file
//! here with a type that implements [`Experiment`](super::Experiment) and a line in [`BUILT_IN`](super::BUILT_IN).

mod calibration_sweeps;
pub mod lab;
mod logic_gates;
pub mod network;
mod sudoku;
mod superspike;
mod synfire_chain;

pub use calibration_sweeps::CalibrationSweeps;
pub use logic_gates::LogicGates;
pub use sudoku::Sudoku;
pub use superspike::SuperSpike;
pub use synfire_chain::SynfireChain;
