//! Tutorial 17: a chain of four compartments, two circuits each, joined by conductances through the soma lines. A spike into
//! one of them is seen in all, smaller and later with every conductance on its way.

use super::lab::pictures::{remark, series};
use super::lab::{Board, Lab, Protocol, Recording, Snippet, Source, fit, in_range, neuron_at};
use super::nominal;
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Report};
use crate::plot::Point;
use crate::plot::comparison::{Compared, Comparison, ComparisonPanel, comparison};
use crate::plot::curves::{CurvePanel, Curves, curves};
use hx_calib::codes::I_BIAS_LEAK;
use hx_calib::{Selection, Targets};
use hx_isa::field;
use hx_isa::regmap::capmem::{CapMemParameter, capmem_parameter};
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// A chain of compartments.
pub struct MultiCompartment;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MultiCompartmentConfig {
    /// Row of the chain, 0 (top) or 1 (bottom).
    pub neuron_row: usize,
    /// Column of its first circuit, even, 0..=240.
    pub neuron_column: usize,
    /// Compartments, 2..=8.
    pub compartments: usize,
    /// Spikes that arrive at once, 1..=20.
    pub inputs: usize,
    /// Weight of each, 1..=63.
    pub weight: i32,
    /// Conductances between compartments, rising codes.
    pub conductance_codes: Vec<u16>,
    /// Leak conductance of the circuits that only lend their switches, code, divided by 8.
    pub lender_leak_code: u16,
    /// Time between the inputs to one compartment and the next, us.
    pub interval_us: f64,
    /// What the circuits with a membrane of their own are calibrated to.
    pub targets: Targets,
}

impl Default for MultiCompartmentConfig {
    fn default() -> MultiCompartmentConfig {
        MultiCompartmentConfig {
            neuron_row: 0,
            neuron_column: 0,
            compartments: 4,
            inputs: 10,
            weight: 31,
            conductance_codes: vec![100, 250, 750],
            lender_leak_code: 0,
            interval_us: 150.0,
            targets: Targets::default(),
        }
    }
}

const I_BIAS_NMDA: &CapMemParameter = capmem_parameter("i_bias_nmda");
/// Circuits of a compartment: one that joins the chain on its left by a switch, one on its right by the conductance.
const CIRCUITS: usize = 2;
/// Conductance between compartments, uS per code.
const ICC_US_PER_CODE: f64 = 1.5e-3;
/// Division of a leak bias.
const LEAK_DIVISION: f64 = 8.0;
/// Capacitance of a circuit whose capacitor is switched off, pF.
const BARE_PF: f64 = 0.12;

/// Responses for one conductance: deflections over time, by compartment stimulated and compartment recorded.
struct Responses {
    code: u16,
    traces: Vec<Vec<Vec<Point>>>,
}

impl Responses {
    /// Peak in MADC codes.
    fn peak(&self, stimulated: usize, recorded: usize) -> f64 {
        self.traces[stimulated][recorded].iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max)
    }

    /// Peaks along the chain from one of its ends.
    fn along(&self, from_right: bool) -> Vec<f64> {
        let last = self.traces.len() - 1;
        let at = |step: usize| if from_right { self.peak(last, last - step) } else { self.peak(0, step) };
        (0..=last).map(at).collect()
    }

    /// Share of a peak that is left one conductance further from an end: the mean over the chain, both ways.
    fn left_over(&self) -> f64 {
        let per_step = |right| {
            let peaks = self.along(right);
            let steps = (peaks.len() - 1) as f64;
            libm::log(peaks[peaks.len() - 1] / peaks[0]) / steps
        };
        libm::exp(0.5 * (per_step(false) + per_step(true)))
    }
}

impl MultiCompartmentConfig {
    fn check(&self) -> Result<Vec<AtomicNeuronOnDLS>, ExperimentError> {
        in_range("compartments", self.compartments as f64, 2.0, 8.0)?;
        in_range("inputs", self.inputs as f64, 1.0, 20.0)?;
        in_range("weight", self.weight.into(), 1.0, 63.0)?;
        in_range("lender_leak_code", self.lender_leak_code.into(), 0.0, 1022.0)?;
        in_range("interval_us", self.interval_us, 100.0, 2_000.0)?;
        in_range("neuron_column", self.neuron_column as f64, 0.0, 240.0)?;
        let codes = &self.conductance_codes;
        if codes.is_empty() || codes[0] == 0 || codes.windows(2).any(|pair| pair[0] >= pair[1]) {
            let message = "conductance_codes must be one or more rising codes above 0";
            return Err(ExperimentError::Config(message.to_owned()));
        }
        self.targets.check().map_err(|error| ExperimentError::Config(error.to_string()))?;
        let circuits = CIRCUITS * self.compartments;
        (0..circuits).map(|index| neuron_at(self.neuron_row, self.neuron_column + index)).collect()
    }

    /// The chain, and the sources of each compartment.
    fn board(
        &self,
        calibrated: &Board,
        circuits: &[AtomicNeuronOnDLS],
        conductance: u16,
    ) -> Result<(Board, Vec<Vec<Source>>), ExperimentError> {
        let mut board = calibrated.clone();
        let last = circuits.len() - 1;
        for (index, pair) in circuits.chunks(CIRCUITS).enumerate() {
            let (first, end) = (CIRCUITS * index == 0, CIRCUITS * index + 1 == last);
            // The first circuit has membrane and input, and meets its left neighbour's conductance on the soma line.
            let _ = board
                .neuron(pair[0])
                .fires(false)
                .set(field!(NeuronConfig.connect_membrane_right), 1)
                .set(field!(NeuronConfig.connect_soma), u32::from(!first));
            let _ = board
                .neuron(pair[1])
                .fires(false)
                .hears(false, false)
                .cells(&[(I_BIAS_LEAK, self.lender_leak_code), (I_BIAS_NMDA, conductance)])?
                .set(field!(NeuronConfig.enable_leak_multiplication), 0)
                .set(field!(NeuronConfig.enable_leak_division), 1)
                .set(field!(NeuronConfig.membrane_capacitor_size), 0)
                .set(field!(NeuronConfig.enable_multicomp_conductance), u32::from(!end))
                .set(field!(NeuronConfig.connect_soma_right), u32::from(!end));
        }
        let mut sources = Vec::new();
        for pair in circuits.chunks(CIRCUITS) {
            let of = (0..self.inputs).map(|_| board.host_source()).collect::<Result<Vec<_>, _>>()?;
            for &source in &of {
                board.connect(source, pair[0], self.weight)?;
            }
            sources.push(of);
        }
        Ok((board, sources))
    }

    fn event_us(&self) -> f64 {
        0.2 * self.interval_us
    }

    /// Inputs to one compartment after another, one of them recorded.
    fn protocol(&self, sources: &[Vec<Source>], recorded: AtomicNeuronOnDLS) -> Protocol {
        let snippet = |of: &Vec<Source>| {
            let spikes = of.iter().map(|&source| (self.event_us(), source)).collect();
            Snippet::with_spikes(self.interval_us, spikes)
        };
        Protocol::new(sources.iter().map(snippet).collect()).membrane_of(recorded)
    }

    /// Deflections in each interval of a recording.
    fn deflections(&self, recording: &Recording) -> Vec<Vec<Point>> {
        const THIN: usize = 16;
        let interval = |pair: &[f64]| {
            let event = pair[0] + self.event_us();
            let rest = recording.mean_in(pair[0], event);
            let samples = recording.samples_in(event - 10.0, pair[1]);
            fit::thinned(samples, THIN).into_iter().map(|(us, code)| (us - event, code - rest)).collect()
        };
        recording.boundaries_us.windows(2).map(interval).collect()
    }

    /// Peaks along a typical chain after an input to its first compartment, MADC codes.
    fn typical(&self, conductance: u16) -> Vec<f64> {
        const STEP_US: f64 = 0.02;
        let capacitance = nominal::C_PF + BARE_PF;
        let lender = nominal::g_leak_us(f64::from(self.lender_leak_code) / LEAK_DIVISION);
        let leak = nominal::C_PF / self.targets.tau_mem_us + lender;
        let joint = ICC_US_PER_CODE * f64::from(conductance);
        // The published slope belongs to one circuit with equal time constants of 10 us.
        let peak_v = PUBLISHED_SLOPE / nominal::madc_per_v() * f64::from(self.weight) * self.inputs as f64;
        let mut current = peak_v * nominal::C_PF / 10.0 * std::f64::consts::E;
        let mut v = vec![0.0; self.compartments];
        let mut peaks = v.clone();
        let limit = 1e-3 * f64::from(conductance);
        for _ in 0..(self.interval_us / STEP_US) as usize {
            let before = v.clone();
            for (index, v) in v.iter_mut().enumerate() {
                let from = |other: Option<&f64>| {
                    other.map_or(0.0, |other| limit * libm::tanh(joint * (other - before[index]) / limit))
                };
                let left = index.checked_sub(1).and_then(|left| before.get(left));
                let input = if index == 0 { current } else { 0.0 };
                let sum = input - leak * before[index] + from(left) + from(before.get(index + 1));
                *v += STEP_US * sum / capacitance;
            }
            current -= STEP_US * current / self.targets.tau_syn_us;
            peaks.iter_mut().zip(&v).for_each(|(peak, v)| *peak = v.max(*peak));
        }
        peaks.iter().map(|peak| peak * nominal::madc_per_v()).collect()
    }
}

/// MADC codes per weight of a single circuit (electronicvisions brainscales2-demos: ts_06-dynamic_range).
const PUBLISHED_SLOPE: f64 = 0.788;

impl Experiment for MultiCompartment {
    const NAME: &'static str = "tutorial-17";
    const ALIASES: &'static [&'static str] = &["multi-compartment"];
    const SUMMARY: &'static str =
        "a chain of four compartments: postsynaptic potentials get smaller and later along it";
    const SOURCE: &'static str = "electronicvisions brainscales2-demos: ts_03-multicompartment";
    type Config = MultiCompartmentConfig;

    fn adjust(_: &mut MultiCompartmentConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse_all(Self::NAME)
    }

    fn run(config: &MultiCompartmentConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        let circuits = config.check()?;
        let heads: Vec<_> = circuits.iter().copied().step_by(CIRCUITS).collect();
        let numbers = heads.iter().map(|neuron| neuron.to_enum() as u16).collect();
        let targets = Targets { neurons: Selection::Only(numbers), ..config.targets.clone() };
        let calibration = Lab::calibration(context, &targets)?;
        let calibrated = Board::calibrated(&calibration)?;
        let mut runs = Vec::new();
        for &code in &config.conductance_codes {
            let (board, sources) = config.board(&calibrated, &circuits, code)?;
            runs.extend(heads.iter().map(|&head| (board.clone(), config.protocol(&sources, head))));
        }
        let mut lab = Lab::new(context)?;
        let recorded = lab.record_all(&runs)?;
        let mut report = Report { chip_time: lab.conclude(context)?, ..Report::default() };
        recorded.iter().for_each(|recording| recording.add_to(&mut report.bits));
        let responses: Vec<Responses> = config
            .conductance_codes
            .iter()
            .zip(recorded.chunks(heads.len()))
            .map(|(&code, recordings)| {
                let by_site: Vec<_> =
                    recordings.iter().map(|recording| config.deflections(recording)).collect();
                let stimulated = |index: usize| {
                    by_site.iter().map(|traces: &Vec<Vec<Point>>| traces[index].clone()).collect()
                };
                Responses { code, traces: (0..heads.len()).map(stimulated).collect() }
            })
            .collect();
        report.checks = checks(config, context.instance.ideal, &responses);
        report.figures.insert("missed_targets".into(), calibration.missed.len().into());
        let ratios: Vec<f64> = responses.iter().map(Responses::left_over).collect();
        report.figures.insert("left_per_conductance".into(), ratios.clone().into());
        for (response, ratio) in responses.iter().zip(&ratios) {
            let peaks = response.along(false).iter().map(|peak| format!("{peak:.0}")).collect::<Vec<_>>();
            report.lines.push(format!(
                "i_bias_nmda {}: peaks {} MADC codes along the chain, {:.0} % left per conductance",
                response.code,
                peaks.join(", "),
                100.0 * ratio
            ));
        }
        report.add_text("peaks.csv", table(&responses));
        let remark = remark("calibrated", &context.instance);
        report.add_text("traces.svg", trace_picture(&responses[responses.len() / 2], &remark));
        report.add_text("attenuation.svg", attenuation_picture(config, &responses, &remark));
        Ok(report)
    }
}

fn checks(config: &MultiCompartmentConfig, ideal: bool, responses: &[Responses]) -> Vec<Check> {
    // Circuits differ in their strength and their conductance; noise adds to every peak.
    let slack = |peaks: &[f64]| if ideal { 0.0 } else { 0.12 * peaks[0] };
    let falling =
        |peaks: Vec<f64>| fit::rises(&peaks.iter().map(|peak| -peak).collect::<Vec<_>>(), slack(&peaks));
    let fall = |response: &&Responses| falling(response.along(false)) && falling(response.along(true));
    let last = config.compartments - 1;
    let middle = &responses[responses.len() / 2];
    let there_and_back = middle.peak(0, last) / middle.peak(last, 0);
    let smallest = middle.peak(0, last).min(middle.peak(last, 0));
    let ratios: Vec<f64> = responses.iter().map(Responses::left_over).collect();
    let heads: Vec<f64> = responses.iter().map(|response| -response.peak(0, 0)).collect();
    let mut checks = vec![
        Check::equal(
            "conductances for which the peak falls along both ways",
            responses.iter().filter(fall).count(),
            responses.len(),
        ),
        Check::equal("a stronger conductance leaves more of the peak", fit::rises(&ratios, 0.0), true),
        Check::equal("a stronger conductance lowers the peak where it begins", fit::rises(&heads, 0.0), true),
        Check::at_least("smallest peak at the far end / MADC codes", smallest, 3.0),
        Check::within("one way beside the other", there_and_back, 1.0, if ideal { 0.05 } else { 0.6 }),
    ];
    if last >= 2 {
        // In the middle charge leaves to both sides.
        let inner = 0.5 * (middle.peak(1, 1) + middle.peak(last - 1, last - 1));
        let outer = 0.5 * (middle.peak(0, 0) + middle.peak(last, last));
        checks.push(Check::at_most(
            "peak in inner compartments beside outer ones",
            inner / outer,
            if ideal { 1.0 } else { 1.1 },
        ));
    }
    for response in responses {
        let typical = config.typical(response.code);
        let expected = typical[1] / typical[0];
        let found = response.peak(0, 1) / response.peak(0, 0);
        let name = format!("left after the first conductance, i_bias_nmda {}", response.code);
        checks.push(Check::within(&name, found, expected, expected * if ideal { 0.12 } else { 0.5 }));
    }
    checks
}

fn table(responses: &[Responses]) -> String {
    let mut text = "i_bias_nmda_code,stimulated,recorded,peak_madc\n".to_owned();
    for response in responses {
        for stimulated in 0..response.traces.len() {
            for recorded in 0..response.traces.len() {
                let peak = response.peak(stimulated, recorded);
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{},{stimulated},{recorded},{peak}", response.code);
            }
        }
    }
    text
}

fn trace_picture(response: &Responses, remark: &str) -> String {
    const SHOWN_US: (f64, f64) = (-10.0, 70.0);
    let line = |(recorded, trace): (usize, &Vec<Point>)| {
        let shown = trace.iter().copied().filter(|point| (SHOWN_US.0..=SHOWN_US.1).contains(&point.0));
        series(&format!("in {recorded}"), &shown.collect::<Vec<_>>())
    };
    let panels = response.traces.iter().enumerate().map(|(stimulated, traces)| CurvePanel {
        label: format!("input to {stimulated} / MADC"),
        range: None,
        level: None,
        series: traces.iter().enumerate().map(line).collect(),
    });
    curves(&Curves {
        title: "A chain of compartments".into(),
        remark: format!("deflection of every compartment, i_bias_nmda {} · {remark}", response.code),
        x_label: "time since the input / µs".into(),
        panels: panels.collect(),
    })
}

fn attenuation_picture(config: &MultiCompartmentConfig, responses: &[Responses], remark: &str) -> String {
    let indexed = |peaks: Vec<f64>| -> Vec<Point> {
        peaks.into_iter().enumerate().map(|(index, peak)| (index as f64, peak)).collect()
    };
    let panel = |x_label: &str, from_right: bool| ComparisonPanel {
        label: "peak / MADC codes".into(),
        x_label: x_label.to_owned(),
        level: None,
        compared: responses
            .iter()
            .map(|response| Compared {
                name: format!("i_bias_nmda {}", response.code),
                points: indexed(response.along(from_right)),
                expected: indexed(config.typical(response.code)),
                spread: Vec::new(),
            })
            .collect(),
    };
    comparison(&Comparison {
        title: "Attenuation along the chain".into(),
        remark: format!("dashed: a typical chain · {remark}"),
        panels: vec![
            panel("conductances from the first compartment", false),
            panel("conductances from the last compartment", true),
        ],
    })
}
