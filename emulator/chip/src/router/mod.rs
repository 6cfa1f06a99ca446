//! The event network: neuron event outputs, background sources, the crossbar with its 76 nodes, and the PADI buses towards the
//! synapse drivers. Follows electronicvisions halco:src/halco/hicann-dls/vx/{event,routing_crossbar,synapse_driver}.cpp and
//! haldls (routing_crossbar.h, background.h, padi.h). Times are cycles of the 250 MHz network clock; link latencies and the path
//! from a fire to the crossbar belong to `chip.rs`.
//!
//! No block here calls another: each one takes events and a configuration and appends what leaves it to a vector.

pub mod background;
pub mod crossbar;
pub mod crossbar_config;
pub mod label;
pub mod neuron_output;
pub mod padi;
pub mod registers;
pub mod topology;

pub use background::{BackgroundConfig, BackgroundEvent, BackgroundSource};
pub use crossbar::{Crossbar, Routed};
pub use crossbar_config::{CrossbarConfig, NodeConfig, OutputConfig};
pub use label::SpikeLabel;
pub use neuron_output::{NeuronEvent, NeuronOutputs};
pub use padi::{PadiBusConfig, PadiEvent, PadiTrigger};
