//! Spike-timing-dependent plasticity on the chip: the processor of the top hemisphere changes the weights of a live network.
//!
//! Four assemblies of neurons, each with inputs of its own. A teacher makes an assembly fire shortly after one half of its inputs
//! and shortly before the other half. The correlation sensors of the synapses collect what came before what, and every few
//! milliseconds the rule `stdp-additive` (firmware/asm/rules) turns their codes into weights. In the end the inputs that came first
//! wake their assembly without the teacher. The host only sends spikes and looks on.
//!
//! `network.rs` says where everything lies, `run.rs` talks to the setup, `pictures.rs` draws.

mod network;
mod pictures;
mod run;

pub use network::{ASSEMBLIES, Placement};
pub use run::{Codes, Learned, Recall, Recalled};

use super::{Check, Context, Experiment, ExperimentError, Options, Report, csv};
use crate::calibration::calibrated;
use crate::experiment::yin_yang::YinYangConfig;
use crate::instance::Instance;
use crate::setup::open;
use hx_calib::Targets;
use hx_chip::chip::Amplifiers;
use serde::{Deserialize, Serialize};

/// The experiment.
pub struct Stdp;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StdpConfig {
    /// Neurons of each of the four assemblies, 1..=32.
    pub neurons_per_assembly: usize,
    /// Inputs of each assembly, an even number up to 32: one half leads, the other lags.
    pub inputs_per_assembly: usize,
    /// Weight of every input synapse before learning, 0..=63.
    pub initial_weight: u8,
    /// Updates of all weights.
    pub updates: u32,
    /// Presentations of each assembly between two updates.
    pub presentations: u32,
    /// From one presentation to the next, us.
    pub spacing_us: f64,
    /// From the leading inputs of an assembly to its teacher, us.
    pub lead_us: f64,
    /// From the teacher to the lagging inputs, us.
    pub lag_us: f64,
    /// Learning rate, in 1/128.
    pub eta: i32,
    /// Code of the ramp current of the correlation sensors; their time constant goes with its inverse.
    pub i_bias_ramp_code: u16,
    /// Code of the store current of the correlation sensors; what a pair adds goes with its inverse.
    pub i_bias_store_code: u16,
    /// What the chip is calibrated to.
    pub targets: Targets,
    /// Amplifiers of the neurons.
    pub amplifiers: Amplifiers,
}

impl Default for StdpConfig {
    fn default() -> StdpConfig {
        StdpConfig {
            neurons_per_assembly: 8,
            inputs_per_assembly: 16,
            initial_weight: 6,
            updates: 8,
            presentations: 200,
            spacing_us: 40.0,
            lead_us: 2.0,
            lag_us: 3.0,
            eta: 20,
            i_bias_ramp_code: 80,
            i_bias_store_code: 50,
            // The same targets as yin-yang, so that one calibration serves both.
            targets: YinYangConfig::default().targets,
            amplifiers: Amplifiers::SmallSignal,
        }
    }
}

/// What the host's commands may be late, us: a quarter of the shortest delay between spikes.
const LATENESS_US: f64 = 0.5;
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
        within("inputs_per_assembly", self.inputs_per_assembly as f64, 2.0, most)?;
        if !self.inputs_per_assembly.is_multiple_of(2) {
            return Err(ExperimentError::Config("inputs_per_assembly must be even".to_owned()));
        }
        within("initial_weight", f64::from(self.initial_weight), 0.0, 63.0)?;
        within("updates", f64::from(self.updates), 1.0, 1000.0)?;
        within("presentations", f64::from(self.presentations), 1.0, 10_000.0)?;
        within("lead_us", self.lead_us, 0.1, 100.0)?;
        within("lag_us", self.lag_us, 0.1, 100.0)?;
        within("spacing_us", self.spacing_us, 2.0 * (self.lead_us + self.lag_us), 1000.0)?;
        within("the period from update to update in us", run::period_us(self), 0.0, run::LONGEST_PERIOD_US)?;
        within("eta", f64::from(self.eta), -128.0, 127.0)?;
        self.targets.check().map_err(|error| ExperimentError::Config(error.to_string()))
    }
}

impl Experiment for Stdp {
    const NAME: &'static str = "stdp";
    const SUMMARY: &'static str =
        "additive STDP by the plasticity processor: assemblies learn to follow their inputs";
    const SOURCE: &'static str =
        "Pehle et al., Front. Neurosci. 16 (2022), arXiv 2201.11063; libnux examples";
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
        let instance = Instance { amplifiers: config.amplifiers, ..context.instance };
        let calibration = calibrated(&instance, &config.targets, context.observer)?;
        let placement = Placement::of(config, |neuron| calibration.is_good(neuron))?;
        let base = hx_calib::apply(&calibration).map_err(ExperimentError::driver)?;
        let mut session = open(instance.chip_config(), instance.served)?;
        let learned = run::learn(&mut session, base, &placement, config)?;
        let mut report = report(config, &placement, &learned);
        pictures::draw(&mut report, config, &placement, &learned);
        report.chip_time = context.conclude(session.setup_mut())?;
        Ok(report)
    }
}

/// Mean weight of the synapses onto the neurons of an assembly: from its leading inputs, from its lagging inputs, and from the
/// inputs of other assemblies.
fn mean_weights(placement: &Placement, weights: &[Vec<u8>]) -> [f64; 3] {
    let mut sums = [(0.0, 0u32); 3];
    for (input, row) in weights.iter().enumerate() {
        for (neuron, weight) in row.iter().enumerate() {
            let assembly = neuron / placement.per_assembly;
            let groups = [placement.leading(assembly), placement.lagging(assembly)];
            let group = groups.iter().position(|group| group.contains(&input)).unwrap_or(2);
            let sum = &mut sums[group];
            *sum = (sum.0 + f64::from(*weight), sum.1 + 1);
        }
    }
    sums.map(|(sum, count)| sum / f64::from(count.max(1)))
}

fn report(config: &StdpConfig, placement: &Placement, learned: &Learned) -> Report {
    let mut report = Report::default();
    for row in learned.weights.iter().flatten().chain(&learned.codes.causal).chain(&learned.codes.acausal) {
        report.bits.floats(&row.iter().map(|value| f64::from(*value)).collect::<Vec<_>>());
    }
    for recalled in [&learned.before, &learned.after] {
        report.bits.floats(&recalled.spikes.iter().map(|spike| spike.0).collect::<Vec<_>>());
    }
    let last = learned.weights.last().map(Vec::as_slice).unwrap_or_default();
    let figures = Figures {
        weights: mean_weights(placement, last),
        before: learned.before.recall(placement),
        after: learned.after.recall(placement),
    };
    report.checks = checks(config, learned, &figures);
    report.lines = lines(config, &figures);
    let [leading, lagging, other] = figures.weights;
    report.figures = [
        ("mean_weight_leading", leading.into()),
        ("mean_weight_lagging", lagging.into()),
        ("mean_weight_other", other.into()),
        ("recall_before", figures.before.own.into()),
        ("recall_after", figures.after.own.into()),
        ("false_recall_after", figures.after.wrong.into()),
        ("updates", learned.updates_done.into()),
        ("deadline_misses", learned.deadline_misses.into()),
        ("spikes_while_learning", learned.spikes.len().into()),
        ("config", serde_json::to_value(config).unwrap_or_default()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    report.add_text("weights.csv", weights_csv(learned));
    report.add_text("spikes.csv", spikes_csv(learned));
    report
}

/// What is said and checked of a run.
struct Figures {
    /// Mean weights from leading, lagging and other inputs.
    weights: [f64; 3],
    before: Recall,
    after: Recall,
}

fn lines(config: &StdpConfig, figures: &Figures) -> Vec<String> {
    let [leading, lagging, other] = figures.weights;
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    vec![
        format!(
            "mean weight {leading:.1} from inputs that lead, {lagging:.1} from inputs that lag, {other:.1} from those of other assemblies (at first {})",
            config.initial_weight
        ),
        format!(
            "leading inputs alone wake {} of their assembly and {} of the others (before learning {} and {})",
            percent(figures.after.own),
            percent(figures.after.wrong),
            percent(figures.before.own),
            percent(figures.before.wrong),
        ),
    ]
}

fn weights_csv(learned: &Learned) -> String {
    let rows = learned.weights.iter().enumerate().flat_map(|(update, weights)| {
        weights.iter().enumerate().flat_map(move |(input, row)| {
            let entry = move |(neuron, weight): (usize, &u8)| {
                [update as f64 + 1.0, input as f64, neuron as f64, f64::from(*weight)]
            };
            row.iter().enumerate().map(entry)
        })
    });
    csv(["update", "input", "neuron", "weight"], rows)
}

/// Spikes of the whole run: recall before, learning, recall after.
fn spikes_csv(learned: &Learned) -> String {
    let phases = [&learned.before.spikes, &learned.spikes, &learned.after.spikes];
    let rows = phases.into_iter().enumerate().flat_map(|(phase, spikes)| {
        spikes.iter().map(move |&(us, neuron)| [phase as f64, neuron as f64, us * 1e3])
    });
    csv(["phase", "neuron", "time_ns"], rows)
}

fn checks(config: &StdpConfig, learned: &Learned, figures: &Figures) -> Vec<Check> {
    let initial = f64::from(config.initial_weight);
    let [leading, lagging, other] = figures.weights;
    let mut checks = vec![
        Check::equal("exit code of the firmware", i64::from(learned.exit_code), 0),
        Check::equal(
            "updates done by the processor",
            u64::from(learned.updates_done),
            u64::from(config.updates),
        ),
        Check::equal("deadlines missed", u64::from(learned.deadline_misses), 0),
        Check::equal(
            "weights read in step with the updates",
            u64::from(learned.in_step),
            u64::from(config.updates),
        ),
        Check::at_most("latest command of the host, us late", learned.lateness.as_us(), LATENESS_US),
    ];
    let default = StdpConfig::default();
    let quick = StdpConfig { updates: QUICK_UPDATES, ..StdpConfig::default() };
    if *config == quick {
        checks.push(Check::at_least("mean weight from leading inputs", leading, initial + 2.0));
        checks.push(Check::at_most("mean weight from lagging inputs", lagging, initial - 1.0));
    }
    if *config == default {
        checks.extend([
            Check::at_least("mean weight from leading inputs", leading, 2.0 * initial),
            Check::at_most("mean weight from lagging inputs", lagging, 0.5 * initial),
            Check::at_most("mean weight from the inputs of other assemblies", other, initial),
            Check::at_least("share of an assembly its leading inputs wake", figures.after.own, 0.9),
            Check::at_most("the same before learning", figures.before.own, 0.1),
            Check::at_most("share of the other assemblies they wake", figures.after.wrong, 0.05),
        ]);
    }
    checks
}
