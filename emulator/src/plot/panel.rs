//! One coordinate system in a picture: axes with ticks and units, grid, legend, and data drawn in the units of the axes.

use super::Point;
use super::axis::{Scale, Tick, ticks};
use super::colour::{AXIS, Colour, GRID, SOFT_INK};
use super::svg::{Anchor, Area, Lettering, Stroke, Svg, text_width};

/// Height of axis text, px.
pub const TEXT: f64 = 12.0;
/// Height of a panel's heading, px.
pub const HEADING: f64 = 13.0;

/// One axis of a panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What is on it, with the unit: "membrane / CADC code", "time / µs".
    pub label: String,
    /// Data at the two ends.
    pub range: (f64, f64),
    /// Number of tick intervals to aim at; 0 for an axis without ticks.
    pub ticks: usize,
    /// Where the ticks show.
    pub marks: Marks,
}

/// How the ticks of an axis are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marks {
    /// Numbers beside the axis, and lines through the panel.
    NumbersAndGrid,
    /// Only numbers, where the panel is filled with data.
    Numbers,
    /// Only lines, where a panel below has the numbers.
    Grid,
}

impl Axis {
    /// An axis with the usual number of ticks.
    #[must_use]
    pub fn new(label: &str, range: (f64, f64)) -> Axis {
        Axis { label: label.to_owned(), range, ticks: 5, marks: Marks::NumbersAndGrid }
    }

    /// An axis that shows nothing but its line.
    #[must_use]
    pub fn bare(range: (f64, f64)) -> Axis {
        Axis { ticks: 0, ..Axis::new("", range) }
    }
}

/// A coordinate system at a place in the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Panel {
    /// Where data is drawn.
    pub area: Area,
    /// Horizontal scale.
    pub x: Scale,
    /// Vertical scale, growing upwards.
    pub y: Scale,
}

impl Panel {
    /// Draws grid, ticks and labels round `area` and returns the coordinate system in it.
    pub fn draw(svg: &mut Svg, area: Area, x: &Axis, y: &Axis) -> Panel {
        let panel = Panel {
            area,
            x: Scale { data: x.range, screen: (area.x, area.right()) },
            y: Scale { data: y.range, screen: (area.bottom(), area.y) },
        };
        panel.vertical_axis(svg, y);
        panel.horizontal_axis(svg, x);
        panel
    }

    fn horizontal_axis(&self, svg: &mut Svg, axis: &Axis) {
        let area = self.area;
        let lettering = Lettering { colour: SOFT_INK, anchor: Anchor::Middle, ..Lettering::new(TEXT) };
        for tick in Self::shown_ticks(axis) {
            let x = self.x.map(tick.value);
            if axis.marks != Marks::Numbers {
                svg.line((x, area.y), (x, area.bottom()), Stroke::solid(GRID, 1.0));
            }
            if axis.marks != Marks::Grid {
                svg.line((x, area.bottom()), (x, area.bottom() + 4.0), Stroke::solid(AXIS, 1.0));
                svg.text((x, area.bottom() + 17.0), &tick.label, lettering);
            }
        }
        svg.line((area.x, area.bottom()), (area.right(), area.bottom()), Stroke::solid(AXIS, 1.0));
        svg.text((area.x + area.width / 2.0, area.bottom() + 35.0), &axis.label, lettering);
    }

    fn vertical_axis(&self, svg: &mut Svg, axis: &Axis) {
        let area = self.area;
        let lettering = Lettering { colour: SOFT_INK, anchor: Anchor::End, ..Lettering::new(TEXT) };
        let mut widest: f64 = 0.0;
        for tick in Self::shown_ticks(axis) {
            let y = self.y.map(tick.value);
            if axis.marks != Marks::Numbers {
                svg.line((area.x, y), (area.right(), y), Stroke::solid(GRID, 1.0));
            }
            svg.text((area.x - 7.0, y + 4.0), &tick.label, lettering);
            widest = widest.max(text_width(&tick.label, TEXT));
        }
        let at = (area.x - 20.0 - widest, area.y + area.height / 2.0);
        svg.text(at, &axis.label, Lettering { anchor: Anchor::Middle, upwards: true, ..lettering });
    }

    fn shown_ticks(axis: &Axis) -> Vec<Tick> {
        if axis.ticks > 0 { ticks(axis.range, axis.ticks) } else { Vec::new() }
    }

    /// A heading above the upper left corner.
    pub fn heading(&self, svg: &mut Svg, text: &str) {
        svg.text(
            (self.area.x, self.area.y - 9.0),
            text,
            Lettering { strong: true, ..Lettering::new(HEADING) },
        );
    }

    /// Screen position of a point, px.
    #[must_use]
    pub fn map(&self, (x, y): Point) -> Point {
        (self.x.map(x), self.y.map(y))
    }

    /// A line through data points. Where many fall on one pixel column only their extremes are kept, which looks the same.
    pub fn curve(&self, svg: &mut Svg, points: &[Point], stroke: Stroke) {
        let screen: Vec<Point> = points.iter().map(|&point| self.map(point)).collect();
        svg.polyline(&thin_out(&screen), stroke);
    }

    /// A horizontal dashed line at a level, with its name in the margin on the right, [`LEVEL_MARGIN`] wide.
    pub fn level(&self, svg: &mut Svg, value: f64, name: &str, colour: Colour) {
        let y = self.y.map(value);
        svg.line((self.area.x, y), (self.area.right(), y), Stroke::dashed(colour, 1.2));
        let lettering = Lettering { colour, ..Lettering::new(11.0) };
        let lines = wrap(name, LEVEL_MARGIN - 12.0, lettering.size);
        let first = y + 4.0 - 6.5 * (lines.len() - 1) as f64;
        for (index, line) in lines.iter().enumerate() {
            svg.text((self.area.right() + 6.0, first + 13.0 * index as f64), line, lettering);
        }
    }
}

/// Names with their colours in one row that ends at `right`, for the space beside a heading.
pub fn legend(svg: &mut Svg, right: f64, baseline: f64, entries: &[(&str, Colour)]) {
    let mut x = right;
    for (name, colour) in entries.iter().rev() {
        x -= text_width(name, TEXT);
        svg.text((x, baseline), name, Lettering { colour: SOFT_INK, ..Lettering::new(TEXT) });
        x -= 11.0;
        svg.disc((x, baseline - 4.0), 4.5, *colour, None);
        x -= 18.0;
    }
}

/// Title and remark at the head of a picture.
pub fn title(svg: &mut Svg, x: f64, title: &str, remark: &str) {
    svg.text((x, 28.0), title, Lettering { strong: true, ..Lettering::new(17.0) });
    svg.text((x, 47.0), remark, Lettering { colour: SOFT_INK, ..Lettering::new(12.5) });
}

/// Room beside a panel for the names of its levels, px.
pub const LEVEL_MARGIN: f64 = 106.0;

/// Height that [`title`] takes, px.
pub const TITLE_HEIGHT: f64 = 56.0;

/// Words in lines that are no wider than `width` px, as far as single words allow.
fn wrap(text: &str, width: f64, size: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.len() - 1;
        let longer = format!("{} {word}", lines[line]);
        if lines[line].is_empty() {
            lines[line].push_str(word);
        } else if text_width(&longer, size) <= width {
            lines[line] = longer;
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// Keeps at most four points of each run that falls on one pixel column: its first, lowest, highest and last.
fn thin_out(points: &[Point]) -> Vec<Point> {
    let column = |point: &Point| point.0 as i64;
    let mut kept = Vec::new();
    for run in points.chunk_by(|a, b| column(a) == column(b)) {
        if run.len() <= 4 {
            kept.extend_from_slice(run);
            continue;
        }
        let by_height = |a: &usize, b: &usize| run[*a].1.total_cmp(&run[*b].1);
        let extremes = [(0..run.len()).min_by(by_height), (0..run.len()).max_by(by_height)];
        let mut indices: Vec<usize> = extremes.into_iter().flatten().chain([0, run.len() - 1]).collect();
        indices.sort_unstable();
        indices.dedup();
        kept.extend(indices.into_iter().map(|index| run[index]));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_extremes_in_order() {
        let points: Vec<Point> = [3.0, 9.0, 5.0, 1.0, 4.0, 6.0].iter().map(|&y| (0.5, y)).collect();
        assert_eq!(thin_out(&points), [(0.5, 3.0), (0.5, 9.0), (0.5, 1.0), (0.5, 6.0)]);
        assert_eq!(thin_out(&[(0.0, 1.0), (1.0, 2.0)]), [(0.0, 1.0), (1.0, 2.0)]);
    }

    #[test]
    fn long_names_are_wrapped() {
        assert_eq!(wrap("published, 200 epochs", 94.0, 11.0), ["published, 200", "epochs"]);
        assert_eq!(wrap("threshold", 10.0, 11.0), ["threshold"]);
        assert_eq!(wrap("", 10.0, 11.0), [""]);
    }

    #[test]
    fn data_lands_inside_the_area() {
        let mut svg = Svg::new(100.0, 100.0);
        let area = Area { x: 40.0, y: 10.0, width: 50.0, height: 60.0 };
        let panel =
            Panel::draw(&mut svg, area, &Axis::new("t / µs", (0.0, 10.0)), &Axis::new("V", (-1.0, 1.0)));
        assert_eq!(panel.map((0.0, -1.0)), (40.0, 70.0));
        assert_eq!(panel.map((10.0, 1.0)), (90.0, 10.0));
        assert!(svg.finish().contains(">t / µs</text>"));
    }
}
