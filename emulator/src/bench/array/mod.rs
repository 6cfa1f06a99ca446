//! The whole chip at work: 512 neurons, 131,072 synapses, a Poisson source on each of 512 rows, for a millisecond of chip time. The
//! network is the one that other simulators are compared with (`benches/peers/`), event by event and weight by weight.
//!
//! The chip is the nominal one with ideal amplifiers, so that all neurons are alike as in the comparison; it has noise unless
//! `--ideal` is given.

mod input;
mod network;

use super::{Pass, Setting, Work, Workload};
use crate::experiment::ExperimentError;
use crate::setup::InProcess;
use hx_chip::chip::Integration;
use hx_host::driver::{Cycles, DriverError, Program, Session};

/// Chip time of a pass.
const DURATION: Cycles = Cycles::from_ms(1);

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
    integration: Integration,
}

const LIF: Variant = Variant {
    model: Model::Lif,
    density: 1.0,
    rate_khz: 10.0,
    sensors: false,
    integration: Integration::Throughput,
};
const ADEX: Variant = Variant { model: Model::AdEx, ..LIF };

/// What all variants have in common.
const BASE: Workload = Workload {
    name: "lif-array",
    unit: "ms of chip time per ms",
    detail: "512 LIF neurons, 131072 synapses, 512 Poisson sources of 10 kHz, spikes out and in through the FPGA, one core; throughput mode",
    parallel: false,
    goal: 1.0,
    floor: 0.001,
    prepare: |setting| prepared(setting, LIF),
    peer: None,
};

/// LIF neurons in throughput mode.
pub const LIF_ARRAY: Workload = BASE;

/// The same in exact mode.
pub const LIF_EXACT: Workload = Workload {
    name: "lif-array-exact",
    detail: "lif-array in exact mode: closed forms, spikes within 0.1 ns",
    prepare: |setting| prepared(setting, Variant { integration: Integration::Exact, ..LIF }),
    ..BASE
};

/// The same with correlation sensors.
pub const LIF_SENSORS: Workload = Workload {
    name: "lif-array-sensors",
    detail: "lif-array with all 131072 correlation sensors powered and never read",
    prepare: |setting| prepared(setting, Variant { sensors: true, ..LIF }),
    ..BASE
};

/// AdEx neurons in throughput mode.
pub const ADEX_ARRAY: Workload = Workload {
    name: "adex-array",
    detail: "512 AdEx neurons on the input of lif-array; throughput mode",
    goal: 0.125,
    prepare: |setting| prepared(setting, ADEX),
    ..BASE
};

/// The same in exact mode.
pub const ADEX_EXACT: Workload = Workload {
    name: "adex-array-exact",
    detail: "adex-array in exact mode",
    goal: 0.125,
    floor: 0.0002,
    prepare: |setting| prepared(setting, Variant { integration: Integration::Exact, ..ADEX }),
    ..BASE
};

/// The same with a tenth of the synapses.
pub const ADEX_SPARSE: Workload = Workload {
    name: "adex-array-sparse",
    detail: "adex-array with a tenth of the synapses",
    goal: 0.125,
    prepare: |setting| prepared(setting, Variant { density: 0.1, ..ADEX }),
    ..BASE
};

/// The same with ten times the input.
pub const ADEX_STRESS: Workload = Workload {
    name: "adex-array-stress",
    detail: "adex-array with sources of 100 kHz",
    goal: 0.08,
    prepare: |setting| prepared(setting, Variant { rate_khz: 100.0, ..ADEX }),
    ..BASE
};

struct Array {
    session: Session<InProcess>,
    program: Program,
}

fn prepared(setting: &Setting, variant: Variant) -> Result<Box<dyn Pass>, ExperimentError> {
    let session = network::start(&setting.instance, &variant)?;
    let program = network::program(&variant).map_err(DriverError::from)?;
    Ok(Box::new(Array { session, program }))
}

impl Pass for Array {
    fn run(&mut self) -> Result<Work, ExperimentError> {
        let before = self.session.setup_mut().statistics()?.chip_time;
        self.session.run_program(&self.program)?;
        let chip_time = self.session.setup_mut().statistics()?.chip_time - before;
        Ok(Work { amount: DURATION.as_us() * 1e-6, chip_time })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::Instance;

    /// Mean rate of the neurons in kHz, in two passes: the state left behind must not run away.
    fn rates_khz(variant: Variant) -> [f64; 2] {
        let instance = Instance { ideal: true, ..Instance::default() };
        let mut session = network::start(&instance, &variant).unwrap();
        let program = network::program(&variant).unwrap();
        [(); 2].map(|()| session.run_program(&program).unwrap().spikes.len() as f64 / 512.0)
    }

    #[test]
    fn neurons_fire_as_in_the_comparison() {
        // Exact simulators give 15.66 kHz (NEST, LIF) and 10.70 kHz (Brian2 and NEST, AdEx).
        for (variant, khz) in [(LIF, 15.66), (ADEX, 10.70)] {
            for integration in [Integration::Exact, Integration::Throughput] {
                let [first, second] = rates_khz(Variant { integration, ..variant });
                assert!((first / khz - 1.0).abs() < 0.03, "{variant:?}: {first} kHz");
                assert!((second / first - 1.0).abs() < 0.05, "{variant:?}: {second} kHz");
            }
        }
    }
}
