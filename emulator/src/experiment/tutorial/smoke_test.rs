//! Tutorial 1: the chip comes up, is configured and runs. Two silent neurons are connected to three others; nothing happens.

use super::lab::pictures::{madc_trace, remark, spike_group};
use super::lab::{Board, Lab, Protocol, Snippet, in_range, some_neurons};
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Report, csv};
use crate::plot::recording::{Recording as Picture, recording};
use serde::{Deserialize, Serialize};

/// Two and three silent neurons, all of one population connected to all of the other.
pub struct SmokeTest;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmokeTestConfig {
    /// Length of the recording, us.
    pub duration_us: f64,
    /// Neurons that are connected to others.
    pub senders: usize,
    /// Neurons they are connected to.
    pub receivers: usize,
    /// Weight of all synapses, -63..=63.
    pub weight: i32,
}

impl Default for SmokeTestConfig {
    fn default() -> SmokeTestConfig {
        SmokeTestConfig { duration_us: 200.0, senders: 2, receivers: 3, weight: 0 }
    }
}

impl SmokeTestConfig {
    fn check(&self) -> Result<(), ExperimentError> {
        in_range("duration_us", self.duration_us, 1.0, 10_000.0)?;
        in_range("senders", self.senders as f64, 1.0, 32.0)?;
        in_range("receivers", self.receivers as f64, 1.0, 32.0)?;
        in_range("weight", self.weight.into(), -63.0, 63.0)
    }
}

impl Experiment for SmokeTest {
    const NAME: &'static str = "tutorial-01";
    const ALIASES: &'static [&'static str] = &["smoke-test"];
    const SUMMARY: &'static str = "the chip comes up: silent neurons, connected all to all, stay silent";
    const SOURCE: &'static str = "electronicvisions brainscales2-demos: cns_00_overview";
    type Config = SmokeTestConfig;

    fn adjust(_: &mut SmokeTestConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse_all(Self::NAME)
    }

    fn run(config: &SmokeTestConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        config.check()?;
        let neurons = some_neurons(config.senders + config.receivers, 1)?;
        let (from, to) = neurons.split_at(config.senders);
        let mut board = Board::uncalibrated()?;
        for &neuron in &neurons {
            board.neuron(neuron).hears(true, true).sends()?;
        }
        for &sender in from {
            let source = board.neuron(sender).sends()?;
            for &receiver in to {
                board.connect(source, receiver, config.weight)?;
            }
        }
        let mut lab = Lab::new(context)?;
        let protocol = Protocol::new(vec![Snippet::quiet(config.duration_us)]).membrane_of(to[0]);
        let recorded = lab.record(&board, &protocol)?;
        let samples = recorded.samples.len() as f64;
        let per_us = samples / config.duration_us;
        let mut report = Report {
            chip_time: lab.conclude(context)?,
            checks: vec![
                Check::equal("spikes", recorded.spikes.len(), 0),
                // 500 MHz / (12 + 5), the converter's default.
                Check::within("MADC samples per us", per_us, 29.41, 0.6),
            ],
            ..Report::default()
        };
        recorded.add_to(&mut report.bits);
        report.figures.insert("madc_samples".into(), recorded.samples.len().into());
        report.figures.insert("spikes".into(), recorded.spikes.len().into());
        report.lines.push(format!(
            "{} neurons, {} synapses, {} us: {} spikes, {samples} samples of a membrane",
            neurons.len(),
            from.len() * to.len(),
            config.duration_us,
            recorded.spikes.len()
        ));
        report.add_text(
            "membrane.csv",
            csv(["time_us", "madc_code"], recorded.samples.iter().map(|s| [s.0, s.1])),
        );
        report.add_text(
            "trace.svg",
            recording(&Picture {
                title: "Nothing happens, and all of it is recorded".into(),
                remark: remark("two silent populations, connected all to all", &context.instance),
                range_us: (0.0, config.duration_us),
                groups: vec![
                    spike_group("senders", from, &recorded),
                    spike_group("receivers", to, &recorded),
                ],
                traces: vec![madc_trace("first receiver", &recorded, &[])],
            }),
        );
        Ok(report)
    }
}
