//! What is recorded for each question, and what follows from it.

use super::{Found, PspConfig};
use crate::experiment::ExperimentError;
use crate::experiment::tutorial::lab::{Board, Protocol, Recording, Snippet, Source, fit};
use crate::plot::Point;
use hx_calib::codes::{EXC_GM, EXC_TAU};
use hx_host::driver::Hemisphere;
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;

/// Length of the recording under random input, us.
const NOISE_US: f64 = 2_000.0;
/// Random sources of each sign.
const SOURCES: u8 = 4;
/// Stacked events, and which of them inhibits.
const STACKED: (usize, usize) = (6, 1);
/// Events averaged for each time constant and strength.
const REPEATS: usize = 16;
/// Samples averaged for a fit: 0.27 us.
const THIN: usize = 8;

/// A calibrated neuron with a source, and the questions.
pub struct Setup<'a> {
    pub config: &'a PspConfig,
    board: Board,
    neuron: AtomicNeuronOnDLS,
    source: Source,
    inhibitory: Source,
}

impl<'a> Setup<'a> {
    pub fn new(
        config: &'a PspConfig,
        mut board: Board,
        neuron: AtomicNeuronOnDLS,
    ) -> Result<Setup<'a>, ExperimentError> {
        let _ = board.neuron(neuron).fires(false);
        let (source, inhibitory) = (board.host_source_on(0)?, board.host_source_on(0)?);
        Ok(Setup { config, board, neuron, source, inhibitory })
    }

    /// When an event of a window comes, us.
    pub fn event_us(&self) -> f64 {
        0.2 * self.config.window_us
    }

    fn largest(&self) -> i32 {
        self.config.weights[self.config.weights.len() - 1]
    }

    /// The programs: weights, trials, stacking, noise, then one for each time constant and strength.
    pub fn runs(&self, seed: u64) -> Result<Vec<(Board, Protocol)>, ExperimentError> {
        let weights = self.windows(self.config.weights.iter().copied())?;
        let trials = self.windows(std::iter::repeat_n(self.largest(), self.config.trials))?;
        let mut runs = vec![weights, trials, self.stack()?, self.noise(seed)?];
        for (cell, codes) in [(EXC_TAU, &self.config.tau_codes), (EXC_GM, &self.config.gm_codes)] {
            for &code in codes {
                let mut run = self.windows(std::iter::repeat_n(self.largest(), REPEATS))?;
                let _ = run.0.neuron(self.neuron).cell(cell, code)?;
                run.1.snippets.iter_mut().for_each(|snippet| snippet.board = None);
                runs.push(run);
            }
        }
        Ok(runs)
    }

    /// One event per window, with these weights.
    fn windows(&self, weights: impl Iterator<Item = i32>) -> Result<(Board, Protocol), ExperimentError> {
        let mut board = self.board.clone();
        let mut snippets = Vec::new();
        let mut last = None;
        for weight in weights {
            board.connect(self.source, self.neuron, weight)?;
            let changed = (last != Some(weight)).then(|| board.clone());
            let spikes = vec![(self.event_us(), self.source)];
            snippets.push(Snippet { duration_us: self.config.window_us, spikes, board: changed });
            last = Some(weight);
        }
        Ok((board, Protocol::new(snippets).membrane_of(self.neuron)))
    }

    fn stack_times(&self) -> Vec<(f64, bool)> {
        let at = |index: usize| self.event_us() + self.config.stacked.0 * index as f64;
        (0..STACKED.0).map(|index| (at(index), index == STACKED.1)).collect()
    }

    fn stack(&self) -> Result<(Board, Protocol), ExperimentError> {
        let mut board = self.board.clone();
        board.connect(self.source, self.neuron, self.config.stacked.1)?;
        board.connect(self.inhibitory, self.neuron, -self.config.stacked.1)?;
        let spike = |(us, inhibits)| (us, if inhibits { self.inhibitory } else { self.source });
        let spikes: Vec<_> = self.stack_times().into_iter().map(spike).collect();
        let duration_us = self.config.window_us + self.config.stacked.0 * STACKED.0 as f64;
        let protocol = Protocol::new(vec![Snippet::with_spikes(duration_us, spikes)]);
        Ok((board, protocol.membrane_of(self.neuron)))
    }

    fn noise(&self, seed: u64) -> Result<(Board, Protocol), ExperimentError> {
        let mut board = self.board.clone();
        let hemisphere = if self.neuron.y() == 0 { Hemisphere::Top } else { Hemisphere::Bottom };
        let (rate_khz, weight) = self.config.noise;
        for (signed, salt) in [(weight, 1), (-weight, 2)] {
            let seed = (seed as u32).wrapping_mul(0x9e37_79b9) ^ salt;
            for source in board.background_sources(hemisphere, 1e3 * rate_khz, SOURCES, seed)? {
                board.connect(source, self.neuron, signed)?;
            }
        }
        Ok((board, Protocol::new(vec![Snippet::quiet(NOISE_US)]).membrane_of(self.neuron)))
    }

    /// The samples of a window, with times since its beginning.
    pub fn window(&self, recording: &Recording, index: usize) -> Vec<Point> {
        let from = recording.boundaries_us[index];
        let samples = recording.samples_in(from, from + self.config.window_us);
        samples.iter().map(|&(us, code)| (us - from, code)).collect()
    }

    /// The potential of equal windows, from their mean.
    fn fit(&self, recording: &Recording, windows: std::ops::Range<usize>) -> fit::Psp {
        let count = windows.len() as f64;
        let each = windows.map(|index| fit::thinned(&self.window(recording, index), THIN));
        let mean =
            each.reduce(|sum, window| sum.iter().zip(&window).map(|(a, b)| (a.0 + b.0, a.1 + b.1)).collect());
        let mean: Vec<Point> =
            mean.unwrap_or_default().into_iter().map(|(us, code)| (us / count, code / count)).collect();
        fit::psp(&mean, self.event_us(), 3.0, 60.0)
    }

    pub fn evaluate(&self, recorded: &[Recording]) -> Found {
        let (tau_codes, gm_codes) = (&self.config.tau_codes, &self.config.gm_codes);
        let largest = self.fit(&recorded[1], 0..self.config.trials);
        // Small potentials do not say how long they are: all have the time constants of the largest.
        let with = |recording: &Recording, index: usize| {
            let points = fit::thinned(&self.window(recording, index), THIN);
            fit::psp_with(&points, self.event_us(), largest.slow, largest.fast).0
        };
        let each = |codes: &[u16], recordings: &[Recording]| {
            codes
                .iter()
                .zip(recordings)
                .map(|(&code, recording)| (code, self.fit(recording, 0..REPEATS)))
                .collect()
        };
        let (of_tau, of_gm) = recorded[4..].split_at(tau_codes.len());
        let weights = self.config.weights.iter().enumerate();
        let weights: Vec<_> = weights.map(|(index, &weight)| (weight, with(&recorded[0], index))).collect();
        let gm_code = self.board.clone().neuron(self.neuron).code(EXC_GM).into();
        Found {
            gm_code,
            trials: (0..self.config.trials).map(|trial| with(&recorded[1], trial).peak).collect(),
            stacked: self.superpose(&recorded[2], &weights),
            noise: self.campbell(&recorded[3], &weights),
            weights,
            taus: each(tau_codes, of_tau),
            strengths: each(gm_codes, of_gm),
        }
    }

    /// The single potential of a weight: the shape of the measured ones, their slope.
    fn single(&self, weights: &[(i32, fit::Psp)], weight: i32) -> fit::Psp {
        let (slope, _) = super::slope(weights, weight.signum());
        fit::Psp { base: 0.0, peak: slope * f64::from(weight), ..weights[weights.len() - 1].1 }
    }

    /// What stacked events did, and the sum of what single ones do.
    fn superpose(&self, recording: &Recording, weights: &[(i32, fit::Psp)]) -> (Vec<Point>, Vec<Point>) {
        let rest = recording.mean_in(0.0, self.event_us());
        let measured: Vec<Point> =
            fit::thinned(&recording.samples, THIN).into_iter().map(|(us, code)| (us, code - rest)).collect();
        let weight = self.config.stacked.1;
        let [excites, inhibits] = [weight, -weight].map(|weight| self.single(weights, weight));
        let at = |us: f64| -> f64 {
            let events = self.stack_times().into_iter();
            events
                .map(|(onset, inhibitory)| {
                    let single = if inhibitory { inhibits } else { excites };
                    fit::Psp { onset, ..single }.at(us)
                })
                .sum()
        };
        let sum = measured.iter().map(|&(us, _)| (us, at(us))).collect();
        (measured, sum)
    }

    /// Standard deviation of the membrane under random input: measured, and rate times squared potential (Campbell).
    fn campbell(&self, recording: &Recording, weights: &[(i32, fit::Psp)]) -> (f64, f64) {
        const STEP_US: f64 = 0.1;
        let codes: Vec<f64> = recording.samples.iter().map(|sample| sample.1).collect();
        let (rate_khz, weight) = self.config.noise;
        let squared = |weight: i32| -> f64 {
            let single = fit::Psp { onset: 0.0, ..self.single(weights, weight) };
            (0..5_000).map(|step| single.at(STEP_US * f64::from(step))).map(|v| v * v).sum::<f64>() * STEP_US
        };
        let variance = f64::from(SOURCES) * 1e-3 * rate_khz * (squared(weight) + squared(-weight));
        (fit::mean_and_spread(&codes).1, variance.sqrt())
    }
}
