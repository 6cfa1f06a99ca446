//! Tutorial 5: the same codes on ten neurons give ten different neurons. All fire by themselves; their rates, thresholds and
//! resets differ. After calibration the same experiment gives ten neurons alike.

use super::lab::pictures::{remark, series};
use super::lab::{Board, Lab, Protocol, Recording, Snippet, fit, in_range, some_neurons};
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Report, csv};
use crate::plot::curves::{CurvePanel, Curves, Series, curves};
use hx_calib::codes::{I_BIAS_LEAK, V_LEAK, V_RESET, V_THRESHOLD};
use hx_calib::{Calibration, Selection, Targets};
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;
use serde::{Deserialize, Serialize};

/// Leak over threshold on several neurons.
pub struct FixedPattern;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FixedPatternConfig {
    /// Number of neurons, the first of the top row.
    pub neurons: usize,
    /// Length of each recording, us.
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
    /// How far the leak potential of calibrated neurons is raised above the one they are calibrated to, codes.
    pub raise_codes: u16,
    /// What they are calibrated to.
    pub targets: Targets,
}

impl Default for FixedPatternConfig {
    fn default() -> FixedPatternConfig {
        FixedPatternConfig {
            neurons: 10,
            duration_us: 500.0,
            v_leak_code: 1000,
            v_reset_code: 400,
            v_threshold_code: 300,
            i_bias_leak_code: 200,
            refractory_counts: 255,
            raise_codes: 350,
            targets: Targets::default(),
        }
    }
}

/// Neurons and length of the traces shown.
const SHOWN: (usize, f64) = (5, 60.0);
/// Rates around the median that count as alike (electronicvisions calix: tests/hw/py/test_neuron_spiking.py).
const ALIKE: std::ops::RangeInclusive<f64> = 0.9..=1.15;

impl FixedPatternConfig {
    fn check(&self) -> Result<Vec<AtomicNeuronOnDLS>, ExperimentError> {
        in_range("neurons", self.neurons as f64, 3.0, 60.0)?;
        in_range("duration_us", self.duration_us, 100.0, 10_000.0)?;
        in_range("refractory_counts", self.refractory_counts.into(), 31.0, 255.0)?;
        self.targets.check().map_err(|error| ExperimentError::Config(error.to_string()))?;
        some_neurons(self.neurons, 1)
    }

    /// All neurons with the same codes.
    fn equal_codes(&self, neurons: &[AtomicNeuronOnDLS]) -> Result<Board, ExperimentError> {
        let mut board = Board::uncalibrated()?;
        let codes = [
            (V_LEAK, self.v_leak_code),
            (V_RESET, self.v_reset_code),
            (V_THRESHOLD, self.v_threshold_code),
            (I_BIAS_LEAK, self.i_bias_leak_code),
        ];
        for &neuron in neurons {
            let settings = board.neuron(neuron).cells(&codes)?;
            settings.fires(true).refractory_counts(self.refractory_counts).sends()?;
        }
        Ok(board)
    }

    /// All neurons calibrated, with their leak potential raised by the same number of codes.
    fn alike(
        &self,
        neurons: &[AtomicNeuronOnDLS],
        calibration: &Calibration,
    ) -> Result<Board, ExperimentError> {
        let mut board = Board::calibrated(calibration)?;
        for &neuron in neurons {
            let settings = board.neuron(neuron);
            let raised = settings.code(V_LEAK) + self.raise_codes;
            settings.cell(V_LEAK, raised.min(1022))?.sends()?;
        }
        Ok(board)
    }
}

/// What a set of neurons did.
struct Outcome {
    recordings: Vec<Recording>,
    rates_khz: Vec<f64>,
}

impl Outcome {
    fn of(recordings: Vec<Recording>, neurons: &[AtomicNeuronOnDLS]) -> Outcome {
        let rate = |&neuron| {
            let intervals = fit::intervals(&recordings[0].spikes_of(neuron));
            if intervals.is_empty() { 0.0 } else { 1e3 / fit::mean_and_spread(&intervals).0 }
        };
        let rates_khz = neurons.iter().map(rate).collect();
        Outcome { recordings, rates_khz }
    }

    fn spread(&self) -> f64 {
        let (mean, deviation) = fit::mean_and_spread(&self.rates_khz);
        deviation / mean
    }

    /// Share of neurons whose rate is that of the median neuron.
    fn alike(&self) -> f64 {
        let mut sorted = self.rates_khz.clone();
        sorted.sort_by(f64::total_cmp);
        let median = sorted[sorted.len() / 2];
        let near = self.rates_khz.iter().filter(|&&rate| ALIKE.contains(&(rate / median)));
        near.count() as f64 / self.rates_khz.len() as f64
    }
}

impl Experiment for FixedPattern {
    const NAME: &'static str = "tutorial-05";
    const ALIASES: &'static [&'static str] = &["fixed-pattern"];
    const SUMMARY: &'static str = "equal codes, different neurons: firing rates before and after calibration";
    const SOURCE: &'static str = "electronicvisions brainscales2-demos: ts_00-single_neuron, fp_brainscales";
    type Config = FixedPatternConfig;

    fn adjust(_: &mut FixedPatternConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse_all(Self::NAME)
    }

    fn run(config: &FixedPatternConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        let neurons = config.check()?;
        let numbers = neurons.iter().map(|neuron| neuron.to_enum() as u16).collect();
        let targets = Targets { neurons: Selection::Only(numbers), ..config.targets.clone() };
        let calibration = Lab::calibration(context, &targets)?;
        let boards = [config.equal_codes(&neurons)?, config.alike(&neurons, &calibration)?];
        let mut lab = Lab::new(context)?;
        let mut outcomes = Vec::new();
        for board in boards {
            let run = |&neuron: &AtomicNeuronOnDLS| {
                let protocol = Protocol::new(vec![Snippet::quiet(config.duration_us)]);
                (board.clone(), protocol.membrane_of(neuron))
            };
            let runs: Vec<_> = neurons.iter().map(run).collect();
            outcomes.push(Outcome::of(lab.record_all(&runs)?, &neurons));
        }
        let mut report = Report { chip_time: lab.conclude(context)?, ..Report::default() };
        outcomes
            .iter()
            .flat_map(|outcome| &outcome.recordings)
            .for_each(|recording| recording.add_to(&mut report.bits));
        let (before, after) = (&outcomes[0], &outcomes[1]);
        report.checks = checks(before, after, context.instance.ideal);
        report.figures.insert("rates_before_khz".into(), before.rates_khz.clone().into());
        report.figures.insert("rates_after_khz".into(), after.rates_khz.clone().into());
        report.figures.insert("missed_targets".into(), calibration.missed.len().into());
        report.lines.push(format!(
            "rates of {} neurons: spread {:.1} % with equal codes, {:.1} % calibrated",
            neurons.len(),
            100.0 * before.spread(),
            100.0 * after.spread()
        ));
        let rows = before.rates_khz.iter().zip(&after.rates_khz).enumerate();
        let rows = rows.map(|(index, (before, after))| [index as f64, *before, *after]);
        report.add_text("rates.csv", csv(["neuron", "before_khz", "after_khz"], rows));
        report.add_text(
            "traces.svg",
            trace_picture(before, after, remark("leak over threshold", &context.instance)),
        );
        report.add_text(
            "rates.svg",
            rate_picture(before, after, remark("leak over threshold", &context.instance)),
        );
        Ok(report)
    }
}

fn checks(before: &Outcome, after: &Outcome, ideal: bool) -> Vec<Check> {
    let slowest = |outcome: &Outcome| outcome.rates_khz.iter().copied().fold(f64::INFINITY, f64::min);
    let mut checks = vec![
        Check::at_least("slowest neuron with equal codes / kHz", slowest(before), 1.0),
        Check::at_least("slowest neuron calibrated / kHz", slowest(after), 1.0),
        Check::at_least("share of calibrated neurons at 0.9..1.15 of the median rate", after.alike(), 0.9),
    ];
    checks.push(if ideal {
        Check::at_most("relative spread of rates with equal codes", before.spread(), 0.001)
    } else {
        Check::at_least("relative spread of rates with equal codes", before.spread(), 0.08)
    });
    if !ideal {
        let ratio = after.spread() / before.spread();
        checks.push(Check::at_most("spread calibrated over spread with equal codes", ratio, 0.5));
    }
    checks
}

fn trace_picture(before: &Outcome, after: &Outcome, remark: String) -> String {
    let panel = |label: &str, outcome: &Outcome| CurvePanel {
        label: format!("{label} / MADC"),
        range: None,
        level: None,
        series: outcome
            .recordings
            .iter()
            .take(SHOWN.0)
            .enumerate()
            .map(|(index, recording)| series(&format!("neuron {index}"), recording.samples_in(0.0, SHOWN.1)))
            .collect(),
    };
    curves(&Curves {
        title: "Fixed-pattern variations".into(),
        remark: format!("membranes, recorded one after another · {remark}"),
        x_label: "chip time / µs".into(),
        panels: vec![panel("equal codes", before), panel("calibrated", after)],
    })
}

fn rate_picture(before: &Outcome, after: &Outcome, remark: String) -> String {
    let line = |name: &str, outcome: &Outcome| {
        let points =
            outcome.rates_khz.iter().enumerate().map(|(index, &rate)| (index as f64, rate)).collect();
        Series { name: format!("{name}, spread {:.1} %", 100.0 * outcome.spread()), points }
    };
    curves(&Curves {
        title: "Firing rates of neurons that should be alike".into(),
        remark,
        x_label: "neuron".into(),
        panels: vec![CurvePanel {
            label: "rate / kHz".into(),
            range: None,
            level: None,
            series: vec![line("equal codes", before), line("calibrated", after)],
        }],
    })
}
