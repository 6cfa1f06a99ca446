//! The two units with a bus: vector memory (electronicvisions/nux `src/rtl/processor/vector_ls_{ctrl,shared}.sv`) and the parallel
//! bus (`vector_pls_ctrl.sv`).

use serde::{Deserialize, Serialize};

use super::VectorEnvironment;
use super::class::Entry;
use crate::ppu::ports::Delay;
use crate::ppu::queue::Queue;

/// Words of one vector on the memory bus.
pub(super) const WORDS: u8 = 32;

/// Responses on their way: cycles until each can be seen, in the order of the requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
struct Responses<const N: usize>(Queue<u16, N>);

impl<const N: usize> Responses<N> {
    /// The clock moved on by one cycle.
    fn age(&mut self) {
        self.0.as_mut_slice().iter_mut().for_each(|left| *left = left.saturating_sub(1));
    }

    /// A request accepted in this cycle; responses keep the order of the requests, one a cycle.
    fn expect(&mut self, latency: u16) {
        let after_last = self.0.as_slice().last().map_or(1, |&last| last.saturating_add(1));
        self.0.push(latency.max(after_last));
    }

    fn is_here(&self) -> bool {
        self.0.first() == Some(&0)
    }

    fn take(&mut self) {
        self.0.pop();
    }
}

/// Where the load/store unit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
enum Transfer {
    #[default]
    Idle,
    /// Words requested and answered so far, cycles until the presented request is accepted, the delays of all words.
    Active { slot: u8, is_store: bool, requested: u8, answered: u8, accept_in: u16, delay: Delay },
    /// All words of a load are there.
    Loaded,
}

/// The load/store unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct MemoryUnit {
    /// Instruction handed over for this cycle.
    pub valid: bool,
    /// A load's result waits for the register file.
    unwritten: bool,
    transfer: Transfer,
    responses: Responses<32>,
}

impl MemoryUnit {
    pub(super) fn is_ready(&self) -> bool {
        self.transfer == Transfer::Idle
    }

    /// The word that is accepted in this cycle if the port is free.
    pub(super) fn acceptable(&self) -> Option<(u8, u8)> {
        match self.transfer {
            Transfer::Active { slot, requested, accept_in: 0, .. } if requested < WORDS => {
                Some((slot, requested))
            }
            _ => None,
        }
    }

    /// Whether a load has its result or a store its last response in this cycle.
    pub(super) fn is_done(&self) -> bool {
        match self.transfer {
            Transfer::Active { answered, is_store, .. } => is_store && answered == WORDS,
            Transfer::Loaded => true,
            Transfer::Idle => self.unwritten,
        }
    }

    /// One clock. `last` is the instruction last handed over, for this cycle if [`MemoryUnit::valid`].
    pub(super) fn step(&mut self, stalled: bool, last: Option<&Entry>, env: &mut impl VectorEnvironment) {
        self.responses.age();
        self.unwritten = stalled;
        match self.transfer {
            Transfer::Idle => {
                if let Some(entry) = last.filter(|_| self.valid) {
                    self.transfer = transfer(entry, env.memory_delay(entry.slot()));
                }
            }
            Transfer::Active { answered: WORDS, is_store: false, .. } => self.transfer = Transfer::Loaded,
            Transfer::Active { answered: WORDS, .. } | Transfer::Loaded => self.transfer = Transfer::Idle,
            Transfer::Active { .. } => self.exchange(env),
        }
    }

    fn exchange(&mut self, env: &mut impl VectorEnvironment) {
        let Transfer::Active { slot, requested, answered, accept_in, delay, .. } = &mut self.transfer else {
            return;
        };
        if self.responses.is_here() {
            self.responses.take();
            *answered += 1;
        }
        if *requested == WORDS || !env.memory_port() {
            return;
        }
        if *accept_in > 0 {
            *accept_in -= 1;
            return;
        }
        env.beat(*slot, *requested);
        *requested += 1;
        *accept_in = delay.accept;
        self.responses.expect(delay.response);
    }
}

fn transfer(entry: &Entry, delay: Delay) -> Transfer {
    Transfer::Active {
        slot: entry.slot(),
        is_store: !entry.writes_register(),
        requested: 0,
        answered: 0,
        accept_in: delay.accept,
        delay,
    }
}

/// A request on the parallel bus that is not yet accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct ParallelRequest {
    slot: u8,
    accept_in: u16,
    response: u16,
}

/// The parallel unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct ParallelUnit {
    /// Instruction handed over for this cycle.
    pub valid: bool,
    /// A response waits to be written or, for a write, to be taken note of.
    answered: bool,
    request: Option<ParallelRequest>,
    responses: Responses<16>,
}

impl ParallelUnit {
    /// The slot whose request is accepted in this cycle.
    pub(super) fn acceptable(&self) -> Option<u8> {
        self.request.filter(|request| request.accept_in == 0).map(|request| request.slot)
    }

    /// Whether a new instruction may come: no request waits, or the waiting one is accepted in this cycle.
    pub(super) fn is_ready(&self) -> bool {
        self.request.is_none_or(|request| request.accept_in == 0)
    }

    /// Whether a response is to be written or taken note of in this cycle.
    pub(super) fn is_done(&self) -> bool {
        self.answered
    }

    /// One clock. `last` is the instruction last handed over, for this cycle if [`ParallelUnit::valid`].
    pub(super) fn step(&mut self, stalled: bool, last: Option<&Entry>, env: &mut impl VectorEnvironment) {
        self.responses.age();
        self.respond(stalled);
        self.request = match self.request {
            Some(request) => self.present(request, env),
            None => last.filter(|_| self.valid && !stalled).map(|entry| request(entry.slot(), env)),
        };
    }

    fn respond(&mut self, stalled: bool) {
        if !self.answered {
            self.answered = self.responses.is_here();
        } else if !stalled {
            self.responses.take();
            self.answered = false;
        }
    }

    fn present(
        &mut self,
        request: ParallelRequest,
        env: &mut impl VectorEnvironment,
    ) -> Option<ParallelRequest> {
        let ParallelRequest { slot, accept_in, response } = request;
        if let Some(accept_in) = accept_in.checked_sub(1) {
            return Some(ParallelRequest { slot, accept_in, response });
        }
        env.parallel(slot);
        self.responses.expect(response);
        None
    }
}

fn request(slot: u8, env: &mut impl VectorEnvironment) -> ParallelRequest {
    env.capture(slot);
    let Delay { accept, response } = env.parallel_delay(slot);
    ParallelRequest { slot, accept_in: accept, response }
}
