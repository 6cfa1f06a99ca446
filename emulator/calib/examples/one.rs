use hx_calib::*;
use hx_chip::chip::{Chip, ChipConfig, Fidelity};
use hx_host::driver::*;
use hx_host::fpga::ExecutorConfig;
use hx_host::link::memory::{LinkConfig, MemoryLink};
use std::time::Instant;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let ideal = a[1] == "ideal";
    let f = if ideal { Fidelity::Ideal } else { Fidelity::Real };
    let config = ChipConfig { mismatch: f, noise: f, ..ChipConfig::with_seed(a[1].parse().unwrap_or(0)) };
    let link =
        MemoryLink::new(ExecutorConfig::default(), LinkConfig::default(), Chip::new(config), "x").unwrap();
    let mut session = Session::new(link);
    session.initialise(&SystemInit::default()).unwrap();
    let targets: Targets = ron::from_str(&a[2]).unwrap();
    let start = Instant::now();
    let mut last = Instant::now();
    let cal = calibrate(&mut session, &targets, &mut |p| {
        print!("{:.3}s {} ", last.elapsed().as_secs_f64(), p.step);
        last = Instant::now();
    })
    .unwrap();
    println!("total {:.3}", start.elapsed().as_secs_f64());
    println!(
        "missed {} {:?} psp {:?}",
        cal.missed.len(),
        cal.missed.iter().take(5).collect::<Vec<_>>(),
        cal.psp_lsb_per_weight
    );
    if a.len() > 3 {
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
}
