//! Which analog parameter each CapMem cell holds (electronicvisions halco: src/halco/hicann-dls/vx/v3/capmem.cpp).
//!
//! Columns 0..127 of a block hold the parameters of its 128 neurons, one per row; columns 128 and 129 hold what the block
//! or the chip shares. Rows 0..7 store voltages, rows 8..23 currents.

use super::coordinate::{AtomicNeuronOnDLS, CapMemBlockOnDLS, CapMemCellOnDLS};

/// Parameter present in all four blocks.
const ALL: [bool; 4] = [true; 4];

/// Rows 0..7 store voltages.
const VOLTAGE_ROWS: u8 = 8;

/// Where a parameter is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapMemColumn {
    /// In the column of each neuron.
    Neuron,
    /// In a shared column of the blocks marked.
    Shared {
        /// 128 or 129.
        column: u8,
        /// Blocks that have the parameter.
        blocks: [bool; 4],
    },
}

/// One analog parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapMemParameter {
    /// Name as in halco.
    pub name: &'static str,
    /// Its row.
    pub row: u8,
    /// Its column.
    pub column: CapMemColumn,
}

impl CapMemParameter {
    /// Whether it is a voltage (else a current).
    #[must_use]
    pub const fn is_voltage(&self) -> bool {
        self.row < VOLTAGE_ROWS
    }

    /// Its cell for a neuron; `None` for a shared parameter.
    #[must_use]
    pub fn neuron_cell(&self, neuron: AtomicNeuronOnDLS) -> Option<CapMemCellOnDLS> {
        match self.column {
            CapMemColumn::Neuron => neuron.to_capmem_cell(self.row as usize).ok(),
            CapMemColumn::Shared { .. } => None,
        }
    }

    /// Its cell in a block; `None` for a neuron parameter, and where the block does not have it.
    #[must_use]
    pub fn shared_cell(&self, block: CapMemBlockOnDLS) -> Option<CapMemCellOnDLS> {
        match self.column {
            CapMemColumn::Shared { column, blocks } if blocks[block.to_enum()] => {
                CapMemCellOnDLS::new(block.to_enum(), self.row as usize, column as usize).ok()
            }
            _ => None,
        }
    }
}

const fn neuron(name: &'static str, row: u8) -> CapMemParameter {
    CapMemParameter { name, row, column: CapMemColumn::Neuron }
}

const fn shared(name: &'static str, column: u8, row: u8) -> CapMemParameter {
    CapMemParameter { name, row, column: CapMemColumn::Shared { column, blocks: ALL } }
}

const fn only(block: usize, name: &'static str, column: u8, row: u8) -> CapMemParameter {
    let mut blocks = [false; 4];
    blocks[block] = true;
    CapMemParameter { name, row, column: CapMemColumn::Shared { column, blocks } }
}

/// All parameters: name, (column,) row.
#[rustfmt::skip]
pub const CAPMEM_PARAMETERS: &[CapMemParameter] = &[
    neuron("v_leak",                    0),
    neuron("v_reset",                   1),
    neuron("v_threshold",               2),
    neuron("e_synin_exc_rev",           3),
    neuron("e_synin_inh_rev",           4),
    neuron("v_adapt_leak",              5),
    neuron("v_exp",                     6),
    neuron("v_adapt_ref",               7),
    neuron("i_bias_leak",               8),
    neuron("i_bias_reset",              9),
    neuron("i_bias_synin_exc_tau",     10),
    neuron("i_bias_synin_exc_coba",    11),
    neuron("i_bias_synin_exc_shift",   12),
    neuron("i_bias_synin_exc_gm",      13),
    neuron("i_bias_synin_inh_tau",     14),
    neuron("i_bias_synin_inh_coba",    15),
    neuron("i_bias_synin_inh_shift",   16),
    neuron("i_bias_synin_inh_gm",      17),
    neuron("i_bias_adapt_tau",         18),
    neuron("i_bias_adapt_a",           19),
    neuron("i_bias_adapt_b",           20),
    neuron("i_bias_exp",               21),
    neuron("i_mem_offset",             22),
    neuron("i_bias_nmda",              23),
    shared("stp_v_charge_0",                      128,  0),
    shared("stp_v_charge_1",                      128,  1),
    shared("stp_v_recover_0",                     128,  2),
    shared("stp_v_recover_1",                     128,  3),
    shared("cadc_v_ramp_offset",                  128,  4),
    shared("cadc_v_bias_ramp_buf",                128,  5),
    shared("neuron_v_bias_casc_n",                128,  7),
    shared("syn_i_bias_dac",                      128,  8),
    shared("syn_i_bias_ramp",                     128,  9),
    shared("syn_i_bias_store",                    128, 10),
    shared("syn_i_bias_corout",                   128, 11),
    shared("stp_i_bias_comparator",               128, 12),
    shared("stp_i_ramp",                          128, 13),
    shared("stp_i_calib",                         128, 14),
    shared("cadc_i_ramp_slope",                   128, 15),
    shared("cadc_i_bias_comp",                    128, 16),
    shared("cadc_i_bias_vreset_buf",              128, 17),
    shared("neuron_i_bias_readout_amp",           128, 18),
    shared("neuron_i_bias_leak_source_follower",  128, 19),
    shared("neuron_i_bias_spike_comparator",      128, 20),
    shared("neuron_i_bias_synin_drop",            129, 23),
    only(0, "readout_sc_amp_v_ref",               128,  6),
    only(1, "readout_pseudo_diff_v_ref",          128,  6),
    only(2, "readout_iconv_test_voltage",         128,  6),
    only(3, "readout_iconv_sc_amp_v_ref",         128,  6),
    only(0, "readout_iconv_sc_amp_i_bias",        128, 21),
    only(1, "stp_ibias_readout_top",              128, 21),
    only(3, "stp_ibias_readout_bottom",           128, 21),
    only(0, "readout_pseudo_diff_buffer_bias",    128, 22),
    only(1, "hagen_ibias_dac_top",                128, 22),
    only(3, "hagen_ibias_dac_bottom",             128, 22),
    only(0, "readout_out_amp_i_bias_0",           128, 23),
    only(0, "readout_out_amp_i_bias_1",           129,  8),
    only(0, "readout_idac_i_bias",                129,  9),
    only(0, "readout_idac_i_bias_casc",           129, 10),
    only(0, "readout_iconv_i_bias_buffer",        129, 11),
    only(0, "readout_ac_mux_i_bias",              129, 12),
    only(0, "readout_madc_in_500na",              129, 13),
    only(0, "readout_sc_amp_i_bias",              129, 14),
];

/// The parameter called `name`. For constants: a misspelled name does not compile.
///
/// # Panics
/// If there is no such parameter; use [`find_capmem_parameter`] at run time.
#[must_use]
pub const fn capmem_parameter(name: &str) -> &'static CapMemParameter {
    let mut i = 0;
    while i < CAPMEM_PARAMETERS.len() {
        if super::same(CAPMEM_PARAMETERS[i].name, name) {
            return &CAPMEM_PARAMETERS[i];
        }
        i += 1;
    }
    panic!("no such CapMem parameter")
}

/// The parameter called exactly `name`.
#[must_use]
pub fn find_capmem_parameter(name: &str) -> Option<&'static CapMemParameter> {
    CAPMEM_PARAMETERS.iter().find(|parameter| parameter.name == name)
}

/// The parameter that a cell holds; `None` for an unused cell.
#[must_use]
pub fn parameter_of_cell(cell: CapMemCellOnDLS) -> Option<&'static CapMemParameter> {
    CAPMEM_PARAMETERS.iter().find(|parameter| {
        parameter.row as usize == cell.r()
            && match parameter.column {
                CapMemColumn::Neuron => cell.c() < 128,
                CapMemColumn::Shared { column, blocks } => column as usize == cell.c() && blocks[cell.b()],
            }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ninety_shared_cells_are_unused() {
        let shared = CapMemCellOnDLS::all().filter(|cell| cell.c() >= 128);
        assert_eq!(shared.filter(|&cell| parameter_of_cell(cell).is_none()).count(), 90);
    }

    #[test]
    fn no_two_parameters_share_a_cell() {
        for block in CapMemBlockOnDLS::all() {
            let mut cells: Vec<_> = CAPMEM_PARAMETERS.iter().filter_map(|p| p.shared_cell(block)).collect();
            let count = cells.len();
            cells.sort_unstable();
            cells.dedup();
            assert_eq!(cells.len(), count);
        }
        assert_eq!(CAPMEM_PARAMETERS.iter().filter(|p| p.column == CapMemColumn::Neuron).count(), 24);
    }

    #[test]
    fn cells_are_found_by_name_and_back() {
        let neuron = AtomicNeuronOnDLS::new(1, 200).unwrap();
        let threshold = const { capmem_parameter("v_threshold") };
        let cell = threshold.neuron_cell(neuron).unwrap();
        assert_eq!((cell.b(), cell.c(), cell.r()), (3, 72, 2));
        assert_eq!(parameter_of_cell(cell), Some(threshold));
        let block = |b| CapMemBlockOnDLS::new(b).unwrap();
        let top = const { capmem_parameter("hagen_ibias_dac_top") };
        assert_eq!(top.shared_cell(block(0)), None);
        let cell = top.shared_cell(block(1)).unwrap();
        assert_eq!((cell.c(), cell.r(), parameter_of_cell(cell)), (128, 22, Some(top)));
        assert_eq!(find_capmem_parameter("v_treshold"), None);
        assert!(threshold.is_voltage() && !top.is_voltage());
    }
}
