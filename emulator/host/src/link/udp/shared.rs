//! What the two threads of a served setup share: the FPGA's side of the protocol under one lock, the sockets, and the signals
//! between them.

use super::socket::Clock;
use crate::arq::counters::{EndpointCounters, FpgaCounters};
use crate::arq::parameters::pid;
use crate::arq::{FpgaSide, Frame};
use std::fmt;
use std::io::Write;
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Who is told what passes on the wire.
pub type Log = Arc<dyn Fn(fmt::Arguments<'_>) + Send + Sync>;

/// Most words that the chip's thread takes at a time.
const CHUNK_WORDS: usize = 1 << 12;

/// Everything under the lock.
pub(super) struct State {
    pub fpga: FpgaSide,
    /// Who is connected.
    pub peer: Option<SocketAddr>,
    /// When the thread of the sockets looks again.
    pub armed_us: Option<u64>,
    /// Datagrams the system did not take.
    pub send_errors: u64,
}

/// What the threads share.
pub(super) struct Shared {
    state: Mutex<State>,
    /// Something for the chip's thread: words, room, a reset, the end.
    changed: Condvar,
    /// Number of resets; a change makes the chip's thread drop what it does.
    epoch: AtomicU64,
    stopping: AtomicBool,
    pub data: UdpSocket,
    pub reset: UdpSocket,
    wake: UnixStream,
    pub clock: Clock,
    log: Option<Log>,
}

/// What the chip's thread does next.
pub(super) enum Job {
    /// Leave.
    Stop,
    /// Begin anew: somebody connected.
    Reset,
    /// Carry out an order.
    Order(Vec<u64>),
    /// Carry out the words handed over.
    Words,
}

/// Counters of a served setup.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct ServerCounters {
    /// The FPGA's side.
    pub fpga: FpgaCounters,
    /// Frames of all connections.
    pub traffic: EndpointCounters,
    /// Datagrams the system did not take.
    pub send_errors: u64,
}

impl Shared {
    pub fn new(
        fpga: FpgaSide,
        data: UdpSocket,
        reset: UdpSocket,
        wake: UnixStream,
        log: Option<Log>,
    ) -> Self {
        let state = State { fpga, peer: None, armed_us: None, send_errors: 0 };
        Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
            epoch: AtomicU64::new(0),
            stopping: AtomicBool::new(false),
            data,
            reset,
            wake,
            clock: Clock::start(),
            log,
        }
    }

    /// The state. A thread that panicked while it held the lock left it whole: nothing under it is changed in steps.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn counters(&self) -> ServerCounters {
        let state = self.lock();
        let (fpga, traffic) = (state.fpga.counters(), state.fpga.traffic());
        ServerCounters { fpga, traffic, send_errors: state.send_errors }
    }

    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Lets both threads leave.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.epoch.fetch_add(1, Ordering::AcqRel);
        drop(self.lock());
        self.changed.notify_all();
        self.wake_sockets();
    }

    /// A reset came: whatever the chip's thread does is for nobody.
    pub fn next_epoch(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }

    /// Tells the chip's thread that something changed.
    pub fn notify(&self) {
        self.changed.notify_one();
    }

    pub fn wake_sockets(&self) {
        // A full pipe wakes as well.
        let _ = (&self.wake).write(&[0]);
    }

    pub fn log(&self, text: fmt::Arguments<'_>) {
        if let Some(log) = &self.log {
            log(text);
        }
    }

    /// Logs a datagram.
    pub fn log_frame(&self, direction: &str, peer: SocketAddr, bytes: &[u8]) {
        if self.log.is_none() {
            return;
        }
        match Frame::decode(bytes) {
            Ok(Frame::Ack(ack)) => self.log(format_args!("{direction} {peer} ack {ack}")),
            Ok(Frame::Data(data)) => {
                let (first, len) = (data.words[0], data.words.len());
                let (sequence, ack, pid) = (data.sequence, data.ack, data.pid);
                self.log(format_args!(
                    "{direction} {peer} seq {sequence} ack {ack} pid {pid:#06x} words {len} ({first:#018x} ...)"
                ));
            }
            Err(error) => self.log(format_args!("{direction} {peer} malformed: {error}")),
        }
    }

    /// Sends what is due. Returns when to call again at the latest.
    pub fn transmit(&self, state: &mut State) -> Option<u64> {
        let State { fpga, peer, send_errors, .. } = state;
        let peer = (*peer)?;
        fpga.poll(self.clock.now_us(), &mut |bytes| {
            self.log_frame("to", peer, bytes);
            // A datagram that the system does not take is as good as lost on the way.
            *send_errors += u64::from(self.data.send_to(bytes, peer).is_err());
        })
    }

    /// As [`Shared::transmit`], from the chip's thread: the other thread is woken if it sleeps for too long.
    fn transmit_and_arm(&self, state: &mut State) {
        let due = self.transmit(state);
        if due.is_some_and(|due| state.armed_us.is_none_or(|armed| due < armed)) {
            state.armed_us = due;
            self.wake_sockets();
        }
    }

    /// Waits for something to do. Words are put into `words`, which must be empty.
    pub fn next_job(&self, epoch: &mut u64, words: &mut Vec<u64>) -> Job {
        let mut state = self.lock();
        loop {
            if self.is_stopping() {
                return Job::Stop;
            }
            if self.epoch() != *epoch {
                *epoch = self.epoch();
                return Job::Reset;
            }
            if let Some(order) = state.fpga.take_order() {
                return Job::Order(order);
            }
            if state.fpga.has_work() {
                state.fpga.take_words(CHUNK_WORDS, words);
                // There is room again: what waited for it can be acknowledged.
                self.transmit_and_arm(&mut state);
                return Job::Words;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether more words wait for the chip's thread.
    pub fn more_words(&self) -> bool {
        self.lock().fpga.pending_words() > 0
    }

    /// Sends words, waiting for the host as long as it takes; returns whether they are sent. A reset ends the wait.
    pub fn deliver(&self, epoch: u64, pid: u16, words: &mut Vec<u64>) -> bool {
        let mut state = self.lock();
        let mut done = 0;
        while self.epoch() == epoch && done < words.len() {
            let sent = state.fpga.send(pid, &words[done..]);
            done += sent;
            self.transmit_and_arm(&mut state);
            if sent == 0 {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
        words.clear();
        self.epoch() == epoch
    }

    /// Sends words of the message stream.
    pub fn answer(&self, epoch: u64, words: &mut Vec<u64>) -> bool {
        words.is_empty() || self.deliver(epoch, pid::UT_STREAM, words)
    }
}
