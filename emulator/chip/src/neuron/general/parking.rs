//! Lending neurons to the grid of the throughput mode and taking them back.

use super::super::array::Fire;
use super::super::backend::Phase;
use super::super::grid::array::{Quiet, gentle_below_v};
use super::super::group::{MemberVoltages, Scratch};
use super::super::neurons::Voltages;
use super::{General, Happened, NEURONS, Surroundings};
use crate::time::Time;

/// Below the level from which a neuron leaves the grid by at least this, V: it would be back at once.
const HYSTERESIS_V: f64 = 2e-3;
/// The least distance between that level and the threshold, in V and in standard deviations of the noise.
const LEAST_MARGIN_V: f64 = 1e-3;
const NOISE_MARGIN: f64 = 5.0;

impl From<&Voltages> for MemberVoltages {
    fn from(of: &Voltages) -> MemberVoltages {
        MemberVoltages { v: of.v, x: [of.x_e, of.x_i], v_w: of.v_w }
    }
}

impl From<MemberVoltages> for Voltages {
    fn from(of: MemberVoltages) -> Voltages {
        Voltages { v: of.v, x_e: of.x[0], x_i: of.x[1], v_w: of.v_w }
    }
}

impl General {
    /// Membrane noise of a neuron, V.
    #[must_use]
    pub fn noise_v(&self, neuron: usize, at: Time, around: Surroundings<'_>) -> f64 {
        let (number, member) = self.place(neuron, around);
        self.unit(number).map_or(0.0, |unit| unit.group.noise(member, at))
    }

    /// How a neuron that is joined to no other may be carried on the grid, if nothing is due before `after`.
    #[must_use]
    pub fn quiet(
        &self,
        neuron: usize,
        at: u64,
        after: u64,
        step_us: f64,
        around: Surroundings<'_>,
    ) -> Option<Quiet> {
        let setup = &around.setups[neuron];
        let (phase, due) = (self.backends[neuron].phase, self.agenda.at(neuron));
        let based_on_conductance = setup.circuit.inputs.iter().any(|input| input.coba.is_some());
        if due <= after || phase == Phase::Firing || based_on_conductance || around.connections.joins(neuron)
        {
            return None;
        }
        let unit = self.unit(neuron)?;
        if unit.group.member_state(0).pulse_until.0 > at {
            return None;
        }
        let in_reset = matches!(phase, Phase::Reset | Phase::Held);
        if phase != Phase::Free || !setup.neuron.compares {
            let until = if phase == Phase::Free { u64::MAX } else { due };
            return Some(Quiet { in_reset, level_v: f64::INFINITY, until });
        }
        let margin = (NOISE_MARGIN * setup.neuron.noise.sigma_v).max(LEAST_MARGIN_V);
        let level_v = self.backends[neuron].threshold_v - margin;
        let v = unit.group.peek(0, Time(at), &mut Scratch::default()).v;
        let level_v = level_v.min(gentle_below_v(&setup.circuit, step_us));
        (v < level_v - HYSTERESIS_V).then_some(Quiet { in_reset, level_v, until: u64::MAX })
    }

    /// Lends a neuron: its voltages at `at`. It does nothing until [`Self::unpark`].
    pub fn park(&mut self, neuron: usize, at: u64) -> Voltages {
        self.advance(neuron, at);
        self.agenda.set(neuron, u64::MAX);
        self.agenda.set(NEURONS + neuron, u64::MAX);
        self.unit(neuron).map_or_else(Voltages::default, |unit| unit.group.voltages(0).into())
    }

    /// Takes a neuron back with its voltages at `at`; `until` is when its phase ends, as [`Quiet`] told.
    pub fn unpark(&mut self, neuron: usize, of: &Voltages, at: u64, until: u64) {
        if let Some(unit) = self.unit_mut(neuron) {
            unit.group.restart(of.into(), Time(at));
            unit.touched = at;
        }
        self.agenda.set(neuron, until);
        self.plan(neuron);
    }

    /// Carries out the checks of one neuron that are due by `until`.
    pub fn step_one(
        &mut self,
        neuron: usize,
        until: u64,
        fires: &mut Vec<Fire>,
        happened: &mut Happened,
        around: Surroundings<'_>,
    ) {
        loop {
            let (check, look) = (self.agenda.at(neuron), self.agenda.at(NEURONS + neuron));
            if check.min(look) > until {
                break;
            }
            if check <= look {
                self.agenda.set(neuron, u64::MAX);
                self.check(neuron, check, happened, around);
            } else {
                self.agenda.set(NEURONS + neuron, u64::MAX);
                self.look(neuron, look, around);
            }
            self.plan_touched();
        }
        fires.append(&mut happened.fires);
    }

    /// What the voltages of a lent neuron at `from` become at `to`, with the events in between.
    #[must_use]
    pub fn glimpse(
        &self,
        neuron: usize,
        of: &Voltages,
        from: u64,
        events: impl Iterator<Item = (u64, [f64; 2])>,
        to: u64,
    ) -> Voltages {
        let Some(unit) = self.unit(neuron) else { return *of };
        let (mut group, mut scratch) = (unit.group.clone(), Scratch::default());
        group.restart(of.into(), Time(from));
        for (at, dx) in events.take_while(|(at, _)| *at <= to) {
            group.advance(Time(at), &mut scratch);
            group.deliver(0, dx);
        }
        group.advance(Time(to), &mut scratch);
        group.voltages(0).into()
    }
}
