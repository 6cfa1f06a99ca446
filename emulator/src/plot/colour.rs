//! Colours that people with any colour vision can tell apart.

use std::fmt;

/// A colour of the screen, red, green and blue in 0..=255.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Colour(pub [u8; 3]);

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// Titles and data labels.
pub const INK: Colour = Colour([0x22, 0x26, 0x2b]);
/// Axis text and remarks.
pub const SOFT_INK: Colour = Colour([0x5b, 0x63, 0x6e]);
/// Axis lines.
pub const AXIS: Colour = Colour([0x8d, 0x95, 0xa0]);
/// Grid lines.
pub const GRID: Colour = Colour([0xe8, 0xea, 0xee]);
/// Ground of a panel that holds only marks.
pub const GROUND: Colour = Colour([0xf6, 0xf7, 0xf9]);
/// Paper.
pub const PAPER: Colour = Colour([0xff, 0xff, 0xff]);

/// Colours of series and classes (Okabe and Ito, "Color Universal Design", 2008; without yellow, which is lost on white).
pub const SERIES: [Colour; 6] = [
    Colour([0x00, 0x72, 0xb2]),
    Colour([0xd5, 0x5e, 0x00]),
    Colour([0x00, 0x9e, 0x73]),
    Colour([0xcc, 0x79, 0xa7]),
    Colour([0xe6, 0x9f, 0x00]),
    Colour([0x56, 0xb4, 0xe9]),
];

/// The colour of the n-th series; they repeat after six.
#[must_use]
pub fn series(index: usize) -> Colour {
    SERIES[index % SERIES.len()]
}

/// Blue over white to red (Brewer's RdBu turned round), for signed quantities: red is positive, excitatory.
const DIVERGING: [Colour; 11] = [
    Colour([0x05, 0x30, 0x61]),
    Colour([0x21, 0x66, 0xac]),
    Colour([0x43, 0x93, 0xc3]),
    Colour([0x92, 0xc5, 0xde]),
    Colour([0xd1, 0xe5, 0xf0]),
    Colour([0xf7, 0xf7, 0xf7]),
    Colour([0xfd, 0xdb, 0xc7]),
    Colour([0xf4, 0xa5, 0x82]),
    Colour([0xd6, 0x60, 0x4d]),
    Colour([0xb2, 0x18, 0x2b]),
    Colour([0x67, 0x00, 0x1f]),
];

/// Dark blue over green to yellow (nine anchors of viridis, van der Walt and Smith), for quantities without a sign.
const SEQUENTIAL: [Colour; 9] = [
    Colour([0x44, 0x01, 0x54]),
    Colour([0x47, 0x2d, 0x7b]),
    Colour([0x3b, 0x52, 0x8b]),
    Colour([0x2c, 0x72, 0x8e]),
    Colour([0x21, 0x91, 0x8c]),
    Colour([0x28, 0xae, 0x80]),
    Colour([0x5e, 0xc9, 0x62]),
    Colour([0xad, 0xdc, 0x30]),
    Colour([0xfd, 0xe7, 0x25]),
];

/// How numbers become colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ColourScale {
    /// Signed numbers from -limit (blue) over 0 (white) to limit (red).
    Diverging {
        /// Largest magnitude shown.
        limit: f64,
    },
    /// Numbers from lo (dark) to hi (bright).
    Sequential {
        /// Lower end.
        lo: f64,
        /// Upper end.
        hi: f64,
    },
}

impl ColourScale {
    /// The diverging scale that just holds these values.
    #[must_use]
    pub fn signed(values: &[f64]) -> ColourScale {
        let limit = values
            .iter()
            .filter(|value| value.is_finite())
            .fold(0.0_f64, |limit, value| limit.max(value.abs()));
        ColourScale::Diverging { limit: if limit > 0.0 { limit } else { 1.0 } }
    }

    /// The ends of the scale.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match self {
            ColourScale::Diverging { limit } => (-limit, limit),
            ColourScale::Sequential { lo, hi } => (lo, hi),
        }
    }

    /// The colour of a number; beyond the ends that of the end, and grey for what is no number.
    #[must_use]
    pub fn colour(self, value: f64) -> Colour {
        if !value.is_finite() {
            return GRID;
        }
        let (lo, hi) = self.range();
        let share = ((value - lo) / (hi - lo)).clamp(0.0, 1.0);
        match self {
            ColourScale::Diverging { .. } => interpolate(&DIVERGING, share),
            ColourScale::Sequential { .. } => interpolate(&SEQUENTIAL, share),
        }
    }
}

fn interpolate(anchors: &[Colour], share: f64) -> Colour {
    let at = share * (anchors.len() - 1) as f64;
    let below = (at as usize).min(anchors.len() - 2);
    let part = at - below as f64;
    let (Colour(from), Colour(to)) = (anchors[below], anchors[below + 1]);
    let mix = |channel: usize| {
        (f64::from(from[channel]) + part * (f64::from(to[channel]) - f64::from(from[channel])) + 0.5) as u8
    };
    Colour([mix(0), mix(1), mix(2)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_scale_is_white_at_zero_and_symmetric() {
        let scale = ColourScale::signed(&[-63.0, 12.0, f64::NAN]);
        assert_eq!(scale.range(), (-63.0, 63.0));
        assert_eq!(scale.colour(0.0).to_string(), "#f7f7f7");
        assert_eq!(scale.colour(-63.0).to_string(), "#053061");
        assert_eq!(scale.colour(1e9).to_string(), "#67001f");
        assert_eq!(scale.colour(f64::NAN), GRID);
        assert_eq!(ColourScale::signed(&[]).range(), (-1.0, 1.0));
    }

    #[test]
    fn sequential_scale_interpolates() {
        let scale = ColourScale::Sequential { lo: 0.0, hi: 8.0 };
        assert_eq!(scale.colour(4.0), SEQUENTIAL[4]);
        assert_eq!(scale.colour(0.5), Colour([0x46, 0x17, 0x68]));
    }
}
