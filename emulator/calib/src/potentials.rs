//! Leak and reset potentials: what the CADC reads of a neuron at rest and of a neuron held in reset (electronicvisions calix:
//! src/py/calix/hagen/neuron_potentials.py).

use crate::NEURONS;
use crate::bench::{Bench, SWEEP, Samples};
use crate::codes;
use crate::error::CalibrationError;
use crate::search::{Law, Reading, Span, Tuning};
use hx_host::driver::Cycles;
use hx_host::setup::Setup;
use hx_isa::regmap::capmem::CapMemParameter;

/// How much the slopes of leak and reset potential differ between neurons, relatively.
const SHIFTED_SPREAD: f64 = 0.03;
/// Readings of a resting membrane are this many membrane time constants apart, so that their noise is independent.
const APART: f64 = 2.5;
/// Noise of the difference of two readings, LSB.
const DIFFERENCE_NOISE: f64 = 0.8;
/// Least expected difference of two readings from which something is learnt about the common slope, LSB.
const CLEAR_MOVE: f64 = 4.0;
/// Fewest neurons with such a difference.
const ENOUGH_NEURONS: usize = 24;

/// Interval between readings of resting membranes.
#[must_use]
pub fn resting_interval(tau_mem_us: f64) -> Cycles {
    SWEEP + Cycles::from_us_f64(APART * tau_mem_us)
}

/// What is known beforehand of a line: its slope in LSB per code, and how much that differs between neurons, relatively.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Typical slope.
    pub slope: f64,
    /// Relative standard deviation over neurons.
    pub spread: f64,
}

/// Searches a code on which the observable depends along a line, the slopes being learnt on the way. `rounds` are the sweeps
/// of each round. Returns what the codes found should read.
///
/// # Errors
/// When a measurement fails.
pub fn tune_line<S: Setup>(
    bench: &mut Bench<S>,
    parameter: &'static CapMemParameter,
    line: Line,
    targets: &[f64],
    rounds: &[usize],
    mut measure: impl FnMut(&mut Bench<S>, usize) -> Result<Samples, CalibrationError>,
) -> Result<Vec<f64>, CalibrationError> {
    let law = Law::Line { slope: line.slope };
    let mut search = Tuning::new(law, bench.codes().get(parameter), Span::FULL);
    let mut first: Option<(Vec<u16>, Samples)> = None;
    for &sweeps in rounds {
        bench.set(parameter, search.codes())?;
        let codes = search.codes().to_vec();
        let samples = measure(bench, sweeps)?;
        if let Some((first_codes, first)) = &first {
            let mut moves = moves((first_codes, first), (&codes, &samples));
            // The others keep their codes whatever the search says.
            moves.retain(|change| bench.selected[change.neuron]);
            learn_slopes(&mut search, &moves, line);
        }
        search.update(readings(&samples), sweeps as f64, |neuron| targets[neuron]);
        first.get_or_insert((codes, samples));
    }
    bench.set(parameter, search.codes())?;
    Ok(search.expected())
}

fn readings(samples: &Samples) -> impl Iterator<Item = Reading> + '_ {
    (0..NEURONS).map(|neuron| Reading { observed: samples.lsb[neuron], trusted: samples.is_trusted(neuron) })
}

/// A change of code and what it did to the reading, LSB.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Move {
    neuron: usize,
    codes: f64,
    lsb: f64,
}

/// Changes from one reading to another, where both can be trusted.
fn moves(from: (&[u16], &Samples), to: (&[u16], &Samples)) -> Vec<Move> {
    let trusted = |&neuron: &usize| from.1.is_trusted(neuron) && to.1.is_trusted(neuron);
    let change = |neuron: usize| Move {
        neuron,
        codes: f64::from(to.0[neuron]) - f64::from(from.0[neuron]),
        lsb: to.1.lsb[neuron] - from.1.lsb[neuron],
    };
    (0..NEURONS).filter(trusted).map(change).collect()
}

/// Learns the slopes from changes: first the common one, from neurons that moved far beyond noise, then that of each neuron, its
/// own change weighed against the common slope by noise and spread.
fn learn_slopes(search: &mut Tuning, moves: &[Move], line: Line) {
    let common = common_slope(moves, line.slope).unwrap_or(line.slope);
    for &Move { neuron, codes, lsb } in moves {
        let expected = codes * common;
        let (spread, noise) = (line.spread, DIFFERENCE_NOISE / expected);
        // A neuron that did not move says nothing: its noise is infinite, its weight zero.
        let weight = spread * spread / (spread * spread + noise * noise);
        let own = if weight > 0.0 { weight * (lsb / expected - 1.0) } else { 0.0 };
        search.set_law(neuron, Law::Line { slope: common * (1.0 + own.clamp(-0.6, 2.0)) });
    }
}

/// Slope common to all neurons; nothing if few of them moved.
fn common_slope(moves: &[Move], typical: f64) -> Option<f64> {
    let clear = moves.iter().filter(|change| (change.codes * typical).abs() >= CLEAR_MOVE);
    let (mut count, mut products, mut squares) = (0, 0.0, 0.0);
    for change in clear {
        count += 1;
        products += change.codes * change.lsb;
        squares += change.codes * change.codes;
    }
    (count >= ENOUGH_NEURONS).then(|| products / squares)
}

/// What is known of leak and reset potential.
fn shifted<S>(bench: &Bench<S>) -> Line {
    Line { slope: bench.settings.scale.shifted_lsb_per_code(), spread: SHIFTED_SPREAD }
}

/// Brings the resting potential of every neuron to its target. Returns what is expected to be read.
///
/// # Errors
/// When a measurement fails.
pub fn leak<S: Setup>(
    bench: &mut Bench<S>,
    targets: &[f64],
    interval: Cycles,
    rounds: &[usize],
) -> Result<Vec<f64>, CalibrationError> {
    let line = shifted(bench);
    tune_line(bench, codes::V_LEAK, line, targets, rounds, |bench, sweeps| bench.rest(sweeps, interval))
}

/// Brings the reset potential of every neuron to its target. Returns what is expected to be read.
///
/// # Errors
/// When a measurement fails.
pub fn reset<S: Setup>(
    bench: &mut Bench<S>,
    targets: &[f64],
    interval: Cycles,
    rounds: &[usize],
) -> Result<Vec<f64>, CalibrationError> {
    let line = shifted(bench);
    bench.hold(true);
    let expected = tune_line(bench, codes::V_RESET, line, targets, rounds, |bench, sweeps| {
        bench.rest(sweeps, interval)
    })?;
    bench.hold(false);
    Ok(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Neurons with codes moved by `codes(neuron)` and slopes `slope(neuron)`, read with some error.
    fn moved(codes: impl Fn(usize) -> f64, slope: impl Fn(usize) -> f64) -> Vec<Move> {
        let error = |neuron: usize| if neuron.is_multiple_of(2) { 0.7 } else { -0.7 };
        let change = |neuron| Move {
            neuron,
            codes: codes(neuron),
            lsb: codes(neuron) * slope(neuron) + error(neuron),
        };
        (0..NEURONS).map(change).collect()
    }

    fn learnt(moves: &[Move], line: Line) -> Vec<f64> {
        let law = Law::Line { slope: line.slope };
        let mut search = Tuning::new(law, &[500; NEURONS], Span::FULL);
        learn_slopes(&mut search, moves, line);
        search.update((0..NEURONS).map(|_| Reading { observed: 100.0, trusted: true }), 1.0, |_| 119.0);
        search.codes().iter().map(|&code| 19.0 / (f64::from(code) - 500.0)).collect()
    }

    #[test]
    fn noise_of_small_moves_is_not_mistaken_for_a_slope() {
        // Readings that came back by chance: codes moved by noise alone, and the noise is gone in the second reading.
        let line = Line { slope: 0.19, spread: 0.03 };
        let moves: Vec<Move> =
            (0..NEURONS).map(|neuron| Move { neuron, codes: (neuron % 5) as f64 - 2.0, lsb: 0.0 }).collect();
        assert_eq!(common_slope(&moves, line.slope), None);
        for slope in learnt(&moves, line) {
            assert!((slope / 0.19 - 1.0).abs() < 0.01, "{slope}");
        }
    }

    #[test]
    fn the_common_slope_is_learnt_from_those_that_moved_far() {
        let codes = |neuron: usize| (neuron % 101) as f64 - 50.0;
        let found = common_slope(&moved(codes, |_| 0.16), 0.19).unwrap();
        assert!((found - 0.16).abs() < 0.002, "{found}");
        for slope in learnt(&moved(codes, |_| 0.16), Line { slope: 0.19, spread: 0.03 }) {
            assert!((slope / 0.16 - 1.0).abs() < 0.05, "{slope}");
        }
    }

    #[test]
    fn where_slopes_differ_much_each_neuron_has_its_own() {
        let own = |neuron: usize| 0.8 * (1.0 + 0.3 * ((neuron % 7) as f64 - 3.0) / 3.0);
        let slopes = learnt(&moved(|_| 40.0, own), Line { slope: 0.8, spread: 0.25 });
        for (neuron, slope) in slopes.into_iter().enumerate() {
            assert!((slope / own(neuron) - 1.0).abs() < 0.06, "{neuron}: {slope} instead of {}", own(neuron));
        }
    }
}
