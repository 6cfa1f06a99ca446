//! A group's setup in the form the equations are evaluated in: reciprocals taken, indices resolved.

use super::super::circuit::{Circuit, Coba, Ota, Pause, Pulse, ResetDrive, tanh};
use super::setup::{Accuracy, GroupSetup, Member};
use serde::{Deserialize, Serialize};

/// Base ticks (ps) per us: groups count time in ticks, which are whole numbers on the chip.
pub(super) const TICKS_PER_US: f64 = 1e6;
/// Bounds of a membrane without rails, far outside of anything that is meant, so that nothing ever overflows (V).
pub(super) const BOUNDS_V: [f64; 2] = [-100.0, 100.0];

/// An amplifier with its quotient taken.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Amplifier {
    pub g_us: f64,
    limit_ua: f64,
    per_volt: f64,
}

impl Amplifier {
    fn new(ota: Ota) -> Amplifier {
        if ota.limit_ua > 0.0 {
            Amplifier { g_us: ota.g_us, limit_ua: ota.limit_ua, per_volt: ota.g_us / ota.limit_ua }
        } else {
            Amplifier { g_us: 0.0, limit_ua: f64::INFINITY, per_volt: 0.0 }
        }
    }

    #[inline(always)]
    pub fn current(&self, d_v: f64) -> f64 {
        if self.limit_ua == f64::INFINITY {
            self.g_us * d_v
        } else {
            self.limit_ua * tanh(self.per_volt * d_v)
        }
    }

    /// Slope of the current, uS.
    #[inline(always)]
    pub fn conductance(&self, d_v: f64) -> f64 {
        let share = if self.limit_ua == f64::INFINITY { 0.0 } else { tanh(self.per_volt * d_v) };
        self.g_us * (1.0 - share * share)
    }

    pub fn is_linear(&self) -> bool {
        self.limit_ua == f64::INFINITY
    }
}

/// A synaptic input.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Input {
    pub rate_per_us: f64,
    pub gm: Amplifier,
    pub offset_v: f64,
    /// Current with the line at rest, before modulation (uA).
    pub rest_ua: f64,
    pub coba: Option<Coba>,
}

/// The exponential term.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Upstroke {
    /// g D_T: current at V_T, uA.
    pub at_v_t_ua: f64,
    pub per_volt: f64,
    pub delta_t_v: f64,
    pub v_t_v: f64,
    pub limit_ua: f64,
}

/// An adaptation node.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Node {
    /// Where its potential is in the state.
    pub index: usize,
    pub per_c: f64,
    pub g_tau_us: f64,
    pub g_a_us: f64,
    pub v_leak_v: f64,
    pub v_ref_v: f64,
    pub g_w_us: f64,
    pub pulse: Pulse,
    pub in_reset: bool,
}

/// A member of the group.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Cell {
    pub compartment: usize,
    pub c_pf: f64,
    pub leak: Amplifier,
    pub v_leak_v: f64,
    pub reset: Amplifier,
    pub v_reset_v: f64,
    /// The membrane is held at `v_reset_v` instead of being pulled there.
    pub clamped: bool,
    pub inputs: [Input; 2],
    pub upstroke: Option<Upstroke>,
    pub node: Option<Node>,
    pub i_offset_ua: f64,
    pub pause: Pause,
    pub rails_v: Option<[f64; 2]>,
    /// Start and reciprocal span of the sinks' compliance.
    pub sink: Option<[f64; 2]>,
}

/// A compartment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Body {
    /// 1/us per uS and V/us per uA: the reciprocal capacitance.
    pub per_c: f64,
    /// Sum of the conductances to other compartments, uS.
    pub g_joined_us: f64,
    pub rails_v: [f64; 2],
}

/// A soma line between compartments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Junction {
    pub taps: Vec<(usize, Amplifier)>,
    /// Reciprocal sum of the conductances.
    pub per_g: f64,
    pub linear: bool,
}

/// A group's setup, ready for use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Wired {
    pub cells: Vec<Cell>,
    pub bodies: Vec<Body>,
    pub junctions: Vec<Junction>,
    pub bridges: Vec<(usize, usize, Amplifier)>,
    pub accuracy: Accuracy,
    /// One compartment without adaptation or exponential term: how long it stays below a level is easily bounded.
    pub simple: bool,
}

impl Wired {
    pub fn new(setup: &GroupSetup) -> Wired {
        let compartments = usize::from(setup.compartments);
        let cell = |(m, member): (usize, &Member)| {
            let compartment = usize::from(member.compartment).min(compartments.saturating_sub(1));
            Cell::new(&member.circuit, compartment, compartments + m)
        };
        let cells: Vec<Cell> = setup.members.iter().enumerate().map(cell).collect();
        let tap = |(compartment, ota): &(u16, Ota)| (usize::from(*compartment), Amplifier::new(*ota));
        let junctions: Vec<Junction> = setup
            .lines
            .iter()
            .map(|line| Junction::new(line.taps.iter().map(tap).filter(|tap| tap.1.g_us > 0.0).collect()))
            .filter(|junction| junction.taps.len() > 1)
            .collect();
        let bridges: Vec<(usize, usize, Amplifier)> = setup
            .bridges
            .iter()
            .map(|b| (usize::from(b.between[0]), usize::from(b.between[1]), Amplifier::new(b.ota)))
            .filter(|bridge| bridge.0 != bridge.1)
            .collect();
        let mut wired = Wired {
            simple: false,
            bodies: vec![Body { per_c: 0.0, g_joined_us: 0.0, rails_v: BOUNDS_V }; compartments],
            cells,
            junctions,
            bridges,
            accuracy: setup.accuracy,
        };
        wired.sum_up();
        wired
    }

    /// Potentials of the state: of the compartments, then one adaptation node per member, used or not.
    pub fn states(&self) -> usize {
        self.bodies.len() + self.cells.len()
    }

    /// Gives a member another circuit.
    pub fn set_circuit(&mut self, member: usize, circuit: &Circuit) {
        let compartment = self.cells[member].compartment;
        self.cells[member] = Cell::new(circuit, compartment, self.bodies.len() + member);
        self.sum_up();
    }

    /// What compartments and group have of their members.
    fn sum_up(&mut self) {
        for (c, body) in self.bodies.iter_mut().enumerate() {
            let members = self.cells.iter().filter(|cell| cell.compartment == c);
            body.per_c = 1.0 / members.clone().map(|cell| cell.c_pf).sum::<f64>();
            body.rails_v = members.filter_map(|cell| cell.rails_v).next().unwrap_or(BOUNDS_V);
            body.g_joined_us = 0.0;
        }
        for (a, b, amplifier) in &self.bridges {
            self.bodies[*a].g_joined_us += amplifier.g_us;
            self.bodies[*b].g_joined_us += amplifier.g_us;
        }
        for (c, amplifier) in self.junctions.iter().flat_map(|junction| &junction.taps) {
            self.bodies[*c].g_joined_us += amplifier.g_us;
        }
        let plain = self.cells.iter().all(|cell| cell.node.is_none() && cell.upstroke.is_none());
        self.simple = plain && self.bodies.len() == 1;
    }
}

impl Cell {
    fn new(circuit: &Circuit, compartment: usize, node_index: usize) -> Cell {
        let (reset, v_reset_v, clamped) = match circuit.reset {
            ResetDrive::Clamp { v_v } => (Amplifier::new(Ota::OFF), v_v, true),
            ResetDrive::Amplifier { ota, v_v } => (Amplifier::new(ota), v_v, false),
        };
        Cell {
            compartment,
            c_pf: circuit.c_pf,
            leak: Amplifier::new(circuit.leak),
            v_leak_v: circuit.v_leak_v,
            reset,
            v_reset_v,
            clamped,
            inputs: circuit.inputs.map(|input| {
                let gm = Amplifier::new(input.gm);
                Input {
                    rate_per_us: 1.0 / input.tau_us,
                    gm,
                    offset_v: input.offset_v,
                    rest_ua: gm.current(input.offset_v),
                    coba: input.coba,
                }
            }),
            upstroke: circuit.exponential.map(|e| Upstroke {
                at_v_t_ua: e.g_us * e.delta_t_v,
                per_volt: 1.0 / e.delta_t_v,
                delta_t_v: e.delta_t_v,
                v_t_v: e.v_t_v,
                limit_ua: e.limit_ua,
            }),
            node: circuit.adaptation.map(|a| Node {
                index: node_index,
                per_c: 1.0 / a.c_pf,
                g_tau_us: a.g_tau_us,
                g_a_us: a.g_a_us,
                v_leak_v: a.v_leak_v,
                v_ref_v: a.v_ref_v,
                g_w_us: a.g_w_us,
                pulse: a.pulse,
                in_reset: a.in_reset,
            }),
            i_offset_ua: circuit.i_offset_ua,
            pause: circuit.pause,
            rails_v: circuit.rails_v,
            sink: circuit.sink_compliance.map(|[start, span]| [start, 1.0 / span]),
        }
    }

    /// Share of a current out of the membrane that flows at this potential.
    #[inline(always)]
    pub fn sinks(&self, v: f64) -> f64 {
        match self.sink {
            Some([start, per_span]) => ((v - start) * per_span).clamp(0.0, 1.0),
            None => 1.0,
        }
    }

    /// Whether the exponential term acts.
    #[inline(always)]
    pub fn rises(&self, in_reset: bool) -> bool {
        !in_reset || self.pause == Pause::Nothing
    }
}

impl Junction {
    fn new(taps: Vec<(usize, Amplifier)>) -> Junction {
        let sum: f64 = taps.iter().map(|tap| tap.1.g_us).sum();
        Junction { linear: taps.iter().all(|tap| tap.1.is_linear()), taps, per_g: 1.0 / sum }
    }

    /// The potential at which the currents onto the line add up to zero. With amplifiers that saturate, Newton's method from
    /// the linear answer; the currents are monotone, so a bracket cannot be left for long.
    pub fn potential(&self, state: &[f64]) -> f64 {
        let weighted: f64 = self.taps.iter().map(|(c, amplifier)| amplifier.g_us * state[*c]).sum();
        let mut v = weighted * self.per_g;
        if self.linear {
            return v;
        }
        let of = |fold: fn(f64, f64) -> f64, start| self.taps.iter().map(|t| state[t.0]).fold(start, fold);
        let (mut low, mut high) = (of(f64::min, f64::INFINITY), of(f64::max, f64::NEG_INFINITY));
        for _ in 0..50 {
            let mut current = 0.0;
            let mut conductance = 0.0;
            for (c, amplifier) in &self.taps {
                current += amplifier.current(state[*c] - v);
                conductance += amplifier.conductance(state[*c] - v);
            }
            if current > 0.0 {
                low = v;
            } else {
                high = v;
            }
            let next = v + current / conductance;
            let next = if next >= low && next <= high { next } else { 0.5 * (low + high) };
            if (next - v).abs() < 1e-13 {
                return next;
            }
            v = next;
        }
        v
    }
}
