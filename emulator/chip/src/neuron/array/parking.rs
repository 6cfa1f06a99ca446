//! Lending neurons to the grid of the throughput mode and taking them back.

use super::{Fire, NeuronArray, Phase};
use crate::neuron::grid::array::Quiet;
use crate::neuron::neurons::Voltages;
use crate::neuron::propagator::Membrane;
use crate::time::Time;

impl NeuronArray {
    /// How a neuron may be carried on the grid, if nothing is due before `after`.
    #[must_use]
    pub fn quiet(&self, n: usize, after: u64) -> Option<Quiet> {
        let (phase, due) = (self.phase[n], self.check_at[n]);
        if due <= after || phase == Phase::Firing {
            return None;
        }
        let in_reset = matches!(phase, Phase::Reset | Phase::Held);
        match phase {
            Phase::Free => Some(Quiet { in_reset, level_v: self.level[n], until: u64::MAX }),
            _ => Some(Quiet { in_reset, level_v: f64::INFINITY, until: due }),
        }
    }

    /// Lends a neuron: its voltages at `at`. It does nothing until [`Self::unpark`].
    pub fn park(&mut self, n: usize, at: u64) -> Voltages {
        self.advance(n, at);
        self.schedule(n, u64::MAX, self.check[n]);
        let Membrane { v, x_e, x_i } = self.membrane(n);
        Voltages { v, x_e, x_i, v_w: 0.0 }
    }

    /// Takes a neuron back with its voltages at `at`; `until` is when its phase ends, as [`Quiet`] told.
    pub fn unpark(&mut self, n: usize, of: &Voltages, at: u64, until: u64) {
        (self.v[n], self.x_e[n], self.x_i[n]) = (of.v, of.x_e, of.x_i);
        self.last[n] = at;
        if self.phase[n] == Phase::Free {
            self.plan(n);
        } else {
            self.schedule(n, until, self.check[n]);
        }
    }

    /// Carries out the checks of one neuron that are due by `until`.
    pub fn step_one(&mut self, n: usize, until: u64, fires: &mut Vec<Fire>) {
        while self.check_at[n] <= until {
            self.carry_out(n, fires);
        }
    }

    /// What the voltages of a lent neuron become in `span_us`, without events.
    #[must_use]
    pub fn glimpse(&self, n: usize, of: &Voltages, span_us: f64) -> Voltages {
        let membrane = Membrane { v: of.v, x_e: of.x_e, x_i: of.x_i };
        let Membrane { v, x_e, x_i } = self.propagator(n).after(membrane, span_us);
        Voltages { v, x_e, x_i, v_w: 0.0 }
    }

    /// Membrane noise of a neuron, V.
    #[must_use]
    pub fn noise_v(&self, n: usize, at: Time) -> f64 {
        self.noise(n).at(at.as_us())
    }
}
