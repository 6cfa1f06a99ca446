//! The pictures: the weight map after chosen updates, what the sensors had collected before the last one, and the spikes of
//! the recall.

use super::network::{ASSEMBLIES, Placement};
use super::run::{Learned, Snapshot};
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
    if let Some(last) = learned.snapshots.last() {
        report.add_text("correlation.svg", correlation(placement, last));
    }
    report.add_text("recall.svg", recall(placement, learned));
}

fn map(name: String, placement: &Placement, rows: &[Vec<u8>]) -> Matrix {
    Matrix {
        name,
        row_label: "input".into(),
        column_label: "neuron".into(),
        columns: placement.neurons.len(),
        values: rows.iter().flatten().map(|value| f64::from(*value)).collect(),
    }
}

fn scale(values: &[f64]) -> ColourScale {
    ColourScale::Sequential { lo: 0.0, hi: values.iter().copied().fold(1.0, f64::max) }
}

fn weight_maps(config: &StdpConfig, placement: &Placement, learned: &Learned) -> String {
    let before = vec![vec![config.initial_weight; placement.neurons.len()]; placement.inputs()];
    let mut maps = vec![map("before learning".into(), placement, &before)];
    let updates = learned.snapshots.len();
    let chosen = (1..MAPS).map(|k| (k * updates).div_ceil(MAPS - 1).max(1) - 1);
    let mut shown = usize::MAX;
    for index in chosen.filter(|index| *index < updates) {
        if index != shown {
            maps.push(map(format!("after update {}", index + 1), placement, &learned.snapshots[index].weights));
            shown = index;
        }
    }
    let values: Vec<f64> = maps.iter().flat_map(|map| map.values.iter().copied()).collect();
    matrices(&Matrices {
        title: "Weights, changed by the plasticity processor".into(),
        remark: format!("{} inputs onto {} neurons in {ASSEMBLIES} assemblies", placement.inputs(), placement.neurons.len()),
        value_label: "weight".into(),
        scale: scale(&values),
        matrices: maps,
    })
}

fn correlation(placement: &Placement, last: &Snapshot) -> String {
    let maps = vec![
        map("causal sensors".into(), placement, &last.causal),
        map("acausal sensors".into(), placement, &last.acausal),
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
        .chain(learned.snapshots.iter().map(|snapshot| mean_weights(placement, &snapshot.weights)))
        .collect();
    let names = ["own inputs", "inputs that follow", "other inputs"];
    let series = names.iter().enumerate().map(|(index, name)| {
        let points = means.iter().enumerate().map(|(update, mean)| (update as f64, mean[index]));
        Series { name: (*name).into(), points: points.collect() }
    });
    curves(&Curves {
        title: "Mean weight from the inputs of an assembly".into(),
        remark: "one update of the rule every period".into(),
        x_label: "updates".into(),
        panels: vec![CurvePanel { label: "mean weight".into(), range: None, level: None, series: series.collect() }],
    })
}

fn recall(placement: &Placement, learned: &Learned) -> String {
    let group = |name: &str, spikes: &[(f64, usize)]| SpikeGroup {
        name: name.into(),
        neurons: placement.neurons.len(),
        spikes: spikes.to_vec(),
    };
    recording(&Recording {
        title: "Recall: the inputs of each assembly once, no teacher".into(),
        remark: "one presentation every 100 us".into(),
        range_us: (0.0, 100.0 * (ASSEMBLIES + 1) as f64),
        groups: vec![group("before", &learned.before.spikes), group("after", &learned.after.spikes)],
        traces: Vec::new(),
    })
}
