//! `playback`: Omnibus writes through the executor. Two configurations of the whole chip, every readable and writable register
//! of it, are written in turn, each as one program.

use super::{Pass, Setting, Work, Workload};
use crate::experiment::ExperimentError;
use hx_chip::chip::Chip;
use hx_chip::random::{extend, mix};
use hx_chip::time::Time;
use hx_host::fpga::{Executor, ExecutorConfig};
use hx_host::message::stream::{encode_from_fpga, encode_to_fpga};
use hx_host::message::{FromFpga, ToFpga};
use hx_isa::regmap::{CONTAINERS, Container};

/// First address of the FPGA's side.
const FPGA_SIDE: u32 = 1 << 31;

/// The row of the table of workloads.
pub const WORKLOAD: Workload = Workload {
    name: "playback",
    unit: "words/s",
    detail: "Omnibus words of whole-chip configurations, written through executor and chip",
    parallel: false,
    goal: 20e6,
    floor: 2e5,
    prepare,
    peer: None,
};

struct Playback {
    executor: Executor<Chip>,
    programs: [Program; 2],
    next: usize,
}

/// A program and the number of Omnibus words it writes.
pub(super) struct Program {
    /// The messages.
    pub(super) stream: Vec<u64>,
    writes: usize,
}

/// Builds the two programs and a chip.
fn prepare(setting: &Setting) -> Result<Box<dyn Pass>, ExperimentError> {
    let chip = Chip::new(setting.instance.chip_config());
    let executor = Executor::new(ExecutorConfig::default(), chip);
    let programs = [0, 1].map(|number| Program::configuration(extend(setting.instance.seed, number)));
    Ok(Box::new(Playback { executor, programs, next: 0 }))
}

/// Registers that hold configuration: written and read back, on the chip, each by its own name only.
fn is_configuration(container: &Container) -> bool {
    let on_chip = container.base_addresses().all(|address| address < FPGA_SIDE);
    let kept = container.fields.iter().all(|field| field.access.readable() && field.access.writable());
    container.on_omnibus() && !container.location.is_alias() && on_chip && kept
}

/// Registers whose content differs from one configuration to the other.
const VARIED: &str = "SynapseQuad";

impl Program {
    /// A configuration of the whole chip: random synapses, everything else as the chip's software configures it by default, so that
    /// writing is timed and not what a busy chip does meanwhile.
    pub(super) fn configuration(seed: u64) -> Program {
        let mut messages = Vec::new();
        for container in CONTAINERS.iter().filter(|container| is_configuration(container)) {
            let defaults = container.default_words();
            for instance in 0..container.instance_count() {
                for word in container.write_order() {
                    let Some(address) = container.address(instance, word.into()) else { continue };
                    let random = mix(extend(seed, address.into())) as u32 & container.write_mask(word.into());
                    let data = if container.name == VARIED { random } else { defaults[usize::from(word)] };
                    messages.extend(ToFpga::write(address, data));
                }
            }
        }
        let writes = messages.len() / 2;
        messages.push(ToFpga::HALT);
        Program { stream: encode_to_fpga(&messages), writes }
    }
}

impl Pass for Playback {
    fn run(&mut self) -> Result<Work, ExperimentError> {
        let program = &self.programs[self.next];
        self.next = 1 - self.next;
        let before = self.executor.time();
        let mut answer = Vec::new();
        self.executor.push(&program.stream, &mut answer);
        if answer != encode_from_fpga(&[FromFpga::HALT]) {
            return Err(ExperimentError::Internal(format!("unexpected answer {answer:x?}")));
        }
        let chip_time: Time = self.executor.time() - before;
        Ok(Work { amount: program.writes as f64, chip_time })
    }
}
