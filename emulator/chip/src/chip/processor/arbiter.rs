//! Who has the buses that both processors and the FPGA share, and until when. One access at a time; whoever comes later waits.
//! The FPGA's accesses occupy the bus too, but their own waiting disappears in the latency of the link.

use crate::time::Time;
use serde::{Deserialize, Serialize};

/// The shared buses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Arbiter {
    /// When the chip's Omnibus is free.
    pub omnibus: Time,
    /// When the link to the external memories is free.
    pub external: Time,
}

/// Takes a bus at `at` or as soon as it is free, for `occupancy`.
pub fn occupy(free: &mut Time, at: Time, occupancy: Time) {
    *free = (*free).max(at) + occupancy;
}
