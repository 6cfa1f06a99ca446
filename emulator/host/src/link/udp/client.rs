//! A setup somewhere on the network, driven by HostARQ: the emulator's own small client. It needs nothing but the protocol; what
//! an emulated setup understands beyond it ([`super::order`]) is used where the setup says so, and makes batches run there as
//! they do in one process.

use super::chip::BATCH_WORDS;
use super::order::{self, Answer, EMULATOR_KEY, Order, OrderError};
use super::socket::{Clock, DATAGRAM_BYTES, bind, wait};
use crate::arq::counters::EndpointCounters;
use crate::arq::frame::RESET;
use crate::arq::info::{self, InfoError};
use crate::arq::parameters::{Behaviour, DATA_PORT, MAX_WORDS, RESET_PORT, pid};
use crate::arq::{Endpoint, Frame, Packet};
use crate::link::LinkStatistics;
use crate::message::{FromFpga, FromFpgaDecoder};
use crate::setup::{Setup, SetupError};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::str::FromStr;
use thiserror::Error;

/// How long the answer to a reset may take, us (as the chip's own client).
const RESET_LIMIT_US: u64 = 2_000_000;
/// How long the echo may take, us (as the chip's own client).
const ECHO_LIMIT_US: u64 = 400_000;
/// Longest wait for a datagram before looking around, us.
const LOOK_US: u64 = 100_000;
/// A chip on the network may compute for long, but its FPGA acknowledges at once: silence for this long is its end, us.
const PATIENCE_US: u64 = Behaviour::HOST.patience_us;
/// The word that the FPGA sends back.
const ECHO: u64 = 0x6878_656d_755f_6563;

/// Where a setup is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UdpTarget {
    /// Its address.
    pub address: IpAddr,
    /// Its port for acknowledges and data.
    pub data_port: u16,
    /// Its port for resets.
    pub reset_port: u16,
}

impl UdpTarget {
    /// A setup at the usual ports.
    #[must_use]
    pub fn at(address: IpAddr) -> UdpTarget {
        UdpTarget { address, data_port: DATA_PORT, reset_port: RESET_PORT }
    }
}

impl FromStr for UdpTarget {
    type Err = UdpError;

    /// Reads `ADDRESS`, `ADDRESS:DATA_PORT` or `ADDRESS:DATA_PORT:RESET_PORT`; addresses are IPv4.
    fn from_str(text: &str) -> Result<UdpTarget, UdpError> {
        let wrong = || UdpError::Target(text.to_owned());
        let mut parts = text.split(':');
        let address: Ipv4Addr = parts.next().unwrap_or("").parse().map_err(|_| wrong())?;
        let mut port = |usual| parts.next().map_or(Ok(usual), |port| port.parse().map_err(|_| wrong()));
        let (data_port, reset_port) = (port(DATA_PORT)?, port(RESET_PORT)?);
        match parts.next() {
            None => Ok(UdpTarget { address: address.into(), data_port, reset_port }),
            Some(_) => Err(wrong()),
        }
    }
}

/// Why a setup on the network could not be reached or used.
#[derive(Debug, Error)]
pub enum UdpError {
    /// No such address.
    #[error("`{0}` is no ADDRESS[:DATA_PORT[:RESET_PORT]] of a setup, such as 127.0.0.1")]
    Target(String),
    /// No socket.
    #[error("cannot open a socket towards {address}: {source}")]
    Socket {
        /// The other side.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Nobody answers a reset.
    #[error("no answer from {0} to a reset within 2 s: is a setup being served there?")]
    NoAnswer(SocketAddr),
    /// The reset is answered, but nothing comes back.
    #[error("{0} answered the reset, but sent no echo within 0.4 s")]
    NoEcho(SocketAddr),
    /// The other side is gone.
    #[error("{address} has been silent for {silence_s} s while an answer was due")]
    Vanished {
        /// The other side.
        address: SocketAddr,
        /// For how long.
        silence_s: u64,
    },
    /// Its description cannot be used.
    #[error("{address}: {source}")]
    Info {
        /// The other side.
        address: SocketAddr,
        /// What is wrong.
        source: InfoError,
    },
    /// It sent something else than asked for.
    #[error("{address} sent a packet with id {pid:#06x} where {expected} was due")]
    Packet {
        /// The other side.
        address: SocketAddr,
        /// Its id.
        pid: u16,
        /// What was due.
        expected: &'static str,
    },
    /// Its message stream is broken.
    #[error("{address}: {message}")]
    Stream {
        /// The other side.
        address: SocketAddr,
        /// How.
        message: String,
    },
    /// An emulated setup does not do what it is asked.
    #[error("the setup at {address}: {reason}")]
    Refused {
        /// The other side.
        address: SocketAddr,
        /// Why not.
        reason: String,
    },
    /// An order or its answer is not understood.
    #[error(transparent)]
    Order(#[from] OrderError),
}

impl From<UdpError> for SetupError {
    fn from(error: UdpError) -> SetupError {
        match error {
            UdpError::Stream { .. } | UdpError::Packet { .. } => SetupError::Stream(error.to_string()),
            error => SetupError::Closed(error.to_string()),
        }
    }
}

/// A connection to a setup.
#[derive(Debug)]
pub struct UdpLink {
    socket: UdpSocket,
    data: SocketAddr,
    clock: Clock,
    endpoint: Endpoint,
    buffer: Vec<u8>,
    info: String,
    name: String,
    /// Programs started, from which each of a batch gets the number of its run.
    runs: u64,
}

impl UdpLink {
    /// Connects: resets the FPGA, reads what it says about itself and lets it send a word back.
    ///
    /// # Errors
    /// When nobody answers in time, or not an FPGA with the same parameters.
    pub fn connect(target: UdpTarget) -> Result<UdpLink, UdpError> {
        let data = SocketAddr::new(target.address, target.data_port);
        let reset = SocketAddr::new(target.address, target.reset_port);
        let failed = |source| UdpError::Socket { address: data, source };
        let unspecific = if data.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { IpAddr::from([0; 16]) };
        let socket = bind(SocketAddr::new(unspecific, 0)).map_err(failed)?;
        let clock = Clock::start();
        let endpoint = Endpoint::new(Behaviour::HOST, clock.now_us());
        let (buffer, info) = (vec![0; DATAGRAM_BYTES], String::new());
        let name = format!("udp-{}", target.address);
        let mut link = UdpLink { socket, data, clock, endpoint, buffer, info, name, runs: 0 };
        link.socket.send_to(&RESET, reset).map_err(failed)?;
        link.read_info(reset)?;
        link.check_echo()?;
        Ok(link)
    }

    fn read_info(&mut self, reset: SocketAddr) -> Result<(), UdpError> {
        let until = self.clock.now_us() + RESET_LIMIT_US;
        let mut words = Vec::new();
        loop {
            let packet = self.next_packet(Some(until))?.ok_or(UdpError::NoAnswer(reset))?;
            if packet.pid != pid::CONFIGURATION {
                let expected = "a description of the FPGA";
                return Err(UdpError::Packet { address: self.data, pid: packet.pid, expected });
            }
            words.extend(packet.words);
            let text = info::text_of_answer(&words);
            if let Some(text) = text.map_err(|source| UdpError::Info { address: self.data, source })? {
                self.info = text;
                return Ok(());
            }
        }
    }

    fn check_echo(&mut self) -> Result<(), UdpError> {
        let until = self.clock.now_us() + ECHO_LIMIT_US;
        self.endpoint.send(Packet { pid: pid::LOOPBACK, words: vec![ECHO] });
        let packet = self.next_packet(Some(until))?.ok_or(UdpError::NoEcho(self.data))?;
        if packet.pid == pid::LOOPBACK && packet.words == [ECHO] {
            return Ok(());
        }
        Err(UdpError::Packet { address: self.data, pid: packet.pid, expected: "the echo of a word" })
    }

    /// What the FPGA says about itself: YAML.
    #[must_use]
    pub fn info(&self) -> &str {
        &self.info
    }

    /// Names the chip instance, once it is known.
    pub fn set_identifier(&mut self, name: impl Into<String>) {
        self.name = name.into();
    }

    /// Whether the setup is an emulated one that takes orders.
    #[must_use]
    pub fn is_emulated(&self) -> bool {
        self.info.lines().any(|line| line.split_once(':').is_some_and(|(key, _)| key == EMULATOR_KEY))
    }

    /// What was counted.
    #[must_use]
    pub fn counters(&self) -> EndpointCounters {
        self.endpoint.counters()
    }

    /// Sends what is due and takes in what is there. Returns when to do so again at the latest.
    fn exchange(&mut self) -> Option<u64> {
        while let Ok((bytes, from)) = self.socket.recv_from(&mut self.buffer) {
            if from == self.data
                && let Ok(frame) = Frame::decode(&self.buffer[..bytes])
            {
                self.endpoint.receive(frame, self.clock.now_us());
            }
        }
        let (socket, data) = (&self.socket, self.data);
        self.endpoint.poll(self.clock.now_us(), &mut |bytes| {
            // What the system does not take is as good as lost on the way.
            let _ = socket.send_to(bytes, data);
        })
    }

    /// The next packet; nothing if none came until `until_us`.
    fn next_packet(&mut self, until_us: Option<u64>) -> Result<Option<Packet>, UdpError> {
        loop {
            if let Some(packet) = self.endpoint.take(self.clock.now_us()) {
                return Ok(Some(packet));
            }
            let due = self.exchange();
            let now = self.clock.now_us();
            if self.endpoint.peek().is_some() {
                continue;
            }
            if until_us.is_some_and(|until| until <= now) {
                return Ok(None);
            }
            let silence = self.endpoint.silence(now);
            if silence >= PATIENCE_US {
                let (address, silence_s) = (self.data, silence / 1_000_000);
                return Err(UdpError::Vanished { address, silence_s });
            }
            let next = [due, until_us, Some(now + LOOK_US)].into_iter().flatten().min();
            wait(&[&self.socket], next.map_or(LOOK_US, |next| next.saturating_sub(now)));
        }
    }

    /// Queues as many of the words as there is room for and returns how many that were.
    fn feed(&mut self, pid: u16, words: &[u64]) -> usize {
        let taken = words.len().min(self.endpoint.room() * MAX_WORDS);
        for packet in info::packets(pid, &words[..taken]) {
            self.endpoint.send(packet);
        }
        taken
    }

    /// Sends words and hands over every word of the message stream that comes back, until `receive` says that it was the last.
    fn stream(
        &mut self,
        words: &[u64],
        mut receive: impl FnMut(&[u64]) -> Result<bool, UdpError>,
    ) -> Result<(), UdpError> {
        let mut sent = 0;
        loop {
            sent += self.feed(pid::UT_STREAM, &words[sent..]);
            // As long as words are left to send the wait may end with nothing but room for them.
            let until = (sent < words.len()).then_some(0);
            match self.next_packet(until)? {
                Some(packet) if packet.pid == pid::UT_STREAM => {
                    if receive(&packet.words)? {
                        // Tells the other side at once that all has arrived.
                        self.exchange();
                        return Ok(());
                    }
                }
                Some(packet) => return Err(self.unexpected(&packet)),
                None => self.wait_for_room()?,
            }
        }
    }

    /// Waits until something happens, for a sender whose window is full.
    fn wait_for_room(&mut self) -> Result<(), UdpError> {
        if self.endpoint.room() == 0 {
            let due = self.exchange();
            let now = self.clock.now_us();
            if self.endpoint.silence(now) >= PATIENCE_US {
                let (address, silence_s) = (self.data, PATIENCE_US / 1_000_000);
                return Err(UdpError::Vanished { address, silence_s });
            }
            if self.endpoint.room() == 0 && self.endpoint.peek().is_none() {
                wait(&[&self.socket], due.map_or(LOOK_US, |due| due.saturating_sub(now)).min(LOOK_US));
            }
        }
        Ok(())
    }

    /// A packet that nobody asked for; often the reason why an emulated setup stopped.
    fn unexpected(&self, packet: &Packet) -> UdpError {
        let address = self.data;
        let told = order::decode(packet.words.get(1..).unwrap_or_default(), &mut String::new());
        match (packet.pid, told) {
            (pid::EMULATOR, Ok(Answer::Refused(reason))) => UdpError::Refused { address, reason },
            (pid, _) => UdpError::Packet { address, pid, expected: "the message stream" },
        }
    }

    fn order(&mut self, order: &Order) -> Result<(), UdpError> {
        let text = order::encode(order)?;
        for packet in info::packets(pid::EMULATOR, &[&[text.len() as u64], &text[..]].concat()) {
            self.endpoint.send(packet);
        }
        Ok(())
    }

    fn answer(&mut self) -> Result<Answer, UdpError> {
        let mut words = Vec::new();
        loop {
            let Some(packet) = self.next_packet(None)? else { continue };
            if packet.pid != pid::EMULATOR {
                let (address, expected) = (self.data, "the answer to an order");
                return Err(UdpError::Packet { address, pid: packet.pid, expected });
            }
            words.extend(packet.words);
            if words.len() as u64 > words[0] {
                self.exchange();
                return match order::decode(&words[1..], &mut String::new())? {
                    Answer::Refused(reason) => Err(UdpError::Refused { address: self.data, reason }),
                    answer => Ok(answer),
                };
            }
        }
    }

    /// What an emulated setup says about its chip.
    ///
    /// # Errors
    /// When it says nothing.
    pub fn describe(&mut self) -> Result<String, UdpError> {
        self.order(&Order::Describe)?;
        match self.answer()? {
            Answer::Description(text) => Ok(text),
            other => Err(self.refused(&other)),
        }
    }

    /// Switches an emulated setup off and on, with a chip of these settings.
    ///
    /// # Errors
    /// When it has no such chip.
    pub fn power_cycle(&mut self, settings: &str) -> Result<(), UdpError> {
        self.order(&Order::PowerCycle(settings.to_owned()))?;
        self.runs = 0;
        self.answer().map(drop)
    }

    /// What an emulated setup counted, and what its chip noted.
    ///
    /// # Errors
    /// When it says nothing.
    pub fn report(&mut self) -> Result<(LinkStatistics, String), UdpError> {
        self.order(&Order::Report)?;
        match self.answer()? {
            Answer::Report { statistics, chip } => Ok((statistics, chip)),
            other => Err(self.refused(&other)),
        }
    }

    fn refused(&self, answer: &Answer) -> UdpError {
        UdpError::Refused { address: self.data, reason: format!("unexpected answer {answer:?}") }
    }

    fn take_runs(&mut self, programs: usize) -> u64 {
        let first = self.runs + 1;
        self.runs += programs as u64;
        first
    }

    /// Sends words of any number of programs, the last of which ends with a halt, and returns all words that come back.
    ///
    /// # Errors
    /// When the setup is gone or its answer is no message stream.
    pub fn play(&mut self, words: &[u64], programs: usize) -> Result<Vec<u64>, UdpError> {
        self.take_runs(programs);
        Ok(self.exchange_programs(words, programs)?.concat())
    }

    /// Sends programs and collects the answers to each of them.
    fn run_programs(&mut self, programs: &[Vec<u64>]) -> Result<Vec<Vec<u64>>, UdpError> {
        self.exchange_programs(&programs.concat(), programs.len())
    }

    fn exchange_programs(&mut self, words: &[u64], programs: usize) -> Result<Vec<Vec<u64>>, UdpError> {
        let mut collected = Collector::default();
        let address = self.data;
        if programs > 0 {
            self.stream(words, |words| {
                let taken = collected.take(words);
                taken.map_err(|message| UdpError::Stream { address, message })?;
                Ok(collected.done.len() >= programs)
            })?;
        }
        Ok(collected.done)
    }

    /// Runs programs on copies of the emulated chip.
    fn run_copies(&mut self, programs: &[Vec<u64>]) -> Result<Vec<Vec<u64>>, UdpError> {
        let mut answers = Vec::with_capacity(programs.len());
        let mut rest = programs;
        while !rest.is_empty() {
            let (wave, later) = rest.split_at(wave(rest));
            let first_run = self.take_runs(wave.len());
            self.order(&Order::Batch { first_run, programs: wave.len() as u32 })?;
            answers.extend(self.run_programs(wave)?);
            self.answer()?;
            rest = later;
        }
        Ok(answers)
    }
}

/// Number of programs that fit in one batch.
fn wave(programs: &[Vec<u64>]) -> usize {
    let mut words = 0;
    let fits = |program: &&Vec<u64>| {
        words += program.len();
        words <= BATCH_WORDS
    };
    programs.iter().take_while(fits).count().max(1)
}

/// Divides the message stream into the answers of programs.
#[derive(Default)]
struct Collector {
    decoder: FromFpgaDecoder,
    current: Vec<u64>,
    done: Vec<Vec<u64>>,
}

impl Collector {
    /// Takes words; the FPGA fills the last word of every program, so a halt ends with its word.
    fn take(&mut self, words: &[u64]) -> Result<(), String> {
        let mut messages = Vec::new();
        for word in words {
            self.current.push(*word);
            self.decoder.push(&[*word], &mut messages).map_err(|error| error.to_string())?;
            if messages.drain(..).any(|message| message == FromFpga::HALT) {
                self.done.push(std::mem::take(&mut self.current));
            }
        }
        Ok(())
    }
}

impl Setup for UdpLink {
    fn run(&mut self, program: &[u64]) -> Result<Vec<u64>, SetupError> {
        crate::link::memory::check(program)?;
        self.take_runs(1);
        let answers = self.run_programs(std::slice::from_ref(&program.to_vec()))?;
        Ok(answers.into_iter().next().unwrap_or_default())
    }

    fn run_batch(&mut self, programs: &[Vec<u64>]) -> Result<Vec<Vec<u64>>, SetupError> {
        programs.iter().try_for_each(|program| crate::link::memory::check(program))?;
        if self.is_emulated() {
            return Ok(self.run_copies(programs)?);
        }
        self.take_runs(programs.len());
        programs.iter().map(|program| self.run(program)).collect()
    }

    fn identifier(&self) -> String {
        self.name.clone()
    }
}

impl Drop for UdpLink {
    /// Announces the end, as the chip's own client does; nobody waits for an answer.
    fn drop(&mut self) {
        self.endpoint.send(Packet { pid: pid::FLUSH, words: vec![0] });
        self.exchange();
    }
}
