//! Reading what a person wrote: files in RON, and numbers on the command line. Every error names file, line and column.

use serde::de::DeserializeOwned;
use std::path::Path;
use thiserror::Error;

/// What is wrong with a file somebody gave us.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InputError {
    /// The file as a whole: missing, unreadable, not text.
    #[error("{file}: {message}")]
    File {
        /// Path as given.
        file: String,
        /// What happened.
        message: String,
    },
    /// One place in the file.
    #[error("{file}:{line}:{column}: {message}")]
    Place {
        /// Path as given.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
}

/// A text file with the name it was given by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// Path as given, for messages.
    pub file: String,
    /// Contents.
    pub text: String,
}

impl SourceText {
    /// Reads a UTF-8 file.
    ///
    /// # Errors
    /// When the file cannot be read or is not UTF-8.
    pub fn read(path: &Path) -> Result<SourceText, InputError> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(SourceText { file, text }),
            Err(error) => Err(InputError::File { file, message: format!("cannot read: {error}") }),
        }
    }

    /// Parses the whole text as one RON value.
    ///
    /// # Errors
    /// At the place where the text stops being a `T`.
    pub fn parse_ron<T: DeserializeOwned>(&self) -> Result<T, InputError> {
        ron::from_str(&self.text).map_err(|error| InputError::Place {
            file: self.file.clone(),
            line: error.span.start.line,
            column: error.span.start.col,
            message: error.code.to_string(),
        })
    }
}

/// Reads a RON file.
///
/// # Errors
/// When the file cannot be read, or at the place where it is not a `T`.
pub fn read_ron<T: DeserializeOwned>(path: &Path) -> Result<T, InputError> {
    SourceText::read(path)?.parse_ron()
}

/// Parses a number written in decimal or as 0x-hexadecimal (underscores allowed), as a `clap` value parser.
///
/// # Errors
/// A sentence when the text is no such number or does not fit.
pub fn parse_u32(text: &str) -> Result<u32, String> {
    let digits = text.replace('_', "");
    let parsed = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) if hex.starts_with(|c: char| c.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16),
        Some(_) => return Err(format!("`{text}` has no hexadecimal digits after 0x")),
        None => digits.parse(),
    };
    parsed.map_err(|error| format!("`{text}` is no 32-bit number in decimal or 0x-hexadecimal: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Point {
        x: f64,
        y: f64,
    }

    fn parse(text: &str) -> Result<Point, String> {
        let source = SourceText { file: "p.ron".into(), text: text.into() };
        source.parse_ron().map_err(|error| error.to_string())
    }

    #[test]
    fn errors_name_the_place() {
        assert_eq!(parse("(x: 1.0, y: 2.0)"), Ok(Point { x: 1.0, y: 2.0 }));
        let unknown = parse("(\n  x: 1.0,\n  z: 2.0,\n)").unwrap_err();
        assert!(unknown.starts_with("p.ron:3:") && unknown.contains("`z`"), "{unknown}");
        let truncated = parse("(x: 1.0,\n y: ").unwrap_err();
        assert!(truncated.starts_with("p.ron:2:"), "{truncated}");
    }

    #[test]
    fn numbers_in_both_bases() {
        assert_eq!(parse_u32("1_000"), Ok(1000));
        assert_eq!(parse_u32("0x1002_0000"), Ok(0x1002_0000));
        for bad in ["", "0x", "0x-1", "-1", "4294967296", "12z"] {
            assert!(parse_u32(bad).is_err(), "{bad}");
        }
    }
}
