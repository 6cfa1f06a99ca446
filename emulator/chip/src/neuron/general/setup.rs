//! What a neuron on the general path is set to.

use super::super::NEURONS;
use super::super::backend::NeuronSetup;
use super::super::circuit::{Circuit, Ota};
use super::super::propagation::{FireLines, FireSwitches, Solitary};
use super::super::wiring::{Classes, Switches, Wiring};
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
    /// Neurons that one event may move together: through membranes, lines or fires. Classes of two and more.
    classes: Vec<Vec<u16>>,
    /// Position in `classes` by neuron, or [`ALONE`].
    class_of: Vec<u16>,
}

/// A neuron in no class.
const ALONE: u16 = u16::MAX;

impl Connections {
    /// From the switches of all neurons.
    #[must_use]
    pub fn new(switches: Vec<Switches>, fire: Vec<FireSwitches>) -> Connections {
        let (wiring, lines) = (Wiring::new(&switches), FireLines::new(&fire));
        let (classes, class_of) = classes(&wiring, &lines);
        Connections { switches, fire, wiring, lines, classes, class_of }
    }

    /// Whether a neuron hangs together with another, or has a post pulse that its fires alone do not give.
    #[must_use]
    pub fn joins(&self, neuron: usize) -> bool {
        !self.together(neuron).is_empty()
            || self.fire.get(neuron).is_some_and(|fire| fire.solitary() == Solitary::End)
    }

    /// The neurons that an event may move together with this one, itself included; empty where it stands alone.
    #[must_use]
    pub fn together(&self, neuron: usize) -> &[u16] {
        let class = self.class_of.get(neuron).copied().unwrap_or(ALONE);
        self.classes.get(usize::from(class)).map_or(&[], Vec::as_slice)
    }
}

fn classes(wiring: &Wiring, lines: &FireLines) -> (Vec<Vec<u16>>, Vec<u16>) {
    let mut nodes = Classes::new(NEURONS);
    for neuron in 0..NEURONS {
        nodes.union(neuron, usize::from(wiring.group_of[neuron]));
        lines.hearers(neuron).iter().for_each(|hearer| nodes.union(neuron, usize::from(*hearer)));
    }
    let mut members: Vec<Vec<u16>> = vec![Vec::new(); NEURONS];
    (0..NEURONS).for_each(|neuron| members[nodes.find(neuron)].push(neuron as u16));
    let classes: Vec<Vec<u16>> = members.into_iter().filter(|members| members.len() > 1).collect();
    let mut class_of = vec![ALONE; NEURONS];
    for (number, class) in classes.iter().enumerate() {
        class.iter().for_each(|neuron| class_of[usize::from(*neuron)] = number as u16);
    }
    (classes, class_of)
}
