//! The neuron circuits: closed-form membrane dynamics, noise, threshold crossing and the digital refractory cycle.
//! Read `propagator.rs` for the equations and `array.rs` for how events reach them.

pub mod array;
pub mod backend;
pub mod circuit;
pub mod crossing;
pub mod general;
pub mod grid;
pub mod group;
pub mod integrate;
pub mod neurons;
pub mod noise;
pub mod propagation;
pub mod propagator;
pub mod wiring;

pub use array::{Fire, NEURONS, NeuronArray};
pub use backend::{NeuronSetup, Phase, RefractorySettings};
pub use neurons::{Neurons, Voltages};
