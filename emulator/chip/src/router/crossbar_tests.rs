//! Tests of the crossbar: routing conventions, rates, losses, counters, order.

use super::super::crossbar_config::{NodeConfig, OutputConfig};
use super::super::topology::node_at;
use super::*;

fn node(mask: u16, target: u16) -> NodeConfig {
    NodeConfig { mask, target, enable_drop_counter: true }
}

/// All nodes drop but those given as (input, output, mask, target); all counters on, all buses listening.
fn only(nodes: &[(usize, usize, u16, u16)]) -> CrossbarConfig {
    let mut all = [NodeConfig::DROP_ALL; NODES];
    for &(input, output, mask, target) in nodes {
        all[node_at(input, output).unwrap()] = node(mask, target);
    }
    CrossbarConfig::new(&all, OutputConfig { enable_slow: 0, enable_event_counter: 0xfff }, 0xff)
}

fn drain(crossbar: &mut Crossbar, config: &CrossbarConfig) -> Vec<Routed> {
    let mut out = Vec::new();
    crossbar.advance(u64::MAX - 1, config, &mut out);
    out
}

fn summary(events: &[Routed]) -> Vec<(u64, u8, u16)> {
    events.iter().map(|e| (e.cycle, e.output, e.label)).collect()
}

#[test]
fn packs_come_back_after_reset_without_any_configuration() {
    for pack in 1..=3u16 {
        let mut crossbar = Crossbar::default();
        for _ in 0..pack {
            crossbar.offer(8 + 2, 100, 0xabcd);
        }
        let back = drain(&mut crossbar, &CrossbarConfig::default());
        let expected: Vec<_> = (0..u64::from(pack)).map(|i| (100 + i, 10, 2 << 14 | 0x2bcd)).collect();
        assert_eq!(summary(&back), expected);
    }
}

#[test]
fn external_spikes_follow_the_usual_convention() {
    let nodes: Vec<_> = (0..4)
        .flat_map(|s| [(8 + s, s, 0x2000, 0), (8 + s, 4 + s, 0x2000, 0x2000), (8 + s, 8 + s, 0x1000, 0x1000)])
        .collect();
    let config = only(&nodes);
    for s in 0..4usize {
        let mut crossbar = Crossbar::default();
        for (i, label) in [0x0123u16, 0x2123, 0x1123, 0x3123].into_iter().enumerate() {
            crossbar.offer(8 + s, 10 * i as u64, label);
        }
        let (top, bottom, host) = (s as u8, 4 + s as u8, 8 + s as u8);
        let channel = (s as u16) << 14;
        let expected = [
            (0, top, 0x0123),
            (10, bottom, 0x2123),
            (20, top, 0x1123),
            (20, host, channel | 0x1123),
            (30, bottom, 0x3123),
            (30, host, channel | 0x3123),
        ];
        assert_eq!(summary(&drain(&mut crossbar, &config)), expected);
    }
}

#[test]
fn background_events_reach_their_bus_and_are_recorded_by_bit_11() {
    let nodes: Vec<_> =
        (0..8).flat_map(|g| [(12 + g, g, 0, 0), (12 + g, 8 + g % 4, 0x0800, 0x0800)]).collect();
    let config = only(&nodes);
    for g in 0..8u16 {
        let mut crossbar = Crossbar::default();
        crossbar.offer(12 + usize::from(g), 5, g);
        crossbar.offer(12 + usize::from(g), 9, 0x0800 | g);
        let expected =
            [(5, g as u8, g), (9, g as u8, 0x0800 | g), (9, 8 + g as u8 % 4, (g % 4) << 14 | 0x0800 | g)];
        assert_eq!(summary(&drain(&mut crossbar, &config)), expected);
    }
}

#[test]
fn neuron_events_reach_their_bus_in_both_hemispheres_and_the_host() {
    for e in 0..8u16 {
        let nodes: Vec<_> = (0..3).map(|h| (usize::from(e), usize::from(e % 4) + 4 * h, 0, 0)).collect();
        let mut crossbar = Crossbar::default();
        let label = SpikeLabel::of_neuron(e as u8, 0x5a).0;
        crossbar.offer(usize::from(e), 7, label);
        let bus = (e % 4) as u8;
        let expected = [(7, bus, label), (7, bus + 4, label), (7, bus + 8, (e % 4) << 14 | e << 8 | 0x5a)];
        assert_eq!(summary(&drain(&mut crossbar, &only(&nodes))), expected);
    }
}

#[test]
fn filter_misses_are_not_drops() {
    let mut crossbar = Crossbar::default();
    let config = only(&[(8, 0, 0x3fff, 0x0155)]);
    for (cycle, label) in [(0, 0x0155), (5, 0x0154), (10, 0x0155)] {
        crossbar.offer(8, cycle, label);
    }
    assert_eq!(summary(&drain(&mut crossbar, &config)), [(0, 0, 0x155), (10, 0, 0x155)]);
    assert_eq!(crossbar.drop_counter(8), 0);
}

#[test]
fn a_padi_output_sends_one_event_per_two_cycles_and_an_l2_output_one_per_cycle() {
    let burst = |output: usize, slow: u8| {
        let mut config = only(&[(8, output, 0, 0)]);
        config.set_outputs(OutputConfig { enable_slow: slow, enable_event_counter: 0xfff });
        let mut crossbar = Crossbar::default();
        for i in 0..1000 {
            crossbar.offer(8, 50, i);
        }
        let out = drain(&mut crossbar, &config);
        let spacing = out[1].cycle - out[0].cycle;
        assert!(out.windows(2).all(|pair| pair[1].cycle - pair[0].cycle == spacing));
        (spacing, out.len(), crossbar.drop_counter(8), crossbar.event_counter(output))
    };
    // Entries come one per cycle; an output at half that rate keeps every other one after the first two.
    assert_eq!(burst(8, 0), (1, 1000, 0, 1000));
    assert_eq!(burst(3, 0), (2, 501, 499, 501));
    assert_eq!(burst(8, 1), (2, 501, 499, 501));
}

#[test]
fn vector_input_of_one_event_per_fpga_cycle_loses_nothing_on_a_bus() {
    let mut crossbar = Crossbar::default();
    for i in 0..500 {
        crossbar.offer(9, 2 * i, 0x40 | (i as u16 & 31));
    }
    let out = drain(&mut crossbar, &only(&[(9, 1, 0x2000, 0)]));
    assert!(out.iter().enumerate().all(|(i, e)| e.cycle == 2 * i as u64));
    assert_eq!((out.len(), crossbar.drop_counter(9)), (500, 0));
}

#[test]
fn three_labels_of_one_pack_reach_an_idle_bus() {
    let mut crossbar = Crossbar::default();
    for label in [1, 2, 3] {
        crossbar.offer(8, 20, label);
    }
    let out = drain(&mut crossbar, &only(&[(8, 0, 0, 0)]));
    assert_eq!(summary(&out), [(20, 0, 1), (22, 0, 2), (24, 0, 3)]);
}

#[test]
fn a_deeper_fifo_bridges_a_burst_in_order() {
    let mut crossbar = Crossbar::with_depth(4);
    for i in 0..8 {
        crossbar.offer(8, 0, i);
    }
    let out = drain(&mut crossbar, &only(&[(8, 0, 0, 0)]));
    assert_eq!(summary(&out), (0..8).map(|i| (2 * u64::from(i), 0, i)).collect::<Vec<_>>());
    assert_eq!(crossbar.drop_counter(8), 0);
}

#[test]
fn the_round_robin_serves_waiting_nodes_in_turn() {
    // Bus 0 is fed by inputs 0, 4, 8, 9, 10, 11 and 12, in this rank order.
    let inputs = [0, 4, 8, 9, 10, 11, 12];
    let config = only(&inputs.map(|input| (input, 0, 0, 0)));
    let mut crossbar = Crossbar::default();
    crossbar.offer(9, 0, 0);
    for input in inputs {
        crossbar.offer(input, 10, input as u16);
    }
    let order: Vec<u16> = drain(&mut crossbar, &config).iter().map(|e| e.label).collect();
    // Input 9 was served last, so the turn begins behind it.
    assert_eq!(order, [0, 10, 11, 12, 0, 4, 8, 9]);
}

#[test]
fn saturated_inputs_share_an_output_equally() {
    let inputs = [0, 4, 8, 9, 10, 11, 12];
    let config = only(&inputs.map(|input| (input, 0, 0, 0)));
    let mut crossbar = Crossbar::default();
    for _ in 0..1400 {
        for input in inputs {
            crossbar.offer(input, 0, input as u16);
        }
    }
    let out = drain(&mut crossbar, &config);
    for input in inputs {
        assert_eq!(out[..700].iter().filter(|e| e.label == input as u16).count(), 100);
        assert!(out[..700].iter().filter(|e| e.label == input as u16).is_sorted_by_key(|e| e.cycle));
    }
    assert_eq!(out[699].cycle, 2 * 699);
}

#[test]
fn every_losing_node_counts_and_only_where_enabled() {
    let mut nodes = [NodeConfig::DROP_ALL; NODES];
    for output in [0, 1, 4] {
        nodes[node_at(11, output).unwrap()] = node(0, 0);
    }
    nodes[node_at(11, 5).unwrap()] = NodeConfig::PASS_ALL;
    let config = CrossbarConfig::new(&nodes, OutputConfig::default(), 0xff);
    let mut crossbar = Crossbar::default();
    for _ in 0..4 {
        crossbar.offer(11, 0, 1);
    }
    // Entries 0, 1, 2 pass (two at once leave a place free in cycle 2); entry 3 loses at four nodes, three of which count.
    assert_eq!(drain(&mut crossbar, &config).len(), 12);
    assert_eq!(crossbar.drop_counter(11), 3);
    assert_eq!(crossbar.event_counter(0), 0);
}

#[test]
fn counters_wrap_at_16_and_24_bits() {
    let config = only(&[(8, 8, 0, 0), (8, 0, 0, 0)]);
    let mut crossbar =
        Crossbar { drops: [0xffff; INPUTS], events: [0x00ff_ffff; OUTPUTS], ..Crossbar::default() };
    for _ in 0..4 {
        crossbar.offer(8, 0, 0);
    }
    drain(&mut crossbar, &config);
    assert_eq!((crossbar.event_counter(8), crossbar.event_counter(0)), (3, 2));
    assert_eq!(crossbar.drop_counter(8), 0);
}

#[test]
fn a_deaf_bus_swallows_events_but_its_output_counts() {
    let mut config = only(&[(8, 0, 0, 0), (8, 4, 0, 0)]);
    config.set_enable_spl1(0x10);
    let mut crossbar = Crossbar::default();
    crossbar.offer(8, 3, 9);
    assert_eq!(summary(&drain(&mut crossbar, &config)), [(3, 4, 9)]);
    assert_eq!((crossbar.event_counter(0), crossbar.event_counter(4)), (1, 1));
}

#[test]
fn cutting_the_time_into_pieces_changes_nothing() {
    let mut nodes = [NodeConfig::PASS_ALL; NODES];
    nodes.iter_mut().enumerate().for_each(|(i, n)| n.mask = (i as u16 % 5) & 1);
    let config =
        CrossbarConfig::new(&nodes, OutputConfig { enable_slow: 2, enable_event_counter: 0xfff }, 0x3c);
    let offers: Vec<(usize, u64, u16)> = (0..4000u64)
        .map(crate::random::mix)
        .map(|z| ((z % 20) as usize, z >> 8 & 0xfff, (z >> 32) as u16))
        .collect();
    let mut sorted = offers.clone();
    sorted.sort_by_key(|o| o.1);
    let (mut whole, mut pieces) = (Crossbar::default(), Crossbar::default());
    sorted.iter().for_each(|&(input, cycle, label)| whole.offer(input, cycle, label));
    let all = drain(&mut whole, &config);
    let mut cut = Vec::new();
    for window in 0..=64 {
        let now = |o: &&(usize, u64, u16)| o.1 / 64 == window;
        sorted.iter().filter(now).for_each(|&(input, cycle, label)| pieces.offer(input, cycle, label));
        pieces.advance(64 * window + 63, &config, &mut cut);
    }
    pieces.advance(u64::MAX - 1, &config, &mut cut);
    assert_eq!(cut, all);
    assert!(all.is_sorted_by_key(|e| (e.cycle, e.output)));
    assert_eq!(pieces, whole);
    assert!(all.len() > 3000);
}

#[test]
fn a_snapshot_continues_like_the_original() {
    let config = CrossbarConfig::default();
    let mut original = Crossbar::default();
    for i in 0..30 {
        original.offer(8 + i % 4, 0, i as u16);
    }
    original.advance(3, &config, &mut Vec::new());
    let saved = ron::to_string(&original).unwrap();
    let mut copy: Crossbar = ron::from_str(&saved).unwrap();
    assert_eq!(copy, original);
    assert_eq!(drain(&mut copy, &config), drain(&mut original, &config));
}

/// The same rules stepped cycle by cycle without any shortcut.
#[test]
fn agrees_with_a_clocked_model() {
    let config = only(
        &(0..NODES).map(|k| (PLACES[k].input as usize, PLACES[k].output as usize, 0, 0)).collect::<Vec<_>>(),
    );
    let offers: Vec<(usize, u64, u16)> = (0..3000u64)
        .map(|i| (crate::random::mix(i ^ 0x55), i))
        .map(|(z, i)| ((z % 20) as usize, i / 2 + (z >> 60), i as u16 & 0x3fff))
        .collect();
    let mut crossbar = Crossbar::default();
    offers.iter().for_each(|&(input, cycle, label)| crossbar.offer(input, cycle, label));
    let (expected, drops) = clocked(&offers, &config);
    assert_eq!(summary(&drain(&mut crossbar, &config)), expected);
    assert_eq!(crossbar.drops, drops);
    assert!(drops.iter().any(|&d| d > 100));
}

type Events = Vec<(u64, u8, u16)>;

fn clocked(offers: &[(usize, u64, u16)], config: &CrossbarConfig) -> (Events, [u16; INPUTS]) {
    let mut queues: Vec<VecDeque<(u64, u16)>> = vec![VecDeque::new(); INPUTS];
    offers.iter().for_each(|&(input, cycle, label)| queues[input].push_back((cycle, label)));
    let mut stored = [None::<u16>; NODES];
    // 34 is -1 modulo 5 and 7: every turn begins at rank 0.
    let (mut due, mut last, mut drops) = ([0u64; OUTPUTS], [34usize; OUTPUTS], [0u16; INPUTS]);
    let mut events = Vec::new();
    for cycle in 0..20_000 {
        let mut left = Vec::new();
        for phase in 0..2 {
            for output in 0..OUTPUTS {
                let ranks = PLACES.iter().filter(|p| p.output as usize == output).count();
                let turn = (1..=ranks).map(|i| (last[output] + i) % ranks);
                let full = |rank: &usize| stored[NODES_OF_OUTPUT[output][*rank] as usize].is_some();
                if let Some(rank) = turn.into_iter().find(full).filter(|_| due[output] <= cycle) {
                    let label = stored[NODES_OF_OUTPUT[output][rank] as usize].take().unwrap();
                    (last[output], due[output]) = (rank, cycle + u64::from(config.intervals[output]));
                    left.push((cycle, output as u8, label_on(output, label)));
                }
            }
            for input in (0..INPUTS).filter(|_| phase == 0) {
                if queues[input].front().is_none_or(|&(at, _)| at > cycle) {
                    continue;
                }
                let (_, label) = queues[input].pop_front().unwrap();
                for k in (0..NODES).filter(|&k| PLACES[k].input as usize == input) {
                    if stored[k].is_some() {
                        drops[input] += 1;
                    } else {
                        stored[k] = Some(label);
                    }
                }
            }
        }
        left.sort_unstable_by_key(|e| e.1);
        events.extend(left);
    }
    (events, drops)
}
