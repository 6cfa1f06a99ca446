//! The cell of the membrane noise in which a compartment is.

use super::super::noise::MembraneNoise;
use super::wired::TICKS_PER_US;
use serde::{Deserialize, Serialize};

/// A straight piece of noise. It follows from key and time alone, so it is only remembered, never state.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct NoiseCell {
    /// Beginning and end in ticks; empty: none yet.
    pub start: f64,
    pub end: f64,
    /// Noise at the beginning in V, and its slope in V per tick.
    pub value: f64,
    pub slope: f64,
}

impl NoiseCell {
    /// Moves on to the piece that contains `now`.
    pub fn follow(&mut self, noise: &MembraneNoise, now: f64) {
        if now >= self.start && now < self.end {
            return;
        }
        *self = if noise.sigma_v == 0.0 {
            NoiseCell { start: 0.0, end: f64::INFINITY, value: 0.0, slope: 0.0 }
        } else {
            let cell = noise.cell(now / TICKS_PER_US);
            // Whole ticks, and never empty whatever the division rounds to.
            let end = (cell.end_us * TICKS_PER_US).ceil().max(now + 1.0);
            let slope = cell.slope_v_per_us / TICKS_PER_US;
            NoiseCell { start: now, end, value: cell.value_v, slope }
        };
    }
}
