//! Tests of the analog model against the figures its constants were taken from.

mod capmem;
mod correlation;
mod membrane_currents;
mod mismatch;
mod monotonicity;
mod nominal;

use super::capmem::{CapMem, CellModel, CellValues, Settling};
use super::cell::{BLOCKS, Cell, NEURONS, NeuronCell, SharedCell};
use super::constants::AnalogConstants;
use super::mismatch::Deviations;
use super::neuron_parameters::{BlockParameters, Instance, NeuronParameters, NeuronSwitches};
use super::transfer::{BiasSwitches, SynapticInputSwitches};
use crate::time::Time;

/// A chip whose cells follow at once, with the working point of calibrated spiking neurons.
struct Bench {
    constants: AnalogConstants,
    deviations: Deviations,
    cells: CapMem,
    switches: NeuronSwitches,
}

/// Codes of calibrated neurons: leak 80, reset 70, threshold 125 CADC LSB, both time constants 10 us.
const NEURON_CODES: [(NeuronCell, u16); 11] = [
    (NeuronCell::VLeak, 576),
    (NeuronCell::VReset, 522),
    (NeuronCell::VThreshold, 322),
    (NeuronCell::IBiasLeak, 171),
    (NeuronCell::IBiasReset, 1022),
    (NeuronCell::IBiasSyninExcTau, 307),
    (NeuronCell::IBiasSyninInhTau, 307),
    (NeuronCell::IBiasSyninExcGm, 500),
    (NeuronCell::IBiasSyninInhGm, 500),
    (NeuronCell::IBiasSyninExcShift, 310),
    (NeuronCell::IBiasSyninInhShift, 310),
];

const SHARED_CODES: [(SharedCell, u16); 8] = [
    (SharedCell::NeuronVBiasCascN, 250),
    (SharedCell::NeuronIBiasReadoutAmp, 110),
    (SharedCell::NeuronIBiasLeakSourceFollower, 100),
    (SharedCell::NeuronIBiasSpikeComparator, 200),
    (SharedCell::NeuronIBiasSyninDrop, 300),
    (SharedCell::SynIBiasDac, 600),
    (SharedCell::CadcVRampOffset, 22),
    (SharedCell::CadcIRampSlope, 200),
];

impl Bench {
    fn ideal() -> Bench {
        let constants = AnalogConstants::default();
        Bench::with(Deviations::ideal(&constants), constants)
    }

    fn chip(seed: u64) -> Bench {
        let constants = AnalogConstants::default();
        Bench::with(Deviations::draw(seed, &constants), constants)
    }

    fn with(deviations: Deviations, constants: AnalogConstants) -> Bench {
        let cells = CapMem::new(Settling::Instant, &constants.capmem);
        let input =
            SynapticInputSwitches { enable: true, high_resistance: true, ..SynapticInputSwitches::default() };
        let switches = NeuronSwitches {
            membrane_capacitor_size: 63,
            reset: BiasSwitches { multiplication: true, ..BiasSwitches::default() },
            synaptic_input: [input; 2],
            readout_amplifier: true,
            ..NeuronSwitches::default()
        };
        let mut bench = Bench { constants, deviations, cells, switches };
        (0..BLOCKS).for_each(|block| bench.cells.set_enabled(block, true, Time::ZERO));
        NEURON_CODES.into_iter().for_each(|(cell, code)| bench.set(cell, code));
        SHARED_CODES.into_iter().for_each(|(cell, code)| bench.set_shared(cell, code));
        bench
    }

    /// Gives all neurons the same code.
    fn set(&mut self, parameter: NeuronCell, code: u16) {
        for neuron in 0..NEURONS {
            self.cells.write(Cell::of_neuron(neuron, parameter), code, Time::ZERO);
        }
    }

    /// Gives all blocks the same code.
    fn set_shared(&mut self, parameter: SharedCell, code: u16) {
        for block in 0..BLOCKS {
            self.cells.write(Cell::shared(block, parameter), code, Time::ZERO);
        }
    }

    fn values(&self) -> CellValues {
        self.cells.values(Time::ZERO, &CellModel::new(&self.deviations.cell, &self.constants))
    }

    fn block(&self, block: usize) -> BlockParameters {
        let values = self.values();
        let instance = Instance { values: &values, deviations: &self.deviations, constants: &self.constants };
        BlockParameters::derive(block, &instance)
    }

    fn neuron(&self, neuron: usize) -> NeuronParameters {
        self.neurons(neuron..neuron + 1)[0]
    }

    fn all_neurons(&self) -> Vec<NeuronParameters> {
        self.neurons(0..NEURONS)
    }

    fn neurons(&self, range: std::ops::Range<usize>) -> Vec<NeuronParameters> {
        let values = self.values();
        let instance = Instance { values: &values, deviations: &self.deviations, constants: &self.constants };
        let blocks = [0, 1, 2, 3].map(|block| BlockParameters::derive(block, &instance));
        range
            .map(|n| {
                NeuronParameters::derive(n, &self.switches, &blocks[NeuronParameters::block_of(n)], &instance)
            })
            .collect()
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / values.len() as f64).sqrt()
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

fn median(values: &[f64]) -> f64 {
    sorted(values)[values.len() / 2]
}

/// Standard deviation without the 5 % at either end, as the public calibration tests take it.
fn trimmed_deviation(values: &[f64]) -> f64 {
    let cut = values.len() / 20;
    deviation(&sorted(values)[cut..values.len() - cut])
}

#[track_caller]
fn assert_close(value: f64, expected: f64, relative: f64) {
    assert!((value - expected).abs() <= relative * expected.abs(), "{value} instead of {expected}");
}
