//! What is in the pictures: every datum once, wrong ones marked, nothing outside the frame, and text a parser accepts.

use super::colour::{ColourScale, INK, series};
use super::curves::{CurvePanel, Curves, Series, curves};
use super::decision::{Decisions, decisions};
use super::histogram::{HistogramPanel, Histograms, Sample, histograms};
use super::matrix::{Matrices, Matrix, matrices};
use super::recording::{Recording, SpikeGroup, Trace, recording};

/// Checks that every element is closed and every attribute quoted, and returns the elements.
fn elements(svg: &str) -> Vec<&str> {
    let (mut open, mut found) = (Vec::new(), Vec::new());
    for part in svg.split('<').skip(1) {
        let (tag, _) = part.split_once('>').unwrap();
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None => {
                found.push(tag);
                if !tag.ends_with('/') {
                    open.push(tag.split_whitespace().next().unwrap());
                }
            }
        }
    }
    assert_eq!(open, [""; 0]);
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    found
}

fn count(svg: &str, elements_with: &[&str]) -> usize {
    elements(svg).iter().filter(|element| elements_with.iter().all(|part| element.contains(part))).count()
}

#[test]
fn wrong_decisions_are_ringed() {
    let svg = decisions(&Decisions {
        title: "T".into(),
        remark: "R".into(),
        classes: vec!["yin".into(), "yang".into()],
        points: vec![(0.1, 0.2), (0.3, 0.4), (0.5, 0.6), (1.0, 1.0)],
        truth: vec![0, 0, 1, 1],
        decision: vec![Some(0), Some(1), None, Some(1)],
        outlines: vec![vec![(0.0, 0.0), (1.0, 1.0)]],
    });
    assert_eq!(count(&svg, &["circle", "r=\"3\""]), 8);
    assert_eq!(count(&svg, &["circle", &format!("stroke=\"{INK}\"")]), 2);
    // Two decided 1 and two that are 1.
    assert_eq!(count(&svg, &["circle", "r=\"3\"", &format!("fill=\"{}\"", series(1))]), 4);
}

#[test]
fn spikes_outside_the_stretch_are_left_out() {
    let spikes = vec![(1.0, 0), (2.0, 2), (11.0, 1), (-1.0, 1)];
    let trace = Trace {
        label: "membrane / MADC code".into(),
        samples: vec![(0.0, 300.0), (5.0, 400.0), (10.0, 350.0), (20.0, 350.0)],
        levels: vec![(390.0, "threshold".into())],
        spikes_us: vec![5.0, 12.0],
    };
    let svg = recording(&Recording {
        title: "T".into(),
        remark: String::new(),
        range_us: (0.0, 10.0),
        groups: vec![SpikeGroup { name: "hidden".into(), neurons: 3, spikes }],
        traces: vec![trace],
    });
    let mark = |colour| count(&svg, &["path", &format!("stroke=\"{colour}\""), "stroke-width=\"2\""]);
    assert_eq!((mark(series(0)), mark(series(1))), (2, 1));
    assert_eq!(count(&svg, &["stroke-dasharray"]), 1);
    assert!(svg.contains(">chip time / µs</text>") && svg.contains(">threshold</text>"));
}

#[test]
fn equal_neighbours_share_a_shape() {
    let matrix = Matrix {
        name: "input to hidden".into(),
        row_label: "input".into(),
        column_label: "hidden neuron".into(),
        columns: 4,
        values: vec![63.0, 63.0, -63.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    };
    let svg = matrices(&Matrices {
        title: "T".into(),
        remark: String::new(),
        value_label: "weight / LSB".into(),
        scale: ColourScale::Diverging { limit: 63.0 },
        matrices: vec![matrix],
    });
    let cells: Vec<&str> =
        elements(&svg).into_iter().filter(|element| element.contains("crispEdges")).collect();
    assert_eq!(cells.len(), 3);
    // A cell is 18 px wide: the two of 63 together, and all of the second row.
    assert!(cells.iter().any(|cell| cell.contains("#67001f") && cell.contains("h36v")), "{cells:?}");
    assert!(
        cells.iter().any(|cell| cell.contains("#f7f7f7") && cell.contains("h18v") && cell.contains("h72v"))
    );
}

#[test]
fn curves_have_one_line_each_and_survive_gaps() {
    let series = |name: &str, values: &[f64]| Series::per_step(name, values);
    let accuracy = CurvePanel {
        label: "accuracy / %".into(),
        range: Some((0.0, 100.0)),
        level: Some((95.0, "published".into())),
        series: vec![series("train", &[40.0, 80.0]), series("validation", &[35.0, f64::NAN])],
    };
    let empty =
        CurvePanel { label: "loss".into(), range: None, level: None, series: vec![series("train", &[])] };
    let picture = Curves {
        title: "T".into(),
        remark: String::new(),
        x_label: "epoch".into(),
        panels: vec![accuracy, empty],
    };
    let svg = curves(&picture);
    assert_eq!(count(&svg, &["stroke-linejoin", "stroke-width=\"2\""]), 3);
    assert!(svg.contains(">epoch</text>") && svg.contains(">100</text>"));
    assert_eq!(svg, curves(&picture));
}

#[test]
fn histograms_draw_each_sample() {
    let sample = |name: &str, values: &[f64]| Sample { name: name.into(), values: values.to_vec() };
    let samples = vec![sample("before", &[1.0, 9.0, 5.0]), sample("after", &[5.0, 5.1, f64::INFINITY])];
    let panel = HistogramPanel { label: "tau_m / µs".into(), target: Some(5.0), samples };
    let picture =
        Histograms { title: "T".into(), remark: "R".into(), counted: "neurons".into(), panels: vec![panel] };
    let svg = histograms(&picture);
    assert_eq!(count(&svg, &["fill-opacity"]), 2);
    assert_eq!(count(&svg, &["stroke-dasharray"]), 1);
}
