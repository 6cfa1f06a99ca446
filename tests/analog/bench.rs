//! A chip on which all neurons are set up alike, and what can be measured of all of them at once.

use hx_chip::analog::capmem::Settling;
use hx_chip::chip::{Chip, ChipConfig, Fidelity};
use hx_host::driver::cadc::{CadcSource, CadcTicket, any_row, configure_cadc};
use hx_host::driver::madc::ReadoutSource;
use hx_host::driver::neuron::{self, CommonBackends};
use hx_host::driver::synapse::{self, RowMode};
use hx_host::driver::{
    COLUMNS, CapMemSettling, Configuration, Cycles, Hemisphere, ProgramBuilder, Session, SpikeLabel,
    SystemInit, TimedBuilder, WriteRegisters, capmem, routing,
};
use hx_host::fpga::ExecutorConfig;
use hx_host::link::{LinkConfig, MemoryLink};
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::capmem::find_capmem_parameter;
use hx_isa::regmap::coordinate::{
    AtomicNeuronOnDLS, BlockPostPulseOnDLS, CADCChannelConfigOnDLS, CorrelationResetOnDLS,
    NeuronEventOutputOnDLS, PADIBusOnDLS, SynapseDriverOnDLS,
};
use hx_isa::regmap::register::{
    BlockPostPulse, CADCChannelConfig, CapMemBlockConfig, CommonNeuronBackendConfig, CorrelationReset,
    NeuronBackendConfig, NeuronConfig, SynapseBiasSelection, SynapseDriverConfig,
};

/// Neurons of a chip.
pub const NEURONS: usize = AtomicNeuronOnDLS::SIZE;
/// Label of all synapses.
const LABEL: u8 = 0;
/// Codes between which no channel is clipped.
const TRUSTED: (f64, f64) = (12.0, 243.0);
/// Time after which a membrane is at rest.
const REST: Cycles = Cycles::from_us(200);

/// Codes of a neuron at rest in the middle of the converter's range, by the names of the parameters. Transconductances are small,
/// so that inputs whose shift is not calibrated leave the neurons there.
const NEURON_CODES: [(&str, u16); 24] = [
    ("v_leak", 760),
    ("v_reset", 520),
    ("v_threshold", 600),
    ("e_synin_exc_rev", 700),
    ("e_synin_inh_rev", 600),
    ("v_adapt_leak", 500),
    ("v_exp", 1022),
    ("v_adapt_ref", 500),
    ("i_bias_leak", 342),
    ("i_bias_reset", 1022),
    ("i_bias_synin_exc_tau", 307),
    ("i_bias_synin_exc_coba", 0),
    ("i_bias_synin_exc_shift", 310),
    ("i_bias_synin_exc_gm", 200),
    ("i_bias_synin_inh_tau", 307),
    ("i_bias_synin_inh_coba", 0),
    ("i_bias_synin_inh_shift", 310),
    ("i_bias_synin_inh_gm", 200),
    ("i_bias_adapt_tau", 100),
    ("i_bias_adapt_a", 0),
    ("i_bias_adapt_b", 0),
    ("i_bias_exp", 0),
    ("i_mem_offset", 0),
    ("i_bias_nmda", 0),
];
const SHARED_CODES: [(&str, u16); 23] = [
    ("stp_v_charge_0", 100),
    ("stp_v_charge_1", 330),
    ("stp_v_recover_0", 180),
    ("stp_v_recover_1", 180),
    ("cadc_v_ramp_offset", 22),
    ("cadc_v_bias_ramp_buf", 400),
    ("neuron_v_bias_casc_n", 250),
    ("syn_i_bias_dac", 1022),
    ("syn_i_bias_ramp", 80),
    ("syn_i_bias_store", 70),
    ("syn_i_bias_corout", 600),
    ("stp_i_bias_comparator", 1022),
    ("stp_i_ramp", 600),
    ("stp_i_calib", 600),
    ("cadc_i_ramp_slope", 200),
    ("cadc_i_bias_comp", 1022),
    ("cadc_i_bias_vreset_buf", 1022),
    ("neuron_i_bias_readout_amp", 110),
    ("neuron_i_bias_leak_source_follower", 100),
    ("neuron_i_bias_spike_comparator", 200),
    ("neuron_i_bias_synin_drop", 300),
    ("hagen_ibias_dac_top", 820),
    ("hagen_ibias_dac_bottom", 820),
];

/// A chip under measurement.
pub struct Bench {
    session: Session<MemoryLink<Chip>>,
    /// What is to be on the chip at the next measurement.
    pub configuration: Configuration,
    backends: CommonBackends,
    /// Settings of all neurons.
    pub neuron: Frame<NeuronConfig>,
}

impl Bench {
    /// The chip of a seed, without temporal noise and with saturating amplifiers; all neurons silent and at rest.
    pub fn new(chip_seed: u64) -> Bench {
        let config = ChipConfig {
            noise: Fidelity::Ideal,
            settling: Settling::Instant,
            ..ChipConfig::with_seed(chip_seed)
        };
        let setup =
            MemoryLink::new(ExecutorConfig::default(), LinkConfig::default(), Chip::new(config), "chip")
                .unwrap();
        let mut session = Session::new(setup);
        session.capmem_settling = CapMemSettling { large: Cycles::ZERO, small: Cycles::ZERO, small_step: 0 };
        session.initialise(&SystemInit::default()).unwrap();
        let neuron = Frame::<NeuronConfig>::default()
            .with(field!(NeuronConfig.membrane_capacitor_size), 63)
            .with(field!(NeuronConfig.enable_readout_amplifier), 1)
            .with(field!(NeuronConfig.enable_reset_multiplication), 1)
            .with(field!(NeuronConfig.enable_synaptic_input_excitatory_high_resistance), 1)
            .with(field!(NeuronConfig.enable_synaptic_input_inhibitory_high_resistance), 1);
        let backends = [Frame::<CommonNeuronBackendConfig>::default(); 2];
        let mut bench = Bench { session, configuration: static_configuration(), backends, neuron };
        bench.hold(false);
        NEURON_CODES.into_iter().chain(SHARED_CODES).for_each(|(name, code)| bench.set(name, code));
        bench.set_neurons();
        bench
    }

    /// Gives all cells of a parameter a code.
    pub fn set(&mut self, name: &str, code: u16) {
        let parameter = find_capmem_parameter(name).unwrap_or_else(|| panic!("no parameter {name}"));
        capmem::write_all(&mut self.configuration, parameter, code).unwrap();
    }

    /// Writes the settings of the neurons.
    pub fn set_neurons(&mut self) {
        for neuron in AtomicNeuronOnDLS::all() {
            self.configuration.write(neuron.to_neuron_config(), &self.neuron);
        }
    }

    /// Changes the settings of all neurons.
    pub fn change_neurons(&mut self, change: impl FnOnce(Frame<NeuronConfig>) -> Frame<NeuronConfig>) {
        self.neuron = change(self.neuron);
        self.set_neurons();
    }

    /// Sends what `source` names to the readout amplifiers.
    pub fn look_at(&mut self, source: ReadoutSource) {
        self.change_neurons(|frame| frame.with(field!(NeuronConfig.readout_source), source as u32));
    }

    /// Switches on the synaptic inputs of a polarity.
    pub fn enable_input(&mut self, mode: RowMode) {
        let input = match mode {
            RowMode::Inhibitory => field!(NeuronConfig.enable_synaptic_input_inhibitory),
            _ => field!(NeuronConfig.enable_synaptic_input_excitatory),
        };
        self.change_neurons(|frame| frame.with(input, 1));
    }

    /// Lets all neurons fire when they reach their threshold.
    pub fn let_fire(&mut self) {
        let fire = [field!(NeuronConfig.enable_threshold_comparator), field!(NeuronConfig.enable_fire)];
        self.change_neurons(|frame| fire.iter().fold(frame, |frame, &switch| frame.with(switch, 1)));
        for neuron in AtomicNeuronOnDLS::all() {
            let backend = Frame::<NeuronBackendConfig>::default()
                .with(field!(NeuronBackendConfig.refractory_time), 255);
            self.configuration.write(neuron.to_neuron_backend_config(), &backend);
        }
    }

    /// Holds all neurons in reset, or lets them go.
    pub fn hold(&mut self, held: bool) {
        neuron::force_reset(&mut self.configuration, &self.backends, held);
    }

    /// Gives both rows of a driver in each hemisphere a weight, a mode and the neurons' columns.
    pub fn connect(&mut self, mode: RowMode, weight: u8, change: impl Fn(&mut Frame<SynapseDriverConfig>)) {
        routing::write_crossbar(&mut self.configuration, &[false; NeuronEventOutputOnDLS::SIZE]);
        routing::write_padi_buses(&mut self.configuration, 0);
        let mut frame = synapse::driver(mode, RowMode::Disabled);
        change(&mut frame);
        for hemisphere in Hemisphere::ALL {
            synapse::connect_columns(&mut self.configuration, hemisphere, &[true; COLUMNS]);
        }
        for driver in drivers() {
            self.configuration.write(driver, &frame);
            let [row, _] = driver.to_rows();
            synapse::write_weights(&mut self.configuration, row, &[weight; COLUMNS]).unwrap();
            synapse::write_labels(&mut self.configuration, row, &[LABEL; COLUMNS]).unwrap();
        }
    }

    /// A program that brings the chip to its configuration and to rest.
    fn begin(&self) -> ProgramBuilder {
        let mut builder = ProgramBuilder::new();
        self.session.write_differences(&mut builder, &self.configuration);
        builder.wait(REST);
        builder
    }

    /// Codes of all neurons (means of both channels) at some instants of a program.
    fn sweeps(&mut self, at: &[Cycles], act: impl FnOnce(&mut TimedBuilder)) -> Vec<Vec<f64>> {
        let mut builder = self.begin();
        let mut timed = builder.timed();
        act(&mut timed);
        let tickets: Vec<_> = at
            .iter()
            .map(|&at| timed.at(at, |program| program.read_cadcs(Hemisphere::ALL.map(any_row))))
            .collect();
        timed.finish();
        let responses = self.session.run(builder).unwrap();
        let codes = |tickets: &[CadcTicket; 2]| {
            tickets
                .iter()
                .flat_map(|ticket| responses.get(ticket).unwrap().value.mean())
                .collect::<Vec<f64>>()
        };
        tickets.iter().map(codes).collect()
    }

    /// Codes of all neurons at rest, or held in reset.
    pub fn rest(&mut self) -> Vec<f64> {
        self.sweeps(&[Cycles::from_us(1)], |_| ()).remove(0)
    }

    /// Codes some time after all neurons were held in reset.
    pub fn after_reset(&mut self, us: u64) -> Vec<f64> {
        let backends = self.backends;
        let release = Cycles::from_us(30);
        let act = move |timed: &mut TimedBuilder| {
            timed.at(Cycles::from_us(1), |program| neuron::force_reset(program, &backends, true));
            timed.at(release, |program| neuron::force_reset(program, &backends, false));
        };
        self.sweeps(&[release + Cycles::from_us(us)], act).remove(0)
    }

    /// Change of the codes from rest to some time after the last of a number of events `label` apart by 100 ns; no number where
    /// one of the codes may be clipped.
    pub fn response(&mut self, us: u64, events: u64, label: u8) -> Vec<f64> {
        let first = Cycles::from_us(60);
        let spacing = Cycles(12);
        let last = first + spacing * (events - 1);
        let act = |timed: &mut TimedBuilder| {
            for event in 0..events {
                for to in labels(label) {
                    timed.spike(first + spacing * event, to);
                }
            }
        };
        let both = self.sweeps(&[Cycles::from_us(1), last + Cycles::from_us(us)], act);
        let trusted = |code: &f64| (TRUSTED.0..=TRUSTED.1).contains(code);
        let change = |(rest, peak)| if trusted(rest) && trusted(peak) { peak - rest } else { f64::NAN };
        both[0].iter().zip(&both[1]).map(change).collect()
    }

    /// Causal codes of the sensors of row 0, all columns of both hemispheres, after `pairs` pairs of an event and a post pulse
    /// `delay` later, on empty sensors.
    pub fn correlation(&mut self, pairs: u64, delay: Cycles) -> Vec<f64> {
        const SPACING: Cycles = Cycles::from_us(60);
        let rows = drivers().map(|driver| driver.to_rows()[0]);
        let mut builder = self.begin();
        for at in CorrelationResetOnDLS::all().filter(|at| at.row() == 0) {
            builder.write(at, &Frame::<CorrelationReset>::zero());
        }
        let mut timed = builder.timed();
        for pair in 1..=pairs {
            labels(LABEL).for_each(|label| timed.spike(SPACING * pair, label));
            // A register access takes as long to the chip as a spike; from there a spike takes 80 ns to the synapses.
            timed.at(SPACING * pair + delay, |program| {
                BlockPostPulseOnDLS::all()
                    .for_each(|half| program.write(half, &Frame::<BlockPostPulse>::zero()));
            });
        }
        let end = SPACING * (pairs + 1);
        let tickets: Vec<CadcTicket> =
            timed.at(end, |program| rows.map(|row| program.read_cadc(row)).collect());
        timed.finish();
        let responses = self.session.run(builder).unwrap();
        let codes = |ticket: &CadcTicket| responses.get(ticket).unwrap().value.causal.map(f64::from);
        tickets.iter().flat_map(codes).collect()
    }

    /// Connects the CADC to the sensors, and post pulses to the register that gives them.
    pub fn look_at_sensors(&mut self) {
        configure_cadc(&mut self.configuration, CadcSource::Correlation);
        let backend =
            Frame::<NeuronBackendConfig>::default().with(field!(NeuronBackendConfig.post_overwrite), 1);
        for neuron in AtomicNeuronOnDLS::all() {
            self.configuration.write(neuron.to_neuron_backend_config(), &backend);
        }
    }

    /// Joins neurons 2 k and 2 k + 1 by the conductance of the first, and lets the second rest higher.
    pub fn join_pairs(&mut self, low: u16, high: u16) {
        let ends = [
            self.neuron
                .with(field!(NeuronConfig.enable_multicomp_conductance), 1)
                .with(field!(NeuronConfig.connect_soma_right), 1),
            self.neuron.with(field!(NeuronConfig.connect_soma), 1),
        ];
        let v_leak = find_capmem_parameter("v_leak").unwrap();
        for neuron in AtomicNeuronOnDLS::all() {
            let end = neuron.x() % 2;
            self.configuration.write(neuron.to_neuron_config(), &ends[end]);
            capmem::write_neuron(&mut self.configuration, v_leak, neuron, [low, high][end]).unwrap();
        }
    }

    /// Spikes of all neurons; a counter that runs over counts as full.
    pub fn spikes(&mut self, window: Cycles) -> Vec<f64> {
        let mut builder = self.begin();
        neuron::reset_spike_counters(&mut builder);
        builder.wait(window);
        let tickets = builder.read_spike_counters();
        let responses = self.session.run(builder).unwrap();
        let counts = responses.get(&tickets).unwrap();
        counts.iter().map(|count| f64::from(count.exact().unwrap_or(u8::MAX))).collect()
    }
}

/// Everything that no measurement changes.
fn static_configuration() -> Configuration {
    let mut configuration = Configuration::new();
    configuration.write_all(&Frame::<CapMemBlockConfig>::default());
    configuration.write_all(&Frame::<SynapseBiasSelection>::default());
    configuration.write_all(&Frame::<CADCChannelConfig>::default());
    configure_cadc(&mut configuration, CadcSource::Neurons);
    configuration
}

/// Offset of all CADC channels.
pub fn write_cadc_offset(configuration: &mut Configuration, offset: i8) {
    let frame =
        Frame::<CADCChannelConfig>::zero().with(field!(CADCChannelConfig.offset), i32::from(offset) as u32);
    CADCChannelConfigOnDLS::all().for_each(|channel| configuration.write(channel, &frame));
}

/// The driver used in each hemisphere: number 0.
pub fn drivers() -> impl Iterator<Item = SynapseDriverOnDLS> {
    PADIBusOnDLS::all().filter(|bus| bus.bus() == 0).map(|bus| bus.to_driver(0))
}

/// Labels of an event to the drivers.
fn labels(label: u8) -> impl Iterator<Item = SpikeLabel> {
    drivers().map(move |driver| routing::to_driver(driver, label))
}
