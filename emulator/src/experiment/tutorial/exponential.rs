//! Tutorial 7: with the exponential term a membrane has a point of no return. How strong must a current be that lasts this long
//! to carry it there? The strength-duration curve, its rheobase, and how that follows the exponential's threshold.

use super::lab::pictures::{beside, remark, series};
use super::lab::{Board, Lab, Protocol, Recording, Snippet, fit, in_range, neuron_at};
use super::nominal;
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Report, csv};
use crate::plot::Point;
use crate::plot::comparison::{Comparison, ComparisonPanel, comparison};
use crate::plot::curves::{CurvePanel, Curves, curves};
use hx_calib::codes::{I_BIAS_LEAK, V_LEAK, V_RESET, V_THRESHOLD};
use hx_isa::field;
use hx_isa::regmap::capmem::{CapMemParameter, capmem_parameter};
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;
use serde::{Deserialize, Serialize};

/// Strength against duration.
pub struct Exponential;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExponentialConfig {
    /// Row of the neuron, 0 (top) or 1 (bottom).
    pub neuron_row: usize,
    /// Column of the neuron, 0..256.
    pub neuron_column: usize,
    /// Durations of the current, rising, us; the last one stands for ever and gives the rheobase.
    pub durations_us: Vec<f64>,
    /// Leak potential, code.
    pub v_leak_code: u16,
    /// Leak conductance, code; divided by 8.
    pub i_bias_leak_code: u16,
    /// Reset potential, code.
    pub v_reset_code: u16,
    /// Threshold, code: high above where the exponential takes over.
    pub v_threshold_code: u16,
    /// Exponential thresholds, rising codes; the strength-duration curve is that of the middle one.
    pub v_exp_codes: Vec<u16>,
    /// Bias of the exponential, code.
    pub i_bias_exp_code: u16,
}

impl Default for ExponentialConfig {
    fn default() -> ExponentialConfig {
        ExponentialConfig {
            neuron_row: 0,
            neuron_column: 0,
            durations_us: vec![20.0, 30.0, 50.0, 80.0, 130.0, 200.0, 320.0, 500.0, 1000.0],
            v_leak_code: 480,
            i_bias_leak_code: 150,
            v_reset_code: 500,
            v_threshold_code: 600,
            v_exp_codes: vec![800, 850, 900, 950, 1000],
            i_bias_exp_code: 100,
        }
    }
}

const OFFSET: &CapMemParameter = capmem_parameter("i_mem_offset");
const V_EXP: &CapMemParameter = capmem_parameter("v_exp");
const I_BIAS_EXP: &CapMemParameter = capmem_parameter("i_bias_exp");
/// Time before and after the current, us.
const MARGIN_US: (f64, f64) = (20.0, 200.0);
/// Division of the leak bias.
const DIVISION: f64 = 8.0;
const LARGEST_CODE: u16 = 1022;

/// A duration and an exponential threshold, and the weakest current that makes a spike.
#[derive(Debug, Clone, Copy)]
struct Question {
    duration_us: f64,
    v_exp: u16,
    /// Strongest code known to be too weak, weakest known to be strong enough.
    between: (u16, u16),
}

impl ExponentialConfig {
    fn check(&self) -> Result<AtomicNeuronOnDLS, ExperimentError> {
        let durations = &self.durations_us;
        if durations.len() < 3
            || durations.windows(2).any(|pair| pair[0].partial_cmp(&pair[1]).is_none_or(|o| o.is_ge()))
        {
            return Err(ExperimentError::Config("durations_us must be three or more rising numbers".into()));
        }
        in_range("the first of durations_us", durations[0], 1.0, 10_000.0)?;
        in_range("the last of durations_us", durations[durations.len() - 1], 1.0, 10_000.0)?;
        if self.v_exp_codes.is_empty() || self.v_exp_codes.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(ExperimentError::Config("v_exp_codes must be one or more rising codes".into()));
        }
        in_range("i_bias_leak_code", self.i_bias_leak_code.into(), 20.0, 1022.0)?;
        neuron_at(self.neuron_row, self.neuron_column)
    }

    fn middle(&self) -> u16 {
        self.v_exp_codes[self.v_exp_codes.len() / 2]
    }

    /// All durations at the middle threshold, then the longest one at the others.
    fn questions(&self) -> Vec<Question> {
        let question = |duration_us, v_exp| Question { duration_us, v_exp, between: (0, LARGEST_CODE) };
        let longest = self.durations_us[self.durations_us.len() - 1];
        let durations = self.durations_us.iter().map(|&duration| question(duration, self.middle()));
        durations.chain(self.v_exp_codes.iter().map(|&v_exp| question(longest, v_exp))).collect()
    }

    fn run(
        &self,
        neuron: AtomicNeuronOnDLS,
        question: &Question,
        current: u16,
    ) -> Result<(Board, Protocol), ExperimentError> {
        let mut off = Board::uncalibrated()?;
        let codes = [
            (V_LEAK, self.v_leak_code),
            (I_BIAS_LEAK, self.i_bias_leak_code),
            (V_RESET, self.v_reset_code),
            (V_THRESHOLD, self.v_threshold_code),
            (V_EXP, question.v_exp),
            (I_BIAS_EXP, self.i_bias_exp_code),
            (OFFSET, current),
        ];
        let settings = off.neuron(neuron).cells(&codes)?.fires(true).refractory_counts(255);
        let switches = [
            field!(NeuronConfig.enable_leak_division),
            field!(NeuronConfig.enable_exponential),
            field!(NeuronConfig.enable_pause),
        ];
        switches.into_iter().fold(settings, |settings, switch| settings.set(switch, 1)).sends()?;
        let mut on = off.clone();
        let _ = on.neuron(neuron).set(field!(NeuronConfig.enable_membrane_offset), 1);
        let snippets = vec![
            Snippet::quiet(MARGIN_US.0),
            Snippet { board: Some(on), ..Snippet::quiet(question.duration_us) },
            Snippet { board: Some(off.clone()), ..Snippet::quiet(MARGIN_US.1) },
        ];
        // Reset and leak potential are not the same.
        Ok((off, Protocol::new(snippets).after(500.0)))
    }

    /// What a typical membrane does: its slope in V/us.
    fn slope(&self, v_exp: u16, v: f64, current_ua: f64) -> f64 {
        let code = f64::from(self.i_bias_leak_code) / DIVISION;
        let (g, limit) = (nominal::g_leak_us(code), 1e-3 * code);
        let leak = limit * libm::tanh(g * (nominal::shifted_v(self.v_leak_code.into()) - v) / limit);
        let exponential = nominal::exponential_ua(self.i_bias_exp_code.into(), v_exp.into(), v);
        (leak + exponential + current_ua) / nominal::C_PF
    }

    /// The weakest current that carries a typical membrane to where it goes on alone, code of the cell.
    fn typical_code(&self, v_exp: u16, duration_us: f64) -> f64 {
        let rest = nominal::shifted_v(self.v_leak_code.into());
        let no_return = bisect(rest, nominal::shifted_v(v_exp.into()) + 0.3, |v| {
            v > rest + 0.02 && self.slope(v_exp, v, 0.0) > 0.0
        });
        let reaches = |code: f64| {
            let steps = (duration_us / 0.25).ceil();
            let step = duration_us / steps;
            let mut v = rest;
            for _ in 0..steps as usize {
                let half = v + 0.5 * step * self.slope(v_exp, v, nominal::offset_ua(code));
                v += step * self.slope(v_exp, half, nominal::offset_ua(code));
                if v > no_return {
                    return true;
                }
            }
            false
        };
        bisect(0.0, f64::from(LARGEST_CODE), reaches)
    }
}

/// Where a condition that holds above some value begins to hold.
fn bisect(low: f64, high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let halve = |(low, high): (f64, f64), _| {
        let middle = 0.5 * (low + high);
        if holds(middle) { (low, middle) } else { (middle, high) }
    };
    (0..30).fold((low, high), halve).1
}

impl Experiment for Exponential {
    const NAME: &'static str = "tutorial-07";
    const ALIASES: &'static [&'static str] = &["exponential"];
    const SUMMARY: &'static str =
        "the exponential term: strength-duration curve, and the rheobase against the exponential's threshold";
    const SOURCE: &'static str = "electronicvisions brainscales2-demos: cns_03_exponential_lif";
    type Config = ExponentialConfig;

    fn adjust(_: &mut ExponentialConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse_all(Self::NAME)
    }

    fn run(config: &ExponentialConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        let neuron = config.check()?;
        let mut lab = Lab::new(context)?;
        let mut report = Report::default();
        let mut questions = config.questions();
        // Ten halvings of 1022 codes; all questions are halved together.
        while questions.iter().any(|question| question.between.1 - question.between.0 > 1) {
            let middle = |question: &Question| question.between.0.midpoint(question.between.1);
            let runs = questions.iter().map(|question| config.run(neuron, question, middle(question)));
            let recorded = lab.record_all(&runs.collect::<Result<Vec<_>, _>>()?)?;
            for (question, recording) in questions.iter_mut().zip(&recorded) {
                recording.add_to(&mut report.bits);
                let code = middle(question);
                let (weak, strong) = &mut question.between;
                *(if recording.spikes.is_empty() { weak } else { strong }) = code;
            }
        }
        let found: Vec<f64> = questions.iter().map(|question| f64::from(question.between.1)).collect();
        let (strengths, rheobases) = found.split_at(config.durations_us.len());
        let shown = record_edge(config, neuron, &questions[config.durations_us.len() - 1], &mut lab)?;
        shown.iter().for_each(|recording| recording.add_to(&mut report.bits));
        report.chip_time = lab.conclude(context)?;
        report.checks = checks(config, context.instance.ideal, strengths, rheobases);
        report.figures.insert("strength_codes".into(), strengths.to_vec().into());
        report.figures.insert("rheobase_codes".into(), rheobases.to_vec().into());
        report.lines.push(format!(
            "rheobase {} codes; {} codes for {} us",
            strengths[strengths.len() - 1],
            strengths[0],
            config.durations_us[0]
        ));
        let rows = config.durations_us.iter().zip(strengths).map(|(&duration, &code)| [duration, code]);
        report.add_text("strength-duration.csv", csv(["duration_us", "current_code"], rows));
        let remark = remark("not calibrated", &context.instance);
        report.add_text("strength-duration.svg", picture(config, strengths, rheobases, &remark));
        report.add_text("edge.svg", edge_picture(config, &shown, &remark));
        Ok(report)
    }
}

/// The membrane for a current just too weak and one just strong enough.
fn record_edge(
    config: &ExponentialConfig,
    neuron: AtomicNeuronOnDLS,
    question: &Question,
    lab: &mut Lab,
) -> Result<Vec<Recording>, ExperimentError> {
    let (weak, strong) = question.between;
    let run = |code| -> Result<(Board, Protocol), ExperimentError> {
        let (board, protocol) = config.run(neuron, question, code)?;
        Ok((board, protocol.membrane_of(neuron)))
    };
    lab.record_all(&[run(weak.saturating_sub(5))?, run((strong + 5).min(LARGEST_CODE))?])
}

fn checks(config: &ExponentialConfig, ideal: bool, strengths: &[f64], rheobases: &[f64]) -> Vec<Check> {
    let falling: Vec<f64> = strengths.iter().map(|code| -code).collect();
    let last = strengths.len() - 1;
    let longest = config.durations_us[last];
    let typical: Vec<f64> =
        config.durations_us.iter().map(|&duration| config.typical_code(config.middle(), duration)).collect();
    let tolerance = if ideal { 0.1 } else { 0.6 };
    // Where durations are short what counts is the charge.
    let charge = strengths[0] * config.durations_us[0];
    let typical_charge = typical[0] * config.durations_us[0];
    vec![
        // The noise of the membrane moves the weakest current by a few codes.
        Check::equal("the weakest current never rises with its duration", fit::rises(&falling, 4.0), true),
        Check::within("rheobase / codes", strengths[last], typical[last], tolerance * typical[last] + 3.0),
        Check::within(
            &format!("charge in {} us / codes us", config.durations_us[0]),
            charge,
            typical_charge,
            tolerance * typical_charge,
        ),
        Check::at_least(
            &format!("weakest current at {} us over that at {longest} us", config.durations_us[0]),
            strengths[0] / strengths[last],
            2.0,
        ),
        Check::equal("rheobase rises with the exponential's threshold", fit::rises(rheobases, 1.0), true),
    ]
}

fn picture(config: &ExponentialConfig, strengths: &[f64], rheobases: &[f64], remark: &str) -> String {
    let durations: Vec<Point> = config.durations_us.iter().copied().zip(strengths.iter().copied()).collect();
    let codes = config.v_exp_codes.iter().map(|&code| f64::from(code));
    let thresholds: Vec<Point> = codes.zip(rheobases.iter().copied()).collect();
    let longest = config.durations_us[config.durations_us.len() - 1];
    let panel = |x_label: &str, level, compared| ComparisonPanel {
        label: "weakest current / code".to_owned(),
        x_label: x_label.to_owned(),
        level,
        compared: vec![compared],
    };
    let rheobase = strengths[strengths.len() - 1];
    comparison(&Comparison {
        title: "Strength and duration".into(),
        remark: format!("the weakest current that makes a spike, dashed: a typical chip · {remark}"),
        panels: vec![
            panel(
                "duration / µs",
                Some((rheobase, format!("rheobase {rheobase}"))),
                beside("found", &durations, |duration| config.typical_code(config.middle(), duration)),
            ),
            panel(
                &format!("v_exp / CapMem code, {longest} µs"),
                None,
                beside("found", &thresholds, |code| config.typical_code(code as u16, longest)),
            ),
        ],
    })
}

fn edge_picture(config: &ExponentialConfig, shown: &[Recording], remark: &str) -> String {
    let line = |name: &str, recording: &Recording| series(name, &fit::thinned(&recording.samples, 4));
    curves(&Curves {
        title: "The point of no return".into(),
        remark: format!("a current just too weak, and one just strong enough · {remark}"),
        x_label: "chip time / µs".into(),
        panels: vec![CurvePanel {
            label: "membrane / MADC code".into(),
            range: None,
            level: Some((nominal::madc(nominal::shifted_v(config.middle().into())), "v_exp, typical".into())),
            series: vec![line("too weak", &shown[0]), line("strong enough", &shown[1])],
        }],
    })
}
