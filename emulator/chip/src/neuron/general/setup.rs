//! What a neuron on the general path is set to.

use super::super::backend::NeuronSetup;
use super::super::circuit::{Circuit, Ota};
use super::super::propagation::{FireLines, FireSwitches};
use super::super::wiring::{Switches, Wiring};
use serde::{Deserialize, Serialize};

/// Everything that a neuron is set to, for whichever way of solving its equations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FullSetup {
    /// Closed solutions, comparator, noise and refractory cycle.
    pub neuron: NeuronSetup,
    /// The circuit.
    pub circuit: Circuit,
    /// Conductance between membrane and soma line.
    pub conductance: Ota,
    /// The backend sends a pulse to the adaptation with every fire.
    pub adaptation_pulse: bool,
    /// The closed solutions are those of the circuit.
    pub closed: bool,
}

impl Default for FullSetup {
    fn default() -> Self {
        FullSetup {
            neuron: NeuronSetup::default(),
            circuit: Circuit::default(),
            conductance: Ota::OFF,
            adaptation_pulse: false,
            closed: true,
        }
    }
}

/// What joins neurons to others.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Connections {
    /// Switches between membranes and soma lines, by neuron.
    pub switches: Vec<Switches>,
    /// Fire lines and post pulse logic, by neuron.
    pub fire: Vec<FireSwitches>,
    /// What the switches join.
    pub wiring: Wiring,
    /// What the fire lines join.
    pub lines: FireLines,
}

impl Connections {
    /// From the switches of all neurons.
    #[must_use]
    pub fn new(switches: Vec<Switches>, fire: Vec<FireSwitches>) -> Connections {
        let (wiring, lines) = (Wiring::new(&switches), FireLines::new(&fire));
        Connections { switches, fire, wiring, lines }
    }

    /// Whether a neuron hangs together with another, or has a post pulse that its fires alone do not give.
    #[must_use]
    pub fn joins(&self, neuron: usize) -> bool {
        use super::super::propagation::Solitary;
        let group = usize::from(self.wiring.group_of[neuron]);
        group != neuron
            || self.wiring.group(neuron).is_some()
            || self.lines.joins(neuron)
            || self.fire.get(neuron).is_some_and(|fire| fire.solitary() == Solitary::End)
    }
}
