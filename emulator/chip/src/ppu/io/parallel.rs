//! Addresses of the parallel bus (`fxvinx`, `fxvoutx`): one address is one vector of 128 bytes of the processor's own
//! hemisphere, region + 2 * row + half, byte lane `k` belonging to column `2 k + half` (electronicvisions libnux:
//! include/libnux/vx/dls.tcc, reset_neurons.h, parallel_rng.tcc). A vector address is the word offset in the synapse window of
//! the Omnibus divided by 32.

use crate::external::{DRAM_BASE, DRAM_WORDS, MEMORY_BASE, MEMORY_WORDS};
use crate::omnibus::synram::{ROWS, SYNAPSE_ROWS};
use crate::omnibus::{Half, View};

/// First address of the external memory, in units of 16 bytes.
pub const EXTERNAL_MEMORY: u32 = 0x8000_0000;
/// First address of the external DRAM, in units of 16 bytes.
pub const EXTERNAL_DRAM: u32 = 0x8100_0000;
/// Modifier of samples: return the latched ones instead of starting a conversion.
const BUFFERED: u32 = 0x20;
/// Modifier of samples: `dls_test_mask`; what it does is not public, here nothing.
const TEST: u32 = 0x10;
/// Words of 16 bytes, the unit of external addresses.
const UNIT_WORDS: u32 = 4;
/// Words of a vector.
const VECTOR_WORDS: u32 = 32;

/// What a converter is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleAddress {
    /// Acausal instead of causal channels.
    pub acausal: bool,
    /// The reset voltage of the sensors instead of what they accumulated.
    pub v_reset: bool,
    /// Return latched samples instead of starting a conversion.
    pub buffered: bool,
    /// Row 0..256.
    pub row: u8,
    /// Parity of the columns.
    pub half: Half,
}

/// What a vector address means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParallelTarget {
    /// Bits of the synapse array.
    Cells {
        /// Which bits of the cells.
        view: View,
        /// Row 0..258.
        row: usize,
        /// Parity of the columns.
        half: Half,
    },
    /// Converter samples; a write resets correlation sensors.
    Samples(SampleAddress),
    /// A write fires the neurons whose byte has bit 1 set: the row behind the last one of the causal region.
    NeuronResetByValue {
        /// Parity of the columns.
        half: Half,
    },
    /// A write fires all neurons whose byte is enabled.
    NeuronReset {
        /// Parity of the columns.
        half: Half,
    },
    /// Random numbers; a write seeds them.
    Random {
        /// Parity of the columns.
        half: Half,
    },
    /// External memory or DRAM from this word (an Omnibus address) on.
    External(u32),
    /// Nothing.
    Unmapped,
}

/// Meaning of a vector address.
#[must_use]
pub fn parallel_target(address: u32) -> ParallelTarget {
    if address >= EXTERNAL_MEMORY {
        return external(address);
    }
    let (region, index) = (address >> 16, address & 0xffff);
    let (row, half) = ((index >> 1) as usize, if index & 1 == 0 { Half::Even } else { Half::Odd });
    let cells = |view| match row < ROWS {
        true => ParallelTarget::Cells { view, row, half },
        false => ParallelTarget::Unmapped,
    };
    match region {
        0x00 => cells(View::Weight),
        0x01 => cells(View::TimeCalibration),
        0x02 => cells(View::AmplitudeCalibration),
        0x04 => cells(View::Label),
        0x0e if index < 2 => ParallelTarget::Random { half },
        0x0f => raw(row, half),
        0xc9 if row == SYNAPSE_ROWS => ParallelTarget::NeuronReset { half },
        0x08 if row == SYNAPSE_ROWS => ParallelTarget::NeuronResetByValue { half },
        _ => samples(region, row, half),
    }
}

/// The raw view has the even bytes of a row in two vectors, then the odd ones.
fn raw(index: usize, half: Half) -> ParallelTarget {
    let (row, view) = (index / 2, if index.is_multiple_of(2) { View::RawEven } else { View::RawOdd });
    match row < ROWS {
        true => ParallelTarget::Cells { view, row, half },
        false => ParallelTarget::Unmapped,
    }
}

fn samples(region: u32, row: usize, half: Half) -> ParallelTarget {
    let (acausal, v_reset) = match region & !(BUFFERED | TEST) {
        0x08 => (false, false),
        0x09 => (false, true),
        0x0c => (true, false),
        0x0d => (true, true),
        _ => return ParallelTarget::Unmapped,
    };
    let buffered = region & BUFFERED != 0;
    match u8::try_from(row) {
        Ok(row) => ParallelTarget::Samples(SampleAddress { acausal, v_reset, buffered, row, half }),
        Err(_) => ParallelTarget::Unmapped,
    }
}

fn external(address: u32) -> ParallelTarget {
    let place = |base: u32, first: u32, words: u32| {
        let word = u64::from(address.wrapping_sub(base)) * u64::from(UNIT_WORDS);
        let inside = address >= base && word + u64::from(VECTOR_WORDS) <= u64::from(words);
        inside.then(|| ParallelTarget::External(first + word as u32))
    };
    place(EXTERNAL_DRAM, DRAM_BASE, DRAM_WORDS)
        .or_else(|| place(EXTERNAL_MEMORY, MEMORY_BASE, MEMORY_WORDS))
        .unwrap_or(ParallelTarget::Unmapped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions() {
        use ParallelTarget::{Cells, External, NeuronReset, NeuronResetByValue, Random, Samples, Unmapped};
        let sample = |acausal, v_reset, buffered, row, half| {
            Samples(SampleAddress { acausal, v_reset, buffered, row, half })
        };
        let cases = [
            (0x0000_0000, Cells { view: View::Weight, row: 0, half: Half::Even }),
            (0x0000_0007, Cells { view: View::Weight, row: 3, half: Half::Odd }),
            (0x0000_0200, Cells { view: View::Weight, row: 256, half: Half::Even }),
            (0x0000_0204, Unmapped),
            (0x0001_01ff, Cells { view: View::TimeCalibration, row: 255, half: Half::Odd }),
            (0x0002_0000, Cells { view: View::AmplitudeCalibration, row: 0, half: Half::Even }),
            (0x0003_0000, Unmapped),
            (0x0004_0001, Cells { view: View::Label, row: 0, half: Half::Odd }),
            (0x0008_0007, sample(false, false, false, 3, Half::Odd)),
            (0x0028_0001, sample(false, false, true, 0, Half::Odd)),
            (0x0018_0000, sample(false, false, false, 0, Half::Even)),
            (0x0009_0002, sample(false, true, false, 1, Half::Even)),
            (0x002c_01ff, sample(true, false, true, 255, Half::Odd)),
            (0x000d_0000, sample(true, true, false, 0, Half::Even)),
            (0x000c_0200, Unmapped),
            (0x0008_0201, NeuronResetByValue { half: Half::Odd }),
            (0x00c9_0200, NeuronReset { half: Half::Even }),
            (0x00c9_0201, NeuronReset { half: Half::Odd }),
            (0x00c9_0000, Unmapped),
            (0x000e_0001, Random { half: Half::Odd }),
            (0x000e_0002, Unmapped),
            (0x000f_0002, Cells { view: View::RawOdd, row: 0, half: Half::Even }),
            (0x000f_0005, Cells { view: View::RawEven, row: 1, half: Half::Odd }),
            (0x8000_0000, External(0x8000_0000)),
            (0x8000_0008, External(0x8000_0020)),
            (0x8000_1ff8, External(0x8000_7fe0)),
            (0x8000_1ff9, Unmapped),
            (0x8100_0001, External(0x8400_0004)),
            (0x81ff_fff8, External(0x87ff_ffe0)),
            (0x81ff_fff9, Unmapped),
        ];
        for (address, target) in cases {
            assert_eq!(parallel_target(address), target, "{address:#010x}");
        }
    }
}
