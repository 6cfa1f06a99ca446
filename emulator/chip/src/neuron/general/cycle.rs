//! The digital cycle of a neuron: latched fire, reset, hold-off, and what other backends and the post pulse logic make of it.

use super::super::array::Fire;
use super::super::backend::Phase;
use super::super::propagation::Logic;
use super::{Backend, Check, General, Happened, Surroundings, per_spike};
use crate::time::Time;

/// Purposes of the draws per spike.
const THRESHOLD: u64 = 1 << 63;
const DELAY: u64 = 1 << 62;

impl General {
    /// Makes a neuron fire as if its comparator had flipped, if its fire line is enabled.
    pub fn artificial_fire(&mut self, neuron: usize, at: Time, around: Surroundings<'_>) {
        let enabled = around.setups[neuron].neuron.enable_fire;
        if enabled && self.backends[neuron].phase == Phase::Free {
            self.latch(neuron, at.0, at.0, around);
            self.plan_touched();
        }
    }

    /// Holds a neuron in reset or lets it go, without events (`force_reset`).
    pub fn hold(&mut self, neuron: usize, held: bool, at: Time, around: Surroundings<'_>) {
        if held == (self.backends[neuron].phase == Phase::Held) {
            return;
        }
        let phase = if held { Phase::Held } else { Phase::Free };
        self.agenda.set(neuron, u64::MAX);
        self.set_phase(neuron, phase, at.0, around);
        self.plan_touched();
    }

    /// A fire signal that rises at `high`, known at `at`, waits for the next edge of the backend clock.
    pub(super) fn latch(&mut self, neuron: usize, at: u64, high: u64, around: Surroundings<'_>) {
        self.set_phase(neuron, Phase::Firing, at, around);
        self.schedule(neuron, Time(high).next_edge(Time::NETWORK_CYCLE).0, Check::FireEdge);
    }

    fn schedule(&mut self, neuron: usize, at: u64, check: Check) {
        self.backends[neuron].check = check;
        self.agenda.set(neuron, at);
    }

    /// A backend's check is due.
    pub(super) fn check(
        &mut self,
        neuron: usize,
        at: u64,
        happened: &mut Happened,
        around: Surroundings<'_>,
    ) {
        match self.backends[neuron].check {
            Check::FireEdge => self.fire(neuron, neuron, at, happened, around),
            Check::Release => {
                self.set_phase(neuron, Phase::Holdoff, at, around);
                self.schedule_end(neuron, at, around);
            }
            Check::EndRefractory => self.end_refractory(neuron, at, happened, around),
        }
    }

    /// The period of a neuron ends, and with it that of the slaves its counter times.
    fn end_refractory(&mut self, neuron: usize, at: u64, happened: &mut Happened, around: Surroundings<'_>) {
        self.set_phase(neuron, Phase::Free, at, around);
        let hearers = around.connections.lines.hearers(neuron);
        for slave in hearers.iter().map(|slave| usize::from(*slave)) {
            let of = self.backends[slave];
            let together = usize::from(of.timed_by) == neuron && of.phase == Phase::Holdoff;
            if together && self.agenda.at(slave) == at {
                self.agenda.set(slave, u64::MAX);
                self.set_phase(slave, Phase::Free, at, around);
            }
        }
        for slave in hearers {
            self.follow_line(usize::from(*slave), at, happened, around);
        }
        self.follow_line(neuron, at, happened, around);
    }

    /// The refractory period begins, timed by the counter of `master` (the neuron itself, or whose slave it is).
    fn fire(
        &mut self,
        neuron: usize,
        master: usize,
        at: u64,
        happened: &mut Happened,
        around: Surroundings<'_>,
    ) {
        happened.fires.push(Fire { neuron: neuron as u16, at: Time(at) });
        self.backends[neuron].spikes += 1;
        self.backends[neuron].timed_by = master as u16;
        self.draw_threshold(neuron, around);
        self.set_phase(neuron, Phase::Reset, at, around);
        self.schedule_release(neuron, at, around);
        if around.setups[neuron].adaptation_pulse {
            let (number, member) = self.place(neuron, around);
            if let Some(unit) = self.unit_mut(number) {
                unit.group.adaptation_pulse(member);
            }
        }
        // Slaves start at the same edge; a slave that is a master hands the state on.
        let connections = around.connections;
        if connections.fire.get(neuron).is_some_and(|switches| switches.master) {
            for slave in connections.lines.hearers(neuron).iter().map(|slave| usize::from(*slave)) {
                let ready = matches!(self.backends[slave].phase, Phase::Free | Phase::Firing);
                if connections.fire[slave].slave && ready && self.holds(slave) {
                    self.fire(slave, master, at, happened, around);
                }
            }
        }
        self.follow_line(neuron, at, happened, around);
    }

    fn schedule_release(&mut self, neuron: usize, at: u64, around: Surroundings<'_>) {
        let setup = &around.setups[usize::from(self.backends[neuron].timed_by)].neuron;
        self.schedule(neuron, at.saturating_add(setup.reset.0), Check::Release);
    }

    fn schedule_end(&mut self, neuron: usize, at: u64, around: Surroundings<'_>) {
        let setup = &around.setups[usize::from(self.backends[neuron].timed_by)].neuron;
        let holdoff = setup.refractory - setup.reset;
        self.schedule(neuron, at.saturating_add(holdoff.0), Check::EndRefractory);
    }

    /// The refractory clock of a neuron may have been stopped or started: a period that stood still is counted anew.
    pub(super) fn restart_clock(&mut self, neuron: usize, at: u64, around: Surroundings<'_>) {
        let stopped = self.agenda.at(neuron) == u64::MAX;
        match self.backends[neuron].phase {
            Phase::Reset if stopped => self.schedule_release(neuron, at, around),
            Phase::Holdoff if stopped => self.schedule_end(neuron, at, around),
            Phase::Free | Phase::Firing | Phase::Reset | Phase::Holdoff | Phase::Held => {}
        }
    }

    /// Changes the phase of a neuron at `at`: its amplifier and comparator follow.
    pub(super) fn set_phase(&mut self, neuron: usize, phase: Phase, at: u64, around: Surroundings<'_>) {
        let (number, _) = self.place(neuron, around);
        self.touch(number, at);
        self.backends[neuron].phase = phase;
        self.set_switches(neuron, around);
    }

    /// Reset amplifier and comparator of a neuron as its phase wants them; its group is up to date.
    pub(super) fn set_switches(&mut self, neuron: usize, around: Surroundings<'_>) {
        let Backend { phase, threshold_v, .. } = self.backends[neuron];
        let compares = around.setups[neuron].neuron.compares && phase == Phase::Free;
        let (number, member) = self.place(neuron, around);
        if let Some(unit) = self.unit_mut(number) {
            unit.group.set_reset(member, matches!(phase, Phase::Reset | Phase::Held));
            unit.group.arm(member, compares.then_some(threshold_v));
        }
    }

    /// Draws the comparator noise of the next spike.
    pub(super) fn draw_threshold(&mut self, neuron: usize, around: Surroundings<'_>) {
        let setup = &around.setups[neuron].neuron;
        let backend = &mut self.backends[neuron];
        let jitter = match setup.threshold_jitter_v {
            0.0 => 0.0,
            sigma => sigma * per_spike(backend, THRESHOLD),
        };
        backend.threshold_v = setup.threshold_v + jitter;
    }

    pub(super) fn comparator_delay_us(&self, neuron: usize, around: Surroundings<'_>) -> f64 {
        let setup = &around.setups[neuron].neuron;
        let jitter = match setup.comparator_jitter_us {
            0.0 => 0.0,
            sigma => sigma * per_spike(&self.backends[neuron], DELAY),
        };
        (setup.comparator_delay_us + jitter).max(0.0)
    }

    /// Whether the backend of a neuron is refractory.
    fn refractory(&self, neuron: usize) -> bool {
        self.backends.get(neuron).is_some_and(|b| matches!(b.phase, Phase::Reset | Phase::Holdoff))
    }

    /// The refractory state of a neuron has changed: post pulse signals that depend on it follow.
    fn follow_line(&mut self, neuron: usize, at: u64, happened: &mut Happened, around: Surroundings<'_>) {
        self.follow_post(neuron, at, happened, around);
        for hearer in around.connections.lines.hearers(neuron) {
            self.follow_post(usize::from(*hearer), at, happened, around);
        }
    }

    fn follow_post(&mut self, neuron: usize, at: u64, happened: &mut Happened, around: Surroundings<'_>) {
        if !self.holds(neuron) {
            return;
        }
        let now = self.post_level(neuron, around);
        if now && !self.backends[neuron].post {
            happened.posts.push(Fire { neuron: neuron as u16, at: Time(at) });
        }
        self.backends[neuron].post = now;
    }

    /// Level of the post pulse signal of a neuron.
    pub(super) fn post_level(&self, neuron: usize, around: Surroundings<'_>) -> bool {
        let connections = around.connections;
        let switches = connections.fire.get(neuron).copied().unwrap_or_default();
        let own = self.refractory(neuron);
        if switches.logic == Logic::Local {
            return own;
        }
        let heard = connections.lines.heard(neuron).iter();
        let line = (switches.master && own) || heard.into_iter().any(|n| self.refractory(usize::from(*n)));
        switches.logic.value(self.backends[neuron].post, own, line)
    }
}
