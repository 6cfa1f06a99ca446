//! Sockets as both sides need them: buffers large enough for a whole window, and waiting for several of them with a limit
//! finer than the socket's own time-out.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::sockopt::{set_socket_recv_buffer_size, set_socket_send_buffer_size};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::time::Instant;

/// Buffers asked for, bytes; the system may give less.
const BUFFER_BYTES: usize = 4 << 20;
/// Longest datagram looked at; what is longer is cut and thereby no frame.
pub const DATAGRAM_BYTES: usize = 2048;

/// A socket on this address that never blocks.
///
/// # Errors
/// When the address cannot be had.
pub fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    // Smaller buffers only cost repetitions.
    let _ = set_socket_recv_buffer_size(&socket, BUFFER_BYTES);
    let _ = set_socket_send_buffer_size(&socket, BUFFER_BYTES);
    Ok(socket)
}

/// Waits until one of `sources` can be read or `limit_us` microseconds have passed.
pub fn wait(sources: &[&dyn AsFd], limit_us: u64) {
    let mut waiting: Vec<PollFd<'_>> =
        sources.iter().map(|source| PollFd::new(source, PollFlags::IN)).collect();
    let limit =
        Timespec { tv_sec: (limit_us / 1_000_000) as i64, tv_nsec: (limit_us % 1_000_000 * 1000) as _ };
    // An interruption is as good as a datagram: the caller looks at everything anyway.
    let _ = poll(&mut waiting, Some(&limit));
}

/// The clock of a connection, in microseconds since it was made.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Instant);

impl Clock {
    /// A clock at zero.
    #[must_use]
    pub fn start() -> Clock {
        Clock(Instant::now())
    }

    /// The time.
    #[must_use]
    pub fn now_us(&self) -> u64 {
        self.0.elapsed().as_micros() as u64
    }
}
