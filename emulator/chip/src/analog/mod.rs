//! From configuration to physics: CapMem cells, transfer functions, and how one chip instance differs from the next.
//!
//! The way of a parameter: a code written to a CapMem cell ([`capmem`]) relaxes to a voltage or current; [`mismatch`] says by
//! how much this chip's circuits deviate; [`transfer`] turns both into conductances, time constants and potentials, which
//! [`neuron_parameters`] and [`converter`] collect per neuron, per quadrant and per converter channel. Every number that is
//! not established is a field of [`constants::AnalogConstants`]. Units everywhere: V, us, pF, uS, uA, which need no factors
//! between them (`pF*V/us = uA`, `uS*V = uA`, `pF/uS = us`).

pub mod capmem;
pub mod cell;
pub mod constant;
pub mod constants;
pub mod converter;
pub mod correlation;
pub mod driver;
pub mod membrane_currents;
pub mod mismatch;
pub mod neuron_parameters;
pub mod transfer;

#[cfg(test)]
mod tests;
