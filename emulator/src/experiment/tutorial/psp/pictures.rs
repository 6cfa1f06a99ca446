//! The pictures of tutorial 8.

use super::protocols::Setup;
use super::{Found, PUBLISHED_SLOPE};
use crate::experiment::Report;
use crate::experiment::tutorial::lab::pictures::{beside, madc_trace, remark, series};
use crate::experiment::tutorial::lab::{Recording, fit};
use crate::instance::Instance;
use crate::plot::Point;
use crate::plot::comparison::{Comparison, ComparisonPanel, comparison};
use crate::plot::curves::{CurvePanel, Curves, curves};
use crate::plot::histogram::{HistogramPanel, Histograms, Sample, histograms};
use crate::plot::recording::{Recording as Picture, recording};

pub fn draw(report: &mut Report, setup: &Setup, recorded: &[Recording], found: &Found, instance: &Instance) {
    report.add_text("psp.svg", potentials(setup, recorded, remark("calibrated", instance)));
    report.add_text("stacking.svg", stacking(found, remark("calibrated", instance)));
    report.add_text("sweeps.svg", sweeps(setup, found, remark("calibrated", instance)));
    report.add_text("trials.svg", trials(setup, found, remark("calibrated", instance)));
    report.add_text("noise.svg", noise(setup, &recorded[3], found, remark("calibrated", instance)));
}

/// Single potentials of some weights.
fn potentials(setup: &Setup, recorded: &[Recording], remark: String) -> String {
    let weights = &setup.config.weights;
    let last = weights.len() - 1;
    let shown = [last, 3 * last / 4, last / 4, 0];
    let line = |index: usize| {
        let points: Vec<Point> = fit::thinned(&setup.window(&recorded[0], index), 4);
        series(&format!("weight {}", weights[index]), &points)
    };
    curves(&Curves {
        title: "Postsynaptic potentials".into(),
        remark: format!("one event at {} us · {remark}", setup.event_us()),
        x_label: "chip time / µs".into(),
        panels: vec![CurvePanel {
            label: "membrane / MADC code".into(),
            range: None,
            level: None,
            series: shown.map(line).to_vec(),
        }],
    })
}

fn stacking(found: &Found, remark: String) -> String {
    let (measured, sum) = &found.stacked;
    curves(&Curves {
        title: "Potentials add up".into(),
        remark: format!("six events, the second one inhibits · {remark}"),
        x_label: "chip time / µs".into(),
        panels: vec![CurvePanel {
            label: "membrane − rest / MADC".into(),
            range: None,
            level: None,
            series: vec![series("recorded", measured), series("sum of single potentials", sum)],
        }],
    })
}

fn sweeps(setup: &Setup, found: &Found, remark: String) -> String {
    let peaks = |codes: &[(u16, fit::Psp)]| -> Vec<Point> {
        codes.iter().map(|(code, psp)| (f64::from(*code), psp.peak)).collect()
    };
    let panel = |label: &str, x_label: &str, compared| ComparisonPanel {
        label: label.to_owned(),
        x_label: x_label.to_owned(),
        level: None,
        compared: vec![compared],
    };
    let weights: Vec<Point> =
        found.weights.iter().map(|(weight, psp)| (f64::from(*weight), psp.peak)).collect();
    let sums: Vec<Point> =
        found.taus.iter().map(|(code, psp)| (f64::from(*code), psp.slow + psp.fast)).collect();
    let tau_mem = setup.config.targets.tau_mem_us;
    let strengths = peaks(&found.strengths);
    let slope = fit::proportion(&strengths);
    comparison(&Comparison {
        title: "What a postsynaptic potential depends on".into(),
        remark: format!(
            "dashed: {PUBLISHED_SLOPE} codes per weight; time constants of a typical chip; proportional · {remark}"
        ),
        panels: vec![
            panel("peak / MADC codes", "weight", beside("peak", &weights, |weight| PUBLISHED_SLOPE * weight)),
            panel(
                "tau_m + tau_s / µs",
                "bias of the time constant / CapMem code",
                beside("fitted", &sums, |code| tau_mem + 3.0 * 1022.0 / code),
            ),
            panel(
                "peak / MADC codes",
                "bias of the strength / CapMem code",
                beside("peak", &strengths, |code| slope * code),
            ),
        ],
    })
}

fn trials(setup: &Setup, found: &Found, remark: String) -> String {
    let (mean, spread) = fit::mean_and_spread(&found.trials);
    histograms(&Histograms {
        title: "From trial to trial".into(),
        remark: format!("{mean:.1} +- {spread:.2} MADC codes · {remark}"),
        counted: "trials".into(),
        panels: vec![HistogramPanel {
            label: "peak / MADC codes".into(),
            target: Some(mean),
            samples: vec![Sample {
                name: format!("{} trials", setup.config.trials),
                values: found.trials.clone(),
            }],
        }],
    })
}

fn noise(setup: &Setup, recorded: &Recording, found: &Found, remark: String) -> String {
    const SHOWN_US: f64 = 1_000.0;
    let (rate, weight) = setup.config.noise;
    let (measured, expected) = found.noise;
    let mean = recorded.mean_in(0.0, 2.0 * SHOWN_US);
    recording(&Picture {
        title: "Random input".into(),
        remark: format!("eight sources of {rate} kHz, weight +-{weight} · {remark}"),
        range_us: (0.0, SHOWN_US),
        groups: Vec::new(),
        traces: vec![madc_trace(
            "membrane",
            recorded,
            &[
                (mean, "mean"),
                (mean + measured, &format!("recorded deviation {measured:.1}")),
                (mean - expected, &format!("Campbell's {expected:.1}")),
            ],
        )],
    })
}
