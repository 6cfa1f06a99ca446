//! Tutorial 11: calibration by hand. Sweeps of the threshold, whose cells have a known voltage, give the scale of the MADC;
//! sweeps of leak and reset relate their codes to what it shows, neuron by neuron. With potentials set so that a leaky neuron
//! takes one membrane time constant from reset to threshold, the intervals between spikes measure that time constant; sweeping
//! the leak bias gives each neuron the code with which all have the same.

mod pictures;

use super::lab::pictures::remark;
use super::lab::{Board, Lab, Protocol, Recording, Snippet, fit, in_range, some_neurons};
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Progress, Report, csv};
use fit::Line;
use hx_calib::codes::{I_BIAS_LEAK, V_LEAK, V_RESET, V_THRESHOLD};
use hx_isa::field;
use hx_isa::regmap::capmem::CapMemParameter;
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;
use serde::{Deserialize, Serialize};

/// Sweeps, fits, and what they are good for.
pub struct CalibrationSweeps;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CalibrationSweepsConfig {
    /// Neurons, in the top row.
    pub neurons: usize,
    /// Columns from one neuron to the next.
    pub stride: usize,
    /// Codes of the threshold that are tried.
    pub v_threshold_codes: Vec<u16>,
    /// Codes of the leak potential.
    pub v_leak_codes: Vec<u16>,
    /// Codes of the reset potential.
    pub v_reset_codes: Vec<u16>,
    /// Codes of the leak bias.
    pub i_bias_leak_codes: Vec<u16>,
    /// Leak potential of the time constant's measurement, MADC code.
    pub leak_madc: f64,
    /// Its reset potential, MADC code.
    pub reset_madc: f64,
    /// Membrane time constant that all neurons are to have, us.
    pub tau_mem_us: f64,
}

impl Default for CalibrationSweepsConfig {
    fn default() -> CalibrationSweepsConfig {
        CalibrationSweepsConfig {
            neurons: 12,
            stride: 21,
            v_threshold_codes: vec![150, 200, 250, 300, 350],
            v_leak_codes: vec![500, 600, 700, 800, 900],
            v_reset_codes: vec![350, 400, 450, 500, 550],
            i_bias_leak_codes: vec![90, 120, 160, 210, 280],
            leak_madc: 430.0,
            reset_madc: 250.0,
            tau_mem_us: 10.0,
        }
    }
}

/// MADC codes per V and at 0 V (electronicvisions brainscales2-demos: figures of ts_00 and ts_12).
const PUBLISHED_SCALE: (f64, f64) = (676.0, 53.0);
/// Potential of a threshold cell, V per code: 1.8 V over 1023 codes.
const V_PER_CODE: f64 = 1.8 / 1023.0;
/// Codes that make a neuron fire by itself at any threshold of the sweep, and at those of the reset's sweep.
const DRIVING_LEAK: u16 = 1022;
const LOW_RESET: u16 = 250;
const RESET_THRESHOLD: u16 = 320;
/// Refractory period of the sweeps and of the time constant's measurement, counts of 8 ns: the membrane arrives at the reset.
const REFRACTORY_COUNTS: u8 = 255;
const COUNT_US: f64 = 8e-3;
/// Length of a recording of a membrane, and of spikes, us.
const MEMBRANE_US: f64 = 100.0;
const SPIKES_US: f64 = 1000.0;
/// Extremes are those of means over this time, us.
const WINDOW_US: f64 = 0.17;
/// Largest distance of a sweep's mean from its line, MADC codes.
const STRAIGHT: f64 = 6.0;

impl CalibrationSweepsConfig {
    fn check(&self) -> Result<(), ExperimentError> {
        in_range("neurons", self.neurons as f64, 2.0, 64.0)?;
        in_range("stride", self.stride as f64, 1.0, 255.0)?;
        for (key, codes) in [
            ("v_threshold_codes", &self.v_threshold_codes),
            ("v_leak_codes", &self.v_leak_codes),
            ("v_reset_codes", &self.v_reset_codes),
            ("i_bias_leak_codes", &self.i_bias_leak_codes),
        ] {
            if codes.len() < 2 || !codes.is_sorted_by(|low, high| low < high) {
                return Err(ExperimentError::Config(format!("{key} must be at least two rising codes")));
            }
            codes.iter().try_for_each(|&code| in_range(key, code.into(), 1.0, 1022.0))?;
        }
        in_range("leak_madc", self.leak_madc, 150.0, 600.0)?;
        in_range("reset_madc", self.reset_madc, 100.0, self.leak_madc - 30.0)?;
        in_range("tau_mem_us", self.tau_mem_us, 2.0, 60.0)
    }

    /// One time constant from the reset, 1/e of the way is left.
    fn threshold_madc(&self) -> f64 {
        self.leak_madc - (self.leak_madc - self.reset_madc) / std::f64::consts::E
    }
}

impl Experiment for CalibrationSweeps {
    const NAME: &'static str = "tutorial-11";
    const ALIASES: &'static [&'static str] = &["calibration-sweeps"];
    const SUMMARY: &'static str =
        "MADC codes to volts, and membrane time constants made equal, by sweeps and fits";
    const SOURCE: &'static str = "electronicvisions brainscales2-demos: fp_calibration";
    type Config = CalibrationSweepsConfig;

    fn adjust(_: &mut CalibrationSweepsConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse_all(Self::NAME)
    }

    fn run(config: &CalibrationSweepsConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        config.check()?;
        let neurons = some_neurons(config.neurons, config.stride)?;
        let mut bench = Bench { lab: Lab::new(context)?, neurons, report: Report::default() };
        let sweeps = bench.sweeps(config, context)?;
        let potentials = bench.potentials(config, &sweeps)?;
        let taus = bench.taus(config, &potentials)?;
        let mut report = bench.report;
        report.chip_time = bench.lab.conclude(context)?;
        tell_sweeps(&mut report, &sweeps);
        tell_taus(&mut report, config, &taus, context.instance.ideal);
        let text = remark(&format!("{} neurons", config.neurons), &context.instance);
        report.add_text("sweeps.svg", pictures::sweeps(&sweeps, text.clone()));
        report.add_text("tau.svg", pictures::taus(config, &taus, text.clone()));
        report.add_text("spikes.svg", pictures::spikes(&taus, text));
        Ok(report)
    }
}

/// What the MADC shows of a parameter.
struct Sweep {
    name: &'static str,
    codes: Vec<u16>,
    /// MADC codes, by neuron and code.
    shown: Vec<Vec<f64>>,
    /// Line of each neuron: MADC code over code.
    lines: Vec<Line>,
    /// Line of their means.
    mean: Line,
}

impl Sweep {
    fn of(name: &'static str, codes: &[u16], shown: Vec<Vec<f64>>) -> Sweep {
        let points = |values: &[f64]| {
            codes.iter().map(|&code| f64::from(code)).zip(values.iter().copied()).collect::<Vec<_>>()
        };
        let lines = shown.iter().map(|values| fit::line(&points(values))).collect();
        let mean =
            (0..codes.len()).map(|index| fit::mean_and_spread(&column(&shown, index)).0).collect::<Vec<_>>();
        Sweep { name, codes: codes.to_vec(), lines, mean: fit::line(&points(&mean)), shown }
    }

    /// The code with which a neuron shows this, as its line has it.
    fn code_for(&self, neuron: usize, madc: f64) -> u16 {
        let Line { offset, slope, .. } = self.lines[neuron];
        ((madc - offset) / slope + 0.5).clamp(0.0, 1022.0) as u16
    }
}

/// Values of all neurons at one code.
fn column(shown: &[Vec<f64>], index: usize) -> Vec<f64> {
    shown.iter().map(|values| values[index]).collect()
}

/// Time constants by leak bias.
struct Taus {
    codes: Vec<u16>,
    /// us, by neuron and code.
    swept: Vec<Vec<f64>>,
    /// With the same bias everywhere, and with each neuron's own.
    before: Vec<f64>,
    after: Vec<f64>,
    /// The recordings of these two.
    recordings: [Recording; 2],
    neurons: Vec<AtomicNeuronOnDLS>,
}

/// The chip and what was recorded of it so far.
struct Bench {
    lab: Lab,
    neurons: Vec<AtomicNeuronOnDLS>,
    report: Report,
}

type Cells<'a> = [(&'a CapMemParameter, u16)];

impl Bench {
    /// A board on which every neuron has these codes.
    fn board(
        &self,
        fires: bool,
        cells: impl Fn(usize) -> Vec<(&'static CapMemParameter, u16)>,
    ) -> Result<Board, ExperimentError> {
        let mut board = Board::uncalibrated()?;
        for (index, &neuron) in self.neurons.iter().enumerate() {
            let cells: &Cells = &cells(index);
            let settings = board.neuron(neuron).cells(cells)?;
            settings
                .fires(fires)
                .refractory_counts(REFRACTORY_COUNTS)
                .set(field!(NeuronConfig.enable_synaptic_input_excitatory), 0)
                .sends()?;
        }
        Ok(board)
    }

    /// The membranes of all neurons of a board, one after the other as the converter has them.
    fn membranes(&mut self, board: &Board) -> Result<Vec<Recording>, ExperimentError> {
        let protocol = |neuron| Protocol::new(vec![Snippet::quiet(MEMBRANE_US)]).membrane_of(neuron);
        // The first writes the analog parameters and waits for them, the others find them settled.
        let mut recorded = vec![self.lab.record(board, &protocol(self.neurons[0]))?];
        let rest: Vec<_> =
            self.neurons[1..].iter().map(|&neuron| (board.clone(), protocol(neuron))).collect();
        recorded.extend(self.lab.record_all(&rest)?);
        recorded.iter().for_each(|recording| recording.add_to(&mut self.report.bits));
        Ok(recorded)
    }

    fn sweeps(
        &mut self,
        config: &CalibrationSweepsConfig,
        context: &mut Context<'_>,
    ) -> Result<[Sweep; 3], ExperimentError> {
        const TOTAL: u64 = 3;
        let mut done = 0;
        let mut tell = || {
            done += 1;
            context.observer.progress(&Progress {
                label: "sweep",
                done,
                total: TOTAL,
                ..Progress::default()
            });
        };
        let threshold =
            self.sweep("threshold", &config.v_threshold_codes, true, Extreme::Highest, |code| {
                vec![(V_THRESHOLD, code), (V_LEAK, DRIVING_LEAK), (V_RESET, LOW_RESET)]
            })?;
        tell();
        let leak =
            self.sweep("leak", &config.v_leak_codes, false, Extreme::Mean, |code| vec![(V_LEAK, code)])?;
        tell();
        let reset = self.sweep("reset", &config.v_reset_codes, true, Extreme::Lowest, |code| {
            vec![(V_RESET, code), (V_LEAK, DRIVING_LEAK), (V_THRESHOLD, RESET_THRESHOLD)]
        })?;
        tell();
        Ok([threshold, leak, reset])
    }

    fn sweep(
        &mut self,
        name: &'static str,
        codes: &[u16],
        fires: bool,
        extreme: Extreme,
        cells: impl Fn(u16) -> Vec<(&'static CapMemParameter, u16)>,
    ) -> Result<Sweep, ExperimentError> {
        let mut shown = vec![Vec::new(); self.neurons.len()];
        for &code in codes {
            let board = self.board(fires, |_| cells(code))?;
            for (values, recording) in shown.iter_mut().zip(self.membranes(&board)?) {
                values.push(extreme.of(&recording));
            }
        }
        Ok(Sweep::of(name, codes, shown))
    }

    /// Codes of threshold, leak and reset that bring each neuron to the same potentials.
    fn potentials(
        &self,
        config: &CalibrationSweepsConfig,
        sweeps: &[Sweep; 3],
    ) -> Result<Vec<Vec<(&'static CapMemParameter, u16)>>, ExperimentError> {
        let [threshold, leak, reset] = sweeps;
        if sweeps.iter().flat_map(|sweep| &sweep.lines).any(|line| line.slope <= 0.0 || line.slope.is_nan()) {
            return Err(ExperimentError::Failed("a potential does not rise with its code".to_owned()));
        }
        let codes = |neuron| {
            vec![
                (V_THRESHOLD, threshold.code_for(neuron, config.threshold_madc())),
                (V_LEAK, leak.code_for(neuron, config.leak_madc)),
                (V_RESET, reset.code_for(neuron, config.reset_madc)),
            ]
        };
        Ok((0..self.neurons.len()).map(codes).collect())
    }

    /// Sweeps the leak bias, then compares one code for all with each neuron's own.
    fn taus(
        &mut self,
        config: &CalibrationSweepsConfig,
        potentials: &[Vec<(&'static CapMemParameter, u16)>],
    ) -> Result<Taus, ExperimentError> {
        let mut swept = vec![Vec::new(); self.neurons.len()];
        for &code in &config.i_bias_leak_codes {
            let (taus, _) = self.measure(potentials, |_| code)?;
            swept.iter_mut().zip(taus).for_each(|(values, tau)| values.push(tau));
        }
        // The rate 1/tau is proportional to the code.
        let codes = config.i_bias_leak_codes.iter().map(|&code| f64::from(code));
        let own = |taus: &Vec<f64>| {
            let points: Vec<_> = codes.clone().zip(taus.iter().map(|tau| 1.0 / tau)).collect();
            let line = fit::line(&points);
            ((1.0 / config.tau_mem_us - line.offset) / line.slope + 0.5).clamp(1.0, 1022.0) as u16
        };
        let own: Vec<u16> = swept.iter().map(own).collect();
        let mut sorted = own.clone();
        sorted.sort_unstable();
        let common = sorted[sorted.len() / 2];
        let (before, first) = self.measure(potentials, |_| common)?;
        let (after, second) = self.measure(potentials, |neuron| own[neuron])?;
        let rows = own.iter().enumerate().map(|(index, &code)| {
            [
                self.neurons[index].to_enum() as f64,
                f64::from(common),
                before[index],
                f64::from(code),
                after[index],
            ]
        });
        let header = ["neuron", "common_code", "tau_before_us", "own_code", "tau_after_us"];
        self.report.add_text("tau.csv", csv(header, rows));
        let (codes, neurons) = (config.i_bias_leak_codes.clone(), self.neurons.clone());
        Ok(Taus { codes, swept, before, after, recordings: [first, second], neurons })
    }

    /// Time constant of every neuron: from the end of the refractory period to the next spike.
    fn measure(
        &mut self,
        potentials: &[Vec<(&'static CapMemParameter, u16)>],
        bias: impl Fn(usize) -> u16,
    ) -> Result<(Vec<f64>, Recording), ExperimentError> {
        let board = self.board(true, |neuron| {
            potentials[neuron].iter().copied().chain([(I_BIAS_LEAK, bias(neuron))]).collect()
        })?;
        let recording = self.lab.record(&board, &Protocol::new(vec![Snippet::quiet(SPIKES_US)]))?;
        recording.add_to(&mut self.report.bits);
        let held_us = COUNT_US * f64::from(REFRACTORY_COUNTS);
        let tau = |&neuron| fit::mean_and_spread(&fit::intervals(&recording.spikes_of(neuron))).0 - held_us;
        let taus: Vec<f64> = self.neurons.iter().map(tau).collect();
        match taus.iter().position(|tau| tau.is_nan()) {
            Some(index) => {
                let column = self.neurons[index].x();
                Err(ExperimentError::Failed(format!(
                    "the neuron in column {column} does not fire: its time constant is unknown"
                )))
            }
            None => Ok((taus, recording)),
        }
    }
}

/// What is taken of a membrane.
#[derive(Clone, Copy)]
enum Extreme {
    Highest,
    Lowest,
    Mean,
}

impl Extreme {
    fn of(self, recording: &Recording) -> f64 {
        let (low, high) = recording.extremes_in(0.0, MEMBRANE_US, WINDOW_US);
        match self {
            Extreme::Highest => high,
            Extreme::Lowest => low,
            Extreme::Mean => recording.mean_in(0.0, MEMBRANE_US),
        }
    }
}

fn tell_sweeps(report: &mut Report, sweeps: &[Sweep; 3]) {
    let threshold = &sweeps[0].mean;
    let per_v = threshold.slope / V_PER_CODE;
    let (slope, offset) = PUBLISHED_SCALE;
    report.lines.push(format!("MADC: V = (code - {:.1}) / {per_v:.1}", threshold.offset));
    report.checks.push(Check::within("MADC codes per V", per_v, slope, 40.0));
    report.checks.push(Check::within("MADC code at 0 V", threshold.offset, offset, 20.0));
    report.figures.insert("madc_per_v".into(), per_v.into());
    report.figures.insert("madc_at_0_v".into(), threshold.offset.into());
    for sweep in sweeps {
        let Line { offset, slope, worst } = sweep.mean;
        report.lines.push(format!("{:<9} MADC = {offset:.1} + {slope:.3} * code", sweep.name));
        let name = format!("{}: distance from a line / MADC codes", sweep.name);
        report.checks.push(Check::at_most(&name, worst, STRAIGHT));
        report.figures.insert(format!("{}_slope", sweep.name), slope.into());
        let rows = sweep.shown.iter().enumerate().flat_map(|(neuron, values)| {
            sweep.codes.iter().zip(values).map(move |(&code, &value)| [neuron as f64, code.into(), value])
        });
        report.add_text(&format!("{}.csv", sweep.name), csv(["neuron", "code", "madc_code"], rows));
    }
}

fn tell_taus(report: &mut Report, config: &CalibrationSweepsConfig, taus: &Taus, ideal: bool) {
    let [(mean_before, before), (mean, after)] =
        [&taus.before, &taus.after].map(|taus| fit::mean_and_spread(taus));
    let [before, after] = [before / mean_before, after / mean];
    report.lines.push(format!(
        "tau_mem of {} neurons: {mean_before:.2} us +- {:.1} % with one code, {mean:.2} us +- {:.1} % with their own",
        config.neurons,
        100.0 * before,
        100.0 * after
    ));
    report.checks.push(Check::within(
        "mean tau_mem after / us",
        mean,
        config.tau_mem_us,
        0.05 * config.tau_mem_us,
    ));
    report.checks.push(Check::at_most("spread of tau_mem after", after, 0.08));
    if !ideal {
        report.checks.push(Check::at_most("spread of tau_mem after, of that before", after / before, 0.45));
    }
    report.figures.insert("tau_spread_before".into(), before.into());
    report.figures.insert("tau_spread_after".into(), after.into());
}
