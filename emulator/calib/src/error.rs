//! Why a calibration could not be carried out. That a neuron misses a target is no error but part of the result.

use crate::codes::CodesError;
use crate::targets::TargetError;
use hx_host::driver::capmem::CapMemError;
use hx_host::driver::synapse::SynapseRangeError;
use hx_host::driver::{DriverError, TicketError};
use thiserror::Error;

/// Why a calibration could not be carried out.
#[derive(Debug, Error)]
pub enum CalibrationError {
    /// The targets cannot be met by any chip.
    #[error(transparent)]
    Targets(#[from] TargetError),
    /// The setup did not do its part.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// A search left the range of codes, which is a bug.
    #[error(transparent)]
    Codes(#[from] CodesError),
    /// As [`CalibrationError::Codes`].
    #[error(transparent)]
    CapMem(#[from] CapMemError),
    /// A weight left its range, which is a bug.
    #[error(transparent)]
    Synapse(#[from] SynapseRangeError),
    /// Readings of one program were asked of another, which is a bug.
    #[error(transparent)]
    Ticket(#[from] TicketError),
    /// The converter does not follow the voltage it is given, so nothing can be measured.
    #[error(
        "the CADC of quadrant {block} reads {low:.1} and {high:.1} LSB at codes {} and {}: nothing can be measured with it",
        .codes.0,
        .codes.1
    )]
    Converter {
        /// CapMem block.
        block: usize,
        /// Codes of the reference voltage.
        codes: (u16, u16),
        /// Mean reading at the low voltage.
        low: f64,
        /// Mean reading at the high voltage.
        high: f64,
    },
}
