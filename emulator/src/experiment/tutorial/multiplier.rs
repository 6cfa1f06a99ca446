//! Matrices multiplied on the chip: activations as lengths of pulses, weights in synapses, sums on membranes (electronicvisions
//! hxtorch: matmul; calix: src/py/calix/hagen).
//!
//! Every input has a driver with an excitatory and an inhibitory row, every output a neuron. A multiplication resets the
//! neurons, sends the vector entry by entry as often as asked for, and reads the membranes at once; what is read without any
//! input is subtracted.

use super::lab::Lab;
use crate::experiment::{Context, ExperimentError};
use hx_calib::{Calibration, Targets};
use hx_host::driver::cadc::{CadcRow, any_row};
use hx_host::driver::synapse::{connect_columns, signed_driver, write_labels, write_signed_weights};
use hx_host::driver::{
    Batch, COLUMNS, Configuration, Cycles, DriverError, Hemisphere, Program, ProgramBuilder, Timed,
    WriteRegisters, neuron, routing,
};
use hx_isa::field;
use hx_isa::regmap::coordinate::{NeuronEventOutputOnDLS, SynapseDriverOnDLS};
use std::collections::BTreeMap;

/// Largest activation.
pub const MAX_ACTIVATION: u8 = 31;
/// Largest and smallest signed result (electronicvisions hxtorch: eight bits).
pub const RESULT_RANGE: (f64, f64) = (-128.0, 127.0);
/// Counts per unit of activation and weight that software expects (hxtorch: include/hxtorch/perceptron/constants.h).
pub const EXPECTED_GAIN: f64 = 0.002;

/// Time between events (hxtorch: wait_between_events of 5 FPGA cycles).
const SPACING: Cycles = Cycles(5);
/// How long the neurons are held in reset, and left alone after it.
const RESET: Cycles = Cycles::from_us(5);
const RELEASED: Cycles = Cycles::from_us(1);
/// From the last event to the reading: the synaptic inputs have passed on what they got.
const SETTLED: Cycles = Cycles::from_us(2);
/// What reading the converters of a hemisphere takes.
const READING: Cycles = Cycles::from_us(12);
/// Vectors in one program.
const VECTORS: usize = 20;
/// Readings without input behind a baseline.
const BASELINES: usize = 40;

/// Where a matrix is on the chip.
#[derive(Debug, Clone)]
pub struct Placement {
    hemisphere: Hemisphere,
    /// Drivers of the inputs.
    drivers: Vec<SynapseDriverOnDLS>,
    /// Columns of the outputs.
    pub columns: Vec<usize>,
}

/// A chip that multiplies.
pub struct Multiplier {
    lab: Lab,
    calibration: Calibration,
    configuration: Configuration,
    /// Codes without input, by hemisphere and number of events.
    baselines: BTreeMap<(usize, usize), Vec<f64>>,
}

impl Multiplier {
    /// The chip of a lab, calibrated by [`Self::calibration`], with all synapses at zero.
    ///
    /// # Errors
    /// When the setup fails.
    pub fn new(mut lab: Lab, calibration: Calibration) -> Result<Multiplier, ExperimentError> {
        let mut configuration = hx_calib::apply(&calibration)?;
        routing::write_crossbar(&mut configuration, &[false; NeuronEventOutputOnDLS::SIZE]);
        routing::write_padi_buses(&mut configuration, 0);
        for hemisphere in Hemisphere::ALL {
            connect_columns(&mut configuration, hemisphere, &[true; COLUMNS]);
        }
        let frame = signed_driver()
            .with(field!(SynapseDriverConfig.enable_stp), 1)
            .with(field!(SynapseDriverConfig.enable_hagen_dac), 1)
            .with(field!(SynapseDriverConfig.enable_hagen_modulation), 1)
            .with(field!(SynapseDriverConfig.enable_address_out), 0);
        for driver in SynapseDriverOnDLS::all() {
            configuration.write(driver, &calibration.driver(driver, frame));
            write_signed_weights(&mut configuration, driver, &[0; COLUMNS])
                .map_err(ExperimentError::driver)?;
            for row in driver.to_rows() {
                write_labels(&mut configuration, row, &[0; COLUMNS]).map_err(ExperimentError::driver)?;
            }
        }
        hx_calib::load(lab.session(), &calibration, &configuration)?;
        Ok(Multiplier { lab, calibration, configuration, baselines: BTreeMap::new() })
    }

    /// The calibration a chip needs to multiply, from the cache if it is there.
    ///
    /// # Errors
    /// When the targets cannot be met.
    pub fn calibration(context: &mut Context<'_>) -> Result<Calibration, ExperimentError> {
        Lab::calibration(context, &Targets::hagen())
    }

    /// Gives the chip back.
    #[must_use]
    pub fn into_lab(self) -> Lab {
        self.lab
    }

    /// A place for a matrix of `inputs x outputs` in a hemisphere, on well calibrated drivers and neurons as far as there are
    /// enough; `None` takes all well calibrated neurons.
    ///
    /// # Errors
    /// When the hemisphere has not that many.
    pub fn place(
        &self,
        hemisphere: Hemisphere,
        inputs: usize,
        outputs: Option<usize>,
    ) -> Result<Placement, ExperimentError> {
        let here = |driver: &SynapseDriverOnDLS| driver.s() == hemisphere.index();
        let good: Vec<_> = self.calibration.good_drivers().filter(here).collect();
        let others = SynapseDriverOnDLS::all().filter(here).filter(|driver| !good.contains(driver));
        let drivers: Vec<_> = good.iter().copied().chain(others).take(inputs).collect();
        let neurons = self.calibration.good_neurons().filter(|neuron| neuron.y() == hemisphere.index());
        let columns: Vec<usize> = neurons.map(|neuron| neuron.x()).take(outputs.unwrap_or(COLUMNS)).collect();
        if drivers.len() < inputs || columns.len() < outputs.unwrap_or(0) {
            return Err(ExperimentError::Config(format!(
                "a matrix of {inputs} inputs and {} outputs does not fit: there are {} drivers and {} calibrated neurons",
                outputs.unwrap_or(0),
                drivers.len(),
                columns.len()
            )));
        }
        Ok(Placement { hemisphere, drivers, columns })
    }

    /// Writes a matrix, `weight(input, output)` in -63..=63.
    ///
    /// # Errors
    /// When a weight is beyond that.
    pub fn write(
        &mut self,
        place: &Placement,
        weight: impl Fn(usize, usize) -> i8,
    ) -> Result<(), ExperimentError> {
        for (input, &driver) in place.drivers.iter().enumerate() {
            let mut weights = [0; COLUMNS];
            for (output, &column) in place.columns.iter().enumerate() {
                weights[column] = weight(input, output);
            }
            write_signed_weights(&mut self.configuration, driver, &weights)
                .map_err(ExperimentError::driver)?;
        }
        Ok(())
    }

    /// Products of vectors (activations 0..=31, one per input) with the matrix: signed counts by output, each the mean of two
    /// channels.
    ///
    /// # Errors
    /// When the setup fails.
    pub fn multiply(
        &mut self,
        place: &Placement,
        vectors: &[Vec<u8>],
        sends: usize,
    ) -> Result<Vec<Vec<f64>>, ExperimentError> {
        let baseline = self.baseline(place, sends)?;
        let mut products = self.measure(place, vectors, sends)?;
        for codes in &mut products {
            let own = place.columns.iter().map(|&column| codes[column] - baseline[column]);
            *codes = own.map(|count| count.clamp(RESULT_RANGE.0, RESULT_RANGE.1)).collect();
        }
        Ok(products)
    }

    /// Mean codes without input, by column.
    fn baseline(&mut self, place: &Placement, sends: usize) -> Result<Vec<f64>, ExperimentError> {
        let key = (place.hemisphere.index(), place.drivers.len() * sends);
        if let Some(known) = self.baselines.get(&key) {
            return Ok(known.clone());
        }
        let silence = vec![vec![0; place.drivers.len()]; BASELINES];
        let readings = self.measure(place, &silence, sends)?;
        let mean = |column: usize| readings.iter().map(|codes| codes[column]).sum::<f64>() / BASELINES as f64;
        let found: Vec<f64> = (0..COLUMNS).map(mean).collect();
        self.baselines.insert(key, found.clone());
        Ok(found)
    }

    /// Codes of all columns after each vector.
    fn measure(
        &mut self,
        place: &Placement,
        vectors: &[Vec<u8>],
        sends: usize,
    ) -> Result<Vec<Vec<f64>>, ExperimentError> {
        self.lab.session().apply(&self.configuration)?;
        let mut tickets = Vec::new();
        let mut programs: Vec<Program> = Vec::new();
        for vectors in vectors.chunks(VECTORS) {
            let (builder, read) = self.program(place, vectors, sends);
            programs.push(builder.finish().map_err(DriverError::from)?);
            tickets.push(read);
        }
        let responses = self.lab.session().run_batch(&programs.into_iter().collect::<Batch>())?;
        let mut codes = Vec::with_capacity(vectors.len());
        for (responses, tickets) in responses.iter().zip(&tickets) {
            for ticket in tickets {
                let Timed { value, .. }: Timed<CadcRow> = responses.get(ticket).map_err(DriverError::from)?;
                codes.push(value.mean().to_vec());
            }
        }
        Ok(codes)
    }

    fn program(
        &self,
        place: &Placement,
        vectors: &[Vec<u8>],
        sends: usize,
    ) -> (ProgramBuilder, Vec<hx_host::driver::cadc::CadcTicket>) {
        let backends = self.calibration.common_backends();
        let mut builder = ProgramBuilder::new();
        let mut timed = builder.timed();
        let mut tickets = Vec::with_capacity(vectors.len());
        let mut now = Cycles::from_us(1);
        for vector in vectors {
            timed.at(now, |program| neuron::force_reset(program, &backends, true));
            timed.at(now + RESET, |program| neuron::force_reset(program, &backends, false));
            let begin = now + RESET + RELEASED;
            let entries = place.drivers.iter().zip(vector);
            let slots = (0..sends).flat_map(|_| entries.clone()).zip(0u64..);
            for ((&driver, &activation), slot) in slots.filter(|((_, activation), _)| **activation > 0) {
                timed.spike(begin + SPACING * slot, routing::to_driver(driver, label_of(activation)));
            }
            let read = begin + SPACING * (sends * place.drivers.len()) as u64 + SETTLED;
            tickets.push(timed.at(read, |program| program.read_cadc(any_row(place.hemisphere))));
            now = read + READING;
        }
        timed.finish();
        builder.wait(Cycles::from_us(5));
        (builder, tickets)
    }
}

/// Label of an activation above 0: its low bits are inverted, the address bit is 0 (electronicvisions haldls:
/// include/haldls/vx/padi.h).
const fn label_of(activation: u8) -> u8 {
    MAX_ACTIVATION + 1 - if activation > MAX_ACTIVATION { MAX_ACTIVATION } else { activation }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activations_are_sent_inverted() {
        assert_eq!([1, 16, 31, 40].map(label_of), [31, 16, 1, 1]);
    }
}
