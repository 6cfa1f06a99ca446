//! Compartments integrated together: the general path for neurons with amplifiers that saturate, exponential term, adaptation,
//! conductance-based inputs or joined membranes (analog model, sections 2.1, 2.4, 2.8 and 8.3).

mod setup;

pub use setup::{Accuracy, Bridge, GroupSetup, Line, Member};
