//! Tutorial 15: the chip multiplies vectors with matrices. A neuron integrates events; a product of 100 inputs with ten columns;
//! how products spread over the columns, how they follow weight and input, and how they differ from time to time.

use super::lab::pictures::{function, madc_trace, remark, series};
use super::lab::{Board, Lab, Protocol, Recording, Snippet, fit, in_range};
use super::multiplier::{EXPECTED_GAIN, MAX_ACTIVATION, Multiplier, RESULT_RANGE};
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Report, csv};
use crate::plot::curves::{CurvePanel, Curves, Series, curves};
use crate::plot::recording::{Recording as Picture, recording};
use hx_calib::Calibration;
use hx_host::driver::Hemisphere;
use serde::{Deserialize, Serialize};

/// Products of vectors and matrices.
pub struct MatrixMultiplication;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MatrixMultiplicationConfig {
    /// Inputs of the product, 1..=128, all with the same value.
    pub inputs: usize,
    /// Outputs of the product.
    pub outputs: usize,
    /// The value of the inputs, 0..=31.
    pub input_value: u8,
    /// The weight of all synapses of the product, -63..=63.
    pub weight: i8,
    /// How often the single input is sent whose products are compared.
    pub sends: usize,
    /// Its value, 0..=31.
    pub single_input_value: u8,
    /// How often each of its products is repeated.
    pub repeats: usize,
}

impl Default for MatrixMultiplicationConfig {
    fn default() -> MatrixMultiplicationConfig {
        MatrixMultiplicationConfig {
            inputs: 100,
            outputs: 10,
            input_value: 15,
            weight: 21,
            sends: 100,
            single_input_value: 12,
            repeats: 10,
        }
    }
}

/// Events of the tutorial's neuron, us, each of weight 63, exciting and inhibiting.
const EXCITES_US: [f64; 12] = [1.0, 3.0, 4.0, 5.0, 7.0, 8.0, 9.0, 10.0, 15.0, 17.0, 18.0, 19.0];
const INHIBITS_US: [f64; 3] = [2.0, 6.0, 16.0];
/// Length of that recording, us.
const INTEGRATION_US: f64 = 50.0;
/// Time constant of the membranes, us.
const TAU_MEM_US: f64 = 60.0;
/// Up to these counts products are proportional.
const LINEAR_COUNTS: f64 = 80.0;

impl MatrixMultiplicationConfig {
    fn check(&self) -> Result<(), ExperimentError> {
        in_range("inputs", self.inputs as f64, 1.0, 128.0)?;
        in_range("outputs", self.outputs as f64, 1.0, 200.0)?;
        in_range("input_value", self.input_value.into(), 0.0, MAX_ACTIVATION.into())?;
        in_range("weight", self.weight.into(), -63.0, 63.0)?;
        in_range("sends", self.sends as f64, 1.0, 400.0)?;
        in_range("single_input_value", self.single_input_value.into(), 1.0, MAX_ACTIVATION.into())?;
        in_range("repeats", self.repeats as f64, 2.0, 100.0)
    }
}

impl Experiment for MatrixMultiplication {
    const NAME: &'static str = "tutorial-15";
    const ALIASES: &'static [&'static str] = &["matrix-multiplication"];
    const SUMMARY: &'static str = "the analog product of vector and matrix: gain, spread, linearity, noise";
    const SOURCE: &'static str = "electronicvisions brainscales2-demos: tp_00-introduction, tp_01-properties";
    type Config = MatrixMultiplicationConfig;

    fn adjust(_: &mut MatrixMultiplicationConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse_all(Self::NAME)
    }

    fn run(
        config: &MatrixMultiplicationConfig,
        context: &mut Context<'_>,
    ) -> Result<Report, ExperimentError> {
        config.check()?;
        let calibration = Multiplier::calibration(context)?;
        let mut lab = Lab::new(context)?;
        let trace = integrate(&mut lab, &calibration)?;
        let mut chip = Multiplier::new(lab, calibration)?;
        let found = Found::of(config, &mut chip)?;
        let mut report = Report { chip_time: chip.into_lab().conclude(context)?, ..Report::default() };
        trace.add_to(&mut report.bits);
        found.report(config, context.instance.ideal, &mut report);
        report.checks.push(integrator_check(&trace));
        let remark = |text: &str| remark(text, &context.instance);
        let text = format!("gain {:.5}, noise {:.2} counts", found.gain, found.noise);
        report.add_text("weights.svg", found.weight_picture(config, remark(&text)));
        report.add_text("inputs.svg", found.input_picture(config, remark(&text)));
        report.add_text("columns.svg", found.column_picture(remark(&text)));
        report.add_text("integrator.svg", integrator_picture(&trace, remark("12 events excite, 3 inhibit")));
        Ok(report)
    }
}

/// One neuron and its events.
fn integrate(lab: &mut Lab, calibration: &Calibration) -> Result<Recording, ExperimentError> {
    let neuron = calibration.good_neurons().next();
    let neuron = neuron.ok_or_else(|| ExperimentError::Failed("no neuron could be calibrated".to_owned()))?;
    let mut board = Board::calibrated(calibration)?;
    let (excites, inhibits) = (board.host_source()?, board.host_source()?);
    board.connect(excites, neuron, 63)?.connect(inhibits, neuron, -63)?;
    let spikes = EXCITES_US.map(|us| (us, excites)).into_iter().chain(INHIBITS_US.map(|us| (us, inhibits)));
    let protocol =
        Protocol::new(vec![Snippet::quiet(10.0), Snippet::with_spikes(INTEGRATION_US, spikes.collect())]);
    lab.record(&board, &protocol.membrane_of(neuron))
}

/// What all events together move the membrane by, in steps of the first ones: the leak takes some of the early ones.
fn integrator_check(trace: &Recording) -> Check {
    const AT_US: f64 = 22.0;
    let left = |us: &f64| libm::exp((us - AT_US) / TAU_MEM_US);
    let expected = EXCITES_US.iter().map(left).sum::<f64>() - INHIBITS_US.iter().map(left).sum::<f64>();
    let rest = trace.mean_in(0.0, 10.0);
    let step = (trace.mean_in(20.5, 24.5) - trace.mean_in(15.5, 15.9)) / net_steps(10.5, 5.7);
    let moved = trace.mean_in(10.0 + AT_US - 1.5, 10.0 + AT_US + 1.5) - rest;
    Check::within("integrator: all events in steps of one", moved / step, expected, 0.35 * expected)
}

/// Events that excite less those that inhibit between two times after the first, us.
fn net_steps(until_us: f64, after_us: f64) -> f64 {
    let count = |events: &[f64]| events.iter().filter(|&&us| us > after_us && us < until_us).count() as f64;
    count(&EXCITES_US) - count(&INHIBITS_US)
}

/// What the products show, in counts.
struct Found {
    /// The product of the configuration.
    product: Vec<f64>,
    /// Means over repeats of the product of one input, by column.
    pattern: Vec<f64>,
    /// Deviation from time to time, mean over columns.
    noise: f64,
    /// Counts per activation and weight.
    gain: f64,
    /// Weight and product of every column.
    by_weight: Vec<(f64, f64)>,
    /// Activation and mean product.
    by_input: Vec<(f64, f64)>,
}

impl Found {
    fn of(config: &MatrixMultiplicationConfig, chip: &mut Multiplier) -> Result<Found, ExperimentError> {
        let matrix = chip.place(Hemisphere::Bottom, config.inputs, Some(config.outputs))?;
        chip.write(&matrix, |_, _| config.weight)?;
        let product = chip.multiply(&matrix, &[vec![config.input_value; config.inputs]], 1)?.swap_remove(0);
        let row = chip.place(Hemisphere::Top, 1, None)?;
        let outputs = row.columns.len();
        chip.write(&row, |_, _| config.weight)?;
        let single = vec![config.single_input_value];
        let repeated = chip.multiply(&row, &vec![single.clone(); config.repeats], config.sends)?;
        let of_column = |column: usize| repeated.iter().map(|counts| counts[column]).collect::<Vec<_>>();
        let (pattern, deviations): (Vec<f64>, Vec<f64>) =
            (0..outputs).map(|column| fit::mean_and_spread(&of_column(column))).unzip();
        let inputs: Vec<Vec<u8>> = (0..=MAX_ACTIVATION).map(|activation| vec![activation]).collect();
        let swept = chip.multiply(&row, &inputs, config.sends)?;
        let by_input = swept.iter().zip(0u8..).map(|(counts, activation)| (activation.into(), mean(counts)));
        let weight = |output: usize| (126 * output / (outputs - 1).max(1)) as i8 - 63;
        chip.write(&row, |_, output| weight(output))?;
        let ramp = chip.multiply(&row, &[single], config.sends)?.swap_remove(0);
        let units = f64::from(config.single_input_value) * f64::from(config.weight) * config.sends as f64;
        Ok(Found {
            gain: mean(&pattern) / units,
            noise: mean(&deviations),
            by_weight: ramp.iter().enumerate().map(|(o, &count)| (weight(o).into(), count)).collect(),
            by_input: by_input.collect(),
            product,
            pattern,
        })
    }

    /// Counts expected for a product of one input.
    fn expected(&self, activation: f64, weight: f64, sends: usize) -> f64 {
        self.gain * activation * weight * sends as f64
    }

    /// Root mean square distance of products in the linear range from proportionality.
    fn curvature(&self, config: &MatrixMultiplicationConfig) -> f64 {
        let weighted = |&(weight, count): &(f64, f64)| {
            (self.expected(config.single_input_value.into(), weight, config.sends), count)
        };
        let pairs = self.by_weight.iter().map(weighted);
        let linear: Vec<f64> = pairs
            .filter(|(expected, _)| expected.abs() <= LINEAR_COUNTS)
            .map(|(expected, count)| (count - expected) * (count - expected))
            .collect();
        mean(&linear).sqrt()
    }

    /// The same of the mean products over the input.
    fn input_curvature(&self, config: &MatrixMultiplicationConfig) -> f64 {
        let distance = |&(activation, count): &(f64, f64)| {
            let expected = self.expected(activation, config.weight.into(), config.sends);
            (expected.abs() <= LINEAR_COUNTS).then_some((count - expected).abs())
        };
        self.by_input.iter().filter_map(distance).fold(0.0, f64::max)
    }

    fn report(&self, config: &MatrixMultiplicationConfig, ideal: bool, report: &mut Report) {
        // Biases are made equal to the weakest quadrant's, which is far below the nominal one on some chips.
        let tolerance = if ideal { 0.2 } else { 0.4 };
        let units = config.inputs as f64 * f64::from(config.input_value) * f64::from(config.weight);
        let (level, spread) = fit::mean_and_spread(&self.pattern);
        let (product, _) = fit::mean_and_spread(&self.product);
        report.bits.floats(&self.product);
        report.bits.floats(&self.pattern);
        report.bits.floats(&self.by_weight.iter().map(|point| point.1).collect::<Vec<_>>());
        report.checks = vec![
            Check::within("gain / counts per unit", self.gain, EXPECTED_GAIN, tolerance * EXPECTED_GAIN),
            Check::within("mean product over its expectation", product / (self.gain * units), 1.0, 0.15),
            Check::at_most("spread over columns / counts", spread, 5.0),
            Check::at_most("deviation from time to time / counts", self.noise, 3.0),
            Check::at_most("distance from a line over weights / counts rms", self.curvature(config), 7.0),
            Check::at_most("distance from a line over inputs / counts", self.input_curvature(config), 6.0),
        ];
        report.figures.insert("gain".into(), self.gain.into());
        report.figures.insert("noise_counts".into(), self.noise.into());
        report.figures.insert("spread_counts".into(), spread.into());
        report.figures.insert("product".into(), self.product.clone().into());
        let numbers: Vec<String> = self.product.iter().map(|count| format!("{count:.0}")).collect();
        report.lines.push(format!(
            "{} x {} times {}: {}",
            config.inputs,
            config.input_value,
            config.weight,
            numbers.join(" ")
        ));
        report.lines.push(format!(
            "{} sends of {} times {}: {level:.1} +- {spread:.1} counts over {} columns, {:.2} from time to time; gain {:.5}",
            config.sends, config.single_input_value, config.weight, self.pattern.len(), self.noise, self.gain
        ));
        let rows = self.by_weight.iter().map(|&(weight, count)| [weight, count]);
        report.add_text("weights.csv", csv(["weight", "counts"], rows));
        let rows = self.by_input.iter().map(|&(input, count)| [input, count]);
        report.add_text("inputs.csv", csv(["input", "counts"], rows));
    }

    fn weight_picture(&self, config: &MatrixMultiplicationConfig, remark: String) -> String {
        let slope = EXPECTED_GAIN * f64::from(config.single_input_value) * config.sends as f64;
        let reach = (RESULT_RANGE.1 / slope).min(63.0);
        let line = function("software's gain 0.002", (-reach, reach), |weight| slope * weight);
        let lines = vec![series("columns", &self.by_weight), line];
        picture("Products over the weight", "weight, one for each column", lines, Some(RESULT_RANGE), remark)
    }

    fn input_picture(&self, config: &MatrixMultiplicationConfig, remark: String) -> String {
        let slope = EXPECTED_GAIN * f64::from(config.weight) * config.sends as f64;
        let line = function("software's gain 0.002", (0.0, MAX_ACTIVATION.into()), |input| slope * input);
        let lines = vec![series("mean of the columns", &self.by_input), line];
        picture("Products over the input", "input", lines, None, remark)
    }

    fn column_picture(&self, remark: String) -> String {
        let points: Vec<(f64, f64)> = (0..self.pattern.len()).map(|c| (c as f64, self.pattern[c])).collect();
        let lines = vec![series("mean of repeats", &points)];
        picture("The same product in all columns", "calibrated column", lines, None, remark)
    }
}

fn picture(
    title: &str,
    x_label: &str,
    series: Vec<Series>,
    range: Option<(f64, f64)>,
    remark: String,
) -> String {
    curves(&Curves {
        title: title.into(),
        remark,
        x_label: x_label.into(),
        panels: vec![CurvePanel { label: "counts".into(), range, level: None, series }],
    })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn integrator_picture(trace: &Recording, remark: String) -> String {
    recording(&Picture {
        title: "An integrator neuron".into(),
        remark,
        range_us: (0.0, 10.0 + INTEGRATION_US),
        groups: Vec::new(),
        traces: vec![madc_trace("membrane", trace, &[])],
    })
}
