//! Networks on a [`Board`]: populations of calibrated neurons spread over the chip, groups of inputs, and projections between
//! them.

use super::lab::{Board, Lab, Recording, Source};
use crate::experiment::{Context, ExperimentError};
use crate::plot::recording::SpikeGroup;
use hx_calib::{Calibration, Strength, Targets};
use hx_host::driver::COLUMNS;
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;

/// Event outputs of the neurons, each with the columns of a stretch of both rows.
const OUTPUTS: usize = 8;

/// Peak response of a membrane with equal time constants of 10 us to one event, CADC LSB per LSB of weight (electronicvisions
/// brainscales2-demos: ts_06-dynamic_range, figure: 0.788 MADC codes).
pub const PSP_LSB_PER_WEIGHT: f64 = 0.277;

/// The tutorials' usual neurons, as strong on every chip: with codes as targets, chips differ by their weakest quadrant.
#[must_use]
pub fn usual_targets() -> Targets {
    Targets {
        strength: Strength::PspLsbPerWeight(PSP_LSB_PER_WEIGHT),
        equalise_dac_bias: false,
        ..Targets::default()
    }
}

/// Neurons that send their spikes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Population {
    /// The circuits.
    pub neurons: Vec<AtomicNeuronOnDLS>,
    /// The sources that they are for others.
    pub sources: Vec<Source>,
}

/// A board under construction and the neurons it has not used yet.
pub struct Network {
    /// The board.
    pub board: Board,
    free: Vec<AtomicNeuronOnDLS>,
}

impl Network {
    /// A calibrated chip. Populations take the neurons that met all targets, evenly over the event outputs and so over the
    /// PADI buses, the top row first.
    ///
    /// # Errors
    /// When the targets cannot be met.
    pub fn calibrated(targets: &Targets, context: &mut Context<'_>) -> Result<Network, ExperimentError> {
        let calibration = Lab::calibration(context, targets)?;
        Network::of(&calibration)
    }

    /// As [`Network::calibrated`], of a calibration that is at hand.
    ///
    /// # Errors
    /// Never for a calibration that was measured.
    pub fn of(calibration: &Calibration) -> Result<Network, ExperimentError> {
        let mut free: Vec<_> = calibration.good_neurons().collect();
        free.sort_by_key(|neuron| (neuron.y(), neuron.x() % (COLUMNS / OUTPUTS), neuron.x()));
        free.reverse();
        Ok(Network { board: Board::calibrated(calibration)?, free })
    }

    /// Takes neurons, wherever they are.
    ///
    /// # Errors
    /// When too few are left.
    pub fn population(&mut self, count: usize) -> Result<Population, ExperimentError> {
        self.population_among(count, |_| true)
    }

    /// Takes neurons of those that `suits` picks.
    ///
    /// # Errors
    /// When too few are left.
    pub fn population_among(
        &mut self,
        count: usize,
        suits: impl Fn(AtomicNeuronOnDLS) -> bool,
    ) -> Result<Population, ExperimentError> {
        let mut population = Population::default();
        for _ in 0..count {
            let found = self.free.iter().rposition(|&neuron| suits(neuron));
            let few = || {
                let have = population.neurons.len();
                ExperimentError::Config(format!(
                    "a population of {count} neurons finds only {have} calibrated ones"
                ))
            };
            let neuron = self.free.remove(found.ok_or_else(few)?);
            population.sources.push(self.board.neuron(neuron).sends()?);
            population.neurons.push(neuron);
        }
        Ok(population)
    }

    /// Sources whose spikes the host sends.
    ///
    /// # Errors
    /// When the buses are full.
    pub fn inputs(&mut self, count: usize) -> Result<Vec<Source>, ExperimentError> {
        (0..count).map(|_| self.board.host_source()).collect()
    }

    /// Connects every source to every neuron with this weight; negative weights inhibit.
    ///
    /// # Errors
    /// When a neuron has no synapse left.
    pub fn all_to_all(
        &mut self,
        sources: &[Source],
        neurons: &[AtomicNeuronOnDLS],
        weight: i32,
    ) -> Result<(), ExperimentError> {
        for &neuron in neurons {
            sources.iter().try_for_each(|&source| self.board.connect(source, neuron, weight).map(drop))?;
        }
        Ok(())
    }

    /// Connects the sources one by one to the neurons.
    ///
    /// # Errors
    /// When a neuron has no synapse left.
    pub fn one_to_one(
        &mut self,
        sources: &[Source],
        neurons: &[AtomicNeuronOnDLS],
        weight: i32,
    ) -> Result<(), ExperimentError> {
        let mut pairs = sources.iter().zip(neurons);
        pairs.try_for_each(|(&source, &neuron)| self.board.connect(source, neuron, weight).map(drop))
    }
}

/// MADC code of a potential in CADC LSB, from one membrane recorded by both (electronicvisions brainscales2-demos:
/// ts_12-hxtorch_snn_intro, figure).
#[must_use]
pub fn madc_of_cadc(lsb: f64) -> f64 {
    79.0 + 2.85 * lsb
}

/// Spikes of populations, one below the other in a common group of rows.
#[must_use]
pub fn raster<'a>(
    name: &str,
    populations: impl IntoIterator<Item = &'a Population>,
    recording: &Recording,
) -> SpikeGroup {
    let neurons: Vec<_> =
        populations.into_iter().flat_map(|population| &population.neurons).copied().collect();
    super::lab::pictures::spike_group(name, &neurons, recording)
}
