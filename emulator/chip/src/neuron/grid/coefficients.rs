//! Coefficients of a step from the circuit of a neuron.

use super::super::circuit::{Adaptation, Circuit, Exponential, Ota, Pause, ResetDrive, SynapticInput};
use super::block::{Coefficients, InputCoefficients, LANES, MOMENTS};
use crate::exponential::exp;

/// Stands for "never saturates", uA: so far beyond all currents that single precision sees no bend.
const UNLIMITED_UA: f64 = 1e6;
/// Two rates closer than this times the step are taken as equal; the kernel's series then errs by less than single precision.
const EQUAL_RATES: f64 = 1e-6;

/// What pulls a membrane: the leak, or the reset amplifier.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pull {
    ota: Ota,
    to_v: f64,
    /// Holds the membrane altogether.
    clamps: bool,
}

impl Pull {
    fn of(circuit: &Circuit, in_reset: bool) -> Pull {
        let leak = Pull { ota: circuit.leak, to_v: circuit.v_leak_v, clamps: false };
        match circuit.reset {
            _ if !in_reset => leak,
            ResetDrive::Clamp { v_v } => Pull { ota: Ota::OFF, to_v: v_v, clamps: true },
            ResetDrive::Amplifier { ota, v_v } => Pull { ota, to_v: v_v, clamps: false },
        }
    }
}

/// `(1 - e^(-rate h)) / rate`, without cancellation.
fn relaxation(rate: f64, h: f64) -> f64 {
    let u = rate * h;
    if u < 1e-4 { h * (1.0 - u * (0.5 - u / 6.0)) } else { (1.0 - exp(-u)) / rate }
}

/// Membrane deflection per initial synaptic slope: `(e^(-a h) - e^(-b h)) / (b - a)`.
fn kernel(a: f64, b: f64, h: f64) -> f64 {
    if (b - a).abs() * h < EQUAL_RATES {
        return h * exp(-0.5 * (a + b) * h);
    }
    exp(-a * h) * relaxation(b - a, h)
}

/// Coefficients of the polynomial of degree three (in the share `s` of a step) through `f` at four Chebyshev nodes of 0..1.
fn cubic(f: impl Fn(f64) -> f64) -> [f64; MOMENTS] {
    const NODES: [f64; MOMENTS] =
        [0.038_060_233_744_356_63, 0.308_658_283_817_455_1, 0.691_341_716_182_544_9, 0.961_939_766_255_643_4];
    let mut sum = [0.0; MOMENTS];
    for (j, node) in NODES.iter().enumerate() {
        let others = NODES.iter().enumerate().filter(|(k, _)| *k != j).map(|(_, other)| *other);
        let mut basis = [1.0, 0.0, 0.0, 0.0];
        let mut scale = f(*node);
        for other in others {
            scale /= node - other;
            for degree in (0..MOMENTS).rev() {
                let below = if degree == 0 { 0.0 } else { basis[degree - 1] };
                basis[degree] = below - other * basis[degree];
            }
        }
        sum.iter_mut().zip(basis).for_each(|(sum, basis)| *sum += scale * basis);
    }
    sum
}

/// Fills in the neuron `lane` for steps of `step_us`. The circuit must have current-based inputs.
pub fn load(c: &mut Coefficients, lane: usize, circuit: &Circuit, in_reset: bool, step_us: f64) {
    let pull = Pull::of(circuit, in_reset);
    let rate = pull.ota.g_us / circuit.c_pf;
    for (span, h) in [0.5 * step_us, step_us].into_iter().enumerate() {
        let loss = if pull.clamps { 1.0 } else { rate * relaxation(rate, h) };
        let resistance = if pull.clamps { 0.0 } else { relaxation(rate, h) / circuit.c_pf };
        let rest = if pull.clamps { pull.to_v } else { pull.to_v * pull.ota.g_us * resistance };
        c.loss[span][lane] = loss as f32;
        c.rest[span][lane] = rest as f32;
        c.resistance[span][lane] = resistance as f32;
    }
    let limit = pull.ota.limit_ua.clamp(1.0 / UNLIMITED_UA, UNLIMITED_UA);
    let leak = [pull.to_v, pull.ota.g_us, limit, pull.ota.g_us / limit];
    set(&mut c.leak, lane, &leak);
    let paused = in_reset && circuit.pause == Pause::Inputs;
    let response = relaxation(rate, step_us);
    for (of, input) in c.input.iter_mut().zip(&circuit.inputs) {
        load_input(of, lane, input, paused, [rate, response, step_us]);
    }
    let source = circuit.i_offset_ua.max(0.0);
    c.constant[lane] = source as f32;
    c.sink[lane] = (source - circuit.i_offset_ua) as f32;
    let compliance =
        circuit.sink_compliance.map_or([-UNLIMITED_UA, 1.0], |[start, span]| [start, 1.0 / span]);
    set(&mut c.compliance, lane, &compliance);
    set(&mut c.rails, lane, &circuit.rails_v.unwrap_or([-UNLIMITED_UA, UNLIMITED_UA]));
    let silent = in_reset && circuit.pause != Pause::Nothing;
    load_exponential(c, lane, circuit.exponential.filter(|_| !silent));
    load_adaptation(c, lane, circuit.adaptation, in_reset, step_us);
}

fn set<const N: usize>(to: &mut [[f32; LANES]; N], lane: usize, values: &[f64; N]) {
    to.iter_mut().zip(values).for_each(|(to, value)| to[lane] = *value as f32);
}

fn load_input(c: &mut InputCoefficients, lane: usize, input: &SynapticInput, paused: bool, of: [f64; 3]) {
    let [rate, response, step_us] = of;
    let b = 1.0 / input.tau_us;
    c.loss[lane] = (b * relaxation(b, step_us)) as f32;
    set(&mut c.decay_of, lane, &cubic(|s| exp(-b * s * step_us)));
    // The effect of a deflection at the end, as the constant deflection that has the same.
    let mean = |s: f64| kernel(rate, b, s * step_us) / response;
    c.mean[lane] = mean(1.0) as f32;
    let [first, second, third, _] = cubic(|s| mean(s) / s);
    set(&mut c.mean_of, lane, &[first, second, third]);
    let gm = if paused { Ota::OFF } else { input.gm };
    let limit = gm.limit_ua.clamp(1.0 / UNLIMITED_UA, UNLIMITED_UA);
    c.offset[lane] = input.offset_v as f32;
    c.gm[lane] = gm.g_us as f32;
    c.limit[lane] = limit as f32;
    c.steepness[lane] = (gm.g_us / limit) as f32;
}

fn load_exponential(c: &mut Coefficients, lane: usize, of: Option<Exponential>) {
    let values = of.map_or([0.0; 4], |e| {
        [1.0 / e.delta_t_v, e.v_t_v, e.g_us * e.delta_t_v, e.limit_ua.min(UNLIMITED_UA)]
    });
    set(&mut c.exponential, lane, &values);
}

fn load_adaptation(c: &mut Coefficients, lane: usize, of: Option<Adaptation>, in_reset: bool, step_us: f64) {
    let Some(a) = of else {
        [&mut c.w_loss, &mut c.w_drive, &mut c.w_gain, &mut c.w_current]
            .into_iter()
            .for_each(|to| set(to, lane, &[0.0; 2]));
        return;
    };
    let rate = a.g_tau_us / a.c_pf;
    for (span, h) in [0.5 * step_us, step_us].into_iter().enumerate() {
        let response = relaxation(rate, h) / a.c_pf;
        c.w_loss[span][lane] = (rate * relaxation(rate, h)) as f32;
        c.w_drive[span][lane] = ((a.g_tau_us * a.v_ref_v - a.g_a_us * a.v_leak_v) * response) as f32;
        c.w_gain[span][lane] = (a.g_a_us * response) as f32;
    }
    let flows = !in_reset || a.in_reset;
    set(&mut c.w_current, lane, &[if flows { a.g_w_us } else { 0.0 }, a.v_ref_v]);
}
