//! What codes are on a typical chip, in V, us, pF, uS and uA: the curves that tutorials draw beside what they record. The
//! device itself is not asked: these are the figures that publications and the chip's software give.

/// Potential of an unshifted voltage cell, V per code (1.8 V over 1023 codes).
const V_PER_CODE: f64 = 1.8 / 1023.0;
/// Capacitance of a membrane with all of its capacitor, pF (electronicvisions haldls: 63 is about 2.4 pF).
pub const C_PF: f64 = 2.4;
/// Leak conductance, uS per code.
const LEAK_US_PER_CODE: f64 = 1.4e-3;
/// Offset current, uA per code.
const OFFSET_UA_PER_CODE: f64 = 1e-4;
/// MADC codes per code of an unshifted voltage, and at 0 V (electronicvisions brainscales2-demos, figures of ts_00).
const MADC: (f64, f64) = (1.19, 53.0);
/// Potential of a CADC reading, V at 0 and V per LSB: 20 at voltage code 70, 220 at code 550.
const CADC: (f64, f64) = (22.0 * V_PER_CODE, 2.4 * V_PER_CODE);

/// Potential of a level-shifted cell (leak, reset, exponential threshold), V.
#[must_use]
pub fn shifted_v(code: f64) -> f64 {
    0.475 + 0.45 * (code - 700.0) * 1.7595e-3
}

/// Potential of an unshifted cell (threshold), V.
#[must_use]
pub fn plain_v(code: f64) -> f64 {
    code * V_PER_CODE
}

/// What the MADC shows of a potential, codes.
#[must_use]
pub fn madc(v: f64) -> f64 {
    MADC.1 + madc_per_v() * v
}

/// Potential of a reading of the calibrated CADC, V.
#[must_use]
pub fn cadc_v(lsb: f64) -> f64 {
    CADC.0 + CADC.1 * lsb
}

/// MADC codes per V.
#[must_use]
pub fn madc_per_v() -> f64 {
    MADC.0 / V_PER_CODE
}

/// Leak conductance without multiplication or division, uS.
#[must_use]
pub fn g_leak_us(code: f64) -> f64 {
    LEAK_US_PER_CODE * code
}

/// Membrane time constant of the largest capacitance, us.
#[must_use]
pub fn tau_mem_us(i_bias_leak: f64) -> f64 {
    C_PF / g_leak_us(i_bias_leak)
}

/// Offset current, uA.
#[must_use]
pub fn offset_ua(code: f64) -> f64 {
    OFFSET_UA_PER_CODE * code
}

/// Exponential current, uA: slope 15 mV + 45 uV per code of its bias, 0.25 uS before it.
#[must_use]
pub fn exponential_ua(i_bias_exp: f64, v_exp: f64, v: f64) -> f64 {
    const G_US: f64 = 0.25;
    const LARGEST_UA: f64 = 5.0;
    let slope = 0.015 + 45e-6 * i_bias_exp;
    (G_US * slope * libm::exp((v - shifted_v(v_exp)) / slope)).min(LARGEST_UA)
}

/// Time constant of the reset with full bias and multiplication, us.
pub const TAU_RESET_US: f64 = 0.5;

/// Time a leaky membrane takes from one potential to a higher one, us; infinite if it never gets there. `i_ua` is the constant
/// current, the leak amplifier gives at most its bias (1 nA per code).
#[must_use]
pub fn climb_us(i_bias_leak: f64, v_leak: f64, i_ua: f64, from_v: f64, to_v: f64) -> f64 {
    const STEPS: u32 = 400;
    let (g, limit) = (g_leak_us(i_bias_leak), 1e-3 * i_bias_leak);
    let slowness = |v: f64| {
        let current = i_ua + limit * libm::tanh(g * (v_leak - v) / limit);
        if current > 0.0 { C_PF / current } else { f64::INFINITY }
    };
    let step = (to_v - from_v) / f64::from(STEPS);
    // Simpson's rule.
    let weight = |index: u32| match index {
        0 | STEPS => 1.0,
        odd if odd % 2 == 1 => 4.0,
        _ => 2.0,
    };
    (0..=STEPS).map(|index| weight(index) * slowness(from_v + step * f64::from(index))).sum::<f64>() * step
        / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn climbing_is_the_closed_form_where_the_leak_does_not_saturate() {
        // A tenth of a mV at 100 nA: the tanh is a straight line.
        let (leak, from, to) = (0.4, 0.4 - 1e-4, 0.4 - 0.5e-4);
        let tau = tau_mem_us(100.0);
        assert!((climb_us(100.0, leak, 0.0, from, to) / (tau * libm::log(2.0)) - 1.0).abs() < 1e-4);
        assert_eq!(climb_us(100.0, leak, 0.0, from, leak + 0.1), f64::INFINITY);
    }

    #[test]
    fn the_tutorials_figures() {
        assert!((madc(shifted_v(700.0)) - 374.0).abs() < 1.0);
        assert!((tau_mem_us(171.0) - 10.0).abs() < 0.05);
    }
}
