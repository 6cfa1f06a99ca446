//! The pictures: the weight map after chosen updates, what the sensors had collected before the last one, and the spikes of
//! the recall.

use super::network::{ASSEMBLIES, Placement};
use super::run::{Codes, Learned, presentation_us};
use super::{StdpConfig, mean_weights};
use crate::experiment::Report;
use crate::plot::colour::ColourScale;
use crate::plot::curves::{CurvePanel, Curves, Series, curves};
use crate::plot::matrix::{Matrices, Matrix, matrices};
use crate::plot::recording::{Recording, SpikeGroup, recording};

/// Most maps in the picture of the weights.
const MAPS: usize = 4;

pub(super) fn draw(report: &mut Report, config: &StdpConfig, placement: &Placement, learned: &Learned) {
    report.add_text("weights.svg", weight_maps(config, placement, learned));
    report.add_text("learning.svg", learning(config, placement, learned));
    report.add_text("correlation.svg", correlation(placement, &learned.codes));
    report.add_text("spikes.svg", spikes(config, placement, learned));
    report.add_text("recall.svg", recall(placement, learned));
}

/// Neurons from above, inputs from the left.
fn map(name: String, placement: &Placement, rows: &[Vec<u8>]) -> Matrix {
    let of_neuron = |neuron: usize| rows.iter().map(move |row| f64::from(row[neuron]));
    Matrix {
        name,
        row_label: "neuron".into(),
        column_label: "input".into(),
        columns: rows.len(),
        values: (0..placement.neurons.len()).flat_map(of_neuron).collect(),
    }
}

fn scale(values: &[f64]) -> ColourScale {
    ColourScale::Sequential { lo: 0.0, hi: values.iter().copied().fold(1.0, f64::max) }
}

fn weight_maps(config: &StdpConfig, placement: &Placement, learned: &Learned) -> String {
    let before = vec![vec![config.initial_weight; placement.neurons.len()]; placement.inputs()];
    let mut maps = vec![map("before learning".into(), placement, &before)];
    let updates = learned.weights.len();
    let chosen = (1..MAPS).map(|k| (k * updates).div_ceil(MAPS - 1).max(1) - 1);
    let mut shown = usize::MAX;
    for index in chosen.filter(|index| *index < updates) {
        if index != shown {
            maps.push(map(format!("after update {}", index + 1), placement, &learned.weights[index]));
            shown = index;
        }
    }
    let values: Vec<f64> = maps.iter().flat_map(|map| map.values.iter().copied()).collect();
    matrices(&Matrices {
        title: "Weights, changed by the plasticity processor".into(),
        remark: format!(
            "{} inputs onto {} neurons in {ASSEMBLIES} assemblies",
            placement.inputs(),
            placement.neurons.len()
        ),
        value_label: "weight".into(),
        scale: scale(&values),
        matrices: maps,
    })
}

fn correlation(placement: &Placement, codes: &Codes) -> String {
    let maps = vec![
        map("causal sensors".into(), placement, &codes.causal),
        map("acausal sensors".into(), placement, &codes.acausal),
    ];
    let values: Vec<f64> = maps.iter().flat_map(|map| map.values.iter().copied()).collect();
    matrices(&Matrices {
        title: "Correlation codes before the last update".into(),
        remark: "a sensor reads its baseline less what it has collected: low codes are correlation".into(),
        value_label: "CADC code".into(),
        scale: scale(&values),
        matrices: maps,
    })
}

fn learning(config: &StdpConfig, placement: &Placement, learned: &Learned) -> String {
    let initial = f64::from(config.initial_weight);
    let means: Vec<[f64; 3]> = std::iter::once([initial; 3])
        .chain(learned.weights.iter().map(|weights| mean_weights(placement, weights)))
        .collect();
    let names = ["inputs that lead", "inputs that lag", "inputs of other assemblies"];
    let series = names.iter().enumerate().map(|(index, name)| {
        let points = means.iter().enumerate().map(|(update, mean)| (update as f64, mean[index]));
        Series { name: (*name).into(), points: points.collect() }
    });
    curves(&Curves {
        title: "Mean weight onto the neurons of an assembly".into(),
        remark: "one update of the rule every period".into(),
        x_label: "updates".into(),
        panels: vec![CurvePanel {
            label: "mean weight".into(),
            range: None,
            level: None,
            series: series.collect(),
        }],
    })
}

/// The first and the last presentation of the first assembly: as weights grow, its neurons fire earlier.
fn spikes(config: &StdpConfig, placement: &Placement, learned: &Learned) -> String {
    let lagging_us = config.lead_us + config.lag_us;
    let range_us = (2.0 * lagging_us).min(config.spacing_us);
    let last = (config.presentations as usize - 1) * ASSEMBLIES;
    let presented = [presentation_us(config, 0, 0), presentation_us(config, config.updates - 1, last)];
    let [first, last] = presented.map(|begin_us| {
        let shifted = learned.spikes.iter().map(|&(us, neuron)| (us - begin_us, neuron));
        shifted
            .filter(|&(us, neuron)| us >= 0.0 && us < range_us && neuron < placement.per_assembly)
            .collect()
    });
    let leading = placement.leading(0).map(|input| (0.0, input));
    let inputs = leading.chain(placement.lagging(0).map(|input| (lagging_us, input)));
    let group = |name: &str, neurons: usize, spikes| SpikeGroup { name: name.into(), neurons, spikes };
    recording(&Recording {
        title: "Spikes of the first assembly while learning".into(),
        remark: "its inputs and its teacher, and its neurons when these were presented first and last".into(),
        range_us: (0.0, range_us),
        groups: vec![
            group("inputs", placement.inputs_per_assembly, inputs.collect()),
            group("teacher", 1, vec![(config.lead_us, 0)]),
            group("at first", placement.per_assembly, first),
            group("at last", placement.per_assembly, last),
        ],
        traces: Vec::new(),
    })
}

fn recall(placement: &Placement, learned: &Learned) -> String {
    let group = |name: &str, spikes: &[(f64, usize)]| SpikeGroup {
        name: name.into(),
        neurons: placement.neurons.len(),
        spikes: spikes.to_vec(),
    };
    recording(&Recording {
        title: "Recall: inputs of each assembly once, no teacher".into(),
        remark: "every 100 us: the leading inputs of assemblies 1 to 4, then the lagging ones".into(),
        range_us: (0.0, 100.0 * (2 * ASSEMBLIES) as f64),
        groups: vec![group("before", &learned.before.spikes), group("after", &learned.after.spikes)],
        traces: Vec::new(),
    })
}
