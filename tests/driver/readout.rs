//! Converters: codes by column, samples at their rate.

use super::setup::session;
use hx_host::driver::cadc::{self, CadcSource};
use hx_host::driver::madc::{self, MadcMode, ReadoutSource};
use hx_host::driver::{Configuration, Cycles, Hemisphere, ProgramBuilder, WriteRegisters, capmem, neuron};
use hx_isa::field;
use hx_isa::regmap::capmem::capmem_parameter;
use hx_isa::regmap::coordinate::{AtomicNeuronOnDLS, CADCSampleQuadOnDLS};
use hx_isa::regmap::register::{
    CADCChannelConfig, CADCSampleQuad, CapMemBlockConfig, CommonNeuronBackendConfig, NeuronBackendConfig,
    NeuronConfig,
};
use hx_isa::regmap::{Frame, OmnibusRegister};

/// Neurons that rest at a leak potential, shown by their readout amplifiers.
fn resting_neurons(leak: impl Fn(AtomicNeuronOnDLS) -> u16) -> Configuration {
    let mut configuration = Configuration::new();
    configuration.write_all(&Frame::<CapMemBlockConfig>::default());
    configuration.write_all(&Frame::<CADCChannelConfig>::default());
    let frame = Frame::<NeuronConfig>::default()
        .with(field!(NeuronConfig.enable_readout_amplifier), 1)
        .with(field!(NeuronConfig.membrane_capacitor_size), 63);
    configuration.write_all(&frame);
    let shared = const {
        [
            (capmem_parameter("i_bias_leak"), 500),
            (capmem_parameter("neuron_v_bias_casc_n"), 250),
            (capmem_parameter("neuron_i_bias_readout_amp"), 110),
            (capmem_parameter("neuron_i_bias_leak_source_follower"), 100),
            (capmem_parameter("cadc_v_ramp_offset"), 100),
            (capmem_parameter("cadc_i_ramp_slope"), 200),
        ]
    };
    for (parameter, code) in shared {
        capmem::write_all(&mut configuration, parameter, code).unwrap();
    }
    for neuron in AtomicNeuronOnDLS::all() {
        capmem::write_neuron(&mut configuration, const { capmem_parameter("v_leak") }, neuron, leak(neuron))
            .unwrap();
    }
    cadc::configure_cadc(&mut configuration, CadcSource::Neurons);
    configuration
}

#[test]
fn codes_follow_the_membranes_of_their_columns() {
    let mut session = session();
    // A pattern that any wrong order of columns or hemispheres breaks.
    let leak = |neuron: AtomicNeuronOnDLS| 500 + 2 * (neuron.x() as u16 / 2 % 64) + 100 * neuron.y() as u16;
    session.apply(&resting_neurons(leak)).unwrap();
    let mut builder = ProgramBuilder::new();
    let tickets = builder.read_cadcs(Hemisphere::ALL.map(cadc::any_row));
    let responses = session.run(builder).unwrap();
    let rows = tickets.map(|ticket| responses.get(&ticket).unwrap().value);
    for (y, row) in rows.iter().enumerate() {
        let code = |x: usize| row.mean()[x];
        for x in (0..256).step_by(2) {
            assert!(
                (code(x) - code(x + 1)).abs() <= 1.0,
                "row {y}: columns {x} and the next have one leak code"
            );
        }
        assert!(code(126) - code(0) > 15.0, "{} to {}", code(0), code(126));
        assert!((code(128) - code(0)).abs() <= 1.0);
    }
    assert!(rows[1].mean()[0] - rows[0].mean()[0] > 10.0);
}

#[test]
fn what_happens_while_the_ramp_rises_is_seen() {
    let mut session = session();
    let fired = AtomicNeuronOnDLS::new(0, 8).unwrap();
    let mut configuration = resting_neurons(|_| 700);
    for (parameter, code) in
        const { [(capmem_parameter("v_reset"), 300), (capmem_parameter("i_bias_reset"), 1022)] }
    {
        capmem::write_all(&mut configuration, parameter, code).unwrap();
    }
    configuration.update::<NeuronConfig>(fired.to_neuron_config(), |frame| {
        frame.set(field!(NeuronConfig.enable_fire), 1);
        frame.set(field!(NeuronConfig.enable_reset_multiplication), 1);
    });
    let backend =
        Frame::<NeuronBackendConfig>::default().with(field!(NeuronBackendConfig.refractory_time), 255);
    configuration.write(fired.to_neuron_backend_config(), &backend);
    configuration.write_all(&Frame::<CommonNeuronBackendConfig>::default());
    session.apply(&configuration).unwrap();
    // Column 8 is the first entry of quad 1.
    let [trigger, latched] =
        [0, 1].map(|kind| CADCSampleQuad::address(CADCSampleQuadOnDLS::new(0, kind, 0, 0, 1).unwrap(), 0));
    let mut builder = ProgramBuilder::new();
    let rest = builder.read_word(trigger);
    builder.wait(Cycles::from_us(50));
    let during = builder.read_word(trigger);
    neuron::fire(&mut builder, fired);
    let same = builder.read_word(latched);
    builder.wait(Cycles::from_us(50));
    let again = builder.read_word(latched);
    let responses = session.run(builder).unwrap();
    let [rest, during, same, again] =
        [rest, during, same, again].map(|ticket| responses.get(&ticket).unwrap().value.to_be_bytes());
    assert!(during[0] + 20 < rest[0], "{during:?} after {rest:?}");
    assert_eq!(during[1..], rest[1..], "the others did not fire");
    assert_eq!((same, again), (during, during));
}

#[test]
fn samples_come_at_the_rate_of_the_converter() {
    let mut session = session();
    let neuron = AtomicNeuronOnDLS::new(1, 33).unwrap();
    let mut configuration = resting_neurons(|_| 600);
    madc::connect_madc(&mut configuration, neuron, ReadoutSource::Membrane);
    madc::write_madc_biases(&mut configuration).unwrap();
    configuration.write(Default::default(), &madc::madc_config(MadcMode::Continuous));
    session.apply(&configuration).unwrap();
    let mut builder = ProgramBuilder::new();
    builder.arm_madc(MadcMode::Continuous);
    let mut timed = builder.timed();
    timed.at(Cycles::ZERO, |program| madc::start_madc(program, MadcMode::Continuous));
    let [begin, end] = [20, 120].map(|us| timed.at(Cycles::from_us(us), ProgramBuilder::tick));
    timed.at(Cycles::from_us(130), madc::power_down_madc);
    timed.finish();
    builder.wait(Cycles::from_us(10));
    let responses = session.run(builder).unwrap();
    let window = responses.get(&begin).unwrap()..responses.get(&end).unwrap();
    let samples: Vec<_> = madc::single_source_samples(&responses, window).collect();
    // 500 MHz / 17 for 100 us.
    assert!(samples.len().abs_diff(2941) <= 1, "{} samples", samples.len());
    let values: Vec<_> = samples.iter().map(|sample| sample.value).collect();
    let (least, most) = (values.iter().min().unwrap(), values.iter().max().unwrap());
    assert!(*least > 100 && *most < 900 && most - least <= 4, "a resting membrane: {least} to {most}");
    assert!(responses.madc_samples.is_sorted_by_key(|sample| sample.chip_time));
    // After the converter is switched off there is nothing more.
    let mut builder = ProgramBuilder::new();
    builder.wait(Cycles::from_us(50));
    assert!(session.run(builder).unwrap().madc_samples.is_empty());
}
