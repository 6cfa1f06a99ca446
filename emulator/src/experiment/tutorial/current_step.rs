//! Tutorial 3: a constant current is switched on and off between appended snippets. Charging and discharging are exponential,
//! and their time constant is that of the membrane, C / g_l.

use super::lab::pictures::{beside, function, remark, series};
use super::lab::{Board, Lab, Protocol, Recording, Snippet, fit, in_range, neuron_at};
use super::nominal;
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Report, csv};
use crate::plot::Point;
use crate::plot::comparison::{Comparison, ComparisonPanel, comparison};
use crate::plot::curves::{CurvePanel, Curves, curves};
use hx_calib::codes::{I_BIAS_LEAK, V_LEAK};
use hx_isa::field;
use hx_isa::regmap::capmem::capmem_parameter;
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;
use serde::{Deserialize, Serialize};

/// Membrane time constants from current steps.
pub struct CurrentStep;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CurrentStepConfig {
    /// Row of the neuron, 0 (top) or 1 (bottom).
    pub neuron_row: usize,
    /// Column of the neuron, 0..256.
    pub neuron_column: usize,
    /// Time before and after the step, us.
    pub margin_us: f64,
    /// Length of the step, us.
    pub step_us: f64,
    /// Current of the step, codes per code of the leak conductance: the same height for all of them.
    pub current_per_leak: f64,
    /// Leak potential, code.
    pub v_leak_code: u16,
    /// Leak conductances, rising codes; the one in the middle is shown as a trace.
    pub i_bias_leak_codes: Vec<u16>,
}

impl Default for CurrentStepConfig {
    fn default() -> CurrentStepConfig {
        CurrentStepConfig {
            neuron_row: 0,
            neuron_column: 0,
            margin_us: 150.0,
            step_us: 150.0,
            current_per_leak: 2.0,
            v_leak_code: 530,
            i_bias_leak_codes: vec![80, 100, 125, 150, 200, 250, 300, 400, 500],
        }
    }
}

/// What one recording shows.
#[derive(Debug, Clone, Copy)]
struct Step {
    code: f64,
    current: f64,
    rise: fit::Exponential,
    decay: fit::Exponential,
}

impl Step {
    fn tau_us(&self) -> f64 {
        0.5 * (self.rise.tau + self.decay.tau)
    }

    /// Height of the step per code of the current, MADC codes.
    fn height(&self) -> f64 {
        (self.rise.offset - self.decay.offset) / self.current
    }
}

impl CurrentStepConfig {
    fn check(&self) -> Result<AtomicNeuronOnDLS, ExperimentError> {
        in_range("margin_us", self.margin_us, 20.0, 5_000.0)?;
        in_range("step_us", self.step_us, 20.0, 5_000.0)?;
        in_range("current_per_leak", self.current_per_leak, 0.1, 10.0)?;
        let codes = &self.i_bias_leak_codes;
        if codes.len() < 3 || !codes.is_sorted() || codes[0] == 0 {
            let message = "i_bias_leak_codes must be three or more rising codes above 0";
            return Err(ExperimentError::Config(message.to_owned()));
        }
        in_range("current_per_leak * i_bias_leak_codes", self.current(codes[codes.len() - 1]), 1.0, 1022.0)?;
        neuron_at(self.neuron_row, self.neuron_column)
    }

    /// Code of the current at a leak conductance.
    fn current(&self, leak: u16) -> f64 {
        (self.current_per_leak * f64::from(leak)).round()
    }

    /// The board at a leak conductance, and the three snippets.
    fn run(&self, neuron: AtomicNeuronOnDLS, leak: u16) -> Result<(Board, Protocol), ExperimentError> {
        const OFFSET: &hx_isa::regmap::capmem::CapMemParameter = capmem_parameter("i_mem_offset");
        let mut off = Board::uncalibrated()?;
        let codes = [(V_LEAK, self.v_leak_code), (I_BIAS_LEAK, leak), (OFFSET, self.current(leak) as u16)];
        let _ = off.neuron(neuron).cells(&codes)?;
        let mut on = off.clone();
        let _ = on.neuron(neuron).set(field!(NeuronConfig.enable_membrane_offset), 1);
        let snippets = vec![
            Snippet::quiet(self.margin_us),
            Snippet { board: Some(on), ..Snippet::quiet(self.step_us) },
            Snippet { board: Some(off.clone()), ..Snippet::quiet(self.margin_us) },
        ];
        Ok((off, Protocol::new(snippets).after(200.0).membrane_of(neuron)))
    }

    /// Fits both edges, a little after the switches.
    fn fit(&self, code: u16, recording: &Recording) -> Step {
        const SETTLED_US: f64 = 0.5;
        let within = |from: f64, to: f64| {
            fit::exponential(recording.samples_in(from + SETTLED_US, to - SETTLED_US), 0.3, 300.0)
        };
        let (on, off) = (self.margin_us, self.margin_us + self.step_us);
        Step {
            code: code.into(),
            current: self.current(code),
            rise: within(on, off),
            decay: within(off, off + self.margin_us),
        }
    }
}

impl Experiment for CurrentStep {
    const NAME: &'static str = "tutorial-03";
    const ALIASES: &'static [&'static str] = &["current-step"];
    const SUMMARY: &'static str =
        "a current step in appended snippets: exponential fits of the membrane time constant";
    const SOURCE: &'static str = "electronicvisions brainscales2-demos: cns_01_lif_parameters";
    type Config = CurrentStepConfig;

    fn adjust(_: &mut CurrentStepConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse_all(Self::NAME)
    }

    fn run(config: &CurrentStepConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        let neuron = config.check()?;
        let codes = &config.i_bias_leak_codes;
        let runs = codes.iter().map(|&code| config.run(neuron, code)).collect::<Result<Vec<_>, _>>()?;
        let mut lab = Lab::new(context)?;
        let recorded = lab.record_all(&runs)?;
        let steps: Vec<Step> =
            codes.iter().zip(&recorded).map(|(&code, recording)| config.fit(code, recording)).collect();
        let mut report = Report {
            chip_time: lab.conclude(context)?,
            checks: checks(config, context.instance.ideal, &steps),
            ..Report::default()
        };
        recorded.iter().for_each(|recording| recording.add_to(&mut report.bits));
        let shown = steps.len() / 2;
        let taus: Vec<f64> = steps.iter().map(Step::tau_us).collect();
        report.figures.insert("tau_mem_us".into(), taus.clone().into());
        report
            .figures
            .insert("step_madc_per_code".into(), steps.iter().map(Step::height).collect::<Vec<_>>().into());
        report.lines.push(format!(
            "tau_m from {:.1} to {:.1} us over i_bias_leak {} to {}",
            taus[0],
            taus[taus.len() - 1],
            codes[0],
            codes[codes.len() - 1]
        ));
        let rows = steps.iter().map(|step| [step.code, step.rise.tau, step.decay.tau, step.height()]);
        report.add_text(
            "tau.csv",
            csv(["i_bias_leak_code", "tau_rise_us", "tau_decay_us", "step_madc_per_code"], rows),
        );
        let remark = |text: &str| remark(text, &context.instance);
        report.add_text(
            "step.svg",
            trace_picture(config, &recorded[shown], &steps[shown], remark("not calibrated")),
        );
        report.add_text("tau.svg", sweep_picture(&steps, remark("not calibrated")));
        Ok(report)
    }
}

fn inverse(steps: &[Step]) -> Vec<Point> {
    steps.iter().map(|step| (step.code, 1.0 / step.tau_us())).collect()
}

/// The leak conductance is proportional to its bias: so are 1/tau and the inverse height of the step. What chips differ in are
/// the factors, and a few codes of the cell.
fn checks(config: &CurrentStepConfig, ideal: bool, steps: &[Step]) -> Vec<Check> {
    let rates = inverse(steps);
    let line = fit::line(&rates);
    let last = rates[rates.len() - 1].1;
    let taus: Vec<f64> = steps.iter().map(|step| -step.tau_us()).collect();
    let edges = steps.iter().map(|step| (step.rise.tau / step.decay.tau - 1.0).abs()).fold(0.0, f64::max);
    let middle = &steps[steps.len() / 2];
    let expected = nominal::tau_mem_us(middle.code);
    let heights: Vec<Point> = steps.iter().map(|step| (step.tau_us(), step.height())).collect();
    let height = fit::proportion(&heights);
    let bent = heights.iter().map(|(tau, step)| (step / (height * tau) - 1.0).abs()).fold(0.0, f64::max);
    let tolerance = if ideal { 0.1 } else { 0.6 };
    vec![
        Check::equal("tau_m falls with i_bias_leak", fit::rises(&taus, 0.0), true),
        Check::at_most("1/tau_m off a straight line, share of the largest", line.worst / last, 0.06),
        Check::within(
            &format!("tau_m at i_bias_leak {} / us", middle.code),
            middle.tau_us(),
            expected,
            tolerance * expected,
        ),
        Check::at_most("tau_m of the two edges apart, relative", edges, if ideal { 0.1 } else { 0.3 }),
        // The leak amplifier's tanh makes high steps higher.
        Check::at_most("height of the step off proportionality to tau_m", bent, 0.2),
        Check::at_least(
            "height of the first step / MADC codes",
            steps[0].height() * steps[0].current,
            25.0 * config.current_per_leak,
        ),
    ]
}

fn trace_picture(config: &CurrentStepConfig, recording: &Recording, step: &Step, remark: String) -> String {
    let (on, off) = (config.margin_us, config.margin_us + config.step_us);
    let fitted = |name: &str, fit: fit::Exponential, to: f64| {
        function(&format!("{name}: tau {:.1} us", fit.tau), (fit.start, to), move |us| fit.at(us))
    };
    curves(&Curves {
        title: "A current step".into(),
        remark: format!("i_bias_leak {}, current on from {on} to {off} us · {remark}", step.code),
        x_label: "chip time / µs".into(),
        panels: vec![CurvePanel {
            label: "membrane / MADC code".into(),
            range: None,
            level: Some((step.decay.offset, format!("rest {:.0}", step.decay.offset))),
            series: vec![
                series("recorded", &recording.samples),
                fitted("charging", step.rise, off),
                fitted("discharging", step.decay, off + config.margin_us),
            ],
        }],
    })
}

fn sweep_picture(steps: &[Step], remark: String) -> String {
    let heights: Vec<Point> = steps.iter().map(|step| (step.code, step.height())).collect();
    let panel = |label: &str, compared| ComparisonPanel {
        label: label.to_owned(),
        x_label: "i_bias_leak / CapMem code".to_owned(),
        level: None,
        compared: vec![compared],
    };
    let typical_height = |code| nominal::madc_per_v() * nominal::offset_ua(1.0) / nominal::g_leak_us(code);
    comparison(&Comparison {
        title: "The membrane time constant is C / g_l".into(),
        remark: format!("dashed: a typical chip · {remark}"),
        panels: vec![
            panel(
                "1 / tau_m / (1/µs)",
                beside("fitted", &inverse(steps), |code| 1.0 / nominal::tau_mem_us(code)),
            ),
            panel("step per current code / MADC", beside("fitted", &heights, typical_height)),
        ],
    })
}
