//! Synapses, their columns and their drivers, row by row.
//!
//! Weights and labels go through the views of the synapse array that change nothing else (electronicvisions haldls:
//! include/haldls/vx/synapse.h). A signed weight uses both rows of a driver, which hear the same events: the bottom row is
//! excitatory, the top row inhibitory.

use super::hemisphere::{COLUMNS, Hemisphere, QUADS};
use super::program::ProgramBuilder;
use super::registers::WriteRegisters;
use super::responses::Responses;
use super::ticket::{Redeem, TicketError, WordsTicket};
use hx_isa::regmap::coordinate::{
    ColumnCurrentQuadOnDLS, SynapseDriverOnDLS, SynapseOnDLS, SynapseQuadOnDLS, SynapseRowOnDLS,
    column_of_quad, entry_shift,
};
use hx_isa::regmap::register::{
    ColumnCurrentQuad, SynapseDriverConfig, SynapseLabelQuad, SynapseQuad, SynapseWeightQuad,
};
use hx_isa::regmap::{Frame, OmnibusRegister};
use hx_isa::{field, fields};
use thiserror::Error;

/// Largest weight; also the largest label.
pub const MAX_WEIGHT: u8 = 63;

/// A weight or label that a synapse cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{what} {value} of {row:?}, column {column} is beyond {MAX_WEIGHT}")]
pub struct SynapseRangeError {
    /// `weight` or `label`.
    pub what: &'static str,
    /// Its row.
    pub row: SynapseRowOnDLS,
    /// Its column.
    pub column: usize,
    /// What was given.
    pub value: i32,
}

/// Writes the weights (0..=63, by column) of a row.
///
/// # Errors
/// At the first weight above 63; nothing is written then.
pub fn write_weights(
    target: &mut impl WriteRegisters,
    row: SynapseRowOnDLS,
    weights: &[u8; COLUMNS],
) -> Result<(), SynapseRangeError> {
    check("weight", row, weights.iter().map(|&weight| i32::from(weight)))?;
    let address = SynapseWeightQuad::address(first_quad(row).to_weight_quad(), 0);
    write_bytes(target, address, |column| STORED_WEIGHTS[weights[column] as usize]);
    Ok(())
}

/// Writes the labels (0..=63, by column) of a row.
///
/// # Errors
/// At the first label above 63; nothing is written then.
pub fn write_labels(
    target: &mut impl WriteRegisters,
    row: SynapseRowOnDLS,
    labels: &[u8; COLUMNS],
) -> Result<(), SynapseRangeError> {
    check("label", row, labels.iter().map(|&label| i32::from(label)))?;
    let address = SynapseLabelQuad::address(first_quad(row).to_label_quad(), 0);
    write_bytes(target, address, |column| labels[column]);
    Ok(())
}

/// Writes signed weights (-63..=63, by column) to both rows of a driver: positive ones to the bottom row, the magnitude of
/// negative ones to the top row, zero to the other. The driver must be configured as by [`signed_driver`], and the labels of
/// both rows are the caller's.
///
/// # Errors
/// At the first weight beyond 63; nothing is written then.
pub fn write_signed_weights(
    target: &mut impl WriteRegisters,
    driver: SynapseDriverOnDLS,
    weights: &[i8; COLUMNS],
) -> Result<(), SynapseRangeError> {
    let [bottom, top] = driver.to_rows();
    check("weight", bottom, weights.iter().map(|&weight| i32::from(weight)))?;
    write_weights(target, bottom, &weights.map(|weight| weight.max(0).unsigned_abs()))?;
    write_weights(target, top, &weights.map(|weight| weight.min(0).unsigned_abs()))
}

/// The weight of one synapse in a frame of its quad ([`SynapseOnDLS::to_quad`]).
#[must_use]
pub fn weight_in(frame: &Frame<SynapseQuad>, synapse: SynapseOnDLS) -> u8 {
    let (_, entry) = synapse.to_quad();
    frame.get(fields!(SynapseQuad.weight; 4)[entry]) as u8
}

/// The label of one synapse in a frame of its quad ([`SynapseOnDLS::to_quad`]).
#[must_use]
pub fn label_in(frame: &Frame<SynapseQuad>, synapse: SynapseOnDLS) -> u8 {
    let (_, entry) = synapse.to_quad();
    frame.get(fields!(SynapseQuad.label; 4)[entry]) as u8
}

/// Ticket of the weights of one row; redeemed for them by column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightsTicket(WordsTicket);

impl ProgramBuilder {
    /// Reads the weights of a row.
    pub fn read_weights(&mut self, row: SynapseRowOnDLS) -> WeightsTicket {
        let address = SynapseWeightQuad::address(first_quad(row).to_weight_quad(), 0);
        WeightsTicket(self.read_words(address, QUADS as u32))
    }
}

impl Redeem for WeightsTicket {
    type Value = [u8; COLUMNS];

    fn redeem(&self, responses: &Responses) -> Result<[u8; COLUMNS], TicketError> {
        let values = fields!(SynapseWeightQuad.value; 4);
        let mut weights = [0; COLUMNS];
        for (quad, answer) in self.0.answers(responses)?.iter().enumerate() {
            for (entry, value) in values.iter().enumerate() {
                weights[column_of_quad(quad, entry)] = value.get(&[answer.value]) as u8;
            }
        }
        Ok(weights)
    }
}

/// Connects the synaptic current lines of columns to their neurons, both excitatory and inhibitory.
pub fn connect_columns(
    target: &mut impl WriteRegisters,
    hemisphere: Hemisphere,
    connected: &[bool; COLUMNS],
) {
    let excitatory = fields!(ColumnCurrentQuad.enable_synaptic_current_excitatory; 4);
    let inhibitory = fields!(ColumnCurrentQuad.enable_synaptic_current_inhibitory; 4);
    for at in ColumnCurrentQuadOnDLS::all().skip(QUADS * hemisphere.index()).take(QUADS) {
        let mut frame = Frame::<ColumnCurrentQuad>::zero();
        for (entry, column) in at.columns().into_iter().enumerate() {
            frame.set(excitatory[entry], u32::from(connected[column]));
            frame.set(inhibitory[entry], u32::from(connected[column]));
        }
        target.write(at, &frame);
    }
}

/// What the synapses of a row do to their neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowMode {
    /// Nothing.
    Disabled,
    /// They excite.
    Excitatory,
    /// They inhibit.
    Inhibitory,
    /// Both at once.
    ExcitatoryAndInhibitory,
}

impl RowMode {
    const fn excites(self) -> bool {
        matches!(self, RowMode::Excitatory | RowMode::ExcitatoryAndInhibitory)
    }

    const fn inhibits(self) -> bool {
        matches!(self, RowMode::Inhibitory | RowMode::ExcitatoryAndInhibitory)
    }
}

/// A driver that listens to its bus and forwards whole labels; only events whose row select address is its own number on
/// the bus reach it. All else is as after reset, short-term plasticity off.
#[must_use]
pub fn driver(bottom: RowMode, top: RowMode) -> Frame<SynapseDriverConfig> {
    Frame::default()
        .with(field!(SynapseDriverConfig.enable_receiver), 1)
        .with(field!(SynapseDriverConfig.row_mode_bottom.excitatory), u32::from(bottom.excites()))
        .with(field!(SynapseDriverConfig.row_mode_bottom.inhibitory), u32::from(bottom.inhibits()))
        .with(field!(SynapseDriverConfig.row_mode_top.excitatory), u32::from(top.excites()))
        .with(field!(SynapseDriverConfig.row_mode_top.inhibitory), u32::from(top.inhibits()))
}

/// The driver of a pair of rows with signed weights ([`write_signed_weights`]).
#[must_use]
pub fn signed_driver() -> Frame<SynapseDriverConfig> {
    driver(RowMode::Excitatory, RowMode::Inhibitory)
}

/// Stored form of each weight, whose bits the chip permutes.
const STORED_WEIGHTS: [u8; MAX_WEIGHT as usize + 1] = {
    let weight = fields!(SynapseWeightQuad.value; 4)[3];
    assert!(weight.word_mask(0) == MAX_WEIGHT as u32, "the last entry is the least significant byte");
    let mut stored = [0; MAX_WEIGHT as usize + 1];
    let mut value = 0;
    while value < stored.len() {
        let mut word = [0];
        weight.set(&mut word, value as u32);
        stored[value] = word[0] as u8;
        value += 1;
    }
    stored
};

/// The first quad of a row, which always exists; the others follow at consecutive addresses in every view.
fn first_quad(row: SynapseRowOnDLS) -> SynapseQuadOnDLS {
    SynapseQuadOnDLS::from_enum(QUADS * row.to_enum()).unwrap_or_default()
}

fn write_bytes(target: &mut impl WriteRegisters, address: u32, byte: impl Fn(usize) -> u8) {
    for quad in 0..QUADS {
        let entry = |i: usize| u32::from(byte(column_of_quad(quad, i))) << entry_shift(i);
        target.write_word(address + quad as u32, entry(0) | entry(1) | entry(2) | entry(3));
    }
}

fn check(
    what: &'static str,
    row: SynapseRowOnDLS,
    mut values: impl Iterator<Item = i32>,
) -> Result<(), SynapseRangeError> {
    let refused = |value: &i32| value.unsigned_abs() > u32::from(MAX_WEIGHT);
    match values.by_ref().enumerate().find(|(_, value)| refused(value)) {
        Some((column, value)) => Err(SynapseRangeError { what, row, column, value }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Configuration, Session};
    use super::*;
    use crate::driver::fake::FakeSetup;

    fn row(s: usize, row: usize) -> SynapseRowOnDLS {
        SynapseRowOnDLS::new(s, row).unwrap()
    }

    #[test]
    fn weights_and_labels_land_in_their_columns() {
        let mut configuration = Configuration::new();
        let row = row(1, 77);
        write_weights(&mut configuration, row, &std::array::from_fn(|c| (c % 64) as u8)).unwrap();
        write_labels(&mut configuration, row, &std::array::from_fn(|c| (c / 4) as u8)).unwrap();
        assert_eq!(configuration.len(), 2 * QUADS);
        for column in 0..COLUMNS {
            let synapse = SynapseOnDLS::new(1, 77, column).unwrap();
            let frame = configuration.frame(synapse.to_quad().0).unwrap();
            assert_eq!(usize::from(weight_in(&frame, synapse)), column % 64);
            assert_eq!(usize::from(label_in(&frame, synapse)), column / 4);
        }
    }

    #[test]
    fn weights_are_read_back_by_column() {
        let (row, weights): (_, [u8; COLUMNS]) = (row(0, 9), std::array::from_fn(|c| (c % 64) as u8));
        let mut setup = FakeSetup::default();
        let view = SynapseWeightQuad::address(first_quad(row).to_weight_quad(), 0);
        for quad in 0..QUADS {
            let values = fields!(SynapseWeightQuad.value; 4).into_iter().enumerate();
            let frame = values.fold(Frame::<SynapseWeightQuad>::zero(), |frame, (entry, value)| {
                frame.with(value, u32::from(weights[column_of_quad(quad, entry)]))
            });
            setup.registers.insert(view + quad as u32, frame.words()[0]);
        }
        let mut builder = ProgramBuilder::new();
        let ticket = builder.read_weights(row);
        assert_eq!(Session::new(setup).run(builder).unwrap().get(&ticket), Ok(weights));
    }

    #[test]
    fn signed_weights_share_a_driver() {
        let mut configuration = Configuration::new();
        let driver = SynapseDriverOnDLS::new(0, 3).unwrap();
        let mut weights = [0; COLUMNS];
        (weights[0], weights[1], weights[255]) = (63, -5, -63);
        write_signed_weights(&mut configuration, driver, &weights).unwrap();
        let weight = |row, column| {
            let synapse = SynapseOnDLS::new(0, row, column).unwrap();
            let raw = configuration.word(SynapseQuad::address(synapse.to_quad().0, 0)).unwrap();
            weight_in(&Frame::from_array([raw, 0]), synapse)
        };
        assert_eq!([weight(6, 0), weight(6, 1), weight(6, 255)], [63, 0, 0]);
        assert_eq!([weight(7, 0), weight(7, 1), weight(7, 255)], [0, 5, 63]);
        weights[9] = -64;
        let error = write_signed_weights(&mut Configuration::new(), driver, &weights).unwrap_err();
        assert_eq!((error.column, error.value), (9, -64));
    }

    #[test]
    fn drivers_and_columns_are_switched_on() {
        assert_eq!(signed_driver().words(), [0xbe00, 0x3f90, 0x40]);
        assert_eq!(driver(RowMode::ExcitatoryAndInhibitory, RowMode::Disabled).words()[1], 0x3f50);
        let mut configuration = Configuration::new();
        let mut connected = [false; COLUMNS];
        connected[9] = true;
        connect_columns(&mut configuration, Hemisphere::Bottom, &connected);
        let quad = ColumnCurrentQuadOnDLS::new(1, 33).unwrap();
        assert_eq!(configuration.frame::<ColumnCurrentQuad>(quad).unwrap().words(), [0x0300_0000, 0]);
        assert_eq!(configuration.words().filter(|&(_, word)| word != 0).count(), 1);
    }
}
