//! The synapse array of one hemisphere: 258 rows of 256 columns with an even and an odd byte per cell, seen through several
//! windows that alias the same bits. Rows 0..256 are synapses, rows 256 and 257 hold column switches.
//!
//! Bits are kept by meaning in planes of one byte per cell in column order, weights in natural bit order, so that loops over a
//! row compare and add plain bytes. The quads and the permuted weight bits of the bus are translated at each access.

use crate::random;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Columns of a row.
pub const COLUMNS: usize = 256;
/// Rows with synapses.
pub const SYNAPSE_ROWS: usize = 256;
/// All rows.
pub const ROWS: usize = 258;
/// Words per row and view: each covers four columns.
pub const QUADS: usize = 64;
/// Cells of a plane.
const CELLS: usize = ROWS * COLUMNS;
/// Weight or label bits of each byte of a raw word.
const LOW_BITS: u32 = 0x3f3f_3f3f;
/// Calibration bits of each byte of a raw word, shifted down.
const HIGH_BITS: u32 = 0x0303_0303;

/// Bytes that the vector unit of a processor reads or writes at once: half a row.
pub const LANES: usize = 128;

/// The columns that the vector unit addresses at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Half {
    /// Columns 0, 2, .. 254.
    Even = 0,
    /// Columns 1, 3, .. 255.
    Odd = 1,
}

impl Half {
    /// Column of a lane (0..128).
    #[inline]
    #[must_use]
    pub const fn column(self, lane: usize) -> usize {
        2 * lane + self as usize
    }

    /// Quads that cover the columns.
    pub(super) fn quads(self) -> std::ops::Range<u8> {
        32 * self as u8..32 * (self as u8 + 1)
    }
}

/// Word and guarded bits with which the lanes of a quad are written over the bus.
pub(super) fn word_of_lanes(view: View, quad: u8, lanes: &[u8; LANES], enables: u128) -> (u32, u32) {
    let first = 4 * usize::from(quad % 32);
    let natural = u32::from_be_bytes([lanes[first], lanes[first + 1], lanes[first + 2], lanes[first + 3]]);
    let bits = (0..4)
        .filter(|entry| enables >> (first + entry) & 1 == 1)
        .fold(0, |bits, entry| bits | 0xff00_0000 >> (8 * entry));
    (on_bus(view, natural), bits)
}

/// Four bytes of a view with weights in natural order as they appear on the bus, and back.
fn on_bus(view: View, word: u32) -> u32 {
    match view {
        View::Weight => permute(word & LOW_BITS),
        View::RawEven => word & !LOW_BITS | permute(word & LOW_BITS),
        View::TimeCalibration | View::AmplitudeCalibration | View::Label | View::RawOdd => word,
    }
}

/// A window on the array; one word covers the four cells of a quad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum View {
    /// Bits 5:0 of the even bytes, permuted.
    Weight,
    /// Bits 7:6 of the even bytes in bits 1:0: time calibration of the correlation sensors.
    TimeCalibration,
    /// Bits 7:6 of the odd bytes in bits 1:0: amplitude calibration.
    AmplitudeCalibration,
    /// Bits 5:0 of the odd bytes.
    Label,
    /// Whole even bytes.
    RawEven,
    /// Whole odd bytes.
    RawOdd,
}

/// Switches of a column, in rows 256 and 257.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnSwitch {
    /// Neuron readout amplifier to the causal CADC channel.
    CadcNeuronReadoutCausal,
    /// Neuron readout amplifier to the acausal CADC channel.
    CadcNeuronReadoutAcausal,
    /// Excitatory column line to the neuron.
    SynapticCurrentExcitatory,
    /// Inhibitory column line to the neuron.
    SynapticCurrentInhibitory,
    /// Excitatory column line to the debug line.
    DebugExcitatory,
    /// Inhibitory column line to the debug line.
    DebugInhibitory,
    /// Causal correlation line to its CADC channel.
    InternalCausal,
    /// Acausal correlation line to its CADC channel.
    InternalAcausal,
    /// Causal correlation line to the debug line.
    DebugCausal,
    /// Acausal correlation line to the debug line.
    DebugAcausal,
}

impl ColumnSwitch {
    /// Row, whether in the odd byte, and bit of that byte.
    const fn place(self) -> (usize, bool, u8) {
        match self {
            ColumnSwitch::CadcNeuronReadoutCausal => (256, false, 5),
            ColumnSwitch::CadcNeuronReadoutAcausal => (256, true, 5),
            ColumnSwitch::SynapticCurrentExcitatory => (256, false, 6),
            ColumnSwitch::SynapticCurrentInhibitory => (256, false, 7),
            ColumnSwitch::DebugExcitatory => (256, true, 6),
            ColumnSwitch::DebugInhibitory => (256, true, 7),
            ColumnSwitch::InternalCausal => (257, false, 6),
            ColumnSwitch::InternalAcausal => (257, false, 7),
            ColumnSwitch::DebugCausal => (257, true, 6),
            ColumnSwitch::DebugAcausal => (257, true, 7),
        }
    }
}

/// Bits of a cell's bytes that exist in a row; the same for the even and the odd byte.
const fn defined_bits(row: usize) -> u8 {
    match row {
        0..=255 => 0xff,
        256 => 0xe0,
        _ => 0xc0,
    }
}

/// Four weights as they appear on the bus, one per byte: bit 5 stays, bits 4:0 are reversed. Its own inverse.
#[inline]
const fn permute(word: u32) -> u32 {
    word & 0x2424_2424
        | (word & 0x0101_0101) << 4
        | (word & 0x0202_0202) << 2
        | (word & 0x0808_0808) >> 2
        | (word & 0x1010_1010) >> 4
}

/// Column of entry `i` (0..4) of quad `quad` (0..64): quads 0..32 hold even columns, 32..64 odd ones.
#[inline]
#[must_use]
pub const fn column_of(quad: usize, entry: usize) -> usize {
    8 * (quad % 32) + 2 * entry + quad / 32
}

/// Low six and high two bits of the even and odd bytes of all cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Planes {
    weights: Vec<u8>,
    time_calibrations: Vec<u8>,
    labels: Vec<u8>,
    amplitude_calibrations: Vec<u8>,
}

impl Planes {
    /// The low and the high plane of the even or odd bytes.
    fn pair(&self, odd: bool) -> (&[u8], &[u8]) {
        if odd {
            (&self.labels, &self.amplitude_calibrations)
        } else {
            (&self.weights, &self.time_calibrations)
        }
    }

    fn pair_mut(&mut self, odd: bool) -> (&mut [u8], &mut [u8]) {
        if odd {
            (&mut self.labels, &mut self.amplitude_calibrations)
        } else {
            (&mut self.weights, &mut self.time_calibrations)
        }
    }
}

/// One synapse array. Clones share memory until one of them writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synram {
    planes: Arc<Planes>,
}

impl Default for Synram {
    fn default() -> Self {
        Synram::new()
    }
}

impl Synram {
    /// All bits zero.
    #[must_use]
    pub fn new() -> Self {
        let plane = vec![0; CELLS];
        let planes = Planes {
            weights: plane.clone(),
            time_calibrations: plane.clone(),
            labels: plane.clone(),
            amplitude_calibrations: plane,
        };
        Synram { planes: Arc::new(planes) }
    }

    /// Weights of a row (0..256) by column, 0..64 in natural bit order.
    #[must_use]
    #[inline]
    pub fn weights(&self, row: usize) -> &[u8; COLUMNS] {
        row_of(&self.planes.weights, row)
    }

    /// Labels of a row (0..256) by column, 6 bits.
    #[must_use]
    #[inline]
    pub fn labels(&self, row: usize) -> &[u8; COLUMNS] {
        row_of(&self.planes.labels, row)
    }

    /// Time calibration of the correlation sensors of a row (0..256) by column, 2 bits.
    #[must_use]
    pub fn time_calibrations(&self, row: usize) -> &[u8; COLUMNS] {
        row_of(&self.planes.time_calibrations, row)
    }

    /// Amplitude calibration of the correlation sensors of a row (0..256) by column, 2 bits.
    #[must_use]
    pub fn amplitude_calibrations(&self, row: usize) -> &[u8; COLUMNS] {
        row_of(&self.planes.amplitude_calibrations, row)
    }

    /// Whether a switch of a column (0..256) is closed.
    #[must_use]
    pub fn switch(&self, switch: ColumnSwitch, column: usize) -> bool {
        let (row, odd, bit) = switch.place();
        let (low, high) = self.planes.pair(odd);
        let plane = if bit < 6 { low } else { high };
        plane[row * COLUMNS + column] >> (bit % 6) & 1 == 1
    }

    /// The word of a view that covers quad `quad` (0..64) of row `row` (0..258): entry `i` in bits `31-8*i ..= 24-8*i`.
    #[must_use]
    #[inline]
    pub fn read(&self, view: View, row: u16, quad: u8) -> u32 {
        let planes = &*self.planes;
        let word = |plane: &[u8]| gather(row_of(plane, usize::from(row)), quad);
        match view {
            View::Weight => permute(word(&planes.weights)),
            View::TimeCalibration => word(&planes.time_calibrations),
            View::AmplitudeCalibration => word(&planes.amplitude_calibrations),
            View::Label => word(&planes.labels),
            View::RawEven => word(&planes.time_calibrations) << 6 | permute(word(&planes.weights)),
            View::RawOdd => word(&planes.amplitude_calibrations) << 6 | word(&planes.labels),
        }
    }

    /// Bytes of the even or odd columns of a row (0..258) as the vector unit sees them: weights in natural bit order.
    #[must_use]
    pub fn lanes(&self, view: View, row: usize, half: Half) -> [u8; LANES] {
        let mut lanes = [0; LANES];
        for (quad, lanes) in half.quads().zip(lanes.as_chunks_mut::<4>().0) {
            *lanes = on_bus(view, self.read(view, row as u16, quad)).to_be_bytes();
        }
        lanes
    }

    /// Whether writing the given bits of `data` would change a cell.
    #[must_use]
    #[inline]
    pub(super) fn changes(&self, view: View, row: u16, quad: u8, data: u32, bits: u32) -> bool {
        (self.read(view, row, quad) ^ data) & bits & write_mask(view, row) != 0
    }

    /// Writes the given bits of `data` through a view; true if a cell changed. Bits that the view or the row does not have are
    /// ignored.
    #[inline]
    pub(super) fn write(&mut self, view: View, row: u16, quad: u8, data: u32, bits: u32) -> bool {
        let mask = bits & write_mask(view, row);
        let old = self.read(view, row, quad);
        let new = old & !mask | data & mask;
        if new == old {
            return false;
        }
        let planes = Arc::make_mut(&mut self.planes);
        let put = |plane: &mut [u8], word: u32| scatter(row_of_mut(plane, usize::from(row)), quad, word);
        match view {
            View::Weight => put(&mut planes.weights, permute(new)),
            View::TimeCalibration => put(&mut planes.time_calibrations, new),
            View::AmplitudeCalibration => put(&mut planes.amplitude_calibrations, new),
            View::Label => put(&mut planes.labels, new),
            View::RawEven => {
                put(&mut planes.weights, permute(new & LOW_BITS));
                put(&mut planes.time_calibrations, new >> 6 & HIGH_BITS);
            }
            View::RawOdd => {
                put(&mut planes.labels, new & LOW_BITS);
                put(&mut planes.amplitude_calibrations, new >> 6 & HIGH_BITS);
            }
        }
        true
    }

    /// Fills the array with random bits.
    pub(super) fn randomise(&mut self, seed: u64) {
        let planes = Arc::make_mut(&mut self.planes);
        for odd in [false, true] {
            let key = random::extend(seed, u64::from(odd));
            let (low, high) = planes.pair_mut(odd);
            for cell in 0..CELLS {
                let byte = random::mix(random::extend(key, cell as u64)) as u8 & defined_bits(cell / COLUMNS);
                (low[cell], high[cell]) = (byte & 0x3f, byte >> 6);
            }
        }
    }

    /// Whether any switch of the four columns of a quad is closed.
    pub(super) fn any_switch(&self, switch: ColumnSwitch, quad: u8) -> bool {
        (0..4).any(|entry| self.switch(switch, column_of(usize::from(quad), entry)))
    }
}

/// A row of a plane.
#[inline]
fn row_of(plane: &[u8], row: usize) -> &[u8; COLUMNS] {
    &plane.as_chunks().0[row]
}

#[inline]
fn row_of_mut(plane: &mut [u8], row: usize) -> &mut [u8; COLUMNS] {
    &mut plane.as_chunks_mut().0[row]
}

/// The four cells of a quad as one word, entry 0 in the most significant byte.
#[inline]
fn gather(row: &[u8; COLUMNS], quad: u8) -> u32 {
    let first = column_of(usize::from(quad % QUADS as u8), 0);
    u32::from_be_bytes([row[first], row[first + 2], row[first + 4], row[first + 6]])
}

/// Spreads a word over the four cells of a quad.
#[inline]
fn scatter(row: &mut [u8; COLUMNS], quad: u8, word: u32) {
    let first = column_of(usize::from(quad % QUADS as u8), 0);
    for (entry, byte) in word.to_be_bytes().into_iter().enumerate() {
        row[first + 2 * entry] = byte;
    }
}

/// Bits of a word of a view that exist.
#[inline]
fn write_mask(view: View, row: u16) -> u32 {
    let defined = defined_bits(usize::from(row));
    let byte = match view {
        View::Weight | View::Label => defined & 0x3f,
        View::TimeCalibration | View::AmplitudeCalibration => defined >> 6,
        View::RawEven | View::RawOdd => defined,
    };
    u32::from(byte) * 0x0101_0101
}

#[cfg(test)]
#[path = "synram_tests.rs"]
mod tests;
