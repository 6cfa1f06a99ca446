//! Pictures of a training: curves, what the network decides, one sample on the chip, weights.

use super::{ChipNetwork, Evaluated, History, InTheLoop, NetworkError, Sets, YinYangConfig};
use crate::experiment::{Report, csv};
use crate::plot::Point;
use crate::plot::colour::ColourScale;
use crate::plot::curves::{CurvePanel, Curves, Series, curves};
use crate::plot::decision::{Decisions, arc, decisions};
use crate::plot::matrix::{Matrices, Matrix, matrices};
use crate::plot::recording::{Recording, SpikeGroup, Trace, recording};
use hx_host::setup::Setup;
use hx_learn::{Network, SpikeTimes};

/// Names of the classes.
const CLASSES: [&str; 3] = ["yin", "yang", "dot"];
/// Stretch of a sample shown, in units of tau.
const SHOWN_TAU: f64 = 6.0;

/// Adds all pictures and the numbers behind them to a report.
pub fn draw<S: Setup>(
    report: &mut Report,
    config: &YinYangConfig,
    sets: &Sets,
    history: &History,
    tested: &Evaluated,
    training: &mut InTheLoop<'_, S>,
) -> Result<(), NetworkError> {
    report.add_text("training.svg", learning_curves(history));
    report.add_text("decisions.svg", decision_picture(sets, tested));
    report.add_text("weights.svg", weight_picture(&training.trainer.network));
    report.add_text("weights.csv", weight_table(&training.trainer.network));
    let inputs = training.code.encode_samples(&sets.test, &[0]);
    if let Ok(inputs) = inputs {
        let class = usize::from(sets.test.labels[0]);
        let (picture, spikes) = sample_picture(config, &mut training.network, &inputs, class)?;
        report.add_text("sample.svg", picture);
        report.add_text("spikes.csv", spikes);
    }
    Ok(())
}

fn learning_curves(history: &History) -> String {
    curves(&Curves {
        title: "Learning the Yin-Yang task with the chip in the loop".to_owned(),
        remark: "accuracy on the validation set after every epoch; loss on the training set while learning"
            .to_owned(),
        x_label: "epoch".to_owned(),
        panels: vec![
            CurvePanel {
                label: "accuracy".to_owned(),
                range: Some((0.3, 1.0)),
                level: Some((0.95, "published, 200 epochs".to_owned())),
                series: vec![
                    Series::per_step("validation", &history.val_accuracy),
                    Series::per_step("training", &history.train_accuracy),
                ],
            },
            CurvePanel {
                label: "loss".to_owned(),
                range: Some((0.0, 3.0)),
                level: None,
                series: vec![Series::per_step("training", &clipped(&history.train_loss, 3.0))],
            },
        ],
    })
}

/// Silent networks have a constant loss of 100, which would flatten everything else.
fn clipped(values: &[f64], top: f64) -> Vec<f64> {
    values.iter().map(|value| value.min(top)).collect()
}

fn decision_picture(sets: &Sets, tested: &Evaluated) -> String {
    let test = &sets.test;
    decisions(&Decisions {
        title: "Test set".to_owned(),
        remark: format!(
            "{} of {} samples decided right by the earliest output spike; wrong ones are ringed",
            tested.evaluation.correct,
            test.len()
        ),
        classes: CLASSES.map(str::to_owned).to_vec(),
        points: (0..test.len()).map(|sample| (test.sample(sample)[0], test.sample(sample)[1])).collect(),
        truth: test.labels.iter().map(|label| usize::from(*label)).collect(),
        decision: tested.evaluation.decisions.clone(),
        outlines: outlines(),
    })
}

/// The border of the disc, of its halves and of the two dots (radii 0.5 and 0.1).
fn outlines() -> Vec<Vec<Point>> {
    vec![
        arc((0.5, 0.5), 0.5, 0.0, 1.0),
        arc((0.75, 0.5), 0.25, 0.0, 0.5),
        arc((0.25, 0.5), 0.25, 0.5, 1.0),
        arc((0.75, 0.5), 0.1, 0.0, 1.0),
        arc((0.25, 0.5), 0.1, 0.0, 1.0),
    ]
}

fn weight_picture(network: &Network) -> String {
    let layer = |number: usize| -> Vec<f64> {
        network.chip_weights(number).unwrap_or_default().into_iter().map(f64::from).collect()
    };
    let (first, second) = (layer(0), layer(1));
    let (lines, outputs) = (network.spec().lines(0), network.spec().layers[1].neurons);
    let hidden = network.spec().layers[0].neurons;
    let transposed: Vec<f64> = (0..outputs)
        .flat_map(|output| (0..hidden).map(move |k| (output, k)))
        .map(|(o, k)| second[outputs * k + o])
        .collect();
    let scale = ColourScale::signed(&[first.as_slice(), second.as_slice()].concat());
    matrices(&Matrices {
        title: "Weights on the chip".to_owned(),
        remark: format!(
            "{lines} input rows (four inputs and a bias, five copies each), {hidden} hidden and {outputs} output neurons"
        ),
        value_label: "signed weight / LSB".to_owned(),
        scale,
        matrices: vec![
            Matrix {
                name: "input to hidden".to_owned(),
                row_label: "input line".to_owned(),
                column_label: "hidden neuron".to_owned(),
                columns: hidden,
                values: first,
            },
            Matrix {
                name: "hidden to output".to_owned(),
                row_label: "output neuron".to_owned(),
                column_label: "hidden neuron".to_owned(),
                columns: hidden,
                values: transposed,
            },
        ],
    })
}

fn weight_table(network: &Network) -> String {
    let rows = (0..2).flat_map(|number| {
        let neurons = network.spec().layers[number].neurons;
        let weights = network.chip_weights(number).unwrap_or_default();
        weights.into_iter().enumerate().map(move |(i, weight)| {
            [number as f64, (i / neurons) as f64, (i % neurons) as f64, f64::from(weight)]
        })
    });
    csv(["layer", "line", "neuron", "weight"], rows)
}

/// One test sample on the chip: spikes of both layers, and the membrane of the output neuron of its class.
fn sample_picture<S: Setup>(
    config: &YinYangConfig,
    network: &mut ChipNetwork<S>,
    inputs: &SpikeTimes,
    class: usize,
) -> Result<(String, String), NetworkError> {
    let recorded = network.record_output(inputs, class)?;
    let tau_us = config.timing.tau_us;
    let group = |name: &str, neurons: usize, layer: usize| SpikeGroup {
        name: name.to_owned(),
        neurons,
        spikes: recorded
            .spikes
            .iter()
            .filter(|spike| spike.layer == layer)
            .map(|spike| (spike.us, spike.neuron))
            .collect(),
    };
    let input = SpikeGroup {
        name: "input".to_owned(),
        neurons: inputs.neurons(),
        spikes: inputs.sample(0).iter().enumerate().map(|(neuron, tau)| (tau * tau_us, neuron)).collect(),
    };
    let placement = network.placement();
    let groups =
        vec![input, group("hidden", placement.hidden.len(), 0), group("output", placement.output.len(), 1)];
    let spikes_us =
        groups[2].spikes.iter().filter(|(_, neuron)| *neuron == class).map(|(us, _)| *us).collect();
    let picture = recording(&Recording {
        title: "One test sample on the chip".to_owned(),
        remark: format!("class {}; membrane of its output neuron, sampled by the MADC", CLASSES[class]),
        range_us: (0.0, SHOWN_TAU * tau_us),
        groups,
        traces: vec![Trace {
            label: "membrane / MADC code".to_owned(),
            samples: recorded.membrane.clone(),
            levels: Vec::new(),
            spikes_us,
        }],
    });
    let rows = recorded.spikes.iter().map(|spike| [spike.layer as f64, spike.neuron as f64, 1e3 * spike.us]);
    Ok((picture, csv(["layer", "neuron", "time_ns"], rows)))
}
