//! The public tutorials of the chip as experiments.

pub mod network;
