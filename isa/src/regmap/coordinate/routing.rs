//! Inputs, outputs and nodes of the event crossbar (electronicvisions halco: src/halco/hicann-dls/vx/routing_crossbar.cpp).
//!
//! 20 inputs meet 12 outputs in 76 nodes: neuron output e reaches bus e%4 of both hemispheres and one host output, a host
//! channel all eight buses and its own host output, a background source one bus and one host output.

use super::*;

/// First crossbar input of the host channels.
const FIRST_HOST: u32 = 8;
/// First crossbar input of the background sources.
const FIRST_BACKGROUND: u32 = 12;
/// First crossbar output towards the host.
const FIRST_L2: u32 = 8;
/// First node of the host channels (8 neuron outputs with three nodes each come before).
const HOST_NODES: u32 = 24;
/// First node of the background sources (4 host channels with nine nodes each come before).
const BACKGROUND_NODES: u32 = 60;

impl NeuronEventOutputOnDLS {
    /// The crossbar input it feeds: the same number.
    #[must_use]
    #[inline]
    pub const fn to_crossbar_input(self) -> CrossbarInputOnDLS {
        CrossbarInputOnDLS(self.0)
    }
}

impl PADIBusOnDLS {
    /// The crossbar output that drives it.
    #[must_use]
    #[inline]
    pub const fn to_crossbar_output(self) -> CrossbarOutputOnDLS {
        CrossbarOutputOnDLS(self.0)
    }
}

impl BackgroundSpikeSourceOnDLS {
    /// The crossbar input it feeds.
    #[must_use]
    #[inline]
    pub const fn to_crossbar_input(self) -> CrossbarInputOnDLS {
        CrossbarInputOnDLS(FIRST_BACKGROUND + self.0)
    }
}

impl CrossbarInputOnDLS {
    /// The input of the host channel given by bits 15:14 of a spike label (taken modulo 4).
    #[must_use]
    #[inline]
    pub const fn from_spl1(address: usize) -> Self {
        CrossbarInputOnDLS(FIRST_HOST + address as u32 % 4)
    }

    /// First node of this input; its nodes are numbered on, in the order of [`CrossbarInputOnDLS::outputs`].
    const fn first_node(self) -> u32 {
        match self.0 {
            i @ ..FIRST_HOST => 3 * i,
            i @ FIRST_HOST..FIRST_BACKGROUND => HOST_NODES + 9 * (i - FIRST_HOST),
            i => BACKGROUND_NODES + 2 * (i - FIRST_BACKGROUND),
        }
    }

    /// Number of nodes of this input.
    #[must_use]
    #[inline]
    pub const fn node_count(self) -> usize {
        match self.0 {
            ..FIRST_HOST => 3,
            FIRST_HOST..FIRST_BACKGROUND => 9,
            _ => 2,
        }
    }

    /// Output behind node number `n` of this input.
    const fn output(self, n: u32) -> CrossbarOutputOnDLS {
        CrossbarOutputOnDLS(match self.0 {
            i @ ..FIRST_HOST => i % 4 + 4 * n,
            i @ FIRST_HOST..FIRST_BACKGROUND => {
                if n < FIRST_L2 {
                    n
                } else {
                    FIRST_L2 + i - FIRST_HOST
                }
            }
            i => {
                let source = i - FIRST_BACKGROUND;
                if n == 0 { source } else { FIRST_L2 + source % 4 }
            }
        })
    }

    /// Outputs that this input has a node to.
    pub fn outputs(self) -> impl ExactSizeIterator<Item = CrossbarOutputOnDLS> {
        (0..self.node_count() as u32).map(move |n| self.output(n))
    }

    /// Nodes of this input: an event is offered to all of them at once.
    pub fn nodes(self) -> impl ExactSizeIterator<Item = CrossbarNodeOnDLS> {
        let first = self.first_node();
        (first..first + self.node_count() as u32).map(CrossbarNodeOnDLS)
    }
}

impl CrossbarOutputOnDLS {
    /// The output towards the host with this number (taken modulo 4).
    #[must_use]
    #[inline]
    pub const fn from_l2(output: usize) -> Self {
        CrossbarOutputOnDLS(FIRST_L2 + output as u32 % 4)
    }

    /// The PADI bus it drives, if it drives one.
    #[must_use]
    #[inline]
    pub const fn to_padi_bus(self) -> Option<PADIBusOnDLS> {
        if self.0 < FIRST_L2 { Some(PADIBusOnDLS(self.0)) } else { None }
    }

    /// Its number towards the host (0..3), if it leads there.
    #[must_use]
    #[inline]
    pub const fn l2_output(self) -> Option<usize> {
        if self.0 < FIRST_L2 { None } else { Some((self.0 - FIRST_L2) as usize) }
    }
}

impl CrossbarNodeOnDLS {
    /// The node between an input and an output, if there is one.
    #[must_use]
    pub const fn between(input: CrossbarInputOnDLS, output: CrossbarOutputOnDLS) -> Option<Self> {
        let mut n = 0;
        while n < input.node_count() as u32 {
            if input.output(n).0 == output.0 {
                return Some(CrossbarNodeOnDLS(input.first_node() + n));
            }
            n += 1;
        }
        None
    }

    /// The input it listens to.
    #[must_use]
    #[inline]
    pub const fn input(self) -> CrossbarInputOnDLS {
        CrossbarInputOnDLS(match self.0 {
            k @ ..HOST_NODES => k / 3,
            k @ HOST_NODES..BACKGROUND_NODES => FIRST_HOST + (k - HOST_NODES) / 9,
            k => FIRST_BACKGROUND + (k - BACKGROUND_NODES) / 2,
        })
    }

    /// The output it forwards to.
    #[must_use]
    #[inline]
    pub const fn output(self) -> CrossbarOutputOnDLS {
        let input = self.input();
        input.output(self.0 - input.first_node())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_where_the_crossbar_table_puts_them() {
        let node = |i, j| {
            let ends = (CrossbarInputOnDLS::from_enum(i).ok()?, CrossbarOutputOnDLS::from_enum(j).ok()?);
            CrossbarNodeOnDLS::between(ends.0, ends.1).map(CrossbarNodeOnDLS::to_enum)
        };
        for e in 0..8 {
            assert_eq!([e % 4, 4 + e % 4, 8 + e % 4].map(|j| node(e, j)), [0, 1, 2].map(|n| Some(3 * e + n)));
        }
        for s in 0..4 {
            (0..8).for_each(|j| assert_eq!(node(8 + s, j), Some(24 + 9 * s + j)));
            assert_eq!(node(8 + s, 8 + s), Some(24 + 9 * s + 8));
            assert_eq!(node(8 + s, 8 + (s + 1) % 4), None);
        }
        for g in 0..8 {
            assert_eq!((node(12 + g, g), node(12 + g, 8 + g % 4)), (Some(60 + 2 * g), Some(61 + 2 * g)));
        }
    }

    #[test]
    fn every_node_has_its_own_ends() {
        let mut count = 0;
        for input in CrossbarInputOnDLS::all() {
            for (node, output) in input.nodes().zip(input.outputs()) {
                assert_eq!((node.input(), node.output()), (input, output));
                assert_eq!(CrossbarNodeOnDLS::between(input, output), Some(node));
                assert_eq!(node.to_enum(), count);
                count += 1;
            }
        }
        assert_eq!(count, CrossbarNodeOnDLS::SIZE);
    }

    #[test]
    fn buses_and_host_outputs_share_the_crossbar_outputs() {
        for output in CrossbarOutputOnDLS::all() {
            match (output.to_padi_bus(), output.l2_output()) {
                (Some(bus), None) => assert_eq!(bus.to_crossbar_output(), output),
                (None, Some(l2)) => assert_eq!(CrossbarOutputOnDLS::from_l2(l2), output),
                both => panic!("{both:?}"),
            }
        }
    }
}
