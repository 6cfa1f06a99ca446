//! The synapse array of one hemisphere as event delivery sees it.

use super::Chip;
use crate::omnibus::Synram;
use crate::synapse::delivery::COLUMNS;
use crate::synapse::{Driver, SynapseSource};

/// View of the chip's registers and deviations that delivery works from.
pub struct Synapses<'a> {
    chip: &'a Chip,
    synram: &'a Synram,
    hemisphere: usize,
}

impl Chip {
    /// The synapses of a hemisphere.
    pub(super) fn synapses(&self, hemisphere: usize) -> Synapses<'_> {
        Synapses { chip: self, synram: self.omnibus.synram(hemisphere), hemisphere }
    }
}

impl SynapseSource for Synapses<'_> {
    fn labels(&self, row: usize) -> &[u8; COLUMNS] {
        self.synram.labels(row)
    }

    fn weights(&self, row: usize) -> &[u8; COLUMNS] {
        self.synram.weights(row)
    }

    fn driver(&self, driver: usize) -> &Driver {
        &self.chip.drivers[128 * self.hemisphere + driver]
    }

    fn effective_weight(&self, row: usize, column: usize, weight: u8) -> f64 {
        let synapse = 65_536 * self.hemisphere + 256 * row + column;
        f64::from(self.chip.instance.deviations.synapse.effective_weight(weight, synapse))
    }

    fn line_gain_v(&self, bus: usize, column: usize) -> [f64; 2] {
        let pulse_us = self.chip.pulse_us[4 * self.hemisphere + bus];
        self.chip.line_gain[self.hemisphere][column].map(|gain| gain * pulse_us)
    }
}
