//! Measured points beside the curves they are expected on, each pair in one colour: rates against currents, amplitudes against
//! weights.

use super::Point;
use super::axis::range_of;
use super::colour::{SOFT_INK, series};
use super::panel::{Axis, LEVEL_MARGIN, Panel, TITLE_HEIGHT, legend, title};
use super::svg::{Area, Stroke, Svg};

/// Points and the curve they are compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Name in the legend.
    pub name: String,
    /// What was measured, drawn as discs.
    pub points: Vec<Point>,
    /// What is expected, drawn dashed; may be empty.
    pub expected: Vec<Point>,
    /// Half width of the band each point is drawn with, in the unit of y: a standard deviation. Empty for none.
    pub spread: Vec<f64>,
}

/// A common vertical axis.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonPanel {
    /// The vertical axis, with its unit.
    pub label: String,
    /// The horizontal axis, with its unit.
    pub x_label: String,
    /// A level to compare with, and its name.
    pub level: Option<(f64, String)>,
    /// What is compared.
    pub compared: Vec<Compared>,
}

/// The picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Title.
    pub title: String,
    /// A remark under the title.
    pub remark: String,
    /// The panels, from above, each with a horizontal axis of its own.
    pub panels: Vec<ComparisonPanel>,
}

const WIDTH: f64 = 820.0;
const PANEL_HEIGHT: f64 = 210.0;
const GAP: f64 = 84.0;

/// Draws the picture.
#[must_use]
pub fn comparison(picture: &Comparison) -> String {
    let count = picture.panels.len() as f64;
    let mut svg = Svg::new(WIDTH, TITLE_HEIGHT + 24.0 + count * (PANEL_HEIGHT + GAP) - 30.0);
    title(&mut svg, 24.0, &picture.title, &picture.remark);
    for (index, panel) in picture.panels.iter().enumerate() {
        let y = TITLE_HEIGHT + 28.0 + index as f64 * (PANEL_HEIGHT + GAP);
        let area = Area { x: 84.0, y, width: WIDTH - 84.0 - LEVEL_MARGIN, height: PANEL_HEIGHT };
        draw_panel(&mut svg, area, panel);
    }
    svg.finish()
}

fn draw_panel(svg: &mut Svg, area: Area, data: &ComparisonPanel) {
    let every = || data.compared.iter().flat_map(|line| line.points.iter().chain(&line.expected));
    let x = Axis { ticks: 10, ..Axis::new(&data.x_label, range_of(every().map(|point| point.0), 0.02)) };
    let levels = data.level.iter().map(|level| level.0);
    let y = Axis::new(&data.label, range_of(every().map(|point| point.1).chain(levels), 0.06));
    let panel = Panel::draw(svg, area, &x, &y);
    if let Some((value, name)) = &data.level {
        panel.level(svg, *value, name, SOFT_INK);
    }
    for (index, line) in data.compared.iter().enumerate() {
        let colour = series(index);
        panel.curve(svg, &line.expected, Stroke::dashed(colour, 1.4));
        for (&(x, y), &half) in line.points.iter().zip(&line.spread) {
            svg.line(panel.map((x, y - half)), panel.map((x, y + half)), Stroke::solid(colour, 1.4));
        }
        let shown = line.points.iter().filter(|point| point.0.is_finite() && point.1.is_finite());
        shown.for_each(|&point| svg.disc(panel.map(point), 3.2, colour, None));
    }
    let names: Vec<_> =
        data.compared.iter().enumerate().map(|(index, line)| (line.name.as_str(), series(index))).collect();
    legend(svg, area.right(), area.y - 10.0, &names);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_and_curves_share_a_colour() {
        let line = Compared {
            name: "leak".into(),
            points: vec![(0.0, 0.0), (1.0, 2.0), (2.0, f64::NAN)],
            expected: vec![(0.0, 0.0), (1.0, 2.1)],
            spread: vec![0.1],
        };
        let picture = Comparison {
            title: "T".into(),
            remark: String::new(),
            panels: vec![ComparisonPanel {
                label: "rate / kHz".into(),
                x_label: "current / code".into(),
                level: Some((1.0, "one".into())),
                compared: vec![line],
            }],
        };
        let svg = comparison(&picture);
        // Two discs and one in the legend; expectation and spread as lines.
        assert_eq!(svg.matches("<circle").count(), 3);
        assert!(svg.matches(&series(0).to_string()).count() >= 5);
        assert!(svg.contains(">current / code</text>") && svg.contains(">one</text>"));
    }
}
