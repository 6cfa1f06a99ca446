//! scratch
use hx_chip::chip::*;
use hx_host::driver::capmem;
use hx_host::driver::*;
use hx_isa::field;
use hx_isa::regmap::capmem::capmem_parameter;
use hx_isa::regmap::coordinate::*;
use hx_isa::regmap::register::*;
use hx_isa::regmap::*;
use hx_learn::configuration::yin_yang_chip;
use hxemu::experiment::yin_yang::*;
use hxemu::experiment::*;
use std::time::Instant;
struct P(Instant);
impl Observer for P {
    fn progress(&mut self, p: &Progress) {
        println!(
            "{:.1}s {} {}/{} acc {:?} loss {:?}",
            self.0.elapsed().as_secs_f64(),
            p.label,
            p.done,
            p.total,
            p.accuracy,
            p.loss
        );
    }
    fn remark(&mut self, t: &str) {
        println!("{t}");
    }
    fn warn(&mut self, t: &str) {
        println!("{t}");
    }
}
fn base() -> Configuration {
    let mut c = Configuration::new();
    c.write_all::<CapMemBlockConfig>(&Frame::default());
    for (n, v) in [
        ("neuron_v_bias_casc_n", 250),
        ("neuron_i_bias_readout_amp", 110),
        ("neuron_i_bias_leak_source_follower", 100),
        ("neuron_i_bias_spike_comparator", 200),
        ("neuron_i_bias_synin_drop", 300),
        ("syn_i_bias_dac", 1022),
        ("v_leak", 576),
        ("v_reset", 576),
        ("v_threshold", 322),
        ("i_bias_leak", 286),
        ("i_bias_reset", 1022),
        ("i_bias_synin_exc_tau", 511),
        ("i_bias_synin_inh_tau", 511),
        ("i_bias_synin_exc_gm", 642),
        ("i_bias_synin_inh_gm", 642),
        ("i_bias_synin_exc_shift", 310),
        ("i_bias_synin_inh_shift", 310),
    ] {
        capmem::write_all(&mut c, capmem_parameter(n), v).unwrap();
    }
    let n = Frame::<NeuronConfig>::default()
        .with(field!(NeuronConfig.membrane_capacitor_size), 63)
        .with(field!(NeuronConfig.enable_readout_amplifier), 1)
        .with(field!(NeuronConfig.enable_threshold_comparator), 1)
        .with(field!(NeuronConfig.enable_fire), 1)
        .with(field!(NeuronConfig.enable_reset_multiplication), 1)
        .with(field!(NeuronConfig.enable_synaptic_input_excitatory), 1)
        .with(field!(NeuronConfig.enable_synaptic_input_inhibitory), 1)
        .with(field!(NeuronConfig.enable_synaptic_input_excitatory_high_resistance), 1)
        .with(field!(NeuronConfig.enable_synaptic_input_inhibitory_high_resistance), 1);
    c.write_all(&n);
    c.write_all(
        &Frame::<NeuronBackendConfig>::default().with(field!(NeuronBackendConfig.refractory_time), 250),
    );
    c.write_all(
        &Frame::<CommonNeuronBackendConfig>::default()
            .with(field!(CommonNeuronBackendConfig.clock_scale_slow), 4),
    );
    c
}
fn main() {
    let epochs: u32 = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(2);
    let mismatch = std::env::args().nth(2).is_some();
    let config = if mismatch { ChipConfig::with_seed(0) } else { ChipConfig::ideal() };
    let session = hxemu::setup::in_process(config).unwrap();
    let learn = yin_yang_chip();
    let placement = Placement::of(&learn.network).unwrap();
    let t = Instant::now();
    let net = ChipNetwork::new(
        session,
        &base(),
        placement,
        Some(0.9),
        Timing { tau_us: 6.0, window_tau: 30.0, samples_per_program: 5 },
    )
    .unwrap();
    println!("configured {:?}", t.elapsed());
    let sets = Sets {
        train: hx_learn::data::yin_yang::generate(5000, 42),
        validation: hx_learn::data::yin_yang::generate(1000, 41),
        test: hx_learn::data::yin_yang::generate(1000, 40),
    };
    if std::env::var("DBG").is_ok() {
        let mut net = net;
        let inputs = learn.code.encode_samples(&sets.train, &[0, 1, 2]).unwrap();
        let mut tr = hx_learn::Trainer::new(learn.network.clone(), learn.training.clone(), 0).unwrap();
        net.write_weights(&tr.network).unwrap();
        for l in 0..2 {
            for w in tr.network.layers[l].weights.values_mut() {
                *w += 0.5;
            }
        }
        net.write_weights(&tr.network).unwrap();
        let o = net.run(&inputs).unwrap();
        println!("missing {:?}", o.layers.iter().map(|l| l.spikes.missing_fraction()).collect::<Vec<_>>());
        println!("hidden {:?}", &o.layers[0].spikes.sample(0)[..20]);
        let mut s = net.into_session();
        let d =
            s.setup_mut().with(|e| format!("{:?} {:?}", e.statistics(), e.device().diagnostics())).unwrap();
        println!("{d}");
        let mut b = ProgramBuilder::new();
        let mut tb = b.timed();
        for i in 0..4u16 {
            for _ in 0..5 {
                tb.spike(Cycles(1000), net_event(i));
            }
        }
        tb.at(Cycles(20000), ProgramBuilder::tick);
        tb.finish();
        let r = s.run(b).unwrap();
        println!(
            "{:?}",
            r.spikes.iter().filter(|s| s.label.0 & 0x1000 == 0).map(|s| s.label.0).collect::<Vec<_>>()
        );
        let mut b = ProgramBuilder::new();
        let t = b.read_spike_counters();
        let r = s.run(b).unwrap();
        println!("{:?}", r.get(&t).unwrap().iter().map(|c| c.count).collect::<Vec<_>>());
        return;
    }
    let mut p = P(Instant::now());
    let mut t = InTheLoop {
        network: net,
        trainer: hx_learn::Trainer::new(learn.network.clone(), learn.training.clone(), 0).unwrap(),
        code: learn.code,
        seed: 0,
        bits: Default::default(),
        observer: &mut p,
    };
    let h = t.train(&sets, epochs).unwrap();
    let e = t.evaluate(&sets.test).unwrap();
    println!("{:?}\ntest {} {}", h, e.evaluation.accuracy(), t.bits);
}

fn net_event(i: u16) -> SpikeLabel {
    SpikeLabel(i << 14 | 1 | 0x1000)
}
