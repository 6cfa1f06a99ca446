//! Tutorial 16: a dense network on the chip's products. It is trained with a linear model of the products first, whose gain and
//! noise are measured, then with the chip in the loop: products from the chip, gradients from the model.

use super::lab::pictures::remark;
use super::lab::{Lab, fit, in_range};
use super::multiplier::{MAX_ACTIVATION, Multiplier, Placement};
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Progress, Report, Training};
use crate::plot::curves::{CurvePanel, Curves, Series, curves};
use crate::plot::decision::{Decisions, decisions};
use hx_chip::chip::Amplifiers;
use hx_chip::random::{extend, gaussian, purpose, uniform};
use hx_host::driver::Hemisphere;
use hx_learn::data::DataSet;
use hx_learn::data::yin_yang::{CLASS_NAMES, Split, generate};
use hx_learn::optimiser::Adam;
use serde::{Deserialize, Serialize};

mod network;

use network::{Dense, ModelOfProducts, Tape};

/// The Yin-Yang data set by a dense network.
pub struct HagenYinYang;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HagenYinYangConfig {
    /// Hidden units, 8..=128.
    pub hidden: usize,
    /// How often both layers send their inputs.
    pub sends: [usize; 2],
    /// How many products of the second layer are averaged.
    pub average: usize,
    /// Samples of a step; every step gets new ones.
    pub batch: usize,
    /// Steps with the model of the chip, their learning rate in weight steps, and its factor from step to step.
    pub model: (u32, f64, f64),
    /// The same with the chip.
    pub chip: (u32, f64, f64),
    /// Counts of an output for a factor of e in the odds of its class.
    pub softness: f64,
    /// Samples of the test.
    pub test: usize,
}

impl Default for HagenYinYangConfig {
    fn default() -> HagenYinYangConfig {
        HagenYinYangConfig {
            hidden: 128,
            sends: [20, 4],
            average: 5,
            batch: 350,
            model: (300, 1.0, 0.993),
            chip: (20, 0.6, 0.92),
            softness: 4.0,
            test: 1000,
        }
    }
}

/// Least share decided right that is asked for.
const ACCURACY: f64 = 0.78;
/// Repetitions and vectors by which the model's parameters are measured.
const MEASURED: (usize, usize) = (12, 8);
const INPUTS: usize = 4;
const CLASSES: usize = 3;

impl HagenYinYangConfig {
    fn check(&self) -> Result<(), ExperimentError> {
        in_range("hidden", self.hidden as f64, 8.0, 128.0)?;
        in_range("sends[0]", self.sends[0] as f64, 1.0, 200.0)?;
        in_range("sends[1]", self.sends[1] as f64, 1.0, 20.0)?;
        in_range("average", self.average as f64, 1.0, 20.0)?;
        in_range("softness", self.softness, 0.1, 100.0)?;
        in_range("batch", self.batch as f64, 1.0, 5000.0)?;
        in_range("test", self.test as f64, 1.0, Split::Test.size() as f64)
    }
}

impl Experiment for HagenYinYang {
    const NAME: &'static str = "tutorial-16";
    const ALIASES: &'static [&'static str] = &["hagen-yin-yang"];
    const SUMMARY: &'static str =
        "Yin-Yang by a dense network on the chip's products, model and chip in the loop";
    const SOURCE: &'static str = "electronicvisions brainscales2-demos: tp_02-yin_yang";
    type Config = HagenYinYangConfig;

    fn adjust(config: &mut HagenYinYangConfig, options: &Options) -> Result<(), ExperimentError> {
        if options.quick {
            (config.chip.0, config.test) = (3, 300);
        }
        config.chip.0 = options.epochs.unwrap_or(config.chip.0);
        config.batch = options.batch.map_or(config.batch, |batch| batch as usize);
        Ok(())
    }

    fn run(config: &HagenYinYangConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        config.check()?;
        // Membranes and lines stay in the range in which amplifiers are linear; their closed solutions are much faster.
        context.instance.amplifiers = Amplifiers::SmallSignal;
        let calibration = Multiplier::calibration(context)?;
        let mut chip = OnChip::new(config, Multiplier::new(Lab::new(context)?, calibration)?)?;
        let model = chip.measure(context.instance.seed)?;
        let mut run = Run::new(config, context.instance.seed);
        let by_model = run.train_model(&model, context)?;
        let before = run.test_on(&mut chip)?;
        let by_chip = run.train_chip(&model, &mut chip, context)?;
        let after = run.test_on(&mut chip)?;
        let mut report =
            Report { chip_time: chip.multiplier.into_lab().conclude(context)?, ..Report::default() };
        let learnt = Learnt { by_model, by_chip, in_model: run.test_model(&model), before, after };
        run.report(&model, &learnt, &mut report, context);
        Ok(report)
    }
}

/// Both layers' places on the chip.
struct OnChip {
    multiplier: Multiplier,
    layers: [Placement; 2],
    sends: [usize; 2],
    average: usize,
}

impl OnChip {
    fn new(config: &HagenYinYangConfig, multiplier: Multiplier) -> Result<OnChip, ExperimentError> {
        let layers = [
            multiplier.place(Hemisphere::Top, INPUTS, Some(config.hidden))?,
            multiplier.place(Hemisphere::Bottom, config.hidden, Some(CLASSES))?,
        ];
        Ok(OnChip { multiplier, layers, sends: config.sends, average: config.average })
    }

    /// Gain and noise of products, from random matrices and vectors (electronicvisions hxtorch: measure_mock_parameter).
    fn measure(&mut self, seed: u64) -> Result<ModelOfProducts, ExperimentError> {
        const KEY: u64 = purpose("matrix of a measurement");
        let (repeats, vectors) = MEASURED;
        let draw = |part: u64, index: usize| uniform(extend(extend(extend(KEY, seed), part), index as u64));
        let outputs = self.layers[0].columns.len();
        let weight = |input: usize, output: usize| (126.0 * draw(0, input * outputs + output) - 63.0) as i8;
        self.multiplier.write(&self.layers[0], weight)?;
        let vectors: Vec<Vec<u8>> = (0..vectors)
            .map(|vector| (0..INPUTS).map(|input| (32.0 * draw(1, INPUTS * vector + input)) as u8).collect())
            .collect();
        let all: Vec<Vec<u8>> = (0..repeats).flat_map(|_| vectors.clone()).collect();
        let products = self.multiplier.multiply(&self.layers[0], &all, self.sends[0])?;
        let mut sums = Fit::default();
        for (number, vector) in vectors.iter().enumerate() {
            let repeated: Vec<&Vec<f64>> = products.iter().skip(number).step_by(vectors.len()).collect();
            for output in 0..outputs {
                let unit = |input: usize| f64::from(vector[input]) * f64::from(weight(input, output));
                let units = self.sends[0] as f64 * (0..INPUTS).map(unit).sum::<f64>();
                sums.add(units, &repeated.iter().map(|counts| counts[output]).collect::<Vec<_>>());
            }
        }
        let (gain, noise) = (sums.cross / sums.squares, (sums.variance / sums.count).sqrt());
        Ok(ModelOfProducts { gain, noise, sends: self.sends, average: self.average })
    }

    /// The network's forward pass on the chip.
    fn forward(&mut self, layers: &[Dense; 2], inputs: &[Vec<u8>]) -> Result<Tape, ExperimentError> {
        for (place, layer) in self.layers.iter().zip(layers) {
            self.multiplier.write(place, |input, output| layer.steps(input, output))?;
        }
        let sums = self.multiplier.multiply(&self.layers[0], inputs, self.sends[0])?;
        let hidden: Vec<Vec<u8>> = sums.iter().map(|sums| network::activations(sums)).collect();
        let repeated: Vec<Vec<u8>> = hidden.iter().flat_map(|h| vec![h.clone(); self.average]).collect();
        let products = self.multiplier.multiply(&self.layers[1], &repeated, self.sends[1])?;
        let mean = |products: &[Vec<f64>]| -> Vec<f64> {
            let of = |class: usize| products.iter().map(|counts| counts[class]).sum::<f64>();
            (0..CLASSES).map(|class| of(class) / products.len() as f64).collect()
        };
        let outputs = products.chunks(self.average).map(mean).collect();
        Ok(Tape { inputs: inputs.to_vec(), sums, hidden, outputs })
    }
}

/// Sums behind gain and noise.
#[derive(Debug, Clone, Copy, Default)]
struct Fit {
    cross: f64,
    squares: f64,
    variance: f64,
    count: f64,
}

impl Fit {
    /// Repeated counts of a product of so many units.
    fn add(&mut self, units: f64, counts: &[f64]) {
        let (mean, spread) = fit::mean_and_spread(counts);
        self.cross += units * mean;
        self.squares += units * units;
        self.variance += spread * spread;
        self.count += 1.0;
    }
}

/// Accuracies and what was decided.
struct Learnt {
    by_model: Vec<f64>,
    by_chip: Vec<f64>,
    in_model: f64,
    before: Tested,
    after: Tested,
}

/// A test on the chip.
struct Tested {
    accuracy: f64,
    decided: Vec<usize>,
}

/// A network in training.
struct Run<'c> {
    config: &'c HagenYinYangConfig,
    seed: u64,
    layers: [Dense; 2],
    test: DataSet,
    losses: Vec<f64>,
}

/// Activations of a sample.
fn inputs_of(set: &DataSet) -> Vec<Vec<u8>> {
    let activation = |value: &f64| (f64::from(MAX_ACTIVATION) * value).round() as u8;
    (0..set.len()).map(|sample| set.sample(sample).iter().map(activation).collect()).collect()
}

impl<'c> Run<'c> {
    fn new(config: &'c HagenYinYangConfig, seed: u64) -> Run<'c> {
        let layers = [
            Dense::random(INPUTS, config.hidden, 35.0, extend(seed, 1)),
            Dense::random(config.hidden, CLASSES, 18.0, extend(seed, 2)),
        ];
        Run { config, seed, layers, test: Split::Test.load().first(config.test), losses: Vec::new() }
    }

    /// New samples for a step.
    fn samples(&self, phase: u64, step: u32) -> DataSet {
        const KEY: u64 = purpose("samples of a step");
        generate(self.config.batch, extend(extend(extend(KEY, self.seed), phase), step.into()) as u32)
    }

    fn learn(
        &mut self,
        model: &ModelOfProducts,
        tape: &Tape,
        set: &DataSet,
        adam: &mut [Adam; 2],
        rate: f64,
    ) -> f64 {
        let (loss, gradients) =
            network::gradients(model, &self.layers, tape, &set.labels, self.config.softness);
        for ((layer, gradient), adam) in self.layers.iter_mut().zip(&gradients).zip(adam) {
            layer.step(gradient, adam, rate);
        }
        self.losses.push(loss);
        tape.accuracy(&set.labels)
    }

    fn optimisers(&self) -> [Adam; 2] {
        [0, 1].map(|layer: usize| Adam::new(self.layers[layer].weights()))
    }

    fn train_model(
        &mut self,
        model: &ModelOfProducts,
        context: &mut Context<'_>,
    ) -> Result<Vec<f64>, ExperimentError> {
        let (steps, rate, factor) = self.config.model;
        let (mut adam, mut rate) = (self.optimisers(), rate);
        let mut accuracies = Vec::new();
        for step in 0..steps {
            let set = self.samples(0, step);
            let noise = |index: u64| gaussian(extend(extend(self.seed, step.into()), index));
            let tape = model.forward(&self.layers, &inputs_of(&set), noise);
            accuracies.push(self.learn(model, &tape, &set, &mut adam, rate));
            rate *= factor;
            self.progress("step of the model", step, steps, &accuracies, context);
        }
        Ok(accuracies)
    }

    fn train_chip(
        &mut self,
        model: &ModelOfProducts,
        chip: &mut OnChip,
        context: &mut Context<'_>,
    ) -> Result<Vec<f64>, ExperimentError> {
        let (steps, rate, factor) = self.config.chip;
        let (mut adam, mut rate) = (self.optimisers(), rate);
        let mut accuracies = Vec::new();
        for step in 0..steps {
            let set = self.samples(1, step);
            let tape = chip.forward(&self.layers, &inputs_of(&set))?;
            accuracies.push(self.learn(model, &tape, &set, &mut adam, rate));
            rate *= factor;
            self.progress("step on the chip", step, steps, &accuracies, context);
        }
        Ok(accuracies)
    }

    fn progress(
        &self,
        label: &'static str,
        step: u32,
        steps: u32,
        accuracies: &[f64],
        context: &mut Context<'_>,
    ) {
        let done = u64::from(step) + 1;
        let (accuracy, loss) = (accuracies.last().copied(), self.losses.last().copied());
        let samples = done * self.config.batch as u64;
        context.observer.progress(&Progress { label, done, total: steps.into(), samples, accuracy, loss });
    }

    fn test_model(&self, model: &ModelOfProducts) -> f64 {
        let noise = |index: u64| gaussian(extend(extend(self.seed, u64::MAX), index));
        model.forward(&self.layers, &inputs_of(&self.test), noise).accuracy(&self.test.labels)
    }

    fn test_on(&self, chip: &mut OnChip) -> Result<Tested, ExperimentError> {
        let tape = chip.forward(&self.layers, &inputs_of(&self.test))?;
        Ok(Tested { accuracy: tape.accuracy(&self.test.labels), decided: tape.decisions() })
    }

    fn report(&self, model: &ModelOfProducts, learnt: &Learnt, report: &mut Report, context: &Context<'_>) {
        self.layers.iter().for_each(|layer| report.bits.floats(layer.values()));
        report.bits.integers(learnt.after.decided.iter().map(|&class| class as u64));
        report.checks = vec![
            Check::at_least("accuracy in the model", learnt.in_model, ACCURACY),
            Check::at_least("accuracy on the chip", learnt.after.accuracy, ACCURACY),
        ];
        for (key, value) in [
            ("gain", model.gain),
            ("noise_counts", model.noise),
            ("model_accuracy", learnt.in_model),
            ("chip_accuracy_before", learnt.before.accuracy),
        ] {
            report.figures.insert(key.into(), value.into());
        }
        report.training = Some(Training {
            test_accuracy: learnt.after.accuracy,
            val_accuracy: learnt.by_chip.clone(),
            train_loss: self.losses.clone(),
            epochs: self.config.chip.0,
            parameters: self.layers.iter().map(|layer| layer.weights() as u64).sum(),
            ..Training::default()
        });
        report.lines.push(format!("products: gain {:.5}, noise {:.2} counts", model.gain, model.noise));
        report.lines.push(format!(
            "accuracy {:.1} % in the model, {:.1} % on the chip with the weights of the model, {:.1} % trained on the chip",
            100.0 * learnt.in_model,
            100.0 * learnt.before.accuracy,
            100.0 * learnt.after.accuracy
        ));
        let text = remark(&format!("{:.1} % right", 100.0 * learnt.after.accuracy), &context.instance);
        report.add_text("training.svg", self.training_picture(learnt, text.clone()));
        report.add_text("decisions.svg", self.decision_picture(&learnt.after, text));
    }

    fn training_picture(&self, learnt: &Learnt, remark: String) -> String {
        let all: Vec<f64> =
            learnt.by_model.iter().chain(&learnt.by_chip).map(|share| 100.0 * share).collect();
        let panel = |label: &str, name: &str, values: &[f64]| CurvePanel {
            label: label.to_owned(),
            range: None,
            level: None,
            series: vec![Series::per_step(name, values)],
        };
        curves(&Curves {
            title: "Dense network on the chip's products".into(),
            remark,
            x_label: format!("step, from {} on with the chip", learnt.by_model.len() + 1),
            panels: vec![
                panel("right in the batch / %", "accuracy", &all),
                panel("cross entropy", "loss", &self.losses),
            ],
        })
    }

    fn decision_picture(&self, tested: &Tested, remark: String) -> String {
        let point = |sample: usize| (self.test.sample(sample)[0], self.test.sample(sample)[1]);
        decisions(&Decisions {
            title: "Decisions on the test set".into(),
            remark,
            classes: CLASS_NAMES.map(str::to_owned).to_vec(),
            points: (0..self.test.len()).map(point).collect(),
            truth: self.test.labels.iter().map(|&label| label.into()).collect(),
            decision: tested.decided.iter().copied().map(Some).collect(),
            outlines: Vec::new(),
        })
    }
}
