//! Timing of the vector unit, clock by clock, without data (electronicvisions/nux `src/rtl/processor/vector_ctrl.sv` and the
//! units it drives).
//!
//! An issued instruction passes two operand registers into a four-entry queue, is dispatched in order to the reservation station
//! of its unit, fetches its operands over the one port of the register file, executes and retires over the same port. Units run
//! independently of each other. [`VectorTiming`] holds where everything stands, relative to now; what the instructions do is left to
//! the [`VectorEnvironment`], which is called in the order of the cycles.
//!
//! In one cycle first ask [`VectorTiming::ready`] and [`VectorTiming::is_empty`], then [`VectorTiming::issue`] at most once, then
//! [`VectorTiming::step`] exactly once.

mod arbiter;
mod bus;
mod class;
mod station;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::super::ports::Delay;
use crate::ppu::queue::Queue;
use arbiter::{Arbiter, bit};
use bus::{MemoryUnit, ParallelUnit};
use class::{Entry, WAITS_CONDITION, WAITS_FIRST, WAITS_SECOND};
pub use class::{VectorClass, VectorUnit};
use station::{Progress, Station};

/// All units, by number.
const UNITS: [VectorUnit; 5] = [
    VectorUnit::MultiplyAdd,
    VectorUnit::Compare,
    VectorUnit::LoadStore,
    VectorUnit::Parallel,
    VectorUnit::Permute,
];

/// Place in the pipeline where the multiply-add unit has its result: 4 multiplier stages, 1 adder stage, 1 output register.
const MULTIPLY_ADD_RESULT: u8 = 1 << 6;
/// The same of the permute unit.
const PERMUTE_RESULT: u8 = 1 << 2;
/// Place where a compare writes the condition register.
const COMPARE_RESULT: u8 = 1 << 1;

/// What the timing calls, and asks for, while it steps. Slots are the numbers given at [`VectorTiming::issue`].
pub trait VectorEnvironment {
    /// The instruction has all its register operands: it may read and write registers, accumulator and condition register now.
    /// The interlocks make this equal to execution in program order.
    ///
    /// Called when the register file grants the last operand; for splats at their hand-over to the unit; for compares when the
    /// condition register is written. `fxvstax` and `fxvoutx` take their data here. Not called for `fxvlax` and `fxvinx`.
    fn compute(&mut self, slot: u8);

    /// `fxvinx` or `fxvoutx` samples its byte enables from the condition register.
    fn capture(&mut self, slot: u8);

    /// Delays of all words of this `fxvlax` or `fxvstax`. Asked once, in the cycle before the first word is presented.
    fn memory_delay(&mut self, slot: u8) -> Delay;

    /// Whether the memory port is free for the word presented in this cycle. Asked in every cycle with a word presented.
    fn memory_port(&mut self) -> bool;

    /// The memory accepts word `word` (0..32) of this `fxvlax` or `fxvstax`: it may be transferred now.
    fn beat(&mut self, slot: u8, word: u8);

    /// Delays of this `fxvinx` or `fxvoutx`. Asked once, in the cycle before it is presented.
    fn parallel_delay(&mut self, slot: u8) -> Delay;

    /// The parallel bus accepts this `fxvinx` or `fxvoutx`: it may be transferred now, `fxvinx` into its register.
    fn parallel(&mut self, slot: u8);

    /// The instruction is finished and its slot free.
    fn retire(&mut self, slot: u8);
}

/// The state of the vector unit but for data.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct VectorTiming {
    /// On the way from the scheduler to the queue: issued in this cycle, one cycle ago, two cycles ago.
    front: [Option<Entry>; 3],
    queue: Queue<Entry, 4>,
    multiply_add: Station<4>,
    compare: Station<2>,
    load_store: Station<2>,
    parallel: Station<16>,
    permute: Station<2>,
    /// Instructions in the pipeline behind the station: bit k was handed over for the
    /// cycle k cycles ago, stalls not counted.
    multiply_add_pipe: u8,
    compare_pipe: u8,
    permute_pipe: u8,
    memory: MemoryUnit,
    parallel_unit: ParallelUnit,
    arbiter: Arbiter,
    /// Registers with an outstanding write, bit n for register n.
    unwritten: u32,
    /// A compare has not yet written the condition register.
    condition_unwritten: bool,
    /// Register read in the cycle before, which still counts as being read.
    just_read: Option<u8>,
}

/// Use of the register file in one cycle; sets of units as in [`arbiter::bit`].
struct Grant {
    /// Units with a result in this cycle.
    done: u8,
    /// Those of them that want to write a register.
    writes: u8,
    /// All that asked.
    requests: u8,
    /// Who got the port.
    winner: Option<VectorUnit>,
}

impl Grant {
    fn stalls(&self, unit: VectorUnit) -> bool {
        self.writes & bit(unit) != 0 && self.winner != Some(unit)
    }

    fn reads(&self, unit: VectorUnit) -> bool {
        self.writes & bit(unit) == 0 && self.winner == Some(unit)
    }

    fn retires(&self, unit: VectorUnit) -> bool {
        self.done & bit(unit) != 0 && !self.stalls(unit)
    }
}

impl VectorTiming {
    /// Whether the scheduler may issue a vector instruction in this cycle.
    pub fn ready(&self) -> bool {
        self.queue.len() <= 1
    }

    /// Whether `sync` and `wait` see the unit as empty. An instruction issued in the cycle before does not count yet.
    pub fn is_empty(&self) -> bool {
        self.front[2].is_none() && self.is_drained()
    }

    /// Whether nothing at all is under way, so that a step would change nothing.
    pub fn is_idle(&self) -> bool {
        self.front.iter().all(Option::is_none) && self.is_drained() && self.just_read.is_none()
    }

    /// The instruction that gets through to the parallel bus in the coming step.
    pub fn next_parallel(&self) -> Option<u8> {
        self.parallel_unit.acceptable()
    }

    /// The instruction and its word that gets through to the memory in the coming step if the port is free.
    pub fn next_beat(&self) -> Option<(u8, u8)> {
        self.memory.acceptable()
    }

    /// An instruction leaves the scheduler in this cycle.
    pub fn issue(&mut self, class: VectorClass, slot: u8) {
        self.front[0] = Some(Entry::new(class, slot));
    }

    /// One clock.
    pub fn step(&mut self, env: &mut impl VectorEnvironment) {
        if self.is_idle() {
            return;
        }
        let dispatched = self.dispatchable();
        self.step_stations(env);
        if dispatched {
            self.dispatch();
        }
        let [issued, first, second] = self.front;
        self.front = [None, issued, first];
        if let Some(entry) = second {
            self.queue.push(entry);
        }
    }

    fn is_drained(&self) -> bool {
        self.queue.is_empty()
            && self.multiply_add.is_empty()
            && self.compare.is_empty()
            && self.load_store.is_empty()
            && self.parallel.is_empty()
            && self.permute.is_empty()
    }
}

/// Dispatch from the queue to the stations.
impl VectorTiming {
    /// Whether the head of the queue goes to its station at the end of this cycle.
    fn dispatchable(&self) -> bool {
        let Some(head) = self.queue.first() else { return false };
        let register_blocks = head.writes_register() && self.is_in_use(head.writes());
        let condition_blocks = head.unit() == VectorUnit::Compare && self.condition_in_use();
        !(self.station_is_full(head.unit()) || register_blocks || condition_blocks)
    }

    fn station_is_full(&self, unit: VectorUnit) -> bool {
        match unit {
            VectorUnit::MultiplyAdd => self.multiply_add.is_full(),
            VectorUnit::Compare => self.compare.is_full(),
            VectorUnit::LoadStore => self.load_store.is_full(),
            VectorUnit::Parallel => self.parallel.is_full(),
            VectorUnit::Permute => self.permute.is_full(),
        }
    }

    /// Whether a register has an outstanding write or read.
    fn is_in_use(&self, register: u8) -> bool {
        self.is_unwritten(register)
            || self.just_read == Some(register)
            || self.multiply_add.will_read(register)
            || self.compare.will_read(register)
            || self.load_store.will_read(register)
            || self.parallel.will_read(register)
            || self.permute.will_read(register)
    }

    fn condition_in_use(&self) -> bool {
        self.condition_unwritten
            || self.multiply_add.will_read_condition()
            || self.parallel.will_read_condition()
            || self.permute.will_read_condition()
    }

    fn is_unwritten(&self, register: u8) -> bool {
        (u64::from(self.unwritten) >> register) & 1 == 1
    }

    /// Moves the head of the queue to its station. What is written in this very cycle counts as written.
    fn dispatch(&mut self) {
        let Some(mut entry) = self.queue.pop() else { return };
        let when = |waits: bool, flag: u32| if waits { flag } else { 0 };
        entry.wait_for(
            when(self.is_unwritten(entry.first()), WAITS_FIRST)
                | when(self.is_unwritten(entry.second()), WAITS_SECOND)
                | when(entry.reads_condition() && self.condition_unwritten, WAITS_CONDITION),
        );
        if entry.writes_register() {
            self.unwritten |= 1 << entry.writes();
        }
        match entry.unit() {
            VectorUnit::MultiplyAdd => self.multiply_add.insert(entry),
            VectorUnit::Compare => {
                self.compare.insert(entry);
                self.condition_unwritten = true;
            }
            VectorUnit::LoadStore => self.load_store.insert(entry),
            VectorUnit::Parallel => self.parallel.insert(entry),
            VectorUnit::Permute => self.permute.insert(entry),
        }
    }
}

/// Stations, units and register file.
impl VectorTiming {
    fn step_stations(&mut self, env: &mut impl VectorEnvironment) {
        let grant = self.arbitrate();
        self.just_read =
            grant.winner.filter(|&unit| grant.reads(unit)).and_then(|unit| self.read_request(unit));
        // An instruction stays in its station until it retires: with an empty one the whole unit stands still.
        if !self.multiply_add.is_empty() {
            self.step_multiply_add(&grant, env);
        }
        if !self.compare.is_empty() {
            self.step_compare(&grant, env);
        }
        if !self.load_store.is_empty() {
            self.step_load_store(&grant, env);
        }
        if !self.parallel.is_empty() {
            self.step_parallel(&grant, env);
        }
        if !self.permute.is_empty() {
            self.step_permute(&grant, env);
        }
        self.retire(&grant, env);
        self.arbiter.step(grant.requests);
    }

    fn arbitrate(&self) -> Grant {
        let done = self.done();
        let writers = UNITS.into_iter().filter(|&unit| done & bit(unit) != 0 && self.oldest_writes(unit));
        let writes = if done == 0 { 0 } else { writers.fold(0, |set, unit| set | bit(unit)) };
        let requests = writes | self.readers();
        Grant { done, writes, requests, winner: self.arbiter.grant(requests) }
    }

    /// Units that ask for an operand, unless they have a result to write.
    fn readers(&self) -> u8 {
        let when = |unit: VectorUnit| if self.read_request(unit).is_some() { bit(unit) } else { 0 };
        when(VectorUnit::MultiplyAdd)
            | when(VectorUnit::Compare)
            | when(VectorUnit::LoadStore)
            | when(VectorUnit::Parallel)
            | when(VectorUnit::Permute)
    }

    /// Units whose oldest instruction has its result or is done in this cycle.
    fn done(&self) -> u8 {
        let when = |done: bool, unit: VectorUnit| if done { bit(unit) } else { 0 };
        when(self.multiply_add_pipe & MULTIPLY_ADD_RESULT != 0, VectorUnit::MultiplyAdd)
            | when(self.compare_pipe & COMPARE_RESULT != 0, VectorUnit::Compare)
            | when(self.memory.is_done(), VectorUnit::LoadStore)
            | when(self.parallel_unit.is_done(), VectorUnit::Parallel)
            | when(self.permute_pipe & PERMUTE_RESULT != 0, VectorUnit::Permute)
    }

    fn oldest_writes(&self, unit: VectorUnit) -> bool {
        let oldest = match unit {
            VectorUnit::MultiplyAdd => self.multiply_add.oldest(),
            VectorUnit::Compare => self.compare.oldest(),
            VectorUnit::LoadStore => self.load_store.oldest(),
            VectorUnit::Parallel => self.parallel.oldest(),
            VectorUnit::Permute => self.permute.oldest(),
        };
        oldest.is_some_and(|entry| entry.writes_register())
    }

    fn read_request(&self, unit: VectorUnit) -> Option<u8> {
        match unit {
            VectorUnit::MultiplyAdd => self.multiply_add.read_request(true),
            VectorUnit::Compare => self.compare.read_request(true),
            VectorUnit::LoadStore => self.load_store.read_request(self.memory.is_ready()),
            VectorUnit::Parallel => self.parallel.read_request(self.parallel_unit.is_ready()),
            VectorUnit::Permute => self.permute.read_request(true),
        }
    }

    /// The pipeline stands still while its result is not taken.
    fn step_multiply_add(&mut self, grant: &Grant, env: &mut impl VectorEnvironment) {
        let (stalled, read) = (grant.stalls(VectorUnit::MultiplyAdd), grant.reads(VectorUnit::MultiplyAdd));
        let handed_over = step_station(&mut self.multiply_add, true, stalled, read, env);
        if !stalled {
            self.multiply_add_pipe =
                (self.multiply_add_pipe & !MULTIPLY_ADD_RESULT) << 1 | u8::from(handed_over);
        }
    }

    fn step_compare(&mut self, grant: &Grant, env: &mut impl VectorEnvironment) {
        let handed_over = step_station(&mut self.compare, true, false, grant.reads(VectorUnit::Compare), env);
        self.compare_pipe = (self.compare_pipe & !COMPARE_RESULT) << 1 | u8::from(handed_over);
    }

    fn step_permute(&mut self, grant: &Grant, env: &mut impl VectorEnvironment) {
        let (stalled, read) = (grant.stalls(VectorUnit::Permute), grant.reads(VectorUnit::Permute));
        let handed_over = step_station(&mut self.permute, true, stalled, read, env);
        if !stalled {
            self.permute_pipe = (self.permute_pipe & !PERMUTE_RESULT) << 1 | u8::from(handed_over);
        }
    }

    fn step_load_store(&mut self, grant: &Grant, env: &mut impl VectorEnvironment) {
        let (stalled, read) = (grant.stalls(VectorUnit::LoadStore), grant.reads(VectorUnit::LoadStore));
        let ready = self.memory.is_ready();
        self.memory.step(stalled, self.load_store.last_handed_over(), env);
        self.memory.valid = step_station(&mut self.load_store, ready, stalled, read, env);
    }

    fn step_parallel(&mut self, grant: &Grant, env: &mut impl VectorEnvironment) {
        let (stalled, read) = (grant.stalls(VectorUnit::Parallel), grant.reads(VectorUnit::Parallel));
        let ready = self.parallel_unit.is_ready();
        self.parallel_unit.step(stalled, self.parallel.last_handed_over(), env);
        let handed_over = step_station(&mut self.parallel, ready, stalled, read, env);
        // A hand-over is repeated until the stall ends.
        self.parallel_unit.valid = handed_over || (stalled && self.parallel_unit.valid);
    }

    /// Finished instructions leave their stations; whoever waits for them may start in the next cycle.
    fn retire(&mut self, grant: &Grant, env: &mut impl VectorEnvironment) {
        if grant.done == 0 {
            return;
        }
        for unit in UNITS.into_iter().filter(|&unit| grant.retires(unit)) {
            let retired = match unit {
                VectorUnit::MultiplyAdd => self.multiply_add.retire(),
                VectorUnit::Compare => self.compare.retire(),
                VectorUnit::LoadStore => self.load_store.retire(),
                VectorUnit::Parallel => self.parallel.retire(),
                VectorUnit::Permute => self.permute.retire(),
            };
            if let Some(entry) = retired {
                self.finish(entry, env);
            }
        }
    }

    fn finish(&mut self, entry: Entry, env: &mut impl VectorEnvironment) {
        if entry.unit() == VectorUnit::Compare {
            env.compute(entry.slot());
            self.condition_unwritten = false;
            self.wake_condition();
        }
        if entry.writes_register() {
            self.unwritten &= !(1 << entry.writes());
            self.wake_register(entry.writes());
        }
        env.retire(entry.slot());
    }

    fn wake_register(&mut self, register: u8) {
        self.multiply_add.wake_register(register);
        self.compare.wake_register(register);
        self.load_store.wake_register(register);
        self.parallel.wake_register(register);
        self.permute.wake_register(register);
    }

    fn wake_condition(&mut self) {
        self.multiply_add.wake_condition();
        self.parallel.wake_condition();
        self.permute.wake_condition();
    }
}

/// One clock of the execution side of a station. Returns whether it hands an instruction to its unit.
fn step_station<const N: usize>(
    station: &mut Station<N>,
    ready: bool,
    stalled: bool,
    read_granted: bool,
    env: &mut impl VectorEnvironment,
) -> bool {
    let progress = station.step(ready, stalled, read_granted);
    let computes = match progress {
        Progress::Nothing => None,
        Progress::Operands(entry) => Some(entry).filter(|entry| entry.unit() != VectorUnit::Compare),
        Progress::HandedOver(entry) => Some(entry).filter(|entry| entry.is_splat()),
    };
    if let Some(entry) = computes {
        env.compute(entry.slot());
    }
    matches!(progress, Progress::HandedOver(_))
}
