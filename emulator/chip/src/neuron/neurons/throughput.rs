//! The throughput mode: quiet neurons are lent to a grid ([`Grid`]) while there is traffic, and come back when something may
//! happen to them. Everything that happens (fires, resets, near-threshold searches) is the exact path's doing.
//!
//! The grid's step is the time from a fire to the synapses it reaches, so that all events of a step are known when it is made.

use super::{Neurons, Voltages};
use crate::neuron::NEURONS;
use crate::neuron::array::Fire;
use crate::neuron::general::Surroundings;
use crate::neuron::grid::array::Grid;
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// Steps without an event after which all neurons come back: the exact path crosses silence in one jump.
const IDLE_STEPS: u64 = 128;
/// A neuron to which something happens within so many steps is not worth lending.
const WORTHWHILE_STEPS: u64 = 4;

/// What the throughput mode keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Throughput {
    grid: Grid,
    step: u64,
    engaged: bool,
    /// When the grid takes neurons, base ticks; `u64::MAX`: not before the next event.
    engage_at: u64,
    last_event: u64,
    /// When the phase of a lent neuron ends.
    until: Vec<u64>,
    /// Neurons that are not lent.
    here: Vec<u16>,
    /// Fires of neurons that came back early, until they are taken, and when that was.
    early: Vec<Fire>,
    early_at: u64,
    #[serde(skip)]
    leaving: Vec<(u16, Voltages)>,
}

impl Throughput {
    /// With steps of `step` base ticks.
    #[must_use]
    pub fn new(step: u64) -> Throughput {
        Throughput {
            grid: Grid::new(NEURONS, step, 0),
            step,
            engaged: false,
            engage_at: u64::MAX,
            last_event: 0,
            until: vec![u64::MAX; NEURONS],
            here: (0..NEURONS as u16).collect(),
            early: Vec::new(),
            early_at: u64::MAX,
            leaving: Vec::new(),
        }
    }

    /// When the grid or what came of it wants attention, base ticks.
    #[inline]
    pub fn next(&self) -> u64 {
        let grid = if self.engaged { self.grid.end() } else { self.engage_at };
        grid.min(self.early_at)
    }

    /// Whether any neuron may be lent.
    #[inline]
    pub fn any_lent(&self) -> bool {
        self.engaged
    }

    /// Whether a neuron is lent.
    #[inline]
    pub fn holds(&self, neuron: usize) -> bool {
        self.engaged && self.grid.holds(neuron)
    }

    /// Up to where all fires are known.
    pub fn known(&self) -> Option<Time> {
        self.engaged.then(|| Time(self.grid.now()))
    }

    /// Notes an event at these neurons; whoever is not lent has it delivered otherwise.
    pub fn note(&mut self, first: usize, dx_e: &[f64], dx_i: &[f64], at: u64) {
        self.last_event = at;
        if self.engaged {
            self.grid.deliver(first, dx_e, dx_i, at);
        } else if self.engage_at == u64::MAX {
            self.engage_at = (at / self.step + 1) * self.step;
        }
    }
}

impl Neurons {
    /// The grid, if a neuron is lent to it.
    #[inline]
    pub(super) fn lent(&self, neuron: usize) -> Option<&Throughput> {
        self.throughput.as_deref().filter(|throughput| throughput.holds(neuron))
    }

    /// Membrane noise of a neuron, V.
    pub(super) fn noise_v(&self, neuron: usize, at: Time) -> f64 {
        let around = Surroundings { setups: &self.setups, connections: &self.connections };
        if self.general.holds(neuron) {
            self.general.noise_v(neuron, at, around)
        } else {
            self.closed.noise_v(neuron, at)
        }
    }

    /// Takes a lent neuron back at an instant within the current step.
    pub(super) fn bring(&mut self, neuron: usize, at: Time) {
        if !self.throughput.as_ref().is_some_and(|throughput| throughput.holds(neuron)) {
            return;
        }
        let Some(mut throughput) = self.throughput.take() else { return };
        let begin = throughput.grid.now();
        let state = throughput.grid.unpark(neuron);
        let mut fires = std::mem::take(&mut throughput.early);
        self.take_back(neuron, &state, begin, throughput.until[neuron]);
        self.replay(&throughput.grid, neuron, at.0, &mut fires);
        if !fires.is_empty() {
            throughput.early_at = at.0;
        }
        throughput.early = fires;
        throughput.here.push(neuron as u16);
        self.throughput = Some(throughput);
    }

    /// Takes all lent neurons back.
    pub(super) fn bring_all(&mut self, at: Time) {
        if self.throughput.is_some() {
            (0..NEURONS).for_each(|neuron| self.bring(neuron, at));
        }
    }

    fn take_back(&mut self, neuron: usize, state: &Voltages, at: u64, until: u64) {
        if self.general.holds(neuron) {
            self.general.unpark(neuron, state, at, until);
        } else {
            self.closed.unpark(neuron, state, at, until);
        }
    }

    /// Carries a neuron that has been taken back through the events of the step up to `to`.
    fn replay(&mut self, grid: &Grid, neuron: usize, to: u64, fires: &mut Vec<Fire>) {
        let events = grid.events_of(neuron).take_while(|(at, _)| *at <= to);
        for (at, [dx_e, dx_i]) in events {
            self.step_one(neuron, at, fires);
            self.deliver_exactly(neuron, &[dx_e], &[dx_i], Time(at));
        }
        self.step_one(neuron, to, fires);
    }

    fn step_one(&mut self, neuron: usize, until: u64, fires: &mut Vec<Fire>) {
        if self.general.holds(neuron) {
            let around = Surroundings { setups: &self.setups, connections: &self.connections };
            self.general.step_one(neuron, until, fires, &mut self.happened, around);
        } else {
            self.closed.step_one(neuron, until, fires);
        }
    }

    /// Does what [`Throughput::next`] announced.
    pub(super) fn step_grid(&mut self, fires: &mut Vec<Fire>) {
        let Some(mut throughput) = self.throughput.take() else { return };
        if throughput.early_at <= throughput.next() {
            throughput.early_at = u64::MAX;
            fires.append(&mut throughput.early);
        } else if throughput.engaged {
            self.make_step(&mut throughput, fires);
        } else {
            let at = throughput.engage_at;
            (throughput.engaged, throughput.engage_at) = (true, u64::MAX);
            throughput.grid.restart(at);
            self.lend(&mut throughput);
        }
        fires.sort_unstable_by_key(|fire| (fire.at, fire.neuron));
        self.throughput = Some(throughput);
    }

    fn make_step(&mut self, throughput: &mut Throughput, fires: &mut Vec<Fire>) {
        let (begin, end) = (throughput.grid.now(), throughput.grid.end());
        let mut leaving = std::mem::take(&mut throughput.leaving);
        throughput.grid.advance(&mut leaving);
        for (neuron, state) in leaving.drain(..) {
            let number = usize::from(neuron);
            self.take_back(number, &state, begin, throughput.until[number]);
            self.replay(&throughput.grid, number, end, fires);
            throughput.here.push(neuron);
        }
        throughput.leaving = leaving;
        throughput.grid.finish();
        if end - throughput.last_event.min(end) > IDLE_STEPS * throughput.step {
            self.disengage(throughput, end);
        } else {
            self.lend(throughput);
        }
    }

    fn disengage(&mut self, throughput: &mut Throughput, at: u64) {
        for neuron in (0..NEURONS).filter(|neuron| throughput.grid.holds(*neuron)).collect::<Vec<_>>() {
            let state = throughput.grid.unpark(neuron);
            self.take_back(neuron, &state, at, throughput.until[neuron]);
        }
        throughput.engaged = false;
        throughput.here = (0..NEURONS as u16).collect();
    }

    /// Lends all neurons that are quiet enough.
    fn lend(&mut self, throughput: &mut Throughput) {
        let at = throughput.grid.now();
        let after = at + WORTHWHILE_STEPS * throughput.step;
        let mut here = std::mem::take(&mut throughput.here);
        here.retain(|neuron| {
            let neuron = usize::from(*neuron);
            let setup = &self.setups[neuron];
            let bypassed = setup.neuron.bypass_v.iter().any(|v| v.is_finite());
            let around = Surroundings { setups: &self.setups, connections: &self.connections };
            let general = self.general.holds(neuron);
            let quiet = match general {
                _ if bypassed => None,
                true => self.general.quiet(neuron, at, after, throughput.step as f64 * 1e-6, around),
                false => self.closed.quiet(neuron, after),
            };
            let Some(quiet) = quiet else { return true };
            let state = if general { self.general.park(neuron, at) } else { self.closed.park(neuron, at) };
            throughput.grid.park(neuron, &setup.circuit, &state, &quiet);
            throughput.until[neuron] = quiet.until;
            false
        });
        throughput.here = here;
    }

    /// Voltages of a lent neuron at an instant of the current step.
    pub(super) fn glimpse(&self, throughput: &Throughput, neuron: usize, at: Time) -> Voltages {
        let grid = &throughput.grid;
        let (mut state, mut from) = (grid.state(neuron), grid.now());
        let to = at.0.max(from);
        if self.general.holds(neuron) {
            return self.general.glimpse(neuron, &state, from, grid.events_of(neuron), to);
        }
        for (at, [dx_e, dx_i]) in grid.events_of(neuron).take_while(|(at, _)| *at <= to) {
            state = self.closed.glimpse(neuron, &state, (at - from) as f64 * 1e-6);
            (state.x_e, state.x_i, from) = (state.x_e + dx_e, state.x_i + dx_i, at);
        }
        self.closed.glimpse(neuron, &state, (to - from) as f64 * 1e-6)
    }
}
