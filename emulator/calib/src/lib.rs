//! Calibration of a chip through its registers and converters alone.
//!
//! [`calibrate`] finds the codes with which all neurons of a chip meet common [`Targets`]; [`apply`] turns its result, a
//! [`Calibration`], into a configuration for the driver and [`load`] puts that on a chip; [`report`] measures what was achieved. Nothing here knows what is
//! behind the setup: the routines only write registers and read CADC samples and spike counters, all neurons at once. They
//! follow electronicvisions calix in order and observables.

pub mod bench;
mod cadc;
mod coba;
pub mod codes;
mod compartments;
mod correlation;
mod drivers;
mod error;
mod features;
mod potentials;
mod refractory;
mod report;
mod result;
mod routine;
pub mod search;
mod settings;
mod stimulus;
mod synaptic;
mod targets;
mod threshold;
mod time_constants;

pub use drivers::DriverCodes;
pub use error::CalibrationError;
pub use features::{CobaTargets, CorrelationTargets, HagenTargets, StpTargets};
pub use refractory::Refractory;
pub use report::{Check, Limits, Report, Row, report};
pub use result::{
    BlockQuantity, CALIBRATION_VERSION, Calibration, CalibrationTextError, Quantity, apply, load,
};
pub use routine::{Progress, calibrate};
pub use targets::{Selection, Strength, TargetError, Targets};

/// Neurons of a chip.
pub const NEURONS: usize = hx_isa::regmap::coordinate::AtomicNeuronOnDLS::SIZE;
