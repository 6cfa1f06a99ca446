//! Scales from data to the screen, and round tick values with their labels.

/// A linear scale from an interval of data to an interval of the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Data at the two ends.
    pub data: (f64, f64),
    /// Screen coordinate of the two ends, px.
    pub screen: (f64, f64),
}

impl Scale {
    /// Screen coordinate of a value, px.
    #[must_use]
    pub fn map(&self, value: f64) -> f64 {
        let share = (value - self.data.0) / (self.data.1 - self.data.0);
        self.screen.0 + share * (self.screen.1 - self.screen.0)
    }
}

/// The interval that holds all finite values, widened by `margin` of its width; never empty.
#[must_use]
pub fn range_of(values: impl Iterator<Item = f64>, margin: f64) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let (lo, hi) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), value| (lo.min(value), hi.max(value)));
    if lo > hi {
        (0.0, 1.0)
    } else if lo == hi {
        let half = if lo == 0.0 { 1.0 } else { 0.1 * lo.abs() };
        (lo - half, hi + half)
    } else {
        (lo - margin * (hi - lo), hi + margin * (hi - lo))
    }
}

/// A marked value on an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Where.
    pub value: f64,
    /// What is written there.
    pub label: String,
}

/// At most `count` + 1 round values within `range` (whichever end is the larger), 1, 2 or 5 times a power of ten apart.
#[must_use]
pub fn ticks(range: (f64, f64), count: usize) -> Vec<Tick> {
    let range = (range.0.min(range.1), range.0.max(range.1));
    let width = range.1 - range.0;
    if !(width > 0.0 && width.is_finite()) {
        return Vec::new();
    }
    let (mantissa, exponent) = step(width / count.max(1) as f64);
    let unit = mantissa * power_of_ten(exponent);
    // A tick on the very end of the range must not be lost to rounding.
    let first = ((range.0 / unit) - 1e-9).ceil() as i64;
    let last = ((range.1 / unit) + 1e-9).floor() as i64;
    (first..=last).map(|index| tick(index, mantissa, exponent)).collect()
}

fn tick(index: i64, mantissa: f64, exponent: i32) -> Tick {
    // Dividing by an exact power of ten rounds once, where multiplying by 0.1 rounds twice.
    let counted = index as f64 * mantissa;
    let value =
        if exponent < 0 { counted / power_of_ten(-exponent) } else { counted * power_of_ten(exponent) };
    Tick { value, label: number(value, exponent.min(0).unsigned_abs() as usize) }
}

/// The smallest step of 1, 2 or 5 times a power of ten that is at least `least`: mantissa and exponent.
fn step(least: f64) -> (f64, i32) {
    let mut exponent = 0;
    let mut scaled = least;
    while scaled > 10.0 {
        scaled /= 10.0;
        exponent += 1;
    }
    while scaled <= 1.0 {
        scaled *= 10.0;
        exponent -= 1;
    }
    match scaled {
        s if s <= 2.0 => (2.0, exponent),
        s if s <= 5.0 => (5.0, exponent),
        _ => (1.0, exponent + 1),
    }
}

fn power_of_ten(exponent: i32) -> f64 {
    let magnitude = (0..exponent.abs()).fold(1.0, |power, _| power * 10.0);
    if exponent < 0 { 1.0 / magnitude } else { magnitude }
}

/// A number with this many decimals, a true minus sign, and thin spaces between thousands from 10 000 on.
#[must_use]
pub fn number(value: f64, decimals: usize) -> String {
    let digits = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let minus = if value < 0.0 && digits.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        "\u{2212}"
    } else {
        ""
    };
    if whole.len() < 5 {
        return format!("{minus}{digits}");
    }
    let mut grouped = String::from(minus);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push('\u{2009}');
        }
        grouped.push(digit);
    }
    grouped + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(range: (f64, f64), count: usize) -> Vec<String> {
        ticks(range, count).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels((0.0, 1.0), 5), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels((0.27, 0.93), 5), ["0.4", "0.6", "0.8"]);
        assert_eq!(labels((-63.0, 63.0), 4), ["\u{2212}50", "0", "50"]);
        assert_eq!(labels((0.0, 25_000.0), 3), ["0", "10\u{2009}000", "20\u{2009}000"]);
        assert_eq!(labels((1.0, 40.0), 8), ["5", "10", "15", "20", "25", "30", "35", "40"]);
        assert_eq!(labels((2.5, -0.5), 3), ["0", "1", "2"]);
        assert_eq!(ticks((0.0, 0.3), 3)[3].value, 0.3);
    }

    #[test]
    fn ticks_of_nothing() {
        assert_eq!(ticks((1.0, 1.0), 5), []);
        assert_eq!(ticks((0.0, f64::NAN), 5), []);
    }

    #[test]
    fn ranges_are_never_empty() {
        assert_eq!(range_of([1.0, f64::NAN, 3.0].into_iter(), 0.5), (0.0, 4.0));
        assert_eq!(range_of([0.0].into_iter(), 0.5), (-1.0, 1.0));
        assert_eq!(range_of(std::iter::empty(), 0.5), (0.0, 1.0));
    }

    #[test]
    fn scale_maps_ends() {
        let scale = Scale { data: (1.0, 3.0), screen: (100.0, 0.0) };
        assert_eq!([1.0, 2.0, 3.0].map(|value| scale.map(value)), [100.0, 50.0, 0.0]);
    }
}
