//! Frames as they travel in UDP datagrams, all fields big endian: a reset (4 bytes to a port of its own), an acknowledge
//! (4 bytes), or data (12 bytes of header, then words).

use super::parameters::{MAX_WORDS, SEQUENCE_NUMBERS};
use thiserror::Error;

/// The reset frame.
pub const RESET: [u8; 4] = [0xab; 4];
/// Bytes of an acknowledge.
const ACK_BYTES: usize = 4;
/// Bytes before the words of a data frame.
const HEADER_BYTES: usize = 12;
/// Longest frame, bytes.
pub const MAX_BYTES: usize = HEADER_BYTES + 8 * MAX_WORDS;

/// A frame on the data port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// Number of the last frame received in order.
    Ack(u32),
    /// Words, with an acknowledge on top.
    Data(Data),
}

/// A data frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data {
    /// Number of the last frame received in order.
    pub ack: u32,
    /// Number of this frame.
    pub sequence: u32,
    /// What the words are for.
    pub pid: u16,
    /// 1..=180 words.
    pub words: Vec<u64>,
}

/// Why a datagram is no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FrameError {
    /// Neither the length of an acknowledge nor that of data.
    #[error("a datagram of {bytes} bytes is neither an acknowledge (4) nor data (12 + 8 n)")]
    Length {
        /// Its length.
        bytes: usize,
    },
    /// Length and number of words disagree.
    #[error("a data frame of {bytes} bytes cannot hold LEN = {words} words")]
    Words {
        /// Its length.
        bytes: usize,
        /// What its header says.
        words: u16,
    },
    /// No words, or too many.
    #[error("a data frame has 1 to 180 words, not LEN = {words}")]
    Size {
        /// What its header says.
        words: u16,
    },
    /// A sequence number out of range.
    #[error("sequence number {number} is not below 256")]
    Sequence {
        /// What its header says.
        number: u32,
    },
    /// An acknowledge number out of range.
    #[error("acknowledge number {number} is not below 256")]
    Ack {
        /// What it says.
        number: u32,
    },
    /// Something else on the reset port.
    #[error("a datagram of {bytes} bytes on the reset port is no reset frame")]
    Reset {
        /// Its length.
        bytes: usize,
    },
}

fn half_word(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from(half_word(bytes, at)) << 16 | u32::from(half_word(bytes, at + 2))
}

/// The acknowledge number in front of a frame.
fn ack_number(bytes: &[u8]) -> Result<u32, FrameError> {
    let number = number(bytes, 0);
    if number < SEQUENCE_NUMBERS { Ok(number) } else { Err(FrameError::Ack { number }) }
}

impl Frame {
    /// Reads a datagram of the data port.
    ///
    /// # Errors
    /// When it is no frame.
    pub fn decode(bytes: &[u8]) -> Result<Frame, FrameError> {
        match bytes.len() {
            ACK_BYTES => Ok(Frame::Ack(ack_number(bytes)?)),
            HEADER_BYTES.. => Ok(Frame::Data(Data::decode(bytes)?)),
            bytes => Err(FrameError::Length { bytes }),
        }
    }

    /// Writes the frame into `out`, which is cleared first.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Frame::Ack(ack) => {
                out.clear();
                out.extend(ack.to_be_bytes());
            }
            Frame::Data(data) => data.encode(out),
        }
    }
}

impl Data {
    fn decode(bytes: &[u8]) -> Result<Data, FrameError> {
        let (ack, sequence) = (ack_number(bytes)?, number(bytes, 4));
        let (pid, len) = (half_word(bytes, 8), half_word(bytes, 10));
        if sequence >= SEQUENCE_NUMBERS {
            return Err(FrameError::Sequence { number: sequence });
        }
        if !(1..=MAX_WORDS).contains(&usize::from(len)) {
            return Err(FrameError::Size { words: len });
        }
        let body = &bytes[HEADER_BYTES..];
        if body.len() != 8 * usize::from(len) {
            return Err(FrameError::Words { bytes: bytes.len(), words: len });
        }
        let (words, _) = body.as_chunks::<8>();
        Ok(Data { ack, sequence, pid, words: words.iter().map(|word| u64::from_be_bytes(*word)).collect() })
    }

    /// Writes the frame into `out`, which is cleared first.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.clear();
        out.extend(self.ack.to_be_bytes());
        out.extend(self.sequence.to_be_bytes());
        out.extend(self.pid.to_be_bytes());
        out.extend((self.words.len() as u16).to_be_bytes());
        out.extend(self.words.iter().flat_map(|word| word.to_be_bytes()));
    }
}

/// Checks a datagram of the reset port.
///
/// # Errors
/// When it is no reset.
pub fn decode_reset(bytes: &[u8]) -> Result<(), FrameError> {
    if bytes == RESET { Ok(()) } else { Err(FrameError::Reset { bytes: bytes.len() }) }
}
