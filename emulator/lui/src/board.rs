//! One board: its state, and how it goes from event to event.
//!
//! Between events the membrane and the synaptic node follow smooth equations, integrated by Runge-Kutta steps; the refractory
//! capacitor, which depends on nothing but the threshold comparator, follows its exponential. An event is a change of what the
//! equations are: a comparator that switches, a node that reaches a rail or leaves it, an input or a knob that changes. Steps are
//! cut at events and nowhere else, so the result does not depend on when somebody looks.

use crate::circuit::{Circuit, LEDS};
use crate::knobs::{Knobs, TERMINALS, Turn};
use crate::motion::{Pair, Watch, step};
use crate::parts::{Part, Parts};
use crate::time::Time;
use hx_chip::neuron::integrate::Workspace;
use serde::{Deserialize, Serialize};

/// Where a quantity stands that has two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Limit {
    /// Between its ends.
    #[default]
    Free,
    /// At the lower end.
    Low,
    /// At the upper end.
    High,
}

/// The refractory capacitor.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Timer {
    /// Since when it has been going where it goes.
    since: Time,
    /// Its voltage then.
    from_v: f64,
}

/// What an oscilloscope and the eye see of a board.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Membrane, V.
    pub v_v: f64,
    /// Synaptic node, V.
    pub v_syn_v: f64,
    /// Refractory capacitor, V.
    pub v_refractory_v: f64,
    /// Output, V.
    pub output_v: f64,
    /// LEDs of the bar that are lit, from below.
    pub leds: usize,
    /// The seventh LED.
    pub spike_led: bool,
}

/// One board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Board {
    parts: Parts,
    knobs: Knobs,
    vdd_v: f64,
    load: usize,
    circuit: Circuit,
    steps_per_time_constant: f64,
    at: Time,
    state: Pair,
    timer: Timer,
    inputs: [bool; TERMINALS],
    external_a: f64,
    fired: bool,
    pulse: bool,
    floored: bool,
    synapse: Limit,
    leak: Limit,
    #[serde(skip)]
    work: Workspace,
}

/// Runge-Kutta steps per shortest time constant, unless another number is asked for.
pub const STEPS_PER_TIME_CONSTANT: f64 = 16.0;

/// What happens next to a board by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Event {
    Fire,
    Rearm,
    BeginPulse,
    EndPulse,
    Floor,
    LeaveFloor,
    Synapse(Limit),
    Leak(Limit),
}

/// The end of a step.
struct Ahead {
    at: Time,
    state: Pair,
    event: Option<Event>,
}

/// A rising (`true`) or falling edge of a board's output.
pub type Edge = (Time, bool);

impl Board {
    /// A board that was just switched on: membrane discharged, nothing at its inputs. `load` is the number of inputs wired to its
    /// output.
    #[must_use]
    pub fn new(parts: Parts, knobs: Knobs, vdd_v: f64, load: usize) -> Board {
        let circuit = Circuit::new(&parts, &knobs, vdd_v, load);
        let state = [0.0, circuit.v_ref_v];
        let mut board = Board {
            parts,
            knobs,
            vdd_v,
            load,
            circuit,
            steps_per_time_constant: STEPS_PER_TIME_CONSTANT,
            at: Time::ZERO,
            state,
            timer: Timer { since: Time::ZERO, from_v: vdd_v },
            inputs: [false; TERMINALS],
            external_a: 0.0,
            fired: false,
            pulse: false,
            floored: false,
            synapse: Limit::Free,
            leak: Limit::Free,
            work: Workspace::default(),
        };
        board.settle();
        board
    }

    /// Integrates with this many steps per shortest time constant; for studies of convergence.
    pub fn set_steps_per_time_constant(&mut self, steps: f64) {
        self.steps_per_time_constant = steps.max(1.0);
    }

    /// The components.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The knobs.
    #[must_use]
    pub fn knobs(&self) -> &Knobs {
        &self.knobs
    }

    /// The coefficients that follow from components, knobs and supply.
    #[must_use]
    pub fn circuit(&self) -> &Circuit {
        &self.circuit
    }

    /// External current into the membrane, A.
    #[must_use]
    pub fn external_a(&self) -> f64 {
        self.external_a
    }

    /// Whether the output is high.
    #[must_use]
    pub fn output(&self) -> bool {
        self.pulse
    }

    /// Turns a knob at `now`. The board must have been advanced to `now`.
    pub fn turn(&mut self, now: Time, turn: Turn) {
        self.touch(now);
        self.knobs.turn(turn);
        let before_v = self.circuit.v_ref_v;
        if let Turn::Supply(vdd_v) = turn {
            self.vdd_v = vdd_v;
        }
        self.circuit = Circuit::new(&self.parts, &self.knobs, self.vdd_v, self.load);
        // The integrator's capacitor hangs at its reference, so the node moves with it.
        self.state[1] = (self.state[1] + self.circuit.v_ref_v - before_v).clamp(0.0, self.vdd_v);
        self.settle();
    }

    /// Puts `voltage_v` on an input (0..3) at `now`; above the input's threshold it is a pulse, however high.
    pub fn drive(&mut self, now: Time, input: usize, voltage_v: f64) {
        let high = voltage_v >= self.parts.get(Part::InputHigh);
        if self.inputs.get(input).is_some_and(|&before| before != high) {
            self.touch(now);
            self.inputs[input] = high;
            self.settle();
        }
    }

    /// Feeds a current into the membrane from `now` on, A.
    pub fn inject(&mut self, now: Time, current_a: f64) {
        self.touch(now);
        self.external_a = current_a;
        self.settle();
    }

    /// Puts the membrane on a voltage at `now`, as a touch with a wire does.
    pub fn set_membrane(&mut self, now: Time, v_v: f64) {
        self.touch(now);
        self.state[0] = v_v.max(0.0);
        self.settle();
    }

    /// What is seen at `at`, which must not be before the board's last event. Changes nothing.
    #[must_use]
    pub fn view(&self, at: Time) -> View {
        let mut board = self.clone();
        while board.advance(at).is_some() {}
        let ([v_v, v_syn_v], _) = board.integrate(&[], at);
        View {
            v_v,
            v_syn_v,
            v_refractory_v: board.timer_at(at),
            output_v: if board.pulse { board.circuit.high_v } else { 0.0 },
            leds: (0..LEDS).filter(|&led| v_v > board.circuit.led_v[led]).count(),
            spike_led: board.pulse,
        }
    }

    /// Goes on to the next edge of the output if there is one up to `until`, else through all whole steps up to there.
    pub fn advance(&mut self, until: Time) -> Option<Edge> {
        loop {
            let Ahead { at, state, event } = self.look_ahead();
            if at > until {
                return None;
            }
            let before = self.pulse;
            (self.at, self.state) = (at, state);
            if let Some(event) = event {
                self.happen(event);
            }
            if self.pulse != before {
                return Some((at, self.pulse));
            }
        }
    }

    /// The end of the next step: a whole one, or cut at the first event in it.
    fn look_ahead(&mut self) -> Ahead {
        let whole = self.at + self.step_length();
        let timer = self.timer_event().filter(|event| event.0 <= whole);
        let end = timer.map_or(whole, |event| event.0);
        let levels = self.levels();
        let watches = levels.map(|level| level.map(|(watch, _)| watch));
        let (state, passed) = self.integrate(&watches, end);
        match passed {
            Some((at, level)) => Ahead { at, state, event: levels[level].map(|(_, event)| event) },
            None => Ahead { at: end, state, event: timer.map(|(_, event)| event) },
        }
    }

    /// State at `end`, or where the first watched level is passed, and when and which that is.
    fn integrate(&mut self, watches: &[Option<Watch>], end: Time) -> (Pair, Option<(Time, usize)>) {
        let mut work = std::mem::take(&mut self.work);
        let mut state = self.state;
        let progress = step(self, watches, &mut state, end.s_since(self.at), &mut work);
        self.work = work;
        let passed = |level| ((self.at + Time::from_s(progress.elapsed)).min(end), level);
        (state, progress.flipped.map(passed))
    }

    /// The shortest time constant at work, divided; at least a nanosecond.
    fn step_length(&self) -> Time {
        let circuit = &self.circuit;
        let membrane = if self.pulse { circuit.tau_reset_s() } else { circuit.tau_membrane_s() };
        let shortest = membrane.min(circuit.tau_syn_s());
        Time::from_s(shortest / self.steps_per_time_constant).max(Time(1000))
    }

    /// The right-hand side of the equations: rates of membrane and synaptic node, V/s.
    pub(crate) fn rate(&self, [v_v, v_syn_v]: Pair) -> Pair {
        let circuit = &self.circuit;
        let membrane = if self.floored { 0.0 } else { self.membrane_a(v_v, v_syn_v) / circuit.c_f };
        let synapse = if self.synapse == Limit::Free { self.synapse_rate(v_syn_v) } else { 0.0 };
        [membrane, synapse]
    }

    /// Current into the membrane capacitor, A.
    fn membrane_a(&self, v_v: f64, v_syn_v: f64) -> f64 {
        let circuit = &self.circuit;
        let leak_a = match self.leak {
            Limit::Free => (circuit.v_leak_v - v_v) / circuit.r_leak_ohm,
            Limit::Low => -circuit.leak_limit_a,
            Limit::High => circuit.leak_limit_a,
        };
        let reset_a = if self.pulse { v_v / circuit.r_reset_ohm } else { 0.0 };
        leak_a + circuit.synaptic_a(v_syn_v) + self.external_a - reset_a
    }

    /// Rate of the synaptic node away from its rails, V/s.
    fn synapse_rate(&self, v_syn_v: f64) -> f64 {
        let circuit = &self.circuit;
        let driven: f64 =
            (0..TERMINALS).map(|input| if self.inputs[input] { circuit.input_a[input] } else { 0.0 }).sum();
        -(driven + (v_syn_v - circuit.v_ref_v) / circuit.r_syn_ohm) / circuit.c_syn_f
    }

    /// Cuts the step: from `now` on, something is different.
    fn touch(&mut self, now: Time) {
        if now > self.at {
            (self.state, _) = self.integrate(&[], now);
            self.at = now;
        }
        // The time constants of the capacitor may change with what is touched.
        self.timer = Timer { since: self.at, from_v: self.timer_at(self.at) };
    }

    /// Voltage of the refractory capacitor, V.
    fn timer_at(&self, at: Time) -> f64 {
        let (end_v, tau_s) = self.timer_goal();
        end_v + (self.timer.from_v - end_v) * libm::exp(-at.s_since(self.timer.since) / tau_s)
    }

    fn timer_goal(&self) -> (f64, f64) {
        let circuit = &self.circuit;
        if self.fired {
            (circuit.discharged_v, circuit.discharge_s)
        } else {
            (circuit.vdd_v, circuit.recharge_s)
        }
    }

    /// When the refractory comparator switches, and to what, if nothing else happens.
    fn timer_event(&self) -> Option<(Time, Event)> {
        let (level_v, event) = match (self.fired, self.pulse) {
            (true, false) => (self.circuit.begin_v, Event::BeginPulse),
            (false, true) => (self.circuit.end_v, Event::EndPulse),
            _ => return None,
        };
        let (end_v, tau_s) = self.timer_goal();
        let ratio = (self.timer.from_v - end_v) / (level_v - end_v);
        let wait_s = if ratio > 1.0 { tau_s * libm::log(ratio) } else { 0.0 };
        Some(((self.timer.since + Time::from_s(wait_s)).max(self.at), event))
    }

    /// The levels at which the equations change.
    fn levels(&self) -> [Option<(Watch, Event)>; 5] {
        let circuit = &self.circuit;
        let membrane = |level_v, upwards| Watch { quantity: 0, level_v, upwards };
        let synapse = |level_v, upwards| Watch { quantity: 1, level_v, upwards };
        let threshold = if self.fired {
            (membrane(circuit.rearm_v, false), Event::Rearm)
        } else {
            (membrane(circuit.fire_v, true), Event::Fire)
        };
        let floor = if self.floored {
            (synapse(self.lifting_v(), false), Event::LeaveFloor)
        } else {
            (membrane(0.0, false), Event::Floor)
        };
        let free = self.synapse == Limit::Free;
        let rail = |level_v, upwards, limit| free.then(|| (synapse(level_v, upwards), Event::Synapse(limit)));
        let span_v = circuit.leak_limit_a * circuit.r_leak_ohm;
        let leak = match self.leak {
            Limit::High => Some((membrane(circuit.v_leak_v - span_v, true), Event::Leak(Limit::Free))),
            Limit::Low => Some((membrane(circuit.v_leak_v + span_v, false), Event::Leak(Limit::Free))),
            // Only a leak turned to almost nothing can ask for so much.
            Limit::Free if span_v >= circuit.vdd_v => None,
            Limit::Free if self.state[0] < circuit.v_leak_v => {
                Some((membrane(circuit.v_leak_v - span_v, false), Event::Leak(Limit::High)))
            }
            Limit::Free => Some((membrane(circuit.v_leak_v + span_v, true), Event::Leak(Limit::Low))),
        };
        let rails = [rail(0.0, false, Limit::Low), rail(circuit.vdd_v, true, Limit::High)];
        [Some(threshold), Some(floor), rails[0], rails[1], leak]
    }

    /// Synaptic node below which the membrane rises from the floor, V.
    fn lifting_v(&self) -> f64 {
        let circuit = &self.circuit;
        self.membrane_a(0.0, 0.0) / (circuit.push_s + circuit.pull_s)
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Fire | Event::Rearm => self.compare(event == Event::Fire),
            Event::BeginPulse | Event::EndPulse => {
                self.pulse = event == Event::BeginPulse;
                self.settle_floor();
            }
            Event::Floor => {
                self.state[0] = 0.0;
                self.floored = true;
            }
            Event::LeaveFloor => self.floored = false,
            Event::Synapse(limit) => {
                self.state[1] = if limit == Limit::Low { 0.0 } else { self.circuit.vdd_v };
                self.synapse = limit;
            }
            Event::Leak(limit) => self.leak = limit,
        }
    }

    /// Switches the threshold comparator, which turns the refractory capacitor round.
    fn compare(&mut self, fired: bool) {
        self.timer = Timer { since: self.at, from_v: self.timer_at(self.at) };
        self.fired = fired;
    }

    /// Brings comparators and limits in line with the state after something changed at once.
    fn settle(&mut self) {
        let circuit = &self.circuit;
        let [v_v, v_syn_v] = self.state;
        let span_v = circuit.leak_limit_a * circuit.r_leak_ohm;
        self.leak = match circuit.v_leak_v - v_v {
            above if above > span_v => Limit::High,
            above if above < -span_v => Limit::Low,
            _ => Limit::Free,
        };
        self.synapse = match self.synapse_rate(v_syn_v) {
            rate if v_syn_v <= 0.0 && rate < 0.0 => Limit::Low,
            rate if v_syn_v >= self.circuit.vdd_v && rate > 0.0 => Limit::High,
            _ => Limit::Free,
        };
        self.settle_floor();
        if !self.fired && v_v > self.circuit.fire_v {
            self.compare(true);
        } else if self.fired && v_v < self.circuit.rearm_v {
            self.compare(false);
        }
    }
    fn settle_floor(&mut self) {
        self.floored = self.state[0] <= 0.0 && self.membrane_a(0.0, self.state[1]) < 0.0;
    }
}
