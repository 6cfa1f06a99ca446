//! Converters: the parallel CADC that reads whole rows and the fast MADC that follows one neuron.

pub mod board;
pub mod cadc;
pub mod madc;

pub use board::Board;
pub use cadc::{Cadc, CadcRow, CadcSampling, CadcSettings, Conversion, RowSamples};
pub use madc::{Madc, MadcControl, MadcInput, MadcSettings};
