//! The shapes of SVG that the pictures need, written as text with two decimals.

use super::Point;
use super::colour::{Colour, INK, PAPER};
use std::fmt::Write as _;

/// A rectangle on the screen, px.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Area {
    /// Right edge.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// Lower edge.
    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    /// Its colour.
    pub colour: Colour,
    /// Its width, px.
    pub width: f64,
    /// Whether it is dashed.
    pub dashed: bool,
}

impl Stroke {
    /// A solid line.
    #[must_use]
    pub const fn solid(colour: Colour, width: f64) -> Stroke {
        Stroke { colour, width, dashed: false }
    }

    /// A dashed line.
    #[must_use]
    pub const fn dashed(colour: Colour, width: f64) -> Stroke {
        Stroke { colour, width, dashed: true }
    }
}

/// Which end of a text its position is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// How text is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lettering {
    /// Height, px.
    pub size: f64,
    /// Colour.
    pub colour: Colour,
    /// Which end is at the position.
    pub anchor: Anchor,
    /// Half-bold.
    pub strong: bool,
    /// Runs upwards.
    pub upwards: bool,
}

impl Lettering {
    /// Plain text that begins at its position.
    #[must_use]
    pub const fn new(size: f64) -> Lettering {
        Lettering { size, colour: INK, anchor: Anchor::Start, strong: false, upwards: false }
    }
}

/// Width that a text takes, px; an estimate from the mean width of letters.
#[must_use]
pub fn text_width(text: &str, size: f64) -> f64 {
    0.5 * size * text.chars().count() as f64
}

/// A picture under construction.
#[derive(Debug, Clone, PartialEq)]
pub struct Svg {
    width: f64,
    height: f64,
    body: String,
}

impl Svg {
    /// White paper of this size, px.
    #[must_use]
    pub fn new(width: f64, height: f64) -> Svg {
        let mut svg = Svg { width, height, body: String::new() };
        svg.rectangle(Area { x: 0.0, y: 0.0, width, height }, PAPER);
        svg
    }

    /// Adds one element; writing to a string cannot fail.
    fn element(&mut self, element: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.body, "{element}");
    }

    /// A filled rectangle.
    pub fn rectangle(&mut self, area: Area, fill: Colour) {
        let [x, y, width, height] = [area.x, area.y, area.width, area.height].map(px);
        self.element(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\"/>"
        ));
    }

    /// A straight line.
    pub fn line(&mut self, from: Point, to: Point, stroke: Stroke) {
        self.polyline(&[from, to], stroke);
    }

    /// Connected straight lines; the line is interrupted at points that are no numbers.
    pub fn polyline(&mut self, points: &[Point], stroke: Stroke) {
        let mut path = String::new();
        let mut pen = 'M';
        for &(x, y) in points {
            if x.is_finite() && y.is_finite() {
                let _ = write!(path, "{pen}{} {}", px(x), px(y));
                pen = 'L';
            } else {
                pen = 'M';
            }
        }
        let Stroke { colour, width, dashed } = stroke;
        let dashes = if dashed { " stroke-dasharray=\"5 4\"" } else { "" };
        self.element(format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{dashes}/>",
            px(width)
        ));
    }

    /// A region filled thinly, so that others show through.
    pub fn veil(&mut self, outline: &[Point], fill: Colour) {
        let corners: Vec<String> = outline.iter().map(|&(x, y)| format!("{} {}", px(x), px(y))).collect();
        let path = corners.join("L");
        self.element(format_args!("<path d=\"M{path}z\" fill=\"{fill}\" fill-opacity=\"0.16\"/>"));
    }

    /// A filled disc, with a ring round it if asked for.
    pub fn disc(&mut self, (x, y): Point, radius: f64, fill: Colour, ring: Option<Stroke>) {
        let [x, y, radius] = [x, y, radius].map(px);
        let ring = ring.map_or(String::new(), |stroke| {
            format!(" stroke=\"{}\" stroke-width=\"{}\"", stroke.colour, px(stroke.width))
        });
        self.element(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{fill}\"{ring}/>"));
    }

    /// A filled path given in SVG's own notation, with sharp edges between neighbours.
    pub fn sharp_path(&mut self, path: &str, fill: Colour) {
        self.element(format_args!("<path d=\"{path}\" fill=\"{fill}\" shape-rendering=\"crispEdges\"/>"));
    }

    /// A line of text.
    pub fn text(&mut self, (x, y): Point, text: &str, lettering: Lettering) {
        let Lettering { size, colour, anchor, strong, upwards } = lettering;
        let [x, y, size] = [x, y, size].map(px);
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = if strong { " font-weight=\"600\"" } else { "" };
        let turn = if upwards { format!(" transform=\"rotate(-90 {x} {y})\"") } else { String::new() };
        let text = escape(text);
        self.element(format_args!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{colour}\"{anchor}{weight}{turn}>{text}</text>"
        ));
    }

    /// The whole file.
    #[must_use]
    pub fn finish(self) -> String {
        let [width, height] = [self.width, self.height].map(px);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif\">\n{}</svg>\n",
            self.body
        )
    }
}

/// A coordinate with at most two decimals.
#[must_use]
pub fn px(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short() {
        assert_eq!([1.0, 0.5, -0.001, 12.346, 100.0].map(px), ["1", "0.5", "0", "12.35", "100"]);
    }

    #[test]
    fn text_is_escaped() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.text((1.0, 2.0), "a < b & c", Lettering::new(12.0));
        let text = svg.finish();
        assert!(text.contains(">a &lt; b &amp; c</text>"), "{text}");
        assert!(text.starts_with("<svg ") && text.ends_with("</svg>\n"));
    }

    #[test]
    fn a_gap_interrupts_the_line() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.polyline(&[(0.0, 0.0), (1.0, 1.0), (2.0, f64::NAN), (3.0, 3.0)], Stroke::solid(INK, 1.0));
        assert!(svg.finish().contains("d=\"M0 0L1 1M3 3\""));
    }
}
