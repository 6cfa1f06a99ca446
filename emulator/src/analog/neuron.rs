//! Running a neuron: inputs, refractory periods and samples around the chip's integrator.

use super::description::Description;
use super::{AnalogError, Trace};
use hx_chip::neuron::circuit::Circuit;
use hx_chip::neuron::group::{Group, GroupSetup, MemberState, Scratch};
use hx_chip::time::Time;

/// Steps that one neuron may take: some seconds.
pub(super) const MOST_STEPS: u64 = 20_000_000;
/// Spikes that one neuron may have.
const MOST_SPIKES: usize = 1_000_000;

/// What an input does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action {
    /// A synaptic current jumps.
    Jump {
        /// Of this member.
        member: usize,
        /// Excitatory 0, inhibitory 1.
        line: usize,
        /// By this much, uA.
        ua: f64,
    },
    /// The constant current has another value.
    Constant {
        /// Of this member.
        member: usize,
        /// In uA.
        ua: f64,
    },
}

impl Action {
    /// The same for another member.
    #[must_use]
    pub fn at(self, member: usize) -> Action {
        match self {
            Action::Jump { line, ua, .. } => Action::Jump { member, line, ua },
            Action::Constant { ua, .. } => Action::Constant { member, ua },
        }
    }
}

/// What a column of samples shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The membrane of a member, V.
    Membrane(usize),
    /// A synaptic current of a member, uA.
    Line(usize, usize),
    /// The adaptation current of a member, uA.
    Adaptation(usize),
}

/// When and how a neuron spikes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spiking {
    /// The member whose membrane is watched.
    pub member: usize,
    /// Its threshold, V.
    pub threshold_v: f64,
    /// Refractory period, us.
    pub tref_us: f64,
    /// Its last part, without reset, us.
    pub thold_us: f64,
}

/// A neuron, what happens to it and what is wanted of it.
#[derive(Debug, Clone, PartialEq)]
pub struct NeuronTask {
    /// Index in its file, for messages.
    pub index: usize,
    /// Its circuits.
    pub setup: GroupSetup,
    /// Where they begin.
    pub start: Vec<MemberState>,
    /// `None`: it never spikes.
    pub spiking: Option<Spiking>,
    /// Inputs in the order of time, us.
    pub actions: Vec<(f64, Action)>,
    /// Columns after the instant.
    pub columns: Vec<(String, Column)>,
}

/// Where a neuron is in its refractory cycle, and when that ends (us).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Phase {
    Free,
    Reset { release_us: f64, end_us: f64 },
    FreedInPeriod { end_us: f64 },
}

/// A neuron under way.
pub(super) struct Running<'a> {
    pub(super) task: &'a NeuronTask,
    pub(super) circuits: Vec<Circuit>,
    pub(super) group: Group,
    pub(super) scratch: Scratch,
    pub(super) phase: Phase,
    pub(super) trace: Trace,
    pub(super) now_us: f64,
    /// The action and the sampling instant that come next.
    pub(super) next_action: usize,
    pub(super) next_instant: usize,
    instants_us: &'a [f64],
}

/// Runs a neuron.
///
/// # Errors
/// When it takes too many steps or has too many spikes.
pub fn run(task: &NeuronTask, description: &Description) -> Result<Trace, AnalogError> {
    let mut running = Running::new(task, &task.setup, description);
    running.run_to(description.duration_us)?;
    Ok(running.finish())
}

impl<'a> Running<'a> {
    /// A neuron at its beginning; `setup` is that of the task, as finely integrated as wanted.
    pub(super) fn new(task: &'a NeuronTask, setup: &GroupSetup, description: &'a Description) -> Running<'a> {
        let mut running = Running {
            task,
            circuits: task.setup.members.iter().map(|member| member.circuit).collect(),
            group: Group::assemble(setup, &task.start, Time::ZERO),
            scratch: Scratch::default(),
            phase: Phase::Free,
            trace: Trace::default(),
            now_us: 0.0,
            next_action: 0,
            next_instant: 0,
            instants_us: &description.instants_us,
        };
        running.scratch.limit_steps(MOST_STEPS);
        running.trace.columns = task.columns.iter().map(|column| column.0.clone()).collect();
        running.arm(true);
        running
    }

    /// Works up to `end_us`, what happens then included.
    pub(super) fn run_to(&mut self, end_us: f64) -> Result<(), AnalogError> {
        loop {
            while let Some((_, action)) = self.action().filter(|action| action.0 <= self.now_us) {
                self.next_action += 1;
                self.act(action);
            }
            if self.now_us >= end_us {
                return Ok(());
            }
            let next_input = self.action().map_or(f64::INFINITY, |action| action.0);
            let until_us = end_us.min(next_input).min(self.phase_end());
            let sampled = self.instant().is_some_and(|instant| instant < until_us);
            // Samples are taken from a copy, so that they do not change the way.
            let copy = sampled.then(|| self.group.clone());
            let spike = self.group.run_until_us(until_us, &mut self.scratch).is_some();
            self.check_steps()?;
            self.now_us = if spike { self.group.now_us() } else { until_us };
            if let Some(copy) = copy {
                self.sample(copy, self.now_us)?;
            }
            if spike {
                self.spike(self.now_us)?;
            }
            self.pass_phases(self.now_us)?;
        }
    }

    /// The samples that are left, and everything seen.
    pub(super) fn finish(mut self) -> Trace {
        while let Some(instant) = self.instant() {
            self.next_instant += 1;
            let row = self.row(instant, &self.group);
            self.trace.samples.push(row);
        }
        self.trace
    }

    /// The next action and its instant.
    pub(super) fn action(&self) -> Option<(f64, Action)> {
        self.task.actions.get(self.next_action).copied()
    }

    /// The next sampling instant.
    pub(super) fn instant(&self) -> Option<f64> {
        self.instants_us.get(self.next_instant).copied()
    }

    /// Samples a copy of the group at all instants before `until_us`.
    pub(super) fn sample(&mut self, mut copy: Group, until_us: f64) -> Result<(), AnalogError> {
        while let Some(instant) = self.instant().filter(|instant| *instant < until_us) {
            self.next_instant += 1;
            copy.advance_us(instant, &mut self.scratch);
            let row = self.row(instant, &copy);
            self.trace.samples.push(row);
        }
        self.check_steps()
    }

    fn phase_end(&self) -> f64 {
        match self.phase {
            Phase::Free => f64::INFINITY,
            Phase::Reset { release_us, .. } => release_us,
            Phase::FreedInPeriod { end_us } => end_us,
        }
    }

    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::Jump { member, line, ua } => {
                let mut jump = [0.0; 2];
                jump[line] = ua;
                self.group.deliver(member, jump);
            }
            Action::Constant { member, ua } => {
                self.circuits[member].i_offset_ua = ua;
                self.group.set_circuit(member, &self.circuits[member]);
            }
        }
    }

    fn arm(&mut self, on: bool) {
        if let Some(spiking) = &self.task.spiking {
            self.group.arm(spiking.member, on.then_some(spiking.threshold_v));
        }
    }

    fn spike(&mut self, at_us: f64) -> Result<(), AnalogError> {
        let Some(spiking) = self.task.spiking else { return Ok(()) };
        if self.trace.spikes_us.len() >= MOST_SPIKES {
            return Err(AnalogError::Spikes { neuron: self.task.index, spikes: MOST_SPIKES, at_us });
        }
        self.trace.spikes_us.push(at_us);
        self.group.adaptation_pulse(spiking.member);
        self.arm(false);
        self.group.set_reset(spiking.member, true);
        let end_us = at_us + spiking.tref_us;
        self.phase = Phase::Reset { release_us: end_us - spiking.thold_us, end_us };
        Ok(())
    }

    /// Ends the phases that are over; one that ends above the threshold is a spike at this instant.
    pub(super) fn pass_phases(&mut self, now_us: f64) -> Result<(), AnalogError> {
        while self.phase_end() <= now_us {
            let Some(spiking) = self.task.spiking else { return Ok(()) };
            match self.phase {
                Phase::Reset { end_us, .. } => {
                    self.group.set_reset(spiking.member, false);
                    self.phase = Phase::FreedInPeriod { end_us };
                }
                Phase::FreedInPeriod { .. } | Phase::Free => {
                    self.phase = Phase::Free;
                    self.arm(true);
                    if self.group.voltages(spiking.member).v >= spiking.threshold_v {
                        self.spike(now_us)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn row(&self, instant: f64, group: &Group) -> Vec<f64> {
        let value = |column: Column| match column {
            Column::Membrane(member) => group.voltages(member).v,
            Column::Line(member, line) => group.voltages(member).x[line],
            Column::Adaptation(member) => group.voltages(member).v_w,
        };
        std::iter::once(instant).chain(self.task.columns.iter().map(|column| value(column.1))).collect()
    }

    fn check_steps(&self) -> Result<(), AnalogError> {
        if self.scratch.exhausted() {
            let at_us = self.group.now_us();
            return Err(AnalogError::Steps { neuron: self.task.index, steps: MOST_STEPS, at_us });
        }
        Ok(())
    }
}
