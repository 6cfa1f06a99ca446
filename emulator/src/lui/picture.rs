//! What a run looked like: an oscilloscope with a channel per board, the LED bars over time, and charts.

use super::build::Bench;
use super::file::{Chart, NetworkFile, Points};
use super::measure::{Measured, formula, measure};
use super::record::Recording;
use crate::plot::Point;
use crate::plot::colour::{Colour, GROUND, SOFT_INK, series};
use crate::plot::curves::{CurvePanel, Curves, Series, curves};
use crate::plot::panel::{Axis, HEADING, LEVEL_MARGIN, Marks, Panel, TITLE_HEIGHT, title};
use crate::plot::svg::{Anchor, Area, Lettering, Stroke, Svg};
use hx_lui::LEDS;

const WIDTH: f64 = 940.0;
const LEFT: f64 = 104.0;
const GAP: f64 = 26.0;
/// Membrane, synaptic node and output in the colours of an oscilloscope's channels.
const CHANNELS: [(&str, usize); 3] = [("output", 1), ("synaptic node", 2), ("membrane", 0)];
/// The LEDs of the bar are yellow-green, dark when off; the seventh is red.
const LED_ON: Colour = Colour([0xe6, 0x9f, 0x00]);
const LED_OFF: Colour = Colour([0xec, 0xea, 0xe4]);
const SPIKE_ON: Colour = Colour([0xd5, 0x2b, 0x1e]);

fn shown(file: &NetworkFile) -> (f64, f64) {
    file.shown_s.unwrap_or((0.0, file.duration_s))
}

fn remark(file: &NetworkFile, bench: &Bench) -> String {
    let bag = if file.tolerances { ", components off by up to 20 %" } else { "" };
    let boards = if bench.names.len() == 1 { "board" } else { "boards" };
    format!("{} {boards}{bag}", bench.names.len())
}

fn heading(file: &NetworkFile) -> &str {
    if file.title.is_empty() { &file.name } else { &file.title }
}

/// Panels one below the other, one per board, with the time axis under the last.
struct Stack {
    svg: Svg,
    y: f64,
    left: usize,
    height: f64,
    range: (f64, f64),
}

impl Stack {
    fn new(file: &NetworkFile, bench: &Bench, height: f64) -> Stack {
        let count = bench.names.len();
        let total = TITLE_HEIGHT + 26.0 + count as f64 * (height + GAP) + 30.0;
        let mut svg = Svg::new(WIDTH, total);
        title(&mut svg, 24.0, heading(file), &remark(file, bench));
        Stack { svg, y: TITLE_HEIGHT + 26.0, left: count, height, range: shown(file) }
    }

    fn next(&mut self) -> (Area, Axis) {
        let area = Area { x: LEFT, y: self.y, width: WIDTH - LEFT - LEVEL_MARGIN, height: self.height };
        self.y += self.height + GAP;
        self.left -= 1;
        let last = self.left == 0;
        let marks = if last { Marks::NumbersAndGrid } else { Marks::Grid };
        let label = if last { "time / s" } else { "" };
        (area, Axis { ticks: 10, marks, ..Axis::new(label, self.range) })
    }
}

/// Membrane, synaptic node and output of every board.
#[must_use]
pub fn scope(file: &NetworkFile, bench: &Bench, recording: &Recording) -> String {
    let height = if bench.names.len() <= 4 { 150.0 } else { 96.0 };
    let mut stack = Stack::new(file, bench, height);
    let entries: Vec<(&str, Colour)> = CHANNELS.iter().map(|&(name, index)| (name, series(index))).collect();
    crate::plot::panel::legend(&mut stack.svg, WIDTH - LEVEL_MARGIN, 47.0, &entries);
    for (board, name) in bench.names.iter().enumerate() {
        let (area, time) = stack.next();
        channel(&mut stack.svg, area, &time, board, (bench, recording, name));
    }
    stack.svg.finish()
}

fn channel(
    svg: &mut Svg,
    area: Area,
    time: &Axis,
    board: usize,
    (bench, recording, name): (&Bench, &Recording, &str),
) {
    let circuit = bench.network.boards()[board].circuit();
    let volts = Axis { ticks: 4, ..Axis::new("V", (0.0, circuit.vdd_v * 1.04)) };
    let panel = Panel::draw(svg, area, time, &volts);
    panel.heading(svg, name);
    panel.level(svg, circuit.fire_v, "threshold", SOFT_INK);
    for pulse in recording.pulses[board].iter().filter(|pulse| overlaps(pulse, time.range)) {
        let (x0, x1) = (panel.x.map(pulse.0.max(time.range.0)), panel.x.map(pulse.1.min(time.range.1)));
        let high = panel.y.map(circuit.high_v);
        let bottom = area.bottom();
        let width = (x1 - x0).max(1.2);
        let corners = [(x0, bottom), (x0, high), (x0 + width, high), (x0 + width, bottom)];
        svg.veil(&corners, series(1));
        svg.polyline(&corners, Stroke::solid(series(1), 1.0));
    }
    let (from, to) = time.range;
    let line = |of: fn(&hx_lui::View) -> f64| -> Vec<Point> {
        recording.samples(board, from, to).map(|(at_s, view)| (at_s, of(view))).collect()
    };
    panel.curve(svg, &line(|view| view.v_syn_v), Stroke::solid(series(2), 1.1));
    panel.curve(svg, &line(|view| view.v_v), Stroke::solid(series(0), 1.7));
}

fn overlaps(pulse: &(f64, f64), range: (f64, f64)) -> bool {
    pulse.0 <= range.1 && pulse.1 >= range.0
}

/// The LED bars over time, as a long exposure would show them: six LEDs of the membrane from below, the seventh on top.
#[must_use]
pub fn leds(file: &NetworkFile, bench: &Bench, recording: &Recording) -> String {
    const ROW: f64 = 8.0;
    let mut stack = Stack::new(file, bench, ROW * (LEDS + 1) as f64 + 2.0);
    for (board, name) in bench.names.iter().enumerate() {
        let (area, time) = stack.next();
        let svg = &mut stack.svg;
        svg.rectangle(area, GROUND);
        for row in 0..=LEDS {
            svg.rectangle(led_row(area, row, ROW), LED_OFF);
        }
        let panel = Panel::draw(
            svg,
            area,
            &Axis {
                ticks: if time.marks == Marks::Grid { 0 } else { 10 },
                marks: Marks::Numbers,
                ..time.clone()
            },
            &Axis::bare((0.0, 7.0)),
        );
        let across =
            |from: f64, to: f64| (panel.x.map(from.max(time.range.0)), panel.x.map(to.min(time.range.1)));
        for row in 0..LEDS {
            for (from, to) in lit(recording, board, time.range, row) {
                let (x, end) = across(from, to);
                svg.rectangle(Area { x, width: end - x, ..led_row(area, row, ROW) }, LED_ON);
            }
        }
        for pulse in recording.pulses[board].iter().filter(|pulse| overlaps(pulse, time.range)) {
            let (x, end) = across(pulse.0, pulse.1);
            svg.rectangle(Area { x, width: (end - x).max(1.6), ..led_row(area, LEDS, ROW) }, SPIKE_ON);
        }
        let lettering = Lettering { anchor: Anchor::End, strong: true, ..Lettering::new(HEADING) };
        svg.text((area.x - 10.0, area.y + area.height / 2.0 + 5.0), name, lettering);
    }
    stack.svg.finish()
}

/// Place of an LED of a bar, 0 at the bottom.
fn led_row(area: Area, row: usize, height: f64) -> Area {
    let y = area.bottom() - 1.0 - height * (row + 1) as f64;
    Area { y: y + 1.0, height: height - 2.0, ..area }
}

/// The stretches in which an LED of the bar is lit, s.
fn lit(recording: &Recording, board: usize, range: (f64, f64), row: usize) -> Vec<(f64, f64)> {
    let mut stretches: Vec<(f64, f64)> = Vec::new();
    let mut since: Option<f64> = None;
    let mut last = range.0;
    for (at_s, view) in recording.samples(board, range.0, range.1) {
        match (view.leds > row, since) {
            (true, None) => since = Some(at_s),
            (false, Some(from)) => {
                stretches.push((from, at_s));
                since = None;
            }
            _ => {}
        }
        last = at_s;
    }
    stretches.extend(since.map(|from| (from, last)));
    stretches
}

/// A chart with what was measured.
#[must_use]
pub fn chart(chart: &Chart, file: &NetworkFile, bench: &Bench, recording: &Recording) -> String {
    let number = |measured: Measured| match measured {
        Measured::Number(value) => value,
        Measured::Text(_) => f64::NAN,
    };
    let points = |points: &Points| -> Vec<Point> {
        match points {
            Points::Given(points) => points.clone(),
            Points::Measured(points) => {
                points.iter().map(|(x, what)| (*x, number(measure(bench, recording, what)))).collect()
            }
            Points::Formula(points) => points.iter().map(|(x, what)| (*x, formula(bench, what))).collect(),
        }
    };
    let lines =
        chart.series.iter().map(|line| Series { name: line.name.clone(), points: points(&line.points) });
    let series: Vec<Series> = lines.collect();
    let values: Vec<f64> = series.iter().flat_map(|line| &line.points).map(|point| point.1).collect();
    let range = crate::plot::axis::range_of(values.into_iter().chain([0.0]), 0.06);
    let panel = CurvePanel { label: chart.y.clone(), range: Some(range), level: None, series };
    let remark = remark(file, bench);
    curves(&Curves { title: chart.title.clone(), remark, x_label: chart.x.clone(), panels: vec![panel] })
}
