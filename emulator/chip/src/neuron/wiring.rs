//! How the switches between neurons join membranes and soma lines (analog model, section 2.8).
//!
//! Every atomic neuron has a membrane and a segment of the soma line. Switches short them; a class of shorted nodes with at least
//! one membrane is a compartment, one without is a line. Conductances between a membrane and its soma segment couple
//! compartments. What is coupled, directly or through lines, must be integrated together and is a group.

use super::NEURONS;
use serde::{Deserialize, Serialize};

/// Columns of a row of neurons.
const COLUMNS: usize = NEURONS / 2;

/// The switches of one neuron's membrane and soma segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Switches {
    /// `connect_membrane_right`: to the membrane of the right neighbour.
    pub membrane_right: bool,
    /// `connect_bottom`: to the membrane in the same column of the other row.
    pub vertical: bool,
    /// `connect_soma`: membrane to soma segment.
    pub soma: bool,
    /// `connect_soma_right`: to the soma segment of the right neighbour.
    pub soma_right: bool,
    /// `enable_multicomp_conductance`: conductance between membrane and soma segment.
    pub conductance: bool,
}

/// A conductance of a neuron and the compartment of its membrane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tap {
    /// AtomicNeuron enumeration: whose conductance it is.
    pub neuron: u16,
    /// Compartment of its membrane, counted within the group.
    pub compartment: u16,
}

/// A conductance whose soma segment is shorted to another membrane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bridge {
    /// The conductance.
    pub tap: Tap,
    /// The compartment at its other end.
    pub to: u16,
}

/// Compartments that exchange currents.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Joined {
    /// Atomic neurons, ascending, each with its compartment. Compartments are numbered in order of their first neuron.
    pub members: Vec<(u16, u16)>,
    /// Number of compartments.
    pub compartments: u16,
    /// Soma lines without a membrane: at least two conductances each.
    pub lines: Vec<Vec<Tap>>,
    /// Conductances directly between compartments.
    pub bridges: Vec<Bridge>,
}

impl Joined {
    /// A neuron on its own.
    #[must_use]
    pub fn single(neuron: usize) -> Joined {
        Joined { members: vec![(neuron as u16, 0)], compartments: 1, ..Joined::default() }
    }
}

/// Members of one compartment from which on the chip's supplies would be the first to give in.
const MANY_MEMBERS: usize = 64;

/// The groups of all neurons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wiring {
    /// Number of each neuron's group: that of its first member.
    pub group_of: Vec<u16>,
    /// Groups with more than one member, by first member.
    pub joined: Vec<Joined>,
}

impl Default for Wiring {
    fn default() -> Self {
        Wiring { group_of: (0..NEURONS as u16).collect(), joined: Vec::new() }
    }
}

impl Wiring {
    /// From the switches of all neurons; switches that would lead out of a row at its right end do nothing.
    #[must_use]
    pub fn new(switches: &[Switches]) -> Wiring {
        let count = switches.len().min(NEURONS);
        if switches.iter().all(|switches| *switches == Switches::default()) {
            return Wiring::default();
        }
        let nodes = short(&switches[..count]);
        let compartment = |neuron: usize| nodes.find(neuron);
        let is_membrane = membranes(&nodes);
        // Compartments that a conductance or line couples, as a second union-find over the same nodes.
        let mut coupled = nodes.clone();
        for neuron in (0..count).filter(|neuron| switches[*neuron].conductance) {
            coupled.union(neuron, NEURONS + neuron);
        }
        let mut wiring = Wiring::default();
        let mut index = vec![usize::MAX; 2 * NEURONS];
        for neuron in 0..NEURONS {
            let root = coupled.find(neuron);
            if index[root] == usize::MAX {
                index[root] = neuron;
            }
            wiring.group_of[neuron] = index[root] as u16;
        }
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); NEURONS];
        (0..NEURONS).for_each(|neuron| members[usize::from(wiring.group_of[neuron])].push(neuron));
        let groups = members.iter().filter(|members| members.len() > 1);
        wiring.joined =
            groups.map(|members| join(members, switches, compartment, &nodes, &is_membrane)).collect();
        wiring
    }

    /// The group with this number; `None` for a neuron on its own.
    #[must_use]
    pub fn group(&self, number: usize) -> Option<&Joined> {
        let place = self.joined.binary_search_by_key(&(number as u16), |joined| joined.members[0].0);
        place.ok().map(|place| &self.joined[place])
    }

    /// Compartments of so many members that silicon would hardly be meant: first member and number of members.
    pub fn suspicious(&self) -> impl Iterator<Item = (u16, usize)> + '_ {
        self.joined.iter().flat_map(|joined| {
            (0..joined.compartments).filter_map(|compartment| {
                let mut members = joined.members.iter().filter(|member| member.1 == compartment);
                let first = members.next()?.0;
                let count = 1 + members.count();
                (count >= MANY_MEMBERS).then_some((first, count))
            })
        })
    }
}

/// Nodes: membranes 0..512, soma segments 512..1024.
fn short(switches: &[Switches]) -> Classes {
    let mut nodes = Classes::new(2 * NEURONS);
    for (neuron, switches) in switches.iter().enumerate() {
        let right = (neuron % COLUMNS + 1 < COLUMNS).then_some(neuron + 1);
        if switches.vertical {
            nodes.union(neuron, (neuron + COLUMNS) % NEURONS);
        }
        if switches.soma {
            nodes.union(neuron, NEURONS + neuron);
        }
        if let (true, Some(right)) = (switches.membrane_right, right) {
            nodes.union(neuron, right);
        }
        if let (true, Some(right)) = (switches.soma_right, right) {
            nodes.union(NEURONS + neuron, NEURONS + right);
        }
    }
    nodes
}

/// Which classes contain a membrane, by root.
fn membranes(nodes: &Classes) -> Vec<bool> {
    let mut found = vec![false; 2 * NEURONS];
    (0..NEURONS).for_each(|neuron| found[nodes.find(neuron)] = true);
    found
}

fn join(
    members: &[usize],
    switches: &[Switches],
    compartment: impl Fn(usize) -> usize,
    nodes: &Classes,
    is_membrane: &[bool],
) -> Joined {
    let mut roots: Vec<usize> = Vec::new();
    let mut number = |root: usize| {
        roots.iter().position(|known| *known == root).unwrap_or_else(|| {
            roots.push(root);
            roots.len() - 1
        }) as u16
    };
    let numbered: Vec<(u16, u16)> =
        members.iter().map(|neuron| (*neuron as u16, number(compartment(*neuron)))).collect();
    let mut lines: Vec<(usize, Vec<Tap>)> = Vec::new();
    let mut bridges = Vec::new();
    for (neuron, own) in &numbered {
        if !switches[usize::from(*neuron)].conductance {
            continue;
        }
        let tap = Tap { neuron: *neuron, compartment: *own };
        let other = nodes.find(NEURONS + usize::from(*neuron));
        if !is_membrane[other] {
            match lines.iter_mut().find(|line| line.0 == other) {
                Some((_, taps)) => taps.push(tap),
                None => lines.push((other, vec![tap])),
            }
        } else if number(other) != *own {
            bridges.push(Bridge { tap, to: number(other) });
        }
    }
    // A conductance onto a line that leads nowhere carries no current.
    let lines = lines.into_iter().map(|line| line.1).filter(|taps| taps.len() > 1).collect();
    Joined { compartments: roots.len() as u16, members: numbered, lines, bridges }
}

/// Disjoint classes of nodes; the root of a class is its smallest node.
#[derive(Debug, Clone)]
pub(super) struct Classes(Vec<usize>);

impl Classes {
    pub fn new(count: usize) -> Classes {
        Classes((0..count).collect())
    }

    pub fn find(&self, mut node: usize) -> usize {
        while self.0[node] != node {
            node = self.0[node];
        }
        node
    }

    pub fn union(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a.max(b)] = a.min(b);
        // Keeps the chains short: both ends now lead to the root in one step.
        let root = a.min(b);
        self.0[a] = root;
        self.0[b] = root;
    }
}

#[cfg(test)]
#[path = "wiring_tests.rs"]
mod tests;
