//! The smallest experiment: one neuron whose leak potential lies above its threshold fires regularly, and the fast converter
//! records its membrane. Nothing is calibrated, so every neuron of every chip has its own period.

use super::{Check, Context, Experiment, ExperimentError, Options, Report, csv};
use crate::instance::Instance;
use crate::plot::recording::{Recording, SpikeGroup, Trace, recording};
use crate::setup::in_process;
use hx_host::driver::madc::{self, MadcMode, ReadoutSource};
use hx_host::driver::{
    Configuration, Cycles, DriverError, ProgramBuilder, Session, WriteRegisters, capmem, routing,
};
use hx_host::setup::Setup;
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::capmem::{CapMemParameter, capmem_parameter};
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;
use hx_isa::regmap::register::{
    CapMemBlockConfig, CommonNeuronBackendConfig, NeuronBackendConfig, NeuronConfig,
};
use serde::{Deserialize, Serialize};

/// One neuron, leak over threshold.
pub struct Lif;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LifConfig {
    /// Row of the neuron, 0 (top) or 1 (bottom).
    pub neuron_row: usize,
    /// Column of the neuron, 0..256.
    pub neuron_column: usize,
    /// Length of the recording, us.
    pub duration_us: u32,
    /// Leak potential, code of its analog parameter cell.
    pub v_leak_code: u16,
    /// Reset potential, code.
    pub v_reset_code: u16,
    /// Threshold, code.
    pub v_threshold_code: u16,
    /// Leak conductance, code.
    pub i_bias_leak_code: u16,
    /// Reset conductance, code.
    pub i_bias_reset_code: u16,
    /// Membrane capacitance, 0..64.
    pub membrane_capacitor_size: u8,
    /// Refractory period in cycles of 8 ns, 31..256.
    pub refractory_cycles: u8,
}

impl Default for LifConfig {
    fn default() -> LifConfig {
        LifConfig {
            neuron_row: 0,
            neuron_column: 0,
            duration_us: 200,
            v_leak_code: 1000,
            v_reset_code: 400,
            v_threshold_code: 300,
            i_bias_leak_code: 150,
            i_bias_reset_code: 1022,
            membrane_capacitor_size: 63,
            refractory_cycles: 255,
        }
    }
}

/// Period that the tutorial shows for the default parameters, us.
const PUBLISHED_PERIOD_US: f64 = 13.0;
/// Longest recording, us: 10 ms are 294,000 samples.
const LONGEST_US: u32 = 10_000;

impl LifConfig {
    fn neuron(&self) -> Result<AtomicNeuronOnDLS, ExperimentError> {
        let neuron = AtomicNeuronOnDLS::new(self.neuron_row, self.neuron_column);
        neuron.map_err(|error| ExperimentError::Config(error.to_string()))
    }

    fn check(&self) -> Result<(), ExperimentError> {
        let complain = |key: &str, range: &str| ExperimentError::Config(format!("{key} must be in {range}"));
        if !(1..=LONGEST_US).contains(&self.duration_us) {
            return Err(complain("duration_us", "1..=10000"));
        }
        if self.membrane_capacitor_size > 63 {
            return Err(complain("membrane_capacitor_size", "0..=63"));
        }
        if self.refractory_cycles < 31 {
            return Err(complain("refractory_cycles", "31..=255: the counter must outlast the hold-off"));
        }
        Ok(())
    }
}

/// What came back from the chip, times from the beginning of the recording.
struct Recorded {
    spikes_us: Vec<f64>,
    /// Time in us, MADC code.
    membrane: Vec<(f64, f64)>,
}

impl Experiment for Lif {
    const NAME: &'static str = "lif";
    const SUMMARY: &'static str =
        "one neuron, leak over threshold: regular spikes and the membrane between them";
    const SOURCE: &'static str =
        "BrainScaleS-2 tutorial, leak over threshold (electronicvisions brainscales2-demos)";
    type Config = LifConfig;

    fn adjust(_: &mut LifConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse_all(Self::NAME)
    }

    fn run(config: &LifConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        config.check()?;
        let neuron = config.neuron()?;
        let mut session = in_process(context.instance.chip_config())?;
        session.apply(&configuration(config, neuron)?)?;
        let recorded = record(&mut session, Cycles::from_us(config.duration_us.into()))?;
        let chip_time = context.conclude(session.setup_mut())?;
        Ok(Report { chip_time, ..report(config, &context.instance, &recorded) })
    }
}

/// The analog parameters: the neuron's own, then those every neuron needs.
fn codes(config: &LifConfig) -> [(&'static CapMemParameter, u16); 9] {
    [
        (const { capmem_parameter("v_leak") }, config.v_leak_code),
        (const { capmem_parameter("v_reset") }, config.v_reset_code),
        (const { capmem_parameter("v_threshold") }, config.v_threshold_code),
        (const { capmem_parameter("i_bias_leak") }, config.i_bias_leak_code),
        (const { capmem_parameter("i_bias_reset") }, config.i_bias_reset_code),
        (const { capmem_parameter("neuron_v_bias_casc_n") }, 250),
        (const { capmem_parameter("neuron_i_bias_readout_amp") }, 110),
        (const { capmem_parameter("neuron_i_bias_leak_source_follower") }, 100),
        (const { capmem_parameter("neuron_i_bias_spike_comparator") }, 200),
    ]
}

fn configuration(config: &LifConfig, neuron: AtomicNeuronOnDLS) -> Result<Configuration, ExperimentError> {
    let refused = |error: capmem::CapMemError| ExperimentError::Config(error.to_string());
    let mut configuration = Configuration::new();
    configuration.write_all(&Frame::<CommonNeuronBackendConfig>::default());
    configuration.write_all(&Frame::<CapMemBlockConfig>::default());
    for (parameter, code) in codes(config) {
        capmem::write_all(&mut configuration, parameter, code).map_err(refused)?;
    }
    madc::write_madc_biases(&mut configuration).map_err(refused)?;
    let circuit = [
        field!(NeuronConfig.enable_threshold_comparator),
        field!(NeuronConfig.enable_fire),
        field!(NeuronConfig.enable_reset_multiplication),
    ];
    let size = Frame::<NeuronConfig>::default()
        .with(field!(NeuronConfig.membrane_capacitor_size), config.membrane_capacitor_size.into());
    configuration.write(
        neuron.to_neuron_config(),
        &circuit.into_iter().fold(size, |frame, switch| frame.with(switch, 1)),
    );
    let backend = Frame::<NeuronBackendConfig>::default()
        .with(field!(NeuronBackendConfig.enable_spike_out), 1)
        .with(field!(NeuronBackendConfig.refractory_time), config.refractory_cycles.into());
    configuration.write(neuron.to_neuron_backend_config(), &backend);
    routing::write_crossbar(&mut configuration, &[false; 8]);
    madc::connect_madc(&mut configuration, neuron, ReadoutSource::Membrane);
    configuration.write(Default::default(), &madc::madc_config(MadcMode::Continuous));
    Ok(configuration)
}

/// Records spikes and membrane for a while.
fn record<S: Setup>(session: &mut Session<S>, duration: Cycles) -> Result<Recorded, DriverError> {
    const LEAD: Cycles = Cycles::from_us(20);
    let mut builder = ProgramBuilder::new();
    builder.arm_madc(MadcMode::Continuous);
    let mut timed = builder.timed();
    timed.at(Cycles::ZERO, |program| madc::start_madc(program, MadcMode::Continuous));
    let begin = timed.at(LEAD, ProgramBuilder::tick);
    let end = timed.at(LEAD + duration, ProgramBuilder::tick);
    timed.at(LEAD + duration + Cycles::from_us(2), madc::power_down_madc);
    timed.finish();
    builder.wait(Cycles::from_us(10));
    let responses = session.run(builder)?;
    let (begin, end) = (responses.get(&begin)?, responses.get(&end)?);
    let spikes_us = responses.spikes_in(begin..end).map(|spike| spike.chip_time.us_after(begin)).collect();
    let samples = madc::single_source_samples(&responses, begin..end);
    let membrane =
        samples.map(|sample| (sample.chip_time.us_after(begin), f64::from(sample.value))).collect();
    Ok(Recorded { spikes_us, membrane })
}

/// Mean and relative spread (standard deviation over mean) of the intervals between spikes.
fn intervals(spikes_us: &[f64]) -> Option<(f64, f64)> {
    let intervals: Vec<f64> = spikes_us.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if intervals.is_empty() {
        return None;
    }
    let mean = intervals.iter().sum::<f64>() / intervals.len() as f64;
    let square = intervals.iter().map(|interval| (interval - mean) * (interval - mean)).sum::<f64>();
    Some((mean, (square / intervals.len() as f64).sqrt() / mean))
}

fn report(config: &LifConfig, instance: &Instance, recorded: &Recorded) -> Report {
    let mut report = Report::default();
    report.bits.floats(&recorded.spikes_us);
    report.bits.floats(&recorded.membrane.iter().flat_map(|sample| [sample.0, sample.1]).collect::<Vec<_>>());
    let found = intervals(&recorded.spikes_us);
    report.checks = checks(config, instance, recorded, found);
    let (mean_us, spread) = found.unwrap_or((f64::NAN, f64::NAN));
    report.figures.insert("spikes".into(), recorded.spikes_us.len().into());
    report.figures.insert("mean_interval_us".into(), mean_us.into());
    report.figures.insert("interval_spread".into(), spread.into());
    report.lines.push(format!(
        "{} spikes in {} us, one every {mean_us:.2} us (spread {:.1} %)",
        recorded.spikes_us.len(),
        config.duration_us,
        100.0 * spread
    ));
    report.add_text("trace.svg", picture(config, instance, recorded));
    let neuron = (256 * config.neuron_row + config.neuron_column) as f64;
    report.add_text(
        "spikes.csv",
        csv(["neuron", "time_ns"], recorded.spikes_us.iter().map(|at| [neuron, at * 1e3])),
    );
    let samples = recorded.membrane.iter().map(|&(at, code)| [at * 1e3, code]);
    report.add_text("membrane.csv", csv(["time_ns", "madc_code"], samples));
    report
}

/// The neuron fires, and regularly. With the tutorial's parameters its period is the tutorial's: within the accuracy of the
/// nominal model on an ideal chip, within what chips differ by on others.
fn checks(
    config: &LifConfig,
    instance: &Instance,
    recorded: &Recorded,
    found: Option<(f64, f64)>,
) -> Vec<Check> {
    let (mean_us, spread) = found.unwrap_or((f64::NAN, f64::NAN));
    let mut checks = vec![
        Check::at_least("spikes", recorded.spikes_us.len() as f64, 2.0),
        Check::at_most("relative spread of the intervals", spread, 0.05),
    ];
    let tutorial = LifConfig {
        neuron_row: config.neuron_row,
        neuron_column: config.neuron_column,
        ..LifConfig::default()
    };
    if *config == tutorial {
        let tolerance = if instance.ideal { 0.2 } else { 0.6 };
        checks.push(Check::within(
            "mean interval / us",
            mean_us,
            PUBLISHED_PERIOD_US,
            tolerance * PUBLISHED_PERIOD_US,
        ));
    }
    checks
}

fn picture(config: &LifConfig, instance: &Instance, recorded: &Recorded) -> String {
    let chip =
        if instance.ideal { "ideal chip".to_owned() } else { format!("chip seed {}", instance.chip_seed) };
    let spikes = recorded.spikes_us.iter().map(|&at| (at, 0)).collect();
    recording(&Recording {
        title: "One neuron, leak over threshold".into(),
        remark: format!(
            "row {}, column {} · {chip}, not calibrated",
            config.neuron_row, config.neuron_column
        ),
        range_us: (0.0, f64::from(config.duration_us)),
        groups: vec![SpikeGroup { name: "spikes".into(), neurons: 1, spikes }],
        traces: vec![Trace {
            label: "membrane / MADC code".into(),
            samples: recorded.membrane.clone(),
            levels: Vec::new(),
            spikes_us: Vec::new(),
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Silent;

    fn run(config: &LifConfig, instance: Instance) -> Result<Report, ExperimentError> {
        Lif::run(config, &mut Context { instance, strict: true, threads: 1, observer: &mut Silent })
    }

    /// From the nominal transfer functions of the default codes: potentials in V, 2.4 pF behind 0.21 uS and, in reset,
    /// 4.82 uS; 2.032 us of reset (one clock of hold-off follows), 10 ns of comparator.
    fn nominal_period_us() -> f64 {
        let follower = |code: f64| 0.475 + 0.45 * (code - 700.0) * 1.7595e-3;
        let (leak, reset, threshold) = (follower(1000.0), follower(400.0), 300.0 * 1.7595e-3);
        let (tau_us, tau_reset_us) = (2.4 / (1.4 * 0.150), 2.4 / (8.0 * 0.59 * 1.022));
        let trough = reset + (threshold - reset) * libm::exp(-2.032 / tau_reset_us);
        2.032 + 0.010 + tau_us * libm::log((leak - trough) / (leak - threshold))
    }

    #[test]
    fn the_period_is_that_of_the_tutorial() {
        let ideal = Instance { ideal: true, ..Instance::default() };
        let report = run(&LifConfig::default(), ideal).unwrap();
        assert!(report.passed(), "{:?}", report.checks);
        assert_eq!(report.checks.len(), 3);
        let period_us = report.figures["mean_interval_us"].as_f64().unwrap();
        // The closed form is that of ideal amplifiers; saturation lengthens the period.
        assert!((period_us / nominal_period_us() - 1.0).abs() < 0.1, "{period_us} us");
    }

    #[test]
    fn chips_differ_and_repeat() {
        let chip = |chip_seed| Instance { chip_seed, ..Instance::default() };
        let bits = |instance| run(&LifConfig::default(), instance).unwrap().bits;
        assert_eq!(bits(chip(1)), bits(chip(1)));
        assert_ne!(bits(chip(1)), bits(chip(2)));
    }

    #[test]
    fn a_leak_below_the_threshold_fails_its_checks() {
        let silent = LifConfig { v_leak_code: 400, ..LifConfig::default() };
        let report = run(&silent, Instance { ideal: true, ..Instance::default() }).unwrap();
        assert!(!report.passed());
        assert_eq!(report.figures["spikes"], 0);
    }

    #[test]
    fn impossible_settings_are_refused() {
        let default = LifConfig::default;
        for config in [
            LifConfig { neuron_column: 256, ..default() },
            LifConfig { v_leak_code: 1023, ..default() },
            LifConfig { duration_us: 0, ..default() },
            LifConfig { membrane_capacitor_size: 64, ..default() },
            LifConfig { refractory_cycles: 30, ..default() },
        ] {
            let refused = run(&config, Instance::default());
            assert!(matches!(refused, Err(ExperimentError::Config(_))), "{config:?}");
        }
    }
}
