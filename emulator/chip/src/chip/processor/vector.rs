//! The chip's side of a processor's parallel bus where it is more than a register access: converters and neuron resets, all of
//! its own hemisphere.

use crate::analog::correlation::Branch;
use crate::chip::{CadcRow, Chip};
use crate::omnibus::Half;
use crate::ppu::io::parallel::SampleAddress;
use crate::ppu::vector::Vector;
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

impl Chip {
    /// Converter samples of half a row; starts a conversion of the row unless the latched ones are asked for. While one is under
    /// way nobody sees the vector returned, because [`Self::late_samples`] replaces it.
    pub(super) fn vector_samples(&mut self, at: Time, hemisphere: usize, place: SampleAddress) -> Vector {
        let row = if place.v_reset { CadcRow::Reset } else { CadcRow::Synapses(place.row) };
        if !place.buffered {
            self.convert_cadc(at, hemisphere, row);
        }
        self.latched_vector(hemisphere, place)
    }

    /// Whether a conversion of a hemisphere is under way.
    pub(super) fn converts(&self, hemisphere: usize) -> bool {
        self.cadc[hemisphere].running.is_some()
    }

    /// The samples that [`Self::vector_samples`] could not give, when they are written into their register.
    pub(super) fn late_samples(&mut self, at: Time, hemisphere: usize, place: SampleAddress) -> Vector {
        self.advance(at);
        self.latched_vector(hemisphere, place)
    }

    fn latched_vector(&self, hemisphere: usize, place: SampleAddress) -> Vector {
        let branch = if place.acausal { Branch::Acausal } else { Branch::Causal };
        let samples = &self.cadc[hemisphere].latched.channel[branch as usize];
        vector(std::array::from_fn(|lane| samples[place.half.column(lane)]))
    }

    /// Artificial fires of the neurons of a half whose lanes are selected.
    pub(super) fn reset_neurons(&mut self, at: Time, hemisphere: usize, half: Half, selected: u128) {
        self.advance(at);
        self.rebuild();
        for lane in (0..128).filter(|lane| selected >> lane & 1 == 1) {
            self.artificial_fire(256 * hemisphere + half.column(lane), at);
        }
    }
}
