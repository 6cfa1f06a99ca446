//! The course of the experiment on a setup: recall, learning with the processor at work, recall again.

use super::StdpConfig;
use super::network::{ASSEMBLIES, Placement, configure, input_row};
use crate::experiment::ExperimentError;
use hx_firmware::{Firmware, Image};
use hx_host::driver::cadc::{CadcSource, CadcTicket, configure_cadc};
use hx_host::driver::processor::{self, EXIT_CODE_WORD};
use hx_host::driver::synapse::WeightsTicket;
use hx_host::driver::{
    COLUMNS, Configuration, Cycles, Hemisphere, ProgramBuilder, Responses, Session, TickTicket, TimedBuilder,
    WordTicket, capmem,
};
use hx_host::setup::Setup;
use hx_isa::regmap::capmem::capmem_parameter;
use hx_isa::regmap::coordinate::SynapseRowOnDLS;

/// Processor whose hemisphere holds the network.
const WHERE: Hemisphere = Hemisphere::Top;
/// Longest period, us: the processor compares its 32-bit clock with the next deadline as signed numbers.
pub(super) const LONGEST_PERIOD_US: f64 = 8e6;
/// Processor clock: cycles per us.
const PROCESSOR_CYCLES_PER_US: f64 = 250.0;
/// Left free at the beginning of a period for the update before it, us: a part of its own, and a part for each row.
const UPDATE_US: [f64; 2] = [50.0, 6.0];
/// Left free for reading weights or sensors, us, in the same way.
const READING_US: [f64; 2] = [50.0, 6.0];
/// From the beginning of a recall program to its first presentation, us, and between presentations.
const RECALL_US: f64 = 100.0;

/// A number for every input and neuron.
pub type ByInputAndNeuron = Vec<Vec<u8>>;

/// What the sensors read, by input and neuron.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codes {
    /// Causal channels.
    pub causal: ByInputAndNeuron,
    /// Acausal channels.
    pub acausal: ByInputAndNeuron,
}

/// What inputs alone evoked: the leading inputs of every assembly once, one assembly after the other, then the lagging ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Recalled {
    /// Time since the first presentation in us, and neuron.
    pub spikes: Vec<(f64, usize)>,
}

/// How well leading inputs wake the right neurons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recall {
    /// Share of the neurons of an assembly that fire on its inputs.
    pub own: f64,
    /// Share of the neurons of other assemblies that fire on them.
    pub wrong: f64,
}

impl Recalled {
    /// Counts neurons that fired on the leading inputs.
    #[must_use]
    pub fn recall(&self, placement: &Placement) -> Recall {
        let mut fired = vec![[false; ASSEMBLIES]; placement.neurons.len()];
        for &(us, neuron) in &self.spikes {
            let presented = (us / RECALL_US) as usize;
            if us >= 0.0 && presented < ASSEMBLIES {
                fired[neuron][presented] = true;
            }
        }
        let mut counts = [0u32; 2];
        for (neuron, fired) in fired.iter().enumerate() {
            for (assembly, _) in fired.iter().enumerate().filter(|(_, fired)| **fired) {
                counts[usize::from(assembly != neuron / placement.per_assembly)] += 1;
            }
        }
        let pairs = placement.neurons.len() as f64;
        let [own, wrong] = counts.map(f64::from);
        Recall { own: own / pairs, wrong: wrong / (pairs * (ASSEMBLIES - 1) as f64) }
    }
}

/// Everything that came back.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// Recall before learning.
    pub before: Recalled,
    /// Weights after every update.
    pub weights: Vec<ByInputAndNeuron>,
    /// What the sensors read before the last update.
    pub codes: Codes,
    /// Time in us and neuron, while learning.
    pub spikes: Vec<(f64, usize)>,
    /// Recall after learning.
    pub after: Recalled,
    /// Updates the firmware counted.
    pub updates_done: u32,
    /// Updates it began a whole period late.
    pub deadline_misses: u32,
    /// How often the weights were read when the processor had counted just the updates it should have done.
    pub in_step: u32,
    /// How late the latest command of the host was.
    pub lateness: Cycles,
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
    let learned = train(session, placement, config)?;
    let after = recall(session, placement)?;
    Ok(Learned { before, after, ..learned })
}

/// Presents the inputs of every assembly once, without a teacher and without plasticity: first the leading, then the lagging ones.
fn recall<S: Setup>(session: &mut Session<S>, placement: &Placement) -> Result<Recalled, ExperimentError> {
    let mut builder = ProgramBuilder::new();
    let mut timed = builder.timed();
    let begin = timed.at(Cycles::ZERO, ProgramBuilder::tick);
    let presented = (0..ASSEMBLIES).map(|assembly| placement.leading(assembly));
    let presented = presented.chain((0..ASSEMBLIES).map(|assembly| placement.lagging(assembly)));
    for (index, inputs) in presented.enumerate() {
        let at = Cycles::from_us_f64(RECALL_US * (index + 1) as f64);
        for input in inputs {
            timed.spike(at, placement.input_event(input)?);
        }
    }
    timed.at(Cycles::from_us_f64(RECALL_US * (2 * ASSEMBLIES + 2) as f64), ProgramBuilder::tick);
    timed.finish();
    let responses = session.run(builder)?;
    let zero =
        Cycles(responses.get(&begin).map_err(ExperimentError::driver)?.0 + Cycles::from_us_f64(RECALL_US).0);
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

fn for_rows(config: &StdpConfig, [fixed, per_row]: [f64; 2]) -> f64 {
    fixed + per_row * (ASSEMBLIES * config.inputs_per_assembly) as f64
}

/// From the beginning of a period to its first presentation, us: the update, then the reading of the weights.
fn guard_us(config: &StdpConfig) -> f64 {
    for_rows(config, UPDATE_US) + for_rows(config, READING_US)
}

/// Length of a period, us. Before its end the sensors are read.
pub(super) fn period_us(config: &StdpConfig) -> f64 {
    let presented = f64::from(config.presentations) * ASSEMBLIES as f64 * config.spacing_us;
    guard_us(config) + presented + for_rows(config, READING_US)
}

/// When a presentation before an update begins, us after the processor was started.
pub(super) fn presentation_us(config: &StdpConfig, update: u32, presentation: usize) -> f64 {
    period_us(config) * f64::from(update) + guard_us(config) + config.spacing_us * presentation as f64
}

fn image(placement: &Placement, config: &StdpConfig) -> Result<Image, ExperimentError> {
    let firmware =
        Firmware::find("stdp-additive").ok_or_else(|| ExperimentError::Internal("no rule".into()))?;
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

/// What comes back of the training.
struct Tickets {
    begin: TickTicket,
    codes: Vec<CadcTicket>,
    weights: Vec<Vec<WeightsTicket>>,
    /// Updates counted when the weights were read.
    progress: Vec<WordTicket>,
    lateness: Cycles,
    /// Updates, missed deadlines, exit code.
    counters: [WordTicket; 3],
}

/// One program: the processor is started and then updates by its own clock while the host sends spikes, reads the weights after
/// every update and the sensors before the last one. The recall in the result is empty.
fn train<S: Setup>(
    session: &mut Session<S>,
    placement: &Placement,
    config: &StdpConfig,
) -> Result<Learned, ExperimentError> {
    let image = image(placement, config)?;
    let word =
        |symbol: &str| image.word_index(symbol).map_err(|error| ExperimentError::Internal(error.to_string()));
    let counters = [word("completed")?, word("deadline_misses")?, EXIT_CODE_WORD];
    let mut builder = ProgramBuilder::new();
    processor::hold(&mut builder, WHERE);
    processor::write_memory(&mut builder, WHERE, 0, image.words());
    let mut timed = builder.timed();
    let begin = timed.at(Cycles::ZERO, |program| {
        processor::release(program, WHERE);
        program.tick()
    });
    let mut codes = Vec::new();
    let mut weights = Vec::new();
    let mut progress = Vec::new();
    for update in 0..config.updates {
        timed.set_origin(Cycles::from_us_f64(period_us(config) * f64::from(update)));
        present(&mut timed, placement, config)?;
        if update + 1 == config.updates {
            codes = read_codes(&mut timed, placement, config)?;
        }
        let after = Cycles::from_us_f64(period_us(config) + for_rows(config, UPDATE_US));
        progress.push(timed.at(after, |program| program.read_processor_word(WHERE, counters[0])));
        weights.push(read_weights(&mut timed, placement, config)?);
    }
    let lateness = timed.finish().worst;
    builder.wait_until_processor_sleeps(WHERE);
    let counters = counters.map(|word| builder.read_processor_word(WHERE, word));
    processor::hold(&mut builder, WHERE);
    let responses = session.run(builder)?;
    // The processor wrote weights behind the session's back.
    session.forget_all();
    collect(&responses, placement, &Tickets { begin, codes, weights, progress, lateness, counters })
}

fn collect(
    responses: &Responses,
    placement: &Placement,
    tickets: &Tickets,
) -> Result<Learned, ExperimentError> {
    let zero = responses.get(&tickets.begin).map_err(ExperimentError::driver)?;
    let mut counted = [0; 3];
    for (value, ticket) in counted.iter_mut().zip(&tickets.counters) {
        *value = responses.get(ticket).map_err(ExperimentError::driver)?.value;
    }
    let [updates_done, deadline_misses, exit_code] = counted;
    let mut in_step = 0;
    for (ticket, wanted) in tickets.progress.iter().zip(1..) {
        let done = responses.get(ticket).map_err(ExperimentError::driver)?.value;
        in_step += u32::from(done == wanted);
    }
    Ok(Learned {
        before: Recalled { spikes: Vec::new() },
        weights: tickets
            .weights
            .iter()
            .map(|rows| weights(responses, placement, rows))
            .collect::<Result<_, _>>()?,
        codes: codes(responses, placement, &tickets.codes)?,
        spikes: spikes(responses, placement, zero),
        after: Recalled { spikes: Vec::new() },
        updates_done,
        deadline_misses,
        in_step,
        lateness: tickets.lateness,
        exit_code: exit_code.cast_signed(),
    })
}

/// The leading inputs of an assembly, its teacher, its lagging inputs; then the same for the next assembly.
fn present(
    timed: &mut TimedBuilder<'_>,
    placement: &Placement,
    config: &StdpConfig,
) -> Result<(), ExperimentError> {
    for presentation in 0..config.presentations as usize * ASSEMBLIES {
        let assembly = presentation % ASSEMBLIES;
        let at_us = presentation_us(config, 0, presentation);
        let at = |us: f64| Cycles::from_us_f64(at_us + us);
        for input in placement.leading(assembly) {
            timed.spike(at(0.0), placement.input_event(input)?);
        }
        timed.spike(at(config.lead_us), placement.teacher_event(assembly)?);
        for input in placement.lagging(assembly) {
            timed.spike(at(config.lead_us + config.lag_us), placement.input_event(input)?);
        }
    }
    Ok(())
}

fn rows(placement: &Placement) -> Result<Vec<SynapseRowOnDLS>, ExperimentError> {
    (0..placement.inputs()).map(input_row).collect()
}

fn read_codes(
    timed: &mut TimedBuilder<'_>,
    placement: &Placement,
    config: &StdpConfig,
) -> Result<Vec<CadcTicket>, ExperimentError> {
    let rows = rows(placement)?;
    let at = Cycles::from_us_f64(period_us(config) - for_rows(config, READING_US));
    Ok(timed.at(at, |program| rows.into_iter().map(|row| program.read_cadc(row)).collect()))
}

/// After the update at the end of the period.
fn read_weights(
    timed: &mut TimedBuilder<'_>,
    placement: &Placement,
    config: &StdpConfig,
) -> Result<Vec<WeightsTicket>, ExperimentError> {
    let rows = rows(placement)?;
    let at = Cycles::from_us_f64(period_us(config) + for_rows(config, UPDATE_US));
    Ok(timed.at(at, |program| rows.into_iter().map(|row| program.read_weights(row)).collect()))
}

/// The columns of the network's neurons.
fn of_neurons(placement: &Placement, row: &[u8; COLUMNS]) -> Vec<u8> {
    placement.neurons.iter().map(|neuron| row[neuron.x()]).collect()
}

fn codes(
    responses: &Responses,
    placement: &Placement,
    tickets: &[CadcTicket],
) -> Result<Codes, ExperimentError> {
    let mut codes = Codes { causal: Vec::new(), acausal: Vec::new() };
    for ticket in tickets {
        let row = responses.get(ticket).map_err(ExperimentError::driver)?.value;
        codes.causal.push(of_neurons(placement, &row.causal));
        codes.acausal.push(of_neurons(placement, &row.acausal));
    }
    Ok(codes)
}

fn weights(
    responses: &Responses,
    placement: &Placement,
    tickets: &[WeightsTicket],
) -> Result<ByInputAndNeuron, ExperimentError> {
    let row = |ticket| responses.get(ticket).map(|row| of_neurons(placement, &row));
    tickets.iter().map(row).collect::<Result<_, _>>().map_err(ExperimentError::driver)
}
