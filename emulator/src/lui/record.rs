//! Running a bench: samples of everything an oscilloscope and the eye see, and all edges of the outputs.

use super::build::Bench;
use super::file::NetworkFile;
use crate::experiment::{Observer, Progress};
use hx_lui::{Board, OutputEdge, Time, View};

/// What was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Instants of the samples, s.
    pub at_s: Vec<f64>,
    /// Samples of each board.
    pub views: Vec<Vec<View>>,
    /// Pulses of each board: begin and end, s. One that had not ended ends with the run.
    pub pulses: Vec<Vec<(f64, f64)>>,
    /// Edges of all outputs.
    pub edges: Vec<OutputEdge>,
}

/// Runs the bench over the whole duration.
pub fn record(bench: &Bench, file: &NetworkFile, observer: &mut dyn Observer) -> Recording {
    let mut network = bench.network.clone();
    bench.changes.iter().for_each(|&change| network.announce(change));
    let count = (file.duration_s / file.sample_s + 1e-9) as u64;
    let boards = bench.names.len();
    let mut recording = Recording {
        at_s: Vec::new(),
        views: vec![Vec::new(); boards],
        pulses: vec![Vec::new(); boards],
        edges: Vec::new(),
    };
    for index in 0..=count {
        let at = Time::from_s(index as f64 * file.sample_s);
        network.advance(at, &mut recording.edges);
        recording.at_s.push(at.s());
        for (board, views) in recording.views.iter_mut().enumerate() {
            views.extend(network.view(board));
        }
        if index % 64 == 0 || index == count {
            observer.progress(&Progress {
                label: "sample",
                done: index,
                total: count,
                ..Progress::default()
            });
        }
    }
    network.advance(Time::from_s(file.duration_s), &mut recording.edges);
    recording.pulses = (0..boards).map(|board| pulses(&recording.edges, board, file.duration_s)).collect();
    recording
}

fn pulses(edges: &[OutputEdge], board: usize, end_s: f64) -> Vec<(f64, f64)> {
    let mut pulses: Vec<(f64, f64)> = Vec::new();
    for edge in edges.iter().filter(|edge| edge.board == board) {
        match pulses.last_mut() {
            Some(pulse) if !edge.rising => pulse.1 = edge.at.s(),
            _ => pulses.push((edge.at.s(), end_s)),
        }
    }
    pulses
}

impl Recording {
    /// Samples of a board from one time to another, s, with their instants.
    pub fn samples(&self, board: usize, from_s: f64, to_s: f64) -> impl Iterator<Item = (f64, &View)> {
        let inside = move |at_s: f64| from_s <= at_s && at_s <= to_s;
        self.at_s.iter().copied().zip(&self.views[board]).filter(move |(at_s, _)| inside(*at_s))
    }

    /// Pulses of a board that begin from one time to before another, s.
    pub fn pulses_in(&self, board: usize, from_s: f64, to_s: f64) -> Vec<(f64, f64)> {
        let inside = |pulse: &&(f64, f64)| from_s <= pulse.0 && pulse.0 < to_s;
        self.pulses[board].iter().filter(inside).copied().collect()
    }
}

/// A board with its knobs and its current as they are at a time; its membrane and everything else that moves is not.
pub fn settings_at(bench: &Bench, board: usize, at: Time) -> Board {
    let mut setting = bench.network.boards()[board].clone();
    for change in bench.changes.iter().filter(|change| change.board == board && change.at <= at) {
        match change.action {
            hx_lui::Action::Turn(turn) => setting.turn(Time::ZERO, turn),
            hx_lui::Action::Current(current_a) => setting.inject(Time::ZERO, current_a),
            hx_lui::Action::Input(..) | hx_lui::Action::Membrane(_) => {}
        }
    }
    setting
}
