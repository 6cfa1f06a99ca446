//! How a host reconstructs times (electronicvisions fisch: src/fisch/vx/playback_decoder.cpp), to check the FPGA against.

use super::super::annotation::MAX_EVENT_AGE;
use super::super::timer::SYSTIME_MASK;
use crate::message::FromFpga;

/// The host's side: follows the annotation of a response stream.
#[derive(Default)]
pub struct HostTime {
    time: u64,
}

impl HostTime {
    /// Time of this message in FPGA cycles; messages must be given in order, from the begin of a program's responses.
    pub fn advance(&mut self, message: &FromFpga) -> u64 {
        self.time = match *message {
            FromFpga::Systime { systime } => systime,
            FromFpga::Sysdelta { delta } => self.time + 1 + u64::from(delta),
            _ => self.time + 1,
        } & SYSTIME_MASK;
        self.time
    }
}

/// Chip time, in FPGA cycles, of an event with this stamp in a message with this annotated time.
#[must_use]
pub const fn chip_time(annotation: u64, timestamp: u8) -> u64 {
    let candidate = annotation & !MAX_EVENT_AGE | (timestamp >> 1) as u64;
    if candidate > annotation { candidate.wrapping_sub(MAX_EVENT_AGE + 1) & SYSTIME_MASK } else { candidate }
}
