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
enum Phase {
    Free,
    Reset { release_us: f64, end_us: f64 },
    FreedInPeriod { end_us: f64 },
}

struct Running<'a> {
    task: &'a NeuronTask,
    circuits: Vec<Circuit>,
    group: Group,
    scratch: Scratch,
    phase: Phase,
    trace: Trace,
}

/// Runs a neuron.
///
/// # Errors
/// When it takes too many steps or has too many spikes.
pub fn run(task: &NeuronTask, description: &Description) -> Result<Trace, AnalogError> {
    let mut running = Running {
        task,
        circuits: task.setup.members.iter().map(|member| member.circuit).collect(),
        group: Group::assemble(&task.setup, &task.start, Time::ZERO),
        scratch: Scratch::default(),
        phase: Phase::Free,
        trace: Trace::default(),
    };
    running.scratch.limit_steps(MOST_STEPS);
    running.trace.columns = task.columns.iter().map(|column| column.0.clone()).collect();
    running.arm(true);
    running.run(&description.instants_us, description.duration_us)?;
    Ok(running.trace)
}

impl Running<'_> {
    fn run(&mut self, instants_us: &[f64], duration_us: f64) -> Result<(), AnalogError> {
        let mut actions = self.task.actions.iter().peekable();
        let mut instants = instants_us.iter().copied().peekable();
        let mut now_us = 0.0;
        loop {
            while let Some((_, action)) = actions.next_if(|action| action.0 <= now_us) {
                self.act(*action);
            }
            if now_us >= duration_us {
                break;
            }
            let next_input = actions.peek().map_or(f64::INFINITY, |action| action.0);
            let until_us = duration_us.min(next_input).min(self.phase_end());
            let sampled = instants.peek().is_some_and(|instant| *instant < until_us);
            // Samples are taken from a copy, so that they do not change the way.
            let mut copy = sampled.then(|| self.group.clone());
            let spike = self.group.run_until_us(until_us, &mut self.scratch).is_some();
            self.check_steps()?;
            now_us = if spike { self.group.now_us() } else { until_us };
            if let Some(copy) = &mut copy {
                while let Some(instant) = instants.next_if(|instant| *instant < now_us) {
                    copy.advance_us(instant, &mut self.scratch);
                    let row = self.row(instant, copy);
                    self.trace.samples.push(row);
                }
                self.check_steps()?;
            }
            if spike {
                self.spike(now_us)?;
            }
            self.pass_phases(now_us)?;
        }
        for instant in instants {
            let row = self.row(instant, &self.group);
            self.trace.samples.push(row);
        }
        Ok(())
    }

    fn phase_end(&self) -> f64 {
        match self.phase {
            Phase::Free => f64::INFINITY,
            Phase::Reset { release_us, .. } => release_us,
            Phase::FreedInPeriod { end_us } => end_us,
        }
    }

    fn act(&mut self, action: Action) {
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
    fn pass_phases(&mut self, now_us: f64) -> Result<(), AnalogError> {
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
