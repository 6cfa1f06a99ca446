//! The timing machine: one clock of the whole core, without data.
//!
//! Every part is one of the hardware's (electronicvisions/nux `src/rtl/processor/frontend_single.sv` and what it contains); a step works
//! out the combinational signals from the registers, then moves the registers on.

use serde::{Deserialize, Serialize};

use super::cache::CacheControl;
use super::data::{DataUnit, Entering, WriteStage};
use super::divider::Divider;
use super::environment::{Environment, Interrupt, Outcome, Requests, Slot, Training};
use super::fetch::{Fetched, Response, Stream};
use super::schedule::{Inputs, State};
use super::scoreboard::Scoreboard;
use super::timing::{Kind, NONE, Timing, Unit};
use super::vectors::Vectors;
use super::wakeup::Wakeup;
use crate::ppu::ports::SRAM_ALIAS_END;
use crate::ppu::stall::Stall;

/// How the instruction memory and the ports are connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Wiring {
    /// Scalar and vector accesses to the SRAM share one port, scalar first.
    pub shared: bool,
    /// Instruction fetch shares it too, last.
    pub shared_fetch: bool,
    /// Instructions pass through the instruction cache, whose bus answers after this many cycles.
    pub cache: Option<u16>,
}

/// An instruction in F3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Decoded {
    fetched: Fetched,
    timing: Timing,
    slot: u8,
}

/// Counter of issue slots in F2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Slots {
    counting: bool,
    count: u8,
}

/// A branch, or what was predicted to be one, one cycle after issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Branch {
    fetched: Fetched,
    is_branch: bool,
    outcome: Outcome,
}

/// State of the core but for data, relative to now.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Machine {
    wiring: Wiring,
    stream: Stream,
    cache: CacheControl,
    slots: Slots,
    decoded: Decoded,
    state: State,
    scoreboard: Scoreboard,
    branch: Option<Branch>,
    /// Word address of a trap instruction that traps: issued in the last cycle, one before, two before.
    traps: [Option<u32>; 3],
    data: DataUnit,
    divider: Divider,
    vectors: Vectors,
    wakeup: Wakeup,
    was_jumping: bool,
    /// Word address to which an interrupt returns if nothing issues in its cycle.
    resume: u32,
    /// A debugger lets nothing issue.
    held: bool,
}

/// What happens in the one cycle that is being stepped.
struct Cycle {
    stage: WriteStage,
    /// A fixed-latency result or a load has the write port.
    port_taken: bool,
    inputs: Inputs,
    interrupt: Option<Interrupt>,
    /// Control transfer by a branch or an interrupt.
    jump: Option<u32>,
    issue: Issue,
    hold_decoded: bool,
    hold_stream: bool,
}

/// What leaves the scheduler in a cycle.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Issue {
    None,
    /// The instruction in F3.
    Whole,
    /// Only the check of a prediction that an instruction is a branch, because its unit is not ready.
    Check,
}

impl Machine {
    /// The state in the first cycle after reset.
    pub fn new(wiring: Wiring) -> Self {
        let fetched = Fetched::default();
        Self {
            wiring,
            stream: Stream::default(),
            cache: CacheControl::default(),
            slots: Slots::default(),
            decoded: Decoded { fetched, timing: Timing::default(), slot: 0 },
            state: State::Reset,
            scoreboard: Scoreboard::default(),
            branch: None,
            traps: [None; 3],
            data: DataUnit::default(),
            divider: Divider::default(),
            vectors: Vectors::default(),
            wakeup: Wakeup::default(),
            was_jumping: false,
            resume: 0,
            held: false,
        }
    }

    /// Whether the core sleeps.
    pub fn is_halted(&self) -> bool {
        self.state == State::Halted
    }

    /// Whether nothing changes any more until a request comes.
    pub fn is_asleep(&self) -> bool {
        self.is_halted() && self.wakeup.is_asleep() && self.vectors.is_idle() && self.cache.is_idle()
    }

    /// Whether an exception is on its way.
    pub fn is_disturbed(&self) -> bool {
        let returns = matches!(self.state, State::Interrupting | State::Draining);
        returns || self.held || self.traps != [None; 3] || self.data.faults()
    }

    /// Lets nothing issue, or lets it again. Nothing of the hardware does that: it is for looking at a core whose instructions so
    /// far are all finished.
    pub fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// Whether every instruction that issued is finished.
    pub fn is_drained(&self) -> bool {
        self.is_empty(false) && self.branch.is_none()
    }

    /// Word address at which the core goes on, as far as it knows: that of the instruction in F3, or where a sleeping core woke up.
    pub fn position(&self) -> u32 {
        let fetched = &self.decoded.fetched;
        if fetched.valid && !self.is_halted() { fetched.address } else { self.resume }
    }

    /// The instruction that leaves the scheduler in the coming step, if one does: word address and number of the slot. Those that
    /// are never issued to a unit (`nop`, `sync`, `wait`) leave it too.
    pub fn next_issue(&self, requests: &Requests) -> Option<(u32, u8)> {
        let cycle = self.evaluate(requests);
        let vanishes = self.vanishes() && self.state.issues(&cycle.inputs) && !cycle.hold_decoded;
        (cycle.issue == Issue::Whole || vanishes).then_some((self.decoded.fetched.address, self.decoded.slot))
    }

    /// Why nothing leaves the scheduler in the coming step.
    pub fn stall(&self, requests: &Requests) -> Stall {
        let cycle = self.evaluate(requests);
        match self.state {
            State::Halted => Stall::Sleep,
            State::Synchronising | State::Halting | State::Draining => Stall::Synchronisation,
            State::Jumping | State::Interrupting => Stall::Jump,
            State::Reset => Stall::Fetch,
            State::Fetching if cycle.inputs.branch => Stall::Jump,
            State::Fetching => self.waits_for(&cycle),
        }
    }

    fn waits_for(&self, cycle: &Cycle) -> Stall {
        if self.divider.stalls(cycle.port_taken) {
            return Stall::Divide;
        }
        let unit = || match self.decoded.timing.unit {
            Unit::LoadStore => Stall::MemoryQueue,
            Unit::Vector => Stall::VectorQueue,
            Unit::Divide => Stall::Divide,
            Unit::Branch | Unit::FixedPoint | Unit::Multiply => Stall::Fetch,
        };
        self.scoreboard.waits_for(&self.decoded.timing, cycle.stage.completes).unwrap_or_else(unit)
    }

    /// Begins anew at a word address with empty pipelines, as after reset.
    pub fn restart(&mut self, address: u32) {
        let held = self.held;
        *self = Self { held, ..Self::new(self.wiring) };
        self.stream.begin_at(address);
    }

    /// Whether the instruction in F3 is never issued to a unit.
    fn vanishes(&self) -> bool {
        matches!(self.decoded.timing.kind, Kind::Nop | Kind::Sync | Kind::Halt)
    }

    /// Whether the coming step may make an access through the data port.
    pub fn next_data_access(&self) -> bool {
        self.data.is_about_to_access()
    }

    /// The vector instruction whose access the parallel bus accepts in the coming step.
    pub fn next_parallel(&self) -> Option<u8> {
        self.vectors.next_parallel()
    }

    /// The vector instruction, and its word, whose access the memory bus may accept in the coming step.
    pub fn next_beat(&self) -> Option<(u8, u8)> {
        self.vectors.next_beat()
    }
}

/// The combinational signals of a cycle.
impl Machine {
    fn evaluate(&self, requests: &Requests) -> Cycle {
        let result = self.scoreboard.writes_general() && !self.state.disables_write_back();
        let stage = self.data.write_stage(result);
        let port_taken = result || stage.writes;
        let branch = self.branch_jump();
        let interrupt = self.interrupt(requests);
        let inputs = self.inputs(branch.is_some(), interrupt.is_some(), port_taken);
        let ready = self.scoreboard.admits(&self.decoded.timing, stage.completes);
        let stalled = self.divider.stalls(port_taken);
        let (issue, unit_waits) = self.schedule(&inputs, ready && !stalled, port_taken);
        let (issue, unit_waits) = if self.held { (Issue::None, true) } else { (issue, unit_waits) };
        let ignores = self.state.ignores(&inputs);
        let hold_decoded = (!ready && !ignores) || unit_waits || self.state.holds(&inputs) || stalled;
        let slots_hold = self.slots_hold(self.ignores_slots(&inputs));
        Cycle {
            stage,
            port_taken,
            interrupt,
            jump: interrupt.map(Interrupt::vector).or(branch),
            issue,
            hold_decoded,
            hold_stream: hold_decoded || slots_hold,
            inputs,
        }
    }

    fn inputs(&self, branch: bool, interrupt: bool, port_taken: bool) -> Inputs {
        Inputs {
            branch,
            interrupt,
            valid: self.decoded.fetched.valid,
            arrives: self.decoded.fetched.arrives,
            kind: self.decoded.timing.kind,
            empty: self.is_empty(port_taken),
            wakes: self.wakeup.wakes(),
        }
    }

    fn is_empty(&self, port_taken: bool) -> bool {
        self.scoreboard.is_empty()
            && !self.divider.stalls(port_taken)
            && self.data.is_empty()
            && self.vectors.is_empty()
    }

    /// What issues, and whether F3 waits for its unit.
    fn schedule(&self, inputs: &Inputs, ready: bool, port_taken: bool) -> (Issue, bool) {
        if self.vanishes() || !self.state.issues(inputs) || !(ready || self.state == State::Reset) {
            return (Issue::None, false);
        }
        if self.unit_is_ready(port_taken) {
            return (Issue::Whole, false);
        }
        (if self.decoded.fetched.predicted { Issue::Check } else { Issue::None }, true)
    }

    fn unit_is_ready(&self, port_taken: bool) -> bool {
        match self.decoded.timing.unit {
            Unit::LoadStore => self.data.ready(),
            Unit::Divide => self.divider.ready(port_taken),
            Unit::Vector => self.vectors.ready(),
            Unit::Branch | Unit::FixedPoint | Unit::Multiply => true,
        }
    }

    /// Where the branch decided in this cycle jumps to: a taken one unless it was predicted to go there, any other if it was
    /// predicted taken.
    fn branch_jump(&self) -> Option<u32> {
        let Branch { fetched, is_branch, outcome } = self.branch?;
        if is_branch && outcome.taken {
            let foreseen = fetched.predicted && outcome.target == fetched.next;
            return (!foreseen).then_some(outcome.target);
        }
        fetched.predicted.then_some(fetched.address.wrapping_add(1))
    }

    /// The interrupt taken in this cycle.
    fn interrupt(&self, requests: &Requests) -> Option<Interrupt> {
        if self.was_jumping {
            return None;
        }
        if self.data.misaligned().is_some() {
            return Some(Interrupt::Alignment);
        }
        if self.traps[2].is_some() && !self.state.disables_write_back() {
            return Some(Interrupt::Trap);
        }
        let sleeps = self.is_halted() && !self.wakeup.wakes();
        if self.state.blocks_external() || sleeps { None } else { requests.first() }
    }
}

/// Issue slots in F2.
impl Machine {
    /// Slots of an instruction that a jump leaves behind are not counted.
    fn ignores_slots(&self, inputs: &Inputs) -> bool {
        self.state.is_jumping(inputs) && !self.stream.output().arrives && !inputs.arrives
    }

    fn slots_hold(&self, ignored: bool) -> bool {
        let last = Timing::more_slots(self.stream.output().word);
        if self.slots.counting { !ignored && self.slots.count != last } else { last > 0 && !ignored }
    }

    fn step_slots(&mut self, hold: bool, ignored: bool) {
        let last = Timing::more_slots(self.stream.output().word);
        let Slots { counting, count } = self.slots;
        let next = (count + u8::from(!hold)) & 31;
        self.slots = if ignored {
            if counting { Slots::default() } else { self.slots }
        } else if !counting {
            if last > 0 { Slots { counting: true, count: next } } else { self.slots }
        } else if count == last && !hold {
            Slots::default()
        } else {
            Slots { counting, count: next }
        };
    }
}

/// Moving on.
impl Machine {
    /// One clock.
    pub fn step(&mut self, requests: &Requests, env: &mut impl Environment) {
        let cycle = self.evaluate(requests);
        // Reads of instructions see what was written before this cycle. What the data port does comes next, so that nothing of a
        // cycle is done yet when an access turns out to have to wait.
        let word = self.read(&cycle, env);
        let data_busy = self.data.step_bus(env);
        self.cancel(&cycle, env);
        let outcome = self.issue(&cycle, env);
        self.announce_interrupt(&cycle, env);
        let vector_busy = self.vectors.step(self.wiring.shared && data_busy, env);
        let prediction = self.predict(&cycle, env);
        let response = self.fetch(&cycle, word, data_busy || vector_busy, env);
        self.wakeup.step(self.is_halted(), requests);
        self.step_issue(&cycle, outcome);
        self.step_decode(&cycle);
        self.stream.step(cycle.hold_stream, cycle.jump, prediction, response);
        self.state = self.state.next(&cycle.inputs);
    }

    fn announce_interrupt(&self, cycle: &Cycle, env: &mut impl Environment) {
        let Some(interrupt) = cycle.interrupt else { return };
        let issuing = if cycle.issue == Issue::None { self.resume } else { self.decoded.fetched.address };
        let from = match interrupt {
            Interrupt::Alignment => self.data.misaligned(),
            Interrupt::Trap => self.traps[2],
            _ => Some(issuing),
        };
        self.cancel(cycle, env);
        env.interrupt(interrupt, from.unwrap_or(issuing));
    }

    /// An interrupt may lose the results on their way: those that what issues in this cycle would read, and then its own.
    fn cancel(&self, cycle: &Cycle, env: &mut impl Environment) {
        if cycle.interrupt.is_some() && self.state.next(&cycle.inputs).disables_write_back() {
            env.cancel();
        }
    }

    fn issue(&mut self, cycle: &Cycle, env: &mut impl Environment) -> Outcome {
        if cycle.issue != Issue::Whole {
            return Outcome::default();
        }
        let Decoded { fetched, timing, slot } = self.decoded;
        let slot = Slot { address: fetched.address, word: fetched.word, number: slot, timing };
        if timing.unit != Unit::Vector {
            return env.issue(slot);
        }
        self.vectors.issue(slot, env);
        Outcome::default()
    }

    /// The predictor is asked for the address that comes next, and learns from the branch just decided.
    fn predict(&self, cycle: &Cycle, env: &mut impl Environment) -> Option<u32> {
        let following = self.stream.following(cycle.hold_stream);
        let prediction = env.predict(following);
        self.train(cycle, following, env);
        prediction
    }

    /// F0: the memory is asked unless the stream is held.
    fn read(&self, cycle: &Cycle, env: &mut impl Environment) -> u32 {
        let asks = self.wiring.cache.is_none() && !cycle.hold_stream;
        if asks { env.fetch(self.stream.address()) } else { 0 }
    }

    /// What comes of it.
    fn fetch(&mut self, cycle: &Cycle, word: u32, port_busy: bool, env: &mut impl Environment) -> Response {
        let address = self.stream.address();
        match self.wiring.cache {
            Some(latency) => self.cache.step(!cycle.hold_stream, address, latency, env),
            None if cycle.hold_stream => Response::Idle,
            None if self.wiring.shared_fetch && port_busy && is_sram(address) => Response::Late,
            None => Response::Word(word),
        }
    }

    /// What the decided branch tells the predictor; an interrupt in the same cycle swallows it.
    fn train(&self, cycle: &Cycle, following: u32, env: &mut impl Environment) {
        let Some(Branch { fetched, is_branch, outcome }) = self.branch else { return };
        if cycle.interrupt.is_some() || !(is_branch || fetched.predicted) {
            return;
        }
        let taken = is_branch && outcome.taken;
        let target = if taken { outcome.target } else { following.wrapping_add(1) };
        env.train(Training { address: fetched.address, taken, target });
    }

    fn step_issue(&mut self, cycle: &Cycle, outcome: Outcome) {
        let Decoded { fetched, timing, .. } = self.decoded;
        let issues = cycle.issue == Issue::Whole;
        let on_branch_unit = issues && (timing.unit == Unit::Branch || fetched.predicted);
        self.resume(cycle);
        self.divider.step(cycle.port_taken, issues && timing.unit == Unit::Divide);
        self.data
            .step(cycle.stage, (issues && timing.unit == Unit::LoadStore).then(|| self.entering(outcome)));
        let inserted = (cycle.issue != Issue::None).then_some(&timing);
        self.scoreboard.step(inserted, cycle.stage.completes);
        self.branch = (on_branch_unit || cycle.issue == Issue::Check).then_some(Branch {
            fetched,
            is_branch: timing.kind == Kind::Branch,
            outcome,
        });
        let trap = issues && timing.unit == Unit::Branch && timing.kind != Kind::Branch && outcome.exception;
        self.traps = [trap.then_some(fetched.address), self.traps[0], self.traps[1]];
        self.was_jumping = self.state.is_jumping(&cycle.inputs) && !cycle.inputs.arrives;
    }

    fn entering(&self, outcome: Outcome) -> Entering {
        let Decoded { fetched, timing, slot } = self.decoded;
        Entering {
            register: if timing.is_load { timing.writes } else { NONE },
            faults: outcome.exception,
            address: fetched.address,
            only_address: slot > 0 && !timing.is_load && timing.writes != NONE,
        }
    }

    fn resume(&mut self, cycle: &Cycle) {
        let Decoded { fetched, timing, .. } = self.decoded;
        let issues = cycle.issue != Issue::None;
        if issues && timing.kind != Kind::Branch {
            self.resume = fetched.next;
        } else if issues || timing.kind == Kind::Halt {
            self.resume = fetched.address;
        }
    }

    /// F3 takes what is in F2, once per issue slot.
    fn step_decode(&mut self, cycle: &Cycle) {
        let ignored = self.ignores_slots(&cycle.inputs);
        if !cycle.hold_decoded {
            let (fetched, slot) = (*self.stream.output(), self.slots.count);
            self.decoded = Decoded { fetched, timing: Timing::new(fetched.word, slot), slot };
        }
        self.step_slots(cycle.hold_decoded, ignored);
    }
}

/// Whether an instruction's word address is one of the SRAM's.
fn is_sram(address: u32) -> bool {
    address < SRAM_ALIAS_END >> 2
}
