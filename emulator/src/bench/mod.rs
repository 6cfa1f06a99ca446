//! The workloads that speed is measured with. `hxemu bench` times them by the wall clock, and the `benches` crate runs the same
//! passes under criterion.
//!
//! To add a workload: a file here with a type that implements [`Pass`] and a function that prepares it, and two lines below.

mod array;
mod link;
mod measure;
mod playback;
mod processor;
mod yinyang;

pub use measure::{Measurement, measure};

use crate::experiment::ExperimentError;
use crate::instance::Instance;
use hx_chip::time::Time;
use serde::Serialize;

/// The workloads, in the order `hxemu bench` runs them.
pub const WORKLOADS: &[Workload] = &[
    array::LIF_ARRAY,
    array::LIF_SENSORS,
    array::ADEX_ARRAY,
    array::ADEX_SPARSE,
    array::ADEX_STRESS,
    yinyang::INFERENCE,
    yinyang::TRAINING,
    playback::WORKLOAD,
    link::TO_FPGA,
    link::FROM_FPGA,
    link::ROUND_TRIP,
    link::CONFIGURATION,
    processor::SCALAR,
    processor::VECTOR,
];

/// A row of the table of workloads.
#[derive(Debug, Clone, Copy)]
pub struct Workload {
    /// The name it is run by.
    pub name: &'static str,
    /// What is counted per second of wall clock.
    pub unit: &'static str,
    /// What is measured, in a sentence.
    pub detail: &'static str,
    /// Whether it uses the threads it is given.
    pub parallel: bool,
    /// The figure aimed at on two cores, in `unit`.
    pub goal: f64,
    /// A figure below which something is broken on any machine, in `unit`.
    pub floor: f64,
    /// Does everything that is not to be timed.
    pub prepare: fn(&Setting) -> Result<Box<dyn Pass>, ExperimentError>,
    /// Another program that does the same work, measured in the same run where it is installed.
    pub peer: Option<fn() -> Option<Peer>>,
}

/// What another program does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Peer {
    /// Which program.
    pub name: &'static str,
    /// Its figure, in the unit of the workload.
    pub value: f64,
}

/// What a workload runs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Setting {
    /// Seeds and fidelity of the chip.
    pub instance: Instance,
    /// Threads to use, where the workload uses several.
    pub threads: usize,
}

/// A prepared workload.
pub trait Pass: Send {
    /// Does the work once.
    ///
    /// # Errors
    /// When it fails; then there is nothing to time.
    fn run(&mut self) -> Result<Work, ExperimentError>;
}

/// What one pass did.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Work {
    /// Amount of work, in the unit of the workload times seconds: samples, words, seconds of chip time.
    pub amount: f64,
    /// Chip time that passed.
    pub chip_time: Time,
}

/// The workload of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Workload> {
    WORKLOADS.iter().find(|workload| workload.name == name)
}
