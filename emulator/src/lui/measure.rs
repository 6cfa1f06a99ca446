//! What is measured of a recording, what the closed forms say to it, and whether it is as expected.

use super::build::Bench;
use super::file::{Bound, Expectation, Measure, NetworkFile, Points};
use super::place::{Place, error};
use super::record::{Recording, settings_at};
use crate::experiment::Check;
use crate::input::{InputError, SourceText};
use hx_lui::{Time, View, theory};
use serde_json::Value;

/// A measurement.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// A number; NaN when there was nothing to measure.
    Number(f64),
    /// Names.
    Text(String),
}

/// Checks that everything to be measured names boards that exist and windows that hold something.
///
/// # Errors
/// At the place of the first that does not.
pub fn validate(source: &SourceText, file: &NetworkFile, bench: &Bench) -> Result<(), InputError> {
    for Expectation { name, measure, is } in &file.checks {
        check_measure(source, file, bench, name, measure)?;
        let fits = match (measure, is) {
            (Measure::Firing(..), Bound::Order(_)) => true,
            (Measure::Firing(..), _) | (_, Bound::Order(_)) => false,
            (Measure::PeriodS(..) | Measure::RateHz(..) | Measure::PulseWidthS(..), _) => true,
            (_, bound) => !matches!(bound, Bound::Formula(_)),
        };
        if !fits {
            let message = format!("check `{name}`: this measurement cannot be compared like this");
            return Err(error(source, Place::Name(name), message));
        }
    }
    for (chart, series) in file.charts.iter().flat_map(|chart| chart.series.iter().map(move |s| (chart, s))) {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if chart.name.is_empty() || !chart.name.chars().all(plain) {
            let message = format!("chart `{}`: a name is made of letters, digits, `-` and `_`", chart.name);
            return Err(error(source, Place::Name(&chart.name), message));
        }
        if let Points::Measured(points) | Points::Formula(points) = &series.points {
            for (_, measure) in points {
                check_measure(source, file, bench, &series.name, measure)?;
            }
        }
    }
    Ok(())
}

fn check_measure(
    source: &SourceText,
    file: &NetworkFile,
    bench: &Bench,
    name: &str,
    measure: &Measure,
) -> Result<(), InputError> {
    let (board, from_s, to_s) = window(measure);
    if let Some(board) = board
        && bench.board(board).is_none()
    {
        return Err(error(source, Place::Name(board), format!("`{name}`: there is no board `{board}`")));
    }
    if !(from_s >= 0.0 && from_s < to_s && to_s <= file.duration_s) {
        let message = format!("`{name}`: {from_s} to {to_s} s is no part of the run");
        return Err(error(source, Place::Name(name), message));
    }
    Ok(())
}

/// Board and window of a measurement.
fn window(measure: &Measure) -> (Option<&str>, f64, f64) {
    match measure {
        Measure::Spikes(board, from, to)
        | Measure::FirstSpikeS(board, from, to)
        | Measure::PeriodS(board, from, to)
        | Measure::RateHz(board, from, to)
        | Measure::PulseWidthS(board, from, to)
        | Measure::PeakV(board, from, to)
        | Measure::PeakAfterS(board, from, to)
        | Measure::TroughV(board, from, to)
        | Measure::SynapsePeakV(board, from, to)
        | Measure::SynapseTroughV(board, from, to)
        | Measure::Leds(board, from, to) => (Some(board), *from, *to),
        Measure::Firing(from, to) => (None, *from, *to),
    }
}

/// Takes a measurement.
pub fn measure(bench: &Bench, recording: &Recording, measure: &Measure) -> Measured {
    let (board, from_s, to_s) = window(measure);
    let Some(board) = board else {
        return Measured::Text(firing(bench, recording, from_s, to_s));
    };
    let board = bench.board(board).unwrap_or_default();
    let pulses = recording.pulses_in(board, from_s, to_s);
    let samples = || recording.samples(board, from_s, to_s);
    let highest = |of: fn(&View) -> f64| samples().map(|(_, view)| of(view)).fold(f64::NAN, f64::max);
    let lowest = |of: fn(&View) -> f64| samples().map(|(_, view)| of(view)).fold(f64::NAN, f64::min);
    Measured::Number(match measure {
        Measure::Spikes(..) => pulses.len() as f64,
        Measure::FirstSpikeS(..) => pulses.first().map_or(f64::NAN, |pulse| pulse.0 - from_s),
        Measure::PeriodS(..) => period(&pulses),
        Measure::RateHz(..) => {
            let period_s = period(&pulses);
            if period_s.is_nan() { 0.0 } else { 1.0 / period_s }
        }
        Measure::PulseWidthS(..) => {
            pulses.iter().map(|pulse| pulse.1 - pulse.0).sum::<f64>() / pulses.len() as f64
        }
        Measure::PeakV(..) => highest(|view| view.v_v),
        Measure::PeakAfterS(..) => {
            let higher = |best: (f64, f64), (at_s, view): (f64, &View)| {
                if view.v_v > best.1 { (at_s - from_s, view.v_v) } else { best }
            };
            samples().fold((f64::NAN, f64::NEG_INFINITY), higher).0
        }
        Measure::TroughV(..) => lowest(|view| view.v_v),
        Measure::SynapsePeakV(..) => highest(|view| view.v_syn_v),
        Measure::SynapseTroughV(..) => lowest(|view| view.v_syn_v),
        Measure::Leds(..) => highest(|view| view.leds as f64),
        Measure::Firing(..) => f64::NAN,
    })
}

/// Mean interval, s; NaN with fewer than two pulses.
fn period(pulses: &[(f64, f64)]) -> f64 {
    match pulses {
        [first, .., last] => (last.0 - first.0) / (pulses.len() - 1) as f64,
        _ => f64::NAN,
    }
}

fn firing(bench: &Bench, recording: &Recording, from_s: f64, to_s: f64) -> String {
    let inside = |at_s: f64| from_s <= at_s && at_s < to_s;
    let rising = recording.edges.iter().filter(|edge| edge.rising && inside(edge.at.s()));
    rising.map(|edge| bench.names[edge.board].as_str()).collect::<Vec<_>>().join(" ")
}

/// The closed form to a measurement of period, rate or pulse width.
pub fn formula(bench: &Bench, measure: &Measure) -> f64 {
    let (board, from_s, _) = window(measure);
    let board = board.and_then(|board| bench.board(board)).unwrap_or_default();
    let setting = settings_at(bench, board, Time::from_s(from_s));
    let period_s = theory::period_s(setting.circuit(), setting.external_a());
    match measure {
        Measure::PeriodS(..) => period_s.unwrap_or(f64::NAN),
        Measure::RateHz(..) => period_s.map_or(0.0, |period_s| 1.0 / period_s),
        Measure::PulseWidthS(..) => theory::pulse_width_s(setting.circuit()),
        _ => f64::NAN,
    }
}

/// Examines one expectation.
pub fn check(bench: &Bench, recording: &Recording, expectation: &Expectation) -> Check {
    let Expectation { name, measure: what, is } = expectation;
    let near = |value: f64, centre: f64, percent: f64| {
        let check = Check::within(name, value, centre, 0.01 * percent * centre.abs());
        Check { expected: format!("{centre} +- {percent} %"), ..check }
    };
    match (measure(bench, recording, what), is) {
        (Measured::Number(value), Bound::Within(centre, tolerance)) => {
            Check::within(name, value, *centre, *tolerance)
        }
        (Measured::Number(value), Bound::Percent(centre, percent)) => near(value, *centre, *percent),
        (Measured::Number(value), Bound::AtLeast(bound)) => Check::at_least(name, value, *bound),
        (Measured::Number(value), Bound::AtMost(bound)) => Check::at_most(name, value, *bound),
        (Measured::Number(value), Bound::Exactly(expected)) => Check::equal(name, value, *expected),
        (Measured::Number(value), Bound::Formula(percent)) => {
            let expected = formula(bench, what);
            let check = near(value, expected, *percent);
            Check { expected: format!("{expected:.6} +- {percent} % (closed form)"), ..check }
        }
        (Measured::Text(value), Bound::Order(expected)) => Check::equal(name, value, expected.clone()),
        (Measured::Text(value), _) => mismatch(name, value.into()),
        (Measured::Number(value), Bound::Order(_)) => mismatch(name, value.into()),
    }
}

/// What [`validate`] keeps out.
fn mismatch(name: &str, value: Value) -> Check {
    Check { name: name.to_owned(), value, expected: "something else".to_owned(), pass: false }
}
