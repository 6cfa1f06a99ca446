//! Tutorial 4: a leak potential above the threshold makes a neuron fire regularly. Spikes come as events with time stamps,
//! the membrane between them from the fast converter; both tell the same story.

use super::lab::pictures::{remark, spike_group};
use super::lab::{Board, Lab, Protocol, Recording, Snippet, fit, in_range, neuron_at};
use super::nominal;
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Report, csv};
use crate::plot::recording::{Recording as Picture, Trace, recording};
use hx_calib::codes::{I_BIAS_LEAK, V_LEAK, V_RESET, V_THRESHOLD};
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;
use serde::{Deserialize, Serialize};

/// One neuron that fires by itself.
pub struct LeakOverThreshold;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LeakOverThresholdConfig {
    /// Row of the neuron, 0 (top) or 1 (bottom).
    pub neuron_row: usize,
    /// Column of the neuron, 0..256.
    pub neuron_column: usize,
    /// Length of the recording, us.
    pub duration_us: f64,
    /// Leak potential, code.
    pub v_leak_code: u16,
    /// Reset potential, code.
    pub v_reset_code: u16,
    /// Threshold, code.
    pub v_threshold_code: u16,
    /// Leak conductance, code.
    pub i_bias_leak_code: u16,
    /// Refractory period in counts of 8 ns, 31..=255.
    pub refractory_counts: u8,
}

impl Default for LeakOverThresholdConfig {
    fn default() -> LeakOverThresholdConfig {
        LeakOverThresholdConfig {
            neuron_row: 0,
            neuron_column: 0,
            duration_us: 200.0,
            v_leak_code: 1000,
            v_reset_code: 400,
            v_threshold_code: 300,
            i_bias_leak_code: 150,
            refractory_counts: 255,
        }
    }
}

/// Period (us), lowest and highest membrane (MADC codes) that the tutorial shows.
const PUBLISHED: [(&str, f64); 3] =
    [("period / us", 13.0), ("trough / MADC code", 232.0), ("peak / MADC code", 400.0)];
const TOLERANCE: f64 = 0.2;
/// Further allowed where chips differ.
const MISMATCH: [f64; 3] = [0.5, 0.25, 0.15];

impl LeakOverThresholdConfig {
    fn check(&self) -> Result<AtomicNeuronOnDLS, ExperimentError> {
        in_range("duration_us", self.duration_us, 10.0, 10_000.0)?;
        in_range("refractory_counts", self.refractory_counts.into(), 31.0, 255.0)?;
        neuron_at(self.neuron_row, self.neuron_column)
    }

    fn board(&self, neuron: AtomicNeuronOnDLS) -> Result<Board, ExperimentError> {
        let mut board = Board::uncalibrated()?;
        let codes = [
            (V_LEAK, self.v_leak_code),
            (V_RESET, self.v_reset_code),
            (V_THRESHOLD, self.v_threshold_code),
            (I_BIAS_LEAK, self.i_bias_leak_code),
        ];
        let settings = board.neuron(neuron).cells(&codes)?;
        settings.fires(true).refractory_counts(self.refractory_counts).sends()?;
        Ok(board)
    }

    fn is_the_tutorial(&self) -> bool {
        let (neuron_row, neuron_column, duration_us) =
            (self.neuron_row, self.neuron_column, self.duration_us);
        *self == Self { neuron_row, neuron_column, duration_us, ..Self::default() }
    }

    /// Period of a typical chip, us: reset, one clock of hold-off, climb.
    fn typical_period_us(&self) -> f64 {
        let held_us = 8e-3 * f64::from(self.refractory_counts - 1);
        let [leak, reset] = [self.v_leak_code, self.v_reset_code].map(|code| nominal::shifted_v(code.into()));
        let threshold = nominal::plain_v(self.v_threshold_code.into());
        let trough = reset + (threshold - reset) * libm::exp(-held_us / nominal::TAU_RESET_US);
        held_us + nominal::climb_us(self.i_bias_leak_code.into(), leak, 0.0, trough, threshold)
    }
}

impl Experiment for LeakOverThreshold {
    const NAME: &'static str = "tutorial-04";
    const ALIASES: &'static [&'static str] = &["leak-over-threshold"];
    const SUMMARY: &'static str = "leak over threshold: regular spikes, and the membrane that makes them";
    const SOURCE: &'static str = "electronicvisions brainscales2-demos: ts_00-single_neuron, fp_singleNeuron";
    type Config = LeakOverThresholdConfig;

    fn adjust(_: &mut LeakOverThresholdConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse_all(Self::NAME)
    }

    fn run(config: &LeakOverThresholdConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        let neuron = config.check()?;
        let board = config.board(neuron)?;
        let mut lab = Lab::new(context)?;
        let protocol = Protocol::new(vec![Snippet::quiet(config.duration_us)]).membrane_of(neuron);
        let recorded = lab.record(&board, &protocol)?;
        let mut report = Report { chip_time: lab.conclude(context)?, ..Report::default() };
        recorded.add_to(&mut report.bits);
        let found = Found::of(&recorded, neuron);
        report.checks = found.checks(config, context.instance.ideal);
        report.figures.insert("spikes".into(), found.spikes_us.len().into());
        report.figures.insert("period_us".into(), found.period_us.into());
        report.figures.insert("trough_madc".into(), found.trough.into());
        report.figures.insert("peak_madc".into(), found.peak.into());
        report.lines.push(format!(
            "{} spikes in {} us, one every {:.2} us; membrane between {:.0} and {:.0} MADC codes",
            found.spikes_us.len(),
            config.duration_us,
            found.period_us,
            found.trough,
            found.peak
        ));
        report.add_text("spikes.csv", csv(["time_us"], found.spikes_us.iter().map(|&us| [us])));
        let samples = recorded.samples.iter().map(|sample| [sample.0, sample.1]);
        report.add_text("membrane.csv", csv(["time_us", "madc_code"], samples));
        let remark = remark("not calibrated", &context.instance);
        report.add_text("trace.svg", picture(config, neuron, &recorded, &found, remark));
        Ok(report)
    }
}

/// What the recording shows.
struct Found {
    spikes_us: Vec<f64>,
    period_us: f64,
    spread: f64,
    trough: f64,
    peak: f64,
    /// Largest distance of a spike's time stamp from the fall of the membrane, us.
    apart_us: f64,
}

impl Found {
    fn of(recording: &Recording, neuron: AtomicNeuronOnDLS) -> Found {
        const WINDOW_US: f64 = 0.2;
        let spikes_us = recording.spikes_of(neuron);
        let (period_us, deviation) = fit::mean_and_spread(&fit::intervals(&spikes_us));
        let end = recording.boundaries_us.last().copied().unwrap_or(0.0);
        let (trough, peak) = recording.extremes_in(0.0, end, WINDOW_US);
        let middle = 0.5 * (trough + peak);
        // Where the membrane falls through the middle of its range.
        let falls: Vec<f64> = recording
            .samples
            .windows(2)
            .filter(|pair| pair[0].1 >= middle && pair[1].1 < middle)
            .map(|pair| pair[1].0)
            .collect();
        let nearest = |us: f64| falls.iter().map(|fall| (fall - us).abs()).fold(f64::INFINITY, f64::min);
        let inner = spikes_us.iter().filter(|&&us| us < end - 2.0);
        let apart_us = inner.map(|&us| nearest(us)).fold(0.0, f64::max);
        Found { spikes_us, period_us, spread: deviation / period_us, trough, peak, apart_us }
    }

    fn checks(&self, config: &LeakOverThresholdConfig, ideal: bool) -> Vec<Check> {
        let mut checks = vec![
            Check::at_least("spikes", self.spikes_us.len() as f64, 2.0),
            Check::at_most("relative spread of the periods", self.spread, 0.05),
            Check::at_most("spike and fall of the membrane apart / us", self.apart_us, 1.5),
        ];
        if config.is_the_tutorial() {
            let values = [self.period_us, self.trough, self.peak];
            for (((name, published), value), mismatch) in PUBLISHED.into_iter().zip(values).zip(MISMATCH) {
                let tolerance = TOLERANCE + if ideal { 0.0 } else { mismatch };
                checks.push(Check::within(name, value, published, tolerance * published));
            }
        }
        if ideal {
            let typical = config.typical_period_us();
            checks.push(Check::within(
                "period beside the closed form / us",
                self.period_us,
                typical,
                0.02 * typical,
            ));
        }
        checks
    }
}

fn picture(
    config: &LeakOverThresholdConfig,
    neuron: AtomicNeuronOnDLS,
    recorded: &Recording,
    found: &Found,
    remark: String,
) -> String {
    let level = |v: f64, name: &str| (nominal::madc(v), format!("{name}, typical"));
    recording(&Picture {
        title: "Leak over threshold".into(),
        remark: format!("one spike every {:.2} us · {remark}", found.period_us),
        range_us: (0.0, config.duration_us),
        groups: vec![spike_group("events", &[neuron], recorded)],
        traces: vec![Trace {
            label: "membrane / MADC code".into(),
            samples: recorded.samples.clone(),
            levels: vec![
                level(nominal::shifted_v(config.v_leak_code.into()), "leak"),
                level(nominal::plain_v(config.v_threshold_code.into()), "threshold"),
                level(nominal::shifted_v(config.v_reset_code.into()), "reset"),
            ],
            spikes_us: Vec::new(),
        }],
    })
}
