//! The fast converter: woken up, started and stopped by commands to its state machine, fed by the readout amplifier of one or
//! two neurons (electronicvisions grenade: src/grenade/vx/execution/detail/generator/madc.cpp; calix:
//! src/py/calix/common/madc_base.py).

use super::capmem::{self, CapMemError};
use super::configuration::Configuration;
use super::cycles::Cycles;
use super::program::ProgramBuilder;
use super::registers::WriteRegisters;
use super::responses::{MadcSample, Responses};
use hx_isa::regmap::capmem::capmem_parameter;
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;
use hx_isa::regmap::register::{MADCConfig, MADCControl, NeuronConfig, ReadoutSourceSelection};
use hx_isa::regmap::{Frame, Value};
use hx_isa::{field, fields};
use std::ops::Range;

/// Time from waking the converter up to its first start: 1 ms.
const WAKE_UP: Cycles = Cycles::from_ms(1);
/// Code of a bias that is fully on.
const FULL_BIAS: u16 = 1022;

/// How long a recording lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MadcMode {
    /// Until it is stopped.
    Continuous,
    /// This many samples.
    Samples(u16),
}

impl MadcMode {
    const fn is_continuous(self) -> bool {
        matches!(self, MadcMode::Continuous)
    }
}

/// Converter settings for a mode; everything else is the default: 29.4 MSample/s of voltages.
#[must_use]
pub fn madc_config(mode: MadcMode) -> Frame<MADCConfig> {
    match mode {
        MadcMode::Continuous => Frame::default(),
        MadcMode::Samples(count) => {
            Frame::default().with(field!(MADCConfig.number_of_samples), u32::from(count))
        }
    }
}

impl ProgramBuilder {
    /// Wakes the converter up and waits until it can be started.
    pub fn arm_madc(&mut self, mode: MadcMode) {
        command(self, &[field!(MADCControl.wake_up), PRE_AMPLIFIER], mode);
        self.wait(WAKE_UP);
    }
}

/// Starts a recording of an armed converter. Recordings of a number of samples are started by a pulse, else they would
/// start again at their end.
pub fn start_madc(target: &mut impl WriteRegisters, mode: MadcMode) {
    command(target, &[field!(MADCControl.start_recording), PRE_AMPLIFIER], mode);
    if !mode.is_continuous() {
        command(target, &[PRE_AMPLIFIER], mode);
    }
}

/// Ends a continuous recording; the converter stays awake for the next start.
pub fn stop_madc(target: &mut impl WriteRegisters) {
    command(target, &[field!(MADCControl.stop_recording)], MadcMode::Continuous);
}

/// Ends a continuous recording and switches the converter off.
pub fn power_down_madc(target: &mut impl WriteRegisters) {
    let power_down = field!(MADCControl.enable_power_down_after_sampling);
    command(target, &[field!(MADCControl.stop_recording), power_down], MadcMode::Continuous);
}

const PRE_AMPLIFIER: Value = field!(MADCControl.enable_pre_amplifier);

fn command(target: &mut impl WriteRegisters, switches: &[Value], mode: MadcMode) {
    let continuous = u32::from(mode.is_continuous());
    let frame = Frame::<MADCControl>::zero().with(field!(MADCControl.enable_continuous_sampling), continuous);
    let frame = switches.iter().fold(frame, |frame, &switch| frame.with(switch, 1));
    target.write(Default::default(), &frame);
}

/// Quantity of a neuron that its readout amplifier shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadoutSource {
    /// Membrane potential.
    Membrane,
    /// Excitatory synaptic input.
    ExcitatoryInput,
    /// Inhibitory synaptic input.
    InhibitoryInput,
    /// Adaptation potential.
    Adaptation,
}

/// Sends a quantity of one neuron, and of it alone, to the converter through the first readout multiplexer.
pub fn connect_madc(configuration: &mut Configuration, neuron: AtomicNeuronOnDLS, source: ReadoutSource) {
    for other in AtomicNeuronOnDLS::all().filter(|&other| other != neuron) {
        let at = other.to_neuron_config();
        if configuration.frame::<NeuronConfig>(at).is_some() {
            configuration
                .update::<NeuronConfig>(at, |frame| frame.set(field!(NeuronConfig.enable_readout), 0));
        }
    }
    configuration.update::<NeuronConfig>(neuron.to_neuron_config(), |frame| {
        frame.set(field!(NeuronConfig.enable_readout_amplifier), 1);
        frame.set(field!(NeuronConfig.readout_source), source as u32);
        frame.set(field!(NeuronConfig.enable_readout), 1);
    });
    let line = LINES[neuron.y()][neuron.x() % 2];
    let selection = Frame::<ReadoutSourceSelection>::zero()
        .with(line, 1)
        .with(fields!(ReadoutSourceSelection.enable_buffer_to_pad; 2)[0], 1);
    configuration.write(Default::default(), &selection);
}

/// Lines shared by the even and the odd neurons of the top and the bottom row, at the first multiplexer.
const LINES: [[Value; 2]; 2] = [
    [
        field!(ReadoutSourceSelection, "buffer[0].neuron_even[top]"),
        field!(ReadoutSourceSelection, "buffer[0].neuron_odd[top]"),
    ],
    [
        field!(ReadoutSourceSelection, "buffer[0].neuron_even[bottom]"),
        field!(ReadoutSourceSelection, "buffer[0].neuron_odd[bottom]"),
    ],
];

/// Analog parameters of the way from the neurons' readout lines to the converter (electronicvisions grenade:
/// src/grenade/vx/execution/detail/execution_instance_chip_snippet_config_visitor.cpp).
///
/// # Errors
/// Never for the values used here.
pub fn write_madc_biases(target: &mut impl WriteRegisters) -> Result<(), CapMemError> {
    let biases = const {
        [
            (capmem_parameter("readout_ac_mux_i_bias"), 500),
            (capmem_parameter("readout_madc_in_500na"), 500),
            (capmem_parameter("readout_sc_amp_i_bias"), 500),
            (capmem_parameter("readout_sc_amp_v_ref"), 400),
            (capmem_parameter("readout_pseudo_diff_buffer_bias"), 0),
            (capmem_parameter("readout_pseudo_diff_v_ref"), 400),
            (capmem_parameter("readout_iconv_sc_amp_v_ref"), 400),
            (capmem_parameter("readout_iconv_test_voltage"), 400),
            (capmem_parameter("readout_out_amp_i_bias_0"), FULL_BIAS),
            (capmem_parameter("readout_out_amp_i_bias_1"), FULL_BIAS),
        ]
    };
    biases.into_iter().try_for_each(|(parameter, code)| capmem::write_all(target, parameter, code))
}

/// Samples of the only source connected, inside a window of chip time. The chip marks no sample of a single source with
/// channel 1; such samples are discarded as the chip's software does.
pub fn single_source_samples(
    responses: &Responses,
    window: Range<Cycles>,
) -> impl Iterator<Item = &MadcSample> {
    responses.madc_samples_in(window).filter(|sample| sample.channel == 0)
}

#[cfg(test)]
mod tests {
    use super::super::Session;
    use super::*;
    use crate::driver::fake::FakeSetup;

    fn commands(mode: MadcMode) -> Vec<u32> {
        let mut builder = ProgramBuilder::new();
        builder.arm_madc(mode);
        start_madc(&mut builder, mode);
        if mode.is_continuous() {
            stop_madc(&mut builder);
            power_down_madc(&mut builder);
        }
        let mut session = Session::new(FakeSetup::default());
        session.run(builder).unwrap();
        let writes = session.setup().last_writes();
        assert!(writes.iter().all(|&(address, _)| address == 0xc_0000));
        writes.into_iter().map(|(_, word)| word).collect()
    }

    #[test]
    fn the_state_machine_is_driven_in_its_order() {
        assert_eq!(
            commands(MadcMode::Continuous),
            [0b011_0001, 0b011_0010, 0b001_0100, 0b001_1100].map(|w| w & 0x3f)
        );
        assert_eq!(commands(MadcMode::Samples(100)), [0b010_0001, 0b010_0010, 0b010_0000]);
        assert_eq!(madc_config(MadcMode::Samples(100)).words()[3], 100);
    }

    #[test]
    fn one_neuron_is_connected_at_a_time() {
        let mut configuration = Configuration::new();
        let neurons = [(0, 4), (1, 7)].map(|(y, x)| AtomicNeuronOnDLS::new(y, x).unwrap());
        for neuron in neurons {
            connect_madc(&mut configuration, neuron, ReadoutSource::ExcitatoryInput);
        }
        let [even, odd] =
            neurons.map(|neuron| configuration.frame::<NeuronConfig>(neuron.to_neuron_config()).unwrap());
        assert!(!even.is_set(field!(NeuronConfig.enable_readout)));
        assert_eq!(odd.words()[1], 1 << 7 | 1 << 5 | 1 << 4);
        let selection = configuration.frame::<ReadoutSourceSelection>(Default::default()).unwrap();
        assert_eq!(selection.words(), [1 << 11, 1 << 14]);
    }

    #[test]
    fn biases_are_those_of_the_software() {
        let mut configuration = Configuration::new();
        write_madc_biases(&mut configuration).unwrap();
        assert_eq!(configuration.len(), 10);
        assert_eq!(configuration.word(0x14_0000 + 32 * 129 + 13), Some(500), "readout_madc_in_500na");
    }
}
