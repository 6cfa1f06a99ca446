//! One processor: registers, memories' accesses on their way, and the timing machine that decides the order of everything.

use serde::{Deserialize, Serialize};

use super::cache::InstructionCache;
use super::calls::{Calls, Stores};
use super::interrupt::Lines;
use super::memo::{Pause, Timeline, would_share};
use super::pipeline::{Machine, Requests, Wiring};
use super::ports::{BusDelays, Observer, Ports, Stop};
use super::predictor::Predictor;
use super::scalar::{DecodeOptions, Registers, Timers};
use super::undo::Undo;
use super::vector::VectorState;

/// A plasticity processor without its memory. All of its state is here, so that it can be copied, compared and stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ppu {
    delays: BusDelays,
    options: DecodeOptions,
    /// The cycle to come.
    cycle: u64,
    /// First cycle of the sleep the core is in.
    asleep_since: Option<u64>,
    timeline: Timeline,
    /// Registers of the scalar core.
    pub registers: Registers,
    /// Time base, decrementer and fixed interval timer.
    pub timers: Timers,
    /// Registers of the vector unit.
    pub vector: VectorState,
    stores: Stores,
    predictor: Predictor,
    cache: InstructionCache,
    lines: Lines,
    undo: Undo,
    /// Instructions issued since reset.
    issued: u64,
    /// Nothing is remembered of the machine's steps.
    #[serde(skip)]
    steps_only: bool,
}

impl Ppu {
    /// A processor whose first cycle after reset is cycle 0.
    pub fn new(delays: BusDelays, options: DecodeOptions) -> Self {
        let wiring = Wiring {
            shared: delays.shared,
            shared_fetch: delays.shared_fetch,
            cache: delays.icache.then_some(delays.fetch_response),
        };
        Self {
            delays,
            options,
            cycle: 0,
            asleep_since: None,
            timeline: Timeline::new(Machine::new(wiring)),
            registers: Registers::default(),
            timers: Timers::default(),
            vector: VectorState::default(),
            stores: Stores::default(),
            predictor: Predictor::new(0),
            cache: InstructionCache::default(),
            lines: Lines::default(),
            undo: Undo::default(),
            issued: 0,
            steps_only: false,
        }
    }

    /// Resets the core; `cycle` is the first cycle after reset. Vector registers keep their content, as in the hardware.
    pub fn reset(&mut self, cycle: u64) {
        let mut fresh = Self::new(self.delays, self.options);
        fresh.vector.registers = self.vector.registers;
        fresh.cycle = cycle;
        fresh.timers = Timers::reset_at(cycle);
        fresh.predictor = Predictor::new(cycle);
        fresh.steps_only = self.steps_only;
        // What was remembered of the machine's steps holds on.
        *self.timeline.machine_mut() = fresh.timeline.machine().into_owned();
        std::mem::swap(&mut self.timeline, &mut fresh.timeline);
        *self = fresh;
    }

    /// The cycle to come: all before it are done.
    pub fn cycle(&self) -> u64 {
        self.cycle
    }

    /// Whether the core sleeps in `wait`, as the status register shows.
    pub fn is_sleeping(&self) -> bool {
        self.timeline.is_halted()
    }

    /// First cycle of the sleep the core is in.
    pub fn asleep_since(&self) -> Option<u64> {
        self.asleep_since
    }

    /// Instructions issued since reset; `nop`, `sync` and `wait` are never issued to a unit.
    pub fn issued(&self) -> u64 {
        self.issued
    }

    /// Byte address of the instruction the core goes on with, as far as it knows; of its `wait` while it sleeps.
    pub fn position(&self) -> u32 {
        self.timeline.machine().position() << 2
    }

    /// Lets nothing issue any more, or lets it again, for a debugger that looks at a copy of the core.
    pub fn hold(&mut self, held: bool) {
        self.timeline.machine_mut().hold(held);
    }

    /// Goes on at another byte address, for a debugger, with empty pipelines; what is not finished is lost.
    pub fn go_on_at(&mut self, address: u32) {
        self.timeline.machine_mut().restart(address >> 2);
        self.stores = Stores::default();
        self.undo = Undo::default();
        self.asleep_since = None;
    }

    /// Whether an instruction waits for what was not there when it asked, so that the core looks outside once more.
    pub fn awaits(&self) -> bool {
        self.stores.awaits()
    }

    /// Whether every instruction that issued is finished.
    pub fn is_drained(&self) -> bool {
        self.timeline.machine().is_drained()
    }

    /// The delays the core was made with.
    pub fn delays(&self) -> &BusDelays {
        &self.delays
    }

    /// Rings the doorbell in the coming cycle.
    pub fn ring_doorbell(&mut self) {
        self.lines.ring();
    }

    /// Steps every single cycle from now on, or no longer. The results are the same; it is for checking that they are.
    pub fn step_only(&mut self, steps_only: bool) {
        self.steps_only = steps_only;
    }

    /// Runs until the clock stands at `until_cycle`, or something else stops it. Accesses that [`Ports::is_shared`] names are made
    /// only in cycles before `shared_before`.
    pub fn run<P: Ports, O: Observer>(
        &mut self,
        ports: &mut P,
        until_cycle: u64,
        shared_before: u64,
        observer: &mut O,
    ) -> Stop {
        while self.cycle < until_cycle {
            let mut told = false;
            match self.run_on_memory(ports, until_cycle, shared_before, observer, &mut told) {
                Some(_) if told && observer.ends_run() => return Stop::Ended,
                Some(Pause::Shared) => return Stop::Shared { cycle: self.cycle },
                Some(Pause::Limit | Pause::Special) if observer.ends_run() => return Stop::Ended,
                Some(Pause::Limit | Pause::Special) => continue,
                Some(Pause::Step) | None => {}
            }
            if let Some(stop) = self.pause(ports, shared_before, observer) {
                return stop;
            }
            let told = self.step(ports, observer);
            if told && observer.ends_run() {
                return Stop::Ended;
            }
            if let Some(stop) = self.sleep(ports, until_cycle) {
                return stop;
            }
        }
        Stop::Limit
    }

    /// Runs as far as possible without stepping the machine; `None` if that is not allowed now.
    fn run_on_memory<P: Ports, O: Observer>(
        &mut self,
        ports: &mut P,
        until_cycle: u64,
        shared_before: u64,
        observer: &mut O,
        told: &mut bool,
    ) -> Option<Pause> {
        if self.steps_only || observer.watches_issue() || self.delays.icache || self.timeline.is_halted() {
            return None;
        }
        let requests = self.requests();
        if requests.enabled || !requests.is_quiet() || !self.lines.is_settled(ports.pins(), &self.registers) {
            return None;
        }
        let limit = self.timers.next_event(self.cycle).map_or(until_cycle, |event| event.min(until_cycle));
        self.registers.gin = ports.pins();
        self.timeline.look_at(ports);
        let (timeline, mut calls) = self.split(ports, observer);
        let pause = timeline.run(&mut calls, limit, shared_before);
        let (cycle, stray) = (calls.cycle, calls.stray);
        *told = calls.told;
        self.cycle = cycle;
        if stray {
            self.timeline.forget();
        }
        if self.timeline.is_halted() && self.asleep_since.is_none() {
            self.asleep_since = Some(self.cycle);
        }
        Some(pause)
    }

    /// The machine, and the data it calls.
    fn split<'a, P: Ports, O: Observer>(
        &'a mut self,
        ports: &'a mut P,
        observer: &'a mut O,
    ) -> (&'a mut Timeline, Calls<'a, P, O>) {
        let calls = Calls {
            cycle: self.cycle,
            delays: &self.delays,
            options: &self.options,
            registers: &mut self.registers,
            timers: &mut self.timers,
            vector: &mut self.vector,
            stores: &mut self.stores,
            predictor: &mut self.predictor,
            cache: &mut self.cache,
            lines: &mut self.lines,
            undo: &mut self.undo,
            issued: &mut self.issued,
            taken: None,
            watched: observer.watches_issue(),
            effects: observer.watches_issue() && observer.watches_effects(),
            told: false,
            special: false,
            touched: 0,
            stray: false,
            ports,
            observer,
        };
        (&mut self.timeline, calls)
    }

    /// Why the coming cycle is not to be run, if it is not.
    fn pause<P: Ports, O: Observer>(
        &mut self,
        ports: &mut P,
        shared_before: u64,
        observer: &mut O,
    ) -> Option<Stop> {
        if self.cycle >= shared_before {
            let (timeline, calls) = self.split(ports, observer);
            if would_share(&timeline.machine(), &calls) {
                return Some(Stop::Shared { cycle: self.cycle });
            }
        }
        if !observer.watches_issue() {
            return None;
        }
        let requests = self.requests();
        let machine = self.timeline.machine();
        let Some((word, slot)) = machine.next_issue(&requests) else {
            observer.stall(self.cycle, machine.stall(&requests));
            return None;
        };
        let address = word << 2;
        (slot == 0 && observer.breaks_at(address)).then_some(Stop::Break { address })
    }

    fn requests(&mut self) -> Requests {
        self.lines.requests(&self.timers, self.cycle)
    }

    /// One clock. Returns whether the observer was told something.
    fn step<P: Ports, O: Observer>(&mut self, ports: &mut P, observer: &mut O) -> bool {
        let requests = self.requests();
        let pins = ports.pins();
        let (timeline, mut calls) = self.split(ports, observer);
        timeline.machine_mut().step(&requests, &mut calls);
        let (taken, told, stray) = (calls.taken, calls.told, calls.stray);
        if stray {
            timeline.forget();
        }
        self.lines.step(pins, &self.registers, taken);
        self.registers.gin = pins;
        self.cycle += 1;
        self.note_sleep();
        told
    }

    fn note_sleep(&mut self) {
        if !self.timeline.is_halted() {
            self.asleep_since = None;
        } else if self.asleep_since.is_none() {
            self.asleep_since = Some(self.cycle);
        }
    }

    /// Passes over the time for which a sleeping core certainly sleeps.
    fn sleep<P: Ports>(&mut self, ports: &P, until_cycle: u64) -> Option<Stop> {
        let since = self.asleep_since.filter(|_| self.timeline.machine().is_asleep())?;
        let settled = self.lines.is_settled(ports.pins(), &self.registers);
        if !settled || !self.requests().is_quiet() {
            return None;
        }
        let wakes = self.timers.next_event(self.cycle).unwrap_or(u64::MAX);
        if wakes < until_cycle {
            self.cycle = self.cycle.max(wakes);
            return None;
        }
        if until_cycle != u64::MAX {
            self.cycle = until_cycle;
        }
        Some(Stop::Sleep { cycle: since })
    }
}
