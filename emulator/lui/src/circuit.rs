//! From components and knobs to the coefficients of the equations.
//!
//! Membrane: `C dV/dt = (V_leak - V)/R_leak + I_push - I_pull + I_external - V/R_reset` (the last while the reset is on).
//! Synaptic node: `C_s dV_syn/dt = -(sum of I_i) - (V_syn - V_ref)/R_syn`, inverting: excitation lowers it.
//! Source of the circuit: lu.i:neuron.kicad_sch; of its blocks: Stradmann et al., Trends Neurosci. Educ. 38:100248 (2025).

use crate::knobs::{Knobs, Sign, TERMINALS};
use crate::parts::{Part, Parts};
use serde::{Deserialize, Serialize};

/// LEDs of the bar that show the membrane.
pub const LEDS: usize = 6;

/// Coefficients of one board with its knobs where they are. Units: V, A, ohm, F, s.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Circuit {
    /// Supply.
    pub vdd_v: f64,
    /// Membrane capacitor.
    pub c_f: f64,
    /// Leak resistor.
    pub r_leak_ohm: f64,
    /// Leak potential.
    pub v_leak_v: f64,
    /// Most that the buffer of the leak potential gives or takes.
    pub leak_limit_a: f64,
    /// Reset resistor.
    pub r_reset_ohm: f64,
    /// Capacitor of the synaptic integrator.
    pub c_syn_f: f64,
    /// Resistor of the synaptic integrator.
    pub r_syn_ohm: f64,
    /// Reference of the synaptic integrator: where its node rests.
    pub v_ref_v: f64,
    /// Current that each input draws from the integrator while it sees a pulse: positive is excitatory.
    pub input_a: [f64; TERMINALS],
    /// Gain of the pushing current source, from supply minus synaptic node, S.
    pub push_s: f64,
    /// Gain of the pulling current source, from the synaptic node, S.
    pub pull_s: f64,
    /// The membrane above this fires.
    pub fire_v: f64,
    /// The membrane below this re-arms the comparator.
    pub rearm_v: f64,
    /// Refractory capacitor: time constant of its discharge.
    pub discharge_s: f64,
    /// Where its discharge ends.
    pub discharged_v: f64,
    /// Time constant of its charge, towards the supply.
    pub recharge_s: f64,
    /// The refractory capacitor below this begins the output pulse.
    pub begin_v: f64,
    /// The refractory capacitor above this ends it.
    pub end_v: f64,
    /// Output during a pulse.
    pub high_v: f64,
    /// Membrane above which each LED lights.
    pub led_v: [f64; LEDS],
}

impl Circuit {
    /// The coefficients; `load` is the number of inputs wired to the output, whose pull-downs load it.
    #[must_use]
    pub fn new(parts: &Parts, knobs: &Knobs, vdd_v: f64, load: usize) -> Circuit {
        let p = |part| parts.get(part);
        let (r_ref, end) = ([p(Part::R7), p(Part::R8)], p(Part::End));
        let v_ref_v = vdd_v * r_ref[1] / (r_ref[0] + r_ref[1]);
        let output = Output::new(parts, vdd_v, load);
        let (c9, r26, r27) = (p(Part::C9), p(Part::R26), p(Part::R27));
        Circuit {
            vdd_v,
            c_f: p(Part::C5),
            r_leak_ohm: (knobs.r_leak * p(Part::Rv6)).max(end),
            v_leak_v: knobs.leak * vdd_v,
            leak_limit_a: leak_limit(parts, vdd_v),
            r_reset_ohm: p(Part::R19),
            c_syn_f: p(Part::C2),
            r_syn_ohm: (knobs.r_syn * p(Part::Rv4)).max(end),
            v_ref_v,
            input_a: input_currents(parts, knobs, vdd_v, v_ref_v),
            push_s: p(Part::R10) / (p(Part::R10) + p(Part::R11)) / p(Part::R14),
            pull_s: p(Part::R13) / (p(Part::R12) + p(Part::R13)) / p(Part::R15),
            fire_v: vdd_v * threshold(parts, Level::High),
            rearm_v: vdd_v * threshold(parts, Level::Low),
            discharge_s: c9 * r26 * r27 / (r26 + r27),
            discharged_v: vdd_v * r26 / (r26 + r27),
            recharge_s: c9 * r27,
            begin_v: output.begin_v,
            end_v: output.end_v,
            high_v: output.high_v,
            led_v: ladder(parts).map(|share| vdd_v * share),
        }
    }

    /// Net current that the synaptic node drives into the membrane, A.
    #[must_use]
    pub fn synaptic_a(&self, v_syn_v: f64) -> f64 {
        self.push_s * (self.vdd_v - v_syn_v) - self.pull_s * v_syn_v
    }

    /// Time constant of the membrane between resets, s.
    #[must_use]
    pub fn tau_membrane_s(&self) -> f64 {
        self.r_leak_ohm * self.c_f
    }

    /// Time constant of the membrane during a reset, s.
    #[must_use]
    pub fn tau_reset_s(&self) -> f64 {
        self.c_f / (1.0 / self.r_leak_ohm + 1.0 / self.r_reset_ohm)
    }

    /// Time constant of the synaptic node, s.
    #[must_use]
    pub fn tau_syn_s(&self) -> f64 {
        self.r_syn_ohm * self.c_syn_f
    }
}

/// State of a comparator's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Low,
    High,
}

/// Threshold of the membrane's comparator as a share of the supply: its output, pulled up or low, shifts the divider.
fn threshold(parts: &Parts, output: Level) -> f64 {
    let p = |part| parts.get(part);
    let up = 1.0 / p(Part::R17);
    let down = 1.0 / p(Part::R18);
    match output {
        Level::High => {
            let feedback = 1.0 / (p(Part::R21) + p(Part::R24));
            (up + feedback) / (up + feedback + down)
        }
        Level::Low => up / (up + down + 1.0 / p(Part::R21)),
    }
}

/// The output node and the levels of the comparator behind it.
struct Output {
    high_v: f64,
    begin_v: f64,
    end_v: f64,
}

impl Output {
    fn new(parts: &Parts, vdd_v: f64, load: usize) -> Output {
        let p = |part| parts.get(part);
        let (up, down, feedback) = (1.0 / p(Part::R22), 1.0 / p(Part::R23), 1.0 / p(Part::R45));
        let pull_up = 1.0 / p(Part::R20);
        let pull_down = load as f64 / p(Part::R1);
        // High: the output hangs at the supply by its pull-up, at ground by its loads, and at the divider by R45.
        let own = pull_up + pull_down;
        let (open, series) = (pull_up / own, 1.0 / (1.0 / feedback + 1.0 / own));
        let end = (up + series * open) / (up + down + series);
        let begin = up / (up + down + feedback);
        let high = (pull_up + feedback * end) / (own + feedback);
        Output { high_v: vdd_v * high, begin_v: vdd_v * begin, end_v: vdd_v * end }
    }
}

fn input_currents(parts: &Parts, knobs: &Knobs, vdd_v: f64, v_ref_v: f64) -> [f64; TERMINALS] {
    let weights = [Part::Rv1, Part::Rv2, Part::Rv3];
    let series = [Part::R9, Part::R16, Part::R42];
    std::array::from_fn(|input| {
        let r_ohm = parts.get(series[input]) + knobs.weight[input] * parts.get(weights[input]);
        match knobs.sign[input] {
            Sign::Excitatory => (vdd_v - v_ref_v) / r_ohm,
            Sign::Inhibitory => -v_ref_v / r_ohm,
        }
    })
}

/// Short-circuit current of the leak's buffer, on a line through the two points of its data sheet.
fn leak_limit(parts: &Parts, vdd_v: f64) -> f64 {
    let (low, high) = (parts.get(Part::ShortLow), parts.get(Part::ShortHigh));
    (low + (vdd_v - 1.8) / (5.5 - 1.8) * (high - low)).max(0.0)
}

/// The taps of the LED ladder as shares of the supply, from below.
fn ladder(parts: &Parts) -> [f64; LEDS] {
    let steps = [Part::R34, Part::R33, Part::R32, Part::R31, Part::R30, Part::R29];
    let total = steps.iter().map(|&part| parts.get(part)).sum::<f64>() + parts.get(Part::R28);
    let mut below = 0.0;
    steps.map(|part| {
        below += parts.get(part);
        below / total
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(value: f64, expected: f64, relative: f64) {
        assert!((value - expected).abs() <= relative * expected.abs(), "{value} is not {expected}");
    }

    #[test]
    fn thresholds_of_the_published_board() {
        let circuit = Circuit::new(&Parts::default(), &Knobs::default(), 2.4, 0);
        close(circuit.fire_v / 2.4, 0.517, 1e-3);
        close(circuit.rearm_v / 2.4, 0.264, 1e-3);
        close(circuit.fire_v, 1.24, 2e-3);
        close(circuit.end_v / 2.4, 0.506, 1e-3);
        close(circuit.begin_v / 2.4, 0.400, 2e-3);
        for (index, &led_v) in circuit.led_v.iter().enumerate() {
            close(led_v, 0.0695 * 2.4 * (index + 1) as f64, 1e-3);
        }
        close(circuit.led_v[0], 0.167, 2e-3);
        close(circuit.led_v[5], 1.00, 2e-3);
    }

    #[test]
    fn gains_and_time_constants_of_the_published_board() {
        let circuit = Circuit::new(&Parts::default(), &Knobs::default(), 2.4, 0);
        close(circuit.push_s + circuit.pull_s, 290e-6, 2e-3);
        assert_eq!(circuit.push_s, circuit.pull_s);
        close(circuit.synaptic_a(0.0), 0.35e-3, 0.01);
        close(circuit.synaptic_a(2.4), -0.35e-3, 0.01);
        close(circuit.tau_membrane_s(), 1.1, 1e-12);
        close(circuit.tau_syn_s(), 0.22, 1e-12);
        close(circuit.tau_reset_s(), 0.484e-3, 1e-3);
        close(circuit.recharge_s, 22e-3, 1e-12);
        // Published conductances of a weight: 45 uS to 2.1 mS.
        close(circuit.input_a[0] / 1.2, 45e-6, 0.02);
        let strong = Knobs { weight: [0.0; 3], sign: [Sign::Inhibitory; 3], ..Knobs::default() };
        close(Circuit::new(&Parts::default(), &strong, 2.4, 0).input_a[2] / 1.2, -2.1e-3, 0.02);
    }

    #[test]
    fn everything_follows_the_supply() {
        let knobs = Knobs { leak: 0.7, ..Knobs::default() };
        let [at_2, at_3] = [2.0, 3.0].map(|vdd_v| Circuit::new(&Parts::default(), &knobs, vdd_v, 0));
        for level in [
            |circuit: &Circuit| circuit.fire_v,
            |circuit: &Circuit| circuit.rearm_v,
            |circuit: &Circuit| circuit.end_v,
            |circuit: &Circuit| circuit.v_leak_v,
            |circuit: &Circuit| circuit.led_v[3],
        ] {
            close(level(&at_3) / level(&at_2), 1.5, 1e-12);
        }
    }

    #[test]
    fn loads_lower_the_output() {
        let high_v = |load| Circuit::new(&Parts::default(), &Knobs::default(), 2.4, load).high_v;
        assert!(high_v(0) > 2.3 && high_v(0) < 2.4);
        close(high_v(3) / 2.4, 33.3 / (33.3 + 4.7), 0.02);
    }
}
