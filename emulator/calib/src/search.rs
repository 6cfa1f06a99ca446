//! Searching codes of many instances at once, each with its own noisy observable.
//!
//! Two searches cover all parameters. [`Bisection`] needs nothing but monotony and a decision per instance ("too high");
//! [`Tuning`] knows how the observable depends on the code (a line of known slope, proportional, inverse) and averages what
//! the readings say about the one unknown of each instance, so that every reading counts and few rounds are needed. The
//! directions are those of electronicvisions calix: src/py/calix/common/algorithms.py and the routines that use it.

use serde::{Deserialize, Serialize};

/// Codes a search may use, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Smallest code.
    pub low: u16,
    /// Largest code.
    pub high: u16,
}

impl Span {
    /// All codes of a cell.
    pub const FULL: Span = Span { low: 0, high: 1022 };

    /// The code of this span nearest to `code`; NaN counts as the lower end.
    #[must_use]
    pub fn nearest(&self, code: f64) -> u16 {
        code.round().max(f64::from(self.low)).min(f64::from(self.high)) as u16
    }

    /// Whether a code lies at an end, where a search has probably not found what it sought.
    #[must_use]
    pub fn is_end(&self, code: u16) -> bool {
        code <= self.low || code >= self.high
    }
}

/// Which way a code moves its observable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// A larger code raises it.
    Rising,
    /// A larger code lowers it.
    Falling,
}

/// Bisection by decisions alone: steps of falling size, each instance in its own direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bisection {
    codes: Vec<u16>,
    step: u16,
    span: Span,
    trend: Trend,
}

impl Bisection {
    /// Starts at `codes` with a first step of `step`; codes up to `2 step - 1` away can be reached.
    #[must_use]
    pub fn new(codes: &[u16], step: u16, span: Span, trend: Trend) -> Bisection {
        Bisection { codes: codes.to_vec(), step, span, trend }
    }

    /// The codes to measure with.
    #[must_use]
    pub fn codes(&self) -> &[u16] {
        &self.codes
    }

    /// The step that the next measurement decides on.
    #[must_use]
    pub fn step(&self) -> u16 {
        self.step
    }

    /// Whether all steps were made.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.step == 0
    }

    /// Takes the decisions of one measurement and makes the next, smaller step.
    pub fn update(&mut self, too_high: impl Fn(usize) -> bool) {
        for (instance, code) in self.codes.iter_mut().enumerate() {
            let down = too_high(instance) == (self.trend == Trend::Rising);
            let moved = if down { code.saturating_sub(self.step) } else { code.saturating_add(self.step) };
            *code = moved.clamp(self.span.low, self.span.high);
        }
        self.step /= 2;
    }
}

/// How an observable depends on its code, up to one unknown per instance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Law {
    /// A line of this slope per code; unknown is its offset.
    Line {
        /// Observable per code.
        slope: f64,
    },
    /// Proportional to the code; unknown is the gain.
    Proportional,
    /// Inverse to the code; unknown is the product.
    Inverse,
}

impl Law {
    /// The unknown, from one reading.
    fn unknown(self, code: u16, observed: f64) -> f64 {
        // Code 0 says nothing about a gain; counting it as 1 keeps the search going.
        let code = f64::from(code);
        match self {
            Law::Line { slope } => observed - slope * code,
            Law::Proportional => observed / code.max(1.0),
            Law::Inverse => observed * code.max(1.0),
        }
    }

    /// The code that gives `target`.
    fn code(self, unknown: f64, target: f64) -> f64 {
        match self {
            Law::Line { slope } => (target - unknown) / slope,
            Law::Proportional => target / unknown,
            Law::Inverse => unknown / target,
        }
    }

    /// What `code` gives.
    fn observed(self, unknown: f64, code: u16) -> f64 {
        let code = f64::from(code);
        match self {
            Law::Line { slope } => unknown + slope * code,
            Law::Proportional => unknown * code.max(1.0),
            Law::Inverse => unknown / code.max(1.0),
        }
    }
}

/// A reading of one instance, with what it is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// What was observed.
    pub observed: f64,
    /// Whether the observable was inside the range in which it can be trusted. If not, the reading only says where to go on.
    pub trusted: bool,
}

/// Search by a known law.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuning {
    /// By instance.
    laws: Vec<Law>,
    span: Span,
    codes: Vec<u16>,
    /// Sum of weights and of weighted unknowns, by instance.
    known: Vec<(f64, f64)>,
}

/// A reading this many times less accurate than the law is not averaged with later ones: a first reading far from the
/// target suffers from the error of the law, readings near it do not.
const FAR: f64 = 0.05;

impl Tuning {
    /// Starts at `codes`, all instances with the same law.
    #[must_use]
    pub fn new(law: Law, codes: &[u16], span: Span) -> Tuning {
        let count = codes.len();
        Tuning { laws: vec![law; count], span, codes: codes.to_vec(), known: vec![(0.0, 0.0); count] }
    }

    /// Gives an instance another law. What earlier readings said about it by the old one is dropped.
    pub fn set_law(&mut self, instance: usize, law: Law) {
        self.laws[instance] = law;
        self.known[instance] = (0.0, 0.0);
    }

    /// The codes to measure with.
    #[must_use]
    pub fn codes(&self) -> &[u16] {
        &self.codes
    }

    /// Takes a reading of every instance, each of weight `weight` (the number of conversions in it, say), and moves to the
    /// codes that should give `targets`.
    pub fn update(
        &mut self,
        readings: impl IntoIterator<Item = Reading>,
        weight: f64,
        targets: impl Fn(usize) -> f64,
    ) {
        for (instance, reading) in readings.into_iter().enumerate() {
            let (code, known, law) =
                (&mut self.codes[instance], &mut self.known[instance], self.laws[instance]);
            let unknown = law.unknown(*code, reading.observed);
            let target = targets(instance);
            if !reading.trusted || !unknown.is_finite() {
                *known = (0.0, 0.0);
                *code = self.span.nearest(law.code(unknown, target));
                continue;
            }
            let next = law.code(unknown, target);
            let near = (next - f64::from(*code)).abs() <= FAR * f64::from(self.span.high);
            // What was learnt far away is worth a fraction of a reading near the target.
            let weight = if near { weight } else { FAR * weight };
            *known = (known.0 + weight, known.1 + weight * unknown);
            *code = self.span.nearest(law.code(known.1 / known.0, target));
        }
    }

    /// What the codes found should give by all that was read: the residual of rounding and of codes at the end of the span.
    #[must_use]
    pub fn expected(&self) -> Vec<f64> {
        let expected =
            |((&(weight, sum), &code), law): ((&(f64, f64), &u16), &Law)| law.observed(sum / weight, code);
        self.known.iter().zip(&self.codes).zip(&self.laws).map(expected).collect()
    }
}

/// Median; of an even number the mean of the two middle ones. NaN values are left out; of nothing it is NaN.
#[must_use]
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        count => 0.5 * (sorted[(count - 1) / 2] + sorted[count / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reproducible noise of unit variance or so: the sum of twelve uniform deviates, centred.
    struct Noise(u64);

    impl Noise {
        fn next(&mut self) -> f64 {
            let mut uniform = || {
                self.0 =
                    self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (self.0 >> 33) as f64 / f64::from(1u32 << 31)
            };
            (0..12).map(|_| uniform()).sum::<f64>() - 6.0
        }
    }

    const COUNT: usize = 64;

    fn trusted(observed: f64) -> Reading {
        Reading { observed, trusted: true }
    }

    #[test]
    fn bisection_finds_every_code_it_can_reach() {
        for trend in [Trend::Rising, Trend::Falling] {
            let sought: Vec<u16> = (0..1023).collect();
            let mut search = Bisection::new(&vec![512; sought.len()], 256, Span::FULL, trend);
            while !search.is_done() {
                let codes = search.codes().to_vec();
                search
                    .update(|i| (codes[i] > sought[i]) == (trend == Trend::Rising) && codes[i] != sought[i]);
            }
            for (found, sought) in search.codes().iter().zip(&sought) {
                assert!(found.abs_diff(*sought) <= 1, "{found} for {sought}");
            }
        }
    }

    #[test]
    fn bisection_stays_in_its_span() {
        let mut search = Bisection::new(&[100, 100], 64, Span { low: 90, high: 110 }, Trend::Rising);
        search.update(|instance| instance == 0);
        assert_eq!(search.codes(), [90, 110]);
    }

    #[test]
    fn a_wrong_decision_near_the_end_costs_little() {
        let mut noise = Noise(3);
        let mut search = Bisection::new(&[300; COUNT], 32, Span::FULL, Trend::Rising);
        let sought: Vec<f64> = (0..COUNT).map(|i| 270.0 + i as f64).collect();
        while !search.is_done() {
            let noisy: Vec<f64> = search.codes().iter().map(|&c| f64::from(c) + 0.5 * noise.next()).collect();
            search.update(|i| noisy[i] > sought[i]);
        }
        let worst =
            search.codes().iter().zip(&sought).map(|(&c, s)| (f64::from(c) - s).abs()).fold(0.0, f64::max);
        assert!(worst <= 3.0, "{worst}");
    }

    #[test]
    fn a_line_is_found_in_three_rounds_in_spite_of_a_wrong_slope() {
        let mut noise = Noise(1);
        let gain = |i: usize| 0.19 * (1.0 + 0.03 * (i as f64 / COUNT as f64 - 0.5));
        let offset = |i: usize| -20.0 + (i % 16) as f64;
        let mut search = Tuning::new(Law::Line { slope: 0.1875 }, &[500; COUNT], Span::FULL);
        for reads in [4.0, 8.0, 16.0] {
            let codes = search.codes().to_vec();
            let read = |(i, &code): (usize, &u16)| {
                trusted(offset(i) + gain(i) * f64::from(code) + 0.7 * noise.next() / f64::sqrt(reads))
            };
            let readings: Vec<_> = codes.iter().enumerate().map(read).collect();
            search.update(readings, reads, |_| 80.0);
        }
        for (i, &code) in search.codes().iter().enumerate() {
            let reached = offset(i) + gain(i) * f64::from(code);
            assert!((reached - 80.0).abs() < 0.8, "{i}: {reached}");
        }
        assert!(search.expected().iter().all(|lsb| (lsb - 80.0).abs() <= 0.1));
    }

    #[test]
    fn readings_at_a_rail_only_show_the_way() {
        let response = |code: u16| (0.8 * (f64::from(code) - 700.0) + 100.0).clamp(0.0, 255.0);
        let mut search = Tuning::new(Law::Line { slope: 0.8 }, &[310], Span::FULL);
        for _ in 0..6 {
            let observed = response(search.codes()[0]);
            search.update([Reading { observed, trusted: (10.0..245.0).contains(&observed) }], 1.0, |_| 100.0);
        }
        assert_eq!(search.codes(), [700]);
    }

    #[test]
    fn gains_and_products_are_found() {
        let mut proportional = Tuning::new(Law::Proportional, &[500, 500], Span { low: 30, high: 1022 });
        let mut inverse = Tuning::new(Law::Inverse, &[300, 300], Span::FULL);
        for _ in 0..3 {
            let gains = [0.01, 0.001];
            let readings: Vec<_> = proportional
                .codes()
                .iter()
                .zip(gains)
                .map(|(&c, gain)| trusted(gain * f64::from(c)))
                .collect();
            proportional.update(readings, 1.0, |_| 6.0);
            let readings: Vec<_> = inverse
                .codes()
                .iter()
                .zip([1500.0, 2400.0])
                .map(|(&c, k)| trusted(k / f64::from(c)))
                .collect();
            inverse.update(readings, 1.0, |_| 6.0);
        }
        assert_eq!(proportional.codes(), [600, 1022], "the second cannot reach its target");
        assert!((proportional.expected()[1] - 1.022).abs() < 1e-9);
        assert_eq!(inverse.codes(), [250, 400]);
    }

    #[test]
    fn medians() {
        assert_eq!(median([3.0, f64::NAN, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0]), 2.5);
        assert!(median([]).is_nan());
    }
}
