//! Spike sources, and the synapses by which neurons hear them.
//!
//! All drivers of a PADI bus hear every event on it and forward the whole label, so a synapse is chosen by its label alone.
//! Each label of a bus belongs to one source, host spikes, background generators and neurons alike; each cell of the array
//! (row, column) belongs to one pair of source and neuron and keeps belonging to it, so that changing a weight never moves a
//! synapse. A weight beyond 63 is spread over parallel synapses in further rows.

use crate::experiment::ExperimentError;
use hx_host::driver::routing::{Background, from_neuron};
use hx_host::driver::synapse::{MAX_WEIGHT, SynapseRangeError, signed_driver, write_labels, write_weights};
use hx_host::driver::{COLUMNS, Configuration, Hemisphere, SpikeLabel, WriteRegisters};
use hx_isa::field;
use hx_isa::regmap::coordinate::{AtomicNeuronOnDLS, BackgroundSpikeSourceOnDLS, SynapseDriverOnDLS};
use std::collections::{BTreeMap, BTreeSet};

const BUSES: u8 = 4;
const DRIVERS_OF_BUS: usize = 32;
/// Labels of a bus; the last one is nobody's, so that a synapse can listen to nothing.
const LABELS: u8 = 63;

/// Where the spikes of a source come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceKind {
    /// The host, at chosen times.
    Host,
    /// A generator on the chip.
    Background,
    /// A neuron.
    Neuron(AtomicNeuronOnDLS),
}

/// A source of spikes that neurons can be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Where its spikes come from.
    pub kind: SourceKind,
    /// The PADI bus it is on, in both hemispheres.
    pub bus: u8,
    /// Its label there.
    pub label: u8,
}

/// The synapses of one sign between a source and a neuron.
type Pair = (Source, AtomicNeuronOnDLS, bool);

/// Sources and synapses of a board.
#[derive(Debug, Clone, Default)]
pub struct Connections {
    /// Labels given away, by bus.
    labels: [BTreeSet<u8>; BUSES as usize],
    senders: BTreeMap<u16, AtomicNeuronOnDLS>,
    neurons: BTreeMap<AtomicNeuronOnDLS, Source>,
    /// Drivers of the cells of a pair, by their number on the bus, with the weights (0..=63) in them.
    synapses: BTreeMap<Pair, Vec<(usize, u8)>>,
    backgrounds: Vec<(BackgroundSpikeSourceOnDLS, Background)>,
    /// Lengthens all synaptic pulses, 0..=15.
    pub(super) pulse_extension: u8,
}

impl Connections {
    fn label(&mut self, bus: u8) -> Result<u8, ExperimentError> {
        let used = &mut self.labels[usize::from(bus)];
        let free = (0..LABELS).find(|label| !used.contains(label));
        let full =
            || ExperimentError::Config(format!("more than {LABELS} spike sources on the PADI bus {bus}"));
        let label = free.ok_or_else(full)?;
        used.insert(label);
        Ok(label)
    }

    fn emptiest_bus(&self) -> u8 {
        (0..BUSES).min_by_key(|&bus| self.labels[usize::from(bus)].len()).unwrap_or(0)
    }

    fn host(&mut self, bus: u8) -> Result<Source, ExperimentError> {
        Ok(Source { kind: SourceKind::Host, bus, label: self.label(bus)? })
    }

    /// A neuron whose spikes leave it.
    pub(super) fn neuron(&mut self, at: AtomicNeuronOnDLS) -> Result<Source, ExperimentError> {
        if let Some(&known) = self.neurons.get(&at) {
            return Ok(known);
        }
        let bus = at.to_event_output().to_enum() as u8 % BUSES;
        let source = Source { kind: SourceKind::Neuron(at), bus, label: self.label(bus)? };
        self.senders.insert(from_neuron(at, source.label).0, at);
        self.neurons.insert(at, source);
        Ok(source)
    }

    /// A block of `count` labels, a power of two, aligned to it.
    fn block(&mut self, bus: u8, count: u8) -> Result<u8, ExperimentError> {
        let used = &mut self.labels[usize::from(bus)];
        let mut blocks = (0..64 / count).map(|block| block * count).filter(|first| first + count <= LABELS);
        let free = blocks.find(|&first| (first..first + count).all(|label| !used.contains(&label)));
        let full = || ExperimentError::Config(format!("no {count} labels left on the PADI bus {bus}"));
        let first = free.ok_or_else(full)?;
        used.extend(first..first + count);
        Ok(first)
    }

    fn background(
        &mut self,
        hemisphere: Hemisphere,
        rate_hz: f64,
        count: u8,
        seed: u32,
    ) -> Result<Vec<Source>, ExperimentError> {
        if !(count.is_power_of_two() && count <= 32) {
            return Err(ExperimentError::Config(format!(
                "a background generator is {count} sources, it can be 1, 2, 4, 8, 16 or 32"
            )));
        }
        let taken = |at: &BackgroundSpikeSourceOnDLS| self.backgrounds.iter().any(|(other, _)| other == at);
        let first = usize::from(BUSES) * hemisphere.index();
        let mut free = BackgroundSpikeSourceOnDLS::all().skip(first).take(BUSES.into());
        let at = free.find(|at| !taken(at)).ok_or_else(|| {
            ExperimentError::Config("a hemisphere has four background generators, not more".to_owned())
        })?;
        let bus = (at.to_enum() % usize::from(BUSES)) as u8;
        let label = self.block(bus, count)?;
        // All of them together make `count` times the rate of one.
        let spikes = SpikeLabel(0).with_synapse_label(label);
        let generator = Background::poisson(rate_hz * f64::from(count), spikes, count - 1, seed)
            .map_err(|error| ExperimentError::Config(error.to_string()))?;
        self.backgrounds.push((at, generator));
        let source = |label| Source { kind: SourceKind::Background, bus, label };
        Ok((label..label + count).map(source).collect())
    }

    /// Makes the weight from `source` to `target` this one; negative weights inhibit.
    fn connect(
        &mut self,
        source: Source,
        target: AtomicNeuronOnDLS,
        weight: i32,
    ) -> Result<(), ExperimentError> {
        for (inhibits, part) in [(false, weight.max(0)), (true, weight.min(0))] {
            self.set_part((source, target, inhibits), part.unsigned_abs())?;
        }
        Ok(())
    }

    fn set_part(&mut self, pair: Pair, weight: u32) -> Result<(), ExperimentError> {
        let needed = weight.div_ceil(MAX_WEIGHT.into()) as usize;
        let mut cells = self.synapses.get(&pair).cloned().unwrap_or_default();
        while cells.len() < needed {
            let driver = self.free_driver(&pair, &cells)?;
            cells.push((driver, 0));
        }
        let mut rest = weight;
        for (_, part) in &mut cells {
            *part = rest.min(MAX_WEIGHT.into()) as u8;
            rest -= u32::from(*part);
        }
        if !cells.is_empty() {
            self.synapses.insert(pair, cells);
        }
        Ok(())
    }

    /// A driver of the source's bus whose cell in the neuron's column is free.
    fn free_driver(&self, pair: &Pair, more: &[(usize, u8)]) -> Result<usize, ExperimentError> {
        let &(source, target, inhibits) = pair;
        let others = self
            .synapses
            .iter()
            .filter(|((from, to, sign), _)| from.bus == source.bus && *to == target && *sign == inhibits)
            .filter(|(other, _)| *other != pair)
            .flat_map(|(_, cells)| cells);
        let taken: BTreeSet<usize> = others.chain(more).map(|cell| cell.0).collect();
        (0..DRIVERS_OF_BUS).find(|driver| !taken.contains(driver)).ok_or_else(|| {
            let (row, column, bus) = (target.y(), target.x(), source.bus);
            ExperimentError::Config(format!(
                "the neuron in row {row}, column {column} has no synapse left on the PADI bus {bus}"
            ))
        })
    }

    /// Which outputs of the neurons feed the synapses.
    pub(super) fn recurrent(&self) -> [bool; 8] {
        let mut recurrent = [false; 8];
        for (source, ..) in self.synapses.keys() {
            if let SourceKind::Neuron(at) = source.kind {
                recurrent[at.to_event_output().to_enum()] = true;
            }
        }
        recurrent
    }

    /// Columns of a hemisphere whose neurons hear anything.
    pub(super) fn columns(&self, hemisphere: Hemisphere) -> [bool; COLUMNS] {
        let mut columns = [false; COLUMNS];
        let here = self.synapses.keys().filter(|(_, target, _)| target.y() == hemisphere.index());
        here.for_each(|(_, target, _)| columns[target.x()] = true);
        columns
    }

    /// Drivers whose rows hold synapses.
    pub(super) fn drivers(&self) -> BTreeSet<SynapseDriverOnDLS> {
        let used = |driver: &SynapseDriverOnDLS| self.rows(*driver).iter().any(|row| !row.is_empty());
        SynapseDriverOnDLS::all().filter(used).collect()
    }

    /// Rows of these drivers, which must hold those of [`Connections::drivers`]; further ones are left without synapses.
    pub(super) fn write(
        &self,
        drivers: &BTreeSet<SynapseDriverOnDLS>,
        configuration: &mut Configuration,
    ) -> Result<(), SynapseRangeError> {
        let listening = signed_driver().with(field!(SynapseDriverConfig.row_address_compare_mask), 0);
        for &driver in drivers {
            configuration.write(driver, &listening);
            for (row, cells) in driver.to_rows().into_iter().zip(self.rows(driver)) {
                let (mut labels, mut weights) = ([LABELS; COLUMNS], [0; COLUMNS]);
                for (column, label, weight) in cells {
                    (labels[column], weights[column]) = (label, weight);
                }
                write_labels(configuration, row, &labels)?;
                write_weights(configuration, row, &weights)?;
            }
        }
        Ok(())
    }

    /// Switches the generators on.
    pub(super) fn start_background(&self, target: &mut impl WriteRegisters) {
        self.backgrounds.iter().for_each(|(at, generator)| target.write(*at, &generator.frame()));
    }

    /// Cells in the excitatory and the inhibitory row of a driver: column, label, weight.
    fn rows(&self, driver: SynapseDriverOnDLS) -> [Vec<(usize, u8, u8)>; 2] {
        let bus = driver.to_padi_bus();
        let mut rows = [Vec::new(), Vec::new()];
        for ((source, target, inhibits), cells) in &self.synapses {
            if usize::from(source.bus) != bus.bus() || target.y() != bus.s() {
                continue;
            }
            let here = cells.iter().filter(|cell| cell.0 == driver.index_on_bus());
            let row = &mut rows[usize::from(*inhibits)];
            row.extend(here.map(|&(_, weight)| (target.x(), source.label, weight)));
        }
        rows
    }

    /// The labels by which a host spike reaches all that hear its source.
    pub(super) fn host_labels(&self, source: Source) -> Vec<SpikeLabel> {
        let heard = |hemisphere: &Hemisphere| {
            self.synapses.keys().any(|(from, target, _)| *from == source && target.y() == hemisphere.index())
        };
        let label = |hemisphere: Hemisphere| {
            SpikeLabel(0)
                .with_spl1_address(source.bus)
                .with_hemisphere_bit(hemisphere.index() as u8)
                .with_synapse_label(source.label)
        };
        Hemisphere::ALL.into_iter().filter(heard).map(label).collect()
    }

    /// The neuron whose spikes arrive with a label.
    pub(super) fn sender(&self, label: SpikeLabel) -> Option<AtomicNeuronOnDLS> {
        self.senders.get(&label.0).copied()
    }
}

impl super::Board {
    /// A source whose spikes the host sends, on the PADI bus with the fewest sources.
    ///
    /// # Errors
    /// When all buses are full.
    pub fn host_source(&mut self) -> Result<Source, ExperimentError> {
        let bus = self.connections.emptiest_bus();
        self.connections.host(bus)
    }

    /// A source whose spikes the host sends, on this PADI bus (0..=3).
    ///
    /// # Errors
    /// When the bus is full.
    pub fn host_source_on(&mut self, bus: u8) -> Result<Source, ExperimentError> {
        self.connections.host(bus % BUSES)
    }

    /// `count` (a power of two up to 32) independent Poisson-like sources of this rate each, out of one of the four
    /// generators of a hemisphere. They run from the release of the neurons on, and stop with the last
    /// snippet.
    ///
    /// # Errors
    /// When no generator is left, or it cannot make the rate.
    pub fn background_sources(
        &mut self,
        hemisphere: Hemisphere,
        rate_hz: f64,
        count: u8,
        seed: u32,
    ) -> Result<Vec<Source>, ExperimentError> {
        self.connections.background(hemisphere, rate_hz, count, seed)
    }

    /// Makes the weight of the connection from `source` to `target` this one: inhibitory if negative, by parallel synapses
    /// beyond 63, up to 2016.
    ///
    /// # Errors
    /// When the neuron has no synapse left on the source's bus.
    pub fn connect(
        &mut self,
        source: Source,
        target: AtomicNeuronOnDLS,
        weight: i32,
    ) -> Result<&mut Self, ExperimentError> {
        self.connections.connect(source, target, weight)?;
        Ok(self)
    }

    /// Lengthens all synaptic pulses by `extension` (0..=15) clocks.
    pub fn extend_pulses(&mut self, extension: u8) -> &mut Self {
        self.connections.pulse_extension = extension.min(15);
        self
    }

    /// Neurons whose spikes are recorded.
    pub fn senders(&self) -> impl Iterator<Item = AtomicNeuronOnDLS> + '_ {
        self.connections.neurons.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Board;
    use super::*;

    fn neuron(column: usize) -> AtomicNeuronOnDLS {
        AtomicNeuronOnDLS::new(0, column).unwrap()
    }

    #[test]
    fn large_weights_take_parallel_synapses_that_stay_where_they_are() {
        let mut board = Board::uncalibrated().unwrap();
        let [first, second] = [0, 0].map(|bus| board.host_source_on(bus).unwrap());
        board.connect(first, neuron(3), 130).unwrap();
        board.connect(second, neuron(3), 63).unwrap();
        let before = board.connections.synapses.clone();
        assert_eq!(before[&(first, neuron(3), false)], [(0, 63), (1, 63), (2, 4)]);
        assert_eq!(before[&(second, neuron(3), false)], [(3, 63)]);
        board.connect(first, neuron(3), -70).unwrap();
        assert_eq!(board.connections.synapses[&(first, neuron(3), false)], [(0, 0), (1, 0), (2, 0)]);
        assert_eq!(board.connections.synapses[&(first, neuron(3), true)], [(0, 63), (1, 7)]);
        board.connect(first, neuron(3), 130).unwrap();
        assert_eq!(
            board.connections.synapses[&(first, neuron(3), false)],
            before[&(first, neuron(3), false)]
        );
    }

    #[test]
    fn a_full_column_and_a_full_bus_are_said() {
        let mut board = Board::uncalibrated().unwrap();
        let source = board.host_source_on(2).unwrap();
        let error = board.connect(source, neuron(0), 33 * 63).unwrap_err().to_string();
        assert!(error.contains("row 0, column 0") && error.contains("bus 2"), "{error}");
        for _ in 1..LABELS {
            board.host_source_on(2).unwrap();
        }
        assert!(board.host_source_on(2).unwrap_err().to_string().contains("more than 63"));
        assert_eq!(board.host_source().unwrap().bus, 0);
    }

    #[test]
    fn sources_of_a_bus_have_labels_of_their_own() {
        let mut board = Board::uncalibrated().unwrap();
        let [west, east] = [0, 128].map(|column| board.neuron(neuron(column)).sends().unwrap());
        let host = board.host_source_on(0).unwrap();
        let noise = board.background_sources(Hemisphere::Top, 1e4, 4, 1).unwrap();
        assert_eq!([west, east, host].map(|source| (source.bus, source.label)), [(0, 0), (0, 1), (0, 2)]);
        assert_eq!(noise.iter().map(|source| source.label).collect::<Vec<_>>(), [4, 5, 6, 7]);
        board.connect(west, neuron(9), 20).unwrap();
        assert_eq!(board.connections.recurrent(), [true, false, false, false, false, false, false, false]);
        assert_eq!(board.connections.host_labels(host), [], "nobody hears it");
        assert_eq!(board.connections.sender(from_neuron(neuron(128), 1)), Some(neuron(128)));
    }
}
