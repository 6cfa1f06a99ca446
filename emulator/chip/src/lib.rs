//! The emulated BrainScaleS-2 device (HICANN-X v3): analog core, event router, converters, Omnibus.
//!
//! Pure: no file, clock, thread or environment. `chip.rs` is the only place where the blocks meet and the only one that owns
//! time; start reading there.

pub mod analog;
pub mod chip;
pub mod exponential;
pub mod external;
pub mod neuron;
pub mod omnibus;
pub mod output;
pub mod ppu;
pub mod random;
pub mod readout;
pub mod router;
pub mod synapse;
pub mod time;
