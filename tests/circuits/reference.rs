//! A reference vector's results, and how far from them a run is.

use hxemu::analog::Outcome;
use std::fmt;

/// First columns of the table.
pub const HEADING: &str =
    "case                     spikes   worst spike [ns]   membrane rms [V]   worst value [V]";

/// What a vector says the result is.
#[derive(Debug, Default)]
pub struct Reference {
    pub name: String,
    equations: String,
    tref_us: f64,
    spikes_us: Vec<f64>,
    inputs_us: Vec<f64>,
    titles: Vec<String>,
    rows: Vec<Vec<f64>>,
}

impl Reference {
    pub fn parse(text: &str) -> Reference {
        let mut reference = Reference::default();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("# vector: ") {
                reference.name = name.to_owned();
            } else if let Some(equations) = line.strip_prefix("# equations: ") {
                reference.equations = equations.to_owned();
            } else if let Some(rest) = line.strip_prefix("# out spike ") {
                reference.spikes_us.push(rest.split(' ').next().unwrap().parse().unwrap());
            } else if let Some(rest) = line.strip_prefix("# in ") {
                reference.inputs_us.push(rest.split(' ').nth(1).unwrap().parse().unwrap());
            } else if let Some((name, value)) =
                line.strip_prefix("# param ").and_then(|rest| rest.split_once(" = "))
            {
                if name.ends_with("tref") {
                    reference.tref_us = value.parse().unwrap();
                }
            } else if !line.starts_with('#') && reference.titles.is_empty() {
                reference.titles = line.split(',').map(str::to_owned).collect();
            } else if !line.starts_with('#') {
                reference.rows.push(line.split(',').map(|cell| cell.parse().unwrap()).collect());
            }
        }
        reference
    }

    /// Exponential cases have other bounds.
    fn is_adex(&self) -> bool {
        self.equations.contains("exp((")
    }

    /// Rules without a membrane are compared value by value.
    fn is_rule(&self) -> bool {
        self.titles.iter().all(|title| !title.starts_with('V'))
    }

    /// Instants from 1000 us on with fractions may be rounded: they are printed with six digits.
    fn is_rounded(&self, t_us: f64) -> bool {
        let six_digits = |row: &Vec<f64>| row[0] >= 1000.0 && (row[0] * 10.0).fract().abs() > 1e-6;
        self.is_rule() && t_us >= 1000.0 && self.rows.iter().any(six_digits)
    }

    fn is_chaotic(&self) -> bool {
        self.name.contains("irregular")
    }

    /// Whether samples at this instant count: not beside a jump, and not in an upstroke.
    fn counts(&self, t_us: f64) -> bool {
        let [before, after] = if self.is_adex() { [0.3, self.tref_us + 0.1] } else { [1e-6, 1e-6] };
        let after_last_regular =
            self.is_chaotic() && self.spikes_us.get(10).is_some_and(|t| t_us >= *t - before);
        let in_spike = self.spikes_us.iter().any(|t| t_us > t - before && t_us < t + after);
        let at_release = self.spikes_us.iter().any(|t| (t_us - t - self.tref_us).abs() < 1e-6);
        let at_input = self.inputs_us.iter().any(|t| (t_us - t).abs() < 1e-6);
        !(after_last_regular || in_spike || at_release || at_input)
    }
}

/// How far a run is from its reference.
#[derive(Debug)]
pub struct Report {
    name: String,
    spikes: [usize; 2],
    /// Worst of the first ten and of the others, ns.
    spike_error_ns: [f64; 2],
    spike_bound_ns: [f64; 2],
    rms: f64,
    worst: f64,
    bounds: [f64; 2],
    chaotic: bool,
}

/// How fast a reset amplifier draws a membrane down.
const FLANK_V_PER_NS: f64 = 5e-4;

impl Report {
    /// With all bounds multiplied. A sample on the flank of a spike that comes late within its bound is off by what the membrane
    /// does meanwhile.
    pub fn with_slack(mut self, slack: f64) -> Report {
        self.bounds = self.bounds.map(|bound| bound * slack);
        self.spike_bound_ns = self.spike_bound_ns.map(|bound| bound * slack);
        if slack > 1.0 {
            self.bounds[1] += FLANK_V_PER_NS * self.spike_bound_ns[1];
        }
        self
    }

    pub fn passes(&self) -> bool {
        let [expected, found] = self.spikes;
        let counted = expected == found || (self.chaotic && expected.abs_diff(found) <= 1);
        let timed =
            (0..2).all(|i| self.chaotic && i == 1 || self.spike_error_ns[i] <= self.spike_bound_ns[i]);
        counted && timed && self.rms <= self.bounds[0] && self.worst <= self.bounds[1]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spike = self.spike_error_ns[0].max(if self.chaotic { 0.0 } else { self.spike_error_ns[1] });
        let verdict = if self.passes() { "" } else { "   FAIL" };
        write!(
            f,
            "{:<24} {:>3}/{:<3} {:>18.2e} {:>18.1e} {:>17.1e}{verdict}",
            self.name, self.spikes[1], self.spikes[0], spike, self.rms, self.worst
        )
    }
}

/// Compares a run with its reference.
pub fn compare(reference: &Reference, outcome: &Outcome) -> Report {
    assert_eq!(outcome.columns, reference.titles, "{}", reference.name);
    assert_eq!(outcome.samples.len(), reference.rows.len(), "{}", reference.name);
    let (mut sum, mut count, mut worst) = (0.0, 0.0, 0.0f64);
    for (expected, found) in reference.rows.iter().zip(&outcome.samples) {
        assert_eq!(expected[0], found[0], "{}", reference.name);
        if reference.is_rounded(expected[0]) || !reference.is_rule() && !reference.counts(expected[0]) {
            continue;
        }
        for ((title, expected), found) in reference.titles.iter().zip(expected).zip(found).skip(1) {
            assert!(found.is_finite(), "{}", reference.name);
            let error = (expected - found).abs();
            worst = worst.max(error);
            if title.starts_with('V') {
                (sum, count) = (sum + error * error, count + 1.0);
            }
        }
    }
    let spikes = outcome.spikes_us.first().cloned().unwrap_or_default();
    let mut spike_error_ns = [0.0f64; 2];
    for (i, (expected, found)) in reference.spikes_us.iter().zip(&spikes).enumerate() {
        let error = &mut spike_error_ns[usize::from(i >= 10)];
        *error = error.max((expected - found).abs() * 1e3);
    }
    let adex = reference.is_adex();
    Report {
        name: reference.name.clone(),
        spikes: [reference.spikes_us.len(), spikes.len()],
        spike_error_ns,
        spike_bound_ns: if adex { [2.0, 5.0] } else { [0.1; 2] },
        rms: if count > 0.0 { f64::sqrt(sum / count) } else { 0.0 },
        worst,
        bounds: match (reference.is_rule(), adex) {
            (true, _) => [0.0, 1e-9],
            (false, true) => [2e-4, 2e-4],
            (false, false) => [1e-5, 1e-5],
        },
        chaotic: reference.is_chaotic(),
    }
}
