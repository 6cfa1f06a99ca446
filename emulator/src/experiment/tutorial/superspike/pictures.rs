//! Spikes over the training with the membrane before and after, and the distance from the target over the epochs.

use super::{Learned, SuperSpikeConfig, Target};
use crate::experiment::tutorial::lab::Recording;
use crate::plot::axis::range_of;
use crate::plot::colour::{AXIS, Colour, series};
use crate::plot::curves::{CurvePanel, Curves, Series, curves};
use crate::plot::panel::{Axis, Marks, Panel, TITLE_HEIGHT, legend, title};
use crate::plot::svg::{Area, Stroke, Svg};

/// What is shown.
pub struct Pictured<'a> {
    pub config: &'a SuperSpikeConfig,
    pub target: &'a Target,
    pub learned: &'a Learned,
    /// A run with the best weights.
    pub after: &'a Recording,
}

const WIDTH: f64 = 860.0;
const LEFT: f64 = 86.0;
const EPOCHS_HEIGHT: f64 = 250.0;
const TRACE_HEIGHT: f64 = 190.0;
const GAP: f64 = 40.0;
const AFTER: usize = 0;
const TARGET: usize = 1;

impl Pictured<'_> {
    /// Spikes by epoch over the membrane.
    pub fn training(&self, remark: String) -> String {
        let top = TITLE_HEIGHT + 30.0;
        let mut svg = Svg::new(WIDTH, top + EPOCHS_HEIGHT + GAP + TRACE_HEIGHT + 50.0);
        title(&mut svg, 24.0, "SuperSpike: learning when to spike", &remark);
        let width = WIDTH - LEFT - 30.0;
        let epochs = Area { x: LEFT, y: top, width, height: EPOCHS_HEIGHT };
        let count = self.learned.epochs.len() as f64;
        let time = |label: &str, marks| Axis {
            ticks: 10,
            marks,
            ..Axis::new(label, (0.0, self.config.duration_us))
        };
        let panel =
            Panel::draw(&mut svg, epochs, &time("", Marks::Grid), &Axis::new("epoch", (count + 0.5, 0.5)));
        self.targets(&mut svg, &panel);
        let half = (0.45 * epochs.height / count).clamp(1.2, 6.0);
        for (index, epoch) in self.learned.epochs.iter().enumerate() {
            for &us in &epoch.spikes_us {
                let (x, y) = panel.map((us, (index + 1) as f64));
                svg.line((x, y - half), (x, y + half), Stroke::solid(series(AFTER), 2.0));
            }
        }
        let trace = Area { x: LEFT, y: epochs.bottom() + GAP, width, height: TRACE_HEIGHT };
        let (before, after) = (&self.learned.first.samples, &self.after.samples);
        let range = range_of(before.iter().chain(after).map(|sample| sample.1), 0.06);
        let vertical = Axis::new("membrane / MADC code", range);
        let panel = Panel::draw(&mut svg, trace, &time("chip time / µs", Marks::NumbersAndGrid), &vertical);
        self.targets(&mut svg, &panel);
        panel.curve(&mut svg, before, Stroke::solid(AXIS, 1.2));
        panel.curve(&mut svg, after, Stroke::solid(series(AFTER), 1.5));
        let names: [(&str, Colour); 3] =
            [("target spikes", series(TARGET)), ("before training", AXIS), ("best weights", series(AFTER))];
        legend(&mut svg, trace.right(), trace.y - 8.0, &names);
        svg.finish()
    }

    fn targets(&self, svg: &mut Svg, panel: &Panel) {
        for &us in &self.target.spikes_us {
            let x = panel.x.map(us);
            svg.line((x, panel.area.y), (x, panel.area.bottom()), Stroke::dashed(series(TARGET), 1.6));
        }
    }

    /// The distance over the epochs.
    pub fn loss(&self, remark: String) -> String {
        let losses: Vec<f64> = self.learned.epochs.iter().map(|epoch| epoch.loss).collect();
        let highest = losses.iter().copied().fold(0.0, f64::max);
        curves(&Curves {
            title: "SuperSpike: distance from the target spikes".into(),
            remark,
            x_label: "epoch".into(),
            panels: vec![CurvePanel {
                label: "van Rossum distance / µs".into(),
                range: Some((0.0, 1.08 * highest)),
                level: None,
                series: vec![Series::per_step("distance", &losses)],
            }],
        })
    }
}
