//! The front of the neurons: what the rest of the chip sees of them, whichever way their equations are solved. Neurons with closed
//! solutions that hang together with no other are in the [`NeuronArray`]; all others are integrated ([`General`]).

use super::NEURONS;
use super::array::{Fire, NeuronArray};
use super::backend::Phase;
use super::general::{Connections, FullSetup, General, Handover, Happened, Surroundings};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Neurons {
    /// Neurons with closed solutions.
    closed: NeuronArray,
    /// All others.
    general: General,
    /// What every neuron is set to; shared between copies of a chip until one of them is configured anew.
    setups: Arc<Vec<FullSetup>>,
    connections: Arc<Connections>,
    /// Buffers, empty between calls (posts: until they are taken).
    #[serde(skip)]
    happened: Happened,
}

impl Default for Neurons {
    fn default() -> Self {
        Neurons {
            closed: NeuronArray::default(),
            general: General::default(),
            setups: Arc::new(vec![FullSetup::default(); NEURONS]),
            connections: Arc::new(Connections::default()),
            happened: Happened::default(),
        }
    }
}

impl Neurons {
    /// Lets the state begin at `at` instead of time zero; only before anything else.
    pub fn start_at(&mut self, at: Time) {
        self.closed.start_at(at);
    }

    /// When the next check is due, or [`Time::NEVER`].
    #[inline]
    #[must_use]
    pub fn next(&self) -> Time {
        self.closed.next().min(self.general.next())
    }

    /// The neuron whose check is next.
    #[must_use]
    pub fn due(&self) -> usize {
        let of_general = self.general.next() < self.closed.next();
        self.general.due().filter(|_| of_general).unwrap_or_else(|| self.closed.due())
    }

    /// The neurons whose states only move on together with that of this one, itself included; empty where it stands alone.
    #[must_use]
    pub fn joined(&self, neuron: usize) -> &[u16] {
        self.connections.together(neuron)
    }

    /// The parameters of a neuron.
    #[must_use]
    pub fn setup(&self, neuron: usize) -> &FullSetup {
        &self.setups[neuron]
    }

    /// What joins neurons.
    #[must_use]
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Whether a neuron's post pulses come from [`Self::take_posts`] and not simply with its fires.
    #[must_use]
    pub fn integrated(&self, neuron: usize) -> bool {
        self.general.holds(neuron)
    }

    /// Phase of the refractory cycle.
    #[must_use]
    pub fn phase(&self, neuron: usize) -> Phase {
        if self.general.holds(neuron) { self.general.phase(neuron) } else { self.closed.phase(neuron) }
    }

    /// Replaces the parameters of a neuron from `at` on; state and a running refractory period go on.
    pub fn configure(&mut self, neuron: usize, setup: FullSetup, at: Time) {
        let before = std::mem::replace(&mut Arc::make_mut(&mut self.setups)[neuron], setup);
        let wanted = !setup.closed || self.connections.joins(neuron);
        let Neurons { closed, general, setups, connections, .. } = self;
        let around = Surroundings { setups, connections };
        match (general.holds(neuron), wanted) {
            (false, false) => closed.configure(neuron, setup.neuron, at),
            (true, true) => general.configure(neuron, &before, at, around),
            (false, true) => general.take_over(&[(neuron, closed.release(neuron, at))], at, around),
            (true, false) => {
                for (neuron, handover) in general.let_go(&[neuron], at, around) {
                    closed.adopt(neuron, handover, setup.neuron, at);
                }
            }
        }
    }

    /// Joins neurons otherwise from `at` on. Charges stay where they are: membranes that are shorted share them.
    pub fn connect(&mut self, connections: Connections, at: Time) {
        let old = std::mem::replace(&mut self.connections, Arc::new(connections));
        let Neurons { closed, general, setups, connections: new, .. } = self;
        let wanted = |neuron: usize| !setups[neuron].closed || new.joins(neuron);
        let regrouped = |neuron: usize| {
            let group = |of: &Connections| of.wiring.group(usize::from(of.wiring.group_of[neuron])).cloned();
            group(&old) != group(new)
        };
        let affected = |neuron: &usize| general.holds(*neuron) != wanted(*neuron) || regrouped(*neuron);
        let affected: Vec<usize> = (0..NEURONS).filter(affected).collect();
        let leaving: Vec<usize> = affected.iter().copied().filter(|neuron| general.holds(*neuron)).collect();
        let mut moved = general.let_go(&leaving, at, Surroundings { setups, connections: &old });
        let in_closed = affected.iter().filter(|neuron| leaving.binary_search(neuron).is_err());
        moved.extend(in_closed.map(|neuron| (*neuron, closed.release(*neuron, at))));
        let (stay, go): (Vec<(usize, Handover)>, Vec<_>) =
            moved.into_iter().partition(|(neuron, _)| wanted(*neuron));
        for (neuron, handover) in go {
            closed.adopt(neuron, handover, setups[neuron].neuron, at);
        }
        let around = Surroundings { setups, connections: new };
        if !stay.is_empty() {
            general.take_over(&stay, at, around);
        }
        general.settle_posts(around);
    }

    /// Sets the key of a neuron's temporal noise from `at` on.
    pub fn rekey(&mut self, neuron: usize, key: u64, at: Time) {
        let around = Surroundings { setups: &self.setups, connections: &self.connections };
        if self.general.holds(neuron) {
            self.general.rekey(neuron, key, at, around);
        } else {
            self.closed.rekey(neuron, key, at);
        }
    }

    /// The voltages of a neuron at `at` without noise; `at` must not lie beyond the next check.
    #[must_use]
    pub fn peek(&self, neuron: usize, at: Time) -> Voltages {
        if self.general.holds(neuron) {
            let around = Surroundings { setups: &self.setups, connections: &self.connections };
            return self.general.peek(neuron, at, around);
        }
        let membrane = self.closed.peek(neuron, at);
        Voltages { v: membrane.v, x_e: membrane.x_e, x_i: membrane.x_i, v_w: 0.0 }
    }

    /// Membrane potential in V at `at` with noise, as the readout sees it.
    #[must_use]
    pub fn voltage(&self, neuron: usize, at: Time) -> f64 {
        if self.general.holds(neuron) {
            let around = Surroundings { setups: &self.setups, connections: &self.connections };
            return self.general.voltage(neuron, at, around);
        }
        self.closed.voltage(neuron, at)
    }

    /// Adds line deflections (V) to neurons `first..` at the instant `at`; both slices have one entry per neuron, at most
    /// [`LANES`](super::array::LANES) of them.
    pub fn deliver(&mut self, first: usize, dx_e: &[f64], dx_i: &[f64], at: Time) {
        if self.general.count() < NEURONS {
            self.closed.deliver(first, dx_e, dx_i, at);
        }
        if self.general.count() > 0 {
            let around = Surroundings { setups: &self.setups, connections: &self.connections };
            self.general.deliver(first, dx_e, dx_i, at, around);
        }
    }

    /// Makes a neuron fire as if its comparator had flipped (NeuronReset, NeuronResetQuad), if its fire line is enabled.
    pub fn artificial_fire(&mut self, neuron: usize, at: Time) {
        let around = Surroundings { setups: &self.setups, connections: &self.connections };
        if self.general.holds(neuron) {
            self.general.artificial_fire(neuron, at, around);
        } else {
            self.closed.artificial_fire(neuron, at);
        }
    }

    /// Holds a neuron in reset or lets it go, without events (`force_reset`).
    pub fn hold(&mut self, neuron: usize, held: bool, at: Time) {
        let around = Surroundings { setups: &self.setups, connections: &self.connections };
        if self.general.holds(neuron) {
            self.general.hold(neuron, held, at, around);
        } else {
            self.closed.hold(neuron, held, at);
        }
    }

    /// Sets the deflection of the excitatory (0) or inhibitory (1) line of a neuron, V.
    pub fn preset(&mut self, neuron: usize, line: usize, x_v: f64, at: Time) {
        let Voltages { x_e, x_i, .. } = self.peek(neuron, at);
        let dx = if line == 0 { [x_v - x_e, 0.0] } else { [0.0, x_v - x_i] };
        self.deliver(neuron, &dx[..1], &dx[1..], at);
    }

    /// Carries out the earliest check if it is due by `until`. Fires are appended to `fires`; post pulses wait for
    /// [`Self::take_posts`].
    pub fn step(&mut self, until: Time, fires: &mut Vec<Fire>) {
        let (closed, general) = (self.closed.next(), self.general.next());
        if closed <= general {
            self.closed.step(until, fires);
        } else if general <= until {
            let around = Surroundings { setups: &self.setups, connections: &self.connections };
            self.general.step(&mut self.happened, around);
            fires.append(&mut self.happened.fires);
        }
    }

    /// Appends the post pulses of integrated neurons since the last call, in order.
    pub fn take_posts(&mut self, posts: &mut Vec<Fire>) {
        posts.append(&mut self.happened.posts);
    }
}
