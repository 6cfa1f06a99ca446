//! Analog parameters: codes of CapMem cells by parameter and neuron or block.

use super::registers::WriteRegisters;
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::capmem::{CapMemColumn, CapMemParameter};
use hx_isa::regmap::coordinate::{AtomicNeuronOnDLS, CapMemBlockOnDLS, CapMemCellOnDLS};
use hx_isa::regmap::register::CapMemCell;
use thiserror::Error;

/// Largest code of a cell; 1023 stops its refresh instead.
pub const MAX_CODE: u16 = 1022;

/// Why an analog parameter cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CapMemError {
    /// A code that a cell cannot hold.
    #[error("code {code} of CapMem parameter {parameter} is beyond {MAX_CODE}")]
    Code {
        /// Name of the parameter.
        parameter: &'static str,
        /// What was given.
        code: u16,
    },
    /// A shared parameter asked for at a neuron.
    #[error("CapMem parameter {parameter} is shared, no neuron has its own")]
    NotOfNeurons {
        /// Name of the parameter.
        parameter: &'static str,
    },
    /// A parameter asked for at a block that does not have it.
    #[error("CapMem parameter {parameter} does not exist in block {block}")]
    NotInBlock {
        /// Name of the parameter.
        parameter: &'static str,
        /// Number of the block.
        block: usize,
    },
}

/// Writes the cell of a neuron.
///
/// # Errors
/// When the code is above 1022 or the parameter is a shared one.
pub fn write_neuron(
    target: &mut impl WriteRegisters,
    parameter: &CapMemParameter,
    neuron: AtomicNeuronOnDLS,
    code: u16,
) -> Result<(), CapMemError> {
    let missing = CapMemError::NotOfNeurons { parameter: parameter.name };
    write_cell(target, parameter, parameter.neuron_cell(neuron).ok_or(missing)?, code)
}

/// Writes the cells of all neurons, codes in the order of [`AtomicNeuronOnDLS`].
///
/// # Errors
/// As [`write_neuron`], at the first code it refuses.
pub fn write_neurons(
    target: &mut impl WriteRegisters,
    parameter: &CapMemParameter,
    codes: &[u16; AtomicNeuronOnDLS::SIZE],
) -> Result<(), CapMemError> {
    AtomicNeuronOnDLS::all()
        .zip(codes)
        .try_for_each(|(neuron, &code)| write_neuron(target, parameter, neuron, code))
}

/// Writes the cell of one block.
///
/// # Errors
/// When the code is above 1022 or the block does not have the parameter.
pub fn write_block(
    target: &mut impl WriteRegisters,
    parameter: &CapMemParameter,
    block: CapMemBlockOnDLS,
    code: u16,
) -> Result<(), CapMemError> {
    let missing = CapMemError::NotInBlock { parameter: parameter.name, block: block.to_enum() };
    write_cell(target, parameter, parameter.shared_cell(block).ok_or(missing)?, code)
}

/// Writes the same code everywhere: to all neurons, or to all blocks that have the parameter.
///
/// # Errors
/// When the code is above 1022.
pub fn write_all(
    target: &mut impl WriteRegisters,
    parameter: &CapMemParameter,
    code: u16,
) -> Result<(), CapMemError> {
    match parameter.column {
        CapMemColumn::Neuron => write_neurons(target, parameter, &[code; AtomicNeuronOnDLS::SIZE]),
        CapMemColumn::Shared { .. } => CapMemBlockOnDLS::all()
            .filter_map(|block| parameter.shared_cell(block))
            .try_for_each(|cell| write_cell(target, parameter, cell, code)),
    }
}

fn write_cell(
    target: &mut impl WriteRegisters,
    parameter: &CapMemParameter,
    at: CapMemCellOnDLS,
    code: u16,
) -> Result<(), CapMemError> {
    if code > MAX_CODE {
        return Err(CapMemError::Code { parameter: parameter.name, code });
    }
    target.write(at, &Frame::<CapMemCell>::zero().with(field!(CapMemCell.value), u32::from(code)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Configuration;
    use super::*;
    use hx_isa::regmap::capmem::capmem_parameter;

    #[test]
    fn parameters_land_in_their_cells() {
        let mut configuration = Configuration::new();
        let leak = const { capmem_parameter("v_leak") };
        let codes = std::array::from_fn(|neuron| neuron as u16);
        write_neurons(&mut configuration, leak, &codes).unwrap();
        assert_eq!(configuration.word(0x15_8000 + 32 * 72), Some(456), "neuron 200 of the bottom row");
        let slope = const { capmem_parameter("cadc_i_ramp_slope") };
        write_all(&mut configuration, slope, 200).unwrap();
        assert_eq!(configuration.word(0x15_0000 + 32 * 128 + 15), Some(200));
        assert_eq!(configuration.len(), 512 + 4);
    }

    #[test]
    fn what_cannot_be_written_is_said() {
        let mut configuration = Configuration::new();
        let [leak, dac] = const { [capmem_parameter("v_leak"), capmem_parameter("hagen_ibias_dac_top")] };
        let error = write_all(&mut configuration, leak, 1023).unwrap_err();
        assert_eq!(error.to_string(), "code 1023 of CapMem parameter v_leak is beyond 1022");
        let neuron = AtomicNeuronOnDLS::default();
        assert!(matches!(
            write_neuron(&mut configuration, dac, neuron, 1),
            Err(CapMemError::NotOfNeurons { .. })
        ));
        let block = CapMemBlockOnDLS::default();
        assert!(matches!(
            write_block(&mut configuration, dac, block, 1),
            Err(CapMemError::NotInBlock { block: 0, .. })
        ));
        assert!(configuration.is_empty());
    }
}
