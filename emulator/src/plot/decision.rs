//! A plane of labelled points, what a classifier decided beside what is true; wrong decisions are ringed.

use super::Point;
use super::colour::{AXIS, INK, series};
use super::panel::{Axis, Panel, TITLE_HEIGHT, legend, title};
use super::svg::{Area, Stroke, Svg};

/// The picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Decisions {
    /// Title.
    pub title: String,
    /// A remark under the title.
    pub remark: String,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Where the samples are, both coordinates in 0..1.
    pub points: Vec<Point>,
    /// The true class of each.
    pub truth: Vec<usize>,
    /// The class decided for each; none where the classifier stayed silent.
    pub decision: Vec<Option<usize>>,
    /// Outlines of the true regions, as closed or open lines.
    pub outlines: Vec<Vec<Point>>,
}

const SIDE: f64 = 360.0;
const MARGIN: f64 = 66.0;
const TOP: f64 = TITLE_HEIGHT + 30.0;

/// Draws the picture.
#[must_use]
pub fn decisions(picture: &Decisions) -> String {
    let mut svg = Svg::new(2.0 * (SIDE + MARGIN) + 24.0, TOP + SIDE + 52.0);
    title(&mut svg, 24.0, &picture.title, &picture.remark);
    let decided = plane(&mut svg, 0, picture, "decided by the network");
    draw_points(&mut svg, &decided, picture, &picture.decision);
    let true_plane = plane(&mut svg, 1, picture, "truth");
    let truth: Vec<Option<usize>> = picture.truth.iter().copied().map(Some).collect();
    draw_points(&mut svg, &true_plane, picture, &truth);
    let names: Vec<_> =
        picture.classes.iter().enumerate().map(|(i, name)| (name.as_str(), series(i))).collect();
    legend(&mut svg, true_plane.area.right(), TOP - 10.0, &names);
    svg.finish()
}

fn plane(svg: &mut Svg, index: usize, picture: &Decisions, heading: &str) -> Panel {
    let area = Area { x: MARGIN + index as f64 * (SIDE + MARGIN), y: TOP, width: SIDE, height: SIDE };
    let y_label = if index == 0 { "y" } else { "" };
    let panel = Panel::draw(svg, area, &Axis::new("x", (0.0, 1.0)), &Axis::new(y_label, (0.0, 1.0)));
    panel.heading(svg, heading);
    for outline in &picture.outlines {
        panel.curve(svg, outline, Stroke::solid(AXIS, 1.0));
    }
    panel
}

/// Draws right points first, so that the wrong ones lie on top.
fn draw_points(svg: &mut Svg, panel: &Panel, picture: &Decisions, shown: &[Option<usize>]) {
    for wrong in [false, true] {
        for ((&point, &truth), &class) in picture.points.iter().zip(&picture.truth).zip(shown) {
            if (class != Some(truth)) == wrong {
                let fill = class.map_or(AXIS, series);
                svg.disc(panel.map(point), 3.0, fill, wrong.then_some(Stroke::solid(INK, 1.4)));
            }
        }
    }
}

/// An arc as a line of 96 pieces, for [`Decisions::outlines`]; angles in turns, counted from the x axis towards the y axis.
#[must_use]
pub fn arc(centre: Point, radius: f64, from_turns: f64, to_turns: f64) -> Vec<Point> {
    const PIECES: u32 = 96;
    let angle = |piece| {
        std::f64::consts::TAU * (from_turns + (to_turns - from_turns) * f64::from(piece) / f64::from(PIECES))
    };
    let point = |angle| (centre.0 + radius * libm::cos(angle), centre.1 + radius * libm::sin(angle));
    (0..=PIECES).map(|piece| point(angle(piece))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arc_begins_and_ends_where_asked() {
        let quarter = arc((0.5, 0.5), 0.25, 0.0, 0.25);
        assert_eq!((quarter.len(), quarter[0]), (97, (0.75, 0.5)));
        assert!((quarter[96].0 - 0.5).abs() < 1e-15 && quarter[96].1 == 0.75);
    }
}
