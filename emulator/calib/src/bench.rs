//! A session with one chip in which every neuron is on the CADC: writes codes and switches, lets them settle, reads all
//! columns at once, and counts spikes.
//!
//! A conversion compares each channel at its own instant, `reset_wait + count` cycles of 4 ns after its start; readings of
//! moving signals carry that instant. Neurons that can fire are held in reset from the end of one program to the measurement
//! of the next, so that nothing fires while analog parameters settle.

use crate::codes::{self, Codes};
use crate::error::CalibrationError;
use crate::refractory::Refractory;
use crate::search::Span;
use crate::settings::{OF_SOME_BLOCKS, Settings};
use crate::{NEURONS, Targets};
use hx_host::driver::cadc::{CadcSource, CadcTicket, any_row, configure_cadc};
use hx_host::driver::madc::{ReadoutSource, write_madc_biases};
use hx_host::driver::neuron::{self, CommonBackends, SpikeCount};
use hx_host::driver::{
    COLUMNS, Configuration, Cycles, Hemisphere, ProgramBuilder, Responses, Session, TimedBuilder,
    WriteRegisters, capmem,
};
use hx_host::setup::Setup;
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::capmem::CapMemParameter;
use hx_isa::regmap::coordinate::{AtomicNeuronOnDLS, CADCChannelConfigOnDLS, SynapseRowOnDLS};
use hx_isa::regmap::register::{
    CADCChannelConfig, CADCConfig, CapMemBlockConfig, NeuronConfig, SynapseBiasSelection,
};

/// CADC channels: by hemisphere, kind and column.
pub const CHANNELS: usize = CADCChannelConfigOnDLS::SIZE;
/// Time a conversion of both hemispheres and its read-out take: 512 cycles for 256 words and 1.5 us; rounded up.
pub const SWEEP: Cycles = Cycles::from_us(16);
/// Cycle of the CADC's counter, us.
const COUNT_US: f64 = 0.004;
/// Time after which held neurons rest at their reset potential.
pub const HOLD: Cycles = Cycles::from_us(10);
/// Codes within which a reading can be trusted: beyond, channels may be clipped.
const TRUSTED: (f64, f64) = (12.0, 243.0);

/// Time constants after which responses have faded, even of neurons twice as slow as the targets.
const FORGET: f64 = 20.0;

/// One conversion of all columns.
pub type Sweep = [CadcTicket; 2];

/// Means over conversions, by neuron.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// Mean of both channels, CADC LSB.
    pub lsb: Vec<f64>,
    /// Mean time from the start of the conversion to the instant sampled, us.
    pub delay_us: Vec<f64>,
}

impl Samples {
    /// Whether a neuron's reading was inside the range of the converter.
    #[must_use]
    pub fn is_trusted(&self, neuron: usize) -> bool {
        is_trusted(self.lsb[neuron])
    }
}

/// Whether a reading is inside the range in which no channel is clipped.
#[must_use]
pub fn is_trusted(lsb: f64) -> bool {
    (TRUSTED.0..=TRUSTED.1).contains(&lsb)
}

/// A chip under calibration.
#[derive(Debug)]
pub struct Bench<'s, S> {
    session: &'s mut Session<S>,
    /// What is to be on the chip when the next program measures.
    pub configuration: Configuration,
    /// Codes of its cells; change them through [`Bench::set`].
    codes: Codes,
    /// Settings the neurons share.
    pub settings: Settings,
    backends: CommonBackends,
    /// Neurons to calibrate.
    pub selected: Vec<bool>,
    /// Offsets of the CADC channels in the order of their coordinate.
    cadc_offsets: Vec<i8>,
    /// Synaptic time constant aimed at, us.
    pub tau_syn_us: f64,
    /// Time after which nothing is left of what earlier programs did to the membranes.
    forget: Cycles,
}

impl<'s, S: Setup> Bench<'s, S> {
    /// Everything at its starting code, all neurons silent and connected to the CADC.
    ///
    /// # Errors
    /// Never for targets in range.
    pub fn new(session: &'s mut Session<S>, targets: &Targets) -> Result<Self, CalibrationError> {
        let codes = Settings::new(targets).starting_codes(targets)?;
        Self::with(session, targets, codes, vec![0; CHANNELS])
    }

    /// Everything at these codes, all neurons silent and connected to the CADC.
    ///
    /// # Errors
    /// Never for codes that were checked.
    pub fn with(
        session: &'s mut Session<S>,
        targets: &Targets,
        codes: Codes,
        cadc_offsets: Vec<i8>,
    ) -> Result<Self, CalibrationError> {
        let (settings, refractory) = (Settings::new(targets), Refractory::new(targets));
        let mut configuration = static_configuration()?;
        codes.write(&mut configuration)?;
        for neuron in AtomicNeuronOnDLS::all() {
            configuration.write(neuron.to_neuron_backend_config(), &refractory.backend());
        }
        let backends = refractory.common_backends();
        let selected = targets.selected();
        let mut bench = Bench {
            session,
            configuration,
            codes,
            settings,
            backends,
            selected,
            cadc_offsets: Vec::new(),
            tau_syn_us: targets.tau_syn_us,
            forget: Cycles::from_us_f64(FORGET * (targets.tau_mem_us + targets.tau_syn_us)),
        };
        bench.set_cadc_offsets(cadc_offsets);
        bench.hold(false);
        bench.set_neurons(settings.silent_neuron(), ReadoutSource::Membrane);
        Ok(bench)
    }

    /// The codes as they stand.
    #[must_use]
    pub fn codes(&self) -> &Codes {
        &self.codes
    }

    /// Offsets of the CADC channels.
    #[must_use]
    pub fn cadc_offsets(&self) -> &[i8] {
        &self.cadc_offsets
    }

    /// Sets all cells of a parameter. Neurons that are not selected keep theirs.
    ///
    /// # Errors
    /// When there are too few codes, or codes beyond the largest.
    pub fn set(
        &mut self,
        parameter: &'static CapMemParameter,
        codes: &[u16],
    ) -> Result<(), CalibrationError> {
        let old = self.codes.get(parameter);
        if codes.len() == NEURONS && old.len() == NEURONS {
            let choose = |neuron: usize| if self.selected[neuron] { codes[neuron] } else { old[neuron] };
            let codes: Vec<u16> = (0..NEURONS).map(choose).collect();
            self.codes.set(parameter, &codes)?;
        } else {
            self.codes.set(parameter, codes)?;
        }
        Ok(self.codes.write_parameter(&mut self.configuration, parameter)?)
    }

    /// Moves the resting potentials of all neurons by `lsb` from where the leak codes `from` put them.
    ///
    /// # Errors
    /// Never: codes stay in range.
    pub fn shift_leaks(&mut self, from: &[u16], lsb: f64) -> Result<(), CalibrationError> {
        let codes = lsb / self.settings.scale.shifted_lsb_per_code();
        let moved: Vec<u16> = from.iter().map(|&code| Span::FULL.nearest(f64::from(code) + codes)).collect();
        self.set(codes::V_LEAK, &moved)
    }

    /// Sets the offsets of all CADC channels.
    pub fn set_cadc_offsets(&mut self, offsets: Vec<i8>) {
        write_cadc_offsets(&mut self.configuration, &offsets);
        self.cadc_offsets = offsets;
    }

    /// Configures all neurons alike; those not selected stay silent.
    pub fn set_neurons(&mut self, frame: Frame<NeuronConfig>, source: ReadoutSource) {
        self.set_each(|_| frame, source);
    }

    /// Configures every neuron; those not selected stay silent.
    pub fn set_each(
        &mut self,
        frame: impl Fn(AtomicNeuronOnDLS) -> Frame<NeuronConfig>,
        source: ReadoutSource,
    ) {
        let read =
            |frame: Frame<NeuronConfig>| frame.with(field!(NeuronConfig.readout_source), source as u32);
        let silent = self.settings.silent_neuron();
        for neuron in AtomicNeuronOnDLS::all() {
            let frame = if self.selected[neuron.to_enum()] { frame(neuron) } else { silent };
            self.configuration.write(neuron.to_neuron_config(), &read(frame));
        }
    }

    /// Holds all neurons in reset from the next program on, or lets them go; programs may do otherwise while they measure.
    pub fn hold(&mut self, held: bool) {
        neuron::force_reset(&mut self.configuration, &self.backends, held);
    }

    /// Appends a change of the reset line to a program.
    pub fn write_hold(&self, target: &mut impl WriteRegisters, held: bool) {
        neuron::force_reset(target, &self.backends, held);
    }

    /// A program that brings the chip to the configuration and waits for it.
    #[must_use]
    pub fn begin(&self) -> ProgramBuilder {
        let mut builder = ProgramBuilder::new();
        self.session.write_differences(&mut builder, &self.configuration);
        builder.wait(self.forget);
        builder
    }

    /// Runs a program begun with [`Bench::begin`].
    ///
    /// # Errors
    /// When the setup does not carry it out.
    pub fn run(&mut self, builder: ProgramBuilder) -> Result<Responses, CalibrationError> {
        Ok(self.session.run(builder)?)
    }

    /// Averages conversions.
    ///
    /// # Errors
    /// When the sweeps belong to another program.
    pub fn samples(&self, responses: &Responses, sweeps: &[Sweep]) -> Result<Samples, CalibrationError> {
        let reset_wait = f64::from(Frame::<CADCConfig>::default().get(field!(CADCConfig.reset_wait)));
        let mut lsb = vec![0.0; NEURONS];
        let share = 1.0 / (2 * sweeps.len()) as f64;
        for sweep in sweeps {
            for (sums, ticket) in lsb.chunks_mut(COLUMNS).zip(sweep) {
                let row = responses.get(ticket)?.value;
                for (column, sum) in sums.iter_mut().enumerate() {
                    *sum += share * (f64::from(row.causal[column]) + f64::from(row.acausal[column]));
                }
            }
        }
        let delay = |(neuron, lsb): (usize, &f64)| COUNT_US * (reset_wait + lsb - self.mean_offset(neuron));
        let delay_us = lsb.iter().enumerate().map(delay).collect();
        Ok(Samples { lsb, delay_us })
    }

    /// Mean offset of the two channels of a neuron's column.
    fn mean_offset(&self, neuron: usize) -> f64 {
        let (hemisphere, column) = (neuron / COLUMNS, neuron % COLUMNS);
        let causal = 2 * COLUMNS * hemisphere + column;
        0.5 * (f64::from(self.cadc_offsets[causal]) + f64::from(self.cadc_offsets[causal + COLUMNS]))
    }

    /// Mean codes of every CADC channel, in the order of their coordinate.
    ///
    /// # Errors
    /// When the setup does not do its part.
    pub fn channels(&mut self, sweeps: usize) -> Result<Vec<f64>, CalibrationError> {
        let mut builder = self.begin();
        let tickets = series(&mut builder, sweeps, SWEEP);
        let responses = self.run(builder)?;
        let mut means = vec![0.0; CHANNELS];
        for (hemisphere, ticket) in tickets.iter().flat_map(|sweep| sweep.iter().enumerate()) {
            let row = responses.get(ticket)?.value;
            let codes = row.causal.iter().chain(&row.acausal);
            let sums = means[2 * COLUMNS * hemisphere..].iter_mut();
            sums.zip(codes).for_each(|(sum, &code)| *sum += f64::from(code) / sweeps as f64);
        }
        Ok(means)
    }

    /// Mean of readings `interval` apart, of neurons left alone.
    ///
    /// # Errors
    /// When the setup does not do its part.
    pub fn rest(&mut self, sweeps: usize, interval: Cycles) -> Result<Samples, CalibrationError> {
        let mut builder = self.begin();
        let tickets = series(&mut builder, sweeps, interval);
        let responses = self.run(builder)?;
        self.samples(&responses, &tickets)
    }

    /// Spikes of all neurons in a window that begins when they are released from reset. They must be held by the
    /// configuration, and are held again afterwards.
    ///
    /// # Errors
    /// When the setup does not do its part.
    pub fn spikes(&mut self, window: Cycles) -> Result<Vec<SpikeCount>, CalibrationError> {
        let mut builder = self.begin();
        builder.wait(HOLD);
        neuron::reset_spike_counters(&mut builder);
        self.write_hold(&mut builder, false);
        builder.wait(window);
        self.write_hold(&mut builder, true);
        let tickets = builder.read_spike_counters();
        let responses = self.run(builder)?;
        Ok(responses.get(&tickets)?)
    }
}

/// Conversions `interval` apart.
fn series(builder: &mut ProgramBuilder, sweeps: usize, interval: Cycles) -> Vec<Sweep> {
    let mut timed = builder.timed();
    let tickets = (0..sweeps).map(|i| sweep(&mut timed, interval * (i as u64 + 1))).collect();
    timed.finish();
    tickets
}

/// Converts and reads all columns at a time.
pub fn sweep(timed: &mut TimedBuilder, at: Cycles) -> Sweep {
    sweep_rows(timed, at, Hemisphere::ALL.map(any_row))
}

/// Converts and reads all columns at a time, where it matters which synapse rows are addressed.
pub fn sweep_rows(timed: &mut TimedBuilder, at: Cycles, rows: [SynapseRowOnDLS; 2]) -> Sweep {
    timed.at(at, |program| program.read_cadcs(rows))
}

/// Writes the offsets of CADC channels, in the order of their coordinate.
pub fn write_cadc_offsets(target: &mut impl WriteRegisters, offsets: &[i8]) {
    for (channel, &offset) in CADCChannelConfigOnDLS::all().zip(offsets) {
        let frame = Frame::<CADCChannelConfig>::zero()
            .with(field!(CADCChannelConfig.offset), i32::from(offset) as u32);
        target.write(channel, &frame);
    }
}

/// What does not depend on the targets: the CapMem running, the biases of the readout, all columns on the CADC.
///
/// # Errors
/// Never: the codes are in range.
pub fn static_configuration() -> Result<Configuration, CalibrationError> {
    let mut configuration = Configuration::new();
    configuration.write_all(&Frame::<CapMemBlockConfig>::default());
    configuration.write_all(&Frame::<SynapseBiasSelection>::default());
    configure_cadc(&mut configuration, CadcSource::Neurons);
    write_madc_biases(&mut configuration)?;
    for (parameter, code) in OF_SOME_BLOCKS {
        capmem::write_all(&mut configuration, parameter, code)?;
    }
    Ok(configuration)
}
