//! Waking the sleeping core (electronicvisions/nux `src/rtl/processor/interrupt_ctrl.sv`).

use serde::{Deserialize, Serialize};

use super::environment::Requests;

/// State of the waking logic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Wakeup {
    /// The core runs.
    #[default]
    Idle,
    /// The core sleeps.
    Asleep,
    /// The core is told to wake.
    Waking,
}

impl Wakeup {
    /// The core is told to wake.
    pub(super) fn wakes(self) -> bool {
        self == Self::Waking
    }

    /// Only a request changes anything.
    pub(super) fn is_asleep(self) -> bool {
        self == Self::Asleep
    }

    /// One clock. A request wakes whether interrupts are enabled or not.
    pub(super) fn step(&mut self, halted: bool, requests: &Requests) {
        *self = match *self {
            _ if !halted => Self::Idle,
            Self::Idle => Self::Asleep,
            Self::Asleep if !requests.is_quiet() => Self::Waking,
            unchanged => unchanged,
        };
    }
}
