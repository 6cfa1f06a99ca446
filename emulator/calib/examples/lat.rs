use hx_calib::bench::*;
use hx_calib::*;
use hx_chip::chip::{Chip, ChipConfig};
use hx_host::driver::*;
use hx_host::fpga::ExecutorConfig;
use hx_host::link::memory::{LinkConfig, MemoryLink};
use hx_isa::field;
use hx_isa::regmap::coordinate::*;
use hx_isa::regmap::register::*;
fn main() {
    let link = MemoryLink::new(
        ExecutorConfig::default(),
        LinkConfig::default(),
        Chip::new(ChipConfig::ideal()),
        "x",
    )
    .unwrap();
    let mut session = Session::new(link);
    session.initialise(&SystemInit::default()).unwrap();
    for tau in [0.3, 0.4] {
        let targets = Targets { tau_syn_us: tau, ..Targets::default() };
        let mut bench = Bench::new(&mut session, &targets).unwrap();
        let f = bench.settings.silent_neuron().with(field!(NeuronConfig.enable_synaptic_input_excitatory), 1);
        bench.set_neurons(f, madc::ReadoutSource::Membrane);
        let c = &mut bench.configuration;
        routing::write_crossbar(c, &[false; 8]);
        routing::write_padi_buses(c, 0);
        for h in Hemisphere::ALL {
            synapse::connect_columns(c, h, &[true; 256]);
        }
        let frame = synapse::driver(synapse::RowMode::Excitatory, synapse::RowMode::Excitatory)
            .with(field!(SynapseDriverConfig.row_address_compare_mask), 0);
        for d in SynapseDriverOnDLS::all().filter(|d| d.d() % 4 == 0) {
            c.write(d, &frame);
            for row in d.to_rows() {
                synapse::write_weights(c, row, &[3; 256]).unwrap();
                synapse::write_labels(c, row, &[0; 256]).unwrap();
            }
        }
        for events in [1u64, 8] {
            for gap in [0u64, 5, 10, 15, 20, 30, 40, 47, 60] {
                let mut b = bench.begin();
                let mut t = b.timed();
                let begin = Cycles::from_us(20);
                for e in 0..events {
                    t.spike(
                        begin + Cycles(4 * e),
                        routing::to_driver(SynapseDriverOnDLS::new(0, 0).unwrap(), 0),
                    );
                }
                let s = sweep(&mut t, begin + Cycles(4 * (events - 1) + gap));
                t.finish();
                let r = bench.run(b).unwrap();
                print!("{gap}: {} ", bench.samples(&r, &[s]).unwrap().lsb[0]);
            }
            println!("tau {tau} events {events}");
        }
    }
}
