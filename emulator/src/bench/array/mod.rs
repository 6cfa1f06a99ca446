//! The whole chip at work: 512 neurons, 131,072 synapses, a Poisson source on each of 512 rows, for a millisecond of chip time
//! (AdEx, which takes long to integrate: its first 20 us). The network is the one that other simulators are compared with
//! (`benches/peers/`), event by event and weight by weight.
//!
//! The chip is the nominal one with ideal amplifiers, so that all neurons are alike as in the comparison; it has noise unless
//! `--ideal` is given.

mod input;
mod network;

use super::{Pass, Setting, Work, Workload};
use crate::experiment::ExperimentError;
use crate::setup::AnySetup;
use hx_host::driver::{DriverError, Program, Session};

/// Chip time of a pass, us.
const DURATION_US: f64 = 1000.0;
/// The same where neurons take long to integrate, us.
const SHORT_US: f64 = 20.0;

/// The neurons of the array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Model {
    /// Leaky integrate-and-fire.
    Lif,
    /// Adaptive, exponential.
    AdEx,
}

/// One variant of the workload.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Variant {
    model: Model,
    /// Share of synapses with a weight.
    density: f64,
    /// Rate of a source, kHz.
    rate_khz: f64,
    /// Correlation sensors are powered and remember every event and spike; nothing reads them.
    sensors: bool,
    /// Chip time of a pass, us.
    duration_us: f64,
}

const LIF: Variant =
    Variant { model: Model::Lif, density: 1.0, rate_khz: 10.0, sensors: false, duration_us: DURATION_US };
const ADEX: Variant = Variant { model: Model::AdEx, duration_us: SHORT_US, ..LIF };

/// What all variants have in common.
const BASE: Workload = Workload {
    name: "lif-array",
    unit: "ms of chip time per ms",
    detail: "512 LIF neurons, 131072 synapses, 512 Poisson sources of 10 kHz, spikes out and in through the FPGA, one core",
    parallel: false,
    goal: 1.0,
    floor: 0.001,
    prepare: |setting| prepared(setting, LIF),
    peer: None,
};

/// LIF neurons.
pub const LIF_ARRAY: Workload = BASE;

/// The same with correlation sensors.
pub const LIF_SENSORS: Workload = Workload {
    name: "lif-array-sensors",
    detail: "lif-array with all 131072 correlation sensors powered and never read",
    prepare: |setting| prepared(setting, Variant { sensors: true, ..LIF }),
    ..BASE
};

/// AdEx neurons.
pub const ADEX_ARRAY: Workload = Workload {
    name: "adex-array",
    detail: "512 AdEx neurons on the first 20 us of the input of lif-array",
    goal: 0.125,
    floor: 0.00001,
    prepare: |setting| prepared(setting, ADEX),
    ..BASE
};

/// The same with a tenth of the synapses.
pub const ADEX_SPARSE: Workload = Workload {
    name: "adex-array-sparse",
    detail: "adex-array with a tenth of the synapses",
    goal: 0.125,
    floor: 0.00001,
    prepare: |setting| prepared(setting, Variant { density: 0.1, ..ADEX }),
    ..BASE
};

/// The same with ten times the input.
pub const ADEX_STRESS: Workload = Workload {
    name: "adex-array-stress",
    detail: "adex-array with sources of 100 kHz",
    goal: 0.08,
    floor: 0.000002,
    prepare: |setting| prepared(setting, Variant { rate_khz: 100.0, ..ADEX }),
    ..BASE
};

struct Array {
    session: Session<AnySetup>,
    program: Program,
    duration_us: f64,
}

fn prepared(setting: &Setting, variant: Variant) -> Result<Box<dyn Pass>, ExperimentError> {
    let session = network::start(&setting.instance, &variant)?;
    let program = network::program(&variant).map_err(DriverError::from)?;
    Ok(Box::new(Array { session, program, duration_us: variant.duration_us }))
}

impl Pass for Array {
    fn run(&mut self) -> Result<Work, ExperimentError> {
        let before = self.session.setup_mut().report()?.0.chip_time;
        self.session.run_program(&self.program)?;
        let chip_time = self.session.setup_mut().report()?.0.chip_time - before;
        Ok(Work { amount: self.duration_us * 1e-6, chip_time })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::Instance;
    use hx_host::driver::SpikeFromChip;

    /// Spikes of two passes; the chip has no noise.
    fn spikes(variant: Variant) -> [Vec<SpikeFromChip>; 2] {
        let instance = Instance { ideal: true, ..Instance::default() };
        let mut session = network::start(&instance, &variant).unwrap();
        let program = network::program(&variant).unwrap();
        [(); 2].map(|()| session.run_program(&program).unwrap().spikes)
    }

    #[test]
    fn neurons_fire_as_in_the_comparison() {
        // NEST gives 15.66 kHz with exact integration, from a start 50 mV below the resting potential, which costs a sixth of a
        // spike per neuron. The state left behind by a pass must not run away in the next.
        let [first, second] = spikes(LIF).map(|spikes| spikes.len() as f64 / 512.0);
        assert!((first / 15.66 - 1.0).abs() < 0.015, "{first} kHz");
        assert!((second / first - 1.0).abs() < 0.05, "{second} kHz");
    }

    #[test]
    fn adaptive_neurons_fire_as_in_the_comparison() {
        // NEST (RKF45) and Brian2 give 10.70 kHz.
        let instance = Instance { ideal: true, ..Instance::default() };
        let variant = Variant { duration_us: DURATION_US, ..ADEX };
        let mut session = network::start(&instance, &variant).unwrap();
        let count = session.run_program(&network::program(&variant).unwrap()).unwrap().spikes.len();
        let rate_khz = count as f64 / 512.0;
        assert!((rate_khz / 10.7 - 1.0).abs() < 0.015, "{rate_khz} kHz");
    }
}
