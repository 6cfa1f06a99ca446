//! The one port of the vector register file (electronicvisions/nux `src/rtl/processor/vector_ctrl.sv`, arbitration).

use serde::{Deserialize, Serialize};

use super::class::VectorUnit::{self, Compare, LoadStore, MultiplyAdd, Parallel, Permute};

/// Units in the order in which the port is offered to them.
const PRIORITY: [VectorUnit; 5] = [MultiplyAdd, Compare, Permute, LoadStore, Parallel];

/// Units that may ask, by phase: first all, then one fewer per cycle in the order of the units, last none.
const ALLOWED: [u8; 6] = [0b1_1111, 0b1_1110, 0b1_1100, 0b1_1000, 0b1_0000, 0];

/// The bit of a unit in a set of units, in the order of the hardware's unit numbers.
pub(super) const fn bit(unit: VectorUnit) -> u8 {
    1 << unit as u8
}

/// The rotating mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct Arbiter {
    phase: u8,
}

impl Arbiter {
    /// Who of the set `requests` gets the port in this cycle. Without an allowed request the port stands at the multiply-add
    /// unit, so that unit gets it if it asks and nobody otherwise.
    pub(super) fn grant(self, requests: u8) -> Option<VectorUnit> {
        if requests == 0 {
            return None;
        }
        let allowed = requests & ALLOWED[usize::from(self.phase % 6)];
        let winner = PRIORITY.into_iter().find(|&unit| allowed & bit(unit) != 0).unwrap_or(MultiplyAdd);
        (requests & bit(winner) != 0).then_some(winner)
    }

    /// The mask moves on in every cycle in which anybody asks, granted or not.
    pub(super) fn step(&mut self, requests: u8) {
        if requests != 0 {
            self.phase = (self.phase + 1) % 6;
        }
    }
}
