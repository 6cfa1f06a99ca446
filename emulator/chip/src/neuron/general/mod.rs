//! Neurons whose equations are integrated: the digital side of each (comparator, refractory cycle, fire lines, post pulses) on top
//! of the groups of compartments in `neuron/group`.
//!
//! A group is brought up to date by whatever touches it and by *looks* that it schedules itself: the next flip of a comparator, or
//! how far it is known that none flips. When these are follows from the group's state alone, so the same inputs give the same
//! bits however a run is cut into pieces.

mod agenda;
mod assembly;
mod cycle;
mod setup;
#[cfg(test)]
mod tests;

pub use setup::{Connections, FullSetup};

use super::array::Fire;
use super::backend::Phase;
use super::group::{Group, Outlook, Scratch};
use super::neurons::Voltages;
use super::{NEURONS, wiring::Joined};
use crate::random::{extend, fast_gaussian};
use crate::time::Time;
use agenda::Agenda;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A group that nothing watches is still brought up to date after a few times as long as it has been left alone, within these
/// bounds (ticks), so that whoever reads it again and again finds it near.
const SHORTEST_LOOK: u64 = 4_000_000;
const LONGEST_LOOK: u64 = 1_024_000_000;
const LOOK_GROWTH: u64 = 3;
/// A group that moves by less than this from one look to the next rests, V.
const RESTING_V: f64 = 1e-9;

/// What the scheduled check of a neuron's backend is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Check {
    /// The clock edge that latches the fire.
    FireEdge,
    /// The reset amplifier lets go.
    Release,
    /// The refractory period ends.
    EndRefractory,
}

/// The backend of a neuron.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Backend {
    /// The neuron is on this path.
    here: bool,
    phase: Phase,
    check: Check,
    /// Key of the temporal noise.
    key: u64,
    /// Spikes so far: the step of the per-spike noise.
    spikes: u64,
    /// Threshold of the next spike including its jitter, V.
    threshold_v: f64,
    /// Whose refractory counter runs: a slave's is its master's.
    timed_by: u16,
    /// Level of the post pulse signal.
    post: bool,
}

impl Backend {
    const IDLE: Backend = Backend {
        here: false,
        phase: Phase::Free,
        check: Check::FireEdge,
        key: 0,
        spikes: 0,
        threshold_v: f64::INFINITY,
        timed_by: 0,
        post: false,
    };
}

/// A group with what its looks need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Unit {
    joined: Joined,
    group: Group,
    /// When something last touched it, ticks.
    touched: u64,
    /// What the next look expects.
    expects: Expects,
}

/// What a group's next look is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Expects {
    /// Nothing but to look again.
    Nothing,
    /// No comparator can flip; the group may have come to rest.
    Rest,
    /// The comparator of a member flips.
    Crossing { member: usize },
}

/// What a neuron brings along from the other path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Handover {
    /// Voltages.
    pub voltages: Voltages,
    /// End of the pulse on the adaptation node, if there is a node.
    pub node: Option<Time>,
    /// Phase of the refractory cycle.
    pub phase: Phase,
    /// When that phase ends.
    pub until: Time,
    /// Spikes so far.
    pub spikes: u64,
    /// Key of the temporal noise.
    pub key: u64,
}

/// All neurons on the general path. Empty until there is one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct General {
    backends: Vec<Backend>,
    /// By number of the group; shared between copies of a chip until one of them touches a group.
    units: Vec<Option<Arc<Unit>>>,
    /// Slots 0..512: backends; 512..1024: looks of the groups.
    agenda: Agenda,
    /// Neurons on this path.
    count: usize,
    #[serde(skip)]
    scratch: Scratch,
    /// Groups to be planned anew; empty between calls.
    #[serde(skip)]
    touched: Vec<u16>,
}

impl Default for General {
    fn default() -> Self {
        General {
            backends: Vec::new(),
            units: Vec::new(),
            agenda: Agenda::new(0),
            count: 0,
            scratch: Scratch::default(),
            touched: Vec::new(),
        }
    }
}

/// What the chip hears of neurons: fires, and post pulses that are not simply those of the fires.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Happened {
    /// Fires, in order.
    pub fires: Vec<Fire>,
    /// Rising edges of the post pulse signals of neurons on this path.
    pub posts: Vec<Fire>,
}

/// Everything that acting on a neuron needs beside the state.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// By neuron.
    pub setups: &'a [FullSetup],
    /// What joins neurons.
    pub connections: &'a Connections,
}

impl General {
    /// When the next check is due, or [`Time::NEVER`].
    #[must_use]
    pub fn next(&self) -> Time {
        Time(self.agenda.earliest())
    }

    /// The neuron whose check, or whose group's look, is next.
    #[must_use]
    pub fn due(&self) -> Option<usize> {
        self.agenda.first().map(|slot| slot % NEURONS)
    }

    /// Whether a neuron is on this path.
    #[must_use]
    pub fn holds(&self, neuron: usize) -> bool {
        self.backends.get(neuron).is_some_and(|backend| backend.here)
    }

    /// Number of neurons on this path.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Phase of the refractory cycle.
    #[must_use]
    pub fn phase(&self, neuron: usize) -> Phase {
        self.backends[neuron].phase
    }

    /// Takes the levels of all post pulse signals as they are: the lines behind them have changed.
    pub fn settle_posts(&mut self, around: Surroundings<'_>) {
        for neuron in 0..self.backends.len() {
            if self.holds(neuron) {
                self.backends[neuron].post = self.post_level(neuron, around);
            }
        }
    }

    /// The group of a neuron and its place in it.
    fn place(&self, neuron: usize, around: Surroundings<'_>) -> (usize, usize) {
        let number = usize::from(around.connections.wiring.group_of[neuron]);
        let of = |unit: &Arc<Unit>| unit.joined.members.binary_search_by_key(&(neuron as u16), |m| m.0).ok();
        let member = self.units[number].as_ref().and_then(of).unwrap_or(0);
        (number, member)
    }

    fn unit(&self, number: usize) -> Option<&Unit> {
        self.units.get(number).and_then(Option::as_deref)
    }

    fn unit_mut(&mut self, number: usize) -> Option<&mut Unit> {
        self.units.get_mut(number).and_then(Option::as_mut).map(Arc::make_mut)
    }

    /// Brings a group up to `at` and marks it for a new plan.
    fn touch(&mut self, number: usize, at: u64) {
        let General { units, scratch, touched, .. } = self;
        if let Some(unit) = units.get_mut(number).and_then(Option::as_mut) {
            let unit = Arc::make_mut(unit);
            unit.group.advance(Time(at), scratch);
            unit.touched = at;
            if touched.last() != Some(&(number as u16)) {
                touched.push(number as u16);
            }
        }
    }

    /// Plans all groups that were touched.
    fn plan_touched(&mut self) {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        touched.drain(..).for_each(|number| self.plan(usize::from(number)));
        self.touched = touched;
    }

    /// Schedules the next look at a group that is up to date.
    fn plan(&mut self, number: usize) {
        let General { units, scratch, agenda, .. } = self;
        let Some(unit) = units.get_mut(number).and_then(Option::as_mut).map(Arc::make_mut) else { return };
        let now = unit.group.now().0;
        let (at, expects) = match unit.group.look_ahead(scratch) {
            Outlook::Crossing { member, at } => (at.0, Expects::Crossing { member }),
            Outlook::Nothing { until } => (until.0, Expects::Nothing),
            Outlook::Quiet => {
                let alone = (LOOK_GROWTH * (now - unit.touched)).clamp(SHORTEST_LOOK, LONGEST_LOOK);
                (now.saturating_add(alone), Expects::Rest)
            }
        };
        unit.expects = expects;
        agenda.set(NEURONS + number, at);
    }

    /// A group's look is due.
    fn look(&mut self, number: usize, at: u64, around: Surroundings<'_>) {
        let Some(unit) = self.unit(number) else { return };
        let (expects, before) = (unit.expects, unit.voltages());
        self.advance(number, at);
        match expects {
            Expects::Crossing { member } => {
                let neuron = usize::from(self.unit(number).map_or(0, |unit| unit.joined.members[member].0));
                let delay_us = self.comparator_delay_us(neuron, around);
                self.latch(neuron, at, later(at, delay_us), around);
                self.plan(number);
            }
            Expects::Nothing => self.plan(number),
            Expects::Rest => {
                let rests = self.unit(number).is_some_and(|unit| rests(&before, &unit.voltages()));
                if rests {
                    self.agenda.set(NEURONS + number, u64::MAX);
                } else {
                    self.plan(number);
                }
            }
        }
    }

    fn advance(&mut self, number: usize, at: u64) {
        let General { units, scratch, .. } = self;
        if let Some(unit) = units.get_mut(number).and_then(Option::as_mut) {
            Arc::make_mut(unit).group.advance(Time(at), scratch);
        }
    }

    /// The voltages of a neuron at `at` without noise; `at` must not lie beyond the next check.
    #[must_use]
    pub fn peek(&self, neuron: usize, at: Time, around: Surroundings<'_>) -> Voltages {
        let (number, member) = self.place(neuron, around);
        let resting = self.agenda.at(NEURONS + number) == u64::MAX;
        let of = self.unit(number).map_or_else(Default::default, |unit| match resting {
            true => unit.group.voltages(member),
            false => unit.group.peek(member, at, &mut Scratch::default()),
        });
        Voltages { v: of.v, x_e: of.x[0], x_i: of.x[1], v_w: of.v_w }
    }

    /// Membrane potential in V at `at` with noise, as the readout sees it.
    #[must_use]
    pub fn voltage(&self, neuron: usize, at: Time, around: Surroundings<'_>) -> f64 {
        let (number, member) = self.place(neuron, around);
        let noise = self.unit(number).map_or(0.0, |unit| unit.group.noise(member, at));
        self.peek(neuron, at, around).v + noise
    }

    /// Adds line deflections (V) to neurons `first..` at the instant `at`, as far as they are on this path.
    pub fn deliver(&mut self, first: usize, dx_e: &[f64], dx_i: &[f64], at: Time, around: Surroundings<'_>) {
        for (neuron, dx) in (first..).zip(dx_e.iter().zip(dx_i).map(|(e, i)| [*e, *i])) {
            if dx == [0.0; 2] || !self.holds(neuron) {
                continue;
            }
            let (number, member) = self.place(neuron, around);
            self.touch(number, at.0);
            if let Some(unit) = self.unit_mut(number) {
                unit.group.deliver(member, dx);
            }
            let bypassed = around.setups[neuron].neuron.bypassed(dx[0], dx[1]);
            if bypassed && self.backends[neuron].phase == Phase::Free {
                self.latch(neuron, at.0, at.0, around);
            }
        }
        self.plan_touched();
    }

    /// Carries out the earliest check.
    pub fn step(&mut self, happened: &mut Happened, around: Surroundings<'_>) {
        let Some(slot) = self.agenda.first() else { return };
        let at = self.agenda.earliest();
        if slot < NEURONS {
            self.agenda.set(slot, u64::MAX);
            self.check(slot, at, happened, around);
        } else {
            self.agenda.set(slot, u64::MAX);
            self.look(slot - NEURONS, at, around);
        }
        self.plan_touched();
    }
}

impl Unit {
    fn voltages(&self) -> Vec<super::group::MemberVoltages> {
        (0..self.joined.members.len()).map(|member| self.group.voltages(member)).collect()
    }
}

/// Whether nothing has moved from one look to the next.
fn rests(before: &[super::group::MemberVoltages], after: &[super::group::MemberVoltages]) -> bool {
    before.iter().zip(after).all(|(before, after)| {
        let lines = after.x.iter().all(|x| x.abs() < RESTING_V);
        lines && (before.v - after.v).abs() < RESTING_V && (before.v_w - after.v_w).abs() < RESTING_V
    })
}

/// `at` plus a span in us, in base ticks; infinity is never.
fn later(at: u64, span_us: f64) -> u64 {
    if span_us < 1e12 { at.saturating_add((span_us * 1e6) as u64) } else { u64::MAX }
}

/// Key of one of the draws that come with every spike.
fn per_spike(backend: &Backend, purpose: u64) -> f64 {
    fast_gaussian(extend(backend.key, backend.spikes ^ purpose))
}
