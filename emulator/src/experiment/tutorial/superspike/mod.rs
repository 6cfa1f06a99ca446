//! Tutorial 14: a neuron learns to spike at given times. Random spikes of 25 inputs reach it through signed synapses. A first
//! set of weights makes the target spikes; from other weights on, the host corrects them run by run with the SuperSpike rule,
//! from the spikes and the membrane that the chip returns.

mod pictures;
mod rule;

use super::lab::pictures::remark;
use super::lab::{Board, Lab, Protocol, Recording, Snippet, Source, fit, in_range};
use super::network::{Network, usual_targets};
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Progress, Report, csv};
use hx_calib::{Strength, Targets};
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;
use hx_learn::data::mt19937::Mt19937;
use rule::{BIN_US, Rule, distance, resampled};
use serde::{Deserialize, Serialize};

/// The neuron that learns.
pub struct SuperSpike;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SuperSpikeConfig {
    /// Runs of the training.
    pub epochs: u32,
    /// Inputs.
    pub inputs: usize,
    /// Length of a run, us.
    pub duration_us: f64,
    /// Rate of each input, Hz of chip time.
    pub input_rate_hz: f64,
    /// Time at the end of a run without input, us.
    pub silent_us: f64,
    /// Mean from which the weights that make the target are searched, and their standard deviation.
    pub target_weights: (f64, f64),
    /// Fewest and most spikes of a target.
    pub target_spikes: (usize, usize),
    /// Mean and standard deviation of the weights before training.
    pub initial_weights: (f64, f64),
    /// Learning rate; the tutorial has 20, with which weak chips need more epochs.
    pub eta: f64,
    /// Steepness of the surrogate derivative; the tutorial has 5.
    pub beta: f64,
    /// What the chip is calibrated to; the rule uses its time constants.
    pub targets: Targets,
}

impl Default for SuperSpikeConfig {
    fn default() -> SuperSpikeConfig {
        SuperSpikeConfig {
            epochs: 100,
            inputs: 25,
            duration_us: 200.0,
            input_rate_hz: 10e3,
            silent_us: 20.0,
            target_weights: (27.0, 1.0),
            target_spikes: (3, 4),
            initial_weights: (10.0, 20.0),
            eta: 60.0,
            beta: 4.0,
            targets: Targets {
                tau_mem_us: 10.0,
                tau_syn_us: 5.0,
                strength: Strength::PspLsbPerWeight(0.19),
                ..usual_targets()
            },
        }
    }
}

/// Largest magnitude of a weight.
const LARGEST_WEIGHT: f64 = 63.0;
/// A spike this close to its target has reached it, us.
const REACHED_US: f64 = 5.0;
/// Runs with the best weights.
const REPETITIONS: usize = 10;
/// Trainings of at least so many epochs are held to the figures of the whole tutorial.
const WHOLE: u32 = 60;

impl SuperSpikeConfig {
    fn check(&self) -> Result<(), ExperimentError> {
        in_range("epochs", self.epochs.into(), 1.0, 10_000.0)?;
        in_range("inputs", self.inputs as f64, 1.0, 100.0)?;
        in_range("duration_us", self.duration_us, 10.0, 10_000.0)?;
        in_range("input_rate_hz", self.input_rate_hz, 1.0, 1e6)?;
        in_range("silent_us", self.silent_us, 0.0, self.duration_us)?;
        in_range("target_weights", self.target_weights.0, -LARGEST_WEIGHT, LARGEST_WEIGHT)?;
        in_range("target_weights", self.target_weights.1, 0.0, LARGEST_WEIGHT)?;
        in_range("target_spikes", self.target_spikes.0 as f64, 1.0, self.target_spikes.1 as f64)?;
        in_range("initial_weights", self.initial_weights.0, -LARGEST_WEIGHT, LARGEST_WEIGHT)?;
        in_range("initial_weights", self.initial_weights.1, 0.0, LARGEST_WEIGHT)?;
        in_range("eta", self.eta, 0.0, 1e6)?;
        in_range("beta", self.beta, 0.0, 1e3)?;
        self.targets.check().map_err(|error| ExperimentError::Config(error.to_string()))
    }

    fn rule(&self) -> Rule {
        Rule { tau_mem_us: self.targets.tau_mem_us, tau_syn_us: self.targets.tau_syn_us, beta: self.beta }
    }

    fn bins(&self) -> usize {
        (self.duration_us / BIN_US) as usize
    }
}

impl Experiment for SuperSpike {
    const NAME: &'static str = "tutorial-14";
    const ALIASES: &'static [&'static str] = &["superspike"];
    const SUMMARY: &'static str = "a neuron learns when to spike, from its membrane and the SuperSpike rule";
    const SOURCE: &'static str =
        "electronicvisions brainscales2-demos: ts_01-superspike; Zenke and Ganguli, Neural Comput. 30 (2018)";
    type Config = SuperSpikeConfig;

    fn adjust(config: &mut SuperSpikeConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse("--batch", options.batch.is_some(), Self::NAME)?;
        options.refuse("--quick", options.quick, Self::NAME)?;
        config.epochs = options.epochs.unwrap_or(config.epochs);
        Ok(())
    }

    fn run(config: &SuperSpikeConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        config.check()?;
        let mut generator = Mt19937::new(context.instance.seed as u32);
        let mut task = Task::new(config, &mut generator, context)?;
        let target = task.target(config, &mut generator)?;
        let learned = task.learn(config, &target, &mut generator, context)?;
        let (best, weights) = learned.best();
        let weights = weights.to_vec();
        let repeated = (0..REPETITIONS).map(|_| task.record(&weights)).collect::<Result<Vec<_>, _>>()?;
        let neuron = task.neuron;
        let mut report = Report { chip_time: task.lab.conclude(context)?, ..Report::default() };
        let reached = reached(&target.spikes_us, &repeated, neuron);
        let losses: Vec<f64> = learned.epochs.iter().map(|epoch| epoch.loss).collect();
        for recording in [&target.recording, &learned.first].into_iter().chain(&repeated) {
            recording.add_to(&mut report.bits);
        }
        report.bits.floats(&losses);
        report.bits.floats(&weights);
        report.lines.push(format!(
            "{} target spikes; distance {:.3} us before, {:.3} us at best (epoch {best}); {:.0} % of the spikes reached",
            target.spikes_us.len(),
            losses[0],
            losses[best - 1],
            100.0 * reached
        ));
        report.checks = checks(config, &losses, reached, target.spikes_us.len());
        report.figures.insert("train_loss".into(), losses.clone().into());
        report.figures.insert("best_epoch".into(), best.into());
        report.figures.insert("share_reached".into(), reached.into());
        let rows = losses.iter().enumerate().map(|(index, loss)| [(index + 1) as f64, *loss]);
        report.add_text("loss.csv", csv(["epoch", "distance_us"], rows));
        let rows = weights.iter().enumerate().map(|(input, weight)| [input as f64, *weight]);
        report.add_text("weights.csv", csv(["input", "weight"], rows));
        let remark =
            remark(&format!("{} epochs, {} inputs", config.epochs, config.inputs), &context.instance);
        let pictured = pictures::Pictured { config, target: &target, learned: &learned, after: &repeated[0] };
        report.add_text("training.svg", pictured.training(remark.clone()));
        report.add_text("loss.svg", pictured.loss(remark));
        Ok(report)
    }
}

fn checks(config: &SuperSpikeConfig, losses: &[f64], reached: f64, spikes: usize) -> Vec<Check> {
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let last = &losses[losses.len() - losses.len().div_ceil(10)..];
    let mut checks = vec![Check::at_least("target spikes", spikes as f64, config.target_spikes.0 as f64)];
    if config.epochs >= WHOLE {
        let (late, _) = fit::mean_and_spread(last);
        checks.push(Check::at_most("distance at best, of that before", best / losses[0], 0.25));
        checks.push(Check::at_most("distance in the last tenth, of that before", late / losses[0], 0.6));
        checks.push(Check::at_least("share of target spikes reached", reached, 0.8));
    } else {
        checks.push(Check::at_most("distance at best, of that before", best / losses[0], 1.0));
    }
    checks
}

/// The neuron, its inputs and their spikes.
struct Task {
    lab: Lab,
    board: Board,
    neuron: AtomicNeuronOnDLS,
    sources: Vec<Source>,
    /// Spike times of each input, us.
    spikes_us: Vec<Vec<f64>>,
    protocol: Protocol,
}

/// What is to be learned.
struct Target {
    spikes_us: Vec<f64>,
    recording: Recording,
    /// Lowest membrane and its range, MADC codes.
    zero: f64,
    range: f64,
}

struct Epoch {
    loss: f64,
    spikes_us: Vec<f64>,
    /// Weights it was run with.
    weights: Vec<f64>,
}

struct Learned {
    epochs: Vec<Epoch>,
    first: Recording,
}

impl Learned {
    /// Number of the epoch with the smallest distance, counted from 1, and its weights.
    fn best(&self) -> (usize, &[f64]) {
        let best = self.epochs.iter().enumerate().min_by(|a, b| a.1.loss.total_cmp(&b.1.loss));
        best.map_or((0, &[]), |(index, epoch)| (index + 1, &epoch.weights))
    }
}

impl Task {
    fn new(
        config: &SuperSpikeConfig,
        generator: &mut Mt19937,
        context: &mut Context<'_>,
    ) -> Result<Task, ExperimentError> {
        let mut network = Network::calibrated(&config.targets, context)?;
        let neuron = network.population(1)?.neurons[0];
        let sources = network.inputs(config.inputs)?;
        // One draw a bin, as the tutorial draws them.
        let share = config.input_rate_hz * BIN_US * 1e-6;
        let mut draw = |bin: usize| {
            let us = bin as f64 * BIN_US;
            (generator.uniform() < share && us <= config.duration_us - config.silent_us).then_some(us)
        };
        let spikes_us: Vec<Vec<f64>> =
            (0..config.inputs).map(|_| (0..config.bins()).filter_map(&mut draw).collect()).collect();
        let train = sources
            .iter()
            .zip(&spikes_us)
            .flat_map(|(&source, times)| times.iter().map(move |&us| (us, source)));
        let snippet = Snippet::with_spikes(config.duration_us, train.collect());
        let protocol = Protocol::new(vec![snippet]).membrane_of(neuron);
        Ok(Task { lab: Lab::new(context)?, board: network.board, neuron, sources, spikes_us, protocol })
    }

    fn record(&mut self, weights: &[f64]) -> Result<Recording, ExperimentError> {
        for (&source, weight) in self.sources.iter().zip(weights) {
            let weight = weight.clamp(-LARGEST_WEIGHT, LARGEST_WEIGHT).round() as i32;
            self.board.connect(source, self.neuron, weight)?;
        }
        self.lab.record(&self.board, &self.protocol)
    }

    /// Spikes made by weights round a mean; the mean is moved until their number is as wanted.
    fn target(
        &mut self,
        config: &SuperSpikeConfig,
        generator: &mut Mt19937,
    ) -> Result<Target, ExperimentError> {
        let (mean, deviation) = config.target_weights;
        let (fewest, most) = config.target_spikes;
        let spread: Vec<f64> = (0..config.inputs).map(|_| deviation * gaussian(generator)).collect();
        let steps = (0..40).flat_map(|step| [f64::from(step), -f64::from(step + 1)]);
        for step in steps.filter(|step| (mean + step).abs() <= LARGEST_WEIGHT) {
            let weights: Vec<f64> = spread.iter().map(|spread| mean + step + spread).collect();
            let recording = self.record(&weights)?;
            let spikes_us = recording.spikes_of(self.neuron);
            if (fewest..=most).contains(&spikes_us.len()) {
                let membrane = resampled(&recording.samples, config.bins());
                let zero = membrane.iter().copied().fold(f64::INFINITY, f64::min);
                let peak = membrane.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                return Ok(Target { spikes_us, recording, zero, range: peak - zero });
            }
        }
        Err(ExperimentError::Config(format!("no target_weights make {fewest} to {most} target_spikes")))
    }

    fn learn(
        &mut self,
        config: &SuperSpikeConfig,
        target: &Target,
        generator: &mut Mt19937,
        context: &mut Context<'_>,
    ) -> Result<Learned, ExperimentError> {
        let (mean, deviation) = config.initial_weights;
        let mut weights: Vec<f64> =
            (0..config.inputs).map(|_| mean + deviation * gaussian(generator)).collect();
        let (rule, bins) = (config.rule(), config.bins());
        let mut learned = Learned { epochs: Vec::new(), first: Recording::default() };
        for epoch in 0..config.epochs {
            let recording = self.record(&weights)?;
            let spikes_us = recording.spikes_of(self.neuron);
            let error = rule.error(&target.spikes_us, &spikes_us, bins);
            let codes = resampled(&recording.samples, bins);
            let membrane: Vec<f64> = codes.iter().map(|code| (code - target.zero) / target.range).collect();
            let loss = distance(&error);
            learned.epochs.push(Epoch { loss, spikes_us, weights: weights.clone() });
            for (weight, input_us) in weights.iter_mut().zip(&self.spikes_us) {
                *weight += config.eta * rule.change(&error, &membrane, input_us);
            }
            if epoch == 0 {
                learned.first = recording;
            }
            let (done, total) = (u64::from(epoch) + 1, u64::from(config.epochs));
            let progress =
                Progress { label: "epoch", done, total, samples: done, loss: Some(loss), accuracy: None };
            context.observer.progress(&progress);
        }
        Ok(learned)
    }
}

/// Share of target spikes with a spike close by, over runs; spikes too many count against it.
fn reached(target_us: &[f64], runs: &[Recording], neuron: AtomicNeuronOnDLS) -> f64 {
    let share = |run: &Recording| {
        let spikes = run.spikes_of(neuron);
        let close = |target: &&f64| spikes.iter().any(|us| (us - **target).abs() <= REACHED_US);
        let found = target_us.iter().filter(close).count() as f64;
        found / target_us.len().max(spikes.len()) as f64
    };
    runs.iter().map(share).sum::<f64>() / runs.len() as f64
}

/// A standard normal number (Box and Muller).
fn gaussian(generator: &mut Mt19937) -> f64 {
    let radius = (-2.0 * libm::log(1.0 - generator.uniform())).sqrt();
    radius * libm::cos(2.0 * std::f64::consts::PI * generator.uniform())
}
