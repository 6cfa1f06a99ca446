//! The stream of instructions: stages F0 to F2 (electronicvisions/nux `src/rtl/processor/inst_stream.sv`).

use serde::{Deserialize, Serialize};

use super::timing::NOP;

/// What is known of an instruction on its way; `word` only from F2 on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Fetched {
    /// Its address.
    pub address: u32,
    /// The address fetched after it.
    pub next: u32,
    /// It was predicted to be a taken branch.
    pub predicted: bool,
    /// Something was fetched at all, which is so from the second cycle after reset on.
    pub valid: bool,
    /// It is the first after a control transfer.
    pub arrives: bool,
    /// The instruction.
    pub word: u32,
}

/// The stages up to F2 and the output of the instruction memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Stream {
    /// F0: the address presented to the memory.
    address: u32,
    /// The address to go back to if the memory was late.
    retry: u32,
    /// The prediction for F0.
    predicted: Option<u32>,
    /// F0 comes from a control transfer, so that the prediction is for another address.
    ignores_prediction: bool,
    /// What the memory put out, and whether it is late with it.
    memory: u32,
    late: bool,
    was_late: bool,
    /// F1 and F2.
    first: Fetched,
    second: Fetched,
    /// A control transfer in the last cycle and in the one before.
    transfers: [bool; 2],
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            address: 0,
            retry: 0,
            predicted: None,
            ignores_prediction: false,
            memory: NOP,
            late: false,
            was_late: false,
            first: Fetched::default(),
            second: Fetched::default(),
            transfers: [false; 2],
        }
    }
}

/// What the memory does in a cycle.
pub(super) enum Response {
    /// It is not asked.
    Idle,
    /// It answers with this word in the next cycle.
    Word(u32),
    /// It has no answer in the next cycle.
    Late,
}

impl Stream {
    /// Presents another first address than 0.
    pub(super) fn begin_at(&mut self, address: u32) {
        (self.address, self.retry) = (address, address);
    }

    /// F2.
    pub(super) fn output(&self) -> &Fetched {
        &self.second
    }

    /// The address presented to the memory.
    pub(super) fn address(&self) -> u32 {
        self.address
    }

    /// The address that comes next if nothing jumps; it is looked up in the predictor in this cycle.
    pub(super) fn following(&self, hold: bool) -> u32 {
        match self.predicted {
            _ if self.late => self.retry,
            _ if hold => self.address,
            Some(target) if !self.ignores_prediction => target,
            _ => self.address.wrapping_add(1),
        }
    }

    /// One clock: `prediction` is for the address of [`Stream::following`].
    pub(super) fn step(
        &mut self,
        hold: bool,
        jump: Option<u32>,
        prediction: Option<u32>,
        response: Response,
    ) {
        let next = jump.unwrap_or_else(|| self.following(hold));
        if !hold || jump.is_some() {
            self.shift(next, jump.is_some());
        }
        if !hold {
            self.was_late = self.late;
        }
        if jump.is_some() {
            self.retry = next;
        } else if !self.late {
            self.retry = self.address;
        }
        self.predicted = prediction;
        self.ignores_prediction = jump.is_some();
        self.address = next;
        self.receive(response);
    }

    fn shift(&mut self, next: u32, transfer: bool) {
        let word = if self.late || self.was_late { NOP } else { self.memory };
        self.second = Fetched { word, arrives: self.transfers[1], ..self.first };
        self.first = Fetched {
            address: self.address,
            next,
            predicted: self.predicted.is_some() && !self.ignores_prediction,
            valid: true,
            arrives: false,
            word: 0,
        };
        self.transfers = [transfer, self.transfers[0]];
    }

    fn receive(&mut self, response: Response) {
        match response {
            Response::Idle => {}
            Response::Word(word) => (self.memory, self.late) = (word, false),
            Response::Late => self.late = true,
        }
    }
}
