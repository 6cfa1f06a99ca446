//! A group and what can be done to it.
//!
//! The state belongs to the last instant at which something touched the group, and steps are laid from there, so what happens
//! depends on the events alone, never on who looks in between: looking works on a copy.

use super::super::circuit::{Circuit, Pulse};
use super::super::integrate::{Workspace, run, run_until};
use super::super::noise::MembraneNoise;
use super::dynamics::{Running, Stages};
use super::noise::NoiseCell;
use super::setup::GroupSetup;
use super::steps::{NOISE_MARGIN, Pace};
use super::wired::{TICKS_PER_US, Wired};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How far one look ahead goes, if nothing flips: whole steps for at least this long, in ticks.
const WINDOW: f64 = 1e6;
/// Longer than anything: a look ahead that gets there has found a group at rest.
const FOR_EVER: f64 = 1e18;
/// A bound that keeps the membrane below its threshold for less than this (ticks) does not pay.
const SHORTEST_BOUND: f64 = 2e4;

/// Everything that changes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct State {
    /// Instant it belongs to in ticks; a whole number on the chip.
    pub now: f64,
    /// Potentials of the compartments, then of the adaptation nodes, V.
    pub v: Vec<f64>,
    /// Deflections of every member's lines, V.
    pub x: Vec<[f64; 2]>,
    /// End of every member's adaptation pulse, ticks.
    pub pulse_until: Vec<f64>,
    /// Members whose reset is active.
    pub in_reset: Vec<bool>,
    /// One of them holds its membrane.
    pub any_clamped: bool,
    /// Thresholds of the members' comparators, V; infinite: off.
    pub threshold: Vec<f64>,
    /// Noise of the compartments.
    pub noise: Vec<MembraneNoise>,
    /// Where each compartment is in it.
    pub cells: Vec<NoiseCell>,
    /// The noise mattered in the last step.
    pub noisy: bool,
}

/// Scratch memory for groups, to be kept between calls. It holds no state: any two are equal.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Scratch {
    #[serde(skip)]
    work: Workspace,
    #[serde(skip)]
    stages: Vec<Stages>,
    #[serde(skip)]
    noise: Vec<[f64; 3]>,
    #[serde(skip)]
    pace: Vec<Pace>,
    #[serde(skip)]
    copy: State,
    #[serde(skip)]
    v: Vec<f64>,
}

impl PartialEq for Scratch {
    fn eq(&self, _: &Scratch) -> bool {
        true
    }
}

impl Scratch {
    /// See [`Workspace::limit_steps`].
    pub fn limit_steps(&mut self, steps: u64) {
        self.work.limit_steps(steps);
    }

    /// Steps that are left of a limit.
    #[must_use]
    pub fn steps_left(&self) -> u64 {
        self.work.steps_left()
    }

    /// See [`Workspace::exhausted`].
    #[must_use]
    pub fn exhausted(&self) -> bool {
        self.work.exhausted()
    }
}

/// What lies ahead of a group if nobody touches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// A comparator flips.
    Crossing {
        /// Whose.
        member: usize,
        /// The first tick at which it has.
        at: Time,
    },
    /// Nothing happens until then; advance and look again.
    Nothing {
        /// Later than now.
        until: Time,
    },
    /// Nothing ever happens.
    Quiet,
}

/// Voltages of one member of a group.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct MemberVoltages {
    /// Membrane without noise, V.
    pub v: f64,
    /// Deflections of the excitatory and inhibitory line, V.
    pub x: [f64; 2],
    /// Adaptation node, V; stays where it is while adaptation is off.
    pub v_w: f64,
}

/// What a member takes with it when the wiring changes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MemberState {
    /// Capacitance it held its charge on, pF.
    pub c_pf: f64,
    /// Its voltages.
    pub voltages: MemberVoltages,
    /// Its reset is active.
    pub in_reset: bool,
    /// Threshold of its comparator, V; infinite: off.
    pub threshold_v: f64,
    /// End of its adaptation pulse.
    pub pulse_until: Time,
}

impl MemberState {
    /// A member at rest at `v` (V), with its adaptation node at `v_w`.
    #[must_use]
    pub fn at_rest(c_pf: f64, v: f64, v_w: f64) -> MemberState {
        let voltages = MemberVoltages { v, x: [0.0; 2], v_w };
        let threshold_v = f64::INFINITY;
        MemberState { c_pf, voltages, in_reset: false, threshold_v, pulse_until: Time::ZERO }
    }
}

/// Compartments that are integrated together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub(super) wired: Arc<Wired>,
    pub(super) state: State,
    /// Where the last look ahead came by whole steps from the state: instant, potentials, lines.
    ahead: Option<Ahead>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Ahead {
    now: f64,
    v: Vec<f64>,
    x: Vec<[f64; 2]>,
    noisy: bool,
}

impl Group {
    /// A group whose members come from elsewhere, one state each. Charge is conserved: members that now share a membrane get
    /// the mean of their potentials, weighted with the capacitances they had.
    #[must_use]
    pub fn assemble(setup: &GroupSetup, members: &[MemberState], at: Time) -> Group {
        let wired = Wired::new(setup);
        let mut v = vec![0.0; wired.states()];
        let mut charge = vec![[0.0; 2]; wired.bodies.len()];
        for (cell, member) in wired.cells.iter().zip(members) {
            let [sum, capacitance] = &mut charge[cell.compartment];
            *sum += member.c_pf * member.voltages.v;
            *capacitance += member.c_pf;
        }
        for (v, member) in v[charge.len()..].iter_mut().zip(members) {
            *v = member.voltages.v_w;
        }
        for (v, [sum, capacitance]) in v.iter_mut().zip(charge) {
            *v = if capacitance > 0.0 { sum / capacitance } else { 0.0 };
        }
        let mut noise = setup.noise.clone();
        noise.resize(wired.bodies.len(), MembraneNoise::default());
        let state = State {
            now: at.0 as f64,
            v,
            x: members.iter().map(|member| member.voltages.x).collect(),
            pulse_until: members.iter().map(|member| member.pulse_until.0 as f64).collect(),
            in_reset: vec![false; wired.cells.len()],
            any_clamped: false,
            threshold: members.iter().map(|member| member.threshold_v).collect(),
            cells: vec![NoiseCell::default(); noise.len()],
            noise,
            noisy: false,
        };
        let mut group = Group { wired: Arc::new(wired), state, ahead: None };
        for (m, member) in members.iter().enumerate() {
            group.set_reset(m, member.in_reset);
        }
        group
    }

    /// The state of a member, to be handed on to another wiring; the group must be up to date.
    #[must_use]
    pub fn member_state(&self, member: usize) -> MemberState {
        MemberState {
            c_pf: self.wired.cells[member].c_pf,
            voltages: self.voltages(member),
            in_reset: self.state.in_reset[member],
            threshold_v: self.state.threshold[member],
            pulse_until: Time(self.state.pulse_until[member] as u64),
        }
    }

    /// Number of members.
    #[must_use]
    pub fn members(&self) -> usize {
        self.wired.cells.len()
    }

    /// Instant the state belongs to.
    #[must_use]
    pub fn now(&self) -> Time {
        Time(self.state.now as u64)
    }

    /// Voltages of a member at [`Self::now`], without noise.
    #[must_use]
    pub fn voltages(&self, member: usize) -> MemberVoltages {
        voltages(&self.wired, &self.state, member)
    }

    /// Voltages of a member at a later instant, without noise and without touching the group. Nobody may have been due to touch
    /// it before.
    #[must_use]
    pub fn peek(&self, member: usize, at: Time, scratch: &mut Scratch) -> MemberVoltages {
        if at.0 as f64 <= self.state.now {
            return self.voltages(member);
        }
        let mut copy = std::mem::take(&mut scratch.copy);
        copy.clone_from(&self.state);
        let state = advanced(&self.wired, &mut copy, self.ahead.as_ref(), at.0 as f64, scratch);
        let found = voltages(&self.wired, state, member);
        scratch.copy = copy;
        found
    }

    /// Membrane noise of a member's compartment at an instant, V: what comparator and readout see on top of its potential.
    #[must_use]
    pub fn noise(&self, member: usize, at: Time) -> f64 {
        self.state.noise[self.wired.cells[member].compartment].at(at.as_us())
    }

    /// Brings the state up to `to`; before anything that changes something at that instant. Earlier instants do nothing.
    pub fn advance(&mut self, to: Time, scratch: &mut Scratch) {
        self.advance_ticks(to.0 as f64, scratch);
    }

    /// As [`Self::advance`], to any fraction of a tick.
    pub(super) fn advance_ticks(&mut self, to: f64, scratch: &mut Scratch) {
        if to > self.state.now {
            let ahead = self.ahead.take();
            advanced(&self.wired, &mut self.state, ahead.as_ref(), to, scratch);
        }
    }

    /// Deflects the lines of a member by these amounts, V.
    pub fn deliver(&mut self, member: usize, dx: [f64; 2]) {
        self.touch();
        for (x, dx) in self.state.x[member].iter_mut().zip(dx) {
            *x += dx;
        }
    }

    /// Switches the reset of a member on or off.
    pub fn set_reset(&mut self, member: usize, on: bool) {
        self.touch();
        self.state.in_reset[member] = on;
        let cell = &self.wired.cells[member];
        if on && cell.clamped {
            self.state.v[cell.compartment] = cell.v_reset_v;
        }
        let mut cells = self.wired.cells.iter().zip(&self.state.in_reset);
        self.state.any_clamped = cells.any(|(cell, on)| *on && cell.clamped);
    }

    /// Watches a member's comparator with this threshold (V), or not.
    pub fn arm(&mut self, member: usize, threshold_v: Option<f64>) {
        self.touch();
        self.state.threshold[member] = threshold_v.unwrap_or(f64::INFINITY);
    }

    /// A spike reaches the adaptation node of a member.
    pub fn adaptation_pulse(&mut self, member: usize) {
        self.touch();
        let Some(node) = &self.wired.cells[member].node else { return };
        match node.pulse {
            Pulse::Jump { dv_v } => self.state.v[node.index] += dv_v,
            Pulse::Current { width_us, .. } => {
                let ticks = (width_us * TICKS_PER_US).round();
                self.state.pulse_until[member] = self.state.now + ticks;
            }
        }
    }

    /// Gives a member another circuit; voltages stay as they are. The group must be up to date.
    pub fn set_circuit(&mut self, member: usize, circuit: &Circuit) {
        self.touch();
        Arc::make_mut(&mut self.wired).set_circuit(member, circuit);
    }

    /// Gives the membrane of a member's compartment this noise from now on.
    pub fn set_noise(&mut self, member: usize, noise: MembraneNoise) {
        self.touch();
        let compartment = self.wired.cells[member].compartment;
        self.state.noise[compartment] = noise;
        self.state.cells[compartment] = NoiseCell::default();
    }

    /// What happens from now on if nobody touches the group. The state stays where it is, but what was found on the way is kept
    /// for [`Self::advance`].
    pub fn look_ahead(&mut self, scratch: &mut Scratch) -> Outlook {
        if let Some(member) = self.above_threshold() {
            return Outlook::Crossing { member, at: self.now() };
        }
        let bound = self.safe_ticks();
        if bound == f64::INFINITY {
            return Outlook::Quiet;
        }
        if bound > SHORTEST_BOUND {
            return Outlook::Nothing { until: Time((self.state.now + bound) as u64) };
        }
        let mut copy = std::mem::take(&mut scratch.copy);
        copy.clone_from(&self.state);
        let outlook = self.search(&mut copy, scratch);
        scratch.copy = copy;
        outlook
    }

    fn search(&mut self, copy: &mut State, scratch: &mut Scratch) -> Outlook {
        let mut v = std::mem::take(&mut scratch.v);
        v.clone_from(&copy.v);
        let found = integrate(&self.wired, copy, &mut v, scratch, |running, v, work| {
            running.watched = true;
            run_until(running, v, FOR_EVER, work, |elapsed| elapsed >= WINDOW)
        });
        let outlook = if let Some(member) = found.flipped {
            Outlook::Crossing { member, at: Time((self.state.now + found.elapsed).ceil() as u64) }
        } else if found.elapsed >= FOR_EVER {
            Outlook::Quiet
        } else {
            let ahead = self.ahead.get_or_insert_with(|| Ahead {
                now: 0.0,
                v: Vec::new(),
                x: Vec::new(),
                noisy: false,
            });
            (ahead.now, ahead.noisy) = (copy.now, copy.noisy);
            ahead.v.clone_from(&v);
            ahead.x.clone_from(&copy.x);
            Outlook::Nothing { until: Time(copy.now as u64) }
        };
        scratch.v = v;
        outlook
    }

    /// The first member whose membrane is at or above its threshold already.
    fn above_threshold(&self) -> Option<usize> {
        let at = self.now();
        (0..self.wired.cells.len()).find(|&m| {
            let (threshold, c) = (self.state.threshold[m], self.wired.cells[m].compartment);
            let margin = NOISE_MARGIN * self.state.noise[c].sigma_v;
            self.state.v[c] + margin >= threshold && self.state.v[c] + self.noise(m, at) >= threshold
        })
    }

    /// Ticks for which no comparator can flip, from what pulls the membrane up now: with a leak that weakens and inputs that
    /// decay it never gets faster. Zero where no such bound is known.
    fn safe_ticks(&self) -> f64 {
        let lowest = self.state.threshold.iter().copied().fold(f64::INFINITY, f64::min);
        if lowest == f64::INFINITY {
            return f64::INFINITY;
        }
        if !self.wired.simple || self.state.any_clamped {
            return 0.0;
        }
        let v = self.state.v[0];
        let level = lowest - NOISE_MARGIN * self.state.noise[0].sigma_v;
        if v >= level {
            return 0.0;
        }
        let (mut now_ua, mut there_ua) = (0.0, 0.0);
        for (m, cell) in self.wired.cells.iter().enumerate() {
            let (amplifier, rest) = if self.state.in_reset[m] {
                (&cell.reset, cell.v_reset_v)
            } else {
                (&cell.leak, cell.v_leak_v)
            };
            let inputs = cell.rising_inputs(self.state.x[m], v, self.state.noise[0].sigma_v);
            now_ua += amplifier.current(rest - v).max(0.0) + inputs;
            there_ua += amplifier.current(rest - level) + inputs;
        }
        if there_ua <= 0.0 || now_ua <= 0.0 {
            return f64::INFINITY;
        }
        (level - v) / (now_ua * self.wired.bodies[0].per_c) * TICKS_PER_US
    }

    /// The state is about to change.
    pub(super) fn touch(&mut self) {
        self.ahead = None;
    }
}

impl super::wired::Cell {
    /// The most that inputs and offset can contribute upwards from now on while the membrane is not below `v`, uA.
    fn rising_inputs(&self, x: [f64; 2], v: f64, sigma_v: f64) -> f64 {
        let noise = NOISE_MARGIN * sigma_v;
        let most = |k: usize| {
            let input = &self.inputs[k];
            let lines = [input.offset_v, x[k] + input.offset_v].map(|x| input.gm.current(x));
            let current = if k == 0 { lines[0].max(lines[1]) } else { -lines[0].min(lines[1]) }.max(0.0);
            let factor = input.coba.map_or(1.0, |coba| match k {
                0 => coba.factor(coba.reference_v - v + noise),
                _ => coba.factor(super::wired::BOUNDS_V[1] - coba.reference_v),
            });
            current * factor.max(0.0)
        };
        most(0) + most(1) + self.i_offset_ua.max(0.0)
    }
}

fn voltages(wired: &Wired, state: &State, member: usize) -> MemberVoltages {
    let cell = &wired.cells[member];
    MemberVoltages {
        v: state.v[cell.compartment],
        x: state.x[member],
        v_w: state.v[wired.bodies.len() + member],
    }
}

/// Moves a state on to `to`, from where a look ahead has come if that is on the way.
fn advanced<'a>(
    wired: &Wired,
    state: &'a mut State,
    ahead: Option<&Ahead>,
    to: f64,
    scratch: &mut Scratch,
) -> &'a State {
    if let Some(ahead) = ahead.filter(|ahead| ahead.now <= to) {
        state.v.clone_from(&ahead.v);
        state.x.clone_from(&ahead.x);
        (state.now, state.noisy) = (ahead.now, ahead.noisy);
    }
    let span = to - state.now;
    if span > 0.0 {
        let mut v = std::mem::take(&mut state.v);
        integrate(wired, state, &mut v, scratch, |running, v, work| run(running, v, span, work));
        state.v = v;
    }
    // The sum of the steps is the span, but not to the last bit where they are no whole ticks.
    state.now = to;
    state
}

/// Lends the parts of a state to the integrator; its potentials are in `v`.
pub(super) fn integrate<R>(
    wired: &Wired,
    state: &mut State,
    v: &mut [f64],
    scratch: &mut Scratch,
    act: impl FnOnce(&mut Running<'_>, &mut [f64], &mut Workspace) -> R,
) -> R {
    scratch.stages.resize(wired.cells.len(), Stages::default());
    scratch.noise.resize(wired.bodies.len(), [0.0; 3]);
    scratch.pace.resize(wired.bodies.len(), Pace::default());
    let mut running = Running {
        wired,
        state,
        stages: &mut scratch.stages,
        noise: &mut scratch.noise,
        pace: &mut scratch.pace,
        watched: false,
    };
    act(&mut running, v, &mut scratch.work)
}
