//! Tutorial 8: what single spikes do to a membrane. Postsynaptic potentials of both signs against weight, synaptic time
//! constant and strength; how they add up; what many random ones amount to; and how much they vary from trial to trial.

mod pictures;
mod protocols;

use super::lab::{Lab, Recording, fit, in_range, neuron_at};
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Report, csv};
use crate::plot::Point;
use hx_calib::{Strength, Targets};
use protocols::Setup;
use serde::{Deserialize, Serialize};

/// Postsynaptic potentials.
pub struct Psp;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PspConfig {
    /// Row of the neuron, 0 (top) or 1 (bottom).
    pub neuron_row: usize,
    /// Column of the neuron, 0..=250; if its calibration fails one of the next five is taken.
    pub neuron_column: usize,
    /// Weights, rising, -63..=63.
    pub weights: Vec<i32>,
    /// Codes of the synaptic time constant's bias, rising.
    pub tau_codes: Vec<u16>,
    /// Codes of the synaptic strength's bias, rising.
    pub gm_codes: Vec<u16>,
    /// Time per event, us; the event comes after a fifth of it.
    pub window_us: f64,
    /// Events of the largest weight for the variation from trial to trial.
    pub trials: usize,
    /// Distance of six stacked events, us, and their weight; the second one inhibits.
    pub stacked: (f64, i32),
    /// Rate of each of eight random sources, kHz, and their weight; half of them inhibit.
    pub noise: (f64, i32),
    /// What the neuron is calibrated to.
    pub targets: Targets,
}

impl Default for PspConfig {
    fn default() -> PspConfig {
        PspConfig {
            neuron_row: 0,
            neuron_column: 0,
            weights: (-7..=7).map(|step| 9 * step).collect(),
            tau_codes: vec![150, 300, 500, 750, 1022],
            gm_codes: vec![100, 300, 500, 700, 900],
            window_us: 150.0,
            trials: 60,
            stacked: (15.0, 31),
            noise: (20.0, 20),
            targets: Targets { strength: Strength::PspLsbPerWeight(STRENGTH), ..Targets::default() },
        }
    }
}

/// Peak in MADC codes per weight that the tutorial shows.
const PUBLISHED_SLOPE: f64 = 0.788;

/// The same in CADC LSB, of 2.856 MADC codes each: what the neuron's inputs are calibrated to.
const STRENGTH: f64 = 0.276;
/// Code of the strength's bias that makes it on a typical chip.
const TYPICAL_GM_CODE: f64 = 500.0;

/// What was found.
struct Found {
    /// Code of the strength's bias that the calibration found.
    gm_code: f64,
    /// Weight and potential.
    weights: Vec<(i32, fit::Psp)>,
    /// Code of the time constant and potential.
    taus: Vec<(u16, fit::Psp)>,
    /// Code of the strength and potential.
    strengths: Vec<(u16, fit::Psp)>,
    /// Peaks of the trials, MADC codes.
    trials: Vec<f64>,
    /// Stacked events: what was recorded, and the sum of single potentials.
    stacked: (Vec<Point>, Vec<Point>),
    /// Standard deviation under random input, recorded and expected, MADC codes.
    noise: (f64, f64),
}

impl PspConfig {
    fn check(&self) -> Result<(), ExperimentError> {
        let rising = |key: &str, values: Vec<i32>, low: f64, high: f64| {
            if values.len() < 3 || values.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err(ExperimentError::Config(format!("{key} must be three or more rising numbers")));
            }
            in_range(&format!("the first of {key}"), values[0].into(), low, high)?;
            in_range(&format!("the last of {key}"), values[values.len() - 1].into(), low, high)
        };
        let codes = |codes: &[u16]| codes.iter().map(|&code| i32::from(code)).collect();
        rising("weights", self.weights.clone(), -63.0, 63.0)?;
        in_range("the last of weights", self.weights[self.weights.len() - 1].into(), 20.0, 63.0)?;
        rising("tau_codes", codes(&self.tau_codes), 50.0, 1022.0)?;
        rising("gm_codes", codes(&self.gm_codes), 30.0, 1022.0)?;
        in_range("window_us", self.window_us, 100.0, 1_000.0)?;
        in_range("trials", self.trials as f64, 10.0, 500.0)?;
        in_range("stacked distance", self.stacked.0, 1.0, 50.0)?;
        in_range("stacked weight", self.stacked.1.into(), 1.0, 63.0)?;
        in_range("noise rate", self.noise.0, 1.0, 200.0)?;
        in_range("noise weight", self.noise.1.into(), 1.0, 63.0)?;
        in_range("neuron_column", self.neuron_column as f64, 0.0, 250.0)?;
        self.targets.check().map_err(|error| ExperimentError::Config(error.to_string()))
    }
}

impl Experiment for Psp {
    const NAME: &'static str = "tutorial-08";
    const ALIASES: &'static [&'static str] = &["psp"];
    const SUMMARY: &'static str =
        "postsynaptic potentials: weight, time constant, strength, stacking, noise, trial to trial";
    const SOURCE: &'static str =
        "electronicvisions brainscales2-demos: ts_00-single_neuron, fp_synapticInput";
    type Config = PspConfig;

    fn adjust(_: &mut PspConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse_all(Self::NAME)
    }

    fn run(config: &PspConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        config.check()?;
        let candidates: Vec<_> = (0..6)
            .map(|more| neuron_at(config.neuron_row, config.neuron_column + more))
            .collect::<Result<_, _>>()?;
        let (board, neurons) = Lab::calibrated_neurons(context, &config.targets, &candidates, 1)?;
        let setup = Setup::new(config, board, neurons[0])?;
        let runs = setup.runs(context.instance.seed)?;
        let mut lab = Lab::new(context)?;
        let recorded = lab.record_all(&runs)?;
        let found = setup.evaluate(&recorded);
        let mut report = Report {
            chip_time: lab.conclude(context)?,
            checks: checks(&found, context.instance.ideal),
            ..Report::default()
        };
        recorded.iter().for_each(|recording: &Recording| recording.add_to(&mut report.bits));
        tell(&mut report, &found);
        pictures::draw(&mut report, &setup, &recorded, &found, &context.instance);
        Ok(report)
    }
}

/// Peak against weight for one sign: MADC codes per weight, and the largest deviation as a share of the largest peak.
fn slope(weights: &[(i32, fit::Psp)], sign: i32) -> (f64, f64) {
    let points: Vec<Point> = weights
        .iter()
        .filter(|(weight, _)| weight * sign > 0)
        .map(|(weight, psp)| (f64::from(*weight), psp.peak))
        .collect();
    let slope = fit::proportion(&points);
    let largest = points.iter().map(|point| point.1.abs()).fold(0.0, f64::max);
    let worst = points.iter().map(|point| (point.1 - slope * point.0).abs()).fold(0.0, f64::max);
    (slope, worst / largest)
}

fn tell(report: &mut Report, found: &Found) {
    let [(excitation, _), (inhibition, _)] = [1, -1].map(|sign| slope(&found.weights, sign));
    let (mean, deviation) = fit::mean_and_spread(&found.trials);
    report.lines.push(format!(
        "peak {excitation:.3} MADC codes per weight of excitation, {inhibition:.3} of inhibition; trial to trial {mean:.1} +- {deviation:.2}"
    ));
    report.figures.insert("excitation_madc_per_weight".into(), excitation.into());
    report.figures.insert("inhibition_madc_per_weight".into(), inhibition.into());
    report.figures.insert("trial_spread_madc".into(), deviation.into());
    report.figures.insert("noise_madc".into(), found.noise.0.into());
    let rows = found.weights.iter().map(|(weight, psp)| [f64::from(*weight), psp.peak]);
    report.add_text("weights.csv", csv(["weight", "peak_madc"], rows));
}

fn checks(found: &Found, ideal: bool) -> Vec<Check> {
    let [(excitation, bent), (inhibition, _)] = [1, -1].map(|sign| slope(&found.weights, sign));
    let tolerance = if ideal { 0.1 } else { 0.2 };
    // What noise leaves uncertain in the sum of two fitted time constants, us.
    let slack_us = if ideal { 0.0 } else { 0.5 };
    let sums: Vec<f64> = found.taus.iter().map(|(_, psp)| -(psp.slow + psp.fast)).collect();
    let strengths: Vec<f64> = found.strengths.iter().map(|(_, psp)| psp.peak).collect();
    let bias: Vec<Point> = found.strengths.iter().map(|(code, psp)| (f64::from(*code), psp.peak)).collect();
    let proportion = fit::proportion(&bias);
    let off = bias.iter().map(|(code, peak)| (peak / (proportion * code) - 1.0).abs()).fold(0.0, f64::max);
    let (stacked, sum) = &found.stacked;
    let highest = sum.iter().map(|point| point.1.abs()).fold(0.0, f64::max);
    let apart = stacked.iter().zip(sum).map(|(a, b)| (a.1 - b.1).abs()).fold(0.0, f64::max);
    let (_, spread) = fit::mean_and_spread(&found.trials);
    let mut checks = vec![
        Check::within(
            "excitation / MADC codes per weight",
            excitation,
            PUBLISHED_SLOPE,
            tolerance * PUBLISHED_SLOPE,
        ),
        Check::at_most(
            "peak off proportionality to weight, share of the largest",
            bent,
            if ideal { 0.05 } else { 0.12 },
        ),
        Check::within("inhibition beside excitation", inhibition / excitation, 1.0, 0.25),
        Check::equal(
            "potentials get shorter with the bias of the time constant",
            fit::rises(&sums, slack_us),
            true,
        ),
        Check::equal("peaks get higher with the bias of the strength", fit::rises(&strengths, 0.0), true),
        Check::at_most(
            "peak off proportionality to the strength's bias, relative",
            off,
            if ideal { 0.1 } else { 0.35 },
        ),
        Check::at_most(
            "stacked potentials off the sum of single ones, share of the highest",
            apart / highest,
            if ideal { 0.15 } else { 0.3 },
        ),
        Check::within(
            "deviation under random input beside Campbell's",
            found.noise.0 / found.noise.1,
            1.0,
            0.35,
        ),
    ];
    if ideal {
        let tolerance = 0.1 * TYPICAL_GM_CODE;
        checks.push(Check::within(
            "calibrated bias of the strength / code",
            found.gm_code,
            TYPICAL_GM_CODE,
            tolerance,
        ));
    }
    checks.push(match ideal {
        true => Check::at_most("peaks from trial to trial, spread / MADC codes", spread, 0.3),
        false => Check::within("peaks from trial to trial, spread / MADC codes", spread, 1.5, 1.45),
    });
    checks
}
