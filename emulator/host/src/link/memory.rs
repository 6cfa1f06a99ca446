//! The link inside one process: a thread owns the FPGA and the chip, requests reach it over a bounded channel. Programs that
//! do not depend on each other run on copies of that state in parallel; which program runs on which copy depends on their
//! number alone, so results do not depend on the number of threads.

use crate::fpga::{Device, Executor, ExecutorConfig, Statistics};
use crate::message::{COMMA, ToFpga};
use crate::setup::{Setup, SetupError};
use crossbeam_channel::{Receiver, Sender, bounded};
use hx_chip::time::Time;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{Builder, JoinHandle};

/// Requests that may wait for the chip's thread.
const QUEUE: usize = 1;

/// How batches are spread over copies of the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkConfig {
    /// Least number of consecutive programs of a batch that one copy carries out, one after another: what a copy costs is
    /// spread over them. With 1 every program starts from the very same state.
    pub programs_per_copy: usize,
    /// Most copies of one batch.
    pub copies: usize,
}

impl Default for LinkConfig {
    fn default() -> Self {
        Self { programs_per_copy: 16, copies: 64 }
    }
}

impl LinkConfig {
    /// Consecutive programs per copy in a batch of `programs`.
    #[must_use]
    pub fn chunk(&self, programs: usize) -> usize {
        programs.div_ceil(self.copies.max(1)).max(self.programs_per_copy).max(1)
    }
}

/// What a link and its FPGA counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkStatistics {
    /// Counters of the FPGA, copies included.
    pub fpga: Statistics,
    /// Chip time passed, copies included.
    pub chip_time: Time,
}

type Task<D> = Box<dyn FnOnce(&mut Executor<D>) + Send>;

/// An FPGA with a chip in this process.
#[derive(Debug)]
pub struct MemoryLink<D> {
    tasks: Option<Sender<Task<D>>>,
    thread: Option<JoinHandle<()>>,
    config: LinkConfig,
    identifier: String,
    /// Programs started, from which each gets the number of its run.
    runs: u64,
    /// What copies counted and how long they ran.
    copies: LinkStatistics,
}

impl<D: Device + Clone + Send + Sync + 'static> MemoryLink<D> {
    /// Starts an FPGA with this chip. `identifier` names the chip instance.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn new(
        fpga: ExecutorConfig,
        link: LinkConfig,
        chip: D,
        identifier: impl Into<String>,
    ) -> Result<Self, SetupError> {
        let (tasks, queue) = bounded(QUEUE);
        let executor = Executor::new(fpga, chip);
        let thread = Builder::new()
            .name("chip".into())
            .spawn(move || serve(executor, &queue))
            .map_err(|error| SetupError::Closed(format!("no thread for the chip: {error}")))?;
        let (tasks, thread, copies) = (Some(tasks), Some(thread), LinkStatistics::default());
        Ok(Self { tasks, thread, config: link, identifier: identifier.into(), runs: 0, copies })
    }

    /// Lets `task` look at or change the FPGA and the chip, after all programs sent before.
    ///
    /// # Errors
    /// When the chip's thread has ended.
    pub fn with<R: Send + 'static>(
        &mut self,
        task: impl FnOnce(&mut Executor<D>) -> R + Send + 'static,
    ) -> Result<R, SetupError> {
        let (answer, answers) = bounded(1);
        let task: Task<D> = Box::new(move |executor| {
            // The caller waits for the answer, so the receiver is there unless the caller panicked.
            let _ = answer.send(task(executor));
        });
        let sent = self.tasks.as_ref().is_some_and(|tasks| tasks.send(task).is_ok());
        match sent.then(|| answers.recv()) {
            Some(Ok(result)) => Ok(result),
            _ => Err(self.closed()),
        }
    }

    /// What was counted and how much chip time passed.
    ///
    /// # Errors
    /// When the chip's thread has ended.
    pub fn statistics(&mut self) -> Result<LinkStatistics, SetupError> {
        let (mut fpga, chip_time) = self.with(|executor| (executor.statistics(), executor.time()))?;
        fpga += self.copies.fpga;
        Ok(LinkStatistics { fpga, chip_time: chip_time + self.copies.chip_time })
    }

    /// Says why the chip's thread ended.
    fn closed(&mut self) -> SetupError {
        self.tasks = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Err(panic)) => panicked(panic.as_ref()),
            _ => SetupError::Closed("the chip's thread has ended".into()),
        }
    }

    fn take_runs(&mut self, programs: usize) -> u64 {
        let first = self.runs + 1;
        self.runs += programs as u64;
        first
    }
}

fn serve<D: Device>(mut executor: Executor<D>, queue: &Receiver<Task<D>>) {
    queue.iter().for_each(|task| task(&mut executor));
}

fn panicked(panic: &(dyn Any + Send)) -> SetupError {
    let message = panic.downcast_ref::<String>().map(String::as_str);
    let message = message.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    SetupError::Closed(format!("the emulated chip panicked: {message}"))
}

/// A program must end with its only halt, else its answers would not be those up to the halt.
pub(super) fn check(program: &[u64]) -> Result<(), SetupError> {
    let halt = ToFpga::HALT.encode();
    let last = program.iter().rposition(|word| word & COMMA == 0);
    let halts = program.iter().filter(|word| **word == halt).count();
    match last {
        Some(last) if program[last] == halt && halts == 1 => Ok(()),
        _ => Err(SetupError::Stream(format!("a program must end with its only halt; it has {halts} halts"))),
    }
}

fn run_program<D: Device>(executor: &mut Executor<D>, program: &[u64]) -> Vec<u64> {
    let mut responses = Vec::new();
    executor.push(program, &mut responses);
    responses
}

/// Runs programs one after another on a copy; the first has run number `first_run`.
fn run_chunk<D: Device + Clone>(
    original: &Executor<D>,
    programs: &[Vec<u64>],
    first_run: u64,
) -> (Vec<Vec<u64>>, LinkStatistics) {
    let mut copy = original.clone();
    let run = |(program, run): (&Vec<u64>, u64)| {
        copy.device_mut().set_run(run);
        run_program(&mut copy, program)
    };
    let responses = programs.iter().zip(first_run..).map(run).collect();
    let fpga = copy.statistics() - original.statistics();
    (responses, LinkStatistics { fpga, chip_time: copy.time() - original.time() })
}

impl<D: Device + Clone + Send + Sync + 'static> Setup for MemoryLink<D> {
    fn run(&mut self, program: &[u64]) -> Result<Vec<u64>, SetupError> {
        check(program)?;
        self.take_runs(1);
        let program = program.to_vec();
        self.with(move |executor| run_program(executor, &program))
    }

    fn run_batch(&mut self, programs: &[Vec<u64>]) -> Result<Vec<Vec<u64>>, SetupError> {
        programs.iter().try_for_each(|program| check(program))?;
        let original = self.with(|executor| {
            executor.device_mut().prepare_copies();
            executor.clone()
        })?;
        let first_run = self.take_runs(programs.len());
        let size = self.config.chunk(programs.len());
        let run = |(chunk, programs)| run_chunk(&original, programs, first_run + (chunk * size) as u64);
        let run_all = || programs.par_chunks(size).enumerate().map(run).collect::<Vec<_>>();
        let chunks = catch_unwind(AssertUnwindSafe(run_all)).map_err(|panic| panicked(panic.as_ref()))?;
        let mut responses = Vec::with_capacity(programs.len());
        for (chunk, counted) in chunks {
            responses.extend(chunk);
            self.copies.fpga += counted.fpga;
            self.copies.chip_time += counted.chip_time;
        }
        Ok(responses)
    }

    fn identifier(&self) -> String {
        self.identifier.clone()
    }
}

impl<D> Drop for MemoryLink<D> {
    /// Ends the chip's thread and waits for it.
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was either reported already or nobody asks any more.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fpga::LoopbackDevice;
    use crate::message::FromFpga;
    use crate::message::stream::{decode_from_fpga, encode_to_fpga};
    use hx_chip::external::SparseMemory;
    use hx_chip::output::ChipOutput;
    use hx_chip::random::{extend, mix};

    /// A device whose answer tells the run, the number of reads before and what was written.
    #[derive(Clone, Default)]
    struct Telling {
        run: u64,
        reads: u64,
        written: u32,
        external: SparseMemory,
    }

    impl Device for Telling {
        fn write(&mut self, _: Time, address: u32, data: u32, _: u8) {
            assert_ne!(address, 0xdead, "this device breaks here");
            self.written = data;
        }
        fn read(&mut self, at: Time, _: u32) -> u32 {
            self.reads += 1;
            mix(extend(extend(self.run, self.reads), at.0 ^ u64::from(self.written))) as u32
        }
        fn spike(&mut self, _: Time, _: u16) {}
        fn reset(&mut self, _: Time, _: bool) {}
        fn jtag_pll(&mut self, _: Time, _: u8, _: u32) {}
        fn jtag_phy(&mut self, _: Time, _: u8, _: u32) {}
        fn synchronise(&mut self, _: Time) -> u64 {
            0
        }
        fn external(&mut self, _: Time) -> &mut SparseMemory {
            &mut self.external
        }
        fn take_output(&mut self, _: Time, _: &mut Vec<ChipOutput>) {}
        fn set_run(&mut self, run: u64) {
            self.run = run;
        }
    }

    fn link<D: Device + Clone + Send + Sync + 'static>(device: D, programs_per_copy: usize) -> MemoryLink<D> {
        let config = LinkConfig { programs_per_copy, ..LinkConfig::default() };
        MemoryLink::new(ExecutorConfig::default(), config, device, "test").expect("thread starts")
    }

    fn program(messages: &[ToFpga]) -> Vec<u64> {
        encode_to_fpga(&[messages, &[ToFpga::HALT]].concat())
    }

    fn words(responses: &[u64]) -> Vec<u32> {
        let word = |message: FromFpga| match message {
            FromFpga::OmnibusData { data } => Some(data),
            _ => None,
        };
        decode_from_fpga(responses).expect("responses decode").into_iter().filter_map(word).collect()
    }

    #[test]
    fn state_persists_from_program_to_program() {
        let mut link = link(LoopbackDevice::default(), 16);
        link.run(&program(&ToFpga::write(0x30, 77))).expect("runs");
        let responses = link.run(&program(&[ToFpga::read(0x30)])).expect("runs");
        assert_eq!(words(&responses), [77]);
        assert_eq!(link.identifier(), "test");
    }

    #[test]
    fn batches_leave_the_chip_as_it_was() {
        let mut link = link(LoopbackDevice::default(), 1);
        link.run(&program(&ToFpga::write(0x30, 77))).expect("runs");
        let writes = |value| [ToFpga::write(0x30, value).as_slice(), &[ToFpga::read(0x30)]].concat();
        let batch = [program(&writes(1)), program(&[ToFpga::read(0x30)]), program(&writes(2))];
        let responses = link.run_batch(&batch).expect("runs");
        let values: Vec<Vec<u32>> = responses.iter().map(|responses| words(responses)).collect();
        assert_eq!(values, [[1], [77], [2]]);
        assert_eq!(words(&link.run(&program(&[ToFpga::read(0x30)])).expect("runs")), [77]);
    }

    #[test]
    fn results_do_not_depend_on_the_number_of_threads() {
        let batch: Vec<Vec<u64>> =
            (0..100).map(|i| program(&ToFpga::write(i, i).map(|_| ToFpga::read(i)))).collect();
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
            pool.install(|| {
                let mut link = link(Telling::default(), 3);
                [link.run_batch(&batch).expect("runs"), link.run_batch(&batch).expect("runs")]
            })
        };
        let one = run(1);
        assert_eq!(one, run(2));
        assert_eq!(one, run(7));
        assert_ne!(one[0], one[1], "every program has a run number of its own");
    }

    #[test]
    fn copies_are_counted() {
        let mut link = link(Telling::default(), 2);
        let batch = vec![program(&[ToFpga::Setup, ToFpga::WaitUntil { time: 999 }]); 5];
        link.run_batch(&batch).expect("runs");
        let statistics = link.statistics().expect("counts");
        assert_eq!((statistics.fpga.programs, statistics.fpga.messages), (5, 15));
        assert_eq!(statistics.chip_time, Time::from_fpga_cycles(5 * 1001));
    }

    #[test]
    fn chunks_depend_on_the_size_of_the_batch_only() {
        let config = LinkConfig::default();
        assert_eq!([0, 1, 100, 10_000].map(|programs| config.chunk(programs)), [16, 16, 16, 157]);
    }

    #[test]
    fn a_panic_of_the_chip_closes_the_link() {
        let breaking = program(&ToFpga::write(0xdead, 1));
        let mut link = link(Telling::default(), 1);
        let error = link.run_batch(std::slice::from_ref(&breaking)).expect_err("panics").to_string();
        assert!(error.contains("this device breaks here"), "{error}");
        let error = link.run(&breaking).expect_err("panics").to_string();
        assert!(error.contains("this device breaks here"), "{error}");
        let after = link.run(&program(&[])).expect_err("closed").to_string();
        assert_eq!(after, "the link to the setup is closed: the chip's thread has ended");
    }

    #[test]
    fn programs_must_end_with_their_only_halt() {
        let mut link = link(Telling::default(), 1);
        for bad in [vec![], vec![ToFpga::TICK], vec![ToFpga::HALT, ToFpga::TICK], vec![ToFpga::HALT; 2]] {
            assert!(matches!(link.run(&encode_to_fpga(&bad)), Err(SetupError::Stream(_))), "{bad:?}");
        }
        assert!(link.run(&[ToFpga::HALT.encode(), u64::MAX]).is_ok());
    }
}
