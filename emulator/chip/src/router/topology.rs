//! Which crossbar input meets which output, and under which node number: 20 inputs, 12 outputs, 76 nodes
//! (electronicvisions halco:src/halco/hicann-dls/vx/routing_crossbar.cpp). Pure tables, computed at compile time.

/// Crossbar inputs: 0..8 neuron event outputs, 8..12 L2 channels from the host, 12..20 background sources.
pub const INPUTS: usize = 20;
/// Crossbar outputs: 0..4 PADI buses of the top hemisphere, 4..8 of the bottom one, 8..12 L2 channels to the host.
pub const OUTPUTS: usize = 12;
/// Places where an input meets an output.
pub const NODES: usize = 76;
/// First input fed by the host: channel `s` enters at `FIRST_L2_INPUT + s`.
pub const FIRST_L2_INPUT: usize = 8;
/// First input fed by a background source: source `g` enters at `FIRST_BACKGROUND_INPUT + g`.
pub const FIRST_BACKGROUND_INPUT: usize = 12;
/// First output towards the host, and so the number of PADI buses.
pub const FIRST_L2_OUTPUT: usize = 8;

/// First node of an input; the nodes of an input are consecutive.
#[must_use]
pub const fn first_node(input: usize) -> usize {
    match input {
        0..=7 => 3 * input,
        8..=11 => 24 + 9 * (input - FIRST_L2_INPUT),
        _ => 60 + 2 * (input - FIRST_BACKGROUND_INPUT),
    }
}

/// Number of nodes of an input.
#[must_use]
pub const fn node_count(input: usize) -> usize {
    match input {
        0..=7 => 3,
        8..=11 => 9,
        _ => 2,
    }
}

/// Output that node number `position` of an input leads to.
#[must_use]
pub const fn output_at(input: usize, position: usize) -> usize {
    match input {
        0..=7 => input % 4 + 4 * position,
        8..=11 if position < FIRST_L2_OUTPUT => position,
        8..=11 => input,
        _ if position == 0 => input - FIRST_BACKGROUND_INPUT,
        _ => FIRST_L2_OUTPUT + (input - FIRST_BACKGROUND_INPUT) % 4,
    }
}

/// Where a node sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Input whose events it filters.
    pub input: u8,
    /// Output it feeds.
    pub output: u8,
    /// Its rank among the nodes of that output, ordered by input: the order of the round robin.
    pub rank: u8,
}

/// Place of every node by node number.
pub const PLACES: [Place; NODES] = places();
/// Nodes of every output by rank; unused entries repeat node 0 and are never reached.
pub const NODES_OF_OUTPUT: [[u8; 7]; OUTPUTS] = nodes_of_output();

const fn places() -> [Place; NODES] {
    let mut places = [Place { input: 0, output: 0, rank: 0 }; NODES];
    let mut fill = [0; OUTPUTS];
    let mut input = 0;
    while input < INPUTS {
        let mut position = 0;
        while position < node_count(input) {
            let output = output_at(input, position);
            places[first_node(input) + position] =
                Place { input: input as u8, output: output as u8, rank: fill[output] };
            fill[output] += 1;
            position += 1;
        }
        input += 1;
    }
    places
}

const fn nodes_of_output() -> [[u8; 7]; OUTPUTS] {
    let mut nodes = [[0; 7]; OUTPUTS];
    let mut node = 0;
    while node < NODES {
        let place = PLACES[node];
        nodes[place.output as usize][place.rank as usize] = node as u8;
        node += 1;
    }
    nodes
}

/// Node where `input` meets `output`, or `None` where the crossbar has no node.
#[must_use]
pub fn node_at(input: usize, output: usize) -> Option<usize> {
    PLACES.iter().position(|place| (place.input as usize, place.output as usize) == (input, output))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_those_of_the_public_table() {
        for i in 0..8 {
            assert_eq!(
                [i % 4, 4 + i % 4, 8 + i % 4].map(|o| node_at(i, o)),
                [3 * i, 3 * i + 1, 3 * i + 2].map(Some)
            );
        }
        for s in 0..4 {
            let outputs = [0, 1, 2, 3, 4, 5, 6, 7, 8 + s];
            for (position, output) in outputs.into_iter().enumerate() {
                assert_eq!(node_at(8 + s, output), Some(24 + 9 * s + position));
            }
        }
        for g in 0..8 {
            assert_eq!([g, 8 + g % 4].map(|o| node_at(12 + g, o)), [60 + 2 * g, 61 + 2 * g].map(Some));
        }
    }

    #[test]
    fn there_are_76_nodes_and_no_others() {
        let pairs = (0..INPUTS).flat_map(|i| (0..OUTPUTS).map(move |o| (i, o)));
        assert_eq!(pairs.filter(|&(i, o)| node_at(i, o).is_some()).count(), NODES);
    }

    #[test]
    fn a_padi_bus_has_seven_nodes_and_an_l2_output_five() {
        for (output, nodes) in NODES_OF_OUTPUT.iter().enumerate() {
            let count = PLACES.iter().filter(|place| place.output as usize == output).count();
            assert_eq!(count, if output < FIRST_L2_OUTPUT { 7 } else { 5 });
            let inputs: Vec<u8> = nodes[..count].iter().map(|&n| PLACES[n as usize].input).collect();
            assert!(inputs.is_sorted(), "ranks of output {output} follow the inputs");
        }
    }
}
