//! What the emulator's own client may ask of a served setup beside the FPGA's protocol, under a packet id that no FPGA knows. It
//! is what a link in this process can do by itself: begin with a fresh chip, run programs on copies, and report.

use crate::arq::info::{InfoError, text_from_words, words_from_text};
use crate::link::LinkStatistics;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The key in an FPGA's description that says that it understands orders.
pub const EMULATOR_KEY: &str = "emulator";

/// What is asked. The next order is only taken when this one is answered and the playback memory is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// What the setup says about its chip.
    Describe,
    /// Switch FPGA and chip off and on. The text says with what, in words of whoever makes the chips.
    PowerCycle(String),
    /// Run the next programs on copies of the chip.
    Batch {
        /// Number of the first run.
        first_run: u64,
        /// How many programs follow.
        programs: u32,
    },
    /// What was counted.
    Report,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It is done.
    Done,
    /// To [`Order::Describe`].
    Description(String),
    /// To [`Order::Report`].
    Report {
        /// Counters of the FPGA and chip time, copies included.
        statistics: LinkStatistics,
        /// What the chip noted, in words of whoever makes the chips.
        chip: String,
    },
    /// It cannot be done, with the reason.
    Refused(String),
}

/// Why words are no order or answer.
#[derive(Debug, Error)]
pub enum OrderError {
    /// Not even text.
    #[error(transparent)]
    Text(#[from] InfoError),
    /// Text, but none that is understood.
    #[error("not understood: {0}")]
    Json(#[from] serde_json::Error),
}

/// An order or answer as words.
///
/// # Errors
/// When it has a part that JSON cannot hold.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u64>, OrderError> {
    Ok(words_from_text(&serde_json::to_string(value)?))
}

/// An order or answer from words.
///
/// # Errors
/// When they are none.
pub fn decode<'a, T: Deserialize<'a>>(words: &[u64], text: &'a mut String) -> Result<T, OrderError> {
    *text = text_from_words(words)?;
    Ok(serde_json::from_str(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_survive_the_way() {
        for order in [
            Order::Describe,
            Order::PowerCycle("(noise_seed: 3)".into()),
            Order::Batch { first_run: u64::MAX, programs: 32 },
            Order::Report,
        ] {
            let words = encode(&order).unwrap();
            assert_eq!(decode::<Order>(&words, &mut String::new()).unwrap(), order);
        }
        for words in [&[][..], &[0], &[u64::MAX], &[0xff00 << 48]] {
            assert!(decode::<Order>(words, &mut String::new()).is_err(), "{words:x?}");
        }
    }
}
