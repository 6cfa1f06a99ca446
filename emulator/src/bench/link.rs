//! The link: a served setup at a loopback address, driven by the client of this repository. Beside it stands what UDP itself
//! gives on the same machine, an echo without any protocol, and the same configuration without a network.

use super::playback::Program;
use super::{Pass, Peer, Setting, Work, Workload};
use crate::experiment::ExperimentError;
use crate::served::ServedChip;
use crate::setup::served;
use hx_chip::random::extend;
use hx_chip::time::Time;
use hx_host::arq::parameters::MAX_WORDS;
use hx_host::link::udp::order::EMULATOR_KEY;
use hx_host::link::udp::{Server, ServerConfig, UdpLink, UdpTarget};
use hx_host::message::ToFpga;
use hx_host::message::stream::encode_to_fpga;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// Reads of a program that fills the way back.
const READS: u32 = 100_000;
/// Programs with one read each in a pass of round trips.
const ROUND_TRIPS: usize = 200;
/// How long the echo is timed.
const ECHO_TIME: Duration = Duration::from_millis(300);
/// Datagrams of the echo on their way at once.
const ECHO_WINDOW: usize = 32;
/// Longest wait for an echo.
const ECHO_PATIENCE: Duration = Duration::from_millis(200);

/// What all rows have in common.
const BASE: Workload = Workload {
    name: "link",
    unit: "words/s",
    detail: "64-bit words of whole-chip configurations to a served setup, until all are carried out; beside an echo of full datagrams",
    parallel: false,
    goal: 5e6,
    floor: 5e4,
    prepare: |setting| prepare(setting, Kind::ToFpga),
    peer: Some(|| echo(MAX_WORDS, ECHO_WINDOW)),
};

/// Words to the FPGA.
pub const TO_FPGA: Workload = BASE;

/// Words from the FPGA.
pub const FROM_FPGA: Workload = Workload {
    name: "link-read",
    detail: "64-bit words from a served setup that answers 100,000 reads; beside an echo of full datagrams",
    prepare: |setting| prepare(setting, Kind::FromFpga),
    ..BASE
};

/// One word there and back.
pub const ROUND_TRIP: Workload = Workload {
    name: "link-round-trip",
    unit: "round trips/s",
    detail: "programs with one read on a served setup, each sent when the one before is answered; beside an echo of one word",
    goal: 5000.0,
    floor: 100.0,
    prepare: |setting| prepare(setting, Kind::RoundTrip),
    peer: Some(|| echo(1, 1)),
    ..BASE
};

/// The whole chip.
pub const CONFIGURATION: Workload = Workload {
    name: "link-configuration",
    unit: "configurations/s",
    detail: "configurations of the whole chip on a served setup, each answered before the next; `playback` has the same in process",
    goal: 10.0,
    floor: 1.0,
    prepare: |setting| prepare(setting, Kind::Configuration),
    peer: None,
    ..BASE
};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    ToFpga,
    FromFpga,
    RoundTrip,
    Configuration,
}

struct Link {
    kind: Kind,
    link: UdpLink,
    /// Programs that are sent in turn.
    programs: Vec<Vec<u64>>,
    next: usize,
    /// Stops serving when the pass is dropped, after the link.
    _server: Server,
}

fn prepare(setting: &Setting, kind: Kind) -> Result<Box<dyn Pass>, ExperimentError> {
    let config = setting.instance.chip_config();
    let address = Ipv4Addr::LOCALHOST.into();
    let ports = ServerConfig {
        reset_port: 0,
        data_port: 0,
        description: vec![(EMULATOR_KEY, "hxemu".to_owned())],
        ..ServerConfig::at(address)
    };
    let server = Server::start(&ports, ServedChip::new(config.clone(), None), None)
        .map_err(|error| ExperimentError::Config(error.to_string()))?;
    let (data_port, reset_port) = (server.data_address().port(), server.reset_address().port());
    let link = served(UdpTarget { address, data_port, reset_port }, &config)?;
    let programs = match kind {
        Kind::ToFpga | Kind::Configuration => {
            [0, 1].map(|number| Program::configuration(extend(setting.instance.seed, number)).stream).to_vec()
        }
        Kind::FromFpga => vec![reads(READS)],
        Kind::RoundTrip => vec![reads(1)],
    };
    Ok(Box::new(Link { kind, link, programs, next: 0, _server: server }))
}

/// A program that reads a register of the FPGA.
fn reads(count: u32) -> Vec<u64> {
    const SCRATCH: u32 = 0x8800_0000;
    let messages: Vec<ToFpga> = (0..count).map(|_| ToFpga::read(SCRATCH)).chain([ToFpga::HALT]).collect();
    encode_to_fpga(&messages)
}

impl Pass for Link {
    fn run(&mut self) -> Result<Work, ExperimentError> {
        let program = &self.programs[self.next];
        self.next = (self.next + 1) % self.programs.len();
        let failed = |error| ExperimentError::Internal(format!("the link: {error}"));
        let passes = if self.kind == Kind::RoundTrip { ROUND_TRIPS } else { 1 };
        let mut answered = 0;
        for _ in 0..passes {
            answered += self.link.play(program, 1).map_err(failed)?.len();
        }
        let amount = match self.kind {
            Kind::ToFpga => program.len(),
            Kind::FromFpga => answered,
            Kind::RoundTrip => ROUND_TRIPS,
            Kind::Configuration => 1,
        };
        Ok(Work { amount: amount as f64, chip_time: Time::ZERO })
    }
}

/// Words per second (datagrams, where they have one word) that come back from a socket that returns everything. Nothing where
/// there are no sockets to be had.
fn echo(words: usize, window: usize) -> Option<Peer> {
    let value = timed_echo(words, window).ok()?;
    Some(Peer { name: "UDP echo", value })
}

fn timed_echo(words: usize, window: usize) -> io::Result<f64> {
    let there = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let here = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let (target, back) = (there.local_addr()?, here.local_addr()?);
    [&here, &there]
        .map(|socket| socket.set_read_timeout(Some(ECHO_PATIENCE)))
        .into_iter()
        .collect::<io::Result<()>>()?;
    std::thread::scope(|scope| {
        scope.spawn(move || return_all(&there, back));
        let words = exchange(&here, target, words, window);
        // An empty datagram ends the other side.
        here.send_to(&[], target)?;
        words
    })
}

fn return_all(socket: &UdpSocket, to: SocketAddr) {
    let mut buffer = [0; 2048];
    while let Ok(bytes) = socket.recv(&mut buffer) {
        if bytes == 0 || socket.send_to(&buffer[..bytes], to).is_err() {
            return;
        }
    }
}

fn exchange(socket: &UdpSocket, target: SocketAddr, words: usize, window: usize) -> io::Result<f64> {
    let datagram = vec![0x5a; 8 * words];
    let mut buffer = [0; 2048];
    let started = Instant::now();
    for _ in 0..window {
        socket.send_to(&datagram, target)?;
    }
    let mut returned = 0;
    while started.elapsed() < ECHO_TIME {
        returned += socket.recv(&mut buffer)? / 8;
        socket.send_to(&datagram, target)?;
    }
    Ok(returned as f64 / started.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_returns_words() {
        for (words, window) in [(1, 1), (MAX_WORDS, 4)] {
            assert!(timed_echo(words, window).expect("loopback") > 0.0);
        }
    }

    #[test]
    fn passes_count_what_they_send() {
        let setting = Setting::default();
        let amount = |kind| prepare(&setting, kind).and_then(|mut pass| pass.run()).expect("runs").amount;
        // Answers of less than eight bytes share words.
        assert!(amount(Kind::FromFpga) > f64::from(READS) / 4.0);
        assert_eq!(amount(Kind::RoundTrip), ROUND_TRIPS as f64);
        assert!(amount(Kind::ToFpga) > 1e5);
    }
}
