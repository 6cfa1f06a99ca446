//! Where a verb prints: results on standard output as text or JSON, never both; remarks and errors on standard error.

use super::{CliError, Global};
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, Write};

/// The two standard streams and what stands behind them.
pub struct Streams<'a> {
    /// Results.
    pub stdout: &'a mut (dyn Write + Send),
    /// Progress, remarks, errors.
    pub stderr: &'a mut (dyn Write + Send),
    /// Who reads them.
    pub terminal: Terminal,
}

impl<'a> Streams<'a> {
    /// Streams that no person watches: no progress, no colour.
    pub fn plain(stdout: &'a mut (dyn Write + Send), stderr: &'a mut (dyn Write + Send)) -> Streams<'a> {
        Streams { stdout, stderr, terminal: Terminal::default() }
    }
}

/// What a terminal behind the streams is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terminal {
    /// Standard error is a terminal: a line on it can be overwritten.
    pub progress: bool,
    /// Standard output shows colours.
    pub stdout_colour: bool,
    /// Standard error shows colours.
    pub stderr_colour: bool,
}

/// What a verb prints to.
pub struct Output<'a> {
    streams: Streams<'a>,
    json: bool,
    quiet: bool,
    status_shown: bool,
}

impl<'a> Output<'a> {
    /// Prints to `streams` in the form the flags ask for.
    pub fn new(streams: Streams<'a>, global: &Global) -> Output<'a> {
        Output { streams, json: global.json, quiet: global.quiet, status_shown: false }
    }

    /// Whether the result is to be printed as JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// A line of text for a person; nothing under `--json`.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn line(&mut self, text: impl Display) -> Result<(), CliError> {
        if self.json {
            return Ok(());
        }
        self.clear_status();
        writeln!(self.streams.stdout, "{text}").map_err(CliError::Stdout)
    }

    /// One JSON object on a line; nothing without `--json`.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CliError> {
        if !self.json {
            return Ok(());
        }
        self.clear_status();
        let text = serde_json::to_string(value).map_err(|error| CliError::Bug(error.to_string()))?;
        writeln!(self.streams.stdout, "{text}").map_err(CliError::Stdout)
    }

    /// Columns of text for a person, as wide as their widest cell; nothing under `--json`. The last column is not padded.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn table(&mut self, rows: &[Vec<String>]) -> Result<(), CliError> {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width_of = |column: usize| {
            rows.iter().filter_map(move |row| row.get(column)).map(|cell| cell.chars().count())
        };
        let widths: Vec<usize> = (0..columns).map(|column| width_of(column).max().unwrap_or(0)).collect();
        for row in rows {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
            self.line(cells.join("  ").trim_end())?;
        }
        Ok(())
    }

    /// The word in green or red where colours are shown.
    #[must_use]
    pub fn verdict(&self, pass: bool) -> &'static str {
        match (self.streams.terminal.stdout_colour, pass) {
            (true, true) => "\x1b[32mpass\x1b[0m",
            (true, false) => "\x1b[31mFAIL\x1b[0m",
            (false, true) => "pass",
            (false, false) => "FAIL",
        }
    }

    /// A remark that only matters to somebody watching: shown on a terminal, unless `--quiet`.
    pub fn remark(&mut self, text: impl Display) {
        if self.shows_progress() {
            self.complain(text);
        }
    }

    /// Something the user needs in order to go on, on standard error unless `--quiet`.
    pub fn note(&mut self, text: impl Display) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// Something the user should know even when nobody is watching, unless `--quiet`.
    pub fn warn(&mut self, text: impl Display) {
        if !self.quiet {
            self.complain(format_args!("warning: {text}"));
        }
    }

    /// Why the verb failed.
    pub fn error(&mut self, error: &CliError) {
        let prefix = if self.streams.terminal.stderr_colour { "\x1b[1;31merror\x1b[0m" } else { "error" };
        self.complain(format_args!("{prefix}: {error}"));
    }

    /// A finding in the user's own files, which says itself how bad it is.
    pub fn diagnostic(&mut self, text: impl Display) {
        self.complain(text);
    }

    /// Writes a line to standard error; a failure there has nobody left to be told to.
    fn complain(&mut self, text: impl Display) {
        self.clear_status();
        let _ = writeln!(self.streams.stderr, "{text}");
    }

    /// Whether anybody sees progress.
    #[must_use]
    pub fn shows_progress(&self) -> bool {
        self.streams.terminal.progress && !self.quiet
    }

    /// Replaces the status line at the bottom of the terminal.
    pub fn status(&mut self, text: &str) {
        if self.shows_progress() {
            let _ = write!(self.streams.stderr, "\r\x1b[K{text}");
            let _ = self.streams.stderr.flush();
            self.status_shown = true;
        }
    }

    /// Removes the status line.
    pub fn clear_status(&mut self) {
        if std::mem::take(&mut self.status_shown) {
            let _ = write!(self.streams.stderr, "\r\x1b[K");
        }
    }

    /// Hands everything printed to the system.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn flush(&mut self) -> Result<(), CliError> {
        self.clear_status();
        self.streams.stdout.flush().map_err(CliError::Stdout)
    }

    /// The stream for results itself, for a verb that writes raw bytes there (`--out -`).
    pub fn stdout(&mut self) -> &mut (dyn io::Write + Send) {
        &mut *self.streams.stdout
    }
}
