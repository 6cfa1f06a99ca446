//! Recorders: what was observed goes in, files that other tools read come out. Knows no chip, only signals, lines and counts.

pub mod lcov;
pub mod waveform;
