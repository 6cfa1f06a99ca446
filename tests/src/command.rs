//! The command line run in this process, with what it printed.

use hxemu::cli::{Streams, main_with};
use serde_json::Value;

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Exit code.
    pub code: u8,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ended {
    /// The JSON object of each line of standard output.
    ///
    /// # Panics
    /// If a line is no JSON.
    #[must_use]
    pub fn json_lines(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        self.out.lines().map(parse).collect()
    }
}

/// Runs `hxemu` with these arguments.
#[must_use]
pub fn hxemu(arguments: &[&str]) -> Ended {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments = std::iter::once("hxemu").chain(arguments.iter().copied());
    let code = main_with(arguments, Streams::plain(&mut out, &mut err));
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ended { code, out: text(out), err: text(err) }
}
