//! The synapse array of one hemisphere as event delivery sees it.

use crate::analog::mismatch::SynapseDeviations;
use crate::omnibus::Synram;
use crate::synapse::delivery::COLUMNS;
use crate::synapse::{Driver, SynapseSource};

/// What delivery works from: registers in decoded form and deviations.
pub struct Synapses<'a> {
    /// 0 top, 1 bottom.
    pub hemisphere: usize,
    /// Weights and labels.
    pub synram: &'a Synram,
    /// Drivers of the hemisphere.
    pub drivers: &'a [Driver],
    /// Line deflection per unit of weight and us of pulse, by column and line.
    pub line_gain: &'a [[f64; 2]],
    /// Pulse length on the buses of the hemisphere, us.
    pub pulse_us: &'a [f64],
    /// Mismatch of the synapses.
    pub deviations: &'a SynapseDeviations,
}

impl SynapseSource for Synapses<'_> {
    fn labels(&self, row: usize) -> &[u8; COLUMNS] {
        self.synram.labels(row)
    }

    fn weights(&self, row: usize) -> &[u8; COLUMNS] {
        self.synram.weights(row)
    }

    fn driver(&self, driver: usize) -> &Driver {
        &self.drivers[driver]
    }

    fn effective_weight(&self, row: usize, column: usize, weight: u8) -> f64 {
        let synapse = 65_536 * self.hemisphere + 256 * row + column;
        f64::from(self.deviations.effective_weight(weight, synapse))
    }

    fn line_gain_v(&self, bus: usize, column: usize) -> [f64; 2] {
        self.line_gain[column].map(|gain| gain * self.pulse_us[bus])
    }
}
