//! Quantities over a common axis, in panels one below the other: accuracy and loss over epochs.

use super::Point;
use super::axis::range_of;
use super::colour::{SOFT_INK, series};
use super::panel::{Axis, LEVEL_MARGIN, Marks, Panel, TITLE_HEIGHT, legend, title};
use super::svg::{Area, Stroke, Svg};

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// Its points, in order of x.
    pub points: Vec<Point>,
}

impl Series {
    /// Values at 1, 2, 3, ...: one per epoch.
    #[must_use]
    pub fn per_step(name: &str, values: &[f64]) -> Series {
        let points = values.iter().enumerate().map(|(index, &value)| ((index + 1) as f64, value)).collect();
        Series { name: name.to_owned(), points }
    }
}

/// Lines with a common vertical axis.
#[derive(Debug, Clone, PartialEq)]
pub struct CurvePanel {
    /// The vertical axis, with its unit.
    pub label: String,
    /// Its range; without one it is taken from the data.
    pub range: Option<(f64, f64)>,
    /// A level to compare with, and its name.
    pub level: Option<(f64, String)>,
    /// The lines.
    pub series: Vec<Series>,
}

/// The picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    /// Title.
    pub title: String,
    /// A remark under the title.
    pub remark: String,
    /// The common horizontal axis, with its unit.
    pub x_label: String,
    /// The panels, from above.
    pub panels: Vec<CurvePanel>,
}

const WIDTH: f64 = 820.0;
const PANEL_HEIGHT: f64 = 190.0;
const GAP: f64 = 44.0;
/// Lines of at most so many points are drawn with their points.
const FEW_POINTS: usize = 20;

/// Draws the picture.
#[must_use]
pub fn curves(picture: &Curves) -> String {
    let count = picture.panels.len() as f64;
    let mut svg = Svg::new(WIDTH, TITLE_HEIGHT + count * (PANEL_HEIGHT + GAP) + 16.0);
    title(&mut svg, 24.0, &picture.title, &picture.remark);
    let every_x = picture.panels.iter().flat_map(|panel| &panel.series).flat_map(|series| &series.points);
    let x_range = range_of(every_x.map(|point| point.0), 0.0);
    for (index, panel) in picture.panels.iter().enumerate() {
        let y = TITLE_HEIGHT + 24.0 + index as f64 * (PANEL_HEIGHT + GAP);
        let area = Area { x: 84.0, y, width: WIDTH - 84.0 - LEVEL_MARGIN, height: PANEL_HEIGHT - 12.0 };
        let last = index + 1 == picture.panels.len();
        let label = if last { picture.x_label.as_str() } else { "" };
        let x = Axis { ticks: x_ticks(picture, x_range), marks: Marks::Numbers, ..Axis::new(label, x_range) };
        draw_panel(&mut svg, area, &x, panel);
    }
    svg.finish()
}

/// Ticks of a counted axis (epochs) are whole numbers.
fn x_ticks(picture: &Curves, range: (f64, f64)) -> usize {
    let mut points = picture.panels.iter().flat_map(|panel| &panel.series).flat_map(|series| &series.points);
    let counted = points.all(|point| point.0.fract() == 0.0);
    if counted { ((range.1 - range.0) as usize).clamp(1, 10) } else { 10 }
}

fn draw_panel(svg: &mut Svg, area: Area, x: &Axis, data: &CurvePanel) {
    let values = data.series.iter().flat_map(|series| &series.points).map(|point| point.1);
    let range =
        data.range.unwrap_or_else(|| range_of(values.chain(data.level.iter().map(|level| level.0)), 0.06));
    let panel = Panel::draw(svg, area, x, &Axis::new(&data.label, range));
    if let Some((value, name)) = &data.level {
        panel.level(svg, *value, name, SOFT_INK);
    }
    for (index, line) in data.series.iter().enumerate() {
        panel.curve(svg, &line.points, Stroke::solid(series(index), 2.0));
        // A short line shows what it is made of; a single point would be invisible without.
        if line.points.len() <= FEW_POINTS {
            let shown = line.points.iter().filter(|point| point.0.is_finite() && point.1.is_finite());
            shown.for_each(|&point| svg.disc(panel.map(point), 3.0, series(index), None));
        }
    }
    let names: Vec<_> =
        data.series.iter().enumerate().map(|(i, line)| (line.name.as_str(), series(i))).collect();
    legend(svg, area.right(), area.y - 8.0, &names);
}
