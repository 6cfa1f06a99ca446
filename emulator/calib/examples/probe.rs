use hx_calib::bench::*;
use hx_calib::search::median;
use hx_calib::*;
use hx_chip::chip::{Chip, ChipConfig};
use hx_host::driver::*;
use hx_host::fpga::ExecutorConfig;
use hx_host::link::memory::{LinkConfig, MemoryLink};
fn main() {
    let seed: u64 = std::env::args().nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    let link = MemoryLink::new(
        ExecutorConfig::default(),
        LinkConfig::default(),
        Chip::new(ChipConfig::with_seed(seed)),
        format!("{seed}"),
    )
    .unwrap();
    let mut session = Session::new(link);
    session.initialise(&SystemInit::default()).unwrap();
    let targets: Targets = ron::from_str("(tau_mem_us: 6.0, tau_syn_us: 6.0, reset: 80.0, refractory_us: 20.0, dac_bias: 1022, equalise_dac_bias: false, strength: PspLsbPerWeight(0.363))").unwrap();
    let cal = calibrate(&mut session, &targets, &mut |_| ()).unwrap();
    let mut bench = Bench::with(&mut session, &targets, cal.codes.clone(), cal.cadc_offsets.clone()).unwrap();
    for listens in [true, true, false, true] {
        use hx_isa::field;
        let l = u32::from(listens);
        let f = bench
            .settings
            .silent_neuron()
            .with(field!(NeuronConfig.enable_synaptic_input_excitatory), l)
            .with(field!(NeuronConfig.enable_synaptic_input_inhibitory), l);
        bench.set_neurons(f, madc::ReadoutSource::Membrane);
        for i in [20, 30, 60] {
            let s = bench.rest(16, Cycles::from_us(i)).unwrap();
            print!(
                "{:?} {:.3} mean {:.3}; ",
                listens,
                median(s.lsb.iter().copied()),
                s.lsb.iter().sum::<f64>() / 512.0
            );
        }
        println!();
    }
}
