//! What an FPGA answers to a reset: the parameters of the protocol and a text about itself. Text travels as bytes in their
//! natural order, ended by a zero byte and filled with zeros to whole words.

use super::endpoint::Packet;
use super::parameters::{MAX_WORDS, SEQUENCE_NUMBERS, WINDOW, pid};
use thiserror::Error;

/// Words before the text.
const HEADER_WORDS: usize = 4;
/// Most words of text a client reads.
pub const MAX_TEXT_WORDS: usize = 1 << 16;

/// Why the answer to a reset cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InfoError {
    /// The other side is built with other parameters.
    #[error(
        "the other side has {0:?} for sequence numbers, window and words per frame, not {SEQUENCE_NUMBERS}, {WINDOW} and {MAX_WORDS}"
    )]
    Parameters([u64; 3]),
    /// Not even the parameters are there.
    #[error("the answer to the reset has {0} words, fewer than its {HEADER_WORDS} parameters")]
    Short(usize),
    /// The text is implausibly long.
    #[error("the answer to the reset announces {0} words of text")]
    Long(u64),
    /// The text is none.
    #[error("the text is not ended by a zero byte, or is no UTF-8")]
    Text,
}

/// Text as words.
#[must_use]
pub fn words_from_text(text: &str) -> Vec<u64> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize((bytes.len() / 8 + 1) * 8, 0);
    let (words, _) = bytes.as_chunks::<8>();
    words.iter().map(|word| u64::from_be_bytes(*word)).collect()
}

/// Words as text, up to the first zero byte.
///
/// # Errors
/// When there is no zero byte, or the text is no UTF-8.
pub fn text_from_words(words: &[u64]) -> Result<String, InfoError> {
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    let end = bytes.iter().position(|byte| *byte == 0).ok_or(InfoError::Text)?;
    bytes.truncate(end);
    String::from_utf8(bytes).map_err(|_| InfoError::Text)
}

/// Words as packets of one id.
pub fn packets(pid: u16, words: &[u64]) -> impl Iterator<Item = Packet> {
    words.chunks(MAX_WORDS).map(move |words| Packet { pid, words: words.to_vec() })
}

/// The answer to a reset.
#[must_use]
pub fn answer(text: &str) -> Vec<Packet> {
    let text = words_from_text(text);
    let parameters = [SEQUENCE_NUMBERS.into(), WINDOW.into(), MAX_WORDS as u64, text.len() as u64];
    packets(pid::CONFIGURATION, &[&parameters[..], &text].concat()).collect()
}

/// The text in the answer to a reset; nothing if more words are to come.
///
/// # Errors
/// When the parameters are others, or the text is none.
pub fn text_of_answer(words: &[u64]) -> Result<Option<String>, InfoError> {
    let Some(&[numbers, window, most, length]) = words.first_chunk::<HEADER_WORDS>() else {
        return Err(InfoError::Short(words.len()));
    };
    if [numbers, window, most] != [SEQUENCE_NUMBERS.into(), WINDOW.into(), MAX_WORDS as u64] {
        return Err(InfoError::Parameters([numbers, window, most]));
    }
    if length > MAX_TEXT_WORDS as u64 {
        return Err(InfoError::Long(length));
    }
    words[HEADER_WORDS..].get(..length as usize).map(text_from_words).transpose()
}

/// A description of an FPGA as its text. The client's software asks for `version` and `compatible_until` (electronicvisions
/// hxcomm: include/hxcomm/vx/bitfile info checks) and ignores what else there is.
#[must_use]
pub fn describe(entries: &[(&str, String)]) -> String {
    let fixed = [("version", "4".to_owned()), ("compatible_until", "0".to_owned())];
    fixed.iter().chain(entries).map(|(key, value)| format!("{key}: {value}\n")).collect()
}
