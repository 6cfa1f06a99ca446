//! What was recorded of one stretch of chip time: spikes of groups of neurons, and sampled traces below them.

use super::Point;
use super::axis::range_of;
use super::colour::{Colour, GROUND, INK, SOFT_INK, series};
use super::panel::{Axis, HEADING, LEVEL_MARGIN, Marks, Panel, TITLE_HEIGHT, title};
use super::svg::{Anchor, Area, Lettering, Stroke, Svg};

/// Spikes of a group of neurons, one row each.
#[derive(Debug, Clone, PartialEq)]
pub struct SpikeGroup {
    /// Name of the group.
    pub name: String,
    /// Number of neurons.
    pub neurons: usize,
    /// Spikes: time in µs, and neuron 0..`neurons`.
    pub spikes: Vec<(f64, usize)>,
}

/// A sampled quantity.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// What was sampled, with the unit: "membrane / MADC code".
    pub label: String,
    /// Samples: time in µs, and value.
    pub samples: Vec<Point>,
    /// Levels to compare with, and their names: threshold, leak.
    pub levels: Vec<(f64, String)>,
    /// Spike times of the neuron, in µs.
    pub spikes_us: Vec<f64>,
}

/// The picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Title.
    pub title: String,
    /// A remark under the title.
    pub remark: String,
    /// The stretch of time shown, µs.
    pub range_us: (f64, f64),
    /// Groups of neurons, from above.
    pub groups: Vec<SpikeGroup>,
    /// Traces, from above.
    pub traces: Vec<Trace>,
}

const WIDTH: f64 = 880.0;
const LEFT: f64 = 118.0;
const TRACE_HEIGHT: f64 = 170.0;
const GAP: f64 = 22.0;

/// Draws the picture.
#[must_use]
pub fn recording(picture: &Recording) -> String {
    let groups: f64 = picture.groups.iter().map(|group| group_height(group) + GAP).sum();
    let traces = picture.traces.len() as f64 * (TRACE_HEIGHT + GAP);
    let mut svg = Svg::new(WIDTH, TITLE_HEIGHT + 12.0 + groups + traces + 36.0);
    title(&mut svg, 24.0, &picture.title, &picture.remark);
    let mut y = TITLE_HEIGHT + 12.0;
    let panels = picture.groups.len() + picture.traces.len();

    let time = |index: usize| match index + 1 == panels {
        true => Axis { ticks: 10, ..Axis::new("chip time / µs", picture.range_us) },
        false => Axis { ticks: 10, marks: Marks::Grid, ..Axis::new("", picture.range_us) },
    };
    let mut place = |height: f64| {
        let area = Area { x: LEFT, y, width: WIDTH - LEFT - LEVEL_MARGIN, height };
        y += height + GAP;
        area
    };
    for (index, group) in picture.groups.iter().enumerate() {
        draw_group(&mut svg, place(group_height(group)), &time(index), group, series(index));
    }
    for (index, trace) in picture.traces.iter().enumerate() {
        draw_trace(&mut svg, place(TRACE_HEIGHT), &time(picture.groups.len() + index), trace);
    }
    svg.finish()
}

/// Few neurons get tall rows, many share a panel of bounded height.
fn group_height(group: &SpikeGroup) -> f64 {
    (7.0 * group.neurons as f64).clamp(42.0, 210.0)
}

fn draw_group(svg: &mut Svg, area: Area, time: &Axis, group: &SpikeGroup, colour: Colour) {
    let rows = group.neurons.max(1) as f64;
    // Neuron 0 is at the top, as in a table.

    let neurons = Axis::bare((rows, 0.0));
    svg.rectangle(area, GROUND);
    let panel = Panel::draw(svg, area, time, &neurons);

    let half = (0.4 * area.height / rows).max(2.2);
    for &(time_us, neuron) in group.spikes.iter().filter(|spike| inside(spike.0, time.range)) {
        let (x, middle) = panel.map((time_us, neuron as f64 + 0.5));

        svg.line((x, middle - half), (x, middle + half), Stroke::solid(colour, 2.0));
    }
    let name = Lettering { anchor: Anchor::End, strong: true, colour, ..Lettering::new(HEADING) };
    svg.text((area.x - 10.0, area.y + area.height / 2.0), &group.name, name);
    let count = if group.neurons == 1 { "1 neuron".to_owned() } else { format!("{} neurons", group.neurons) };
    let small = Lettering { anchor: Anchor::End, colour: SOFT_INK, ..Lettering::new(11.0) };
    svg.text((area.x - 10.0, area.y + area.height / 2.0 + 14.0), &count, small);
}

fn draw_trace(svg: &mut Svg, area: Area, time: &Axis, trace: &Trace) {
    let levels = trace.levels.iter().map(|level| level.0);
    let range = range_of(trace.samples.iter().map(|sample| sample.1).chain(levels), 0.08);
    let panel = Panel::draw(svg, area, time, &Axis { ticks: 4, ..Axis::new(&trace.label, range) });
    for (value, name) in &trace.levels {
        panel.level(svg, *value, name, SOFT_INK);
    }
    let shown: Vec<Point> =
        trace.samples.iter().copied().filter(|sample| inside(sample.0, time.range)).collect();
    panel.curve(svg, &shown, Stroke::solid(INK, 1.4));
    for &time_us in trace.spikes_us.iter().filter(|&&time_us| inside(time_us, time.range)) {
        let x = panel.x.map(time_us);
        svg.line((x, area.y - 6.0), (x, area.y + 6.0), Stroke::solid(series(1), 2.0));
    }
    if !trace.spikes_us.is_empty() {
        let lettering = Lettering { colour: series(1), ..Lettering::new(11.0) };
        svg.text((area.right() + 6.0, area.y), "spike", lettering);
    }
}

fn inside(time_us: f64, range: (f64, f64)) -> bool {
    range.0 <= time_us && time_us <= range.1
}
