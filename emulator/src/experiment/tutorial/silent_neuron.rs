//! Tutorial 2: a neuron that cannot fire rests where its leak potential is set. The fast converter records it for a sweep of
//! the code.

use super::lab::pictures::{beside, remark};
use super::lab::{Board, Lab, Protocol, Snippet, chip_name, fit, in_range, neuron_at};
use super::nominal;
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Report, csv};
use crate::plot::Point;
use crate::plot::comparison::{Comparison, ComparisonPanel, comparison};
use crate::plot::recording::{Recording as Picture, Trace, recording};
use hx_calib::codes::{I_BIAS_LEAK, V_LEAK};
use serde::{Deserialize, Serialize};

/// The resting potential against the code of the leak potential.
pub struct SilentNeuron;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SilentNeuronConfig {
    /// Row of the neuron, 0 (top) or 1 (bottom).
    pub neuron_row: usize,
    /// Column of the neuron, 0..256.
    pub neuron_column: usize,
    /// Length of each recording, us.
    pub duration_us: f64,
    /// Codes of the leak potential, rising.
    pub v_leak_codes: Vec<u16>,
    /// Leak conductance, code.
    pub i_bias_leak_code: u16,
}

impl Default for SilentNeuronConfig {
    fn default() -> SilentNeuronConfig {
        SilentNeuronConfig {
            neuron_row: 0,
            neuron_column: 0,
            duration_us: 200.0,
            v_leak_codes: vec![400, 450, 500, 550, 600, 650, 700, 750, 800, 850, 900, 950, 1000, 1022],
            i_bias_leak_code: 1022,
        }
    }
}

/// Code and resting potential that the tutorial shows, and how far a typical chip may be off.
const PUBLISHED: (u16, f64) = (700, 375.0);
const TOLERANCE: f64 = 0.2;
/// Further allowed where chips differ: two standard deviations of the leak potential (17 mV) and of the converter, MADC codes.
const MISMATCH: f64 = 40.0;

impl Experiment for SilentNeuron {
    const NAME: &'static str = "tutorial-02";
    const ALIASES: &'static [&'static str] = &["silent-neuron"];
    const SUMMARY: &'static str =
        "a silent neuron rests at its leak potential: a sweep, recorded by the MADC";
    const SOURCE: &'static str =
        "electronicvisions brainscales2-demos: ts_00-single_neuron, cns_01_lif_parameters";
    type Config = SilentNeuronConfig;

    fn adjust(_: &mut SilentNeuronConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse_all(Self::NAME)
    }

    fn run(config: &SilentNeuronConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        let neuron = neuron_at(config.neuron_row, config.neuron_column)?;
        in_range("duration_us", config.duration_us, 10.0, 10_000.0)?;
        if config.v_leak_codes.len() < 2 || !config.v_leak_codes.is_sorted() {
            return Err(ExperimentError::Config("v_leak_codes must be two or more rising codes".into()));
        }
        let mut runs = Vec::new();
        for &code in &config.v_leak_codes {
            let mut board = Board::uncalibrated()?;
            let _ = board.neuron(neuron).cells(&[(V_LEAK, code), (I_BIAS_LEAK, config.i_bias_leak_code)])?;
            let protocol = Protocol::new(vec![Snippet::quiet(config.duration_us)]).membrane_of(neuron);
            runs.push((board, protocol));
        }
        let mut lab = Lab::new(context)?;
        let recorded = lab.record_all(&runs)?;
        let mut report = Report { chip_time: lab.conclude(context)?, ..Report::default() };
        let rests: Vec<Point> = config
            .v_leak_codes
            .iter()
            .zip(&recorded)
            .map(|(&code, recording)| (f64::from(code), recording.mean_in(0.0, config.duration_us)))
            .collect();
        recorded.iter().for_each(|recording| recording.add_to(&mut report.bits));
        let noise: Vec<f64> = recorded
            .iter()
            .map(|recording| {
                let codes: Vec<f64> = recording.samples.iter().map(|sample| sample.1).collect();
                fit::mean_and_spread(&codes).1
            })
            .collect();
        report.checks = checks(config, context.instance.ideal, &rests, &noise);
        let line = fit::line(&rests);
        report.figures.insert("madc_per_code".into(), line.slope.into());
        report
            .figures
            .insert("resting_madc".into(), rests.iter().map(|rest| rest.1).collect::<Vec<_>>().into());
        report.lines.push(format!(
            "rest from {:.0} to {:.0} MADC codes over v_leak {} to {}: {:.3} codes per code",
            rests[0].1,
            rests[rests.len() - 1].1,
            rests[0].0,
            rests[rests.len() - 1].0,
            line.slope
        ));
        report.add_text(
            "rest.csv",
            csv(["v_leak_code", "madc_code"], rests.iter().map(|rest| [rest.0, rest.1])),
        );
        let traces = [0, rests.len() / 2, rests.len() - 1].map(|index| Trace {
            label: format!("v_leak {} / MADC code", config.v_leak_codes[index]),
            samples: recorded[index].samples.clone(),
            levels: vec![(rests[index].1, format!("mean {:.0}", rests[index].1))],
            spikes_us: Vec::new(),
        });
        report.add_text(
            "traces.svg",
            recording(&Picture {
                title: "A silent neuron".into(),
                remark: remark("three leak potentials", &context.instance),
                range_us: (0.0, config.duration_us),
                groups: Vec::new(),
                traces: traces.to_vec(),
            }),
        );
        report.add_text("rest.svg", picture(&rests, &chip_name(&context.instance)));
        Ok(report)
    }
}

fn checks(config: &SilentNeuronConfig, ideal: bool, rests: &[Point], noise: &[f64]) -> Vec<Check> {
    let values: Vec<f64> = rests.iter().map(|rest| rest.1).collect();
    let smallest = values.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    let loudest = noise.iter().copied().fold(0.0, f64::max);
    let mut checks = vec![
        Check::at_least("least rise from code to code / MADC codes", smallest, 0.5),
        // A resting neuron shows about 2 codes rms.
        Check::at_most("noise of a trace / MADC codes rms", loudest, 4.0),
    ];
    let index = config.v_leak_codes.iter().position(|&code| code == PUBLISHED.0);
    if let Some(index) = index.filter(|_| config.i_bias_leak_code >= 100) {
        let tolerance = TOLERANCE * PUBLISHED.1 + if ideal { 0.0 } else { MISMATCH };
        let name = format!("rest at v_leak {} / MADC code", PUBLISHED.0);
        checks.push(Check::within(&name, values[index], PUBLISHED.1, tolerance));
    }
    checks
}

fn picture(rests: &[Point], chip: &str) -> String {
    comparison(&Comparison {
        title: "The leak potential sets the resting potential".into(),
        remark: format!("mean of the recorded membrane, dashed: a typical chip · {chip}, not calibrated"),
        panels: vec![ComparisonPanel {
            label: "rest / MADC code".into(),
            x_label: "v_leak / CapMem code".into(),
            level: Some((PUBLISHED.1, format!("tutorial at {}: {:.0}", PUBLISHED.0, PUBLISHED.1))),
            compared: vec![beside("recorded", rests, |code| nominal::madc(nominal::shifted_v(code)))],
        }],
    })
}
