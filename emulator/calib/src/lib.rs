//! Calibration of a chip through its registers and converters alone.
