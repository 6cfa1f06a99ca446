//! What a group of joined neurons is made of.

use super::super::circuit::{Circuit, Ota};
use super::super::noise::MembraneNoise;
use serde::{Deserialize, Serialize};

/// One atomic neuron of a group.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Its circuit.
    pub circuit: Circuit,
    /// The compartment its membrane belongs to. Members of one compartment share the membrane: their capacitances and
    /// currents add up.
    pub compartment: u16,
}

/// A soma line (or several shorted ones) without a membrane. Its capacitance is negligible, so its potential is at any instant
/// the one at which the currents of all its conductances add up to zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The conductances onto it, each with the compartment at its other end.
    pub taps: Vec<(u16, Ota)>,
}

/// A conductance between two compartments without a line between them (a soma line that is shorted to a membrane).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bridge {
    /// The two compartments.
    pub between: [u16; 2],
    /// The conductance.
    pub ota: Ota,
}

/// How finely a group is integrated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// Error that one step may add, in V.
    pub tolerance_v: f64,
    /// Longest step in us.
    pub longest_us: f64,
    /// Share of D_T that the membrane may move in one step where the exponential term acts.
    pub slope_share: f64,
    /// Shortest step to which that rule leads, in us.
    pub shortest_us: f64,
    /// Distance above V_T, in units of D_T, from which an exponential without limit is carried to the threshold in closed form.
    pub finish_at: f64,
}

impl Accuracy {
    /// For the chip: potentials within about a microvolt, spikes within about 0.1 ns, far below its noise.
    pub const CHIP: Accuracy = Accuracy {
        tolerance_v: 1e-8,
        longest_us: 1000.0,
        slope_share: 0.5,
        shortest_us: 1e-4,
        finish_at: 9.0,
    };
    /// For single neurons with listed parameters, where nobody waits.
    pub const EXACT: Accuracy = Accuracy {
        tolerance_v: 1e-14,
        longest_us: 0.1,
        slope_share: 0.05,
        shortest_us: 1e-9,
        finish_at: 20.0,
    };
}

/// Compartments that exchange currents, and are therefore integrated together. A neuron that is joined to no other is a group
/// of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupSetup {
    /// The atomic neurons.
    pub members: Vec<Member>,
    /// Number of compartments; each has at least one member.
    pub compartments: u16,
    /// Soma lines without a membrane.
    pub lines: Vec<Line>,
    /// Conductances directly between compartments.
    pub bridges: Vec<Bridge>,
    /// Noise of each compartment's membrane; fewer than there are compartments: the others have none.
    pub noise: Vec<MembraneNoise>,
    /// Step sizes.
    pub accuracy: Accuracy,
}

impl GroupSetup {
    /// A neuron joined to no other.
    #[must_use]
    pub fn single(circuit: Circuit, noise: MembraneNoise, accuracy: Accuracy) -> GroupSetup {
        GroupSetup {
            members: vec![Member { circuit, compartment: 0 }],
            compartments: 1,
            lines: Vec::new(),
            bridges: Vec::new(),
            noise: vec![noise],
            accuracy,
        }
    }
}
