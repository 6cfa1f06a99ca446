//! The FPGA as a host sees it: whole programs through messages, executor and link against a device without a chip, judged by
//! the rules of the chip's own software, which are written out here once more.

mod batches;
mod conformance;
mod golden;
mod hardware_tests;
mod initialisation;
mod processors;
mod random_streams;
mod served;
mod time;

use hx_host::fpga::{Device, Executor, ExecutorConfig, LoopbackDevice};
use hx_host::message::stream::{decode_from_fpga, encode_to_fpga};
use hx_host::message::{FromFpga, Spike, ToFpga};

type Setup = Executor<LoopbackDevice>;

const EVENT_RECORDING: u32 = 0x8800_0005;

fn setup(config: ExecutorConfig) -> Setup {
    Executor::new(config, LoopbackDevice::default())
}

/// What synchronises a setup and lets it record events.
fn recording_prologue() -> Vec<ToFpga> {
    let mut program = vec![ToFpga::SystimeInit { do_sync: true }, ToFpga::BARRIER_SYSTIME];
    program.extend(ToFpga::write(EVENT_RECORDING, 1));
    program
}

/// A setup that is synchronised and records events.
fn recording(config: ExecutorConfig) -> Setup {
    let mut setup = setup(config);
    run(&mut setup, &recording_prologue());
    setup
}

/// Runs messages and a halt.
fn run<D: Device>(setup: &mut Executor<D>, messages: &[ToFpga]) -> Vec<FromFpga> {
    let mut words = Vec::new();
    setup.push(&encode_to_fpga(&[messages, &[ToFpga::HALT]].concat()), &mut words);
    decode_from_fpga(&words).unwrap()
}

/// Adds the time to every message of a program's responses: it grows by one with every message and is set or advanced by time
/// messages.
fn with_times(responses: &[FromFpga]) -> Vec<(u64, FromFpga)> {
    let mut time = 0;
    let mut timed = Vec::new();
    for message in responses {
        time += 1;
        match *message {
            FromFpga::Systime { systime } => time = systime,
            FromFpga::Sysdelta { delta } => time += u64::from(delta),
            other => timed.push((time, other)),
        }
    }
    timed
}

/// Chip time of a stamp in a message with this time.
fn chip_time(time: u64, stamp: u8) -> u64 {
    let candidate = time & !127 | u64::from(stamp >> 1);
    if candidate > time { candidate - 128 } else { candidate }
}

/// The spikes of a message.
fn unpack(message: &FromFpga) -> Vec<Spike> {
    match *message {
        FromFpga::SpikePack1 { spike0 } => vec![spike0],
        FromFpga::SpikePack2 { spike0, spike1 } => vec![spike0, spike1],
        FromFpga::SpikePack3 { spike0, spike1, spike2 } => vec![spike0, spike1, spike2],
        _ => vec![],
    }
}

/// Chip times and labels of all spikes.
fn spikes(responses: &[FromFpga]) -> Vec<(u64, u16)> {
    let of_message = |(time, message): &(u64, FromFpga)| -> Vec<(u64, u16)> {
        unpack(message).iter().map(|spike| (chip_time(*time, spike.timestamp), spike.label)).collect()
    };
    with_times(responses).iter().flat_map(of_message).collect()
}

fn words(responses: &[FromFpga]) -> Vec<u32> {
    let word = |message: &FromFpga| match *message {
        FromFpga::OmnibusData { data } => Some(data),
        _ => None,
    };
    responses.iter().filter_map(word).collect()
}
