//! Spike-timing-dependent plasticity on the chip: the processor of the top hemisphere changes the weights of a live network.
//!
//! Four assemblies of neurons, each with inputs of its own. A teacher makes an assembly fire shortly after its inputs, and shortly
//! before the inputs of the next one. The correlation sensors of the synapses collect what follows what, and every few
//! milliseconds the rule `stdp-additive` (firmware/asm/rules) turns their codes into weights. In the end the inputs alone wake
//! their assembly. The host only sends spikes and looks on.
//!
//! `network.rs` says where everything lies, `run.rs` talks to the setup, `pictures.rs` draws.

mod network;
mod pictures;
mod run;

pub use network::{ASSEMBLIES, Placement};
pub use run::{Learned, Recalled, Snapshot};

use super::{Check, Context, Experiment, ExperimentError, Options, Report, csv};
use crate::calibration::calibrated;
use crate::experiment::yin_yang::YinYangConfig;
use crate::setup::in_process;
use hx_calib::Targets;
use serde::{Deserialize, Serialize};

/// The experiment.
pub struct Stdp;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StdpConfig {
    /// Neurons of each of the four assemblies, 1..=32.
    pub neurons_per_assembly: usize,
    /// Inputs of each assembly, 1..=32.
    pub inputs_per_assembly: usize,
    /// Weight of every input synapse before learning, 0..=63.
    pub initial_weight: u8,
    /// Updates of all weights.
    pub updates: u32,
    /// Presentations of each assembly between two updates.
    pub presentations: u32,
    /// From one presentation to the next, us.
    pub spacing_us: f64,
    /// From the inputs of an assembly to its teacher, us.
    pub lead_us: f64,
    /// From the teacher to the inputs of the next assembly, us.
    pub lag_us: f64,
    /// Learning rate, in 1/128.
    pub eta: i32,
    /// Code of the ramp current of the correlation sensors; their time constant goes with its inverse.
    pub i_bias_ramp_code: u16,
    /// Code of the store current of the correlation sensors; what a pair adds goes with its inverse.
    pub i_bias_store_code: u16,
    /// What the chip is calibrated to.
    pub targets: Targets,
}

impl Default for StdpConfig {
    fn default() -> StdpConfig {
        StdpConfig {
            neurons_per_assembly: 8,
            inputs_per_assembly: 8,
            initial_weight: 4,
            updates: 8,
            presentations: 60,
            spacing_us: 40.0,
            lead_us: 2.0,
            lag_us: 2.0,
            eta: 64,
            i_bias_ramp_code: 80,
            i_bias_store_code: 50,
            // The same targets as yin-yang, so that one calibration serves both.
            targets: YinYangConfig::default().targets,
        }
    }
}

/// Updates of `--quick`.
const QUICK_UPDATES: u32 = 2;

impl StdpConfig {
    fn check(&self) -> Result<(), ExperimentError> {
        let within = |name: &str, value: f64, low: f64, high: f64| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(ExperimentError::Config(format!("{name} must be in {low}..={high}, not {value}")))
        };
        within("neurons_per_assembly", self.neurons_per_assembly as f64, 1.0, network::MOST_NEURONS as f64)?;
        let most = (network::MOST_INPUTS / ASSEMBLIES) as f64;
        within("inputs_per_assembly", self.inputs_per_assembly as f64, 1.0, most)?;
        within("initial_weight", f64::from(self.initial_weight), 0.0, 63.0)?;
        within("updates", f64::from(self.updates), 1.0, 1000.0)?;
        within("presentations", f64::from(self.presentations), 1.0, 10_000.0)?;
        within("lead_us", self.lead_us, 0.1, 100.0)?;
        within("lag_us", self.lag_us, 0.1, 100.0)?;
        within("spacing_us", self.spacing_us, 2.0 * (self.lead_us + self.lag_us), 1000.0)?;
        within("eta", f64::from(self.eta), -128.0, 127.0)?;
        self.targets.check().map_err(|error| ExperimentError::Config(error.to_string()))
    }
}

impl Experiment for Stdp {
    const NAME: &'static str = "stdp";
    const SUMMARY: &'static str =
        "additive STDP by the plasticity processor: assemblies learn to follow their inputs";
    const SOURCE: &'static str = "Pehle et al., Front. Neurosci. 16 (2022), arXiv 2201.11063; libnux examples";
    type Config = StdpConfig;

    fn adjust(config: &mut StdpConfig, options: &Options) -> Result<(), ExperimentError> {
        if options.quick {
            config.updates = QUICK_UPDATES;
        }
        options.refuse("epochs", options.epochs.is_some(), Self::NAME)?;
        options.refuse("batch", options.batch.is_some(), Self::NAME)
    }

    fn run(config: &StdpConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        config.check()?;
        let calibration = calibrated(&context.instance, &config.targets, context.observer)?;
        let placement = Placement::of(config, |neuron| calibration.is_good(neuron))?;
        let base = hx_calib::apply(&calibration).map_err(ExperimentError::driver)?;
        let mut session = in_process(context.instance.chip_config())?;
        let learned = run::learn(&mut session, base, &placement, config)?;
        let mut report = report(config, &placement, &learned);
        pictures::draw(&mut report, config, &placement, &learned);
        report.chip_time = context.conclude(session.setup_mut())?;
        Ok(report)
    }
}

/// Mean weight of the synapses from the inputs of one assembly to the neurons of another, by distance: 0 its own, 1 those
/// that come after it, 2 the others.
fn mean_weights(placement: &Placement, weights: &[Vec<u8>]) -> [f64; 3] {
    let mut sums = [(0.0, 0u32); 3];
    for (input, row) in weights.iter().enumerate() {
        for (neuron, weight) in row.iter().enumerate() {
            let from = input / placement.inputs_per_assembly;
            let distance = (from + ASSEMBLIES - neuron / placement.per_assembly) % ASSEMBLIES;
            let sum = &mut sums[distance.min(2)];
            *sum = (sum.0 + f64::from(*weight), sum.1 + 1);
        }
    }
    sums.map(|(sum, count)| sum / f64::from(count.max(1)))
}

fn report(config: &StdpConfig, placement: &Placement, learned: &Learned) -> Report {
    let mut report = Report::default();
    for snapshot in &learned.snapshots {
        for row in &snapshot.weights {
            report.bits.floats(&row.iter().map(|weight| f64::from(*weight)).collect::<Vec<_>>());
        }
    }
    report.bits.floats(&learned.after.spikes.iter().map(|spike| spike.0).collect::<Vec<_>>());
    let last = learned.snapshots.last().map(|snapshot| snapshot.weights.as_slice()).unwrap_or_default();
    let [own, next, other] = mean_weights(placement, last);
    report.checks = checks(config, placement, learned, [own, next, other]);
    for (name, value) in [("mean_weight_own", own), ("mean_weight_next", next), ("mean_weight_other", other)] {
        report.figures.insert(name.into(), value.into());
    }
    report.figures.insert("updates".into(), learned.updates_done.into());
    report.figures.insert("deadline_misses".into(), learned.deadline_misses.into());
    report.figures.insert("recall_before".into(), learned.before.recall(placement).into());
    report.figures.insert("recall_after".into(), learned.after.recall(placement).into());
    report.lines.push(format!(
        "mean weight {own:.1} from an assembly's own inputs, {next:.1} from those that follow it, {other:.1} from the others (at first {})",
        config.initial_weight
    ));
    report.lines.push(format!(
        "inputs alone wake {:.0} % of their assembly (before learning {:.0} %)",
        100.0 * learned.after.recall(placement),
        100.0 * learned.before.recall(placement)
    ));
    report.add_text("weights.csv", weights_csv(placement, learned));
    report.add_text("spikes.csv", csv(["neuron", "time_ns"], learned.after.spikes.iter().map(|&(us, neuron)| [neuron as f64, us * 1e3])));
    report
}

fn weights_csv(placement: &Placement, learned: &Learned) -> String {
    let rows = learned.snapshots.iter().enumerate().flat_map(|(update, snapshot)| {
        (0..placement.inputs()).flat_map(move |input| {
            (0..placement.neurons.len()).map(move |neuron| {
                [
                    update as f64,
                    input as f64,
                    neuron as f64,
                    f64::from(snapshot.weights[input][neuron]),
                    f64::from(snapshot.causal[input][neuron]),
                    f64::from(snapshot.acausal[input][neuron]),
                ]
            })
        })
    });
    csv(["update", "input", "neuron", "weight", "causal_code", "acausal_code"], rows)
}

fn checks(config: &StdpConfig, placement: &Placement, learned: &Learned, means: [f64; 3]) -> Vec<Check> {
    let initial = f64::from(config.initial_weight);
    let mut checks = vec![
        Check::equal("updates done by the processor", u64::from(learned.updates_done), u64::from(config.updates)),
        Check::equal("deadlines missed", u64::from(learned.deadline_misses), 0),
        Check::equal("exit code of the firmware", i64::from(learned.exit_code), 0),
        Check::at_least("mean weight from own inputs", means[0], initial + 2.0 * f64::from(config.updates.min(8)) / 2.0),
        Check::at_most("mean weight from the inputs that follow", means[1], initial),
    ];
    if *config == StdpConfig::default() {
        checks.push(Check::at_least("share of an assembly its inputs wake", learned.after.recall(placement), 0.7));
        checks.push(Check::at_most("the same before learning", learned.before.recall(placement), 0.2));
    }
    checks
}
