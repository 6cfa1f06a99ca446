//! A host spike on its way to a membrane: label, crossbar, bus, driver, signed weight, column.

use super::setup::session;
use hx_host::driver::cadc::{self, CadcSource};
use hx_host::driver::{Configuration, Cycles, Hemisphere, WriteRegisters, capmem, routing, synapse};
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::capmem::capmem_parameter;
use hx_isa::regmap::coordinate::SynapseDriverOnDLS;
use hx_isa::regmap::register::{CADCChannelConfig, CapMemBlockConfig, NeuronConfig};

/// Label of the synapses under test.
const LABEL: u8 = 21;
/// Spikes of a burst, 0.2 us apart.
const SPIKES: u64 = 2;

/// Neurons with a slow membrane in the middle of the converters' range, that sum up their synaptic currents.
fn integrators() -> Configuration {
    let mut configuration = Configuration::new();
    configuration.write_all(&Frame::<CapMemBlockConfig>::default());
    configuration.write_all(&Frame::<CADCChannelConfig>::default());
    let on = [
        field!(NeuronConfig.enable_readout_amplifier),
        field!(NeuronConfig.enable_synaptic_input_excitatory),
        field!(NeuronConfig.enable_synaptic_input_inhibitory),
        field!(NeuronConfig.enable_synaptic_input_excitatory_high_resistance),
        field!(NeuronConfig.enable_synaptic_input_inhibitory_high_resistance),
    ];
    let capacitor = field!(NeuronConfig.membrane_capacitor_size);
    let frame = Frame::<NeuronConfig>::default().with(capacitor, 63);
    configuration.write_all(&on.iter().fold(frame, |frame, &switch| frame.with(switch, 1)));
    let codes = const {
        [
            (capmem_parameter("v_leak"), 650),
            (capmem_parameter("i_bias_leak"), 170),
            (capmem_parameter("i_bias_synin_exc_tau"), 307),
            (capmem_parameter("i_bias_synin_inh_tau"), 307),
            (capmem_parameter("i_bias_synin_exc_gm"), 500),
            (capmem_parameter("i_bias_synin_inh_gm"), 500),
            (capmem_parameter("i_bias_synin_exc_shift"), 310),
            (capmem_parameter("i_bias_synin_inh_shift"), 310),
            (capmem_parameter("neuron_v_bias_casc_n"), 250),
            (capmem_parameter("neuron_i_bias_readout_amp"), 110),
            (capmem_parameter("neuron_i_bias_leak_source_follower"), 100),
            (capmem_parameter("neuron_i_bias_synin_drop"), 300),
            (capmem_parameter("syn_i_bias_dac"), 600),
            (capmem_parameter("cadc_v_ramp_offset"), 40),
            (capmem_parameter("cadc_i_ramp_slope"), 200),
        ]
    };
    for (parameter, code) in codes {
        capmem::write_all(&mut configuration, parameter, code).unwrap();
    }
    cadc::configure_cadc(&mut configuration, CadcSource::Neurons);
    routing::write_crossbar(&mut configuration, &[false; 8]);
    routing::write_padi_buses(&mut configuration, 0);
    for hemisphere in Hemisphere::ALL {
        synapse::connect_columns(&mut configuration, hemisphere, &[true; 256]);
    }
    configuration
}

#[test]
fn signed_weights_move_the_membranes_of_their_columns_only() {
    let driver = SynapseDriverOnDLS::new(1, 70).unwrap();
    let weights: [i8; 256] = std::array::from_fn(|column| match column % 4 {
        0 => 63,
        1 => 0,
        2 => -63,
        _ => 31,
    });
    let mut configuration = integrators();
    configuration.write(driver, &synapse::signed_driver());
    synapse::write_signed_weights(&mut configuration, driver, &weights).unwrap();
    for row in driver.to_rows() {
        // Columns 12 to 15 hear another label.
        let labels = std::array::from_fn(|column| if column / 4 == 3 { LABEL + 1 } else { LABEL });
        synapse::write_labels(&mut configuration, row, &labels).unwrap();
    }
    let mut session = session();
    session.apply(&configuration).unwrap();
    let mut builder = hx_host::driver::ProgramBuilder::new();
    let mut timed = builder.timed();
    let rows = Hemisphere::ALL.map(cadc::any_row);
    let before = timed.at(Cycles(1), |program| program.read_cadcs(rows));
    for i in 0..SPIKES {
        timed.spike(Cycles::from_us(20) + Cycles(25) * i, routing::to_driver(driver, LABEL));
    }
    let after = timed.at(Cycles::from_us(32), |program| program.read_cadcs(rows));
    timed.finish();
    let responses = session.run(builder).unwrap();
    let means =
        |tickets: [cadc::CadcTicket; 2]| tickets.map(|ticket| responses.get(&ticket).unwrap().value.mean());
    let (before, after) = (means(before), means(after));
    let moved = |hemisphere: usize, column: usize| after[hemisphere][column] - before[hemisphere][column];
    for (column, &weight) in weights.iter().enumerate() {
        assert!(moved(0, column).abs() <= 1.0, "the other hemisphere stays");
        let range = match weight {
            _ if column / 4 == 3 => -1.0..1.5,
            63 => 25.0..40.0,
            31 => 7.0..moved(1, 0) - 5.0,
            -63 => -60.0..-10.0,
            _ => -1.0..1.5,
        };
        let moved = moved(1, column);
        assert!(range.contains(&moved), "column {column} with weight {weight} moved by {moved}");
    }
}
