//! Correlation sensors in the chip: what they are told, what resets them, and what a conversion of the CADC sees of them.
//!
//! The sensors of a hemisphere see events as long as a quadrant of it has both bias currents (`syn_i_bias_ramp`,
//! `syn_i_bias_store`). Unpowered ones hold nothing, so a chip that does not use them spends nothing on them. Events are noted
//! at the instants at which synapses and backends see them, and sensors follow their notes before anything that they depend on
//! changes: labels, calibration bits, drivers, biases.

use super::{CadcRow, Chip, HEMISPHERES};
use crate::analog::constants::AnalogConstants;
use crate::analog::correlation::{Branch, Kernel, capacity_lsb};
use crate::analog::mismatch::Deviations;
use crate::analog::neuron_parameters::BlockParameters;
use crate::omnibus::synram::{self, Half, LANES};
use crate::omnibus::{Synram, SynramAddress, View};
use crate::synapse::delivery::COLUMNS;
use crate::synapse::{Driver, PadiAddress, SensorArray, SensorSource};
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// What a neuron's post pulse, the one its column of sensors sees, comes from (electronicvisions haldls: include/haldls/vx/neuron.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PostPulse {
    /// Nothing.
    #[default]
    Never,
    /// The neuron's fires.
    Fire,
    /// Writes to BlockPostPulse.
    Block,
}

/// The sensors' circuits of one hemisphere.
struct Circuits<'a> {
    hemisphere: usize,
    synram: &'a Synram,
    drivers: &'a [Driver],
    blocks: &'a [BlockParameters],
    deviations: &'a Deviations,
    constants: &'a AnalogConstants,
}

/// Number of a synapse on the chip.
const fn synapse(hemisphere: usize, row: usize, column: usize) -> usize {
    65_536 * hemisphere + COLUMNS * row + column
}

impl SensorSource for Circuits<'_> {
    fn driver(&self, driver: usize) -> &Driver {
        &self.drivers[driver]
    }

    fn labels(&self, row: usize) -> &[u8; COLUMNS] {
        self.synram.labels(row)
    }

    fn kernel(&self, row: usize, column: usize, branch: Branch) -> Kernel {
        let bits =
            [self.synram.time_calibrations(row)[column], self.synram.amplitude_calibrations(row)[column]];
        let deviation = self.deviations.correlation.kernel(synapse(self.hemisphere, row, column), branch);
        self.blocks[column / 128].sensors.kernel(bits, deviation, self.constants)
    }

    fn capacity_lsb(&self) -> f64 {
        let baseline_v = self.blocks.iter().map(|block| block.sensors.baseline_v).fold(0.0, f64::max);
        capacity_lsb(baseline_v, self.constants)
    }
}

impl Chip {
    /// An event on a PADI bus reaches the synapses.
    #[inline]
    pub(super) fn note_event(&mut self, hemisphere: usize, at: Time, address: PadiAddress) {
        if self.sensors[hemisphere].powered() {
            self.make_room(hemisphere, at);
            self.sensors[hemisphere].pre(at, address);
        }
    }

    /// A neuron fired.
    #[inline]
    pub(super) fn note_fire(&mut self, neuron: usize, at: Time) {
        let powered = self.sensors[neuron / COLUMNS].powered();
        if powered && self.post_pulses[neuron] == PostPulse::Fire && !self.neurons.integrated(neuron) {
            self.note_post(neuron, at);
        }
    }

    /// The post pulse signal of an integrated neuron rose.
    pub(super) fn note_signal(&mut self, neuron: usize, at: Time) {
        let powered = self.sensors[neuron / COLUMNS].powered();
        if powered && self.post_pulses[neuron] != PostPulse::Block {
            self.note_post(neuron, at);
        }
    }

    /// BlockPostPulse: all neurons of a half (0 west, 1 east) that take their post pulse from there.
    pub(super) fn block_post_pulse(&mut self, block: usize, at: Time) {
        for hemisphere in 0..HEMISPHERES {
            let first = COLUMNS * hemisphere + 128 * block;
            for neuron in first..first + 128 {
                if self.sensors[hemisphere].powered() && self.post_pulses[neuron] == PostPulse::Block {
                    self.note_post(neuron, at);
                }
            }
        }
    }

    fn note_post(&mut self, neuron: usize, at: Time) {
        self.make_room(neuron / COLUMNS, at);
        self.sensors[neuron / COLUMNS].post(at, (neuron % COLUMNS) as u8);
    }

    fn make_room(&mut self, hemisphere: usize, at: Time) {
        if self.sensors[hemisphere].full(at) {
            self.follow_all(hemisphere);
        }
    }

    /// Brings all sensors of a hemisphere up to date, before something that many depend on changes.
    pub(super) fn follow_all(&mut self, hemisphere: usize) {
        if self.sensors[hemisphere].notes() > 0 {
            self.with_sensors(hemisphere, |sensors, circuits| sensors.follow_all(circuits));
        }
    }

    /// Brings the sensors of a row up to date.
    fn follow_row(&mut self, hemisphere: usize, row: usize) {
        if self.sensors[hemisphere].behind(row / 2) {
            self.with_sensors(hemisphere, |sensors, circuits| sensors.follow(row / 2, circuits));
        }
    }

    fn with_sensors(&mut self, hemisphere: usize, act: impl FnOnce(&mut SensorArray, &Circuits)) {
        let mut sensors = std::mem::take(&mut self.sensors[hemisphere]);
        act(&mut sensors, &self.circuits(hemisphere));
        self.sensors[hemisphere] = sensors;
    }

    fn circuits(&self, hemisphere: usize) -> Circuits<'_> {
        Circuits {
            hemisphere,
            synram: self.omnibus.synram(hemisphere),
            drivers: &self.drivers[128 * hemisphere..128 * (hemisphere + 1)],
            blocks: &self.blocks[2 * hemisphere..2 * (hemisphere + 1)],
            deviations: &self.instance.deviations,
            constants: &self.instance.config.constants,
        }
    }

    /// Takes over new parameters of the quadrants.
    pub(super) fn set_blocks(&mut self, blocks: [BlockParameters; 4]) {
        for hemisphere in 0..HEMISPHERES {
            let of = |blocks: &[BlockParameters; 4]| {
                [blocks[2 * hemisphere].sensors, blocks[2 * hemisphere + 1].sensors]
            };
            let new = of(&blocks);
            if of(&self.blocks) != new {
                self.follow_all(hemisphere);
            }
            self.sensors[hemisphere].set_powered(new.iter().any(|sensors| sensors.powered));
        }
        self.blocks = blocks;
    }

    /// To be called before a word of a synapse array changes: what was noted belongs to the old labels and calibration bits.
    #[inline]
    pub(super) fn before_synapse_write(&mut self, cell: SynramAddress) {
        let (hemisphere, row) = (usize::from(cell.hemisphere), usize::from(cell.row));
        let matters = cell.view != View::Weight && row < synram::SYNAPSE_ROWS;
        if matters && self.sensors[hemisphere].powered() {
            self.follow_row(hemisphere, row);
        }
    }

    /// Empties branches of sensors of a row (0..256): bits 0 and 1 of the byte of a column stand for the causal and the acausal
    /// branch. What the sensors remember of the last event stays.
    pub fn reset_correlation(&mut self, at: Time, hemisphere: usize, row: usize, bits: &[u8; COLUMNS]) {
        self.advance(at);
        self.rebuild();
        self.follow_row(hemisphere, row);
        self.sensors[hemisphere].reset(row, |column, branch| bits[column] >> branch as u8 & 1 == 1);
    }

    /// As [`Self::reset_correlation`] for the even or odd columns: a write of the vector unit to the correlation region.
    pub fn reset_correlation_lanes(
        &mut self,
        at: Time,
        hemisphere: usize,
        row: usize,
        half: Half,
        bits: &[u8; LANES],
    ) {
        let mut columns = [0; COLUMNS];
        bits.iter().enumerate().for_each(|(lane, bits)| columns[half.column(lane)] = *bits);
        self.reset_correlation(at, hemisphere, row, &columns);
    }

    /// Bytes of the even or odd columns of a row (0..258) as the vector unit sees them: weights in natural bit order.
    #[must_use]
    pub fn synapse_lanes(&self, hemisphere: usize, view: View, row: usize, half: Half) -> [u8; LANES] {
        self.omnibus.synram(hemisphere).lanes(view, row, half)
    }

    /// Writes bytes of the even or odd columns of a row (0..258) as the vector unit does; bit `lane` of `enables` guards a lane.
    pub fn write_synapse_lanes(
        &mut self,
        at: Time,
        [hemisphere, row]: [usize; 2],
        view: View,
        half: Half,
        lanes: &[u8; LANES],
        enables: u128,
    ) {
        self.advance(at);
        let (side, short) = (hemisphere as u8, row as u16);
        self.before_synapse_write(SynramAddress { hemisphere: side, view, row: short, quad: 0 });
        if !self.omnibus.write_lanes(hemisphere, view, row, half, lanes, enables) {
            return;
        }
        if row < synram::SYNAPSE_ROWS {
            self.deliveries[hemisphere].clear();
        } else {
            self.stale.any = true;
        }
    }

    /// What the sensor of a branch of a synapse holds, nominal CADC LSB: for tests and displays, no converter involved.
    pub fn correlation_lsb(&mut self, hemisphere: usize, row: usize, column: usize, branch: Branch) -> f64 {
        self.rebuild();
        self.follow_row(hemisphere, row);
        let sensors = self.sensors[hemisphere].row(row);
        sensors.map_or(0.0, |sensors| sensors[column].stored_lsb[branch as usize])
    }

    /// Brings the sensors that a conversion looks at up to date.
    pub(super) fn prepare_row(&mut self, hemisphere: usize, row: CadcRow) {
        if let CadcRow::Synapses(row) = row {
            self.follow_row(hemisphere, usize::from(row));
        }
    }

    /// Voltage on the correlation line of a column; the sensors of the row must be up to date.
    pub(super) fn correlation_v(
        &self,
        hemisphere: usize,
        row: CadcRow,
        column: usize,
        branch: Branch,
    ) -> f64 {
        let constants = &self.instance.config.constants;
        let of = &self.blocks[2 * hemisphere + column / 128].sensors;
        let CadcRow::Synapses(row) = row else {
            return of.output * of.baseline_v;
        };
        let row = usize::from(row);
        let sensors = self.sensors[hemisphere].row(row);
        let stored_lsb = sensors.map_or(0.0, |sensors| sensors[column].stored_lsb[branch as usize]);
        let synapse = synapse(hemisphere, row, column);
        of.output_v(stored_lsb, self.instance.deviations.correlation.offset_v(synapse, branch), constants)
    }
}

#[cfg(test)]
#[path = "correlation_tests.rs"]
mod tests;
