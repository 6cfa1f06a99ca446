//! Tutorial 19: adaptation and exponential together. A current step makes the neuron ring, fire regularly, slow down, begin
//! with a burst, fire in bursts, or fire at the onset only, by what its adaptation and its reset are. As in the tutorial each
//! pattern is looked for by turning one knob, because every neuron has it somewhere else.

mod patterns;
mod pictures;

use super::lab::{Board, Lab, Protocol, Recording, Snippet, fit, in_range, neuron_at};
use super::nominal;
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Report};
use hx_calib::codes::{I_BIAS_LEAK, V_LEAK, V_RESET, V_THRESHOLD};
use hx_host::driver::madc::ReadoutSource;
use hx_isa::field;
use hx_isa::regmap::capmem::{CapMemParameter, capmem_parameter};
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;
use patterns::{PATTERNS, Pattern};
use serde::{Deserialize, Serialize};

/// Firing patterns of the adaptive exponential neuron.
pub struct Adex;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdexConfig {
    /// Row of the neuron, 0 (top) or 1 (bottom).
    pub neuron_row: usize,
    /// Column of the neuron, 0..=254; its right neighbour only lends its readout.
    pub neuron_column: usize,
    /// Time before, during and after the current, us.
    pub snippets_us: (f64, f64, f64),
    /// Leak potential, code; that of the adaptation follows it.
    pub v_leak_code: u16,
    /// Leak conductance, code.
    pub i_bias_leak_code: u16,
    /// Threshold, code: above where the exponential takes over.
    pub v_threshold_code: u16,
    /// Conductance of the adaptation, code: 128 us at 100.
    pub i_bias_adapt_tau_code: u16,
    /// Baseline of the adaptation, code.
    pub v_adapt_ref_code: u16,
    /// Bias of the exponential, code.
    pub i_bias_exp_code: u16,
}

impl Default for AdexConfig {
    fn default() -> AdexConfig {
        AdexConfig {
            neuron_row: 0,
            neuron_column: 0,
            snippets_us: (100.0, 600.0, 300.0),
            v_leak_code: 700,
            i_bias_leak_code: 70,
            v_threshold_code: 620,
            i_bias_adapt_tau_code: 100,
            v_adapt_ref_code: 500,
            i_bias_exp_code: 300,
        }
    }
}

/// What is chosen for a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Knobs {
    /// Reset potential, code.
    pub v_reset: u16,
    /// Sub-threshold adaptation, code.
    pub a: u16,
    /// Spike-triggered adaptation, code.
    pub b: u16,
    /// Exponential threshold, code; nothing without the exponential.
    pub v_exp: Option<u16>,
    /// Stimulus current, code.
    pub current: u16,
}

/// A pattern as it was found.
struct Found {
    pattern: &'static Pattern,
    /// What it was found with; that of the first try if it was not.
    knobs: Knobs,
    shown: bool,
    /// Values of the knob that show it, of those tried.
    share: (usize, usize),
    /// The membrane, recorded through the neighbour, and the adaptation.
    membrane: Recording,
    adaptation: Recording,
}

/// Step of the adaptation at a spike in MADC codes, and the code of b that makes it.
const PUBLISHED_STEP: (f64, u16) = (55.0, 200);
/// Slope of the adaptation against the membrane below threshold at a = 10, as seen in the tutorial.
const PUBLISHED_SLOPE: f64 = 0.79;
/// Refractory clock of the tutorial, 15.6 MHz, and counts; adaptation pulse of 1.024 us.
const CLOCK_SCALE: u8 = 3;
const REFRACTORY_COUNTS: u8 = 30;
const PULSE_SCALE: u32 = 7;

/// Cells beyond those of every neuron.
mod cells {
    use super::{CapMemParameter, capmem_parameter};
    pub const OFFSET: &CapMemParameter = capmem_parameter("i_mem_offset");
    pub const V_EXP: &CapMemParameter = capmem_parameter("v_exp");
    pub const I_BIAS_EXP: &CapMemParameter = capmem_parameter("i_bias_exp");
    pub const V_ADAPT_LEAK: &CapMemParameter = capmem_parameter("v_adapt_leak");
    pub const V_ADAPT_REF: &CapMemParameter = capmem_parameter("v_adapt_ref");
    pub const TAU: &CapMemParameter = capmem_parameter("i_bias_adapt_tau");
    pub const A: &CapMemParameter = capmem_parameter("i_bias_adapt_a");
    pub const B: &CapMemParameter = capmem_parameter("i_bias_adapt_b");
}

impl AdexConfig {
    /// The neuron and the neighbour whose readout it uses.
    fn check(&self) -> Result<[AtomicNeuronOnDLS; 2], ExperimentError> {
        in_range("neuron_column", self.neuron_column as f64, 0.0, 254.0)?;
        let (before, during, after) = self.snippets_us;
        in_range("snippets_us, before", before, 20.0, 5_000.0)?;
        in_range("snippets_us, during", during, 200.0, 5_000.0)?;
        in_range("snippets_us, after", after, 20.0, 5_000.0)?;
        in_range("v_leak_code", self.v_leak_code.into(), 200.0, 1022.0)?;
        in_range("i_bias_adapt_tau_code", self.i_bias_adapt_tau_code.into(), 20.0, 1022.0)?;
        Ok([
            neuron_at(self.neuron_row, self.neuron_column)?,
            neuron_at(self.neuron_row, self.neuron_column + 1)?,
        ])
    }

    fn run(
        &self,
        [neuron, neighbour]: [AtomicNeuronOnDLS; 2],
        knobs: &Knobs,
    ) -> Result<(Board, Protocol), ExperimentError> {
        let mut off = Board::uncalibrated()?;
        off.refractory_clocks(CLOCK_SCALE, CLOCK_SCALE)?
            .backend_everywhere(field!(CommonNeuronBackendConfig.clock_scale_adaptation_pulse), PULSE_SCALE);
        let adapts = knobs.a > 0 || knobs.b > 0;
        let codes = [
            (V_LEAK, self.v_leak_code),
            (I_BIAS_LEAK, self.i_bias_leak_code),
            (V_RESET, knobs.v_reset),
            (V_THRESHOLD, self.v_threshold_code),
            (cells::V_EXP, knobs.v_exp.unwrap_or(1022)),
            (cells::I_BIAS_EXP, self.i_bias_exp_code),
            // The adaptation's own leak potential: 200 codes lower for the same potential.
            (cells::V_ADAPT_LEAK, self.v_leak_code - 200),
            (cells::V_ADAPT_REF, self.v_adapt_ref_code),
            (cells::TAU, self.i_bias_adapt_tau_code),
            (cells::A, knobs.a),
            (cells::B, knobs.b),
            (cells::OFFSET, knobs.current),
        ];
        let settings = off.neuron(neuron).cells(&codes)?.fires(true).refractory_counts(REFRACTORY_COUNTS);
        settings
            .set(field!(NeuronConfig.enable_pause), 1)
            .set(field!(NeuronConfig.enable_exponential), knobs.v_exp.is_some().into())
            .set(field!(NeuronConfig.enable_adaptation), adapts.into())
            .set(field!(NeuronConfig.connect_membrane_right), 1)
            .set_backend(field!(NeuronBackendConfig.enable_adaptation_pulse), 1)
            .sends()?;
        let _ = off
            .neuron(neighbour)
            .cell(I_BIAS_LEAK, 0)?
            .set(field!(NeuronConfig.enable_leak_division), 1)
            .set(field!(NeuronConfig.membrane_capacitor_size), 0);
        let mut on = off.clone();
        let _ = on.neuron(neuron).set(field!(NeuronConfig.enable_membrane_offset), 1);
        let (before, during, after) = self.snippets_us;
        let snippets = vec![
            Snippet::quiet(before),
            Snippet { board: Some(on), ..Snippet::quiet(during) },
            Snippet { board: Some(off.clone()), ..Snippet::quiet(after) },
        ];
        // The slow adaptation needs time to settle.
        Ok((off, Protocol::new(snippets).after(1_000.0)))
    }

    /// Spike times since the current began, us.
    fn spikes(&self, recording: &Recording) -> Vec<f64> {
        recording.spikes.iter().map(|spike| spike.us - self.snippets_us.0).collect()
    }

    /// Turns the knob of a pattern until it shows, then records membrane and adaptation.
    fn find(
        &self,
        lab: &mut Lab,
        circuits: [AtomicNeuronOnDLS; 2],
        pattern: &'static Pattern,
    ) -> Result<Found, ExperimentError> {
        let tries = pattern.tries();
        let runs = tries.iter().map(|knobs| self.run(circuits, knobs)).collect::<Result<Vec<_>, _>>()?;
        let recorded = lab.record_all(&runs)?;
        let shows: Vec<bool> = recorded
            .iter()
            .map(|recording| (pattern.shows)(&self.spikes(recording), self.snippets_us.1))
            .collect();
        let chosen = patterns::middle_of_longest(&shows);
        let knobs = tries[chosen.unwrap_or(0)];
        let (board, protocol) = self.run(circuits, &knobs)?;
        let [neuron, neighbour] = circuits;
        let mut both = lab.record_all(&[
            (board.clone(), protocol.clone().membrane_of(neighbour)),
            (board, protocol.madc_of(neuron, ReadoutSource::Adaptation)),
        ])?;
        let (adaptation, membrane) = (both.pop().unwrap_or_default(), both.pop().unwrap_or_default());
        let count = shows.iter().filter(|&&shows| shows).count();
        Ok(Found {
            pattern,
            knobs,
            shown: chosen.is_some(),
            share: (count, tries.len()),
            membrane,
            adaptation,
        })
    }
}

impl Experiment for Adex {
    const NAME: &'static str = "tutorial-19";
    const ALIASES: &'static [&'static str] = &["adex"];
    const SUMMARY: &'static str =
        "adaptive exponential neuron: ringing, tonic, adapting, bursting and transient firing";
    const SOURCE: &'static str =
        "electronicvisions brainscales2-demos: ts_08-adex_complex_dynamics; Naud et al. 2008";
    type Config = AdexConfig;

    fn adjust(_: &mut AdexConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse_all(Self::NAME)
    }

    fn run(config: &AdexConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        let circuits = config.check()?;
        let mut lab = Lab::new(context)?;
        let ringing = config.find(&mut lab, circuits, &patterns::RINGING)?;
        let found = PATTERNS
            .iter()
            .map(|pattern| config.find(&mut lab, circuits, pattern))
            .collect::<Result<Vec<_>, _>>()?;
        let mut report = Report { chip_time: lab.conclude(context)?, ..Report::default() };
        for shown in std::iter::once(&ringing).chain(&found) {
            shown.membrane.add_to(&mut report.bits);
            shown.adaptation.add_to(&mut report.bits);
        }
        report.checks = checks(config, context.instance.ideal, &ringing, &found);
        for shown in &found {
            let (count, all) = shown.share;
            report.lines.push(format!(
                "{}: {} spikes; shown by {count} of {all} values of {}",
                shown.pattern.name,
                shown.membrane.spikes.len(),
                shown.pattern.knob
            ));
            report.figures.insert(
                format!("{}_spikes_us", shown.pattern.name.replace(' ', "_")),
                config.spikes(&shown.membrane).into(),
            );
        }
        pictures::draw(&mut report, config, &ringing, &found, &context.instance);
        Ok(report)
    }
}

/// Means of membrane and adaptation at the end of a stretch, MADC codes.
fn settled(found: &Found, end_us: f64) -> (f64, f64) {
    const WINDOW_US: f64 = 15.0;
    let mean = |recording: &Recording| recording.mean_in(end_us - WINDOW_US, end_us);
    (mean(&found.membrane), mean(&found.adaptation))
}

/// Mean step of the adaptation at spikes, MADC codes: extrapolated over its pulse of 1.024 us.
fn steps(recording: &Recording) -> f64 {
    let step = |us: f64| recording.mean_in(us + 1.2, us + 1.7) - recording.mean_in(us - 0.7, us - 0.2);
    let all: Vec<f64> =
        recording.spikes.iter().map(|spike| step(spike.us)).filter(|step| step.is_finite()).collect();
    fit::mean_and_spread(&all).0
}

fn checks(config: &AdexConfig, ideal: bool, ringing: &Found, found: &[Found]) -> Vec<Check> {
    let (before, during, _) = config.snippets_us;
    let mut checks: Vec<Check> = found
        .iter()
        .map(|found| Check::equal(&format!("pattern shown: {}", found.pattern.name), found.shown, true))
        .collect();
    checks.push(Check::equal("spikes without the exponential", ringing.membrane.spikes.len(), 0));
    let (rest, on) = (settled(ringing, before), settled(ringing, before + during));
    let (_, peak) = ringing.membrane.extremes_in(before, before + during, 1.0);
    checks.push(Check::at_least("overshoot at the onset of the current / MADC codes", peak - on.0, 5.0));
    let slope = (on.1 - rest.1) / (on.0 - rest.0);
    let tolerance = if ideal { 0.25 } else { 0.7 };
    checks.push(Check::within(
        "adaptation over membrane, settled, a = 10",
        slope,
        PUBLISHED_SLOPE,
        tolerance * PUBLISHED_SLOPE,
    ));
    if let Some(adapting) = found.iter().find(|found| found.knobs.b == PUBLISHED_STEP.1 && found.shown) {
        let tolerance = if ideal { 0.2 } else { 0.6 };
        let step = steps(&adapting.adaptation);
        let name = format!("step of the adaptation at a spike, b = {} / MADC codes", PUBLISHED_STEP.1);
        checks.push(Check::within(&name, step, PUBLISHED_STEP.0, tolerance * PUBLISHED_STEP.0));
    }
    // Both recordings are of the same neuron, with other noise.
    if ideal {
        let apart = found.iter().map(|found| {
            let [a, b] = [&found.membrane, &found.adaptation].map(|recording| config.spikes(recording));
            if a.len() != b.len() {
                f64::INFINITY
            } else {
                a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
            }
        });
        checks.push(Check::at_most(
            "spikes of the two recordings apart / us",
            apart.fold(0.0, f64::max),
            0.05,
        ));
    }
    checks
}

/// Where the exponential takes over on a typical chip, MADC code.
fn onset_madc(knobs: &Knobs) -> Option<f64> {
    knobs.v_exp.map(|code| nominal::madc(nominal::shifted_v(code.into())))
}
