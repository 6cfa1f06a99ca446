//! Stepping the machine again with remembered answers, to get at a state inside a node.

use super::node::{Input, Node, Override};
use crate::ppu::pipeline::{Access, Environment, Interrupt, Machine, Outcome, Requests, Slot, Training};
use crate::ppu::ports::Delay;
use crate::ppu::vector::timing::{VectorClass, VectorUnit};

/// Gives the remembered answers and does nothing.
struct Answers<'a> {
    inputs: std::slice::Iter<'a, Input>,
    given: u32,
    changes: &'a [Override],
}

impl Answers<'_> {
    fn next(&mut self) -> Option<Input> {
        let remembered = self.inputs.next().copied();
        let change = self.changes.iter().find(|change| change.input == self.given);
        self.given += 1;
        change.map(|change| change.value).or(remembered)
    }
}

impl Environment for Answers<'_> {
    fn fetch(&mut self, _address: u32) -> u32 {
        match self.next() {
            Some(Input::Fetch(word)) => word,
            _ => 0,
        }
    }

    fn probe(&mut self, _address: u32) -> bool {
        true
    }

    fn fill(&mut self, _address: u32, _first: u32) {}

    fn predict(&mut self, _address: u32) -> Option<u32> {
        match self.next() {
            Some(Input::Predict(target)) => target,
            _ => None,
        }
    }

    fn train(&mut self, _training: Training) {}

    fn issue(&mut self, _slot: Slot) -> Outcome {
        match self.next() {
            Some(Input::Outcome(outcome)) => outcome,
            _ => Outcome::default(),
        }
    }

    fn issue_vector(&mut self, _slot: Slot, _key: u8) -> VectorClass {
        match self.next() {
            Some(Input::Class(class)) => class,
            _ => VectorClass {
                unit: VectorUnit::MultiplyAdd,
                reads: [None; 2],
                writes: None,
                reads_condition: false,
            },
        }
    }

    fn data_request(&mut self) -> Access {
        match self.next() {
            Some(Input::Access(access)) => access,
            _ => Access::default(),
        }
    }

    fn data_access(&mut self) {}

    fn data_drop(&mut self) {}

    fn vector_request(&mut self, _key: u8) -> Access {
        self.data_request()
    }

    fn beat(&mut self, _key: u8, _word: u8) {}

    fn parallel_request(&mut self, _key: u8) -> Delay {
        match self.next() {
            Some(Input::Delay(delay)) => delay,
            _ => Delay::default(),
        }
    }

    fn capture(&mut self, _key: u8) {}

    fn parallel(&mut self, _key: u8) {}

    fn compute(&mut self, _key: u8) {}

    fn retire(&mut self, _key: u8) {}

    fn cancel(&mut self) {}

    fn interrupt(&mut self, _interrupt: Interrupt, _from: u32) {}
}

/// The state `cycles` cycles into a node, where the answers in `changes` are given in place of the remembered ones.
pub(super) fn state(node: &Node, cycles: u16, changes: &[Override]) -> Machine {
    let mut machine = node.start.clone();
    let mut answers = Answers { inputs: node.inputs.iter(), given: 0, changes };
    (0..cycles).for_each(|_| machine.step(&Requests::default(), &mut answers));
    machine
}
