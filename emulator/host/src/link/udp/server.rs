//! A setup on the network: two sockets on one address, a thread for them and one for the chip. What arrives is acknowledged only
//! while there is room for it, so a slow chip slows the host and memory stays bounded; a host that leaves without a word keeps
//! nobody waiting.

use super::chip::{Emulation, Served};
use super::shared::{Log, ServerCounters, Shared};
use super::socket::{DATAGRAM_BYTES, bind, wait};
use crate::arq::info::describe;
use crate::arq::parameters::{DATA_PORT, RESET_PORT};
use crate::arq::{FpgaSide, PLAYBACK_WORDS};
use crate::fpga::ExecutorConfig;
use crate::link::LinkStatistics;
use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use thiserror::Error;

/// Longest sleep of the sockets' thread, us.
const SLEEP_US: u64 = 500_000;
/// Datagrams read from one socket before the other one has its turn.
const TURN: usize = 64;

/// Where a setup is served and as what.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Address of both sockets. A host expects answers from the address it sends to, so it is a specific one.
    pub address: IpAddr,
    /// Port for resets; 0 for any.
    pub reset_port: u16,
    /// Port for acknowledges and data; 0 for any.
    pub data_port: u16,
    /// What the FPGA says about itself, beside what the protocol asks for.
    pub description: Vec<(&'static str, String)>,
    /// Latencies of the FPGA.
    pub fpga: ExecutorConfig,
    /// Words of the playback memory.
    pub playback_words: usize,
}

impl ServerConfig {
    /// The usual ports and a default FPGA at this address.
    #[must_use]
    pub fn at(address: IpAddr) -> ServerConfig {
        ServerConfig {
            address,
            reset_port: RESET_PORT,
            data_port: DATA_PORT,
            description: Vec::new(),
            fpga: ExecutorConfig::default(),
            playback_words: PLAYBACK_WORDS,
        }
    }
}

/// Why a setup cannot be served.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Replies would come from another address.
    #[error("{0} is no specific address: hosts expect replies from the address they use")]
    Unspecific(IpAddr),
    /// There is no such chip.
    #[error("{0}")]
    Chip(String),
    /// The system gives no thread or pipe.
    #[error("cannot start: {0}")]
    System(io::Error),
}

/// A setup being served.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    sockets: JoinHandle<()>,
    chip: JoinHandle<LinkStatistics>,
    reset: SocketAddr,
    data: SocketAddr,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("data", &self.data).finish_non_exhaustive()
    }
}

fn listen(address: IpAddr, port: u16) -> Result<(UdpSocket, SocketAddr), ServeError> {
    let address = SocketAddr::new(address, port);
    let failed = |source| ServeError::Bind { address, source };
    let socket = bind(address).map_err(failed)?;
    let bound = socket.local_addr().map_err(failed)?;
    Ok((socket, bound))
}

impl Server {
    /// Begins to serve.
    ///
    /// # Errors
    /// When the ports cannot be had or there is no chip.
    pub fn start<E: Emulation>(
        config: &ServerConfig,
        mut emulation: E,
        log: Option<Log>,
    ) -> Result<Server, ServeError> {
        if config.address.is_unspecified() {
            return Err(ServeError::Unspecific(config.address));
        }
        let (data, data_address) = listen(config.address, config.data_port)?;
        let (reset, reset_address) = listen(config.address, config.reset_port)?;
        let (wake, woken) = UnixStream::pair().map_err(ServeError::System)?;
        wake.set_nonblocking(true).map_err(ServeError::System)?;
        woken.set_nonblocking(true).map_err(ServeError::System)?;
        let device = emulation.power_up("").map_err(ServeError::Chip)?;
        let side = FpgaSide::new(&describe(&config.description), config.playback_words);
        let shared = Arc::new(Shared::new(side, data, reset, wake, log));
        let (for_sockets, for_chip, fpga) = (shared.clone(), shared.clone(), config.fpga.clone());
        let thread = |name: &str| Builder::new().name(name.into());
        let chip = thread("chip")
            .spawn(move || Served::new(&for_chip, fpga, emulation, device).serve())
            .map_err(ServeError::System)?;
        let sockets = thread("sockets")
            .spawn(move || serve_sockets(&for_sockets, woken))
            .inspect_err(|_| shared.stop())
            .map_err(ServeError::System)?;
        Ok(Server { shared, sockets, chip, reset: reset_address, data: data_address })
    }

    /// Where resets are taken.
    #[must_use]
    pub fn reset_address(&self) -> SocketAddr {
        self.reset
    }

    /// Where acknowledges and data are exchanged.
    #[must_use]
    pub fn data_address(&self) -> SocketAddr {
        self.data
    }

    /// What was counted so far.
    #[must_use]
    pub fn counters(&self) -> ServerCounters {
        self.shared.counters()
    }

    /// Whether both threads are at work.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        !self.chip.is_finished() && !self.sockets.is_finished()
    }

    /// Asks both threads to leave; the chip's does as soon as it is through with its present message.
    pub fn shut_down(&self) {
        self.shared.stop();
    }

    /// Whether both threads have left.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.chip.is_finished() && self.sockets.is_finished()
    }

    /// Stops, waits for both threads and says what was counted; nothing of the chip if its thread panicked.
    pub fn stop(self) -> (ServerCounters, Option<LinkStatistics>) {
        self.shared.stop();
        let link = self.chip.join().ok();
        // Its panic has been printed; there is nothing to add.
        let _ = self.sockets.join();
        (self.shared.counters(), link)
    }
}

/// The thread of the sockets.
fn serve_sockets(shared: &Shared, mut woken: UnixStream) {
    let mut buffer = vec![0; DATAGRAM_BYTES];
    while !shared.is_stopping() {
        let mut bytes = [0; 64];
        while woken.read(&mut bytes).is_ok_and(|read| read == bytes.len()) {}
        let more = take_resets(shared, &mut buffer) | take_data(shared, &mut buffer);
        let now = shared.clock.now_us();
        let mut state = shared.lock();
        let due = shared.transmit(&mut state);
        state.armed_us = due;
        drop(state);
        let limit = due.map_or(SLEEP_US, |due| due.saturating_sub(now).min(SLEEP_US));
        if !more && limit > 0 {
            wait(&[&shared.reset, &shared.data, &woken], limit);
        }
    }
}

/// Reads datagrams until none is left or it is somebody else's turn; returns whether there may be more.
fn drain(socket: &UdpSocket, buffer: &mut [u8], mut take: impl FnMut(&[u8], SocketAddr)) -> bool {
    for _ in 0..TURN {
        match socket.recv_from(buffer) {
            Ok((bytes, from)) => take(&buffer[..bytes], from),
            // Among others an unreachable port of a host that has left.
            Err(_) => return false,
        }
    }
    true
}

fn take_resets(shared: &Shared, buffer: &mut [u8]) -> bool {
    drain(&shared.reset, buffer, |bytes, from| {
        let mut state = shared.lock();
        if state.fpga.receive_reset(bytes, shared.clock.now_us()) {
            state.peer = Some(from);
            shared.next_epoch();
            shared.notify();
            shared.log(format_args!("from {from} reset"));
        } else {
            shared.log(format_args!("from {from} {} bytes on the reset port are no reset", bytes.len()));
        }
    })
}

fn take_data(shared: &Shared, buffer: &mut [u8]) -> bool {
    drain(&shared.data, buffer, |bytes, from| {
        shared.log_frame("from", from, bytes);
        let mut state = shared.lock();
        if state.peer != Some(from) {
            state.fpga.count_stranger();
            return;
        }
        state.fpga.receive(bytes, shared.clock.now_us());
        shared.notify();
        shared.transmit(&mut state);
    })
}
