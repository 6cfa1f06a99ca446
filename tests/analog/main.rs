//! The analog core through registers and converters: what calibration routines see of it.

mod bench;
mod monotonicity;
