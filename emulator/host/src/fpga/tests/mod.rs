//! The executor against a device without a chip.

mod bus;
mod events;
pub(super) mod host_time;
mod stream;
mod timing;

use super::{Executor, ExecutorConfig, LoopbackDevice};
use crate::message::stream::{decode_from_fpga, encode_to_fpga};
use crate::message::{FromFpga, ToFpga};
use host_time::{HostTime, chip_time};
use hx_chip::time::Time;

pub(super) type Setup = Executor<LoopbackDevice>;

const EVENT_RECORDING: u32 = 0x8800_0005;
const INSTRUCTION_TIMEOUT: u32 = 0x8800_0009;

fn executor() -> Setup {
    Executor::new(ExecutorConfig::default(), LoopbackDevice::default())
}

/// An executor whose time is synchronised and which records events.
fn recording() -> Setup {
    recording_with(ExecutorConfig::default())
}

fn recording_with(config: ExecutorConfig) -> Setup {
    let mut executor = Executor::new(config, LoopbackDevice::default());
    let [address, data] = ToFpga::write(EVENT_RECORDING, 1);
    run(&mut executor, &[ToFpga::SystimeInit { do_sync: true }, ToFpga::BARRIER_SYSTIME, address, data]);
    executor
}

/// Runs messages and a halt; returns the responses without the time messages, each with its time.
fn run_timed(executor: &mut Setup, messages: &[ToFpga]) -> Vec<(u64, FromFpga)> {
    let mut host = HostTime::default();
    run(executor, messages)
        .iter()
        .map(|message| (host.advance(message), *message))
        .filter(|(_, message)| !matches!(message, FromFpga::Systime { .. } | FromFpga::Sysdelta { .. }))
        .collect()
}

/// Runs messages and a halt; returns all responses.
fn run(executor: &mut Setup, messages: &[ToFpga]) -> Vec<FromFpga> {
    let mut words = Vec::new();
    executor.push(&encode_to_fpga(messages), &mut words);
    executor.push(&[ToFpga::HALT.encode()], &mut words);
    decode_from_fpga(&words).expect("responses decode")
}

fn times(responses: &[(u64, FromFpga)], which: impl Fn(&FromFpga) -> bool) -> Vec<u64> {
    responses.iter().filter(|(_, message)| which(message)).map(|(time, _)| *time).collect()
}

fn ticks(responses: &[(u64, FromFpga)]) -> Vec<u64> {
    times(responses, |message| *message == FromFpga::TICK)
}

fn data(responses: &[(u64, FromFpga)]) -> Vec<u32> {
    let word = |message: &FromFpga| match *message {
        FromFpga::OmnibusData { data } => Some(data),
        _ => None,
    };
    responses.iter().filter_map(|(_, message)| word(message)).collect()
}

/// Chip times and labels of all spikes among timed responses.
fn spikes(responses: &[(u64, FromFpga)]) -> Vec<(u64, u16)> {
    let unpack = |(time, message): &(u64, FromFpga)| {
        let spikes = match *message {
            FromFpga::SpikePack1 { spike0 } => vec![spike0],
            FromFpga::SpikePack2 { spike0, spike1 } => vec![spike0, spike1],
            FromFpga::SpikePack3 { spike0, spike1, spike2 } => vec![spike0, spike1, spike2],
            _ => vec![],
        };
        spikes.iter().map(|spike| (chip_time(*time, spike.timestamp), spike.label)).collect::<Vec<_>>()
    };
    responses.iter().flat_map(unpack).collect()
}

fn cycles(n: u64) -> Time {
    Time::from_fpga_cycles(n)
}
