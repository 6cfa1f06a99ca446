//! What is remembered of a stretch of cycles.

use super::program::Program;
use crate::ppu::pipeline::{Access, Machine, Outcome, Training};
use crate::ppu::ports::Delay;
use crate::ppu::scalar::Decoded;
use crate::ppu::vector::VectorInstruction;
use crate::ppu::vector::timing::VectorClass;

/// Number of a node.
pub(super) type NodeId = u32;

/// An answer that the timing machine got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// An instruction word.
    Fetch(u32),
    /// A prediction.
    Predict(Option<u32>),
    /// What a scalar instruction did.
    Outcome(Outcome),
    /// How an access goes.
    Access(Access),
    /// How long a parallel access takes.
    Delay(Delay),
    /// How a vector instruction behaves.
    Class(VectorClass),
}

/// Something to be done, with the cycle counted from the beginning of the node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Op {
    pub offset: u16,
    pub action: Action,
}

/// What is to be done. `input` is the number of the answer it must give for the node to go on as remembered.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    /// A scalar instruction that only changes registers. Addresses of instructions are byte addresses but for [`Action::Any`].
    Scalar { decoded: Decoded },
    /// Some of them, kept in the program.
    Run { first: u32, count: u16 },
    /// The same of an instruction to which the time matters.
    Clocked { decoded: Decoded, address: u32 },
    /// A multiplication, whose result can be lost while it is on its way.
    Multiply { decoded: Decoded, address: u32 },
    /// A slot of a load or store.
    Memory { decoded: Decoded, address: u32, part: u8, input: u32 },
    /// A branch.
    Branch { decoded: Decoded, address: u32, taken: bool, target: u32, input: u32 },
    /// Any other scalar instruction.
    Any { address: u32, word: u32, part: u8, outcome: Outcome, input: u32 },
    /// A scalar access to the SRAM, accepted at once.
    Sram,
    /// Any other scalar access is presented.
    Request { access: Access },
    /// It is accepted.
    Accept,
    /// A vector instruction issues.
    Vector { decoded: Decoded, address: u32, instruction: VectorInstruction, key: u8 },
    /// A vector load or store begins.
    VectorRequest { key: u8, access: Access, input: u32 },
    /// Words of it, one per cycle.
    Beats { key: u8, first: u8, count: u8 },
    /// A parallel access is presented.
    ParallelRequest { key: u8, delay: Delay, input: u32 },
    /// It is accepted.
    Parallel { key: u8 },
    /// It samples its byte enables.
    Capture { key: u8 },
    /// A vector instruction is executed.
    Compute { key: u8 },
    /// It is finished.
    Retire { key: u8 },
    /// An instruction word that may change is read.
    Fetch { address: u32, word: u32, input: u32 },
    /// The predictor is asked for a branch.
    Predict { address: u32, expected: Option<u32>, input: u32 },
    /// The predictor learns.
    Train { training: Training },
}

impl Action {
    /// Whether it only concerns the predictor.
    pub(super) fn is_prediction(&self) -> bool {
        matches!(self, Self::Predict { .. } | Self::Train { .. })
    }

    /// Whether an instruction counts as issued by it. [`Action::Any`] and [`Action::Run`] count themselves.
    pub(super) fn issues(&self) -> bool {
        match self {
            Self::Memory { part, .. } => *part == 0,
            Self::Scalar { .. } | Self::Clocked { .. } | Self::Multiply { .. } => true,
            Self::Branch { .. } | Self::Vector { .. } => true,
            _ => false,
        }
    }

    /// Whether what follows may not be as remembered, or other memory accesses come between.
    pub(super) fn ends_transfer(&self) -> bool {
        !matches!(
            self,
            Self::Scalar { .. }
                | Self::Clocked { .. }
                | Self::Multiply { .. }
                | Self::Vector { .. }
                | Self::Capture { .. }
                | Self::Compute { .. }
                | Self::Retire { .. }
                | Self::Train { .. }
        )
    }
}

/// Another answer than the remembered one, at the place of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Override {
    pub input: u32,
    pub value: Input,
}

/// Where a node leads when answers are different.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exit {
    pub changes: Changes,
    pub next: NodeId,
}

/// Answers that can differ in one cycle.
const CHANGES: usize = 4;

/// Answers that differ.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changes {
    list: [Override; CHANGES],
    count: usize,
}

impl Default for Changes {
    fn default() -> Self {
        Self { list: [Override { input: 0, value: Input::Fetch(0) }; CHANGES], count: 0 }
    }
}

impl Changes {
    pub(super) fn as_slice(&self) -> &[Override] {
        &self.list[..self.count]
    }

    pub(super) fn push(&mut self, input: u32, value: Input) {
        if let Some(place) = self.list.get_mut(self.count) {
            *place = Override { input, value };
            self.count += 1;
        }
    }
}

/// Cycles from one state on.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The state in which they begin.
    pub start: Machine,
    /// Number of cycles; 0 while nothing is remembered yet.
    pub cycles: u16,
    /// Everything to be done.
    pub full: Program,
    /// The same without what concerns the predictor.
    pub lean: Program,
    /// All answers in order.
    pub inputs: Vec<Input>,
    /// The node after the last cycle.
    pub next: NodeId,
    pub exits: Vec<Exit>,
    /// Version of the predictor in which the node leaves it unchanged.
    pub settled: Option<u64>,
    /// The first cycle makes an access outside the SRAM.
    pub outside: bool,
    /// The state has to be stepped, because it sleeps or an exception is on its way.
    pub slow: bool,
    /// The last cycle wrote something on which the horizon depends.
    pub special: bool,
}

impl Node {
    /// A node of which nothing is remembered yet.
    pub(super) fn new(start: Machine) -> Self {
        let slow = start.is_halted() || start.is_disturbed();
        Self {
            start,
            cycles: 0,
            full: Program::default(),
            lean: Program::default(),
            inputs: Vec::new(),
            next: 0,
            exits: Vec::new(),
            settled: None,
            outside: false,
            slow,
            special: false,
        }
    }
}
