//! Occupation of the divider (electronicvisions/nux `src/rtl/processor/frontend_single.sv`, modules `Fub_counter` and `Fubm_div`).

use serde::{Deserialize, Serialize};

/// Cycles the counter runs, from a divide and from reset.
const COUNT: u8 = 30;

/// Counter of the divider. While a division runs nothing issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Divider {
    left: u8,
    counted: bool,
    busy: bool,
}

impl Default for Divider {
    /// After reset the counter runs once.
    fn default() -> Self {
        Self { left: COUNT, counted: false, busy: false }
    }
}

impl Divider {
    /// Whether the quotient is written in this cycle, unless somebody else has the port.
    fn finishes(self, port_taken: bool) -> bool {
        self.busy && self.counted && !port_taken
    }

    /// Whether issue is held back.
    pub(super) fn stalls(self, port_taken: bool) -> bool {
        self.busy && !self.finishes(port_taken)
    }

    /// Whether a division may issue.
    pub(super) fn ready(self, port_taken: bool) -> bool {
        self.counted && (!self.busy || self.finishes(port_taken))
    }

    /// One clock; `issued` says whether a division left the scheduler in it.
    pub(super) fn step(&mut self, port_taken: bool, issued: bool) {
        self.busy = issued || (self.busy && !self.finishes(port_taken));
        self.counted = self.left == 0 && !issued;
        self.left = if issued { COUNT } else { self.left.saturating_sub(1) };
    }
}
