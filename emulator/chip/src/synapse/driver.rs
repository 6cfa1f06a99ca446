//! Synapse drivers: which events they accept and how their two rows act (routing model, sections 5 and 6).

use crate::router::PadiEvent;
use serde::{Deserialize, Serialize};

/// Drivers on one PADI bus; driver d of a hemisphere is index d / 4 on bus d % 4.
pub const DRIVERS_PER_BUS: usize = 32;

/// What travels on a PADI bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PadiAddress {
    /// Bus within the hemisphere, 0..4.
    pub bus: u8,
    /// Row select address, five bits.
    pub row_select: u8,
    /// Synapse label, six bits.
    pub label: u8,
}

impl PadiAddress {
    /// Splits the eleven label bits that travel on a bus.
    #[must_use]
    pub fn from_label(bus: u8, label: u16) -> PadiAddress {
        let event = PadiEvent::from_label(label);
        PadiAddress { bus, row_select: event.row_select, label: event.synapse_label }
    }
}

/// Mode of one synapse row: the lines its synapses act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RowMode {
    /// Acts on the excitatory line.
    pub excitatory: bool,
    /// Acts on the inhibitory line.
    pub inhibitory: bool,
}

impl RowMode {
    /// Acts on any line.
    #[must_use]
    pub fn enabled(self) -> bool {
        self.excitatory || self.inhibitory
    }
}

/// The settings of a synapse driver that decide how long its pulses are. `enable_charge_sharing` and `enable_renewing` are
/// broken in silicon (electronicvisions haldls: include/haldls/vx/synapse_driver.h) and do nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Modulation {
    /// Short-term plasticity; off, every pulse has its full length.
    pub enable_stp: bool,
    /// The converter of the low label bits is on.
    pub enable_hagen_dac: bool,
    /// The converter sets the length of the pulse.
    pub enable_hagen_modulation: bool,
    /// Share of the distance to the charge potential that an event covers, 0 to 15.
    pub utilization: u8,
    /// Offset of the comparator, 0 to 15.
    pub offset: u8,
    /// Strength of recovery, 0 to 15.
    pub recovery: u8,
    /// The voltage recovers while the clock of the hemisphere runs.
    pub enable_recovery: bool,
    /// Which of the two pairs of potentials it uses, 0 or 1.
    pub target_voltages: u8,
    /// Offset of the converter, 0 to 63.
    pub hagen_dac_offset: u8,
}

impl Modulation {
    /// Vector-matrix mode: the low label bits set the length of the pulse. A modulation without its converter is none.
    #[must_use]
    pub fn hagen(&self) -> bool {
        self.enable_stp && self.enable_hagen_dac && self.enable_hagen_modulation
    }
}

/// The settings of a synapse driver: which synapses an event reaches, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Driver {
    /// Listens to its bus.
    pub enable_receiver: bool,
    /// Mask of the row-select compare, five bits.
    pub row_address_compare_mask: u8,
    /// Forwards all six label bits; otherwise only the highest.
    pub enable_address_out: bool,
    /// Modes of its bottom row (2 d) and top row (2 d + 1).
    pub rows: [RowMode; 2],
    /// Length of its pulses.
    pub modulation: Modulation,
}

impl Driver {
    /// Whether the driver with this index on its bus takes an event with this row select address.
    #[must_use]
    pub fn accepts(&self, index_on_bus: usize, row_select: u8) -> bool {
        let mask = self.row_address_compare_mask;
        self.enable_receiver && (row_select & mask) == (index_on_bus as u8 & mask)
    }

    /// The address its synapses compare with their labels.
    #[must_use]
    pub fn forwarded(&self, label: u8) -> u8 {
        if self.enable_address_out { label } else { label & 0x20 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_select_one_pair_or_all() {
        let driver =
            |mask| Driver { enable_receiver: true, row_address_compare_mask: mask, ..Driver::default() };
        let taken = |mask, row_select| (0..32).filter(|&i| driver(mask).accepts(i, row_select)).count();
        assert_eq!(taken(31, 7), 1);
        assert_eq!(taken(0b11110, 7), 2);
        assert_eq!(taken(0, 7), 32);
        assert!(!Driver { enable_receiver: false, ..driver(0) }.accepts(0, 0));
    }

    #[test]
    fn without_address_out_only_the_highest_bit_is_sent() {
        let driver = Driver::default();
        assert_eq!((driver.forwarded(0x3f), driver.forwarded(0x1f)), (0x20, 0));
        assert_eq!(Driver { enable_address_out: true, ..driver }.forwarded(0x2b), 0x2b);
    }

    #[test]
    fn the_label_splits_into_row_select_and_synapse_label() {
        let address = PadiAddress::from_label(2, 0b10101_110011);
        assert_eq!(address, PadiAddress { bus: 2, row_select: 0b10101, label: 0b110011 });
    }
}
