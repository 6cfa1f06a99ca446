//! Why nothing leaves the scheduler in a cycle: the material of profiles.

use serde::{Deserialize, Serialize};

/// The first reason that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Stall {
    /// The core sleeps.
    Sleep,
    /// `sync`, `wait`, `mtmsr` or an interrupt waits until all pipelines are empty.
    Synchronisation,
    /// The target of a jump is on its way: a branch that was not predicted, or an interrupt.
    Jump,
    /// No instruction is there: reset, or fetch had to wait.
    Fetch,
    /// A result of XER is on its way.
    Exception,
    /// A general register is on its way.
    Operand,
    /// The write port of the general registers is taken in the cycle of the result.
    WritePort,
    /// A field of the condition register is on its way.
    Condition,
    /// LR, CTR, MSR or a special purpose register is on its way.
    Special,
    /// A division is under way.
    Divide,
    /// The queues of loads and stores are full.
    MemoryQueue,
    /// The queue of the vector unit is full.
    VectorQueue,
}

impl Stall {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Sleep,
        Self::Synchronisation,
        Self::Jump,
        Self::Fetch,
        Self::Exception,
        Self::Operand,
        Self::WritePort,
        Self::Condition,
        Self::Special,
        Self::Divide,
        Self::MemoryQueue,
        Self::VectorQueue,
    ];

    /// A short name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sleep => "sleep",
            Self::Synchronisation => "synchronisation",
            Self::Jump => "jump",
            Self::Fetch => "fetch",
            Self::Exception => "xer",
            Self::Operand => "operand",
            Self::WritePort => "write_port",
            Self::Condition => "condition",
            Self::Special => "special_register",
            Self::Divide => "divide",
            Self::MemoryQueue => "memory_queue",
            Self::VectorQueue => "vector_queue",
        }
    }
}
