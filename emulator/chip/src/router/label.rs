//! The bit fields of a spike label, in one place. Neurons, crossbar, PADI buses and synapses each read another part of the same
//! 16 bits (electronicvisions halco:src/halco/hicann-dls/vx/event.cpp).

use serde::{Deserialize, Serialize};

/// Bits a crossbar node compares (13:0); what remains are the two bits of the SPL1 address.
pub const NEURON_LABEL_MASK: u16 = 0x3fff;
/// Bits that travel on a PADI bus (10:0): row select and synapse label.
pub const PADI_LABEL_MASK: u16 = 0x07ff;

/// A 16-bit spike label, `SpikeLabel` of the hardware's own software.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct SpikeLabel(pub u16);

impl SpikeLabel {
    /// Label of an event entering or leaving on L2 channel `spl1_address` (0..3): `{spl1_address, neuron_label[13:0]}`.
    #[must_use]
    pub const fn on_channel(spl1_address: u8, neuron_label: u16) -> SpikeLabel {
        SpikeLabel((spl1_address as u16 & 3) << 14 | (neuron_label & NEURON_LABEL_MASK))
    }

    /// Label a neuron on event output `event_output` (0..7) sends: `{000, event_output, address_out}`. Bits 13:11 are taken as
    /// zero: public sources name three position bits only.
    #[must_use]
    pub const fn of_neuron(event_output: u8, address_out: u8) -> SpikeLabel {
        SpikeLabel((event_output as u16 & 7) << 8 | address_out as u16)
    }

    /// Label that selects driver rows `row_select` (5 bits) and synapses with `synapse_label` (6 bits).
    #[must_use]
    pub const fn on_padi(row_select: u8, synapse_label: u8) -> SpikeLabel {
        SpikeLabel((row_select as u16 & 31) << 6 | (synapse_label as u16 & 63))
    }

    /// Bits 15:14: L2 channel towards the chip (SPL1 address) or, for received events, the L2 output.
    #[must_use]
    pub const fn spl1_address(self) -> u8 {
        (self.0 >> 14) as u8
    }

    /// Bits 13:0, compared in crossbar nodes.
    #[must_use]
    pub const fn neuron_label(self) -> u16 {
        self.0 & NEURON_LABEL_MASK
    }

    /// Bits 10:8, set by the hardware for events of on-chip neurons.
    #[must_use]
    pub const fn event_output(self) -> u8 {
        (self.0 >> 8) as u8 & 7
    }

    /// Bits 7:0, `address_out` of the neuron's backend.
    #[must_use]
    pub const fn address_out(self) -> u8 {
        self.0 as u8
    }

    /// Bits 10:6, compared in synapse drivers.
    #[must_use]
    pub const fn row_select(self) -> u8 {
        (self.0 >> 6) as u8 & 31
    }

    /// Bits 5:0, compared in synapses.
    #[must_use]
    pub const fn synapse_label(self) -> u8 {
        self.0 as u8 & 63
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_a_hand_split_label() {
        // 10 | 11 0101 0110 1101: channel 2, output 5, address 0x6d, row select 0b10101, synapse label 0b101101.
        let label = SpikeLabel(0b1011_0101_0110_1101);
        assert_eq!(label.spl1_address(), 2);
        assert_eq!(label.neuron_label(), 0x356d);
        assert_eq!(label.event_output(), 5);
        assert_eq!(label.address_out(), 0x6d);
        assert_eq!(label.row_select(), 0b10101);
        assert_eq!(label.synapse_label(), 0b10_1101);
    }

    #[test]
    fn a_neurons_row_select_is_its_output_and_two_address_bits() {
        for output in 0..8 {
            for address in [0, 0x3f, 0x40, 0xa5, 0xff] {
                let label = SpikeLabel::of_neuron(output, address);
                assert_eq!(label.row_select(), output << 2 | address >> 6);
                assert_eq!((label.event_output(), label.address_out()), (output, address));
            }
        }
    }

    #[test]
    fn construction_and_splitting_agree() {
        assert_eq!(SpikeLabel::on_channel(3, 0x3fff).0, 0xffff);
        assert_eq!(SpikeLabel::on_channel(1, 0xffff).0, 0x7fff);
        let padi = SpikeLabel::on_padi(17, 42);
        assert_eq!((padi.row_select(), padi.synapse_label(), padi.0), (17, 42, 17 * 64 + 42));
    }
}
