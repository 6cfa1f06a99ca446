//! Every number of the protocol in one table. Those of the wire are fixed when the chip's own client is compiled (electronicvisions
//! sctrltp: include/sctrltp/sctrltp_defines.h, `ParametersFcpBss2Cube`); the client compares the first three with what the FPGA
//! answers and leaves if they differ.

use serde::{Deserialize, Serialize};

/// Sequence numbers in use: 0..256.
pub const SEQUENCE_NUMBERS: u32 = 256;
/// Frames that may be sent before the first of them is acknowledged, in each direction.
pub const WINDOW: u32 = 128;
/// Most words of a data frame.
pub const MAX_WORDS: usize = 180;
/// Acknowledge number of a side that has received nothing yet.
pub const NOTHING_RECEIVED: u32 = SEQUENCE_NUMBERS - 1;
/// Port at which the FPGA takes resets.
pub const RESET_PORT: u16 = 45054;
/// Port at which the FPGA exchanges acknowledges and data.
pub const DATA_PORT: u16 = 1234;

/// What a packet is for.
pub mod pid {
    /// The stream of messages, both ways.
    pub const UT_STREAM: u16 = 0x0010;
    /// The FPGA sends the words back.
    pub const LOOPBACK: u16 = 0x8001;
    /// Parameters and description of the FPGA, sent after a reset.
    pub const CONFIGURATION: u16 = 0x8002;
    /// The host is about to leave.
    pub const FLUSH: u16 = 0x8000;
    /// Questions and orders to the emulator itself, which no FPGA understands; unused by the chip's own software.
    pub const EMULATOR: u16 = 0x4858;
}

/// When one side acknowledges what it received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Acknowledge {
    /// Every data frame at once, as the FPGA does: the host's throughput follows from it.
    Immediately,
    /// At most one frame with nothing but an acknowledge per this many microseconds, as the host does.
    Delayed(u64),
}

/// Whether a side holds back while frames are lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Congestion {
    /// The whole window is used at once.
    Ignored,
    /// The window begins with one frame, grows with every acknowledge and begins anew after a loss, as on the host.
    Avoided,
}

/// Behaviour of one side, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// Shortest time from sending a frame to sending it again, if it is not acknowledged; longer where round trips are.
    pub resend_us: u64,
    /// The longest such time.
    pub longest_resend_us: u64,
    /// How received frames are acknowledged.
    pub acknowledge: Acknowledge,
    /// How the window is used.
    pub congestion: Congestion,
    /// After this long without a frame from the other side nothing is sent again until one comes.
    pub patience_us: u64,
    /// Packets that may wait for a place in the window.
    pub queue: usize,
}

impl Behaviour {
    /// The FPGA. Its resending is part of the protocol, not only a remedy: the host acknowledges when frames arrive, at most
    /// once per 500 us, so the last frame of a burst may have to come twice.
    pub const FPGA: Behaviour = Behaviour {
        resend_us: 1000,
        longest_resend_us: 20_000,
        acknowledge: Acknowledge::Immediately,
        congestion: Congestion::Ignored,
        patience_us: 5_000_000,
        queue: WINDOW as usize,
    };
    /// The host. The chip's own client resends after 756 us counted in ticks of 100 us, that is after about 1 ms, whatever
    /// the round trip.
    pub const HOST: Behaviour = Behaviour {
        resend_us: 1000,
        longest_resend_us: 20_000,
        acknowledge: Acknowledge::Delayed(500),
        congestion: Congestion::Avoided,
        patience_us: 10_000_000,
        queue: WINDOW as usize,
    };
}
