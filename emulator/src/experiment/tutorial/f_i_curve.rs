//! Tutorial 6: firing rate against injected current, for several leak conductances and refractory periods, beside the closed
//! form. Below the rheobase nothing happens; above it the rate rises, and the refractory period bounds it.

use super::lab::pictures::{beside, remark};
use super::lab::{Board, Lab, Protocol, Snippet, fit, in_range, neuron_at};
use super::nominal;
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Report};
use crate::plot::Point;
use crate::plot::comparison::{Comparison, ComparisonPanel, comparison};
use hx_calib::codes::{I_BIAS_LEAK, V_LEAK, V_RESET, V_THRESHOLD};
use hx_isa::field;
use hx_isa::regmap::capmem::{CapMemParameter, capmem_parameter};
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// Rate against current.
pub struct FICurve;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FICurveConfig {
    /// Row of the neuron, 0 (top) or 1 (bottom).
    pub neuron_row: usize,
    /// Column of the neuron, 0..256.
    pub neuron_column: usize,
    /// Length of each recording, us.
    pub duration_us: f64,
    /// Injected currents, rising codes that begin with 0.
    pub current_codes: Vec<u16>,
    /// Leak potential, code.
    pub v_leak_code: u16,
    /// Reset potential, code.
    pub v_reset_code: u16,
    /// Threshold, code.
    pub v_threshold_code: u16,
    /// Leak conductances, rising codes; the first is used with all refractory periods.
    pub i_bias_leak_codes: Vec<u16>,
    /// Refractory periods in counts of 64 ns, rising; the first is used with all conductances.
    pub refractory_counts: Vec<u8>,
}

impl Default for FICurveConfig {
    fn default() -> FICurveConfig {
        FICurveConfig {
            neuron_row: 0,
            neuron_column: 0,
            duration_us: 1000.0,
            current_codes: (0..=20).map(|step| 50 * step).collect(),
            v_leak_code: 530,
            v_reset_code: 300,
            v_threshold_code: 250,
            i_bias_leak_codes: vec![100, 200, 300],
            refractory_counts: vec![32, 94, 156],
        }
    }
}

const OFFSET: &CapMemParameter = capmem_parameter("i_mem_offset");
/// Scale of the refractory clock, 250 MHz / 2^(3+1), and its period.
const CLOCK_SCALE: u8 = 3;
const COUNT_US: f64 = 0.064;

/// A neuron's setting and its rates.
struct Curve {
    leak: u16,
    counts: u8,
    /// Code of the current, rate in kHz.
    rates: Vec<Point>,
}

impl Curve {
    /// The first current at which it fires.
    fn onset(&self) -> f64 {
        self.rates.iter().find(|point| point.1 > 0.0).map_or(f64::INFINITY, |point| point.0)
    }

    fn last(&self) -> f64 {
        self.rates[self.rates.len() - 1].1
    }
}

impl FICurveConfig {
    fn check(&self) -> Result<AtomicNeuronOnDLS, ExperimentError> {
        in_range("duration_us", self.duration_us, 100.0, 20_000.0)?;
        let rising = |key: &str, rises: bool| {
            let message = || ExperimentError::Config(format!("{key} must be two or more rising numbers"));
            if rises { Ok(()) } else { Err(message()) }
        };
        let strictly = |codes: &[u16]| codes.len() > 1 && codes.windows(2).all(|pair| pair[0] < pair[1]);
        rising("current_codes", strictly(&self.current_codes))?;
        in_range("the first of current_codes", self.current_codes[0].into(), 0.0, 0.0)?;
        rising("i_bias_leak_codes", strictly(&self.i_bias_leak_codes))?;
        in_range("the first of i_bias_leak_codes", self.i_bias_leak_codes[0].into(), 20.0, 1022.0)?;
        let counts: Vec<u16> = self.refractory_counts.iter().map(|&count| count.into()).collect();
        rising("refractory_counts", strictly(&counts))?;
        in_range("the first of refractory_counts", counts[0].into(), 31.0, 255.0)?;
        neuron_at(self.neuron_row, self.neuron_column)
    }

    /// Leak conductance and refractory counts of all curves: first the conductances, then the further periods.
    fn variants(&self) -> Vec<(u16, u8)> {
        let conductances = self.i_bias_leak_codes.iter().map(|&leak| (leak, self.refractory_counts[0]));
        let periods = self.refractory_counts.iter().skip(1);
        conductances.chain(periods.map(|&counts| (self.i_bias_leak_codes[0], counts))).collect()
    }

    fn run(
        &self,
        neuron: AtomicNeuronOnDLS,
        (leak, counts): (u16, u8),
        current: u16,
    ) -> Result<(Board, Protocol), ExperimentError> {
        let mut board = Board::uncalibrated()?;
        let codes = [
            (V_LEAK, self.v_leak_code),
            (V_RESET, self.v_reset_code),
            (V_THRESHOLD, self.v_threshold_code),
            (I_BIAS_LEAK, leak),
            (OFFSET, current),
        ];
        board.refractory_clocks(CLOCK_SCALE, 0)?;
        let settings = board.neuron(neuron).cells(&codes)?.fires(true).refractory_counts(counts);
        settings.set(field!(NeuronConfig.enable_membrane_offset), 1).sends()?;
        Ok((board, Protocol::new(vec![Snippet::quiet(self.duration_us)])))
    }

    /// Rate of a typical chip, kHz. Half a clock passes on average before the refractory counter begins to count.
    fn typical_khz(&self, leak: u16, counts: u8, current: f64) -> f64 {
        let [rest, reset] = [self.v_leak_code, self.v_reset_code].map(|code| nominal::shifted_v(code.into()));
        let threshold = nominal::plain_v(self.v_threshold_code.into());
        let held_us = COUNT_US * (f64::from(counts) - 1.0);
        let trough = reset + (threshold - reset) * libm::exp(-held_us / nominal::TAU_RESET_US);
        let climb = nominal::climb_us(leak.into(), rest, nominal::offset_ua(current), trough, threshold);
        1e3 / (held_us + climb)
    }
}

impl Experiment for FICurve {
    const NAME: &'static str = "tutorial-06";
    const ALIASES: &'static [&'static str] = &["f-i-curve"];
    const SUMMARY: &'static str =
        "firing rate against current, for leak conductances and refractory periods, beside the closed form";
    const SOURCE: &'static str = "electronicvisions brainscales2-demos: cns_02_lif_fIcurve";
    type Config = FICurveConfig;

    fn adjust(_: &mut FICurveConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse_all(Self::NAME)
    }

    fn run(config: &FICurveConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        let neuron = config.check()?;
        let variants = config.variants();
        let each = |&variant: &(u16, u8)| {
            config.current_codes.iter().map(move |&current| config.run(neuron, variant, current))
        };
        let runs = variants.iter().flat_map(each).collect::<Result<Vec<_>, _>>()?;
        let mut lab = Lab::new(context)?;
        let recorded = lab.record_all(&runs)?;
        let mut report = Report { chip_time: lab.conclude(context)?, ..Report::default() };
        recorded.iter().for_each(|recording| recording.add_to(&mut report.bits));
        let rate = |recording: &super::lab::Recording| {
            let intervals = fit::intervals(&recording.spikes_of(neuron));
            if intervals.is_empty() { 0.0 } else { 1e3 / fit::mean_and_spread(&intervals).0 }
        };
        let rates: Vec<f64> = recorded.iter().map(rate).collect();
        let found: Vec<Curve> = variants
            .iter()
            .zip(rates.chunks(config.current_codes.len()))
            .map(|(&(leak, counts), rates)| {
                let codes = config.current_codes.iter().map(|&code| f64::from(code));
                Curve { leak, counts, rates: codes.zip(rates.iter().copied()).collect() }
            })
            .collect();
        report.checks = checks(config, context.instance.ideal, &found);
        let onsets: Vec<f64> = found.iter().map(Curve::onset).filter(|onset| onset.is_finite()).collect();
        report.figures.insert("onset_codes".into(), onsets.into());
        report
            .figures
            .insert("largest_rates_khz".into(), found.iter().map(Curve::last).collect::<Vec<_>>().into());
        for curve in &found {
            report.lines.push(format!(
                "i_bias_leak {}, refractory {:.2} us: fires from code {} on, {:.1} kHz at the end",
                curve.leak,
                COUNT_US * f64::from(curve.counts),
                curve.onset(),
                curve.last()
            ));
        }
        report.add_text("rates.csv", table(&found));
        report.add_text("f-i.svg", picture(config, &found, remark("not calibrated", &context.instance)));
        Ok(report)
    }
}

fn table(curves: &[Curve]) -> String {
    let mut text = "i_bias_leak_code,refractory_us,current_code,rate_khz\n".to_owned();
    for curve in curves {
        for (current, rate) in &curve.rates {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{},{},{current},{rate}", curve.leak, COUNT_US * f64::from(curve.counts));
        }
    }
    text
}

fn checks(config: &FICurveConfig, ideal: bool, found: &[Curve]) -> Vec<Check> {
    let conductances = config.i_bias_leak_codes.len();
    let silent = found.iter().filter(|curve| curve.rates[0].1 == 0.0).count();
    let rises = |curve: &&Curve| {
        let rates: Vec<f64> = curve.rates.iter().map(|point| point.1).collect();
        fit::rises(&rates, 0.02 * curve.last() + 1e-9)
    };
    let onsets: Vec<f64> = found[..conductances].iter().map(Curve::onset).collect();
    let mut checks = vec![
        Check::equal("curves that are zero without current", silent, found.len()),
        Check::equal("curves that never fall", found.iter().filter(rises).count(), found.len()),
        Check::equal("rheobase rises with the leak conductance", fit::rises(&onsets, 0.0), true),
    ];
    for curve in &found[conductances..] {
        // What a longer refractory period adds to the period between spikes, whatever the neuron.
        let longer = 1e3 / curve.last() - 1e3 / found[0].last();
        let expected = COUNT_US * (f64::from(curve.counts) - f64::from(found[0].counts));
        let name = format!(
            "refractory counts {} beside {}, added to the period / us",
            curve.counts, found[0].counts
        );
        checks.push(Check::within(&name, longer, expected, 0.05 * expected + 0.1));
    }
    let tolerance = if ideal { 0.06 } else { 0.6 };
    for curve in found {
        let typical = config.typical_khz(curve.leak, curve.counts, curve.rates[curve.rates.len() - 1].0);
        let name =
            format!("largest rate with i_bias_leak {}, refractory counts {} / kHz", curve.leak, curve.counts);
        checks.push(Check::within(&name, curve.last(), typical, tolerance * typical));
    }
    checks
}

fn picture(config: &FICurveConfig, found: &[Curve], remark: String) -> String {
    let compared = |curve: &Curve, name: String| {
        beside(&name, &curve.rates, |code| config.typical_khz(curve.leak, curve.counts, code))
    };
    let panel = |compared| ComparisonPanel {
        label: "rate / kHz".to_owned(),
        x_label: "current / CapMem code".to_owned(),
        level: None,
        compared,
    };
    let (first, further) = found.split_at(config.i_bias_leak_codes.len());
    let leaks = first.iter().map(|curve| compared(curve, format!("i_bias_leak {}", curve.leak)));
    let periods = first[..1]
        .iter()
        .chain(further)
        .map(|curve| compared(curve, format!("refractory {:.1} µs", COUNT_US * f64::from(curve.counts))));
    comparison(&Comparison {
        title: "Firing rate against current".into(),
        remark: format!("dashed: closed form of a typical chip · {remark}"),
        panels: vec![panel(leaks.collect()), panel(periods.collect())],
    })
}
