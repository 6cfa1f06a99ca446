//! Joined neurons from switches.

use super::*;

fn wire(change: impl Fn(usize, &mut Switches)) -> Wiring {
    let mut switches = vec![Switches::default(); NEURONS];
    switches.iter_mut().enumerate().for_each(|(neuron, switches)| change(neuron, switches));
    Wiring::new(&switches)
}

#[test]
fn open_switches_leave_every_neuron_on_its_own() {
    assert_eq!(wire(|_, _| ()), Wiring::default());
    assert!(Wiring::default().group_of.iter().enumerate().all(|(n, group)| usize::from(*group) == n));
}

#[test]
fn shorted_membranes_are_one_compartment_across_both_rows() {
    let wiring = wire(|n, s| {
        s.membrane_right = n == 10 || n == 266;
        s.vertical = n == 11;
    });
    let joined = wiring.group(10).unwrap();
    assert_eq!(joined.members, [(10, 0), (11, 0), (266, 0), (267, 0)]);
    assert_eq!((joined.compartments, wiring.joined.len()), (1, 1));
    assert_eq!(wiring.group_of[267], 10);
    assert_eq!(wiring.group_of[12], 12);
}

#[test]
fn a_vertical_switch_may_lie_in_either_row() {
    assert_eq!(wire(|n, s| s.vertical = n == 300), wire(|n, s| s.vertical = n == 44));
}

#[test]
fn switches_end_at_the_right_edge() {
    let wiring = wire(|n, s| {
        s.membrane_right = n == 255 || n == 511;
        s.soma_right = n == 255;
        s.soma = n == 255 || n == 256;
    });
    assert!(wiring.joined.is_empty());
}

#[test]
fn two_conductances_meet_on_a_line_without_a_membrane() {
    let wiring = wire(|n, s| {
        s.conductance = n == 4 || n == 6;
        s.soma_right = n == 4 || n == 5;
    });
    let joined = wiring.group(4).unwrap();
    assert_eq!(joined.members, [(4, 0), (6, 1)]);
    let tap = |neuron, compartment| Tap { neuron, compartment };
    assert_eq!(joined.lines, [[tap(4, 0), tap(6, 1)]]);
    assert!(joined.bridges.is_empty());
    assert_eq!(wiring.group_of[5], 5, "the membrane under the line is not part of it");
}

#[test]
fn a_soma_that_is_shorted_to_its_line_makes_a_bridge() {
    let wiring = wire(|n, s| {
        s.soma = n == 0;
        s.soma_right = n < 2;
        s.conductance = n == 1 || n == 2;
    });
    let joined = wiring.group(0).unwrap();
    assert_eq!(joined.compartments, 3);
    assert!(joined.lines.is_empty());
    let bridge = |neuron, compartment| Bridge { tap: Tap { neuron, compartment }, to: 0 };
    assert_eq!(joined.bridges, [bridge(1, 1), bridge(2, 2)]);
}

#[test]
fn conductances_that_are_shorted_or_lead_nowhere_do_nothing() {
    let shorted = wire(|n, s| {
        s.soma = n == 3;
        s.conductance = n == 3;
    });
    assert!(shorted.joined.is_empty());
    let alone = wire(|n, s| {
        s.soma_right = n == 3;
        s.conductance = n == 3;
        s.membrane_right = n == 3;
    });
    assert_eq!(alone.group(3).unwrap().lines, Vec::<Vec<Tap>>::new());
}

#[test]
fn everything_shorted_is_one_compartment_and_remarked() {
    let all =
        Switches { membrane_right: true, vertical: true, soma: true, soma_right: true, conductance: true };
    let wiring = wire(|_, s| *s = all);
    assert_eq!(wiring.joined.len(), 1);
    assert_eq!((wiring.joined[0].members.len(), wiring.joined[0].compartments), (NEURONS, 1));
    assert!(wiring.joined[0].bridges.is_empty() && wiring.joined[0].lines.is_empty());
    assert_eq!(wiring.suspicious().collect::<Vec<_>>(), [(0, NEURONS)]);
}
