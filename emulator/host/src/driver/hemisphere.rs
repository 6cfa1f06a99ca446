//! The two halves of the chip, each with a row of 256 neurons, a synapse array and its drivers, and a CADC.

/// One hemisphere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hemisphere {
    /// Upper half: neuron row 0.
    Top,
    /// Lower half: neuron row 1.
    Bottom,
}

impl Hemisphere {
    /// Both, in the order of their numbers.
    pub const ALL: [Hemisphere; 2] = [Hemisphere::Top, Hemisphere::Bottom];

    /// Its number: 0 top, 1 bottom.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Columns of a hemisphere: neurons of its row, synapses of a row, CADC channels of a type.
pub const COLUMNS: usize = 256;
/// Quads (words of four columns) of a row.
pub const QUADS: usize = COLUMNS / 4;
