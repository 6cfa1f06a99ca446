//! Scalar loads and stores: request queue, bus, write stage (electronicvisions/nux `src/rtl/processor/{fub_ls_var,bus_access}.sv`).

use serde::{Deserialize, Serialize};

use super::environment::{Access, Environment};
use super::timing::NONE;
use crate::ppu::queue::Queue;

/// The scheduler stops issuing when a queue of 16 holds this many.
const ALMOST_FULL: usize = 13;

/// A load or store on its way to the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Entering {
    /// Register that a load writes, [`NONE`] for a store.
    pub register: u8,
    /// It is misaligned.
    pub faults: bool,
    /// Word address of the instruction.
    pub address: u32,
    /// It is the second slot of a load with update, which makes no access.
    pub only_address: bool,
}

/// A request that waits to be completed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Retiring {
    register: u8,
    faults: bool,
}

/// The request at the head of the queue on the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Presented {
    access: Access,
    /// Cycles until it is accepted.
    accept_in: u16,
}

/// State of the load/store unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct DataUnit {
    /// Issued in the last cycle and in the one before.
    entering: [Option<Entering>; 2],
    /// Requests not yet accepted; true for a misaligned one.
    requests: Queue<bool, 16>,
    presented: Option<Presented>,
    /// Cycles until each response can be seen.
    responses: Queue<u16, 16>,
    /// A response stands in the write stage.
    answered: bool,
    retiring: Queue<Retiring, 16>,
}

/// What the write stage does in a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WriteStage {
    /// Register no longer pending, or [`NONE`].
    pub completes: u8,
    /// A load has the write port of the general registers.
    pub writes: bool,
    /// The oldest request is completed.
    pops: bool,
    /// The next response may be taken.
    accepts: bool,
}

impl DataUnit {
    /// Whether the scheduler may issue a load or store.
    pub(super) fn ready(&self) -> bool {
        self.requests.len() < ALMOST_FULL && self.retiring.len() < ALMOST_FULL
    }

    /// Nothing is under way.
    pub(super) fn is_empty(&self) -> bool {
        self.entering == [None; 2] && self.requests.is_empty() && self.retiring.is_empty()
    }

    /// Whether a misaligned access is on its way.
    pub(super) fn faults(&self) -> bool {
        let entering = self.entering.iter().flatten().any(|entry| entry.faults);
        entering || self.retiring.as_slice().iter().any(|request| request.faults)
    }

    /// The misaligned access that is found out in this cycle.
    pub(super) fn misaligned(&self) -> Option<u32> {
        self.entering[1].filter(|entry| entry.faults && !entry.only_address).map(|entry| entry.address)
    }

    /// Whether the coming step presents a request on the bus for the first time, or is about to have it accepted.
    pub(super) fn is_about_to_access(&self) -> bool {
        match &self.presented {
            Some(presented) => presented.accept_in == 0,
            None => self.requests.first() == Some(&false),
        }
    }

    /// The write stage, where `port_taken` says whether a fixed-latency result has the port.
    pub(super) fn write_stage(&self, port_taken: bool) -> WriteStage {
        let mut stage = WriteStage { completes: NONE, writes: false, pops: false, accepts: true };
        let Some(oldest) = self.retiring.first().filter(|oldest| self.answered || oldest.faults) else {
            return stage;
        };
        if oldest.register == NONE {
            stage.pops = true;
        } else {
            stage.pops = oldest.faults || !port_taken;
            stage.accepts = stage.pops;
            stage.writes = !oldest.faults && !port_taken;
            stage.completes = if stage.pops { oldest.register } else { NONE };
        }
        stage
    }

    /// Bus side of one clock. Returns whether a request to the core's own memory is presented.
    pub(super) fn step_bus(&mut self, env: &mut impl Environment) -> bool {
        self.responses.as_mut_slice().iter_mut().for_each(|left| *left = left.saturating_sub(1));
        match self.requests.first() {
            None => false,
            Some(true) => {
                env.data_drop();
                self.requests.pop();
                false
            }
            Some(false) => self.present(env),
        }
    }

    fn present(&mut self, env: &mut impl Environment) -> bool {
        let Presented { access, accept_in } = self.presented.unwrap_or_else(|| {
            let access = env.data_request();
            Presented { access, accept_in: access.delay.accept }
        });
        self.presented = match accept_in.checked_sub(1) {
            Some(accept_in) => Some(Presented { access, accept_in }),
            None => {
                env.data_access();
                self.requests.pop();
                self.responses.push(access.delay.response);
                None
            }
        };
        access.sram
    }

    /// End of one clock: `issued` left the scheduler in it.
    pub(super) fn step(&mut self, stage: WriteStage, issued: Option<Entering>) {
        if stage.pops {
            self.retiring.pop();
        }
        if stage.accepts {
            self.answered = self.responses.first() == Some(&0);
            if self.answered {
                self.responses.pop();
            }
        }
        let arrived = self.entering[1].filter(|entry| !entry.only_address);
        if let Some(Entering { register, faults, .. }) = arrived {
            self.requests.push(faults);
            self.retiring.push(Retiring { register, faults });
        }
        self.entering = [issued, self.entering[0]];
    }
}
