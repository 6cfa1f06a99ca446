//! A network at work: what is sent, what is recorded, and when.

use super::{Network, Placement, PlacementError, spread};
use crate::calibration::calibrated;
use crate::experiment::{Context, ExperimentError};
use crate::setup::{InProcess, in_process};
use hx_calib::{Calibration, Targets};
use hx_host::driver::madc::{self, MadcMode, ReadoutSource};
use hx_host::driver::neuron::{CommonBackends, force_reset};
use hx_host::driver::routing::stop_background;
use hx_host::driver::{
    Batch, Configuration, Cycles, Program, ProgramBuilder, Responses, Session, SpikeLabel, TickTicket,
    WriteRegisters,
};
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;
use std::collections::BTreeMap;

/// How long neurons are held in reset before a run: what is left on the synaptic lines decays, and circulating activity ends.
const HOLD: Cycles = Cycles::from_us(100);
/// From the release to the beginning of the run: membranes come to rest, the converter gets over its start.
const SETTLING: Cycles = Cycles::from_us(80);
/// From the end of the run to the end of the program.
const TAIL: Cycles = Cycles::from_us(2);

/// A spike of a neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spike {
    /// Since the beginning of the run, us.
    pub us: f64,
    /// Number of the neuron in the network.
    pub neuron: usize,
}

/// Noise during a part of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoiseRun {
    /// When it begins and ends, us.
    pub from_to_us: (f64, f64),
    /// Mean rate of each source in hardware time.
    pub rate_hz: f64,
    /// Seed of the chip's generators.
    pub seed: u32,
}

/// What happens in a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    /// Time in us and input.
    pub spikes: Vec<(f64, usize)>,
    /// Length, us.
    pub duration_us: f64,
    /// Noise of all noise sources of the network.
    pub noise: Option<NoiseRun>,
    /// Whether the connected membrane is recorded ([`Emulation::connect_membrane`]).
    pub membrane: bool,
}

/// What came back of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recorded {
    /// Spikes of all neurons in the order of their arrival.
    pub spikes: Vec<Spike>,
    /// Membrane: time since the beginning of the run in us, MADC code.
    pub membrane: Vec<(f64, f64)>,
}

impl Recorded {
    /// Times of a neuron's spikes, us.
    #[must_use]
    pub fn times_us(&self, neuron: usize) -> Vec<f64> {
        self.spikes.iter().filter(|spike| spike.neuron == neuron).map(|spike| spike.us).collect()
    }
}

/// A network on a calibrated chip.
pub struct Emulation {
    session: Session<InProcess>,
    placement: Placement,
    calibration: Calibration,
    senders: BTreeMap<u16, usize>,
    backends: CommonBackends,
    /// From the issue of a spike to its passing the crossbar.
    latency: Cycles,
}

impl Emulation {
    /// Brings a chip up, calibrates it and places the network on neurons that met all targets.
    ///
    /// # Errors
    /// When the setup fails or the network does not fit.
    pub fn new(
        network: &Network,
        targets: &Targets,
        context: &mut Context<'_>,
    ) -> Result<Emulation, ExperimentError> {
        let calibration = calibrated(&context.instance, targets, context.observer)?;
        let candidates = spread(|neuron| calibration.is_good(neuron));
        let placement = Placement::of(network, candidates)?;
        let mut session = in_process(context.instance.chip_config())?;
        let latency = measure_latency(&mut session)?;
        let mut configuration = hx_calib::apply(&calibration).map_err(ExperimentError::driver)?;
        placement.configure(&mut configuration).map_err(ExperimentError::driver)?;
        madc::write_madc_biases(&mut configuration).map_err(ExperimentError::driver)?;
        configuration.write(Default::default(), &madc::madc_config(MadcMode::Continuous));
        hx_calib::load(&mut session, &calibration, &configuration)?;
        let (senders, backends) = (placement.senders(), calibration.common_backends());
        Ok(Emulation { session, placement, calibration, senders, backends, latency })
    }

    /// Where the network lies.
    #[must_use]
    pub fn placement(&self) -> &Placement {
        &self.placement
    }

    /// The calibration of the chip.
    #[must_use]
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// The session, to conclude with.
    pub fn session_mut(&mut self) -> &mut Session<InProcess> {
        &mut self.session
    }

    /// Writes what differs from what is on the chip.
    ///
    /// # Errors
    /// When the setup fails.
    pub fn apply(&mut self, change: impl FnOnce(&mut Configuration)) -> Result<(), ExperimentError> {
        let mut configuration = self.session.applied().clone();
        change(&mut configuration);
        self.session.apply(&configuration)?;
        Ok(())
    }

    /// Gives every connection the weight that `weight` says for its number.
    ///
    /// # Errors
    /// When a weight is beyond its receptor, or the setup fails.
    pub fn set_weights(&mut self, weight: impl Fn(usize) -> i8) -> Result<(), ExperimentError> {
        self.placement.set_weights(weight)?;
        let mut changed = Configuration::new();
        self.placement.write_weights(&mut changed).map_err(ExperimentError::driver)?;
        self.session.apply(&changed)?;
        Ok(())
    }

    /// Sends the membrane of a neuron, by its number in the network, to the fast converter.
    ///
    /// # Errors
    /// When the setup fails.
    pub fn connect_membrane(&mut self, neuron: usize) -> Result<(), ExperimentError> {
        let circuit: AtomicNeuronOnDLS = self.placement.neurons()[neuron];
        self.apply(|configuration| madc::connect_madc(configuration, circuit, ReadoutSource::Membrane))
    }

    /// Carries out one run, beginning with neurons at rest.
    ///
    /// # Errors
    /// When the setup fails or the noise is impossible.
    pub fn run(&mut self, run: &Run) -> Result<Recorded, ExperimentError> {
        let (program, begin) = self.program(run)?;
        let responses = self.session.run_program(&program)?;
        self.record(run, &responses, begin)
    }

    /// Carries out runs that do not depend on one another, on copies of the chip.
    ///
    /// # Errors
    /// When the setup fails or the noise is impossible.
    pub fn run_batch(&mut self, runs: &[Run]) -> Result<Vec<Recorded>, ExperimentError> {
        let programs = runs.iter().map(|run| self.program(run)).collect::<Result<Vec<_>, _>>()?;
        let (programs, begins): (Vec<_>, Vec<_>) = programs.into_iter().unzip();
        // What the programs write they also take back.
        let applied = self.session.applied().clone();
        let responses = self.session.run_batch(&programs.into_iter().collect::<Batch>())?;
        self.session.apply(&applied)?;
        let recorded = runs.iter().zip(&responses).zip(begins);
        recorded.map(|((run, responses), begin)| self.record(run, responses, begin)).collect()
    }

    fn program(&self, run: &Run) -> Result<(Program, TickTicket), ExperimentError> {
        let mut builder = ProgramBuilder::with_capacity(run.spikes.len() + 64);
        if run.membrane {
            builder.arm_madc(MadcMode::Continuous);
        }
        let mut timed = builder.timed();
        timed.at(Cycles::ZERO, |program| force_reset(program, &self.backends, true));
        timed.at(HOLD, |program| force_reset(program, &self.backends, false));
        if run.membrane {
            timed.at(HOLD, |program| madc::start_madc(program, MadcMode::Continuous));
        }
        timed.set_origin(HOLD + SETTLING);
        let begin = timed.at(Cycles::ZERO, ProgramBuilder::tick);
        timed.reserve(run.spikes.len());
        for &(us, input) in &run.spikes {
            for label in self.placement.events(input) {
                timed.spike(Cycles::from_us_f64(us), label);
            }
        }
        if let Some(noise) = &run.noise {
            let sources = self.placement.backgrounds(noise.rate_hz, noise.seed)?;
            let (from, to) = noise.from_to_us;
            timed.at(Cycles::from_us_f64(from), |program| {
                sources.iter().for_each(|(at, source)| program.write(*at, &source.frame()));
            });
            timed.at(Cycles::from_us_f64(to), stop_background);
        }
        let end = Cycles::from_us_f64(run.duration_us);
        timed.at(end, ProgramBuilder::tick);
        if run.membrane {
            timed.at(end + TAIL, madc::power_down_madc);
        }
        timed.at(end + TAIL, |program| force_reset(program, &self.backends, true));
        timed.finish();
        builder.wait(TAIL);
        let program = builder.finish().map_err(ExperimentError::driver)?;
        Ok((program, begin))
    }

    fn record(
        &self,
        run: &Run,
        responses: &Responses,
        begin: TickTicket,
    ) -> Result<Recorded, ExperimentError> {
        let zero = responses.get(&begin).map_err(ExperimentError::driver)? + self.latency;
        let window = zero..zero + Cycles::from_us_f64(run.duration_us);
        let spikes = responses.spikes_in(window.clone()).filter_map(|spike| {
            let neuron = *self.senders.get(&spike.label.0)?;
            Some(Spike { us: spike.chip_time.us_after(zero), neuron })
        });
        let samples = madc::single_source_samples(responses, window);
        let membrane = samples.map(|sample| (sample.chip_time.us_after(zero), f64::from(sample.value)));
        Ok(Recorded { spikes: spikes.collect(), membrane: membrane.collect() })
    }
}

impl From<PlacementError> for ExperimentError {
    fn from(error: PlacementError) -> ExperimentError {
        ExperimentError::Config(error.to_string())
    }
}

/// Measures the delay from the issue of a spike to its passing the crossbar with an event that loops back, on a chip whose
/// drivers do not listen yet.
fn measure_latency(session: &mut Session<InProcess>) -> Result<Cycles, ExperimentError> {
    const AT: Cycles = Cycles::from_us(10);
    let mut configuration = Configuration::new();
    hx_host::driver::routing::write_crossbar(&mut configuration, &[false; 8]);
    session.apply(&configuration)?;
    let mut builder = ProgramBuilder::new();
    let mut timed = builder.timed();
    let begin = timed.at(Cycles::ZERO, ProgramBuilder::tick);
    timed.spike(AT, SpikeLabel(0).with_loop_back(true));
    timed.at(AT + AT, ProgramBuilder::tick);
    timed.finish();
    let responses = session.run(builder)?;
    let begin = responses.get(&begin).map_err(ExperimentError::driver)?;
    let arrival = responses.spikes.iter().map(|spike| spike.chip_time).next();
    Ok(arrival.map_or(Cycles::ZERO, |arrival| arrival - (begin + AT)))
}
