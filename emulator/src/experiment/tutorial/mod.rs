//! The public tutorials of the chip, each with the figures it must show (electronicvisions brainscales2-demos).
//!
//! They share one bench, [`lab`]: a [`lab::Board`] says what is on the chip, a [`lab::Protocol`] what happens to it and what is
//! recorded, a [`lab::Lab`] carries both out. Whole networks are built of the populations of [`network`]. A tutorial is a file
//! here with a type that implements [`Experiment`](super::Experiment) and a line in [`BUILT_IN`](super::BUILT_IN).

mod adex;
mod calibration_sweeps;
mod current_step;
mod dynamic_range;
mod exponential;
mod f_i_curve;
mod fixed_pattern;
mod genetic_search;
mod hagen_yin_yang;
pub mod lab;
mod leak_over_threshold;
mod logic_gates;
mod matrix_multiplication;
mod multi_compartment;
mod multiplier;
pub mod network;
mod nominal;
mod psp;
mod silent_neuron;
mod smoke_test;
mod sudoku;
mod superspike;
mod synfire_chain;

pub use adex::Adex;
pub use calibration_sweeps::CalibrationSweeps;
pub use current_step::CurrentStep;
pub use dynamic_range::DynamicRange;
pub use exponential::Exponential;
pub use f_i_curve::FICurve;
pub use fixed_pattern::FixedPattern;
pub use genetic_search::GeneticSearch;
pub use hagen_yin_yang::HagenYinYang;
pub use leak_over_threshold::LeakOverThreshold;
pub use logic_gates::LogicGates;
pub use matrix_multiplication::MatrixMultiplication;
pub use multi_compartment::MultiCompartment;
pub use psp::Psp;
pub use silent_neuron::SilentNeuron;
pub use smoke_test::SmokeTest;
pub use sudoku::Sudoku;
pub use superspike::SuperSpike;
pub use synfire_chain::SynfireChain;
