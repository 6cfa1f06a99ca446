//! The progress line of a long run: how far, how fast, how good, how long still. Shown only on a terminal.

use super::Output;
use crate::experiment::{Observer, Progress};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Shortest time between two redraws, so that a fast loop does not spend itself on the terminal.
const REDRAW: Duration = Duration::from_millis(100);
/// Cells of the bar.
const WIDTH: u64 = 24;

/// Draws progress on the status line of an [`Output`].
pub struct ProgressLine<'o, 'a> {
    output: &'o mut Output<'a>,
    /// Label of the phase under way, and when it began: remaining time and rate are those of the phase.
    phase: Option<(&'static str, Instant)>,
    /// The newest report: a phase that first reports after some work began when the one before ended.
    heard: Instant,
    drawn: Option<Instant>,
}

impl<'o, 'a> ProgressLine<'o, 'a> {
    /// Draws nothing yet.
    pub fn new(output: &'o mut Output<'a>) -> Self {
        ProgressLine { output, phase: None, heard: Instant::now(), drawn: None }
    }
}

impl Observer for ProgressLine<'_, '_> {
    fn progress(&mut self, progress: &Progress) {
        let begun = match self.phase {
            Some((label, begun)) if label == progress.label => begun,
            _ => {
                let begun = if progress.done == 0 { Instant::now() } else { self.heard };
                self.phase.insert((progress.label, begun)).1
            }
        };
        self.heard = Instant::now();
        let due = self.drawn.is_none_or(|drawn| drawn.elapsed() >= REDRAW) || progress.done == progress.total;
        if due && self.output.shows_progress() {
            self.output.status(&text(progress, begun.elapsed().as_secs_f64()));
            self.drawn = Some(Instant::now());
        }
    }

    fn remark(&mut self, text: &str) {
        self.output.remark(text);
    }

    fn warn(&mut self, text: &str) {
        self.output.warn(text);
    }
}

/// The line after `elapsed_s` seconds of work.
fn text(progress: &Progress, elapsed_s: f64) -> String {
    let Progress { label, done, total, .. } = progress;
    let filled = (WIDTH * done.min(total)).checked_div(*total).unwrap_or(WIDTH) as usize;
    let mut line = format!("{label} {done}/{total} ");
    let _ = write!(line, "[{}{}]", "=".repeat(filled), " ".repeat(WIDTH as usize - filled));
    if let Some(accuracy) = progress.accuracy {
        let _ = write!(line, "  accuracy {:.1} %", 100.0 * accuracy);
    }
    if let Some(loss) = progress.loss {
        let _ = write!(line, "  loss {loss:.4}");
    }
    if progress.samples > 0 && elapsed_s > 0.0 {
        let _ = write!(line, "  {:.0} samples/s", progress.samples as f64 / elapsed_s);
    }
    if 0 < *done && done < total {
        let left_s = elapsed_s * (total - done) as f64 / *done as f64;
        let _ = write!(line, "  {} left", duration(left_s));
    }
    line
}

/// `h:mm:ss` or `m:ss`.
fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_rate_and_remaining_time() {
        let progress = Progress {
            label: "epoch",
            done: 5,
            total: 20,
            samples: 25_000,
            accuracy: Some(0.876),
            loss: Some(0.25),
        };
        assert_eq!(
            text(&progress, 30.0),
            "epoch 5/20 [======                  ]  accuracy 87.6 %  loss 0.2500  833 samples/s  1:30 left"
        );
    }

    #[test]
    fn says_nothing_it_does_not_know() {
        let progress = Progress { label: "step", done: 0, total: 0, ..Progress::default() };
        assert_eq!(text(&progress, 1.0), "step 0/0 [========================]");
        assert_eq!(duration(3_725.0), "1:02:05");
    }
}
