//! The sweeps with their lines, time constants over the bias, and spikes before and after.

use super::{CalibrationSweepsConfig, Sweep, Taus, column};
use crate::experiment::tutorial::lab::fit;
use crate::experiment::tutorial::lab::pictures::spike_group;
use crate::plot::curves::{CurvePanel, Curves, Series, curves};
use crate::plot::recording::{Recording, recording};

/// Lowest, mean and highest of all neurons at each code.
fn band(codes: &[u16], shown: &[Vec<f64>]) -> Vec<Series> {
    let line = |name: &str, pick: &dyn Fn(&[f64]) -> f64| {
        let values = (0..codes.len()).map(|index| pick(&column(shown, index)));
        let points = codes.iter().map(|&code| f64::from(code)).zip(values).collect();
        Series { name: name.into(), points }
    };
    vec![
        line("mean", &|values| fit::mean_and_spread(values).0),
        line("lowest", &|values| values.iter().copied().fold(f64::INFINITY, f64::min)),
        line("highest", &|values| values.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
    ]
}

/// A panel for each parameter.
pub fn sweeps(sweeps: &[Sweep; 3], remark: String) -> String {
    let panel = |sweep: &Sweep| {
        let mut series = band(&sweep.codes, &sweep.shown);
        let ends = [sweep.codes[0], sweep.codes[sweep.codes.len() - 1]].map(f64::from);
        let points = ends.iter().map(|&code| (code, sweep.mean.at(code))).collect();
        series.push(Series { name: "line".into(), points });
        CurvePanel { label: format!("{} / MADC code", sweep.name), range: None, level: None, series }
    };
    curves(&Curves {
        title: "Potentials over their codes".into(),
        remark,
        x_label: "code of the CapMem cell".into(),
        panels: sweeps.iter().map(panel).collect(),
    })
}

/// Time constants over the leak bias.
pub fn taus(config: &CalibrationSweepsConfig, taus: &Taus, remark: String) -> String {
    let swept = CurvePanel {
        label: "tau_mem / µs".into(),
        range: None,
        level: Some((config.tau_mem_us, "target".into())),
        series: band(&taus.codes, &taus.swept),
    };
    curves(&Curves {
        title: "Membrane time constant over the leak bias".into(),
        remark,
        x_label: "code of i_bias_leak".into(),
        panels: vec![swept],
    })
}

/// Spikes of all neurons with one code and with their own.
pub fn spikes(taus: &Taus, remark: String) -> String {
    let [before, after] = &taus.recordings;
    recording(&Recording {
        title: "One time constant from reset to threshold".into(),
        remark: format!("the same leak bias everywhere, then each neuron's own · {remark}"),
        range_us: (0.0, 200.0),
        groups: vec![spike_group("same", &taus.neurons, before), spike_group("own", &taus.neurons, after)],
        traces: Vec::new(),
    })
}
