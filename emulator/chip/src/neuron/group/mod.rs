//! Compartments integrated together: the general path for neurons with amplifiers that saturate, exponential term, adaptation,
//! conductance-based inputs or joined membranes (analog model, sections 2.1, 2.4, 2.8 and 8.3).
//!
//! Leak, adaptation and conductances between compartments act on the membrane potential V; exponential term,
//! conductance-based inputs, comparators and readout see it together with the membrane noise, which is a function of key and
//! time. So a group at rest stays at rest, and costs nothing until something touches it.

mod continuous;
mod dynamics;
mod finish;
mod noise;
mod parking;
mod setup;
mod state;
mod steps;
#[cfg(test)]
mod tests;
mod wired;

pub use setup::{Accuracy, Bridge, GroupSetup, Line, Member};
pub use state::{Group, MemberState, MemberVoltages, Outlook, Scratch};
