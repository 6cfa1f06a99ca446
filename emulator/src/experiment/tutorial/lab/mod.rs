//! What every tutorial needs of a chip: neurons with chosen parameters, spike sources and synapses between them, stretches of
//! chip time with stimuli, and recordings of spikes, membranes and converters.

mod board;
mod check;
mod connections;
pub mod fit;
pub mod pictures;
mod recording;
mod session;

pub use board::{Board, NeuronSettings};
pub use check::{chip_name, in_range, neuron_at, some_neurons};
pub use connections::{Source, SourceKind};
pub use recording::{CadcFrame, Protocol, Recording, Snippet, Spike};
pub use session::Lab;

#[cfg(test)]
mod routing_tests;
#[cfg(test)]
mod tests;
