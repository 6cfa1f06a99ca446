//! The scheduler's state (electronicvisions/nux `src/rtl/processor/schedule_single.sv`).

use serde::{Deserialize, Serialize};

use super::timing::Kind;

/// What the scheduler is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum State {
    /// Waits for the first instruction after reset.
    #[default]
    Reset,
    /// Issues.
    Fetching,
    /// Waits for the target of a jump.
    Jumping,
    /// Sleeps.
    Halted,
    /// Waits until everything is finished.
    Synchronising,
    /// Waits until everything is finished, to sleep then.
    Halting,
    /// Waits for the target of an interrupt.
    Interrupting,
    /// Waits, at the target of an interrupt, until everything is finished.
    Draining,
}

/// What the state depends on in one cycle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inputs {
    /// A branch jumps.
    pub branch: bool,
    /// An interrupt jumps.
    pub interrupt: bool,
    /// Something was fetched.
    pub valid: bool,
    /// The instruction in F3 is the target of a jump.
    pub arrives: bool,
    /// What the instruction in F3 is to the scheduler.
    pub kind: Kind,
    /// All pipelines are empty.
    pub empty: bool,
    /// The sleeping core is to wake.
    pub wakes: bool,
}

impl Inputs {
    fn synchronises(&self) -> bool {
        matches!(self.kind, Kind::Sync | Kind::Synchronising)
    }

    fn halts(&self) -> bool {
        self.kind == Kind::Halt
    }

    /// Where the instruction in F3 leads.
    fn follow(&self) -> State {
        if self.halts() {
            State::Halting
        } else if self.synchronises() {
            State::Synchronising
        } else {
            State::Fetching
        }
    }
}

impl State {
    /// Write-back is switched off.
    pub(super) fn disables_write_back(self) -> bool {
        matches!(self, Self::Interrupting | Self::Draining)
    }

    /// Interrupts from outside have to wait.
    pub(super) fn blocks_external(self) -> bool {
        matches!(self, Self::Synchronising | Self::Halting | Self::Interrupting | Self::Draining)
    }

    /// The instruction in F3 is one that a jump left behind.
    pub(super) fn ignores(self, inputs: &Inputs) -> bool {
        match self {
            Self::Reset => !inputs.valid,
            Self::Jumping | Self::Interrupting => !inputs.arrives,
            _ => false,
        }
    }

    /// The instruction in F3 may issue as far as the scheduler's state goes; in [`State::Reset`] nothing else is asked.
    pub(super) fn issues(self, inputs: &Inputs) -> bool {
        match self {
            Self::Reset => inputs.valid,
            Self::Fetching => !inputs.branch,
            Self::Jumping => inputs.arrives,
            _ => false,
        }
    }

    /// F3 is held whatever is in it.
    pub(super) fn holds(self, inputs: &Inputs) -> bool {
        match self {
            Self::Halted | Self::Synchronising | Self::Halting | Self::Draining => true,
            Self::Interrupting => inputs.arrives,
            _ => false,
        }
    }

    /// A jump is under way.
    pub(super) fn is_jumping(self, inputs: &Inputs) -> bool {
        match self {
            Self::Fetching => inputs.branch,
            Self::Jumping => true,
            _ => false,
        }
    }

    /// The state in the next cycle.
    pub(super) fn next(self, inputs: &Inputs) -> Self {
        match self {
            Self::Reset if inputs.valid => inputs.follow(),
            Self::Fetching => Self::after_fetching(inputs),
            Self::Jumping if inputs.arrives => Self::after_jumping(inputs),
            Self::Halted if inputs.wakes => Self::after_sleep(inputs),
            Self::Synchronising | Self::Draining if inputs.empty => Self::Fetching,
            Self::Halting => Self::after_halting(inputs),
            Self::Interrupting if inputs.arrives => Self::Draining,
            unchanged => unchanged,
        }
    }

    fn after_fetching(inputs: &Inputs) -> Self {
        match (inputs.branch, inputs.interrupt) {
            (true, _) => Self::Jumping,
            (false, true) => Self::Interrupting,
            (false, false) => inputs.follow(),
        }
    }

    fn after_jumping(inputs: &Inputs) -> Self {
        match (inputs.halts(), inputs.interrupt) {
            (true, _) => Self::Halting,
            (false, true) => Self::Interrupting,
            (false, false) => inputs.follow(),
        }
    }

    fn after_sleep(inputs: &Inputs) -> Self {
        match (inputs.branch, inputs.interrupt) {
            (true, _) => Self::Jumping,
            (false, true) => Self::Interrupting,
            (false, false) if inputs.synchronises() => Self::Synchronising,
            (false, false) => Self::Fetching,
        }
    }

    fn after_halting(inputs: &Inputs) -> Self {
        if inputs.branch {
            Self::Jumping
        } else if inputs.arrives {
            Self::Fetching
        } else if inputs.empty {
            Self::Halted
        } else {
            Self::Halting
        }
    }
}
