//! One processor: registers, memories' accesses on their way, and the timing machine that decides the order of everything.

use serde::{Deserialize, Serialize};

use super::cache::InstructionCache;
use super::calls::{Calls, Stores};
use super::interrupt::Lines;
use super::pipeline::{Machine, Requests, Wiring};
use super::ports::{BusDelays, Observer, Port, Ports, Stop};
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
    machine: Machine,
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
            machine: Machine::new(wiring),
            registers: Registers::default(),
            timers: Timers::default(),
            vector: VectorState::default(),
            stores: Stores::default(),
            predictor: Predictor::new(0),
            cache: InstructionCache::default(),
            lines: Lines::default(),
            undo: Undo::default(),
            issued: 0,
        }
    }

    /// Resets the core; `cycle` is the first cycle after reset. Vector registers keep their content, as in the hardware.
    pub fn reset(&mut self, cycle: u64) {
        let registers = self.vector.registers;
        *self = Self::new(self.delays, self.options);
        self.vector.registers = registers;
        self.cycle = cycle;
        self.timers = Timers::reset_at(cycle);
        self.predictor = Predictor::new(cycle);
    }

    /// The cycle to come: all before it are done.
    pub fn cycle(&self) -> u64 {
        self.cycle
    }

    /// Whether the core sleeps in `wait`, as the status register shows.
    pub fn is_sleeping(&self) -> bool {
        self.machine.is_halted()
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
        self.machine.position() << 2
    }

    /// Lets nothing issue any more, or lets it again, for a debugger that looks at a copy of the core.
    pub fn hold(&mut self, held: bool) {
        self.machine.hold(held);
    }

    /// Goes on at another byte address, for a debugger, with empty pipelines; what is not finished is lost.
    pub fn go_on_at(&mut self, address: u32) {
        self.machine.restart(address >> 2);
        self.stores = Stores::default();
        self.undo = Undo::default();
        self.asleep_since = None;
    }

    /// Whether every instruction that issued is finished.
    pub fn is_drained(&self) -> bool {
        self.machine.is_drained()
    }

    /// The delays the core was made with.
    pub fn delays(&self) -> &BusDelays {
        &self.delays
    }

    /// Rings the doorbell in the coming cycle.
    pub fn ring_doorbell(&mut self) {
        self.lines.ring();
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

    /// Why the coming cycle is not to be run, if it is not.
    fn pause<P: Ports>(
        &mut self,
        ports: &mut P,
        shared_before: u64,
        observer: &mut impl Observer,
    ) -> Option<Stop> {
        if self.cycle >= shared_before && self.would_share(ports) {
            return Some(Stop::Shared { cycle: self.cycle });
        }
        if !observer.watches_issue() {
            return None;
        }
        let requests = self.requests();
        let Some((word, slot)) = self.machine.next_issue(&requests) else {
            observer.stall(self.cycle, self.machine.stall(&requests));
            return None;
        };
        let address = word << 2;
        (slot == 0 && observer.breaks_at(address)).then_some(Stop::Break { address })
    }

    /// Whether the coming cycle makes an access that others can see.
    fn would_share<P: Ports>(&self, ports: &P) -> bool {
        let data = self.machine.next_data_access().then(|| self.stores.next_data()).flatten();
        let beat = self.machine.next_beat().map(|(key, word)| self.stores.beat_address(key, word));
        let parallel = self.machine.next_parallel().map(|key| self.stores.address(key));
        let shares =
            |port, address: Option<u32>| address.is_some_and(|address| ports.is_shared(port, address));
        shares(Port::Data, data) || shares(Port::Vector, beat) || shares(Port::Parallel, parallel)
    }

    fn requests(&mut self) -> Requests {
        self.lines.requests(&self.timers, self.cycle)
    }

    /// One clock. Returns whether the observer was told something.
    fn step<P: Ports, O: Observer>(&mut self, ports: &mut P, observer: &mut O) -> bool {
        let requests = self.requests();
        let pins = ports.pins();
        let mut calls = Calls {
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
            ports,
            observer,
        };
        self.machine.step(&requests, &mut calls);
        let (taken, told) = (calls.taken, calls.told);
        self.lines.step(pins, &self.registers, taken);
        self.registers.gin = pins;
        self.cycle += 1;
        self.note_sleep();
        told
    }

    fn note_sleep(&mut self) {
        if !self.machine.is_halted() {
            self.asleep_since = None;
        } else if self.asleep_since.is_none() {
            self.asleep_since = Some(self.cycle);
        }
    }

    /// Passes over the time for which a sleeping core certainly sleeps.
    fn sleep<P: Ports>(&mut self, ports: &P, until_cycle: u64) -> Option<Stop> {
        let since = self.asleep_since.filter(|_| self.machine.is_asleep())?;
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
