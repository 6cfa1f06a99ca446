//! Register writes through the FPGA executor: the configuration of a whole chip as a message stream, over and over, with other
//! synapse words each time.

use super::{Pass, Setting, Work, Workload};
use crate::experiment::ExperimentError;
use hx_chip::chip::Chip;
use hx_chip::random::{extend, mix};
use hx_host::driver::{Configuration, ProgramBuilder, WriteRegisters, is_command};
use hx_host::fpga::{Executor, ExecutorConfig};
use hx_isa::regmap::CONTAINERS;
use hx_isa::regmap::coordinate::SynapseQuadOnDLS;
use hx_isa::regmap::register::SynapseQuad;
use hx_isa::regmap::{Frame, Register};

/// The row of the table of workloads.
pub const WORKLOAD: Workload = Workload {
    name: "playback",
    unit: "words/s",
    detail: "configuration of a whole chip, new synapse words each time, executor and chip on one core",
    parallel: false,
    goal: 20e6,
    floor: 1e6,
    prepare,
};

/// Addresses from here on are the FPGA's own registers.
const FPGA_SIDE: u32 = 1 << 31;

struct Playback {
    executor: Executor<Chip>,
    programs: Vec<Vec<u64>>,
    words_per_program: usize,
    next: usize,
    answers: Vec<u64>,
}

fn prepare(setting: &Setting) -> Result<Box<dyn Pass>, ExperimentError> {
    let executor = Executor::new(ExecutorConfig::default(), Chip::new(setting.instance.chip_config()));
    let mut configuration = chip_defaults();
    let mut programs = Vec::new();
    for variant in 0..4 {
        write_synapses(&mut configuration, setting.instance.seed, variant);
        let mut builder = ProgramBuilder::with_capacity(2 * configuration.len() + 1);
        configuration.words().for_each(|(address, word)| builder.write_word(address, word));
        let program = builder.finish().map_err(|error| ExperimentError::Internal(error.to_string()))?;
        programs.push(program.into_parts().0);
    }
    let words_per_program = configuration.len();
    Ok(Box::new(Playback { executor, programs, words_per_program, next: 0, answers: Vec::new() }))
}

/// Every configuration word of the chip with its default.
fn chip_defaults() -> Configuration {
    let mut configuration = Configuration::new();
    let configured = CONTAINERS.iter().enumerate().filter(|(index, container)| {
        container.on_omnibus()
            && container.writable()
            && !container.location.is_alias()
            && !is_command(*index)
    });
    for (_, container) in configured {
        let words = container.default_words();
        for instance in 0..container.instance_count() {
            let addresses =
                (0..u32::from(container.words)).filter_map(|word| container.address(instance, word));
            for (address, &word) in addresses.zip(&words).filter(|(address, _)| *address < FPGA_SIDE) {
                configuration.write_word(address, word);
            }
        }
    }
    configuration
}

fn write_synapses(configuration: &mut Configuration, seed: u64, variant: u64) {
    let key = extend(seed, variant);
    let masks = [0, 1].map(|word| SynapseQuad::CONTAINER.write_mask(word));
    for at in SynapseQuadOnDLS::all() {
        let bits = mix(extend(key, at.to_enum() as u64));
        let words = [bits as u32 & masks[0], (bits >> 32) as u32 & masks[1]];
        configuration.write(at, &Frame::<SynapseQuad>::from_array(words));
    }
}

impl Pass for Playback {
    fn run(&mut self) -> Result<Work, ExperimentError> {
        let before = self.executor.time();
        self.answers.clear();
        self.executor.push(&self.programs[self.next], &mut self.answers);
        self.next = (self.next + 1) % self.programs.len();
        Ok(Work { amount: self.words_per_program as f64, chip_time: self.executor.time() - before })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_is_a_whole_chip() {
        let words = chip_defaults().len();
        // 65,536 synapse words, 12,480 CapMem cells, 8 words for each of 512 neurons, and the rest.
        assert!((80_000..200_000).contains(&words), "{words} words");
    }
}
