//! A program as the words of the processor's memory, with its symbols as names for parameters and results.

use hx_isa::elf::{Memory, Program};
use thiserror::Error;

/// Words of a processor's memory.
pub const MEMORY_WORDS: usize = 4096;

/// What an image has not or cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImageError {
    /// No such symbol.
    #[error("the program has no symbol `{0}`")]
    NoSymbol(String),
    /// A value does not fit behind a symbol.
    #[error("{length} bytes at `{symbol}` do not fit: {reason}")]
    DoesNotFit {
        /// The symbol.
        symbol: String,
        /// Bytes wanted.
        length: usize,
        /// Why.
        reason: String,
    },
    /// A section lies in a memory that an image does not cover.
    #[error("section {0} does not lie in the processor's own memory")]
    Elsewhere(String),
}

/// The contents of a processor's memory before the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    program: Program,
    words: Vec<u32>,
}

impl Image {
    /// Lays out a program that needs no memory but the processor's own.
    ///
    /// # Errors
    /// When a section lies elsewhere.
    pub fn new(program: Program) -> Result<Image, ImageError> {
        let mut words = vec![0; MEMORY_WORDS];
        for segment in &program.segments {
            if segment.memory != Memory::Sram {
                return Err(ImageError::Elsewhere(segment.name.clone()));
            }
            for (address, byte) in (segment.offset..).zip(&segment.bytes) {
                set_byte(&mut words, address, *byte);
            }
        }
        Ok(Image { program, words })
    }

    /// All words of the memory.
    #[must_use]
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// The program with its symbols and lines.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Byte address of a symbol.
    ///
    /// # Errors
    /// When there is none.
    pub fn address(&self, symbol: &str) -> Result<u32, ImageError> {
        let found = self.program.symbol(symbol).ok_or_else(|| ImageError::NoSymbol(symbol.to_owned()))?;
        Ok(found.value)
    }

    /// Number of the word a symbol names.
    ///
    /// # Errors
    /// When there is none, or it is not aligned to a word.
    pub fn word_index(&self, symbol: &str) -> Result<usize, ImageError> {
        let address = self.address(symbol)?;
        if !address.is_multiple_of(4) || address as usize >= 4 * MEMORY_WORDS {
            let reason = format!("its address is {address:#x}");
            return Err(ImageError::DoesNotFit { symbol: symbol.to_owned(), length: 4, reason });
        }
        Ok(address as usize / 4)
    }

    /// Sets the word a symbol names.
    ///
    /// # Errors
    /// When there is no such symbol, or it is not aligned to a word.
    pub fn set_word(&mut self, symbol: &str, value: u32) -> Result<(), ImageError> {
        let index = self.word_index(symbol)?;
        self.words[index] = value;
        Ok(())
    }

    /// Sets the bytes from a symbol on; no more than its size.
    ///
    /// # Errors
    /// When there is no such symbol or it is smaller.
    pub fn set_bytes(&mut self, symbol: &str, bytes: &[u8]) -> Result<(), ImageError> {
        let found = self.program.symbol(symbol).ok_or_else(|| ImageError::NoSymbol(symbol.to_owned()))?;
        let (address, size) = (found.value, found.size as usize);
        if bytes.len() > size || address as usize + bytes.len() > 4 * MEMORY_WORDS {
            let reason = format!("it has {size} bytes");
            return Err(ImageError::DoesNotFit { symbol: symbol.to_owned(), length: bytes.len(), reason });
        }
        for (address, byte) in (address..).zip(bytes) {
            set_byte(&mut self.words, address, *byte);
        }
        Ok(())
    }
}

fn set_byte(words: &mut [u32], address: u32, byte: u8) {
    let shift = 24 - 8 * (address % 4);
    if let Some(word) = words.get_mut(address as usize / 4) {
        *word = *word & !(0xff << shift) | u32::from(byte) << shift;
    }
}
