//! What lies outside a processor's core, as the core addresses it: the map of the scalar unit and of instruction fetch
//! ([`scalar`]), the map of the vector unit's parallel bus ([`parallel`]), how long accesses take ([`timing`]) and the random
//! numbers behind the parallel bus ([`random`]). Pure tables and functions; the chip carries the accesses out.

pub mod parallel;
pub mod random;
pub mod scalar;
pub mod timing;

pub use parallel::{ParallelTarget, parallel_target};
pub use random::ParallelRandom;
pub use scalar::{ScalarTarget, fetch_target, scalar_target};
pub use timing::PpuBusTiming;
