//! The network on a setup: configuration, weights, and samples as timed spikes. Talks to the chip through the driver alone.

use super::placement::Placement;
use hx_host::driver::capmem::CapMemError;
use hx_host::driver::madc::{self, MadcMode, ReadoutSource};
use hx_host::driver::routing::{from_neuron, write_crossbar, write_padi_buses};
use hx_host::driver::synapse::{
    SynapseRangeError, connect_columns, signed_driver, write_labels, write_signed_weights,
};
use hx_host::driver::{
    Batch, Configuration, Cycles, DriverError, Hemisphere, Program, ProgramBuilder, Responses, Session,
    SpikeFromChip, SpikeLabel, TickTicket, TicketError, WriteRegisters,
};
use hx_host::setup::Setup;
use hx_isa::field;
use hx_isa::regmap::coordinate::{AtomicNeuronOnDLS, SynapseDriverOnDLS};
use hx_isa::regmap::register::NeuronBackendConfig;
use hx_learn::{Network, Observed, SpikeTimes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;

/// Columns of the hemisphere.
const COLUMNS: usize = 256;
/// Most programs a set of samples is divided into.
const MOST_PROGRAMS: usize = 32;
/// From the beginning of a program to its first sample.
const LEAD: Cycles = Cycles::from_us(100);
/// From the last window to the end of the program: what is still on the link arrives.
const TAIL: Cycles = Cycles::from_us(2);

/// How samples become chip time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// Unit of the network's times, us.
    pub tau_us: f64,
    /// Distance of two samples in a program, in units of tau.
    pub window_tau: f64,
    /// Samples carried out one after another in one program. The programs of a batch start from the same state.
    pub samples_per_program: usize,
}

/// Why the network cannot be carried out.
#[derive(Debug, Error)]
pub enum NetworkError {
    /// The setup or its answers.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// A weight or label that a synapse cannot hold.
    #[error(transparent)]
    Synapse(#[from] SynapseRangeError),
    /// An analog parameter that a cell cannot hold.
    #[error(transparent)]
    CapMem(#[from] CapMemError),
    /// A ticket of another program.
    #[error(transparent)]
    Ticket(#[from] TicketError),
}

/// A layer and neuron by the label its spikes arrive with.
type Senders = BTreeMap<u16, (usize, usize)>;

/// A spike of the network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecordedSpike {
    /// 0 hidden, 1 output.
    pub layer: usize,
    /// Neuron of that layer.
    pub neuron: usize,
    /// Time since the sample began, us.
    pub us: f64,
}

/// One sample in detail.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// All spikes, later ones of the same neuron included.
    pub spikes: Vec<RecordedSpike>,
    /// Membrane: time since the sample began in us, MADC code.
    pub membrane: Vec<(f64, f64)>,
}

/// A network on a setup.
pub struct ChipNetwork<S> {
    session: Session<S>,
    placement: Placement,
    timing: Timing,
    senders: Senders,
    bias_tau: Option<f64>,
    /// Drivers that carry weights, with the input line and the hidden neuron they serve.
    rows: Vec<(SynapseDriverOnDLS, Option<usize>, Option<usize>)>,
    /// From the issue of a spike to the chip time of the crossbar, measured.
    latency: Cycles,
}

impl<S: Setup> ChipNetwork<S> {
    /// Configures the network on a calibrated chip: `base` holds analog parameters, neurons and converters.
    ///
    /// # Errors
    /// When the setup fails.
    pub fn new(
        mut session: Session<S>,
        base: &Configuration,
        placement: Placement,
        bias_tau: Option<f64>,
        timing: Timing,
    ) -> Result<ChipNetwork<S>, NetworkError> {
        let mut configuration = base.clone();
        configure(&mut configuration, &placement)?;
        session.apply(&configuration)?;
        let senders = senders(&placement);
        let rows = rows(&placement);
        let latency = Cycles::ZERO;
        let mut network = ChipNetwork { session, placement, timing, senders, bias_tau, rows, latency };
        network.latency = network.measure_latency()?;
        Ok(network)
    }

    /// Lets go of the session.
    pub fn into_session(self) -> Session<S> {
        self.session
    }

    /// The session, for recordings of other kinds.
    pub fn session_mut(&mut self) -> &mut Session<S> {
        &mut self.session
    }

    /// Where the network lies.
    pub fn placement(&self) -> &Placement {
        &self.placement
    }

    /// Delay from the issue of a spike to its passing the crossbar, from an event that loops back.
    fn measure_latency(&mut self) -> Result<Cycles, NetworkError> {
        const AT: Cycles = Cycles::from_us(10);
        let mut builder = ProgramBuilder::new();
        let mut timed = builder.timed();
        let begin = timed.at(Cycles::ZERO, ProgramBuilder::tick);
        // A label no synapse has: the event only passes the crossbar.
        timed.spike(AT, SpikeLabel(0).with_synapse_label(63).with_loop_back(true));
        timed.at(AT + AT, ProgramBuilder::tick);
        timed.finish();
        let responses = self.session.run(builder)?;
        let begin = responses.get(&begin)?;
        let arrival = responses.spikes.iter().map(|spike| spike.chip_time).next();
        Ok(arrival.map_or(Cycles::ZERO, |arrival| Cycles(arrival.0.saturating_sub(begin.0 + AT.0))))
    }

    /// Writes the weights of both layers (in steps of the synapses, -63..=63); only what changed is sent.
    ///
    /// # Errors
    /// When the setup fails.
    pub fn write_weights(&mut self, network: &Network) -> Result<(), NetworkError> {
        let (Some(first), Some(second)) = (network.chip_weights(0), network.chip_weights(1)) else {
            return Ok(());
        };
        let (hidden, output) = (self.placement.hidden.len(), self.placement.output.len());
        let mut changed = Configuration::new();
        for &(driver, line, source) in &self.rows {
            let mut row = [0i8; COLUMNS];
            if let Some(line) = line {
                for (neuron, weight) in self.placement.hidden.iter().zip(&first[hidden * line..]) {
                    row[neuron.x()] = *weight;
                }
            }
            if let Some(source) = source {
                for (neuron, weight) in self.placement.output.iter().zip(&second[output * source..]) {
                    row[neuron.x()] = *weight;
                }
            }
            write_signed_weights(&mut changed, driver, &row)?;
        }
        self.session.apply(&changed)?;
        Ok(())
    }

    /// Runs samples (input times in units of tau, one row each) and returns the first spikes of every neuron.
    ///
    /// # Errors
    /// When the setup fails.
    pub fn run(&mut self, inputs: &SpikeTimes) -> Result<Observed, NetworkError> {
        let per_program = self.timing.samples_per_program.max(inputs.samples().div_ceil(MOST_PROGRAMS));
        let chunks: Vec<(usize, usize)> = (0..inputs.samples())
            .step_by(per_program)
            .map(|first| (first, inputs.samples().min(first + per_program)))
            .collect();
        let mut begins = Vec::with_capacity(chunks.len());
        let mut programs = Vec::with_capacity(chunks.len());
        for &(first, last) in &chunks {
            let (program, begin) = self.program(inputs, first, last)?;
            programs.push(program);
            begins.push(begin);
        }
        let responses = self.session.run_batch(&programs.into_iter().collect::<Batch>())?;
        let sizes = [self.placement.hidden.len(), self.placement.output.len()];
        let mut spikes = sizes.map(|neurons| SpikeTimes::silent(inputs.samples(), neurons));
        for ((&(first, last), begin), responses) in chunks.iter().zip(&begins).zip(&responses) {
            let begin = responses.get(begin)?;
            self.first_spikes(responses, begin, first..last, &mut spikes);
        }
        Ok(Observed::feed_forward(inputs.clone(), spikes.into()))
    }

    /// Samples `first..last` as a program, and the ticket of its beginning.
    fn program(
        &self,
        inputs: &SpikeTimes,
        first: usize,
        last: usize,
    ) -> Result<(Program, TickTicket), NetworkError> {
        let sources = inputs.neurons() + usize::from(self.bias_tau.is_some());
        let mut builder = ProgramBuilder::with_capacity(2 * sources * (last - first) + 16);
        let mut timed = builder.timed();
        timed.reserve(sources * (last - first) + 2);
        let begin = timed.at(Cycles::ZERO, ProgramBuilder::tick);
        for sample in first..last {
            timed.set_origin(self.window(sample - first));
            for (source, tau) in inputs.sample(sample).iter().copied().chain(self.bias_tau).enumerate() {
                if tau.is_finite() {
                    let at = Cycles::from_us_f64(tau * self.timing.tau_us);
                    timed.spike(at, self.placement.event(source, false));
                }
            }
        }
        timed.set_origin(Cycles::ZERO);
        timed.at(self.window(last - first) + TAIL, ProgramBuilder::tick);
        timed.finish();
        Ok((builder.finish().map_err(DriverError::from)?, begin))
    }

    /// Runs the first sample of `inputs` once more and records the membrane of an output neuron with it.
    ///
    /// # Errors
    /// When the setup fails.
    pub fn record_output(&mut self, inputs: &SpikeTimes, output: usize) -> Result<Recorded, NetworkError> {
        let neuron = self.placement.output[output];
        let mut configuration = self.session.applied().clone();
        madc::write_madc_biases(&mut configuration)?;
        madc::connect_madc(&mut configuration, neuron, ReadoutSource::Membrane);
        configuration.write(Default::default(), &madc::madc_config(MadcMode::Continuous));
        self.session.apply(&configuration)?;
        let mut builder = ProgramBuilder::new();
        builder.arm_madc(MadcMode::Continuous);
        let mut timed = builder.timed();
        let begin = timed.at(Cycles(1), ProgramBuilder::tick);
        timed.at(Cycles(2), |program| madc::start_madc(program, MadcMode::Continuous));
        timed.set_origin(LEAD);
        for (source, tau) in inputs.sample(0).iter().copied().chain(self.bias_tau).enumerate() {
            timed.spike(Cycles::from_us_f64(tau * self.timing.tau_us), self.placement.event(source, false));
        }
        let end = timed.at(self.window(1), ProgramBuilder::tick);
        timed.at(self.window(1) + TAIL, madc::power_down_madc);
        timed.finish();
        let responses = self.session.run(builder)?;
        let (begin, end) = (responses.get(&begin)?, responses.get(&end)?);
        let zero = Cycles(begin.0 - 1 + LEAD.0 + self.latency.0);
        let spike = |spike: &SpikeFromChip| {
            let &(layer, neuron) = self.senders.get(&spike.label.0)?;
            Some(RecordedSpike { layer, neuron, us: spike.chip_time.us_after(zero) })
        };
        let samples = madc::single_source_samples(&responses, zero..end);
        Ok(Recorded {
            spikes: responses.spikes.iter().filter_map(spike).collect(),
            membrane: samples
                .map(|sample| (sample.chip_time.us_after(zero), f64::from(sample.value)))
                .collect(),
        })
    }

    /// Timer value at which a sample of a program begins.
    fn window(&self, sample: usize) -> Cycles {
        LEAD + Cycles::from_us_f64(self.timing.window_tau * self.timing.tau_us * sample as f64)
    }

    fn first_spikes(
        &self,
        responses: &Responses,
        begin: Cycles,
        samples: std::ops::Range<usize>,
        spikes: &mut [SpikeTimes; 2],
    ) {
        let zero = begin.0 + LEAD.0 + self.latency.0;
        let window = self.window(1).0 - LEAD.0;
        for spike in &responses.spikes {
            let Some(&(layer, neuron)) = self.senders.get(&spike.label.0) else { continue };
            let Some(after) = spike.chip_time.0.checked_sub(zero) else { continue };
            let sample = samples.start + (after / window) as usize;
            if sample < samples.end {
                let tau = Cycles(after % window).as_us() / self.timing.tau_us;
                let first = &mut spikes[layer].sample_mut(sample)[neuron];
                *first = first.min(tau);
            }
        }
    }
}

/// Static part of the configuration on top of the calibration.
fn configure(configuration: &mut Configuration, placement: &Placement) -> Result<(), SynapseRangeError> {
    // Spikes of the hidden layer come back through the bus of their event output, those of the output layer do not.
    write_crossbar(configuration, &[true, true, true, true, false, false, false, false]);
    write_padi_buses(configuration, 0);
    let mut connected = [false; COLUMNS];
    for neuron in placement.hidden.iter().chain(&placement.output) {
        connected[neuron.x()] = true;
    }
    connect_columns(configuration, Hemisphere::Top, &connected);
    for (k, neuron) in placement.hidden.iter().enumerate() {
        send(configuration, *neuron, placement.hidden_address(k));
    }
    for (k, neuron) in placement.output.iter().enumerate() {
        send(configuration, *neuron, k as u8);
    }
    // All drivers of a bus hear every event on it; labels decide.
    let listening = signed_driver().with(field!(SynapseDriverConfig.row_address_compare_mask), 0);
    for (driver, line, source) in rows(placement) {
        configuration.write(driver, &listening);
        let mut labels = [0u8; COLUMNS];
        for neuron in &placement.hidden {
            labels[neuron.x()] = line.map_or(UNUSED_LABEL, |line| line_label(placement, line));
        }
        for neuron in &placement.output {
            labels[neuron.x()] = source.map_or(UNUSED_LABEL, |source| placement.hidden_address(source));
        }
        for row in driver.to_rows() {
            write_labels(configuration, row, &labels)?;
        }
    }
    Ok(())
}

/// A label that no event of the network carries.
const UNUSED_LABEL: u8 = 63;

fn line_label(placement: &Placement, line: usize) -> u8 {
    let labels =
        placement.sources.iter().flat_map(|source| std::iter::repeat_n(source.label, source.drivers.len()));
    labels.clone().nth(line).unwrap_or(UNUSED_LABEL)
}

fn send(configuration: &mut Configuration, neuron: AtomicNeuronOnDLS, address: u8) {
    configuration.update::<NeuronBackendConfig>(neuron.to_neuron_backend_config(), |frame| {
        frame.set(field!(NeuronBackendConfig.address_out), u32::from(address));
        frame.set(field!(NeuronBackendConfig.enable_spike_out), 1);
    });
}

fn senders(placement: &Placement) -> Senders {
    let hidden = placement.hidden.iter().enumerate();
    let hidden = hidden.map(|(k, neuron)| (from_neuron(*neuron, placement.hidden_address(k)).0, (0, k)));
    let output = placement.output.iter().enumerate();
    hidden.chain(output.map(|(k, neuron)| (from_neuron(*neuron, k as u8).0, (1, k)))).collect()
}

/// Every driver in use with the input line and the hidden neuron it serves.
fn rows(placement: &Placement) -> Vec<(SynapseDriverOnDLS, Option<usize>, Option<usize>)> {
    let mut rows: BTreeMap<SynapseDriverOnDLS, (Option<usize>, Option<usize>)> = BTreeMap::new();
    for (line, driver) in placement.lines().enumerate() {
        rows.entry(driver).or_default().0 = Some(line);
    }
    for (neuron, driver) in placement.hidden_drivers.iter().enumerate() {
        rows.entry(*driver).or_default().1 = Some(neuron);
    }
    rows.into_iter().map(|(driver, (line, source))| (driver, line, source)).collect()
}
