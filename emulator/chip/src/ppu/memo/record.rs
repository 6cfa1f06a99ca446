//! Stepping the machine while remembering what it does.

use super::node::{Action, Input, Op};
use crate::ppu::calls::{Calls, is_sram};
use crate::ppu::pipeline::{Access, Environment, Interrupt, Outcome, Slot, Training, Unit};
use crate::ppu::ports::{Delay, Observer, Ports, SRAM_WORDS};
use crate::ppu::scalar::Decoded;
use crate::ppu::vector::VectorInstruction;
use crate::ppu::vector::timing::VectorClass;

/// Words of the SRAM that hold instructions and changed once: they are read anew whenever they are fetched.
#[derive(Clone, Debug)]
pub(super) struct Volatile(Vec<bool>);

impl Default for Volatile {
    fn default() -> Self {
        Self(vec![false; SRAM_WORDS])
    }
}

impl Volatile {
    pub(super) fn add(&mut self, index: u16) {
        self.0[usize::from(index) % SRAM_WORDS] = true;
    }

    fn contains(&self, address: u32) -> bool {
        self.0[address as usize % SRAM_WORDS]
    }
}

/// What is being remembered.
#[derive(Debug, Default)]
pub(super) struct Recording {
    pub ops: Vec<Op>,
    pub inputs: Vec<Input>,
    offset: u16,
    /// Place of the words of a vector load or store to which more may be added.
    transfer: Option<usize>,
    /// The last prediction, if nothing was learned since.
    predicted: Option<(u32, Option<u32>)>,
    /// A scalar access to the SRAM that is accepted at once was presented.
    presented: bool,
}

impl Recording {
    /// A cycle begins.
    pub(super) fn begin(&mut self, offset: u16) {
        self.offset = offset;
    }

    fn push(&mut self, action: Action) {
        if action.ends_transfer() {
            self.transfer = None;
        }
        self.ops.push(Op { offset: self.offset, action });
    }

    fn answer(&mut self, input: Input) -> u32 {
        self.inputs.push(input);
        self.inputs.len() as u32 - 1
    }

    /// Adds a word to the transfer under way if it follows in the next cycle.
    fn beat(&mut self, key: u8, word: u8) {
        if let Some(Op { offset, action: Action::Beats { key: same, first, count } }) =
            self.transfer.and_then(|place| self.ops.get_mut(place))
            && (*same, *first + *count) == (key, word)
            && *offset + u16::from(*count) == self.offset
        {
            *count += 1;
            return;
        }
        self.push(Action::Beats { key, first: word, count: 1 });
        self.transfer = Some(self.ops.len() - 1);
    }
}

/// Passes calls on and remembers them.
pub(super) struct Recorder<'a, 'b, P, O> {
    pub calls: &'a mut Calls<'b, P, O>,
    pub recording: &'a mut Recording,
    pub volatile: &'a Volatile,
}

impl<P: Ports, O: Observer> Recorder<'_, '_, P, O> {
    /// Whether a prediction may be for a branch: no other word ever gets an entry.
    fn may_be_branch(&mut self, address: u32) -> bool {
        !is_sram(address << 2)
            || self.volatile.contains(address)
            || self.calls.holds_branch(address)
            || self.calls.predictor.knows(address)
    }

    fn scalar(&mut self, slot: Slot, outcome: Outcome, input: u32) -> Action {
        let decoded = Decoded::new(slot.word, self.calls.options);
        let address = slot.address << 2;
        if self.calls.special || decoded.notice(self.calls.options).is_some() {
            return any(&slot, outcome, input);
        }
        match slot.timing.unit() {
            Unit::LoadStore => Action::Memory { decoded, address, part: slot.number, input },
            Unit::Branch if slot.timing.is_branch() => {
                Action::Branch { decoded, address, taken: outcome.taken, target: outcome.target, input }
            }
            Unit::FixedPoint if slot.timing.moves_special() => Action::Clocked { decoded, address },
            Unit::FixedPoint | Unit::Divide => Action::Scalar { decoded },
            Unit::Multiply => Action::Multiply { decoded, address },
            Unit::Branch | Unit::Vector => any(&slot, outcome, input),
        }
    }
}

fn any(slot: &Slot, outcome: Outcome, input: u32) -> Action {
    Action::Any { address: slot.address, word: slot.word, part: slot.number, outcome, input }
}

impl<P: Ports, O: Observer> Environment for Recorder<'_, '_, P, O> {
    fn fetch(&mut self, address: u32) -> u32 {
        let word = self.calls.fetch(address);
        let input = self.recording.answer(Input::Fetch(word));
        if !is_sram(address << 2) || self.volatile.contains(address) {
            self.recording.push(Action::Fetch { address, word, input });
        } else {
            self.calls.ports.sram().watch(address);
        }
        word
    }

    fn probe(&mut self, address: u32) -> bool {
        self.calls.probe(address)
    }

    fn fill(&mut self, address: u32, first: u32) {
        self.calls.fill(address, first);
    }

    fn predict(&mut self, address: u32) -> Option<u32> {
        let expected = self.calls.predict(address);
        let input = self.recording.answer(Input::Predict(expected));
        if self.may_be_branch(address) && self.recording.predicted != Some((address, expected)) {
            self.recording.push(Action::Predict { address, expected, input });
            self.recording.predicted = Some((address, expected));
        }
        expected
    }

    fn train(&mut self, training: Training) {
        self.calls.train(training);
        self.recording.predicted = None;
        self.recording.push(Action::Train { training });
    }

    fn issue(&mut self, slot: Slot) -> Outcome {
        let outcome = self.calls.issue(slot);
        let input = self.recording.answer(Input::Outcome(outcome));
        let action = self.scalar(slot, outcome, input);
        self.recording.push(action);
        outcome
    }

    fn issue_vector(&mut self, slot: Slot, key: u8) -> VectorClass {
        let class = self.calls.issue_vector(slot, key);
        self.recording.answer(Input::Class(class));
        let decoded = Decoded::new(slot.word, self.calls.options);
        if let Some(instruction) = VectorInstruction::decode(slot.word) {
            self.recording.push(Action::Vector { decoded, address: slot.address << 2, instruction, key });
        }
        class
    }

    fn data_request(&mut self) -> Access {
        let access = self.calls.data_request();
        self.recording.answer(Input::Access(access));
        self.recording.presented = access.sram && access.delay.accept == 0;
        if !self.recording.presented {
            self.recording.push(Action::Request { access });
        }
        access
    }

    fn data_access(&mut self) {
        self.calls.data_access();
        let action = if self.recording.presented { Action::Sram } else { Action::Accept };
        self.recording.presented = false;
        self.recording.push(action);
    }

    fn data_drop(&mut self) {
        self.calls.data_drop();
        self.calls.special = true;
    }

    fn vector_request(&mut self, key: u8) -> Access {
        let access = self.calls.vector_request(key);
        let input = self.recording.answer(Input::Access(access));
        self.recording.push(Action::VectorRequest { key, access, input });
        access
    }

    fn beat(&mut self, key: u8, word: u8) {
        self.calls.beat(key, word);
        self.recording.beat(key, word);
    }

    fn parallel_request(&mut self, key: u8) -> Delay {
        let delay = self.calls.parallel_request(key);
        let input = self.recording.answer(Input::Delay(delay));
        self.recording.push(Action::ParallelRequest { key, delay, input });
        delay
    }

    fn capture(&mut self, key: u8) {
        self.calls.capture(key);
        self.recording.push(Action::Capture { key });
    }

    fn parallel(&mut self, key: u8) {
        self.calls.parallel(key);
        self.recording.push(Action::Parallel { key });
    }

    fn compute(&mut self, key: u8) {
        self.calls.compute(key);
        self.recording.push(Action::Compute { key });
    }

    fn retire(&mut self, key: u8) {
        self.calls.retire(key);
        self.recording.push(Action::Retire { key });
    }

    fn cancel(&mut self) {
        self.calls.cancel();
        self.calls.special = true;
    }

    fn interrupt(&mut self, interrupt: Interrupt, from: u32) {
        self.calls.interrupt(interrupt, from);
        self.calls.special = true;
    }
}
