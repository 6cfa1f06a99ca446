//! The front of the neurons: what the rest of the chip sees of them, whichever way their equations are solved.

use super::array::{Fire, NeuronArray};
use super::backend::{NeuronSetup, Phase};
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// The voltages of a neuron without noise.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Voltages {
    /// Membrane, V.
    pub v: f64,
    /// Deviation of the excitatory line from rest, V, >= 0.
    pub x_e: f64,
    /// Deviation of the inhibitory line from rest, V, >= 0.
    pub x_i: f64,
    /// Adaptation node, V; zero where there is none.
    pub v_w: f64,
}

/// All neurons of the chip.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Neurons {
    /// Neurons with closed solutions.
    closed: NeuronArray,
}

impl Neurons {
    /// Lets the state begin at `at` instead of time zero; only before anything else.
    pub fn start_at(&mut self, at: Time) {
        self.closed.start_at(at);
    }

    /// When the next check is due, or [`Time::NEVER`].
    #[must_use]
    pub fn next(&self) -> Time {
        self.closed.next()
    }

    /// The neuron whose check is next.
    #[must_use]
    pub fn due(&self) -> usize {
        self.closed.due()
    }

    /// The neurons whose states only move on together with that of this one; empty where it stands alone.
    #[must_use]
    pub fn joined(&self, _neuron: usize) -> &[u16] {
        &[]
    }

    /// The parameters of a neuron.
    #[must_use]
    pub fn setup(&self, neuron: usize) -> &NeuronSetup {
        self.closed.setup(neuron)
    }

    /// Phase of the refractory cycle.
    #[must_use]
    pub fn phase(&self, neuron: usize) -> Phase {
        self.closed.phase(neuron)
    }

    /// Replaces the parameters of a neuron from `at` on; state and a running refractory period go on.
    pub fn configure(&mut self, neuron: usize, setup: NeuronSetup, at: Time) {
        self.closed.configure(neuron, setup, at);
    }

    /// Sets the key of a neuron's temporal noise from `at` on.
    pub fn rekey(&mut self, neuron: usize, key: u64, at: Time) {
        self.closed.rekey(neuron, key, at);
    }

    /// The voltages of a neuron at `at` without noise; `at` must not lie beyond the next check.
    #[must_use]
    pub fn peek(&self, neuron: usize, at: Time) -> Voltages {
        let membrane = self.closed.peek(neuron, at);
        Voltages { v: membrane.v, x_e: membrane.x_e, x_i: membrane.x_i, v_w: 0.0 }
    }

    /// Membrane potential in V at `at` with noise, as the readout sees it.
    #[must_use]
    pub fn voltage(&self, neuron: usize, at: Time) -> f64 {
        self.closed.voltage(neuron, at)
    }

    /// Adds line deflections (V) to neurons `first..` at the instant `at`; both slices have one entry per neuron, at most
    /// [`LANES`](super::array::LANES) of them.
    pub fn deliver(&mut self, first: usize, dx_e: &[f64], dx_i: &[f64], at: Time) {
        self.closed.deliver(first, dx_e, dx_i, at);
    }

    /// Makes a neuron fire as if its comparator had flipped (NeuronReset, NeuronResetQuad), if its fire line is enabled.
    pub fn artificial_fire(&mut self, neuron: usize, at: Time) {
        self.closed.artificial_fire(neuron, at);
    }

    /// Holds a neuron in reset or lets it go, without events (`force_reset`).
    pub fn hold(&mut self, neuron: usize, held: bool, at: Time) {
        self.closed.hold(neuron, held, at);
    }

    /// Sets the deflection of the excitatory (0) or inhibitory (1) line of a neuron, V.
    pub fn preset(&mut self, neuron: usize, line: usize, x_v: f64, at: Time) {
        self.closed.preset(neuron, line, x_v, at);
    }

    /// Carries out the earliest check if it is due by `until`. Fires are appended to `fires`.
    pub fn step(&mut self, until: Time, fires: &mut Vec<Fire>) {
        self.closed.step(until, fires);
    }
}
