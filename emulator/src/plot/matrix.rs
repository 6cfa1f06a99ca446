//! Matrices of numbers as coloured cells with a colour bar: signed synaptic weights, correlation, calibration over a chip.

use super::colour::{Colour, ColourScale};
use super::panel::{Axis, Marks, Panel, TITLE_HEIGHT, title};
use super::svg::{Area, Svg, px};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// One matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Its heading.
    pub name: String,
    /// What a row is.
    pub row_label: String,
    /// What a column is.
    pub column_label: String,
    /// Number of columns.
    pub columns: usize,
    /// The numbers, row by row from above.
    pub values: Vec<f64>,
}

impl Matrix {
    fn rows(&self) -> usize {
        self.values.len() / self.columns.max(1)
    }
}

/// The picture: matrices one below the other, with one colour scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrices {
    /// Title.
    pub title: String,
    /// A remark under the title.
    pub remark: String,
    /// What the numbers are, with the unit.
    pub value_label: String,
    /// How numbers become colours.
    pub scale: ColourScale,
    /// The matrices, from above.
    pub matrices: Vec<Matrix>,
}

const WIDTH: f64 = 860.0;
const LEFT: f64 = 76.0;
const DRAWN: f64 = 640.0;
const GAP: f64 = 74.0;

/// Draws the picture.
#[must_use]
pub fn matrices(picture: &Matrices) -> String {
    let heights: f64 = picture.matrices.iter().map(|matrix| area_of(matrix, 0.0).height + GAP).sum();
    let mut svg = Svg::new(WIDTH, (TITLE_HEIGHT + 26.0 + heights).max(300.0));
    title(&mut svg, 24.0, &picture.title, &picture.remark);
    let mut y = TITLE_HEIGHT + 26.0;
    for matrix in &picture.matrices {
        let area = area_of(matrix, y);
        draw_matrix(&mut svg, area, matrix, picture.scale);
        y = area.bottom() + GAP;
    }
    draw_bar(&mut svg, TITLE_HEIGHT + 26.0, picture);
    svg.finish()
}

/// Cells are square unless that makes the matrix too flat or too tall to read.
fn area_of(matrix: &Matrix, y: f64) -> Area {
    let (rows, columns) = (matrix.rows().max(1) as f64, matrix.columns.max(1) as f64);
    let cell = (DRAWN / columns).min(18.0);
    let height = (cell * rows).clamp((16.0 * rows).min(96.0), 420.0);
    Area { x: LEFT, y, width: cell * columns, height }
}

fn draw_matrix(svg: &mut Svg, area: Area, matrix: &Matrix, scale: ColourScale) {
    let (rows, columns) = (matrix.rows(), matrix.columns);
    let mut paths: BTreeMap<Colour, String> = BTreeMap::new();
    let (width, height) = (area.width / columns as f64, area.height / rows as f64);
    for (row, values) in matrix.values.chunks_exact(columns.max(1)).enumerate() {
        let colours: Vec<Colour> = values.iter().map(|&value| scale.colour(value)).collect();
        let mut column = 0;
        // Neighbours of one colour become one shape: a matrix of a whole chip stays a small file.
        for run in colours.chunk_by(|a, b| a == b) {
            let (x, y) = (area.x + column as f64 * width, area.y + row as f64 * height);
            let length = run.len() as f64 * width;
            let path = paths.entry(run[0]).or_default();
            let _ = write!(path, "M{} {}h{}v{}h-{}z", px(x), px(y), px(length), px(height), px(length));
            column += run.len();
        }
    }
    for (colour, path) in &paths {
        svg.sharp_path(path, *colour);
    }

    let (last_row, last_column) = (rows as f64 - 0.5, columns as f64 - 0.5);
    let numbers = |label, range, ticks| Axis { ticks, marks: Marks::Numbers, ..Axis::new(label, range) };
    let across = numbers(&matrix.column_label, (-0.5, last_column), columns.min(12));
    let down = numbers(&matrix.row_label, (last_row, -0.5), rows.min(5));

    let panel = Panel::draw(svg, area, &across, &down);
    panel.heading(svg, &matrix.name);
}

fn draw_bar(svg: &mut Svg, y: f64, picture: &Matrices) {
    const STEPS: usize = 64;
    let area = Area { x: WIDTH - 62.0, y, width: 14.0, height: 160.0 };
    let (lo, hi) = picture.scale.range();
    let height = area.height / STEPS as f64;
    for step in 0..STEPS {
        let value = hi - (step as f64 + 0.5) / STEPS as f64 * (hi - lo);
        let y = area.y + step as f64 * height;
        // Each step reaches under the next, so that no seam shows between them.
        let cell = Area { y, height: (height + 1.0).min(area.bottom() - y), ..area };
        svg.rectangle(cell, picture.scale.colour(value));
    }

    let values = Axis { marks: Marks::Numbers, ..Axis::new(&picture.value_label, (lo, hi)) };
    Panel::draw(svg, area, &Axis::bare((0.0, 1.0)), &values);
}
