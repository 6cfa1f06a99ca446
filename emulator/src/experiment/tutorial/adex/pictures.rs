//! The pictures of tutorial 19: membrane, adaptation and spikes of each pattern.

use super::{AdexConfig, Found, onset_madc};
use crate::experiment::Report;
use crate::experiment::tutorial::lab::pictures::remark;
use crate::instance::Instance;
use crate::plot::recording::{Recording as Picture, SpikeGroup, Trace, recording};

pub fn draw(report: &mut Report, config: &AdexConfig, ringing: &Found, found: &[Found], instance: &Instance) {
    for shown in std::iter::once(ringing).chain(found) {
        let name = format!("{}.svg", shown.pattern.name.replace(' ', "-"));
        report.add_text(&name, pattern(config, shown, instance));
    }
    report.add_text("patterns.svg", overview(config, found, instance));
}

fn total_us(config: &AdexConfig) -> f64 {
    let (before, during, after) = config.snippets_us;
    before + during + after
}

/// One pattern in full: spikes, membrane, adaptation.
fn pattern(config: &AdexConfig, found: &Found, instance: &Instance) -> String {
    let knobs = &found.knobs;
    let (before, during, _) = config.snippets_us;
    let mut title = found.pattern.name.to_owned();
    title[..1].make_ascii_uppercase();
    let exponential = knobs.v_exp.map_or("off".to_owned(), |code| format!("at {code}"));
    let setting = format!(
        "a {}, b {}, reset {}, exponential {exponential}, current {} from {before} to {} us",
        knobs.a,
        knobs.b,
        knobs.v_reset,
        knobs.current,
        before + during
    );
    let levels = onset_madc(knobs).map(|level| (level, "exponential, typical".to_owned()));
    let trace = |label: &str, recording: &super::Recording, levels| Trace {
        label: format!("{label} / MADC code"),
        samples: recording.samples.clone(),
        levels,
        spikes_us: Vec::new(),
    };
    recording(&Picture {
        title,
        remark: remark(&setting, instance),
        range_us: (0.0, total_us(config)),
        groups: vec![spikes("events", found)],
        traces: vec![
            trace("membrane", &found.membrane, levels.into_iter().collect()),
            trace("adaptation", &found.adaptation, Vec::new()),
        ],
    })
}

/// All patterns below one another.
fn overview(config: &AdexConfig, found: &[Found], instance: &Instance) -> String {
    let trace = |found: &Found| Trace {
        label: format!("{} / MADC", found.pattern.name),
        samples: found.membrane.samples.clone(),
        levels: Vec::new(),
        spikes_us: found.membrane.spikes.iter().map(|spike| spike.us).collect(),
    };
    let (before, during, _) = config.snippets_us;
    recording(&Picture {
        title: "Firing patterns of one neuron".into(),
        remark: remark(&format!("membrane; current from {before} to {} us", before + during), instance),
        range_us: (0.0, total_us(config)),
        groups: Vec::new(),
        traces: found.iter().map(trace).collect(),
    })
}

fn spikes(name: &str, found: &Found) -> SpikeGroup {
    let spikes = found.membrane.spikes.iter().map(|spike| (spike.us, 0)).collect();
    SpikeGroup { name: name.to_owned(), neurons: 1, spikes }
}
