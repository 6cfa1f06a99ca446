//! The 16-bit spike label and its overlaid views: what the crossbar compares, what a synapse driver compares and what a
//! synapse compares (electronicvisions halco: src/halco/hicann-dls/vx/event.cpp; the conventions for bits 13:11 are those of
//! electronicvisions grenade: routing/greedy/routing_builder.cpp).

use serde::{Deserialize, Serialize};

/// A spike label as it travels between host and chip.
///
/// | bits | view |
/// | --- | --- |
/// | 15:14 | SPL1 address: L2 channel towards the chip, L2 output channel on the way back |
/// | 13:0 | neuron label, compared in crossbar nodes |
/// | 13 / 12 / 11 | by convention: hemisphere / loop this external event back / record this background event |
/// | 10:8, 7:0 | neuron event output and backend `address_out` of an on-chip neuron |
/// | 10:6, 5:0 | row select address (synapse driver) and synapse label |
///
/// The `with_*` methods keep as many low bits of their argument as the field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct SpikeLabel(pub u16);

/// One field of the label: lowest bit and width.
#[derive(Clone, Copy)]
struct Part {
    lsb: u32,
    width: u32,
}

const SPL1_ADDRESS: Part = Part { lsb: 14, width: 2 };
const NEURON_LABEL: Part = Part { lsb: 0, width: 14 };
const HEMISPHERE: Part = Part { lsb: 13, width: 1 };
const LOOP_BACK: Part = Part { lsb: 12, width: 1 };
const RECORD_BACKGROUND: Part = Part { lsb: 11, width: 1 };
const NEURON_EVENT_OUTPUT: Part = Part { lsb: 8, width: 3 };
const BACKEND_ADDRESS_OUT: Part = Part { lsb: 0, width: 8 };
const ROW_SELECT_ADDRESS: Part = Part { lsb: 6, width: 5 };
const SYNAPSE_LABEL: Part = Part { lsb: 0, width: 6 };

impl SpikeLabel {
    const fn part(self, part: Part) -> u16 {
        (self.0 >> part.lsb) & ((1 << part.width) - 1)
    }

    const fn with_part(self, part: Part, value: u16) -> SpikeLabel {
        let mask = ((1u16 << part.width) - 1) << part.lsb;
        SpikeLabel((self.0 & !mask) | ((value << part.lsb) & mask))
    }

    /// SPL1 address, 0..=3.
    #[must_use]
    pub const fn spl1_address(self) -> u8 {
        self.part(SPL1_ADDRESS) as u8
    }

    /// Neuron label, 14 bits.
    #[must_use]
    pub const fn neuron_label(self) -> u16 {
        self.part(NEURON_LABEL)
    }

    /// Hemisphere bit of the host software's convention: 0 top, 1 bottom.
    #[must_use]
    pub const fn hemisphere_bit(self) -> u8 {
        self.part(HEMISPHERE) as u8
    }

    /// Whether the crossbar set up by convention returns this external event to the host.
    #[must_use]
    pub const fn loops_back(self) -> bool {
        self.part(LOOP_BACK) == 1
    }

    /// Whether the crossbar set up by convention sends this background event to the host.
    #[must_use]
    pub const fn records_background(self) -> bool {
        self.part(RECORD_BACKGROUND) == 1
    }

    /// Event output of the neuron that fired, 0..=7 (column / 32).
    #[must_use]
    pub const fn neuron_event_output(self) -> u8 {
        self.part(NEURON_EVENT_OUTPUT) as u8
    }

    /// `address_out` of the neuron that fired.
    #[must_use]
    pub const fn neuron_backend_address_out(self) -> u8 {
        self.part(BACKEND_ADDRESS_OUT) as u8
    }

    /// Row select address, 0..=31.
    #[must_use]
    pub const fn row_select_address(self) -> u8 {
        self.part(ROW_SELECT_ADDRESS) as u8
    }

    /// Synapse label, 0..=63.
    #[must_use]
    pub const fn synapse_label(self) -> u8 {
        self.part(SYNAPSE_LABEL) as u8
    }

    /// With this SPL1 address.
    #[must_use]
    pub const fn with_spl1_address(self, value: u8) -> SpikeLabel {
        self.with_part(SPL1_ADDRESS, value as u16)
    }

    /// With this neuron label.
    #[must_use]
    pub const fn with_neuron_label(self, value: u16) -> SpikeLabel {
        self.with_part(NEURON_LABEL, value)
    }

    /// With this hemisphere bit.
    #[must_use]
    pub const fn with_hemisphere_bit(self, value: u8) -> SpikeLabel {
        self.with_part(HEMISPHERE, value as u16)
    }

    /// With the bit that makes the conventional crossbar return this external event.
    #[must_use]
    pub const fn with_loop_back(self, loops_back: bool) -> SpikeLabel {
        self.with_part(LOOP_BACK, loops_back as u16)
    }

    /// With the bit that makes the conventional crossbar send this background event to the host.
    #[must_use]
    pub const fn with_record_background(self, records: bool) -> SpikeLabel {
        self.with_part(RECORD_BACKGROUND, records as u16)
    }

    /// With this neuron event output.
    #[must_use]
    pub const fn with_neuron_event_output(self, value: u8) -> SpikeLabel {
        self.with_part(NEURON_EVENT_OUTPUT, value as u16)
    }

    /// With this backend address.
    #[must_use]
    pub const fn with_neuron_backend_address_out(self, value: u8) -> SpikeLabel {
        self.with_part(BACKEND_ADDRESS_OUT, value as u16)
    }

    /// With this row select address.
    #[must_use]
    pub const fn with_row_select_address(self, value: u8) -> SpikeLabel {
        self.with_part(ROW_SELECT_ADDRESS, value as u16)
    }

    /// With this synapse label.
    #[must_use]
    pub const fn with_synapse_label(self, value: u8) -> SpikeLabel {
        self.with_part(SYNAPSE_LABEL, value as u16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_overlay_as_on_the_chip() {
        let neuron = SpikeLabel::default()
            .with_spl1_address(2)
            .with_neuron_event_output(0b101)
            .with_neuron_backend_address_out(0b1100_0011);
        assert_eq!(neuron.0, 0b1000_0101_1100_0011);
        assert_eq!(neuron.row_select_address(), 0b10111, "event output and the upper two address bits");
        assert_eq!(neuron.synapse_label(), 0b00_0011);
        assert_eq!(neuron.neuron_label(), 0b00_0101_1100_0011);
    }

    #[test]
    fn fields_keep_their_neighbours() {
        let all = SpikeLabel(0xffff);
        assert_eq!(all.with_hemisphere_bit(0).0, 0xdfff);
        assert_eq!(all.with_loop_back(false).0, 0xefff);
        assert_eq!(all.with_record_background(false).0, 0xf7ff);
        assert_eq!(all.with_synapse_label(0x40).0, 0xffc0, "the seventh bit does not spill over");
    }
}
