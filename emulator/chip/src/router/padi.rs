//! PADI buses: the last stretch from a crossbar output or the PADIEvent register to the synapse drivers of a hemisphere
//! (electronicvisions haldls:include/haldls/vx/padi.h). Four buses per hemisphere; bus `b` serves the 32 drivers `d` with
//! `d % 4 == b`. Which of them take an event is decided in the drivers (`synapse/driver.rs`).

use super::label::SpikeLabel;
use serde::{Deserialize, Serialize};

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

/// Decoded `CommonPADIBusConfig` of a hemisphere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PadiBusConfig {
    /// Bit per bus: takes crossbar events (else PADIEvent writes).
    pub enable_spl1: u8,
    /// Bit per bus: events last longer.
    pub enable_extended_timing: u8,
    /// Per bus: lengthens the current pulse of the synapses, 0..16.
    pub dacen_pulse_extension: [u8; 4],
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
}
