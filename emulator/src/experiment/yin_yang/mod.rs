//! The Yin-Yang task learned with first spike times, the chip in the loop (Goeltz, Kriener et al., Nat. Mach. Intell. 3, 2021):
//! 4 inputs and a bias on five rows each, 120 hidden and 3 output neurons, signed weights on pairs of rows. The chip computes
//! the forward pass; the host takes its spike times, derives the exact gradient and writes new weights.

mod chip;
mod placement;
mod training;

pub use chip::{ChipNetwork, NetworkError, Timing};
pub use placement::{Placement, Source};
pub use training::{Evaluated, History, InTheLoop, Sets, TrainingError};
