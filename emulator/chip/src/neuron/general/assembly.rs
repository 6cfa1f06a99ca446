//! How groups are put together from neurons, and taken apart when switches change.

use super::super::NEURONS;
use super::super::backend::Phase;
use super::super::group::{Accuracy, Bridge, Group, GroupSetup, Line, Member, MemberState};
use super::super::neurons::Voltages;
use super::super::noise::MembraneNoise;
use super::super::wiring::Joined;
use super::agenda::Agenda;
use super::{Backend, Check, Expects, FullSetup, General, Handover, Surroundings, Unit};
use crate::time::Time;
use std::sync::Arc;

/// Steps for the chip: each may add 0.1 uV, which moves a spike by tens of picoseconds, and may be as long as that allows. The
/// shortest is a tenth of the fastest time constant of a membrane (0.12 pF at 11 uS), within what the method is stable for; so the
/// number of steps in a span of time is bounded whatever the registers say.
const ACCURACY: Accuracy =
    Accuracy { tolerance_v: 1e-7, longest_us: 100.0, shortest_us: 1e-3, ..Accuracy::CHIP };

/// Shortest step of a membrane's noise, us. A calibrated membrane takes longer ones (0.06 us at its shortest time constant, 0.5 us).
/// A choice against the cost: each step of the noise is a step of the integration. The noise of a membrane faster than 0.2 us keeps
/// its size and gets this correlation time, so its comparator crosses less often than it would.
const SHORTEST_NOISE_STEP_US: f64 = 0.025;

/// Groups of more compartments than this have noise steps of 0.1 us times powers of two, so that those of all compartments begin
/// together: an integration step ends wherever the noise of any compartment bends.
const FREE_NOISE_COMPARTMENTS: u16 = 8;
const COMMON_NOISE_STEP_US: f64 = 0.1;

impl General {
    /// Takes over neurons, whose connections are those around now: those that were on the other path with what they bring, and
    /// those of this path whose groups change. All groups of these neurons are put together anew.
    pub fn take_over(&mut self, arrivals: &[(usize, Handover)], at: Time, around: Surroundings<'_>) {
        if self.backends.is_empty() {
            self.backends = vec![Backend::IDLE; NEURONS];
            self.units = vec![None; NEURONS];
            self.agenda = Agenda::new(2 * NEURONS);
        }
        for (neuron, handover) in arrivals {
            let Handover { phase, until, spikes, key, .. } = *handover;
            let check = match phase {
                Phase::Reset => Check::Release,
                Phase::Holdoff => Check::EndRefractory,
                Phase::Free | Phase::Firing | Phase::Held => Check::FireEdge,
            };
            let timed_by = *neuron as u16;
            self.backends[*neuron] =
                Backend { here: true, phase, check, key, spikes, timed_by, ..Backend::IDLE };
            self.agenda.set(*neuron, until.0);
            self.draw_threshold(*neuron, around);
            self.count += 1;
        }
        let mut numbers: Vec<u16> =
            arrivals.iter().map(|(neuron, _)| around.connections.wiring.group_of[*neuron]).collect();
        numbers.sort_unstable();
        numbers.dedup();
        for number in numbers.into_iter().map(usize::from) {
            let joined = around.connections.wiring.group(number).cloned();
            let joined = joined.unwrap_or_else(|| Joined::single(number));
            let state = |neuron: usize| {
                let arrival = arrivals.iter().find(|(of, _)| *of == neuron).map(|(_, handover)| handover);
                member_state(&around.setups[neuron], arrival)
            };
            let members = joined.members.iter();
            let states: Vec<MemberState> = members.map(|(neuron, _)| state(usize::from(*neuron))).collect();
            self.assemble(number, joined, &states, at, around);
        }
        for (neuron, _) in arrivals {
            self.set_switches(*neuron, around);
            self.backends[*neuron].post = self.post_level(*neuron, around);
        }
        self.plan_touched();
    }

    /// Lets neurons go with everything they have; `around` is what joined them until now. Their groups are dissolved, so these
    /// must be all of their members.
    pub fn let_go(
        &mut self,
        neurons: &[usize],
        at: Time,
        around: Surroundings<'_>,
    ) -> Vec<(usize, Handover)> {
        let mut gone = Vec::with_capacity(neurons.len());
        for &neuron in neurons {
            let (number, member) = self.place(neuron, around);
            self.advance(number, at.0);
            let Some(state) = self.unit(number).map(|unit| unit.group.member_state(member)) else { continue };
            let Backend { phase, spikes, key, .. } = self.backends[neuron];
            let [x_e, x_i] = state.voltages.x;
            let has_node = around.setups[neuron].circuit.adaptation.is_some();
            let handover = Handover {
                voltages: Voltages { v: state.voltages.v, x_e, x_i, v_w: state.voltages.v_w },
                node: has_node.then_some(state.pulse_until),
                phase,
                until: Time(self.agenda.at(neuron)),
                spikes,
                key,
            };
            gone.push((neuron, handover));
        }
        for &neuron in neurons {
            let number = usize::from(around.connections.wiring.group_of[neuron]);
            self.units[number] = None;
            self.agenda.set(NEURONS + number, u64::MAX);
            self.agenda.set(neuron, u64::MAX);
            self.backends[neuron] = Backend::IDLE;
            self.count -= 1;
        }
        gone
    }

    /// Follows new parameters of a neuron from `at` on; state and a running refractory period go on.
    pub fn configure(&mut self, neuron: usize, before: &FullSetup, at: Time, around: Surroundings<'_>) {
        let setup = &around.setups[neuron];
        let (number, place) = self.place(neuron, around);
        self.touch(number, at.0);
        let node = setup.circuit.adaptation.filter(|_| before.circuit.adaptation.is_none());
        if before.conductance != setup.conductance || node.is_some() {
            self.reassemble(number, place, node.map(|node| node.v_ref_v), at, around);
        } else if (before.circuit, before.neuron.noise) != (setup.circuit, setup.neuron.noise) {
            let noise = self.noise_of(number, place, around);
            if let Some(unit) = self.unit_mut(number) {
                unit.group.set_circuit(place, &setup.circuit);
                unit.group.set_noise(place, noise);
            }
        }
        self.draw_threshold(neuron, around);
        self.set_switches(neuron, around);
        self.restart_clock(neuron, at.0, around);
        self.plan_touched();
    }

    /// Sets the key of a neuron's temporal noise from `at` on.
    pub fn rekey(&mut self, neuron: usize, key: u64, at: Time, around: Surroundings<'_>) {
        self.backends[neuron].key = key;
        self.draw_threshold(neuron, around);
        let (number, member) = self.place(neuron, around);
        self.touch(number, at.0);
        let noise = self.noise_of(number, member, around);
        if let Some(unit) = self.unit_mut(number) {
            unit.group.set_noise(member, noise);
        }
        self.set_switches(neuron, around);
        self.plan_touched();
    }

    /// Puts a group together anew from what its members are set to; the adaptation node of the one at `place` goes to `node_v`.
    fn reassemble(
        &mut self,
        number: usize,
        place: usize,
        node_v: Option<f64>,
        at: Time,
        around: Surroundings<'_>,
    ) {
        let Some(unit) = self.unit(number) else { return };
        let joined = unit.joined.clone();
        let members = 0..unit.group.members();
        let mut states: Vec<MemberState> = members.map(|member| unit.group.member_state(member)).collect();
        if let Some(v_w) = node_v {
            states[place].voltages.v_w = v_w;
        }
        self.assemble(number, joined, &states, at, around);
    }

    /// Noise of the compartment of a member.
    fn noise_of(&self, number: usize, member: usize, around: Surroundings<'_>) -> MembraneNoise {
        let of = |unit: &Unit| {
            let (_, compartment) = unit.joined.members[member];
            self.compartment_noise(&unit.joined, compartment, around)
        };
        self.unit(number).map_or_else(MembraneNoise::default, of)
    }

    fn assemble(
        &mut self,
        number: usize,
        joined: Joined,
        states: &[MemberState],
        at: Time,
        around: Surroundings<'_>,
    ) {
        let setup = self.group_setup(&joined, around);
        let group = Group::assemble(&setup, states, at);
        let unit = Unit { joined, group, touched: at.0, expects: Expects::Nothing };
        self.units[number] = Some(Arc::new(unit));
        self.touched.push(number as u16);
    }

    fn group_setup(&self, joined: &Joined, around: Surroundings<'_>) -> GroupSetup {
        let of = |neuron: u16| &around.setups[usize::from(neuron)];
        let member = |(neuron, compartment): &(u16, u16)| Member {
            circuit: of(*neuron).circuit,
            compartment: *compartment,
        };
        let line = |taps: &Vec<super::super::wiring::Tap>| Line {
            taps: taps.iter().map(|tap| (tap.compartment, of(tap.neuron).conductance)).collect(),
        };
        let bridge = |bridge: &super::super::wiring::Bridge| Bridge {
            between: [bridge.tap.compartment, bridge.to],
            ota: of(bridge.tap.neuron).conductance,
        };
        GroupSetup {
            members: joined.members.iter().map(member).collect(),
            compartments: joined.compartments,
            lines: joined.lines.iter().map(line).collect(),
            bridges: joined.bridges.iter().map(bridge).collect(),
            noise: (0..joined.compartments).map(|c| self.compartment_noise(joined, c, around)).collect(),
            accuracy: ACCURACY,
        }
    }

    /// Noise of a compartment, in the realisation of the first member. What a member contributes is white noise current of the
    /// density `2 C g sigma^2`; it is the currents that add up, into the sum of the capacitances and conductances. A member without
    /// leak, noisy by itself, then brings hardly any noise along.
    fn compartment_noise(
        &self,
        joined: &Joined,
        compartment: u16,
        around: Surroundings<'_>,
    ) -> MembraneNoise {
        let (mut capacitance, mut conductance, mut density, mut key) = (0.0, 0.0, 0.0, None);
        for (neuron, _) in joined.members.iter().filter(|member| member.1 == compartment) {
            let FullSetup { circuit, neuron: setup, .. } = &around.setups[usize::from(*neuron)];
            // The step of the noise is a fixed share of the membrane time constant.
            let own = circuit.c_pf / setup.noise.step_us;
            capacitance += circuit.c_pf;
            conductance += own;
            density += circuit.c_pf * own * setup.noise.sigma_v * setup.noise.sigma_v;
            key = key.or(Some(self.backends[usize::from(*neuron)].key));
        }
        MembraneNoise {
            key: key.unwrap_or(0),
            step_us: noise_step_us(capacitance / conductance, joined.compartments),
            sigma_v: (density / (capacitance * conductance)).sqrt(),
        }
    }
}

/// Step of the noise, us, of a compartment whose time constant asks for `step_us`, in a group of so many.
fn noise_step_us(step_us: f64, compartments: u16) -> f64 {
    if compartments <= FREE_NOISE_COMPARTMENTS {
        return step_us.max(SHORTEST_NOISE_STEP_US);
    }
    let mut common = COMMON_NOISE_STEP_US;
    while common < step_us && common.is_finite() {
        common *= 2.0;
    }
    common
}

/// The state of a neuron that comes from elsewhere: its adaptation node rests unless it brings one.
fn member_state(setup: &FullSetup, arrival: Option<&Handover>) -> MemberState {
    let voltages = arrival.map_or(Voltages::default(), |handover| handover.voltages);
    let node = arrival.and_then(|handover| handover.node);
    let rest_v = setup.circuit.adaptation.map_or(0.0, |node| node.v_ref_v);
    let v_w = if node.is_some() { voltages.v_w } else { rest_v };
    let mut state = MemberState::at_rest(setup.circuit.c_pf, voltages.v, v_w);
    state.voltages.x = [voltages.x_e, voltages.x_i];
    state.pulse_until = node.unwrap_or(Time::ZERO);
    state
}
