//! The course of the experiment on a setup: recall, learning with the processor at work, recall again.

use super::network::{ASSEMBLIES, Placement, configure, input_row};
use super::StdpConfig;
use crate::experiment::ExperimentError;
use hx_firmware::{Firmware, Image};
use hx_host::driver::cadc::{CadcSource, CadcTicket, configure_cadc};
use hx_host::driver::processor::{self, EXIT_CODE_WORD};
use hx_host::driver::{
    Configuration, Cycles, Hemisphere, ProgramBuilder, Responses, Session, TickTicket, TimedBuilder, WordTicket,
    capmem,
};
use hx_host::driver::synapse::WeightsTicket;
use hx_host::setup::Setup;
use hx_isa::regmap::capmem::capmem_parameter;

/// Processor whose hemisphere holds the network.
const WHERE: Hemisphere = Hemisphere::Top;
/// Processor clock: cycles per us.
const PROCESSOR_CYCLES_PER_US: f64 = 250.0;
/// Left free at the beginning of a period for the update before it and the reading of weights, us.
const GUARD_US: f64 = 400.0;
/// Left free at its end for reading the sensors, us.
const READING_US: f64 = 400.0;
/// From the beginning of a recall program to its first presentation, us, and between presentations.
const RECALL_US: f64 = 100.0;

/// Weights after an update, and the sensors' codes just before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// By input and neuron.
    pub weights: Vec<Vec<u8>>,
    /// Causal codes by input and neuron.
    pub causal: Vec<Vec<u8>>,
    /// Acausal codes by input and neuron.
    pub acausal: Vec<Vec<u8>>,
}

/// What the inputs alone evoked: every assembly's inputs once, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Recalled {
    /// Time since the first presentation in us, and neuron.
    pub spikes: Vec<(f64, usize)>,
}

impl Recalled {
    /// Share of neurons that fired on the inputs of their assembly, less those that fired on others.
    #[must_use]
    pub fn recall(&self, placement: &Placement) -> f64 {
        let mut fired = vec![[false; ASSEMBLIES]; placement.neurons.len()];
        for &(us, neuron) in &self.spikes {
            let presented = (us / RECALL_US) as usize;
            if presented < ASSEMBLIES {
                fired[neuron][presented] = true;
            }
        }
        let own = |(neuron, fired): (usize, &[bool; ASSEMBLIES])| {
            let right = fired[neuron / placement.per_assembly];
            let wrong = fired.iter().filter(|fired| **fired).count() - usize::from(right);
            f64::from(u8::from(right)) - wrong as f64 / (ASSEMBLIES - 1) as f64
        };
        fired.iter().enumerate().map(own).sum::<f64>() / placement.neurons.len() as f64
    }
}

/// Everything that came back.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// Recall before learning.
    pub before: Recalled,
    /// One per update.
    pub snapshots: Vec<Snapshot>,
    /// Time in us and neuron, while learning.
    pub spikes: Vec<(f64, usize)>,
    /// Recall after learning.
    pub after: Recalled,
    /// Updates the firmware counted.
    pub updates_done: u32,
    /// Updates it began a whole period late.
    pub deadline_misses: u32,
    /// What it left as exit code.
    pub exit_code: i32,
}

/// Learns on a setup that was just brought up.
///
/// # Errors
/// When the setup fails or a setting does not fit.
pub fn learn<S: Setup>(
    session: &mut Session<S>,
    base: Configuration,
    placement: &Placement,
    config: &StdpConfig,
) -> Result<Learned, ExperimentError> {
    let mut configuration = base;
    configure(&mut configuration, placement, config.initial_weight)?;
    configure_cadc(&mut configuration, CadcSource::Correlation);
    for (parameter, code) in [
        (const { capmem_parameter("syn_i_bias_ramp") }, config.i_bias_ramp_code),
        (const { capmem_parameter("syn_i_bias_store") }, config.i_bias_store_code),
    ] {
        capmem::write_all(&mut configuration, parameter, code)
            .map_err(|error| ExperimentError::Config(error.to_string()))?;
    }
    session.apply(&configuration)?;
    let before = recall(session, placement)?;
    let (snapshots, spikes, counted) = train(session, placement, config)?;
    let after = recall(session, placement)?;
    let [updates_done, deadline_misses, exit_code] = counted;
    let exit_code = exit_code.cast_signed();
    Ok(Learned { before, snapshots, spikes, after, updates_done, deadline_misses, exit_code })
}

/// Presents the inputs of every assembly once, without a teacher and without plasticity.
fn recall<S: Setup>(session: &mut Session<S>, placement: &Placement) -> Result<Recalled, ExperimentError> {
    let mut builder = ProgramBuilder::new();
    let mut timed = builder.timed();
    let begin = timed.at(Cycles::ZERO, ProgramBuilder::tick);
    for assembly in 0..ASSEMBLIES {
        let at = Cycles::from_us_f64(RECALL_US * (assembly + 1) as f64);
        for input in placement.inputs_of(assembly) {
            timed.spike(at, placement.input_event(input)?);
        }
    }
    timed.at(Cycles::from_us_f64(RECALL_US * (ASSEMBLIES + 2) as f64), ProgramBuilder::tick);
    timed.finish();
    let responses = session.run(builder)?;
    let zero = Cycles(responses.get(&begin).map_err(ExperimentError::driver)?.0 + Cycles::from_us_f64(RECALL_US).0);
    Ok(Recalled { spikes: spikes(&responses, placement, zero) })
}

fn spikes(responses: &Responses, placement: &Placement, zero: Cycles) -> Vec<(f64, usize)> {
    let senders = placement.senders();
    let spike = |spike: &hx_host::driver::SpikeFromChip| {
        let neuron = *senders.get(&spike.label.0)?;
        (spike.chip_time >= zero).then(|| (spike.chip_time.us_after(zero), neuron))
    };
    responses.spikes.iter().filter_map(spike).collect()
}

/// Tickets of one update.
struct UpdateTickets {
    codes: Vec<CadcTicket>,
    weights: Vec<WeightsTicket>,
}

/// Length of a period, us.
fn period_us(config: &StdpConfig) -> f64 {
    let presented = f64::from(config.presentations) * ASSEMBLIES as f64 * config.spacing_us;
    GUARD_US + presented + READING_US
}

fn image(placement: &Placement, config: &StdpConfig) -> Result<Image, ExperimentError> {
    let firmware = Firmware::find("stdp-additive").ok_or_else(|| ExperimentError::Internal("no rule".into()))?;
    let mut image = firmware.build().map_err(|error| ExperimentError::Internal(error.to_string()))?;
    for (symbol, value) in [
        ("ppu", WHERE.index() as u32),
        ("first_row", 0),
        ("row_count", placement.inputs() as u32),
        ("updates", config.updates),
        ("period_cycles", (period_us(config) * PROCESSOR_CYCLES_PER_US) as u32),
        ("measure_baseline", 1),
        ("eta", config.eta.cast_unsigned()),
    ] {
        image.set_word(symbol, value).map_err(|error| ExperimentError::Internal(error.to_string()))?;
    }
    Ok(image)
}

type Trained = (Vec<Snapshot>, Vec<(f64, usize)>, [u32; 3]);

/// One program: the processor is started and then updates by its own clock while the host sends spikes, reads the sensors
/// before each update and the weights after it.
fn train<S: Setup>(
    session: &mut Session<S>,
    placement: &Placement,
    config: &StdpConfig,
) -> Result<Trained, ExperimentError> {
    let image = image(placement, config)?;
    let counter = |symbol: &str| {
        image.word_index(symbol).map_err(|error| ExperimentError::Internal(error.to_string()))
    };
    let mut builder = ProgramBuilder::new();
    processor::hold(&mut builder, WHERE);
    processor::write_memory(&mut builder, WHERE, 0, image.words());
    let mut timed = builder.timed();
    let begin = timed.at(Cycles::ZERO, |program| {
        processor::release(program, WHERE);
        program.tick()
    });
    let mut updates = Vec::new();
    for update in 0..config.updates {
        timed.set_origin(Cycles::from_us_f64(period_us(config) * f64::from(update)));
        present(&mut timed, placement, config)?;
        let codes = read_codes(&mut timed, placement, config)?;
        let weights = read_weights(&mut timed, placement, config)?;
        updates.push(UpdateTickets { codes, weights });
    }
    timed.finish();
    builder.wait_until_processor_sleeps(WHERE);
    let counters = [counter("completed")?, counter("deadline_misses")?, EXIT_CODE_WORD];
    let counters = counters.map(|word| builder.read_processor_word(WHERE, word));
    processor::hold(&mut builder, WHERE);
    let responses = session.run(builder)?;
    // The processor wrote weights behind the session's back.
    session.forget_all();
    collect(&responses, placement, &begin, &updates, counters)
}

fn collect(
    responses: &Responses,
    placement: &Placement,
    begin: &TickTicket,
    updates: &[UpdateTickets],
    counters: [WordTicket; 3],
) -> Result<Trained, ExperimentError> {
    let zero = responses.get(begin).map_err(ExperimentError::driver)?;
    let snapshots = updates.iter().map(|tickets| snapshot(responses, placement, tickets));
    let mut counted = [0; 3];
    for (value, ticket) in counted.iter_mut().zip(&counters) {
        *value = responses.get(ticket).map_err(ExperimentError::driver)?.value;
    }
    Ok((snapshots.collect::<Result<_, _>>()?, spikes(responses, placement, zero), counted))
}

/// The inputs of an assembly, its teacher, then the inputs of the next assembly, which so learn that they come too late.
fn present(
    timed: &mut TimedBuilder<'_>,
    placement: &Placement,
    config: &StdpConfig,
) -> Result<(), ExperimentError> {
    for presentation in 0..config.presentations as usize * ASSEMBLIES {
        let assembly = presentation % ASSEMBLIES;
        let at_us = GUARD_US + config.spacing_us * presentation as f64;
        let at = |us: f64| Cycles::from_us_f64(at_us + us);
        for input in placement.inputs_of(assembly) {
            timed.spike(at(0.0), placement.input_event(input)?);
        }
        timed.spike(at(config.lead_us), placement.teacher_event(assembly)?);
        for input in placement.inputs_of(assembly + 1) {
            timed.spike(at(config.lead_us + config.lag_us), placement.input_event(input)?);
        }
    }
    Ok(())
}

fn read_codes(
    timed: &mut TimedBuilder<'_>,
    placement: &Placement,
    config: &StdpConfig,
) -> Result<Vec<CadcTicket>, ExperimentError> {
    let at = Cycles::from_us_f64(period_us(config) - READING_US);
    let rows = (0..placement.inputs()).map(input_row).collect::<Result<Vec<_>, _>>()?;
    Ok(timed.at(at, |program| rows.into_iter().map(|row| program.read_cadc(row)).collect()))
}

/// After the update at the end of the period.
fn read_weights(
    timed: &mut TimedBuilder<'_>,
    placement: &Placement,
    config: &StdpConfig,
) -> Result<Vec<WeightsTicket>, ExperimentError> {
    let at = Cycles::from_us_f64(period_us(config) + GUARD_US / 2.0);
    let rows = (0..placement.inputs()).map(input_row).collect::<Result<Vec<_>, _>>()?;
    Ok(timed.at(at, |program| rows.into_iter().map(|row| program.read_weights(row)).collect()))
}

fn snapshot(
    responses: &Responses,
    placement: &Placement,
    tickets: &UpdateTickets,
) -> Result<Snapshot, ExperimentError> {
    let columns: Vec<usize> = placement.neurons.iter().map(|neuron| neuron.x()).collect();
    let mut snapshot = Snapshot { weights: Vec::new(), causal: Vec::new(), acausal: Vec::new() };
    for ticket in &tickets.codes {
        let row = responses.get(ticket).map_err(ExperimentError::driver)?.value;
        snapshot.causal.push(columns.iter().map(|&column| row.causal[column]).collect());
        snapshot.acausal.push(columns.iter().map(|&column| row.acausal[column]).collect());
    }
    for ticket in &tickets.weights {
        let row = responses.get(ticket).map_err(ExperimentError::driver)?;
        snapshot.weights.push(columns.iter().map(|&column| row[column]).collect());
    }
    Ok(snapshot)
}
