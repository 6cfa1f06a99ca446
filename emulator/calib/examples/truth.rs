use hx_calib::*;
use hx_chip::chip::{Chip, ChipConfig, Fidelity};
use hx_host::driver::*;
use hx_host::fpga::ExecutorConfig;
use hx_host::link::memory::{LinkConfig, MemoryLink};
fn main() {
    for (mismatch, noise) in [(Fidelity::Ideal, Fidelity::Real), (Fidelity::Ideal, Fidelity::Ideal)] {
        for t in [
            "(tau_mem_us: 6.0, tau_syn_us: 6.0, reset: 80.0, refractory_us: 20.0, dac_bias: 1022, equalise_dac_bias: false, strength: PspLsbPerWeight(0.363))",
            "()",
            "(tau_mem_us: 60.0, tau_syn_us:0.3)",
            "(tau_mem_us:0.5, tau_syn_us: 30.0)",
            "(leak: 50, reset:50, threshold: 60)",
            "(threshold: 200)",
            "(tau_mem_us: 3, tau_syn_us: 4.0, capacitance: 20, strength: GmCode(200), dac_bias: 100)",
        ] {
            let config = ChipConfig { mismatch, noise, ..ChipConfig::with_seed(0) };
            let link =
                MemoryLink::new(ExecutorConfig::default(), LinkConfig::default(), Chip::new(config), "x")
                    .unwrap();
            let mut session = Session::new(link);
            session.initialise(&SystemInit::default()).unwrap();
            let targets: Targets = ron::from_str(t).unwrap();
            println!("{t}");
            let start = std::time::Instant::now();
            let cal = match calibrate(&mut session, &targets, &mut |_| ()) {
                Ok(c) => c,
                Err(e) => {
                    println!("{e}");
                    continue;
                }
            };
            print!("{:?} missed {} {:?} ", start.elapsed(), cal.missed.len(), cal.missed.iter().next());
            for p in [
                "v_leak",
                "v_reset",
                "v_threshold",
                "i_bias_leak",
                "i_bias_synin_exc_tau",
                "i_bias_synin_inh_tau",
                "i_bias_synin_exc_gm",
                "i_bias_synin_inh_gm",
                "i_bias_synin_exc_shift",
            ] {
                let c = cal.codes.get(hx_isa::regmap::capmem::find_capmem_parameter(p).unwrap());
                let m = c.iter().map(|&x| f64::from(x)).sum::<f64>() / 512.0;
                let s = (c.iter().map(|&x| (f64::from(x) - m).powi(2)).sum::<f64>() / 512.0).sqrt();
                print!("{p} {m:.2}+-{s:.2} ");
            }
            println!("psp {:?}", cal.psp_lsb_per_weight);
            if std::env::args().nth(1).is_some() {
                let report = report(&mut session, &cal).unwrap();
                for r in report.rows {
                    println!(
                        "{:14} target {:8.3} before {:7.3} after {:7.3} ratio {:6.3} dev {:7.3} {} {}",
                        r.quantity,
                        r.target,
                        r.before,
                        r.after,
                        r.ratio.unwrap_or(0.0),
                        r.deviation,
                        r.unit,
                        r.pass
                    );
                }
            }
        }
    }
}
