//! The CapMem cells as the model sees them: which it reads, under the names of the register map, and a dense enumeration.
//!
//! 4 blocks (quadrants NW, NE, SW, SE) of 24 rows and 130 columns; columns 0 to 127 belong to the block's neurons, 128 and 129
//! to what the block shares. Rows 0 to 7 are voltages, rows 8 to 23 currents.

use hx_isa::regmap::capmem::{CapMemColumn, CapMemParameter, capmem_parameter};
use hx_isa::regmap::coordinate::CapMemCellOnDLS;
use serde::{Deserialize, Serialize};

/// CapMem blocks of a chip.
pub const BLOCKS: usize = 4;
/// Rows of a block.
pub const ROWS: usize = 24;
/// Columns of a block.
pub const COLUMNS: usize = 130;
/// Cells of a chip.
pub const CELLS: usize = BLOCKS * ROWS * COLUMNS;
/// Neurons (columns 0 to 127) of a block.
pub const NEURONS_PER_BLOCK: usize = 128;
/// Neurons of a chip.
pub const NEURONS: usize = BLOCKS * NEURONS_PER_BLOCK;
/// First current row; the rows before are voltages.
const FIRST_CURRENT_ROW: usize = 8;

/// Names parameters of the register map's CapMem table; a name that is not in it does not compile.
macro_rules! parameters {
    ($(#[$about:meta])* $Kind:ident { $($variant:ident = $name:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $Kind {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
        }

        impl $Kind {
            /// Its row of the register map's CapMem table.
            #[must_use]
            pub const fn parameter(self) -> &'static CapMemParameter {
                match self {
                    $($Kind::$variant => const { capmem_parameter($name) },)+
                }
            }
        }
    };
}

parameters! {
    /// Parameter of a neuron that the model reads.
    NeuronCell {
        VLeak = "v_leak",
        VReset = "v_reset",
        VThreshold = "v_threshold",
        IBiasLeak = "i_bias_leak",
        IBiasReset = "i_bias_reset",
        IBiasSyninExcTau = "i_bias_synin_exc_tau",
        IBiasSyninExcShift = "i_bias_synin_exc_shift",
        IBiasSyninExcGm = "i_bias_synin_exc_gm",
        IBiasSyninInhTau = "i_bias_synin_inh_tau",
        IBiasSyninInhShift = "i_bias_synin_inh_shift",
        IBiasSyninInhGm = "i_bias_synin_inh_gm",
        IMemOffset = "i_mem_offset",
        ESyninExcRev = "e_synin_exc_rev",
        ESyninInhRev = "e_synin_inh_rev",
        IBiasSyninExcCoba = "i_bias_synin_exc_coba",
        IBiasSyninInhCoba = "i_bias_synin_inh_coba",
        VExp = "v_exp",
        IBiasExp = "i_bias_exp",
        VAdaptLeak = "v_adapt_leak",
        VAdaptRef = "v_adapt_ref",
        IBiasAdaptTau = "i_bias_adapt_tau",
        IBiasAdaptA = "i_bias_adapt_a",
        IBiasAdaptB = "i_bias_adapt_b",
        IBiasNmda = "i_bias_nmda",
    }
}

parameters! {
    /// Parameter shared by a block that the model reads.
    SharedCell {
        CadcVRampOffset = "cadc_v_ramp_offset",
        CadcVBiasRampBuf = "cadc_v_bias_ramp_buf",
        CadcIRampSlope = "cadc_i_ramp_slope",
        CadcIBiasComp = "cadc_i_bias_comp",
        CadcIBiasVresetBuf = "cadc_i_bias_vreset_buf",
        SynIBiasDac = "syn_i_bias_dac",
        SynIBiasRamp = "syn_i_bias_ramp",
        SynIBiasStore = "syn_i_bias_store",
        SynIBiasCorout = "syn_i_bias_corout",
        StpVCharge0 = "stp_v_charge_0",
        StpVCharge1 = "stp_v_charge_1",
        StpVRecover0 = "stp_v_recover_0",
        StpVRecover1 = "stp_v_recover_1",
        StpIBiasComparator = "stp_i_bias_comparator",
        StpIRamp = "stp_i_ramp",
        StpICalib = "stp_i_calib",
        HagenIbiasDacTop = "hagen_ibias_dac_top",
        HagenIbiasDacBottom = "hagen_ibias_dac_bottom",
        NeuronVBiasCascN = "neuron_v_bias_casc_n",
        NeuronIBiasReadoutAmp = "neuron_i_bias_readout_amp",
        NeuronIBiasLeakSourceFollower = "neuron_i_bias_leak_source_follower",
        NeuronIBiasSpikeComparator = "neuron_i_bias_spike_comparator",
        NeuronIBiasSyninDrop = "neuron_i_bias_synin_drop",
    }
}

/// What a cell delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// A voltage.
    Voltage,
    /// A bias current.
    Current,
}

/// A cell of the chip: its enumeration `3120*block + 130*row + column` (halco CapMemCellOnDLS).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cell(u16);

impl Cell {
    /// The cell at a place, if there is one.
    #[must_use]
    pub const fn new(block: usize, row: usize, column: usize) -> Option<Cell> {
        if block < BLOCKS && row < ROWS && column < COLUMNS {
            Some(Cell::at(block, row, column))
        } else {
            None
        }
    }

    const fn at(block: usize, row: usize, column: usize) -> Cell {
        Cell(((block * ROWS + row) * COLUMNS + column) as u16)
    }

    /// A neuron's cell; `neuron` is the AtomicNeuron enumeration, 0 to 511 (higher ones wrap).
    #[must_use]
    pub const fn of_neuron(neuron: usize, parameter: NeuronCell) -> Cell {
        let row = parameter.parameter().row as usize;
        Cell::at(neuron / NEURONS_PER_BLOCK % BLOCKS, row, neuron % NEURONS_PER_BLOCK)
    }

    /// A block's shared cell; `block` is 0 to 3 (higher ones wrap).
    #[must_use]
    pub const fn shared(block: usize, parameter: SharedCell) -> Cell {
        let parameter = parameter.parameter();
        let column = match parameter.column {
            CapMemColumn::Neuron => 0,
            CapMemColumn::Shared { column, .. } => column as usize,
        };
        Cell::at(block % BLOCKS, parameter.row as usize, column)
    }

    /// All cells of a block, row by row.
    pub fn of_block(block: usize) -> impl Iterator<Item = Cell> {
        let size = ROWS * COLUMNS;
        (block * size..(block + 1) * size).map(|i| Cell(i as u16))
    }

    /// Enumeration, 0 to 12479.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The cell of an enumeration, if there is one.
    #[must_use]
    pub const fn from_index(index: usize) -> Option<Cell> {
        if index < CELLS { Some(Cell(index as u16)) } else { None }
    }

    /// Block, 0 to 3.
    #[must_use]
    pub const fn block(self) -> usize {
        self.index() / (ROWS * COLUMNS)
    }

    /// Row in the block, 0 to 23.
    #[must_use]
    pub const fn row(self) -> usize {
        self.index() / COLUMNS % ROWS
    }

    /// Column in the block, 0 to 129.
    #[must_use]
    pub const fn column(self) -> usize {
        self.index() % COLUMNS
    }

    /// The neuron (AtomicNeuron enumeration) whose parameter this is; `None` for cells shared by a block.
    #[must_use]
    pub const fn neuron(self) -> Option<usize> {
        if self.column() < NEURONS_PER_BLOCK {
            Some(self.block() * NEURONS_PER_BLOCK + self.column())
        } else {
            None
        }
    }

    /// Voltage or current.
    #[must_use]
    pub const fn kind(self) -> CellKind {
        if self.row() < FIRST_CURRENT_ROW { CellKind::Voltage } else { CellKind::Current }
    }
}

impl From<CapMemCellOnDLS> for Cell {
    fn from(cell: CapMemCellOnDLS) -> Cell {
        Cell::at(cell.b(), cell.r(), cell.c())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_enumeration_are_one_to_one() {
        for index in 0..CELLS {
            let cell = Cell::from_index(index).unwrap();
            assert_eq!(cell.index(), index);
            assert_eq!(Cell::new(cell.block(), cell.row(), cell.column()), Some(cell));
        }
        assert_eq!(Cell::from_index(CELLS), None);
        assert_eq!(Cell::new(0, 24, 0), None);
        assert_eq!(Cell::of_block(3).count(), 3120);
        assert!(Cell::of_block(3).all(|c| c.block() == 3));
    }

    #[test]
    fn enumeration_is_that_of_the_register_map() {
        for coordinate in CapMemCellOnDLS::all() {
            assert_eq!(Cell::from(coordinate).index(), coordinate.to_enum());
        }
    }

    #[test]
    fn parameters_have_their_rows() {
        let cell = Cell::of_neuron(300, NeuronCell::IBiasSyninInhGm);
        assert_eq!((cell.block(), cell.row(), cell.column(), cell.neuron()), (2, 17, 44, Some(300)));
        assert_eq!(cell.kind(), CellKind::Current);
        assert_eq!(Cell::of_neuron(0, NeuronCell::VThreshold).kind(), CellKind::Voltage);
        let drop = Cell::shared(1, SharedCell::NeuronIBiasSyninDrop);
        assert_eq!((drop.block(), drop.row(), drop.column(), drop.neuron()), (1, 23, 129, None));
    }
}
