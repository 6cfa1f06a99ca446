//! PADI buses: the last stretch from a crossbar output or the PADIEvent register to the synapse drivers of a hemisphere
//! (electronicvisions haldls:include/haldls/vx/padi.h, synapse_driver.h). Four buses per hemisphere; bus `b` serves the 32 drivers
//! `d` with `d % 4 == b`, index on bus `d / 4`.

use super::label::SpikeLabel;
use serde::{Deserialize, Serialize};

/// PADI buses of the chip, enumerated `4*h + bus` like the crossbar outputs that feed them.
pub const BUSES: usize = 8;
/// Drivers on one bus, and values of a row select.
const DRIVERS: usize = 32;

/// What travels on a PADI bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PadiEvent {
    /// 5 bits, compared in the synapse drivers.
    pub row_select: u8,
    /// 6 bits, compared in the synapses (in hagen mode: bit 5 address, bits 4:0 activation).
    pub synapse_label: u8,
}

impl PadiEvent {
    /// Splits the label of a crossbar event; bits 13:11 do not travel on the bus.
    #[must_use]
    pub const fn from_label(label: u16) -> PadiEvent {
        let label = SpikeLabel(label);
        PadiEvent { row_select: label.row_select(), synapse_label: label.synapse_label() }
    }
}

/// A write to the PADIEvent register of a hemisphere: one event on all selected buses at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PadiTrigger {
    /// `fire_bus`: bit per bus of the hemisphere.
    pub buses: u8,
    /// The event.
    pub event: PadiEvent,
}

impl PadiTrigger {
    /// Buses that take the event: those not listening to the crossbar (`enable_spl1` = 0), as the two sources exclude each other.
    #[must_use]
    pub const fn effective_buses(self, enable_spl1: u8) -> u8 {
        self.buses & !enable_spl1 & 0xf
    }
}

/// Whether a driver with this index on its bus (0..32) takes a row select.
#[inline]
#[must_use]
pub const fn accepts(index_on_bus: u8, row_address_compare_mask: u8, row_select: u8) -> bool {
    (row_select ^ index_on_bus) & row_address_compare_mask & 31 == 0
}

/// Which drivers take which row select, precomputed for all buses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// Per `32*bus + row_select`: bit per index on the bus.
    drivers: Vec<u32>,
}

impl Default for Acceptance {
    /// No driver listens.
    fn default() -> Self {
        Acceptance { drivers: vec![0; BUSES * DRIVERS] }
    }
}

impl Acceptance {
    /// Takes over `enable_receiver` and `row_address_compare_mask` of driver `driver` (0..128) of `hemisphere` (0 top, 1 bottom).
    pub fn set_driver(&mut self, hemisphere: u8, driver: u8, enable_receiver: bool, mask: u8) {
        let (bus, index) = (4 * (hemisphere & 1) + driver % 4, driver / 4 % DRIVERS as u8);
        for row_select in 0..DRIVERS as u8 {
            let entry = &mut self.drivers[usize::from(bus) * DRIVERS + usize::from(row_select)];
            let taken = enable_receiver && accepts(index, mask, row_select);
            *entry = *entry & !(1 << index) | u32::from(taken) << index;
        }
    }

    /// Drivers of `bus` (`4*h + bus`, 0..8) that take `row_select`: bit `i` is driver `4*i + bus % 4` of hemisphere `bus / 4`.
    #[inline]
    #[must_use]
    pub fn drivers(&self, bus: u8, row_select: u8) -> u32 {
        self.drivers[usize::from(bus % BUSES as u8) * DRIVERS + usize::from(row_select % DRIVERS as u8)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_splits_into_row_select_and_synapse_label() {
        assert_eq!(PadiEvent::from_label(0x3fff), PadiEvent { row_select: 31, synapse_label: 63 });
        assert_eq!(PadiEvent::from_label(0x3800 | 5 << 6 | 9), PadiEvent { row_select: 5, synapse_label: 9 });
    }

    #[test]
    fn the_trigger_reaches_only_buses_that_do_not_listen_to_the_crossbar() {
        let trigger = PadiTrigger { buses: 0b0111, event: PadiEvent::from_label(0) };
        assert_eq!(trigger.effective_buses(0b0000), 0b0111);
        assert_eq!(trigger.effective_buses(0b0101), 0b0010);
        assert_eq!(trigger.effective_buses(0b1111), 0);
    }

    fn listening(mask: u8) -> Acceptance {
        let mut acceptance = Acceptance::default();
        for driver in 0..128 {
            acceptance.set_driver(1, driver, true, mask);
        }
        acceptance
    }

    #[test]
    fn a_full_mask_addresses_one_driver_of_one_bus() {
        let acceptance = listening(31);
        for driver in 0..128u8 {
            assert_eq!(acceptance.drivers(4 + driver % 4, driver / 4), 1 << (driver / 4));
            assert_eq!(acceptance.drivers(driver % 4, driver / 4), 0, "the other hemisphere does not listen");
        }
    }

    #[test]
    fn mask_11110_pairs_drivers_and_mask_0_takes_all() {
        let pairs = listening(0b11110);
        for row_select in 0..32 {
            assert_eq!(pairs.drivers(6, row_select), 0b11 << (row_select & !1));
        }
        assert_eq!(listening(0).drivers(7, 12), u32::MAX);
    }

    #[test]
    fn a_driver_can_leave_and_change_its_mask() {
        let mut acceptance = listening(31);
        acceptance.set_driver(1, 4 * 9 + 2, false, 31);
        assert_eq!(acceptance.drivers(6, 9), 0);
        acceptance.set_driver(1, 4 * 9 + 2, true, 0b00001);
        let expected = |r: u8| (1 << r & !(1 << 9)) | if r % 2 == 1 { 1 << 9 } else { 0 };
        assert!((0..32).all(|r| acceptance.drivers(6, r) == expected(r)));
    }
}
