//! The conductance between compartments (i_bias_nmda), from how far two neighbours with different leak potentials pull each
//! other: with time constants of the membrane `m` and of the conductance `c` a difference `d0` shrinks to
//! `d = d0 / (1 + 2 m / c)`.
//!
//! Every neuron's own conductance is measured with its neighbour shorted to the line between them, first those of the even
//! columns, then those of the odd ones. (electronicvisions calix: src/py/calix/multicomp/neuron_icc_bias.py connects the same
//! pairs and fits the decay of the difference with the MADC, neuron by neuron; at rest all can be read at once.)

use crate::bench::Bench;
use crate::codes;
use crate::error::CalibrationError;
use crate::potentials::resting_interval;
use crate::search::{Law, Reading, Span, Tuning};
use crate::{NEURONS, Targets};
use hx_host::driver::madc::ReadoutSource;
use hx_host::setup::Setup;
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::register::NeuronConfig;

/// Half of the difference of the leak potentials of neighbours, LSB.
const HALF: f64 = 24.0;
/// Time constants shorter than this share of the membrane's are measured at a smaller code: the difference that remains is
/// then clear of noise.
const SHORTEST: f64 = 0.6;
/// Smallest code at which conductances are measured.
const SMALLEST_CODE: f64 = 40.0;
/// Shares of the difference that may remain: outside, nothing can be told.
const TRUSTED: (f64, f64) = (0.02, 0.95);
/// Sweeps of the rounds of the search.
const ROUNDS: [usize; 4] = [6, 16, 24, 24];

/// Searches the codes for the target. Returns the time constants expected, us.
///
/// # Errors
/// When a measurement fails.
pub fn calibrate<S: Setup>(
    bench: &mut Bench<S>,
    targets: &Targets,
    tau_icc_us: f64,
) -> Result<Vec<f64>, CalibrationError> {
    let mut search = Tuning::new(Law::Inverse, bench.codes().get(codes::ICC), Span::FULL);
    for sweeps in ROUNDS {
        bench.set(codes::ICC, search.codes())?;
        let found = measure(bench, targets, tau_icc_us, sweeps)?;
        let readings = found.iter().map(|&observed| Reading { observed, trusted: observed.is_finite() });
        search.update(readings, sweeps as f64, |_| tau_icc_us);
    }
    bench.set(codes::ICC, search.codes())?;
    Ok(search.expected())
}

/// Measures the time constants of all conductances at about `tau_icc_us`, us. Membranes must rest at the target; leak codes
/// are put back.
///
/// # Errors
/// When a measurement fails.
pub fn measure<S: Setup>(
    bench: &mut Bench<S>,
    targets: &Targets,
    tau_icc_us: f64,
    sweeps: usize,
) -> Result<Vec<f64>, CalibrationError> {
    let (leaks, biases) = (bench.codes().get(codes::V_LEAK).to_vec(), bench.codes().get(codes::ICC).to_vec());
    let shift = |neuron: usize| if is_even(neuron) { HALF } else { -HALF };
    let per_code = bench.settings.scale.shifted_lsb_per_code();
    let apart =
        |(neuron, &code): (usize, &u16)| Span::FULL.nearest(f64::from(code) + shift(neuron) / per_code);
    let spread: Vec<u16> = leaks.iter().enumerate().map(apart).collect();
    bench.set(codes::V_LEAK, &spread)?;
    let slow = (tau_icc_us / (SHORTEST * targets.tau_mem_us)).min(1.0);
    let slowed: Vec<u16> = biases.iter().map(|&code| slow_code(code, slow)).collect();
    bench.set(codes::ICC, &slowed)?;

    let interval = resting_interval(targets.tau_mem_us);
    let silent = bench.settings.silent_neuron();
    bench.set_neurons(silent, ReadoutSource::Membrane);
    let apart = bench.rest(sweeps, interval)?.lsb;
    let mut tau_us = vec![f64::NAN; NEURONS];
    for even in [true, false] {
        bench.set_each(|neuron| joined(silent, neuron.to_enum(), even), ReadoutSource::Membrane);
        let together = bench.rest(sweeps, interval)?.lsb;
        for neuron in (0..NEURONS).filter(|&neuron| is_even(neuron) == even) {
            let difference = |lsb: &[f64]| lsb[neuron & !1] - lsb[neuron | 1];
            let share = difference(&together) / difference(&apart);
            let factor = f64::from(slowed[neuron]) / f64::from(biases[neuron].max(1));
            if share > TRUSTED.0 && share < TRUSTED.1 {
                tau_us[neuron] = factor * 2.0 * targets.tau_mem_us * share / (1.0 - share);
            }
        }
    }
    bench.set_neurons(silent, ReadoutSource::Membrane);
    bench.set(codes::V_LEAK, &leaks)?;
    bench.set(codes::ICC, &biases)?;
    Ok(tau_us)
}

fn slow_code(code: u16, slow: f64) -> u16 {
    Span::FULL.nearest((f64::from(code) * slow).max(SMALLEST_CODE.min(f64::from(code))))
}

fn is_even(neuron: usize) -> bool {
    neuron.is_multiple_of(2)
}

/// A neuron of a pair in which the conductance of the even or of the odd one leads to the membrane of the other.
fn joined(silent: Frame<NeuronConfig>, neuron: usize, even_conducts: bool) -> Frame<NeuronConfig> {
    let conducts = is_even(neuron) == even_conducts;
    silent
        .with(field!(NeuronConfig.connect_soma_right), u32::from(is_even(neuron)))
        .with(field!(NeuronConfig.enable_multicomp_conductance), u32::from(conducts))
        .with(field!(NeuronConfig.connect_soma), u32::from(!conducts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_joined_by_one_conductance() {
        let bits = |neuron, even| {
            let frame = joined(Frame::zero(), neuron, even);
            [
                frame.is_set(field!(NeuronConfig.connect_soma_right)),
                frame.is_set(field!(NeuronConfig.enable_multicomp_conductance)),
                frame.is_set(field!(NeuronConfig.connect_soma)),
            ]
        };
        assert_eq!((bits(4, true), bits(5, true)), ([true, true, false], [false, false, true]));
        assert_eq!((bits(4, false), bits(5, false)), ([true, false, true], [false, true, false]));
    }

    #[test]
    fn fast_conductances_are_measured_slowly() {
        assert_eq!([slow_code(800, 0.25), slow_code(100, 0.25), slow_code(30, 0.25)], [200, 40, 30]);
    }
}
