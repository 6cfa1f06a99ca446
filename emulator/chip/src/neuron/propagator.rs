//! Closed-form dynamics of a leaky integrate-and-fire membrane with two exponential synaptic lines in the linear range
//! (analog model, sections 2.1 and 8.3, path (a)):
//! `C V' = g (V_rest - V) + gm_e (x_e + off_e) - gm_i (x_i + off_i) + I_off`, `x' = -x / tau`.
//! Saturation of the amplifiers and the rails are left to the general integration path.

use crate::exponential::exp;
use serde::{Deserialize, Serialize};

/// State of one membrane and its two synaptic lines, in volts.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Membrane {
    /// Membrane potential without noise.
    pub v: f64,
    /// Deviation of the excitatory line from rest, >= 0.
    pub x_e: f64,
    /// Deviation of the inhibitory line from rest, >= 0.
    pub x_i: f64,
}

/// What determines a linear membrane: pF, uS, V, us, uA.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearCircuit {
    /// Membrane capacitance in pF.
    pub c_pf: f64,
    /// Conductance towards `v_rest_v` in uS: the leak, or the reset amplifier while reset is active.
    pub g_us: f64,
    /// Potential that conductance pulls to, in V.
    pub v_rest_v: f64,
    /// Time constants of the excitatory and inhibitory line in us.
    pub tau_syn_us: [f64; 2],
    /// Transconductances of the two synaptic inputs in uS; zero when an input is switched off.
    pub gm_us: [f64; 2],
    /// Offsets of the two synaptic inputs in V.
    pub x_off_v: [f64; 2],
    /// Constant membrane current in uA.
    pub i_offset_ua: f64,
}

/// Coefficients of the exact solution, derived once per parameter change. Rates per us, potentials in V.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Propagator {
    /// 1 / tau_m.
    pub rate_m: f64,
    /// 1 / tau of the excitatory line.
    pub rate_e: f64,
    /// 1 / tau of the inhibitory line.
    pub rate_i: f64,
    /// Potential the membrane relaxes to without synaptic events.
    pub v_inf: f64,
    /// gm_e / C: slope of the membrane per volt on the excitatory line.
    pub slope_e: f64,
    /// gm_i / C.
    pub slope_i: f64,
    /// slope_e / (rate_e - rate_m): weight of the difference of exponentials.
    pub kernel_e: f64,
    /// slope_i / (rate_i - rate_m).
    pub kernel_i: f64,
    /// Largest membrane deflection per unit of initial synaptic slope (V per V/us), excitatory line.
    pub peak: f64,
    /// Share of inhibition that is certain to counter excitation within the validity of a bound: 1 when the inhibitory line
    /// decays no faster than the excitatory one.
    pub countered: f64,
    /// Longest time in us for which that holds.
    pub valid_us: f64,
}

/// Relative distance below which two rates are pulled apart. The difference form then loses 1e-16/1e-7 = 1e-9 and the shift
/// itself changes a post-synaptic potential by 5e-8, both far below the converter noise and the picosecond of event times.
const RATE_GAP: f64 = 1e-7;

/// Excitatory time constants for which a bound that counts on inhibition is taken to hold.
const BOUND_TAUS: f64 = 4.0;

/// A membrane never relaxes slower than this, so that a switched-off leak stays representable.
const MIN_RATE_PER_US: f64 = 1e-9;

impl Propagator {
    /// Derives the coefficients of the exact solution.
    #[must_use]
    pub fn new(circuit: &LinearCircuit) -> Propagator {
        let rate_m = (circuit.g_us / circuit.c_pf).max(MIN_RATE_PER_US);
        let conductance = rate_m * circuit.c_pf;
        let offset = circuit.i_offset_ua + circuit.gm_us[0] * circuit.x_off_v[0]
            - circuit.gm_us[1] * circuit.x_off_v[1];
        let drive = circuit.g_us * circuit.v_rest_v + offset;
        let [rate_e, rate_i] = circuit.tau_syn_us.map(|tau| separated(1.0 / tau, rate_m));
        let [slope_e, slope_i] = circuit.gm_us.map(|gm| gm / circuit.c_pf);
        Propagator {
            rate_m,
            rate_e,
            rate_i,
            v_inf: drive / conductance,
            slope_e,
            slope_i,
            kernel_e: slope_e / (rate_e - rate_m),
            kernel_i: slope_i / (rate_i - rate_m),
            peak: kernel_peak(rate_m, rate_e),
            countered: if rate_i <= rate_e { 1.0 } else { exp((rate_e - rate_i) * BOUND_TAUS / rate_e) },
            valid_us: if rate_i <= rate_e { f64::INFINITY } else { BOUND_TAUS / rate_e },
        }
    }

    /// The state `h_us` later, without further events.
    #[inline(always)]
    #[must_use]
    pub fn after(&self, m: Membrane, h_us: f64) -> Membrane {
        let decay_m = exp(-h_us * self.rate_m);
        let decay_e = exp(-h_us * self.rate_e);
        let decay_i = exp(-h_us * self.rate_i);
        let exc = m.x_e * self.kernel_e * (decay_m - decay_e);
        let inh = m.x_i * self.kernel_i * (decay_m - decay_i);
        Membrane {
            v: self.v_inf + (m.v - self.v_inf) * decay_m + exc - inh,
            x_e: m.x_e * decay_e,
            x_i: m.x_i * decay_i,
        }
    }

    /// Time derivative of the membrane potential in V/us.
    #[inline(always)]
    #[must_use]
    pub fn slope(&self, m: Membrane) -> f64 {
        (self.v_inf - m.v) * self.rate_m + self.slope_e * m.x_e - self.slope_i * m.x_i
    }

    /// A time in us before which the membrane surely stays below `level`, or infinity if it never gets there without further
    /// events. The net synaptic slope is at most its initial value (inhibition counted as far as it outlasts excitation) times
    /// the decay of the excitatory line, and while the membrane is above `m.v` the leak only weakens.
    #[inline(always)]
    #[must_use]
    pub fn time_below(&self, m: Membrane, level: f64) -> f64 {
        let excited = self.slope_e * m.x_e;
        let drive = (excited - self.countered * self.slope_i * m.x_i).max(0.0);
        let floor = m.v.max(self.v_inf);
        let slope = (self.v_inf - m.v) * self.rate_m + drive;
        let reached = if slope <= 0.0 { f64::INFINITY } else { (level - m.v) / slope };
        let reached = if floor + self.peak * drive < level { f64::INFINITY } else { reached };
        // Without counting on inhibition the bound holds for ever.
        if floor + self.peak * excited < level { f64::INFINITY } else { reached.min(self.valid_us) }
    }
}

fn separated(rate: f64, rate_m: f64) -> f64 {
    if (rate - rate_m).abs() < RATE_GAP * rate_m { rate_m * (1.0 + RATE_GAP) } else { rate }
}

/// Maximum over time of `(exp(-a t) - exp(-b t)) / (b - a)`.
fn kernel_peak(a: f64, b: f64) -> f64 {
    let t = libm::log(b / a) / (b - a);
    (exp(-a * t) - exp(-b * t)) / (b - a)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circuit(tau_m_us: f64, tau_s_us: f64) -> LinearCircuit {
        LinearCircuit {
            c_pf: 2.4,
            g_us: 2.4 / tau_m_us,
            v_rest_v: 0.37,
            tau_syn_us: [tau_s_us; 2],
            gm_us: [5.4; 2],
            x_off_v: [0.0; 2],
            i_offset_ua: 0.0,
        }
    }

    /// Classical Runge-Kutta with a step small enough to serve as the reference.
    fn integrate(circuit: &LinearCircuit, mut m: Membrane, h_us: f64) -> Membrane {
        let steps = 20_000;
        let dt = h_us / f64::from(steps);
        let f = |m: Membrane| Membrane {
            v: (circuit.g_us * (circuit.v_rest_v - m.v) + circuit.gm_us[0] * (m.x_e + circuit.x_off_v[0])
                - circuit.gm_us[1] * (m.x_i + circuit.x_off_v[1])
                + circuit.i_offset_ua)
                / circuit.c_pf,
            x_e: -m.x_e / circuit.tau_syn_us[0],
            x_i: -m.x_i / circuit.tau_syn_us[1],
        };
        let add = |m: Membrane, k: Membrane, h: f64| Membrane {
            v: m.v + h * k.v,
            x_e: m.x_e + h * k.x_e,
            x_i: m.x_i + h * k.x_i,
        };
        for _ in 0..steps {
            let k1 = f(m);
            let k2 = f(add(m, k1, dt / 2.0));
            let k3 = f(add(m, k2, dt / 2.0));
            let k4 = f(add(m, k3, dt));
            m = add(add(add(add(m, k1, dt / 6.0), k2, dt / 3.0), k3, dt / 3.0), k4, dt / 6.0);
        }
        m
    }

    #[test]
    fn agrees_with_numerical_integration() {
        let start = Membrane { v: 0.31, x_e: 0.02, x_i: 0.013 };
        let mut different = circuit(10.0, 4.0);
        different.tau_syn_us = [4.0, 7.0];
        different.x_off_v = [0.001, -0.002];
        different.i_offset_ua = 0.01;
        for (circuit, tolerance) in
            [(different, 1e-11), (circuit(6.0, 6.0), 1e-8), (circuit(6.0, 6.000_001), 1e-8)]
        {
            let (a, b) = (Propagator::new(&circuit).after(start, 5.0), integrate(&circuit, start, 5.0));
            assert!((a.v - b.v).abs() < tolerance, "{} against {}", a.v, b.v);
            assert!((a.x_e - b.x_e).abs() < tolerance && (a.x_i - b.x_i).abs() < tolerance);
        }
    }

    #[test]
    fn equal_time_constants_peak_at_tau_over_e() {
        let p = Propagator::new(&circuit(10.0, 10.0));
        let dx = 8.9e-3;
        let peak = p.after(Membrane { v: 0.37, x_e: dx, x_i: 0.0 }, 10.0).v - 0.37;
        let expected = 5.4 * dx / 2.4 * 10.0 / std::f64::consts::E;
        assert!((peak - expected).abs() < 1e-8, "{peak} against {expected}");
        assert!((p.peak * p.slope_e * dx - expected).abs() < 1e-8);
        // Check (c) of the analog model: weight 63 at a DAC bias of 600 gives about 73 mV.
        assert!((peak - 0.073).abs() < 0.002);
    }

    #[test]
    fn the_bound_is_never_late() {
        let level = 0.5;
        for tau_i_us in [2.0, 2.9, 3.0, 3.1, 6.0] {
            let p = Propagator::new(&LinearCircuit { tau_syn_us: [3.0, tau_i_us], ..circuit(10.0, 3.0) });
            for i in 1..600 {
                let (x_e, x_i) = (0.002 * f64::from(i % 60), 0.003 * f64::from(i / 10));
                let m = Membrane { v: 0.3 + 0.003 * f64::from(i % 60), x_e, x_i };
                let safe = p.time_below(m, level).min(200.0);
                for step in 0..=100 {
                    assert!(p.after(m, safe * f64::from(step) / 100.0).v <= level + 1e-12);
                }
            }
        }
    }

    #[test]
    fn slope_is_the_derivative() {
        let p = Propagator::new(&circuit(8.0, 3.0));
        let m = Membrane { v: 0.35, x_e: 0.03, x_i: 0.02 };
        let h = 1e-5;
        let numeric = (p.after(m, h).v - m.v) / h;
        assert!((p.slope(m) - numeric).abs() < 1e-6);
    }
}
