//! The neurons on the grid: who is on it, which events came in since the last step, and who has to leave.

use super::block::{BlockState, Coefficients, Features, LANES, Moments, step};
use super::coefficients::load;
use crate::neuron::circuit::Circuit;
use crate::neuron::neurons::Voltages;
use serde::{Deserialize, Serialize};

/// How a neuron is carried while it is on the grid.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quiet {
    /// Its membrane is reset.
    pub in_reset: bool,
    /// Membrane potential from which it leaves the grid, V; infinite where it cannot fire.
    pub level_v: f64,
    /// Instant before which nothing else happens to it, base ticks.
    pub until: u64,
}

/// Sixteen neurons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Block {
    state: BlockState,
    moments: Moments,
    coefficients: Coefficients,
    features: Features,
    /// Bit per neuron on the grid.
    members: u16,
    until: [u64; LANES],
    /// Least of `until` over the members.
    due: u64,
}

/// An event since the last step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Event {
    at: u64,
    first: u32,
    /// Place of its deflections in `Grid::deflections`, and how many neurons it reaches.
    place: u32,
    count: u32,
}

/// All neurons on the grid. Every neuron of it stands at the same instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Base ticks.
    step: u64,
    now: u64,
    blocks: Vec<Block>,
    events: Vec<Event>,
    deflections: [Vec<f64>; 2],
    /// Single-precision copy of one event.
    #[serde(skip)]
    narrow: Vec<f32>,
}

/// The exponential current may move a membrane by this share of D_T in a step: spikes then stay within nanoseconds.
const GENTLE_SHARE: f64 = 0.005;

/// Potential above which the exponential term is too steep for steps of this length, V.
#[must_use]
pub fn gentle_below_v(circuit: &Circuit, step_us: f64) -> f64 {
    let Some(e) = circuit.exponential else { return f64::INFINITY };
    let steepest = GENTLE_SHARE * circuit.c_pf / (e.g_us * step_us).max(f64::MIN_POSITIVE);
    e.v_t_v + e.delta_t_v * libm::log(steepest)
}

/// A rise in one step beyond this share of D_T is too steep for the grid.
const STEEPEST_RISE: f64 = 0.25;

impl Grid {
    /// A grid for `neurons` neurons with steps of `step` base ticks, none of them on it.
    #[must_use]
    pub fn new(neurons: usize, step: u64, now: u64) -> Grid {
        Grid {
            step: step.max(1),
            now,
            blocks: vec![Block::empty(); neurons.div_ceil(LANES)],
            events: Vec::new(),
            deflections: [Vec::new(), Vec::new()],
            narrow: Vec::new(),
        }
    }

    /// The instant of all neurons on the grid, base ticks.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The end of the current step, base ticks.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.now + self.step
    }

    /// Any neuron is on the grid.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.blocks.iter().any(|block| block.members != 0)
    }

    /// Whether a neuron is on the grid.
    #[must_use]
    pub fn holds(&self, neuron: usize) -> bool {
        self.blocks[neuron / LANES].members >> (neuron % LANES) & 1 == 1
    }

    /// Lets an unused grid begin at another instant.
    pub fn restart(&mut self, at: u64) {
        debug_assert!(!self.is_used());
        self.now = at;
        self.forget_events();
    }

    /// Puts a neuron, whose state belongs to [`Self::now`], on the grid.
    pub fn park(&mut self, neuron: usize, circuit: &Circuit, at: &Voltages, quiet: &Quiet) {
        let step_us = self.step as f64 * 1e-6;
        let block = &mut self.blocks[neuron / LANES];
        let lane = neuron % LANES;
        load(&mut block.coefficients, lane, circuit, quiet.in_reset, step_us);
        block.coefficients.level[lane] = quiet.level_v.min(gentle_below_v(circuit, step_us)) as f32;
        let steepest = circuit.exponential.map_or(f64::INFINITY, |e| STEEPEST_RISE * e.delta_t_v);
        block.coefficients.rise[lane] = steepest as f32;
        let wide = [at.v, at.v_w];
        for (rest, wide) in block.state.rest.iter_mut().zip(wide) {
            rest[lane] = (wide - f64::from(wide as f32)) as f32;
        }
        block.state.v[lane] = at.v as f32;
        block.state.x[0][lane] = at.x_e as f32;
        block.state.x[1][lane] = at.x_i as f32;
        block.state.w[lane] = at.v_w as f32;
        block.features = block.features.with(circuit);
        block.members |= 1 << lane;
        block.until[lane] = quiet.until;
        block.due = block.due.min(quiet.until);
    }

    /// State at [`Self::now`] of a neuron on the grid.
    #[must_use]
    pub fn state(&self, neuron: usize) -> Voltages {
        let (state, lane) = (&self.blocks[neuron / LANES].state, neuron % LANES);
        let [v, x_e, x_i, v_w] =
            [state.v[lane], state.x[0][lane], state.x[1][lane], state.w[lane]].map(f64::from);
        let [v_rest, w_rest] = state.rest.map(|rest| f64::from(rest[lane]));
        Voltages { v: v + v_rest, x_e, x_i, v_w: v_w + w_rest }
    }

    /// Takes a neuron off the grid; its state belongs to [`Self::now`].
    pub fn unpark(&mut self, neuron: usize) -> Voltages {
        let state = self.state(neuron);
        self.blocks[neuron / LANES].take(neuron % LANES);
        state
    }

    /// Notes deflections (V) of the neurons `first..` at an instant of the current step.
    pub fn deliver(&mut self, first: usize, dx_e: &[f64], dx_i: &[f64], at: u64) {
        let left = (self.end().saturating_sub(at)) as f64 / self.step as f64;
        let (place, count) = (self.deflections[0].len() as u32, dx_e.len().min(dx_i.len()));
        self.events.push(Event { at, first: first as u32, place, count: count as u32 });
        for (line, dx) in [dx_e, dx_i].into_iter().enumerate() {
            let dx = &dx[..count];
            self.deflections[line].extend_from_slice(dx);
            if dx.iter().all(|dx| *dx == 0.0) {
                continue;
            }
            self.narrow.clear();
            self.narrow.extend(dx.iter().map(|dx| *dx as f32));
            self.spread(line, first, left as f32);
        }
    }

    /// Adds the event in `narrow` to the moments of the blocks it reaches.
    fn spread(&mut self, line: usize, first: usize, left: f32) {
        let (mut neuron, mut rest) = (first, self.narrow.as_slice());
        while !rest.is_empty() {
            let (block, lane) = (neuron / LANES, neuron % LANES);
            let (now, later) = rest.split_at(rest.len().min(LANES - lane));
            let block = &mut self.blocks[block];
            if block.members != 0 {
                block.moments.add(line, lane, now, left);
            }
            neuron += now.len();
            rest = later;
        }
    }

    /// Events of the current step at a neuron, in order: instant and deflections of both lines in V.
    pub fn events_of(&self, neuron: usize) -> impl Iterator<Item = (u64, [f64; 2])> + '_ {
        self.events.iter().filter_map(move |event| {
            let offset = neuron.checked_sub(event.first as usize).filter(|o| *o < event.count as usize)?;
            let place = event.place as usize + offset;
            let dx = [self.deflections[0][place], self.deflections[1][place]];
            (dx != [0.0; 2]).then_some((event.at, dx))
        })
    }

    /// Carries all neurons to the end of the step, except those that leave the grid: they are listed in `leaving` with their
    /// state at the beginning of the step, and [`Self::events_of`] still tells what came in since. [`Self::finish`] must follow.
    pub fn advance(&mut self, leaving: &mut Vec<(u16, Voltages)>) {
        let end = self.end();
        for number in 0..self.blocks.len() {
            let block = &mut self.blocks[number];
            if block.members == 0 {
                continue;
            }
            let mut leave = block.due_by(end);
            if leave != 0 {
                // Those lanes must keep their state: a level no potential exceeds makes them leave in the step itself.
                block.mark(leave);
            }
            leave |=
                step(&mut block.state, &block.moments, &block.coefficients, block.features) & block.members;
            block.moments.clear();
            for lane in (0..LANES).filter(|lane| leave >> lane & 1 == 1) {
                let neuron = LANES * number + lane;
                leaving.push((neuron as u16, self.unpark(neuron)));
            }
        }
    }

    /// Ends the step that [`Self::advance`] began.
    pub fn finish(&mut self) {
        self.now = self.end();
        self.forget_events();
    }

    fn forget_events(&mut self) {
        self.events.clear();
        self.deflections.iter_mut().for_each(Vec::clear);
    }
}

impl Block {
    fn empty() -> Block {
        Block {
            state: BlockState::default(),
            moments: Moments::default(),
            coefficients: Coefficients::default(),
            features: Features::default(),
            members: 0,
            until: [u64::MAX; LANES],
            due: u64::MAX,
        }
    }

    /// Members to which something happens before `end`.
    fn due_by(&self, end: u64) -> u16 {
        if self.due >= end {
            return 0;
        }
        (0..LANES).fold(0, |mask, lane| mask | u16::from(self.until[lane] < end) << lane) & self.members
    }

    /// Makes lanes leave in the next step.
    fn mark(&mut self, lanes: u16) {
        for lane in (0..LANES).filter(|lane| lanes >> lane & 1 == 1) {
            self.coefficients.level[lane] = f32::NEG_INFINITY;
        }
    }

    fn take(&mut self, lane: usize) {
        self.members &= !(1 << lane);
        self.until[lane] = u64::MAX;
        self.due = self.until.iter().copied().min().unwrap_or(u64::MAX);
        // An empty lane goes on with harmless numbers.
        self.coefficients.level[lane] = f32::INFINITY;
        self.coefficients.rise[lane] = f32::INFINITY;
        if self.members == 0 {
            *self = Block::empty();
        }
    }
}

impl Features {
    /// These and what a circuit has.
    fn with(self, circuit: &Circuit) -> Features {
        let limited = circuit.leak.limit_ua.is_finite()
            || circuit.inputs.iter().any(|input| input.gm.limit_ua.is_finite())
            || circuit.rails_v.is_some()
            || circuit.sink_compliance.is_some();
        Features {
            saturating: self.saturating || limited,
            exponential: self.exponential || circuit.exponential.is_some(),
            adaptation: self.adaptation || circuit.adaptation.is_some(),
        }
    }
}
