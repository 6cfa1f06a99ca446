//! Closed forms to compare a board with.

use crate::circuit::Circuit;

/// How long an output pulse lasts, s: the membrane falls through the reset resistor until the comparator re-arms, then the
/// refractory capacitor charges.
#[must_use]
pub fn pulse_width_s(circuit: &Circuit) -> f64 {
    // What leaks in during the fall is some 10^-4 of what the reset takes out.
    let fall_s = circuit.r_reset_ohm * circuit.c_f * libm::log(circuit.fire_v / circuit.rearm_v);
    fall_s + circuit.recharge_s * libm::log(circuit.vdd_v / (circuit.vdd_v - circuit.end_v))
}

/// Period of firing under a constant current into the membrane (A), s: the pulse, and the way from where the reset holds the membrane
/// to the threshold.
/// `None` when leak and current together do not reach the threshold.
#[must_use]
pub fn period_s(circuit: &Circuit, current_a: f64) -> Option<f64> {
    let drive_v = circuit.r_leak_ohm * current_a + circuit.v_leak_v;
    let reset_v = drive_v * circuit.r_reset_ohm / (circuit.r_leak_ohm + circuit.r_reset_ohm);
    let rise_s = circuit.tau_membrane_s() * libm::log((drive_v - reset_v) / (drive_v - circuit.fire_v));
    (drive_v > circuit.fire_v).then(|| pulse_width_s(circuit) + rise_s)
}
