//! The driver against the emulated chip, over the in-process link: what an experiment sees is all that is checked.

mod configuration;
mod events;
mod readout;
mod setup;
mod synapses;
