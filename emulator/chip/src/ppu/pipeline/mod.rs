//! The core's timing, clock by clock and without data values.
//!
//! [`Machine`] is a plain value; [`Machine::step`] is one clock and calls the [`Environment`] where data are touched. All times in it
//! are relative to now, so that equal situations are equal values.

mod cache;
mod data;
mod divider;
mod environment;
mod fetch;
mod machine;
mod schedule;
mod scoreboard;
mod timing;
mod vectors;
mod wakeup;

pub use environment::{Access, Environment, Interrupt, Outcome, Requests, Slot, Training};
pub use machine::{Machine, Wiring};
pub use timing::{Timing, Unit};
