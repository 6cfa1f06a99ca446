//! The board, the spikes of its 64 neurons, and how many puzzles were solved.

use super::puzzle::{Choice, Grid, SIDE};
use super::{Solver, SudokuConfig};
use crate::experiment::tutorial::lab::Recording;
use crate::plot::colour::{AXIS, Colour, GROUND, INK, series};
use crate::plot::curves::{CurvePanel, Curves, Series, curves};
use crate::plot::panel::{TITLE_HEIGHT, legend, title};
use crate::plot::recording::{Recording as Picture, SpikeGroup, recording};
use crate::plot::svg::{Anchor, Area, Lettering, Stroke, Svg};

const CELL: f64 = 62.0;
const LEFT: f64 = 40.0;
const GAP: f64 = 70.0;

/// Puzzle and solution side by side.
pub fn board(puzzle: &Grid, found: &Grid, remark: String) -> String {
    let side = SIDE as f64 * CELL;
    let mut svg = Svg::new(2.0 * side + 2.0 * LEFT + GAP, TITLE_HEIGHT + side + 74.0);
    let verdict = if found.solves(puzzle) { "Sudoku: solved" } else { "Sudoku: not solved" };
    title(&mut svg, LEFT, verdict, &remark);
    let y = TITLE_HEIGHT + 36.0;
    let kinds = [("clue", INK), ("found", series(2)), ("against the rules", series(1))];
    legend(&mut svg, 2.0 * side + LEFT + GAP, y + side + 24.0, &kinds);
    for (grid, x, name) in [(puzzle, LEFT, "given"), (found, LEFT + side + GAP, "most active neurons")] {
        let lettering = Lettering { strong: true, ..Lettering::new(13.0) };
        svg.text((x, y - 9.0), name, lettering);
        draw_grid(&mut svg, (x, y), grid, puzzle);
    }
    svg.finish()
}

fn draw_grid(svg: &mut Svg, (x, y): (f64, f64), grid: &Grid, puzzle: &Grid) {
    let side = SIDE as f64 * CELL;
    for choice in Choice::all().filter(|&choice| grid.has(choice)) {
        let (left, upper) = (x + CELL * choice.column as f64, y + CELL * choice.row as f64);
        let colour = colour_of(grid, puzzle, choice);
        if puzzle.has(choice) {
            svg.rectangle(Area { x: left, y: upper, width: CELL, height: CELL }, GROUND);
        }
        let lettering = Lettering { anchor: Anchor::Middle, strong: true, colour, ..Lettering::new(30.0) };
        svg.text((left + CELL / 2.0, upper + CELL / 2.0 + 10.5), &(choice.number + 1).to_string(), lettering);
    }
    for line in 0..=SIDE {
        let at = CELL * line as f64;
        let stroke = if line % 2 == 0 { Stroke::solid(INK, 2.4) } else { Stroke::solid(AXIS, 1.0) };
        svg.line((x, y + at), (x + side, y + at), stroke);
        svg.line((x + at, y), (x + at, y + side), stroke);
    }
}

/// A number against the rules, or in place of a clue, is marked.
fn colour_of(grid: &Grid, puzzle: &Grid, choice: Choice) -> Colour {
    let given = puzzle.0[choice.row][choice.column];
    let against = Choice::all().any(|other| grid.has(other) && other.excludes(choice));
    match (given, against) {
        (Some(number), false) if usize::from(number) == choice.number + 1 => INK,
        (None, false) => series(2),
        _ => series(1),
    }
}

/// Spikes of all neurons, a group for each row of the board; lines of a field from above are its numbers.
pub fn raster(
    config: &SudokuConfig,
    solver: &Solver,
    puzzle: &Grid,
    recorded: &Recording,
    chip: &str,
) -> String {
    let per_row = SIDE * SIDE;
    let group = |row: usize| {
        let neurons = &solver.choices.neurons[row * per_row..][..per_row];
        let spikes = recorded
            .spikes
            .iter()
            .filter_map(|spike| Some((spike.us, neurons.iter().position(|&neuron| neuron == spike.neuron)?)));
        SpikeGroup { name: format!("row {}", row + 1), neurons: per_row, spikes: spikes.collect() }
    };
    recording(&Picture {
        title: "Sudoku: 64 neurons compete".into(),
        remark: format!("a line for every number in every field, {} of them clues · {chip}", puzzle.filled()),
        range_us: (0.0, config.duration_us),
        groups: (0..SIDE).map(group).collect(),
        traces: Vec::new(),
    })
}

/// Share of random puzzles solved over the number of clues.
pub fn solved(shares: &[(usize, f64)], puzzles: usize, chip: &str) -> String {
    let points = shares.iter().map(|&(clues, share)| (clues as f64, 100.0 * share)).collect();
    curves(&Curves {
        title: "Sudoku: random puzzles solved".into(),
        remark: format!("{puzzles} puzzles for each number of clues · {chip}"),
        x_label: "clues given".into(),
        panels: vec![CurvePanel {
            label: "solved / %".into(),
            range: Some((0.0, 105.0)),
            level: None,
            series: vec![Series { name: "solved".into(), points }],
        }],
    })
}
