//! Messages in streams of 64-bit words: the byte-granular packing of messages from the FPGA, decoders that carry their state
//! from call to call, and the big-endian byte form of files and frames. Comma rules as in electronicvisions hxcomm:
//! include/hxcomm/common/utmessage.tcc; a set bit 63, or a set first bit of the unread rest of a word, makes it padding.

use super::table::{FROM_FPGA, FromFpga, TO_FPGA, ToFpga};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Bit that makes a word, or the rest of one, padding.
pub const COMMA: u64 = 1 << 63;

/// What is wrong with a stream of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StreamError {
    /// No message has this id.
    #[error("word {word}: unknown message id 0x{id:02x}")]
    UnknownId {
        /// Position of the word in which the message begins, from 0.
        word: u64,
        /// The header byte.
        id: u8,
    },
    /// The stream ends within a message.
    #[error("word {word}: the stream ends within a message")]
    Unfinished {
        /// Position of the word in which the message begins, from 0.
        word: u64,
    },
    /// A file of words does not end with a whole word.
    #[error("byte {byte}: the last word is cut off ({missing} of 8 bytes missing)")]
    TruncatedWord {
        /// Position of the first byte of the incomplete word, from 0.
        byte: u64,
        /// Bytes that would complete it.
        missing: u32,
    },
}

/// Reads 64-bit words from their big-endian bytes.
///
/// # Errors
/// When the last word is incomplete.
pub fn words_from_bytes(bytes: &[u8]) -> Result<Vec<u64>, StreamError> {
    let (words, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() {
        let byte = (bytes.len() - rest.len()) as u64;
        return Err(StreamError::TruncatedWord { byte, missing: 8 - rest.len() as u32 });
    }
    Ok(words.iter().map(|word| u64::from_be_bytes(*word)).collect())
}

/// The big-endian bytes of 64-bit words.
#[must_use]
pub fn words_to_bytes(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// Decodes a whole to-FPGA stream; comma words are skipped.
///
/// # Errors
/// When a word carries an unknown id.
pub fn decode_to_fpga(words: &[u64]) -> Result<Vec<ToFpga>, StreamError> {
    let mut messages = Vec::with_capacity(words.len());
    for (position, &word) in words.iter().enumerate() {
        match ToFpga::decode(word) {
            Some(message) => messages.push(message),
            None if word & COMMA != 0 => {}
            None => return Err(StreamError::UnknownId { word: position as u64, id: (word >> 56) as u8 }),
        }
    }
    Ok(messages)
}

/// Packs messages from the FPGA densely into words. A message may begin at any byte of a word; [`Packer::close`] pads the last
/// word with a comma.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packer {
    /// Bits of the unfinished word, left aligned.
    partial: u64,
    /// How many they are, 0..=63.
    partial_bits: u32,
}

impl Packer {
    /// Appends a message; words that become complete go to `out`.
    #[inline]
    pub fn push(&mut self, message: FromFpga, out: &mut Vec<u64>) {
        let encoded = message.encode_bits();
        if encoded.bits == 64 {
            self.push_bits(encoded.value as u64, 64, out);
        } else {
            self.push_bits((encoded.value >> 16) as u64, 64, out);
            self.push_bits((encoded.value << 48) as u64, encoded.bits - 64, out);
        }
    }

    /// Appends `bits` (1..=64) bits that stand left aligned in `value`.
    #[inline]
    fn push_bits(&mut self, value: u64, bits: u32, out: &mut Vec<u64>) {
        let word = self.partial | value >> self.partial_bits;
        let filled = self.partial_bits + bits;
        if filled < 64 {
            (self.partial, self.partial_bits) = (word, filled);
            return;
        }
        out.push(word);
        self.partial = if self.partial_bits == 0 { 0 } else { value << (64 - self.partial_bits) };
        self.partial_bits = filled - 64;
    }

    /// Closes an unfinished word with a comma.
    pub fn close(&mut self, out: &mut Vec<u64>) {
        if self.partial_bits > 0 {
            out.push(self.partial | COMMA >> self.partial_bits);
        }
        *self = Self::default();
    }
}

/// Decodes messages from the FPGA out of words; a message may be split over two calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromFpgaDecoder {
    /// Unread bits, right aligned.
    buffer: u128,
    /// How many they are; at most 64, because every message is a multiple of 16 bits long.
    bits: u32,
    /// Words taken so far.
    words: u64,
    /// Position of the word in which the unfinished message begins.
    begin: u64,
}

impl FromFpgaDecoder {
    /// Takes words and appends the messages that they complete.
    ///
    /// # Errors
    /// At an unknown id, which makes the rest of the stream unreadable.
    pub fn push(&mut self, words: &[u64], messages: &mut Vec<FromFpga>) -> Result<(), StreamError> {
        words.iter().try_for_each(|&word| self.push_word(word, messages))
    }

    fn push_word(&mut self, word: u64, messages: &mut Vec<FromFpga>) -> Result<(), StreamError> {
        let position = self.words;
        self.words += 1;
        if self.bits == 0 {
            self.begin = position;
            if word & COMMA != 0 {
                return Ok(());
            }
        }
        self.buffer = self.buffer << 64 | u128::from(word);
        self.bits += 64;
        while self.take_message(messages)? {
            self.begin = position;
            if self.bits > 0 && self.buffer >> (self.bits - 1) & 1 == 1 {
                self.bits = 0;
            }
        }
        self.buffer &= (1 << self.bits) - 1;
        Ok(())
    }

    /// Takes one message off the front of the buffer if it is there in full.
    fn take_message(&mut self, messages: &mut Vec<FromFpga>) -> Result<bool, StreamError> {
        if self.bits < 8 {
            return Ok(false);
        }
        let id = (self.buffer >> (self.bits - 8)) as u8;
        let row = FROM_FPGA.get(usize::from(id)).ok_or(StreamError::UnknownId { word: self.begin, id })?;
        let size = row.message_bits();
        if self.bits < size {
            return Ok(false);
        }
        let payload = self.buffer >> (self.bits - size) & ((1 << row.payload_bits) - 1);
        self.bits -= size;
        self.buffer &= (1 << self.bits) - 1;
        messages.extend(FromFpga::decode_payload(id, payload));
        Ok(true)
    }

    /// Whether the stream may end here.
    ///
    /// # Errors
    /// When a message is incomplete.
    pub fn finish(&self) -> Result<(), StreamError> {
        if self.bits == 0 { Ok(()) } else { Err(StreamError::Unfinished { word: self.begin }) }
    }
}

/// Decodes a whole from-FPGA stream.
///
/// # Errors
/// At an unknown id, and when the stream ends within a message.
pub fn decode_from_fpga(words: &[u64]) -> Result<Vec<FromFpga>, StreamError> {
    let mut decoder = FromFpgaDecoder::default();
    let mut messages = Vec::new();
    decoder.push(words, &mut messages)?;
    decoder.finish()?;
    Ok(messages)
}

/// Packs messages from the FPGA into words and closes the last one.
#[must_use]
pub fn encode_from_fpga(messages: &[FromFpga]) -> Vec<u64> {
    let mut packer = Packer::default();
    let mut words = Vec::new();
    messages.iter().for_each(|&message| packer.push(message, &mut words));
    packer.close(&mut words);
    words
}

/// Encodes a to-FPGA program.
#[must_use]
pub fn encode_to_fpga(messages: &[ToFpga]) -> Vec<u64> {
    messages.iter().map(|message| message.encode()).collect()
}

const _: () = assert!(TO_FPGA.len() == 16 && FROM_FPGA.len() == 13);
