//! The chip's side of a processor's parallel bus: a row of the synapse array, the converters, resets, all of its own hemisphere.

use crate::chip::{Chip, HEMISPHERES};
use crate::omnibus::{HalfRow, synram};
use crate::ppu::io::parallel::SampleAddress;
use crate::ppu::vector::{ByteMask, Vector};
use crate::time::Time;

/// A vector with these byte lanes.
pub fn vector(lanes: [u8; 128]) -> Vector {
    let mut vector = Vector::ZERO;
    vector.bytes_mut().copy_from_slice(&lanes);
    vector
}

/// The byte lanes of a vector.
pub fn lanes(vector: &Vector) -> [u8; 128] {
    std::array::from_fn(|lane| vector.0[lane / 16][lane % 16])
}

/// Column of byte lane `lane` of a half.
fn column(lane: usize, half: usize) -> usize {
    2 * lane + half
}

impl Chip {
    /// Bits of half a row of a hemisphere's synapse array.
    pub(super) fn vector_cells(&self, hemisphere: usize, place: HalfRow) -> Vector {
        vector(self.omnibus.synram(hemisphere).half_row(place.view, place.row, place.half))
    }

    /// Writes bits of half a row.
    pub(super) fn write_vector_cells(
        &mut self,
        at: Time,
        hemisphere: usize,
        place: HalfRow,
        enables: ByteMask,
        data: &Vector,
    ) {
        debug_assert!(hemisphere < HEMISPHERES);
        self.advance(at);
        if !self.omnibus.write_half_row(hemisphere, place, enables.0, &lanes(data)) {
            return;
        }
        if place.row < synram::SYNAPSE_ROWS {
            self.deliveries[hemisphere].clear();
        } else {
            self.stale.any = true;
        }
    }

    /// Converter samples of half a row; converts the row first unless the latched ones are asked for.
    pub(super) fn vector_samples(&mut self, at: Time, hemisphere: usize, place: SampleAddress) -> Vector {
        self.advance(at);
        if !place.buffered {
            self.convert_cadc(hemisphere, at);
        }
        let channel = &self.cadc_latched[hemisphere].channel[usize::from(place.acausal)];
        vector(std::array::from_fn(|lane| channel[column(lane, place.half)]))
    }

    /// Artificial fires of the neurons of a half whose lanes are selected.
    pub(super) fn reset_neurons(&mut self, at: Time, hemisphere: usize, half: usize, selected: u128) {
        self.advance(at);
        self.rebuild();
        for lane in (0..128).filter(|lane| selected >> lane & 1 == 1) {
            self.neurons.artificial_fire(256 * hemisphere + column(lane, half), at);
        }
    }
}
