//! Distributions over a common axis, drawn as outlines over one another: a parameter before and after calibration.

use super::Point;
use super::axis::range_of;
use super::colour::{SOFT_INK, series};
use super::panel::{Axis, Marks, Panel, TITLE_HEIGHT, legend, title};
use super::svg::{Area, Stroke, Svg};

/// One distribution.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Its name in the legend.
    pub name: String,
    /// The values; what is no number is left out.
    pub values: Vec<f64>,
}

/// A panel of distributions.
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramPanel {
    /// The quantity, with its unit.
    pub label: String,
    /// What was aimed at.
    pub target: Option<f64>,
    /// The distributions.
    pub samples: Vec<Sample>,
}

/// The picture: panels in rows of three.
#[derive(Debug, Clone, PartialEq)]
pub struct Histograms {
    /// Title.
    pub title: String,
    /// A remark under the title.
    pub remark: String,
    /// What is counted ("neurons").
    pub counted: String,
    /// The panels.
    pub panels: Vec<HistogramPanel>,
}

const ACROSS: usize = 3;
const CELL: (f64, f64) = (300.0, 230.0);
const BINS: usize = 40;

/// Draws the picture.
#[must_use]
pub fn histograms(picture: &Histograms) -> String {
    let columns = picture.panels.len().clamp(1, ACROSS);
    let rows = picture.panels.len().div_ceil(ACROSS);
    let size = (columns as f64 * CELL.0 + 24.0, TITLE_HEIGHT + rows as f64 * CELL.1 + 8.0);
    let mut svg = Svg::new(size.0.max(460.0), size.1);
    title(&mut svg, 24.0, &picture.title, &picture.remark);
    for (index, panel) in picture.panels.iter().enumerate() {
        let (column, row) = ((index % ACROSS) as f64, (index / ACROSS) as f64);
        let (x, y) = (column * CELL.0 + 70.0, TITLE_HEIGHT + 34.0 + row * CELL.1);
        let area = Area { x, y, width: CELL.0 - 76.0, height: CELL.1 - 84.0 };
        draw_panel(&mut svg, area, panel, &picture.counted);
    }
    svg.finish()
}

fn draw_panel(svg: &mut Svg, area: Area, data: &HistogramPanel, counted: &str) {
    let values = data.samples.iter().flat_map(|sample| sample.values.iter().copied());
    let range = range_of(values.chain(data.target), 0.05);
    let counts: Vec<Vec<usize>> = data.samples.iter().map(|sample| count(&sample.values, range)).collect();
    let highest = counts.iter().flatten().copied().max().unwrap_or(0).max(1) as f64;
    let across = Axis { ticks: 4, marks: Marks::Numbers, ..Axis::new(&data.label, range) };
    let panel =
        Panel::draw(svg, area, &across, &Axis { ticks: 4, ..Axis::new(counted, (0.0, 1.08 * highest)) });
    if let Some(target) = data.target {
        let x = panel.x.map(target);
        svg.line((x, area.y), (x, area.bottom()), Stroke::dashed(SOFT_INK, 1.2));
    }

    for (index, counts) in counts.iter().enumerate() {
        let corners: Vec<Point> = outline(counts, range).into_iter().map(|point| panel.map(point)).collect();
        svg.veil(&corners, series(index));
        panel.curve(svg, &outline(counts, range), Stroke::solid(series(index), 1.8));
    }
    let names: Vec<_> =
        data.samples.iter().enumerate().map(|(i, sample)| (sample.name.as_str(), series(i))).collect();
    legend(svg, area.right(), area.y - 8.0, &names);
}

fn count(values: &[f64], range: (f64, f64)) -> Vec<usize> {
    let mut counts = vec![0; BINS];
    for value in values.iter().filter(|value| value.is_finite()) {
        let bin = (value - range.0) / (range.1 - range.0) * BINS as f64;
        counts[(bin as usize).min(BINS - 1)] += 1;
    }
    counts
}

fn outline(counts: &[usize], range: (f64, f64)) -> Vec<Point> {
    let width = (range.1 - range.0) / counts.len() as f64;
    let edge = |index: usize| range.0 + index as f64 * width;
    let tops = counts.iter().enumerate();
    let steps = tops.flat_map(|(i, &count)| [(edge(i), count as f64), (edge(i + 1), count as f64)]);
    std::iter::once((edge(0), 0.0)).chain(steps).chain([(edge(counts.len()), 0.0)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_counted_once() {
        let counts = count(&[0.0, 0.99, 1.0, f64::NAN, 0.5], (0.0, 1.0));
        assert_eq!(counts.iter().sum::<usize>(), 4);
        assert_eq!((counts[0], counts[20], counts[39]), (1, 1, 2));
    }

    #[test]
    fn outline_stands_on_the_axis() {
        assert_eq!(
            outline(&[2, 1], (0.0, 4.0)),
            [(0.0, 0.0), (0.0, 2.0), (2.0, 2.0), (2.0, 1.0), (4.0, 1.0), (4.0, 0.0)]
        );
    }
}
