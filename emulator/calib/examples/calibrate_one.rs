use hx_calib::*;
use hx_chip::chip::{Chip, ChipConfig};
use hx_host::driver::{Session, SystemInit};
use hx_host::fpga::ExecutorConfig;
use hx_host::link::memory::{LinkConfig, MemoryLink};
use std::time::Instant;
fn main() {
    let seed: u64 = std::env::args().nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    let config = ChipConfig::with_seed(seed);
    let link = MemoryLink::new(
        ExecutorConfig::default(),
        LinkConfig::default(),
        Chip::new(config),
        format!("{seed}"),
    )
    .unwrap();
    let mut session = Session::new(link);
    session.initialise(&SystemInit::default()).unwrap();
    let targets: Targets = ron::from_str("(tau_mem_us: 6.0, tau_syn_us: 6.0, reset: 80.0, refractory_us: 20.0, dac_bias: 1022, equalise_dac_bias: false, strength: PspLsbPerWeight(0.363))").unwrap();
    let start = Instant::now();
    let mut last = Instant::now();
    let cal = calibrate(&mut session, &targets, &mut |p| {
        println!("{:6.3} +{:6.3} {}", start.elapsed().as_secs_f64(), last.elapsed().as_secs_f64(), p.step);
        last = Instant::now();
    })
    .unwrap();
    println!("total {:.3} last +{:.3}", start.elapsed().as_secs_f64(), last.elapsed().as_secs_f64());
    println!("missed {} {:?}", cal.missed.len(), cal.missed.iter().take(12).collect::<Vec<_>>());
    if std::env::args().nth(2).is_some() {
        for p in cal.codes.parameters() {
            let c = cal.codes.get(p);
            println!(
                "{:30} median {} min {} max {}",
                p.name,
                codes::median_code(c),
                c.iter().min().unwrap(),
                c.iter().max().unwrap()
            );
        }
    }
    let start = Instant::now();
    let report = report(&mut session, &cal).unwrap();
    println!("report {:.3}", start.elapsed().as_secs_f64());
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
