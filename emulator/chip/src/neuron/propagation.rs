//! The digital lines that carry fires between neuron backends, and the post pulse logic at their ends (register map, section 6;
//! electronicvisions/haldls: include/haldls/vx/neuron.h, lola: include/lola/vx/v3/neuron.h).
//!
//! Every backend has a segment of the line `neuron_fire_connect`. A master writes its refractory state onto its segment.
//! Segments are joined vertically in both directions and drive the right neighbour's in one; receiving from the right does
//! not work on this revision of the chip. A slave takes over the refractory state of the masters it hears. The post pulse of a
//! neuron rises with a function of its own refractory state and of its segment.

use super::NEURONS;
use serde::{Deserialize, Serialize};

/// Columns of a row of neurons.
const COLUMNS: usize = NEURONS / 2;

/// Which signal makes post pulses (enable_bayesian_extension and enable_bayesian_0, _1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Logic {
    /// The line: extension off.
    Line,
    /// The neuron's own refractory state.
    #[default]
    Local,
    /// Own state and line.
    And,
    /// Own state equal to line.
    Xnor,
    /// Muller's C-element: rises when both are high and falls when both are low.
    MullerC,
}

impl Logic {
    /// Value of the signal after `before`, with the neuron's own refractory state and the state of its line.
    #[must_use]
    pub fn value(self, before: bool, own: bool, line: bool) -> bool {
        match self {
            Logic::Line => line,
            Logic::Local => own,
            Logic::And => own && line,
            Logic::Xnor => own == line,
            Logic::MullerC => (own && line) || (before && (own || line)),
        }
    }
}

/// The backend's settings of fire line and post pulse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FireSwitches {
    /// `enable_neuron_master`.
    pub master: bool,
    /// `enable_neuron_slave`.
    pub slave: bool,
    /// `connect_fire_bottom`.
    pub vertical: bool,
    /// `connect_fire_to_right`.
    pub to_right: bool,
    /// `connect_fire_from_right`; without effect on this revision.
    pub from_right: bool,
    /// Post pulse logic.
    pub logic: Logic,
}

/// Where a post pulse that follows the neuron's own state alone comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Solitary {
    /// From nothing.
    Never,
    /// From each fire.
    Fire,
    /// From the end of each refractory period.
    End,
}

impl FireSwitches {
    /// Post pulses of a neuron that hears no other.
    #[must_use]
    pub fn solitary(&self) -> Solitary {
        match (self.logic, self.master) {
            (Logic::Local, _) | (Logic::Line | Logic::And | Logic::MullerC, true) => Solitary::Fire,
            (Logic::Line | Logic::And | Logic::MullerC, false) | (Logic::Xnor, true) => Solitary::Never,
            (Logic::Xnor, false) => Solitary::End,
        }
    }
}

/// What the fire lines join.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FireLines {
    /// Per neuron: the masters its segment hears, ascending, itself included. Empty as long as no line leads anywhere.
    heard: Vec<Vec<u16>>,
    /// Per neuron: who hears its segment, ascending, itself not included.
    hearers: Vec<Vec<u16>>,
}

impl FireLines {
    /// From the switches of all neurons.
    #[must_use]
    pub fn new(switches: &[FireSwitches]) -> FireLines {
        if switches.len() < NEURONS || !switches.iter().any(|s| s.vertical || s.to_right) {
            return FireLines::default();
        }
        let reached: Vec<Vec<usize>> = (0..NEURONS).map(|neuron| reach(neuron, switches)).collect();
        let mut lines = FireLines { heard: vec![Vec::new(); NEURONS], hearers: vec![Vec::new(); NEURONS] };
        for master in (0..NEURONS).filter(|neuron| switches[*neuron].master) {
            for hearer in &reached[master] {
                lines.heard[*hearer].push(master as u16);
                if *hearer != master {
                    lines.hearers[master].push(*hearer as u16);
                }
            }
        }
        lines
    }

    /// Whether a neuron hears another or is heard.
    #[must_use]
    pub fn joins(&self, neuron: usize) -> bool {
        self.hearers.get(neuron).is_some_and(|hearers| !hearers.is_empty())
            || self.heard.get(neuron).is_some_and(|heard| heard.iter().any(|m| usize::from(*m) != neuron))
    }

    /// Who hears the segment of a master.
    #[must_use]
    pub fn hearers(&self, neuron: usize) -> &[u16] {
        self.hearers.get(neuron).map_or(&[], Vec::as_slice)
    }

    /// The masters a segment hears.
    #[must_use]
    pub fn heard(&self, neuron: usize) -> &[u16] {
        self.heard.get(neuron).map_or(&[], Vec::as_slice)
    }
}

/// Every segment that a signal on the segment of `start` reaches, itself included.
fn reach(start: usize, switches: &[FireSwitches]) -> Vec<usize> {
    let mut reached = vec![start];
    let mut next = 0;
    while let Some(&neuron) = reached.get(next) {
        next += 1;
        let other_row = (neuron + COLUMNS) % NEURONS;
        let vertical = switches[neuron].vertical || switches[other_row].vertical;
        let right = switches[neuron].to_right && neuron % COLUMNS + 1 < COLUMNS;
        for (open, to) in [(vertical, other_row), (right, neuron + 1)] {
            if open && !reached.contains(&to) {
                reached.push(to);
            }
        }
    }
    reached.sort_unstable();
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(change: impl Fn(usize, &mut FireSwitches)) -> FireLines {
        let mut switches = vec![FireSwitches::default(); NEURONS];
        switches.iter_mut().enumerate().for_each(|(neuron, switches)| change(neuron, switches));
        FireLines::new(&switches)
    }

    #[test]
    fn a_master_is_heard_to_the_right_and_in_the_other_row() {
        let lines = lines(|n, s| {
            s.master = n == 10;
            s.to_right = n == 10 || n == 11;
            s.vertical = n == 12;
        });
        assert_eq!(lines.hearers(10), [11, 12, 268]);
        assert_eq!(lines.heard(268), [10]);
        assert!(lines.joins(11) && lines.joins(10) && !lines.joins(9));
    }

    #[test]
    fn a_line_from_the_right_does_not_work_and_rows_end() {
        let lines = lines(|n, s| {
            s.master = true;
            s.from_right = true;
            s.to_right = n == 255;
        });
        assert!((0..NEURONS).all(|n| !lines.joins(n)));
    }

    #[test]
    fn without_masters_nothing_is_heard() {
        let lines = lines(|_, s| s.to_right = true);
        assert!((0..NEURONS).all(|n| lines.heard(n).is_empty()));
    }

    #[test]
    fn logic_follows_its_truth_tables() {
        let table = |logic: Logic, before| {
            [(false, false), (false, true), (true, false), (true, true)]
                .map(|(own, line)| logic.value(before, own, line))
        };
        assert_eq!(table(Logic::Line, false), [false, true, false, true]);
        assert_eq!(table(Logic::Local, false), [false, false, true, true]);
        assert_eq!(table(Logic::And, true), [false, false, false, true]);
        assert_eq!(table(Logic::Xnor, false), [true, false, false, true]);
        assert_eq!(table(Logic::MullerC, false), [false, false, false, true]);
        assert_eq!(table(Logic::MullerC, true), [false, true, true, true]);
    }

    #[test]
    fn alone_a_neuron_hears_itself_as_master() {
        let of = |logic, master| FireSwitches { logic, master, ..FireSwitches::default() }.solitary();
        assert_eq!(of(Logic::Line, false), Solitary::Never);
        assert_eq!(of(Logic::Line, true), Solitary::Fire);
        assert_eq!(of(Logic::Local, false), Solitary::Fire);
        assert_eq!(of(Logic::Xnor, false), Solitary::End);
        assert_eq!(of(Logic::Xnor, true), Solitary::Never);
    }
}
