//! The public tutorials of the chip, each with the figures it must show (electronicvisions brainscales2-demos).
//!
//! They share one bench, [`lab`]: a [`lab::Board`] says what is on the chip, a [`lab::Protocol`] what happens to it and what is
//! recorded, a [`lab::Lab`] carries both out. A tutorial is a file here with a type that implements
//! [`Experiment`](super::Experiment) and a line in [`BUILT_IN`](super::BUILT_IN).

mod hagen_yin_yang;
pub mod lab;
mod matrix_multiplication;
mod multiplier;

pub use hagen_yin_yang::HagenYinYang;
pub use matrix_multiplication::MatrixMultiplication;
