//! Codes of CapMem cells by parameter: what a calibration searches for and what it results in.

use crate::NEURONS;
use hx_host::driver::WriteRegisters;
use hx_host::driver::capmem::{self, CapMemError, MAX_CODE};
use hx_isa::regmap::capmem::{CapMemColumn, CapMemParameter, capmem_parameter, find_capmem_parameter};
use hx_isa::regmap::coordinate::CapMemBlockOnDLS;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;

/// CapMem blocks, one per quadrant.
pub const BLOCKS: usize = CapMemBlockOnDLS::SIZE;
/// Neurons of a quadrant.
pub const NEURONS_PER_BLOCK: usize = NEURONS / BLOCKS;

/// Names of the parameters the routines work with; a misspelled one does not compile.
macro_rules! parameters {
    ($($constant:ident = $name:literal;)*) => {
        $(
            #[doc = concat!("CapMem parameter ", $name, ".")]
            pub const $constant: &CapMemParameter = capmem_parameter($name);
        )*
    };
}

parameters! {
    V_LEAK = "v_leak";
    V_RESET = "v_reset";
    V_THRESHOLD = "v_threshold";
    I_BIAS_LEAK = "i_bias_leak";
    EXC_TAU = "i_bias_synin_exc_tau";
    INH_TAU = "i_bias_synin_inh_tau";
    EXC_SHIFT = "i_bias_synin_exc_shift";
    INH_SHIFT = "i_bias_synin_inh_shift";
    EXC_GM = "i_bias_synin_exc_gm";
    INH_GM = "i_bias_synin_inh_gm";
    RAMP_OFFSET = "cadc_v_ramp_offset";
    RAMP_SLOPE = "cadc_i_ramp_slope";
    DAC_BIAS = "syn_i_bias_dac";
    STP_CHARGE_0 = "stp_v_charge_0";
    STP_RECOVER_0 = "stp_v_recover_0";
    STP_RAMP = "stp_i_ramp";
    STP_CALIB = "stp_i_calib";
    CORRELATION_RAMP = "syn_i_bias_ramp";
    CORRELATION_STORE = "syn_i_bias_store";
    EXC_REFERENCE = "e_synin_exc_rev";
    INH_REFERENCE = "e_synin_inh_rev";
    EXC_COBA = "i_bias_synin_exc_coba";
    INH_COBA = "i_bias_synin_inh_coba";
    ICC = "i_bias_nmda";
}

/// Codes of the parameters of all neurons and all quadrants.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "BTreeMap<String, Vec<u16>>", try_from = "BTreeMap<String, Vec<u16>>")]
pub struct Codes {
    cells: BTreeMap<&'static str, Vec<u16>>,
}

/// Codes that cannot be those of a chip.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CodesError {
    /// No such parameter.
    #[error("there is no CapMem parameter {name} of all neurons or all blocks")]
    Unknown {
        /// What was given.
        name: String,
    },
    /// Too few or too many codes.
    #[error("CapMem parameter {name} has {given} codes where there are {cells} cells")]
    Count {
        /// Name of the parameter.
        name: &'static str,
        /// Codes given.
        given: usize,
        /// Cells of the parameter.
        cells: usize,
    },
    /// A code beyond the largest.
    #[error("CapMem parameter {name} has code {code}, the largest is {MAX_CODE}")]
    Code {
        /// Name of the parameter.
        name: &'static str,
        /// What was given.
        code: u16,
    },
}

/// Cells of a parameter that exists for every neuron or in every block.
fn cells(parameter: &CapMemParameter) -> Option<usize> {
    match parameter.column {
        CapMemColumn::Neuron => Some(NEURONS),
        CapMemColumn::Shared { blocks, .. } => (blocks == [true; BLOCKS]).then_some(BLOCKS),
    }
}

impl Codes {
    /// Codes of a parameter by neuron or block; empty if it was not set.
    #[must_use]
    pub fn get(&self, parameter: &CapMemParameter) -> &[u16] {
        self.cells.get(parameter.name).map_or(&[], Vec::as_slice)
    }

    /// Sets all cells of a parameter.
    ///
    /// # Errors
    /// When the number of codes is not that of its cells, or a code is beyond the largest.
    pub fn set(&mut self, parameter: &'static CapMemParameter, codes: &[u16]) -> Result<(), CodesError> {
        let name = parameter.name;
        let cells = cells(parameter).ok_or_else(|| CodesError::Unknown { name: name.to_owned() })?;
        if codes.len() != cells {
            return Err(CodesError::Count { name, given: codes.len(), cells });
        }
        if let Some(&code) = codes.iter().find(|&&code| code > MAX_CODE) {
            return Err(CodesError::Code { name, code });
        }
        self.cells.insert(name, codes.to_vec());
        Ok(())
    }

    /// Sets all cells of a parameter to the same code.
    ///
    /// # Errors
    /// As [`Codes::set`].
    pub fn fill(&mut self, parameter: &'static CapMemParameter, code: u16) -> Result<(), CodesError> {
        let cells = cells(parameter).unwrap_or_default();
        self.set(parameter, &vec![code; cells])
    }

    /// The parameters that are set.
    pub fn parameters(&self) -> impl Iterator<Item = &'static CapMemParameter> + '_ {
        self.cells.keys().filter_map(|name| find_capmem_parameter(name))
    }

    /// Writes the cells of one parameter.
    ///
    /// # Errors
    /// Never for codes that were set here.
    pub fn write_parameter(
        &self,
        target: &mut impl WriteRegisters,
        parameter: &CapMemParameter,
    ) -> Result<(), CapMemError> {
        let codes = self.get(parameter);
        match <&[u16; NEURONS]>::try_from(codes) {
            Ok(codes) => capmem::write_neurons(target, parameter, codes),
            Err(_) => CapMemBlockOnDLS::all()
                .zip(codes)
                .try_for_each(|(block, &code)| capmem::write_block(target, parameter, block, code)),
        }
    }

    /// Writes all cells.
    ///
    /// # Errors
    /// Never for codes that were set here.
    pub fn write(&self, target: &mut impl WriteRegisters) -> Result<(), CapMemError> {
        self.parameters().try_for_each(|parameter| self.write_parameter(target, parameter))
    }
}

impl From<Codes> for BTreeMap<String, Vec<u16>> {
    fn from(codes: Codes) -> Self {
        codes.cells.into_iter().map(|(name, codes)| (name.to_owned(), codes)).collect()
    }
}

impl TryFrom<BTreeMap<String, Vec<u16>>> for Codes {
    type Error = CodesError;

    fn try_from(cells: BTreeMap<String, Vec<u16>>) -> Result<Codes, CodesError> {
        let mut codes = Codes::default();
        for (name, values) in cells {
            let parameter = find_capmem_parameter(&name).ok_or(CodesError::Unknown { name })?;
            codes.set(parameter, &values)?;
        }
        Ok(codes)
    }
}

/// Median of codes; of an even number the lower of the two middle ones.
#[must_use]
pub fn median_code(codes: &[u16]) -> u16 {
    let mut sorted = codes.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hx_host::driver::Configuration;

    #[test]
    fn codes_land_in_their_cells() {
        let mut codes = Codes::default();
        codes.set(V_LEAK, &std::array::from_fn::<u16, NEURONS, _>(|neuron| neuron as u16)).unwrap();
        codes.set(DAC_BIAS, &[1, 2, 3, 4]).unwrap();
        let mut configuration = Configuration::new();
        codes.write(&mut configuration).unwrap();
        assert_eq!(configuration.len(), NEURONS + BLOCKS);
        assert_eq!(configuration.word(0x15_8000 + 32 * 72), Some(456), "neuron 200 of the bottom row");
        assert_eq!(configuration.word(0x15_0000 + 32 * 128 + 8), Some(3));
    }

    #[test]
    fn text_is_checked_when_it_is_read() {
        let mut codes = Codes::default();
        codes.fill(DAC_BIAS, 600).unwrap();
        let text = ron::to_string(&codes).unwrap();
        assert_eq!(text, "{\"syn_i_bias_dac\":[600,600,600,600]}");
        assert_eq!(ron::from_str::<Codes>(&text).unwrap(), codes);
        let refused = |text: &str| ron::from_str::<Codes>(text).unwrap_err().code.to_string();
        assert!(refused("{\"v_lake\":[1]}").contains("no CapMem parameter v_lake"));
        assert!(refused("{\"v_leak\":[1]}").contains("has 1 codes where there are 512 cells"));
        assert!(refused("{\"syn_i_bias_dac\":[1,2,3,1023]}").contains("code 1023, the largest is 1022"));
        assert!(refused("{\"hagen_ibias_dac_top\":[1]}").contains("hagen_ibias_dac_top"));
    }

    #[test]
    fn medians() {
        assert_eq!((median_code(&[]), median_code(&[5]), median_code(&[9, 1, 4])), (0, 5, 4));
        assert_eq!(median_code(&[4, 3, 2, 1]), 2);
    }
}
