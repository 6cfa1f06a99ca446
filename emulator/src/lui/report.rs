//! From a run to `result.json`, tables and pictures.

use super::build::Bench;
use super::file::NetworkFile;
use super::measure::check;
use super::picture::{chart, leds, scope};
use super::record::Recording;
use crate::experiment::Report;
use hx_chip::time::Time;
use serde_json::json;
use std::fmt::Write as _;

/// Everything about a run. The fingerprint is over all edges and all samples.
#[must_use]
pub fn report(file: &NetworkFile, bench: &Bench, recording: &Recording) -> Report {
    let mut report = Report { chip_time: Time(hx_lui::Time::from_s(file.duration_s).0), ..Report::default() };
    for edge in &recording.edges {
        report.bits.integers([edge.at.0, edge.board as u64, u64::from(edge.rising)].into_iter());
    }
    for view in recording.views.iter().flatten() {
        report.bits.floats(&[view.v_v, view.v_syn_v, view.v_refractory_v]);
    }
    report.checks = file.checks.iter().map(|expectation| check(bench, recording, expectation)).collect();
    let spikes: serde_json::Map<String, serde_json::Value> = bench
        .names
        .iter()
        .zip(&recording.pulses)
        .map(|(name, pulses)| (name.clone(), json!(pulses.iter().map(|pulse| pulse.0).collect::<Vec<_>>())))
        .collect();
    report.figures.insert("spikes_s".into(), spikes.into());
    report.figures.insert("boards".into(), json!(bench.names));
    if !file.about.is_empty() {
        report.lines.push(file.about.clone());
    }
    report.add_text("scope.svg", scope(file, bench, recording));
    report.add_text("leds.svg", leds(file, bench, recording));
    for entry in &file.charts {
        report.add_text(&format!("{}.svg", entry.name), chart(entry, file, bench, recording));
    }
    report.add_text("spikes.csv", spikes_csv(bench, recording));
    report.add_text("traces.csv", traces_csv(bench, recording));
    report
}

fn spikes_csv(bench: &Bench, recording: &Recording) -> String {
    let mut text = String::from("board,begin_s,end_s\n");
    for (name, pulses) in bench.names.iter().zip(&recording.pulses) {
        for (begin_s, end_s) in pulses {
            let _ = writeln!(text, "{name},{begin_s},{end_s}");
        }
    }
    text
}

fn traces_csv(bench: &Bench, recording: &Recording) -> String {
    let columns =
        |name: &String| format!("{name}_v_v,{name}_v_syn_v,{name}_output_v,{name}_leds,{name}_spike_led");
    let mut text = format!("time_s,{}\n", bench.names.iter().map(columns).collect::<Vec<_>>().join(","));
    for (index, at_s) in recording.at_s.iter().enumerate() {
        let _ = write!(text, "{at_s}");
        for views in &recording.views {
            let view = &views[index];
            let spike = u8::from(view.spike_led);
            let _ = write!(
                text,
                ",{:.6},{:.6},{:.3},{},{spike}",
                view.v_v, view.v_syn_v, view.output_v, view.leds
            );
        }
        text.push('\n');
    }
    text
}
