//! Running what is no membrane: a correlation sensor and the short-term plasticity of a driver, by the chip's own rules.
//! Instants are rounded to the chip's picosecond.

use super::Trace;
use hx_chip::analog::correlation::Kernel;
use hx_chip::synapse::correlation::Sensor;
use hx_chip::synapse::stp::{Dynamics, Ramp, Stp};
use hx_chip::time::Time;

/// A correlation sensor and its events.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrelationTask {
    /// What a pair without delay adds, causal and acausal.
    pub eta: [f64; 2],
    /// Time constants of the branches, us.
    pub tau_us: [f64; 2],
    /// Most that a branch holds.
    pub a_max: f64,
    /// Instants (us), and whether it is a spike of the neuron.
    pub events: Vec<(f64, bool)>,
}

/// What a sensor holds after every event.
#[must_use]
pub fn run_correlation(task: &CorrelationTask) -> Trace {
    let kernels = [0, 1].map(|k| Kernel { amplitude_lsb: task.eta[k], tau_us: task.tau_us[k] });
    let mut sensor = Sensor::default();
    let columns = ["kind", "a_causal", "a_acausal"].map(str::to_owned).to_vec();
    let mut trace = Trace { columns, ..Trace::default() };
    for &(t_us, post) in &task.events {
        let at = Time::from_us_f64(t_us);
        if post {
            sensor.post(at, task.a_max, |branch| kernels[branch as usize]);
        } else {
            sensor.pre(at, task.a_max, |branch| kernels[branch as usize]);
        }
        let [causal, acausal] = sensor.stored_lsb;
        trace.samples.push(vec![t_us, f64::from(u8::from(post)), causal, acausal]);
    }
    trace
}

/// A driver with short-term plasticity and its events.
#[derive(Debug, Clone, PartialEq)]
pub struct PlasticityTask {
    /// Share of the distance to the charge potential that an event covers.
    pub utilization: f64,
    /// Time constant of recovery, us.
    pub tau_rec_us: f64,
    /// Potential it recovers to, LSB.
    pub v_recover_lsb: f64,
    /// Potential events pull towards, LSB.
    pub v_charge_lsb: f64,
    /// Potential up to which pulses are full, LSB.
    pub v_full_lsb: f64,
    /// From there to the potential without pulse, LSB.
    pub v_span_lsb: f64,
    /// Instants, us.
    pub events: Vec<f64>,
}

/// Voltage before and after every event, and the length of its pulse.
#[must_use]
pub fn run_plasticity(task: &PlasticityTask) -> Trace {
    let dynamics = Dynamics {
        v_charge_lsb: task.v_charge_lsb,
        v_recover_lsb: task.v_recover_lsb,
        utilization: task.utilization,
        recovery_rate_per_us: 1.0 / task.tau_rec_us,
    };
    let ramp = Ramp { scale: 1.0, v_full_lsb: task.v_full_lsb, v_span_lsb: task.v_span_lsb, offset_lsb: 0.0 };
    let mut stp = Stp::recovered(&dynamics, Time::ZERO);
    let columns = ["v_before_lsb", "v_after_lsb", "pulse_fraction"].map(str::to_owned).to_vec();
    let mut trace = Trace { columns, ..Trace::default() };
    for &t_us in &task.events {
        let at = Time::from_us_f64(t_us);
        stp.relax(at, &dynamics);
        let before = stp.v_lsb;
        let fraction = stp.utilise(at, &dynamics, &ramp);
        trace.samples.push(vec![t_us, before, stp.v_lsb, fraction]);
    }
    trace
}
