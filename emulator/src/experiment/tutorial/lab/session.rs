//! Boards and protocols carried out on a chip.

use super::recording::{CadcFrame, Protocol, Recording, Spike};
use super::{Board, SourceKind};
use crate::calibration::calibrated;
use crate::experiment::{Context, ExperimentError};
use crate::setup::{AnySetup, open};
use hx_calib::{Calibration, Selection, Targets, bench};
use hx_chip::time::Time;
use hx_host::driver::cadc::CadcRow;
use hx_host::driver::madc::{self, MadcMode};
use hx_host::driver::{
    Batch, Configuration, Cycles, DriverError, Program, ProgramBuilder, Responses, Session, SpikeLabel,
    TickTicket, Timed, TimedBuilder, WriteRegisters, neuron, routing,
};
use hx_host::link::udp::UdpTarget;
use hx_isa::regmap::coordinate::{AtomicNeuronOnDLS, SynapseDriverOnDLS};
use std::collections::BTreeSet;

/// From the start of the MADC to the release of the neurons: its first samples are wrong.
const MADC_LEAD: Cycles = Cycles::from_us(10);
/// How long the neurons are held after a change of analog parameters or at the beginning of a program.
const HOLD: Cycles = Cycles::from_us(20);
/// From the last snippet to the end of the program.
const TAIL: Cycles = Cycles::from_us(4);

/// A chip on which boards are put and protocols carried out.
pub struct Lab {
    session: Session<AnySetup>,
    /// From the issue of a command to its effect on the chip.
    latency: Cycles,
    /// Drivers in whose rows some board had synapses: another one must empty them.
    drivers: BTreeSet<SynapseDriverOnDLS>,
}

/// A program and the tickets of what it answers.
struct Prepared {
    builder: ProgramBuilder,
    begin: TickTicket,
    sweeps: Vec<(f64, bench::Sweep)>,
}

impl Lab {
    /// The chip of a context, come up and unconfigured.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn new(context: &Context<'_>) -> Result<Lab, ExperimentError> {
        Self::on(context.instance.chip_config(), context.instance.served)
    }

    /// A chip with this configuration.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn of(config: hx_chip::chip::ChipConfig) -> Result<Lab, ExperimentError> {
        Self::on(config, None)
    }

    fn on(config: hx_chip::chip::ChipConfig, served: Option<UdpTarget>) -> Result<Lab, ExperimentError> {
        let mut lab = Lab { session: open(config, served)?, latency: Cycles::ZERO, drivers: BTreeSet::new() };
        lab.latency = lab.measure_latency()?;
        Ok(lab)
    }

    /// The chip of a context calibrated to these targets, from the cache if it is there.
    ///
    /// # Errors
    /// When the targets cannot be met.
    pub fn calibration(context: &mut Context<'_>, targets: &Targets) -> Result<Calibration, ExperimentError> {
        let instance = context.instance;
        calibrated(&instance, targets, context.observer)
    }

    /// The chip calibrated for these neurons, and those of them that met all targets.
    ///
    /// # Errors
    /// When the targets cannot be met, or by fewer than `needed` neurons.
    pub fn calibrated_neurons(
        context: &mut Context<'_>,
        targets: &Targets,
        candidates: &[AtomicNeuronOnDLS],
        needed: usize,
    ) -> Result<(Board, Vec<AtomicNeuronOnDLS>), ExperimentError> {
        let numbers = candidates.iter().map(|neuron| neuron.to_enum() as u16).collect();
        let targets = Targets { neurons: Selection::Only(numbers), ..targets.clone() };
        let calibration = Self::calibration(context, &targets)?;
        let good: Vec<_> = candidates.iter().copied().filter(|&neuron| calibration.is_good(neuron)).collect();
        if good.len() < needed {
            let (count, all) = (good.len(), candidates.len());
            let message =
                format!("{count} of {all} neurons met the calibration's targets, {needed} are needed");
            return Err(ExperimentError::Failed(message));
        }
        Ok((Board::calibrated(&calibration)?, good))
    }

    /// Delay from the issue of a spike to its passing the crossbar, from an event that loops back.
    fn measure_latency(&mut self) -> Result<Cycles, ExperimentError> {
        const AT: Cycles = Cycles::from_us(10);
        let mut configuration = Configuration::new();
        routing::write_crossbar(&mut configuration, &[false; 8]);
        self.session.apply(&configuration)?;
        let mut builder = ProgramBuilder::new();
        let mut timed = builder.timed();
        let begin = timed.at(Cycles::ZERO, ProgramBuilder::tick);
        timed.spike(AT, SpikeLabel(0).with_synapse_label(63).with_loop_back(true));
        timed.at(AT + AT, ProgramBuilder::tick);
        timed.finish();
        let responses = self.session.run(builder)?;
        let begin = responses.get(&begin).map_err(DriverError::from)?;
        let arrival = responses.spikes.first().map(|spike| spike.chip_time);
        let silent = || ExperimentError::Failed("an event sent to the chip did not come back".to_owned());
        Ok(arrival.ok_or_else(silent)? - begin - AT)
    }

    /// Puts a board on the chip and carries a protocol out.
    ///
    /// # Errors
    /// When the board is impossible or the setup fails.
    pub fn record(&mut self, board: &Board, protocol: &Protocol) -> Result<Recording, ExperimentError> {
        self.note_drivers(board, protocol);
        let prepared = self.prepare(board, protocol)?;
        let responses = self.session.run(prepared.builder.clone())?;
        self.collect(board, protocol, &prepared, &responses)
    }

    /// Carries protocols out that do not depend on each other, each with its own board and noise, on as many threads as
    /// there are.
    ///
    /// # Errors
    /// When a board is impossible or the setup fails.
    pub fn record_all(&mut self, runs: &[(Board, Protocol)]) -> Result<Vec<Recording>, ExperimentError> {
        runs.iter().for_each(|(board, protocol)| self.note_drivers(board, protocol));
        let prepared: Vec<Prepared> =
            runs.iter().map(|(board, protocol)| self.prepare(board, protocol)).collect::<Result<_, _>>()?;
        let programs: Vec<Program> = prepared
            .iter()
            .map(|run| run.builder.clone().finish().map_err(DriverError::from))
            .collect::<Result<_, _>>()?;
        let responses = self.session.run_batch(&programs.into_iter().collect::<Batch>())?;
        let collect = |((board, protocol), (prepared, responses)): (&(Board, Protocol), (_, _))| {
            self.collect(board, protocol, prepared, responses)
        };
        runs.iter().zip(prepared.iter().zip(&responses)).map(collect).collect()
    }

    /// Ends the work with the chip: what it was asked for in vain, and how much chip time passed.
    ///
    /// # Errors
    /// Under `--strict`, when there were accesses to undefined addresses.
    pub fn conclude(mut self, context: &mut Context<'_>) -> Result<Time, ExperimentError> {
        context.conclude(self.session.setup_mut())
    }

    /// The session, for what this bench has no word for.
    pub fn session(&mut self) -> &mut Session<AnySetup> {
        &mut self.session
    }

    fn note_drivers(&mut self, board: &Board, protocol: &Protocol) {
        let later = protocol.snippets.iter().filter_map(|snippet| snippet.board.as_ref());
        for board in std::iter::once(board).chain(later) {
            self.drivers.extend(board.connections.drivers());
        }
    }

    fn prepare(&self, board: &Board, protocol: &Protocol) -> Result<Prepared, ExperimentError> {
        let mut configuration = board.configuration(&self.drivers)?;
        connect_readout(&mut configuration, protocol);
        let mut held = configuration.clone();
        neuron::force_reset(&mut held, &board.backends, true);
        let mut builder = ProgramBuilder::new();
        // Nothing fires on the way to the new analog parameters.
        neuron::force_reset(&mut builder, &board.backends, true);
        self.session.write_differences(&mut builder, &held);
        builder.wait(HOLD);
        if protocol.madc.is_some() {
            builder.arm_madc(MadcMode::Continuous);
        }
        let start = MADC_LEAD + Cycles::from_us_f64(protocol.lead_us);
        let mut timed = builder.timed();
        let begin = timed.at(Cycles::ZERO, ProgramBuilder::tick);
        if protocol.madc.is_some() {
            timed.at(Cycles(1), |program| madc::start_madc(program, MadcMode::Continuous));
        }
        timed.at(MADC_LEAD, |program| {
            neuron::force_reset(program, &board.backends, false);
            board.connections.start_background(program);
        });
        self.schedule(&mut timed, (board, configuration), protocol, start)?;
        let sweeps = protocol.cadc_us.iter().map(|&us| {
            let at = start + Cycles::from_us_f64(us) - self.latency;
            (us, bench::sweep(&mut timed, at))
        });
        let sweeps = sweeps.collect();
        let end = start + Cycles::from_us_f64(protocol.duration_us()) + TAIL;
        timed.at(end, |program| {
            madc::power_down_madc(program);
            routing::stop_background(program);
        });
        timed.finish();
        builder.wait(Cycles::from_us(10));
        Ok(Prepared { builder, begin, sweeps })
    }

    /// Adds the snippets: what changes at their beginning, and their spikes.
    fn schedule<'a>(
        &self,
        timed: &mut TimedBuilder,
        first: (&'a Board, Configuration),
        protocol: &'a Protocol,
        start: Cycles,
    ) -> Result<(), ExperimentError> {
        let mut current = first;
        let mut elapsed_us = 0.0;
        for snippet in &protocol.snippets {
            // Commands are sent early by what they take to the chip.
            let at = |us: f64| start + Cycles::from_us_f64(elapsed_us + us) - self.latency;
            if let Some(board) = &snippet.board {
                let mut configuration = board.configuration(&self.drivers)?;
                connect_readout(&mut configuration, protocol);
                let found = hx_host::driver::differences(&current.1, &configuration);
                if !found.capmem.is_none() {
                    let message = "a snippet changes analog parameters, which take milliseconds to follow";
                    return Err(ExperimentError::Config(message.to_owned()));
                }
                timed.at(at(0.0), |program| {
                    found.writes.iter().for_each(|&(address, word)| program.write_word(address, word));
                });
                current = (board, configuration);
            }
            for &(us, source) in &snippet.spikes {
                if source.kind != SourceKind::Host {
                    return Err(ExperimentError::Config("only host sources take spikes".to_owned()));
                }
                for label in current.0.connections.host_labels(source) {
                    timed.spike(at(us), label);
                }
            }
            elapsed_us += snippet.duration_us;
        }
        Ok(())
    }

    fn collect(
        &self,
        board: &Board,
        protocol: &Protocol,
        prepared: &Prepared,
        responses: &Responses,
    ) -> Result<Recording, ExperimentError> {
        let begin = responses.get(&prepared.begin).map_err(DriverError::from)?;
        let zero = begin + MADC_LEAD + Cycles::from_us_f64(protocol.lead_us);
        let end = zero + Cycles::from_us_f64(protocol.duration_us());
        let spikes = responses.spikes_in(zero..end).filter_map(|spike| {
            let neuron = board.connections.sender(spike.label)?;
            Some(Spike { neuron, us: spike.chip_time.us_after(zero) })
        });
        let samples = madc::single_source_samples(responses, zero..end);
        let samples = samples.map(|sample| (sample.chip_time.us_after(zero), f64::from(sample.value)));
        let frame = |&(us, sweep): &(f64, bench::Sweep)| -> Result<CadcFrame, ExperimentError> {
            let mut codes = Vec::new();
            for row in sweep {
                let Timed { value, .. }: Timed<CadcRow> = responses.get(&row).map_err(DriverError::from)?;
                codes.extend(value.mean());
            }
            Ok(CadcFrame { us, codes })
        };
        let mut boundaries_us = vec![0.0];
        for snippet in &protocol.snippets {
            boundaries_us.push(boundaries_us[boundaries_us.len() - 1] + snippet.duration_us);
        }
        Ok(Recording {
            spikes: spikes.collect(),
            samples: samples.collect(),
            cadc: prepared.sweeps.iter().map(frame).collect::<Result<_, _>>()?,
            boundaries_us,
        })
    }
}

/// Connects the MADC to what the protocol records.
fn connect_readout(configuration: &mut Configuration, protocol: &Protocol) {
    if let Some((neuron, source)) = protocol.madc {
        madc::connect_madc(configuration, neuron, source);
        configuration.write(Default::default(), &madc::madc_config(MadcMode::Continuous));
    }
}
