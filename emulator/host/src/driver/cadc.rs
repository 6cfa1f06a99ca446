//! Reading the columnar converters over the Omnibus: the first word of a row starts a conversion of all its columns, the
//! others return what was latched (electronicvisions haldls: include/lola/vx/cadc.h).

use super::cycles::Cycles;
use super::hemisphere::{COLUMNS, Hemisphere, QUADS};
use super::program::ProgramBuilder;
use super::registers::WriteRegisters;
use super::responses::Responses;
use super::ticket::{Redeem, TicketError, Timed, WordTicket, WordsTicket};
use hx_isa::regmap::coordinate::{
    CADCConfigOnDLS, CADCSampleQuadOnDLS, ColumnCorrelationQuadOnDLS, SynapseRowOnDLS, column_of_quad,
};
use hx_isa::regmap::register::{CADCConfig, CADCSampleQuad, ColumnCorrelationQuad};
use hx_isa::regmap::{Frame, OmnibusRegister};
use hx_isa::{field, fields};

/// Position of the causal and acausal channels, and of the two ways to read, in the sample coordinate.
const CAUSAL: usize = 0;
const ACAUSAL: usize = 1;
const TRIGGER: usize = 0;
const BUFFERED: usize = 1;

/// Codes of one row by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CadcRow {
    /// Causal channels.
    pub causal: [u8; COLUMNS],
    /// Acausal channels.
    pub acausal: [u8; COLUMNS],
}

impl CadcRow {
    /// Mean of both channels, as calibrations use it when both are connected to the neuron.
    #[must_use]
    pub fn mean(&self) -> [f64; COLUMNS] {
        std::array::from_fn(|column| (f64::from(self.causal[column]) + f64::from(self.acausal[column])) / 2.0)
    }
}

/// Ticket of one row; redeemed for a [`CadcRow`] with the FPGA time at which the answer to the trigger came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CadcTicket {
    trigger: WordTicket,
    causal: WordsTicket,
    acausal: WordsTicket,
}

/// Ticket of the causal channels of one row; redeemed for their codes by column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CausalTicket {
    trigger: WordTicket,
    rest: WordsTicket,
}

impl ProgramBuilder {
    /// Converts one row and reads both channels of all columns. Of the neurons' membranes any row gives the same.
    pub fn read_cadc(&mut self, row: SynapseRowOnDLS) -> CadcTicket {
        let trigger = self.read_word(address(row, TRIGGER, CAUSAL));
        self.read_latched(row, trigger)
    }

    /// Converts the same row in both hemispheres, one directly after the other, and reads both.
    pub fn read_cadcs(&mut self, rows: [SynapseRowOnDLS; 2]) -> [CadcTicket; 2] {
        let triggers = rows.map(|row| self.read_word(address(row, TRIGGER, CAUSAL)));
        [self.read_latched(rows[0], triggers[0]), self.read_latched(rows[1], triggers[1])]
    }

    /// Converts one row and reads the causal channels only: half the words.
    pub fn read_cadc_causal(&mut self, row: SynapseRowOnDLS) -> CausalTicket {
        let trigger = self.read_word(address(row, TRIGGER, CAUSAL));
        CausalTicket { trigger, rest: self.read_words(address(row, BUFFERED, CAUSAL) + 1, QUADS as u32 - 1) }
    }

    fn read_latched(&mut self, row: SynapseRowOnDLS, trigger: WordTicket) -> CadcTicket {
        let causal = self.read_words(address(row, BUFFERED, CAUSAL) + 1, QUADS as u32 - 1);
        let acausal = self.read_words(address(row, BUFFERED, ACAUSAL), QUADS as u32);
        CadcTicket { trigger, causal, acausal }
    }
}

impl Redeem for CadcTicket {
    type Value = Timed<CadcRow>;

    fn redeem(&self, responses: &Responses) -> Result<Timed<CadcRow>, TicketError> {
        let first = self.trigger.redeem(responses)?;
        let causal = by_column(&[&[first], self.causal.answers(responses)?]);
        let acausal = by_column(&[self.acausal.answers(responses)?]);
        Ok(Timed { value: CadcRow { causal, acausal }, time: first.time })
    }
}

impl Redeem for CausalTicket {
    type Value = Timed<[u8; COLUMNS]>;

    fn redeem(&self, responses: &Responses) -> Result<Timed<[u8; COLUMNS]>, TicketError> {
        let first = self.trigger.redeem(responses)?;
        Ok(Timed { value: by_column(&[&[first], self.rest.answers(responses)?]), time: first.time })
    }
}

/// What the converter channels of a hemisphere are connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CadcSource {
    /// The correlation sensors of the addressed row.
    Correlation,
    /// The readout amplifiers of the neurons, both channels of a column.
    Neurons,
}

/// Switches the converters on and connects all their channels. The offsets of the channels are left alone; a channel whose
/// register was never written has the offset -128.
pub fn configure_cadc(target: &mut impl WriteRegisters, source: CadcSource) {
    let enable = Frame::<CADCConfig>::default().with(field!(CADCConfig.enable), 1);
    CADCConfigOnDLS::all().for_each(|at| target.write(at, &enable));
    let lines = [
        fields!(ColumnCorrelationQuad.enable_internal_causal; 4),
        fields!(ColumnCorrelationQuad.enable_internal_acausal; 4),
    ];
    let neurons = [
        fields!(ColumnCorrelationQuad.enable_cadc_neuron_readout_causal; 4),
        fields!(ColumnCorrelationQuad.enable_cadc_neuron_readout_acausal; 4),
    ];
    let switch_on = |frame, switches: [_; 2]| {
        switches
            .as_flattened()
            .iter()
            .fold(frame, |frame: Frame<ColumnCorrelationQuad>, &switch| frame.with(switch, 1))
    };
    let connected = switch_on(Frame::zero(), lines);
    let frame = if source == CadcSource::Neurons { switch_on(connected, neurons) } else { connected };
    ColumnCorrelationQuadOnDLS::all().for_each(|at| target.write(at, &frame));
}

/// The first row of a hemisphere, for reads that do not depend on the row.
#[must_use]
pub fn any_row(hemisphere: Hemisphere) -> SynapseRowOnDLS {
    // Both hemispheres have a first row.
    SynapseRowOnDLS::new(hemisphere.index(), 0).unwrap_or_default()
}

/// Address of the first quad of a row; the others follow.
fn address(row: SynapseRowOnDLS, readout: usize, channel: usize) -> u32 {
    // The positions are in range by construction.
    let first = CADCSampleQuadOnDLS::new(row.s(), readout, channel, row.row(), 0).unwrap_or_default();
    CADCSampleQuad::address(first, 0)
}

/// The bytes of 64 words, quad by quad, in the order of their columns.
fn by_column(parts: &[&[Timed<u32>]]) -> [u8; COLUMNS] {
    let samples = fields!(CADCSampleQuad.sample; 4);
    let mut codes = [0; COLUMNS];
    for (quad, answer) in parts.iter().copied().flatten().enumerate() {
        for (entry, sample) in samples.iter().enumerate() {
            codes[column_of_quad(quad, entry)] = sample.get(&[answer.value]) as u8;
        }
    }
    codes
}

/// Shortest time between two conversions of a hemisphere that software reckons with: 1.7 us.
pub const SHORTEST_INTERVAL: Cycles = Cycles(213);

#[cfg(test)]
mod tests {
    use super::super::Session;
    use super::*;
    use crate::driver::fake::FakeSetup;

    /// Registers of a row whose code is a function of the column.
    fn preset(setup: &mut FakeSetup, base: u32, code: impl Fn(usize) -> u8) {
        for quad in 0..QUADS {
            let bytes = std::array::from_fn(|entry| code(column_of_quad(quad, entry)));
            setup.registers.insert(base + quad as u32, u32::from_be_bytes(bytes));
        }
    }

    #[test]
    fn codes_are_sorted_by_column() {
        let mut setup = FakeSetup::default();
        let row = SynapseRowOnDLS::new(1, 2).unwrap();
        preset(&mut setup, 0x03c8_0000 + 128 + 0x20_0000, |column| column as u8);
        preset(&mut setup, 0x03cc_0000 + 128 + 0x20_0000, |column| 255 - column as u8);
        // The trigger word holds columns 0, 2, 4, 6.
        setup.registers.insert(0x03c8_0000 + 128, u32::from_be_bytes([100, 102, 104, 106]));
        let mut builder = ProgramBuilder::new();
        let both = builder.read_cadc(row);
        let causal = builder.read_cadc_causal(row);
        let responses = Session::new(setup).run(builder).unwrap();
        let both = responses.get(&both).unwrap();
        let expected = std::array::from_fn(|column| match column {
            0 | 2 | 4 | 6 => 100 + column as u8,
            _ => column as u8,
        });
        assert_eq!(both.value.causal, expected);
        assert_eq!(both.value.acausal, std::array::from_fn(|column| 255 - column as u8));
        assert_eq!(both.value.mean()[8], 127.5);
        assert_eq!(both.time, Cycles(1));
        assert_eq!(responses.get(&causal).unwrap().value, expected);
    }

    #[test]
    fn both_hemispheres_are_converted_before_any_is_read() {
        let mut builder = ProgramBuilder::new();
        let tickets = builder.read_cadcs(Hemisphere::ALL.map(any_row));
        assert_eq!(builder.requests().omnibus, 256);
        let addresses: Vec<_> =
            builder.finish().unwrap().words()[..3].iter().map(|&word| word as u32).collect();
        assert_eq!(addresses, [0x02c8_0000, 0x03c8_0000, 0x02e8_0001]);
        assert_eq!(tickets[1].causal, WordsTicket { first: 2 + 127, count: 63 });
    }

    #[test]
    fn channels_are_connected_to_neurons_or_sensors() {
        let mut configuration = super::super::Configuration::new();
        configure_cadc(&mut configuration, CadcSource::Neurons);
        assert_eq!(configuration.word(0x0240_1000), Some(0x14641));
        let quad = ColumnCorrelationQuadOnDLS::new(1, 5).unwrap();
        let words = |configuration: &super::super::Configuration| {
            configuration.frame::<ColumnCorrelationQuad>(quad).unwrap().words().to_vec()
        };
        assert_eq!(words(&configuration), [0xc0c0_c0c0, 0, 0x2020_2020, 0x2020_2020]);
        configure_cadc(&mut configuration, CadcSource::Correlation);
        assert_eq!(words(&configuration), [0xc0c0_c0c0, 0, 0, 0]);
    }
}
